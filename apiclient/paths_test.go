package apiclient

import (
	"context"
	"os"
	"reflect"
	"strings"
	"testing"
)

// The table agrees with openapi.yaml: the path in its spelling, the method, and how it is known.
func TestPathsAgreeWithTheContract(t *testing.T) {
	data, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range routes() {
		if seen[r.method+r.path] || r.op == "" {
			t.Errorf("%s stands twice or has no name", r.path)
		}
		seen[r.method+r.path] = true
		for _, path := range []string{r.path, r.twin} {
			if path != "" {
				agree(t, string(data), r, path)
			}
		}
	}
}

func agree(t *testing.T, contract string, r route, path string) {
	t.Helper()
	_, block, found := strings.Cut(contract, "\n  "+path+":\n")
	block, _, _ = strings.Cut(block, "\n  /")
	_, block, method := strings.Cut("\n"+block, "\n    "+strings.ToLower(r.method)+":\n")
	block, _, _ = strings.Cut(block, "\n    post:\n")
	evidenced := string(r.evidence)
	if r.evidence == guessed {
		evidenced = "inferred\n      x-confidence: low"
	}
	scope := "unifiedLogin: []"
	switch {
	case r.public:
		scope = "apiKeyHeader: []"
	case r.scope != "":
		scope = "unifiedLogin:\n            - " + string(r.scope)
	}
	switch {
	case !found, !method:
		t.Errorf("%s %s is not in the contract", r.method, path)
	case path == r.path && !strings.Contains(block, "\n      x-evidence: "+evidenced+"\n"):
		t.Errorf("%s is not %s in the contract", path, r.evidence)
	case !strings.Contains(block, "\n        - "+scope+"\n"):
		t.Errorf("%s does not ask for %q in the contract", path, scope)
	}
}

// entry is one line of the index in the package comment, with the heading it stands under.
type entry struct{ operation, path, says string }

func index(t *testing.T) []entry {
	t.Helper()
	data, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "\n// # Index\n")
	var entries []entry
	heading := ""
	for line := range strings.Lines(text) {
		row, ok := strings.CutPrefix(line, "//\t")
		switch words := strings.Fields(row); {
		case ok:
			entries = append(entries, entry{words[0], words[1], heading + row})
		case strings.Trim(line, "/ \n") != "":
			heading = line
		}
	}
	return entries
}

// The index has each operation and each path, and says of a path what the table says.
func TestIndexAgreesWithTheTable(t *testing.T) {
	entries := index(t)
	for _, r := range routes() {
		found := false
		for _, e := range entries {
			if e.path != strings.TrimPrefix(r.path, "/v1/") {
				continue
			}
			found = true
			scope := string(r.scope)
			switch {
			case r.public:
				scope = "project's key"
			case scope == "":
				scope = "no scope"
			}
			for word, want := range map[string]bool{
				scope:      true,
				"manager":  r.twin != "",
				"inferred": r.evidence == inferred && !r.asks, // searching by POST shares a line
				"guessed":  r.evidence == guessed,
			} {
				if strings.Contains(e.says, word) != want {
					t.Errorf("%s: %q in the index is %t, want %t", r.path, word, !want, want)
				}
			}
		}
		if !found {
			t.Errorf("%s is not in the index", r.path)
		}
	}
}

func TestIndexHasEachOperation(t *testing.T) {
	named := map[string]bool{}
	for _, e := range index(t) {
		named[e.operation] = true
	}
	for method := range reflect.TypeFor[*Client]().Methods() {
		asks := method.Type.NumIn() > 1 && method.Type.In(1) == reflect.TypeFor[context.Context]()
		if asks && !named[method.Name] {
			t.Errorf("%s is not in the index", method.Name)
		}
	}
}

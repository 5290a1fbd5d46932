package apiclient

import (
	"os"
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
		if seen[r.path] || r.op == "" {
			t.Errorf("%s stands twice or has no name", r.path)
		}
		seen[r.path] = true
		_, block, found := strings.Cut(string(data), "\n  "+r.path+":\n")
		block, _, _ = strings.Cut(block, "\n  /")
		switch {
		case !found:
			t.Errorf("%s is not in the contract", r.path)
		case !strings.HasPrefix(block, "    "+strings.ToLower(r.method)+":\n"):
			t.Errorf("%s is not %s in the contract", r.path, r.method)
		case !strings.Contains(block, "\n      x-evidence: "+string(r.evidence)+"\n"):
			t.Errorf("%s is not %s in the contract", r.path, r.evidence)
		}
	}
}

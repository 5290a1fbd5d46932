package conversations_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/rules.md says of every rule which tests prove it: those tests exist, and every rule has one.
func TestTheRulesNameTheirTests(t *testing.T) {
	const file = "../docs/rules.md"
	rules, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOfTheRepository(t)
	backticked := regexp.MustCompile("`([^`]+)`")
	rows := 0
	for line := range strings.Lines(string(rules)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| what happens") || strings.HasPrefix(line, "| ---") {
			continue
		}
		rows++
		if len(cells) != 3 {
			t.Errorf("%d cells: %s", len(cells), line)
			continue
		}
		named := backticked.FindAllStringSubmatch(cells[2], -1)
		if len(named) == 0 || strings.TrimSpace(cells[1]) == "" {
			t.Errorf("nothing is said, or nothing proves it: %s", line)
		}
		for _, name := range named {
			in := tests[name[1]]
			switch {
			case strings.HasSuffix(name[1], ".chat"):
				if _, err := os.Stat(filepath.Join("testdata", name[1])); err != nil {
					t.Errorf("%s is no transcript: %s", name[1], line)
				}
			case len(in) == 0:
				t.Errorf("no test is called %s: %s", name[1], line)
			case len(in) > 1:
				t.Errorf("tests in %v are called %s: name the package before a dot", in, name[1])
			}
		}
	}
	if rows < 60 {
		t.Errorf("%s has only %d rules", file, rows)
	}
}

// testsOfTheRepository finds all tests and fuzz tests: the directories of each name, and of package.name.
func testsOfTheRepository(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		for _, declared := range parsed.Decls {
			f, ok := declared.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") && !strings.HasPrefix(f.Name.Name, "Fuzz") {
				continue
			}
			for _, name := range []string{f.Name.Name, filepath.Base(dir) + "." + f.Name.Name} {
				if !slices.Contains(found[name], dir) {
					found[name] = append(found[name], dir)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

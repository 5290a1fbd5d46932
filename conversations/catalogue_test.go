package conversations_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"phonechatbot/internal/wording"
)

// Every text is declared once by msg, with an id of its own and markup that Telegram takes.
func TestTheCatalogue(t *testing.T) {
	messages := declared(t)
	if len(messages) < 100 {
		t.Fatalf("found only %d messages", len(messages))
	}
	shape := regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*$`)
	tag := regexp.MustCompile(`</?([a-z-]+)>`)
	for id, english := range messages {
		if !shape.MatchString(id) {
			t.Errorf("%s: an id is words with dots", id)
		}
		var open []string
		for _, m := range tag.FindAllStringSubmatch(english, -1) {
			if !slices.Contains([]string{"b", "i", "code", "tg-spoiler"}, m[1]) {
				t.Errorf("%s: tag %s", id, m[1])
			}
			if !strings.HasPrefix(m[0], "</") {
				open = append(open, m[1])
				continue
			}
			if len(open) == 0 || open[len(open)-1] != m[1] {
				t.Errorf("%s: %s closes nothing", id, m[0])
				continue
			}
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			t.Errorf("%s: %v is not closed", id, open)
		}
		if rest := tag.ReplaceAllString(english, ""); strings.ContainsAny(rest, "<>") {
			t.Errorf("%s: a bare < or >", id)
		}
		if strings.Count(english, "{") != strings.Count(english, "}") {
			t.Errorf("%s: a place is not closed: %v", id, wording.Places(english))
		}
	}
}

// declared finds the calls of msg in this package's sources.
func declared(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	isSource := func(info fs.FileInfo) bool { return !strings.HasSuffix(info.Name(), "_test.go") }
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !strings.HasSuffix(entry.Name(), ".go") || !isSource(info) {
			continue
		}
		file, err := parser.ParseFile(files, entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			if name, ok := call.Fun.(*ast.Ident); !ok || name.Name != "msg" {
				return true
			}
			id, english := literal(t, call.Args[0]), literal(t, call.Args[1])
			if _, twice := found[id]; twice {
				t.Errorf("%s is declared twice", id)
			}
			found[id] = english
			return true
		})
	}
	return found
}

func literal(t *testing.T, e ast.Expr) string {
	t.Helper()
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		t.Fatalf("msg takes literals, not %T", e)
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

package apiclient

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// source is the package as it is written, without tests.
type source struct {
	funcs     []*ast.FuncDecl
	comments  []string
	sentinels map[string]bool // the exported errors that are declared
}

func readSource(t *testing.T) source {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	s := source{sentinels: map[string]bool{}}
	for _, name := range slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "_test.go") }) {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, comment := range file.Comments {
			s.comments = append(s.comments, comment.Text())
		}
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				s.funcs = append(s.funcs, decl)
			case *ast.GenDecl:
				s.declared(decl)
			}
		}
	}
	return s
}

// declared notes the sentinels among what is declared.
func (s source) declared(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		if spec, ok := spec.(*ast.ValueSpec); ok {
			for _, name := range spec.Names {
				if strings.HasPrefix(name.Name, "Err") {
					s.sentinels[name.Name] = true
				}
			}
		}
	}
}

// operations are the exported methods of a type that make a call.
func (s source) operations(of string) []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, f := range s.funcs {
		if f.Recv == nil || !f.Name.IsExported() || len(f.Type.Params.List) == 0 {
			continue
		}
		star, _ := f.Recv.List[0].Type.(*ast.StarExpr)
		if star == nil {
			continue
		}
		if name, _ := star.X.(*ast.Ident); name != nil && name.Name == of {
			all = append(all, f)
		}
	}
	return all
}

// refuses reports whether a function, or one that it calls, may refuse its input before anything is sent.
// What every call is refused for is left out: it is not looked for under ask.
func (s source) refuses(name string, seen map[string]bool) bool {
	if seen[name] || strings.HasPrefix(name, "ask") {
		return false
	}
	seen[name] = true
	found := name == "refuse"
	for _, f := range s.funcs {
		if f.Name.Name != name || f.Body == nil {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				switch fun := call.Fun.(type) {
				case *ast.Ident:
					found = found || s.refuses(fun.Name, seen)
				case *ast.SelectorExpr:
					found = found || s.refuses(fun.Sel.Name, seen)
				}
			}
			return true
		})
	}
	return found
}

// known is what the index and the table say of an operation.
type known struct {
	pages  []string // of the documentation, or how its path is known
	routes []route
}

func knownOf(t *testing.T) map[string]known {
	t.Helper()
	all := map[string]known{}
	same := map[string]string{}
	for _, e := range index(t) {
		if e.path == "as" {
			words := strings.Fields(e.says)
			same[e.operation] = words[len(words)-1]
			continue
		}
		_, row, _ := strings.Cut(e.says, e.path)
		k := all[e.operation]
		for _, r := range routes() {
			if strings.TrimPrefix(r.path, "/v1/") == e.path {
				k.routes = append(k.routes, r)
				row = strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(row), "no scope")), string(r.scope))
			}
		}
		if words := strings.Fields(row); len(words) > 0 {
			k.pages = append(k.pages, strings.Trim(words[0], ",;"))
		}
		all[e.operation] = k
	}
	for operation, other := range same {
		all[operation] = all[other]
	}
	return all
}

var (
	lastLine  = regexp.MustCompile(`\n\nScope: ([^.]+)\. Errors: ([^.]+)\.\n?$`)
	errorName = regexp.MustCompile(`\bErr[A-Z]\w*`)
)

// Each operation of a Client says where it is documented or from what it is concluded, and ends with the
// scope that the table of paths has for it and the errors that are particular to it.
func TestOperationsSayWhatTheyNeed(t *testing.T) {
	s, about := readSource(t), knownOf(t)
	operations := s.operations("Client")
	if len(operations) < len(about) {
		t.Errorf("%d operations found, the index has %d", len(operations), len(about))
	}
	for _, f := range operations {
		name, text := f.Name.Name, strings.ReplaceAll(f.Doc.Text(), "\n", " ")
		k, listed := about[name]
		last := lastLine.FindStringSubmatch(unfolded(f.Doc.Text()))
		if !listed || len(k.pages) == 0 || len(k.routes) == 0 || last == nil {
			t.Errorf("%s is not in the index, or does not end with its scope and errors", name)
			continue
		}
		for _, page := range k.pages {
			if page != string(inferred) && page != string(guessed) {
				page = "docs: " + page
			}
			if !strings.Contains(text, page) {
				t.Errorf("%s does not say %q", name, page)
			}
		}
		scope, _, _ := strings.Cut(last[1], ", ")
		for _, r := range k.routes {
			if want := scopeWords(r); scope != want {
				t.Errorf("%s: scope %q, want %q", name, scope, want)
			}
		}
		for word, want := range map[string]bool{
			"ErrUnknownOutcome": slices.ContainsFunc(k.routes, route.writes),
			"ErrConflict":       slices.ContainsFunc(k.routes, func(r route) bool { return r.steps }),
			"ErrInvalid":        s.refuses(name, map[string]bool{}),
		} {
			if strings.Contains(last[2], word) != want {
				t.Errorf("%s names %s: %t, want %t", name, word, !want, want)
			}
		}
	}
}

// unfolded is a comment with a line for each paragraph.
func unfolded(text string) string {
	paragraphs := strings.Split(strings.TrimSpace(text), "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.ReplaceAll(p, "\n", " ")
	}
	return strings.Join(paragraphs, "\n\n")
}

func scopeWords(r route) string {
	switch {
	case r.public:
		return "the project's key"
	case r.scope == "":
		return "no extra scope"
	default:
		return string(r.scope)
	}
}

// The calls of the login host need no scope: they are what scopes are granted by.
func TestLoginSaysWhatItNeeds(t *testing.T) {
	pages := map[string]string{
		"AuthorizeURL": "AuthorizationCode", "Exchange": "AuthorizationCode", "Refresh": "RefreshAccessTokens",
	}
	for _, f := range readSource(t).operations("Login") {
		name, text := f.Name.Name, unfolded(f.Doc.Text())
		page, ok := pages[name]
		last := lastLine.FindStringSubmatch(text)
		if !ok || last == nil || last[1] != "none" || !strings.Contains(text, "docs: "+page) {
			t.Errorf("%s does not say its page, or end with its scope and errors", name)
			continue
		}
		if sends := name != "AuthorizeURL"; strings.Contains(last[2], "ErrUnknownOutcome") != sends {
			t.Errorf("%s names ErrUnknownOutcome: %t, want %t", name, !sends, sends)
		}
		delete(pages, name)
	}
	if len(pages) > 0 {
		t.Errorf("not found: %v", pages)
	}
}

// Every error that a comment of the package names is one that it has.
func TestErrorsThatAreNamedExist(t *testing.T) {
	s := readSource(t)
	if len(s.comments) == 0 {
		t.Fatal("no comments found")
	}
	for _, comment := range s.comments {
		for _, name := range errorName.FindAllString(comment, -1) {
			if !s.sentinels[name] {
				t.Errorf("there is no %s, which a comment names", name)
			}
		}
	}
}

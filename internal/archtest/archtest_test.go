// Package archtest checks what the compiler does not: who may import whom, and
// that no package keeps state of its own.
package archtest

import (
	"cmp"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ours says which of our packages a package may import. cmd/samsyn, which wires
// everything together, may import all.
var ours = map[string][]string{
	"internal/hub":      {},
	"internal/mention":  {"internal/hub"},
	"internal/link":     {"internal/hub", "internal/mention"},
	"internal/personal": {"internal/hub"},
	"internal/tables":   {"internal/hub", "internal/personal"},
	"internal/mail":     {"internal/hub", "internal/mention", "internal/personal", "internal/tables"},
	"internal/demo":     {"internal/hub"},
	"internal/store":    {"internal/hub", "internal/link", "internal/store/fault"},
	"internal/register": {"internal/hub", "internal/link"},
	"internal/nature":   {"internal/hub", "internal/link", "internal/register"},
	"internal/linker":   {"internal/hub", "internal/link", "internal/nature", "internal/store"},
	"internal/ingest":   {"internal/hub", "connectors", "internal/store"},

	"connectors":        {"internal/hub"},
	"connectors/folder": {"internal/hub", "connectors", "internal/tables"},
	"connectors/imap":   {"internal/hub", "connectors", "internal/mail"},
	"connectors/all":    {"connectors", "connectors/folder", "connectors/imap"},
	"indexer":           {"internal/hub", "internal/link"},
	"indexer/bleve":     {"internal/hub", "indexer"},
	"indexer/meili":     {"internal/hub", "indexer"},
	"workers":           {"internal/hub", "internal/ingest", "internal/link", "internal/store", "indexer", "connectors"},
	"api":               {"internal/hub", "internal/link", "internal/mail", "internal/nature", "internal/store", "internal/tables", "indexer", "connectors", "api/web"},
	"api/web":           {"internal/hub"},
	"configs":           {"internal/hub", "connectors"},

	"internal/store/fault":     {},
	"internal/store/storetest": {"internal/hub", "internal/link", "internal/store", "internal/store/fault"},
	"connectors/connectortest": {"internal/hub", "connectors"},
	"indexer/indextest":        {"internal/hub", "indexer"},
	"internal/testenv":         {},
	"internal/archtest":        {},
}

// testOnly are imported by tests alone.
var testOnly = []string{"internal/testenv", "internal/store/storetest", "connectors/connectortest", "indexer/indextest"}

// alone says who may import a module, so that each can be replaced in one place.
var alone = map[string][]string{
	"github.com/xuri/excelize":           {"internal/tables", "internal/demo"},
	"github.com/emersion/go-message":     {"internal/mail"},
	"github.com/jhillyerd/enmime":        {"internal/mail"},
	"github.com/emersion/go-imap":        {"connectors/imap", "internal/demo"},
	"github.com/emersion/go-sasl":        {"connectors/imap"},
	"github.com/jackc/pgx":               {"internal/store", "internal/testenv"},
	"github.com/pressly/goose":           {"internal/store"},
	"modernc.org/sqlite":                 {"internal/store"},
	"github.com/blevesearch":             {"indexer/bleve"},
	"github.com/meilisearch":             {"indexer/meili"},
	"github.com/hibiken/asynq":           {"workers"},
	"github.com/alicebob/miniredis":      {"workers"},
	"github.com/redis/go-redis":          {"workers"},
	"github.com/gin-gonic/gin":           {"api"},
	"github.com/danielgtaylor/huma":      {"api"},
	"github.com/microcosm-cc/bluemonday": {"api", "api/web", "internal/mail"},
	"github.com/alecthomas/kong":         {"cmd/samsyn"},
}

// pkg is what "go list -json" tells of a package.
type pkg struct {
	ImportPath, Dir string
	Imports         []string
	GoFiles         []string
}

const module = "samsyn/"

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Imports,GoFiles", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		all = append(all, p)
	}
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		may, known := ours[p.ImportPath]
		wires := strings.HasPrefix(p.ImportPath, "cmd/")
		if !known && !wires {
			t.Errorf("%s is not in the table: say there what it may import", p.ImportPath)
		}
		for _, path := range p.Imports {
			if own, ok := strings.CutPrefix(path, module); ok {
				switch {
				case slices.Contains(testOnly, own) && !slices.Contains(testOnly, p.ImportPath):
					t.Errorf("%s imports %s, which is for tests", p.ImportPath, own)
				case !wires && !slices.Contains(may, own):
					t.Errorf("%s may not import %s", p.ImportPath, own)
				}
				continue
			}
			for prefix, who := range alone {
				if strings.HasPrefix(path, prefix) && !slices.Contains(who, p.ImportPath) {
					t.Errorf("%s may not import %s: that is for %s", p.ImportPath, path, strings.Join(who, ", "))
				}
			}
		}
	}
}

// TestImportsAreToldTrue compares the table that people read with the rules.
func TestImportsAreToldTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 5 {
			told[strings.Trim(cells[1], " `")] = strings.TrimSpace(cells[3])
		}
	}
	for name, may := range ours {
		if slices.Contains(testOnly, name) || name == "internal/archtest" {
			continue
		}
		var short []string
		for _, other := range may {
			short = append(short, strings.TrimPrefix(other, "internal/"))
		}
		slices.Sort(short)
		have := strings.Split(told[name], ", ")
		slices.Sort(have)
		if want := cmp.Or(strings.Join(short, ", "), "nothing"); strings.Join(have, ", ") != want {
			t.Errorf("docs/architecture.md says that %s imports %q; it may import %q", name, told[name], want)
		}
	}
}

func TestNoHiddenState(t *testing.T) {
	for _, p := range packages(t) {
		if name := p.ImportPath[strings.LastIndex(p.ImportPath, "/")+1:]; slices.Contains([]string{"util", "utils", "common", "helpers", "misc"}, name) {
			t.Errorf("%s: a package is named after what it is about", p.ImportPath)
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		for place, what := range hiddenState(files) {
			t.Errorf("%s: %s", fset.Position(place), what)
		}
	}
}

// hiddenState finds init functions, and package variables that are written to
// or made to be written to.
func hiddenState(files []*ast.File) map[token.Pos]string {
	found := map[token.Pos]string{}
	vars := map[string]*ast.ValueSpec{}
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "init" && fn.Recv == nil {
				found[fn.Pos()] = "an init function: let the constructor do it"
			}
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, s := range g.Specs {
					v := s.(*ast.ValueSpec)
					for _, name := range v.Names {
						if name.Name != "_" {
							vars[name.Name] = v
						}
					}
					if mutable(v.Type) {
						found[v.Pos()] = "a package variable that guards state: put it into a type"
					}
				}
			}
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			for _, e := range written(n) {
				if id := root(e); id != nil && vars[id.Name] != nil && (id.Obj == nil || id.Obj.Decl == vars[id.Name]) {
					found[id.Pos()] = "the package variable " + id.Name + " is written to: put it into a type"
				}
			}
			return true
		})
	}
	return found
}

// mutable reports whether a variable of the type is there to be changed.
func mutable(typ ast.Expr) bool {
	s, ok := typ.(*ast.SelectorExpr)
	return ok && slices.Contains([]string{"sync", "atomic"}, s.X.(*ast.Ident).Name)
}

// written lists what a node writes to, or hands out to be written to.
func written(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	}
	return nil
}

// root is the variable at the bottom of a.b[c].d, if it is one.
func root(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return root(e.X)
	case *ast.IndexExpr:
		return root(e.X)
	case *ast.StarExpr:
		return root(e.X)
	}
	return nil
}

// TestFindsHiddenState shows the check what it must find and what it must let be.
func TestFindsHiddenState(t *testing.T) {
	const source = `package p
import "sync"
var names = map[string]int{"a": 1}
var errOne = errors.New("one")
var count int
var seen = map[string]bool{}
var mu sync.Mutex
var page = sync.OnceValue(load)
func init() {}
func f(count string) { count = "shadow"; names := names; names["b"] = 2; _ = names["a"] }
func g() { count++; seen["x"] = true; use(&errOne) }
`
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := slices.Sorted(maps.Values(hiddenState([]*ast.File{f})))
	want := []string{
		"a package variable that guards state: put it into a type",
		"an init function: let the constructor do it",
		"the package variable count is written to: put it into a type",
		"the package variable errOne is written to: put it into a type",
		"the package variable seen is written to: put it into a type",
	}
	if !slices.Equal(found, want) {
		t.Errorf("found %q", found)
	}
}

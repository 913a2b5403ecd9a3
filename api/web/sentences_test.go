package web

import (
	"cmp"
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
)

// sayers are the calls whose text comes to a page, with the place of the text
// among their arguments.
var sayers = map[string]int{
	"Broken": 1, "failure": 2, "refuse": 1, "broken": 1, "unreadable": 1, "faults.add": 0, "f.add": 0, "Report": 4,
}

// plainSpoken are functions all of whose errors and texts come to a page.
var plainSpoken = []string{"mapError", "Validate", "validateTLS", "checkTLS", "since", "Since", "Kind", "parseDay", "parseScope", "CheckNames", "HashPassword", "heldProblem", "keepSecrets",
	"IdentKeys", "identKey", "RuleOf", "checkAnswer"}

// constants hold sentences.
var constants = []string{"oursDetail", "strangeID", "unexplained", "textTooLong", "refusedAs"}

// passedOn are calls that hand on what was said elsewhere, where it is found.
var passedOn = []string{"ReasonOf", "Error", "text"}

// verb is what fmt fills in.
var verb = regexp.MustCompile(`%[-+# 0]*\d*(?:\.\d+)?[a-zA-Z]`)

// said collects what the packages say to people: the texts of these calls, of
// invalid errors and of reasons, and what stands in the tags of settings.
func said(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	note := func(e ast.Expr, at string) {
		if text := literal(e); text != "" && !strings.HasSuffix(text, ": %w") { // what is only wrapped is no sentence of its own
			n := -1
			text = strings.ReplaceAll(verb.ReplaceAllStringFunc(text, func(string) string { n++; return "{" + strconv.Itoa(n) + "}" }), "%%", "%")
			if strings.ContainsFunc(text, func(r rune) bool { return r == ' ' }) {
				found[text] = at
			}
		}
	}
	root := os.DirFS("../..")
	for _, dir := range []string{"api", "connectors/imap", "connectors/folder", "connectors", "internal/tables", "internal/mail", "internal/ingest", "internal/store", "internal/hub", "workers", "indexer", "indexer/meili", "internal/link"} {
		functions := map[string]*ast.FuncDecl{} // of the package
		names, err := fs.Glob(root, dir+"/*.go")
		if err != nil || len(names) == 0 {
			t.Fatal(dir, err)
		}
		set := token.NewFileSet()
		parsed := map[string]*ast.File{}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			if parsed[name], err = parser.ParseFile(set, name, source, 0); err != nil {
				t.Fatal(err)
			}
			for _, d := range parsed[name].Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
					functions[f.Name.Name] = f
				}
			}
		}
		for name, file := range parsed {
			var within *ast.FuncDecl
			// reason follows what is said to where its words stand, through variables
			// and functions of the package; what it cannot follow nobody could translate.
			var reason func(e ast.Expr, within *ast.FuncDecl)
			reason = func(e ast.Expr, within *ast.FuncDecl) {
				if literal(e) != "" {
					note(e, name)
					return
				}
				switch e := e.(type) {
				case *ast.SelectorExpr:
					if e.Sel.Name == "Reason" {
						return
					}
				case *ast.CallExpr:
					fun := callee(e.Fun)
					switch inner := functions[fun]; {
					case slices.Contains(passedOn, fun):
						return
					case (fun == "Sprintf" || fun == "Sprint") && len(e.Args) > 0:
						reason(e.Args[0], within)
						return
					case inner != nil:
						ast.Inspect(inner, func(n ast.Node) bool {
							if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > 0 {
								reason(r.Results[0], inner)
							}
							return true
						})
						return
					}
				case *ast.Ident:
					if within == nil {
						break
					}
					if _, says := sayers[within.Name.Name]; says && parameter(within, e.Name) {
						return
					}
					found := false
					ast.Inspect(within, func(n ast.Node) bool {
						if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
							for i, to := range a.Lhs {
								if v, ok := to.(*ast.Ident); ok && v.Name == e.Name {
									found = true
									reason(a.Rhs[i], within)
								}
							}
						}
						return true
					})
					if found {
						return
					}
				}
				t.Errorf("%s: the words of a reason cannot be found; say them in a literal, or teach this test", set.Position(e.Pos()))
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					fun := callee(n.Fun)
					at, ok := sayers[fun]
					namesake := fun == "f.add" && literal(n.Args[0]) == "" || fun == "refuse" && !strings.HasPrefix(name, "api/") // of another type
					if ok && len(n.Args) > at && !namesake {
						reason(n.Args[at], within)
					}
					if fun == "invalid" {
						if inner, ok := n.Args[0].(*ast.CallExpr); ok && len(inner.Args) > 0 {
							note(inner.Args[0], name)
						}
					}
				case *ast.AssignStmt:
					if field, ok := n.Lhs[0].(*ast.SelectorExpr); ok && field.Sel.Name == "Reason" && len(n.Rhs) == 1 {
						reason(n.Rhs[0], within)
					}
					if to, ok := n.Lhs[0].(*ast.Ident); ok && to.Name == "reason" && strings.HasPrefix(name, "api/") {
						if call, ok := n.Rhs[0].(*ast.CallExpr); ok && callee(call.Fun) == "Sprintf" {
							note(call.Args[0], name)
						}
					}
				case *ast.ValueSpec:
					if slices.Contains(constants, n.Names[0].Name) && len(n.Values) > 0 {
						note(n.Values[0], name)
					}
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Reason" {
						reason(n.Value, within)
					} else if ok && key.Name == "Doc" && strings.HasPrefix(name, "connectors/") {
						note(n.Value, name)
					}
				case *ast.Field:
					if n.Tag != nil && strings.HasPrefix(name, "connectors/") {
						tag, _ := strconv.Unquote(n.Tag.Value)
						if m := regexp.MustCompile(`doc:"([^"]*)"`).FindStringSubmatch(tag); m != nil {
							found[m[1]] = name
						}
					}
				case *ast.FuncDecl:
					within = n
					if !slices.Contains(plainSpoken, n.Name.Name) {
						break
					}
					ast.Inspect(n, func(n ast.Node) bool {
						switch n := n.(type) {
						case *ast.ReturnStmt:
							if len(n.Results) > 0 {
								note(n.Results[len(n.Results)-1], name)
							}
						case *ast.CallExpr:
							if fun := callee(n.Fun); (fun == "New" || fun == "Errorf" || fun == "Sprintf") && len(n.Args) > 0 {
								note(n.Args[0], name)
							}
						}
						return true
					})
				}
				return true
			})
		}
	}
	return found
}

// TestSettingsHaveNames: every setting that a form may show has a name in the catalogues.
func TestSettingsHaveNames(t *testing.T) {
	texts := site(t).catalogues["en"].texts
	n := 0
	for _, name := range []string{"connectors/imap/config.go", "connectors/folder/folder.go"} {
		source, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`json:"([a-z_]+)(?:,omitempty)?"[^\n]*doc:"`).FindAllStringSubmatch(string(source), -1) {
			n++
			if _, ok := texts["setting."+m[1]]; !ok {
				t.Errorf("the setting %s of %s has no name: add setting.%s to the locales", m[1], name, m[1])
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d settings were found", n)
	}
}

// TestClassesHaveTitles: every class of errors has a title of its own.
func TestClassesHaveTitles(t *testing.T) {
	source, err := os.ReadFile("../../internal/hub/hub.go")
	if err != nil {
		t.Fatal(err)
	}
	classes := regexp.MustCompile(`\tClass\w+ += "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(classes) < 7 {
		t.Errorf("only %d classes were found", len(classes))
	}
	for _, lang := range languages {
		of := map[string]string{}
		for _, m := range classes {
			title := site(t).Named(lang, "class", m[1])
			if title == m[1] || of[title] != "" {
				t.Errorf("%s: the class %s is titled %q, and so is %q", lang, m[1], title, of[title])
			}
			of[title] = m[1]
		}
	}
}

func TestSay(t *testing.T) {
	s := site(t)
	for _, c := range []struct{ lang, in, want string }{
		{"nb", "the file is empty", "filen er tom"},
		{"en", "the file is empty", "the file is empty"},
		{"sv", "row 7 cannot be read: it is longer than 64 kB", "rad 7 kan inte läsas: den är längre än 64 kB"},
		{"da", "The rows of the attachment \"a.xlsx\" were not read: password protected: save a copy without a password",
			"Rækkerne i den vedhæftede fil \"a.xlsx\" blev ikke læst: beskyttet med adgangskode: gem en kopi uden adgangskode"},
		{"nb", "Nothing listens on port 993 of imap.example.com: check the port (993 is usual with tls, 143 with starttls), or the server is down.",
			"Ingen svarer på port 993 på imap.example.com: se etter porten (993 er vanlig med tls, 143 med starttls), eller tjeneren er nede."},
		{"nb", "This cannot be found by searching, because the index does not take it: its text is too long. It is shown in the customer's history.",
			"Dette kan ikke finnes ved søk, fordi indeksen ikke tar det imot: teksten er for lang. Det vises i kundens historikk."},
		{"nb", "what nobody ever said", "what nobody ever said"},
		{"nb", "", ""},
	} {
		if got := s.Say(c.lang, c.in); got != c.want {
			t.Errorf("%s: %q is said as %q, want %q", c.lang, c.in, got, c.want)
		}
	}
}

// literal is the text of an expression, with %s for what is put between.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, _ := strconv.Unquote(e.Value)
			return text
		}
	case *ast.BinaryExpr:
		if a, b := literal(e.X), literal(e.Y); a != "" || b != "" {
			return cmp.Or(a, "%s") + cmp.Or(b, "%s")
		}
	}
	return ""
}

// parameter reports whether a function takes something by the name.
func parameter(f *ast.FuncDecl, name string) bool {
	return slices.ContainsFunc(f.Type.Params.List, func(field *ast.Field) bool {
		return slices.ContainsFunc(field.Names, func(n *ast.Ident) bool { return n.Name == name })
	})
}

// callee names what is called: the function, or receiver and method.
func callee(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		of := ""
		switch x := f.X.(type) {
		case *ast.Ident:
			of = x.Name
		case *ast.SelectorExpr:
			of = x.Sel.Name
		}
		if f.Sel.Name == "add" {
			return of + "." + f.Sel.Name
		}
		return f.Sel.Name
	}
	return ""
}

// TestSentences: everything that the program says to people is known in all
// languages, with the same blanks.
func TestSentences(t *testing.T) {
	s, err := loadSentences()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for en := range s.simple {
		known[en] = true
	}
	for _, one := range s.known {
		known[one.by["en"]] = true
	}
	texts := said(t)
	if len(texts) < 100 {
		t.Errorf("only %d sentences were found: the test looks in the wrong place", len(texts))
	}
	for text, at := range texts {
		if !known[text] {
			t.Errorf("%s says %q, which locales/sentences.json does not have", at, text)
		}
	}
	for text := range known {
		if texts[text] == "" {
			t.Errorf("locales/sentences.json has %q, which nobody says", text)
		}
	}
	check := func(one sentence) {
		for _, lang := range languages {
			text := one.by[lang]
			blanks := func(t string) []string { b := blankMark.FindAllString(t, -1); slices.Sort(b); return b }
			if text == "" || !slices.Equal(blanks(text), blanks(one.by["en"])) {
				t.Errorf("%s: %q for %q", lang, text, one.by["en"])
			}
			if lang != "en" && text == one.by["en"] {
				t.Errorf("%s: %q is not translated", lang, text)
			}
		}
	}
	for _, one := range s.simple {
		check(one)
	}
	for _, one := range s.known {
		check(one)
	}
}

// Package web holds what a browser gets: templates, styles, scripts and words.
// All of it is embedded. Templates are parsed once for each language, when their
// page is first shown, so that inside them {{t "key"}} is that language; that all
// of them parse is tested.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"samsyn/internal/hub"
)

//go:embed templates static locales
var files embed.FS

// views are all pages and fragments. Each is templates/views/NAME.html; pages
// lie in the frame of templates/common.
var views = []string{
	"login", "search", "results", "saved", "customers", "customer", "history", "talk", "record", "part", "sheets",
	"sources", "source", "source_rows", "problems", "users", "account", "error",
	"review", "merge", "split", "events", "access",
}

var common = []string{"frame", "parts", "decide", "answers", "customer", "record", "sourceform"}

// themes are the looks that a user may choose.
var themes = []string{"light", "dark"}

// Themes lists the looks that a user may choose.
func (s *Site) Themes() []string { return slices.Clone(themes) }

// styles are the parts of the style sheet, static/css/NAME.css, in order. They
// are served as one file, samsyn.css.
var styles = []string{"tokens", "base", "frame", "parts", "search", "customer", "manage", "review", "print"}

// page is a parsed view of one language.
type page func() (*template.Template, error)

// Site renders pages.
type Site struct {
	catalogues map[string]*catalogue
	sentences  sentences
	pages      map[string]map[string]page // by language and view
	assets     map[string][]byte
	assetDir   string // address of the static files; it changes when one of them does

	departments atomic.Pointer[[]string] // by whose order they have their colours
}

// New loads everything but the pages, which are parsed when they are first
// shown: a command that shows none has no need of them. Times are shown in zone.
func New(zone *time.Location) (*Site, error) {
	s := &Site{catalogues: map[string]*catalogue{}, pages: map[string]map[string]page{}, assets: map[string][]byte{}}
	if err := s.loadAssets(); err != nil {
		return nil, err
	}
	var err error
	if s.sentences, err = loadSentences(); err != nil {
		return nil, err
	}
	for _, lang := range languages {
		c, err := loadCatalogue(lang, zone)
		if err != nil {
			return nil, err
		}
		s.catalogues[lang] = c
		s.pages[lang] = map[string]page{}
		for _, view := range views {
			s.pages[lang][view] = sync.OnceValues(func() (*template.Template, error) { return s.parse(c, view) })
		}
	}
	return s, nil
}

func (s *Site) parse(c *catalogue, view string) (*template.Template, error) {
	names := []string{"templates/views/" + view + ".html"}
	for _, name := range common {
		names = append(names, "templates/common/"+name+".html")
	}
	return template.New(view+".html").Funcs(s.funcs(c)).Option("missingkey=error").ParseFS(files, names...)
}

func (s *Site) funcs(c *catalogue) template.FuncMap {
	return template.FuncMap{
		"asset": s.Asset, "lang": func() string { return c.lang }, "say": func(english string) string { return s.Say(c.lang, english) },
		"t": c.text, "number": c.number, "date": c.date, "day": c.day, "clock": c.clock, "moment": c.moment, "month": c.month, "weekday": c.weekday, "size": c.size,
		"meetingTimes": c.meetingTimes, "meetingRepeats": c.meetingRepeats,
		"named": c.named, "identValue": identValue, "strength": strength, "place": c.place,
		"value": c.value, "hue": s.hue, "inc": func(n int) int { return n + 1 }, "dict": dict, "snippet": snippet, "marked": marked, "money": c.money, "past": past, "soon": soon, "initials": initials, "dial": dial, "telling": telling, "heads": heads, "cardIdents": cardIdents,
		"datetime":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"paragraphs": paragraphs, "languages": func() []string { return languages }, "themes": func() []string { return themes }, "join": strings.Join,
		"searched":  search,
		"dateField": func(value string) hub.Field { return hub.Field{Type: "date", Value: value} },
		"ident":     func(kind, value string) hub.Ident { return hub.Ident{Kind: kind, Value: value} },
	}
}

// Render writes a view in the language. It writes nothing when the template fails.
func (s *Site) Render(w io.Writer, lang, view string, data any) error {
	parsed := s.pages[lang][view]
	if parsed == nil {
		return fmt.Errorf("there is no view %s in %q", view, lang)
	}
	page, err := parsed()
	if err != nil {
		return fmt.Errorf("template %s: %w", view, err)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		return fmt.Errorf("render %s: %w", view, err)
	}
	_, err = b.WriteTo(w)
	return err
}

// Text is a text of the catalogue, for handlers that need one outside a page.
func (s *Site) Text(lang, key string, args ...any) (string, error) {
	return s.catalogues[lang].text(key, args...)
}

// Named is what a value of a group is called, such as a kind.
func (s *Site) Named(lang, group, value string) string { return s.catalogues[lang].named(group, value) }

// Value writes a cell as people read it in the language.
func (s *Site) Value(lang string, f hub.Field) string { return s.catalogues[lang].value(f) }

// Place says where a record lies.
func (s *Site) Place(lang, where, row string) string { return s.catalogues[lang].place(where, row) }

// Asset returns the address of a static file; it is an error to name one that is not there.
func (s *Site) Asset(name string) (string, error) {
	if _, ok := s.assets[name]; !ok {
		return "", fmt.Errorf("there is no static file %q", name)
	}
	return s.assetDir + name, nil
}

// loadAssets reads the static files. They share one address, made from all of
// them, so that a script finds the modules it imports beside it.
func (s *Site) loadAssets() error {
	sum := sha256.New()
	err := fs.WalkDir(files, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if !strings.HasPrefix(name, "static/css/") {
			s.assets[strings.TrimPrefix(name, "static/")] = body
		}
		fmt.Fprintf(sum, "%s %d %s", name, len(body), body)
		return err
	})
	for _, name := range styles {
		body, rerr := files.ReadFile("static/css/" + name + ".css")
		s.assets["samsyn.css"] = append(s.assets["samsyn.css"], body...)
		err = errors.Join(err, rerr)
	}
	s.assetDir = "/static/" + hex.EncodeToString(sum.Sum(nil)[:8]) + "/"
	return err
}

// ServeHTTP serves the static files under the addresses that Asset returns. A
// browser may keep them for ever: a changed file has another address.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, current := strings.CutPrefix(r.URL.Path, s.assetDir)
	body, ok := s.assets[name]
	if !current || !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, path.Base(name), time.Time{}, bytes.NewReader(body))
}

// dict makes a map of alternating names and values, to give a template several.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict wants pairs")
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict wants names, not %v", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

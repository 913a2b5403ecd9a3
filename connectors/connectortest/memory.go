package connectortest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// memory knows of a source what the store would know, and follows the rules of
// package ingest: what a look yields is kept, what it yields no more is gone,
// and an error is not emptiness.
type memory struct {
	versions map[string]string
	scopes   map[string]map[string]sighting  // scope → ref
	records  map[sighting]bool               // live to the end of the look in which they were last seen
	sheets   map[string]map[string]hub.Sheet // scope → ref
	again    map[string]bool                 // scope and ref of what has to be read again, joined by a blank
}

type sighting struct{ key, mark, hash string }

func newMemory() *memory {
	return &memory{versions: map[string]string{}, scopes: map[string]map[string]sighting{}, records: map[sighting]bool{},
		sheets: map[string]map[string]hub.Sheet{}, again: map[string]bool{}}
}

// known is the store's answer while one scope is read.
type known struct {
	memory *memory
	scope  string
}

func (k known) Ref(ref string) bool {
	_, ok := k.memory.scopes[k.scope][ref]
	return ok && !k.memory.again[k.scope+" "+ref]
}

func (k known) Mark(mark string) (key string) {
	for s := range k.memory.records {
		switch {
		case s.mark == "" || s.mark != mark || s.key == key:
		case key != "":
			return ""
		default:
			key = s.key
		}
	}
	return key
}

// report tells what one look saw.
type report struct {
	opened   []string            // scopes that had to be read
	items    map[string]int      // scope → items without a slash in their ref
	contents map[string]int      // scope → items that came with content
	problems map[string]error    // scope, or scope and ref joined by a blank → what is wrong with it
	refs     map[string][]string // scope → refs in the order they came
	failure  error               // why the look was not complete
}

// look looks at the source once.
func (m *memory) look(t *testing.T, ctx context.Context, c connectors.Connector) report {
	t.Helper()
	r := report{items: map[string]int{}, contents: map[string]int{}, problems: map[string]error{}, refs: map[string][]string{}}
	listed := map[string]bool{}
	var scopes []hub.Scope
	for s, err := range c.Scopes(ctx, m.versions) {
		switch {
		case err == nil && listed[s.Name]:
			t.Errorf("scope %q is listed twice", s.Name)
		case err == nil:
			scopes = append(scopes, s)
		case s.Name == "":
			r.failure = err
		default:
			r.problem(t, s.Name, err)
		}
		listed[s.Name] = true
	}
	for _, s := range scopes {
		if v, ok := m.versions[s.Name]; ok && v == s.Version {
			continue
		}
		m.read(t, ctx, c, s, &r)
	}
	if r.failure == nil {
		m.finish(listed)
	}
	return r
}

// finish forgets the scopes that are no more and the records no longer seen.
func (m *memory) finish(listed map[string]bool) {
	m.records = map[sighting]bool{}
	for name, refs := range m.scopes {
		if !listed[name] {
			delete(m.scopes, name)
			delete(m.versions, name)
			delete(m.sheets, name)
			continue
		}
		for _, s := range refs {
			m.records[s] = true
		}
	}
}

// read reads one scope. Like the store it takes in what came before an error.
func (m *memory) read(t *testing.T, ctx context.Context, c connectors.Connector, s hub.Scope, r *report) {
	t.Helper()
	r.opened = append(r.opened, s.Name)
	before := m.scopes[s.Name]
	now := map[string]sighting{}
	kept := map[string]bool{}
	sheets := map[string]hub.Sheet{}
	var ended error
	for item, err := range c.Read(ctx, s, known{m, s.Name}) {
		parent, _, below := strings.Cut(item.Ref, "/")
		if _, ok := now[parent]; ok && below && err == nil {
			t.Errorf("scope %q: %q came after %q, and would be missed if the look ended in between", s.Name, item.Ref, parent)
		}
		switch {
		case ended != nil:
			t.Errorf("scope %q: something came after the error that ended it", s.Name)
		case err != nil && item.Ref == "":
			ended = err
		case err != nil:
			r.problem(t, s.Name+" "+item.Ref, err)
			_, read := now[item.Ref]
			kept[item.Ref] = kept[item.Ref] || !read
		case item.Sheet != nil:
			sheets[item.Ref] = *item.Sheet
			delete(m.again, s.Name+" "+parent)
		default:
			check(t, s.Name, item)
			if _, twice := now[item.Ref]; twice {
				t.Errorf("scope %q: ref %q came twice", s.Name, item.Ref)
			}
			now[item.Ref] = m.sight(t, s.Name, item)
			m.records[now[item.Ref]] = true
			kept[item.Ref] = item.Content == nil
			r.count(s.Name, item)
		}
	}
	broken := ended != nil && connectors.ClassOf(ended) == hub.ClassBroken
	if ended != nil {
		r.problem(t, s.Name, ended)
	}
	stays := func(ref string) bool {
		parent, _, _ := strings.Cut(ref, "/")
		return ended != nil || kept[ref] || kept[parent]
	}
	keep(now, before, stays)
	keep(sheets, m.sheets[s.Name], stays)
	m.scopes[s.Name], m.sheets[s.Name] = now, sheets
	if ended == nil || broken {
		m.versions[s.Name] = s.Version
	} else {
		r.failure = errors.Join(r.failure, ended)
	}
}

// keep adds to now what was before, did not come again, and stays.
func keep[T any](now, before map[string]T, stays func(ref string) bool) {
	for ref, old := range before {
		if _, ok := now[ref]; !ok && stays(ref) {
			now[ref] = old
		}
	}
}

// sight is what the store would keep of an item.
func (m *memory) sight(t *testing.T, scope string, item hub.Item) sighting {
	t.Helper()
	if item.Content != nil {
		return sighting{key: item.Key, mark: item.Mark, hash: hash(t, item.Content)}
	}
	if item.Key == "" {
		old, ok := m.scopes[scope][item.Ref]
		if !ok {
			t.Errorf("scope %q: ref %q came without content, but nothing is known of it", scope, item.Ref)
		}
		return old
	}
	for s := range m.records {
		if s.key == item.Key {
			return sighting{key: item.Key, mark: item.Mark, hash: s.hash}
		}
	}
	t.Errorf("scope %q: key %q came without content, but nothing is known of it", scope, item.Key)
	return sighting{}
}

func (r *report) count(scope string, item hub.Item) {
	r.refs[scope] = append(r.refs[scope], item.Ref)
	if !strings.Contains(item.Ref, "/") {
		r.items[scope]++
	}
	if item.Content != nil {
		r.contents[scope]++
	}
}

// problem notes an error and checks that a person can do something with it.
func (r *report) problem(t *testing.T, place string, err error) {
	t.Helper()
	r.problems[place] = err
	var e *connectors.Error
	if ctxErr := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded); !errors.As(err, &e) && !ctxErr {
		t.Errorf("%s: the error has no class and no reason for people: %v", place, err)
	} else if e != nil && len(strings.Fields(e.Reason)) < 3 {
		t.Errorf("%s: the reason %q is no sentence", place, e.Reason)
	}
}

// check holds for every item of every connector.
func check(t *testing.T, scope string, item hub.Item) {
	t.Helper()
	if item.Ref == "" {
		t.Errorf("scope %q: an item without ref", scope)
	}
	c := item.Content
	if c == nil {
		return
	}
	if item.Key == "" {
		t.Errorf("scope %q: ref %q has content and no key", scope, item.Ref)
	}
	if c.Kind != hub.KindRow && c.Kind != hub.KindMail {
		t.Errorf("scope %q: ref %q has the unknown kind %q", scope, item.Ref, c.Kind)
	}
	text := []string{item.Key, c.Title, c.Text, c.Quoted}
	for _, f := range c.Fields {
		text = append(text, f.Name, f.Value)
	}
	for _, i := range c.Idents {
		text = append(text, i.Value, i.Place)
	}
	for _, s := range text {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Errorf("scope %q: ref %q holds text that no database takes: %.40q", scope, item.Ref, s)
		}
	}
}

func hash(t *testing.T, c *hub.Content) string {
	t.Helper()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// unsure lists the columns about which people are asked, and what they would say.
func (m *memory) unsure() (out []hub.ColumnAnswer) {
	for _, sheets := range m.sheets {
		for _, sheet := range sheets {
			for _, t := range sheet.Tables {
				for _, c := range t.Columns {
					if len(c.Guesses) > 0 {
						out = append(out, hub.ColumnAnswer{Table: t.Signature, Column: c.ID, Role: c.Guesses[0]})
					}
				}
			}
		}
	}
	return out
}

// reread notes that what was said of a column has changed, and returns how many
// items lie where it stands.
func (m *memory) reread(a hub.ColumnAnswer) (items int) {
	for scope, sheets := range m.sheets {
		for ref, sheet := range sheets {
			if !slices.ContainsFunc(sheet.Tables, func(t hub.Table) bool {
				return slices.ContainsFunc(t.Columns, func(c hub.Column) bool { return c.ID == a.Column })
			}) {
				continue
			}
			mail, _, _ := strings.Cut(ref, "/")
			m.versions[scope], m.again[scope+" "+mail] = "", true
			for ref := range m.scopes[scope] {
				if mail == "" || ref == mail || strings.HasPrefix(ref, mail+"/") {
					items++
				}
			}
		}
	}
	return items
}

// lines writes down what is known, sighting by sighting, in a fixed order.
// Without refs it says what is there and not where, nor what sheets were taken for.
func (m *memory) lines(withRefs bool) []string {
	var out []string
	for scope, refs := range m.scopes {
		for ref, s := range refs {
			if !withRefs {
				ref = ""
			}
			out = append(out, fmt.Sprintf("%s|%s|%s|%s", scope, ref, s.key, s.hash))
		}
	}
	for scope, sheets := range m.sheets {
		for ref, sheet := range sheets {
			if withRefs {
				out = append(out, fmt.Sprintf("%s|%s|%+v", scope, ref, sheet))
			}
		}
	}
	slices.Sort(out)
	return out
}

// keys lists the distinct keys known, with their contents.
func (m *memory) keys() []string {
	var out []string
	for _, refs := range m.scopes {
		for _, s := range refs {
			out = append(out, s.key+"|"+s.hash)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

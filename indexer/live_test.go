package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/internal/hub"
	"samsyn/internal/linker"
	"samsyn/internal/store"
)

// house is a store with sources of two departments, and an index of it.
type house struct {
	t       *testing.T
	store   *store.Store
	dir     string // of the index
	engine  indexer.Engine
	live    *indexer.Live
	sources map[string]hub.SourceID // by department
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{t: t, store: st, dir: filepath.Join(dir, "index"), sources: map[string]hub.SourceID{}}
	for _, department := range []string{"salg", "support"} {
		h.sources[department], err = st.AddSource(t.Context(), hub.Source{Name: department, Kind: "folder", Department: department, Config: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
	}
	h.open(func(e indexer.Engine) indexer.Engine { return e })
	t.Cleanup(h.close)
	return h
}

// open opens the engine, seen through with, and the live index.
func (h *house) open(with func(indexer.Engine) indexer.Engine) {
	h.t.Helper()
	e, err := bleve.Open(h.dir, slog.New(slog.DiscardHandler))
	if err != nil {
		h.t.Fatal(err)
	}
	h.engine = with(e)
	if h.live, err = indexer.OpenLive(h.t.Context(), h.engine, h.store, slog.New(slog.DiscardHandler)); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) close() {
	if h.live == nil {
		return
	}
	if err := errors.Join(h.live.Close(), h.engine.Close()); err != nil {
		h.t.Error(err)
	}
	h.live = nil
}

// put makes the rows, by key, the content of a department's source, and links them.
func (h *house) put(department string, rows map[string]string) {
	h.t.Helper()
	h.write(department, rows)
	h.link()
}

// write puts rows into the store that the linker has not seen.
func (h *house) write(department string, rows map[string]string) {
	h.t.Helper()
	ctx := h.t.Context()
	look, err := h.store.BeginSync(ctx, h.sources[department], "test", time.Minute)
	if err != nil {
		h.t.Fatal(err)
	}
	scope := hub.Scope{Name: "liste.xlsx#Ark1", Version: fmt.Sprint(time.Now().UnixNano()), At: time.Now()}
	var items []hub.Item
	for key, text := range rows {
		name, rest, _ := strings.Cut(text, ": ")
		items = append(items, hub.Item{Ref: key, Key: key, Content: &hub.Content{
			Kind: hub.KindRow, Title: name, At: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
			Fields: []hub.Field{{Column: "A", Name: "Kunde", Role: hub.RoleCustomerName, Value: name}, {Column: "B", Name: "Merknad", Value: rest}},
			Idents: []hub.Ident{{Kind: hub.IdentName, Value: name, Place: "A Kunde"}, {Kind: hub.IdentOrgNo, Value: "923609016", Place: "C"}},
		}})
	}
	seen, err := look.Scope(ctx, scope.Name)
	if err != nil {
		h.t.Fatal(err)
	}
	for ref := range rows {
		seen.Keep(ref)
	}
	err = errors.Join(look.Put(ctx, scope, items), look.Done(ctx, scope, seen.Gone()), look.Finish(ctx, store.Outcome{Complete: true}))
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) link() {
	h.t.Helper()
	if _, err := linker.New(h.store, slog.New(slog.DiscardHandler)).Follow(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// rows makes n rows about a customer.
func rows(n int, text string) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("rad%d", i)] = fmt.Sprintf("Fjordvik AS: %s nummer%d", text, i)
	}
	return out
}

func (h *house) follow() int {
	h.t.Helper()
	n, err := h.live.Follow(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) count(text string, v ...string) int {
	h.t.Helper()
	q := indexer.Query{Text: text, Viewer: hub.Viewer{All: len(v) == 0, Departments: v}, Limit: 10}
	res, err := h.live.Search(h.t.Context(), q)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.Total
}

func (h *house) wants(text string, want int, v ...string) {
	h.t.Helper()
	if got := h.count(text, v...); got != want {
		h.t.Errorf("search %q by %v finds %d, want %d", text, v, got, want)
	}
}

func TestFollow(t *testing.T) {
	h := newHouse(t)
	h.put("salg", rows(30, "levert"))
	h.put("support", map[string]string{"sak1": "Fjordvik Bygg: klage"})
	if n := h.follow(); n < 31 {
		t.Errorf("%d changes followed, want at least 31", n)
	}
	h.wants("levert", 30)
	h.wants("nummer7 ", 1)
	h.wants("klage", 1, "support")
	h.wants("klage", 0, "salg")
	h.wants("bygg", 0, "salg") // the other department's spelling of the name
	if n := h.follow(); n != 0 {
		t.Errorf("%d changes followed though nothing changed", n)
	}
	res, err := h.live.Search(t.Context(), indexer.Query{Viewer: hub.Viewer{All: true}, Text: "fjordvik", Customers: 5})
	if err != nil || len(res.Customers) != 1 {
		t.Fatalf("customers %v, error %v; want one", res, err)
	}

	h.put("salg", rows(20, "betalt"))
	h.follow()
	h.wants("betalt", 20)
	h.wants("levert", 0)
	place, err := indexer.Place(t.Context(), h.store)
	if err != nil {
		t.Fatal(err)
	}
	if rest, err := h.store.Changes(t.Context(), place, 1); err != nil || len(rest) != 0 {
		t.Errorf("after following, the index's place %v has changes after it: %v %v", place, rest, err)
	}
}

func TestRebuildWithoutPause(t *testing.T) {
	h := newHouse(t)
	h.put("salg", rows(300, "levert"))
	h.follow()
	before := h.names()
	var stop atomic.Bool
	var searches atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for !stop.Load() {
				q := indexer.Query{Viewer: hub.Viewer{All: true}, Text: "fjordvik", Customers: 5, Limit: 400}
				res, err := h.live.Search(context.Background(), q)
				if err != nil || res.Total != 300 || len(res.Hits) != 300 || len(res.Customers) != 1 {
					t.Errorf("while rebuilding, a search found %d customers and %d of %d records, error %v", len(res.Customers), len(res.Hits), res.Total, err)
					return
				}
				searches.Add(1)
			}
		})
	}
	for range 3 {
		if err := h.live.Renew(t.Context()); err != nil {
			t.Error(err)
		}
		h.follow()
	}
	stop.Store(true)
	wg.Wait()
	if after := h.names(); len(after) != 1 || after[0] == before[0] {
		t.Errorf("indexes %v, before %v; want one, and another", after, before)
	}
	if searches.Load() == 0 {
		t.Error("nobody searched meanwhile")
	}
	h.put("salg", rows(301, "levert"))
	h.follow()
	h.wants("levert", 301)
}

func (h *house) names() []string {
	h.t.Helper()
	names, err := h.engine.Names(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return sorted(names)
}

// changed is an engine with another schema, and optionally one that fails.
type changed struct {
	indexer.Engine
	schema string
	fail   func(docs []indexer.Doc) error
}

func (c changed) Schema() string { return c.schema }

func (c changed) Open(ctx context.Context, name string) (indexer.Index, bool, error) {
	ix, fresh, err := c.Engine.Open(ctx, name)
	return failing{ix, c.fail}, fresh, err
}

type failing struct {
	indexer.Index
	fail func(docs []indexer.Doc) error
}

func (f failing) Write(ctx context.Context, docs []indexer.Doc, gone []string) error {
	if f.fail != nil {
		if err := f.fail(docs); err != nil {
			return err
		}
	}
	return f.Index.Write(ctx, docs, gone)
}

func TestNewSchema(t *testing.T) {
	h := newHouse(t)
	h.put("salg", rows(50, "levert"))
	h.follow()
	old := h.names()
	h.close()

	// The first attempt to build the new index is cut off.
	cut := errors.New("cut off")
	broken := true
	with := func(e indexer.Engine) indexer.Engine {
		return changed{Engine: e, schema: "other", fail: func([]indexer.Doc) error {
			if broken {
				return cut
			}
			return nil
		}}
	}
	h.open(with)
	h.wants("levert", 50) // from the old one
	if _, err := h.live.Follow(t.Context()); !errors.Is(err, cut) {
		t.Fatalf("error %v, want %v", err, cut)
	}
	h.wants("levert", 50)
	if names := h.names(); len(names) != 2 {
		t.Errorf("indexes %v, want the old and the new one", names)
	}
	h.close()

	broken = false
	h.open(with)
	h.follow()
	h.wants("levert", 50)
	if names := h.names(); len(names) != 1 || names[0] == old[0] {
		t.Errorf("indexes %v, before %v; want the new one alone", names, old)
	}
	if c, err := h.store.Cursor(t.Context(), old[0]); err != nil || c != (hub.Cursor{}) {
		t.Errorf("the cursor of the old index is still there: %v %v", c, err)
	}
}

// TestIndexesOfAnotherInstallationAreLeftAlone: two installations may share a
// search server, and must not take each other's indexes for leftovers.
func TestIndexesOfAnotherInstallationAreLeftAlone(t *testing.T) {
	h := newHouse(t)
	h.put("salg", rows(3, "levert"))
	h.follow()
	other, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	log := slog.New(slog.DiscardHandler)
	live, err := indexer.OpenLive(t.Context(), h.engine, other, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := live.Close(); err != nil {
		t.Fatal(err)
	}
	h.close()
	h.open(func(e indexer.Engine) indexer.Engine { return e })
	res, err := h.live.Search(t.Context(), indexer.Query{Viewer: hub.Viewer{All: true}, Text: "levert "})
	if err != nil || res.Total != 3 {
		t.Errorf("%+v, %v after another installation used the engine; want 3 hits", res, err)
	}
	if names, err := h.engine.Names(t.Context()); err != nil || len(names) != 2 {
		t.Errorf("indexes %q, %v; want one of each installation", names, err)
	}
}

package bleve_test

import (
	"log/slog"
	"sync"
	"testing"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/indexer/indextest"
	"samsyn/internal/hub"
)

func newEngine(t testing.TB, dir string) *bleve.Engine {
	t.Helper()
	e, err := bleve.Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestConformance(t *testing.T) {
	var mu sync.Mutex
	dirs := map[string]string{} // by test, as a test that opens again wants its old indexes
	indextest.Run(t, func(t *testing.T) indexer.Engine {
		mu.Lock()
		defer mu.Unlock()
		if dirs[t.Name()] == "" {
			dirs[t.Name()] = t.TempDir()
		}
		return newEngine(t, dirs[t.Name()])
	})
}

// FuzzSearch: no text is a question that the index cannot answer.
func FuzzSearch(f *testing.F) {
	for _, q := range []string{"ødegård", `"varm suppe" kal`, "+47 22 86", "a b c d e", `"`, "~", "\xff", "fjordvk faktura", "kari@", "(0)46", "^ * ?"} {
		f.Add(q)
	}
	e := newEngine(f, f.TempDir())
	ix := open(f, e)
	docs := []indexer.Doc{
		{ID: "r1", Kind: "mail", Department: "a", Text: "varm suppe hos Ødegård, tlf. 22 86 44 00", Numbers: []string{"22864400"}},
		{ID: "r2", Kind: "row", Department: "b", Names: []string{"Fjordvik Bygg"}, Text: "faktura"},
		{ID: "c1-1", Customer: true, Customers: []string{"c1"}, Department: "b", Names: []string{"Fjordvik Bygg"}},
	}
	if err := ix.Write(f.Context(), docs, nil); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { shut(f, ix, e) })
	f.Fuzz(func(t *testing.T, text string) {
		res, err := ix.Search(t.Context(), indexer.Query{Viewer: hub.Viewer{Departments: []string{"b"}}, Text: text, Limit: 10, Customers: 10})
		if err != nil {
			t.Fatal(err)
		}
		if res.Total != len(res.Hits) || res.Total > 1 || res.Total == 1 && res.Hits[0] != "r2" {
			t.Fatalf("%q: %+v, want r2 at most", text, res)
		}
	})
}

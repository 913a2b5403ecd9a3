package meili_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"

	"samsyn/indexer"
	"samsyn/indexer/indextest"
	"samsyn/indexer/meili"
	"samsyn/internal/hub"
	"samsyn/internal/testenv"
)

// server gives a part of its own of the shared server, with the master key.
func server(t testing.TB) meili.Options {
	t.Helper()
	url, key := testenv.Meilisearch(t)
	o := meili.Options{URL: url, Key: key, Prefix: "test" + strings.ToLower(rand.Text()[:10]) + "-"}
	t.Cleanup(func() { clear(t, o) })
	return o
}

// clear removes what a test has left.
func clear(t testing.TB, o meili.Options) {
	e := engine(t, o)
	names, err := e.Names(context.Background())
	if err != nil {
		t.Error(err)
	}
	for _, name := range names {
		if err := e.Drop(context.Background(), name); err != nil {
			t.Error(err)
		}
	}
}

func engine(t testing.TB, o meili.Options) *meili.Engine {
	t.Helper()
	e, err := meili.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// scoped exchanges the master key for one with the rights of a running Samsyn.
func scoped(t testing.TB, o meili.Options) meili.Options {
	t.Helper()
	key, err := meili.CreateKey(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Key = key
	return o
}

func TestConformance(t *testing.T) {
	var mu sync.Mutex
	servers := map[string]meili.Options{} // by test, as a test that opens again wants its old indexes
	indextest.Run(t, func(t *testing.T) indexer.Engine {
		mu.Lock()
		defer mu.Unlock()
		if _, ok := servers[t.Name()]; !ok {
			servers[t.Name()] = scoped(t, server(t))
		}
		return engine(t, servers[t.Name()])
	})
}

// FuzzSearch: no text is a question that the index cannot answer.
func FuzzSearch(f *testing.F) {
	for _, q := range []string{"ødegård", `"varm suppe" kal`, "+47 22 86", "a b c d e", `"`, "~", "\xff", "fjordvk faktura", "kari@", "(0)46", "^ * ?",
		"-varm", `-"varm suppe"`, "Привет мир", "搜索引擎", strings.Repeat("ord ", 30)} {
		f.Add(q)
	}
	ix, _, err := engine(f, server(f)).Open(f.Context(), "samsyn-fuzz")
	if err != nil {
		f.Fatal(err)
	}
	docs := []indexer.Doc{
		{ID: "r1", Kind: "mail", Department: "a", Text: "varm suppe hos Ødegård, tlf. 22 86 44 00", Numbers: []string{"22864400"}},
		{ID: "r2", Kind: "row", Department: "b", Names: []string{"Fjordvik Bygg"}, Text: "faktura"},
		{ID: "c1-1", Customer: true, Customers: []string{"c1"}, Department: "b", Names: []string{"Fjordvik Bygg"}},
	}
	if err := ix.Write(f.Context(), docs, nil); err != nil {
		f.Fatal(err)
	}
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

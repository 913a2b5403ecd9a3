package bleve_test

import (
	"log/slog"
	"sync"
	"testing"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/indexer/indextest"
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

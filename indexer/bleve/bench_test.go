package bleve_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	bare "github.com/blevesearch/bleve/v2"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/indexer/indextest"
	"samsyn/internal/hub"
)

var docCount = flag.Int("docs", 20_000, "how many records the benchmarks index")

// BenchmarkWrite compares writing with what bleve does out of the box with the
// same documents: go test -bench Write -run ^$ ./indexer/bleve -docs 50000
func BenchmarkWrite(b *testing.B) {
	b.Run("samsyn", func(b *testing.B) {
		for b.Loop() {
			e := newEngine(b, b.TempDir())
			ix := open(b, e)
			indextest.BenchWrite(b, *docCount, 5000, func(docs []indexer.Doc) error { return ix.Write(b.Context(), docs, nil) })
			shut(b, ix, e)
		}
	})
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			ix, err := bare.New(filepath.Join(b.TempDir(), "bare"), bare.NewIndexMapping())
			if err != nil {
				b.Fatal(err)
			}
			indextest.BenchWrite(b, *docCount, 1000, func(docs []indexer.Doc) error {
				batch := ix.NewBatch()
				for _, d := range docs {
					if err := batch.Index(d.ID, d); err != nil {
						return err
					}
				}
				return ix.Batch(batch)
			})
			if err := ix.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSearch asks as people type: go test -bench Search -run ^$ ./indexer/bleve -docs 200000
func BenchmarkSearch(b *testing.B) {
	dir := b.TempDir()
	if kept := os.Getenv("BENCH_INDEX"); kept != "" {
		dir = kept // spares the writing when only the search is worked on
	}
	e := newEngine(b, dir)
	ix := open(b, e)
	defer shut(b, ix, e)
	if everything(b, ix) != *docCount {
		indextest.Fill(b, ix, *docCount)
	}
	indextest.BenchSearch(b, ix, *docCount)
}

func open(b testing.TB, e *bleve.Engine) indexer.Index {
	b.Helper()
	ix, _, err := e.Open(b.Context(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	return ix
}

func shut(b testing.TB, ix indexer.Index, e *bleve.Engine) {
	b.Helper()
	if err := ix.Close(); err != nil {
		b.Error(err)
	}
	if err := e.Close(); err != nil {
		b.Error(err)
	}
}

func everything(b testing.TB, ix indexer.Index) int {
	b.Helper()
	res, err := ix.Search(b.Context(), indexer.Query{Viewer: hub.Viewer{All: true}})
	if err != nil {
		b.Fatal(err)
	}
	return res.Total
}

package meili_test

import (
	"flag"
	"testing"
	"time"

	bare "github.com/meilisearch/meilisearch-go"

	"samsyn/indexer"
	"samsyn/indexer/indextest"
	"samsyn/internal/hub"
)

var docCount = flag.Int("docs", 20_000, "how many records the benchmarks index")

// benchBatch is how many records make a batch of the follower, where many wait.
const benchBatch = 12_000

// BenchmarkWrite compares writing with what the library and server do out of
// the box with the same documents, in the same batches:
// go test -bench Write -run ^$ ./indexer/meili -docs 50000
func BenchmarkWrite(b *testing.B) {
	b.Run("samsyn", func(b *testing.B) {
		for b.Loop() {
			ix := open(b)
			indextest.BenchWrite(b, *docCount, benchBatch, func(docs []indexer.Doc) error { return ix.Write(b.Context(), docs, nil) })
		}
	})
	b.Run("bare", func(b *testing.B) {
		o := server(b)
		client := bare.New(o.URL, bare.WithAPIKey(o.Key))
		for b.Loop() {
			const uid = "bare"
			wait(b, client, must(client.CreateIndexWithContext(b.Context(), &bare.IndexConfig{Uid: uid, PrimaryKey: "ID"})))
			indextest.BenchWrite(b, *docCount, benchBatch, func(docs []indexer.Doc) error {
				wait(b, client, must(client.Index(uid).AddDocumentsWithContext(b.Context(), docs, nil)))
				return nil
			})
			wait(b, client, must(client.DeleteIndexWithContext(b.Context(), uid)))
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func wait(b *testing.B, client bare.ServiceManager, task *bare.TaskInfo) {
	b.Helper()
	done, err := client.WaitForTaskWithContext(b.Context(), task.TaskUID, 20*time.Millisecond)
	if err != nil || done.Status != bare.TaskStatusSucceeded {
		b.Fatalf("task %+v: %v", done, err)
	}
}

// BenchmarkSearch asks as people type: go test -bench Search -run ^$ ./indexer/meili -docs 200000
func BenchmarkSearch(b *testing.B) {
	ix := open(b)
	indextest.Fill(b, ix, *docCount)
	indextest.BenchSearch(b, ix, *docCount)
}

func open(t testing.TB) indexer.Index {
	t.Helper()
	ix, _, err := engine(t, server(t)).Open(t.Context(), "samsyn-some")
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

func find(t testing.TB, ix indexer.Index, text string) *indexer.Result {
	t.Helper()
	res, err := ix.Search(t.Context(), indexer.Query{Viewer: everybody, Text: text, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

var everybody = hub.Viewer{All: true}

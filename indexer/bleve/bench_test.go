package bleve_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	bare "github.com/blevesearch/bleve/v2"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/internal/hub"
)

var docCount = flag.Int("docs", 20_000, "how many records the benchmarks index")

// town writes made-up records: 60 words each from a Zipf vocabulary of 60,000,
// three years, eight departments, a customer for every fifty records.
type town struct {
	rnd   *rand.Rand
	zipf  *rand.Zipf
	words []string
}

func newTown() *town {
	rnd := rand.New(rand.NewPCG(1, 2))
	t := &town{rnd: rnd, zipf: rand.NewZipf(rnd, 1.1, 4, 59_999)}
	syllables := strings.Fields("fjord vik bygg tak sten øde gård solv berg dal skog hav båt nes land strand å mark mo lund bekk tørr våt stor lille ny gam mel arb eid salg kjøp lev er ing else het som ar en et re ma ni ka to li su")
	seen := map[string]bool{}
	for len(t.words) < 60_000 {
		var w strings.Builder
		for range 1 + rnd.IntN(4) {
			w.WriteString(syllables[rnd.IntN(len(syllables))])
		}
		if !seen[w.String()] {
			seen[w.String()] = true
			t.words = append(t.words, w.String())
		}
	}
	return t
}

func (t *town) text(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = t.words[t.zipf.Uint64()]
	}
	return strings.Join(words, " ")
}

func (t *town) docs(from, n int) []indexer.Doc {
	docs := make([]indexer.Doc, n)
	for i := range docs {
		id := from + i
		customer := id/50 + 1
		docs[i] = indexer.Doc{
			ID: fmt.Sprintf("r%d", id), Rev: int64(id), Kind: []string{hub.KindRow, hub.KindMail}[id%2],
			Department: fmt.Sprintf("department %d", t.rnd.IntN(8)), Source: fmt.Sprintf("s%d", t.rnd.IntN(20)),
			Customers: []string{fmt.Sprintf("c%d", customer)}, Names: []string{t.name(customer)},
			Title: t.text(5), Text: t.text(60), Numbers: []string{fmt.Sprintf("f%d", 100000+id)},
			At: time.Date(2023, 1, 1, 0, 0, t.rnd.IntN(3*365*24*3600), 0, time.UTC),
		}
	}
	return docs
}

func (t *town) name(customer int) string {
	return t.words[customer%len(t.words)] + " " + t.words[(customer*7)%len(t.words)] + " AS"
}

func (t *town) faces(n int) []indexer.Doc {
	docs := make([]indexer.Doc, n)
	for i := range docs {
		id := fmt.Sprintf("c%d", i+1)
		docs[i] = indexer.Doc{ID: id + "-1", Customer: true, Kind: indexer.KindCustomer, Department: "department 1", Customers: []string{id}, Names: []string{t.name(i + 1)}, Title: t.name(i + 1)}
	}
	return docs
}

// BenchmarkWrite compares writing with what bleve does out of the box with the
// same documents: go test -bench Write -run ^$ ./indexer/bleve -docs 50000
func BenchmarkWrite(b *testing.B) {
	b.Run("samsyn", func(b *testing.B) {
		for b.Loop() {
			town, e := newTown(), newEngine(b, b.TempDir())
			ix := open(b, e)
			start, used := time.Now(), processor()
			for n := 0; n < *docCount; n += 5000 {
				if err := ix.Write(b.Context(), town.docs(n+1, min(5000, *docCount-n)), nil); err != nil {
					b.Fatal(err)
				}
			}
			report(b, start, used)
			shut(b, ix, e)
		}
	})
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			town := newTown()
			ix, err := bare.New(filepath.Join(b.TempDir(), "bare"), bare.NewIndexMapping())
			if err != nil {
				b.Fatal(err)
			}
			start, used := time.Now(), processor()
			for n := 0; n < *docCount; n += 1000 {
				batch := ix.NewBatch()
				for _, d := range town.docs(n+1, min(1000, *docCount-n)) {
					if err := batch.Index(d.ID, d); err != nil {
						b.Fatal(err)
					}
				}
				if err := ix.Batch(batch); err != nil {
					b.Fatal(err)
				}
			}
			report(b, start, used)
			if err := ix.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// report gives the processor's time as well: it stays comparable when the
// machine has other things to do.
func report(b *testing.B, start time.Time, used time.Duration) {
	n := float64(*docCount)
	b.ReportMetric(n/time.Since(start).Seconds(), "docs/s")
	b.ReportMetric(float64((processor()-used).Microseconds())/n, "cpu-µs/doc")
}

func processor() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkSearch asks as people type: go test -bench Search -run ^$ ./indexer/bleve -docs 200000
func BenchmarkSearch(b *testing.B) {
	dir := b.TempDir()
	if kept := os.Getenv("BENCH_INDEX"); kept != "" {
		dir = kept // spares the writing when only the search is worked on
	}
	town, e := newTown(), newEngine(b, dir)
	ix := open(b, e)
	defer shut(b, ix, e)
	if everything(b, ix) != *docCount {
		for n := 0; n < *docCount; n += 5000 {
			if err := ix.Write(b.Context(), town.docs(n+1, min(5000, *docCount-n)), nil); err != nil {
				b.Fatal(err)
			}
		}
		if err := ix.Write(b.Context(), town.faces(*docCount/50), nil); err != nil {
			b.Fatal(err)
		}
	}
	for name, query := range map[string]func() string{
		"1letter":  func() string { return begin(town.text(1), 1) },
		"2letters": func() string { return begin(town.text(1), 2) },
		"3letters": func() string { return begin(town.text(1), 3) },
		"typo":     func() string { return mistype(town, town.text(1)) + " " + begin(town.text(1), 4) },
		"2words":   func() string { return town.text(2) },
		"4words":   func() string { return town.text(4) },
		"name":     func() string { return town.name(1 + town.rnd.IntN(*docCount/50)) },
		"phrase":   func() string { return `"` + town.text(2) + `"` },
		"number":   func() string { return fmt.Sprint("f", 100000+town.rnd.IntN(*docCount)) },
		"all":      func() string { return "" },
	} {
		b.Run(name, func(b *testing.B) {
			var took, used []time.Duration
			for b.Loop() {
				q := indexer.Query{Viewer: hub.Viewer{All: true}, Text: query(), Limit: 20, Customers: 5}
				if town.rnd.IntN(2) == 0 {
					q.Departments = []string{"department 3"}
				}
				start, before := time.Now(), processor()
				if _, err := ix.Search(b.Context(), q); err != nil {
					b.Fatal(err)
				}
				took, used = append(took, time.Since(start)), append(used, processor()-before)
			}
			slices.Sort(took)
			slices.Sort(used)
			for _, p := range []int{50, 95, 99} {
				b.ReportMetric(float64(took[len(took)*p/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
			}
			b.ReportMetric(float64(used[len(used)*95/100].Microseconds())/1000, "p95-cpu-ms")
		})
	}
}

func begin(word string, n int) string {
	r := []rune(word)
	return string(r[:min(n, len(r))])
}

// mistype swaps two letters in the middle of a word.
func mistype(t *town, word string) string {
	r := []rune(word)
	if len(r) > 4 {
		r[2], r[3] = r[3], r[2]
	}
	return string(r)
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

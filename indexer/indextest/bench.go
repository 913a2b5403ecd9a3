package indextest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

// Town writes made-up records: 60 words each from a Zipf vocabulary of 60,000,
// three years, eight departments, a customer for every fifty records.
type Town struct {
	rnd   *rand.Rand
	zipf  *rand.Zipf
	words []string
}

// NewTown returns a town that is always the same.
func NewTown() *Town {
	rnd := rand.New(rand.NewPCG(1, 2))
	t := &Town{rnd: rnd, zipf: rand.NewZipf(rnd, 1.1, 4, 59_999)}
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

func (t *Town) text(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = t.words[t.zipf.Uint64()]
	}
	return strings.Join(words, " ")
}

// Docs makes records with the ids from, from+1 and on.
func (t *Town) Docs(from, n int) []indexer.Doc {
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

func (t *Town) name(customer int) string {
	return t.words[customer%len(t.words)] + " " + t.words[(customer*7)%len(t.words)] + " AS"
}

// Faces makes the faces of the first n customers.
func (t *Town) Faces(n int) []indexer.Doc {
	docs := make([]indexer.Doc, n)
	for i := range docs {
		id := fmt.Sprintf("c%d", i+1)
		docs[i] = indexer.Doc{ID: id + "-1", Customer: true, Kind: indexer.KindCustomer, Department: "department 1", Customers: []string{id}, Names: []string{t.name(i + 1)}, Title: t.name(i + 1)}
	}
	return docs
}

// benchBatch is how many documents the follower writes at a time.
const benchBatch = 2000

// Fill writes n records and their customers.
func Fill(b testing.TB, ix indexer.Index, n int) {
	b.Helper()
	town := NewTown()
	for at := 0; at < n; at += benchBatch {
		if err := ix.Write(b.Context(), town.Docs(at+1, min(benchBatch, n-at)), nil); err != nil {
			b.Fatal(err)
		}
	}
	if err := ix.Write(b.Context(), town.Faces(n/50), nil); err != nil {
		b.Fatal(err)
	}
}

// BenchWrite measures how fast write takes n records in batches; another way of
// writing the same records can be compared with it.
func BenchWrite(b *testing.B, n, batch int, write func(docs []indexer.Doc) error) {
	town := NewTown()
	start, used := time.Now(), Processor()
	for at := 0; at < n; at += batch {
		if err := write(town.Docs(at+1, min(batch, n-at))); err != nil {
			b.Fatal(err)
		}
	}
	// The processor's time stays comparable when the machine has other things to do.
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "docs/s")
	b.ReportMetric(float64((Processor()-used).Microseconds())/float64(n), "cpu-µs/doc")
}

// Processor is the time that this process has had of the processor.
func Processor() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchSearch asks as people type, of an index of n records that Fill wrote.
// What is shown of a hit comes from the store, and with it the marks: they are
// made here of a text of the length that a page shows.
func BenchSearch(b *testing.B, ix indexer.Index, n int) {
	town := NewTown()
	shown := indexer.NewPassage(town.text(65))
	for _, ask := range []struct {
		name  string
		query func() string
	}{
		{"1letter", func() string { return begin(town.text(1), 1) }},
		{"2letters", func() string { return begin(town.text(1), 2) }},
		{"3letters", func() string { return begin(town.text(1), 3) }},
		{"typo", func() string { return mistype(town.text(1)) + " " + begin(town.text(1), 4) }},
		{"2words", func() string { return town.text(2) }},
		{"4words", func() string { return town.text(4) }},
		{"name", func() string { return town.name(1 + town.rnd.IntN(n/50)) }},
		{"phrase", func() string { return `"` + town.text(2) + `"` }},
		{"number", func() string { return fmt.Sprint("f", 100000+town.rnd.IntN(n)) }},
		{"all", func() string { return "" }},
	} {
		b.Run(ask.name, func(b *testing.B) {
			var took, used []time.Duration
			for b.Loop() {
				q := indexer.Query{Viewer: hub.Viewer{All: true}, Text: ask.query(), Limit: 20, Customers: 5}
				if town.rnd.IntN(2) == 0 {
					q.Departments = []string{"department 3"}
				}
				start, before := time.Now(), Processor()
				res, err := ix.Search(b.Context(), q)
				if err != nil {
					b.Fatal(err)
				}
				for range res.Hits {
					shown.Snippet(indexer.Parse(q.Text), 200)
				}
				took, used = append(took, time.Since(start)), append(used, Processor()-before)
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
func mistype(word string) string {
	r := []rune(word)
	if len(r) > 4 {
		r[2], r[3] = r[3], r[2]
	}
	return string(r)
}

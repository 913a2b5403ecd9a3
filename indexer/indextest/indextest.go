// Package indextest is the conformance suite of index engines. An engine that
// passes it finds the same as every other and shows nobody what they may not see.
package indextest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

// Run runs the suite. open returns an engine without indexes; called again in
// the same test it returns a new engine on the same indexes, the first being
// closed. Closing engines is the suite's part.
func Run(t *testing.T, open func(t *testing.T) indexer.Engine) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"words", testWords}, {"many words", testManyWords}, {"nordic letters", testNordic}, {"exact spelling first", testSpelling},
		{"typos", testTypos}, {"numbers", testNumbers}, {"phrases", testPhrases},
		{"missing words", testMissingWords}, {"ranking", testRanking}, {"customers", testCustomers},
		{"filters", testFilters}, {"facets", testFacets}, {"persons", testPersons}, {"dates and order", testDates},
		{"pages", testPages}, {"count", testCount}, {"whole documents", testReplace}, {"faces", testFaces},
		{"refused", testRefused}, {"big batch", testBigBatch}, {"revs", testRevs},
		{"reopen", testReopen}, {"engine", testEngine}, {"viewers", testViewers},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newBench(t, open)) })
	}
}

// bench is one engine with one index.
type bench struct {
	t      *testing.T
	open   func(t *testing.T) indexer.Engine
	engine indexer.Engine
	ix     indexer.Index
}

const name = "samsyn-test"

func newBench(t *testing.T, open func(t *testing.T) indexer.Engine) *bench {
	b := &bench{t: t, open: open}
	b.start()
	t.Cleanup(b.stop)
	return b
}

func (b *bench) start() (fresh bool) {
	b.t.Helper()
	b.engine = b.open(b.t)
	ix, fresh, err := b.engine.Open(b.t.Context(), name)
	if err != nil {
		b.t.Fatal(err)
	}
	b.ix = ix
	return fresh
}

func (b *bench) stop() {
	if err := b.ix.Close(); err != nil {
		b.t.Error(err)
	}
	if err := b.engine.Close(); err != nil {
		b.t.Error(err)
	}
}

func (b *bench) write(docs ...indexer.Doc) {
	b.t.Helper()
	if err := b.ix.Write(b.t.Context(), docs, nil); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) remove(gone ...string) {
	b.t.Helper()
	if err := b.ix.Write(b.t.Context(), nil, gone); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) search(q indexer.Query) *indexer.Result {
	b.t.Helper()
	if q.Viewer.User == "" {
		q.Viewer = everybody
	}
	if q.Limit == 0 {
		q.Limit = 100
	}
	hits, customers := &told{}, &told{}
	q.ToldHits, q.ToldCustomers = hits.tell, customers.tell
	res, err := b.ix.Search(b.t.Context(), q)
	if err != nil {
		b.t.Fatalf("search %+v: %v", q, err)
	}
	hits.check(b.t, q.Text, res.Hits)
	customers.check(b.t, q.Text, res.Customers)
	return res
}

// told is what an engine says that it has found while it still counts.
type told struct {
	times int
	ids   []string
}

func (o *told) tell(ids []string) { o.times, o.ids = o.times+1, slices.Clone(ids) }

func (o *told) check(t *testing.T, text string, found []string) {
	t.Helper()
	if o.times > 1 || o.times == 1 && !slices.Equal(o.ids, found) {
		t.Errorf("search %q told %d times, last of %v, and found %v", text, o.times, o.ids, found)
	}
}

// finds checks which records a text finds, in any order.
func (b *bench) finds(text string, want ...string) {
	b.t.Helper()
	got := slices.Sorted(slices.Values(b.search(indexer.Query{Text: text}).Hits))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		b.t.Errorf("search %q found %v, want %v", text, got, want)
	}
}

// ranks checks which records a text finds, best first.
func (b *bench) ranks(text string, want ...string) {
	b.t.Helper()
	if got := b.search(indexer.Query{Text: text}).Hits; !slices.Equal(got, want) {
		b.t.Errorf("search %q found %v, want %v in this order", text, got, want)
	}
}

var everybody = hub.Viewer{User: "test", All: true}

func viewer(departments ...string) hub.Viewer {
	return hub.Viewer{User: "test", Departments: departments}
}

func day(n int) time.Time { return time.Date(2026, 1, n, 12, 0, 0, 0, time.UTC) }

// record is a mail of the sales department with the text; change may alter it.
func record(n int, text string, change ...func(*indexer.Doc)) indexer.Doc {
	d := indexer.Doc{
		ID: fmt.Sprintf("r%d", n), Rev: int64(n), Kind: hub.KindMail, Nature: "mail",
		Department: "sales", Source: "s1", Text: text, At: day(1),
	}
	for _, f := range change {
		f(&d)
	}
	return d
}

func face(customer, department string, names ...string) indexer.Doc {
	return indexer.Doc{
		ID: customer + "-" + department, Rev: 1, Customer: true, Kind: indexer.KindCustomer,
		Department: department, Customers: []string{customer}, Title: names[0], Names: names,
	}
}

func named(names ...string) func(*indexer.Doc) { return func(d *indexer.Doc) { d.Names = names } }
func titled(title string) func(*indexer.Doc)   { return func(d *indexer.Doc) { d.Title = title } }
func at(when time.Time) func(*indexer.Doc)     { return func(d *indexer.Doc) { d.At = when } }
func in(department string) func(*indexer.Doc) {
	return func(d *indexer.Doc) { d.Department = department }
}

package indextest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

func fmtIDs(ids []string) string { return strings.Join(ids, " ") }

// company writes nine records over departments, kinds, sources and years.
func company(b *bench) {
	n := 0
	for _, department := range []string{"sales", "finance", "support"} {
		for _, kind := range []string{"mail", "row", "row"} {
			n++
			b.write(record(n, "avtale", in(department), at(time.Date(2023+n%3, 6, n, 0, 0, 0, 0, time.UTC)), func(d *indexer.Doc) {
				d.Kind, d.Source = kind, "s"+fmt.Sprint(n%2+1)
				if kind == "row" {
					d.Nature = []string{"order", "complaint"}[n%2]
				}
				d.Scope = fmt.Sprintf("s%d-%d", n%2+1, n%3)
				d.Customers = []string{fmt.Sprintf("c%d", n%4+1)}
				d.Persons = []string{[]string{"Liv Sæther", "Per Ås"}[n%2]}
				if n == 9 {
					d.Persons = append(d.Persons, "Liv Sæther")
				}
			}))
		}
	}
	b.write(record(100, "annet"), record(101, "avtale", at(time.Time{})))
}

func testFilters(t *testing.T, b *bench) {
	company(b)
	for name, test := range map[string]struct {
		q    indexer.Query
		want int
	}{
		"none":            {indexer.Query{}, 10},
		"department":      {indexer.Query{Departments: []string{"finance"}}, 3},
		"departments":     {indexer.Query{Departments: []string{"finance", "support"}}, 6},
		"kind":            {indexer.Query{Kinds: []string{"row"}}, 6},
		"nature":          {indexer.Query{Natures: []string{"complaint"}}, 3},
		"natures":         {indexer.Query{Natures: []string{"order", "mail"}}, 7},
		"source":          {indexer.Query{Sources: []string{"s2"}}, 5},
		"customer":        {indexer.Query{Customer: "c2"}, 3},
		"scope":           {indexer.Query{Scope: "s2-0"}, 2},
		"scope not there": {indexer.Query{Scope: "s2"}, 0},
		"all together":    {indexer.Query{Departments: []string{"sales", "support"}, Kinds: []string{"row"}, Sources: []string{"s1"}}, 2},
		"person":          {indexer.Query{Persons: []string{"Liv Sæther"}}, 5},
		"persons":         {indexer.Query{Persons: []string{"Liv Sæther", "Per Ås"}}, 9},
		"part of a name":  {indexer.Query{Persons: []string{"Liv"}}, 0},
		"above":           {indexer.Query{Above: 6}, 4},
		"nothing of this": {indexer.Query{Departments: []string{"kitchen"}}, 0},
		"from":            {indexer.Query{Span: hub.Span{From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}}, 3},
		"from and to": {indexer.Query{Span: hub.Span{From: time.Date(2023, 6, 3, 0, 0, 0, 0, time.UTC),
			To: time.Date(2023, 6, 9, 0, 0, 0, 0, time.UTC)}}, 2},
	} {
		test.q.Text = "avtale"
		res := b.search(test.q)
		if res.Total != test.want || len(res.Hits) != test.want {
			t.Errorf("%s: total %d, hits %v; want %d", name, res.Total, res.Hits, test.want)
		}
	}
}

func testFacets(t *testing.T, b *bench) {
	company(b)
	check := func(what string, got, want map[string]int) {
		t.Helper()
		if !maps.Equal(got, want) {
			t.Errorf("facet %s is %v, want %v", what, got, want)
		}
	}
	all := b.search(indexer.Query{Text: "avtale"}).Facets
	check("department", all.Department, map[string]int{"sales": 4, "finance": 3, "support": 3})
	check("kind", all.Kind, map[string]int{"mail": 4, "row": 6})
	check("nature", all.Nature, map[string]int{"mail": 4, "order": 3, "complaint": 3})
	check("source", all.Source, map[string]int{"s1": 5, "s2": 5})
	check("year", all.Year, map[string]int{"2023": 3, "2024": 3, "2025": 3})

	q := indexer.Query{Text: "avtale", Kinds: []string{"row"}}
	counted := b.search(q)
	q.Uncounted = true
	if plain := b.search(q); !slices.Equal(plain.Hits, counted.Hits) || plain.Total != counted.Total || len(plain.Facets.Kind)+len(plain.Facets.Person)+len(plain.Facets.Year) > 0 {
		t.Errorf("without facets %v of %d, with them %v of %d; facets %v", plain.Hits, plain.Total, counted.Hits, counted.Total, plain.Facets)
	}

	check("person", all.Person, map[string]int{"Liv Sæther": 5, "Per Ås": 5})
	check("person without its own filter", b.search(indexer.Query{Text: "avtale", Persons: []string{"Per Ås"}, Kinds: []string{"mail"}}).Facets.Person,
		map[string]int{"Liv Sæther": 1, "Per Ås": 2})

	some := b.search(indexer.Query{
		Text: "avtale", Departments: []string{"finance"}, Kinds: []string{"row"},
		Span: hub.Span{From: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)},
	})
	f := some.Facets
	check("department without its own filter", f.Department, map[string]int{"sales": 1, "finance": 1, "support": 1})
	check("kind without its own filter", f.Kind, map[string]int{"mail": 1, "row": 1})
	check("nature with the filters on others", f.Nature, map[string]int{"complaint": 1})
	check("year without the dates", f.Year, map[string]int{"2023": 1, "2025": 1})
	// What a facet promises is what one gets by choosing it.
	for kind, n := range f.Kind {
		q := indexer.Query{Text: "avtale", Departments: []string{"finance"}, Kinds: []string{kind}, Span: hub.Span{From: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)}}
		if got := b.search(q).Total; got != n {
			t.Errorf("facet promises %d of %s, choosing it gives %d", n, kind, got)
		}
	}
}

// testPersons writes more persons than a facet counts.
func testPersons(t *testing.T, b *bench) {
	var docs []indexer.Doc
	for n := 1; n <= 3*indexer.MaxPersons; n++ {
		docs = append(docs, record(n, "avtale", func(d *indexer.Doc) { d.Persons = []string{fmt.Sprintf("Person Nummer%d", n), "Alle Kjenner"} }))
	}
	for n := range 50 { // in batches of their own
		b.write(record(1000+n, "avtale", func(d *indexer.Doc) { d.Persons = []string{"Person Nummer300"} }))
	}
	b.write(docs...)
	f := b.search(indexer.Query{Text: "avtale"}).Facets.Person
	if len(f) != indexer.MaxPersons || f["Alle Kjenner"] != 3*indexer.MaxPersons || f["Person Nummer300"] != 51 {
		t.Errorf("%d persons, %d and %d hits of the most frequent", len(f), f["Alle Kjenner"], f["Person Nummer300"])
	}
}

func testDates(t *testing.T, b *bench) {
	b.write(record(1, "brev", at(day(3))), record(2, "brev", at(day(1))), record(3, "brev", at(time.Time{})), record(4, "brev", at(day(2))),
		record(5, "brev", at(time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC))))
	order := func(sort string, want ...string) {
		t.Helper()
		if got := b.search(indexer.Query{Text: "brev", Sort: sort}).Hits; !slices.Equal(got, want) {
			t.Errorf("order %s: %v, want %v", sort, got, want)
		}
	}
	order(indexer.SortNewest, "r1", "r4", "r2", "r5", "r3") // what has no time comes last
	order(indexer.SortOldest, "r5", "r2", "r4", "r1", "r3")
	order(indexer.SortRelevance, "r1", "r4", "r2", "r5", "r3")
	order(indexer.SortArrived, "r5", "r4", "r3", "r2", "r1")
	within := func(span hub.Span, want ...string) {
		t.Helper()
		if got := b.search(indexer.Query{Span: span, Sort: indexer.SortOldest}).Hits; !slices.Equal(got, want) {
			t.Errorf("within %v: %v, want %v", span, got, want)
		}
	}
	within(hub.Span{From: day(1), To: day(3)}, "r2", "r4")
	// Dates west of Greenwich lie before the days that they begin.
	date := func(n int) time.Time { return day(n).Add(-12 * time.Hour) }
	b.write(record(6, "brev", at(date(4))), record(7, "brev", at(date(4).Add(time.Hour))), record(8, "brev", at(date(5))))
	west := time.FixedZone("west", -5*3600)
	within(hub.Days(date(4), date(4), west), "r6")
	within(hub.Days(date(3), date(3), west), "r1", "r7")
	within(hub.Days(date(4), time.Time{}, west), "r6", "r8")
	within(hub.Days(time.Time{}, date(3), west), "r5", "r2", "r4", "r1", "r7")
}

func testPages(t *testing.T, b *bench) {
	var docs []indexer.Doc
	for n := 1; n <= 95; n++ {
		docs = append(docs, record(n, "side", at(day(1+n%20))))
	}
	b.write(docs...)
	for _, sort := range []string{indexer.SortRelevance, indexer.SortNewest, indexer.SortOldest} {
		seen := map[string]bool{}
		for offset := 0; offset < 110; offset += 10 {
			res := b.search(indexer.Query{Text: "side", Sort: sort, Offset: offset, Limit: 10})
			if res.Total != 95 {
				t.Fatalf("total %d, want 95", res.Total)
			}
			for _, id := range res.Hits {
				if seen[id] {
					t.Errorf("%s is on two pages", id)
				}
				seen[id] = true
			}
		}
		if len(seen) != 95 {
			t.Errorf("%s: the pages show %d records, want 95", sort, len(seen))
		}
	}
}

// testCount asks for no hits: the total and the facets are there all the same.
func testCount(t *testing.T, b *bench) {
	company(b)
	res, err := b.ix.Search(t.Context(), indexer.Query{Viewer: everybody, Text: "avtale"})
	if err != nil || res.Total != 10 || len(res.Hits) != 0 || res.Facets.Kind["row"] != 6 {
		t.Errorf("no hits wanted: %+v, error %v; want a total of 10 and 6 rows", res, err)
	}
	res, err = b.ix.Search(t.Context(), indexer.Query{Text: "avtale", Limit: 10, Customers: 10})
	if err != nil || res.Total != 0 || len(res.Hits)+len(res.Facets.Kind)+len(res.Customers) != 0 {
		t.Errorf("nobody asks: %+v, error %v; want nothing", res, err)
	}
}

func testReplace(t *testing.T, b *bench) {
	b.write(record(1, "gammel tekst", named("Gammelnavn")), record(2, "blir"))
	b.write(record(1, "fersk tekst", in("finance")))
	b.finds("fersk", "r1")
	b.finds("gammel")
	b.finds("gammelnavn")
	if got := b.search(indexer.Query{Departments: []string{"sales"}}).Total; got != 1 {
		t.Errorf("the old department still has %d records, want 1", got)
	}
	b.write(record(1, "fersk tekst", in("finance"))) // once more is the same
	if got := b.search(indexer.Query{}).Total; got != 2 {
		t.Errorf("%d records, want 2", got)
	}
	b.remove("r1", "r77")
	b.finds("fersk")
	b.finds("", "r2")
	if err := b.ix.Write(t.Context(), []indexer.Doc{record(2, "fra bunnen")}, []string{"r2"}); err != nil {
		t.Fatal(err)
	}
	b.finds("bunnen", "r2") // removed, then written
}

func testFaces(t *testing.T, b *bench) {
	b.write(face("c1", "sales", "Solvik"), face("c1", "finance", "Solvik AS"), face("c11", "sales", "Solvang"))
	find := func(text string, v ...string) []string {
		t.Helper()
		return b.search(indexer.Query{Text: text, Customers: 10, Viewer: viewer(v...)}).Customers
	}
	if err := b.ix.Write(t.Context(), []indexer.Doc{face("c1", "finance", "Solvik AS")}, []string{"c1"}); err != nil {
		t.Fatal(err)
	}
	if got := find("solvik", "sales"); len(got) != 0 {
		t.Errorf("a face that is no more is found: %v", got)
	}
	if got := find("solvik", "finance"); !slices.Equal(got, []string{"c1"}) {
		t.Errorf("the face that stays is not found: %v", got)
	}
	b.remove("c1")
	if got := find("sol", "sales", "finance"); !slices.Equal(got, []string{"c11"}) {
		t.Errorf("after c1 is gone there are %v, want c11", got)
	}
}

func testRefused(t *testing.T, b *bench) {
	bad := record(2, "dårlig")
	bad.ID = "r 2"
	err := b.ix.Write(t.Context(), []indexer.Doc{record(1, "god"), bad}, nil)
	var refused *indexer.Refused
	if !errors.As(err, &refused) || len(refused.Docs) != 1 || refused.Docs["r 2"] == "" {
		t.Fatalf("error %v, want a *Refused that names \"r 2\" with a reason", err)
	}
	b.finds("god") // nothing of the batch was written
}

func testBigBatch(t *testing.T, b *bench) {
	docs := make([]indexer.Doc, 10_000)
	for i := range docs {
		docs[i] = record(i+1, fmt.Sprintf("ordre nummer %d hos kunde%d", i, i%100))
	}
	b.write(docs...)
	if got := b.search(indexer.Query{Text: "ordre"}).Total; got != len(docs) {
		t.Errorf("%d found, want %d", got, len(docs))
	}
	if got := b.search(indexer.Query{Text: "kunde42 "}).Total; got != 100 {
		t.Errorf("%d found of one customer, want 100", got)
	}
	gone := make([]string, 5000)
	for i := range gone {
		gone[i] = docs[2*i].ID
	}
	b.remove(gone...)
	if got := b.search(indexer.Query{Text: "ordre"}).Total; got != 5000 {
		t.Errorf("%d found after half was removed, want 5000", got)
	}
}

func testRevs(t *testing.T, b *bench) {
	b.write(record(1, "en"), record(2, "to"), face("c3", "sales", "Tre"))
	b.write(record(2, "to igjen", func(d *indexer.Doc) { d.Rev = 1 << 60 }))
	b.remove("r1")
	got := map[string]int64{}
	err := b.ix.Revs(t.Context(), func(id string, rev int64) error { got[id] = rev; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]int64{"r2": 1 << 60, "c3-sales": 1}; !maps.Equal(got, want) {
		t.Errorf("revs %v, want %v", got, want)
	}
}

func testReopen(t *testing.T, b *bench) {
	b.write(record(1, "blir husket"), face("c1", "sales", "Solvik"))
	b.stop()
	if fresh := b.start(); fresh {
		t.Error("an index that was there is called fresh")
	}
	b.finds("husket", "r1")
	b.write(record(2, "husket også"))
	b.finds("husket", "r1", "r2")
}

func testEngine(t *testing.T, b *bench) {
	other, fresh, err := b.engine.Open(t.Context(), "samsyn-other")
	if err != nil || !fresh {
		t.Fatalf("open a new index: fresh %v, error %v", fresh, err)
	}
	if err := other.Write(t.Context(), []indexer.Doc{record(1, "der")}, nil); err != nil {
		t.Fatal(err)
	}
	b.finds("der") // indexes know nothing of each other
	names, err := b.engine.Names(t.Context())
	slices.Sort(names)
	if err != nil || !slices.Equal(names, []string{"samsyn-other", name}) {
		t.Fatalf("names %v, error %v", names, err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to drop
		if err := b.engine.Drop(t.Context(), "samsyn-other"); err != nil {
			t.Fatal(err)
		}
	}
	if names, _ := b.engine.Names(t.Context()); !slices.Equal(names, []string{name}) {
		t.Errorf("names %v after the drop", names)
	}
	if b.engine.Schema() == "" {
		t.Error("the engine has no schema")
	}
}

package indextest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"samsyn/indexer"
)

// testViewers draws companies and viewers: what a viewer is told never depends
// on documents of departments that the viewer may not see.
func testViewers(t *testing.T, b *bench) {
	departments := []string{"sales", "finance", "support", "Lager & Øl"}
	vocabulary := []string{"solvik", "ødegård", "faktura", "tilbud", "bygg", "923609016", "levert", "solberg"}
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		docs := drawDocs(rt, departments, vocabulary, round)
		if err := b.ix.Write(t.Context(), docs, nil); err != nil {
			rt.Fatal(err)
		}
		defer forget(t, b, docs)
		sees := rapid.SliceOfDistinct(rapid.SampledFrom(departments), rapid.ID[string]).Draw(rt, "viewer")
		typed := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 2).Draw(rt, "query")
		q := indexer.Query{Viewer: viewer(sees...), Text: strings.Join(typed, " "), Limit: 1000, Customers: 100}
		if rapid.Bool().Draw(rt, "unfinished") && len(q.Text) > 3 {
			q.Text = q.Text[:len(q.Text)-2]
		}
		q.Departments = rapid.SliceOfN(rapid.SampledFrom(departments), 0, 2).Draw(rt, "filter")
		res, err := b.ix.Search(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		checkSeen(rt, res, docs, q)
		// The same question on the visible part alone has the same answer.
		forget(t, b, slices.DeleteFunc(slices.Clone(docs), func(d indexer.Doc) bool { return q.Viewer.Sees(d.Department) }))
		alone, err := b.ix.Search(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		if got, want := fmt.Sprint(*res), fmt.Sprint(*alone); got != want {
			rt.Fatalf("%+v is answered by %s, without the documents of others by %s", q, got, want)
		}
	})
}

func drawDocs(rt *rapid.T, departments, vocabulary []string, round int) []indexer.Doc {
	var docs []indexer.Doc
	words := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 4)
	for i := range rapid.IntRange(0, 12).Draw(rt, "records") {
		docs = append(docs, record(round*100+i, strings.Join(words.Draw(rt, "text"), " "),
			in(rapid.SampledFrom(departments).Draw(rt, "department")), at(day(1+i)),
			func(d *indexer.Doc) {
				d.Persons = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Liv Sæther", "Per Ås", "Ida Lie"}), 0, 2, rapid.ID[string]).Draw(rt, "persons")
				d.Kind = rapid.SampledFrom([]string{"mail", "row"}).Draw(rt, "kind")
			}))
	}
	for i := range rapid.IntRange(0, 3).Draw(rt, "customers") {
		for j, department := range departments {
			if rapid.Bool().Draw(rt, "face") {
				f := face(fmt.Sprintf("c%d", round*100+i), department, strings.Join(words.Draw(rt, "name"), " "))
				f.ID = fmt.Sprintf("c%d-%d", round*100+i, j)
				docs = append(docs, f)
			}
		}
	}
	return docs
}

func forget(t *testing.T, b *bench, docs []indexer.Doc) {
	var gone []string
	for _, d := range docs {
		if d.Customer {
			continue // by customer below, unless another face is to stay
		}
		gone = append(gone, d.ID)
	}
	faces := map[string]bool{}
	for _, d := range docs {
		if d.Customer {
			faces[d.ID] = true
		}
	}
	for id := range faces {
		gone = append(gone, id)
	}
	if err := b.ix.Write(t.Context(), nil, gone); err != nil {
		t.Fatal(err)
	}
}

func checkSeen(rt *rapid.T, res *indexer.Result, docs []indexer.Doc, q indexer.Query) {
	byID, seen := map[string]indexer.Doc{}, map[string]bool{}
	for _, d := range docs {
		byID[d.ID] = d
		if q.Viewer.Sees(d.Department) && d.Customer {
			seen[d.Customers[0]] = true
		}
	}
	for _, id := range res.Hits {
		if !q.Viewer.Sees(byID[id].Department) {
			rt.Fatalf("%v is shown %s of %s", q.Viewer.Departments, id, byID[id].Department)
		}
	}
	for _, id := range res.Customers {
		if !seen[id] {
			rt.Fatalf("%v is shown customer %s, of whom they know nothing", q.Viewer.Departments, id)
		}
	}
	if res.Total != len(res.Hits) {
		rt.Fatalf("total %d, but %d hits", res.Total, len(res.Hits))
	}
	for department := range res.Facets.Department {
		if !q.Viewer.Sees(department) {
			rt.Fatalf("%v is shown a count of %s", q.Viewer.Departments, department)
		}
	}
}

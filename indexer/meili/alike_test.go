package meili_test

import (
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/internal/hub"
)

// TestAlike puts the same questions to both engines, over records made at
// random: they find the same records and count them alike.
func TestAlike(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	e, err := bleve.Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	one, _, err := e.Open(t.Context(), "samsyn-some")
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	other := open(t)
	docs := company(rnd, 1500)
	for _, ix := range []indexer.Index{one, other} {
		if err := ix.Write(t.Context(), docs, nil); err != nil {
			t.Fatal(err)
		}
	}
	differ := 0
	for n := range 400 {
		q := question(rnd)
		a, err := one.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		b, err := other.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if why := unlike(a, b); why != "" {
			differ++
			t.Errorf("question %d, %q (%s) of %v: %s", n, q.Text, q.Sort, q.Viewer.Departments, why)
		}
	}
	t.Logf("%d of 400 questions were answered otherwise", differ)
}

var vocabulary = strings.Fields("Fjordvik Ødegård Odegard Ødegaard Solvik Solberg solbergtak takstein takrenner tak stein Blåbær Aarhus Århus Häggmark Sæther faktura tilbud " +
	"bestilling levert purring betong armering grunnmur kontrakt møte referat uke mandag avtale avtalen avtaler pris priser AS A/S og på i til 2024 12,50 F10045 923609016")

func pick(rnd *rand.Rand, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = vocabulary[rnd.IntN(len(vocabulary))]
	}
	return strings.Join(words, " ")
}

func company(rnd *rand.Rand, n int) []indexer.Doc {
	var docs []indexer.Doc
	for i := range n {
		number := fmt.Sprint(920000000 + rnd.IntN(200)*4111)
		docs = append(docs, indexer.Doc{
			ID: fmt.Sprintf("r%d", i+1), Rev: int64(i), Kind: []string{"mail", "row"}[rnd.IntN(2)], Nature: []string{"mail", "order"}[rnd.IntN(2)],
			Department: []string{"salg", "Støtte", "stotte"}[rnd.IntN(3)], Source: fmt.Sprintf("s%d", rnd.IntN(4)),
			Customers: []string{fmt.Sprintf("c%d", rnd.IntN(40)+1)}, Names: []string{pick(rnd, 2)}, Title: pick(rnd, 3), Text: pick(rnd, 5+rnd.IntN(30)),
			Quoted: pick(rnd, rnd.IntN(8)), Numbers: indexer.NumberForms(number), Persons: []string{[]string{"Liv Sæther", "Per Ås"}[rnd.IntN(2)]},
			At: time.Date(2022+rnd.IntN(4), time.Month(1+rnd.IntN(12)), 1+rnd.IntN(28), rnd.IntN(24), i%60, 0, 0, time.UTC),
		})
	}
	return docs
}

// question types a few words, some mistyped, unfinished, quoted or numbers.
func question(rnd *rand.Rand) indexer.Query {
	var words []string
	for range 1 + rnd.IntN(4) {
		w := []rune(pick(rnd, 1))
		switch at := rnd.IntN(len(w)); rnd.IntN(8) {
		case 0:
			w = slices.Delete(w, at, at+1)
		case 1:
			w = slices.Insert(w, at, 'e')
		case 2:
			w = w[:at+1]
		case 3:
			w = []rune(`"` + string(w) + " " + pick(rnd, 1) + `"`)
		case 4:
			w = []rune(fmt.Sprintf("92%d", rnd.IntN(10000)))
		}
		words = append(words, string(w))
	}
	q := indexer.Query{Viewer: hub.Viewer{All: rnd.IntN(2) == 0, Departments: []string{"salg", "stotte"}}, Text: strings.Join(words, " "), Limit: 1000,
		Sort: []string{indexer.SortRelevance, indexer.SortNewest, indexer.SortOldest, indexer.SortArrived}[rnd.IntN(4)]}
	if rnd.IntN(3) == 0 {
		q.Kinds = []string{"row"}
	}
	if rnd.IntN(4) == 0 {
		q.Span = hub.Days(time.Date(2023, 5, 5, 0, 0, 0, 0, time.UTC), time.Date(2024, 5, 5, 0, 0, 0, 0, time.UTC), time.FixedZone("west", -5*3600*rnd.IntN(2)))
	}
	return q
}

func unlike(a, b *indexer.Result) string {
	switch {
	case a.Loose != b.Loose:
		return fmt.Sprintf("loose is %v and %v", a.Loose, b.Loose)
	case a.Total != b.Total || !slices.Equal(slices.Sorted(slices.Values(a.Hits)), slices.Sorted(slices.Values(b.Hits))):
		return fmt.Sprintf("%d and %d found: only one has %v", a.Total, b.Total, apart(a.Hits, b.Hits))
	}
	for name, pair := range map[string][2]map[string]int{
		"department": {a.Facets.Department, b.Facets.Department}, "kind": {a.Facets.Kind, b.Facets.Kind}, "nature": {a.Facets.Nature, b.Facets.Nature},
		"source": {a.Facets.Source, b.Facets.Source}, "year": {a.Facets.Year, b.Facets.Year}, "person": {a.Facets.Person, b.Facets.Person},
	} {
		if !maps.Equal(pair[0], pair[1]) {
			return fmt.Sprintf("facet %s is %v and %v", name, pair[0], pair[1])
		}
	}
	return ""
}

// apart lists some of what only one of them has.
func apart(a, b []string) []string {
	var out []string
	for _, id := range slices.Concat(a, b) {
		if slices.Contains(a, id) != slices.Contains(b, id) {
			out = append(out, id)
		}
	}
	return out[:min(len(out), 5)]
}

package meili_test

import (
	"fmt"
	"testing"

	"samsyn/indexer"
)

// TestPersonsOfMany: persons of a few hits are counted for those who type, too;
// of many only for those who have typed.
func TestPersonsOfMany(t *testing.T) {
	const many = 3_200
	ix := open(t)
	var docs []indexer.Doc
	for n := range many {
		d := indexer.Doc{ID: fmt.Sprintf("r%d", n+1), Kind: "row", Department: []string{"Salg", "Service"}[n%2], Text: "avtale", Persons: []string{fmt.Sprintf("Person Nummer%d", n), "Åse Vår"}}
		if n%10 == 0 {
			d.Text += " sjelden"
			d.Persons = append(d.Persons, "Per Ås")
		}
		docs = append(docs, d)
	}
	if err := ix.Write(t.Context(), docs, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text, department, person string
		typing                   bool
		want                     map[string]int // nil: not counted
	}{
		{"avtale", "", "", true, nil},
		{"avtale", "", "", false, map[string]int{"Åse Vår": many, "Per Ås": many / 10}},
		{"avtale", "Salg", "", true, map[string]int{"Åse Vår": many / 2, "Per Ås": many / 10}},
		{"avtale", "", "Per Ås", true, nil}, // a count ignores the filter on its own field
		{"avtale", "Salg", "Per Ås", true, map[string]int{"Åse Vår": many / 2, "Per Ås": many / 10}},
		{"sjelden", "", "", true, map[string]int{"Åse Vår": many / 10, "Per Ås": many / 10}},
		{"finnes ikke her", "", "", true, map[string]int{}},
	} {
		q := indexer.Query{Viewer: everybody, Text: c.text, Limit: 5, Typing: c.typing}
		if c.department != "" {
			q.Departments = []string{c.department}
		}
		if c.person != "" {
			q.Persons = []string{c.person}
		}
		res, err := ix.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got := res.Facets.Person
		if (got == nil) != (c.want == nil) {
			t.Errorf("%+v: %d persons counted", c, len(got))
		}
		for name, n := range c.want {
			if got[name] != n {
				t.Errorf("%+v: %s is named by %d", c, name, got[name])
			}
		}
	}
}

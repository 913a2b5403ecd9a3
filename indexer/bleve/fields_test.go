package bleve

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	index "github.com/blevesearch/bleve_index_api"

	"samsyn/indexer"
)

var update = flag.Bool("update", false, "write the golden file")

// TestSchema pins what is written into the index. When it fails on purpose the
// schema must be raised, or indexes already there keep the old form.
func TestSchema(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	var out bytes.Buffer
	fmt.Fprintln(&out, schema)
	for _, d := range []indexer.Doc{
		{ID: "r17", Rev: 42, Kind: "mail", Department: "salg", Source: "s3", Scope: "s3-1f", Customers: []string{"c5", "c7"},
			Names: []string{"Ødegård A/S", "Solvik"}, Title: "Re: Tilbud", Text: "Takrenner, 12,50 kr\nO\u0308l", Quoted: "Hei",
			Persons: []string{"Liv Sæther"}, Numbers: []string{"923609016", "f1"}, At: at},
		{ID: "c5-1", Rev: 43, Customer: true, Kind: "customer", Department: "salg", Customers: []string{"c5"}, Names: []string{"Ødegård A/S", "Solvik"}},
	} {
		fmt.Fprintf(&out, "\n%s\n", d.ID)
		lines := map[string]string{}
		fields(d).VisitFields(func(f index.Field) {
			f.Analyze()
			terms := f.AnalyzedTokenFrequencies()
			var list []string
			for _, term := range slices.Sorted(maps.Keys(terms)) {
				for _, l := range terms[term].Locations {
					term += fmt.Sprint("@", l.Position)
				}
				list = append(list, term)
			}
			lines[f.Name()] = fmt.Sprintf("%s (%s): %s\n", f.Name(), f.Options(), strings.Join(list, " "))
		})
		for _, name := range slices.Sorted(maps.Keys(lines)) {
			out.WriteString(lines[name])
		}
	}
	const golden = "testdata/fields.txt"
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("the index is written in another form: raise the constant schema, then go test -update\n%s", out.String())
	}
}

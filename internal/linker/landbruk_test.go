package linker_test

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/linker"
)

var landbruk = flag.String("landbruk", "", "directory of CSV files with the columns orgnr, navn and komnr")

// farmRow is a row with its hidden organisation number.
type farmRow struct{ orgno, name, place string }

// TestLandbruk links real rows by name and municipality alone, with the
// organisation number hidden, and prints how often that finds the rows of one
// organisation: for all, for organisations with several names, and for names
// that several organisations bear.
func TestLandbruk(t *testing.T) {
	if *landbruk == "" {
		t.Skip("-landbruk names no directory")
	}
	files, _ := filepath.Glob(filepath.Join(*landbruk, "*.csv"))
	st := openSQLite(t)
	truth := map[string]farmRow{}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		items := farmRows(t, path, truth)
		p := openPut(t, st, name, "folder", name)
		p.scope(t, "ark", items)
		p.finish(t)
	}
	if _, err := linker.New(st, slog.New(slog.DiscardHandler)).Follow(context.Background()); err != nil {
		t.Fatal(err)
	}
	links := linksOf(t, st)
	names, bearers, placed := map[string]map[string]bool{}, map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, r := range truth {
		note(names, r.orgno, link.ParseName(r.name).Key())
		note(bearers, link.ParseName(r.name).Key(), r.orgno)
		note(placed, link.ParseName(r.name).Key()+r.place, r.orgno)
	}
	for _, group := range []struct {
		what  string
		floor float64
		in    func(farmRow) bool
	}{
		{"all rows", .995, func(farmRow) bool { return true }},
		{"organisations of several names", .995, func(r farmRow) bool { return len(names[r.orgno]) > 1 }},
		{"names of several organisations", .995, func(r farmRow) bool { return len(bearers[link.ParseName(r.name).Key()]) > 1 }},
		// One name in one municipality twice is one farmer who registered anew, or
		// father and son: nothing in the rows tells them apart.
		{"of those, not in one municipality", .995, func(r farmRow) bool {
			key := link.ParseName(r.name).Key()
			return len(bearers[key]) > 1 && len(placed[key+r.place]) == 1
		}},
	} {
		rows, precision, recall := farmPairs(truth, links, group.in)
		t.Logf("%-34s %6d rows: pairwise precision %.2f %%, recall %.2f %%", group.what, rows, 100*precision, 100*recall)
		if precision < group.floor {
			t.Errorf("%s: precision is %.4f, the floor %.3f", group.what, precision, group.floor)
		}
	}
}

func note(m map[string]map[string]bool, key, value string) {
	if m[key] == nil {
		m[key] = map[string]bool{}
	}
	m[key][value] = true
}

// farmRows reads a file; the keys of its rows are noted with the truth.
func farmRows(t *testing.T, path string, truth map[string]farmRow) (items []hub.Item) {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(strings.ToValidUTF8(string(raw), "ø"), "\ufeff")))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = ';', true, -1
	header, err := r.Read()
	if err != nil {
		t.Fatal(path, err)
	}
	at := func(name string) int {
		return slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.Trim(h, "\" "), name) })
	}
	orgno, name, place := at("orgnr"), at("navn"), at("komnr")
	if orgno < 0 || name < 0 || place < 0 {
		return nil // names its columns otherwise
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return items
		}
		if err != nil || len(row) <= max(orgno, name, place) {
			continue
		}
		key := filepath.Base(path) + " " + row[orgno] + " " + row[name] + " " + row[place]
		truth[key] = farmRow{row[orgno], row[name], row[place]}
		items = append(items, hub.Item{Ref: key, Key: key, Content: &hub.Content{Kind: hub.KindRow, Title: key, Idents: []hub.Ident{
			{Kind: hub.IdentName, Value: row[name], Place: "B navn"}, {Kind: hub.IdentPlace, Value: "kommune " + strings.TrimLeft(row[place], "0"), Place: "C komnr"},
		}}})
	}
}

func farmPairs(truth map[string]farmRow, links map[string]linked, in func(farmRow) bool) (rows int, precision, recall float64) {
	orgs, clusters, both := map[string]int{}, map[hub.CustomerID]int{}, map[string]int{}
	for key, r := range truth {
		if !in(r) {
			continue
		}
		rows++
		orgs[r.orgno]++
		if c := links[key].customer; c != 0 {
			clusters[c]++
			both[c.String()+r.orgno]++
		}
	}
	return rows, sumPairs(both) / max(sumPairs(clusters), 1), sumPairs(both) / max(sumPairs(orgs), 1)
}

func sumPairs[K comparable](m map[K]int) (sum float64) {
	for _, n := range m {
		sum += pairs(n)
	}
	return sum
}

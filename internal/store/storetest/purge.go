package storetest

import (
	"context"
	"maps"
	"reflect"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

func testPurge(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	purge := func(want int) {
		t.Helper()
		n, err := s.Purge(ctx)
		f.must(err)
		if n != want {
			t.Errorf("purged %d, want %d", n, want)
		}
	}
	f.look(sheets{"a": rows(0, 20)})
	f.look(sheets{"a": rows(0, 15)})
	purge(0) // there is no cursor
	f.must(s.SetCursor(ctx, "index", hub.Cursor{Rev: f.head(), ID: 1 << 30}))
	f.must(s.SetCursor(ctx, "link", hub.Cursor{}))
	purge(0) // one has not passed
	f.must(s.DropCursor(ctx, "link"))
	purge(5)
	purge(0)
	f.look(sheets{"a": rows(0, 20)}) // with contents that are gone from the store
	if len(f.titles()) != 20 {
		t.Errorf("%d of 20 records after a purge", len(f.titles()))
	}

	f.must(s.RemoveSource(ctx, f.source))
	purge(0)
	f.must(s.SetCursor(ctx, "index", hub.Cursor{Rev: f.head(), ID: 1 << 30}))
	purge(20)
	changes, err := s.Changes(ctx, hub.Cursor{}, 100)
	f.must(err)
	if len(changes) != 0 || f.head() != 0 {
		t.Errorf("nothing is left, but changes %+v, head %d", changes, f.head())
	}
}

func testErase(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	all := sheets{"a": {"1": row("kari", "Kari Nordmann"), "2": row("ola", "Ola Nordmann"), "3": row("twin", "Kari Nordmann")}, "b": {"1": row("kari", "Kari N.")}}
	f.look(all)
	fo := newFollower(s, hub.Cursor{})
	f.must(fo.catchUp(ctx, 10, 0))
	id := f.record("kari").ID
	f.must(s.Erase(ctx, []hub.RecordID{id}))
	f.must(s.Erase(ctx, []hub.RecordID{id})) // twice is once
	left := map[string]string{"ola": "Ola Nordmann", "twin": "Kari Nordmann"}
	check := func(when string) {
		t.Helper()
		f.must(fo.catchUp(ctx, 10, 0))
		if got := f.titles(); !maps.Equal(got, left) || fo.records[id] != nil || f.status().Records != len(left) {
			t.Errorf("%s: alive %v, the follower has %v, status %+v", when, got, fo.records[id], f.status())
		}
	}
	check("after erasing")
	f.look(all)
	check("after the next look")

	// A row that was another takes the place of an erased one.
	all["a"]["2"] = row("kari", "Kari Nordmann")
	delete(left, "ola")
	f.look(all)
	check("after the erased key came at another ref")
}

// testEraseSamples: what a sheet was recognised as repeats some of its cells. None of
// them are those of an erased row, neither then nor when the sheet is read again with
// the row still in it, in one part or in several.
func testEraseSamples(t *testing.T, s *store.Store) {
	f := newFixture(t, s)
	ctx := f.Context()
	sheet := func(samples ...string) *hub.Sheet {
		return &hub.Sheet{Tables: []hub.Table{{HeaderRow: 1, Signature: "hvem", Columns: []hub.Column{{Column: "A", Header: "Hvem", ID: "hvem", Guesses: []string{hub.RoleContact}, Samples: samples}}}}}
	}
	at := func(ref string, it hub.Item) hub.Item { it.Ref = ref; return it }
	parts := func(scope string) [][]hub.Item {
		if scope == "INBOX" { // a mail with two sheets
			return [][]hub.Item{{
				at("7.1/a.xlsx#Ark1/2", row("attached", "Kari")), {Ref: "7.1/a.xlsx#Ark1", Key: "mail", Sheet: sheet("Kari")},
				at("7.1/b.xlsx#Ark1/2", row("beside", "Ola")), {Ref: "7.1/b.xlsx#Ark1", Key: "mail", Sheet: sheet("Ola")}, at("7.1", hub.Item{Key: "mail", Content: say(hub.KindMail, "See these")}),
			}}
		}
		return [][]hub.Item{{at("2", row("kari "+scope, "Kari"))}, {at("3", row("ola "+scope, "Ola")), {Sheet: sheet("Kari", "Ola")}}}
	}
	look := func() {
		t.Helper()
		y := f.begin()
		for _, name := range []string{"a", "b", "INBOX"} {
			scope := hub.Scope{Name: name, Version: "1"}
			for _, part := range parts(name) {
				f.must(y.Put(ctx, scope, part))
			}
			f.must(y.Done(ctx, scope, nil))
		}
		f.must(y.Finish(ctx, store.Outcome{Complete: true}))
	}
	want := func(when string, want map[store.SheetPlace][]string) {
		t.Helper()
		got := map[store.SheetPlace][]string{}
		for place, sheet := range f.described() {
			got[place] = sheet.Tables[0].Columns[0].Samples
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: samples %v, want %v", when, got, want)
		}
	}
	a, b, first, second := store.SheetPlace{Scope: "a"}, store.SheetPlace{Scope: "b"}, store.SheetPlace{Scope: "INBOX", Ref: "7.1/a.xlsx#Ark1"}, store.SheetPlace{Scope: "INBOX", Ref: "7.1/b.xlsx#Ark1"}
	samples := map[store.SheetPlace][]string{a: {"Kari", "Ola"}, b: {"Kari", "Ola"}, first: {"Kari"}, second: {"Ola"}}
	look()
	want("before", samples)
	f.must(s.Erase(ctx, []hub.RecordID{f.record("kari a").ID, f.record("attached").ID}))
	samples[a], samples[first] = nil, nil
	want("after erasing", samples)
	look()
	want("after the next look", samples)
}

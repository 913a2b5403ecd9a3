package storetest

import (
	"context"
	"maps"
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

package linker_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
	"samsyn/internal/testenv"
)

// TestAnyOrder lets sources say things, change them and take them back, with
// decisions made and revoked, crashes and looks in between. What is linked in
// the end is what a fresh store links that reads the last state at once.
func TestAnyOrder(t *testing.T) {
	checks(t, 40)
	rapid.Check(t, anyOrder(func(t *rapid.T) *store.Store {
		dir, err := os.MkdirTemp("", "linker")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		return open(t, "sqlite:"+filepath.Join(dir, "test.db"))
	}))
}

// TestAnyOrderOnPostgres does the same with a few histories: making a database
// takes a second or more.
func TestAnyOrderOnPostgres(t *testing.T) {
	checks(t, 3)
	rapid.Check(t, anyOrder(func(rt *rapid.T) *store.Store { return open(rt, testenv.Postgres(t)) }))
}

// checks sets how many histories are tried when the command line leaves
// -rapid.checks at its default.
func checks(t *testing.T, n int) {
	f := flag.Lookup("rapid.checks")
	if before := f.Value.String(); before == f.DefValue {
		f.Value.Set(strconv.Itoa(n))
		t.Cleanup(func() { f.Value.Set(before) })
	}
}

func open(t *rapid.T, dsn string) *store.Store {
	st, err := store.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func anyOrder(open func(*rapid.T) *store.Store) func(*rapid.T) {
	return func(t *rapid.T) {
		lived := newBench(t, open(t))
		lived.sources(t, rapid.Permutation(worldSources).Draw(t, "registered"))
		w := world{map[string]map[string]*hub.Content{}, map[int64]hub.Decision{}, open}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			w.step(t, lived)
		}
		lived.follow(t)

		fresh := newBench(t, open(t))
		fresh.sources(t, worldSources)
		w.tell(t, fresh)
		fresh.follow(t)

		want, got := fresh.outcome(t), lived.outcome(t)
		for name := range want {
			if got[name] != want[name] {
				t.Errorf("%s\nlinked step by step: %s\nlinked at once:      %s", name, got[name], want[name])
			}
		}
		if g, w := lived.faces(t), fresh.faces(t); !slices.Equal(g, w) {
			t.Errorf("faces step by step:\n%s\nat once:\n%s", g, w)
		}
		lived.relinksToTheSame(t)
		lived.keepsApart(t, w.standing)
		w.undoAll(t, lived, fresh)
	}
}

// undoAll takes every decision back in both stores: what is left is what a
// store says that never heard a decision, and every customer that had records
// of its own then has its id again.
func (w *world) undoAll(t *rapid.T, lived, fresh *bench) {
	for _, b := range []*bench{lived, fresh} {
		all, err := b.st.Decisions(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		ids := make([]int64, len(all))
		for i, d := range all {
			ids[i] = d.ID
		}
		for _, id := range rapid.Permutation(ids).Draw(t, "undone") {
			if err := b.st.RevokeDecision(context.Background(), "test", id); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "look between") {
				b.follow(t)
			}
		}
		b.follow(t)
	}
	w.standing = map[int64]hub.Decision{}
	never := newBench(t, w.open(t))
	never.sources(t, worldSources)
	w.tell(t, never)
	never.follow(t)
	want := never.outcome(t)
	for _, b := range []*bench{lived, fresh} {
		got := b.outcome(t)
		for name := range want {
			if got[name] != want[name] {
				t.Errorf("%s\nafter undoing all: %s\nnever decided:     %s", name, got[name], want[name])
			}
		}
	}
}

// tell lets a store hear the last state at once.
func (w *world) tell(t *rapid.T, b *bench) {
	for _, source := range worldSources {
		b.write(t, source, w.records[source])
	}
	for _, id := range slices.Sorted(maps.Keys(w.standing)) {
		if _, err := b.st.AddDecision(context.Background(), w.standing[id]); err != nil {
			t.Fatal(err)
		}
	}
}

// step does one thing to the store.
func (w *world) step(t *rapid.T, b *bench) {
	ctx := context.Background()
	switch rapid.IntRange(0, 7).Draw(t, "step") {
	case 7:
		w.crowd(t, b)
	case 0:
		id, err := b.st.AddDecision(ctx, drawDecision(t))
		if err != nil {
			t.Fatal(err)
		}
		all, err := b.st.Decisions(ctx)
		if err != nil {
			t.Fatal(err)
		}
		clear(w.standing) // the last word of a person takes their opposite one back
		for _, d := range all {
			w.standing[d.ID] = d
		}
		if w.standing[id].ID != id {
			t.Fatalf("decision %d is not among those that stand", id)
		}
	case 1:
		for _, id := range slices.Sorted(maps.Keys(w.standing))[:min(1, len(w.standing))] {
			if err := b.st.RevokeDecision(ctx, "kari", id); err != nil {
				t.Fatal(err)
			}
			delete(w.standing, id)
		}
	case 2:
		b.crash(t, rapid.IntRange(0, 60).Draw(t, "statements"))
	default:
		w.change(t, b)
	}
	if rapid.Bool().Draw(t, "look") {
		b.follow(t)
	}
}

// crowd lets about as many customers share a key as make it lead nowhere, each
// with an organisation number or a customer number of its own.
func (w *world) crowd(t *rapid.T, b *bench) {
	shared := rapid.SampledFrom([]hub.Ident{{Kind: hub.IdentPhone, Value: worldPhones[0]}, {Kind: hub.IdentEmail, Value: worldMails[0]}, {Kind: hub.IdentName, Value: worldNames[0]}}).Draw(t, "shared")
	size, numbered := rapid.IntRange(0, link.MaxOwners+2).Draw(t, "size"), rapid.Bool().Draw(t, "numbered")
	if w.records["lager"] == nil {
		w.records["lager"] = map[string]*hub.Content{}
	}
	delta := map[string]*hub.Content{}
	for i := range link.MaxOwners + 2 {
		key := fmt.Sprint("crowd", i)
		if i >= size {
			if w.records["lager"][key] != nil {
				delta[key] = nil
				delete(w.records["lager"], key)
			}
			continue
		}
		own := hub.Ident{Kind: hub.IdentCustNo, Value: fmt.Sprint(7000 + i)}
		if numbered {
			own = hub.Ident{Kind: hub.IdentOrgNo, Value: norwegian(i)}
		}
		delta[key] = &hub.Content{Kind: hub.KindRow, Title: "crowd", Idents: []hub.Ident{own, shared}}
		w.records["lager"][key] = delta[key]
	}
	b.write(t, "lager", delta)
}

// change lets one source say, change or take back up to six records.
func (w *world) change(t *rapid.T, b *bench) {
	source := rapid.SampledFrom(worldSources).Draw(t, "source")
	if w.records[source] == nil {
		w.records[source] = map[string]*hub.Content{}
	}
	delta := map[string]*hub.Content{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"k0", "k1", "k2", "k3", "k4", "k5"}), 1, 6, rapid.ID[string]).Draw(t, "keys") {
		switch {
		case w.records[source][key] != nil && rapid.IntRange(0, 2).Draw(t, "gone") == 0:
			delta[key] = nil
			delete(w.records[source], key)
			continue
		case source == "post":
			delta[key] = drawMail(t, key)
		case source == "register":
			delta[key] = drawEntry(t)
		default:
			delta[key] = drawRow(t)
		}
		w.records[source][key] = delta[key]
	}
	b.write(t, source, delta)
}

// relinksToTheSame checks that linking anew changes neither links nor ids.
func (b *bench) relinksToTheSame(t rapid.TB) {
	ids := func() map[hub.RecordID][]hub.CustomerID {
		out := map[hub.RecordID][]hub.CustomerID{}
		err := b.st.EachRecord(context.Background(), func(r *hub.Record) error {
			for _, k := range r.Links {
				out[r.ID] = append(out[r.ID], k.Customer)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := ids()
	head, err := b.st.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.l.Relink(context.Background()); err != nil {
		t.Fatal(err)
	}
	if after := ids(); !maps.EqualFunc(before, after, slices.Equal) {
		t.Errorf("relinked %v, was %v", after, before)
	}
	if again, _ := b.st.Head(context.Background()); again != head {
		t.Errorf("a relink that changes nothing moved the head of changes from %d to %d", head, again)
	}
}

// TestApartHolds: of whatever record a person says that it does not belong to a
// customer it is linked to, it goes, and nothing asks for it again.
func TestApartHolds(t *testing.T) {
	checks(t, 60)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "linker")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		b := newBench(t, open(t, "sqlite:"+filepath.Join(dir, "test.db")))
		b.sources(t, worldSources)
		for _, source := range []string{"salg", "lager", "support"} {
			all := map[string]*hub.Content{}
			for i := range rapid.IntRange(1, 4).Draw(t, "rows") {
				all[fmt.Sprint("k", i)] = drawRow(t)
			}
			b.write(t, source, all)
		}
		b.write(t, "post", map[string]*hub.Content{"k0": drawMail(t, "k0"), "k1": drawMail(t, "k1")})
		b.follow(t)
		var linked []*hub.Record
		err = b.st.EachRecord(context.Background(), func(r *hub.Record) error {
			if slices.ContainsFunc(r.Links, func(l hub.Link) bool { return !l.Suggested }) {
				linked = append(linked, r)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(linked) == 0 {
			return
		}
		r := rapid.SampledFrom(linked).Draw(t, "record")
		customer := r.Links[slices.IndexFunc(r.Links, func(l hub.Link) bool { return !l.Suggested })].Customer
		ident, err := b.st.IdentOfCustomer(context.Background(), customer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.st.AddDecision(context.Background(), hub.Decision{Kind: link.CannotLink, A: link.IdentOfRecord(r), B: ident, By: "kari"}); err != nil {
			t.Fatal(err)
		}
		b.follow(t)
		for _, l := range b.links(t, r.SourceName+"/"+r.Key) {
			if l.Customer == customer {
				t.Errorf("%s/%s was said not to belong to %s, %v: %+v", r.SourceName, r.Key, customer, ident, l)
			}
		}
	})
}

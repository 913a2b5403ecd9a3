package linker_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"samsyn/internal/hub"
	"samsyn/internal/store"
	"samsyn/internal/testenv"
)

// TestAnyOrder lets sources say things, change them and take them back, with
// decisions made and revoked, crashes and looks in between. What is linked in
// the end is what a fresh store links that reads the last state at once.
func TestAnyOrder(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { anyOrder(t, openSQLite) })
	t.Run("postgres", func(t *testing.T) {
		anyOrder(t, func(t testing.TB) *store.Store {
			st, err := store.Open(context.Background(), testenv.Postgres(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { st.Close() })
			return st
		})
	})
}

func anyOrder(t *testing.T, open func(testing.TB) *store.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		lived := newBench(t, open)
		lived.sources(rt, rapid.Permutation(worldSources).Draw(rt, "registered"))
		w := world{records: map[string]map[string]*hub.Content{}}
		standing := map[int64]hub.Decision{}
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			w.step(rt, lived, standing)
		}
		lived.follow(rt)

		fresh := newBench(t, open)
		fresh.sources(rt, worldSources)
		for _, source := range worldSources {
			fresh.write(rt, source, w.records[source])
		}
		for _, id := range slices.Sorted(maps.Keys(standing)) {
			if _, err := fresh.st.AddDecision(context.Background(), standing[id]); err != nil {
				rt.Fatal(err)
			}
		}
		fresh.follow(rt)

		want, got := fresh.outcome(rt), lived.outcome(rt)
		for name := range want {
			if got[name] != want[name] {
				rt.Errorf("%s\nlinked step by step: %s\nlinked at once:      %s", name, got[name], want[name])
			}
		}
		if g, w := lived.faces(rt), fresh.faces(rt); !slices.Equal(g, w) {
			rt.Errorf("faces step by step:\n%s\nat once:\n%s", g, w)
		}
		lived.relinksToTheSame(rt)
		lived.keepsApart(rt, standing)
	})
}

// step does one thing to the store.
func (w *world) step(t *rapid.T, b *bench, standing map[int64]hub.Decision) {
	ctx := context.Background()
	switch rapid.IntRange(0, 6).Draw(t, "step") {
	case 0:
		id, err := b.st.AddDecision(ctx, drawDecision(t))
		if err != nil {
			t.Fatal(err)
		}
		all, err := b.st.Decisions(ctx)
		if err != nil {
			t.Fatal(err)
		}
		standing[id] = all[slices.IndexFunc(all, func(d hub.Decision) bool { return d.ID == id })]
	case 1:
		for _, id := range slices.Sorted(maps.Keys(standing))[:min(1, len(standing))] {
			if err := b.st.RevokeDecision(ctx, id); err != nil {
				t.Fatal(err)
			}
			delete(standing, id)
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
		default:
			delta[key] = drawRow(t)
		}
		w.records[source][key] = delta[key]
	}
	b.write(t, source, delta)
}

// relinksToTheSame checks that linking anew changes neither links nor ids.
func (b *bench) relinksToTheSame(t *rapid.T) {
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

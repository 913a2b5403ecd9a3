package storetest

import (
	"context"
	"strings"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

func testBrake(t *testing.T, s *store.Store) {
	tests := []struct {
		name   string
		before sheets
		after  sheets
		held   int
	}{
		{"half and a hundred are let go", sheets{"a": rows(0, 200)}, sheets{"a": rows(0, 100)}, 0},
		{"more than half, not a hundred", sheets{"a": rows(0, 100)}, sheets{"a": rows(0, 0)}, 0},
		{"a hundred, not half", sheets{"a": rows(0, 1000)}, sheets{"a": rows(0, 510)}, 0},
		{"both", sheets{"a": rows(0, 300)}, sheets{"a": rows(0, 140)}, 160},
		{"all of a scope that is dropped", sheets{"a": rows(0, 300)}, sheets{}, 300},
		{"moved to another scope", sheets{"a": rows(0, 300)}, sheets{"b": rows(0, 300)}, 0},
		{"moved in part", sheets{"a": rows(0, 300)}, sheets{"a": rows(0, 10), "b": rows(10, 200)}, 0},
		{"an export without keys, edited all over", sheets{"a": rows(0, 300)}, sheets{"a": rows(500, 290)}, 0},
		{"one scope held, another not", sheets{"a": rows(0, 300), "b": rows(1000, 50)}, sheets{"a": rows(0, 1), "b": rows(1000, 1)}, 299},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fixture{T: t, Store: s}
			f.source = f.add(test.name, "Sales")
			defer func() { f.must(s.RemoveSource(context.Background(), f.source)) }()
			f.look(test.before)
			f.look(test.after)
			total := 0
			for _, scope := range test.after {
				total += len(scope)
			}
			if st := f.status(); st.Held != test.held || st.Records != total+test.held || len(f.titles()) != st.Records {
				t.Errorf("case %d: %d held of %d, %d alive, want %d held of %d", i, st.Held, st.Records, len(f.titles()), test.held, total+test.held)
			}
		})
	}
}

func testBrakeLife(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	whole, cut := sheets{"plan.xlsx#Ark1": rows(0, 2743)}, sheets{"plan.xlsx#Ark1": rows(0, 7)}
	held := func() string {
		for _, p := range f.problems() {
			if p.Class == hub.ClassHeld {
				return p.Reason
			}
		}
		return ""
	}
	f.look(whole)
	head := f.head()
	for range 2 { // it stays held until somebody accepts
		f.look(cut)
		reason := held()
		for _, word := range []string{"plan.xlsx#Ark1", "would lose 2,736 of 2,743 records", "samsyn source accept numbers"} {
			if !strings.Contains(reason, word) {
				t.Errorf("the problem says %q, want %q in it", reason, word)
			}
		}
		if st := f.status(); st.Held != 2736 || f.head() != head {
			t.Errorf("%d held, head %d, was %d", st.Held, f.head(), head)
		}
	}
	if r := f.record("key1711"); len(r.Seen) != 0 || r.Content.Title != "row 1711" {
		t.Errorf("a held record reads %+v", r)
	}
	f.look(whole) // the rows come back: the hold ends by itself
	if st := f.status(); st.Held != 0 || held() != "" || f.head() != head {
		t.Errorf("rows came back: %d held, problem %q, head %d, was %d", st.Held, held(), f.head(), head)
	}
	f.look(cut)
	y := f.begin() // accepting does not wait for a look to end, and spares what is only on its way
	f.must(y.Done(ctx, hub.Scope{Name: "plan.xlsx#Ark1", Version: "x"}, []string{"3"}))
	n, err := s.Accept(ctx, f.source)
	f.must(err)
	if st := f.status(); n != 2736 || st.Held != 0 || st.Records != 7 || held() != "" {
		t.Errorf("accepted %d; then %d held, %d records, problem %q", n, st.Held, st.Records, held())
	}
	f.must(y.Finish(ctx, store.Outcome{Complete: true}))
	if got := f.titles(); len(got) != 6 {
		t.Errorf("left: %v", got)
	}
}

func testIncomplete(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	f.look(sheets{"a": rows(0, 5), "b": rows(5, 5)})
	y := f.begin()
	f.must(y.Drop(ctx, "a"))
	f.must(y.Finish(ctx, store.Outcome{Class: hub.ClassUnreachable, Reason: "the share is away"}))
	if len(f.titles()) != 10 {
		t.Errorf("an incomplete look buried records: %d of 10 left", len(f.titles()))
	}
	f.look(sheets{"b": rows(5, 5)})
	if len(f.titles()) != 5 {
		t.Errorf("a complete look left %d of 5", len(f.titles()))
	}
}

package storetest

import (
	"strings"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// testColumns asks about a column, answers, changes its mind and takes it back.
func testColumns(t *testing.T, s *store.Store) {
	f := newFixture(t, s)
	ctx := f.Context()
	asked := hub.Sheet{Tables: []hub.Table{{HeaderRow: 1, Signature: "dato|hvem", Columns: []hub.Column{
		{Column: "A", Header: "Hvem", ID: "hvem", Guesses: []string{hub.RoleCustomerName}, Samples: []string{"Ås AS"}}, {Column: "B", Header: "Dato", ID: "dato", Role: hub.RoleDate},
	}}}}
	look := func(during func()) {
		t.Helper()
		y := f.begin()
		_, err := y.Answers(ctx)
		f.must(err)
		for name, sheet := range map[string]hub.Sheet{"jan.csv": asked, "feb.csv": asked, "other.csv": {Left: "explanation"}} {
			scope := hub.Scope{Name: name, Version: "1"}
			f.must(y.Put(ctx, scope, []hub.Item{{Sheet: &sheet}}))
			f.must(y.Done(ctx, scope, nil))
		}
		if during != nil {
			during()
		}
		f.must(y.Finish(ctx, store.Outcome{Complete: true}))
	}
	unread := func() string {
		t.Helper()
		y := f.begin()
		known, err := y.Versions(ctx)
		f.must(err)
		f.must(y.Finish(ctx, store.Outcome{Complete: true}))
		var out []string
		for _, scope := range []string{"feb.csv", "jan.csv", "other.csv"} {
			if known[scope] != "1" {
				out = append(out, scope)
			}
		}
		return strings.Join(out, " ")
	}
	questions := func(v hub.Viewer) []store.ColumnQuestion {
		t.Helper()
		qs, err := s.ColumnQuestions(ctx, v)
		f.must(err)
		return qs
	}
	all := hub.Viewer{All: true}
	look(nil)
	qs := questions(all)
	if len(qs) != 1 || qs[0].Sheets != 2 || qs[0].Column.Samples[0] != "Ås AS" || qs[0].Source != "numbers" {
		t.Fatalf("questions %+v", qs)
	}
	if other := questions(hub.Viewer{Departments: []string{"Support"}}); len(other) > 0 {
		t.Errorf("another department is asked %+v", other)
	}
	if sheets := f.described(); len(sheets) != 3 || sheets[store.SheetPlace{Scope: "other.csv"}].Left != "explanation" {
		t.Errorf("sheets %+v", sheets)
	}
	say := func(role string) int64 {
		t.Helper()
		id, err := s.AddDecision(ctx, hub.Decision{Kind: link.ColumnRole, A: map[string]string{"source": "numbers", "table": "dato|hvem", "column": "hvem"},
			B: map[string]string{"role": role}, By: "kari"})
		f.must(err)
		return id
	}
	first := say(hub.RoleCustomerName)
	if again := say(hub.RoleCustomerName); again != first {
		t.Errorf("the same answer is decision %d, was %d", again, first)
	}
	if got := unread(); got != "feb.csv jan.csv" {
		t.Errorf("to be read again after an answer: %q", got)
	}
	if qs = questions(all); len(qs) > 0 {
		t.Errorf("asked again: %+v", qs)
	}
	look(nil)
	if got := unread(); got != "" {
		t.Errorf("not read: %q", got)
	}
	second := say(hub.RoleContact)
	if a, err := s.ColumnAnswers(ctx, "numbers"); err != nil || len(a) != 1 || a[0].Role != hub.RoleContact {
		t.Errorf("answers %+v, %v", a, err)
	}
	if err := s.RevokeDecision(ctx, "kari", first); err == nil {
		t.Error("what was superseded could be taken back")
	}
	look(nil)
	f.must(s.RevokeDecision(ctx, "kari", second))
	if got := unread(); got != "feb.csv jan.csv" || len(questions(all)) != 1 {
		t.Errorf("after undo: %q, %+v", got, questions(all))
	}
	// An answer given while a look is under way is not lost.
	look(nil)
	y := f.begin()
	_, err := y.Answers(ctx)
	f.must(err)
	say(hub.RoleOwner)
	f.must(y.Done(ctx, hub.Scope{Name: "jan.csv", Version: "1"}, nil))
	f.must(y.Finish(ctx, store.Outcome{Complete: true}))
	if got := unread(); got != "feb.csv jan.csv" {
		t.Errorf("after an answer during a look: %q", got)
	}
	for name, d := range map[string]hub.Decision{
		"role":   {A: map[string]string{"source": "numbers", "table": "dato|hvem", "column": "hvem"}, B: map[string]string{"role": "boss"}},
		"source": {A: map[string]string{"source": "nowhere", "table": "dato|hvem", "column": "hvem"}, B: map[string]string{"role": hub.RoleOwner}},
		"column": {A: map[string]string{"source": "numbers", "table": "dato|hvem"}, B: map[string]string{"role": hub.RoleOwner}},
	} {
		d.Kind = link.ColumnRole
		_, err := s.AddDecision(ctx, d)
		if f.want(err, store.ErrDecision); !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

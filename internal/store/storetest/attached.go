package storetest

import (
	"slices"
	"strings"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// described returns what the sheets of the source were taken for.
func (f *fixture) described() map[store.SheetPlace]hub.Sheet {
	f.Helper()
	out := map[store.SheetPlace]hub.Sheet{}
	f.must(f.EachSheet(f.Context(), everyone, f.source, func(p store.SheetPlace, s hub.Sheet) error {
		out[p] = s
		return nil
	}))
	return out
}

// folder is a mail folder with its attached sheets, read as a connector does.
type folder struct {
	*fixture
	scope  hub.Scope
	mails  map[string]map[string]hub.Sheet // ref → place in the mail
	broken string                          // mail that cannot be read at the moment
	read   []string                        // mails that the last look read
}

func (f *folder) look(y *store.Sync) {
	f.Helper()
	f.read = nil
	seen, err := y.Scope(f.Context(), f.scope.Name)
	f.must(err)
	for ref, sheets := range f.mails {
		switch {
		case seen.Ref(ref):
			seen.KeepWhole(ref)
			continue
		case ref == f.broken:
			seen.KeepWhole(ref)
			continue
		}
		f.read = append(f.read, ref)
		items := []hub.Item{}
		for place, sheet := range sheets {
			items = append(items, hub.Item{Ref: ref + "/" + place, Key: "key " + ref, Sheet: &sheet})
			row := hub.Item{Ref: ref + "/" + place + "/2", Key: "key " + ref + "/" + place + "/2", Content: say(hub.KindRow, place)}
			items = append(items, row)
			seen.Keep(row.Ref)
		}
		items = append(items, hub.Item{Ref: ref, Key: "key " + ref, Content: say(hub.KindMail, ref)})
		for _, it := range items {
			seen.Keep(it.Ref)
		}
		f.must(y.Put(f.Context(), f.scope, items))
	}
	slices.Sort(f.read)
	f.must(y.Done(f.Context(), f.scope, seen.Gone()))
}

// whole looks from beginning to end, if the folder has changed.
func (f *folder) whole() {
	f.Helper()
	y := f.begin()
	_, err := y.Answers(f.Context())
	f.must(err)
	known, err := y.Versions(f.Context())
	f.must(err)
	f.read = nil
	if known[f.scope.Name] != f.scope.Version {
		f.look(y)
	}
	f.must(y.Finish(f.Context(), store.Outcome{Complete: true}))
}

func (f *folder) wantRead(when string, want ...string) {
	f.Helper()
	f.whole()
	if !slices.Equal(f.read, want) {
		f.Errorf("%s: read %q, want %q", when, f.read, want)
	}
}

func testAttached(t *testing.T, s *store.Store) {
	f, ctx := &folder{fixture: newFixture(t, s), scope: hub.Scope{Name: "INBOX", Version: "1"}}, t.Context()
	table := func(ids ...string) hub.Sheet {
		columns := []hub.Column{{Column: "A", ID: "dato", Role: hub.RoleDate}}
		for _, id := range ids {
			columns = append(columns, hub.Column{Column: "B", Header: id, ID: id, Guesses: []string{hub.RoleContact}, Samples: []string{"Kari Lie"}})
		}
		return hub.Sheet{Tables: []hub.Table{{HeaderRow: 1, Signature: "dato|" + strings.Join(ids, "|"), Columns: columns}}}
	}
	f.mails = map[string]map[string]hub.Sheet{
		"7.1": {"jan.xlsx#Salg": table("hvem"), "jan.xlsx#Om": {Left: "explanation"}},
		"7.2": {"liste.csv": table("kontakt\\100 %_")},
		"7.3": {},
		"7.4": {"feb.xlsx#Salg": table("hvem"), "jan.xlsx#Om": {Left: "explanation"}},
	}
	questions := func(v hub.Viewer) (out []store.ColumnQuestion) {
		t.Helper()
		out, err := s.ColumnQuestions(ctx, v)
		f.must(err)
		return out
	}
	say := func(table, column string) int64 {
		t.Helper()
		id, err := s.AddDecision(ctx, hub.Decision{Kind: link.ColumnRole, A: map[string]string{"source": "numbers", "table": table, "column": column},
			B: map[string]string{"role": hub.RoleContact}, By: "kari"})
		f.must(err)
		return id
	}
	f.wantRead("at first", "7.1", "7.2", "7.3", "7.4")
	qs := questions(everyone)
	if len(qs) != 2 || qs[0].Sheets != 2 || qs[0].Attached() != "jan.xlsx#Salg" || qs[0].Ref != "7.1/jan.xlsx#Salg" || qs[1].Sheets != 1 {
		t.Fatalf("questions %+v", qs)
	}
	left, err := s.SheetsLeft(ctx, everyone)
	f.must(err)
	if len(left) != 1 || left[0].Sheets != 2 || left[0].Attached() != "jan.xlsx#Om" || left[0].Why != "explanation" {
		t.Errorf("left out %+v", left)
	}
	others := hub.Viewer{Departments: []string{"Support"}}
	left, err = s.SheetsLeft(ctx, others)
	if f.must(err); len(left)+len(questions(others)) > 0 {
		t.Errorf("another department is told of %+v and %+v", left, questions(others))
	}
	f.want(s.EachSheet(ctx, others, f.source, func(store.SheetPlace, hub.Sheet) error { return nil }), store.ErrNotFound)

	// Only the mails with the column are read again, after the answer and after it is taken back.
	answer := say("dato|hvem", "hvem")
	f.wantRead("after an answer", "7.1", "7.4")
	f.wantRead("when nothing is new")
	f.scope.Version = "2"
	f.wantRead("when the folder has changed")
	f.must(s.RevokeDecision(ctx, "kari", answer))
	f.wantRead("after it was taken back", "7.1", "7.4")
	odd := say("dato|kontakt\\100 %_", "kontakt\\100 %_")
	f.wantRead("after an answer about a column with an odd name", "7.2")
	f.must(s.RevokeDecision(ctx, "kari", odd))
	f.wantRead("after that was taken back", "7.2")

	// A look that was cut short leaves nothing behind, nor does a mail that cannot be read for once.
	answer = say("dato|hvem", "hvem")
	f.broken = "7.4"
	f.wantRead("when a mail cannot be read", "7.1")
	if n := len(f.described()); n != 5 {
		t.Errorf("%d sheets are left after a mail could not be read", n)
	}
	f.broken, f.scope.Version = "", "3"
	f.wantRead("when it can be again", "7.4")
	f.must(s.RevokeDecision(ctx, "kari", answer))
	y := f.begin()
	_, err = y.Answers(ctx)
	f.must(err)
	sheet := f.mails["7.1"]["jan.xlsx#Salg"]
	f.must(y.Put(ctx, f.scope, []hub.Item{{Ref: "7.1/jan.xlsx#Salg", Key: "key 7.1", Sheet: &sheet}}))
	f.must(y.Finish(ctx, store.Outcome{Class: hub.ClassUnreachable, Reason: "cut"}))
	f.wantRead("after a look that was cut short", "7.4")

	// An answer given while a look is under way holds for what it has read already, and for the rest.
	f.mails["7.5"] = map[string]hub.Sheet{"mars.xlsx#Salg": table("hvem")}
	y = f.begin()
	_, err = y.Answers(ctx)
	f.must(err)
	answer = say("dato|hvem", "hvem")
	f.look(y)
	f.must(y.Finish(ctx, store.Outcome{Complete: true}))
	f.wantRead("after an answer during a look", "7.1", "7.4", "7.5")

	// What goes with a mail: what its sheets were taken for, too.
	f.must(s.RevokeDecision(ctx, "kari", answer))
	delete(f.mails, "7.5")
	delete(f.mails["7.4"], "jan.xlsx#Om")
	f.wantRead("after a mail was deleted", "7.1", "7.4")
	if sheets := f.described(); len(sheets) != 4 || len(sheets[store.SheetPlace{Scope: "INBOX", Ref: "7.5/mars.xlsx#Salg"}].Tables) > 0 {
		t.Errorf("after a mail and a sheet are gone: %+v", sheets)
	}
	f.must(s.Erase(ctx, []hub.RecordID{f.record("key 7.1").ID}))
	if sheets := f.described(); len(sheets) != 2 {
		t.Errorf("after a mail was erased: %+v", sheets)
	}
	f.scope.Version = "4"
	f.wantRead("after a mail was erased", "7.1")
	if sheets := f.described(); len(sheets) != 2 {
		t.Errorf("what an erased mail held is back: %+v", sheets)
	}
	y = f.begin()
	f.must(y.Drop(ctx, "INBOX"))
	f.must(y.Finish(ctx, store.Outcome{Complete: true}))
	if sheets := f.described(); len(sheets) > 0 {
		t.Errorf("the folder is gone, but not %+v", sheets)
	}
}

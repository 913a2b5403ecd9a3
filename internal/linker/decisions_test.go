package linker_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

func (b *bench) ident(t *testing.T, id hub.CustomerID) map[string]string {
	t.Helper()
	ident, err := b.st.IdentOfCustomer(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return ident
}

func (b *bench) living(t *testing.T, id hub.CustomerID) hub.CustomerID {
	t.Helper()
	living, err := b.st.Living(context.Background(), id)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return living
}

func (b *bench) record(t *testing.T, name string) *hub.Record {
	t.Helper()
	var out *hub.Record
	err := b.st.EachRecord(context.Background(), func(r *hub.Record) error {
		if r.SourceName+"/"+r.Key == name {
			out = r
		}
		return nil
	})
	if err != nil || out == nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// What is split off is a customer of its own; the rest, with the anchor, keeps
// its id, and all is as before when the decision is taken back.
func TestSplitAndUndo(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Fjordvik Bygg AS", "email kari@fjordvik.no")})
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no"), "n": mailFrom("2@x", "per@fjordvik.no"), "re": mailFrom("3@x", "vi@nordlys.no", " reply 1@x")})
	b.follow(t)
	whole := b.together(t, "salg/r", "post/m", "post/n", "post/re")
	id := b.decide(t, link.Split, map[string]string{"email": "per@fjordvik.no"}, b.ident(t, whole))
	own := b.together(t, "post/n")
	if kept := b.together(t, "salg/r", "post/m", "post/re"); kept != whole || own == whole {
		t.Fatalf("split into %s and %s, it was %s", kept, own, whole)
	}
	b.write(t, "post", rows{"later": mailFrom("4@x", "per@fjordvik.no")})
	b.follow(t)
	if got := b.together(t, "post/n", "post/later"); got != own {
		t.Errorf("a later mail goes to %s, want %s", got, own)
	}
	if got, want := b.ident(t, own), map[string]string{"email": "per@fjordvik.no"}; !maps.Equal(got, want) {
		t.Errorf("the part is named %v, want %v", got, want)
	}
	b.revoke(t, id)
	if got := b.together(t, "salg/r", "post/m", "post/n", "post/re", "post/later"); got != whole || b.living(t, own) != whole {
		t.Errorf("undone to %s; the part lives on as %s, want %s", got, b.living(t, own), whole)
	}
	again := b.decide(t, link.Split, map[string]string{"email": "per@fjordvik.no"}, b.ident(t, whole))
	if got := b.together(t, "post/n", "post/later"); got != own {
		t.Errorf("split again the part is %s, it was %s", got, own)
	}
	b.revoke(t, again)
}

// A single row is split off, though it bears the number of the customer.
func TestSplitOneRow(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Fjordvik Bygg AS"), "s": row("orgno 923609016", "name Fjordvik Holding")})
	b.follow(t)
	whole := b.together(t, "salg/r", "salg/s")
	id := b.decide(t, link.Split, link.IdentOfRecord(b.record(t, "salg/s")), b.ident(t, whole))
	if own := b.together(t, "salg/s"); own == whole || b.together(t, "salg/r") != whole {
		t.Errorf("the row is with %s, the rest with %s, it was %s", own, b.together(t, "salg/r"), whole)
	}
	b.revoke(t, id)
	if got := b.together(t, "salg/r", "salg/s"); got != whole {
		t.Errorf("undone to %s, it was %s", got, whole)
	}
}

// A split-off part can be merged into another customer.
func TestSplitThenMerge(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"r": row("orgno 923609016", "email kari@fjordvik.no"), "other": row("orgno 974760673", "name Ekeberg Data AS")})
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no"), "n": mailFrom("2@x", "kari@fjordvik.no")})
	b.follow(t)
	whole, other := b.together(t, "salg/r", "post/m", "post/n"), b.together(t, "salg/other")
	b.decide(t, link.Split, map[string]string{"message_id": "2@x"}, b.ident(t, whole))
	own := b.together(t, "post/n")
	b.decide(t, link.Merge, b.ident(t, own), b.ident(t, other))
	if got := b.together(t, "post/n", "salg/other"); got != other || b.living(t, own) != other {
		t.Errorf("merged into %s, want %s", got, other)
	}
	if got := b.together(t, "salg/r", "post/m"); got != whole {
		t.Errorf("the rest is %s, it was %s", got, whole)
	}
}

// A number that a decision names and no row bears is the customer's that the
// mails with it are linked to by what else they bear.
func TestMustLinkOfNumbersThatNoRowBears(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"r": row("custno 10045", "name Fjordvik Bygg AS", "email kari@fjordvik.no")})
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no", "signature orgno 923609016"), "n": mailFrom("2@x", "ola@gmail.com", "signature orgno 974760673")})
	b.follow(t)
	whole := b.together(t, "salg/r", "post/m")
	id := b.decide(t, link.MustLink, map[string]string{"orgno": "923609016"}, map[string]string{"orgno": "974760673"})
	if got := b.together(t, "salg/r", "post/m", "post/n"); got != whole {
		t.Errorf("linked to %s, want %s", got, whole)
	}
	b.revoke(t, id)
	b.together(t, "salg/r", "post/m")
}

// The log names who merged two customers.
func TestEventsOfMerge(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"a": row("orgno 923609016"), "b": row("orgno 974760673")})
	b.follow(t)
	one, two := b.together(t, "salg/a"), b.together(t, "salg/b")
	b.decide(t, link.Merge, b.ident(t, one), b.ident(t, two))
	events, err := b.st.Events(context.Background(), hub.Viewer{All: true}, min(one, two), 10)
	if err != nil || len(events) != 2 || events[0].Kind != store.EventMerged || events[0].By != "kari" || events[1].Kind != store.EventLinked || events[1].By != "kari" {
		t.Errorf("events %+v, %v", events, err)
	}
}

// What came of a customer is told to those who knew it, and to nobody else.
func TestEventsOfUnseen(t *testing.T) {
	b := newTestBench(t)
	ctx := context.Background()
	b.write(t, "salg", rows{"a": row("orgno 923609016", "email kari@fjordvik.no")})
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no"), "n": mailFrom("2@x", "ola@solvik.no")})
	b.write(t, "lager", rows{"b": row("orgno 974760673", "email ola@gmail.com")})
	b.follow(t)
	one, two := b.together(t, "salg/a", "post/m"), b.together(t, "lager/b")
	b.decide(t, link.Merge, b.ident(t, two), b.ident(t, one))
	kept := b.together(t, "salg/a", "lager/b")
	seen := func(department string) (out []string) {
		events, err := b.st.Events(ctx, hub.Viewer{All: department == "", Departments: []string{department}}, kept, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			for _, id := range []hub.CustomerID{e.Customer, e.Other} {
				if id != kept && id != 0 {
					out = append(out, e.Kind)
				}
			}
		}
		return out
	}
	if got := seen(""); len(got) == 0 {
		t.Error("who sees all is not told of the merge")
	}
	if got := seen("post"); len(got) > 0 {
		t.Errorf("the other customer is told, in %q, to who never saw it", got)
	}
}

// Customers that a name founded can be merged, and are themselves again after.
func TestNamesMerge(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "lager", rows{"a": row("name Fjordvik Bygg", "email post@fjordvik.no")})
	b.write(t, "support", rows{"b": row("name Solvik Drift", "email post@solvik.no")})
	b.follow(t)
	a, c := b.together(t, "lager/a"), b.together(t, "support/b")
	id := b.decide(t, link.Merge, b.ident(t, c), b.ident(t, a))
	if got := b.together(t, "lager/a", "support/b"); got != min(a, c) {
		t.Errorf("merged into %s, the older is %s", got, min(a, c))
	}
	b.revoke(t, id)
	if b.together(t, "lager/a") != a || b.together(t, "support/b") != c {
		t.Error("undone to other customers than before")
	}
}

// A successor lives on, whichever is older.
func TestSuccessor(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"old": row("orgno 923609016", "name Gammel AS")})
	b.follow(t)
	b.write(t, "salg", rows{"new": row("orgno 974760673", "name Ny AS")})
	b.follow(t)
	old, successor := b.together(t, "salg/old"), b.together(t, "salg/new")
	id := b.decide(t, link.SuccessorOf, map[string]string{"orgno": "974760673"}, map[string]string{"orgno": "923609016"})
	if got := b.together(t, "salg/old", "salg/new"); got != successor || b.living(t, old) != successor {
		t.Errorf("%s lives on, want the successor %s", got, successor)
	}
	b.revoke(t, id)
	if b.together(t, "salg/old") != old || b.together(t, "salg/new") != successor {
		t.Error("undone to other customers than before")
	}
}

// A part of a group stays a customer.
func TestSubunitMovesNothing(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"a": row("orgno 923609016"), "b": row("orgno 974760673")})
	b.follow(t)
	a, c := b.together(t, "salg/a"), b.together(t, "salg/b")
	b.decide(t, link.SubunitOf, map[string]string{"orgno": "974760673"}, map[string]string{"orgno": "923609016"})
	if b.together(t, "salg/a") != a || b.together(t, "salg/b") != c {
		t.Error("a relation moved records")
	}
}

// What is said of a value holds for all who bear it, and is undone.
func TestValues(t *testing.T) {
	for kind, linked := range map[string]bool{link.Shared: false, link.Generic: false, link.OwnValue: false} {
		t.Run(kind, func(t *testing.T) {
			b := newTestBench(t)
			b.write(t, "salg", rows{"r": row("orgno 923609016", "email faktura@hub.no")})
			b.write(t, "post", rows{"m": mailFrom("1@x", "faktura@hub.no")})
			b.follow(t)
			customer := b.together(t, "salg/r", "post/m")
			one := b.decide(t, kind, map[string]string{"email": "faktura@hub.no"}, nil)
			two := b.decide(t, kind, map[string]string{"domain": "hub.no"}, nil)
			if got := b.linked(t, "post/m"); (got != nil) != linked {
				t.Errorf("the mail is linked to %v", got)
			}
			b.write(t, "post", rows{"later": mailFrom("2@x", "faktura@hub.no")})
			b.follow(t)
			if got := b.linked(t, "post/later"); (got != nil) != linked {
				t.Errorf("the later mail is linked to %v", got)
			}
			b.revoke(t, one)
			b.revoke(t, two)
			if got := b.together(t, "salg/r", "post/m", "post/later"); got != customer {
				t.Errorf("undone to %s, it was %s", got, customer)
			}
		})
	}
}

// A row is known by what it says when its key is made otherwise: the key column
// is no longer one.
func TestDecisionOutlivesKeys(t *testing.T) {
	b := newTestBench(t)
	cells := func(c *hub.Content) *hub.Content {
		for _, id := range c.Idents {
			c.Fields = append(c.Fields, hub.Field{Name: id.Kind, Value: id.Value})
		}
		return c
	}
	b.write(t, "salg", rows{"r": row("orgno 923609016", "email kari@fjordvik.no")})
	b.write(t, "lager", rows{"before": cells(row("name Fjordvik", "email kari@fjordvik.no"))})
	b.follow(t)
	customer := b.together(t, "salg/r", "lager/before")
	b.decide(t, link.CannotLink, link.IdentOfRecord(b.record(t, "lager/before")), b.ident(t, customer))
	moved := cells(row("email kari@fjordvik.no", "name  FJORDVIK "))
	b.write(t, "lager", rows{"before": nil, "after": moved})
	b.follow(t)
	if got := b.linked(t, "lager/after"); slices.Contains(got, customer) {
		t.Errorf("the row under another key is linked to %v against the decision", got)
	}
}

// A decision names a source by its name, and follows it to another.
func TestDecisionOutlivesRename(t *testing.T) {
	b := newTestBench(t)
	ctx := context.Background()
	b.write(t, "salg", rows{"r": row("orgno 923609016", "email kari@fjordvik.no")})
	b.write(t, "lager", rows{"a": row("custno 10045", "email kari@fjordvik.no")})
	b.follow(t)
	customer := b.together(t, "salg/r", "lager/a")
	b.decide(t, link.CannotLink, map[string]string{"custno": "10045", "source": "lager"}, b.ident(t, customer))
	src, err := b.st.SourceByName(ctx, "lager")
	if err != nil {
		t.Fatal(err)
	}
	src.Name = "hovedlager"
	if err := b.st.UpdateSource(ctx, src); err != nil {
		t.Fatal(err)
	}
	b.follow(t)
	if got := b.linked(t, "hovedlager/a"); slices.Contains(got, customer) {
		t.Errorf("after the source was renamed its row is linked to %v against the decision", got)
	}
}

// Who changes their mind is taken at their last word; two who differ are both shown.
func TestLastWordAndConflict(t *testing.T) {
	b := newTestBench(t)
	ctx := context.Background()
	b.write(t, "salg", rows{"a": row("orgno 923609016"), "b": row("orgno 974760673")})
	b.follow(t)
	one, two := map[string]string{"orgno": "923609016"}, map[string]string{"orgno": "974760673"}
	b.decide(t, link.MustLink, one, two)
	b.decide(t, link.CannotLink, two, one)
	if all, err := b.st.Decisions(ctx); err != nil || len(all) != 1 || all[0].Kind != link.CannotLink {
		t.Errorf("%v stand, %v", all, err)
	}
	if _, err := b.st.AddDecision(ctx, hub.Decision{Kind: link.MustLink, A: one, B: two, By: "ola"}); err != nil {
		t.Fatal(err)
	}
	b.follow(t)
	if b.together(t, "salg/a") == b.together(t, "salg/b") {
		t.Error("a contradicted decision binds")
	}
	conflicts, err := b.st.Conflicts(ctx)
	if err != nil || len(conflicts) != 1 || len(conflicts[0]) != 2 || conflicts[0][0].By != "kari" || conflicts[0][1].By != "ola" {
		t.Errorf("conflicts %v, %v", conflicts, err)
	}
}

// A preview tells exactly what then moves, and changes nothing itself.
func TestPreview(t *testing.T) {
	b := newTestBench(t)
	ctx := context.Background()
	b.write(t, "salg", rows{"a": row("orgno 923609016", "email kari@fjordvik.no"), "b": row("orgno 974760673", "email per@ekeberg.no")})
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no"), "n": mailFrom("2@x", "per@ekeberg.no")})
	if _, _, err := b.l.Preview(ctx, nil); err == nil {
		t.Error("a preview before linking is no error")
	}
	b.follow(t)
	a, c := b.together(t, "salg/a", "post/m"), b.together(t, "salg/b", "post/n")
	merge := []hub.Decision{{Kind: link.Merge, A: b.ident(t, a), B: b.ident(t, c), By: "kari"}}
	head, _ := b.st.Head(ctx)
	moves, whole, err := b.l.Preview(ctx, merge)
	if err != nil || !whole {
		t.Fatal(whole, err)
	}
	if again, _ := b.st.Head(ctx); again != head {
		t.Error("a preview changes the store")
	}
	want := []store.Move{}
	for _, name := range []string{"post/m", "post/n", "salg/a", "salg/b"} {
		if had := b.linked(t, name)[0]; had == max(a, c) {
			want = append(want, store.Move{Record: b.record(t, name).ID, From: had, To: min(a, c)})
		}
	}
	slices.SortFunc(want, func(x, y store.Move) int { return int(x.Record - y.Record) })
	if !slices.Equal(moves, want) {
		t.Errorf("preview %v, want %v", moves, want)
	}
	b.decide(t, link.Merge, merge[0].A, merge[0].B)
	for _, m := range moves {
		r := recordByID(t, b, m.Record)
		if got := b.linked(t, r); !slices.Equal(got, []hub.CustomerID{m.To}) {
			t.Errorf("%s went to %v, the preview said %s", r, got, m.To)
		}
	}
}

func recordByID(t *testing.T, b *bench, id hub.RecordID) string {
	t.Helper()
	r, err := b.st.Record(context.Background(), hub.Viewer{All: true}, id)
	if err != nil {
		t.Fatal(err)
	}
	return r.SourceName + "/" + r.Key
}

// The log tells who moved what, and hides other departments' records.
func TestEvents(t *testing.T) {
	b := newTestBench(t)
	ctx := context.Background()
	b.write(t, "salg", rows{"r": row("orgno 923609016", "email kari@fjordvik.no")})
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no")})
	b.follow(t)
	customer := b.together(t, "salg/r", "post/m")
	id := b.decide(t, link.CannotLink, map[string]string{"message_id": "1@x"}, b.ident(t, customer))
	b.revoke(t, id)
	for department, want := range map[string][]string{"post": {"linked by ", "unlinked by kari"}, "salg": nil} {
		events, err := b.st.Events(ctx, hub.Viewer{Departments: []string{department}}, customer, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range events {
			got = append(got, e.Kind+" by "+e.By)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s sees %q, want %q", department, got, want)
		}
	}
	if err := b.st.RevokeBatch(ctx, "kari", 77); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an answer that nobody gave is revoked: %v", err)
	}
}

// A rejected suggestion is not made again; one that a customer number founded
// asks whether it is the same as another.
func TestQuestions(t *testing.T) {
	b := newTestBench(t)
	ctx := context.Background()
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Fjordvik Bygg AS", "place Bergen"), "s": row("orgno 974760673", "name Fjordvik Bygg AS", "place Oslo")})
	b.write(t, "lager", rows{"a": row("custno 10045", "name Fjordvik Bygg AS")})
	b.follow(t)
	all := hub.Viewer{User: "kari", All: true}
	open, err := b.st.Questions(ctx, all, false)
	if err != nil || len(open) != 1 || open[0].Same != b.together(t, "lager/a") {
		t.Fatalf("questions %+v, %v", open, err)
	}
	for _, k := range b.links(t, "lager/a") {
		if k.Suggested {
			b.decide(t, link.CannotLink, b.ident(t, open[0].Same), b.ident(t, k.Customer))
		}
	}
	if open, err = b.st.Questions(ctx, all, false); err != nil || len(open) != 0 {
		t.Errorf("after a no it is asked %+v, %v", open, err)
	}
}

// What is said of one record moves that record alone, whatever it is and whatever
// founded the customer.
func TestOneRecordKeptApart(t *testing.T) {
	fjordvik := rows{"r": row("orgno 923609016", "custno 10045", "name Fjordvik Bygg AS", "email kari@fjordvik.no")}
	for name, world := range map[string]struct {
		salg  rows
		apart string
	}{
		"row with the number":               {fjordvik, "support/number"},
		"row with the customer number":      {fjordvik, "support/custno"},
		"row with the name":                 {fjordvik, "support/name"},
		"mail":                              {fjordvik, "post/sender"},
		"mail with the number":              {fjordvik, "post/signed"},
		"row of a customer without number":  {rows{"r": row("custno 10045", "name Fjordvik Bygg AS", "email kari@fjordvik.no")}, "support/name"},
		"mail of a customer without number": {rows{"r": row("name Fjordvik Bygg AS", "email kari@fjordvik.no")}, "post/sender"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newTestBench(t)
			b.write(t, "salg", world.salg)
			b.write(t, "support", rows{
				"number": row("orgno 923609016", "name Fjordvik Bygg AS"), "custno": row("custno 10045", "name Fjordvik Bygg AS", "email per@fjordvik.no"),
				"name": row("name Fjordvik Bygg AS", "email kari@fjordvik.no"), "text": row("name Fjordvik Bygg AS", "email ola@fjordvik.no"),
			})
			b.write(t, "post", rows{"sender": mailFrom("1@x", "kari@fjordvik.no"), "signed": mailFrom("2@x", "kari@fjordvik.no", "signature orgno 923609016"), "told": mailFrom("3@x", "noen@gmail.com", "text orgno 923609016")})
			b.follow(t)
			before := b.outcome(t)
			customer := b.together(t, world.apart)
			id := b.decide(t, link.CannotLink, link.IdentOfRecord(b.record(t, world.apart)), b.ident(t, customer))
			if slices.Contains(b.linked(t, world.apart), customer) {
				t.Error("the record is still linked")
			}
			for _, k := range b.links(t, world.apart) {
				if k.Customer == customer {
					t.Errorf("what was denied is asked again: %+v", k)
				}
			}
			for name := range before {
				if name == world.apart {
					continue
				}
				if got := b.linked(t, name); !slices.Contains(got, customer) {
					t.Errorf("%s moved too, to %v: %+v", name, got, b.links(t, name))
				}
			}
			b.revoke(t, id)
			for name, was := range b.outcome(t) {
				if before[name] != was {
					t.Errorf("%s after it was taken back: %s, it was %s", name, was, before[name])
				}
			}
		})
	}
}

// Of two rows that a name made one customer either is kept apart, whichever founded it.
func TestNamedRowKeptApart(t *testing.T) {
	for _, name := range []string{"lager/a", "support/b"} {
		b := newTestBench(t)
		b.write(t, "lager", rows{"a": row("name Fjordvik Bygg AS", "email post@fjordvik.no")})
		b.write(t, "support", rows{"b": row("name Fjordvik Bygg AS", "email post@fjordvik.no")})
		b.follow(t)
		whole := b.together(t, "lager/a", "support/b")
		before := b.outcome(t)
		id := b.decide(t, link.CannotLink, link.IdentOfRecord(b.record(t, name)), b.ident(t, whole))
		if a, c := b.linked(t, "lager/a"), b.linked(t, "support/b"); slices.Equal(a, c) {
			t.Errorf("%s kept apart: both are still linked to %v", name, a)
		}
		b.revoke(t, id)
		for name, was := range b.outcome(t) {
			if before[name] != was {
				t.Errorf("%s after it was taken back: %s, it was %s", name, was, before[name])
			}
		}
	}
}

// Two rows that are split off together are one customer, and no other.
func TestSplitTwoRows(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Fjordvik Bygg AS"), "s": row("orgno 923609016", "name Fjordvik Holding"), "u": row("orgno 923609016", "name Fjordvik Eiendom")})
	b.follow(t)
	whole := b.together(t, "salg/r", "salg/s", "salg/u")
	first := link.IdentOfRecord(b.record(t, "salg/s"))
	b.decide(t, link.Split, first, b.ident(t, whole))
	b.decide(t, link.MustLink, link.IdentOfRecord(b.record(t, "salg/u")), first)
	if own := b.together(t, "salg/s", "salg/u"); own == whole || b.together(t, "salg/r") != whole {
		t.Errorf("the rows are with %s, the rest with %s, it was %s", own, b.together(t, "salg/r"), whole)
	}
}

// Who says the opposite of before and takes that back has said what they said before.
func TestUndoRestoresWhatWasReplaced(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Fjordvik Bygg AS", "email kari@fjordvik.no")})
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no")})
	b.follow(t)
	customer := b.together(t, "salg/r", "post/m")
	mail := map[string]string{"message_id": "1@x"}
	b.decide(t, link.CannotLink, mail, b.ident(t, customer))
	if got := b.linked(t, "post/m"); len(got) > 0 {
		t.Fatalf("kept apart it is linked to %v", got)
	}
	id := b.decide(t, link.MustLink, mail, b.ident(t, customer))
	b.together(t, "salg/r", "post/m")
	b.revoke(t, id)
	if got := b.linked(t, "post/m"); len(got) > 0 {
		t.Errorf("after taking the opposite back it is linked to %v", got)
	}
	if all, err := b.st.Decisions(context.Background()); err != nil || len(all) != 1 || all[0].Kind != link.CannotLink {
		t.Errorf("decisions %v, %v; want the first again", all, err)
	}
}

// That a single mail belongs to a customer holds though its address was kept from
// that customer, or split off.
func TestSaidOfOneRecordHolds(t *testing.T) {
	for kind, founded := range map[string]string{link.Split: "orgno 923609016", link.CannotLink: "custno 10045"} {
		b := newTestBench(t)
		b.write(t, "salg", rows{"r": row(founded, "name Fjordvik Bygg AS", "email kari@fjordvik.no")})
		b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no"), "n": mailFrom("2@x", "per@fjordvik.no"), "o": mailFrom("3@x", "per@fjordvik.no")})
		b.follow(t)
		whole := b.together(t, "salg/r", "post/m", "post/n", "post/o")
		b.decide(t, kind, map[string]string{"email": "per@fjordvik.no"}, b.ident(t, whole))
		id := b.decide(t, link.MustLink, map[string]string{"message_id": "2@x"}, b.ident(t, whole))
		if got := b.linked(t, "post/n"); !slices.Equal(got, []hub.CustomerID{whole}) {
			t.Errorf("%s of the address: the mail is linked to %v, want %s", kind, got, whole)
		}
		if got := b.linked(t, "post/o"); slices.Contains(got, whole) {
			t.Errorf("%s of the address: the other mail is linked to %v", kind, got)
		}
		b.revoke(t, id)
		if got := b.linked(t, "post/n"); slices.Contains(got, whole) {
			t.Errorf("%s of the address: taken back the mail is linked to %v", kind, got)
		}
	}
}

// A spelling that is split off takes the rows that bear it, though they bear the
// number of the whole, too; not those that it has in common with another number.
func TestSplitOffSpelling(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{
		"r": row("orgno 923609016", "name Fjordvik Bygg AS"), "s": row("orgno 923609016", "name Fjordvik Bygg AS", "email per@fjordvik.no"),
		"odd": row("orgno 923609016", "name Fjordvik Eiendomsdrift AS"), "other": row("orgno 974760673", "name Fjordvik Eiendomsdrift AS"),
	})
	b.write(t, "post", rows{"m": mailFrom("1@x", "per@fjordvik.no")})
	b.follow(t)
	whole := b.together(t, "salg/r", "salg/s", "salg/odd", "post/m")
	other := b.together(t, "salg/other")
	before := b.outcome(t)
	id := b.decide(t, link.Split, map[string]string{"name": "Fjordvik Eiendomsdrift AS"}, b.ident(t, whole))
	if own := b.together(t, "salg/odd"); own == whole || own == other {
		t.Errorf("the spelling is with %s, the whole is %s, the namesake %s", own, whole, other)
	}
	if b.together(t, "salg/r", "salg/s", "post/m") != whole || b.together(t, "salg/other") != other {
		t.Error("others moved")
	}
	b.revoke(t, id)
	for name, was := range b.outcome(t) {
		if before[name] != was {
			t.Errorf("%s after it was taken back: %s, it was %s", name, was, before[name])
		}
	}
}

package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

func testViewers(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	f.look(sheets{"a": {"1": row("ours", "x")}})
	f.source = f.add("invoices", "Finance")
	f.look(sheets{"a": {"1": row("theirs", "x")}})
	y := f.begin()
	f.must(y.Report(ctx, "a", "2", hub.ClassBroken, "no date"))
	f.must(s.Problem(ctx, hub.Problem{Class: hub.ClassBroken, Reason: "of no source"}))
	ours, theirs := f.record("ours").ID, f.record("theirs").ID
	tests := []struct {
		viewer       hub.Viewer
		ours, theirs bool
		seenProblems int
	}{
		{everyone, true, true, 2},
		{hub.Viewer{Departments: []string{"Sales"}}, true, false, 0},
		{hub.Viewer{Departments: []string{"Finance"}}, false, true, 1},
		{hub.Viewer{Departments: []string{"Sales", "Finance"}}, true, true, 1},
		{hub.Viewer{Role: hub.RoleAdmin}, false, false, 0},
	}
	for _, test := range tests {
		got, err := s.Records(ctx, test.viewer, []hub.RecordID{ours, theirs, 1 << 30})
		f.must(err)
		if (got[ours] != nil) != test.ours || (got[theirs] != nil) != test.theirs || len(got) > 2 {
			t.Errorf("%+v sees %v", test.viewer, got)
		}
		if _, err := s.Record(ctx, test.viewer, theirs); test.theirs {
			f.must(err)
		} else {
			f.want(err, store.ErrNotFound)
		}
		problems, err := s.Problems(ctx, test.viewer)
		f.must(err)
		if len(problems) != test.seenProblems {
			t.Errorf("%+v sees problems %+v", test.viewer, problems)
		}
	}
}

func testEachRecord(t *testing.T, s *store.Store) {
	f := newFixture(t, s)
	f.look(sheets{"a": rows(0, 1200)})
	f.source = f.add("Zebra", "Finance")
	f.look(sheets{"a": {"1": row("b", "x"), "2": row("Ø", "x"), "3": row("B", "x"), "4": row("a-1", "x"), "5": row("a1", "x")}})
	var got, want []string
	f.must(s.EachRecord(f.Context(), func(r *hub.Record) error {
		got = append(got, r.SourceName+" "+r.Key)
		if len(r.Seen) != 1 || r.Content.Title == "" {
			return fmt.Errorf("record %s is not whole: %+v", r.ID, r)
		}
		return nil
	}))
	want = slices.Sorted(slices.Values(got))
	if len(got) != 1205 || !slices.Equal(got, want) {
		t.Errorf("%d records, sorted by bytes: %v", len(got), got[:min(10, len(got))])
	}
	stop := fmt.Errorf("enough")
	n := 0
	f.want(s.EachRecord(f.Context(), func(*hub.Record) error { n++; return stop }), stop)
	if n != 1 {
		t.Errorf("went on for %d records after an error", n)
	}
}

func testProblems(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	v := func(version string) hub.Scope { return hub.Scope{Name: "a", Version: version} }
	finish := func(y *store.Sync) { f.must(y.Finish(ctx, store.Outcome{Complete: true})) }
	steps := []struct {
		name string
		do   func(y *store.Sync)
		want []string
	}{
		{"two rows and a listing", func(y *store.Sync) {
			f.must(y.Report(ctx, "a", "1", hub.ClassBroken, "one"))
			f.must(y.Report(ctx, "a", "2", hub.ClassBroken, "two"))
			f.must(y.Done(ctx, v("1"), nil))
			f.must(y.Report(ctx, "locked.xlsx", "", hub.ClassBroken, "password protected"))
			finish(y)
		}, []string{"one", "two", "password protected"}},
		{"an unchanged scope keeps its own, the listing is met again", func(y *store.Sync) {
			f.must(y.Report(ctx, "locked.xlsx", "", hub.ClassBroken, "still password protected"))
			finish(y)
		}, []string{"one", "two", "still password protected"}},
		{"an incomplete look forgets nothing", func(y *store.Sync) {
			f.must(y.Report(ctx, "a", "", hub.ClassUnreachable, "away"))
			f.must(y.Finish(ctx, store.Outcome{Class: hub.ClassUnreachable, Reason: "away"}))
		}, []string{"one", "two", "still password protected", "away"}},
		{"another reason at the same place takes its place", func(y *store.Sync) {
			f.must(y.Report(ctx, "a", "", hub.ClassAuth, "refused"))
			f.must(y.Finish(ctx, store.Outcome{Class: hub.ClassAuth, Reason: "refused"}))
		}, []string{"one", "two", "still password protected", "refused"}},
		{"what a complete look does not meet is over", finish, []string{"one", "two"}},
		{"a scope read again has what it reports now", func(y *store.Sync) {
			f.must(y.Report(ctx, "a", "2", hub.ClassBroken, "two"))
			f.must(y.Done(ctx, v("2"), nil))
			finish(y)
		}, []string{"two"}},
		{"from outside a look, it stands with the scope", func(y *store.Sync) {
			finish(y)
			f.must(s.Problem(ctx, hub.Problem{Source: f.source, Scope: "a", Ref: "7", Class: hub.ClassBroken, Reason: "the index refuses it"}))
		}, []string{"two", "the index refuses it"}},
		{"and through looks that skip the scope", finish, []string{"two", "the index refuses it"}},
		{"a dropped scope takes all with it", func(y *store.Sync) {
			f.must(y.Drop(ctx, "a"))
			finish(y)
		}, nil},
	}
	var first int64
	for _, step := range steps {
		step.do(f.begin())
		var got []string
		for _, p := range f.problems() {
			got = append(got, p.Reason)
			if p.Reason == "two" {
				if first == 0 {
					first = p.At.UnixMilli()
				}
				if p.Name != "numbers" || p.At.UnixMilli() != first {
					t.Errorf("%s: problem %+v, first seen %d", step.name, p, first)
				}
			}
		}
		slices.Sort(got)
		slices.Sort(step.want)
		if !slices.Equal(got, step.want) || f.status().Problems != len(got) {
			t.Errorf("%s: problems %q, want %q", step.name, got, step.want)
		}
	}
}

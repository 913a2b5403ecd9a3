package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// fixture is a store with one source, and the few acts of which the cases are made.
type fixture struct {
	*testing.T
	*store.Store
	source hub.SourceID
}

func newFixture(t *testing.T, s *store.Store) *fixture {
	f := &fixture{T: t, Store: s}
	f.source = f.add("numbers", "Sales")
	return f
}

func (f *fixture) add(name, department string) hub.SourceID {
	f.Helper()
	id, err := f.AddSource(f.Context(), hub.Source{Name: name, Kind: "folder", Department: department})
	f.must(err)
	return id
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) want(err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Fatalf("error %v, want %v", err, want)
	}
}

func (f *fixture) begin() *store.Sync {
	f.Helper()
	y, err := f.BeginSync(f.Context(), f.source, "tester", time.Minute)
	f.must(err)
	return y
}

// sheets is the whole of a source: what each scope says, by ref.
type sheets map[string]map[string]hub.Item

// look brings a whole source into the store; every scope is read again.
func (f *fixture) look(all sheets) {
	f.Helper()
	y := f.begin()
	known, err := y.Versions(f.Context())
	f.must(err)
	for name, items := range all {
		f.read(y, hub.Scope{Name: name, Version: fmt.Sprint(len(known)), At: time.UnixMilli(1)}, items)
	}
	for name := range known {
		if all[name] == nil {
			f.must(y.Drop(f.Context(), name))
		}
	}
	f.must(y.Finish(f.Context(), store.Outcome{Complete: true}))
}

// read puts the items and closes the scope.
func (f *fixture) read(y *store.Sync, s hub.Scope, items map[string]hub.Item) {
	f.Helper()
	seen, err := y.Scope(f.Context(), s.Name)
	f.must(err)
	var put []hub.Item
	for ref, it := range items {
		it.Ref = ref
		put = append(put, it)
		seen.Keep(ref)
	}
	f.must(y.Put(f.Context(), s, put))
	f.must(y.Done(f.Context(), s, seen.Gone()))
}

// row is an item with a key.
func row(key, text string) hub.Item { return hub.Item{Key: key, Content: say(hub.KindRow, text)} }

// rows are n rows with keys from first on.
func rows(first, n int) map[string]hub.Item {
	out := map[string]hub.Item{}
	for i := first; i < first+n; i++ {
		out[fmt.Sprint(i)] = row(fmt.Sprint("key", i), fmt.Sprint("row ", i))
	}
	return out
}

// titles are the titles of all that lives, by key.
func (f *fixture) titles() map[string]string {
	f.Helper()
	all, err := records(f.Context(), f.Store)
	f.must(err)
	out := map[string]string{}
	for _, r := range all {
		out[r.Key] = r.Content.Title
	}
	return out
}

func (f *fixture) status() store.Status {
	f.Helper()
	all, err := f.Statuses(f.Context())
	f.must(err)
	for _, st := range all {
		if st.ID == f.source {
			return st
		}
	}
	f.Fatal("the source has no status")
	return store.Status{}
}

func (f *fixture) problems() []hub.Problem {
	f.Helper()
	out, err := f.Problems(f.Context(), everyone)
	f.must(err)
	return out
}

// record returns the live record with the key.
func (f *fixture) record(key string) *hub.Record {
	f.Helper()
	all, err := records(f.Context(), f.Store)
	f.must(err)
	for _, r := range all {
		if r.Key == key {
			return r
		}
	}
	f.Fatalf("no live record has the key %q", key)
	return nil
}

func (f *fixture) head() int64 {
	f.Helper()
	rev, err := f.Head(f.Context())
	f.must(err)
	return rev
}

func testSources(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	_, err := s.AddSource(ctx, hub.Source{Name: "numbers"})
	f.want(err, store.ErrExists)
	f.look(sheets{"a": rows(0, 3)})
	src, err := s.SourceByName(ctx, "numbers")
	f.must(err)
	before := f.head()
	src.Paused, src.Config = true, []byte(`{"path":"x"}`)
	f.must(s.UpdateSource(ctx, src))
	got, err := s.Source(ctx, f.source)
	f.must(err)
	if !got.Paused || string(got.Config) != `{"path":"x"}` || f.head() != before {
		t.Errorf("after an update that concerns no record: %+v, head %d, was %d", got, f.head(), before)
	}

	f.look(sheets{"a": rows(0, 3)})
	late := f.begin()
	f.must(late.Finish(ctx, store.Outcome{Class: hub.ClassAuth, Reason: "The password is wrong."}))
	late = f.begin()
	src.Department = "Finance"
	f.must(s.UpdateSource(ctx, src))
	f.must(late.Renew(ctx))
	if st := f.status(); st.Error == "" || st.Class == "" {
		t.Error("a source that moved is told to be well, though its password is still wrong")
	}
	for name, follow := range map[string]func(context.Context, hub.Cursor, int) ([]hub.Change, error){"changes": s.Changes, "content changes": s.ContentChanges} {
		changes, err := follow(ctx, hub.Cursor{Rev: before, ID: 1 << 30}, 10)
		f.must(err)
		if len(changes) != 3 || changes[0].Record.Department != "Finance" {
			t.Errorf("%s after moving to another department: %+v", name, changes)
		}
	}

	was, err := late.Versions(ctx)
	f.must(err)
	src.Config = []byte(`{"path":"y"}`)
	f.must(s.UpdateSource(ctx, src))
	f.want(late.Renew(ctx), store.ErrFenced)
	if st := f.status(); st.Error != "" || st.Class != "" || st.Syncing {
		t.Errorf("under other settings it still fares as under those before: %+v", st)
	}
	late = f.begin()
	versions, err := late.Versions(ctx)
	f.must(err)
	if v, known := versions["a"]; !known || v == was["a"] || len(f.titles()) != 3 {
		t.Errorf("under other settings the version of a scope is still %q, its records are %v", v, f.titles())
	}
	before = f.head()
	f.must(s.RemoveSource(ctx, f.source))
	f.want(late.Put(ctx, hub.Scope{Name: "a"}, []hub.Item{row("late", "late")}), store.ErrFenced)
	_, err = s.Source(ctx, f.source)
	f.want(err, store.ErrNotFound)
	f.want(s.RemoveSource(ctx, f.source), store.ErrNotFound)
	changes, err := s.Changes(ctx, hub.Cursor{Rev: before, ID: 1 << 30}, 10)
	f.must(err)
	if len(changes) != 3 || !changes[0].Gone || len(f.titles()) != 0 {
		t.Errorf("after removal: changes %+v, alive %v", changes, f.titles())
	}
	f.source = f.add("numbers", "Sales") // the name is free again
	if st := f.status(); st.Records != 0 || st.Scopes != 0 {
		t.Errorf("a new source of the old name starts with %+v", st)
	}
}

func testSettings(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	var c hub.Company
	f.want(s.Setting(ctx, "company", &c), store.ErrNotFound)
	f.must(s.SetSetting(ctx, "company", hub.Company{Name: "Fjord"}))
	f.must(s.SetSetting(ctx, "company", hub.Company{Name: "Fjell AS"}))
	f.must(s.Setting(ctx, "company", &c))
	if c.Name != "Fjell AS" {
		t.Errorf("setting reads %+v", c)
	}
}

// testScopes lists sheets and mail folders, those delivered last first, to who sees them.
func testScopes(t *testing.T, s *store.Store) {
	f := newFixture(t, s)
	y := f.begin()
	for i, name := range []string{"old.xlsx#A", "Å ny.xlsx#A", "newest.csv#"} {
		f.read(y, hub.Scope{Name: name, Version: "1", At: time.UnixMilli(int64(i + 1))}, rows(i, 1))
	}
	f.must(y.Finish(f.Context(), store.Outcome{Complete: true}))
	src, err := s.Source(f.Context(), f.source)
	f.must(err)
	for _, test := range []struct {
		viewer hub.Viewer
		limit  int
		want   string
	}{
		{hub.Viewer{All: true}, 10, "[newest.csv# Å ny.xlsx#A old.xlsx#A]"},
		{hub.Viewer{Departments: []string{src.Department}}, 2, "[newest.csv# Å ny.xlsx#A]"},
		{hub.Viewer{Departments: []string{"elsewhere"}}, 10, "[]"},
		{hub.Viewer{}, 10, "[]"},
	} {
		found, err := s.Scopes(f.Context(), test.viewer, test.limit)
		f.must(err)
		names := []string{}
		for _, p := range found {
			if names = append(names, p.Name); p.Source != f.source {
				t.Errorf("%s is of %s, want %s", p.Name, p.Source, f.source)
			}
		}
		if got := fmt.Sprint(names); got != test.want {
			t.Errorf("%+v sees %s, want %s", test.viewer, got, test.want)
		}
	}
	f.must(s.RemoveSource(f.Context(), f.source))
	if found, err := s.Scopes(f.Context(), hub.Viewer{All: true}, 10); err != nil || len(found) > 0 {
		t.Errorf("of a source that is gone: %v, %v", found, err)
	}
}

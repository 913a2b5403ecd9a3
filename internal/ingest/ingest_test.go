package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// script is a connector whose scopes and items are data. It is as real as any:
// it tells the tables below and nothing else.
type script struct {
	scopes []scripted
	ends   error // ends the listing
	opened error // Open fails
}

type scripted struct {
	name, version string
	listed        error // comes with the scope's name in the listing
	items         []hub.Item
	broken        map[string]error // by ref, instead of the item
	after         map[string]error // by ref, beside the item
	ends          error            // ends the reading, after the items
}

func (s *script) Validate() error { return nil }

func (s *script) Open(context.Context, connectors.Env) (connectors.Connector, error) {
	return s, s.opened
}

func (s *script) Check(context.Context) error { return nil }
func (s *script) Close() error                { return nil }

func (s *script) Scopes(context.Context, map[string]string) iter.Seq2[hub.Scope, error] {
	return func(yield func(hub.Scope, error) bool) {
		for _, c := range s.scopes {
			if !yield(hub.Scope{Name: c.name, Version: c.version}, c.listed) {
				return
			}
		}
		if s.ends != nil {
			yield(hub.Scope{}, s.ends)
		}
	}
}

func (s *script) Read(_ context.Context, scope hub.Scope, known connectors.Known) iter.Seq2[hub.Item, error] {
	return func(yield func(hub.Item, error) bool) {
		for _, c := range s.scopes {
			if c.name != scope.Name {
				continue
			}
			for _, it := range c.items {
				if err := c.broken[it.Ref]; err != nil {
					it = hub.Item{Ref: it.Ref}
					if !yield(it, err) {
						return
					}
					continue
				}
				if it.Key == "" { // a mail that was downloaded before
					if !known.Ref(it.Ref) {
						panic("the test says known of what is not")
					}
				}
				if !yield(it, nil) {
					return
				}
				if err := c.after[it.Ref]; err != nil && !yield(hub.Item{Ref: it.Ref}, err) {
					return
				}
			}
			if c.ends != nil {
				yield(hub.Item{}, c.ends)
			}
		}
	}
}

type rig struct {
	t      *testing.T
	store  *store.Store
	looker *Looker
	id     hub.SourceID
	now    *script
}

func newRig(t *testing.T) *rig {
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	r := &rig{t: t, store: st, now: &script{}}
	if r.id, err = st.AddSource(t.Context(), hub.Source{Name: "a", Kind: "script", Department: "d", Config: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	r.looker = &Looker{Store: st, Owner: "test", TTL: time.Minute, Log: log, Registry: &connectors.Registry{
		Kinds: []connectors.Kind{{Name: "script", Config: func() connectors.Config { return r.now }}},
		Env:   connectors.Env{Log: log},
	}}
	return r
}

// look looks once and returns the live records as "ref=title", with the problems.
func (r *rig) look(s *script) (records []string, problems []string, err error) {
	r.t.Helper()
	*r.now = *s
	_, err = r.looker.Sync(r.t.Context(), r.id)
	if rerr := r.store.EachRecord(r.t.Context(), func(rec *hub.Record) error {
		records = append(records, rec.Key+"="+rec.Content.Title)
		return nil
	}); rerr != nil {
		r.t.Fatal(rerr)
	}
	all, perr := r.store.Problems(r.t.Context(), hub.Viewer{All: true})
	if perr != nil {
		r.t.Fatal(perr)
	}
	for _, p := range all {
		problems = append(problems, fmt.Sprintf("%s:%s:%s", p.Scope, p.Ref, p.Reason))
	}
	slices.Sort(records)
	slices.Sort(problems)
	return records, problems, err
}

func item(ref, key, title string) hub.Item {
	return hub.Item{Ref: ref, Key: key, Content: &hub.Content{Kind: hub.KindRow, Title: title}}
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestLookEndsInWhatTheSourceSays(t *testing.T) {
	r := newRig(t)
	recs, _, err := r.look(&script{scopes: []scripted{{name: "s", version: "1", items: []hub.Item{item("1", "a", "A"), item("2", "b", "B")}}}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "first look", recs, "a=A", "b=B")

	recs, _, err = r.look(&script{scopes: []scripted{{name: "s", version: "2", items: []hub.Item{item("1", "b", "B"), item("2", "c", "C")}}}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "sorted anew, one gone and one new", recs, "b=B", "c=C")

	recs, _, _ = r.look(&script{scopes: []scripted{{name: "s", version: "2"}}})
	same(t, "same version is not opened", recs, "b=B", "c=C")

	recs, _, _ = r.look(&script{})
	same(t, "scope gone", recs)
}

func TestKnownParentKeepsItsChildren(t *testing.T) {
	r := newRig(t)
	mail := []hub.Item{item("7.1", "m", "mail"), item("7.1/o.xlsx#A/2", "m/2", "row"), item("7.2", "n", "other"), item("7.2/o.xlsx#A/2", "n/2", "row")}
	if _, _, err := r.look(&script{scopes: []scripted{{name: "INBOX", version: "1", items: mail}}}); err != nil {
		t.Fatal(err)
	}
	recs, _, err := r.look(&script{scopes: []scripted{{name: "INBOX", version: "2", items: []hub.Item{{Ref: "7.1"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "one mail left", recs, "m/2=row", "m=mail")
}

// A mail that was read in part is known the next time, and not read again: what
// was wrong with it is still to be told, until it goes.
func TestProblemOfAKnownItemStands(t *testing.T) {
	r := newRig(t)
	partly := map[string]error{"7.1": connectors.Broken(nil, "one part cannot be decoded")}
	if _, _, err := r.look(&script{scopes: []scripted{{name: "INBOX", version: "1", items: []hub.Item{item("7.1", "m", "mail")}, after: partly}}}); err != nil {
		t.Fatal(err)
	}
	recs, problems, err := r.look(&script{scopes: []scripted{{name: "INBOX", version: "2", items: []hub.Item{{Ref: "7.1"}, item("7.2", "n", "new")}}}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "records", recs, "m=mail", "n=new")
	same(t, "problems", problems, "INBOX:7.1:one part cannot be decoded")
	_, problems, err = r.look(&script{scopes: []scripted{{name: "INBOX", version: "3", items: []hub.Item{{Ref: "7.2"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "problems when the mail is gone", problems)
}

func TestErrorIsNotEmptiness(t *testing.T) {
	good := []hub.Item{item("1", "a", "A"), item("2", "b", "B")}
	offline := &connectors.Error{Class: hub.ClassUnreachable, Reason: "the server does not answer"}
	bad := connectors.Broken(nil, "password protected")
	for _, c := range []struct {
		name     string
		second   script
		records  []string
		problems []string
		class    string // of the error of the look, "" if none
	}{
		{"listing cut off", script{ends: offline}, []string{"a=A", "b=B"}, nil, hub.ClassUnreachable},
		{"cannot be opened", script{opened: offline}, []string{"a=A", "b=B"}, nil, hub.ClassUnreachable},
		{"scope in error", script{scopes: []scripted{{name: "s", listed: offline}}}, []string{"a=A", "b=B"}, []string{"s::the server does not answer"}, hub.ClassUnreachable},
		{"scope broken in this version", script{scopes: []scripted{{name: "s", version: "2", ends: bad}}}, []string{"a=A", "b=B"}, []string{"s::password protected"}, ""},
		{"reading cut off", script{scopes: []scripted{{name: "s", version: "2", items: []hub.Item{item("3", "c", "C")}, ends: offline}}}, []string{"a=A", "b=B", "c=C"}, nil, hub.ClassUnreachable},
		{"one item broken", script{scopes: []scripted{{name: "s", version: "2", items: good, broken: map[string]error{"1": bad}}}}, []string{"a=A", "b=B"}, []string{"s:1:password protected"}, ""},
		{"one scope in error, the other goes on", script{scopes: []scripted{{name: "s", version: "2", ends: offline}, {name: "z", version: "1", items: []hub.Item{item("1", "z", "Z")}}}}, []string{"a=A", "b=B", "z=Z"}, nil, hub.ClassUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			if _, _, err := r.look(&script{scopes: []scripted{{name: "s", version: "1", items: good}}}); err != nil {
				t.Fatal(err)
			}
			recs, problems, err := r.look(&c.second)
			same(t, "records", recs, c.records...)
			same(t, "problems", problems, c.problems...)
			if (err == nil) != (c.class == "") || err != nil && connectors.ClassOf(err) != c.class {
				t.Errorf("error %v, want class %q", err, c.class)
			}
			recs, problems, err = r.look(&script{scopes: []scripted{{name: "s", version: "3", items: good}}})
			if err != nil {
				t.Fatal(err)
			}
			same(t, "records when it is well again", recs, "a=A", "b=B")
			same(t, "problems when it is well again", problems)
		})
	}
}

func TestBrokenScopeIsReadAgainOnlyWhenItChanges(t *testing.T) {
	r := newRig(t)
	broken := scripted{name: "s", version: "1", ends: connectors.Broken(nil, "not a workbook")}
	if _, problems, err := r.look(&script{scopes: []scripted{broken}}); err != nil || len(problems) != 1 {
		t.Fatalf("problems %q, error %v", problems, err)
	}
	broken.ends = errors.New("opened again")
	if _, problems, err := r.look(&script{scopes: []scripted{broken}}); err != nil || len(problems) != 1 {
		t.Errorf("second look: problems %q, error %v; want the problem to stand unread", problems, err)
	}
}

func TestOneLookAtATime(t *testing.T) {
	r := newRig(t)
	if _, err := r.store.BeginSync(t.Context(), r.id, "another", time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := r.looker.Sync(t.Context(), r.id); !errors.Is(err, store.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
}

func TestManyItemsInBatches(t *testing.T) {
	r := newRig(t)
	var items []hub.Item
	for i := range 2*batchItems + 10 {
		items = append(items, item(fmt.Sprint(i+1), fmt.Sprintf("k%06d", i), strings.Repeat("x", 10)))
	}
	recs, _, err := r.look(&script{scopes: []scripted{{name: "s", version: "1", items: items}}})
	if err != nil || len(recs) != len(items) {
		t.Errorf("%d records of %d, %v", len(recs), len(items), err)
	}
}

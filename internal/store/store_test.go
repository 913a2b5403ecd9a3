package store_test

import (
	"context"
	"sync/atomic"
	"testing"

	"samsyn/internal/store"
	"samsyn/internal/store/fault"
	"samsyn/internal/store/storetest"
	"samsyn/internal/testenv"
)

// databases opens a fresh store on each of the two.
var databases = map[string]func(testing.TB) *store.Store{
	"sqlite":   func(t testing.TB) *store.Store { return open(t, "sqlite:"+t.TempDir()+"/a b.db") },
	"postgres": func(t testing.TB) *store.Store { return open(t, testenv.Postgres(t)) },
}

func open(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) { storetest.Run(t, open) })
	}
}

// TestOrderMatters shows that a follower would miss changes on Postgres if
// writers did not wait for each other to draw their revs.
func TestOrderMatters(t *testing.T) {
	var drawn atomic.Int64
	ctx := fault.With(t.Context(), &fault.Fault{Statement: func(q string, args []any) (string, []any, error) {
		if q == "UPDATE clock SET rev = rev + 1 RETURNING rev" {
			drawn.Add(1)
			q = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
		}
		return q, args, nil
	}})
	for range 10 {
		missed, err := storetest.Race(ctx, open(t, testenv.Postgres(t)))
		if err != nil {
			t.Fatal(err)
		}
		if missed > 0 {
			return
		}
	}
	t.Errorf("nothing was missed, though %d revs were drawn without waiting", drawn.Load())
}

// TestTextsOfNoEncoding: a text that Postgres refuses is kept and looked for alike
// on both databases, and does not keep the access log from being written.
func TestTextsOfNoEncoding(t *testing.T) {
	const odd, kept = "a\x00b\xff", "a\uFFFDb\uFFFD"
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s, ctx := open(t), t.Context()
			if err := s.AddUser(ctx, store.User{Name: odd, Role: "employee"}, ""); err != nil {
				t.Fatal(err)
			}
			if u, err := s.User(ctx, odd); err != nil || u.Name != kept {
				t.Errorf("the user is %q, %v", u.Name, err)
			}
			if _, err := s.SaveSearch(ctx, odd, store.SavedSearch{Name: odd, Query: "q"}); err != nil {
				t.Error(err)
			}
			if found, err := s.SavedSearches(ctx, odd); err != nil || len(found) != 1 || found[0].Name != kept {
				t.Errorf("the saved searches are %v, %v", found, err)
			}
			l := accessLog(t, s)
			if err := l.Append(ctx, []store.Access{{Who: odd, Action: "search", Subject: odd}}); err != nil {
				t.Error(err)
			}
			if n, err := l.Verify(ctx); n != 1 || err != nil {
				t.Errorf("the access log has %d lines, %v", n, err)
			}
			if found, err := l.Lines(ctx, store.AccessFilter{Who: odd}, 9); err != nil || len(found) != 1 || found[0].Subject != kept {
				t.Errorf("the access log says %v, %v", found, err)
			}
		})
	}
}

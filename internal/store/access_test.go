package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"samsyn/internal/store"
	"samsyn/internal/testenv"
)

func accessLog(t *testing.T, st *store.Store) *store.AccessLog {
	t.Helper()
	l, err := st.AccessLog([]byte("a secret that is not in the database"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func lines(who string, n int) []store.Access {
	out := make([]store.Access, n)
	for i := range out {
		out[i] = store.Access{At: time.Now(), Who: who, Action: "customer", Subject: fmt.Sprintf("c%d", i)}
	}
	return out
}

// TestAccessLogTells tampers with the log in every way that a database allows,
// and puts it right again.
func TestAccessLogTells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	st, err := store.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	l := accessLog(t, st)
	for range 4 {
		if err := l.Append(t.Context(), lines("kari", 5)); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, q := range map[string]string{
		"changed":              "UPDATE access_log SET subject = 'c99' WHERE seq = 7",
		"by another":           "UPDATE access_log SET who = 'ola' WHERE seq = 7",
		"at another time":      "UPDATE access_log SET at = at + 1 WHERE seq = 7",
		"removed":              "DELETE FROM access_log WHERE seq = 7",
		"first removed":        "DELETE FROM access_log WHERE seq = 1",
		"last removed":         "DELETE FROM access_log WHERE seq = 20",
		"cut off and rewound":  "DELETE FROM access_log WHERE seq > 18; UPDATE access_chain SET head_seq = 18, head_seal = (SELECT seal FROM access_log WHERE seq = 18)",
		"cut off as retention": "DELETE FROM access_log WHERE seq <= 3; UPDATE access_chain SET base_seq = 3, base_seal = 'x', base_mark = 'x'",
		"put in":               "INSERT INTO access_log SELECT 21, at, who, action, subject, seal FROM access_log WHERE seq = 20",
		"reordered":            "UPDATE access_log SET seq = -1 WHERE seq = 7; UPDATE access_log SET seq = 7 WHERE seq = 8; UPDATE access_log SET seq = 8 WHERE seq = -1",
	} {
		t.Run(name, func(t *testing.T) {
			for _, q := range []string{"CREATE TABLE keep_log AS SELECT * FROM access_log; CREATE TABLE keep_chain AS SELECT * FROM access_chain", q} {
				if _, err := db.Exec(q); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := l.Verify(t.Context()); !errors.Is(err, store.ErrChain) {
				t.Errorf("not noticed: %v", err)
			}
			_, err := db.Exec("DELETE FROM access_log; INSERT INTO access_log SELECT * FROM keep_log; DELETE FROM access_chain; INSERT INTO access_chain SELECT * FROM keep_chain; DROP TABLE keep_log; DROP TABLE keep_chain")
			if err != nil {
				t.Fatal(err)
			}
			if n, err := l.Verify(t.Context()); err != nil || n != 20 {
				t.Fatalf("put right there are %d lines, %v", n, err)
			}
		})
	}
	other, err := st.AccessLog([]byte("another secret"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Verify(t.Context()); !errors.Is(err, store.ErrChain) {
		t.Errorf("with another key the log holds together: %v", err)
	}
}

// TestAccessLogExpires: what retention leaves holds together, also when it leaves nothing.
func TestAccessLogExpires(t *testing.T) {
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	l := accessLog(t, st)
	old := lines("kari", 6)
	for i := range old[:4] {
		old[i].At = time.Now().AddDate(0, 0, -500)
	}
	if err := l.Append(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ days, removed, left int }{{400, 4, 2}, {400, 0, 2}, {-1, 2, 0}, {-1, 0, 0}} {
		n, err := l.Expire(t.Context(), time.Now().AddDate(0, 0, -c.days))
		if err != nil || n != c.removed {
			t.Errorf("%d days: %d removed, want %d: %v", c.days, n, c.removed, err)
		}
		if n, err := l.Verify(t.Context()); err != nil || n != c.left {
			t.Errorf("%d days: %d lines left, want %d: %v", c.days, n, c.left, err)
		}
	}
	if err := l.Append(t.Context(), lines("ola", 3)); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Verify(t.Context()); err != nil || n != 3 {
		t.Errorf("after all has expired %d lines, %v", n, err)
	}
	got, err := l.Lines(t.Context(), store.AccessFilter{Who: "ola"}, 2)
	if err != nil || len(got) != 2 || got[0].Seq != 9 || got[0].Subject != "c2" {
		t.Errorf("the newest are %v, %v", got, err)
	}
}

// TestAccessLogTogether lets several processes write to one chain.
func TestAccessLogTogether(t *testing.T) {
	for name, dsn := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a.db") },
		"postgres": func(t *testing.T) string { return testenv.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			at := dsn(t)
			var wg sync.WaitGroup
			for i := range 4 {
				st, err := store.Open(t.Context(), at)
				if err != nil {
					t.Fatal(err)
				}
				defer st.Close()
				l := accessLog(t, st)
				wg.Go(func() {
					for n := range 15 {
						if err := l.Append(t.Context(), lines(fmt.Sprintf("user%d", i), n%4)); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			st, err := store.Open(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			if n, err := accessLog(t, st).Verify(t.Context()); err != nil || n != 4*21 {
				t.Errorf("%d lines, want %d: %v", n, 4*21, err)
			}
		})
	}
}

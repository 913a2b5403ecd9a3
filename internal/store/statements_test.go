package store

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"samsyn/internal/hub"
)

func openTest(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "samsyn.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// What comes again is kept prepared and sees what was written since; what comes
// once is not.
func TestStatementsAreKept(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	for want := range 5 {
		if err := s.SetSetting(ctx, "n", want); err != nil {
			t.Fatal(err)
		}
		var got int
		if err := s.Setting(ctx, "n", &got); err != nil || got != want {
			t.Fatal(got, want, err)
		}
	}
	const q = "SELECT value FROM settings WHERE name = ?"
	if s.reads.ready[q] == nil {
		t.Error("not kept though it came five times")
	}
	if err := s.get(ctx, "SELECT 7", nil, new(int)); err != nil || s.reads.ready["SELECT 7"] != nil {
		t.Error("kept though it came once", err)
	}
}

// However many different statements come again, no more than so many are kept.
func TestStatementsAreBounded(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	values := make([]int64, 2*keptStatements)
	for range 3 {
		err := s.read(ctx, func(t *tx) error {
			for n := range values {
				if _, err := t.query(ctx, "SELECT 1 WHERE 1 IN ("+marks(n%300+1)+")"+[]string{"", " AND 1"}[n/300], list(values[:n%300+1])...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.reads.ready); n != keptStatements {
		t.Errorf("%d kept, want %d", n, keptStatements)
	}
}

// Readers and a writer that use kept statements at once do not hinder each other.
func TestStatementsSideBySide(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for n := range 50 {
				if err := s.SetSetting(ctx, "n", n); err != nil {
					t.Error(err)
				}
				if err := s.Setting(ctx, "n", new(int)); err != nil {
					t.Error(err)
				}
				if _, err := s.AllLinked(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// A scope whose deliveries have no time, as a mailbox folder, does not move
// from one reading to the next: its sightings are not gone through again.
func TestScopeWithoutTimeStandsStill(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	id, err := s.AddSource(ctx, hub.Source{Name: "post", Kind: "imap", Department: "Salg", Config: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	read := func() (rev int64) {
		y, err := s.BeginSync(ctx, id, "test", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := y.Done(ctx, hub.Scope{Name: "INBOX", Version: "1"}, nil); err != nil {
			t.Fatal(err)
		}
		if err := y.Finish(ctx, Outcome{}); err != nil {
			t.Fatal(err)
		}
		if err := s.get(ctx, "SELECT rev FROM clock", nil, &rev); err != nil {
			t.Fatal(err)
		}
		return rev
	}
	if first, second := read(), read(); first != second {
		t.Errorf("the clock went from %d to %d though nothing changed", first, second)
	}
}

// TestConnectionsStayOpen reads with all connections at once, again and again: to
// open one anew is to read the whole schema.
func TestConnectionsStayOpen(t *testing.T) {
	s := openTest(t)
	for range 5 {
		var held []*sql.Conn
		for range s.r.Stats().MaxOpenConnections {
			conn, err := s.r.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, conn)
		}
		for _, conn := range held {
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if closed := s.r.Stats().MaxIdleClosed; closed > 0 {
		t.Errorf("%d connections were closed though they are needed again", closed)
	}
}

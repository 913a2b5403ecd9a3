package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/testenv"
)

// both opens a fresh store on each database, to be looked into.
func both(t *testing.T, do func(*testing.T, *Store, string)) {
	for name, dsn := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + t.TempDir() + "/a b.db" },
		"postgres": func() string { return testenv.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			dsn := dsn()
			s, err := Open(t.Context(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			do(t, s, dsn)
		})
	}
}

func mustExec(t *testing.T, s *Store, q string, args ...any) {
	t.Helper()
	err := s.write(t.Context(), func(tx *tx) error {
		_, err := tx.exec(t.Context(), q, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenTwice(t *testing.T) {
	both(t, func(t *testing.T, s *Store, dsn string) {
		again, err := Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if err := again.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestOpenTogether: processes that start at once on an empty database make its
// tables once, and agree on the installation.
func TestOpenTogether(t *testing.T) {
	dsn := testenv.Postgres(t)
	ids := make(chan string, 6)
	for range cap(ids) {
		go func() {
			s, err := Open(t.Context(), dsn)
			if err != nil {
				ids <- err.Error()
				return
			}
			id, err := s.Installation(t.Context())
			if err = errors.Join(err, s.Close()); err != nil {
				id = err.Error()
			}
			ids <- id
		}()
	}
	first := <-ids
	if len(first) != 26 {
		t.Fatal(first)
	}
	for range cap(ids) - 1 {
		if id := <-ids; id != first {
			t.Errorf("%s, another process says %s", id, first)
		}
	}
}

func TestNewerStoreIsRefused(t *testing.T) {
	both(t, func(t *testing.T, s *Store, dsn string) {
		mustExec(t, s, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)")
		if _, err := Open(t.Context(), dsn); !errors.Is(err, ErrNewer) {
			t.Errorf("a store of a newer version opens with %v", err)
		}
	})
}

// TestSheetsOfAnOlderStore: what sheets were taken for outlives an upgrade.
func TestSheetsOfAnOlderStore(t *testing.T) {
	both(t, func(t *testing.T, s *Store, dsn string) {
		id, err := s.AddSource(t.Context(), hub.Source{Name: "a", Kind: "folder", Department: "Sales"})
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, s, "DROP TABLE sheets")
		mustExec(t, s, "CREATE TABLE sheets (source INTEGER NOT NULL, scope TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (source, scope))")
		mustExec(t, s, "DROP INDEX faces_best") // of versions after that
		mustExec(t, s, "DROP INDEX decisions_replaced")
		mustExec(t, s, "DROP INDEX history_mails")
		mustExec(t, s, "ALTER TABLE decisions DROP COLUMN replaced_by")
		mustExec(t, s, "ALTER TABLE facts DROP COLUMN version")
		mustExec(t, s, "DELETE FROM goose_db_version WHERE version_id >= 21")
		for scope, body := range map[string]string{
			"asks":  `{"tables":[{"header_row":1,"first_row":2,"last_row":9,"signature":"hvem","columns":[{"column":"A","header":"Hvem","role":"","why":"","id":"hvem","guesses":["contact_person"]}]}]}`,
			"left":  `{"left":"pivot"}`,
			"empty": `{"left":"empty"}`,
		} {
			mustExec(t, s, "INSERT INTO sheets (source, scope, body) VALUES (?, ?, ?)", id, scope, body)
		}
		later, err := Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer later.Close()
		all := hub.Viewer{All: true}
		asked, err1 := later.ColumnQuestions(t.Context(), all)
		left, err2 := later.SheetsLeft(t.Context(), all)
		if err := errors.Join(err1, err2); err != nil || len(asked) != 1 || asked[0].Scope != "asks" || len(left) != 1 || left[0].Scope != "left" || left[0].Why != "pivot" {
			t.Errorf("asked %+v, left out %+v, %v", asked, left, err)
		}
		n := 0
		if err := later.EachSheet(t.Context(), all, id, func(SheetPlace, hub.Sheet) error { n++; return nil }); err != nil || n != 3 {
			t.Errorf("%d sheets, %v", n, err)
		}
	})
}

func TestOpenSaysWhatItWants(t *testing.T) {
	for _, dsn := range []string{"", "samsyn.db", "mysql://localhost/x", "sqlite:" + t.TempDir() + "/no/such/folder/a.db"} {
		if s, err := Open(context.Background(), dsn); err == nil {
			s.Close()
			t.Errorf("%q opened", dsn)
		}
	}
}

func TestChangesOfCustomers(t *testing.T) {
	both(t, func(t *testing.T, s *Store, _ string) {
		ctx := t.Context()
		id, err := s.AddSource(ctx, hub.Source{Name: "a", Kind: "folder", Department: "Sales"})
		if err != nil {
			t.Fatal(err)
		}
		// Customers and a record that share a rev: the id decides.
		mustExec(t, s, "INSERT INTO customers (id, anchor, gone, rev) VALUES (11, 'a', 0, 5), (13, 'b', 1, 5)")
		mustExec(t, s, "INSERT INTO faces (customer, department, name, named, folded, names, idents, records, last) VALUES (11, 'Sales', 'Fjord AS', 1, 'fjord as', '[\"Fjord\"]', '[{\"kind\":\"orgno\",\"value\":\"923609016\"}]', 2, NULL), (11, 'Finance', 'Fjord', 1, 'fjord', '[]', '[]', 7, 1000)")
		mustExec(t, s, "INSERT INTO contents (hash, body) VALUES ('h', '{\"kind\":\"row\",\"title\":\"t\"}')")
		mustExec(t, s, "INSERT INTO records (id, source, key, kind, hash, mark, scope, ref, content_rev, rev) VALUES (12, ?, 'k', 'row', 'h', '', 's', '1', 5, 5)", id)
		var got []hub.Change
		for at := (hub.Cursor{}); ; at = got[len(got)-1].Cursor {
			page, err := s.Changes(ctx, at, 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
		}
		if len(got) != 3 || got[0].Customer == nil || got[1].Record == nil || got[2].Customer == nil || !got[2].Gone {
			t.Fatalf("changes %+v", got)
		}
		c := got[0].Customer
		if c.Name != "Fjord" || len(c.Faces) != 2 || c.Faces[1].Idents[0].Value != "923609016" || c.Faces[0].Last.UnixMilli() != 1000 || c.Rev != 5 {
			t.Errorf("customer %+v", c)
		}
		for _, d := range []struct {
			link, index     hub.Cursor
			toLink, toIndex int
		}{{toLink: 1, toIndex: 3}, {hub.Cursor{Rev: 5, ID: 11}, hub.Cursor{Rev: 5, ID: 11}, 1, 2}, {hub.Cursor{Rev: 5, ID: 12}, got[2].Cursor, 0, 0}} {
			toLink, toIndex, err := s.Distance(ctx, d.link, d.index)
			if err != nil || toLink != d.toLink || toIndex != d.toIndex {
				t.Errorf("distance %d and %d, %v; want %+v", toLink, toIndex, err, d)
			}
		}
		mustExec(t, s, "UPDATE clock SET rev = 5")
		if err := s.Restamp(ctx, nil, []hub.CustomerID{11}); err != nil {
			t.Fatal(err)
		}
		page, err := s.Changes(ctx, got[2].Cursor, 10)
		if err != nil || len(page) != 1 || page[0].Cursor != (hub.Cursor{Rev: 6, ID: 11}) {
			t.Errorf("after a restamp: %+v, %v", page, err)
		}
	})
}

// TestPageOfLargeContents: followers hold a page of changes in memory, and a
// mail may have megabytes of text.
func TestPageOfLargeContents(t *testing.T) {
	both(t, func(t *testing.T, s *Store, _ string) {
		id, err := s.AddSource(t.Context(), hub.Source{Name: "a", Kind: "imap", Department: "Sales"})
		if err != nil {
			t.Fatal(err)
		}
		for i, megabytes := range []int{7, 2, 3, 4, 0} {
			body := fmt.Sprintf(`{"kind":"mail","text":"%s"}`, strings.Repeat("x", megabytes<<20))
			mustExec(t, s, "INSERT INTO contents (hash, body) VALUES (?, ?)", fmt.Sprint(i), body)
			mustExec(t, s, "INSERT INTO records (id, source, key, kind, hash, mark, scope, ref, content_rev, rev) VALUES (?, ?, ?, 'mail', ?, '', 's', '1', 5, 5)",
				11+i, id, fmt.Sprint(i), fmt.Sprint(i))
		}
		var at hub.Cursor
		for _, want := range []int{1, 2, 2, 0} {
			page, err := s.Changes(t.Context(), at, 100)
			if err != nil || len(page) != want {
				t.Fatalf("after %v: %d changes, want %d; %v", at, len(page), want, err)
			}
			if want > 0 {
				at = page[want-1].Cursor
			}
		}
	})
}

// TestSeenIsSmall: a sheet may have a million rows, and what is known of them
// must fit beside all else.
func TestSeenIsSmall(t *testing.T) {
	const refs, perRef = 200_000, 24
	s, err := Open(t.Context(), "sqlite:"+t.TempDir()+"/a.db")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id, err := s.AddSource(t.Context(), hub.Source{Name: "a", Kind: "folder", Department: "Sales"})
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, s, `INSERT INTO sightings (source, scope, ref, key, hash)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT ?, 'big', CAST(i AS TEXT), 'key' || i, 'hash' FROM n`, refs, id)
	y, err := s.BeginSync(t.Context(), id, "a", 0)
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	seen, err := y.Scope(t.Context(), "big")
	if err != nil {
		t.Fatal(err)
	}
	if used := heap() - before; used > refs*perRef {
		t.Errorf("%d refs take %d bytes, want at most %d", refs, used, refs*perRef)
	}
	if gone := len(seen.Gone()); gone != refs || seen.Ref("0") || seen.Ref(strconv.Itoa(refs+1)) {
		t.Errorf("%d refs of %d", gone, refs)
	}
	for i := range refs {
		ref := strconv.Itoa(i + 1)
		if !seen.Ref(ref) {
			t.Fatalf("%s is not known", ref)
		}
		seen.Keep(ref)
		seen.Keep("new" + ref)
	}
	if used := heap() - before; used > refs*perRef {
		t.Errorf("%d refs that were kept and as many new ones take %d bytes, want at most %d", refs, used, refs*perRef)
	}
	if gone := seen.Gone(); len(gone) > 0 {
		t.Errorf("%d refs are gone after all were kept, among them %s", len(gone), gone[0])
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

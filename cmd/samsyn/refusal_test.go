package main

import (
	"bytes"
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"samsyn/internal/testenv"
)

// TestWhatCannotBeServedIsRefused starts the program on parts that are not fit
// for it. Both the server and the doctor say so, in one sentence that says what
// to do, and leave everything as it was.
func TestWhatCannotBeServedIsRefused(t *testing.T) {
	p := buildProgram(t)
	t.Run("Postgres that does not answer", func(t *testing.T) {
		p.with("SAMSYN_STORE=postgres://kari:secret@127.0.0.1:1/samsyn").
			refused(t, "no Postgres server answers at 127.0.0.1:1: start it, or correct the setting store")
	})
	t.Run("Postgres without the database", func(t *testing.T) {
		p.with("SAMSYN_STORE="+as(t, testenv.Postgres(t), "postgres", "nosuch")).
			refused(t, "has no database nosuch: make it with: createdb")
	})
	t.Run("a Postgres user who may make no tables", func(t *testing.T) {
		dsn := testenv.Postgres(t)
		user := newUser(t, dsn)
		p.with("SAMSYN_STORE="+as(t, dsn, user, "")).refused(t, "the Postgres user "+user+" lacks rights", "OWNER TO \""+user+"\"")
	})
	t.Run("a Postgres user who may only read", func(t *testing.T) {
		dsn := testenv.Postgres(t)
		p.with("SAMSYN_STORE="+dsn).must(t.TempDir(), "migrate")
		user := newUser(t, dsn)
		execute(t, dsn, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+user, "GRANT ALL ON records TO "+user)
		out := p.with("SAMSYN_STORE="+as(t, dsn, user, "")).refused(t, "may not read and write the tables", "clock", "GRANT ALL ON ALL TABLES IN SCHEMA public TO \""+user+"\"")
		if strings.Contains(out, "records") {
			t.Errorf("a table that may be written is named: %s", out)
		}
	})
	t.Run("a store of a newer version", func(t *testing.T) {
		dsn := testenv.Postgres(t)
		p.with("SAMSYN_STORE="+dsn).must(t.TempDir(), "migrate")
		execute(t, dsn, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)", "DROP TABLE decisions CASCADE")
		p.with("SAMSYN_STORE="+dsn).refused(t, "belongs to a newer version of samsyn: upgrade this program")
		if n := count(t, dsn, "SELECT COUNT(*) FROM pg_tables WHERE tablename = 'decisions'"); n != 0 {
			t.Error("a store of a newer version was changed")
		}
	})
	t.Run("a Redis of another application", func(t *testing.T) {
		redis := testenv.RedisServer(t)
		redis.Set("session:1", "theirs")
		p.with("SAMSYN_QUEUE="+redis.URL).refused(t, "is used by another application", "give Samsyn a Redis database of its own")
	})
	t.Run("a Redis of another installation", func(t *testing.T) {
		q := p.with("SAMSYN_QUEUE=" + testenv.Redis(t))
		first := filepath.Join(t.TempDir(), "first")
		q.must(first, "sync", "--wait")
		q.refused(t, "is used by another Samsyn installation", "give Samsyn a Redis database of its own")
		q.must(first, "sync", "--wait")
	})
	t.Run("a Redis that does not answer", func(t *testing.T) {
		p.with("SAMSYN_QUEUE=redis://127.0.0.1:1/0").refused(t, "no Redis server answers at 127.0.0.1:1/0: start it, or correct the setting queue")
	})
}

// TestMeilisearchThatCannotBeServedIsRefused is apart, as it needs that server.
func TestMeilisearchThatCannotBeServedIsRefused(t *testing.T) {
	p := buildProgram(t)
	address, key := testenv.Meilisearch(t)
	p.with("SAMSYN_INDEX=meili:"+address, "SAMSYN_INDEX_KEY=not-the-key").refused(t, "refuses the key", "index_key")
	p.with("SAMSYN_INDEX=meili:http://127.0.0.1:1", "SAMSYN_INDEX_KEY="+key).refused(t, "does not answer")
	p.with("SAMSYN_INDEX=meili:"+older(t, address), "SAMSYN_INDEX_KEY="+key).refused(t, "1.11", "1.50")
}

// older passes requests on to a Meilisearch, and says that it is of an older version.
func older(t *testing.T, address string) string {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(to)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/version" {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"commitSha":"x","commitDate":"x","pkgVersion":"1.11.3"}`)
			return
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// refused checks that serve and doctor fail with all of the words in one line.
func (p program) refused(t *testing.T, words ...string) (said string) {
	t.Helper()
	for _, command := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"doctor"}} {
		var out bytes.Buffer
		cmd := p.command(filepath.Join(t.TempDir(), "data"), command...)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != exitFailed {
			t.Fatalf("%s ends with %v\n%s", command[0], err, out.String())
		}
		said = saying(out.String(), words)
		if said == "" {
			t.Errorf("%s says %s\nwant one line with all of %q", command[0], out.String(), words)
		}
		if command[0] == "serve" && strings.Count(strings.TrimSpace(out.String()), "\n") > 0 {
			t.Errorf("serve says more than one sentence:\n%s", out.String())
		}
		if strings.Contains(out.String(), "secret@") {
			t.Errorf("%s repeats the password", command[0])
		}
	}
	return said
}

// saying finds the line that has all the words.
func saying(text string, words []string) string {
	for line := range strings.Lines(text) {
		all := true
		for _, w := range words {
			// The doctor writes JSON when no person reads.
			all = all && strings.Contains(strings.ReplaceAll(line, `\"`, `"`), w)
		}
		if all {
			return line
		}
	}
	return ""
}

// as is the DSN with another user, and another database if one is named.
func as(t *testing.T, dsn, user, database string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(user)
	if database != "" {
		u.Path = "/" + database
	}
	return u.String()
}

// newUser makes a user without rights, named after the database.
func newUser(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := "visitor_of_" + strings.TrimPrefix(u.Path, "/")
	execute(t, dsn, "CREATE ROLE "+name+" LOGIN")
	return name
}

func execute(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func count(t *testing.T, dsn, query string) (n int) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

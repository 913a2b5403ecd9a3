package main

import (
	"bytes"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"samsyn/internal/testenv"
)

// TestBackupAndRestore makes a backup as docs/operations.md says, restores it
// into an empty place and compares all that cannot be made again from the sources.
func TestBackupAndRestore(t *testing.T) {
	p := buildProgram(t)
	t.Run("SQLite", func(t *testing.T) {
		p.t = t
		old, now := filepath.Join(t.TempDir(), "old"), filepath.Join(t.TempDir(), "new")
		p.furnish(t, old)
		if err := os.Mkdir(now, 0o700); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", filepath.Join(old, "samsyn.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), "VACUUM INTO ?", filepath.Join(now, "samsyn.db")); err != nil {
			t.Fatal(err)
		}
		copyFile(t, filepath.Join(old, "secret.key"), filepath.Join(now, "secret.key"))
		p.same(t, p, old, now)
	})
	t.Run("Postgres", func(t *testing.T) {
		p.t = t
		server := testenv.PostgresServer(t)
		from, to := server.Database(), server.Database()
		first, second := p.with("SAMSYN_STORE="+from), p.with("SAMSYN_STORE="+to)
		old, now := filepath.Join(t.TempDir(), "old"), filepath.Join(t.TempDir(), "new")
		first.furnish(t, old)
		dump := filepath.Join(t.TempDir(), "samsyn.dump")
		tool(t, "pg_dump", "--format=custom", "--file", dump, from)
		tool(t, "pg_restore", "--no-owner", "--exit-on-error", "--dbname", to, dump)
		if err := os.Mkdir(now, 0o700); err != nil {
			t.Fatal(err)
		}
		copyFile(t, filepath.Join(old, "secret.key"), filepath.Join(now, "secret.key"))
		first.same(t, second, old, now)
	})
}

// furnish makes an installation with records, a user and a decision.
func (p program) furnish(t *testing.T, data string) {
	t.Helper()
	files := t.TempDir()
	for name, text := range map[string]string{
		"files/kunder.csv": "Kundenr;Navn;Orgnr;E-post\n1;Fjordvik Bygg AS;923609016;post@fjordvik.example\n2;Nordlys Kafé;;hei@nordlys.example\n",
		"decisions.jsonl":  `{"decision":"must-link","a":{"email":"hei@nordlys.example"},"b":{"orgno":"923609016"},"by":"kari","why":"same owner"}` + "\n",
		"password":         "riktig hest",
	} {
		path := filepath.Join(files, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.must(data, "source", "add", "folder", "--name", "salg", "--department", "Salg", "--path", filepath.Join(files, "files"))
	p.must(data, "source", "add", "imap", "--name", "post", "--department", "Salg", "--host", "127.0.0.1", "--port", "1", "--user", "kari",
		"--password-file", filepath.Join(files, "password"))
	p.must(data, "source", "pause", "post")
	p.must(data, "decisions", "import", filepath.Join(files, "decisions.jsonl"))
	p.must(data, "user", "add", "kari", "--all", "--password-file", filepath.Join(files, "password"))
	p.must(data, "sync", "--wait")
}

// same compares an installation with what was restored from its backup.
func (p program) same(t *testing.T, restored program, old, now string) {
	t.Helper()
	for _, what := range [][]string{{"export", "records"}, {"export", "links"}, {"decisions", "export"}, {"user", "list"}, {"source", "list"}} {
		want, got := p.must(old, what...), restored.must(now, what...)
		if len(want) == 0 || !bytes.Equal(got, want) {
			t.Errorf("%v differ: %s", what, firstDifference(got, want))
		}
	}
	// It goes on from there: the index is built anew, and nothing is read twice.
	restored.must(now, "sync", "--wait", "salg")
	if n := restored.hits(now, "fjordvik"); n == 0 {
		t.Error("nothing is found in what was restored")
	}
	if want, got := p.must(old, "export", "records"), restored.must(now, "export", "records"); !bytes.Equal(got, want) {
		t.Errorf("after another look the records differ: %s", firstDifference(got, want))
	}
	// The password of the mailbox can still be read: the check fails at the server, not before.
	cmd := restored.command(now, "source", "check", "post")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err == nil || bytes.Contains(said.Bytes(), []byte("sealed")) {
		t.Errorf("check of the mailbox: %v, %s", err, said.String())
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tool runs a program of Postgres.
func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

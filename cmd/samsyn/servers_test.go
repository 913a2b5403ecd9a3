package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/internal/demo"
	"samsyn/internal/testenv"
)

// TestServersReadLikeOneProcess reads the same folders and the same mailbox, on
// a real Dovecot, twice: in one process on SQLite, and on Postgres with Redis.
// The records are equal to the byte, and so are the links but for the ids of
// customers.
func TestServersReadLikeOneProcess(t *testing.T) {
	p := buildProgram(t)
	servers := p.with("SAMSYN_STORE="+testenv.Postgres(t), "SAMSYN_QUEUE="+testenv.Redis(t))
	files := filepath.Join(t.TempDir(), "files")
	world := demo.New(5, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	if err := world.WriteBooks(files); err != nil {
		t.Fatal(err)
	}
	mailbox := deliver(t, world)

	embedded, served := filepath.Join(t.TempDir(), "embedded"), filepath.Join(t.TempDir(), "served")
	install(p, embedded, world, files, mailbox)
	install(servers, served, world, files, mailbox)

	want, got := p.must(embedded, "export", "records"), servers.must(served, "export", "records")
	if bytes.Count(want, []byte("\n")) < 6000 {
		t.Fatalf("only %d records were read", bytes.Count(want, []byte("\n")))
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the records differ: %s", firstDifference(got, want))
	}
	want, got = renamed(t, p.must(embedded, "export", "links")), renamed(t, servers.must(served, "export", "links"))
	if !bytes.Equal(got, want) {
		t.Errorf("the links differ: %s", firstDifference(got, want))
	}
	name := world.Customers[0].Name
	if got, want := servers.hits(served, name), p.hits(embedded, name); got != want || want == 0 {
		t.Errorf("%d hits for %s, in one process %d", got, name, want)
	}
}

// deliver puts the letters of one of the company's mailboxes on a mail server.
func deliver(t *testing.T, w *demo.World) *testenv.Mail {
	letters, err := w.Letters()
	if err != nil {
		t.Fatal(err)
	}
	m := testenv.Dovecot(t)
	for _, l := range letters {
		if l.Mailbox == w.Own.Mailboxes[0] {
			m.Deliver(l.Folder, l.Raw)
		}
	}
	return m
}

// install registers everything in a new data directory and reads it.
func install(p program, data string, w *demo.World, files string, m *testenv.Mail) {
	p.t.Helper()
	dir := p.t.TempDir()
	company, err := json.Marshal(w.Own)
	if err != nil {
		p.t.Fatal(err)
	}
	for name, text := range map[string][]byte{"self.json": company, "password": []byte(m.Password)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	p.must(data, "company", "set", "--file", filepath.Join(dir, "self.json"))
	for _, d := range demo.Departments {
		p.must(data, "source", "add", "folder", "--name", d, "--department", d, "--path", filepath.Join(files, d))
	}
	host, port, _ := strings.Cut(m.TLSAddr, ":")
	p.must(data, "source", "add", "imap", "--name", "mail", "--department", "Salg", "--host", host, "--port", port,
		"--user", m.User, "--password-file", filepath.Join(dir, "password"), "--ca-file", m.CertFile)
	p.must(data, "source", "check", "mail")
	p.must(data, "sync", "--wait")
	if problems := p.must(data, "problems", "--json"); len(problems) > 0 {
		p.t.Errorf("problems:\n%s", problems)
	}
}

// renamed gives customers the place of their first link as id, and sorts the lines.
func renamed(t *testing.T, links []byte) []byte {
	var lines []map[string]any
	for s := bufio.NewScanner(bytes.NewReader(links)); s.Scan(); {
		var l map[string]any
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	place := func(l map[string]any) string { return l["source"].(string) + " " + l["record"].(string) }
	slices.SortStableFunc(lines, func(a, b map[string]any) int { return strings.Compare(place(a), place(b)) })
	names := map[string]string{}
	for _, l := range lines {
		if id, ok := l["customer"].(string); ok && names[id] == "" {
			names[id] = place(l)
		}
	}
	var out []string
	for _, l := range lines {
		if id, ok := l["customer"].(string); ok {
			l["customer"] = names[id]
		}
		suggestions, _ := l["suggestions"].([]any)
		for i, id := range suggestions {
			suggestions[i] = names[id.(string)]
		}
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	slices.Sort(out)
	return []byte(strings.Join(out, "\n"))
}

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"samsyn/internal/demo"
	"samsyn/internal/testenv"
)

var given = flag.String("given", "", "directory of a company to read: self.json, folders/DEPARTMENT/…, mails/…")

// company is what is read: folders by department, and a mailbox on a mail server.
type company struct {
	self    []byte
	folders map[string]string
	mail    *testenv.Mail
	mails   int // lie in it, where that was counted
}

// TestServersReadLikeOneProcess reads the same folders and the same mailbox, on
// a real Dovecot, in one process on SQLite and on Postgres with Redis and each
// index engine. The records are equal to the byte, so are the links but for the
// ids of customers, and the same questions find the same.
func TestServersReadLikeOneProcess(t *testing.T) {
	world := demo.New(5, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	files := filepath.Join(t.TempDir(), "files")
	if err := world.WriteBooks(files); err != nil {
		t.Fatal(err)
	}
	self, err := json.Marshal(world.Own)
	if err != nil {
		t.Fatal(err)
	}
	c := company{self: self, folders: map[string]string{}, mail: deliver(t, world)}
	for _, d := range demo.Departments {
		c.folders[d] = filepath.Join(files, d)
	}
	c.readAlike(t, 6000, questions(world))
}

// TestServersReadTheGivenLikeOneProcess does the same with the files and mails
// of the flag -given.
func TestServersReadTheGivenLikeOneProcess(t *testing.T) {
	c := givenCompany(t)
	c.readAlike(t, 1, nil)
}

// TestReadsTheGiven reads the same in one process, and tells what came of it:
// how much was read, and what was named with which reason.
func TestReadsTheGiven(t *testing.T) {
	c := givenCompany(t)
	p := buildProgram(t)
	data := filepath.Join(t.TempDir(), "data")
	c.register(p, data)
	sync, began := p.command(data, "sync", "--wait"), time.Now()
	if err := sync.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watchMemory(sync.Process.Pid)
	if err := sync.Wait(); err != nil {
		t.Errorf("sync: %v", err)
	}
	took, cpu, files := time.Since(began), sync.ProcessState.SystemTime()+sync.ProcessState.UserTime(), 0
	for _, dir := range c.folders {
		_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files++
			}
			return err
		})
	}
	kinds, customers, problems := map[string]int{}, map[string]bool{}, map[string]int{}
	for rec := range objects(t, p.must(data, "export", "records")) {
		kinds[rec["content"].(map[string]any)["kind"].(string)]++
	}
	for link := range objects(t, p.must(data, "export", "links")) {
		if id, ok := link["customer"].(string); ok {
			customers[id] = true
		}
	}
	named := 0
	for problem := range objects(t, p.must(data, "problems", "--json")) {
		named++
		reason, _, _ := strings.Cut(problem["reason"].(string), ":")
		problems[digits.ReplaceAllString(reason, "#")]++
	}
	t.Logf("%d files and %d mails gave %v records of %d customers in %.0f s (%.0f s of processor time, %d MB of its own memory)",
		files, c.mails, kinds, len(customers), took.Seconds(), cpu.Seconds(), <-peak>>20)
	t.Logf("%d problems:", named)
	for _, reason := range slices.Sorted(maps.Keys(problems)) {
		t.Logf("%6d %s", problems[reason], reason)
	}
	if kinds["row"] == 0 && files > 0 || kinds["mail"] == 0 && c.mails > 0 || len(customers) == 0 {
		t.Error("rows, mails or customers are missing altogether")
	}
}

var digits = regexp.MustCompile("[0-9]+")

// objects are the lines of an export.
func objects(t *testing.T, lines []byte) iter.Seq[map[string]any] {
	return func(yield func(map[string]any) bool) {
		for line := range bytes.Lines(lines) {
			var o map[string]any
			if err := json.Unmarshal(line, &o); err != nil {
				t.Fatal(err)
			}
			if !yield(o) {
				return
			}
		}
	}
}

// givenCompany is the company of the flag -given; without it the test is skipped.
func givenCompany(t *testing.T) company {
	t.Helper()
	if *given == "" {
		t.Skip("-given names no directory")
	}
	self, err := os.ReadFile(filepath.Join(*given, "self.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := company{self: self, folders: map[string]string{}, mail: testenv.Dovecot(t)}
	folders, _ := filepath.Glob(filepath.Join(*given, "folders/*"))
	for _, path := range folders {
		c.folders[filepath.Base(path)] = path
	}
	mails, _ := filepath.Glob(filepath.Join(*given, "mails/*"))
	for _, path := range mails {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c.mail.Deliver("INBOX", raw)
	}
	c.mails = len(mails)
	return c
}

// questions are what people type of a world: beginnings, slips, numbers,
// persons, words and phrases.
func questions(w *demo.World) []string {
	out := []string{"faktura", "klage levering", "tilbud ventilasjon", "\"takk for sist\""}
	for _, c := range w.Customers[:8] {
		word, _, _ := strings.Cut(c.Name, " ")
		slip := word[:len(word)-2] + word[len(word)-1:]
		out = append(out, c.Name, strings.ToLower(word[:4]), slip, c.OrgNo, c.Domain, c.People[0].Name())
	}
	return out
}

// readAlike reads the company in each way and compares. It holds so many records at least.
func (c company) readAlike(t *testing.T, records int, questions []string) {
	p := buildProgram(t)
	embedded := filepath.Join(t.TempDir(), "embedded")
	c.install(p, embedded)
	want, links := p.must(embedded, "export", "records"), renamed(t, p.must(embedded, "export", "links"))
	n := bytes.Count(want, []byte("\n"))
	if n < records {
		t.Fatalf("only %d records were read", n)
	}
	engines := map[string]func(t *testing.T) program{
		"bleve": func(*testing.T) program { return p },
		"Meilisearch": func(t *testing.T) program {
			url, key := testenv.Meilisearch(t)
			return p.with("SAMSYN_INDEX=meili:"+url, "SAMSYN_INDEX_KEY="+key)
		},
	}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			p := p
			p.t = t
			servers := engine(t)
			servers.t = t
			servers = servers.with("SAMSYN_STORE="+testenv.Postgres(t), "SAMSYN_QUEUE="+testenv.Redis(t))
			data := filepath.Join(t.TempDir(), "served")
			c.install(servers, data)
			if got := servers.must(data, "export", "records"); !bytes.Equal(got, want) {
				t.Errorf("the records differ: %s", firstDifference(got, want))
			}
			if got := renamed(t, servers.must(data, "export", "links")); !bytes.Equal(got, links) {
				t.Errorf("the links differ: %s", firstDifference(got, links))
			}
			for _, q := range questions {
				if got, want := servers.answer(data, q), p.answer(embedded, q); got != want {
					t.Errorf("%q finds\n%s\nin one process\n%s", q, got, want)
				}
			}
			t.Logf("%d records, %d lines of links and %d answers are the same", n, bytes.Count(links, []byte("\n"))+1, len(questions))
		})
	}
}

// answer is what a question finds, whatever the order: how many hits, and which
// if they fit on one page, and the first customers by name.
func (p program) answer(data, question string) string {
	p.t.Helper()
	const page = 100
	var f found
	if err := json.Unmarshal(p.must(data, "search", question, "--limit", strconv.Itoa(page), "--json"), &f); err != nil {
		p.t.Fatal(err)
	}
	lines := []string{fmt.Sprintf("%d hits", f.Total)}
	if f.Total <= page {
		for _, h := range f.Hits {
			lines = append(lines, h.Source+" "+h.Place+" "+h.Title)
		}
	}
	for _, c := range f.Customers {
		lines = append(lines, c.Name)
	}
	slices.Sort(lines[1:])
	return strings.Join(lines, "\n")
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
func (c company) install(p program, data string) {
	p.t.Helper()
	c.register(p, data)
	p.must(data, "sync", "--wait")
	if problems := p.must(data, "problems", "--json"); len(problems) > 0 {
		p.t.Errorf("problems:\n%s", problems)
	}
}

func (c company) register(p program, data string) {
	p.t.Helper()
	dir := p.t.TempDir()
	for name, text := range map[string][]byte{"self.json": c.self, "password": []byte(c.mail.Password)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	p.must(data, "company", "set", "--file", filepath.Join(dir, "self.json"))
	for _, d := range slices.Sorted(maps.Keys(c.folders)) {
		p.must(data, "source", "add", "folder", "--name", d, "--department", d, "--path", c.folders[d])
	}
	host, port, _ := strings.Cut(c.mail.TLSAddr, ":")
	p.must(data, "source", "add", "imap", "--name", "mail", "--department", "Salg", "--host", host, "--port", port,
		"--user", c.mail.User, "--password-file", filepath.Join(dir, "password"), "--ca-file", c.mail.CertFile)
	p.must(data, "source", "check", "mail")
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

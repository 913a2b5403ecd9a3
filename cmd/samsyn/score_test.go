package main

import (
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"samsyn/internal/testenv"
)

var practice = flag.String("practice", "", "directory of a company whose links are known, with its score.py")

// TestScore reads a company whose links are known with the real program, its
// workbooks from folders and its mails from Dovecot, in two orders, and prints
// what the scorer says of links, columns and the agreement of the two.
func TestScore(t *testing.T) {
	if *practice == "" {
		t.Skip("-practice names no company")
	}
	dir, err := filepath.Abs(*practice)
	if err != nil {
		t.Fatal(err)
	}
	p := buildProgram(t)
	box := testenv.Dovecot(t)
	mails, _ := filepath.Glob(filepath.Join(dir, "input/mail/*.eml"))
	for _, path := range mails {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		box.Deliver("INBOX", raw)
	}
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte(box.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	s := scoring{p, dir, box, secret}
	first, data := s.links("first", false)
	second, _ := s.links("second", true)
	columns := filepath.Join(t.TempDir(), "columns.jsonl")
	if err := os.WriteFile(columns, p.must(data, "export", "columns"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("python3", filepath.Join(dir, "score.py"), "--truth", filepath.Join(dir, "truth/truth.jsonl"), "--pred", first,
		"--columns", filepath.Join(dir, "truth/columns.json"), "--pred-columns", columns, "--compare", second).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

type scoring struct {
	program
	dir    string
	box    *testenv.Mail
	secret string
}

// links installs the company anew, reads its sources in an order, and returns
// the file of its links and the directory of its data.
func (s scoring) links(name string, reversed bool) (file, data string) {
	data = filepath.Join(s.t.TempDir(), name)
	s.must(data, "company", "set", "--file", filepath.Join(s.dir, "input/self.json"))
	departments, _ := filepath.Glob(filepath.Join(s.dir, "input/workbooks/*"))
	var sources []string
	for _, d := range departments {
		source := filepath.Base(d)
		s.must(data, "source", "add", "folder", "--name", source, "--department", source, "--path", d)
		sources = append(sources, source)
	}
	host, port, _ := net.SplitHostPort(s.box.TLSAddr)
	s.must(data, "source", "add", "imap", "--name", "post", "--department", "post", "--host", host, "--port", port,
		"--user", s.box.User, "--password-file", s.secret, "--ca-file", s.box.CertFile)
	sources = append(sources, "post")
	if reversed {
		slices.Reverse(sources)
	}
	for _, source := range sources {
		s.must(data, "sync", source, "--wait")
	}
	s.decide(data)
	file = filepath.Join(s.t.TempDir(), name+".jsonl")
	if err := os.WriteFile(file, s.must(data, "export", "links"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return file, data
}

// decide applies what people already decided.
func (s scoring) decide(data string) {
	s.must(data, "decisions", "import", filepath.Join(s.dir, "input/decisions.jsonl"))
	s.must(data, "sync", "--wait")
}

package main

import (
	"bytes"
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samsyn/internal/store"
	"samsyn/internal/testenv"
)

// TestSourceSet mends a mailbox whose password is wrong, on the command line,
// while a server runs that has given it up for a quarter of an hour.
func TestSourceSet(t *testing.T) {
	mail := testenv.Dovecot(t)
	mail.Deliver("INBOX", []byte("From: post@odegard.example\r\nMessage-ID: <1@odegard.example>\r\nSubject: Hei\r\n\r\nHei\r\n"))
	host, port, err := net.SplitHostPort(mail.Addr)
	if err != nil {
		t.Fatal(err)
	}
	p, data := buildProgram(t), filepath.Join(t.TempDir(), "data")
	// run gives the command the password, and returns what it tells people.
	run := func(password string, works bool, args ...string) string {
		t.Helper()
		var said bytes.Buffer
		cmd := p.command(data, append([]string{"source"}, args...)...)
		cmd.Stdin, cmd.Stderr = strings.NewReader(password+"\n"), &said
		if err := cmd.Run(); (err == nil) != works {
			t.Fatalf("samsyn source %s: %v\n%s", strings.Join(args, " "), err, said.String())
		}
		return said.String()
	}
	status := func() (s store.Status) {
		t.Helper()
		if err := json.Unmarshal(p.must(data, "source", "list"), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	await := func(what string, come func(store.Status) bool) {
		t.Helper()
		for began := time.Now(); !come(status()); time.Sleep(100 * time.Millisecond) {
			if time.Since(began) > 30*time.Second {
				t.Fatalf("%s: %+v", what, status())
			}
		}
	}
	run("gammelt", true, "add", "imap", "--name", "Post", "--department", "Salg", "--host", host, "--port", port, "--user", mail.User, "--tls", "none", "--password-stdin")
	p.serve(data, "serve", "--addr", "127.0.0.1:0")
	await("the password is wrong", func(s store.Status) bool { return s.Class == "auth" })

	if said := run("feil", false, "set", "Post", "--password-stdin"); !strings.Contains(said, "Post is not changed: "+host+" refuses the user") {
		t.Errorf("another that is wrong: %s", said)
	}
	if said := run("", false, "set", "Post", "--host", "mail.example.com", "--tls", "tls"); !strings.Contains(said, "the password must be given again") {
		t.Errorf("the password for another host: %s", said)
	}
	if s := status(); s.Class != "auth" {
		t.Errorf("it was changed: %+v", s)
	}
	run(mail.Password, true, "set", "Post", "--password-stdin", "--exclude-folder", "Arkiv", "--name", "Salgspost")
	await("it is read anew", func(s store.Status) bool {
		return s.Name == "Salgspost" && s.Error == "" && s.Records == 1 && !s.Synced.IsZero()
	})
	if said := run("", false, "set", "Salgspost", "--folder", "Ordrer"); !strings.Contains(said, `No folder matches "Ordrer"`) {
		t.Errorf("a folder that is not there: %s", said)
	}
	run("", true, "set", "Salgspost", "--folder", "Ordrer", "--no-check")
	run("", true, "set", "Salgspost", "--folder=", "--exclude-folder=")
}

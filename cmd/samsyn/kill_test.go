package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"

	"samsyn/internal/demo"
)

var kills = flag.Int("kills", 50, "how often TestKilledSyncsEndLikeAnUndisturbedOne kills the process")

// TestKilledSyncsEndLikeAnUndisturbedOne kills a real process (kill -9) at
// random moments of "samsyn sync --wait", while the workbooks and the mailbox
// change between its lives. What it has at the end is, to the byte, what a
// process reads that starts with the last state and is left in peace.
func TestKilledSyncsEndLikeAnUndisturbedOne(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := newVictim(t, rand.New(rand.NewPCG(seed, 1)))
	began := time.Now()
	c.must(c.install(filepath.Join(t.TempDir(), "first")), "sync", "--wait")
	most := time.Since(began) // a kill after that would find nothing to interrupt
	t.Logf("an undisturbed run takes %s", most)

	often := c.install(filepath.Join(t.TempDir(), "often-killed"))
	killed, ended := 0, 0
	for killed < *kills {
		c.change()
		began := time.Now()
		if c.runAndKill(often, time.Duration(c.rand.Int64N(int64(most)))) {
			killed++
			most += most / 10
		} else {
			ended++
			most = time.Since(began)
		}
	}
	t.Logf("%d kills, %d runs that were through before", killed, ended)
	c.must(often, "sync", "--wait")

	calm := c.install(filepath.Join(t.TempDir(), "calm"))
	c.must(calm, "sync", "--wait")
	got, want := c.must(often, "export", "records"), c.must(calm, "export", "records")
	if len(want) == 0 {
		t.Fatal("nothing was read")
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the records differ: %s", firstDifference(got, want))
	}
	for _, q := range []string{"as", "linje", c.letters[0].Mailbox, "faktura"} {
		if got, want := c.hits(often, q), c.hits(calm, q); got != want {
			t.Errorf("search for %s: %d hits, undisturbed %d", q, got, want)
		}
	}
}

// victim is the company whose reading is interrupted.
type victim struct {
	program
	rand    *rand.Rand
	files   string
	office  *demo.PostOffice
	post    func([]demo.Letter) // puts letters into the mailbox
	letters []demo.Letter       // all there will ever be; the first sent lie in the mailbox
	sent    int
	round   int
}

// newVictim makes a company whose mailbox is on a server in this process.
func newVictim(t testing.TB, r *rand.Rand) *victim {
	t.Helper()
	c := newCompany(t, r)
	var err error
	if c.office, err = demo.OpenPostOffice(c.letters[:c.sent]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.office.Close() })
	c.post = c.send
	return c
}

// newCompany makes the files and the letters of a company, whose mailbox has no server yet.
func newCompany(t testing.TB, r *rand.Rand) *victim {
	t.Helper()
	c := &victim{program: buildProgram(t), rand: r, files: filepath.Join(t.TempDir(), "files")}
	world := demo.New(3, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	if err := world.WriteBooks(c.files); err != nil {
		t.Fatal(err)
	}
	for _, department := range demo.Departments[2:] { // less is quicker
		if err := os.RemoveAll(filepath.Join(c.files, department)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := world.Letters()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all { // those of one mailbox
		if l.Mailbox == all[0].Mailbox && l.Folder == "INBOX" {
			c.letters = append(c.letters, l)
		}
	}
	c.letters = c.letters[:min(len(c.letters), 150)]
	c.sent = len(c.letters) / 3
	c.writeList()
	return c
}

// install registers the folder and the mailbox in a new data directory.
func (c *victim) install(data string) string {
	c.t.Helper()
	host, port, err := net.SplitHostPort(c.office.Addr.String())
	if err != nil {
		c.t.Fatal(err)
	}
	password := filepath.Join(c.t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(demo.Password), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.must(data, "source", "add", "folder", "--name", "files", "--department", "Salg", "--path", c.files)
	c.must(data, "source", "add", "imap", "--name", "mail", "--department", "Salg", "--host", host, "--port", port,
		"--user", c.letters[0].Mailbox, "--password-file", password, "--tls", "none")
	return data
}

// change drops a changed list and sends some letters.
func (c *victim) change() {
	c.t.Helper()
	c.round++
	if c.round%3 == 0 {
		c.writeList()
	}
	if c.round%2 == 0 && c.sent < len(c.letters) {
		upto := min(c.sent+5, len(c.letters))
		c.post(c.letters[c.sent:upto])
		c.sent = upto
	}
}

// writeList writes a list of which every round changes, adds and removes some rows.
func (c *victim) writeList() {
	c.t.Helper()
	var b strings.Builder
	b.WriteString("Kundenr;Navn;E-post;Status\n")
	for n := range 300 {
		if (n+c.round)%17 == 0 {
			continue
		}
		fmt.Fprintf(&b, "%d;Linje %d AS;post@linje%d.example;status %d\n", 10000+n, n, n, (n+c.round)/7)
	}
	path := filepath.Join(c.files, "liste.csv")
	if err := os.WriteFile(path+".tmp", []byte(b.String()), 0o644); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		c.t.Fatal(err)
	}
}

func (c *victim) send(letters []demo.Letter) {
	c.t.Helper()
	client, err := imapclient.DialInsecure(c.office.Addr.String(), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer client.Close()
	if err := client.Login(letters[0].Mailbox, demo.Password).Wait(); err != nil {
		c.t.Fatal(err)
	}
	for _, l := range letters {
		cmd := client.Append(l.Folder, int64(len(l.Raw)), nil)
		if _, err := cmd.Write(l.Raw); err != nil {
			c.t.Fatal(err)
		}
		if err := cmd.Close(); err != nil {
			c.t.Fatal(err)
		}
		if _, err := cmd.Wait(); err != nil {
			c.t.Fatal(err)
		}
	}
}

// runAndKill runs a sync and kills it after the delay. It reports whether the
// kill found it alive; a run that fails by itself fails the test.
func (c *victim) runAndKill(data string, delay time.Duration) bool {
	c.t.Helper()
	var stderr bytes.Buffer
	cmd := c.command(data, "sync", "--wait")
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	timer := time.AfterFunc(delay, func() { cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	if err != nil && cmd.ProcessState.Exited() {
		c.t.Fatalf("samsyn sync: %v\n%s", err, stderr.String())
	}
	return err != nil
}

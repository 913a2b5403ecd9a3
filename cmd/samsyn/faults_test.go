package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"samsyn/indexer"
	"samsyn/internal/demo"
	"samsyn/internal/testenv"
)

var faultTime = flag.Duration("faults", 15*time.Second, "how long TestFaults breaks things")

// TestFaults runs the production set-up, changes what is read and breaks one
// part after the other. In the end it has, to the byte, what one process reads
// that is left in peace, the index holds what the store holds, and nothing waits.
func TestFaults(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	disk := 0
	if testenv.SmallDisks(t) {
		disk = 1 << 30
	}
	c := newCompany(t, rand.New(rand.NewPCG(seed, 1)))
	mail := testenv.Dovecot(t)
	c.post = func(letters []demo.Letter) {
		for _, l := range letters {
			mail.Deliver(l.Folder, l.Raw)
		}
	}
	c.post(c.letters[:c.sent])
	e := newEstate(c.program, t, disk)
	api := e.keep(e.dir("api"), "serve", "--only", "api")
	api.ready()
	c.register(e.program, api.data, mail)
	var workers []*kept
	for n := range 3 {
		workers = append(workers, e.keep(e.dir(fmt.Sprint("workers", n)), "serve", "--only", "workers"))
	}

	breaks := []breakage{
		{"a worker is killed", func() { workers[c.rand.IntN(3)].signal(syscall.SIGKILL) }},
		{"all workers are killed", func() {
			for _, w := range workers {
				w.signal(syscall.SIGKILL)
			}
		}},
		{"a worker is asked to end", func() { workers[c.rand.IntN(3)].signal(syscall.SIGTERM) }},
		{"a worker stands still for 40 s", func() {
			w := workers[c.rand.IntN(3)]
			w.signal(syscall.SIGSTOP)
			time.AfterFunc(40*time.Second, func() { w.signal(syscall.SIGCONT) })
		}},
		{"the pages are asked to end", func() { api.signal(syscall.SIGTERM) }},
		{"Redis is emptied", e.redis.Flush},
		{"Redis is started again", func() { e.redis.Stop(); c.pause(time.Second); e.redis.Start() }},
		{"Postgres is started again", func() { e.postgres.Stop(); c.pause(time.Second); e.postgres.Start() }},
		{"Meilisearch is killed", func() { e.meili.Kill(); c.pause(2 * time.Second); e.meili.Start() }},
		{"mail connections are cut", mail.Restart},
		{"a mail is deleted", func() { deleteMail(t, mail, c.rand) }},
		{"a file is removed, another comes", c.moveFiles},
	}
	if disk > 0 {
		breaks = append(breaks, breakage{"the disk of the index is full", func() { free := e.meili.Fill(); c.pause(4 * time.Second); free() }})
	}
	done := map[string]int{}
	for until := time.Now().Add(*faultTime); time.Now().Before(until); {
		// Each once, in any order, before the next round.
		for _, i := range c.rand.Perm(len(breaks)) {
			if time.Now().After(until) && done[breaks[i].name] > 0 {
				break
			}
			c.change()
			c.pause(time.Second)
			breaks[i].do()
			done[breaks[i].name]++
		}
	}
	t.Logf("%v", done)
	c.settle(e, api)

	calm := c.register(c.program, filepath.Join(t.TempDir(), "calm"), mail)
	c.must(calm, "sync", "--wait")
	want, got := c.must(calm, "export", "records"), e.must(api.data, "export", "records")
	if len(want) == 0 {
		t.Fatal("nothing was read")
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the records differ: %s", firstDifference(got, want))
	}
	want, got = renamed(t, c.must(calm, "export", "links")), renamed(t, e.must(api.data, "export", "links"))
	if !bytes.Equal(got, want) {
		t.Errorf("the links differ: %s", firstDifference(got, want))
	}
	if d := e.audit(t); d.Compared == 0 || d != (indexer.Differences{Compared: d.Compared}) {
		t.Errorf("the index differs from the store: %+v", d)
	}
	for _, q := range []string{"as", "linje", "faktura"} {
		if got, want := e.hits(api.data, q), c.hits(calm, q); got != want {
			t.Errorf("search for %s: %d hits, undisturbed %d", q, got, want)
		}
	}
	if problems := e.must(api.data, "problems", "--json"); len(problems) > 0 {
		t.Errorf("problems are left:\n%s", problems)
	}
}

type breakage struct {
	name string
	do   func()
}

// pause waits for a random while up to most.
func (c *victim) pause(most time.Duration) { time.Sleep(time.Duration(c.rand.Int64N(int64(most)))) }

// register adds the folder and the mailbox on a real server as sources.
func (c *victim) register(p program, data string, m *testenv.Mail) string {
	c.t.Helper()
	password := filepath.Join(c.t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(m.Password), 0o600); err != nil {
		c.t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(m.TLSAddr)
	if err != nil {
		c.t.Fatal(err)
	}
	p.must(data, "source", "add", "folder", "--name", "files", "--department", "Salg", "--path", c.files)
	p.must(data, "source", "add", "imap", "--name", "mail", "--department", "Salg", "--host", host, "--port", port,
		"--user", m.User, "--password-file", password, "--ca-file", m.CertFile)
	return data
}

// moveFiles removes the small list of the last call and writes another.
func (c *victim) moveFiles() {
	c.t.Helper()
	old, err := filepath.Glob(filepath.Join(c.files, "ekstra*.csv"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			c.t.Fatal(err)
		}
	}
	text := fmt.Sprintf("Kundenr;Navn;Merknad\n10001;Linje 1 AS;runde %d\n10002;Linje 2 AS;%d\n", c.round, c.rand.IntN(100))
	if err := os.WriteFile(filepath.Join(c.files, fmt.Sprintf("ekstra%d.csv", c.round)), []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// deleteMail removes a message from the INBOX on the server.
func deleteMail(t *testing.T, m *testenv.Mail, r *rand.Rand) {
	t.Helper()
	var all []string
	for _, dir := range []string{"cur", "new"} {
		names, err := filepath.Glob(filepath.Join(m.Folder("INBOX"), dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, names...)
	}
	if len(all) == 0 {
		return
	}
	if err := os.Remove(all[r.IntN(len(all))]); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

// settle waits until a look at everything succeeds and no job is left.
func (c *victim) settle(e *estate, api *kept) {
	c.t.Helper()
	const most = 3 * time.Minute
	began := time.Now()
	for {
		cmd := e.command(api.data, "sync", "--wait")
		var said bytes.Buffer
		cmd.Stderr = &said
		timer := time.AfterFunc(most, func() { cmd.Process.Kill() })
		api.ready()
		err := cmd.Run()
		timer.Stop()
		left := "unknown"
		if err == nil {
			if left = jobs(c.t, api); left == "" {
				c.t.Logf("settled after %s", time.Since(began).Round(time.Second))
				return
			}
		}
		if time.Since(began) > most {
			c.t.Fatalf("it does not settle: %v, jobs %s\n%s\npages: %s", err, left, said.String(), api.said())
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// jobs lists the gauges of the queue that are not zero.
func jobs(t testing.TB, api *kept) string {
	t.Helper()
	res, err := http.Get(api.url() + "/metrics")
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(res.Body); err != nil {
		return err.Error()
	}
	var left []string
	gauges := regexp.MustCompile(`(?m)^samsyn_queue_jobs\{.*\} (\S+)$`).FindAllStringSubmatch(text.String(), -1)
	if len(gauges) == 0 {
		return "no gauges"
	}
	for _, g := range gauges {
		if n, err := strconv.ParseFloat(g[1], 64); err != nil || n != 0 {
			left = append(left, g[0])
		}
	}
	return strings.Join(left, ", ")
}

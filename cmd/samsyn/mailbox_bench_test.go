package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	"samsyn/configs"
	"samsyn/internal/hub"
	"samsyn/internal/ingest"
	"samsyn/internal/testenv"
)

// mailboxSize is how many mails of 16 kB BenchmarkMailbox reads.
var mailboxSize = flag.Int("mails", 20_000, "how many mails BenchmarkMailbox reads")

// BenchmarkMailbox takes a mailbox from Dovecot to searchable, and for
// comparison has mbsync copy the same mailbox and notmuch index the copy.
// "steps" does one thing after the other, and tells the share of each. cpu-s is
// the processor time of the programs without that of Dovecot: on a machine that
// is busy with other things it alone can be compared.
func BenchmarkMailbox(b *testing.B) {
	server := fillMailbox(b, *mailboxSize)
	p := buildProgram(b)
	b.Run("samsyn", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			data := registerMailbox(p, filepath.Join(b.TempDir(), "data"), server)
			b.StartTimer()
			cmd := p.command(data, "sync", "--wait")
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			b.StopTimer()
			b.ReportMetric(processor(cmd).Seconds(), "cpu-s")
			if n := p.hits(data, "ordre"); n != *mailboxSize {
				b.Fatalf("%d mails are found", n)
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(*mailboxSize*b.N)/b.Elapsed().Seconds(), "mails/s")
	})
	b.Run("mbsync+notmuch", func(b *testing.B) {
		for _, name := range []string{"mbsync", "notmuch"} {
			if _, err := exec.LookPath(name); err != nil {
				b.Skipf("NOT MEASURED: %s is not installed: apt-get install isync notmuch", name)
			}
		}
		for b.Loop() {
			copyMailbox(b, server)
		}
		b.ReportMetric(float64(*mailboxSize*b.N)/b.Elapsed().Seconds(), "mails/s")
	})
	b.Run("steps", func(b *testing.B) {
		for b.Loop() {
			steps(b, p, server)
		}
	})
}

// fillMailbox delivers mails of 8 to 24 kB, of which a few words are frequent
// and many are rare, as in what people write.
func fillMailbox(b *testing.B, n int) *testenv.Mail {
	b.Helper()
	server := testenv.Dovecot(b)
	r := rand.New(rand.NewPCG(1, 2))
	often := rand.NewZipf(r, 1.2, 4, 29_999)
	words := make([]string, 30_000)
	for i := range words {
		for range 2 + r.IntN(3) {
			words[i] += []string{"var", "le", "ring", "kunde", "på", "bok", "fjord", "sen", "til", "ord", "re", "ska", "inn", "øy", "gård"}[r.IntN(15)]
		}
	}
	for i := range n {
		var body strings.Builder
		for size := 8000 + r.IntN(16_000); body.Len() < size; {
			for range 10 {
				body.WriteString(words[often.Uint64()] + " ")
			}
			body.WriteString("\r\n")
		}
		server.Deliver("INBOX", fmt.Appendf(nil, "Received: from mx.example.com; Tue, 3 Jun 2025 10:00:00 +0200\r\nMessage-ID: <%d@firma%d.example>\r\n"+
			"Date: Tue, 3 Jun 2025 10:00:00 +0200\r\nFrom: Kari Hansen <kari@firma%d.example>\r\nTo: post@example.net\r\nSubject: Ordre %d\r\n"+
			"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s", i, i%500, i%500, i, body.String()))
	}
	return server
}

func registerMailbox(p program, data string, m *testenv.Mail) string {
	p.t.Helper()
	password := filepath.Join(p.t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(m.Password), 0o600); err != nil {
		p.t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(m.TLSAddr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.must(data, "source", "add", "imap", "--name", "mail", "--department", "Salg", "--host", host, "--port", port,
		"--user", m.User, "--password-file", password, "--ca-file", m.CertFile)
	return data
}

// copyMailbox copies the mailbox to a maildir and indexes that.
func copyMailbox(b *testing.B, m *testenv.Mail) {
	b.Helper()
	dir := b.TempDir()
	_, port, err := net.SplitHostPort(m.TLSAddr)
	if err != nil {
		b.Fatal(err)
	}
	files := map[string]string{
		"mbsyncrc": fmt.Sprintf("IMAPAccount a\nHost localhost\nPort %s\nUser %s\nPass %s\nSSLType IMAPS\nCertificateFile %s\nSystemCertificates no\n\n"+
			"IMAPStore far\nAccount a\n\nMaildirStore near\nPath %s/mail/\nInbox %s/mail/INBOX\n\nChannel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\nSyncState *\n",
			port, m.User, m.Password, m.CertFile, dir, dir),
		"notmuch": fmt.Sprintf("[database]\npath=%s/mail\n[user]\nname=Kari\nprimary_email=kari@example.com\n[new]\ntags=new\n", dir),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "mail"), 0o700); err != nil {
		b.Fatal(err)
	}
	var cpu time.Duration
	for _, args := range [][]string{{"mbsync", "-q", "-c", filepath.Join(dir, "mbsyncrc"), "c"}, {"notmuch", "--config", filepath.Join(dir, "notmuch"), "new", "--quiet"}} {
		cmd := exec.Command(args[0], args[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%s", args[0], err, out)
		}
		cpu += processor(cmd)
		b.ReportMetric(processor(cmd).Seconds(), args[0]+"-cpu-s")
	}
	b.ReportMetric(cpu.Seconds(), "cpu-s")
	out, err := exec.Command("notmuch", "--config", filepath.Join(dir, "notmuch"), "count", "ordre").Output()
	if strings.TrimSpace(string(out)) != fmt.Sprint(*mailboxSize) {
		b.Fatalf("notmuch finds %s mails, %v", out, err)
	}
}

// nothingKnown is a store that is empty.
type nothingKnown struct{}

func (nothingKnown) Ref(string) bool    { return false }
func (nothingKnown) Mark(string) string { return "" }

// processor is the processor time that a program took.
func processor(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// ownProcessor is the processor time of this process so far.
func ownProcessor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// steps reads, links and indexes one after the other in this process.
func steps(b *testing.B, p program, m *testenv.Mail) {
	b.Helper()
	data := registerMailbox(p, filepath.Join(b.TempDir(), "data"), m)
	cfg := configs.Default()
	cfg.Data = data
	a, err := openApp(&env{ctx: b.Context(), cfg: cfg, log: slog.New(slog.DiscardHandler), out: newOutput(io.Discard, io.Discard)})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	src, err := a.store.SourceByName(b.Context(), "mail")
	if err != nil {
		b.Fatal(err)
	}
	step := func(name string, f func() error) {
		b.Helper()
		began := ownProcessor()
		if err := f(); err != nil {
			b.Fatalf("%s: %v", name, err)
		}
		b.ReportMetric((ownProcessor() - began).Seconds(), name+"-cpu-s")
	}
	step("fetch+parse", func() error { return readOnly(b, a, src) })
	if name := os.Getenv("SAMSYN_PROFILE"); name != "" { // of the steps that follow
		f, err := os.Create(name)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			b.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	step("fetch+parse+store", func() error {
		looker := &ingest.Looker{Store: a.store, Registry: a.registry, Owner: "bench", TTL: leaseTTL, Log: a.log}
		_, err := looker.Sync(b.Context(), src.ID)
		return err
	})
	step("link", func() error {
		for {
			if n, err := a.linker.Follow(b.Context()); err != nil || n == 0 {
				return err
			}
		}
	})
	step("index", func() error { _, err := a.index.Follow(b.Context()); return err })
}

// readOnly reads everything and keeps nothing.
func readOnly(b *testing.B, a *app, src hub.Source) error {
	conn, err := a.registry.Open(b.Context(), src)
	if err != nil {
		return err
	}
	defer conn.Close()
	n := 0
	for s, err := range conn.Scopes(b.Context(), nil) {
		if err != nil {
			return err
		}
		for _, err := range conn.Read(b.Context(), s, nothingKnown{}) {
			if err != nil {
				return err
			}
			n++
		}
	}
	if n < *mailboxSize {
		return fmt.Errorf("%d mails", n)
	}
	return nil
}

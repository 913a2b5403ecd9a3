package testenv

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPostgresGivesEmptyDatabases(t *testing.T) {
	first, second := open(t, Postgres(t)), open(t, Postgres(t))
	must(t, exec1(first, "CREATE TABLE a (n int)"))
	must(t, exec1(second, "CREATE TABLE a (n int)")) // it would exist in the same database
}

func TestPostgresServerKeepsDataOverARestart(t *testing.T) {
	s := PostgresServer(t)
	dsn := s.Database()
	must(t, exec1(open(t, dsn), "CREATE TABLE a AS SELECT 7 AS n"))
	s.Stop()
	if err := exec1(open(t, dsn), "SELECT 1"); err == nil {
		t.Error("a stopped server answers")
	}
	s.Start()
	var n int
	must(t, open(t, dsn).QueryRow("SELECT n FROM a").Scan(&n))
	if n != 7 {
		t.Errorf("after the restart n = %d", n)
	}
}

func TestRedisFlushAndRestart(t *testing.T) {
	r := RedisServer(t)
	must(t, r.do("SET a b"))
	r.Flush()
	if err := r.do("RENAME a c"); err == nil {
		t.Error("the key outlived Flush")
	}
	must(t, r.do("SET a b"))
	r.Stop()
	if err := r.do("PING"); err == nil {
		t.Error("a stopped server answers")
	}
	r.Start()
	if err := r.do("RENAME a c"); err == nil {
		t.Error("the key outlived the restart")
	}
}

func TestDovecotServesTheSameMailboxOverPortTLSAndPipe(t *testing.T) {
	m := Dovecot(t)
	const subjects = 30
	for i := range subjects {
		m.Deliver("INBOX", fmt.Appendf(nil, "Subject: mail %02d\r\n\r\ntext\r\n", i))
	}
	m.Deliver("Kunder/Ødegård", []byte("Subject: other\r\n\r\ntext\r\n"))

	plain, err := net.Dial("tcp", m.Addr)
	must(t, err)
	pem, err := os.ReadFile(m.CertFile)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	secure, err := tls.Dial("tcp", m.TLSAddr, &tls.Config{RootCAs: roots})
	must(t, err)
	pipe, err := m.Pipe()
	must(t, err)
	login := fmt.Sprintf("LOGIN %s %q", m.User, m.Password)
	for name, s := range map[string]*session{
		"plain": newSession(t, plain, "* OK", login), "tls": newSession(t, secure, "* OK", login), "pipe": newSession(t, pipe, "* PREAUTH"),
	} {
		if got := s.do("EXAMINE INBOX (CONDSTORE)"); !strings.Contains(got, fmt.Sprint(subjects, " EXISTS")) || !strings.Contains(got, "HIGHESTMODSEQ") {
			t.Errorf("%s: EXAMINE answers %s", name, got)
		}
		got := s.do("UID FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]")
		for i := range subjects {
			before, after, _ := strings.Cut(got, fmt.Sprintf("mail %02d", i))
			if !strings.Contains(before, fmt.Sprintf("UID %d ", i+1)) || strings.Contains(after, fmt.Sprintf("UID %d ", i+1)) {
				t.Errorf("%s: UIDs do not follow the order of delivery: %s", name, got)
				break
			}
		}
		if got := s.do(`STATUS "Kunder/&ANg-deg&AOU-rd" (MESSAGES)`); !strings.Contains(got, "MESSAGES 1") {
			t.Errorf("%s: STATUS answers %s", name, got)
		}
	}
}

func TestDovecotRestartCutsConnections(t *testing.T) {
	m := Dovecot(t)
	m.Deliver("INBOX", []byte("Subject: a\r\n\r\ntext\r\n"))
	conn, err := net.Dial("tcp", m.Addr)
	must(t, err)
	newSession(t, conn, "* OK", fmt.Sprintf("LOGIN %s %q", m.User, m.Password))
	m.Restart()
	must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	if _, err := io.Copy(io.Discard, conn); err != nil && os.IsTimeout(err) {
		t.Error("the connection outlived the restart")
	}
	conn, err = net.Dial("tcp", m.Addr)
	must(t, err)
	s := newSession(t, conn, "* OK", fmt.Sprintf("LOGIN %s %q", m.User, m.Password))
	if got := s.do("SELECT INBOX"); !strings.Contains(got, "1 EXISTS") {
		t.Errorf("after the restart SELECT answers %s", got)
	}
}

func TestChromiumStarts(t *testing.T) {
	path := Chromium(t)
	if out, err := exec.Command(path, "--version").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestMeilisearchAnswers(t *testing.T) {
	url, key := Meilisearch(t)
	must(t, (&MeilisearchProcess{URL: url, Key: key}).ping())
}

// TestServersEndWithTheProcess kills a test process that holds a server and
// sees the server and its files vanish.
func TestServersEndWithTheProcess(t *testing.T) {
	if os.Getenv("TESTENV_HOLD") != "" {
		r := RedisServer(t)
		fmt.Printf("%s %s\n", r.Addr, r.p.dir)
		select {}
	}
	if _, err := program("redis-server"); err != nil {
		missing(t, "Redis", "redis-server")
	}
	cmd := exec.Command(os.Args[0], "-test.run=TestServersEndWithTheProcess")
	cmd.Env = append(os.Environ(), "TESTENV_HOLD=1")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var addr, dir string
	_, err = fmt.Fscan(out, &addr, &dir)
	must(t, err)
	must(t, cmd.Process.Kill())
	cmd.Wait()
	must(t, until(func() error {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return fmt.Errorf("the server still listens on %s", addr)
		}
		if _, err := os.Stat(filepath.Join(dir)); err == nil {
			return fmt.Errorf("%s is still there", dir)
		}
		return nil
	}))
}

func TestMissingServerIsNotedAndFailsUnderCI(t *testing.T) {
	notes := filepath.Join(t.TempDir(), "skipped")
	t.Setenv("SAMSYN_TEST_SKIPPED", notes)
	t.Setenv("CI", "")
	t.Run("skips", func(t *testing.T) {
		probe := &recorder{TB: t}
		probe.run(func() { missing(probe, "Postgres", "postgresql") })
		if !probe.skipped || probe.failed {
			t.Errorf("skipped %v, failed %v", probe.skipped, probe.failed)
		}
	})
	t.Setenv("CI", "true")
	t.Run("fails", func(t *testing.T) {
		probe := &recorder{TB: t}
		probe.run(func() { missing(probe, "Postgres", "postgresql") })
		if !probe.failed {
			t.Error("a missing server passes under CI")
		}
	})
	note, err := os.ReadFile(notes)
	must(t, err)
	if got := string(note); got != "Postgres\t"+t.Name()+"/skips\n" {
		t.Errorf("note %q", got)
	}
}

// recorder notes how a test would have ended.
type recorder struct {
	testing.TB
	skipped, failed bool
}

type ended struct{}

func (r *recorder) Skip(...any)  { r.skipped = true; panic(ended{}) }
func (r *recorder) Fatal(...any) { r.failed = true; panic(ended{}) }

func (r *recorder) run(f func()) {
	defer func() {
		if e := recover(); e != nil && e != any(ended{}) {
			panic(e)
		}
	}()
	f()
}

// session is the least that speaks IMAP.
type session struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	n    int
}

func newSession(t *testing.T, conn net.Conn, greeting string, commands ...string) *session {
	t.Helper()
	t.Cleanup(func() { conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	s := &session{t: t, conn: conn, r: bufio.NewReader(conn)}
	if line, err := s.r.ReadString('\n'); err != nil || !strings.HasPrefix(line, greeting) {
		t.Fatalf("greeting %q, %v; want %s", line, err, greeting)
	}
	for _, c := range commands {
		s.do(c)
	}
	return s
}

func (s *session) do(command string) string {
	s.t.Helper()
	s.n++
	tag := fmt.Sprintf("a%d", s.n)
	_, err := fmt.Fprintf(s.conn, "%s %s\r\n", tag, command)
	must(s.t, err)
	var all strings.Builder
	for {
		line, err := s.r.ReadString('\n')
		must(s.t, err)
		all.WriteString(line)
		if rest, ok := strings.CutPrefix(line, tag+" "); ok {
			if !strings.HasPrefix(rest, "OK") {
				s.t.Fatalf("%s answers %s", command, rest)
			}
			return all.String()
		}
	}
}

func BenchmarkDeliver(b *testing.B) {
	m := Dovecot(b)
	raw := []byte("Subject: a\r\n\r\n" + strings.Repeat("text ", 3000))
	for b.Loop() {
		m.Deliver("INBOX", raw)
	}
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func exec1(db *sql.DB, q string) error {
	_, err := db.Exec(q)
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

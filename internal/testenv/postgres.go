package testenv

import (
	"context"
	"database/sql"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// PostgresProcess is a Postgres server of its own. It trusts every connection,
// and does not wait for the disk.
type PostgresProcess struct {
	t testing.TB
	*cluster
}

type cluster struct {
	p     *process
	port  int
	count atomic.Int64 // databases made so far
}

// shared is the cluster that all tests of this process use; it ends with it.
var shared = sync.OnceValues(func() (*cluster, error) {
	c, err := newCluster()
	if err != nil {
		return nil, err
	}
	return c, c.p.start()
})

// Postgres returns the DSN of an empty database on a server that the tests of
// this process share. The database is dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	needPostgres(t)
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return c.database(t)
}

// PostgresServer starts a server that the test may stop.
func PostgresServer(t testing.TB) *PostgresProcess {
	t.Helper()
	needPostgres(t)
	c, err := newCluster()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.p.remove() })
	s := &PostgresProcess{t, c}
	s.Start()
	return s
}

// Database returns the DSN of a new, empty database on the server.
func (s *PostgresProcess) Database() string {
	s.t.Helper()
	return s.database(s.t)
}

// Stop ends the server as an administrator would: connections are cut, what was
// committed stays.
func (s *PostgresProcess) Stop() {
	s.t.Helper()
	if err := s.p.stop(); err != nil {
		s.t.Fatal(err)
	}
}

// Start starts it again on the same port.
func (s *PostgresProcess) Start() {
	s.t.Helper()
	if err := s.p.start(); err != nil {
		s.t.Fatal(err)
	}
}

func needPostgres(t testing.TB) {
	t.Helper()
	if postgresBin("postgres") == "" {
		missing(t, "Postgres", "postgresql")
	}
}

// postgresBin finds a program of the newest Postgres installed; "" if there is
// none. Debian keeps the server's programs out of the path.
func postgresBin(name string) string {
	found, _ := filepath.Glob(filepath.Join("/usr/lib/postgresql/*/bin", name))
	if len(found) > 0 {
		return found[len(found)-1]
	}
	path, _ := exec.LookPath(name)
	return path
}

// newCluster makes a cluster without starting it.
func newCluster() (*cluster, error) {
	owner, err := serverUser("postgres")
	if err != nil {
		return nil, err
	}
	dir, err := newDir(owner)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(postgresBin("initdb"), "--pgdata", data, "--username", "postgres",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
	initdb.Dir = dir
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: credential(owner)}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	c := &cluster{port: port}
	c.p = &process{name: "Postgres", dir: dir, owner: owner, signal: "INT", ready: c.ping,
		args: []string{postgresBin("postgres"), "-D", data, "-p", fmt.Sprint(port),
			"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
			"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200"}}
	return c, nil
}

func (c *cluster) dsn(database string) string {
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable", address(c.port), database)
}

func (c *cluster) ping() error { return c.exec("SELECT 1") }

// database makes an empty database for the length of the test.
func (c *cluster) database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", c.count.Add(1))
	if err := c.exec("CREATE DATABASE " + name + " TEMPLATE template0"); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		// The server may be gone, on purpose.
		c.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
	})
	return c.dsn(name)
}

func (c *cluster) exec(q string) error {
	db, err := sql.Open("pgx", c.dsn("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), q)
	return err
}

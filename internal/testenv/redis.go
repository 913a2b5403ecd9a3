package testenv

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// RedisProcess is a Redis server that keeps nothing on disk.
type RedisProcess struct {
	URL  string // redis://127.0.0.1:PORT/0
	Addr string // 127.0.0.1:PORT
	t    testing.TB
	p    *process
}

// Redis starts an empty Redis server and returns its URL.
func Redis(t testing.TB) string {
	t.Helper()
	return RedisServer(t).URL
}

// RedisServer starts an empty Redis server that the test may flush and stop.
func RedisServer(t testing.TB) *RedisProcess {
	t.Helper()
	bin, err := program("redis-server")
	if err != nil {
		missing(t, "Redis", "redis-server")
	}
	dir, err := newDir(nil)
	if err != nil {
		t.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	r := &RedisProcess{Addr: address(port), URL: "redis://" + address(port) + "/0", t: t}
	r.p = &process{name: "Redis", dir: dir, signal: "TERM", ready: func() error { return r.do("PING") },
		args: []string{bin, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--dir", dir}}
	t.Cleanup(func() { r.p.remove() })
	r.Start()
	return r
}

// Flush empties the server.
func (r *RedisProcess) Flush() {
	r.t.Helper()
	if err := r.do("FLUSHALL"); err != nil {
		r.t.Fatalf("flush Redis: %v", err)
	}
}

// Set gives a key a value, both without blanks, as another program would.
func (r *RedisProcess) Set(key, value string) {
	r.t.Helper()
	if err := r.do("SET " + key + " " + value); err != nil {
		r.t.Fatalf("set %s: %v", key, err)
	}
}

// Stop ends the server; what it held is lost.
func (r *RedisProcess) Stop() {
	r.t.Helper()
	if err := r.p.stop(); err != nil {
		r.t.Fatal(err)
	}
}

// Start starts it again, empty, on the same port.
func (r *RedisProcess) Start() {
	r.t.Helper()
	if err := r.p.start(); err != nil {
		r.t.Fatal(err)
	}
}

// do sends one inline command whose answer is a simple string.
func (r *RedisProcess) do(command string) error {
	conn, err := net.DialTimeout("tcp", r.Addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(answer, "+") {
		err = fmt.Errorf("%s answers %q", command, answer)
	}
	return err
}

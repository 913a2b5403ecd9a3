// Package testenv starts real servers for tests: Postgres, Redis, Dovecot,
// Meilisearch, and finds Chromium. Each listens on a free port of 127.0.0.1,
// keeps its files in a directory of its own and ends with the test, at the
// latest with the test process, however that ends.
//
// A server that is not installed skips the test and says which Debian package
// has it; with CI=true it fails the test. Meilisearch, which no Debian package
// has, skips always. Skips are noted in the file that SAMSYN_TEST_SKIPPED
// names, so that whoever runs the tests can say at the end what was not tested.
package testenv

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program finds an installed program, also where only root has it in the path.
func program(names ...string) (string, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
		found, err := filepath.Glob(filepath.Join("/usr/sbin", name))
		if err == nil && len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("%s: %w", names[0], exec.ErrNotFound)
}

// missing ends the test because what it needs is not installed.
func missing(t testing.TB, what, debianPackage string) {
	t.Helper()
	reason := fmt.Sprintf("%s is not installed: apt-get install %s", what, debianPackage)
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	skip(t, what, reason)
}

// skip ends the test and leaves a note for the closing line of the test run.
func skip(t testing.TB, what, reason string) {
	t.Helper()
	if name := os.Getenv("SAMSYN_TEST_SKIPPED"); name != "" {
		f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatalf("note a skipped test: %v", err)
		}
		fmt.Fprintf(f, "%s\t%s\n", what, t.Name())
		if err := f.Close(); err != nil {
			t.Fatalf("note a skipped test: %v", err)
		}
	}
	t.Skip(reason)
}

// freePort finds a port of 127.0.0.1 that nobody listens on. It lies below the
// range from which the kernel gives outgoing connections their ports, so that
// none of these takes it before the server does.
func freePort() (int, error) {
	var err error
	for range 100 {
		port := 15_000 + rand.IntN(17_000)
		var l net.Listener
		if l, err = net.Listen("tcp", address(port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// until calls try until it succeeds, for at most half a minute.
func until(try func() error) error {
	deadline := time.Now().Add(30 * time.Second)
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(wait)
	}
}

// tail returns the end of a log file.
func tail(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// program is the real program in a process of its own.
type program struct {
	t      testing.TB
	binary string
	env    []string // beside that of the test
}

func buildProgram(t testing.TB) program {
	t.Helper()
	p := program{t: t, binary: filepath.Join(t.TempDir(), "samsyn")}
	if out, err := exec.Command("go", "build", "-o", p.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return p
}

// with returns the program with more settings, such as SAMSYN_QUEUE=redis://….
func (p program) with(env ...string) program {
	p.env = append(p.env[:len(p.env):len(p.env)], env...)
	return p
}

func (p program) command(data string, args ...string) *exec.Cmd {
	cmd := exec.Command(p.binary, append([]string{"--data", data}, args...)...)
	cmd.Env = append(os.Environ(), p.env...)
	return cmd
}

// must runs a command to its end and returns what it prints for machines.
func (p program) must(data string, args ...string) []byte {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := p.command(data, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		p.t.Fatalf("samsyn %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.Bytes()
}

// hits counts what a search finds.
func (p program) hits(data, query string) int {
	p.t.Helper()
	var answer struct{ Total int }
	if err := json.Unmarshal(p.must(data, "search", query, "--json"), &answer); err != nil {
		p.t.Fatal(err)
	}
	return answer.Total
}

// firstDifference shows the first line in which two exports differ.
func firstDifference(got, want []byte) string {
	g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			return fmt.Sprintf("line %d of %d and %d:\n%.600s\n%.600s", i+1, len(g), len(w), g[i], w[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(g), len(w))
}

// fails runs a command that must end with the exit code, and returns what it tells people.
func (p program) fails(code int, data string, args ...string) string {
	p.t.Helper()
	var stderr bytes.Buffer
	cmd := p.command(data, args...)
	cmd.Stderr = &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != code {
		p.t.Errorf("samsyn %s: %v, want exit code %d\n%s", strings.Join(args, " "), err, code, stderr.String())
	}
	return stderr.String()
}

// served is a server in a process of its own.
type served struct {
	*exec.Cmd
	data string
	url  string // of the pages; "" for workers
	log  string // file of what it says
}

// serve starts a server and waits until it is ready. It is killed when the test ends.
func (p program) serve(data string, args ...string) *served {
	p.t.Helper()
	s := &served{Cmd: p.command(data, args...), data: data, log: filepath.Join(p.t.TempDir(), "log")}
	log, err := os.Create(s.log)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	s.Stderr = log
	if err := s.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { s.Process.Kill(); s.Cmd.Wait() })
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		said, err := os.ReadFile(s.log)
		if err != nil {
			p.t.Fatal(err)
		}
		if _, rest, ok := strings.Cut(string(said), "Samsyn is served at "); ok && s.url == "" {
			s.url, _, _ = strings.Cut(rest, "\n")
		}
		l := running(p.t.Context(), data)
		if l != nil && l.do(p.t.Context(), http.MethodGet, "/readyz", nil, nil) == nil && (s.url != "" || slices.Contains(args, "workers")) {
			return s
		}
		if time.Since(began) > time.Minute || s.ProcessState != nil {
			p.t.Fatalf("samsyn %s is not ready\n%s", strings.Join(args, " "), said)
		}
	}
}

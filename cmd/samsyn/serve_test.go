package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestServe runs a server as its operator does: a second one on the same
// directory is refused, the command line works through the first, and it ends
// soon and well when interrupted, though a browser listens to its events.
func TestServe(t *testing.T) {
	p := buildProgram(t)
	data, files := filepath.Join(t.TempDir(), "data"), t.TempDir()
	if err := os.WriteFile(filepath.Join(files, "kunder.csv"), []byte("Kundenr;Navn;Orgnr\n1;Fjordvik Bygg AS;923609016\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := p.serve(data, "serve", "--addr", "127.0.0.1:0")
	if out := p.fails(1, data, "serve", "--addr", "127.0.0.1:0"); !strings.Contains(out, "another samsyn process uses") {
		t.Errorf("a second server says %q", out)
	}
	p.must(data, "source", "add", "folder", "--name", "salg", "--department", "Salg", "--path", files)
	p.must(data, "sync", "--wait", "salg")
	p.must(data, "relink")
	p.must(data, "reindex")
	if n := p.hits(data, "fjordvik"); n != 1 {
		t.Errorf("%d hits through the server", n)
	}

	if err := os.WriteFile(filepath.Join(files, "password"), []byte("riktig hest"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(data, "user", "add", "kari", "--all", "--password-file", filepath.Join(files, "password"))
	var made struct{ Token string }
	if err := json.Unmarshal(p.must(data, "token", "create", "--user", "kari"), &made); err != nil {
		t.Fatal(err)
	}
	listen, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.url+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	listen.Header.Set("Authorization", "Bearer "+made.Token)
	events, err := http.DefaultClient.Do(listen)
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	if events.StatusCode != http.StatusOK {
		t.Fatalf("events: %s", events.Status)
	}
	p.must(data, "health")
	began := time.Now()
	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("interrupted, the server ends with %v", err)
	}
	if took := time.Since(began); took > lastAnswers {
		t.Errorf("the server took %s to end: it waited for the listener", took)
	}
}

// TestDrain: a proxy that watches /readyz has time to turn away from a server
// that ends, and meanwhile everything is answered.
func TestDrain(t *testing.T) {
	p := buildProgram(t).with("SAMSYN_DRAIN=3s")
	s := p.serve(filepath.Join(t.TempDir(), "data"), "serve", "--addr", "127.0.0.1:0")
	if status := get(t, s.url+"/readyz").StatusCode; status != http.StatusOK {
		t.Fatalf("/readyz answers %d", status)
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); get(t, s.url+"/readyz").StatusCode == http.StatusOK; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 2*time.Second {
			t.Fatal("/readyz does not say that the server ends")
		}
	}
	if res := get(t, s.url+"/login"); res.StatusCode != http.StatusOK || !res.Close {
		t.Errorf("while it drains a page is answered with %s, connection kept: %v", res.Status, !res.Close)
	}
	p.fails(1, s.data, "health")
	if err := s.Wait(); err != nil {
		t.Errorf("drained, the server ends with %v", err)
	}
}

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res
}

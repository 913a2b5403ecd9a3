package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
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
	server := p.command(data, "serve", "--addr", "127.0.0.1:0")
	said, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill() })
	lines, url := bufio.NewScanner(said), ""
	for url == "" && lines.Scan() {
		_, url, _ = strings.Cut(lines.Text(), "Samsyn is served at ")
	}
	if url == "" {
		t.Fatal("the server does not say where it serves")
	}
	go io.Copy(io.Discard, said)
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
	listen, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/api/v1/events", nil)
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
	began := time.Now()
	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("interrupted, the server ends with %v", err)
	}
	if took := time.Since(began); took > drain {
		t.Errorf("the server took %s to end: it waited for the listener", took)
	}
}

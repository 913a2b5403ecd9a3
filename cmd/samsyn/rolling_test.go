package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestRollingRestart restarts two processes of the pages, one after the other,
// behind a small proxy that watches /readyz, while clients ask without a pause.
// No client sees an error.
func TestRollingRestart(t *testing.T) {
	e := newEstate(buildProgram(t), t, 0)
	pages := []*kept{e.keep(e.dir("api1"), "serve", "--only", "api"), e.keep(e.dir("api2"), "serve", "--only", "api")}
	p := &proxy{}
	for _, k := range pages {
		k.ready()
		p.add(k)
	}
	front := p.serve(t)
	token := e.person(t, pages[0].data)

	var asked, failed atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for n := range 4 {
		clients.Go(func() {
			for ctx.Err() == nil {
				method, path := http.MethodGet, "/api/v1/search?q=fjord"
				if n == 0 { // what the proxy may not ask again by itself
					method, path = http.MethodPost, "/api/v1/sync"
				}
				err := ask(method, front+path, token)
				asked.Add(1)
				if err != nil && failed.Add(1) < 10 {
					t.Errorf("%s %s: %v", method, path, err)
				}
			}
		})
	}
	for range 2 {
		for _, k := range pages {
			before := k.url()
			k.signal(syscall.SIGTERM)
			for began := time.Now(); k.url() == before; time.Sleep(20 * time.Millisecond) {
				if time.Since(began) > time.Minute {
					t.Fatalf("it does not come back\n%s", k.said())
				}
			}
			k.ready()
			p.until(t, k)
		}
	}
	stop()
	clients.Wait()
	if asked.Load() < 50 {
		t.Errorf("only %d requests were made", asked.Load())
	}
	t.Logf("%d requests, %d failed", asked.Load(), failed.Load())
}

func ask(method, url, token string) error {
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err != nil || res.StatusCode >= 400 {
		return fmt.Errorf("%s, %v: %.300s", res.Status, err, text)
	}
	return nil
}

// person makes an administrator who sees everything, and returns their token.
func (p program) person(t *testing.T, data string) string {
	t.Helper()
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("riktig hest"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(data, "user", "add", "kari", "--all", "--role", "admin", "--password-file", password)
	_, rest, _ := strings.Cut(string(p.must(data, "token", "create", "--user", "kari")), `"token":"`)
	token, _, ok := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("no token")
	}
	return token
}

// proxy sends each request to a server that said not long ago that it is ready.
type proxy struct {
	servers []*kept
	mu      sync.Mutex
	ready   map[*kept]*httputil.ReverseProxy // by server; missing: not ready
	urls    map[*kept]string
	next    int
}

func (p *proxy) add(k *kept) { p.servers = append(p.servers, k) }

func (p *proxy) serve(t *testing.T) (address string) {
	p.ready, p.urls = map[*kept]*httputil.ReverseProxy{}, map[*kept]string{}
	p.look()
	go func() {
		for t.Context().Err() == nil {
			p.look()
			time.Sleep(100 * time.Millisecond)
		}
	}()
	srv := &http.Server{Addr: "127.0.0.1:0", Handler: p}
	ln, err := newListener()
	if err != nil {
		t.Fatal(err)
	}
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return "http://" + ln.Addr().String()
}

func (p *proxy) look() {
	for _, k := range p.servers {
		address := k.url()
		res, err := http.Get(address + "/readyz")
		good := err == nil && res.StatusCode == http.StatusOK
		if err == nil {
			res.Body.Close()
		}
		p.mu.Lock()
		switch {
		case !good:
			delete(p.ready, k)
		case p.ready[k] == nil || p.urls[k] != address:
			to, _ := url.Parse(address) // it was asked a moment ago
			p.ready[k], p.urls[k] = httputil.NewSingleHostReverseProxy(to), address
		}
		p.mu.Unlock()
	}
}

// until waits until requests go to the server again.
func (p *proxy) until(t *testing.T, k *kept) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		p.mu.Lock()
		good := p.ready[k] != nil && p.urls[k] == k.url()
		p.mu.Unlock()
		if good {
			return
		}
		if time.Since(began) > time.Minute {
			t.Fatal("the proxy does not see that the server is back")
		}
	}
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	var to *httputil.ReverseProxy
	for range p.servers {
		p.next++
		if to = p.ready[p.servers[p.next%len(p.servers)]]; to != nil {
			break
		}
	}
	p.mu.Unlock()
	if to == nil {
		http.Error(w, "no server is ready", http.StatusBadGateway)
		return
	}
	to.ServeHTTP(w, r)
}

// TestProcessesByHand runs the script that starts the processes of
// docker-compose.yml without containers, with the settings of production.
func TestProcessesByHand(t *testing.T) {
	e := newEstate(buildProgram(t), t, 0)
	cmd := exec.Command("../../deploy/processes", "2")
	cmd.Env = append(append(os.Environ(), e.env...), "SAMSYN="+e.binary, "SAMSYN_DATA="+e.data)
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	lines := make(chan string, 1000)
	go func() {
		for s := bufio.NewScanner(said); s.Scan(); {
			lines <- s.Text()
		}
		close(lines)
	}()
	for began, process := time.Now(), []string{"api", "workers-1", "workers-2"}; len(process) > 0; time.Sleep(100 * time.Millisecond) {
		out, err := e.command(e.dir(process[0]), "health").CombinedOutput()
		if err == nil {
			process = process[1:]
		} else if time.Since(began) > 2*time.Minute {
			t.Fatalf("%s: %s", process[0], out)
		}
	}
	files := t.TempDir()
	if err := os.WriteFile(filepath.Join(files, "kunder.csv"), []byte("Kundenr;Navn\n1;Fjordvik Bygg AS\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e.must(e.dir("api"), "source", "add", "folder", "--name", "salg", "--department", "Salg", "--path", files)
	e.must(e.dir("api"), "sync", "--wait")
	if n := e.hits(e.dir("api"), "fjordvik"); n != 1 {
		t.Errorf("%d hits", n)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("the script does not end its processes")
	}
	e.fails(1, e.dir("api"), "health")
}

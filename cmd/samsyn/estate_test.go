package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"samsyn/configs"
	"samsyn/indexer"
	"samsyn/internal/testenv"
)

// estate is the production set-up of a company: Postgres, Redis, Meilisearch and
// processes for the pages and the work, all of them real.
type estate struct {
	program  // with the settings of production
	dsn      string
	postgres *testenv.PostgresProcess
	redis    *testenv.RedisProcess
	meili    *testenv.MeilisearchProcess
	data     string // holds a directory for each process
}

// newEstate starts the servers. disk is the size in bytes of Meilisearch's disk, 0 for the usual one.
func newEstate(p program, t testing.TB, disk int) *estate {
	t.Helper()
	e := &estate{data: t.TempDir(), postgres: testenv.PostgresServer(t), redis: testenv.RedisServer(t)}
	if disk > 0 {
		e.meili = testenv.MeilisearchOnSmallDisk(t, disk)
	} else {
		e.meili = testenv.MeilisearchServer(t)
	}
	e.dsn = e.postgres.Database()
	key := make([]byte, 32)
	rand.Read(key)
	p.t = t
	e.program = p.with("SAMSYN_STORE="+e.dsn, "SAMSYN_QUEUE="+e.redis.URL, "SAMSYN_INDEX=meili:"+e.meili.URL, "SAMSYN_ADDR=127.0.0.1:0",
		"SAMSYN_KEY="+base64.StdEncoding.EncodeToString(key), "SAMSYN_DRAIN=1s", "SAMSYN_EVERY=2s")
	var made struct{ Key string }
	out := e.with("MEILI_MASTER_KEY="+e.meili.Key).must(e.data, "index", "key")
	if err := json.Unmarshal(out, &made); err != nil {
		t.Fatal(err)
	}
	e.program = e.with("SAMSYN_INDEX_KEY=" + made.Key)
	return e
}

// dir is the data directory of a process.
func (e *estate) dir(process string) string { return filepath.Join(e.data, process) }

// audit compares the index with the store.
func (e *estate) audit(t *testing.T) indexer.Differences {
	t.Helper()
	vars := map[string]string{}
	for _, kv := range e.env {
		name, value, _ := strings.Cut(kv, "=")
		vars[name] = value
	}
	cfg := configs.Default()
	cfg.Data, cfg.Store, cfg.Index, cfg.IndexKey, cfg.Key = e.dir("audit"), vars["SAMSYN_STORE"], vars["SAMSYN_INDEX"], vars["SAMSYN_INDEX_KEY"], vars["SAMSYN_KEY"]
	own := &env{ctx: t.Context(), cfg: cfg, log: slog.New(slog.DiscardHandler)}
	b, err := openBase(own)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	engine, err := openEngine(own)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	live, err := indexer.OpenLive(t.Context(), engine, b.store, own.log)
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	d, err := live.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// kept is a process that is started again whenever it ends, as an operator's
// machinery does.
type kept struct {
	p    program
	data string
	args []string
	log  string

	mu      sync.Mutex
	now     *exec.Cmd
	ended   bool
	done    chan struct{}
	started int
}

func (p program) keep(data string, args ...string) *kept {
	p.t.Helper()
	k := &kept{p: p, data: data, args: args, log: data + ".log", done: make(chan struct{})}
	go k.run()
	p.t.Cleanup(k.end)
	return k
}

func (k *kept) run() {
	defer close(k.done)
	for k.start() {
		k.now.Wait()
		time.Sleep(200 * time.Millisecond)
	}
}

func (k *kept) start() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended {
		return false
	}
	log, err := os.OpenFile(k.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		k.p.t.Error(err)
		return false
	}
	defer log.Close()
	k.now = k.p.command(k.data, k.args...)
	k.now.Stderr = log
	k.started++
	if err := k.now.Start(); err != nil {
		k.p.t.Error(err)
		return false
	}
	return true
}

func (k *kept) signal(s os.Signal) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now != nil && k.now.Process != nil {
		k.now.Process.Signal(s)
	}
}

// end ends it for good.
func (k *kept) end() {
	k.mu.Lock()
	k.ended = true
	k.mu.Unlock()
	k.signal(os.Interrupt)
	select {
	case <-k.done:
	case <-time.After(20 * time.Second):
		k.signal(os.Kill)
		<-k.done
	}
}

// ready waits until it answers that it is.
func (k *kept) ready() {
	k.p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for {
		l := running(ctx, k.data)
		if l != nil && l.do(ctx, "GET", "/readyz", nil, nil) == nil {
			return
		}
		if ctx.Err() != nil {
			k.p.t.Fatalf("samsyn %s is not ready\n%s", strings.Join(k.args, " "), k.said())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// said is the end of its log.
func (k *kept) said() string {
	data, err := os.ReadFile(k.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}

// url is where the pages are served since its last start.
func (k *kept) url() string {
	data, err := os.ReadFile(k.log)
	if err != nil {
		k.p.t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(data[max(0, bytes.LastIndex(data, []byte("Samsyn is served at "))):], []byte("Samsyn is served at "))
	if !ok {
		k.p.t.Fatalf("it serves nothing\n%s", data)
	}
	address, _, _ := bytes.Cut(rest, []byte("\n"))
	return string(address)
}

func newListener() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"samsyn/api"
	"samsyn/connectors"
	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/ingest"
	"samsyn/internal/linker"
	"samsyn/internal/store"
	"samsyn/workers"
)

// app is a whole installation in this process.
type app struct {
	*base
	linker  *linker.Linker
	index   *indexer.Live
	workers *workers.Workers
	server  *api.Server
	metrics *prometheus.Registry
	closers []func() error // run last to first
}

// leaseTTL is how long a source stays taken after its worker died.
const leaseTTL = 30 * time.Second

func openApp(e *env) (_ *app, err error) {
	if err := e.cfg.Complete(); err != nil {
		return nil, err
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(e.cfg.HeapLimit())
	}
	if os.Getenv("GOGC") == "" {
		// Batches come and go above a small live heap: collecting at twice its size
		// costs a quarter of the processor time, and the limit holds in any case.
		debug.SetGCPercent(400)
	}
	a := &app{metrics: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if len(e.cfg.Embedded()) > 0 {
		if err := a.lock(e.cfg.Data); err != nil {
			return nil, err
		}
	}
	if a.base, err = openBase(e); err != nil {
		return nil, err
	}
	a.atClose(a.base.Close)
	if strings.HasPrefix(e.cfg.Store, "sqlite:") {
		// We have the store to ourselves: what is leased belongs to a process that died.
		if err := a.store.BreakLeases(a.ctx); err != nil {
			return nil, err
		}
	}
	a.linker = linker.New(a.store, a.log)
	if err := a.openWorkers(); err != nil {
		return nil, err
	}
	if err := a.openIndex(); err != nil {
		return nil, err
	}
	if err := errors.Join(a.metrics.Register(collectors.NewGoCollector()),
		a.metrics.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})), a.metrics.Register(meters{a})); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return a, a.openServer()
}

// lock keeps a second process from using the same embedded parts.
func (a *app) lock(data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	l := flock.New(filepath.Join(data, "lock"))
	// A process that is just ending is waited for.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ok, err := l.TryLockContext(ctx, 50*time.Millisecond)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("lock data directory: %w", err)
	}
	if !ok {
		return fmt.Errorf("another samsyn process uses %s: end it, or give this one another directory with --data", data)
	}
	a.atClose(l.Unlock)
	return nil
}

func (a *app) openIndex() error {
	engine, err := openEngine(a.env)
	if err != nil {
		return fmt.Errorf("open index: %w", err)
	}
	a.atClose(engine.Close)
	if a.index, err = indexer.OpenLive(a.ctx, engine, a.store, a.log); err != nil {
		return fmt.Errorf("open index: %w", err)
	}
	a.atClose(a.index.Close)
	return nil
}

func (a *app) openWorkers() (err error) {
	looker := &ingest.Looker{Store: a.store, Registry: a.registry, Owner: owner(), TTL: leaseTTL, Log: a.log}
	a.workers, err = workers.New(a.cfg.Queue, workers.Work{
		Sources: a.store.Sources,
		Sync: func(ctx context.Context, id hub.SourceID) error {
			_, err := looker.Sync(ctx, id)
			return err
		},
		Link:  a.linker.Follow,
		Index: func(ctx context.Context) (int, error) { return a.index.Follow(ctx) }, // it is opened later
		Tidy:  a.tidy,
		Watch: a.watch,
	}, workers.Options{Log: a.log, Concurrency: a.cfg.Concurrency, Every: a.cfg.Every, Installation: a.installation})
	if err != nil {
		return fmt.Errorf("open queue: %w", err)
	}
	a.atClose(a.workers.Close)
	return a.workers.Claim(a.ctx)
}

// owner names this process in leases.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// tidy is the nightly work: the index is compared with the store, and what
// nobody needs any more is thrown away.
func (a *app) tidy(ctx context.Context) error {
	_, err := a.index.Audit(ctx)
	if err != nil {
		return fmt.Errorf("audit index: %w", err)
	}
	n, err := a.store.Purge(ctx)
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	if _, err := a.access.Expire(ctx, time.Now().AddDate(0, 0, -a.cfg.AccessDays)); err != nil {
		return err
	}
	if err := a.linker.Estimate(ctx); err != nil {
		return err
	}
	a.log.Info("tidied", "purged", n)
	return nil
}

// watch waits for changes of a source that can tell of them.
func (a *app) watch(ctx context.Context, src hub.Source, changed func()) error {
	conn, err := a.registry.Open(ctx, src)
	if err != nil {
		return err
	}
	defer conn.Close()
	w, ok := conn.(connectors.Watcher)
	if !ok {
		<-ctx.Done()
		return nil
	}
	return w.Watch(ctx, changed)
}

func (a *app) openServer() (err error) {
	a.server, err = api.New(api.Deps{
		Store: a.store, Index: a.index, Registry: a.registry,
		Sync:    a.workers.Sync,
		SyncAll: a.syncAll,
		Follow:  a.workers.Follow,
		Relink:  a.relink,
		Reindex: a.reindex,
		Preview: a.linker.Preview, AccessLog: a.access,
		Ready: map[string]func(context.Context) error{
			"store": a.store.Ping, "queue": a.workers.Ping, "index": a.index.Ping,
		},
		Metrics: a.metrics, Log: a.log, Version: version, Now: time.Now, Zone: time.Local,
		Secure: strings.HasPrefix(a.cfg.URL, "https://"), TrustedProxies: a.cfg.TrustedProxies,
	})
	if err != nil {
		return fmt.Errorf("open server: %w", err)
	}
	a.atClose(a.server.Close)
	return nil
}

func (a *app) syncAll(ctx context.Context) error {
	sources, err := a.store.Sources(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, src := range sources {
		if !src.Paused {
			errs = append(errs, a.workers.Sync(ctx, src.ID))
		}
	}
	return errors.Join(errs...)
}

func (a *app) atClose(f func() error) { a.closers = append(a.closers, f) }

// Close closes the parts, the last opened first.
func (a *app) Close() error {
	var errs []error
	for _, f := range slices.Backward(a.closers) {
		errs = append(errs, f())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// relink begins linking again; it is noted here and done by the workers.
func (a *app) relink(ctx context.Context) error {
	err := a.store.Linking(ctx, func(l *store.Linking) error { return l.Restart(ctx) })
	return errors.Join(err, a.workers.Follow(ctx))
}

// reindex has a new index built beside the live one, by the workers.
func (a *app) reindex(ctx context.Context) error {
	return errors.Join(a.index.Renew(ctx), a.workers.Follow(ctx))
}

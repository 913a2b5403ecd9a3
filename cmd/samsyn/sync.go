package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/linker"
	"samsyn/internal/store"
)

type syncCmd struct {
	Names []string `arg:"" optional:"" help:"Sources; all when none is named."`
	Wait  bool     `help:"End when all is linked and searchable."`
}

func (c *syncCmd) Run(e *env) (err error) {
	l, err := reach(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if l.app != nil {
		// No server is running: the work is done here.
		stop := l.app.work()
		defer stop()
		c.Wait = true
	}
	b, err := l.base(e)
	if err != nil {
		return err
	}
	sources, err := c.chosen(b)
	if err != nil {
		return err
	}
	began := time.Now()
	for _, src := range sources {
		if err := l.do(e.ctx, http.MethodPost, "/api/v1/sources/"+src.ID.String()+"/sync", nil, nil); err != nil {
			return fmt.Errorf("sync %s: %w", src.Name, err)
		}
	}
	if !c.Wait {
		e.out.say("%d sources will be looked at.", len(sources))
		return nil
	}
	return b.await(e.ctx, sources, began)
}

// chosen are the sources named, or all that are not paused.
func (c *syncCmd) chosen(b *base) ([]hub.Source, error) {
	if len(c.Names) == 0 {
		all, err := b.store.Sources(b.ctx)
		var out []hub.Source
		for _, s := range all {
			if !s.Paused {
				out = append(out, s)
			}
		}
		return out, err
	}
	var out []hub.Source
	for _, name := range c.Names {
		src, err := b.store.SourceByName(b.ctx, name)
		if errors.Is(err, store.ErrNotFound) {
			return nil, unknownSource(name)
		}
		if err != nil {
			return nil, err
		}
		if src.Paused {
			return nil, fmt.Errorf("source %s is paused; resume it with: samsyn source resume %s", name, name)
		}
		out = append(out, src)
	}
	return out, nil
}

// work does the jobs that are asked for, in this process, until the returned
// function is called.
func (a *app) work() (stop func()) {
	ctx, cancel := context.WithCancel(a.ctx)
	done := make(chan error, 1)
	go func() { done <- a.workers.Process(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			a.log.Error("workers ended", "err", err)
		}
	}
}

// await shows the progress of the looks and returns when each source was looked
// at since then, and all that was read is linked and searchable. A source that
// could not be read is an error, after the others are through.
func (b *base) await(ctx context.Context, sources []hub.Source, since time.Time) error {
	var statuses []store.Status
	settling := settling{base: b}
	err := follow(ctx, func() (s step, err error) {
		if statuses, err = b.statuses(ctx, sources); err != nil {
			return s, err
		}
		looked, records := 0, 0
		for _, s := range statuses {
			if !s.Syncing && s.Tried.UnixMilli() >= since.UnixMilli() {
				looked++
			}
			records += s.Records
		}
		if looked < len(statuses) {
			return step{what: fmt.Sprintf("reading, %d of %d sources are through", looked, len(statuses)), count: records}, nil
		}
		s, err = settling.look(ctx)
		s.count = records
		return s, err
	})
	if err != nil {
		return err
	}
	return b.summary(statuses)
}

func (b *base) statuses(ctx context.Context, sources []hub.Source) ([]store.Status, error) {
	all, err := b.store.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	wanted := map[hub.SourceID]bool{}
	for _, s := range sources {
		wanted[s.ID] = true
	}
	var out []store.Status
	for _, s := range all {
		if wanted[s.ID] {
			out = append(out, s)
		}
	}
	return out, nil
}

// settling waits until all that was read is linked and indexed.
type settling struct {
	*base
	at    string    // how far the followers have come
	since time.Time // when they came there
}

// patient is how long the followers may stand still, as when the job is to be
// tried again much later, until linking is done here.
const patient = 10 * time.Second

func (w *settling) look(ctx context.Context) (step, error) {
	s, err := w.behind(ctx)
	if err != nil || s.done {
		return s, err
	}
	at, err := w.places(ctx)
	if err != nil || at != w.at {
		w.at, w.since = at, time.Now()
		return s, err
	}
	if time.Since(w.since) > patient {
		w.since = time.Now()
		_, err = linker.New(w.store, w.log).Follow(ctx)
	}
	return s, err
}

// places tells how far linking and indexing have come, to be compared.
func (b *base) places(ctx context.Context) (string, error) {
	read, err := b.store.Cursor(ctx, linker.Cursor)
	if err != nil {
		return "", err
	}
	head, err := b.store.Head(ctx)
	if err != nil {
		return "", err
	}
	indexed, err := indexer.Place(ctx, b.store)
	return fmt.Sprint(read, head, indexed), err
}

// behind looks whether the followers have come to the end of what was read, and
// does nothing about it.
func (b *base) behind(ctx context.Context) (step, error) {
	if linked, err := b.store.AllLinked(ctx); err != nil || !linked {
		return step{what: "linking"}, err
	}
	place, err := indexer.Place(ctx, b.store)
	if err != nil {
		return step{}, err
	}
	rest, err := b.store.Changes(ctx, place, 1)
	return step{done: len(rest) == 0, what: "indexing"}, err
}

// summary prints what each look found; sources that could not be read become the error.
func (b *base) summary(statuses []store.Status) error {
	var errs []error
	for _, s := range statuses {
		if s.Error != "" {
			errs = append(errs, fmt.Errorf("source %s: %s", s.Name, s.Error))
		}
		line := map[string]any{"source": s.Name, "records": s.Records, "scopes": s.Scopes, "problems": s.Problems, "held": s.Held, "error": s.Error}
		if err := b.out.line(line, "%s: %d records, %d problems; %s", s.Name, s.Records, s.Problems, fares(s)); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

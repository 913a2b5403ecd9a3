package workers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"samsyn/internal/hub"
)

const (
	night    = 3         // the hour at which tidying is due, local time
	settled  = time.Hour // after the start the installation is tidied once, as it may never be up at night
	tidyRest = 20 * time.Hour
)

// keepSchedule asks for looks at the sources that are due, and keeps the
// watches of those that can be watched. Each of several processes does this;
// keys in the queue see to it that things are asked for once.
func (w *Workers) keepSchedule(ctx context.Context) error {
	watches := watches{w: w, running: map[hub.SourceID]watch{}}
	defer watches.stop()
	tidyAt := time.Now().Add(settled)
	tick := max(min(w.opt.Every/4, time.Second), 50*time.Millisecond)
	for {
		switch err := w.tick(ctx, &watches, &tidyAt); {
		case errors.Is(err, ErrForeign):
			return err
		case err != nil && ctx.Err() == nil:
			w.opt.Log.Error("schedule", "err", err)
		}
		if sleep(ctx, tick) != nil {
			return nil
		}
	}
}

func (w *Workers) tick(ctx context.Context, watches *watches, tidyAt *time.Time) error {
	if err := w.Claim(ctx); err != nil { // a queue that was lost has no stamp
		return err
	}
	sources, err := w.work.Sources(ctx)
	if err != nil {
		return fmt.Errorf("list sources: %w", err)
	}
	watches.keep(ctx, sources)
	var errs []error
	for _, src := range sources {
		if !src.Paused {
			errs = append(errs, w.offerOnce(ctx, job{Kind: kindSync, Source: src.ID, Routine: true}, src.ID.String(), w.opt.Every))
		}
	}
	// Should a chain have been cut, the followers are behind: this makes it good.
	errs = append(errs, w.offerOnce(ctx, job{Kind: kindLink}, kindLink, w.opt.Every))
	if now := time.Now(); now.After(*tidyAt) {
		*tidyAt = nextNight(now)
		errs = append(errs, w.offerOnce(ctx, job{Kind: kindTidy}, kindTidy, tidyRest))
	}
	return errors.Join(errs...)
}

// offerOnce asks for a job unless it rests.
func (w *Workers) offerOnce(ctx context.Context, j job, what string, period time.Duration) error {
	due, err := w.queue.due(ctx, what, period)
	if err != nil || !due {
		return err
	}
	return w.queue.offer(ctx, j, 0)
}

func nextNight(now time.Time) time.Time {
	at := time.Date(now.Year(), now.Month(), now.Day(), night, 0, 0, 0, now.Location())
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// watches are the sources watched by this process, or by another for which it
// stands ready.
type watches struct {
	w       *Workers
	running map[hub.SourceID]watch
	ending  sync.WaitGroup
}

type watch struct {
	src  hub.Source
	stop context.CancelFunc
}

// keep starts and ends watches so that they are those of the sources.
func (ws *watches) keep(ctx context.Context, sources []hub.Source) {
	wanted := map[hub.SourceID]hub.Source{}
	for _, src := range sources {
		if !src.Paused {
			wanted[src.ID] = src
		}
	}
	for id, running := range ws.running {
		if src, ok := wanted[id]; !ok || !bytes.Equal(src.Config, running.src.Config) {
			running.stop()
			delete(ws.running, id)
		}
	}
	for id, src := range wanted {
		if _, ok := ws.running[id]; ok {
			continue
		}
		ctx, stop := context.WithCancel(ctx)
		ws.running[id] = watch{src, stop}
		ws.ending.Go(func() { ws.w.watch(ctx, src) })
	}
}

func (ws *watches) stop() {
	for _, running := range ws.running {
		running.stop()
	}
	ws.ending.Wait()
}

// watch watches a source, as long as no other process does, until ctx ends.
func (w *Workers) watch(ctx context.Context, src hub.Source) {
	const first, most = time.Second, 5 * time.Minute
	wait := first
	for {
		began := time.Now()
		switch err := w.watchOnce(ctx, src); {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errTaken), time.Since(began) > time.Minute:
			wait = first
		default:
			w.opt.Log.Info("watch ended", "source", src.Name, "again", wait, "err", err)
		}
		if sleep(ctx, wait) != nil {
			return
		}
		wait = min(2*wait, most)
	}
}

func (w *Workers) watchOnce(ctx context.Context, src hub.Source) (err error) {
	held, release, err := w.queue.hold(ctx, "watch:"+src.ID.String())
	if err != nil {
		return err
	}
	defer release()
	defer func() {
		if p := recover(); p != nil {
			w.opt.Log.Error("panic", "source", src.Name, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in watch of %s: %v", src.Name, p)
		}
	}()
	return w.work.Watch(held, src, func() {
		if err := w.Sync(held, src.ID); err != nil && held.Err() == nil {
			w.opt.Log.Error("change not followed", "source", src.Name, "err", err)
		}
	})
}

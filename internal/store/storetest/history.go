package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"samsyn/internal/hub"
	"samsyn/internal/store"
	"samsyn/internal/store/fault"
)

// history lets a random world and workers that crash, stall and come twice have
// their way with one source. However it goes, one undisturbed look afterwards
// must leave what a clean ingest of the world at its end leaves elsewhere, and a
// follower of the changes must have learnt of it.
type history struct {
	store    *store.Store
	rnd      *rand.Rand
	world    *world
	source   hub.SourceID
	follower *follower
	stalled  []*stalled
	bug      *bug
	events   []string
}

// stalled is a worker that was halted.
type stalled struct {
	*worker
	next func() (struct{}, bool)
	stop func()
}

var (
	errCrash  = errors.New("crash")
	errFalse  = errors.New("a worker that had lost its lease was let through")
	errDiffer = errors.New("the store differs")
)

// live runs the history with that seed. Its error says what is wrong.
func live(ctx context.Context, s *store.Store, seed uint64, b *bug) (err error) {
	h := &history{store: s, rnd: rand.New(rand.NewPCG(seed, 1)), bug: b}
	h.world = newWorld(h.rnd)
	defer func() {
		for _, w := range h.stalled {
			w.stop()
		}
		if err != nil {
			err = fmt.Errorf("%w\nhistory: %s", err, h.events)
		}
	}()
	if h.source, err = addSource(ctx, s, fmt.Sprint("history ", seed)); err != nil {
		return err
	}
	head, err := s.Head(ctx)
	if err != nil {
		return err
	}
	h.follower = newFollower(s, hub.Cursor{Rev: head, ID: 1<<31 - 1})
	for range 6 + h.rnd.IntN(9) {
		if err := h.step(ctx); err != nil {
			return err
		}
	}
	return errors.Join(h.end(ctx), s.RemoveSource(ctx, h.source))
}

func addSource(ctx context.Context, s *store.Store, name string) (hub.SourceID, error) {
	return s.AddSource(ctx, hub.Source{Name: name, Kind: "model", Department: "Sales"})
}

func (h *history) note(format string, args ...any) {
	h.events = append(h.events, fmt.Sprintf(format, args...))
}

func (h *history) step(ctx context.Context) error {
	before := maps.Clone(h.world.scopes)
	for range h.rnd.IntN(4) {
		h.world.change()
	}
	var err error
	switch n := h.rnd.IntN(100); {
	case n < 40:
		err = h.crash(ctx)
		if h.world.odds(30) {
			h.note("all is as it was before")
			h.world.scopes = before
		}
	case n < 60:
		err = h.stall(ctx)
	case n < 70:
		h.note("look with unreachable scopes")
		w := h.worker()
		w.unreliable = true
		err = w.finish(h.with(ctx, w, nil))
	case n < 78:
		h.note("accept")
		_, err = h.store.Accept(ctx, h.source)
	default:
		h.note("look")
		w := h.worker()
		err = w.finish(h.with(ctx, w, nil))
	}
	if err != nil {
		return err
	}
	if len(h.stalled) > 0 && h.rnd.IntN(3) == 0 {
		if err := h.wake(ctx, h.rnd.IntN(len(h.stalled))); err != nil {
			return err
		}
	}
	return h.follower.catchUp(ctx, 3+h.rnd.IntN(40), 1+h.rnd.IntN(10))
}

func (h *history) worker() *worker {
	return &worker{store: h.store, source: h.source, scopes: h.world.snapshot(), batch: 1 + h.rnd.IntN(40),
		rnd: rand.New(rand.NewPCG(h.rnd.Uint64(), 2))}
}

// crash runs a worker that is killed before, at or after one of its statements;
// a job that was killed is often delivered again at once.
func (h *history) crash(ctx context.Context) error {
	w := h.worker()
	n, commit := 1+h.rnd.IntN(60), h.rnd.IntN(4)
	h.note("look crashing at %d/%d", n, commit)
	f := &fault.Fault{
		Statement: func(q string, args []any) (string, []any, error) {
			if n--; n == 0 && commit > 1 {
				return q, args, errCrash
			}
			return q, args, nil
		},
		Commit: func(do func() error) error {
			if n > 0 || commit > 1 {
				return do()
			}
			if commit == 1 { // acknowledgement lost
				if err := do(); err != nil {
					return err
				}
			}
			return errCrash
		},
	}
	err := w.finish(h.with(ctx, w, f))
	if errors.Is(err, errCrash) {
		return nil
	}
	return err
}

// stall halts a worker somewhere, unless it comes to its end before.
func (h *history) stall(ctx context.Context) error {
	w := &stalled{worker: h.worker()}
	w.next, w.stop = w.steps(h.with(ctx, w.worker, nil))
	calls := 1 + h.rnd.IntN(12)
	h.note("look stalling after %d", calls)
	for range calls {
		if _, more := w.next(); !more {
			return w.err
		}
	}
	h.stalled = append(h.stalled, w)
	return nil
}

// wake lets a stalled worker go on. When another has come since, it must be told so.
func (h *history) wake(ctx context.Context, i int) error {
	w := h.stalled[i]
	h.stalled = slices.Delete(h.stalled, i, i+1)
	h.note("stalled look goes on")
	for {
		if _, more := w.next(); !more {
			break
		}
	}
	if w.err != nil && !errors.Is(w.err, store.ErrFenced) {
		return w.err
	}
	return nil
}

// end looks undisturbed, wakes whoever sleeps still, and compares.
func (h *history) end(ctx context.Context) error {
	h.note("last look")
	last := h.worker()
	if err := last.finish(h.with(ctx, last, nil)); err != nil {
		return err
	}
	for len(h.stalled) > 0 {
		w := h.stalled[0]
		if err := h.wake(ctx, 0); err != nil {
			return err
		}
		if w.err == nil {
			return errFalse
		}
	}
	if _, err := h.store.Accept(ctx, h.source); err != nil {
		return err
	}
	clean, err := addSource(ctx, h.store, fmt.Sprint("clean ", h.source))
	if err != nil {
		return err
	}
	w := &worker{store: h.store, source: clean, scopes: h.world.snapshot(), batch: 10_000}
	if err := w.finish(ctx); err != nil {
		return err
	}
	if err := h.follower.catchUp(ctx, 1000, 0); err != nil {
		return err
	}
	return errors.Join(h.compare(ctx, clean), h.store.RemoveSource(ctx, clean))
}

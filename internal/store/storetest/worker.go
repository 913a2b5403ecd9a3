package storetest

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// worker looks once at a world as it was when the worker came, the way package
// ingest does. It can be halted before each call on the store.
type worker struct {
	store      *store.Store
	source     hub.SourceID
	scopes     []scope
	batch      int  // items in a Put; more where there are many
	unreliable bool // some scopes cannot be reached
	rnd        *rand.Rand

	now   scope // being read
	pause func() bool
	err   error
}

var errAbandoned = errors.New("abandoned")

// ttl is over at once, so that whoever comes next need not wait. Leases that
// live are tested apart.
const ttl = time.Duration(0)

// steps runs the worker up to its next call on the store with each step.
func (w *worker) steps(ctx context.Context) (next func() (struct{}, bool), stop func()) {
	return iter.Pull(func(yield func(struct{}) bool) {
		w.pause = func() bool { return yield(struct{}{}) }
		w.err = w.run(ctx)
	})
}

// finish runs the worker to its end.
func (w *worker) finish(ctx context.Context) error {
	w.pause = func() bool { return true }
	return w.run(ctx)
}

func (w *worker) run(ctx context.Context) error {
	y, err := w.store.BeginSync(ctx, w.source, "worker", ttl)
	if err != nil {
		return err
	}
	return w.look(ctx, y)
}

func (w *worker) look(ctx context.Context, y *store.Sync) error {
	if !w.pause() {
		return errAbandoned
	}
	known, err := y.Versions(ctx)
	if err != nil {
		return err
	}
	complete := true
	listed := map[string]bool{}
	for _, s := range w.scopes {
		listed[s.Name] = true
		if known[s.Name] == s.Version {
			continue
		}
		if w.unreliable && w.rnd.IntN(3) == 0 {
			complete = false
			err = y.Report(ctx, s.Name, "", hub.ClassUnreachable, "the folder "+s.Name+" cannot be reached")
		} else {
			err = w.read(ctx, y, s)
		}
		if err != nil {
			return err
		}
	}
	for name := range known {
		if complete && !listed[name] {
			if !w.pause() {
				return errAbandoned
			}
			if err := y.Drop(ctx, name); err != nil {
				return err
			}
		}
	}
	if !w.pause() {
		return errAbandoned
	}
	if complete {
		return y.Finish(ctx, store.Outcome{Complete: true})
	}
	return y.Finish(ctx, store.Outcome{Class: hub.ClassUnreachable, Reason: "a folder cannot be reached"})
}

func (w *worker) read(ctx context.Context, y *store.Sync, s scope) error {
	w.now = s
	seen, err := y.Scope(ctx, s.Name)
	if err != nil {
		return err
	}
	items := w.differences(s, seen)
	for batch := range slices.Chunk(items, max(w.batch, len(items)/8)) {
		if !w.pause() {
			return errAbandoned
		}
		if err := y.Put(ctx, s.Scope, batch); err != nil {
			return err
		}
	}
	for _, ref := range s.bad {
		if err := y.Report(ctx, s.Name, ref, hub.ClassBroken, "cannot be read"); err != nil {
			return err
		}
	}
	if !w.pause() {
		return errAbandoned
	}
	below := func(ref string) bool { // what the store finds by itself
		parent, _, child := strings.Cut(ref, "/")
		return child && seen.Ref(parent)
	}
	return y.Done(ctx, s.Scope, slices.DeleteFunc(seen.Gone(), below))
}

// differences are the items to put, without the content where a mail is known;
// what is still there is kept in seen. Rows below a mail that is gone go with it.
func (w *worker) differences(s scope, seen *store.Seen) (items []hub.Item) {
	s.items(func(it hub.Item, parent string) {
		keep := seen.Keep
		switch {
		case s.mail && seen.Ref(it.Ref):
			it.Key, it.Content = "", nil
			keep = seen.KeepWhole
		case seen.Mark(it.Mark) == it.Key:
			it.Content = nil
		}
		keep(it.Ref)
		items = append(items, it)
	})
	return items
}

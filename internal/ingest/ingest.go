// Package ingest carries what a connector yields into the store: one loop for
// every kind of source. It decides nothing about customers; it sees to it that
// after a look the store says exactly what the source says, whatever was
// interrupted before.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// Looker looks at sources.
type Looker struct {
	Store    *store.Store
	Registry *connectors.Registry
	Owner    string        // names this process in leases
	TTL      time.Duration // of a lease; it is renewed while the look goes on
	Log      *slog.Logger
}

const (
	batchItems = 2000
	batchBytes = 4 << 20
	// After so many scopes in a row that could not be reached the rest is left
	// to the next look: the server is down, not the scope.
	giveUpAfter = 3
	progressGap = 300 * time.Millisecond
)

// Sync looks at one source once. Scopes whose version the store has are not
// opened. It returns what it saw, store.ErrBusy if another worker is at it, and
// otherwise the error that kept the look from being complete; its class is told
// by connectors.ClassOf.
func (l *Looker) Sync(ctx context.Context, id hub.SourceID) (hub.Progress, error) {
	src, err := l.Store.Source(ctx, id)
	if err != nil {
		return hub.Progress{}, fmt.Errorf("look up source %s: %w", id, err)
	}
	if src.Paused {
		return hub.Progress{}, nil
	}
	sync, err := l.Store.BeginSync(ctx, id, l.Owner, l.TTL)
	if err != nil {
		return hub.Progress{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go l.renew(ctx, sync, stop)

	k := look{sync: sync, log: l.Log.With("source", src.Name)}
	err = k.run(ctx, l.Registry, src)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = cause
	}
	if errors.Is(err, store.ErrFenced) {
		return k.progress, err
	}
	// The lease is given back even when the process is asked to stop.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if ferr := sync.Finish(end, outcome(err)); ferr != nil {
		return k.progress, errors.Join(err, fmt.Errorf("finish look at %s: %w", src.Name, ferr))
	}
	return k.progress, err
}

func outcome(err error) store.Outcome {
	if err == nil {
		return store.Outcome{Complete: true}
	}
	return store.Outcome{Class: connectors.ClassOf(err), Reason: connectors.ReasonOf(err)}
}

// renew keeps the lease alive; when it is lost the look is stopped.
func (l *Looker) renew(ctx context.Context, sync *store.Sync, stop context.CancelCauseFunc) {
	tick := time.NewTicker(l.TTL / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := sync.Renew(ctx); errors.Is(err, store.ErrFenced) {
				stop(err)
				return
			} else if err != nil && ctx.Err() == nil {
				l.Log.Warn("lease not renewed", "err", err)
			}
		}
	}
}

// look is one look at one source.
type look struct {
	sync     *store.Sync
	log      *slog.Logger
	progress hub.Progress
	told     time.Time // when progress was last written
}

func (k *look) run(ctx context.Context, reg *connectors.Registry, src hub.Source) error {
	conn, err := reg.Open(ctx, src)
	if err != nil {
		return err
	}
	defer conn.Close()
	known, err := k.sync.Versions(ctx)
	if err != nil {
		return fmt.Errorf("read scope versions: %w", err)
	}
	if err := k.answer(ctx, conn); err != nil {
		return err
	}
	scopes, listed, failure := k.list(ctx, conn, known)
	if err := ctx.Err(); err != nil {
		return err
	}
	unreachable := 0
	for _, s := range scopes {
		if v, ok := known[s.Name]; !ok || v != s.Version {
			switch err := k.read(ctx, conn, s); {
			case errors.Is(err, store.ErrFenced), ctx.Err() != nil:
				return errors.Join(err, ctx.Err())
			case err != nil:
				k.log.Warn("scope not read", "scope", s.Name, "class", connectors.ClassOf(err))
				failure = errors.Join(failure, err)
				if unreachable++; unreachable == giveUpAfter {
					return failure
				}
				continue
			}
		}
		unreachable = 0
		k.progress.ScopesDone++
		if err := k.tell(ctx, s.Name, false); err != nil {
			return err
		}
	}
	if failure != nil {
		return failure
	}
	for name := range known {
		if !listed[name] {
			if err := k.sync.Drop(ctx, name); err != nil {
				return fmt.Errorf("drop scope %s: %w", name, err)
			}
		}
	}
	return k.tell(ctx, "", true)
}

// answer tells the connector what people said of columns.
func (k *look) answer(ctx context.Context, conn connectors.Connector) error {
	answers, err := k.sync.Answers(ctx)
	if t, ok := conn.(connectors.Tabular); ok && err == nil {
		t.Answer(answers)
	}
	return err
}

// list collects the scopes there are. failure says why the list is not whole.
func (k *look) list(ctx context.Context, conn connectors.Connector, known map[string]string) (scopes []hub.Scope, listed map[string]bool, failure error) {
	listed = map[string]bool{}
	for s, err := range conn.Scopes(ctx, known) {
		switch {
		case err == nil:
			scopes = append(scopes, s)
			listed[s.Name] = true
			k.progress.Scopes++
		case s.Name == "":
			return scopes, listed, err
		default:
			listed[s.Name] = true
			k.progress.Problems++
			if err := k.sync.Report(ctx, s.Name, "", connectors.ClassOf(err), connectors.ReasonOf(err)); err != nil {
				return scopes, listed, err
			}
			if connectors.ClassOf(err) != hub.ClassBroken {
				failure = errors.Join(failure, err)
			}
		}
	}
	return scopes, listed, failure
}

// read brings one scope up to date: what it yields is put in batches, what it
// yields no more is gone, and the version is saved with that.
func (k *look) read(ctx context.Context, conn connectors.Connector, s hub.Scope) error {
	seen, err := k.sync.Scope(ctx, s.Name)
	if err != nil {
		return fmt.Errorf("read state of %s: %w", s.Name, err)
	}
	b := batch{look: k, scope: s, seen: seen}
	for item, err := range conn.Read(ctx, s, seen) {
		switch {
		case err == nil:
			err = b.add(ctx, item)
		case item.Ref != "":
			if item.Ref != b.read { // there, though unreadable: what was read of it before stands
				seen.KeepWhole(item.Ref)
			}
			err = k.report(ctx, s.Name, item.Ref, err)
		case connectors.ClassOf(err) == hub.ClassBroken:
			// Unreadable in this version: what was read of it before stands.
			if err := b.flush(ctx); err != nil {
				return err
			}
			if err := k.report(ctx, s.Name, "", err); err != nil {
				return err
			}
			return k.done(ctx, s, nil)
		default:
			// What came so far is good; the rest is for the next look.
			return errors.Join(err, b.flush(ctx))
		}
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := k.sync.Stand(ctx, s.Name, b.faulty); err != nil {
		return fmt.Errorf("keep problems of %s: %w", s.Name, err)
	}
	return k.done(ctx, s, seen.Gone())
}

func (k *look) done(ctx context.Context, s hub.Scope, gone []string) error {
	if err := k.sync.Done(ctx, s, gone); err != nil {
		return fmt.Errorf("close scope %s: %w", s.Name, err)
	}
	return nil
}

func (k *look) report(ctx context.Context, scope, ref string, err error) error {
	k.progress.Problems++
	k.log.Info("unreadable", "scope", scope, "ref", ref, "class", connectors.ClassOf(err))
	return k.sync.Report(ctx, scope, ref, connectors.ClassOf(err), connectors.ReasonOf(err))
}

// tell writes the progress for people to see, not more often than they can read.
func (k *look) tell(ctx context.Context, scope string, now bool) error {
	if k.progress.Scope = scope; !now && time.Since(k.told) < progressGap {
		return nil
	}
	k.told = time.Now()
	if err := k.sync.Progress(ctx, k.progress); err != nil {
		return fmt.Errorf("save progress: %w", err)
	}
	return nil
}

// batch gathers items so that the store writes many with one statement.
type batch struct {
	look   *look
	scope  hub.Scope
	seen   *store.Seen
	items  []hub.Item
	bytes  int
	read   string   // ref last read with its content
	faulty []string // refs not read again whose problems stand
}

func (b *batch) add(ctx context.Context, item hub.Item) error {
	switch {
	case item.Sheet != nil:
		b.seen.Keep(item.Ref)
	case item.Content != nil:
		b.look.progress.Items++
		b.seen.Keep(item.Ref)
		b.read = item.Ref
	default:
		b.look.progress.Items++
		b.seen.KeepWhole(item.Ref)
		if item.Key != "" {
			break
		}
		if b.seen.Faulty(item.Ref) {
			b.faulty = append(b.faulty, item.Ref)
		}
		return nil
	}
	b.items = append(b.items, item)
	b.bytes += size(item)
	if len(b.items) >= batchItems || b.bytes >= batchBytes {
		return b.flush(ctx)
	}
	return nil
}

func (b *batch) flush(ctx context.Context) error {
	if len(b.items) > 0 {
		if err := b.look.sync.Put(ctx, b.scope, b.items); err != nil {
			return fmt.Errorf("store items of %s: %w", b.scope.Name, err)
		}
	}
	b.items, b.bytes = nil, 0
	return b.look.tell(ctx, b.scope.Name, false)
}

// size is about how many bytes an item takes.
func size(item hub.Item) (n int) {
	if c := item.Content; c != nil {
		n = len(c.Title) + len(c.Text) + len(c.Quoted)
		for _, f := range c.Fields {
			n += len(f.Name) + len(f.Value)
		}
	}
	if item.Sheet != nil {
		for _, t := range item.Sheet.Tables {
			n += t.Size()
		}
	}
	return n
}

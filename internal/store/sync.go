package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"samsyn/internal/hub"
)

// Sync is one look at one source under a lease. Every write first checks that
// the lease is still its own, in the same transaction, and prolongs it; when it
// was lost, ErrFenced is returned and nothing is written. One goroutine writes
// through it; Renew may run beside.
type Sync struct {
	store   *Store
	source  hub.SourceID
	name    string // of the source
	owner   string
	epoch   int64
	ttl     time.Duration
	answers string              // stamp of the answers about columns that this look reads by
	astray  map[string]bool     // scopes whose saved version this look has set aside
	bare    map[SheetPlace]bool // sheets that hold an erased row: they are described without samples
}

// unread is the version, equal to no other, of a scope that was not read to its end.
const unread = "\x00unread"

// BeginSync leases a source to owner for ttl. ErrBusy: a lease on it lives, be
// it of the same owner; ErrNotFound.
func (s *Store) BeginSync(ctx context.Context, id hub.SourceID, owner string, ttl time.Duration) (*Sync, error) {
	y := &Sync{store: s, source: id, owner: owner, ttl: ttl, astray: map[string]bool{}, bare: map[SheetPlace]bool{}}
	err := s.write(ctx, func(t *tx) error {
		src, err := t.lockSource(ctx, id)
		if err != nil {
			return err
		}
		y.name = src.Name
		err = t.get(ctx, `UPDATE sources SET lease_owner = ?, lease_epoch = lease_epoch + 1, lease_until = ?, tried = ?, progress = '{}'
			WHERE id = ? AND lease_until <= ? RETURNING lease_epoch`, []any{owner, y.until(t), t.now, id, t.now}, &y.epoch)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrBusy
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lease source %s: %w", id, err)
	}
	return y, nil
}

func (y *Sync) until(t *tx) int64 { return t.now + y.ttl.Milliseconds() }

// write runs f in a transaction that has the lease.
func (y *Sync) write(ctx context.Context, f func(*tx) error) error {
	return y.store.write(ctx, func(t *tx) error {
		n, err := t.exec(ctx, "UPDATE sources SET lease_until = ? WHERE id = ? AND lease_owner = ? AND lease_epoch = ?",
			y.until(t), y.source, y.owner, y.epoch)
		if err == nil && n == 0 {
			err = ErrFenced
		}
		if err != nil {
			return err
		}
		return f(t)
	})
}

// Renew prolongs the lease by its ttl from now.
func (y *Sync) Renew(ctx context.Context) error {
	return y.write(ctx, func(*tx) error { return nil })
}

// Progress saves how far the look has come, for people to see.
func (y *Sync) Progress(ctx context.Context, p hub.Progress) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return y.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "UPDATE sources SET progress = ? WHERE id = ?", string(b), y.source)
		return err
	})
}

// Versions returns the version last read of every scope the store has. A scope
// that was not read to its end has a version that equals no other.
func (y *Sync) Versions(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	rows, err := y.store.query(ctx, "SELECT name, version FROM scopes WHERE source = ?", y.source)
	err = visit(rows, err, func(r *sql.Rows) error {
		var name string
		var version sql.NullString
		err := r.Scan(&name, &version)
		if out[name] = version.String; !version.Valid {
			out[name] = unread
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("scope versions of %s: %w", y.source, err)
	}
	return out, nil
}

// Report files a problem of this look. scope and ref may be empty; class is one
// of hub.Class…, reason a sentence for people. A problem of a scope stands until
// the scope is read again, any other until a complete look does not report it.
func (y *Sync) Report(ctx context.Context, scope, ref, class, reason string) error {
	return y.write(ctx, func(t *tx) error {
		p := hub.Problem{Source: y.source, Scope: scope, Ref: ref, Class: class, Reason: reason}
		return t.report(ctx, []hub.Problem{p}, y.epoch, false)
	})
}

// Stand says that the problems at refs stand, though this look did not meet
// them: what lies there is as it was and was not read again.
func (y *Sync) Stand(ctx context.Context, scope string, refs []string) error {
	if len(refs) == 0 {
		return nil
	}
	return y.write(ctx, func(t *tx) error {
		return execOf(ctx, t, refs, "UPDATE problems SET epoch = ? WHERE source = ? AND scope = ? AND ref IN %s", y.epoch, y.source, scope)
	})
}

// Done closes a scope that was read to its end: the sightings at the refs in
// gone and below them are removed, and what sheets at these refs were taken for;
// version and time of the scope are saved with that.
func (y *Sync) Done(ctx context.Context, scope hub.Scope, gone []string) error {
	err := y.write(ctx, func(t *tx) error {
		if err := y.leave(ctx, t, scope, gone); err != nil {
			return err
		}
		err := t.all(ctx,
			stmt("INSERT INTO scopes (source, name, version, at) VALUES (?, ?, ?, ?) ON CONFLICT (source, name) DO UPDATE SET version = excluded.version, at = excluded.at",
				y.source, scope.Name, scope.Version, millis(scope.At)),
			stmt("DELETE FROM problems WHERE source = ? AND scope = ? AND epoch < ? AND class <> ?", y.source, scope.Name, y.epoch, hub.ClassHeld),
			stmt("UPDATE problems SET stands = 1 WHERE source = ? AND scope = ?", y.source, scope.Name))
		if err != nil {
			return err
		}
		// Now that the scope is locked: who answers from now on waits, and voids its version.
		_, now, err := t.answers(ctx, y.name)
		if err == nil && now != y.answers {
			_, err = t.exec(ctx, "UPDATE scopes SET version = NULL WHERE source = ? AND name = ?", y.source, scope.Name)
		}
		return err
	})
	if err == nil {
		delete(y.astray, scope.Name)
	}
	return err
}

// Drop forgets a scope that is no longer there, with all its sightings.
func (y *Sync) Drop(ctx context.Context, scope string) error {
	delete(y.astray, scope)
	return y.write(ctx, func(t *tx) error {
		rev, err := t.stamp(ctx)
		if err != nil {
			return err
		}
		w := t.settling(y.source, rev)
		refs, err := w.refs(ctx, scope, "")
		if err != nil {
			return err
		}
		if err := w.unsight(ctx, scope, refs); err != nil {
			return err
		}
		err = t.all(ctx,
			stmt("DELETE FROM scopes WHERE source = ? AND name = ?", y.source, scope),
			stmt("DELETE FROM sheets WHERE source = ? AND scope = ?", y.source, scope),
			stmt("DELETE FROM problems WHERE source = ? AND scope = ? AND class <> ?", y.source, scope, hub.ClassHeld))
		if err != nil {
			return err
		}
		return w.settle(ctx)
	})
}

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/dustin/go-humanize"

	"samsyn/internal/hub"
)

// Outcome says how a look ended.
type Outcome struct {
	Complete bool   // every scope was listed, and read or found unchanged: what was not seen is not there
	Class    string // else what came between, one of hub.Class…
	Reason   string // and why, a sentence for people
}

// Finish ends the look and gives the lease back. Only after a complete one are
// records that nothing shows any more buried, unless the brake holds them, and
// problems forgotten that it did not meet again.
func (y *Sync) Finish(ctx context.Context, o Outcome) error {
	return y.write(ctx, func(t *tx) error {
		if o.Complete {
			if err := y.bury(ctx, t); err != nil {
				return err
			}
			if err := y.forget(ctx, t); err != nil {
				return err
			}
			_, err := t.exec(ctx, "UPDATE sources SET synced = ?, settled_id = (SELECT last_id FROM clock) WHERE id = ?", t.now, y.source)
			if err != nil {
				return err
			}
			o.Class, o.Reason = "", ""
		}
		_, err := t.exec(ctx, "UPDATE sources SET class = ?, error = ?, lease_owner = '', lease_until = 0 WHERE id = ?", o.Class, o.Reason, y.source)
		return err
	})
}

// forget deletes the problems that this look, which was complete, did not meet
// again, but for those that stand with a scope that it did not need to read.
func (y *Sync) forget(ctx context.Context, t *tx) error {
	_, err := t.exec(ctx, `DELETE FROM problems WHERE source = ? AND epoch < ? AND
		(stands = 0 OR NOT EXISTS (SELECT 1 FROM scopes c WHERE c.source = problems.source AND c.name = problems.scope))`, y.source, y.epoch)
	return err
}

// The brake: a scope that would lose more than brakeRecords records, and more
// than half of those it had at the end of the last complete look, and has less
// than half as many left, is held. Newcomers make up for losses, since an
// export without key column has new records for old each time it is edited.
const brakeRecords = 100

// loss is what the records of a scope come to.
type loss struct {
	scope             string
	fresh, held       int // lost in this look, held since an earlier one
	before, remaining int
}

func (l loss) stopped() bool {
	lost := l.fresh + l.held
	return lost > brakeRecords && lost*2 > l.before && l.remaining*2 < l.before
}

// bury makes tombstones of the lost records that the brake lets through.
func (y *Sync) bury(ctx context.Context, t *tx) error {
	losses, err := y.losses(ctx, t)
	if err != nil {
		return err
	}
	var hold, release []string
	var problems []hub.Problem
	for _, l := range losses {
		switch stopped := l.stopped(); {
		case stopped:
			problems = append(problems, y.heldProblem(l))
			if l.fresh > 0 {
				hold = append(hold, l.scope)
			}
		case l.held > 0:
			release = append(release, l.scope)
		}
	}
	if len(losses) > 0 {
		if err := y.brake(ctx, t, hold, release); err != nil {
			return err
		}
	}
	return y.tellHeld(ctx, t, problems)
}

// losses counts, by the scope that showed them last, the records without a sighting.
func (y *Sync) losses(ctx context.Context, t *tx) ([]loss, error) {
	var out []loss
	var large []string
	err := t.each(ctx, func(r *sql.Rows) error {
		var l loss
		err := r.Scan(&l.scope, &l.fresh, &l.held)
		out = append(out, l)
		if l.fresh+l.held > brakeRecords {
			large = append(large, l.scope)
		}
		return err
	}, "SELECT scope, SUM(CASE WHEN lost = 1 THEN 1 ELSE 0 END), SUM(CASE WHEN lost = 2 THEN 1 ELSE 0 END) FROM records WHERE source = ? AND lost > 0 GROUP BY scope", y.source)
	if err != nil || len(large) == 0 {
		return out, err
	}
	sizes := map[string][2]int{}
	err = eachOf(ctx, t, large, func(r *sql.Rows) error {
		var scope string
		var before, remaining int
		err := r.Scan(&scope, &before, &remaining)
		sizes[scope] = [2]int{before, remaining}
		return err
	}, `SELECT r.scope, SUM(CASE WHEN r.id <= s.settled_id THEN 1 ELSE 0 END), SUM(CASE WHEN r.lost = 0 THEN 1 ELSE 0 END)
		FROM records r JOIN sources s ON s.id = r.source WHERE r.source = ? AND r.gone = 0 AND r.scope IN %s GROUP BY r.scope`, y.source)
	for i, l := range out {
		out[i].before, out[i].remaining = sizes[l.scope][0], sizes[l.scope][1]
	}
	return out, err
}

// brake holds and releases what scopes have lost, and buries the rest.
func (y *Sync) brake(ctx context.Context, t *tx, hold, release []string) error {
	rev, err := t.stamp(ctx)
	if err != nil {
		return err
	}
	if err := execOf(ctx, t, hold, "UPDATE records SET lost = 2 WHERE source = ? AND lost > 0 AND scope IN %s", y.source); err != nil {
		return err
	}
	if err := execOf(ctx, t, release, "UPDATE records SET lost = 1 WHERE source = ? AND lost > 0 AND scope IN %s", y.source); err != nil {
		return err
	}
	_, err = t.bury(ctx, y.source, lostNow, rev)
	return err
}

// bury makes tombstones of the records that are lost so, and returns how many.
func (t *tx) bury(ctx context.Context, source hub.SourceID, lost int, rev int64) (int, error) {
	n, err := t.exec(ctx, "UPDATE records SET gone = 1, lost = 0, content_rev = ?, rev = ? WHERE source = ? AND lost > 0 AND lost = ?", rev, rev, source, lost)
	if err != nil {
		return 0, err
	}
	return int(n), t.count(ctx, source, -int(n))
}

func (y *Sync) heldProblem(l loss) hub.Problem {
	reason := fmt.Sprintf("%s would lose %s of %s records; accept with: samsyn source accept %s",
		l.scope, humanize.Comma(int64(l.fresh+l.held)), humanize.Comma(int64(l.before)), y.name)
	return hub.Problem{Source: y.source, Scope: l.scope, Class: hub.ClassHeld, Reason: reason}
}

// tellHeld files what the brake holds now and forgets what it held before.
func (y *Sync) tellHeld(ctx context.Context, t *tx, problems []hub.Problem) error {
	if len(problems) > 0 {
		if err := t.report(ctx, problems, y.epoch, true); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, "DELETE FROM problems WHERE source = ? AND class = ? AND epoch < ?", y.source, hub.ClassHeld, y.epoch)
	return err
}

package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// Standing is the place of a customer in the order in which customers are
// weighed against those before them, and whom it was found to be.
type Standing struct {
	Customer hub.CustomerID
	Rank     int64
	Anchor   string
	Root     hub.CustomerID // whom its records are linked to: itself, or an earlier one
	Reasons  []hub.Evidence // for Root, where it is another
}

// Compare orders customers: those that an organisation number founded first.
func (s Standing) Compare(o Standing) int {
	return cmp.Or(cmp.Compare(s.Rank, o.Rank), cmp.Compare(s.Anchor, o.Anchor))
}

const standingColumns = "id, rank, anchor, root, reasons"

func scanStanding(r *sql.Rows) (s Standing, err error) {
	var reasons string
	if err := r.Scan(&s.Customer, &s.Rank, &s.Anchor, &s.Root, &reasons); err != nil || reasons == "" {
		return s, err
	}
	return s, json.Unmarshal([]byte(reasons), &s.Reasons)
}

// Doubtful returns up to limit of the customers that are to be weighed against
// the earlier ones again, the earliest first.
func (l *Linking) Doubtful(ctx context.Context, limit int) (out []Standing, err error) {
	err = l.tx.each(ctx, func(r *sql.Rows) error {
		s, err := scanStanding(r)
		out = append(out, s)
		return err
	}, "SELECT "+standingColumns+" FROM customers WHERE doubt = 1 ORDER BY rank, anchor"+l.tx.d.bytewise+" LIMIT ?", limit)
	return out, err
}

// Standings returns how the customers stand.
func (l *Linking) Standings(ctx context.Context, ids []hub.CustomerID) (map[hub.CustomerID]Standing, error) {
	out := make(map[hub.CustomerID]Standing, len(ids))
	err := eachOf(ctx, l.tx, numbers(ids), func(r *sql.Rows) error {
		s, err := scanStanding(r)
		out[s.Customer] = s
		return err
	}, "SELECT "+standingColumns+" FROM customers WHERE id IN %s")
	return out, err
}

// Members adds to customers those that were found to be the same.
func (l *Linking) Members(ctx context.Context, ids []hub.CustomerID) ([]hub.CustomerID, error) {
	return l.related(ctx, ids)
}

// Said returns what the rows linked to the customers say of them.
func (l *Linking) Said(ctx context.Context, ids []hub.CustomerID) (map[hub.CustomerID][]link.Said, error) {
	out := make(map[hub.CustomerID][]link.Said, len(ids))
	err := eachOf(ctx, l.tx, numbers(ids), func(r *sql.Rows) error {
		var id hub.CustomerID
		var key string
		var s link.Said
		err := r.Scan(&id, &key, &s.N)
		s.Key = link.ParseKey(key)
		out[id] = append(out[id], s)
		return err
	}, "SELECT customer, key, SUM(n) FROM teachings WHERE stratum >= ? AND stratum < ? AND customer IN %s GROUP BY customer, key ORDER BY key"+l.tx.d.bytewise,
		link.TierOrgNo<<48, link.TierJoin<<48)
	return out, err
}

// Join saves whom the customers were found to be; was tells how they stood.
// Records linked to those that moved are to be linked anew, and what leans on
// their keys weighed again.
func (l *Linking) Join(ctx context.Context, was, now []Standing) error {
	var settled []hub.CustomerID
	r := ripple{from: link.TierOrgNo << 48, above: link.TierJoin << 48, upTo: 1<<63 - 1, customers: map[hub.CustomerID]bool{}}
	for i, s := range now {
		settled = append(settled, s.Customer)
		reasons, err := json.Marshal(s.Reasons)
		if err != nil {
			return err
		}
		before, err := json.Marshal(was[i].Reasons)
		if err != nil {
			return err
		}
		if s.Root == was[i].Root && string(reasons) == string(before) {
			continue
		}
		if err := l.reroot(ctx, was[i], s, string(reasons)); err != nil {
			return err
		}
		if s.Root != was[i].Root {
			for _, id := range []hub.CustomerID{s.Customer, s.Root, was[i].Root} {
				r.customers[id], l.stale[id] = true, true
			}
		}
	}
	if err := execOf(ctx, l.tx, numbers(settled), "UPDATE customers SET doubt = 0 WHERE id IN %s"); err != nil {
		return err
	}
	if len(r.customers) == 0 {
		return nil
	}
	if err := l.doubtSharing(ctx, r, now[0].Rank); err != nil {
		return err
	}
	return l.mark(ctx, r)
}

func (l *Linking) reroot(ctx context.Context, was, now Standing, reasons string) error {
	if now.Root == now.Customer {
		reasons = ""
	}
	if _, err := l.tx.exec(ctx, "UPDATE customers SET root = ?, reasons = ? WHERE id = ?", now.Root, reasons, now.Customer); err != nil {
		return err
	}
	if _, err := l.tx.exec(ctx, "UPDATE customers SET doubt = 1 WHERE root = ? AND id <> ?", now.Customer, now.Customer); err != nil {
		return err
	}
	// Those linked to it, and all that ask for whom it was taken.
	if _, err := l.tx.exec(ctx, `UPDATE traces SET dirty = 1 WHERE dirty = 0 AND stratum < ? AND customer = ?
		AND record IN (SELECT record FROM links WHERE customer = ?)`, link.TierRest<<48, now.Customer, was.Root); err != nil {
		return err
	}
	_, err := l.tx.exec(ctx, `UPDATE traces SET dirty = 1 WHERE dirty = 0 AND stratum < ?
		AND record IN (SELECT record FROM links WHERE customer = ? AND suggested = 1)`, link.TierRest<<48, was.Root)
	return err
}

// doubtSharing has those customers weighed again that share a key with what
// changed: one of the keys, or any key of the customers but those that so many
// bear that they lead nowhere.
func (l *Linking) doubtSharing(ctx context.Context, r ripple, from int64) error {
	settled := false
	err := l.tx.each(ctx, func(*sql.Rows) error { settled = true; return nil }, "SELECT 1 FROM customers WHERE doubt = 0 AND rank > 0 AND rank >= ? LIMIT 1", from)
	if err != nil || !settled {
		return err
	}
	keys, err := l.leading(ctx, r, "f.customer", link.MaxMembers)
	if err != nil {
		return err
	}
	return execOf(ctx, l.tx, keys, `UPDATE customers SET doubt = 1 WHERE doubt = 0 AND rank > 0 AND rank >= ?
		AND id IN (SELECT customer FROM teachings WHERE key IN %s)`, from)
}

// DoubtBearers has the customers weighed again whose records bear the keys.
func (l *Linking) DoubtBearers(ctx context.Context, keys []string) error {
	return execOf(ctx, l.tx, keys, `UPDATE customers SET doubt = 1 WHERE doubt = 0 AND rank > 0 AND id IN (
		SELECT t.customer FROM postings p JOIN traces t ON t.record = p.record WHERE p.key IN %s)`)
}

package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// Registration is what a row of an official register says of a number and how it
// belongs to others: each as link.OrgNo writes it, "" for none.
type Registration struct {
	Number    string
	Name      string
	Parent    string // the unit above
	Successor string // who took over
}

// PutEntries makes the entries of the records, rows of official registers, those
// that are given; a record without one has none any more. The records of
// companies of which they say something else than before are to be linked anew.
func (l *Linking) PutEntries(ctx context.Context, records []hub.RecordID, entries map[hub.RecordID]Registration) error {
	had := map[hub.RecordID]Registration{}
	err := eachOf(ctx, l.tx, numbers(records), func(r *sql.Rows) error {
		var id hub.RecordID
		var e Registration
		err := r.Scan(&id, &e.Number, &e.Name, &e.Parent, &e.Successor)
		had[id] = e
		return err
	}, "SELECT record, number, name, parent, successor FROM entries WHERE record IN %s")
	if err != nil {
		return err
	}
	var rows [][]any
	var dropped []hub.RecordID
	var concerned []string
	for _, id := range records {
		before, known := had[id]
		now := entries[id]
		if now == before {
			continue
		}
		if now.Number != "" {
			rows = append(rows, []any{id, now.Number, now.Name, now.Parent, now.Successor})
		} else if known {
			dropped = append(dropped, id)
		}
		for _, e := range []Registration{before, now} {
			if e.Number != "" {
				concerned = append(concerned, link.NumberKey(e.Number))
			}
			if e.Number != "" && e.Successor != "" {
				concerned = append(concerned, link.NumberKey(e.Successor))
			}
		}
	}
	// Those that they took over are found by what stood before, and by what stands now.
	if err := l.relink(ctx, concerned); err != nil {
		return err
	}
	if err := execOf(ctx, l.tx, numbers(dropped), "DELETE FROM entries WHERE record IN %s"); err != nil {
		return err
	}
	err = l.tx.insert(ctx, "INSERT INTO entries (record, number, name, parent, successor)", rows,
		"ON CONFLICT (record) DO UPDATE SET number = excluded.number, name = excluded.name, parent = excluded.parent, successor = excluded.successor")
	if err != nil {
		return err
	}
	return l.relink(ctx, concerned)
}

// relink marks the records that bear the numbers, or those of companies that
// came before them.
func (l *Linking) relink(ctx context.Context, anchors []string) error {
	if len(anchors) == 0 {
		return nil
	}
	rules, err := l.Rules(ctx)
	if err != nil {
		return err
	}
	if anchors, err = l.Preceding(ctx, rules, anchors); err != nil {
		return err
	}
	return l.MarkBearers(ctx, anchors, 0, false)
}

// OfficialNames returns the names that registers have for the numbers, sorted.
func (l *Linking) OfficialNames(ctx context.Context, numbers []string) (map[string][]string, error) {
	out := map[string][]string{}
	err := eachOf(ctx, l.tx, numbers, func(r *sql.Rows) error {
		var number, name string
		err := r.Scan(&number, &name)
		if !slices.Contains(out[number], name) {
			out[number] = append(out[number], name)
		}
		return err
	}, "SELECT number, name FROM entries WHERE name <> '' AND number IN %s ORDER BY name"+l.tx.d.bytewise)
	return out, err
}

// mostUnits bounds how many units of a company are looked up.
const mostUnits = 1000

// units are the entries, in registers that v may see, that say to whom the
// customer belongs and what belongs to it, in the form of decisions.
func (t *tx) units(ctx context.Context, v hub.Viewer, customer hub.CustomerID) (rules []link.Rule, err error) {
	where, args := visible(v, "s.department")
	const from = " FROM entries e JOIN records r ON r.id = e.record JOIN sources s ON s.id = r.source WHERE r.gone = 0 AND e.parent <> '' AND "
	for _, of := range []string{
		"e.record IN (SELECT h.record FROM history h WHERE h.customer = ? AND h.nature = 'register')",
		"e.parent IN (SELECT n.number FROM history h JOIN entries n ON n.record = h.record WHERE h.customer = ? AND h.nature = 'register')",
	} {
		err := t.each(ctx, func(r *sql.Rows) error {
			var number, parent string
			err := r.Scan(&number, &parent)
			rules = append(rules, link.Rule{Kind: link.SubunitOf, A: []string{link.NumberKey(number)}, B: []string{link.NumberKey(parent)}})
			return err
		}, "SELECT e.number, e.parent"+from+where+" AND "+of+" ORDER BY e.number LIMIT ?", append(slices.Clone(args), customer, mostUnits)...)
		if err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// Ended tells whether the official registers that v may see say that the customer
// has ended, with all companies that it is, and when, zero if they do not say.
func (s *Store) Ended(ctx context.Context, v hub.Viewer, customer hub.CustomerID) (ended bool, at time.Time, err error) {
	where, args := visible(v, "s.department")
	rows, err := s.query(ctx, `SELECT h.state, h.ends FROM history h JOIN sources s ON s.id = h.source WHERE h.customer = ? AND h.nature = 'register' AND `+where,
		append([]any{int64(customer)}, args...)...)
	known, running := false, false
	err = visit(rows, err, func(r *sql.Rows) error {
		var state string
		var ends time.Time
		err := r.Scan(&state, moment{&ends})
		known, running = true, running || state != "closed"
		if ends.After(at) {
			at = ends
		}
		return err
	})
	return known && !running, at, wrap(err, "whether %s has ended", customer)
}

// Succession returns what registers say of who took over the companies that
// founded the anchors, or are tied to them by rules, and so on to the end.
func (l *Linking) Succession(ctx context.Context, rules *link.Rules, anchors []string) (link.Succession, error) {
	out := link.Succession{}
	_, err := l.along(ctx, rules, anchors, "number", func(number, successor string) string {
		from, to := link.NumberKey(number), link.NumberKey(successor)
		if !slices.Contains(out[from], to) {
			out[from] = append(out[from], to)
		}
		return to
	})
	for _, to := range out {
		slices.Sort(to)
	}
	return out, err
}

// Preceding adds to anchors those of the companies that they took over, or that
// rules tie to one of them, and so on from the beginning.
func (l *Linking) Preceding(ctx context.Context, rules *link.Rules, anchors []string) ([]string, error) {
	return l.along(ctx, rules, anchors, "successor", func(number, _ string) string { return link.NumberKey(number) })
}

// along follows the entries, found by a column, from the anchors and those that
// rules tie to them; step takes an entry and says where it leads. It returns
// where it came by.
func (l *Linking) along(ctx context.Context, rules *link.Rules, anchors []string, column string, step func(number, successor string) string) ([]string, error) {
	seen := map[string]bool{}
	fresh := func(keys []string) (out []string) {
		for _, k := range keys {
			for _, a := range append(rules.Class(k), k) {
				if !seen[a] {
					seen[a] = true
					out = append(out, a)
				}
			}
		}
		return out
	}
	for next := fresh(anchors); len(next) > 0; {
		var to []string
		err := eachOf(ctx, l.tx, link.Numbers(next), func(r *sql.Rows) error {
			var number, successor string
			err := r.Scan(&number, &successor)
			to = append(to, step(number, successor))
			return err
		}, "SELECT number, successor FROM entries WHERE successor <> '' AND "+column+" IN %s")
		if err != nil {
			return nil, err
		}
		next = fresh(to)
	}
	return keysOf(seen), nil
}

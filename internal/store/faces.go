package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// drawing collects what the faces of some customers are made of.
type drawing struct {
	said  map[faceOf][]link.Said
	count map[faceOf]counted
	had   map[faceOf]string // the face that stands, as JSON
	name  map[faceOf]string // its name
	alive map[hub.CustomerID]bool
}

type faceOf struct {
	customer   hub.CustomerID
	department string
}

type counted struct {
	records int
	last    time.Time
}

// Draw makes the faces and histories of up to limit stale customers from what is
// taught and linked, and stamps the customers and records for which something changed.
// A customer without records is gone, merged into the one its records went to;
// one that has records again lives on under its old id. It returns how many
// customers it drew.
func (l *Linking) Draw(ctx context.Context, limit int) (int, error) {
	var ids []hub.CustomerID
	err := l.tx.each(ctx, func(r *sql.Rows) error {
		var id hub.CustomerID
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM customers WHERE stale = 1 ORDER BY id LIMIT ?", limit)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	d := drawing{map[faceOf][]link.Said{}, map[faceOf]counted{}, map[faceOf]string{}, map[faceOf]string{}, map[hub.CustomerID]bool{}}
	for _, load := range []func(context.Context, []hub.CustomerID, *drawing) error{l.loadSaid, l.loadCounts, l.loadFaces} {
		if err := load(ctx, ids, &d); err != nil {
			return 0, err
		}
	}
	if err := l.saveFaces(ctx, &d); err != nil {
		return 0, err
	}
	if err := l.saveHistory(ctx, ids); err != nil {
		return 0, err
	}
	return len(ids), l.saveLives(ctx, ids, d.alive)
}

func (l *Linking) loadSaid(ctx context.Context, ids []hub.CustomerID, d *drawing) error {
	return eachOf(ctx, l.tx, numbers(ids), func(r *sql.Rows) error {
		var of faceOf
		var key string
		var s link.Said
		err := r.Scan(&of.customer, &of.department, &key, &s.N)
		s.Key = link.ParseKey(key)
		d.said[of] = append(d.said[of], s)
		return err
	}, "SELECT c.root, t.department, t.key, t.n FROM customers c JOIN teachings t ON t.customer = c.id WHERE t.stratum >= ? AND c.root IN %s", link.TierOrgNo<<48)
}

func (l *Linking) loadCounts(ctx context.Context, ids []hub.CustomerID, d *drawing) error {
	return eachOf(ctx, l.tx, numbers(ids), func(r *sql.Rows) error {
		var of faceOf
		var c counted
		err := r.Scan(&of.customer, &of.department, &c.records, moment{&c.last})
		d.count[of], d.alive[of.customer] = c, true
		return err
	}, `SELECT l.customer, s.department, COUNT(*), MAX(CASE WHEN f.nature = 'register' THEN NULL ELSE r.at END)
		FROM links l JOIN records r ON r.id = l.record JOIN sources s ON s.id = r.source LEFT JOIN facts f ON f.record = l.record WHERE l.suggested = 0 AND r.gone = 0 AND l.customer IN %s GROUP BY l.customer, s.department`)
}

func (l *Linking) loadFaces(ctx context.Context, ids []hub.CustomerID, d *drawing) error {
	return eachOf(ctx, l.tx, numbers(ids), func(r *sql.Rows) error {
		var of faceOf
		f := hub.Face{}
		if err := r.Scan(&of.customer, &f.Department, &f.Name, &f.Named, &f.Official, document{&f.Names}, document{&f.Idents}, &f.Records, moment{&f.Last}); err != nil {
			return err
		}
		of.department = f.Department
		text, err := json.Marshal(f)
		d.had[of], d.name[of] = string(text), f.Name
		return err
	}, "SELECT customer, department, name, named, official, names, idents, records, last FROM faces WHERE customer IN %s")
}

// saveFaces writes the faces that differ from those that stand.
func (l *Linking) saveFaces(ctx context.Context, d *drawing) error {
	changed, renamed := map[hub.CustomerID]bool{}, map[string][]hub.CustomerID{}
	var rows [][]any
	for of, c := range d.count {
		f := link.NewFace(of.customer, of.department, d.said[of])
		f.Records, f.Last = c.records, c.last
		text, err := json.Marshal(f)
		if err != nil {
			return err
		}
		if string(text) == d.had[of] {
			continue
		}
		changed[of.customer] = true
		if f.Name != d.name[of] {
			renamed[of.department] = append(renamed[of.department], of.customer)
		}
		names, _ := json.Marshal(f.Names)
		idents, _ := json.Marshal(f.Idents)
		rows = append(rows, []any{of.customer, of.department, f.Name, flag(f.Named), flag(f.Official), link.Fold(f.Name), string(names), string(idents), f.Records, millis(f.Last)})
	}
	if err := l.saveKnown(ctx, d); err != nil {
		return err
	}
	for of := range d.had {
		if _, stays := d.count[of]; !stays {
			changed[of.customer] = true
			if _, err := l.tx.exec(ctx, "DELETE FROM faces WHERE customer = ? AND department = ?", of.customer, of.department); err != nil {
				return err
			}
		}
	}
	err := l.tx.insert(ctx, "INSERT INTO faces (customer, department, name, named, official, folded, names, idents, records, last)", rows,
		`ON CONFLICT (customer, department) DO UPDATE SET name = excluded.name, named = excluded.named, official = excluded.official, folded = excluded.folded, names = excluded.names,
		idents = excluded.idents, records = excluded.records, last = excluded.last`)
	if err != nil {
		return err
	}
	if err := execOf(ctx, l.tx, numbers(keysOf(changed)), "UPDATE customers SET rev = ? WHERE id IN %s", l.rev); err != nil {
		return err
	}
	return l.stampRenamed(ctx, renamed)
}

// saveKnown notes which departments knew the customers that have no records any
// more, before their faces go.
func (l *Linking) saveKnown(ctx context.Context, d *drawing) error {
	known := map[hub.CustomerID][]string{}
	for of := range d.had {
		if !d.alive[of.customer] {
			known[of.customer] = append(known[of.customer], of.department)
		}
	}
	for _, id := range keysOf(known) {
		slices.Sort(known[id])
		text, err := json.Marshal(known[id])
		if err != nil {
			return err
		}
		if _, err := l.tx.exec(ctx, "UPDATE customers SET known_to = ? WHERE id = ?", string(text), id); err != nil {
			return err
		}
	}
	return nil
}

// stampRenamed stamps the records that bear the name of a face in the index.
func (l *Linking) stampRenamed(ctx context.Context, renamed map[string][]hub.CustomerID) error {
	for department, ids := range renamed {
		slices.Sort(ids)
		err := execOf(ctx, l.tx, numbers(ids), `UPDATE records SET rev = ? WHERE gone = 0 AND source IN (SELECT id FROM sources WHERE department = ?)
			AND id IN (SELECT record FROM links WHERE suggested = 0 AND customer IN %s)`, l.rev, department)
		if err != nil {
			return err
		}
	}
	return nil
}

// saveLives makes customers without records gone and others living. One that
// has lost records but not all of them has no heir.
func (l *Linking) saveLives(ctx context.Context, ids []hub.CustomerID, alive map[hub.CustomerID]bool) error {
	var with, without []hub.CustomerID
	for _, id := range ids {
		if alive[id] {
			with = append(with, id)
		} else {
			without = append(without, id)
		}
	}
	var events []hub.Event
	note := func(kind string) func(*sql.Rows) error {
		return func(r *sql.Rows) error {
			e := hub.Event{Kind: kind}
			err := r.Scan(&e.Customer, &e.Other)
			events = append(events, e)
			return err
		}
	}
	const fallen = "(gone = 0 OR COALESCE(merged_into, 0) <> COALESCE(heir, 0)) AND id IN %s"
	for _, step := range []struct {
		kind, q string
		ids     []hub.CustomerID
	}{
		{EventSplit, "SELECT id, merged_into FROM customers WHERE merged_into IS NOT NULL AND id IN %s", with},
		{EventMerged, "SELECT id, heir FROM customers WHERE heir IS NOT NULL AND " + fallen, without},
	} {
		if err := eachOf(ctx, l.tx, numbers(step.ids), note(step.kind), step.q); err != nil {
			return err
		}
	}
	for _, step := range []struct {
		q   string
		ids []hub.CustomerID
	}{
		{"UPDATE customers SET gone = 0, merged_into = NULL, rev = ? WHERE gone = 1 AND id IN %s", with},
		{"UPDATE customers SET gone = 1, merged_into = heir, rev = ? WHERE " + fallen, without},
	} {
		if err := execOf(ctx, l.tx, numbers(step.ids), step.q, l.rev); err != nil {
			return err
		}
	}
	if err := execOf(ctx, l.tx, numbers(with), "UPDATE customers SET heir = NULL WHERE heir IS NOT NULL AND id IN %s"); err != nil {
		return err
	}
	for i, e := range events {
		if e.Kind == EventMerged { // by the decision that moved its records there, if one did
			err := l.tx.get(ctx, "SELECT COALESCE(MAX(decision), 0) FROM events WHERE customer = ? AND other = ? AND at >= ?",
				[]any{e.Other, e.Customer, l.tx.now - time.Hour.Milliseconds()}, &events[i].Decision)
			if err != nil {
				return err
			}
		}
	}
	if err := l.note(ctx, events); err != nil {
		return err
	}
	return execOf(ctx, l.tx, numbers(ids), "UPDATE customers SET stale = 0 WHERE id IN %s")
}

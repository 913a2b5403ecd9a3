package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"samsyn/internal/hub"
)

// maxPage is how many bytes of contents a page of changes holds, unless its
// first change alone is larger: two thousand rows are as good as nothing, two
// thousand mails may be gigabytes.
const maxPage = 6 << 20

// Changes returns, in order, up to limit changes of records and customers after
// a place in the sequence; fewer when their contents are large, none only at its
// end. It ends before the first record that is still to be linked (Linking.Arrive):
// such a record would only come again. Each change holds the whole present state,
// so applying one twice, or a later one alone, does no harm.
func (s *Store) Changes(ctx context.Context, after hub.Cursor, limit int) (out []hub.Change, err error) {
	err = s.read(ctx, func(t *tx) error {
		linked, err := t.linked(ctx)
		if err != nil {
			return err
		}
		out, err = t.changes(ctx, linked, `SELECT rev, id, customer, gone, content_rev FROM (
			SELECT * FROM (SELECT rev, id, 0 AS customer, gone, content_rev FROM records WHERE (rev, id) > (?, ?) ORDER BY rev, id LIMIT ?) AS r
			UNION ALL
			SELECT * FROM (SELECT rev, id, 1 AS customer, gone, 0 AS content_rev FROM customers WHERE (rev, id) > (?, ?) ORDER BY rev, id LIMIT ?) AS c
			) AS both_kinds ORDER BY rev, id LIMIT ?`,
			after.Rev, after.ID, limit, after.Rev, after.ID, limit, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return out, nil
}

// theEnd lies behind all changes.
var theEnd = hub.Cursor{Rev: math.MaxInt64}

// linked is the place in the order of ContentChanges up to which everything is
// linked; the end if nothing needs to be waited for.
func (t *tx) linked(ctx context.Context) (place hub.Cursor, err error) {
	place = theEnd
	err = t.each(ctx, func(r *sql.Rows) error { return r.Scan(&place.Rev, &place.ID) }, "SELECT rev, id FROM cursors WHERE name = 'linked'")
	return place, err
}

// ContentChanges are the records whose content changed or that are gone, in the
// order of content_rev, which Change.Cursor then counts. The linker follows it.
func (s *Store) ContentChanges(ctx context.Context, after hub.Cursor, limit int) (out []hub.Change, err error) {
	err = s.read(ctx, func(t *tx) error {
		out, err = t.changes(ctx, theEnd, contentChanges, after.Rev, after.ID, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read changed contents: %w", err)
	}
	return out, nil
}

// Distance counts the changes that wait for the linker at one place, and those
// that wait for the index at another. It counts no more than a million of each.
func (s *Store) Distance(ctx context.Context, link, index hub.Cursor) (toLink, toIndex int, err error) {
	const most = 1_000_000
	err = s.get(ctx, `SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM records WHERE (content_rev, id) > (?, ?) LIMIT ?) AS l),
		(SELECT COUNT(*) FROM (SELECT 1 FROM records WHERE (rev, id) > (?, ?) LIMIT ?) AS r) +
		(SELECT COUNT(*) FROM (SELECT 1 FROM customers WHERE (rev, id) > (?, ?) LIMIT ?) AS c)`,
		[]any{link.Rev, link.ID, most, index.Rev, index.ID, most, index.Rev, index.ID, most}, &toLink, &toIndex)
	if err != nil {
		return 0, 0, fmt.Errorf("count changes: %w", err)
	}
	return toLink, toIndex, nil
}

const contentChanges = "SELECT content_rev, id, 0, gone, 0 FROM records WHERE (content_rev, id) > (?, ?) ORDER BY content_rev, id LIMIT ?"

// changes loads a page of changes up to the first whose content is later than until.
func (t *tx) changes(ctx context.Context, until hub.Cursor, page string, args ...any) (out []hub.Change, err error) {
	late := false
	err = t.each(ctx, func(r *sql.Rows) error {
		var c hub.Change
		var customer bool
		var content int64
		if err := r.Scan(&c.Rev, &c.ID, &customer, &c.Gone, &content); err != nil {
			return err
		}
		late = late || content > until.Rev || content == until.Rev && c.ID > until.ID
		if late {
			return nil
		}
		if customer {
			c.Customer = &hub.Customer{ID: hub.CustomerID(c.ID)}
		} else {
			c.Record = &hub.Record{ID: hub.RecordID(c.ID)}
		}
		out = append(out, c)
		return nil
	}, page, args...)
	if err != nil {
		return nil, err
	}
	if out, err = t.affordable(ctx, out); err != nil {
		return nil, err
	}
	return out, t.fill(ctx, out)
}

// affordable cuts a page off where its contents exceed maxPage.
func (t *tx) affordable(ctx context.Context, changes []hub.Change) ([]hub.Change, error) {
	records, _ := living(changes)
	sizes := make(map[int64]int, len(records))
	err := eachOf(ctx, t, records, func(r *sql.Rows) error {
		var id int64
		var size int
		err := r.Scan(&id, &size)
		sizes[id] = size
		return err
	}, "SELECT r.id, OCTET_LENGTH(c.body) FROM records r JOIN contents c ON c.hash = r.hash WHERE r.id IN %s")
	if err != nil {
		return nil, err
	}
	total := 0
	for i, c := range changes {
		if c.Record == nil {
			continue
		}
		if total += sizes[c.ID]; total > maxPage && i > 0 {
			return changes[:i], nil
		}
	}
	return changes, nil
}

// living lists what is not gone.
func living(changes []hub.Change) (records []hub.RecordID, customers []hub.CustomerID) {
	for _, c := range changes {
		switch {
		case c.Gone:
		case c.Record != nil:
			records = append(records, c.Record.ID)
		default:
			customers = append(customers, c.Customer.ID)
		}
	}
	return records, customers
}

// fill puts the present state into the changes that are not gone.
func (t *tx) fill(ctx context.Context, changes []hub.Change) error {
	records, customers := living(changes)
	rs, err := t.records(ctx, hub.Viewer{All: true}, records)
	if err != nil {
		return err
	}
	cs, err := t.customersWithFaces(ctx, customers)
	if err != nil {
		return err
	}
	for i := range changes {
		switch c := &changes[i]; {
		case c.Gone:
		case c.Record != nil:
			c.Record = rs[c.Record.ID]
		default:
			c.Customer = cs[c.Customer.ID]
		}
	}
	return nil
}

// customersWithFaces loads customers with all their faces, the best known first.
func (t *tx) customersWithFaces(ctx context.Context, ids []hub.CustomerID) (map[hub.CustomerID]*hub.Customer, error) {
	out := make(map[hub.CustomerID]*hub.Customer, len(ids))
	err := eachOf(ctx, t, ids, func(r *sql.Rows) error {
		c := &hub.Customer{}
		var merged sql.NullInt64
		err := r.Scan(&c.ID, &merged, &c.Rev)
		c.MergedInto = hub.CustomerID(merged.Int64)
		out[c.ID] = c
		return err
	}, "SELECT id, merged_into, rev FROM customers WHERE id IN %s")
	if err != nil {
		return nil, err
	}
	err = eachOf(ctx, t, ids, func(r *sql.Rows) error {
		var id hub.CustomerID
		var f hub.Face
		if err := r.Scan(&id, &f.Department, &f.Name, &f.Named, &f.Official, document{&f.Names}, document{&f.Idents}, &f.Records, moment{&f.Last}); err != nil {
			return err
		}
		c := out[id]
		if len(c.Faces) == 0 {
			c.Name = f.Name
		}
		c.Faces = append(c.Faces, f)
		return nil
	}, "SELECT customer, department, name, named, official, names, idents, records, last FROM faces WHERE customer IN %s ORDER BY customer, official DESC, named DESC, records DESC, department"+t.d.bytewise)
	return out, err
}

// Head returns the rev of the newest change; a follower of Changes that has
// come there has nothing left to do.
func (s *Store) Head(ctx context.Context) (rev int64, err error) {
	err = s.get(ctx, "SELECT COALESCE(MAX(rev), 0) FROM (SELECT MAX(rev) AS rev FROM records UNION ALL SELECT MAX(rev) FROM customers) AS heads", nil, &rev)
	if err != nil {
		return 0, fmt.Errorf("read head of changes: %w", err)
	}
	return rev, nil
}

// Cursor returns how far the named follower has come; zero if it is unknown.
func (s *Store) Cursor(ctx context.Context, name string) (c hub.Cursor, err error) {
	rows, err := s.query(ctx, "SELECT rev, id FROM cursors WHERE name = ?", name)
	err = visit(rows, err, func(r *sql.Rows) error { return r.Scan(&c.Rev, &c.ID) })
	if err != nil {
		return hub.Cursor{}, fmt.Errorf("read cursor %s: %w", name, err)
	}
	return c, nil
}

// SetCursor saves how far the named follower has come. Tombstones stay until
// every cursor has passed them.
func (s *Store) SetCursor(ctx context.Context, name string, c hub.Cursor) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "INSERT INTO cursors (name, rev, id) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET rev = excluded.rev, id = excluded.id",
			name, c.Rev, c.ID)
		return err
	})
}

// DropCursor forgets a follower.
func (s *Store) DropCursor(ctx context.Context, name string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "DELETE FROM cursors WHERE name = ?", name)
		return err
	})
}

// Restamp makes records and customers count as changed, so that whoever follows
// Changes meets them again.
func (s *Store) Restamp(ctx context.Context, records []hub.RecordID, customers []hub.CustomerID) error {
	return s.write(ctx, func(t *tx) error {
		rev, err := t.stamp(ctx)
		if err != nil {
			return err
		}
		if err := execOf(ctx, t, records, "UPDATE records SET rev = ? WHERE id IN %s", rev); err != nil {
			return err
		}
		return execOf(ctx, t, customers, "UPDATE customers SET rev = ? WHERE id IN %s", rev)
	})
}

// Revs visits every live record and customer, with the other id zero, for the audit.
func (s *Store) Revs(ctx context.Context, visitRev func(record hub.RecordID, customer hub.CustomerID, rev int64) error) error {
	rows, err := s.query(ctx, "SELECT id, 0, rev FROM records WHERE gone = 0 UNION ALL SELECT 0, id, rev FROM customers WHERE gone = 0")
	return visit(rows, err, func(r *sql.Rows) error {
		var record hub.RecordID
		var customer hub.CustomerID
		var rev int64
		if err := r.Scan(&record, &customer, &rev); err != nil {
			return err
		}
		return visitRev(record, customer, rev)
	})
}

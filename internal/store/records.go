package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"samsyn/internal/hub"
)

// Record returns a live record. ErrNotFound: there is none, or the viewer may not see it.
func (s *Store) Record(ctx context.Context, v hub.Viewer, id hub.RecordID) (*hub.Record, error) {
	rs, err := s.Records(ctx, v, []hub.RecordID{id})
	if err != nil {
		return nil, err
	}
	if rs[id] == nil {
		return nil, fmt.Errorf("record %s: %w", id, ErrNotFound)
	}
	return rs[id], nil
}

// Records returns those of the records that live and that the viewer may see.
func (s *Store) Records(ctx context.Context, v hub.Viewer, ids []hub.RecordID) (out map[hub.RecordID]*hub.Record, err error) {
	err = s.read(ctx, func(t *tx) error {
		out, err = t.records(ctx, v, ids)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return out, nil
}

// eachPage is how many records EachRecord holds at a time.
const eachPage = 500

// EachRecord visits every live record with links and sightings, sorted by source
// name and key, both by bytes. It holds a few hundred records at a time.
func (s *Store) EachRecord(ctx context.Context, visitRecord func(*hub.Record) error) error {
	rows, err := s.query(ctx, "SELECT r.id FROM records r JOIN sources s ON s.id = r.source WHERE r.gone = 0 ORDER BY s.name"+s.dialect.bytewise+", r.key"+s.dialect.bytewise)
	ids := make([]hub.RecordID, 0, eachPage)
	err = visit(rows, err, func(r *sql.Rows) error {
		var id hub.RecordID
		if err := r.Scan(&id); err != nil {
			return err
		}
		if ids = append(ids, id); len(ids) < eachPage {
			return nil
		}
		err := s.visitPage(ctx, ids, visitRecord)
		ids = ids[:0]
		return err
	})
	if err != nil {
		return err
	}
	return s.visitPage(ctx, ids, visitRecord)
}

func (s *Store) visitPage(ctx context.Context, ids []hub.RecordID, visitRecord func(*hub.Record) error) error {
	rs, err := s.Records(ctx, hub.Viewer{All: true}, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if r := rs[id]; r != nil {
			if err := visitRecord(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// Listed returns records as Records does, with the names of those of the customers
// that v may see to which they are, or maybe are, linked. Links are read beside the
// rest, as lists are what people wait for: they may be a moment older or newer.
func (s *Store) Listed(ctx context.Context, v hub.Viewer, ids []hub.RecordID) (records map[hub.RecordID]*hub.Record, names map[hub.CustomerID]string, err error) {
	var links []hub.Link
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error {
		return s.read(both, func(t *tx) (err error) {
			records, err = t.unlinked(both, v, ids)
			return err
		})
	})
	group.Go(func() error {
		err := s.read(both, func(t *tx) (err error) {
			links, err = t.links(both, ids)
			return err
		})
		if err != nil {
			return err
		}
		names, err = s.CustomerNames(both, v, customersOf(links))
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, nil, fmt.Errorf("read records: %w", err)
	}
	addLinks(records, links)
	return records, names, nil
}

// customersOf lists the customers of links, each once.
func customersOf(links []hub.Link) []hub.CustomerID {
	ids := make([]hub.CustomerID, len(links))
	for i, l := range links {
		ids[i] = l.Customer
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// records loads those of the records that live and that v may see whole, each kind
// of part with one statement.
func (t *tx) records(ctx context.Context, v hub.Viewer, ids []hub.RecordID) (map[hub.RecordID]*hub.Record, error) {
	out, err := t.unlinked(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	links, err := t.links(ctx, slices.Collect(maps.Keys(out)))
	addLinks(out, links)
	return out, err
}

// unlinked loads them without their links.
func (t *tx) unlinked(ctx context.Context, v hub.Viewer, ids []hub.RecordID) (map[hub.RecordID]*hub.Record, error) {
	out := make(map[hub.RecordID]*hub.Record, len(ids))
	where, args := visible(v, "s.department")
	err := eachOf(ctx, t, ids, func(rows *sql.Rows) error {
		r := &hub.Record{}
		err := rows.Scan(&r.ID, &r.Source, &r.SourceName, &r.Department, &r.Key, &r.Hash, &r.Rev, &r.Nature, moment{&r.At}, document{&r.Content})
		if r.Nature == "" {
			r.At = r.Content.At
		}
		out[r.ID] = r
		return err
	}, `SELECT r.id, r.source, s.name, s.department, r.key, r.hash, r.rev, COALESCE(f.nature, ''), f.at, c.body
		FROM records r JOIN sources s ON s.id = r.source LEFT JOIN contents c ON c.hash = r.hash LEFT JOIN facts f ON f.record = r.id
		WHERE r.gone = 0 AND `+where+` AND r.id IN %s`, args...)
	if err != nil {
		return nil, err
	}
	return out, t.addSightings(ctx, slices.Collect(maps.Keys(out)), out)
}

func (t *tx) addSightings(ctx context.Context, ids []hub.RecordID, out map[hub.RecordID]*hub.Record) error {
	err := eachOf(ctx, t, ids, func(rows *sql.Rows) error {
		var id hub.RecordID
		var g hub.Sighting
		if err := rows.Scan(&id, &g.Source, &g.Scope, &g.Ref, &g.Hash, moment{&g.At}); err != nil {
			return err
		}
		if r := out[id]; r != nil {
			r.Seen = append(r.Seen, g)
		}
		return nil
	}, `SELECT r.id, g.source, g.scope, g.ref, g.hash, c.at FROM records r JOIN sightings g ON g.source = r.source AND g.key = r.key
		LEFT JOIN scopes c ON c.source = g.source AND c.name = g.scope WHERE r.id IN %s`)
	for _, r := range out {
		slices.SortFunc(r.Seen, newestFirst)
	}
	return err
}

// newestFirst orders sightings as delivery.newer does: the one shown comes first.
func newestFirst(a, b hub.Sighting) int {
	if deliveryOf(a).newer(deliveryOf(b)) {
		return -1
	}
	return 1
}

func deliveryOf(g hub.Sighting) delivery {
	return delivery{at: millis(g.At), scope: g.Scope, ref: g.Ref}
}

// links loads the links of records, in order.
func (t *tx) links(ctx context.Context, ids []hub.RecordID) (links []hub.Link, err error) {
	err = eachOf(ctx, t, ids, func(rows *sql.Rows) error {
		var l hub.Link
		err := rows.Scan(&l.Record, &l.Customer, &l.Suggested, &l.Rank, &l.Bits, document{&l.Evidence}, &l.Doubt, &l.Rival)
		links = append(links, l)
		return err
	}, "SELECT record, customer, suggested, rank, bits, evidence, doubt, rival FROM links WHERE record IN %s ORDER BY record, suggested, rank, bits DESC, customer")
	return links, err
}

// addLinks gives the records among out their links.
func addLinks(out map[hub.RecordID]*hub.Record, links []hub.Link) {
	for _, l := range links {
		if r := out[l.Record]; r != nil {
			r.Links = append(r.Links, l)
		}
	}
}

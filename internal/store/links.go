package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"samsyn/internal/hub"
)

// PutLinks makes links the links of the records, and returns the records for
// which customers or suggestions changed; these are stamped. Links whose
// reasons alone changed are rewritten without a stamp.
func (l *Linking) PutLinks(ctx context.Context, records []hub.RecordID, links map[hub.RecordID][]hub.Link) (changed []hub.RecordID, err error) {
	had, err := l.linkRows(ctx, records)
	if err != nil {
		return nil, err
	}
	heirs := map[hub.CustomerID]map[hub.CustomerID]int{}
	var rewritten []hub.RecordID
	var rows [][]any
	for _, id := range records {
		want, err := newLinkRows(id, links[id])
		if err != nil {
			return nil, err
		}
		if slices.Equal(had[id], want) {
			continue
		}
		rewritten = append(rewritten, id)
		for _, r := range want {
			rows = append(rows, []any{id, r.customer, flag(r.suggested), r.rank, r.bits, r.evidence})
		}
		if !slices.EqualFunc(had[id], want, linkRow.same) {
			changed = append(changed, id)
			l.moved(had[id], want, heirs)
		}
	}
	if err := execOf(ctx, l.tx, numbers(rewritten), "DELETE FROM links WHERE record IN %s"); err != nil {
		return nil, err
	}
	if err := l.tx.insert(ctx, "INSERT INTO links (record, customer, suggested, rank, bits, evidence)", rows, ""); err != nil {
		return nil, err
	}
	if err := l.saveHeirs(ctx, heirs); err != nil {
		return nil, err
	}
	return changed, execOf(ctx, l.tx, numbers(changed), "UPDATE records SET rev = ? WHERE gone = 0 AND id IN %s", l.rev)
}

// linkRow is a link as it is stored; comparable.
type linkRow struct {
	customer  hub.CustomerID
	suggested bool
	rank      int
	bits      float64
	evidence  string
}

func (r linkRow) same(o linkRow) bool {
	return r.customer == o.customer && r.suggested == o.suggested && r.rank == o.rank
}

func byCustomer(a, b linkRow) int { return cmp.Compare(a.customer, b.customer) }

func newLinkRows(id hub.RecordID, links []hub.Link) ([]linkRow, error) {
	rows := make([]linkRow, 0, len(links))
	for _, k := range links {
		evidence, err := json.Marshal(k.Evidence)
		if err != nil {
			return nil, fmt.Errorf("evidence of %s: %w", id, err)
		}
		rows = append(rows, linkRow{k.Customer, k.Suggested, k.Rank, k.Bits, string(evidence)})
	}
	slices.SortFunc(rows, byCustomer)
	return rows, nil
}

func (l *Linking) linkRows(ctx context.Context, records []hub.RecordID) (map[hub.RecordID][]linkRow, error) {
	out := map[hub.RecordID][]linkRow{}
	err := eachOf(ctx, l.tx, numbers(records), func(r *sql.Rows) error {
		var id hub.RecordID
		var row linkRow
		err := r.Scan(&id, &row.customer, &row.suggested, &row.rank, &row.bits, &row.evidence)
		out[id] = append(out[id], row)
		return err
	}, "SELECT record, customer, suggested, rank, bits, evidence FROM links WHERE record IN %s")
	for _, rows := range out {
		slices.SortFunc(rows, byCustomer)
	}
	return out, err
}

// moved notes whose faces are to be drawn again and where records went.
func (l *Linking) moved(had, want []linkRow, heirs map[hub.CustomerID]map[hub.CustomerID]int) {
	linked := func(rows []linkRow) map[hub.CustomerID]bool {
		out := map[hub.CustomerID]bool{}
		for _, r := range rows {
			if !r.suggested {
				out[r.customer] = true
			}
		}
		return out
	}
	before, after := linked(had), linked(want)
	for id := range after {
		l.stale[id] = true
	}
	for id := range before {
		l.stale[id] = true
		for to := range after {
			if !after[id] && !before[to] {
				if heirs[id] == nil {
					heirs[id] = map[hub.CustomerID]int{}
				}
				heirs[id][to]++
			}
		}
	}
}

// saveHeirs remembers where most of the records that a customer lost went.
func (l *Linking) saveHeirs(ctx context.Context, heirs map[hub.CustomerID]map[hub.CustomerID]int) error {
	to := map[hub.CustomerID][]hub.CustomerID{}
	for id, counts := range heirs {
		best := slices.MaxFunc(slices.Sorted(maps.Keys(counts)), func(a, b hub.CustomerID) int {
			return cmp.Or(cmp.Compare(counts[a], counts[b]), cmp.Compare(b, a))
		})
		to[best] = append(to[best], id)
	}
	for _, best := range keysOf(to) {
		if err := execOf(ctx, l.tx, numbers(to[best]), "UPDATE customers SET heir = ? WHERE id IN %s", best); err != nil {
			return err
		}
	}
	return nil
}

// Living follows merges to the customer that stands for id now. ErrNotFound:
// there is no such customer, or none of its records are left.
func (s *Store) Living(ctx context.Context, id hub.CustomerID) (hub.CustomerID, error) {
	return s.living(ctx, id)
}

// Suggestion is a record that is linked to nobody, with the customers it may
// concern, the likeliest first.
type Suggestion struct {
	Record hub.RecordID `json:"record"`
	Links  []hub.Link   `json:"links"`
}

// Suggestions lists records that v may see and whose customer is a question,
// the surest first.
func (s *Store) Suggestions(ctx context.Context, v hub.Viewer, offset, limit int) (out []Suggestion, total int, err error) {
	where, args := visible(v, "s.department")
	from := ` FROM links l JOIN records r ON r.id = l.record JOIN sources s ON s.id = r.source
		WHERE l.suggested = 1 AND l.rank = 1 AND r.gone = 0 AND ` + where
	if err := s.get(ctx, "SELECT COUNT(*)"+from, args, &total); err != nil {
		return nil, 0, fmt.Errorf("count suggestions: %w", err)
	}
	var ids []hub.RecordID
	rows, err := s.query(ctx, "SELECT l.record"+from+" ORDER BY l.bits DESC, l.record LIMIT ? OFFSET ?", append(args, limit, offset)...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var id hub.RecordID
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("suggestions: %w", err)
	}
	records := map[hub.RecordID]*hub.Record{}
	for _, id := range ids {
		records[id] = &hub.Record{ID: id}
	}
	err = s.read(ctx, func(t *tx) error { return t.addLinks(ctx, ids, records) })
	for _, id := range ids {
		open := slices.DeleteFunc(records[id].Links, func(k hub.Link) bool { return !k.Suggested })
		out = append(out, Suggestion{Record: id, Links: open})
	}
	return out, total, err
}

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
	var events []hub.Event
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
			rows = append(rows, []any{id, r.customer, flag(r.suggested), r.rank, r.bits, r.evidence, r.doubt, r.rival, r.topic})
		}
		if !slices.EqualFunc(had[id], want, linkRow.same) {
			changed = append(changed, id)
			l.moved(had[id], want, heirs)
			l.watch(id, had[id], want)
			events = append(events, l.linkEvents(id, had[id], want)...)
		}
	}
	if err := execOf(ctx, l.tx, numbers(rewritten), "DELETE FROM links WHERE record IN %s"); err != nil {
		return nil, err
	}
	if err := l.tx.insert(ctx, "INSERT INTO links (record, customer, suggested, rank, bits, evidence, doubt, rival, topic)", rows, ""); err != nil {
		return nil, err
	}
	if err := l.saveHeirs(ctx, heirs); err != nil {
		return nil, err
	}
	if err := l.note(ctx, events); err != nil {
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
	doubt     string
	rival     hub.CustomerID
	topic     string
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
		rows = append(rows, linkRow{k.Customer, k.Suggested, k.Rank, k.Bits, string(evidence), k.Doubt, k.Rival, topic(k, links)})
	}
	slices.SortFunc(rows, byCustomer)
	return rows, nil
}

func (l *Linking) linkRows(ctx context.Context, records []hub.RecordID) (map[hub.RecordID][]linkRow, error) {
	out := map[hub.RecordID][]linkRow{}
	err := eachOf(ctx, l.tx, numbers(records), func(r *sql.Rows) error {
		var id hub.RecordID
		var row linkRow
		err := r.Scan(&id, &row.customer, &row.suggested, &row.rank, &row.bits, &row.evidence, &row.doubt, &row.rival, &row.topic)
		out[id] = append(out[id], row)
		return err
	}, "SELECT record, customer, suggested, rank, bits, evidence, doubt, rival, topic FROM links WHERE record IN %s")
	for _, rows := range out {
		slices.SortFunc(rows, byCustomer)
	}
	return out, err
}

// moved notes whose faces are to be drawn again and where records went.
func (l *Linking) moved(had, want []linkRow, heirs map[hub.CustomerID]map[hub.CustomerID]int) {
	before, after := linkedIn(had), linkedIn(want)
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

func linkedIn(rows []linkRow) map[hub.CustomerID]bool {
	out := map[hub.CustomerID]bool{}
	for _, r := range rows {
		if !r.suggested {
			out[r.customer] = true
		}
	}
	return out
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

package store

import (
	"context"
	"database/sql"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// Borne is in how many records a customer bears a key: those that the viewer
// may see, and all.
type Borne struct{ Visible, All int }

// Borne counts, for each customer and key, the rows that say so; mails are left
// out, which are linked by what rows say. A reason that leans on records which a
// viewer may not see must not be told to them.
func (s *Store) Borne(ctx context.Context, v hub.Viewer, customers []hub.CustomerID, keys []string) (map[hub.CustomerID]map[string]Borne, error) {
	out := map[hub.CustomerID]map[string]Borne{}
	if len(customers) == 0 || len(keys) == 0 {
		return out, nil
	}
	where, args := visible(v, "department")
	args = append(append(args, int64(link.TierRest)<<48), numbers(customers)...)
	args = append(args, list(keys)...)
	rows, err := s.query(ctx, "SELECT customer, key, SUM(CASE WHEN "+where+" THEN n ELSE 0 END), SUM(n) FROM teachings WHERE stratum > 0 AND stratum < ? AND customer IN ("+
		marks(len(customers))+") AND key IN ("+marks(len(keys))+") GROUP BY customer, key", args...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var id hub.CustomerID
		var key string
		var b Borne
		err := r.Scan(&id, &key, &b.Visible, &b.All)
		if out[id] == nil {
			out[id] = map[string]Borne{}
		}
		out[id][key] = b
		return err
	})
	return out, wrap(err, "who bears keys")
}

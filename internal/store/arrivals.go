package store

import (
	"context"
	"slices"
	"time"

	"samsyn/internal/hub"
)

// Mark is how far a history had come when a viewer read it.
type Mark struct {
	Rev     int64        // of the newest change
	Records int          // as HistoryCount counts them
	Last    hub.RecordID // that came last of those the viewer sees
}

// HistoryMark marks how far the history of a customer has come, as far as v sees it.
func (s *Store) HistoryMark(ctx context.Context, v hub.Viewer, customer hub.CustomerID) (m Mark, err error) {
	_, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 {
		return m, wrap(err, "mark of %s", customer)
	}
	where, args := in("h.source", numbers(sources))
	err = s.get(ctx, "SELECT (SELECT rev FROM clock), "+countRecords+", COALESCE(MAX(h.record), 0) FROM history h LEFT JOIN records r ON h.kind = 'mail' AND r.id = h.record WHERE h.customer = ? AND "+where,
		append([]any{int64(customer)}, args...), &m.Rev, &m.Records, &m.Last)
	return m, wrap(err, "mark of %s", customer)
}

// Arrived counts the records of a customer's history that are new or were changed since
// the mark, as far as v sees them: also those that had been read before, but were linked
// to another customer or none.
func (s *Store) Arrived(ctx context.Context, v hub.Viewer, customer hub.CustomerID, m Mark) (n int, err error) {
	_, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 {
		return 0, wrap(err, "what came to %s", customer)
	}
	where, args := in("h.source", numbers(sources))
	var total int
	err = s.get(ctx, "SELECT COALESCE(SUM(fresh), 0), COUNT(*) FROM (SELECT MAX(CASE WHEN h.record > ? OR r.content_rev > ? THEN 1 ELSE 0 END) AS fresh FROM history h JOIN records r ON r.id = h.record WHERE h.customer = ? AND "+where+
		" GROUP BY CASE WHEN h.kind = 'mail' THEN r.key ELSE CAST(h.record AS TEXT) END) AS lines", slices.Concat([]any{int64(m.Last), m.Rev, int64(customer)}, args), &n, &total)
	return max(n, total-m.Records), wrap(err, "what came to %s", customer)
}

// Indexed counts the records that v may see, that the index has come to between two
// places, and that happened in the span; no more than limit.
func (s *Store) Indexed(ctx context.Context, v hub.Viewer, after, upTo hub.Cursor, from, to time.Time, limit int) (n int, err error) {
	_, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 {
		return 0, wrap(err, "what was indexed")
	}
	where, args := in("source", numbers(sources))
	err = s.get(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM records WHERE (content_rev, id) > (?, ?) AND (rev, id) <= (?, ?) AND gone = 0 AND at >= ? AND at < ? AND `+where+` LIMIT ?) AS r`,
		slices.Concat([]any{after.Rev, after.ID, upTo.Rev, upTo.ID, from.UnixMilli(), to.UnixMilli()}, args, []any{limit}), &n)
	return n, wrap(err, "what was indexed")
}

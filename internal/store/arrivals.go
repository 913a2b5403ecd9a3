package store

import (
	"context"
	"slices"
	"time"

	"samsyn/internal/hub"
)

// Mark is how far a history had come when a viewer read it.
type Mark struct {
	Rev    int64        // of the newest change
	Copies int          // records that the viewer saw, each copy of a mail
	Last   hub.RecordID // that came last of those
}

// HistoryMark marks how far the history of a customer has come, as far as v sees it.
func (s *Store) HistoryMark(ctx context.Context, v hub.Viewer, customer hub.CustomerID) (m Mark, err error) {
	_, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 {
		return m, wrap(err, "mark of %s", customer)
	}
	where, args := in("source", numbers(sources))
	err = s.get(ctx, "SELECT (SELECT rev FROM clock), COUNT(*), COALESCE(MAX(record), 0) FROM history WHERE customer = ? AND "+where,
		append([]any{int64(customer)}, args...), &m.Rev, &m.Copies, &m.Last)
	return m, wrap(err, "mark of %s", customer)
}

// changedLooked is how many changed records are looked through for those of a customer:
// while a whole department is read anew, those that are new are told of alone.
const changedLooked = 1000

// Arrived counts the records of a customer's history that are new or were changed since
// the mark, as far as v sees them, the copies of one mail as one: also those that had
// been read before, but were linked to another customer or none.
func (s *Store) Arrived(ctx context.Context, v hub.Viewer, customer hub.CustomerID, m Mark) (n int, err error) {
	now, err := s.HistoryMark(ctx, v, customer)
	if err != nil || now.Copies == 0 {
		return 0, err
	}
	_, sources, err := s.seen(ctx, v)
	if err != nil {
		return 0, wrap(err, "what came to %s", customer)
	}
	where, args := in("h.source", numbers(sources))
	err = s.get(ctx, `SELECT COUNT(DISTINCT CASE WHEN h.kind = 'mail' THEN r.key ELSE CAST(h.record AS TEXT) END) FROM history h JOIN records r ON r.id = h.record WHERE h.customer = ? AND `+where+`
		AND (h.record > ? OR h.record IN (SELECT id FROM (SELECT id FROM records WHERE content_rev > ? ORDER BY content_rev, id LIMIT ?) AS c))`,
		slices.Concat([]any{int64(customer)}, args, []any{int64(m.Last), m.Rev, changedLooked}), &n)
	return max(n, now.Copies-m.Copies), wrap(err, "what came to %s", customer)
}

// indexedLooked is how many changed records are looked through for those that happened
// lately, so that a listener costs no more while an archive of a million is read.
const indexedLooked = 10_000

// Indexed counts the records that v may see, that the index has come to between two
// places, and that happened in the span; no more than limit.
func (s *Store) Indexed(ctx context.Context, v hub.Viewer, after, upTo hub.Cursor, from, to time.Time, limit int) (n int, err error) {
	_, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 {
		return 0, wrap(err, "what was indexed")
	}
	where, args := in("source", numbers(sources))
	err = s.get(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM (SELECT id, rev, gone, at, source FROM records WHERE (content_rev, id) > (?, ?) ORDER BY content_rev, id LIMIT ?) AS c
		WHERE (rev, id) <= (?, ?) AND gone = 0 AND at >= ? AND at < ? AND `+where+` LIMIT ?) AS r`,
		slices.Concat([]any{after.Rev, after.ID, indexedLooked, upTo.Rev, upTo.ID, from.UnixMilli(), to.UnixMilli()}, args, []any{limit}), &n)
	return n, wrap(err, "what was indexed")
}

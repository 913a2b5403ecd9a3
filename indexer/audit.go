package indexer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// Differences are what an audit found and mended.
type Differences struct {
	Missing  int // in the store, not in the index
	Stale    int // in the index as of another revision
	Strange  int // in the index, not in the store
	Compared int // records and customers of the store
}

// restampSize keeps the store's transactions short.
const restampSize = 5000

// Audit compares the live index with the store by id and revision. What differs
// is written again, what the store does not have is removed. An index restored
// from a backup, or one that lost something, is right again afterwards.
func (l *Live) Audit(ctx context.Context) (Differences, error) {
	l.work.Lock()
	defer l.work.Unlock()
	if _, err := l.follow(ctx); err != nil {
		return Differences{}, err
	}
	h := l.acquire()
	defer h.users.Done()
	a := audit{records: map[hub.RecordID]int64{}, faces: map[hub.CustomerID][2]int64{}}
	if err := a.compare(ctx, l.feed, h, h.name); err != nil {
		return Differences{}, fmt.Errorf("audit index: %w", err)
	}
	if err := a.mend(ctx, l.feed, h); err != nil {
		return Differences{}, fmt.Errorf("mend index: %w", err)
	}
	d := a.found
	l.log.Info("index audited", "compared", d.Compared, "missing", d.Missing, "stale", d.Stale, "strange", d.Strange)
	_, err := Follow(ctx, l.feed, h, h.name)
	return d, err
}

// audit holds the revisions in the index and what differs from the store.
type audit struct {
	records map[hub.RecordID]int64
	faces   map[hub.CustomerID][2]int64 // oldest and newest of a customer's faces
	found   Differences

	restampRecords   []hub.RecordID
	restampCustomers []hub.CustomerID
	gone             []string
}

// compare holds the index against the store as far as the follower has come: what
// is newer, or waits to be linked, is left to it.
func (a *audit) compare(ctx context.Context, feed Feed, ix Index, name string) error {
	at, err := feed.Cursor(ctx, name)
	if err != nil {
		return err
	}
	if err := ix.Revs(ctx, a.indexed); err != nil {
		return err
	}
	err = feed.Revs(ctx, func(record hub.RecordID, customer hub.CustomerID, rev int64) error {
		a.stored(record, customer, rev, at)
		return nil
	})
	if err != nil {
		return err
	}
	for id := range a.records {
		a.gone = append(a.gone, id.String())
	}
	for id := range a.faces {
		a.gone = append(a.gone, id.String())
	}
	a.found.Strange = len(a.gone)
	return nil
}

// indexed notes a document of the index.
func (a *audit) indexed(id string, rev int64) error {
	customer, _, isFace := strings.Cut(id, "-")
	if c, err := hub.ParseCustomerID(customer); err == nil && isFace && strings.HasPrefix(id, "c") {
		span, ok := a.faces[c]
		if !ok {
			span = [2]int64{rev, rev}
		}
		a.faces[c] = [2]int64{min(span[0], rev), max(span[1], rev)}
		return nil
	}
	if r, err := hub.ParseRecordID(id); err == nil && id == r.String() {
		a.records[r] = rev
		return nil
	}
	a.gone = append(a.gone, id)
	return nil
}

// stored compares a record or customer of the store with what was noted.
func (a *audit) stored(record hub.RecordID, customer hub.CustomerID, rev int64, at hub.Cursor) {
	a.found.Compared++
	same, known := false, false
	if customer != 0 {
		var span [2]int64
		span, known = a.faces[customer]
		same = span == [2]int64{rev, rev}
		delete(a.faces, customer)
	} else {
		var r int64
		r, known = a.records[record]
		same = r == rev
		delete(a.records, record)
	}
	waits := rev > at.Rev || rev == at.Rev && max(int64(record), int64(customer)) > at.ID
	if known && same || waits {
		return
	}
	if known {
		a.found.Stale++
	} else {
		a.found.Missing++
	}
	if customer != 0 {
		a.restampCustomers = append(a.restampCustomers, customer)
	} else {
		a.restampRecords = append(a.restampRecords, record)
	}
}

func (a *audit) mend(ctx context.Context, feed Feed, ix Index) error {
	for chunk := range slices.Chunk(a.restampRecords, restampSize) {
		if err := feed.Restamp(ctx, chunk, nil); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(a.restampCustomers, restampSize) {
		if err := feed.Restamp(ctx, nil, chunk); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(a.gone, restampSize) {
		if err := ix.Write(ctx, nil, chunk); err != nil {
			return err
		}
	}
	return nil
}

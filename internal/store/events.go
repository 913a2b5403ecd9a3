package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"samsyn/internal/hub"
)

// Kinds of events.
const (
	EventLinked   = "linked"   // a record came to the customer
	EventUnlinked = "unlinked" // a record went from the customer
	EventMerged   = "merged"   // all its records went to the other
	EventSplit    = "split"    // it has records of its own again
)

// Blame says which decision moves a record, for the events, where its reasons do
// not tell.
func (l *Linking) Blame(record hub.RecordID, decision int64) { l.blame[record] = decision }

// linkEvents tells how the customers of a record changed.
func (l *Linking) linkEvents(record hub.RecordID, had, want []linkRow) (events []hub.Event) {
	before, after := linkedIn(had), linkedIn(want)
	lost := slices.DeleteFunc(slices.Sorted(maps.Keys(before)), func(id hub.CustomerID) bool { return after[id] })
	for _, r := range want {
		if r.suggested || before[r.customer] {
			continue
		}
		e := hub.Event{Kind: EventLinked, Customer: r.customer, Record: record, Decision: cmp.Or(decisionIn(r.evidence), l.blame[record])}
		if len(lost) > 0 {
			e.Other, lost = lost[0], lost[1:]
		}
		events = append(events, e)
	}
	for _, id := range lost {
		events = append(events, hub.Event{Kind: EventUnlinked, Customer: id, Record: record, Decision: l.blame[record]})
	}
	return events
}

// decisionIn finds the decision that evidence names, 0 if it names none.
func decisionIn(evidence string) int64 {
	var all []hub.Evidence
	if err := (document{&all}).Scan(evidence); err != nil {
		return 0
	}
	for _, e := range all {
		if e.Decision != 0 {
			return e.Decision
		}
	}
	return 0
}

// note writes events down. That a record got its first customer by rule is no
// event: the link tells it.
func (l *Linking) note(ctx context.Context, events []hub.Event) error {
	events, err := l.withoutFirst(ctx, events)
	if err != nil || len(events) == 0 {
		return err
	}
	departments := map[hub.RecordID]string{}
	var records []hub.RecordID
	for _, e := range events {
		if e.Record != 0 {
			records = append(records, e.Record)
		}
	}
	err = eachOf(ctx, l.tx, numbers(records), func(r *sql.Rows) error {
		var id hub.RecordID
		var department string
		err := r.Scan(&id, &department)
		departments[id] = department
		return err
	}, "SELECT r.id, s.department FROM records r JOIN sources s ON s.id = r.source WHERE r.id IN %s")
	if err != nil {
		return err
	}
	first, err := l.tx.ids(ctx, len(events))
	if err != nil {
		return err
	}
	rows := make([][]any, len(events))
	for i, e := range events {
		rows[i] = []any{first + int64(i), l.tx.now, e.Kind, e.Customer, e.Other, e.Record, departments[e.Record], e.Decision}
	}
	return l.tx.insert(ctx, "INSERT INTO events (id, at, kind, customer, other, record, department, decision)", rows, "")
}

// withoutFirst leaves out the first link of each record, if a rule made it.
func (l *Linking) withoutFirst(ctx context.Context, events []hub.Event) ([]hub.Event, error) {
	first := func(e hub.Event) bool { return e.Kind == EventLinked && e.Other == 0 && e.Decision == 0 }
	var asked []hub.RecordID
	for _, e := range events {
		if first(e) {
			asked = append(asked, e.Record)
		}
	}
	moved := map[hub.RecordID]bool{}
	err := eachOf(ctx, l.tx, numbers(asked), func(r *sql.Rows) error {
		var id hub.RecordID
		err := r.Scan(&id)
		moved[id] = true
		return err
	}, "SELECT record FROM events WHERE record IN %s")
	return slices.DeleteFunc(events, func(e hub.Event) bool { return first(e) && !moved[e.Record] }), err
}

// Events lists what happened to the customer and its links, the newest first:
// of records those that v may see. Whoever lists a customer's events may see
// the customer. Another that v may not see is left out of them: what happened to
// it alone is not told, and a record that went there has gone.
func (s *Store) Events(ctx context.Context, v hub.Viewer, id hub.CustomerID, limit int) ([]hub.Event, error) {
	where, args := visible(v, "e.department")
	args = append([]any{id, id}, args...)
	rows, err := s.query(ctx, `SELECT e.id, e.at, e.kind, e.customer, e.other, e.record, e.department, e.decision, COALESCE(d.by_whom, '')
		FROM events e LEFT JOIN decisions d ON d.id = e.decision
		WHERE (e.customer = ? OR e.other = ?) AND (e.record = 0 OR `+where+`) ORDER BY e.id DESC LIMIT ?`, append(args, limit)...)
	var events []hub.Event
	err = visit(rows, err, func(r *sql.Rows) error {
		var e hub.Event
		err := r.Scan(&e.ID, moment{&e.At}, &e.Kind, &e.Customer, &e.Other, &e.Record, &e.Department, &e.Decision, &e.By)
		events = append(events, e)
		return err
	})
	if err != nil {
		return nil, wrap(err, "events of %s", id)
	}
	var others []hub.CustomerID
	for _, e := range events {
		others = append(others, e.Customer, e.Other)
	}
	known, err := s.knownTo(ctx, v, others)
	if err != nil {
		return nil, wrap(err, "events of %s", id)
	}
	known[id], known[0] = true, true
	told := events[:0]
	for _, e := range events {
		switch {
		case known[e.Customer] && known[e.Other]:
		case e.Record == 0:
			continue
		case e.Customer == id:
			e.Other = 0
		default:
			e.Kind, e.Customer, e.Other = EventUnlinked, id, 0
		}
		told = append(told, e)
	}
	return told, nil
}

// knownTo tells which of the customers v may see, or saw before they were merged
// into one that v may see.
func (s *Store) knownTo(ctx context.Context, v hub.Viewer, ids []hub.CustomerID) (map[hub.CustomerID]bool, error) {
	known := map[hub.CustomerID]bool{}
	for _, id := range ids {
		if _, asked := known[id]; asked || id == 0 {
			continue
		}
		var moved *MovedError
		_, err := s.Customer(ctx, v, id)
		if err != nil && !errors.As(err, &moved) && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		known[id] = err == nil || moved != nil
	}
	return known, nil
}

package indexer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"samsyn/internal/hub"
)

// Feed is what the index follows; the store is one.
type Feed interface {
	// Changes returns up to limit changes after a place in the sequence, in order.
	Changes(ctx context.Context, after hub.Cursor, limit int) ([]hub.Change, error)
	// Cursor is how far a follower has come, zero if it is unknown.
	Cursor(ctx context.Context, name string) (hub.Cursor, error)
	SetCursor(ctx context.Context, name string, c hub.Cursor) error
	DropCursor(ctx context.Context, name string) error
	// CustomerNames gives the names by which the viewer knows customers.
	CustomerNames(ctx context.Context, v hub.Viewer, ids []hub.CustomerID) (map[hub.CustomerID]string, error)
	// Problem tells people about something that is not searchable.
	Problem(ctx context.Context, p hub.Problem) error
	// Revs visits every live record and customer, the other id being zero.
	Revs(ctx context.Context, visit func(record hub.RecordID, customer hub.CustomerID, rev int64) error) error
	// Restamp makes records and customers count as changed.
	Restamp(ctx context.Context, records []hub.RecordID, customers []hub.CustomerID) error
	// Setting reads a named value into a pointer; hub.ErrNotFound if there is none.
	Setting(ctx context.Context, name string, into any) error
	SetSetting(ctx context.Context, name string, value any) error
	// Installation is an id that no other store has, of letters and digits.
	Installation(ctx context.Context) (string, error)
}

// pageSize is how many changes are read at a time, and written if the engine
// wants no more at once: enough to keep it busy, and little enough to be held in
// memory as mails.
const pageSize = 2000

// Follow brings an index to the head of the change sequence and returns how
// many changes that took. The cursor is saved after what it covers has been
// written, so that a follower that is killed writes some documents again and
// misses none. Documents that the engine refuses are filed as problems.
func Follow(ctx context.Context, feed Feed, ix Index, name string) (int, error) {
	total := 0
	for {
		n, err := followPage(ctx, feed, ix, name)
		if total += n; err != nil || n == 0 {
			return total, err
		}
	}
}

// followPage takes the next changes; none are left if it returns 0.
func followPage(ctx context.Context, feed Feed, ix Index, name string) (int, error) {
	after, err := feed.Cursor(ctx, name)
	if err != nil {
		return 0, err
	}
	b, err := read(ctx, feed, after, ix.Bulk())
	if err != nil || b.changes == 0 {
		return 0, err
	}
	w := writer{feed: feed, ix: ix, places: b.places}
	if err := w.write(ctx, b.docs(), b.gone()); err != nil {
		return 0, fmt.Errorf("index changes after rev %d: %w", after.Rev, err)
	}
	return b.changes, feed.SetCursor(ctx, name, b.last)
}

// batch is what is written at once. What changed again from one page to the next
// counts as it was last.
type batch struct {
	owners  []string // ids of records and customers, in order
	of      map[string]meaning
	places  map[string]hub.Problem // by id of a record, in case it is refused
	changes int
	last    hub.Cursor
	size    int // in bytes, about
}

// meaning is what a change means to the index: see Docs.
type meaning struct {
	docs []Doc
	gone []string
}

// read reads a page of changes, and further ones while there are some and the
// batch is smaller than bulk.
func read(ctx context.Context, feed Feed, after hub.Cursor, bulk int) (*batch, error) {
	b := &batch{of: map[string]meaning{}, places: map[string]hub.Problem{}, last: after}
	for {
		changes, err := feed.Changes(ctx, b.last, pageSize)
		if err != nil || len(changes) == 0 {
			return b, err
		}
		names, err := namesFor(ctx, feed, changes)
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			b.add(c, names)
		}
		b.changes, b.last = b.changes+len(changes), changes[len(changes)-1].Cursor
		if len(changes) < pageSize || b.size >= bulk {
			return b, nil
		}
	}
}

func (b *batch) add(c hub.Change, names FaceNames) {
	var id string
	if c.Customer != nil {
		id = c.Customer.ID.String()
	} else {
		id = c.Record.ID.String()
		b.places[id] = placeOf(c.Record)
	}
	if _, again := b.of[id]; !again {
		b.owners = append(b.owners, id)
	}
	docs, gone := Docs(c, names)
	for _, d := range docs {
		b.size += docSize + len(d.Text) + len(d.Quoted)
	}
	b.of[id] = meaning{docs, gone}
}

// docSize is what a document takes besides its texts.
const docSize = 300

// placeOf is where a record comes from.
func placeOf(r *hub.Record) hub.Problem {
	p := hub.Problem{Source: r.Source}
	if len(r.Seen) > 0 {
		p.Scope, p.Ref = r.Seen[0].Scope, r.Seen[0].Ref
	}
	return p
}

func (b *batch) docs() (all []Doc) {
	for _, id := range b.owners {
		all = append(all, b.of[id].docs...)
	}
	return all
}

func (b *batch) gone() (all []string) {
	for _, id := range b.owners {
		all = append(all, b.of[id].gone...)
	}
	return all
}

// namesFor asks for the names of linked customers as each record's own
// department knows them: no other department's spelling gets into its document.
func namesFor(ctx context.Context, feed Feed, changes []hub.Change) (FaceNames, error) {
	wanted := map[string]map[hub.CustomerID]bool{}
	for _, c := range changes {
		if c.Record == nil || c.Gone {
			continue
		}
		for _, id := range linked(c.Record) {
			if wanted[c.Record.Department] == nil {
				wanted[c.Record.Department] = map[hub.CustomerID]bool{}
			}
			wanted[c.Record.Department][id] = true
		}
	}
	names := FaceNames{}
	for department, ids := range wanted {
		v := hub.Viewer{Departments: []string{department}}
		found, err := feed.CustomerNames(ctx, v, slices.Sorted(maps.Keys(ids)))
		if err != nil {
			return nil, err
		}
		names[department] = found
	}
	return names, nil
}

// writer writes documents and sees to those that are refused.
type writer struct {
	feed   Feed
	ix     Index
	places map[string]hub.Problem // by document id
}

// write writes all that the engine takes. What it names as refused is left out
// and removed, lest an older state be found; where it cannot say which of many
// it is, each half is tried apart.
func (w *writer) write(ctx context.Context, docs []Doc, gone []string) error {
	err := w.ix.Write(ctx, docs, gone)
	var refused *Refused
	if !errors.As(err, &refused) || len(docs) == 0 {
		return err
	}
	if only := docs[0].ID; len(docs) == 1 { // whether it is named or not
		refused = &Refused{Docs: map[string]string{only: cmp.Or(refused.Docs[only], unexplained)}}
	}
	bad := func(d Doc) bool { _, ok := refused.Docs[d.ID]; return ok }
	taken := slices.DeleteFunc(slices.Clone(docs), bad)
	if len(docs) > 1 && (len(taken) == 0 || len(taken) == len(docs)) {
		half := len(docs) / 2
		if err := w.write(ctx, docs[:half], gone); err != nil {
			return err
		}
		// gone is not repeated: it would take away faces just written.
		return w.write(ctx, docs[half:], nil)
	}
	for _, d := range docs {
		if !bad(d) {
			continue
		}
		if err := w.file(ctx, d, refused.Docs[d.ID]); err != nil {
			return err
		}
		if validID(d.ID) {
			gone = append(gone, d.ID)
		}
	}
	return w.write(ctx, taken, gone)
}

// file tells people that a document cannot be found by searching.
func (w *writer) file(ctx context.Context, d Doc, why string) error {
	p := w.places[d.ID]
	p.Class = hub.ClassBroken
	p.Reason = fmt.Sprintf("This cannot be found by searching, because the index does not take it: %s. It is shown in the customer's history.", why)
	if p.Source == 0 {
		return nil // a face; its records are found
	}
	return w.feed.Problem(ctx, p)
}

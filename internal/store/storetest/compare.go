package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// everyone sees all departments.
var everyone = hub.Viewer{User: "test", All: true}

// follower applies changes as an index does: it knows nothing else.
type follower struct {
	store   *store.Store
	at      hub.Cursor
	records map[hub.RecordID]*hub.Record
}

func newFollower(s *store.Store, from hub.Cursor) *follower {
	return &follower{store: s, at: from, records: map[hub.RecordID]*hub.Record{}}
}

// catchUp reads pages of size; to the head when there are no pages to stop after.
func (f *follower) catchUp(ctx context.Context, size, pages int) error {
	for n := 0; pages == 0 || n < pages; n++ {
		changes, err := f.store.Changes(ctx, f.at, size)
		if err != nil || len(changes) == 0 {
			return err
		}
		for _, c := range changes {
			if c.Rev < f.at.Rev || c.Rev == f.at.Rev && c.ID <= f.at.ID {
				return fmt.Errorf("%w: change %v came after %v", errDiffer, c.Cursor, f.at)
			}
			f.at = c.Cursor
			switch {
			case c.Record == nil:
			case c.Gone:
				delete(f.records, c.Record.ID)
			default:
				f.records[c.Record.ID] = c.Record
			}
		}
	}
	return nil
}

// compare says in what the source differs from the clean one, or the follower
// from the source.
func (h *history) compare(ctx context.Context, clean hub.SourceID) error {
	all, err := records(ctx, h.store)
	if err != nil {
		return err
	}
	got, want := map[string]string{}, map[string]string{}
	for id, r := range all {
		switch r.Source {
		case clean:
			want[r.Key] = show(r)
		case h.source:
			got[r.Key] = show(r)
			f := h.follower.records[id]
			if f == nil || f.Rev != r.Rev || f.Hash != r.Hash || f.Key != r.Key {
				return fmt.Errorf("%w: the follower has %+v of %+v", errDiffer, f, r)
			}
		}
	}
	for id, f := range h.follower.records {
		if f.Source == h.source && all[id] == nil {
			return fmt.Errorf("%w: the follower still has %+v", errDiffer, f)
		}
	}
	if err := h.describe(ctx, h.source, got, len(got)); err != nil {
		return err
	}
	if err := h.describe(ctx, clean, want, len(want)); err != nil {
		return err
	}
	return differences(got, want)
}

// records returns all that lives.
func records(ctx context.Context, s *store.Store) (map[hub.RecordID]*hub.Record, error) {
	var ids []hub.RecordID
	err := s.Revs(ctx, func(id hub.RecordID, _ hub.CustomerID, _ int64) error {
		if id != 0 {
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Records(ctx, everyone, ids)
}

// show says all of a record but ids and revs.
func show(r *hub.Record) string {
	b, _ := json.Marshal(r.Content)
	var seen []string
	for _, g := range r.Seen {
		seen = append(seen, fmt.Sprint(g.Scope, " ", g.Ref, " ", g.Hash, " ", g.At.UnixMilli()))
	}
	return fmt.Sprintf("%s %s seen %s", r.Hash, b, strings.Join(seen, ", "))
}

// describe adds to what is known of the records of a source its scopes, its
// problems and its status.
func (h *history) describe(ctx context.Context, id hub.SourceID, out map[string]string, alive int) error {
	y, err := h.store.BeginSync(ctx, id, "examiner", ttl)
	if err != nil {
		return err
	}
	versions, err := y.Versions(ctx)
	if err != nil {
		return err
	}
	for name, v := range versions {
		out["version of "+name] = v
	}
	problems, err := h.store.Problems(ctx, everyone)
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.Source == id {
			out["problem at "+p.Scope+" "+p.Ref+" "+p.Class] = p.Reason
		}
	}
	statuses, err := h.store.Statuses(ctx)
	for _, st := range statuses {
		if st.ID == id {
			out["status"] = fmt.Sprintf("%d records, %d uncounted, %d scopes, %d held, %s %s", st.Records, alive-st.Records, st.Scopes, st.Held, st.Class, st.Error)
		}
	}
	return err
}

func differences(got, want map[string]string) error {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] != want[k] {
			out = append(out, fmt.Sprintf("%s\n  is     %q\n  should %q", k, got[k], want[k]))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			out = append(out, fmt.Sprintf("%s\n  is     %q\n  should not be there", k, got[k]))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return fmt.Errorf("%w in %d places, such as\n%s", errDiffer, len(out), strings.Join(out[:min(len(out), 5)], "\n"))
}

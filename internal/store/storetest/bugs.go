package storetest

import (
	"context"
	"strings"

	"samsyn/internal/store/fault"
)

// bug is a mistake that the store could contain. It is brought in by changing a
// statement on its way to the database; the histories must find it.
type bug struct {
	name    string
	when    string // statements that contain this are changed
	change  func(w *worker, q string, args []any) (string, []any)
	brought int // how many statements were changed
}

func bugs() []*bug {
	return []*bug{
		{
			name: "version saved before the data",
			when: "INSERT INTO scopes (source, name, version) VALUES (?, ?, NULL)",
			change: func(w *worker, _ string, args []any) (string, []any) {
				return "INSERT INTO scopes (source, name, version) VALUES (?, ?, ?) ON CONFLICT (source, name) DO UPDATE SET version = excluded.version",
					append(args, w.now.Version)
			},
		},
		{
			name:   "old version kept while sightings change",
			when:   "INSERT INTO scopes (source, name, version) VALUES (?, ?, NULL)",
			change: replace("DO UPDATE SET version = NULL", "DO NOTHING"),
		},
		{
			name: "no fence",
			when: "UPDATE sources SET lease_until = ?",
			change: func(_ *worker, q string, args []any) (string, []any) {
				return strings.Replace(q, " AND lease_owner = ? AND lease_epoch = ?", "", 1), args[:2]
			},
		},
		{
			name: "no tombstone",
			when: "UPDATE records SET gone = 1, lost = 0",
			change: func(_ *worker, _ string, args []any) (string, []any) {
				return "DELETE FROM records WHERE source = ? AND lost > 0 AND lost = ?", args[2:]
			},
		},
		{
			name:   "changed content keeps its rev",
			when:   "INSERT INTO records ",
			change: replace(", rev = excluded.rev", ""),
		},
		{
			name:   "rows of an attachment outlive their mail",
			when:   "ref LIKE '%/%'",
			change: replace("ref LIKE '%/%'", "1 = 0"),
		},
		{
			name:   "a new time of a scope settles nothing",
			when:   "SELECT a.key FROM sightings a",
			change: replace("a.scope = ?", "a.scope = ? AND 1 = 0"),
		},
		{
			name:   "what comes back stays lost",
			when:   "INSERT INTO records ",
			change: replace("lost = excluded.lost, ", ""),
		},
		{
			name:   "what is held cannot be accepted",
			when:   "UPDATE records SET lost = 2",
			change: replace("lost = 2", "lost = 3"),
		},
		{
			name:   "problems of a scope pile up",
			when:   "DELETE FROM problems WHERE source = ? AND scope = ? AND epoch < ?",
			change: replace("epoch < ?", "epoch < ? AND 1 = 0"),
		},
	}
}

func replace(old, new string) func(*worker, string, []any) (string, []any) {
	return func(_ *worker, q string, args []any) (string, []any) { return strings.Replace(q, old, new, 1), args }
}

// with puts the fault of a worker and the bug of the store into a context.
func (h *history) with(ctx context.Context, w *worker, f *fault.Fault) context.Context {
	if f == nil {
		f = &fault.Fault{}
	}
	crash := f.Statement
	f.Statement = func(q string, args []any) (string, []any, error) {
		if crash != nil {
			if _, _, err := crash(q, args); err != nil {
				return q, args, err
			}
		}
		if h.bug != nil && strings.Contains(q, h.bug.when) {
			h.bug.brought++
			q, args = h.bug.change(w, q, args)
		}
		return q, args, nil
	}
	return fault.With(ctx, f)
}

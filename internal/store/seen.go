package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Seen is what the store has of a scope, and which of it is still there; it
// answers connectors.Known. It takes 9 bytes more than its text for each ref,
// for a sheet may have a million, and nothing for refs that the store has not.
type Seen struct {
	ctx  context.Context
	y    *Sync
	text string          // all refs, one after the other
	bad  map[string]bool // refs with a problem
	ends []int           // where in text each ends, in the order of the refs
	kept []bool          // by place in ends
}

// Scope returns what the last look left of a scope. It answers Mark as long as ctx lives.
func (y *Sync) Scope(ctx context.Context, name string) (*Seen, error) {
	var text strings.Builder
	rows, err := y.store.query(ctx, "SELECT ref FROM sightings WHERE source = ? AND scope = ? ORDER BY ref"+y.store.dialect.bytewise, y.source, name)
	k := &Seen{ctx: ctx, y: y}
	err = visit(rows, err, func(r *sql.Rows) error {
		var ref sql.RawBytes
		err := r.Scan(&ref)
		text.Write(ref)
		k.ends = append(k.ends, text.Len())
		return err
	})
	if err == nil {
		k.bad, err = y.faulty(ctx, name)
	}
	if err != nil {
		return nil, fmt.Errorf("sightings in %s: %w", name, err)
	}
	k.text, k.ends, k.kept = text.String(), slices.Clip(k.ends), make([]bool, len(k.ends))
	return k, nil
}

func (k *Seen) ref(i int) string {
	if i == 0 {
		return k.text[:k.ends[0]]
	}
	return k.text[k.ends[i-1]:k.ends[i]]
}

// find returns the place of ref, or where it would stand.
func (k *Seen) find(ref string) (i int, found bool) {
	return sort.Find(len(k.ends), func(i int) int { return strings.Compare(ref, k.ref(i)) })
}

// Ref reports whether something was sighted at ref.
func (k *Seen) Ref(ref string) bool {
	_, found := k.find(ref)
	return found
}

// Keep notes that ref is still there.
func (k *Seen) Keep(ref string) {
	if i, found := k.find(ref); found {
		k.kept[i] = true
	}
}

// KeepWhole notes that ref is still there, with all that was sighted below it.
func (k *Seen) KeepWhole(ref string) {
	k.Keep(ref)
	below := ref + "/"
	for i, _ := k.find(below); i < len(k.ends) && strings.HasPrefix(k.ref(i), below); i++ {
		k.kept[i] = true
	}
}

// Gone lists what is there no more: the refs that were not kept.
func (k *Seen) Gone() []string {
	var out []string
	for i, kept := range k.kept {
		if !kept {
			out = append(out, k.ref(i))
		}
	}
	return out
}

func (y *Sync) faulty(ctx context.Context, scope string) (map[string]bool, error) {
	out := map[string]bool{}
	rows, err := y.store.query(ctx, "SELECT ref FROM problems WHERE source = ? AND scope = ? AND ref <> ''", y.source, scope)
	return out, visit(rows, err, func(r *sql.Rows) error {
		var ref string
		err := r.Scan(&ref)
		out[ref] = true
		return err
	})
}

// Faulty reports whether a problem was filed for what lies at ref.
func (k *Seen) Faulty(ref string) bool { return k.bad[ref] }

// Mark returns the key of the record of this source that carries the mark, ""
// if none or more than one does. A record that a scope read before has lost, a
// mail on its way to another folder, is still known. When the store does not
// answer nothing is known, which costs a download and harms nobody.
func (k *Seen) Mark(mark string) string {
	if mark == "" {
		return ""
	}
	var keys []string
	rows, err := k.y.store.query(k.ctx, "SELECT key FROM records WHERE source = ? AND mark <> '' AND mark = ? AND gone = 0 LIMIT 2", k.y.source, mark)
	err = visit(rows, err, func(r *sql.Rows) error {
		var key string
		keys = append(keys, "")
		err := r.Scan(&key)
		keys[len(keys)-1] = key
		return err
	})
	if err != nil || len(keys) != 1 {
		return ""
	}
	return keys[0]
}

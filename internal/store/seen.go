package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Seen is what the store has of a scope, and which of it is still there; it
// answers connectors.Known.
type Seen struct {
	ctx    context.Context
	y      *Sync
	items  refs            // of what was sighted
	sheets refs            // of the sheets attached to it
	again  map[string]bool // refs of mails whose sheets were read by answers that hold no more
	bad    map[string]bool // refs with a problem
}

// Scope returns what the last look left of a scope. It answers Mark as long as ctx lives.
func (y *Sync) Scope(ctx context.Context, name string) (*Seen, error) {
	k := &Seen{ctx: ctx, y: y}
	var err1, err2, err3, err4 error
	k.items, err1 = y.refs(ctx, "SELECT ref FROM sightings WHERE source = ? AND scope = ?", name)
	k.sheets, err2 = y.refs(ctx, "SELECT ref FROM sheets WHERE source = ? AND scope = ? AND ref <> ''", name)
	k.again, err3 = y.mailsToReread(ctx, name)
	k.bad, err4 = y.faulty(ctx, name)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, fmt.Errorf("sightings in %s: %w", name, err)
	}
	return k, nil
}

// Ref reports whether something was sighted at ref that need not be read again.
func (k *Seen) Ref(ref string) bool {
	_, found := k.items.find(ref)
	return found && !k.again[ref]
}

// Keep notes that ref is still there.
func (k *Seen) Keep(ref string) {
	k.items.keep(ref)
	k.sheets.keep(ref)
}

// KeepWhole notes that ref is still there, with all that was sighted below it.
func (k *Seen) KeepWhole(ref string) {
	k.items.keepWhole(ref)
	k.sheets.keepWhole(ref)
}

// Gone lists what is there no more: the refs that were not kept.
func (k *Seen) Gone() []string { return append(k.items.gone(), k.sheets.gone()...) }

// refs is a sorted set of refs of which some are kept. It takes 9 bytes more than
// its text for each, for a sheet may have a million rows.
type refs struct {
	text string // all refs, one after the other
	ends []int  // where in text each ends, in the order of the refs
	kept []bool // by place in ends
}

// refs reads the refs that q selects of a scope.
func (y *Sync) refs(ctx context.Context, q, scope string) (refs, error) {
	var text strings.Builder
	var k refs
	rows, err := y.store.query(ctx, q+" ORDER BY ref"+y.store.dialect.bytewise, y.source, scope)
	err = visit(rows, err, func(r *sql.Rows) error {
		var ref sql.RawBytes
		err := r.Scan(&ref)
		text.Write(ref)
		k.ends = append(k.ends, text.Len())
		return err
	})
	k.text, k.ends, k.kept = text.String(), slices.Clip(k.ends), make([]bool, len(k.ends))
	return k, err
}

func (k *refs) at(i int) string {
	if i == 0 {
		return k.text[:k.ends[0]]
	}
	return k.text[k.ends[i-1]:k.ends[i]]
}

// find returns the place of ref, or where it would stand.
func (k *refs) find(ref string) (i int, found bool) {
	return sort.Find(len(k.ends), func(i int) int { return strings.Compare(ref, k.at(i)) })
}

func (k *refs) keep(ref string) {
	if i, found := k.find(ref); found {
		k.kept[i] = true
	}
}

// keepWhole keeps ref and all below it.
func (k *refs) keepWhole(ref string) {
	k.keep(ref)
	below := ref + "/"
	for i, _ := k.find(below); i < len(k.ends) && strings.HasPrefix(k.at(i), below); i++ {
		k.kept[i] = true
	}
}

func (k *refs) gone() (out []string) {
	for i, kept := range k.kept {
		if !kept {
			out = append(out, k.at(i))
		}
	}
	return out
}

// mailsToReread lists the mails with a sheet that was read by answers that hold no more.
func (y *Sync) mailsToReread(ctx context.Context, scope string) (map[string]bool, error) {
	out := map[string]bool{}
	rows, err := y.store.query(ctx, "SELECT ref FROM sheets WHERE source = ? AND scope = ? AND again = 1 AND ref <> ''", y.source, scope)
	return out, visit(rows, err, func(r *sql.Rows) error {
		var ref string
		err := r.Scan(&ref)
		mail, _, _ := strings.Cut(ref, "/")
		out[mail] = true
		return err
	})
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

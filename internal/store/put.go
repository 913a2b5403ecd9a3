package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"samsyn/internal/hub"
)

// entry is an item as the tables take it.
type entry struct {
	ref, key, hash, mark string
	body                 string // content as JSON; "" when the item came without
	kind                 string
	at                   time.Time
}

// Put writes items of a scope, in one transaction. An item with content is
// sighted with it. One without content but with a key was known by its mark
// under another ref: it is sighted with what the store has of that key. One with
// neither is as it was. Items that are as the store has them cost no write. One
// with a sheet is saved beside them. Put takes a few thousand items well; of two
// with the same ref the last counts.
func (y *Sync) Put(ctx context.Context, scope hub.Scope, items []hub.Item) error {
	entries, sheets, err := entriesOf(items)
	if err != nil {
		return fmt.Errorf("put into %s: %w", scope.Name, err)
	}
	if !storable(scope.Name) {
		return fmt.Errorf("put into %q: the name is not valid UTF-8 text", scope.Name)
	}
	set := y.astray[scope.Name]
	err = y.write(ctx, func(t *tx) (err error) {
		set, err = y.put(ctx, t, scope.Name, entries, sheets)
		return err
	})
	if err == nil && set {
		y.astray[scope.Name] = true
	}
	return err
}

// put reports whether it wrote.
func (y *Sync) put(ctx context.Context, t *tx, scope string, entries []entry, sheets []hub.Item) (wrote bool, err error) {
	have, err := y.sighted(ctx, t, scope, entries)
	if err != nil {
		return false, err
	}
	entries, banned, err := y.withoutErased(ctx, t, scope, entries, have)
	if err != nil {
		return false, err
	}
	if err := y.complete(ctx, t, entries, have); err != nil {
		return false, err
	}
	changed := entries[:0]
	for _, e := range entries {
		if have[e.ref] != (sight{e.key, e.hash, e.mark}) {
			changed = append(changed, e)
		}
	}
	if len(changed) == 0 && len(banned) == 0 && len(sheets) == 0 {
		return false, nil
	}
	rev, err := t.stamp(ctx)
	if err != nil {
		return false, err
	}
	if err := y.setAside(ctx, t, scope); err != nil {
		return false, err
	}
	w := t.settling(y.source, rev)
	if err := w.unsight(ctx, scope, banned); err != nil {
		return false, err
	}
	if err := w.sight(ctx, scope, changed, have); err != nil {
		return false, err
	}
	if err := w.settle(ctx); err != nil {
		return false, err
	}
	return true, y.describe(ctx, t, scope, sheets)
}

// setAside makes the saved version of a scope void before its sightings cease to
// be those of that version: were the look cut off here and the old version back
// at the next, it would not be read, and stay mixed.
func (y *Sync) setAside(ctx context.Context, t *tx, scope string) error {
	if y.astray[scope] {
		return nil
	}
	_, err := t.exec(ctx, "INSERT INTO scopes (source, name, version) VALUES (?, ?, NULL) ON CONFLICT (source, name) DO UPDATE SET version = NULL", y.source, scope)
	return err
}

// entriesOf parts items into records and sheets, and drops records that need no
// write and all but the last of each ref.
func entriesOf(items []hub.Item) (out []entry, sheets []hub.Item, err error) {
	out = make([]entry, 0, len(items))
	at := make(map[string]int, len(items))
	for _, it := range items {
		switch {
		case it.Sheet != nil && !storable(it.Ref):
			return nil, nil, fmt.Errorf("sheet %q: its ref is not valid UTF-8 text", it.Ref)
		case it.Sheet != nil:
			sheets = append(sheets, it)
			continue
		case it.Content == nil && it.Key == "":
			continue
		}
		e, err := entryOf(it)
		if err != nil {
			return nil, nil, fmt.Errorf("item %q: %w", it.Ref, err)
		}
		if i, twice := at[it.Ref]; twice {
			out[i] = e
			continue
		}
		at[it.Ref] = len(out)
		out = append(out, e)
	}
	return out, sheets, nil
}

func entryOf(it hub.Item) (entry, error) {
	e := entry{ref: it.Ref, key: it.Key, mark: it.Mark}
	switch {
	case it.Key == "":
		return e, errors.New("it has no key")
	case !storable(it.Ref), !storable(it.Key), !storable(it.Mark):
		return e, errors.New("ref, key or mark is not valid UTF-8 text")
	case it.Content == nil:
		return e, nil
	}
	var err error
	e.kind, e.at = it.Content.Kind, it.Content.At
	e.body, e.hash, err = encode(*it.Content)
	return e, err
}

// encode returns the canonical JSON of a content and its hash, base64url of SHA-256.
func encode(c hub.Content) (body, hash string, err error) {
	c.At = c.At.UTC()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		return "", "", err
	}
	body = strings.TrimSuffix(b.String(), "\n")
	return body, digest(body), nil
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sight is what a sighting says.
type sight struct{ key, hash, mark string }

// sighted returns the sightings at the refs of entries.
func (y *Sync) sighted(ctx context.Context, t *tx, scope string, entries []entry) (map[string]sight, error) {
	refs := make([]string, len(entries))
	for i, e := range entries {
		refs[i] = e.ref
	}
	out := map[string]sight{}
	err := eachOf(ctx, t, refs, func(r *sql.Rows) error {
		var ref string
		var s sight
		err := r.Scan(&ref, &s.key, &s.hash, &s.mark)
		out[ref] = s
		return err
	}, "SELECT ref, key, hash, mark FROM sightings WHERE source = ? AND scope = ? AND ref IN %s", y.source, scope)
	return out, err
}

// withoutErased takes out what must not come back, and notes the sheets that hold it.
// banned are the refs at which something else was sighted before.
func (y *Sync) withoutErased(ctx context.Context, t *tx, scope string, entries []entry, have map[string]sight) (kept []entry, banned []string, err error) {
	erased, err := y.erased(ctx, t)
	if err != nil || len(erased) == 0 {
		return entries, nil, err
	}
	for _, e := range entries {
		if !erased[keyHash(y.source, e.key)] {
			kept = append(kept, e)
			continue
		}
		y.bare[sheetOf(scope, e.ref)] = true
		if _, ok := have[e.ref]; ok {
			banned = append(banned, e.ref)
		}
	}
	return kept, banned, nil
}

// erased returns the hashes of the keys that must not come back.
func (y *Sync) erased(ctx context.Context, t *tx) (map[string]bool, error) {
	out := map[string]bool{}
	return out, t.each(ctx, func(r *sql.Rows) error {
		var h string
		err := r.Scan(&h)
		out[h] = true
		return err
	}, "SELECT key_hash FROM erased WHERE source = ?", y.source)
}

// keyHash is what stays of an erased record.
func keyHash(source hub.SourceID, key string) string { return digest(source.String() + " " + key) }

// complete gives entries that came without content the hash of what the store
// has of their key.
func (y *Sync) complete(ctx context.Context, t *tx, entries []entry, have map[string]sight) error {
	var keys []string
	for i, e := range entries {
		if e.hash != "" {
			continue
		}
		if was := have[e.ref]; was.key == e.key {
			entries[i].hash = was.hash
			if e.mark == "" {
				entries[i].mark = was.mark
			}
			continue
		}
		keys = append(keys, e.key)
	}
	if len(keys) == 0 {
		return nil
	}
	hashes := map[string]string{}
	err := eachOf(ctx, t, keys, func(r *sql.Rows) error {
		var key, hash string
		err := r.Scan(&key, &hash)
		hashes[key] = hash
		return err
	}, "SELECT key, hash FROM records WHERE source = ? AND gone = 0 AND key IN %s", y.source)
	if err != nil {
		return err
	}
	for i, e := range entries {
		if e.hash == "" {
			if entries[i].hash = hashes[e.key]; entries[i].hash == "" {
				return fmt.Errorf("item %q came without content, but its key is not known", e.ref)
			}
		}
	}
	return nil
}

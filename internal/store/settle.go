package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// What became of a record that is alive without a sighting.
const (
	lostNow  = 1 // since the last complete look: it may turn up in a scope still to be read
	lostHeld = 2 // the brake holds it until a person accepts
)

// settling changes sightings within a transaction and then settles the records
// of their keys: each shows the content of its newest delivery, which is the
// sighting with the greatest (time of the scope, scope, ref).
type settling struct {
	*tx
	source  hub.SourceID
	rev     int64
	keys    map[string]bool     // touched
	offered map[string]delivery // of these keys in this transaction, the newest
	loose   map[string]bool     // hashes that something ceased to refer to
	written map[string]head     // of the contents that came with the sightings
}

// head is what a record repeats of its content.
type head struct {
	kind string
	at   sql.NullInt64
}

func (t *tx) settling(source hub.SourceID, rev int64) *settling {
	return &settling{tx: t, source: source, rev: rev, keys: map[string]bool{}, offered: map[string]delivery{},
		loose: map[string]bool{}, written: map[string]head{}}
}

// sight writes sightings, with the contents they came with; have are those that
// they take the place of.
func (w *settling) sight(ctx context.Context, scope string, entries []entry, have map[string]sight) error {
	var contents [][]any
	sightings := make([][]any, len(entries))
	for i, e := range entries {
		if _, twice := w.written[e.hash]; e.body != "" && !twice {
			w.written[e.hash] = head{e.kind, millis(e.at)}
			contents = append(contents, []any{e.hash, e.body})
		}
		sightings[i] = []any{w.source, scope, e.ref, e.key, e.hash, e.mark}
		w.keys[e.key] = true
		d := delivery{scope: scope, ref: e.ref, hash: e.hash, mark: e.mark}
		if old, twice := w.offered[e.key]; !twice || d.newer(old) {
			w.offered[e.key] = d
		}
		if was, ok := have[e.ref]; ok {
			w.left(was.key, was.hash)
		}
	}
	if err := w.insert(ctx, "INSERT INTO contents (hash, body)", contents, "ON CONFLICT (hash) DO NOTHING"); err != nil {
		return err
	}
	return w.insert(ctx, "INSERT INTO sightings (source, scope, ref, key, hash, mark)", sightings,
		"ON CONFLICT (source, scope, ref) DO UPDATE SET key = excluded.key, hash = excluded.hash, mark = excluded.mark")
}

// left notes that a sighting no longer says so.
func (w *settling) left(key, hash string) {
	w.keys[key] = true
	w.loose[hash] = true
}

// unsight removes the sightings at refs.
func (w *settling) unsight(ctx context.Context, scope string, refs []string) error {
	for part := range slices.Chunk(refs, settleKeys) {
		err := eachOf(ctx, w.tx, part, w.scanLeft, "DELETE FROM sightings WHERE source = ? AND scope = ? AND ref IN %s RETURNING key, hash", w.source, scope)
		if err != nil {
			return err
		}
		if err := w.loosen(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *settling) scanLeft(r *sql.Rows) error {
	var key, hash string
	err := r.Scan(&key, &hash)
	w.left(key, hash)
	return err
}

// leave removes what is gone from a scope, and settles that and, when the time
// of the scope changes, whatever it disagrees on with other scopes.
func (y *Sync) leave(ctx context.Context, t *tx, scope hub.Scope, gone []string) error {
	var at sql.NullInt64
	err := t.get(ctx, "SELECT at FROM scopes WHERE source = ? AND name = ?", []any{y.source, scope.Name}, &at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	moved := at != millis(scope.At)
	if len(gone) == 0 && !moved {
		return nil
	}
	rev, err := t.stamp(ctx)
	if err != nil {
		return err
	}
	w := t.settling(y.source, rev)
	if err := execOf(ctx, t, gone, "DELETE FROM sheets WHERE source = ? AND scope = ? AND ref IN %s", y.source, scope.Name); err != nil {
		return err
	}
	if gone, err = w.withChildren(ctx, scope.Name, gone); err != nil {
		return err
	}
	if err := w.unsight(ctx, scope.Name, gone); err != nil {
		return err
	}
	if moved {
		if err := w.retime(ctx, scope); err != nil {
			return err
		}
	}
	return w.settle(ctx)
}

// retime saves the time of a scope and touches the keys that it shares with others.
func (w *settling) retime(ctx context.Context, scope hub.Scope) error {
	_, err := w.exec(ctx, "INSERT INTO scopes (source, name, at) VALUES (?, ?, ?) ON CONFLICT (source, name) DO UPDATE SET at = excluded.at",
		w.source, scope.Name, millis(scope.At))
	if err != nil {
		return err
	}
	return w.each(ctx, func(r *sql.Rows) error {
		var key string
		err := r.Scan(&key)
		w.keys[key] = true
		return err
	}, `SELECT a.key FROM sightings a WHERE a.source = ? AND a.scope = ? AND EXISTS
		(SELECT 1 FROM sightings b WHERE b.source = a.source AND b.key = a.key AND b.scope <> a.scope)`, w.source, scope.Name)
}

// withChildren adds to refs those below them: a gone mail takes the rows of its attachments.
func (w *settling) withChildren(ctx context.Context, scope string, refs []string) ([]string, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	gone := make(map[string]bool, len(refs))
	for _, ref := range refs {
		gone[ref] = true
	}
	below, err := w.refs(ctx, scope, " AND ref LIKE '%/%'")
	if err != nil {
		return nil, err
	}
	out := refs[:len(refs):len(refs)]
	for _, ref := range below {
		for i := range len(ref) {
			if ref[i] == '/' && gone[ref[:i]] && !gone[ref] {
				out = append(out, ref)
				break
			}
		}
	}
	return out, nil
}

// refs returns where the scope has sightings that fit the further condition.
func (w *settling) refs(ctx context.Context, scope, condition string) (out []string, err error) {
	err = w.each(ctx, func(r *sql.Rows) error {
		var ref string
		err := r.Scan(&ref)
		out = append(out, ref)
		return err
	}, "SELECT ref FROM sightings WHERE source = ? AND scope = ?"+condition, w.source, scope)
	return out, err
}

// settleKeys is how many keys are settled with one set of statements.
const settleKeys = 4000

// settle brings the records of all touched keys up to date.
func (w *settling) settle(ctx context.Context) error {
	keys := make([]string, 0, len(w.keys))
	for k := range w.keys {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for part := range slices.Chunk(keys, settleKeys) {
		if err := w.settlePart(ctx, part); err != nil {
			return err
		}
	}
	return w.loosen(ctx)
}

func (w *settling) settlePart(ctx context.Context, keys []string) error {
	rows, err := w.rows(ctx, keys)
	if err != nil {
		return err
	}
	newest, err := w.newest(ctx, keys, rows)
	if err != nil {
		return err
	}
	var lost []int64
	var shown []*row
	born := 0
	for _, key := range keys {
		d, sighted := newest[key]
		r := rows[key]
		switch {
		case !sighted && r != nil && !r.gone && r.lost == 0:
			lost = append(lost, r.id)
		case sighted && r == nil:
			r = &row{key: key, gone: true}
			fallthrough
		case sighted && r.differs(d):
			if r.gone {
				born++
			}
			w.show(r, d)
			shown = append(shown, r)
		}
	}
	if err := execOf(ctx, w.tx, lost, "UPDATE records SET lost = 1 WHERE id IN %s"); err != nil {
		return err
	}
	if err := w.save(ctx, shown); err != nil {
		return err
	}
	return w.count(ctx, w.source, born)
}

// delivery is a sighting as a candidate to be shown.
type delivery struct {
	at                     sql.NullInt64 // of the scope
	scope, ref, hash, mark string
}

func (d delivery) newer(o delivery) bool {
	switch {
	case d.at != o.at:
		return d.at.Valid && (!o.at.Valid || d.at.Int64 > o.at.Int64)
	case d.scope != o.scope:
		return strings.Compare(d.scope, o.scope) > 0
	}
	return d.ref > o.ref
}

// newest returns the delivery that each key is to show. What has no record yet
// was sighted nowhere but in this transaction.
func (w *settling) newest(ctx context.Context, keys []string, rows map[string]*row) (map[string]delivery, error) {
	out := make(map[string]delivery, len(keys))
	known := make([]string, 0, len(rows))
	for _, key := range keys {
		if rows[key] != nil {
			known = append(known, key)
		} else if d, ok := w.offered[key]; ok {
			out[key] = d
		}
	}
	err := eachOf(ctx, w.tx, known, func(r *sql.Rows) error {
		var key string
		var d delivery
		err := r.Scan(&key, &d.scope, &d.ref, &d.hash, &d.mark, &d.at)
		if old, ok := out[key]; !ok || d.newer(old) {
			out[key] = d
		}
		return err
	}, `SELECT g.key, g.scope, g.ref, g.hash, g.mark, c.at FROM sightings g LEFT JOIN scopes c ON c.source = g.source AND c.name = g.scope
		WHERE g.source = ? AND g.key IN %s`, w.source)
	return out, err
}

// row is a row of the table records.
type row struct {
	id                     int64
	key, kind              string
	hash, mark, scope, ref string
	at                     sql.NullInt64
	gone                   bool
	lost                   int
	contentRev, rev        int64
}

func (w *settling) rows(ctx context.Context, keys []string) (map[string]*row, error) {
	out := make(map[string]*row, len(keys))
	err := eachOf(ctx, w.tx, keys, func(rows *sql.Rows) error {
		r := &row{}
		err := rows.Scan(&r.id, &r.key, &r.kind, &r.hash, &r.mark, &r.scope, &r.ref, &r.at, &r.gone, &r.lost, &r.contentRev, &r.rev)
		out[r.key] = r
		return err
	}, "SELECT id, key, kind, hash, mark, scope, ref, at, gone, lost, content_rev, rev FROM records WHERE source = ? AND key IN %s", w.source)
	return out, err
}

func (r *row) differs(d delivery) bool {
	return r.gone || r.lost != 0 || r.hash != d.hash || r.mark != d.mark || r.scope != d.scope || r.ref != d.ref
}

// show makes r show d. Where in a sheet or folder that is, is no change to anybody who
// follows; in which one is, to the index, but none to the linker.
func (w *settling) show(r *row, d delivery) {
	if r.gone || r.hash != d.hash {
		if r.hash != "" && r.hash != d.hash {
			w.loose[r.hash] = true
		}
		r.contentRev, r.rev = w.rev, w.rev
	} else if r.scope != d.scope {
		r.rev = w.rev
	}
	r.hash, r.mark, r.scope, r.ref, r.gone, r.lost = d.hash, d.mark, d.scope, d.ref, false, 0
}

// save writes rows, giving ids to new ones.
func (w *settling) save(ctx context.Context, rows []*row) error {
	if err := w.heads(ctx, rows); err != nil {
		return err
	}
	fresh := 0
	for _, r := range rows {
		if r.id == 0 {
			fresh++
		}
	}
	id, err := w.ids(ctx, fresh)
	if err != nil {
		return err
	}
	out := make([][]any, len(rows))
	for i, r := range rows {
		if r.id == 0 {
			r.id = id
			id++
		}
		out[i] = []any{r.id, w.source, r.key, r.kind, r.hash, r.mark, r.scope, r.ref, r.at, flag(r.gone), r.lost, r.contentRev, r.rev}
	}
	return w.insert(ctx, "INSERT INTO records (id, source, key, kind, hash, mark, scope, ref, at, gone, lost, content_rev, rev)", out,
		`ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, hash = excluded.hash, mark = excluded.mark, scope = excluded.scope, ref = excluded.ref,
		at = excluded.at, gone = excluded.gone, lost = excluded.lost, content_rev = excluded.content_rev, rev = excluded.rev`)
}

// heads fills in kind and time of what is shown now; contents that were not
// written in this transaction are looked up.
func (w *settling) heads(ctx context.Context, rows []*row) error {
	missing := map[string]bool{}
	for _, r := range rows {
		if _, ok := w.written[r.hash]; !ok && r.rev == w.rev {
			missing[r.hash] = true
		}
	}
	var hashes []string
	for h := range missing {
		hashes = append(hashes, h)
	}
	err := eachOf(ctx, w.tx, hashes, func(rows *sql.Rows) error {
		var hash, body string
		if err := rows.Scan(&hash, &body); err != nil {
			return err
		}
		var c hub.Content
		err := json.Unmarshal([]byte(body), &c)
		w.written[hash] = head{c.Kind, millis(c.At)}
		return err
	}, "SELECT hash, body FROM contents WHERE hash IN %s")
	for _, r := range rows {
		if h, ok := w.written[r.hash]; ok {
			r.kind, r.at = h.kind, h.at
		}
	}
	return err
}

// loosen saves the hashes that something ceased to refer to.
func (w *settling) loosen(ctx context.Context) error {
	rows := make([][]any, 0, len(w.loose))
	for h := range w.loose {
		rows = append(rows, []any{h})
	}
	clear(w.loose)
	return w.insert(ctx, "INSERT INTO loose (hash)", rows, "ON CONFLICT (hash) DO NOTHING")
}

// count adds to the records that a source is said to have.
func (t *tx) count(ctx context.Context, source hub.SourceID, records int) error {
	if records == 0 {
		return nil
	}
	_, err := t.exec(ctx, "UPDATE sources SET records = records + ? WHERE id = ?", records, source)
	return err
}

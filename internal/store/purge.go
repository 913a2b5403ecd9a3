package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"samsyn/internal/hub"
)

// Purge deletes tombstones that every cursor has passed, and contents that no
// record shows and no sighting names. It returns how many records went. While
// there is no cursor at all, nobody can have learnt of a tombstone: they stay.
func (s *Store) Purge(ctx context.Context) (records int, err error) {
	err = s.write(ctx, func(t *tx) error {
		if _, err := t.stamp(ctx); err != nil {
			return err
		}
		var low hub.Cursor
		err := t.get(ctx, "SELECT rev, id FROM cursors ORDER BY rev, id LIMIT 1", nil, &low.Rev, &low.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return t.sweep(ctx)
		}
		if err != nil {
			return err
		}
		if records, err = t.purgeTombstones(ctx, low); err != nil {
			return err
		}
		return t.sweep(ctx)
	})
	if err != nil {
		return 0, fmt.Errorf("purge: %w", err)
	}
	return records, nil
}

func (t *tx) purgeTombstones(ctx context.Context, low hub.Cursor) (int, error) {
	const passed = "gone = 1 AND (rev, id) <= (?, ?)"
	err := t.all(ctx,
		stmt("INSERT INTO loose (hash) SELECT DISTINCT hash FROM records WHERE "+passed+" ON CONFLICT (hash) DO NOTHING", low.Rev, low.ID),
		stmt("DELETE FROM facts WHERE record IN (SELECT id FROM records WHERE "+passed+")", low.Rev, low.ID),
		stmt("DELETE FROM links WHERE record IN (SELECT id FROM records WHERE "+passed+")", low.Rev, low.ID))
	if err != nil {
		return 0, err
	}
	n, err := t.exec(ctx, "DELETE FROM records WHERE "+passed, low.Rev, low.ID)
	if err != nil {
		return 0, err
	}
	const empty = "removed IS NOT NULL AND NOT EXISTS (SELECT 1 FROM records r WHERE r.source = sources.id)"
	return int(n), t.all(ctx,
		stmt("DELETE FROM erased WHERE source IN (SELECT id FROM sources WHERE "+empty+")"),
		stmt("DELETE FROM rulings WHERE source IN (SELECT id FROM sources WHERE "+empty+")"),
		stmt("DELETE FROM sources WHERE "+empty))
}

// sweep deletes those of the loose contents that nothing refers to. It goes
// through all records and sightings once, and not at all when nothing is loose.
// The clock must be locked, or another transaction could take up a content
// between the look and the deletion.
func (t *tx) sweep(ctx context.Context) error {
	return t.all(ctx,
		stmt("DELETE FROM loose WHERE hash IN (SELECT g.hash FROM sightings g JOIN loose l ON l.hash = g.hash)"),
		stmt("DELETE FROM loose WHERE hash IN (SELECT r.hash FROM records r JOIN loose l ON l.hash = r.hash)"),
		stmt("DELETE FROM contents WHERE hash IN (SELECT hash FROM loose)"),
		stmt("DELETE FROM loose"))
}

// Erase removes the content of records for good: what they say, said before and
// were sighted with. They become tombstones that no longer name their key, whose
// hash keeps the next look from bringing them back.
func (s *Store) Erase(ctx context.Context, ids []hub.RecordID) error {
	err := s.write(ctx, func(t *tx) error {
		bySource, err := t.sourcesOf(ctx, ids)
		if err != nil {
			return err
		}
		for _, source := range bySource {
			if _, err := t.exec(ctx, "UPDATE sources SET name = name WHERE id = ?", source); err != nil {
				return err
			}
		}
		rev, err := t.stamp(ctx)
		if err != nil {
			return err
		}
		for _, source := range bySource {
			if err := t.erase(ctx, source, ids, rev); err != nil {
				return err
			}
		}
		return t.sweep(ctx)
	})
	if err != nil {
		return fmt.Errorf("erase records: %w", err)
	}
	return nil
}

// sourcesOf returns the sources of records, in an order that cannot deadlock.
func (t *tx) sourcesOf(ctx context.Context, ids []hub.RecordID) (out []hub.SourceID, err error) {
	seen := map[hub.SourceID]bool{}
	err = eachOf(ctx, t, ids, func(r *sql.Rows) error {
		var id hub.SourceID
		err := r.Scan(&id)
		if !seen[id] {
			out = append(out, id)
		}
		seen[id] = true
		return err
	}, "SELECT source FROM records WHERE id IN %s ORDER BY source")
	return out, err
}

// erase removes those of the records that belong to source.
func (t *tx) erase(ctx context.Context, source hub.SourceID, ids []hub.RecordID, rev int64) error {
	var rows []row
	err := eachOf(ctx, t, ids, func(r *sql.Rows) error {
		var e row
		err := r.Scan(&e.id, &e.key, &e.hash, &e.gone)
		rows = append(rows, e)
		return err
	}, "SELECT id, key, hash, gone FROM records WHERE source = ? AND hash <> '' AND id IN %s", source)
	if err != nil {
		return err
	}
	w := t.settling(source, rev)
	keys := make([]string, len(rows))
	hashes := make([][]any, len(rows))
	alive := 0
	for i, r := range rows {
		keys[i] = r.key
		hashes[i] = []any{source, keyHash(source, r.key), t.now}
		w.loose[r.hash] = true
		if !r.gone {
			alive++
		}
	}
	if err := t.insert(ctx, "INSERT INTO erased (source, key_hash, at)", hashes, "ON CONFLICT (source, key_hash) DO NOTHING"); err != nil {
		return err
	}
	if err := t.eraseSheets(ctx, source, keys); err != nil {
		return err
	}
	err = eachOf(ctx, t, keys, w.scanLeft, "DELETE FROM sightings WHERE source = ? AND key IN %s RETURNING key, hash", source)
	if err != nil {
		return err
	}
	if err := t.blank(ctx, source, rows, rev); err != nil {
		return err
	}
	if err := w.loosen(ctx); err != nil {
		return err
	}
	return t.count(ctx, source, -alive)
}

// eraseSheets removes what the sheets attached to erased mails were taken for, which
// repeats some of their cells, and those samples from the sheets that erased rows stand in.
func (t *tx) eraseSheets(ctx context.Context, source hub.SourceID, keys []string) error {
	var mails []SheetPlace
	err := eachOf(ctx, t, keys, func(r *sql.Rows) error {
		var p SheetPlace
		err := r.Scan(&p.Scope, &p.Ref)
		mails = append(mails, p)
		return err
	}, "SELECT g.scope, g.ref FROM sightings g WHERE g.source = ? AND g.key IN %s AND EXISTS (SELECT 1 FROM sheets s WHERE s.source = g.source AND s.scope = g.scope AND s.ref <> '')", source)
	for _, m := range mails {
		if err == nil {
			_, err = t.exec(ctx, "DELETE FROM sheets WHERE source = ? AND scope = ? AND substr(ref, 1, length(CAST(? AS TEXT)) + 1) = CAST(? AS TEXT) || '/'", source, m.Scope, m.Ref, m.Ref)
		}
	}
	if err != nil {
		return err
	}
	return t.eraseSamples(ctx, source, keys)
}

// eraseSamples leaves no samples in the sheets that rows stand in.
func (t *tx) eraseSamples(ctx context.Context, source hub.SourceID, keys []string) error {
	places := map[SheetPlace]bool{}
	note := func(r *sql.Rows) error {
		var p SheetPlace
		err := r.Scan(&p.Scope, &p.Ref)
		places[sheetOf(p.Scope, p.Ref)] = true
		return err
	}
	err := errors.Join(
		eachOf(ctx, t, keys, note, "SELECT scope, ref FROM sightings WHERE source = ? AND key IN %s", source),
		eachOf(ctx, t, keys, note, "SELECT scope, ref FROM records WHERE source = ? AND key IN %s", source)) // one that the brake holds is sighted no more
	if err != nil {
		return err
	}
	for p := range places {
		var sheet hub.Sheet
		err := t.get(ctx, "SELECT body FROM sheets WHERE source = ? AND scope = ? AND ref = ?", []any{source, p.Scope, p.Ref}, document{&sheet})
		if errors.Is(err, sql.ErrNoRows) {
			continue
		} else if err != nil {
			return err
		}
		bare, err := json.Marshal(sheet.Bare())
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, "UPDATE sheets SET body = ? WHERE source = ? AND scope = ? AND ref = ?", string(bare), source, p.Scope, p.Ref); err != nil {
			return err
		}
	}
	return nil
}

// blank makes rows tombstones that say nothing, not even by their key.
func (t *tx) blank(ctx context.Context, source hub.SourceID, rows []row, rev int64) error {
	ids := make([]int64, len(rows))
	out := make([][]any, len(rows))
	for i, r := range rows {
		ids[i] = r.id
		out[i] = []any{r.id, source, "erased " + strconv.FormatInt(r.id, 10), "", "", "", "", "", 1, rev, rev}
	}
	for _, table := range []string{"links", "facts", "history"} {
		if err := execOf(ctx, t, ids, "DELETE FROM "+table+" WHERE record IN %s"); err != nil {
			return err
		}
	}
	return t.insert(ctx, "INSERT INTO records (id, source, key, kind, hash, mark, scope, ref, gone, content_rev, rev)", out,
		`ON CONFLICT (id) DO UPDATE SET key = excluded.key, kind = excluded.kind, hash = excluded.hash, mark = excluded.mark, scope = excluded.scope,
		ref = excluded.ref, at = NULL, gone = 1, lost = 0, content_rev = excluded.content_rev, rev = excluded.rev`)
}

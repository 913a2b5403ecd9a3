package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"samsyn/internal/hub"
)

// Status is how a source fares.
type Status struct {
	hub.Source
	Syncing  bool         `json:"syncing"`         // a worker looks at it now
	Progress hub.Progress `json:"progress"`        // of that look, or of the last one
	Tried    time.Time    `json:"tried,omitzero"`  // start of the last look
	Synced   time.Time    `json:"synced,omitzero"` // end of the last complete look
	Class    string       `json:"class,omitempty"` // hub.Class… of what ended the last look
	Error    string       `json:"error,omitempty"` // its reason in words
	Scopes   int          `json:"scopes"`
	Records  int          `json:"records"` // alive
	Problems int          `json:"problems"`
	Held     int          `json:"held"` // records whose removal waits for Accept
}

// AddSource registers a source and returns its id. Name, Kind, Department,
// Config and Paused are taken from src. ErrExists: the name is taken.
func (s *Store) AddSource(ctx context.Context, src hub.Source) (hub.SourceID, error) {
	var id int64
	err := s.write(ctx, func(t *tx) (err error) {
		if err := t.nameFree(ctx, src); err != nil {
			return err
		}
		if id, err = t.ids(ctx, 1); err != nil {
			return err
		}
		_, err = t.exec(ctx, "INSERT INTO sources (id, name, kind, department, config, paused, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
			id, src.Name, src.Kind, src.Department, settings(src.Config), flag(src.Paused), t.now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("add source %s: %w", src.Name, err)
	}
	return hub.SourceID(id), nil
}

// UpdateSource changes name, department, settings and pause of the source
// src.ID; its kind stays. When it takes another name or moves to another
// department all its records count as changed. What was found out under other
// settings holds no more: why it could not be read is forgotten, whoever looks at
// it is fenced, and the next look opens every scope. ErrNotFound, ErrExists.
func (s *Store) UpdateSource(ctx context.Context, src hub.Source) error {
	err := s.write(ctx, func(t *tx) error {
		old, err := t.lockSource(ctx, src.ID)
		if err != nil {
			return err
		}
		if err := t.nameFree(ctx, src); err != nil {
			return err
		}
		_, err = t.exec(ctx, "UPDATE sources SET name = ?, department = ?, config = ?, paused = ? WHERE id = ?",
			src.Name, src.Department, settings(src.Config), flag(src.Paused), src.ID)
		if err == nil && settings(old.Config) != settings(src.Config) {
			err = t.all(ctx,
				stmt("UPDATE scopes SET version = NULL WHERE source = ?", src.ID),
				stmt("UPDATE sources SET class = '', error = '', lease_owner = '', lease_until = 0, lease_epoch = lease_epoch + 1 WHERE id = ?", src.ID))
		}
		if err != nil || old.Department == src.Department && old.Name == src.Name {
			return err
		}
		if err := t.renameInDecisions(ctx, old.Name, src.Name); err != nil {
			return err
		}
		rev, err := t.stamp(ctx)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, "UPDATE records SET rev = ?, content_rev = ? WHERE source = ? AND gone = 0", rev, rev, src.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("update source %s: %w", src.ID, err)
	}
	return nil
}

// RemoveSource forgets a source: its records become tombstones, whoever looks
// at it is fenced, its settings are wiped. ErrNotFound.
func (s *Store) RemoveSource(ctx context.Context, id hub.SourceID) error {
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.lockSource(ctx, id); err != nil {
			return err
		}
		rev, err := t.stamp(ctx)
		if err != nil {
			return err
		}
		return t.all(ctx,
			stmt("INSERT INTO loose (hash) SELECT DISTINCT hash FROM sightings WHERE source = ? ON CONFLICT (hash) DO NOTHING", id),
			stmt("DELETE FROM sightings WHERE source = ?", id),
			stmt("DELETE FROM scopes WHERE source = ?", id),
			stmt("DELETE FROM sheets WHERE source = ?", id),
			stmt("DELETE FROM problems WHERE source = ?", id),
			stmt("UPDATE records SET gone = 1, lost = 0, rev = ?, content_rev = ? WHERE source = ? AND gone = 0", rev, rev, id),
			stmt(`UPDATE sources SET removed = ?, config = '{}', records = 0, lease_owner = '', lease_until = 0,
				lease_epoch = lease_epoch + 1 WHERE id = ?`, t.now, id))
	})
	if err != nil {
		return fmt.Errorf("remove source %s: %w", id, err)
	}
	return nil
}

// Accept lets the removals through that the brake holds, and returns how many
// records are gone by that. ErrNotFound.
func (s *Store) Accept(ctx context.Context, id hub.SourceID) (records int, err error) {
	err = s.write(ctx, func(t *tx) error {
		if _, err := t.lockSource(ctx, id); err != nil {
			return err
		}
		rev, err := t.stamp(ctx)
		if err != nil {
			return err
		}
		if records, err = t.bury(ctx, id, lostHeld, rev); err != nil {
			return err
		}
		_, err = t.exec(ctx, "DELETE FROM problems WHERE source = ? AND class = ?", id, hub.ClassHeld)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("accept removals of %s: %w", id, err)
	}
	return records, nil
}

// lockSource makes the transaction the only one that writes what belongs to the
// source, and returns it.
func (t *tx) lockSource(ctx context.Context, id hub.SourceID) (src hub.Source, err error) {
	err = t.get(ctx, "UPDATE sources SET name = name WHERE id = ? AND removed IS NULL RETURNING "+sourceColumns, []any{id}, sourceFields(&src)...)
	return src, found(err)
}

func (t *tx) nameFree(ctx context.Context, src hub.Source) error {
	var n int
	err := t.get(ctx, "SELECT COUNT(*) FROM sources WHERE name = ? AND id <> ? AND removed IS NULL", []any{src.Name, src.ID}, &n)
	if err == nil && n > 0 {
		err = ErrExists
	}
	return err
}

const sourceColumns = "id, name, kind, department, config, paused, created"

// Source returns a source. ErrNotFound.
func (s *Store) Source(ctx context.Context, id hub.SourceID) (hub.Source, error) {
	return s.source(ctx, "id = ?", id)
}

// SourceByName returns the source with that name. ErrNotFound.
func (s *Store) SourceByName(ctx context.Context, name string) (hub.Source, error) {
	return s.source(ctx, "name = ?", name)
}

func (s *Store) source(ctx context.Context, where string, arg any) (src hub.Source, err error) {
	err = s.get(ctx, "SELECT "+sourceColumns+" FROM sources WHERE removed IS NULL AND "+where, []any{arg}, sourceFields(&src)...)
	if err != nil {
		return hub.Source{}, fmt.Errorf("source %v: %w", arg, err)
	}
	return src, nil
}

// Sources returns all sources, sorted by name.
func (s *Store) Sources(ctx context.Context) ([]hub.Source, error) {
	var out []hub.Source
	rows, err := s.query(ctx, "SELECT "+sourceColumns+" FROM sources WHERE removed IS NULL ORDER BY name"+s.dialect.bytewise)
	err = visit(rows, err, func(r *sql.Rows) error {
		out = append(out, hub.Source{})
		return r.Scan(sourceFields(&out[len(out)-1])...)
	})
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	return out, nil
}

// Statuses returns how every source fares, sorted by name.
func (s *Store) Statuses(ctx context.Context) ([]Status, error) {
	var out []Status
	rows, err := s.query(ctx, `SELECT `+sourceColumns+`, lease_until, tried, synced, class, error, progress, records,
		(SELECT COUNT(*) FROM scopes c WHERE c.source = s.id),
		(SELECT COUNT(*) FROM problems p WHERE p.source = s.id),
		(SELECT COUNT(*) FROM records r WHERE r.source = s.id AND r.lost > 0 AND r.lost = ?)
		FROM sources s WHERE removed IS NULL ORDER BY name`+s.dialect.bytewise, lostHeld)
	err = visit(rows, err, func(r *sql.Rows) error {
		st, err := s.scanStatus(r)
		out = append(out, st)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list source statuses: %w", err)
	}
	return out, nil
}

func (s *Store) scanStatus(r *sql.Rows) (st Status, err error) {
	var until int64
	var progress string
	err = r.Scan(append(sourceFields(&st.Source), &until, moment{&st.Tried}, moment{&st.Synced}, &st.Class, &st.Error, &progress, &st.Records,
		&st.Scopes, &st.Problems, &st.Held)...)
	if err != nil {
		return st, err
	}
	st.Syncing = until > s.now().UnixMilli()
	return st, json.Unmarshal([]byte(progress), &st.Progress)
}

func sourceFields(src *hub.Source) []any {
	return []any{&src.ID, &src.Name, &src.Kind, &src.Department, &src.Config, &src.Paused, moment{&src.Created}}
}

// settings keeps the column valid JSON when a source has none.
func settings(config []byte) string {
	if len(config) == 0 {
		return "{}"
	}
	return string(config)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

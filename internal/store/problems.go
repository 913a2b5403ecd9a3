package store

import (
	"context"
	"database/sql"
	"fmt"

	"samsyn/internal/hub"
)

// Problems returns what the viewer may know could not be read, newest first. A
// problem that belongs to no source is for those who see every department.
func (s *Store) Problems(ctx context.Context, v hub.Viewer) ([]hub.Problem, error) {
	var out []hub.Problem
	rows, err := s.query(ctx, `SELECT p.id, p.source, COALESCE(s.name, ''), COALESCE(s.department, ''), p.scope, p.ref, p.class, p.reason, p.at
		FROM problems p LEFT JOIN sources s ON s.id = p.source ORDER BY p.at DESC, p.id DESC`)
	err = visit(rows, err, func(r *sql.Rows) error {
		var p hub.Problem
		var department string
		err := r.Scan(&p.ID, &p.Source, &p.Name, &department, &p.Scope, &p.Ref, &p.Class, &p.Reason, moment{&p.At})
		if err == nil && (v.All || p.Source != 0 && v.Sees(department)) {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list problems: %w", err)
	}
	return out, nil
}

// Problem files a problem outside a sync, as the indexer does for a document it
// is refused. It stands until its scope is read again.
func (s *Store) Problem(ctx context.Context, p hub.Problem) error {
	err := s.write(ctx, func(t *tx) error {
		return t.report(ctx, []hub.Problem{p}, 0, true)
	})
	if err != nil {
		return fmt.Errorf("file problem of %s: %w", p.Source, err)
	}
	return nil
}

// report writes problems. One place has one problem, beside which the brake may
// have its own.
func (t *tx) report(ctx context.Context, problems []hub.Problem, epoch int64, stands bool) error {
	first, err := t.ids(ctx, len(problems))
	if err != nil {
		return err
	}
	rows := make([][]any, len(problems))
	for i, p := range problems {
		if p.Class != hub.ClassHeld {
			_, err := t.exec(ctx, "DELETE FROM problems WHERE source = ? AND scope = ? AND ref = ? AND class NOT IN (?, ?)",
				p.Source, p.Scope, p.Ref, p.Class, hub.ClassHeld)
			if err != nil {
				return err
			}
		}
		rows[i] = []any{first + int64(i), p.Source, p.Scope, p.Ref, p.Class, p.Reason, t.now, epoch, flag(stands)}
	}
	return t.insert(ctx, "INSERT INTO problems (id, source, scope, ref, class, reason, at, epoch, stands)", rows,
		"ON CONFLICT (source, scope, ref, class) DO UPDATE SET reason = excluded.reason, epoch = excluded.epoch")
}

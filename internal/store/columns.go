package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// ColumnQuestion asks what a column holds. One answer holds for all sheets of
// the source with these headers.
type ColumnQuestion struct {
	Source     string     `json:"source"` // its name
	Department string     `json:"department"`
	Scope      string     `json:"scope"`  // one of the sheets
	Sheets     int        `json:"sheets"` // how many there are
	Table      string     `json:"table"`  // see hub.ColumnAnswer
	Row        int        `json:"row"`    // of the header; 0 if there is none
	Column     hub.Column `json:"column"`
}

// Describe saves what a scope was recognised as.
func (y *Sync) Describe(ctx context.Context, scope string, sheet hub.Sheet) error {
	b, err := json.Marshal(sheet)
	if err != nil {
		return err
	}
	return y.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "INSERT INTO sheets (source, scope, body) VALUES (?, ?, ?) ON CONFLICT (source, scope) DO UPDATE SET body = excluded.body",
			y.source, scope, plain(string(b)))
		return err
	})
}

// Answers returns what people said of the columns of this source, the oldest
// first. A scope read by them is read again when they change meanwhile.
func (y *Sync) Answers(ctx context.Context) (out []hub.ColumnAnswer, err error) {
	err = y.store.read(ctx, func(t *tx) error {
		out, y.answers, err = t.answers(ctx, y.name)
		return err
	})
	return out, wrap(err, "answers about columns of %s", y.source)
}

// ColumnAnswers returns what people said of the columns of a source, the oldest first.
func (s *Store) ColumnAnswers(ctx context.Context, source string) (out []hub.ColumnAnswer, err error) {
	err = s.read(ctx, func(t *tx) error {
		out, _, err = t.answers(ctx, source)
		return err
	})
	return out, wrap(err, "answers about columns of %s", source)
}

// answers also returns a stamp that changes with them.
func (t *tx) answers(ctx context.Context, source string) (out []hub.ColumnAnswer, stamp string, err error) {
	err = t.each(ctx, func(r *sql.Rows) error {
		d, err := scanDecision(r)
		if err == nil && d.A["source"] == source {
			out = append(out, hub.ColumnAnswer{Table: d.A["table"], Column: d.A["column"], Role: d.B["role"]})
			stamp += fmt.Sprintf("%d ", d.ID)
		}
		return err
	}, "SELECT "+decisionColumns+" FROM decisions WHERE revoked IS NULL AND kind = ? ORDER BY id", link.ColumnRole)
	return out, stamp, err
}

// Recognised returns what the scopes of a source were recognised as, by name.
// ErrNotFound: there is no such source that the viewer may see.
func (s *Store) Recognised(ctx context.Context, v hub.Viewer, id hub.SourceID) (map[string]hub.Sheet, error) {
	src, err := s.Source(ctx, id)
	if err == nil && !v.Sees(src.Department) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	out := map[string]hub.Sheet{}
	err = s.read(ctx, func(t *tx) error {
		return t.sheets(ctx, id, "", func(scope string, sheet hub.Sheet) { out[scope] = sheet })
	})
	return out, wrap(err, "sheets of %s", id)
}

// sheets visits the sheets of a source whose JSON has the member, "" for all.
func (t *tx) sheets(ctx context.Context, id hub.SourceID, member string, see func(string, hub.Sheet)) error {
	return t.each(ctx, func(r *sql.Rows) error {
		var scope string
		var sheet hub.Sheet
		err := r.Scan(&scope, document{&sheet})
		see(scope, sheet)
		return err
	}, "SELECT scope, body FROM sheets WHERE source = ? AND body LIKE ? ORDER BY scope", id, "%"+member+"%")
}

// SheetLeft is a sheet that holds no records, with the reason: see hub.Sheet.
type SheetLeft struct {
	Source hub.SourceID `json:"source"`
	Name   string       `json:"source_name"`
	Scope  string       `json:"scope"`
	Why    string       `json:"why"`
}

// SheetsLeft returns the sheets that are left out on purpose, by source.
func (s *Store) SheetsLeft(ctx context.Context, v hub.Viewer) (out []SheetLeft, err error) {
	sources, err := s.Sources(ctx)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, func(t *tx) error {
		for _, src := range sources {
			if !v.Sees(src.Department) {
				continue
			}
			err := t.sheets(ctx, src.ID, `"left":`, func(scope string, sheet hub.Sheet) {
				if sheet.Left != "" && sheet.Left != "empty" {
					out = append(out, SheetLeft{src.ID, src.Name, scope, sheet.Left})
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, wrap(err, "sheets left out")
}

// ColumnQuestions returns what the viewer may say of columns, by source and sheet.
func (s *Store) ColumnQuestions(ctx context.Context, v hub.Viewer) (out []ColumnQuestion, err error) {
	sources, err := s.Sources(ctx)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, func(t *tx) error {
		for _, src := range sources {
			if !v.Sees(src.Department) {
				continue
			}
			answers, _, err := t.answers(ctx, src.Name)
			if err != nil {
				return err
			}
			asked := map[string]int{} // → index in out
			err = t.sheets(ctx, src.ID, `"guesses":`, func(scope string, sheet hub.Sheet) {
				out = ask(out, asked, answers, ColumnQuestion{Source: src.Name, Department: src.Department, Scope: scope, Sheets: 1}, sheet)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, wrap(err, "questions about columns")
}

// ask adds the questions of a sheet that are neither asked nor answered.
func ask(out []ColumnQuestion, asked map[string]int, answers []hub.ColumnAnswer, q ColumnQuestion, sheet hub.Sheet) []ColumnQuestion {
	for _, table := range sheet.Tables {
		for _, c := range table.Columns {
			answered := slices.ContainsFunc(answers, func(a hub.ColumnAnswer) bool { return a.Table == table.Signature && a.Column == c.ID })
			if len(c.Guesses) == 0 || answered {
				continue
			}
			key := table.Signature + "\x00" + c.ID
			if i, ok := asked[key]; ok {
				out[i].Sheets++
				continue
			}
			asked[key] = len(out)
			q.Table, q.Row, q.Column = table.Signature, table.HeaderRow, c
			out = append(out, q)
		}
	}
	return out
}

// checkAnswer says what is wrong with a decision about a column.
func checkAnswer(d hub.Decision, sources link.Sources) error {
	switch _, known := sources(d.A["source"]); {
	case d.A["source"] == "" || d.A["table"] == "" || d.A["column"] == "":
		return fmt.Errorf("%s needs source, table and column in a, as a question about a column names them", d.Kind)
	case !known:
		return fmt.Errorf("there is no source called %q", d.A["source"])
	case len(d.B) != 1 || !slices.Contains(hub.Roles(), d.B["role"]):
		return fmt.Errorf("%s needs a role in b: one of %s", d.Kind, strings.Join(hub.Roles(), ", "))
	}
	return nil
}

// addAnswer saves what somebody said of a column, and has its sheets read again.
func (l *Linking) addAnswer(ctx context.Context, d hub.Decision, sources link.Sources) (id int64, known bool, err error) {
	if err := checkAnswer(d, sources); err != nil {
		return 0, false, fmt.Errorf("%w: %w", ErrDecision, err)
	}
	if err := l.supersede(ctx, d); err != nil {
		return 0, false, err
	}
	if id, known, err = l.addDecision(ctx, d); err != nil || known {
		return id, known, err
	}
	return id, false, l.rereadSheets(ctx, d)
}

// supersede takes back what was said of the same column before.
func (l *Linking) supersede(ctx context.Context, d hub.Decision) error {
	a, err := json.Marshal(d.A)
	if err != nil {
		return err
	}
	b, err := json.Marshal(d.B)
	if err != nil {
		return err
	}
	_, err = l.tx.exec(ctx, "UPDATE decisions SET revoked = ?, revoked_by = ? WHERE revoked IS NULL AND kind = ? AND a = ? AND b <> ?", l.tx.now, d.By, d.Kind, string(a), string(b))
	return err
}

// rereadSheets has the sheets read again that hold the column, whatever their
// version: an answer about it may hold for them.
func (l *Linking) rereadSheets(ctx context.Context, d hub.Decision) error {
	var id hub.SourceID
	err := l.tx.get(ctx, "SELECT id FROM sources WHERE name = ? AND removed IS NULL", []any{d.A["source"]}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	} else if err != nil {
		return err
	}
	var scopes []string
	err = l.tx.sheets(ctx, id, "", func(scope string, sheet hub.Sheet) {
		for _, t := range sheet.Tables {
			if slices.ContainsFunc(t.Columns, func(c hub.Column) bool { return c.ID == d.A["column"] }) {
				scopes = append(scopes, scope)
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return execOf(ctx, l.tx, scopes, "UPDATE scopes SET version = NULL WHERE source = ? AND name IN %s", id)
}

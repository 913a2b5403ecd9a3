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
	SheetPlace            // of one of the sheets
	Sheets     int        `json:"sheets"` // how many there are
	Table      string     `json:"table"`  // see hub.ColumnAnswer
	Row        int        `json:"row"`    // of the header; 0 if there is none
	Column     hub.Column `json:"column"`
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
			alike, err := t.sheetsThatAsk(ctx, src.ID)
			if err != nil {
				return err
			}
			asked := map[string]int{} // → index in out
			for _, n := range alike {
				err := t.sheets(ctx, func(p SheetPlace, sheet hub.Sheet) error {
					out = ask(out, asked, answers, ColumnQuestion{Source: src.Name, Department: src.Department, SheetPlace: p, Sheets: n.sheets}, sheet)
					return nil
				}, "source = ? AND scope = ? AND ref = ?", src.ID, n.Scope, n.Ref)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	return out, wrap(err, "questions about columns")
}

// alikeSheets are sheets that ask the same.
type alikeSheets struct {
	SheetPlace // of one of them
	sheets     int
}

// sheetsThatAsk returns the sheets of a source that ask something, one for all that
// ask the same, by place.
func (t *tx) sheetsThatAsk(ctx context.Context, id hub.SourceID) (out []alikeSheets, err error) {
	err = t.each(ctx, func(r *sql.Rows) error {
		var a alikeSheets
		err := r.Scan(&a.Scope, &a.Ref, &a.sheets)
		out = append(out, a)
		return err
	}, `SELECT scope, ref, n FROM (SELECT scope, ref, COUNT(*) OVER (PARTITION BY asks) AS n, ROW_NUMBER() OVER (PARTITION BY asks ORDER BY scope, ref) AS i
		FROM sheets WHERE source = ? AND asks <> '') firsts WHERE i = 1 ORDER BY scope, ref`, id)
	return out, err
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
				out[i].Sheets += q.Sheets
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
		return 0, false, &DecisionError{err.Error()}
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

// rereadSheets has read again what the answer may hold for.
func (l *Linking) rereadSheets(ctx context.Context, d hub.Decision) error {
	var id hub.SourceID
	err := l.tx.get(ctx, "SELECT id FROM sources WHERE name = ? AND removed IS NULL", []any{d.A["source"]}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	} else if err != nil {
		return err
	}
	return l.tx.rereadSheets(ctx, id, d.A["column"])
}

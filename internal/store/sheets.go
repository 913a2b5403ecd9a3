package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"samsyn/internal/hub"
)

// SheetPlace says where a sheet stands: it is the scope, or attached to a mail in it.
type SheetPlace struct {
	Scope string `json:"scope"`
	Ref   string `json:"ref,omitempty" doc:"Of a sheet attached to a mail: the ref of the mail, a slash, and the place in the mail."`
}

// Attached returns the place of a sheet in its mail, "orders.xlsx#Ark1"; "" if
// it is not attached to one.
func (p SheetPlace) Attached() string {
	_, below, _ := strings.Cut(p.Ref, "/")
	return below
}

// sheetOf is where the sheet stands that a row is in.
func sheetOf(scope, ref string) SheetPlace {
	return SheetPlace{scope, ref[:max(0, strings.LastIndexByte(ref, '/'))]}
}

// describe saves what sheets were recognised as by the answers that this look
// reads by. The clock must be locked: an answer given meanwhile is then either
// seen here, or sees the sheets.
func (y *Sync) describe(ctx context.Context, t *tx, scope string, sheets []hub.Item) error {
	if len(sheets) == 0 {
		return nil
	}
	erased, err := y.erased(ctx, t)
	if err != nil {
		return err
	}
	_, now, err := t.answers(ctx, y.name)
	if err != nil {
		return err
	}
	var rows [][]any
	at := map[string]int{} // in rows
	for _, it := range sheets {
		if erased[keyHash(y.source, it.Key)] {
			continue
		}
		sheet := *it.Sheet
		if y.bare[SheetPlace{scope, it.Ref}] { // which of the samples are those of the erased row cannot be told
			sheet = sheet.Bare()
		}
		b, err := json.Marshal(sheet)
		if err != nil {
			return err
		}
		row := []any{y.source, scope, it.Ref, asks(it.Sheet), leftOut(it.Sheet), flag(now != y.answers), string(b)}
		if i, twice := at[it.Ref]; twice {
			rows[i] = row
			continue
		}
		at[it.Ref] = len(rows)
		rows = append(rows, row)
	}
	return t.insert(ctx, "INSERT INTO sheets (source, scope, ref, asks, left_out, again, body)", rows, `ON CONFLICT (source, scope, ref)
		DO UPDATE SET asks = excluded.asks, left_out = excluded.left_out, again = excluded.again, body = excluded.body`)
}

// asks is a digest of what people are asked about a sheet, "" if they are not:
// thousands of mails may bear the same table.
func asks(s *hub.Sheet) string {
	var what strings.Builder
	for _, t := range s.Tables {
		for _, c := range t.Columns {
			if len(c.Guesses) > 0 {
				what.WriteString(t.Signature + "\x00" + c.ID + "\x00")
			}
		}
	}
	if what.Len() == 0 {
		return ""
	}
	return digest(what.String())
}

// leftOut is why people should know that a sheet holds no records; that it is
// empty they can see.
func leftOut(s *hub.Sheet) string {
	if s.Left == "empty" {
		return ""
	}
	return s.Left
}

// EachSheet calls see for every sheet of a source with what it was recognised as,
// by place, until see fails. ErrNotFound: there is no such source that the viewer may see.
func (s *Store) EachSheet(ctx context.Context, v hub.Viewer, id hub.SourceID, see func(SheetPlace, hub.Sheet) error) error {
	src, err := s.Source(ctx, id)
	if err == nil && !v.Sees(src.Department) {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	return wrap(s.read(ctx, func(t *tx) error { return t.sheets(ctx, see, "source = ?", id) }), "sheets of %s", id)
}

// sheets visits the sheets that meet the condition.
func (t *tx) sheets(ctx context.Context, see func(SheetPlace, hub.Sheet) error, condition string, args ...any) error {
	return t.each(ctx, func(r *sql.Rows) error {
		var p SheetPlace
		var sheet hub.Sheet
		if err := r.Scan(&p.Scope, &p.Ref, document{&sheet}); err != nil {
			return err
		}
		return see(p, sheet)
	}, "SELECT scope, ref, body FROM sheets WHERE "+condition+" ORDER BY scope, ref", args...)
}

// ScopePlace names a sheet or a mail folder.
type ScopePlace struct {
	Source hub.SourceID
	Name   string
}

// Scopes returns what the viewer may see of sheets and mail folders, those delivered
// last first, at most limit.
func (s *Store) Scopes(ctx context.Context, v hub.Viewer, limit int) (out []ScopePlace, err error) {
	where, args := visible(v, "s.department")
	rows, err := s.query(ctx, "SELECT c.source, c.name FROM scopes c JOIN sources s ON s.id = c.source WHERE s.removed IS NULL AND "+where+
		" ORDER BY COALESCE(c.at, 0) DESC, c.source, c.name"+s.dialect.bytewise+" LIMIT ?", append(args, limit)...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var p ScopePlace
		err := r.Scan(&p.Source, &p.Name)
		out = append(out, p)
		return err
	})
	return out, wrap(err, "scopes")
}

// SheetLeft is a sheet that holds no records, with the reason: see hub.Sheet. Those
// that come with many mails under one name are told once.
type SheetLeft struct {
	Source hub.SourceID
	Name   string // of the source
	SheetPlace
	Why    string
	Sheets int // how many there are
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
			told := map[[3]string]int{} // → index in out
			err := t.each(ctx, func(r *sql.Rows) error {
				l := SheetLeft{Source: src.ID, Name: src.Name, Sheets: 1}
				err := r.Scan(&l.Scope, &l.Ref, &l.Why)
				as := [3]string{l.Scope, l.Attached(), l.Why}
				if i, known := told[as]; known {
					out[i].Sheets++
					return err
				}
				told[as] = len(out)
				out = append(out, l)
				return err
			}, "SELECT scope, ref, left_out FROM sheets WHERE source = ? AND left_out <> '' ORDER BY scope, ref", src.ID)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, wrap(err, "sheets left out")
}

// rereadSheets has the sheets read again that have the column, whatever their
// version: an answer about it may hold for them. Of a mail folder that is the
// mails that they are attached to.
func (t *tx) rereadSheets(ctx context.Context, id hub.SourceID, column string) error {
	pattern, err := havingColumn(column)
	if err != nil {
		return err
	}
	return t.all(ctx,
		stmt("UPDATE sheets SET again = 1 WHERE source = ? AND body LIKE ?", id, pattern),
		stmt("UPDATE scopes SET version = NULL WHERE source = ? AND name IN (SELECT scope FROM sheets WHERE source = ? AND again = 1)", id, id))
}

// havingColumn is a LIKE pattern for the JSON of sheets that have the column. It
// may fit others too, which are then read again in vain.
func havingColumn(column string) (string, error) {
	b, err := json.Marshal(column)
	if err != nil || len(b) > 1000 { // databases bound their patterns
		return "%", err
	}
	return `%"id":` + strings.ReplaceAll(string(b), `\`, "_") + "%", nil
}

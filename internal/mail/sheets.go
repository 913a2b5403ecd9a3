package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"samsyn/internal/personal"
	"samsyn/internal/tables"
)

// Bounds of what is read of attached tables.
const (
	maxSheetFile = 32 << 20 // bytes of one file
	maxRows      = 20_000   // rows of all files of a message
	maxRowBytes  = 32 << 20 // bytes of their cells, and of what is said of their columns
)

// sheets gathers the rows of the attached workbooks and CSV files, and what these
// were taken for.
type sheets struct {
	rows  []Row
	made  []Sheet
	bytes int            // of the cells in rows and of made
	names map[string]int // how often a name was met
}

// tableTypes gives the file name ending for the media types of tables.
var tableTypes = map[string]string{
	"text/csv":                  ".csv",
	"text/tab-separated-values": ".tsv",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
	"application/vnd.ms-excel.sheet.macroenabled.12":                    ".xlsm",
}

// wants reports whether a part is a table that can be read.
func (s *sheets) wants(name, media string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".xlsx", ".xlsm", ".csv", ".tsv":
		return true
	}
	return tableTypes[media] != ""
}

// tableName gives a nameless table a name that says what it is.
func tableName(name, media string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".xlsx", ".xlsm", ".csv", ".tsv":
		return name
	case "":
		if name == "" {
			name = "attachment"
		}
	}
	return name + tableTypes[media]
}

// read adds the rows of one file. What cannot be read is told in faults: the
// mail itself is none the worse.
func (s *sheets) read(ctx context.Context, name string, r io.Reader, opt Options, f *faults) {
	name = personal.Mask(name)
	if s.names[name]++; s.names[name] > 1 {
		ext := path.Ext(name)
		name = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), s.names[name], ext)
	}
	data, _ := io.ReadAll(io.LimitReader(r, maxSheetFile+1))
	if len(data) > maxSheetFile {
		f.add("The attachment %q is larger than %d MB; its rows were not read.", name, maxSheetFile>>20)
		return
	}
	book, err := tables.Open(ctx, name, bytes.NewReader(data), int64(len(data)),
		tables.Options{TempDir: opt.TempDir, Country: opt.Country, Language: opt.Language, Answers: opt.Answers})
	if err != nil {
		f.add("The rows of the attachment %q were not read: %s", name, reason(err))
		return
	}
	defer book.Close()
	for _, sheet := range book.Sheets() {
		if err := s.readSheet(ctx, book, name, sheet.Name, f); err != nil {
			f.add("A table in the attachment %q was not read to its end: %s", name, reason(err))
		}
	}
}

// readSheet reads one sheet. What was recognised of it is kept though its rows are
// not read to their end.
func (s *sheets) readSheet(ctx context.Context, book *tables.Book, name, sheet string, f *faults) error {
	made := Sheet{Path: name}
	if sheet != "" {
		made.Path += "#" + sheet
	}
	defer func() {
		if len(made.Tables) > 0 || made.Left != "" && made.Left != "empty" {
			s.made = append(s.made, made)
		}
	}()
	for table, err := range book.Tables(ctx, sheet) {
		if s.full(f) {
			return nil
		}
		if errors.Is(err, tables.ErrNoTable) {
			made.Left = tables.WhyNot(err)
			return nil
		}
		if err != nil {
			return err
		}
		more, err := s.readTable(ctx, table, name, made.Path, f)
		described := table.Description()
		made.Tables = append(made.Tables, described)
		s.bytes += described.Size()
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// readTable reads the rows of one table; more is false when no more rows of the
// mail are taken.
func (s *sheets) readTable(ctx context.Context, table *tables.Table, name, at string, f *faults) (more bool, err error) {
	for row, err := range table.Rows(ctx) {
		if err != nil && row.Number == 0 {
			return false, err
		}
		if err != nil {
			f.add("Row %d of the attachment %q was not read: %s", row.Number, at, reason(err))
			continue
		}
		if len(s.rows) == maxRows {
			f.add("The attached tables have more than %d rows; the others were left out.", maxRows)
			return false, nil
		}
		for _, field := range row.Content.Fields {
			s.bytes += len(field.Name) + len(field.Value)
		}
		if s.full(f) {
			return false, nil
		}
		s.rows = append(s.rows, Row{Path: at + "/" + table.Ref(row.Number), Content: row.Content})
	}
	return true, nil
}

// full reports whether no more text is taken.
func (s *sheets) full(f *faults) bool {
	if s.bytes <= maxRowBytes {
		return false
	}
	f.add("The attached tables hold more than %d MB of text; the other rows were left out.", maxRowBytes>>20)
	return true
}

func reason(err error) string {
	var e *tables.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return err.Error()
}

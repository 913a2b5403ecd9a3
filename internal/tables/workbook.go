package tables

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"
)

// grid is a sheet as lines of cells. It can be read any number of times, from
// its first line on.
type grid interface {
	// lines starts a reading. shown asks for the cells as Excel shows them
	// rather than as they are stored; both come in the same order.
	lines(ctx context.Context, shown bool) (lines, error)
	traits() traits
}

// lines is one reading of a grid. next returns io.EOF behind the last line; an
// *Error that comes with a line number concerns that line alone.
type lines interface {
	next() (line, error)
	close()
}

// line is one row of a grid. Its cells are valid until the next line is read;
// trailing empty cells may be missing.
type line struct {
	number int // 1 = first
	cells  []string
	wide   bool // cells beyond the limit of columns were left out
}

func (l line) blank() bool {
	for _, c := range l.cells {
		if c != "" {
			return false
		}
	}
	return true
}

// traits are facts of a grid that its lines do not show.
type traits struct {
	stored   bool // numbers are stored as such, with a point; dates as serials
	date1904 bool // serials count from 1904
	hidden   map[int]bool
	merged   []merge
	point    byte // decimal sign when a column leaves it open, 0 if unknown
}

// workbook is an .xlsx or .xlsm file. excelize opens it when the first cell is
// asked for: listing the sheets costs little.
type workbook struct {
	archive *zip.Reader
	parts   map[string]*zip.File // by folded name
	targets map[string]string    // sheet → folded part name
	strings string               // folded name of the part with the texts of the cells
	is1904  bool
	opt     Options
	file    *excelize.File // nil until the first cell is read
}

func openWorkbook(name string, r io.ReaderAt, size int64, opt Options) (b *Book, err error) {
	defer recoverBroken(&err)
	if err := checkContainer(name, r, size); err != nil {
		return nil, err
	}
	z, err := openArchive(r, size, opt.Limits)
	if err != nil {
		return nil, err
	}
	w := &workbook{archive: z, parts: map[string]*zip.File{}, targets: map[string]string{}, opt: opt}
	for _, f := range z.File {
		w.parts[partName(f.Name)] = f
	}
	b = &Book{opt: opt, grids: map[string]grid{}, close: w.close}
	if err := w.list(b); err != nil {
		return nil, err
	}
	return b, nil
}

// list reads the names of the sheets (ECMA-376 part 1, 18.2.19) and which part
// holds each (part 2, 6.5).
func (w *workbook) list(b *Book) error {
	damaged := func(err error) error {
		return &Error{Reason: "damaged: the list of sheets cannot be read; open the file in Excel, let it repair it and save it", Err: err}
	}
	name := "xl/workbook.xml"
	for part := range w.parts {
		if w.parts[name] == nil && path.Base(part) == "workbook.xml" {
			name = part
		}
	}
	var book struct {
		Pr struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(name, &book); err != nil {
		return damaged(err)
	}
	target, err := w.relations(name)
	if err != nil {
		return damaged(err)
	}
	if w.strings == "" {
		w.strings = usualStrings
	} else if w.parts[w.strings] == nil {
		return &Error{Reason: "damaged: the texts of the cells are missing in the file; open it in Excel, let it repair it and save it"}
	}
	w.is1904 = book.Pr.Date1904 == "1" || book.Pr.Date1904 == "true"
	for _, s := range book.Sheets {
		if _, twice := b.grids[s.Name]; twice || strings.Contains(target[s.ID], "chartsheets/") {
			continue
		}
		w.targets[s.Name] = target[s.ID]
		b.sheets = append(b.sheets, Sheet{Name: s.Name, Hidden: s.State != "" && s.State != "visible"})
		b.grids[s.Name] = &worksheet{w: w, name: s.Name}
	}
	if len(b.sheets) == 0 {
		return damaged(nil)
	}
	return nil
}

// relations tells by relation id which part the workbook refers to, and notes
// the one with the texts.
func (w *workbook) relations(name string) (map[string]string, error) {
	var rels struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:",attr"`
			Target string `xml:",attr"`
		}
	}
	if err := w.decode(path.Join(path.Dir(name), "_rels", path.Base(name)+".rels"), &rels); err != nil {
		return nil, err
	}
	target := map[string]string{}
	for _, r := range rels.Relationship {
		t := strings.ReplaceAll(r.Target, `\`, "/")
		if !strings.HasPrefix(t, "/") {
			t = path.Join(path.Dir(name), t)
		}
		target[r.ID] = partName(t)
		if path.Base(r.Type) == "sharedStrings" {
			w.strings = target[r.ID]
		}
	}
	return target, nil
}

func (w *workbook) decode(name string, to any) error {
	f := w.parts[name]
	if f == nil {
		return fmt.Errorf("there is no part %s", name)
	}
	rc, err := f.Open()
	if err != nil {
		return err
	}
	defer rc.Close()
	return xml.NewDecoder(rc).Decode(to)
}

// excel opens the workbook with excelize.
func (w *workbook) excel() (*excelize.File, error) {
	if w.file != nil {
		return w.file, nil
	}
	if f := w.parts[w.strings]; f != nil {
		if err := checkStrings(f); err != nil {
			return nil, err
		}
	}
	name, err := slim(w.archive, w.strings, w.opt.TempDir)
	if err != nil {
		return nil, err
	}
	defer os.Remove(name)
	var total uint64
	for _, f := range w.archive.File {
		total += f.UncompressedSize64
	}
	inXML := int64(largeXML)
	if total > inMemory {
		inXML = inMemory / int64(len(w.archive.File)) // a thousand small sheets are as large as a large one
	}
	f, err := excelize.OpenFile(name, excelize.Options{
		RawCellValue: true, TmpDir: w.opt.TempDir,
		UnzipSizeLimit: w.opt.Limits.Bytes, UnzipXMLSizeLimit: inXML,
	})
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, &Error{Reason: "damaged: Excel's own parts of the file cannot be read; open it in Excel, let it repair the file and save it", Err: err}
	}
	w.file = f
	return f, nil
}

func (w *workbook) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

// worksheet is one sheet of a workbook.
type worksheet struct {
	w        *workbook
	name     string
	surveyed bool
	survey   survey
}

func (g *worksheet) traits() traits {
	return traits{stored: true, date1904: g.w.is1904, hidden: g.survey.hidden, merged: g.survey.merged, point: '.'}
}

func (g *worksheet) lines(ctx context.Context, shown bool) (ls lines, err error) {
	defer recoverBroken(&err)
	if !g.surveyed {
		if f := g.w.parts[g.w.targets[g.name]]; f != nil {
			s, err := surveyPart(f)
			if err != nil {
				return nil, err
			}
			g.survey = s
		}
		g.surveyed = true
	}
	file, err := g.w.excel()
	if err != nil {
		return nil, err
	}
	rows, err := file.Rows(g.name)
	if err != nil {
		return nil, &Error{Reason: fmt.Sprintf("damaged: the sheet %q cannot be found in the file; open it in Excel and save it again", g.name), Err: err}
	}
	opt := excelize.Options{RawCellValue: !shown, ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd"}
	return &sheetLines{ctx: ctx, g: g, rows: rows, opt: opt}, nil
}

// sheetLines reads a worksheet by excelize's streaming reader.
type sheetLines struct {
	ctx  context.Context
	g    *worksheet
	rows *excelize.Rows
	opt  excelize.Options
	at   int
}

func (s *sheetLines) next() (l line, err error) {
	defer recoverBroken(&err)
	if s.at%256 == 0 && s.ctx.Err() != nil {
		return line{}, s.ctx.Err()
	}
	if s.g.survey.done && s.at >= min(s.g.survey.lastRow, maxRows) || !s.rows.Next() { // a million empty rows may follow
		return line{}, s.end()
	}
	s.at++
	cells, err := s.rows.Columns(s.opt)
	if err != nil {
		return line{number: s.at}, &Error{Reason: fmt.Sprintf("row %d cannot be read: its cells are damaged or beyond column XFD", s.at), Err: err}
	}
	l = line{number: s.at, cells: cells}
	if limit := s.g.w.opt.Limits.Columns; len(cells) > limit {
		l.wide = !line{cells: cells[limit:]}.blank()
		l.cells = cells[:limit]
	}
	return l, nil
}

// end tells the end of a sheet from damage: excelize stops without a word at
// XML it cannot read.
func (s *sheetLines) end() error {
	if err := s.rows.Error(); err != nil {
		return &Error{Reason: fmt.Sprintf("damaged: the sheet cannot be read beyond row %d; repair the file in Excel", s.at), Err: err}
	}
	if s.at < s.g.survey.lastRow {
		return &Error{Reason: fmt.Sprintf("damaged: the sheet breaks off after row %d of %d; repair the file in Excel", s.at, s.g.survey.lastRow)}
	}
	return io.EOF
}

func (s *sheetLines) close() { s.rows.Close() }

// recoverBroken turns a panic of a parser into a broken input: excelize panics
// on some damaged files. It is deferred.
func recoverBroken(err *error) {
	if p := recover(); p != nil {
		*err = &Error{Reason: "damaged: the file cannot be understood; open it in Excel and save it again", Err: fmt.Errorf("panic: %v", p)}
	}
}

// rowError reports whether err concerns one line only.
func rowError(l line, err error) bool {
	var e *Error
	return l.number > 0 && errors.As(err, &e)
}

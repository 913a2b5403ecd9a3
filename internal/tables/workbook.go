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

// workbook is an .xlsx or .xlsm file.
type workbook struct {
	file    *excelize.File
	parts   map[string]*zip.File // by folded name
	targets map[string]string    // relation id → folded part name
	is1904  bool
	limits  Limits
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
	w := &workbook{parts: map[string]*zip.File{}, limits: opt.Limits}
	var total uint64
	for _, f := range z.File {
		w.parts[partName(f.Name)] = f
		total += f.UncompressedSize64
	}
	if f := w.parts["xl/sharedstrings.xml"]; f != nil && f.UncompressedSize64 > maxTextRun {
		if _, err := surveyPart(f); err != nil {
			return nil, err
		}
	}
	if w.file, err = openExcel(z, total, opt); err != nil {
		return nil, err
	}
	w.readTargets()
	if props, err := w.file.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		w.is1904 = *props.Date1904
	}
	return w.book(opt)
}

func openExcel(z *zip.Reader, total uint64, opt Options) (*excelize.File, error) {
	name, err := slim(z, opt.TempDir)
	if err != nil {
		return nil, err
	}
	defer os.Remove(name)
	inXML := int64(largeXML)
	if total > inMemory {
		inXML = smallXML
	}
	f, err := excelize.OpenFile(name, excelize.Options{
		RawCellValue: true, TmpDir: opt.TempDir,
		UnzipSizeLimit: opt.Limits.Bytes, UnzipXMLSizeLimit: inXML,
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, &Error{Reason: "damaged: Excel's own parts of the file cannot be read; open it in Excel, let it repair the file and save it", Err: err}
	}
	return f, nil
}

func (w *workbook) book(opt Options) (*Book, error) {
	b := &Book{opt: opt, grids: map[string]grid{}, close: w.file.Close}
	for _, name := range w.file.GetSheetList() {
		if _, twice := b.grids[name]; twice {
			continue
		}
		visible, err := w.file.GetSheetVisible(name)
		b.sheets = append(b.sheets, Sheet{Name: name, Hidden: err == nil && !visible})
		b.grids[name] = &worksheet{w: w, name: name}
	}
	if len(b.sheets) == 0 {
		w.file.Close()
		return nil, &Error{Reason: "damaged: the workbook lists no sheets; open it in Excel and save it again"}
	}
	return b, nil
}

// readTargets finds out which part holds which sheet.
func (w *workbook) readTargets() {
	w.targets = map[string]string{}
	f := w.parts["xl/_rels/workbook.xml.rels"]
	if f == nil {
		return
	}
	rc, err := f.Open()
	if err != nil {
		return
	}
	defer rc.Close()
	var rels struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:",attr"`
		}
	}
	if xml.NewDecoder(rc).Decode(&rels) != nil {
		return
	}
	for _, r := range rels.Relationship {
		target := strings.ReplaceAll(r.Target, `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = path.Join("xl", target)
		}
		w.targets[r.ID] = partName(target)
	}
}

// part returns the archive part of a sheet, nil if it cannot be told.
func (w *workbook) part(sheet string) *zip.File {
	for _, s := range w.file.WorkBook.Sheets.Sheet {
		if s.Name == sheet {
			return w.parts[w.targets[s.ID]]
		}
	}
	return nil
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

func (g *worksheet) lines(ctx context.Context, shown bool) (lines, error) {
	if !g.surveyed {
		if f := g.w.part(g.name); f != nil {
			s, err := surveyPart(f)
			if err != nil {
				return nil, err
			}
			g.survey = s
		}
		g.surveyed = true
	}
	rows, err := g.w.file.Rows(g.name)
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
	if !s.rows.Next() {
		return line{}, s.end()
	}
	s.at++
	cells, err := s.rows.Columns(s.opt)
	if err != nil {
		return line{number: s.at}, &Error{Reason: fmt.Sprintf("row %d cannot be read: its cells are damaged or beyond column XFD", s.at), Err: err}
	}
	l = line{number: s.at, cells: cells}
	if limit := s.g.w.limits.Columns; len(cells) > limit {
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

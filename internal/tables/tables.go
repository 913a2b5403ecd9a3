// Package tables reads workbooks and CSV files as tables: it finds the header
// row, recognises what each column holds and yields the rows as contents.
//
//	file ── Open ──► Book ── Sheets ──► Sheet ── Table ──► Table ── Rows ──► Row
//	      archive.go    workbook.go, csv.go     header.go, column.go    row.go
//
// Reading is bounded: the archive is checked before it is inflated, a table is
// recognised from the first rows of its sheet, and rows are streamed. Whatever
// is wrong with a file comes back as an [Error] with a reason for people.
package tables

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"

	"samsyn/internal/hub"
)

// Version is part of the version of whatever is read with this package: it is
// raised when the same bytes begin to yield other rows.
const Version = "5"

// ErrNoTable says that a sheet holds no table: it is empty or explains something.
var ErrNoTable = errors.New("the sheet holds no table")

// noTable is ErrNoTable with the reason.
type noTable string

func (noTable) Error() string        { return ErrNoTable.Error() }
func (noTable) Is(target error) bool { return target == ErrNoTable }

// WhyNot names the reason why a sheet is left out: "empty", "pivot" or
// "explanation"; "" if err is not ErrNoTable.
func WhyNot(err error) string {
	var why noTable
	errors.As(err, &why)
	return string(why)
}

// Error is a file, sheet or row that cannot be read as it is.
type Error struct {
	Reason string // a sentence saying what is wrong and what to do
	Err    error  // the cause, may be nil
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return fmt.Sprintf("%s (%v)", e.Reason, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Options say how to read. The zero value is ready for use.
type Options struct {
	TempDir  string             // for large parts of a workbook; "" is the system's
	Country  string             // ISO 3166-1 alpha-2 of the owner: its decimal sign is taken where a table leaves it open
	Language string             // ISO 639-1 of the owner; "en" likewise, whatever the country
	Answers  []hub.ColumnAnswer // what people said of columns, the oldest first
	Limits   Limits             // zero fields take their defaults
}

// Limits bound what one file may cost.
type Limits struct {
	Parts   int   // files in a workbook's archive, default 10,000
	Bytes   int64 // size after inflating what is needed, default 1 GiB
	Columns int   // columns read of a row, default 1,000
}

func (l Limits) withDefaults() Limits {
	if l.Parts == 0 {
		l.Parts = 10_000
	}
	if l.Bytes == 0 {
		l.Bytes = 1 << 30
	}
	if l.Columns == 0 {
		l.Columns = 1000
	}
	return l
}

// Sheet is one sheet of a book; a CSV file has one, without a name.
type Sheet struct {
	Name   string
	Hidden bool
}

// Book is an opened file. It is used by one goroutine at a time.
type Book struct {
	opt    Options
	sheets []Sheet
	grids  map[string]grid
	close  func() error
}

// Table is the table of a sheet. Row numbers count from 1 as Excel does.
type Table struct {
	Sheet     string
	HeaderRow int // the lowest row of the header; 0 when the columns have no headers
	FirstRow  int // first row below the header that is filled; known once Rows has begun
	LastRow   int // last row that is data; known once Rows has come to the end, 0 before
	Columns   []Column
	Signature string  // the ids of its columns: tables with nearly the same are read alike
	Skipped   Skipped // filled while Rows runs

	grid    grid
	words   *vocabulary
	opt     Options
	window  window // on the sheet; the zero value is the whole of it
	beside  []window
	below   int    // row at which the next table begins, 0 if none was met
	number  int    // of tables of this sheet before this one
	above   *twins // what the tables before this one hold
	twins   *twins
	at      []int      // index of a cell in its line → index in Columns, -1 if there is none
	repeats [][]string // the lines of the header, which may be printed again
	typical int        // filled cells in a usual row
	key     int        // index in Columns of the key column, -1 if rows are known by their content
	sign    string     // the headers, which keep apart the keys of different tables
}

// Column is a recognised column.
type Column struct {
	Letter string // A, B, … XFD
	Header string // as written; of a two-line header both lines, "Modtager / Navn"
	Role   string // one of the hub.Role constants; "" when unsure
	Why    string // why it has this role, in words
	Type   string // type of its cells, as in hub.Field
	Hidden bool

	ID      string   // what answers call it: its header, folded
	Guesses []Guess  // best first, when a person should be asked; else nil
	Samples []string // some of its cells, likewise

	said    bool // a person said what it is
	index   int
	form    form
	persons bool // it holds numbers of persons, or of companies that may be persons
	series  bool // it holds a series of our own that only looks like personal numbers
}

// Guess is a role that a column may have.
type Guess struct {
	Role string
	Why  string

	points float64
}

// Skipped counts the rows below the header that are no records.
type Skipped struct {
	Blank   int // empty rows between others
	Headers int // repeats of the header
	Totals  int // sums and subtotals
	Notes   int // remarks below the table, headings between its rows
}

// Row is one record of a table.
type Row struct {
	Number  int    // row in the sheet, 1 = first
	Key     string // identity within the source; two rows of a sheet never share one
	Content *hub.Content
}

// Open recognises a file by its name and its first bytes and reads what is
// needed to list its sheets. What cannot be read as it is comes back as an
// *Error; any other error means that r could not be read. The caller closes
// the book, and keeps r open until then.
func Open(ctx context.Context, name string, r io.ReaderAt, size int64, opt Options) (*Book, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	opt.Limits = opt.Limits.withDefaults()
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".csv", ".tsv":
		return openCSV(name, r, size, opt)
	case ".xlsx", ".xlsm":
		return openWorkbook(name, r, size, opt)
	case ".xls", ".xlsb":
		if err := checkOld(r, size); err != nil {
			return nil, err
		}
		return nil, &Error{Reason: foreign(ext)}
	default:
		return nil, &Error{Reason: foreign(ext)}
	}
}

// Close releases the temporary files.
func (b *Book) Close() error { return b.close() }

// Sheets lists the sheets in their order; sheets of charts are left out.
func (b *Book) Sheets() []Sheet { return b.sheets }

// Table recognises the table of a sheet from its first rows. It returns
// ErrNoTable when there is none, and an *Error when the sheet is broken or no
// table shows in what can be read of it.
func (b *Book) Table(ctx context.Context, sheet string) (t *Table, err error) {
	g, ok := b.grids[sheet]
	if !ok {
		return nil, &Error{Reason: fmt.Sprintf("the file has no sheet %q", sheet)}
	}
	defer recoverBroken(&err)
	h, err := readHead(ctx, g)
	if err != nil {
		return nil, err
	}
	t, err = recognise(sheet, g, h, newVocabulary(), b.opt)
	if errors.Is(err, ErrNoTable) && h.fault != nil {
		return nil, h.fault // an unreadable sheet is not an empty one
	}
	return t, err
}

// Tables yields the tables of a sheet one after the other; the rows of each must
// be read before the next, which begins where they end. Errors are those of Table.
func (b *Book) Tables(ctx context.Context, sheet string) iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) {
		t, err := b.Table(ctx, sheet)
		for err == nil && t != nil {
			if !yield(t, nil) {
				return
			}
			t, err = t.Next(ctx)
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// Rows yields the records in their order. An error that comes with a row
// number concerns that row, and reading goes on; one without ends the table.
func (t *Table) Rows(ctx context.Context) iter.Seq2[Row, error] { return t.rows(ctx) }

// Description says what the table was recognised as. Rows must have come to the
// end for its last row to be told.
func (t *Table) Description() hub.Table {
	out := hub.Table{HeaderRow: t.HeaderRow, FirstRow: t.FirstRow, LastRow: t.LastRow, Signature: t.Signature, Columns: []hub.Column{}}
	for _, c := range t.Columns {
		col := hub.Column{Column: c.Letter, Header: c.Header, ID: c.ID, Role: c.Role, Why: c.Why, Hidden: c.Hidden, Samples: c.Samples}
		for _, g := range c.Guesses {
			col.Guesses = append(col.Guesses, g.Role)
		}
		out.Columns = append(out.Columns, col)
	}
	return out
}

package folder

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/tables"
)

// candidates yields what the file of a scope may be called, longest first: a
// "#" may be part of the name of the file or of the sheet.
func candidates(scope string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for end := len(scope); end > 0; end = strings.LastIndexByte(scope[:end], '#') {
			if !yield(scope[:end]) {
				return
			}
		}
	}
}

// split takes the name of a scope apart; the file is the longest candidate that exists.
func split(root *os.Root, scope string) (name, sheet string) {
	for name := range candidates(scope) {
		if _, _, err := find(root, name); err == nil {
			return name, strings.TrimPrefix(scope[len(name):], "#")
		}
	}
	return scope, ""
}

// find looks up a file by its name in scopes. The file system may spell it
// otherwise: decomposed, or in bytes that are no UTF-8.
func find(root *os.Root, name string) (disk string, st fs.FileInfo, err error) {
	if st, err = root.Stat(name); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return name, st, err
	}
	disk = "."
	for part := range strings.SplitSeq(name, "/") {
		d, err := root.Open(disk)
		if err != nil {
			return "", nil, err
		}
		entries, err := d.ReadDir(-1)
		d.Close()
		if err != nil {
			return "", nil, err
		}
		next := ""
		for _, e := range entries {
			if shown(e.Name()) == part {
				next = e.Name()
			}
		}
		if next == "" {
			return "", nil, &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
		}
		disk = path.Join(disk, next)
	}
	st, err = root.Stat(disk)
	return disk, st, err
}

// Read yields the rows of a sheet, then what it was taken for. Refs are row
// numbers; 1 is the first row.
func (f *Folder) Read(ctx context.Context, s hub.Scope, _ connectors.Known) iter.Seq2[hub.Item, error] {
	return func(yield func(hub.Item, error) bool) {
		root, err := f.root()
		if err != nil {
			yield(hub.Item{}, err)
			return
		}
		defer root.Close()
		name, sheet := split(root, s.Name)
		var made hub.Sheet
		for t, err := range f.sheet(ctx, root, name, sheet) {
			switch {
			case errors.Is(err, tables.ErrNoTable):
				made.Left = tables.WhyNot(err)
				yield(hub.Item{Sheet: &made}, nil)
				return
			case err != nil:
				if gone := f.still(root); gone != nil {
					err = gone
				} else {
					err = fault(name, err)
				}
				yield(hub.Item{}, err)
				return
			}
			if !readRows(ctx, name, t, yield) {
				return
			}
			made.Tables = append(made.Tables, t.Description())
			f.env.Log.Debug("table read", "scope", s.Name, "header", t.HeaderRow, "blank", t.Skipped.Blank, "headers", t.Skipped.Headers, "totals", t.Skipped.Totals, "notes", t.Skipped.Notes)
		}
		yield(hub.Item{Sheet: &made}, nil)
	}
}

// readRows yields the rows of a table as items, until one ends the reading.
func readRows(ctx context.Context, name string, t *tables.Table, yield func(hub.Item, error) bool) bool {
	for row, err := range t.Rows(ctx) {
		item := hub.Item{Key: row.Key, Content: row.Content}
		if row.Number > 0 {
			item.Ref = t.Ref(row.Number)
		}
		if err != nil {
			item, err = hub.Item{Ref: item.Ref}, fault(name, err)
		}
		if !yield(item, err) || err != nil && item.Ref == "" {
			return false
		}
	}
	return true
}

// sheet yields the tables of a sheet, whose name may be spelt decomposed in the file.
func (f *Folder) sheet(ctx context.Context, root *os.Root, name, sheet string) iter.Seq2[*tables.Table, error] {
	b, err := f.bookOf(ctx, root, name)
	if err != nil {
		return func(yield func(*tables.Table, error) bool) { yield(nil, err) }
	}
	for _, s := range b.Sheets() {
		if norm.NFC.String(s.Name) == sheet {
			sheet = s.Name
		}
	}
	return b.Tables(ctx, sheet)
}

// bookOf opens a file, unless it is a link that leads elsewhere.
func (f *Folder) bookOf(ctx context.Context, root *os.Root, name string) (*book, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if st, err := root.Lstat(name); err == nil && st.Mode()&fs.ModeSymlink != 0 {
		if err := (&listing{f: f, root: root}).link(name); err != nil {
			return nil, err
		}
	}
	return f.openBook(ctx, root, name)
}

// FileTable is a table as it was recognised, for people and scripts to see.
type FileTable struct {
	Source string `json:"source"` // path of the file relative to its folder
	Sheet  string `json:"sheet"`
	Left   string `json:"left,omitempty"` // why the sheet is left out; it then holds no table
	hub.Table
}

// Tables yields every table of a folder, in the order of scopes, read by the
// answers; a sheet that is left out comes with the reason. An error that comes with a source concerns that file or
// sheet; one without ends the listing.
func Tables(ctx context.Context, c *Config, env connectors.Env, answers []hub.ColumnAnswer) iter.Seq2[FileTable, error] {
	return func(yield func(FileTable, error) bool) {
		conn, err := c.Open(ctx, env)
		if err != nil {
			yield(FileTable{}, err)
			return
		}
		f := conn.(*Folder)
		defer f.Close()
		f.Answer(answers)
		root, err := f.root()
		if err != nil {
			yield(FileTable{}, err)
			return
		}
		defer root.Close()
		l, err := f.walk(ctx, root)
		if err != nil {
			yield(FileTable{}, err)
			return
		}
		for _, e := range l.files {
			if !f.tables(ctx, root, e, yield) {
				return
			}
		}
	}
}

func (f *Folder) tables(ctx context.Context, root *os.Root, e entry, yield func(FileTable, error) bool) bool {
	b, err := (*book)(nil), e.err
	if err == nil {
		b, err = f.openBook(ctx, root, e.name)
	}
	if err != nil {
		return yield(FileTable{Source: e.name}, fault(e.name, err))
	}
	for _, s := range b.Sheets() {
		for t, err := range b.Tables(ctx, s.Name) {
			ft := FileTable{Source: e.name, Sheet: s.Name}
			if errors.Is(err, tables.ErrNoTable) {
				ft.Left, err = tables.WhyNot(err), nil
			} else if err == nil {
				ft, err = describe(ctx, ft, t)
			}
			if err != nil {
				err = fault(e.name, err)
			}
			if !yield(ft, err) {
				return false
			}
		}
	}
	return true
}

// describe reads the table to its end, which tells its last row.
func describe(ctx context.Context, ft FileTable, t *tables.Table) (FileTable, error) {
	for row, err := range t.Rows(ctx) {
		if err != nil && row.Number == 0 {
			return ft, err
		}
	}
	ft.Table = t.Description()
	return ft, nil
}

// Package folder reads the workbooks and CSV files of a folder and its
// subfolders.
//
// A scope is a sheet, named "relative/path.xlsx#Sheet", or a CSV file, named
// by its path alone; paths have forward slashes and are NFC. Its version is made
// of size and time of the file, the version of the reader and the number of
// sheets, so a file that did not change costs one stat and is not opened:
//
//	1834.1763796000123456789.1.1/3
//
// A file that cannot be read is a scope of its own, "relative/path.xlsx", with
// the version …/0, whose reading says why; the sheets last read of it stay.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/tables"
)

// Kind describes the connector.
func Kind() connectors.Kind {
	return connectors.Kind{
		Name:   "folder",
		Doc:    "A watched folder of workbooks (.xlsx, .xlsm) and CSV files, with its subfolders.",
		Config: func() connectors.Config { return &Config{Poll: 30} },
	}
}

// Config holds the settings of one folder.
type Config struct {
	Path string `json:"path" doc:"The folder, as this computer sees it."`
	Poll int    `json:"poll" doc:"Seconds between looks for changes where the file system does not tell of them, as on network shares."`
}

// Validate says in words which setting is wrong.
func (c *Config) Validate() error {
	switch {
	case strings.TrimSpace(c.Path) == "":
		return hub.At("path", errors.New("path: say which folder to watch"))
	case c.Poll < 1:
		return hub.At("poll", fmt.Errorf("poll: %d seconds is too short; 30 is usual", c.Poll))
	}
	return nil
}

// Open prepares the reading; the folder need not be there yet.
func (c *Config) Open(_ context.Context, env connectors.Env) (connectors.Connector, error) {
	dir, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, fmt.Errorf("find folder %s: %w", c.Path, err)
	}
	return &Folder{dir: dir, poll: time.Duration(c.Poll) * time.Second, env: env, settle: 2 * time.Second}, nil
}

// Folder reads one folder.
type Folder struct {
	dir    string
	poll   time.Duration
	settle time.Duration // how long a file must have stood still
	env    connectors.Env

	answers []hub.ColumnAnswer

	open *book // the file last read, for the next sheet of it
}

// Answer takes what people said of columns.
func (f *Folder) Answer(answers []hub.ColumnAnswer) { f.answers = answers }

// Close releases the file last read.
func (f *Folder) Close() error { return f.release() }

// Check tries whether the folder can be listed.
func (f *Folder) Check(ctx context.Context) error {
	root, err := f.root()
	if err != nil {
		return err
	}
	defer root.Close()
	if _, err := fs.ReadDir(root.FS(), "."); err != nil {
		return f.unreachable(err)
	}
	return ctx.Err()
}

// root opens the folder; nothing outside it can be reached through it.
func (f *Folder) root() (*os.Root, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, f.unreachable(err)
	}
	return root, nil
}

func (f *Folder) unreachable(err error) error {
	reason := fmt.Sprintf("the folder %s cannot be read: check that the disk or share is in order", f.dir)
	class := hub.ClassUnreachable
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = fmt.Sprintf("the folder %s is not there: check the spelling, and that the share is mounted", f.dir)
	case errors.Is(err, fs.ErrPermission):
		class = hub.ClassAuth
		reason = fmt.Sprintf("no right to read the folder %s: give it to the account that runs this service", f.dir)
	default:
		if st, e := os.Stat(f.dir); e == nil && !st.IsDir() {
			reason = fmt.Sprintf("%s is a file: name the folder it is in", f.dir)
		}
	}
	return hub.At("path", &connectors.Error{Class: class, Reason: reason, Err: err})
}

// fault tells what kept a file of the folder from being read.
func fault(name string, err error) error {
	var t *tables.Error
	switch {
	case errors.As(err, &t):
		return connectors.Broken(t.Err, "%s", t.Reason)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrPermission):
		return &connectors.Error{Class: hub.ClassAuth, Err: err,
			Reason: fmt.Sprintf("no right to read %s: give it to the account that runs this service", name)}
	case errors.Is(err, fs.ErrNotExist):
		return &connectors.Error{Class: hub.ClassUnreachable, Err: err, Reason: fmt.Sprintf("%s vanished while it was read", name)}
	}
	return &connectors.Error{Class: hub.ClassUnreachable, Err: err, Reason: fmt.Sprintf("%s cannot be read: check that the disk or share is in order", name)}
}

// book is an opened file.
type book struct {
	*tables.Book
	name    string
	version string
	file    *os.File
}

func (f *Folder) release() error {
	b := f.open
	if f.open = nil; b == nil {
		return nil
	}
	return errors.Join(b.Book.Close(), b.file.Close())
}

// openBook opens a file of the folder, or hands out the one that is open.
func (f *Folder) openBook(ctx context.Context, root *os.Root, name string) (*book, error) {
	disk, st, err := find(root, name)
	if err != nil {
		return nil, err
	}
	v := version(st)
	if f.open != nil && f.open.name == name && f.open.version == v {
		return f.open, nil
	}
	if err := f.release(); err != nil {
		return nil, err
	}
	if err := readable(st); err != nil {
		return nil, err
	}
	file, err := root.Open(disk)
	if err != nil {
		return nil, err
	}
	b, err := tables.Open(ctx, name, file, st.Size(), tables.Options{TempDir: f.env.TempDir, Country: f.env.Country, Answers: f.answers})
	if err != nil {
		file.Close()
		return nil, err
	}
	f.open = &book{Book: b, name: name, version: v, file: file}
	return f.open, nil
}

// readable refuses what could block or never end.
func readable(st fs.FileInfo) error {
	if !st.Mode().IsRegular() {
		return &tables.Error{Reason: "not a workbook: it is no regular file"}
	}
	return nil
}

// Original opens the file that a scope was read from.
func (f *Folder) Original(_ context.Context, scope, _ string) (io.ReadCloser, string, string, error) {
	root, err := f.root()
	if err != nil {
		return nil, "", "", err
	}
	defer root.Close()
	name, _ := split(root, scope)
	disk, st, err := find(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", "", connectors.Broken(err, "the file %s is no longer there", name)
	}
	if err == nil {
		err = readable(st)
	}
	if err != nil {
		return nil, "", "", fault(name, err)
	}
	file, err := root.Open(disk)
	if err != nil {
		return nil, "", "", fault(name, err)
	}
	return file, path.Base(name), mediaType(name), nil
}

// mediaType is the media type registered with IANA.
func mediaType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".xlsm":
		return "application/vnd.ms-excel.sheet.macroEnabled.12"
	case ".csv":
		return "text/csv"
	case ".tsv":
		return "text/tab-separated-values"
	}
	return "application/octet-stream"
}

package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/tables"
)

// entry is a file of the folder.
type entry struct {
	name    string // relative, with slashes, NFC unless two files would share it
	disk    string // as the file system spells it
	at      time.Time
	version string // without the number of sheets
	err     error  // why it is not read, known without opening it
}

// version changes when a file does, or when the reader reads it otherwise.
func version(st fs.FileInfo) string {
	return fmt.Sprintf("%d.%d.1.%s", st.Size(), st.ModTime().UnixNano(), tables.Version)
}

// ignored reports whether a name is none that a department put there: hidden
// files, Office's lock and temporary files, unfinished downloads, and what
// operating systems and file servers leave behind.
func ignored(name string) bool {
	lower := strings.ToLower(name)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") {
		return true
	}
	switch path.Ext(lower) {
	case ".tmp", ".temp", ".part", ".partial", ".crdownload", ".lnk", ".lock":
		return true
	}
	switch lower {
	case "thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r", "$recycle.bin", "system volume information", "@eadir", "#recycle", "lost+found":
		return true
	}
	return false
}

// shown is how a name of the file system is written in scopes.
func shown(disk string) string { return norm.NFC.String(spelt(disk)) }

// spelt writes the bytes of a name that are no UTF-8 as \xff.
func spelt(disk string) string {
	if utf8.ValidString(disk) {
		return disk
	}
	var out strings.Builder
	for len(disk) > 0 {
		r, n := utf8.DecodeRuneInString(disk)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&out, `\x%02x`, disk[0])
		} else {
			out.WriteString(disk[:n])
		}
		disk = disk[n:]
	}
	return out.String()
}

// listing is one walk through the folder.
type listing struct {
	f     *Folder
	root  *os.Root
	files []entry
	dirs  []string // as the file system spells them
	stuck []entry  // subfolders that could not be listed, with the reason
}

// walk lists the files, sorted by name. Its error means that the folder itself
// is gone or failing, so nothing may be concluded from what is missing.
func (f *Folder) walk(ctx context.Context, root *os.Root) (*listing, error) {
	l := &listing{f: f, root: root}
	if err := l.dir(ctx, "."); err != nil {
		return nil, err
	}
	l.tellApart()
	slices.SortFunc(l.files, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return l, f.still(root)
}

// tellApart names files after their spelling on disk where two differ in that
// alone, as when a Mac and a PC each put an "Ødegård.csv" there.
func (l *listing) tellApart() {
	count := map[string]int{}
	for _, e := range l.files {
		count[e.name]++
	}
	for i := range l.files {
		if e := &l.files[i]; count[e.name] > 1 {
			e.name = spelt(e.disk)
		}
	}
}

// still checks that the folder is the one that was opened: a share that is
// unmounted during a walk leaves an empty folder of the same name behind.
func (f *Folder) still(root *os.Root) error {
	opened, err := root.Stat(".")
	if err != nil {
		return f.unreachable(err)
	}
	now, err := os.Stat(f.dir)
	if err != nil {
		return f.unreachable(err)
	}
	if !os.SameFile(opened, now) {
		return f.unreachable(errors.New("another folder took its place"))
	}
	return nil
}

func (l *listing) dir(ctx context.Context, disk string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d, err := l.root.Open(disk)
	var entries []fs.DirEntry
	if err == nil {
		entries, err = d.ReadDir(-1)
		d.Close()
	}
	switch {
	case err == nil:
	case disk == ".":
		return l.f.unreachable(err)
	case errors.Is(err, fs.ErrNotExist):
		return nil // removed meanwhile
	case errors.Is(err, fs.ErrPermission):
		l.stuck = append(l.stuck, entry{name: shown(disk), err: fault("the folder "+shown(disk), err)})
		return nil
	default:
		return l.f.unreachable(err)
	}
	l.dirs = append(l.dirs, disk)
	for _, e := range entries {
		if ignored(e.Name()) {
			continue
		}
		if err := l.add(ctx, path.Join(disk, e.Name()), e); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) add(ctx context.Context, disk string, e fs.DirEntry) error {
	if e.IsDir() {
		return l.dir(ctx, disk)
	}
	st, err := l.root.Lstat(disk)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return l.f.unreachable(err)
	}
	file := entry{name: shown(disk), disk: disk, at: st.ModTime(), version: version(st)}
	if st.Mode()&fs.ModeSymlink != 0 {
		if file.err = l.link(disk); file.err == nil {
			return nil
		}
	}
	l.files = append(l.files, file)
	return nil
}

// link judges a symbolic link. One that stays in the folder is left out: what
// it points to is read where it is. Others are named and never followed.
func (l *listing) link(disk string) error {
	_, err := l.root.Stat(disk)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return &tables.Error{Reason: "a link that points to nothing: remove it, or put the file here"}
	}
	return &tables.Error{Reason: "a link that leaves the folder or leads in a circle: not followed; put the file itself here", Err: err}
}

// Scopes lists the sheets. Files that changed a moment ago are given time to
// come to rest; one that does not keeps its old reading.
func (f *Folder) Scopes(ctx context.Context, known map[string]string) iter.Seq2[hub.Scope, error] {
	return func(yield func(hub.Scope, error) bool) {
		root, err := f.root()
		if err != nil {
			yield(hub.Scope{}, err)
			return
		}
		defer root.Close()
		l, err := f.walk(ctx, root)
		if err == nil {
			err = l.vanished(known)
		}
		if err != nil {
			yield(hub.Scope{}, err)
			return
		}
		byFile := l.group(known)
		if !l.stuckScopes(known, yield) {
			return
		}
		moving := l.settle(ctx, byFile)
		for _, e := range l.files {
			if err := ctx.Err(); err != nil {
				yield(hub.Scope{}, err)
				return
			}
			k := fileScopes{entry: e, known: byFile[e.name]}
			if ok := k.list(ctx, f, root, moving[e.name], yield); !ok {
				return
			}
		}
		if err := f.still(root); err != nil {
			yield(hub.Scope{}, err)
		}
	}
}

// vanished takes an entirely empty folder that had files before for an
// unmounted share: the mount point is left.
func (l *listing) vanished(known map[string]string) error {
	if len(l.files) > 0 || len(l.stuck) > 0 || len(known) == 0 {
		return nil
	}
	if entries, err := fs.ReadDir(l.root.FS(), "."); err != nil || len(entries) > 0 {
		return nil
	}
	return &connectors.Error{Class: hub.ClassUnreachable,
		Reason: fmt.Sprintf("the folder %s is empty, though it held files: mount the share again; if the files were deleted, put any file there to confirm it", l.f.dir)}
}

// group sorts the known scopes by their files.
func (l *listing) group(known map[string]string) map[string]map[string]string {
	names := map[string]bool{}
	for _, e := range l.files {
		names[e.name] = true
	}
	out := map[string]map[string]string{}
	for scope, v := range known {
		for name := range candidates(scope) {
			if names[name] {
				if out[name] == nil {
					out[name] = map[string]string{}
				}
				out[name][scope] = v
				break
			}
		}
	}
	return out
}

// stuckScopes names the subfolders that cannot be listed; what is known of
// their files stays.
func (l *listing) stuckScopes(known map[string]string, yield func(hub.Scope, error) bool) bool {
	for _, dir := range l.stuck {
		for _, scope := range slices.Sorted(mapKeys(known)) {
			if strings.HasPrefix(scope, dir.name+"/") && !yield(hub.Scope{Name: scope, Version: known[scope]}, nil) {
				return false
			}
		}
		if !yield(hub.Scope{Name: dir.name}, dir.err) {
			return false
		}
	}
	return true
}

func mapKeys(m map[string]string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// settle waits until the changed files have stood still, looks again, and
// returns those that are still moving.
func (l *listing) settle(ctx context.Context, known map[string]map[string]string) map[string]bool {
	var young []int
	wait := time.Duration(0)
	for i, e := range l.files {
		age := time.Since(e.at)
		if !isKnown(known[e.name], e.version) && age < l.f.settle && age > -l.f.settle {
			young = append(young, i)
			wait = max(wait, min(l.f.settle-age, l.f.settle))
		}
	}
	if len(young) == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
	moving := map[string]bool{}
	for _, i := range young {
		e := &l.files[i]
		if st, err := l.root.Lstat(e.disk); err != nil || version(st) != e.version {
			moving[e.name] = true
		}
	}
	return moving
}

// isKnown reports whether the file has been looked at in this version: it was
// broken, or all its sheets are there. Their number is part of the version, so
// that a look which was interrupted between two sheets is not taken for whole.
func isKnown(scopes map[string]string, version string) bool {
	same, sheets := 0, ""
	for _, v := range scopes {
		if rest, ok := strings.CutPrefix(v, version+"/"); ok {
			same++
			sheets = rest
		}
	}
	return same > 0 && (sheets == "0" || fmt.Sprint(same) == sheets)
}

// fileScopes are the scopes of one file.
type fileScopes struct {
	entry
	known map[string]string // scope → version last read
}

// list yields the scopes of a file, opening it only if it changed.
func (s fileScopes) list(ctx context.Context, f *Folder, root *os.Root, moving bool, yield func(hub.Scope, error) bool) bool {
	switch {
	case moving:
		return s.keep(yield)
	case isKnown(s.known, s.version):
		return s.unchanged(yield)
	case s.err != nil:
		return s.broken(yield)
	}
	b, err := f.openBook(ctx, root, s.name)
	if err == nil {
		return s.sheets(b, yield)
	}
	switch reason := fault(s.name, err); {
	case connectors.ClassOf(reason) == hub.ClassBroken:
		return s.broken(yield)
	case errors.Is(err, fs.ErrNotExist):
		return true // removed meanwhile
	default:
		return s.keep(yield) && yield(hub.Scope{Name: s.name}, reason)
	}
}

func (s fileScopes) sheets(b *book, yield func(hub.Scope, error) bool) bool {
	sheets := b.Sheets()
	for _, sheet := range sheets {
		name := s.name
		if sheet.Name != "" {
			name += "#" + norm.NFC.String(sheet.Name)
		}
		if !yield(hub.Scope{Name: name, Version: fmt.Sprintf("%s/%d", b.version, len(sheets)), At: s.at}, nil) {
			return false
		}
	}
	return true
}

// broken yields the file as a scope that cannot be read; its sheets stay.
func (s fileScopes) broken(yield func(hub.Scope, error) bool) bool {
	delete(s.known, s.name)
	return s.keep(yield) && yield(hub.Scope{Name: s.name, Version: s.version + "/0", At: s.at}, nil)
}

// keep yields what is known of the file as it is.
func (s fileScopes) keep(yield func(hub.Scope, error) bool) bool {
	for _, scope := range slices.Sorted(mapKeys(s.known)) {
		if !yield(hub.Scope{Name: scope, Version: s.known[scope], At: s.at}, nil) {
			return false
		}
	}
	return true
}

// unchanged yields what was read of this version; when that was a broken file,
// also the sheets that were read before.
func (s fileScopes) unchanged(yield func(hub.Scope, error) bool) bool {
	if s.known[s.name] != s.version+"/0" {
		for scope, v := range s.known {
			if !strings.HasPrefix(v, s.version+"/") {
				delete(s.known, scope)
			}
		}
	}
	return s.keep(yield)
}

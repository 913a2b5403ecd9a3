package folder

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// list collects the scopes with their versions, and the errors by scope.
func list(t *testing.T, f *Folder, known map[string]string) (scopes map[string]string, errs map[string]error) {
	t.Helper()
	scopes, errs = map[string]string{}, map[string]error{}
	for s, err := range f.Scopes(t.Context(), known) {
		if err != nil {
			errs[s.Name] = err
		} else {
			scopes[s.Name] = s.Version
		}
	}
	return scopes, errs
}

// rows counts the rows of a scope and returns the error that ended it.
func rows(t *testing.T, f *Folder, scope string) (n int, end error) {
	t.Helper()
	for item, err := range f.Read(t.Context(), hub.Scope{Name: scope}, nil) {
		switch {
		case err != nil && item.Ref == "":
			end = err
		case err == nil && item.Sheet == nil:
			n++
		}
	}
	return n, end
}

func names(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// TestSpellings has files whose names differ in nothing that a scope shows.
func TestSpellings(t *testing.T) {
	dir, old := t.TempDir(), time.Now().Add(-time.Hour)
	composed, decomposed := norm.NFC.String("Ødegård/å.csv"), norm.NFD.String("Ødegård/å.csv")
	alone := "alene å.csv"
	onDisk := map[string]string{ // by scope
		composed: composed, decomposed: decomposed, `a\xff.csv`: "a\xff.csv", `a\xfe.csv`: "a\xfe.csv",
		"new\nline.csv": "new\nline.csv", "a#b.csv": "a#b.csv", norm.NFC.String(alone): norm.NFD.String(alone),
	}
	want := map[string]int{}
	for scope, name := range onDisk {
		want[scope] = len(want) + 1
		put(t, dir, name, []byte("Kunde;Epost\n"+strings.Repeat("Ås AS;post@aas.no\n", want[scope])), old)
	}
	f := connect(t, dir)
	scopes, errs := list(t, f, nil)
	if len(errs) > 0 || !slices.Equal(names(scopes), slices.Sorted(maps.Keys(want))) {
		t.Fatalf("scopes %q, errors %v", names(scopes), errs)
	}
	for name, n := range want {
		if got, err := rows(t, f, name); got != n || err != nil {
			t.Errorf("%q: %d rows, want %d; %v", name, got, n, err)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	dir, old := t.TempDir(), time.Now().Add(-time.Hour)
	ole := "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 "
	for name, content := range map[string]string{
		"a.csv": "Kunde;Epost\nÅs AS;post@aas.no\n", "~$a.xlsx": "x", ".hidden.csv": "x", "b.tmp": "x", "Thumbs.db": "x", ".git/c.csv": "x",
		"avtale.pdf": "%PDF", "gammel.xls": ole, "hemmelig.xlsx": ole + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00",
		"halv.xlsx": "PK\x03\x04 half of it", "tom.xlsx": "", "brev.xlsx": "Kjære kunde", "makro.xlsb": "PK\x03\x04", "liste.ods": "PK\x03\x04",
	} {
		put(t, dir, name, []byte(content), old)
	}
	f := connect(t, dir)
	scopes, errs := list(t, f, nil)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	want := map[string]string{
		"a.csv": "", "avtale.pdf": ".pdf files are not read", "gammel.xls": "Excel 97 file", "hemmelig.xlsx": "password protected",
		"halv.xlsx": "not finished", "tom.xlsx": "empty", "brev.xlsx": "not a workbook", "makro.xlsb": "binary workbook", "liste.ods": "OpenDocument",
	}
	if got := names(scopes); !slices.Equal(got, names(want)) {
		t.Fatalf("scopes %q, want %q", got, names(want))
	}
	for name, reason := range want {
		n, err := rows(t, f, name)
		if reason == "" {
			if err != nil || n != 1 {
				t.Errorf("%s: %d rows, %v", name, n, err)
			}
		} else if connectors.ClassOf(err) != hub.ClassBroken || !strings.Contains(connectors.ReasonOf(err), reason) {
			t.Errorf("%s: %v, want class broken and %q", name, err, reason)
		}
	}
	if again, _ := list(t, f, scopes); !maps.Equal(again, scopes) {
		t.Errorf("nothing changed, but the scopes did: %v, were %v", again, scopes)
	}
}

func TestBrokenWorkbookKeepsItsSheets(t *testing.T) {
	s := newShare(t)
	f := connect(t, s.dir)
	known, _ := list(t, f, nil)
	s.file("salg/Kunder #1.xlsx", []byte("PK\x03\x04 half of it"))
	scopes, errs := list(t, f, known)
	if len(errs) > 0 || scopes[sheetScope] != known[sheetScope] || scopes[otherScope] != known[otherScope] {
		t.Fatalf("scopes of a broken workbook %v %v, were %v", scopes, errs, known)
	}
	if _, err := rows(t, f, "salg/Kunder #1.xlsx"); connectors.ClassOf(err) != hub.ClassBroken {
		t.Errorf("reading a broken workbook: %v", err)
	}
	if again, _ := list(t, f, scopes); !maps.Equal(again, scopes) {
		t.Errorf("second look at a broken workbook: %v, was %v", again, scopes)
	}
	s.write(sheetScope)
	mended, _ := list(t, f, scopes)
	if !slices.Equal(names(mended), names(known)) || mended[sheetScope] == known[sheetScope] {
		t.Errorf("scopes of the mended workbook: %v", mended)
	}
}

// TestInterruptedLook has read one sheet of a changed workbook when it is
// stopped: the next look must offer the others, known or not.
func TestInterruptedLook(t *testing.T) {
	s := newShare(t)
	f := connect(t, s.dir)
	now, _ := list(t, f, nil)
	known := map[string]string{sheetScope: now[sheetScope], csvScope: now[csvScope]}
	if scopes, _ := list(t, f, known); !maps.Equal(scopes, now) {
		t.Errorf("a sheet that was never read is missing: %v", scopes)
	}
	known[otherScope] = "1.2.1/2"
	if scopes, _ := list(t, f, known); scopes[otherScope] != now[otherScope] {
		t.Errorf("a sheet read in an older version counts as read: %v", scopes)
	}
	s.removeScope(otherScope)
	now, _ = list(t, f, known)
	known[sheetScope] = now[sheetScope]
	if scopes, _ := list(t, f, known); !slices.Equal(names(scopes), []string{csvScope, sheetScope}) {
		t.Errorf("scopes after a sheet was removed: %v", scopes)
	}
}

func TestUnchangedIsNotOpened(t *testing.T) {
	s := newShare(t)
	known, _ := list(t, connect(t, s.dir), nil)
	f := connect(t, s.dir)
	if scopes, _ := list(t, f, known); !maps.Equal(scopes, known) || f.open != nil {
		t.Errorf("scopes %v, open file %v", scopes, f.open)
	}
}

func TestMovingFile(t *testing.T) {
	s := newShare(t)
	f := connect(t, s.dir)
	known, _ := list(t, f, nil)
	grow := func(stop <-chan struct{}, done chan<- struct{}) {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				for _, name := range []string{csvScope, "ny.csv"} {
					out, err := os.OpenFile(filepath.Join(s.dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
					if err == nil {
						out.WriteString("10999;Tindvik AS;Bodø\r\n")
						out.Close()
					}
				}
			}
		}
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go grow(stop, done)
	time.Sleep(50 * time.Millisecond)
	scopes, errs := list(t, f, known)
	close(stop)
	<-done
	if len(errs) > 0 || !maps.Equal(scopes, known) {
		t.Errorf("while files grow the old reading stands: %v %v", scopes, errs)
	}
	if scopes, _ = list(t, f, known); scopes[csvScope] == known[csvScope] || scopes["ny.csv"] == "" {
		t.Errorf("files that came to rest were not taken: %v", scopes)
	}
}

func TestLinks(t *testing.T) {
	s := newShare(t)
	outside := filepath.Join(t.TempDir(), "secret.csv")
	put(t, filepath.Dir(outside), "secret.csv", []byte("Kunde;Nr\nA AS;1\n"), time.Now().Add(-time.Hour))
	for link, target := range map[string]string{
		"ut.csv": outside, "mappe": filepath.Dir(outside), "salg/opp": "..", "inne.csv": filepath.FromSlash(csvScope), "borte.csv": "nowhere.csv", "ring": "ring",
	} {
		if err := os.Symlink(target, filepath.Join(s.dir, filepath.FromSlash(link))); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	f := connect(t, s.dir)
	scopes, _ := list(t, f, nil)
	want := []string{csvScope, "borte.csv", "mappe", "ring", sheetScope, otherScope, "ut.csv"}
	slices.Sort(want)
	if got := names(scopes); !slices.Equal(got, want) {
		t.Fatalf("scopes %q, want %q", got, want)
	}
	for link, reason := range map[string]string{"ut.csv": "leaves the folder or", "mappe": "leaves the folder", "borte.csv": "points to nothing"} {
		if n, err := rows(t, f, link); n != 0 || !strings.Contains(connectors.ReasonOf(err), reason) {
			t.Errorf("%s: %d rows, %v, want %q", link, n, err, reason)
		}
		if _, _, _, err := f.Original(t.Context(), link, "1"); err == nil {
			t.Errorf("%s: handed out", link)
		}
	}
}

func TestDecomposedNames(t *testing.T) {
	dir, name := t.TempDir(), "Fornøyde kunder å é.csv"
	put(t, dir, norm.NFD.String(name), []byte("Kunde;Epost\nÅs AS;post@aas.no\n"), time.Now().Add(-time.Hour))
	f := connect(t, dir)
	scopes, _ := list(t, f, nil)
	if _, ok := scopes[name]; !ok {
		t.Fatalf("scopes %q, want %q", names(scopes), name)
	}
	if n, err := rows(t, f, name); n != 1 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestFolderGone(t *testing.T) {
	dir := t.TempDir()
	known := map[string]string{"a.csv": "1.2.1/1"}
	for name, at := range map[string]string{"missing": filepath.Join(dir, "nowhere"), "an empty mount point": dir} {
		_, errs := list(t, connect(t, at), known)
		if err := errs[""]; connectors.ClassOf(err) != hub.ClassUnreachable || errors.As(err, new(*connectors.Error)) == false {
			t.Errorf("%s: %v, want an error that ends the listing", name, errs)
		}
	}
	if scopes, errs := list(t, connect(t, dir), nil); len(scopes)+len(errs) > 0 {
		t.Errorf("a new empty folder: %v %v", scopes, errs)
	}
	put(t, dir, "file", nil, time.Now())
	if err := connect(t, filepath.Join(dir, "file")).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "is a file") {
		t.Errorf("check of a file: %v", err)
	}
}

func TestNoRight(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("the superuser may read everything")
	}
	s := newShare(t)
	f := connect(t, s.dir)
	known, _ := list(t, f, nil)
	closed := filepath.Join(s.dir, "salg")
	os.Chmod(closed, 0)
	defer os.Chmod(closed, 0o755)
	scopes, errs := list(t, f, known)
	if !maps.Equal(scopes, known) || connectors.ClassOf(errs["salg"]) != hub.ClassAuth {
		t.Errorf("with a closed subfolder: %v %v", scopes, errs)
	}
}

// TestFault maps what file systems say to classes.
func TestFault(t *testing.T) {
	for _, c := range []struct {
		err   error
		class string
	}{
		{&fs.PathError{Op: "open", Path: "a", Err: fs.ErrPermission}, hub.ClassAuth},
		{&fs.PathError{Op: "open", Path: "a", Err: fs.ErrNotExist}, hub.ClassUnreachable},
		{errors.New("input/output error"), hub.ClassUnreachable},
		{context.Canceled, hub.ClassUnreachable},
	} {
		if got := connectors.ClassOf(fault("a", c.err)); got != c.class {
			t.Errorf("%v: class %s, want %s", c.err, got, c.class)
		}
	}
}

func TestWatch(t *testing.T) {
	s := newShare(t)
	for name, poll := range map[string]time.Duration{"events": time.Hour, "polling": 100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			f := connect(t, s.dir)
			f.poll = poll
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var told atomic.Int32
			ended := make(chan error, 1)
			go func() { ended <- f.Watch(ctx, func() { told.Add(1) }) }()
			time.Sleep(200 * time.Millisecond)
			put(t, s.dir, "ny mappe/"+name+".csv", []byte("Kunde;Nr\n"), time.Now())
			wait(t, "a new file in a new subfolder", func() bool { return told.Load() >= 1 })
			time.Sleep(600 * time.Millisecond) // until nothing more is told of it
			before := told.Load()
			put(t, s.dir, "ny mappe/~$"+name+".xlsx", []byte("lock"), time.Now())
			put(t, s.dir, "ny mappe/"+name+".csv", []byte("Kunde;Nr\nA;1\n"), time.Now())
			wait(t, "a change in a new subfolder", func() bool { return told.Load() > before })
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("watch ended with %v", err)
			}
		})
	}
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s was not told", what)
		}
	}
}

func TestTables(t *testing.T) {
	s := newShare(t)
	put(t, s.dir, "notat.pdf", []byte("%PDF"), time.Now())
	var got []FileTable
	problems := 0
	for ft, err := range Tables(t.Context(), &Config{Path: s.dir, Poll: 1}, connectors.Env{Log: nil, TempDir: t.TempDir()}, nil) {
		if err != nil {
			problems++
			continue
		}
		got = append(got, ft)
	}
	if len(got) != 3 || problems != 1 {
		t.Fatalf("%d tables, %d problems: %+v", len(got), problems, got)
	}
	ft := got[1]
	if ft.Source != "salg/Kunder #1.xlsx" || ft.Sheet != "Åpne" || ft.HeaderRow != 1 || ft.FirstRow != 2 || ft.LastRow != 5 {
		t.Errorf("table %+v", ft)
	}
	if len(ft.Columns) != 3 || ft.Columns[1].Role != hub.RoleCustomerName || ft.Columns[1].Why == "" {
		t.Errorf("columns %+v", ft.Columns)
	}
}

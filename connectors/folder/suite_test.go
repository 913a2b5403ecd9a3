package folder

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"samsyn/connectors"
	"samsyn/connectors/connectortest"
)

// share is a folder of a CSV file and a workbook of two sheets, kept in memory
// as rows and written anew at each change.
type share struct {
	t     *testing.T
	dir   string
	rows  map[string][]string // scope → what its rows say
	lead  map[string]int      // scope → blank rows above the header
	zyx   string              // scope that has a column of which nobody knows what it holds
	clock time.Time
	n     int
}

const (
	csvScope   = "arkiv/Ærlige kunder.csv"
	sheetScope = "salg/Kunder #1.xlsx#Åpne"
	otherScope = "salg/Kunder #1.xlsx#Lukkede"
)

func newShare(t *testing.T) *share {
	s := &share{t: t, dir: filepath.Join(t.TempDir(), "share"), lead: map[string]int{}, clock: time.Now().Add(-time.Hour)}
	s.rows = map[string][]string{csvScope: nil, sheetScope: nil, otherScope: nil}
	for i, scope := range []string{csvScope, sheetScope, otherScope} {
		s.add(scope, 3+i)
	}
	return s
}

func (s *share) connector() connectors.Connector {
	return connect(s.t, s.dir)
}

func connect(t *testing.T, dir string) *Folder {
	t.Helper()
	c := &Config{Path: dir, Poll: 1}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(t.Context(), connectors.Env{Log: slog.New(slog.DiscardHandler), TempDir: t.TempDir(), Country: "NO"})
	if err != nil {
		t.Fatal(err)
	}
	f := conn.(*Folder)
	f.settle = 200 * time.Millisecond
	return f
}

func (s *share) add(scope string, n int) {
	for range n {
		s.n++
		s.rows[scope] = append(s.rows[scope], fmt.Sprintf("Fjellvik %d AS", s.n))
	}
	s.write(scope)
}

func (s *share) remove(scope string) {
	s.rows[scope] = s.rows[scope][1:]
	s.write(scope)
}

func (s *share) change(scope string) {
	s.n++
	s.rows[scope][1] = fmt.Sprintf("Dalheim %d AS", s.n)
	s.write(scope)
}

func (s *share) move(from, to string) {
	s.rows[to] = append(s.rows[to], s.rows[from][0])
	s.rows[from] = s.rows[from][1:]
	s.write(from)
	s.write(to)
}

func (s *share) renumber(scope string) {
	s.lead[scope]++
	s.write(scope)
}

func (s *share) removeScope(scope string) {
	delete(s.rows, scope)
	s.write(scope)
}

// write writes the file of a scope from what its scopes say.
func (s *share) write(scope string) {
	name, _, _ := strings.Cut(scope, ".")
	if strings.HasPrefix(scope, "arkiv") {
		s.file(csvScope, s.csv())
		return
	}
	book := excelize.NewFile()
	defer book.Close()
	for _, scope := range []string{sheetScope, otherScope} {
		if rows, ok := s.rows[scope]; ok {
			sheet := scope[strings.LastIndexByte(scope, '#')+1:]
			book.NewSheet(sheet)
			fill(s.t, book, sheet, s.lead[scope], rows)
		}
	}
	book.DeleteSheet("Sheet1")
	b, err := book.WriteToBuffer()
	if err != nil {
		s.t.Fatal(err)
	}
	s.file(name+".xlsx", b.Bytes())
}

func (s *share) csv() []byte {
	var b strings.Builder
	header, row := "Kundenr;Firmanavn;Poststed\r\n", "%d;%s;Bodø\r\n"
	if s.zyx == csvScope {
		header, row = "Kundenr;Firmanavn;Poststed;Zyx\r\n", "%d;%s;Bodø;Kari Lie\r\n"
	}
	b.WriteString(strings.Repeat("\r\n", s.lead[csvScope]) + header)
	for _, r := range s.rows[csvScope] {
		fmt.Fprintf(&b, row, 10_000+len(r), r)
	}
	return []byte(b.String())
}

func fill(t *testing.T, book *excelize.File, sheet string, lead int, rows []string) {
	t.Helper()
	set := func(row int, cells ...any) {
		if err := book.SetSheetRow(sheet, fmt.Sprintf("A%d", row), &cells); err != nil {
			t.Fatal(err)
		}
	}
	set(lead+1, "Kundenr", "Firmanavn", "Poststed")
	for i, r := range rows {
		set(lead+2+i, 10_000+len(r), r, "Bodø")
	}
}

// file writes a file that looks older than it is, so that nobody waits for it
// to come to rest.
func (s *share) file(name string, content []byte) {
	s.t.Helper()
	s.clock = s.clock.Add(time.Second)
	put(s.t, s.dir, name, content, s.clock)
}

func put(t *testing.T, dir, name string, content []byte, at time.Time) {
	t.Helper()
	full := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(full, at, at); err != nil {
		t.Fatal(err)
	}
}

func (s *share) source() connectortest.Source {
	items := map[string]int{}
	for scope, rows := range s.rows {
		items[scope] = len(rows)
	}
	away := s.dir + " away"
	rename := func(from, to string) func() {
		return func() {
			if err := os.Rename(from, to); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return connectortest.Source{
		Open: s.connector, Items: items,
		Add: s.add, Remove: s.remove, Change: s.change, Move: s.move, Renumber: s.renumber,
		Break: func(scope string) {
			s.rows[scope] = slices.Insert(s.rows[scope], 1, strings.Repeat("x", 300_000))
			s.write(scope)
		},
		BreakScope: func(scope string) { s.file(scope, []byte("PK\x03\x04 no text")) },
		RemoveScope: func(scope string) {
			if err := os.Remove(filepath.Join(s.dir, filepath.FromSlash(scope))); err != nil {
				s.t.Fatal(err)
			}
		},
		Table: func(scope string) { s.zyx = scope; s.add(scope, 1) },
		Cut:   rename(s.dir, away), Restore: rename(away, s.dir),
	}
}

func TestSuite(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.Source { return newShare(t).source() })
}

// TestSuiteSheets runs the suite with scopes that are sheets of one workbook.
func TestSuiteSheets(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.Source {
		s := newShare(t)
		if err := os.RemoveAll(filepath.Join(s.dir, "arkiv")); err != nil {
			t.Fatal(err)
		}
		delete(s.rows, csvScope)
		src := s.source()
		src.RemoveScope = s.removeScope
		src.Break, src.BreakScope, src.Table = nil, nil, nil
		return src
	})
}

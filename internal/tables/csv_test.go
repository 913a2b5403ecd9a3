package tables

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"
)

func utf16le(s string) []byte {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func TestCSV(t *testing.T) {
	const plain = "Kunde;Sted;Beløp\nÅs Æra AS;Tromsø;1,5\n"
	for _, c := range []struct {
		name string
		file string
		data []byte
		row  int // number of the first row
		want string
	}{
		{"UTF-8", "a.csv", []byte(plain), 2, "Ås Æra AS|Tromsø|number:1.5"},
		{"UTF-8 with mark", "a.csv", []byte("\xEF\xBB\xBF" + plain), 2, "Ås Æra AS|Tromsø|number:1.5"},
		{"windows-1252", "a.csv", []byte("Kunde;Sted;Bel\xF8p\n\xC5s \xC6ra AS;Troms\xF8;1,5\n"), 2, "Ås Æra AS|Tromsø|number:1.5"},
		{"both glued together", "a.csv", []byte("Kunde;Sted;Beløp\nÅs \xC6ra AS;Tromsø;1,5\n"), 2, "Ås Æra AS|Tromsø|number:1.5"},
		{"UTF-16", "a.csv", utf16le(plain), 2, "Ås Æra AS|Tromsø|number:1.5"},
		{"UTF-16 without mark", "a.csv", utf16le(plain)[2:], 2, "Ås Æra AS|Tromsø|number:1.5"},
		{"commas", "a.csv", []byte("Kunde,Sted,Amount\n\"Ås, AS\",Bodø,1.5\n"), 2, "Ås, AS|Bodø|number:1.5"},
		{"tabs", "a.tsv", []byte("Kunde\tSted\tBeløp\nÅs AS\tBodø\t1,5\n"), 2, "Ås AS|Bodø|number:1.5"},
		{"said", "a.csv", []byte("sep=|\r\nKunde|Sted\r\nÅs AS|Bodø\r\n"), 2, "Ås AS|Bodø"},
		{"old Mac lines", "a.csv", []byte("Kunde;Sted\rÅs AS;Bodø\r"), 2, "Ås AS|Bodø"},
		{"quotes", "a.csv", []byte("Kunde;Merknad\n\"Ås \"\"Nord\"\" AS\";\"to\nlinjer\"\n"), 2, "Ås \"Nord\" AS|to\nlinjer"},
		{"loose quotes", "a.csv", []byte("Kunde;Merknad\nÅs \"Nord\" AS;rør 5\"\n"), 2, "Ås \"Nord\" AS|rør 5\""},
		{"text after a quote", "a.csv", []byte("Kunde;Merknad\n\"Ås\" AS;x y\n"), 2, "\"Ås\" AS|x y"},
		{"ragged", "a.csv", []byte("Kunde;Sted;Merknad\nÅs AS\nBø AS;Bodø;a;b;c\n"), 2, "Ås AS"},
		{"blank lines", "a.csv", []byte("\n\nKunde;Sted\n\nÅs AS;Bodø\n"), 5, "Ås AS|Bodø"},
		{"decimal commas beside commas", "a.csv", []byte("Kunde,Beløp\nÅs AS,\"1.234,50\"\nBø AS,\"2,75\"\n"), 2, "Ås AS|number:1234.5"},
		{"leading zeros", "a.csv", []byte("Kunde;Komnr\nÅs AS;0301\nBø AS;1103\n"), 2, "Ås AS|0301"},
		{"month first", "a.csv", []byte("Customer,Date\nÅs AS,12/31/25\nBø AS,1/2/25\n"), 2, "Ås AS|date:2025-12-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, rows := tableOf(t, c.file, c.data)
			if got := strings.Join(values(rows[0]), "|"); got != c.want || rows[0].Number != c.row {
				t.Errorf("row %d is %q, want row %d %q", rows[0].Number, got, c.row, c.want)
			}
		})
	}
}

// TestCSVNumbersRows gives rows the numbers that Excel gives them: a record
// over several lines is one row.
func TestCSVNumbersRows(t *testing.T) {
	_, rows := tableOf(t, "a.csv", []byte("Kunde;Merknad;Sted\nÅs AS;\"a\nb\nc\";Ås\n\nBø AS;d;Bø\n"))
	if got := refs(rows); !slices.Equal(got, []int{2, 4}) {
		t.Errorf("rows %v", got)
	}
}

// TestEveryLineArrives reads real registers, one customer a line.
func TestEveryLineArrives(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "nordic/landbruk-5pct"), "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(bytes.TrimSpace(data), []byte("\n")) // less the header
		if rows, problems := read(t, name, data); rows != lines || len(problems) > 0 {
			t.Errorf("%s: %d rows of %d lines, %q", filepath.Base(name), rows, lines, problems)
		}
	}
}

// TestReadError tells a disk that fails from a file that is broken.
func TestReadError(t *testing.T) {
	failing := failingAt{errors.New("input/output error")}
	for _, name := range []string{"a.csv", "a.xlsx"} {
		_, err := Open(t.Context(), name, failing, 1000, Options{})
		if e := (*Error)(nil); err == nil || errors.As(err, &e) {
			t.Errorf("%s: %v, want an error that is no *Error", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	b := open(t, "a.csv", []byte("Kunde;Sted\nÅs AS;Bodø\nBø AS;Bø\n"))
	table, err := b.Table(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for _, err := range table.Rows(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a row under an ended context: %v", err)
		}
	}
}

type failingAt struct{ err error }

func (f failingAt) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestMixedEncoding(t *testing.T) {
	src := "blåbær \xE5 \xE6\x80 ø€\xC3"
	want := "blåbær å æ€ ø€Ã"
	for name, r := range map[string]io.Reader{"at once": strings.NewReader(src), "byte by byte": iotest.OneByteReader(strings.NewReader(src))} {
		got, err := io.ReadAll(mixed{}.NewDecoder().Reader(r))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
}

// FuzzCSV reads anything: it ends, keys are distinct, cells are valid text, and
// no row is lost: what is no record is counted.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "a;b\n1;2\n", "\"", "\"a\nb", "a,\"b\"\"c\",d\r\n,,\r\n", "sep=;\na;b", "sep=\x00\n", "\xFF\xFEa\x00;\x00b\x00", "Kunde;Epost\nÅs AS;a@b.no\nSum;1\n\nnote\n", "\xEF\xBB\xBFa\tb\r1\t2", strings.Repeat("x;", 2000) + "\n1\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Open(t.Context(), "a.csv", bytes.NewReader(data), int64(len(data)), Options{Limits: Limits{Columns: 50}})
		if err != nil {
			return
		}
		table, err := b.Table(t.Context(), "")
		if errors.Is(err, ErrNoTable) || isBroken(err) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		keys := map[string]bool{}
		for r, err := range table.Rows(t.Context()) {
			if err != nil {
				if r.Number == 0 {
					t.Fatal(err)
				}
				continue
			}
			if keys[r.Key] || r.Number <= table.HeaderRow {
				t.Fatalf("row %d with key %s came twice or above the header", r.Number, r.Key)
			}
			keys[r.Key] = true
			for _, field := range r.Content.Fields {
				if !utf8.ValidString(field.Value) || strings.ContainsRune(field.Value, 0) || field.Value == "" {
					t.Fatalf("cell %q", field.Value)
				}
			}
		}
	})
}

// FuzzHeader finds a header among any cells: the columns are those that are
// filled, and recognition is the same every time.
func FuzzHeader(f *testing.F) {
	f.Add("Kunde;Org.nr;Dato\nÅs AS;923609016;31.12.2025")
	f.Add("Modtager;;Faktura\nNavn;Nr;Nr\nA;1;2\nB;3;4")
	f.Add("a;b\n(kg);%\n1;2\n\n;\nsum;3")
	f.Add("Navn\nKari Nordmann\nOla Nordmann")
	f.Fuzz(func(t *testing.T, s string) {
		describe := func() string {
			b, err := Open(t.Context(), "a.csv", strings.NewReader("sep=;\n"+s), int64(len(s)+6), Options{})
			if err != nil {
				return err.Error()
			}
			table, err := b.Table(t.Context(), "")
			if err != nil {
				return err.Error()
			}
			for i, c := range table.Columns {
				if c.Letter == "" || i > 0 && c.index <= table.Columns[i-1].index || (c.Role == "") != (c.Why == "") {
					t.Fatalf("columns %+v", table.Columns)
				}
			}
			return fmt.Sprintf("%d %+v", table.HeaderRow, table.Columns)
		}
		if a, b := describe(), describe(); a != b {
			t.Fatalf("recognised as\n%s and as\n%s", a, b)
		}
	})
}

package tables

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	typesXML = `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`
	rootXML  = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookXML  = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Ark1" sheetId="1" r:id="r1"/></sheets></workbook>`
	relsXML  = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
)

// rawBook makes a workbook of one sheet from the XML of its rows; more holds
// further parts.
func rawBook(t testing.TB, sheet io.Reader, more map[string]io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	part := func(name string, r io.Reader) {
		var p io.Writer
		var err error
		if d, ok := r.(declared); ok {
			p, err = w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(d.Len()), UncompressedSize64: d.size})
		} else {
			p, err = w.Create(name)
		}
		if err == nil {
			_, err = io.Copy(p, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"[Content_Types].xml": typesXML, "_rels/.rels": rootXML, "xl/workbook.xml": bookXML, "xl/_rels/workbook.xml.rels": relsXML} {
		if more[name] == nil {
			part(name, strings.NewReader(text))
		}
	}
	for name, r := range more {
		part(name, r)
	}
	if sheet != nil {
		part("xl/worksheets/sheet1.xml", io.MultiReader(strings.NewReader(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`), sheet))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// declared is a part of which the directory says that it has this size.
type declared struct {
	*bytes.Reader
	size uint64
}

// packed compresses what r yields and declares another size.
func packed(t testing.TB, r io.Reader, size uint64) declared {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err == nil {
		_, err = io.Copy(w, r)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return declared{bytes.NewReader(out.Bytes()), size}
}

const endSheet = `</sheetData></worksheet>`

func text(ref, s string) string {
	return fmt.Sprintf(`<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, s)
}

// head and row of a small table in XML.
func rowXML(n int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, n)
	for i, c := range cells {
		b.WriteString(text(fmt.Sprintf("%c%d", 'A'+i, n), c))
	}
	return b.String() + "</row>"
}

// read reads a whole file and returns the number of rows and all that was wrong.
func read(t testing.TB, name string, data []byte) (rows int, problems []string) {
	t.Helper()
	return readFrom(t, name, bytes.NewReader(data), int64(len(data)))
}

func readFrom(t testing.TB, name string, r io.ReaderAt, size int64) (rows int, problems []string) {
	t.Helper()
	note := func(err error) {
		var e *Error
		if !errors.As(err, &e) || e.Reason == "" {
			t.Errorf("%s: an error without a reason for people: %v", name, err)
			return
		}
		problems = append(problems, e.Reason)
	}
	b, err := Open(context.Background(), name, r, size, Options{TempDir: t.TempDir()})
	if err != nil {
		note(err)
		return
	}
	defer b.Close()
	for _, s := range b.Sheets() {
		table, err := b.Table(context.Background(), s.Name)
		if errors.Is(err, ErrNoTable) {
			continue
		}
		if err != nil {
			note(err)
			continue
		}
		seen := map[string]bool{}
		for row, err := range table.Rows(context.Background()) {
			if err != nil {
				note(err)
				continue
			}
			if rows++; seen[row.Key] {
				t.Errorf("%s: row %d has the key of another row", name, row.Number)
			}
			seen[row.Key] = true
		}
	}
	return rows, problems
}

// noise yields n bytes that cannot be compressed.
func noise(n int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{}), n)
}

// repeat yields text n times without holding it.
type repeat struct {
	text string
	n    int
	rest string
}

func (r *repeat) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.rest == "" {
			if r.n == 0 {
				break
			}
			r.n--
			r.rest = r.text
		}
		c := copy(p[n:], r.rest)
		r.rest = r.rest[c:]
		n += c
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestHostile(t *testing.T) {
	head := rowXML(1, "Kunde", "Epost") + rowXML(2, "Ås AS", "post@aas.no")
	wide := func(cells int, ref bool) io.Reader {
		cell := "<c><v>1</v></c>"
		if ref {
			cell = `<c r="BDWGO3"><v>1</v></c>`
		}
		return io.MultiReader(strings.NewReader(head+`<row r="3">`), &repeat{text: strings.Repeat(cell, 16), n: cells / 16}, strings.NewReader("</row>"+rowXML(4, "Bø AS", "post@boe.no")+endSheet))
	}
	long := strings.Repeat("lang tekst ", 1000)
	for _, c := range []struct {
		name   string
		data   []byte
		rows   int
		reason string // "" when nothing is wrong
	}{
		{"bomb.xlsx", rawBook(t, io.MultiReader(strings.NewReader(head), &repeat{text: strings.Repeat(" ", 1<<20), n: 30}, strings.NewReader(endSheet)), nil), 0, "zip bomb"},
		{"picture.xlsx", rawBook(t, strings.NewReader(head+endSheet), map[string]io.Reader{"xl/media/image1.png": packed(t, strings.NewReader(long), 1<<40)}), 1, ""},
		{"styles.xlsx", rawBook(t, strings.NewReader(head+endSheet), map[string]io.Reader{"xl/styles.xml": packed(t, noise(1<<20), 100<<20)}), 0, "not read for safety"},
		{"too large.xlsx", rawBook(t, strings.NewReader(head+endSheet), map[string]io.Reader{"xl/worksheets/sheet2.xml": packed(t, noise(8<<20), 3<<30)}), 0, "too large"},
		{"liar.xlsx", rawBook(t, nil, map[string]io.Reader{"xl/worksheets/sheet1.xml": packed(t, &repeat{text: head, n: 100_000}, 1000)}), 0, "damaged"},
		{"entities.xlsx", rawBook(t, nil, map[string]io.Reader{"xl/worksheets/sheet1.xml": strings.NewReader(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><sheetData><row r="1">` + text("A1", "&b;") + `</row>` + head + endSheet)}), 0, "damaged"},
		{"cell.xlsx", rawBook(t, io.MultiReader(strings.NewReader(head+`<row r="3"><c r="A3" t="inlineStr"><is><t>`), &repeat{text: long, n: 500}, strings.NewReader("</t></is></c></row>"+endSheet)), nil), 0, "more than 4 MB"},
		{"million columns.xlsx", rawBook(t, wide(1_000_000, false), nil), 0, "more than 16384 cells"},
		{"all columns.xlsx", rawBook(t, wide(16_384, false), nil), 3, "beyond column 1000"},
		{"blank tail.xlsx", rawBook(t, io.MultiReader(strings.NewReader(head), &repeat{text: strings.Repeat(`<row spans="1:2" s="1" customFormat="1"/>`, 1000), n: 1048}, strings.NewReader(endSheet)), nil), 1, ""},
		{"no such column.xlsx", rawBook(t, wide(16, true), nil), 2, "row 3 cannot be read"},
		{"last cell.xlsx", rawBook(t, strings.NewReader(head+`<row r="1048576">`+text("XFD1048576", "x")+"</row>"+endSheet), nil), 1, "beyond column 1000"},
		{"no such row.xlsx", rawBook(t, strings.NewReader(head+`<row r="1048577">`+text("A1048577", "x")+"</row>"+endSheet), nil), 1, "damaged"},
		{"far row.xlsx", rawBook(t, strings.NewReader(head+`<row r='99999999999'>`+text("A3", "x")+"</row>"+endSheet), nil), 1, "breaks off after row 1048576"},
		{"quoted row.xlsx", rawBook(t, strings.NewReader(head+`<row r='9'><c r='A9'><v>7</v></c><c r='B9'><v>8</v></c></row>`+endSheet), nil), 2, ""},
		{"first row.xlsx", rawBook(t, nil, map[string]io.Reader{"xl/worksheets/sheet1.xml": strings.NewReader(`<worksheet><sheetData><row r="1">` + text("A1", "&b;") + `</row>` + rowXML(2, "Bø AS", "post@boe.no") + endSheet)}), 0, "breaks off after row"},
		{"text entities.xlsx", rawBook(t, strings.NewReader(head+endSheet), map[string]io.Reader{"xl/sharedStrings.xml": strings.NewReader(`<!DOCTYPE x [<!ENTITY a "aaaa">]><sst><si><t>&a;</t></si></sst>`)}), 0, "XML bomb"},
		{"texts.xlsx", rawBook(t, strings.NewReader(head+endSheet), map[string]io.Reader{"xl/sharedStrings.xml": strings.NewReader("<sst><si><t>\x0b</t></si></sst>")}), 0, "the texts of the cells"},
		{"many settings.xlsx", rawBook(t, strings.NewReader(head+endSheet), settings(t)), 0, "styles and settings"},
		{"large cells.csv", []byte("Kunde;Tekst\n" + strings.Repeat("1;"+strings.Repeat("x", 200_000)+"\n", 400)), 400, "cut there: 400 of them, the first in row 2"},
		{"large rows.xlsx", rawBook(t, &repeat{text: head + rowXML(3, slices.Repeat([]string{strings.Repeat("å", 32_000)}, 20)...) + rowXML(4, "Bø AS", "post@boe.no") + endSheet, n: 1}, nil), 3, "more than 1 MB of text are cut there: 1 of them, the first is row 3"},
		{"columns.csv", []byte(strings.Repeat(strings.Repeat("navn;", 100_000)+"\n", 3)), 0, "longer than"},
		{"wide.csv", []byte("Kunde\n" + strings.Repeat("1"+strings.Repeat(";", 1500)+"x\n", 3)), 3, "beyond column 1000"},
		{"cut sheet.xlsx", rawBook(t, strings.NewReader(head+rowXML(3, "Bø AS", "post@boe.no")+`<row r="4"><c r="A4"><v>&#1;</v></c></row>`+rowXML(5, "Nes AS", "x@nes.no")+endSheet), nil), 2, "breaks off after row"},
		{"unclosed.xlsx", rawBook(t, strings.NewReader(head), nil), 1, ""},
		{"long.xlsx", rawBook(t, strings.NewReader(head+rowXML(3, strings.Repeat("å", 40_000), "x@aas.no")+endSheet), nil), 2, "cut there: 1 of them, the first in row 3"},
		{"no sheets.xlsx", rawBook(t, nil, map[string]io.Reader{"xl/workbook.xml": strings.NewReader("<workbook/>")}), 0, "list of sheets"},
		{"no part.xlsx", rawBook(t, nil, nil), 0, "cannot be found"},
		{"cut.xlsx", rawBook(t, strings.NewReader(head+endSheet), nil)[:300], 0, "cut off"},
		{"word.xlsx", rawBook(t, nil, map[string]io.Reader{"xl/workbook.xml": strings.NewReader("Not XML <")}), 0, "damaged"},
		{"quote.csv", []byte("Kunde;Epost\n\"Ås AS;post@aas.no\n" + strings.Repeat("Bø AS;post@boe.no\n", 20_000)), 20_001, ""},
		{"line.csv", []byte("Kunde;Epost\nÅs AS;post@aas.no\n" + strings.Repeat("x", 1<<20) + "\nBø AS;post@boe.no\n"), 2, "longer than"},
		{"nul.csv", append([]byte("Kunde;Epost\n"), bytes.Repeat([]byte{0}, 1<<20)...), 0, "longer than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			began, before := processorTime(t), heap()
			rows, problems := read(t, c.name, c.data)
			if rows != c.rows {
				t.Errorf("%d rows, want %d", rows, c.rows)
			}
			if all := strings.Join(problems, "; "); c.reason == "" && all != "" || !strings.Contains(all, c.reason) {
				t.Errorf("told %q, want %q", all, c.reason)
			}
			if took := processorTime(t) - began; took > 20*time.Second {
				t.Errorf("took %v of processor time", took)
			}
			if grown := heap() - before; grown > 200<<20 {
				t.Errorf("the heap grew by %d MB", grown>>20)
			}
		})
	}
}

// TestBlankLinesCostNothing: programs that run wild write them by the hundred million.
func TestBlankLinesCostNothing(t *testing.T) {
	data := append([]byte("Kunde;Epost\nÅs AS;post@aas.no\n"), bytes.Repeat([]byte("\n\r\n"), 40<<20)...)
	data = append(data, "Bø AS;post@boe.no\n"...)
	began := processorTime(t)
	rows, problems := read(t, "blank.csv", data)
	if rows != 2 || len(problems) > 0 {
		t.Errorf("%d rows, want 2; told %q", rows, problems)
	}
	if took := processorTime(t) - began; took > 6*time.Second {
		t.Errorf("%d MB of blank lines took %v of processor time", len(data)>>20, took)
	}
}

// processorTime is what this process has used: other programs do not lengthen it.
func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// settings are parts that are small each and large together.
func settings(t testing.TB) map[string]io.Reader {
	parts := map[string]io.Reader{}
	for i := range 10 {
		parts[fmt.Sprintf("xl/theme/theme%d.xml", i)] = packed(t, noise(1<<20), 8<<20)
	}
	return parts
}

// heap is what was ever allocated less what was collected, without forcing a
// collection: a bound from above for what is held at once.
func heap() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapSys - m.HeapReleased)
}

// TestOddWorkbooks reads real workbooks that other readers stumbled over: each
// is read or named, none takes long.
func TestOddWorkbooks(t *testing.T) {
	root := shared(t, "sheets")
	files, rows, reasons, slowest := 0, 0, map[string]int{}, time.Duration(0)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		st, err := f.Stat()
		if err != nil {
			return err
		}
		began := time.Now()
		n, problems := readFrom(t, path, f, st.Size())
		slowest = max(slowest, time.Since(began))
		rows += n
		for _, p := range problems {
			short, _, _ := strings.Cut(p, ":")
			reasons[short]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if slowest > 15*time.Second {
		t.Errorf("one file took %v", slowest)
	}
	if files < 300 || rows < 20_000 {
		t.Errorf("%d files gave %d rows", files, rows)
	}
	t.Logf("%d files, %d rows, slowest %v, named: %v", files, rows, slowest.Round(time.Millisecond), reasons)
}

// TestTextsUnderAnotherName reads a workbook whose writer chose the name of the
// part with the texts freely, as ECMA-376 part 2 allows.
func TestTextsUnderAnotherName(t *testing.T) {
	more := func(texts string) map[string]io.Reader {
		m := map[string]io.Reader{
			"xl/_rels/workbook.xml.rels": strings.NewReader(strings.Replace(relsXML, "</Relationships>",
				`<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="/xl/texts.xml"/></Relationships>`, 1)),
			"xl/sharedStrings.xml": strings.NewReader(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>old</t></si><si><t>old</t></si></sst>`),
		}
		m[texts] = strings.NewReader(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>Kunde</t></si><si><t>Nordlys AS</t></si></sst>`)
		return m
	}
	rows := `<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>` + endSheet
	b := rawBook(t, strings.NewReader(rows), more("xl/texts.xml"))
	book, err := Open(t.Context(), "kunder.xlsx", bytes.NewReader(b), int64(len(b)), Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	ls, err := book.grids["Ark1"].lines(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer ls.close()
	for _, want := range []string{"Kunde", "Nordlys AS"} {
		if l, err := ls.next(); err != nil || len(l.cells) != 1 || l.cells[0] != want {
			t.Errorf("got %v (%v), want %s", l.cells, err, want)
		}
	}
	usual := map[string]io.Reader{"xl/_rels/workbook.xml.rels": strings.NewReader(strings.Replace(relsXML, "</Relationships>",
		`<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`, 1))}
	for name, parts := range map[string]map[string]io.Reader{"another name": more("xl/lost.xml"), "the usual name": usual} {
		b := rawBook(t, strings.NewReader(rows), parts)
		if _, err := Open(t.Context(), "kunder.xlsx", bytes.NewReader(b), int64(len(b)), Options{TempDir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "texts of the cells are missing") {
			t.Errorf("texts of %s are missing: %v", name, err)
		}
	}
}

// shared finds the data that lies beside the repository on some machines.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no sample data: %v", err)
	}
	return dir
}

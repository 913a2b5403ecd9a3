package tables

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"samsyn/internal/hub"
)

// build makes a workbook; its first sheet is Sheet1.
func build(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sheetOf fills Sheet1 with rows, from row 1 on.
func sheetOf(t testing.TB, rows ...[]any) []byte {
	return build(t, func(f *excelize.File) { setRows(t, f, "Sheet1", rows) })
}

func setRows(t testing.TB, f *excelize.File, sheet string, rows [][]any) {
	t.Helper()
	for i, r := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t testing.TB, name string, data []byte) *Book {
	t.Helper()
	b, err := Open(context.Background(), name, bytes.NewReader(data), int64(len(data)), Options{TempDir: t.TempDir(), Country: "NO"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func tableOf(t testing.TB, name string, data []byte) (*Table, []Row) {
	t.Helper()
	b := open(t, name, data)
	table, err := b.Table(context.Background(), b.Sheets()[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	return table, rowsOf(t, table)
}

func rowsOf(t testing.TB, table *Table) (rows []Row) {
	t.Helper()
	for r, err := range table.Rows(context.Background()) {
		if err != nil {
			t.Fatalf("row %d: %v", r.Number, err)
		}
		rows = append(rows, r)
	}
	return rows
}

func values(r Row) (out []string) {
	for _, f := range r.Content.Fields {
		out = append(out, strings.TrimPrefix(f.Type+":"+f.Value, ":"))
	}
	return out
}

func roles(t *Table) string {
	var out []string
	for _, c := range t.Columns {
		out = append(out, c.Role)
	}
	return strings.Join(out, " ")
}

func refs(rows []Row) (out []int) {
	for _, r := range rows {
		out = append(out, r.Number)
	}
	return out
}

func TestTypedCells(t *testing.T) {
	day := time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	style := func(f *excelize.File, format string) int {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for name, date1904 := range map[string]bool{"1900": false, "1904": true} {
		t.Run(name, func(t *testing.T) {
			data := build(t, func(f *excelize.File) {
				if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &date1904}); err != nil {
					t.Fatal(err)
				}
				setRows(t, f, "Sheet1", [][]any{{"Kunde", "Orgnr", "Dato", "Tidspunkt", "Klokken", "Beløp", "Aktiv", "Lager", "Kommentar", "Avvik", "Postnr"}})
				for i := 2; i < 8; i++ {
					row := []any{"Fjellvik AS", 923609016.0, day, day.Add(16*time.Hour + 5*time.Minute), 0.5, "1 234,50", i%2 == 0, 42, "00123", "#N/A", "0150"}
					if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i), &row); err != nil {
						t.Fatal(err)
					}
				}
				for col, format := range map[string]string{"C": "dd.mm.yyyy", "D": "d. mmm yy hh:mm", "E": "hh:mm", "H": "00000"} {
					if err := f.SetCellStyle("Sheet1", col+"2", col+"7", style(f, format)); err != nil {
						t.Fatal(err)
					}
				}
			})
			_, rows := tableOf(t, "a.xlsx", data)
			want := []string{"Fjellvik AS", "923609016", "date:2025-12-31", "time:2025-12-31T16:05:00Z", "12:00", "number:1234.5", "bool:true", "00042", "00123", "0150"}
			if got := values(rows[0]); !slices.Equal(got, want) {
				t.Errorf("cells %q, want %q", got, want)
			}
			if !rows[0].Content.At.Equal(day) {
				t.Errorf("at %v, want %v", rows[0].Content.At, day)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	body := [][]any{{10021, "Fjellvik AS", "post@fjellvik.no", 5}, {10022, "Dalheim AS", "info@dalheim.no", 6}, {10023, "Nes AS", "nes@nes.no", 7}}
	merged := func(f *excelize.File) {
		setRows(t, f, "Sheet1", append([][]any{{"Forsendelser 2025"}, {}, {"Modtager", nil, nil, "Antal"}, {"Nr", "Navn", "E-mail"}}, body...))
		for _, m := range [][2]string{{"A1", "D1"}, {"A3", "C3"}, {"D3", "D4"}} {
			if err := f.MergeCell("Sheet1", m[0], m[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name    string
		data    []byte
		file    string
		row     int
		headers string
		roles   string
	}{
		{"first row", sheetOf(t, append([][]any{{"Kundenr", "Firma", "E-post", "Antall"}}, body...)...), "a.xlsx", 1, "Kundenr|Firma|E-post|Antall", "customer_no customer_name email quantity"},
		{"under titles", sheetOf(t, append([][]any{{"Kundeliste"}, {"Sist oppdatert:", "1.2.2025"}, {}, {"Kundenr", "Firma", "E-post", "Antall"}}, body...)...), "a.xlsx", 4, "Kundenr|Firma|E-post|Antall", "customer_no customer_name email quantity"},
		{"groups", build(t, merged), "a.xlsx", 4, "Modtager / Nr|Modtager / Navn|Modtager / E-mail|Antal", "customer_no customer_name email quantity"},
		{"units below", sheetOf(t, append([][]any{{"Kundenr", "Firma", "E-post", "Vekt"}, {nil, nil, nil, "(kg)"}}, body...)...), "a.xlsx", 2, "Kundenr|Firma|E-post|Vekt (kg)", "customer_no customer_name email quantity"},
		{"two lines", sheetOf(t, append([][]any{{"Kunde", "Firma", "E-post", "Antall"}, {"nummer", "navn", "adresse", "kolli"}}, body...)...), "a.xlsx", 2, "Kunde nummer|Firma navn|E-post adresse|Antall kolli", "customer_no customer_name email quantity"},
		{"none", sheetOf(t, body...), "a.xlsx", 0, "|||", " customer_name email "},
		{"unknown words", sheetOf(t, [][]any{{"alfa", "beta", "gamma", "delta"}, body[0], body[1], body[2]}...), "a.xlsx", 1, "alfa|beta|gamma|delta", "  email "},
		{"groups in CSV", []byte("Kund;;Faktura;\nNr;Namn;Nr;Datum\n10021;Fjällvik AB;880012;2025-01-02\n10022;Dalhem AB;880013;2025-01-03\n"), "a.csv", 2, "Kund / Nr|Kund / Namn|Faktura / Nr|Faktura / Datum", "customer_no customer_name invoice_no date"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, rows := tableOf(t, c.file, c.data)
			var headers []string
			for _, col := range table.Columns {
				headers = append(headers, col.Header)
			}
			if got := strings.Join(headers, "|"); table.HeaderRow != c.row || got != c.headers {
				t.Errorf("header %q in row %d, want %q in row %d", got, table.HeaderRow, c.headers, c.row)
			}
			if got := roles(table); got != c.roles {
				t.Errorf("roles %q, want %q", got, c.roles)
			}
			if want := 3 - strings.Count(c.file, "csv"); len(rows) != want || table.LastRow != rows[want-1].Number {
				t.Errorf("rows %v, last %d", refs(rows), table.LastRow)
			}
			for _, col := range table.Columns {
				if (col.Role == "") != (col.Why == "") {
					t.Errorf("column %s has role %q because %q", col.Letter, col.Role, col.Why)
				}
			}
		})
	}
}

func TestRowsThatAreNone(t *testing.T) {
	header := []any{"Fakturanr", "Kundenr", "Kunde", "Dato", "Beløp"}
	bill := func(n int) []any { return []any{88000 + n, 10_000 + n, "Fjellvik AS", "31.12.2025", 100.5} }
	table, rows := tableOf(t, "a.xlsx", sheetOf(t,
		[]any{"Reskontro"}, header, // 1, 2
		bill(1), bill(2), // 3, 4
		[]any{nil, nil, "Delsum", nil, 201}, // 5
		[]any{}, header,                     // 6, 7
		[]any{"Region Nord"}, // 8
		bill(3),              // 9
		[]any{nil, nil, "Total Betong AS", nil, 7},   // 10
		[]any{nil, nil, "Bare Navnet AS"},            // 11
		bill(5),                                      // 12
		[]any{nil, nil, "SUM TOTALT", nil, 402},      // 13
		[]any{"Antall:", 5},                          // 14
		[]any{}, []any{"Purring sendes etter 14 dg"}, // 15, 16
	))
	if got, want := refs(rows), []int{3, 4, 9, 10, 11, 12}; !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	if want := (Skipped{Blank: 2, Headers: 1, Totals: 3, Notes: 2}); table.Skipped != want {
		t.Errorf("skipped %+v, want %+v", table.Skipped, want)
	}
	if table.FirstRow != 3 || table.LastRow != 12 {
		t.Errorf("rows %d to %d", table.FirstRow, table.LastRow)
	}
	_, rows = tableOf(t, "a.xlsx", sheetOf(t, header, bill(1), bill(2), bill(3), []any{nil, nil, "Nettopp Begynt AS"}))
	if len(rows) != 4 {
		t.Errorf("the last row, only begun, is missing: %v", refs(rows))
	}
}

func TestSheetsWithoutTable(t *testing.T) {
	data := build(t, func(f *excelize.File) {
		f.NewSheet("Tom")
		f.NewSheet("Skjult")
		f.SetSheetVisible("Skjult", false)
		setRows(t, f, "Sheet1", [][]any{{"Slik bruker du arket"}, {"Fyll ut alle de grønne feltene før fredag."}, {}, {"Spørsmål? Ring Kari."}})
		setRows(t, f, "Skjult", [][]any{{"Kunde", "Epost", "Kode"}, {"Fjellvik AS", "post@fjellvik.no", "x"}})
		f.SetColVisible("Skjult", "C", false)
	})
	b := open(t, "a.xlsx", data)
	if want := []Sheet{{"Sheet1", false}, {"Tom", false}, {"Skjult", true}}; !slices.Equal(b.Sheets(), want) {
		t.Errorf("sheets %v, want %v", b.Sheets(), want)
	}
	for _, name := range []string{"Sheet1", "Tom"} {
		if _, err := b.Table(t.Context(), name); !errors.Is(err, ErrNoTable) {
			t.Errorf("sheet %s: %v, want ErrNoTable", name, err)
		}
	}
	table, err := b.Table(t.Context(), "Skjult")
	if err != nil {
		t.Fatal(err)
	}
	if !table.Columns[2].Hidden || table.Columns[1].Hidden {
		t.Errorf("hidden columns: %+v", table.Columns)
	}
	if _, err := b.Table(t.Context(), "Finnes ikke"); err == nil || errors.Is(err, ErrNoTable) {
		t.Errorf("a sheet that is not there: %v", err)
	}
}

func TestContent(t *testing.T) {
	data := sheetOf(t, []any{"Saksnr", "Kunde", "Org.nr", "E-post", "Selger", "Emne", "Telefon"},
		[]any{"S-100201", "Fjellvik AS", "923 609 016", "post@fjellvik.no", "Per Vår", "Reklamasjon på levering", "-"},
		[]any{"S-100202", "Dalheim AS", "974760673", "ukjent", "Per Vår", "Spørsmål", "22 33 44 55"},
		[]any{"S-100203", "Nes AS", "831865741", "nes@nes.no", "Per Vår", "Spørsmål", "22 33 44 56"})
	_, rows := tableOf(t, "a.xlsx", data)
	c := rows[0].Content
	if c.Kind != hub.KindRow || c.Title != "Fjellvik AS · Reklamasjon på levering · S-100201" {
		t.Errorf("title %q", c.Title)
	}
	want := []hub.Ident{{Kind: hub.IdentName, Value: "Fjellvik AS", Place: "B Kunde"}, {Kind: hub.IdentOrgNo, Value: "923 609 016", Place: "C Org.nr"}, {Kind: hub.IdentEmail, Value: "post@fjellvik.no", Place: "D E-post"}}
	if !slices.Equal(c.Idents, want) {
		t.Errorf("idents %+v, want %+v", c.Idents, want)
	}
	for _, i := range rows[1].Content.Idents {
		if i.Value == "ukjent" {
			t.Error("a placeholder identifies somebody")
		}
	}
}

// TestLateColumn fills cells where nothing was when the table was recognised.
func TestLateColumn(t *testing.T) {
	var b strings.Builder
	b.WriteString("Kunde;Epost;Dato;Beløp\n")
	for range 400 {
		b.WriteString("Fjellvik AS;post@fjellvik.no;;1,5\n")
	}
	b.WriteString("Dalheim AS;post@dalheim.no;45658;1,5;ring etter ferien\n")
	_, rows := tableOf(t, "a.csv", []byte(b.String()))
	want := []string{"Dalheim AS", "post@dalheim.no", "date:2025-01-01", "number:1.5", "ring etter ferien"}
	if got := values(rows[400]); !slices.Equal(got, want) {
		t.Errorf("cells %q, want %q", got, want)
	}
}

// TestKeys checks what a row is known by.
func TestKeys(t *testing.T) {
	keys := func(rows ...[]any) []string {
		_, out := tableOf(t, "a.xlsx", sheetOf(t, rows...))
		var k []string
		for _, r := range out {
			k = append(k, r.Key)
		}
		return k
	}
	header := []any{"Saksnr", "Kunde", "Status", "Beløp"}
	row := func(no any, status string) []any { return []any{no, "Fjellvik AS", status, 12.5} }
	before := keys(header, row("S-2025-001", "ny"), row("S-2025-002", "ny"), row("S-2025-003", "ny"))

	sorted := keys([]any{"Saker"}, header, row("S-2025-003", "lukket"), row("S-2025-001", "ny"), row("S-2025-002", "ny"))
	if want := []string{before[2], before[0], before[1]}; !slices.Equal(sorted, want) {
		t.Errorf("keys after sorting and an edit %q, want %q", sorted, want)
	}
	twice := keys(header, row("S-2025-001", "ny"), row("S-2025-002", "ny"), row("S-2025-003", "ny"), row("S-2025-003", "ny"))
	if !slices.Equal(twice[:3], before) && !distinct(twice) {
		t.Errorf("keys with a repeated number %q, were %q", twice, before)
	}
	if other := keys([]any{"Saksnr", "Kunde", "Status", "Pris"}, row("S-2025-001", "ny"), row("S-2025-002", "ny"), row("S-2025-003", "ny")); slices.Contains(before, other[0]) {
		t.Error("another table has the same keys")
	}
	small := func(status string) []string { return keys(header, row(1, status), row(2, status), row(3, status)) }
	if slices.Equal(small("2024"), small("2025")) {
		t.Error("rows 1, 2, 3 of this year hide those of last year")
	}
	customers := func(status string) []string {
		return keys([]any{"Kundenr", "Kunde", "Status", "Beløp"}, row(100_021, status), row(100_022, status), row(100_023, status))
	}
	if slices.Equal(customers("2024"), customers("2025")) {
		t.Error("this year's register of customers hides last year's")
	}
	twins := keys([]any{"Kunde", "Epost"}, []any{"A AS", "a@a.no"}, []any{"A AS", "a@a.no"}, []any{"B AS", "b@b.no"}, []any{"A AS", "a@a.no"})
	if !distinct(twins) || twins[1] != twins[0]+".2" || twins[3] != twins[0]+".3" {
		t.Errorf("keys of twins: %q", twins)
	}
}

// TestKeyBreaksLate repeats a number far below what is looked at in advance.
func TestKeyBreaksLate(t *testing.T) {
	var b strings.Builder
	b.WriteString("Fakturanr;Kunde;Beløp\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "%d;Fjellvik AS;%d\n", 880_000+min(i, 1990), i)
	}
	_, rows := tableOf(t, "a.csv", []byte(b.String()))
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.Key] = true
	}
	if len(rows) != 2000 || len(seen) != 2000 {
		t.Errorf("%d rows, %d keys", len(rows), len(seen))
	}
}

func distinct(s []string) bool {
	s = slices.Clone(s)
	slices.Sort(s)
	return len(slices.Compact(s)) == len(s)
}

// TestPractice measures the recognition of columns on a practice company.
func TestPractice(t *testing.T) {
	dir := shared(t, "practice")
	var truth map[string]struct {
		HeaderRow int      `json:"header_row"`
		FirstRow  int      `json:"first_data_row"`
		LastRow   int      `json:"last_data_row"`
		Roles     []string `json:"roles"`
	}
	var books []struct {
		Table, Path, Sheet string
		Data               bool
	}
	load(t, filepath.Join(dir, "truth", "columns.json"), &truth)
	load(t, filepath.Join(dir, "truth", "books.json"), &books)
	right, all := 0, 0
	for _, book := range books {
		want, ok := truth[book.Table]
		if !ok {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, "input", "workbooks", filepath.FromSlash(strings.TrimPrefix(book.Path, "workbooks/"))))
		if err != nil {
			t.Fatal(err)
		}
		table, err := open(t, "a.xlsx", data).Table(t.Context(), book.Sheet)
		if err != nil {
			t.Fatal(err)
		}
		rowsOf(t, table)
		if table.HeaderRow != want.HeaderRow || table.FirstRow != want.FirstRow || table.LastRow != want.LastRow {
			t.Errorf("%s: header %d, rows %d to %d; want %d, %d to %d", book.Table, table.HeaderRow, table.FirstRow, table.LastRow, want.HeaderRow, want.FirstRow, want.LastRow)
		}
		for i, role := range want.Roles {
			if all++; i < len(table.Columns) && slices.Contains(strings.Split(role, "|"), table.Columns[i].Role) {
				right++
			} else {
				t.Logf("%s column %d: want %s, got %s", book.Table, i+1, role, table.Columns[i].Role)
			}
		}
	}
	if t.Logf("%d of %d roles right", right, all); right*100 < all*95 {
		t.Errorf("%d of %d roles right, want 95 %%", right, all)
	}
}

func load(t *testing.T, name string, to any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"samsyn/internal/hub"
)

// read is a table with its rows, as text.
type readTable struct {
	header, first, last int
	roles               string
	refs                []string
}

func tablesOf(t testing.TB, name string, data []byte) (out []readTable) {
	t.Helper()
	b := open(t, name, data)
	keys := map[string]bool{}
	for table, err := range b.Tables(context.Background(), b.Sheets()[0].Name) {
		if err != nil {
			t.Fatal(err)
		}
		r := readTable{header: table.HeaderRow, roles: roles(table)}
		for _, row := range rowsOf(t, table) {
			if keys[row.Key] {
				t.Errorf("two rows share the key of row %d", row.Number)
			}
			keys[row.Key] = true
			r.refs = append(r.refs, table.Ref(row.Number))
		}
		r.first, r.last = table.FirstRow, table.LastRow
		out = append(out, r)
	}
	return out
}

func customers(from, n int) (rows [][]any) {
	for i := from; i < from+n; i++ {
		rows = append(rows, []any{10_000 + i, fmt.Sprintf("Fjellvik %d AS", i), fmt.Sprintf("post@fjellvik%d.no", i)})
	}
	return rows
}

func TestTablesBelowEachOther(t *testing.T) {
	var rows [][]any
	add := func(r ...[]any) { rows = append(rows, r...) }
	add([]any{"Kunder"}, []any{"Kundenr", "Firma", "E-post"})     // 1, 2
	add(customers(0, 4)...)                                       // 3 to 6
	add([]any{}, []any{"Åpne fakturaer pr. i dag"})               // 7, 8
	add([]any{"Fakturanr", "Kundenavn", "Forfallsdato", "Beløp"}) // 9
	for i := range 400 {                                          // 10 to 409
		add([]any{88_000 + i, fmt.Sprintf("Fjellvik %d AS", i), "31.12.2025", 100.5 + float64(i)})
	}
	add([]any{nil, "Sum", nil, 1234.5}, []any{}, []any{}, []any{"Kundenr", "Firma", "E-post"}) // 410 to 413
	add(customers(0, 4)...)                                                                    // the same again, 414 to 417
	add([]any{}, []any{"Tallene er foreløpige"})
	want := []readTable{
		{2, 3, 6, "customer_no customer_name email", []string{"3", "4", "5", "6"}},
		{9, 10, 409, "invoice_no customer_name due_date amount", nil},
		{413, 414, 417, "customer_no customer_name email", []string{"414", "415", "416", "417"}},
	}
	got := tablesOf(t, "a.xlsx", sheetOf(t, rows...))
	if len(got) != len(want) {
		t.Fatalf("%d tables: %+v", len(got), got)
	}
	for i, w := range want {
		g := got[i]
		if g.header != w.header || g.first != w.first || g.last != w.last || g.roles != w.roles || w.refs != nil && !slices.Equal(g.refs, w.refs) {
			t.Errorf("table %d: %+v, want %+v", i, g, w)
		}
	}
	if len(got[1].refs) != 400 {
		t.Errorf("%d rows in the second table", len(got[1].refs))
	}
}

func TestTablesSideBySide(t *testing.T) {
	rows := [][]any{{"Salg", nil, nil, nil, "Support"}, {"Kundenr", "Firma", "E-post", nil, "Saksnr", "Kunde", "Dato", "Status"}}
	for i, c := range customers(0, 12) {
		r := append(c, nil)
		if i < 7 {
			r = append(r, fmt.Sprintf("S-%d", 4000+i), fmt.Sprintf("Dalheim %d AS", i), "31.12.2025", "Åpen")
		}
		rows = append(rows, r)
	}
	got := tablesOf(t, "a.xlsx", sheetOf(t, rows...))
	if len(got) != 2 || got[0].roles != "customer_no customer_name email" || got[1].roles != "record_no customer_name date status" ||
		got[0].last != 14 || got[1].last != 9 || got[0].refs[0] != "3" || got[1].refs[0] != "3:E" || len(got[0].refs) != 12 || len(got[1].refs) != 7 {
		t.Fatalf("%+v", got)
	}
	// One table with a gap in it stays one.
	rows = [][]any{{"Kundenr", "Firma", "E-post", nil, "Saksnr", "Dato", "Status"}}
	for i, c := range customers(0, 12) {
		rows = append(rows, append(c, nil, fmt.Sprintf("S-%d", 4000+i), "31.12.2025", "Åpen"))
	}
	if got = tablesOf(t, "a.xlsx", sheetOf(t, rows...)); len(got) != 1 || len(got[0].refs) != 12 {
		t.Errorf("a gap made %d tables: %+v", len(got), got)
	}
}

// TestOddSheets are sheets as they should not be.
func TestOddSheets(t *testing.T) {
	t.Run("one column", func(t *testing.T) {
		got := tablesOf(t, "a.csv", []byte("Firma\nFjellvik AS\nDalheim AS\nNes AS\n"))
		if len(got) != 1 || got[0].roles != "customer_name" || len(got[0].refs) != 3 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("300 columns", func(t *testing.T) {
		header, row := []any{"Kundenr", "Firma"}, []any{10021, "Fjellvik AS"}
		for i := range 298 {
			header, row = append(header, fmt.Sprintf("Felt %d xyz", i)), append(row, i)
		}
		header[299], row[299] = "E-post", "post@fjellvik.no"
		got := tablesOf(t, "a.xlsx", sheetOf(t, header, row, row, row))
		if f := strings.Split(got[0].roles, " "); len(f) != 300 || f[0] != hub.RoleCustomerNo || f[1] != hub.RoleCustomerName || f[299] != hub.RoleEmail {
			t.Errorf("%+v", got)
		}
	})
	t.Run("header in row 26", func(t *testing.T) {
		rows := make([][]any, 25)
		rows[0] = []any{"Kundeliste"}
		rows = append(rows, []any{"Kundenr", "Firma", "E-post"})
		got := tablesOf(t, "a.xlsx", sheetOf(t, append(rows, customers(0, 9)...)...))
		if len(got) != 1 || got[0].header != 26 || len(got[0].refs) != 9 || got[0].roles != "customer_no customer_name email" {
			t.Errorf("%+v", got)
		}
		for i := range 25 { // no blank lines, but lines that could be data
			rows[i] = []any{"Linje", i, fmt.Sprintf("tekst %d", i)}
		}
		if got = tablesOf(t, "a.xlsx", sheetOf(t, append(rows, customers(0, 9)...)...)); len(got[0].refs) < 9 || !strings.Contains(got[0].roles, "email") && got[0].header == 0 {
			t.Errorf("too low a header costs its words, not the rows: %+v", got)
		}
	})
	t.Run("a column changes its kind", func(t *testing.T) {
		var rows [][]any
		rows = append(rows, []any{"Kundenr", "Firma", "Beløp", "Dato"})
		for i := range 40 {
			r := []any{10_000 + i, fmt.Sprintf("Fjellvik %d AS", i), float64(i) + .5, "31.12.2025"}
			if i >= 20 {
				r[2], r[3] = "etter avtale", "snarest"
			}
			rows = append(rows, r)
		}
		table, read := tableOf(t, "a.xlsx", sheetOf(t, rows...))
		if got := values(read[0]); got[2] != "number:0.5" || got[3] != "date:2025-12-31" {
			t.Errorf("%q with roles %s", got, roles(table))
		}
		if got := values(read[39]); got[2] != "etter avtale" || got[3] != "snarest" {
			t.Errorf("%q", got)
		}
	})
	t.Run("two organisation numbers", func(t *testing.T) {
		table, read := tableOf(t, "a.csv", []byte("Kunde;Orgnr;Fakturamottaker orgnr\nFjellvik AS;923609016;974760673\nDalheim AS;974760673;974760673\nNes AS;831865741;923609016\n"))
		if roles(table) != "customer_name org_no " && roles(table) != "customer_name org_no other" || len(read[0].Content.Idents) != 2 {
			t.Errorf("%s: %+v", roles(table), read[0].Content.Idents)
		}
	})
}

// TestExplanations are sheets that hold no records.
func TestExplanations(t *testing.T) {
	data := build(t, func(f *excelize.File) {
		setRows(t, f, "Sheet1", [][]any{{"Slik brukes arket"}, {}, {"Fyll inn kunder på fanen Kunder."}, {"Send til økonomi innen fredag."}, {"Spørsmål: ring 22 86 44 00"}})
		for name, rows := range map[string][][]any{
			"Pivot":  {{"Summer av Beløp", "Kolonneetiketter"}, {"Radetiketter", "2024", "2025", "Totalsum"}, {"Fjellvik AS", 10, 20, 30}, {"Dalheim AS", 5, 5, 10}, {"Totalsum", 15, 25, 40}},
			"Pivot2": {{"Sum of Amount", "Column Labels"}, {"Row Labels", "Q1", "Q2", "Grand Total"}, {"Nes AS", 10, 20, 30}, {"Ås AS", 5, 5, 10}, {"Grand Total", 15, 25, 40}},
		} {
			if _, err := f.NewSheet(name); err != nil {
				t.Fatal(err)
			}
			setRows(t, f, name, rows)
		}
	})
	b := open(t, "a.xlsx", data)
	for _, s := range b.Sheets() {
		_, err := b.Table(context.Background(), s.Name)
		if !errors.Is(err, ErrNoTable) || WhyNot(err) == "" {
			t.Errorf("%s: %v, %q", s.Name, err, WhyNot(err))
		}
	}
}

package tables

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// register makes a workbook of n rows of invoices.
func register(tb testing.TB, n int) []byte {
	tb.Helper()
	book := excelize.NewFile()
	defer book.Close()
	date, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		tb.Fatal(err)
	}
	w, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		tb.Fatal(err)
	}
	header := []any{"Fakturanr", "Kundenr", "Kundenavn", "Org.nr", "Kontaktperson", "E-post", "Telefon", "Fakturadato", "Forfallsdato", "Beløp", "Status", "Merknad"}
	if err := w.SetRow("A1", header); err != nil {
		tb.Fatal(err)
	}
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		at := day.AddDate(0, 0, i%700)
		row := []any{fmt.Sprintf("F-%06d", i), 10_000 + i%900, fmt.Sprintf("Fjellvik Bygg %d AS", i%900), 923609016, "Kari Nordmann", fmt.Sprintf("kari%d@fjellvik.no", i%900), "22 33 44 55",
			excelize.Cell{StyleID: date, Value: at}, excelize.Cell{StyleID: date, Value: at.AddDate(0, 0, 30)}, float64(i) * 1.25, "Betalt", "levert som avtalt"}
		if err := w.SetRow(fmt.Sprintf("A%d", i+2), row); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	b, err := book.WriteToBuffer()
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkRows compares with excelize's own streaming, the lower bound.
func BenchmarkRows(b *testing.B) {
	const n = 20_000
	data := register(b, n)
	b.Run("tables", func(b *testing.B) {
		for b.Loop() {
			book, err := Open(b.Context(), "a.xlsx", bytes.NewReader(data), int64(len(data)), Options{TempDir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			t, err := book.Table(b.Context(), "Sheet1")
			if err != nil {
				b.Fatal(err)
			}
			rows := 0
			for _, err := range t.Rows(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
				rows++
			}
			if rows != n {
				b.Fatalf("%d rows, want %d", rows, n)
			}
			book.Close()
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("excelize", func(b *testing.B) {
		for b.Loop() {
			book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true})
			if err != nil {
				b.Fatal(err)
			}
			rows, err := book.Rows("Sheet1")
			if err != nil {
				b.Fatal(err)
			}
			for rows.Next() {
				if _, err := rows.Columns(excelize.Options{RawCellValue: true}); err != nil {
					b.Fatal(err)
				}
			}
			rows.Close()
			book.Close()
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("csv", func(b *testing.B) {
		var text bytes.Buffer
		io.WriteString(&text, "Kundenr;Kundenavn;Org.nr;E-post;Dato;Beløp\r\n")
		for i := range n {
			fmt.Fprintf(&text, "%d;Fjellvik Bygg %d AS;923609016;kari%d@fjellvik.no;31.12.2024;%d,50\r\n", 10_000+i, i, i, i)
		}
		data := text.Bytes()
		for b.Loop() {
			book, err := Open(b.Context(), "a.csv", bytes.NewReader(data), int64(len(data)), Options{})
			if err != nil {
				b.Fatal(err)
			}
			t, err := book.Table(b.Context(), "")
			if err != nil {
				b.Fatal(err)
			}
			for _, err := range t.Rows(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkTable recognises a table of twelve columns.
func BenchmarkTable(b *testing.B) {
	data := register(b, 400)
	for b.Loop() {
		book, err := Open(b.Context(), "a.xlsx", bytes.NewReader(data), int64(len(data)), Options{TempDir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := book.Table(b.Context(), "Sheet1"); err != nil {
			b.Fatal(err)
		}
		book.Close()
	}
}

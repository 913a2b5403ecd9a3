package tables

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func TestWriteBook(t *testing.T) {
	rows := [][]any{
		{"Ødegård Bryggeri AS", 1234.5, time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)},
		{`=HYPERLINK("http://evil.example","x")`, -2.0, time.Time{}},
		{"+47 22 86 44 00", nil, time.Date(1815, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"@SUM(A1)", nil, nil}, {"-1+cmd|' /C calc'!A0", nil, nil}, {"\tx\x00y\x1b", nil, nil}, {strings.Repeat("ø", 40_000), nil, nil},
	}
	var b bytes.Buffer
	if err := WriteBook(&b, "Treff", []SheetColumn{{"Kunde", 30}, {"Beløp", 12}, {"Dato", 12}}, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for cell, want := range map[string]string{
		"A1": "Kunde", "A2": "Ødegård Bryggeri AS", "B2": "1234.5", "C2": "03-05-26", "A3": `'=HYPERLINK("http://evil.example","x")`, "B3": "-2", "C3": "",
		"A4": "+47 22 86 44 00", "C4": "", "A5": "'@SUM(A1)", "A6": "'-1+cmd|' /C calc'!A0", "A7": "'\txy", "A8": strings.Repeat("ø", maxWritten-1) + "…",
	} {
		got, err := book.GetCellValue("Treff", cell)
		if err != nil || got != want {
			t.Errorf("%s is %.60q, want %.60q (%v)", cell, got, want, err)
		}
		if formula, _ := book.GetCellFormula("Treff", cell); formula != "" {
			t.Errorf("%s is the formula %q", cell, formula)
		}
	}
}

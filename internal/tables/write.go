package tables

import (
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// SheetColumn is a column of a sheet to write.
type SheetColumn struct {
	Header string
	Width  float64 // in characters
}

// maxWritten is how many characters a cell holds (ECMA-376 as Excel limits it).
const maxWritten = 32767

// WriteBook writes a workbook of one sheet with a header row that stays in sight
// and filters. A cell is a string, a float64 or a time.Time, which is shown as a
// date in the order of whoever opens it. Texts cannot become formulas.
func WriteBook(w io.Writer, sheet string, columns []SheetColumn, rows iter.Seq[[]any]) (err error) {
	book := excelize.NewFile()
	defer func() {
		if cerr := book.Close(); err == nil {
			err = cerr
		}
	}()
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		return fmt.Errorf("name the sheet: %w", err)
	}
	date, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		return err
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	out, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	header := make([]any, len(columns))
	for i, c := range columns {
		header[i] = excelize.Cell{StyleID: bold, Value: c.Header}
		if err := out.SetColWidth(i+1, i+1, c.Width); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	n := 1
	if err := out.SetRow("A1", header); err != nil {
		return err
	}
	for row := range rows {
		n++
		cells := make([]any, len(row))
		for i, value := range row {
			cells[i] = cellFor(value, date)
		}
		if err := out.SetRow(fmt.Sprintf("A%d", n), cells); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(len(columns), n)
	if err != nil {
		return err
	}
	if err := book.AutoFilter(sheet, "A1:"+last, nil); err != nil {
		return err
	}
	return book.Write(w)
}

func cellFor(value any, date int) any {
	switch v := value.(type) {
	case time.Time:
		if v.IsZero() || v.Year() < 1900 || v.Year() > 9999 {
			return nil
		}
		return excelize.Cell{StyleID: date, Value: v}
	case string:
		return plainText(v)
	}
	return value
}

// signed is a number or telephone number, which may begin with a sign.
var signed = regexp.MustCompile(`^[+-][\d\s().,/-]*$`)

// plainText is a text that no program takes for a formula, not even when the
// sheet is saved as CSV and opened again: an apostrophe goes before what one
// could begin with (OWASP, CSV injection). What XML does not hold is left out.
func plainText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text)
	if text != "" && strings.ContainsRune("=+-@\t", rune(text[0])) && !signed.MatchString(text) {
		text = "'" + text
	}
	if utf8.RuneCountInString(text) > maxWritten {
		text = string([]rune(text)[:maxWritten-1]) + "…"
	}
	return text
}

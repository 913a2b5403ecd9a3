package tables

import (
	"context"
	"errors"
	"io"
	"math"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// A sheet may hold several tables: below each other, each with its header, or
// side by side with an empty column between. Each is read by itself, through a
// window on the sheet.

// maxTables is how many tables are read of one sheet.
const maxTables = 50

// window is a part of a grid: lines from a row on, columns in [left, right).
type window struct {
	grid
	row         int
	left, right int // cells outside are empty; right 0 is the end
}

func (w window) lines(ctx context.Context, shown bool) (lines, error) {
	ls, err := w.grid.lines(ctx, shown)
	if err != nil {
		return nil, err
	}
	return &windowLines{ls, w}, nil
}

type windowLines struct {
	lines
	w window
}

func (ls *windowLines) next() (line, error) {
	for {
		l, err := ls.lines.next()
		if err == io.EOF || l.number >= ls.w.row || err != nil && l.number == 0 {
			ls.w.cover(&l)
			return l, err
		}
	}
}

func (w window) cover(l *line) {
	if w.right > 0 && len(l.cells) > w.right {
		l.cells = l.cells[:w.right]
	}
	for i := range min(w.left, len(l.cells)) {
		l.cells[i] = ""
	}
}

// Next recognises the next table of the same sheet; nil if there is none. It
// is known once Rows has come to the end.
func (t *Table) Next(ctx context.Context) (next *Table, err error) {
	if t.number >= maxTables {
		return nil, nil
	}
	defer recoverBroken(&err)
	w, beside := t.window, t.beside
	if w.grid == nil {
		w.grid = t.grid
	}
	if t.below > 0 {
		w.row = t.below
	} else if len(beside) > 0 {
		w, beside = beside[0], beside[1:]
	} else {
		return nil, nil
	}
	h, err := readHead(ctx, w)
	if err != nil {
		return nil, err
	}
	next, err = recognise(t.Sheet, w, h, t.words, t.opt)
	if errors.Is(err, ErrNoTable) && len(beside) > 0 {
		rest := *t
		rest.below, rest.beside = 0, beside
		return rest.Next(ctx)
	}
	if err != nil {
		if errors.Is(err, ErrNoTable) {
			err = nil
		}
		return nil, err
	}
	next.beside = append(next.beside, beside...)
	next.above, next.number = t.twins, t.number+1
	return next, nil
}

// Ref is the address of a row in its sheet: its number, and for a table that
// stands beside another the column in which it begins, as in "17:H".
func (t *Table) Ref(row int) string {
	ref := strconv.Itoa(row)
	if t.window.left > 0 {
		letter, _ := excelize.ColumnNumberToName(t.window.left + 1)
		ref += ":" + letter
	}
	return ref
}

// opens reports whether a line is the header of another table: below a gap, all
// words, and most of them known as headers.
func (v *vocabulary) opens(l line) bool {
	if l.filled() < 2 {
		return false
	}
	known, cells := 0, 0
	for _, c := range l.cells {
		if c == "" {
			continue
		}
		if len(c) > 60 || dataLike(c) {
			return false
		}
		cells++
		if v.headerPoints(c) >= 2 {
			known++
		}
	}
	return known >= 2 && known*5 >= cells*3
}

// ownLines are the lines of data up to the next table.
func (v *vocabulary) ownLines(data []line, repeats func(line) bool) []line {
	for i := 1; i < len(data); i++ {
		gap := data[i].number > data[i-1].number+1 || data[i-1].filled() == 1
		if gap && v.opens(data[i]) && !repeats(data[i]) {
			for i > 1 && data[i-1].filled() == 1 { // its title
				i--
			}
			return data[:i]
		}
	}
	return data
}

// firstHeader moves from the line that reads most like a header up to one that
// stands above it with data between: the header of a table above.
func (h *head) firstHeader(v *vocabulary, at int, best float64) int {
	for i := range at {
		if !v.opens(h.lines[i]) || h.headerScore(v, i) < math.Min(3, best/2) {
			continue
		}
		for _, l := range h.lines[i+1 : at] {
			for j, c := range l.cells {
				if c != "" && dataLike(c) && h.lines[i].cell(j) != "" {
					return i
				}
			}
		}
	}
	return at
}

// sides are the tables that stand side by side below one header line: divided
// by a column that is empty throughout, each naming who a row is about, or one
// longer than the other. It returns nil where there is only one.
func (h *head) sides(v *vocabulary, hd header, data []line) []window {
	if hd.to < 0 || len(data) == 0 {
		return nil
	}
	var blocks []window
	width := len(hd.names)
	for _, l := range data {
		width = max(width, len(l.cells))
	}
	open := false
	for j := range width {
		filled := j < len(hd.names) && hd.names[j] != ""
		for i := 0; !filled && i < len(data); i++ {
			filled = data[i].cell(j) != ""
		}
		switch {
		case filled && !open:
			blocks = append(blocks, window{left: j, right: j + 1})
		case filled:
			blocks[len(blocks)-1].right = j + 1
		}
		open = filled
	}
	if len(blocks) < 2 {
		return nil
	}
	for i, b := range blocks {
		if b.right-b.left < 2 || !v.opens(line{cells: hd.names[b.left:min(b.right, len(hd.names))]}) || i > 0 && !apart(v, hd, data, blocks[0], b) {
			return nil
		}
	}
	return blocks
}

// apart tells two tables from one with a gap in it: both bear the same headers,
// or the lines that one fills have little to do with those of the other.
func apart(v *vocabulary, hd header, data []line, a, b window) bool {
	same := map[string]bool{}
	for _, n := range hd.names[a.left:a.right] {
		same[squeeze(n)] = true
	}
	shared := 0
	for _, n := range hd.names[b.left:b.right] {
		if n != "" && same[squeeze(n)] {
			shared++
		}
	}
	if shared*2 > b.right-b.left {
		return true
	}
	both, one := 0, 0
	for _, l := range data {
		left, right := false, false
		for j := range l.cells {
			left = left || l.cells[j] != "" && j >= a.left && j < a.right
			right = right || l.cells[j] != "" && j >= b.left && j < b.right
		}
		if left && right {
			both++
		} else if left || right {
			one++
		}
	}
	return one*4 > both+one
}

// isPivot recognises a pivot table by the labels that Excel writes: its rows sum
// up those of another sheet, which is read itself.
func (h *head) isPivot(v *vocabulary) bool {
	for _, l := range h.lines {
		if h.beyond(l) {
			break
		}
		for _, c := range l.cells {
			if v.pivots[squeeze(c)] {
				return true
			}
		}
	}
	return false
}

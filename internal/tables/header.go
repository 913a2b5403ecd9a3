package tables

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
)

const (
	headLines  = 330     // filled lines from which a table is recognised
	headBytes  = 4 << 20 // of text in them, at which no more are looked at
	headerRows = 25      // rows among which the header is sought
)

// head is the beginning of a sheet.
type head struct {
	lines  []line // filled ones only
	fault  error  // why lines or cells are missing, the first one; nil if all are there
	shown  map[int][]string
	traits traits
	top    int // first row of the window, 0 for the whole sheet
}

// readHead reads the first lines, as stored and as Excel shows them: the
// difference tells dates, booleans and padded numbers.
func readHead(ctx context.Context, g grid) (*head, error) {
	h := &head{shown: map[int][]string{}}
	if w, ok := g.(window); ok {
		h.top = w.row
	}
	bytes := 0
	err := eachLine(ctx, g, false, func(l line) bool {
		h.lines = append(h.lines, l)
		for _, c := range l.cells {
			bytes += len(c)
		}
		return len(h.lines) < headLines && bytes < headBytes
	})
	if h.fault = err; err != nil && !isBroken(err) {
		return nil, err
	}
	h.traits = g.traits()
	if len(h.lines) == 0 || !h.traits.stored {
		return h, nil
	}
	last := h.lines[len(h.lines)-1].number
	err = eachLine(ctx, g, true, func(l line) bool {
		h.shown[l.number] = l.cells
		return l.number < last
	})
	if err != nil && !isBroken(err) {
		return nil, err
	}
	return h, nil
}

func isBroken(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// eachLine shows the filled lines of a grid, cleaned and copied, until see
// returns false. Lines that cannot be read are left to the reading of rows; the
// first of them is the error when nothing worse comes.
func eachLine(ctx context.Context, g grid, shown bool, see func(line) bool) error {
	ls, err := g.lines(ctx, shown)
	if err != nil {
		return err
	}
	defer ls.close()
	var fault error
	for {
		l, err := ls.next()
		switch {
		case err == io.EOF:
			return fault
		case rowError(l, err):
			fault = cmp.Or(fault, err)
			continue
		case err != nil:
			return err
		case l.wide && fault == nil:
			fault = tooWide(l.number, len(l.cells))
		}
		l.cells = cleaned(nil, l.cells)
		if len(l.cells) > 0 && !see(l) {
			return fault
		}
	}
}

// cleaned appends the cells, cleaned, without the empty ones at the end.
func cleaned(to, cells []string) []string {
	last := 0
	for i, c := range cells {
		if c = clean(c); c != "" {
			last = i + 1
		}
		to = append(to, c)
	}
	return to[:last]
}

func (l line) cell(i int) string {
	if i < len(l.cells) {
		return l.cells[i]
	}
	return ""
}

func (l line) filled() int {
	n := 0
	for _, c := range l.cells {
		if c != "" {
			n++
		}
	}
	return n
}

// header is what was found above the data.
type header struct {
	from, to int // indexes into head.lines; to < 0: there is none
	names    []string
	groups   []string // labels over several columns, parallel to names
}

// findHeader looks for the line that reads most like a header and has data below it.
func (h *head) findHeader(v *vocabulary) header {
	best, at := 0.0, -1
	for i, l := range h.lines {
		if h.beyond(l) {
			break
		}
		if score := h.headerScore(v, i); score > best+1e-9 {
			best, at = score, i
		}
	}
	if best < 1.5 {
		at = h.contrast()
	} else {
		at = h.firstHeader(v, at, best)
	}
	if at < 0 {
		return header{to: -1}
	}
	return h.assemble(v, at)
}

// beyond reports whether a line stands too low for a header: a sheet without one
// is read by its cells alone.
func (h *head) beyond(l line) bool { return l.number-max(1, h.top) >= headerRows }

// headerScore adds up what speaks for line i being the header.
func (h *head) headerScore(v *vocabulary, i int) float64 {
	score, known, cells := 0.0, 0, 0
	for j, c := range h.lines[i].cells {
		if c == "" {
			continue
		}
		cells++
		switch {
		case len(c) > 60:
			score--
		case dataLike(c):
			score -= 1.5
		default:
			p := v.headerPoints(c)
			score += p
			if p > 0 {
				known++
			}
		}
		if h.filledBelow(i, j) {
			score += 0.4
		}
	}
	if known == 0 || (cells < 2 && h.width() > 1) {
		return math.Inf(-1)
	}
	return score
}

// headerPoints weighs a cell as part of a header. A word that is no header by
// itself, misspelt perhaps, is given little: data are full of such.
func (v *vocabulary) headerPoints(cell string) float64 {
	switch best := v.best(cell); {
	case best >= 2:
		return 2
	case best >= 1:
		return 1
	}
	return -.3
}

// filledBelow reports whether half of the next lines have something in column j.
func (h *head) filledBelow(i, j int) bool {
	below := h.lines[i+1 : min(i+21, len(h.lines))]
	n := 0
	for _, l := range below {
		if l.cell(j) != "" {
			n++
		}
	}
	return n > 0 && n*2 >= len(below)
}

// width is how many cells the fullest line has.
func (h *head) width() int {
	n := 0
	for _, l := range h.lines {
		n = max(n, l.filled())
	}
	return n
}

// contrast finds a header of unknown words: the first wide line, all text and
// all different, over columns of which one at least holds numbers or dates.
func (h *head) contrast() int {
	width := h.width()
	for i, l := range h.lines {
		if h.beyond(l) || i+1 >= len(h.lines) {
			return -1
		}
		if l.filled() < 2 || l.filled()*5 < width*3 {
			continue
		}
		seen := map[string]bool{}
		for _, c := range l.cells {
			if c == "" {
				continue
			}
			if dataLike(c) || len(c) > 60 || seen[c] {
				return -1
			}
			seen[c] = true
		}
		for j, c := range l.cells {
			if c != "" && h.dataBelow(i, j) {
				return i
			}
		}
		return -1
	}
	return -1
}

func (h *head) dataBelow(i, j int) bool {
	data, filled := 0, 0
	for _, l := range h.lines[i+1:] {
		if c := l.cell(j); c != "" {
			filled++
			if dataLike(c) {
				data++
			}
		}
	}
	return data > 0 && data*10 >= filled*7
}

// assemble joins the lines of a header that takes more than one.
func (h *head) assemble(v *vocabulary, at int) header {
	out := header{from: at, to: at, names: slices.Clone(h.lines[at].cells)}
	if at+1 < len(h.lines) && h.continues(v, at) {
		out.to = at + 1
		for j, c := range h.lines[at+1].cells {
			for j >= len(out.names) {
				out.names = append(out.names, "")
			}
			out.names[j] = strings.TrimSpace(out.names[j] + " " + c)
		}
	}
	out.groups = make([]string, len(out.names))
	if at > 0 && h.isGroup(at-1, at) {
		out.from = at - 1
		h.spread(h.lines[at-1], &out)
	}
	return out
}

// continues reports whether the line below a header belongs to it: units, or
// second halves of its words.
func (h *head) continues(v *vocabulary, at int) bool {
	upper, lower := h.lines[at], h.lines[at+1]
	if lower.number != upper.number+1 || at+2 >= len(h.lines) {
		return false
	}
	joins, units, others := 0, 0, 0
	for j, c := range lower.cells {
		switch {
		case c == "":
		case dataLike(c) || len(c) > 25:
			return false
		case isUnit(c):
			units++
		case upper.cell(j) != "" && v.exact[squeeze(upper.cell(j)+c)] != nil:
			joins++
		case upper.cell(j) == "" && v.best(c) >= 2:
			joins++
		default:
			others++
		}
	}
	return joins+units > 0 && joins+units > others
}

func isUnit(s string) bool {
	if s[0] == '(' && s[len(s)-1] == ')' || s[0] == '[' && s[len(s)-1] == ']' {
		return true
	}
	switch squeeze(s) {
	case "nok", "sek", "dkk", "eur", "kr", "kg", "stk", "kpl", "timer", "dager", "ddmmyyyy", "ddmmaaaa", "yyyymmdd", "aaaammdd", "tkr", "mnok", "msek", "liter":
		return true
	}
	return strings.TrimSpace(s) == "%" || strings.TrimSpace(s) == "€"
}

// isGroup reports whether line i, right above the header, labels groups of its
// columns; a title does not.
func (h *head) isGroup(i, header int) bool {
	l, below := h.lines[i], h.lines[header]
	if below.number != l.number+1 || l.filled() >= below.filled() {
		return false
	}
	for _, c := range l.cells {
		if c != "" && (dataLike(c) || len(c) > 40) {
			return false
		}
	}
	if l.filled() > 1 {
		return true
	}
	at := len(l.cells) - 1
	if wide := h.span(l.number, at); wide > 1 {
		return wide < below.filled()
	}
	return at > 0 && below.cell(at-1) != "" // it stands over the first column: a title
}

// span is over how many columns the cell at row, col is merged.
func (h *head) span(row, col int) int {
	for _, m := range h.traits.merged {
		if m.row == row && m.from == col {
			return m.to - m.from + 1
		}
	}
	return 1
}

// spread puts the labels of a group line over their columns: over those that
// the label's cell is merged with, in CSV up to the next label.
func (h *head) spread(l line, out *header) {
	for j, c := range l.cells {
		if c == "" {
			continue
		}
		end := j + h.span(l.number, j)
		if !h.traits.stored {
			for end < len(out.names) && l.cell(end) == "" {
				end++
			}
		}
		for k := j; k < min(end, len(out.names)); k++ {
			if out.names[k] == "" {
				out.names[k] = c
			} else {
				out.groups[k] = c
			}
		}
		for k := len(out.names); k < end && k == j; k++ { // a label beyond the lower line
			out.names, out.groups = append(out.names, c), append(out.groups, "")
		}
	}
}

// dataLike reports whether a cell can hardly be a header.
func dataLike(s string) bool {
	if s[0] >= '0' && s[0] <= '9' || s[0] == '-' || s[0] == '+' || s[0] == '(' {
		if _, ok := parseNumber(s, ','); ok {
			return true
		}
		if _, ok := parseDate(s, false); ok {
			return true
		}
	}
	return isEmail(s) || (len(s) > 7 && digitsIn(s)*2 > len(s))
}

func digitsIn(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

package tables

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"maps"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"samsyn/internal/hub"
	"samsyn/internal/personal"
)

const (
	maxHeld  = 200     // thin lines kept back until it is clear what they are
	maxTitle = 120     // characters
	maxRow   = 1 << 20 // bytes of text in the cells of one row
)

// reading is one run over the rows of a table.
type reading struct {
	t        *Table
	held     []line
	gap      bool // a blank line or a total stands right above
	toldWide bool
	last     int // number of the last line, to count blank ones
	long     cut // cells longer than Excel allows
	heavy    cut // rows of more text than is read
}

// twins counts what was seen in all tables of a sheet, to tell rows apart that
// say the same.
type twins struct {
	seen  map[uint64]struct{} // hashes of contents and keys: about 16 bytes a row
	often map[uint64]int      // of those seen more than once → how often
}

// cut counts where something was left out: it is told once, at the end.
type cut struct{ count, first int }

func (c *cut) note(row int) {
	if c.count++; c.first == 0 {
		c.first = row
	}
}

func (t *Table) rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		t.Skipped, t.LastRow, t.below = Skipped{}, 0, 0
		t.twins = &twins{map[uint64]struct{}{}, map[uint64]int{}}
		if t.above != nil {
			maps.Copy(t.twins.seen, t.above.seen)
			maps.Copy(t.twins.often, t.above.often)
		}
		ls, err := t.grid.lines(ctx, false)
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer ls.close()
		r := &reading{t: t, last: t.HeaderRow}
		for {
			l, err := ls.next()
			if err == io.EOF {
				if r.end(yield) {
					r.tellCuts(yield)
				}
				return
			}
			if err != nil {
				if !yield(Row{Number: l.number}, err) || !rowError(l, err) {
					return
				}
				continue
			}
			if l.number > t.HeaderRow && !r.line(l, yield) {
				return
			}
			if t.below > 0 { // the next table begins
				r.tellCuts(yield)
				return
			}
		}
	}
}

// line takes one line below the header and yields what has become clear.
func (r *reading) line(l line, yield func(Row, error) bool) bool {
	if l.wide && !r.toldWide {
		r.toldWide = true
		if !yield(Row{Number: l.number}, tooWide(l.number, r.t.opt.Limits.Columns)) {
			return false
		}
	}
	l.cells = cleaned(nil, r.bounded(l))
	if len(l.cells) == 0 {
		r.gap = true
		return true
	}
	if r.t.FirstRow == 0 {
		r.t.FirstRow = l.number
	}
	r.t.Skipped.Blank += max(0, l.number-r.last-1)
	blank := l.number > r.last+1
	r.last = l.number
	switch {
	case r.t.repeatsHeader(l):
		r.drop()
		r.t.Skipped.Headers++
		return true
	case (blank || r.gap || len(r.held) > 0) && r.t.LastRow > 0 && r.t.words.opens(l):
		if r.t.below = l.number; len(r.held) > 0 { // its title
			r.t.below = r.held[0].number
		}
		return true
	case r.t.isTotal(l):
		r.t.Skipped.Totals++
		r.gap = true
		return true
	case r.t.isThin(l, r.gap || len(r.held) > 0) && len(r.held) < maxHeld:
		r.held = append(r.held, l)
		return true
	}
	r.gap = false
	return r.release(yield) && r.yield(l, yield)
}

// bounded returns the cells of a line up to what is read of a row, and notes
// what is left out of it and, by cleaned, of its cells.
func (r *reading) bounded(l line) []string {
	size := 0
	for i, c := range l.cells {
		if longer(c, maxCell) {
			r.long.note(l.number)
		}
		if size += min(len(c), utf8.UTFMax*maxCell); size > maxRow {
			r.heavy.note(l.number)
			return l.cells[:i]
		}
	}
	return l.cells
}

// tellCuts yields what was left out of cells and rows.
func (r *reading) tellCuts(yield func(Row, error) bool) {
	if c := r.long; c.count > 0 {
		err := &Error{Reason: fmt.Sprintf("cells of more than %d characters, the most that Excel allows, are cut there: %d of them, the first in row %d", maxCell, c.count, c.first)}
		if !yield(Row{Number: c.first}, err) {
			return
		}
	}
	if c := r.heavy; c.count > 0 {
		yield(Row{Number: c.first}, &Error{Reason: fmt.Sprintf("rows of more than %d MB of text are cut there: %d of them, the first is row %d", maxRow>>20, c.count, c.first)})
	}
}

func tooWide(row, columns int) error {
	return &Error{Reason: fmt.Sprintf("row %d has cells beyond column %d, which are not read", row, columns)}
}

// release yields the lines kept back, now that data follow them; lone cells
// outside the columns that identify a customer are headings.
func (r *reading) release(yield func(Row, error) bool) bool {
	held := r.held
	r.held = nil
	for _, l := range held {
		if l.filled() == 1 && !r.t.identifies(l) {
			r.t.Skipped.Notes++
			continue
		}
		if !r.yield(l, yield) {
			return false
		}
	}
	return true
}

// end settles the lines kept back at the end of the sheet: below a gap they are
// notes, else the last rows someone began to fill in.
func (r *reading) end(yield func(Row, error) bool) bool {
	if r.gap {
		r.drop()
		return true
	}
	return r.release(yield)
}

func (r *reading) drop() {
	r.t.Skipped.Notes += len(r.held)
	r.held = nil
}

func (r *reading) yield(l line, yield func(Row, error) bool) bool {
	c := r.t.content(l)
	if len(c.Fields) == 0 {
		return true
	}
	r.t.LastRow = max(r.t.LastRow, l.number)
	return yield(Row{Number: l.number, Key: r.key(l, c), Content: c}, nil)
}

// repeatsHeader recognises a header printed again on a later page.
func (t *Table) repeatsHeader(l line) bool {
	for _, h := range t.repeats {
		same, cells := 0, 0
		for i, c := range h {
			if c != "" {
				cells++
				if strings.EqualFold(c, l.cell(i)) {
					same++
				}
			}
		}
		if same > 1 && same*10 >= cells*7 && same*10 >= l.filled()*7 {
			return true
		}
	}
	return false
}

// isTotal recognises a sum of other rows: its text says so, and it bears no
// identity of its own. In a line of few cells a number proves none: "Antall
// kunder: 693" may stand under any header.
func (t *Table) isTotal(l line) bool {
	says := false
	few := l.filled() <= 3 && l.filled()*2 < t.typical
	for _, c := range t.Columns {
		v := l.cell(c.index)
		if v == "" {
			continue
		}
		if t.words.isTotal(v) {
			says = true
		} else if identity(c.Role, v, few) {
			return false
		}
	}
	return says
}

// identity reports whether a value identifies something by itself.
func identity(role, v string, few bool) bool {
	switch role {
	case hub.RoleEmail:
		return isEmail(v)
	case hub.RoleOrgNo, hub.RoleVATNo, hub.RolePhone:
		return digitsIn(v) >= 7
	case hub.RoleCustomerNo, hub.RoleRecordNo, hub.RoleInvoiceNo, hub.RoleContact:
		return !few
	}
	return false
}

// isTotal reports whether a text begins with a word for a sum.
func (v *vocabulary) isTotal(s string) bool {
	if len(s) > 80 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	words := strings.Fields(spaced(s))
	if len(words) > 1 && words[0] == "total" && isCompany(s) {
		return false // Total Betong AS
	}
	for n := min(3, len(words)); n > 0; n-- {
		if v.totals[strings.Join(words[:n], " ")] {
			return true
		}
	}
	return false
}

// isThin says that a line may be a heading or a note: one cell alone in a wide
// table, or few cells below a gap.
func (t *Table) isThin(l line, gap bool) bool {
	n := l.filled()
	if t.typical < 3 {
		return false
	}
	return n == 1 || gap && n*2 < t.typical && !t.identifies(l)
}

// identifies reports whether the line fills a column that identifies a customer.
func (t *Table) identifies(l line) bool {
	for _, c := range t.Columns {
		if hub.IdentOf[c.Role] != "" && l.cell(c.index) != "" {
			return true
		}
	}
	return false
}

// content makes a record of a line. It holds neither row number nor file name:
// a row that moves stays the same content.
func (t *Table) content(l line) *hub.Content {
	c := &hub.Content{Kind: hub.KindRow, Fields: make([]hub.Field, 0, len(t.Columns))}
	for i, raw := range l.cells {
		if raw == "" {
			continue
		}
		col := t.column(i)
		typ, value := col.form.canonical(raw)
		if m := col.masked(value); m != value {
			typ, value = typeText, m
		}
		name := col.Header
		if name == "" {
			name = col.Letter
		}
		c.Fields = append(c.Fields, hub.Field{Column: col.Letter, Name: name, Role: col.Role, Type: typ, Hidden: col.Hidden, Value: value})
		ident := personal.Without(value)
		if kind := hub.IdentOf[col.Role]; kind != "" && ident != "" && !t.words.placeholders[strings.ToLower(ident)] {
			c.Idents = append(c.Idents, hub.Ident{Kind: kind, Value: ident, Place: strings.TrimSpace(col.Letter + " " + col.Header)})
		}
		if col.Role == hub.RoleDate && c.At.IsZero() && typ != typeText {
			c.At = day(typ, value)
		}
	}
	c.Title = title(c.Fields)
	return c
}

// day is the date of a field, at midnight UTC.
func day(typ, value string) time.Time {
	layout := time.DateOnly
	if typ == typeTime {
		layout = time.RFC3339
	}
	t, err := time.Parse(layout, value)
	if err != nil {
		return time.Time{}
	}
	return t.UTC().Truncate(24 * time.Hour)
}

// title joins the telling cells: whom the row is about, what, and its number.
func title(fields []hub.Field) string {
	var parts []string
	for _, roles := range [][]string{{hub.RoleCustomerName, hub.RoleContact, hub.RoleEmail}, {hub.RoleSubjectLine, hub.RoleText}, {hub.RoleInvoiceNo, hub.RoleRecordNo}} {
		if v := first(fields, roles); v != "" {
			parts = append(parts, shorten(v, maxTitle/2))
		}
	}
	for i := 0; len(parts) == 0 && i < len(fields); i++ {
		if fields[i].Type == typeText && !fields[i].Hidden {
			parts = append(parts, shorten(fields[i].Value, maxTitle))
		}
	}
	return shorten(strings.Join(parts, " · "), maxTitle)
}

func first(fields []hub.Field, roles []string) string {
	for _, role := range roles {
		for _, f := range fields {
			if f.Role == role && !f.Hidden {
				return f.Value
			}
		}
	}
	return ""
}

func shorten(s string, limit int) string {
	s = oneLine(s)
	if r := []rune(s); len(r) > limit {
		return strings.TrimSpace(string(r[:limit-1])) + "…"
	}
	return s
}

// key is the identity of a row within the source: by its key column if the
// table has one and the value is new, else by what the row says. Twins are
// counted, so that no two rows of a sheet share a key.
func (r *reading) key(l line, c *hub.Content) string {
	if r.t.key >= 0 {
		col := r.t.Columns[r.t.key]
		cell := l.cell(col.index)
		if v := squeeze(cell); v != "" && !personal.IsMasked(col.masked(cell)) {
			sum := sha256.Sum256([]byte("key\x00" + r.t.sign + "\x00" + wholeNumber(v)))
			if r.count(sum) == 1 {
				return hex.EncodeToString(sum[:16])
			}
		}
	}
	h := sha256.New()
	io.WriteString(h, "row\x00")
	for _, f := range c.Fields {
		io.WriteString(h, f.Name+"\x00"+f.Value+"\x00")
	}
	var sum [32]byte
	h.Sum(sum[:0])
	key := hex.EncodeToString(sum[:16])
	if n := r.count(sum); n > 1 {
		key += "." + strconv.Itoa(n)
	}
	return key
}

// count notes a hash and says how often it has been seen.
func (r *reading) count(sum [32]byte) int {
	short := binary.BigEndian.Uint64(sum[:8])
	w := r.t.twins
	if _, ok := w.seen[short]; !ok {
		w.seen[short] = struct{}{}
		return 1
	}
	w.often[short] = max(1, w.often[short]) + 1
	return w.often[short]
}

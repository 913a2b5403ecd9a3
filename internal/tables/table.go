package tables

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"samsyn/internal/hub"
	"samsyn/internal/personal"
)

// recognise finds the table in the head of a sheet.
func recognise(sheet string, g grid, h *head, v *vocabulary, opt Options) (*Table, error) {
	hd := h.findHeader(v)
	t := &Table{Sheet: sheet, grid: g, words: v, key: -1, opt: opt}
	t.window, _ = g.(window)
	for _, l := range h.lines[max(hd.from, 0) : hd.to+1] {
		t.repeats = append(t.repeats, slices.Clone(l.cells))
	}
	data := v.ownLines(h.lines[hd.to+1:], t.repeatsHeader)
	if blocks := h.sides(v, hd, data); blocks != nil {
		return t.divided(sheet, h, blocks)
	}
	switch {
	case len(h.lines) == 0:
		return nil, noTable("empty")
	case h.isPivot(v):
		return nil, noTable("pivot")
	case !t.isTable(hd, data):
		if rest := h.lines[hd.to+1+len(data):]; len(rest) > 0 { // words, and a table below them
			return t.lower(sheet, h, rest)
		}
		return nil, noTable("explanation")
	}
	if hd.to >= 0 {
		t.HeaderRow = h.lines[hd.to].number
	}
	if h.traits.point == 0 {
		h.traits.point = pointOf(opt)
	}
	samples := t.sample(h, hd, data)
	t.columns(h, hd, samples, data)
	t.typical = t.usual(data)
	t.findKey(samples)
	return t, nil
}

// lower recognises the table that begins with the first of the lines.
func (t *Table) lower(sheet string, h *head, lines []line) (*Table, error) {
	w := t.window
	if w.grid == nil {
		w.grid = t.grid
	}
	w.row = lines[0].number
	rest := *h
	rest.lines, rest.top = lines, w.row
	return recognise(sheet, w, &rest, t.words, t.opt)
}

// divided recognises the first of several tables side by side; the others are
// kept for Next.
func (t *Table) divided(sheet string, h *head, blocks []window) (*Table, error) {
	for i := range blocks {
		blocks[i].grid, blocks[i].row = t.grid, t.window.row
		if t.window.grid != nil {
			blocks[i].grid = t.window.grid
		}
	}
	blocks[0].left = 0
	first := *h
	first.lines, first.shown = nil, map[int][]string{}
	for _, l := range h.lines {
		l.cells = cleaned(nil, l.cells[:min(len(l.cells), blocks[0].right)])
		if len(l.cells) > 0 {
			first.lines = append(first.lines, l)
			first.shown[l.number] = h.shown[l.number]
		}
	}
	left, err := recognise(sheet, blocks[0], &first, t.words, t.opt)
	if err == nil {
		left.beside = blocks[1:]
	}
	return left, err
}

// pointOf is the decimal sign of the owner.
func pointOf(opt Options) byte {
	if opt.Language == "en" {
		return '.'
	}
	switch opt.Country {
	case "GB", "US", "IE", "CH", "AU", "CA", "NZ":
		return '.'
	}
	return ','
}

// isTable tells a table from a sheet that explains something: there are at
// least two columns that are filled in more than one line, or a header of known
// words, or a single column of addresses.
func (t *Table) isTable(hd header, data []line) bool {
	if hd.to >= 0 && len(data) == 0 {
		return len(hd.names) > 1
	}
	wide := 0
	for _, l := range data {
		if l.filled() > 1 {
			wide++
		}
	}
	switch {
	case hd.to >= 0 && (len(hd.names) > 1 || t.namesCustomers(hd.names)):
		return wide > 0 || len(hd.names) == 1
	case wide > 1:
		return wide*2 >= len(data)
	}
	mails := 0
	for _, l := range data {
		if isEmail(l.cell(0)) {
			mails++
		}
	}
	return mails > 0 && mails*10 >= len(data)*8
}

// namesCustomers reports whether a lone header names what identifies a customer.
func (t *Table) namesCustomers(names []string) bool {
	if len(names) != 1 {
		return false
	}
	for role, p := range t.words.points(names[0], "") {
		if p >= 3 && hub.IdentOf[role] != "" {
			return true
		}
	}
	return false
}

// sample looks at the cells of every column below the header.
func (t *Table) sample(h *head, hd header, data []line) []*sample {
	width := len(hd.names)
	for _, l := range data {
		width = max(width, len(l.cells))
	}
	samples := make([]*sample, width)
	for i := range samples {
		samples[i] = &sample{distinct: map[string]int{}}
	}
	for _, l := range data {
		if t.repeatsHeader(l) || width > 3 && l.filled() == 1 {
			continue
		}
		shown := h.shown[l.number]
		for i, s := range samples {
			s.rows++
			if c := l.cell(i); c != "" {
				s.add(c, line{cells: shown}.cell(i), h.traits.date1904)
			}
		}
	}
	return samples
}

// columns names and types the columns and gives them their roles.
func (t *Table) columns(h *head, hd header, samples []*sample, data []line) {
	var claims []claim
	t.at = make([]int, len(samples))
	for i, s := range samples {
		t.at[i] = -1
		name, group := "", ""
		if i < len(hd.names) {
			name, group = hd.names[i], hd.groups[i]
		}
		if name == "" && s.filled == 0 {
			continue
		}
		letter, _ := excelize.ColumnNumberToName(i + 1)
		c := Column{Letter: letter, Header: oneLine(name), Hidden: h.traits.hidden[i], index: i, form: s.form(h.traits)}
		if group != "" {
			c.Header = oneLine(group) + " / " + c.Header
		}
		for _, cl := range t.words.claims(i, oneLine(name), oneLine(group), s) {
			cl.column = len(t.Columns)
			claims = append(claims, cl)
		}
		t.at[i] = len(t.Columns)
		t.Columns = append(t.Columns, c)
	}
	assign(t.Columns, claims)
	t.name()
	t.obey(t.opt.Answers)
	t.nameOfCustomer(samples)
	totalRightOfVAT(t.Columns)
	addUp(t.Columns, data)
	t.doubt(claims, samples)
	for i := range t.Columns {
		t.Columns[i].settle(samples[t.Columns[i].index])
	}
}

// nameOfCustomer settles whose a column headed "name" is when its cells look
// like persons: beside a customer's number and no other name it is the
// customer, a sole trader more often than not.
func (t *Table) nameOfCustomer(samples []*sample) {
	name, numbered := -1, false
	for i, c := range t.Columns {
		if c.said && c.Role != hub.RoleCustomerName {
			continue
		}
		switch c.Role {
		case hub.RoleCustomerName:
			return
		case hub.RoleContact:
			if p := t.words.points(c.Header, ""); p[hub.RoleContact] <= p[hub.RoleCustomerName] {
				name = i
			}
		case hub.RoleOrgNo, hub.RoleVATNo, hub.RoleCustomerNo:
			numbered = true
		case "":
			if name < 0 && t.words.endsInName(c.Header) && samples[c.index].share(kindPerson)+samples[c.index].share(kindCompany) > .6 {
				name = i
			}
		}
	}
	if name >= 0 && numbered {
		t.Columns[name].Role = hub.RoleCustomerName
		t.Columns[name].Why += "; the table numbers its customers and names nobody else"
	}
}

// column is the column of a cell; one that neither has a header nor was filled
// where the table was recognised is known by its letter.
func (t *Table) column(cell int) Column {
	if cell < len(t.at) && t.at[cell] >= 0 {
		return t.Columns[t.at[cell]]
	}
	letter, _ := excelize.ColumnNumberToName(cell + 1)
	return Column{Letter: letter, index: cell}
}

// totalRightOfVAT tells net from gross where both are headed "sum": an amount
// that follows net and VAT holds both.
func totalRightOfVAT(columns []Column) {
	for i := 2; i < len(columns); i++ {
		net, vat, c := columns[i-2], columns[i-1], &columns[i]
		if net.Role == hub.RoleAmount && vat.Role == hub.RoleVATAmount && c.Role == hub.RoleAmount && !c.said {
			c.Role = hub.RoleTotalAmount
			c.Why += "; it follows the net amount and the VAT"
		}
	}
}

// addUp finds net, VAT and gross amount by adding: whatever their headers say,
// two of them make the third in every row, and VAT is a part of the net amount.
func addUp(columns []Column, data []line) {
	var sums []int
	for i, c := range columns {
		if money[c.Role] && !c.said && c.form.typ == typeNumber && len(sums) < 12 {
			sums = append(sums, i)
		}
	}
	for _, net := range sums {
		for _, vat := range sums {
			for _, gross := range sums {
				if net != vat && vat != gross && net != gross && holds(columns[net], columns[vat], columns[gross], data) {
					for i, role := range map[int]string{net: hub.RoleAmount, vat: hub.RoleVATAmount, gross: hub.RoleTotalAmount} {
						if columns[i].Role != role {
							columns[i].Role = role
							columns[i].Why = strings.TrimPrefix(columns[i].Why+"; net amount and VAT make the gross amount in every row", "; ")
						}
					}
					return
				}
			}
		}
	}
}

// money are the roles that sums may turn out to be.
var money = map[string]bool{"": true, hub.RoleAmount: true, hub.RoleVATAmount: true, hub.RoleTotalAmount: true}

// holds reports whether net + VAT = gross in nearly all rows that have the three.
func holds(net, vat, gross Column, data []line) bool {
	right, all := 0, 0
	for _, l := range data {
		n, ok1 := net.amount(l)
		v, ok2 := vat.amount(l)
		g, ok3 := gross.amount(l)
		if !ok1 || !ok2 || !ok3 || n == 0 || v == 0 {
			continue
		}
		all++
		if math.Abs(n+v-g) < .03+math.Abs(g)*1e-5 && v/n > .05 && v/n < .3 {
			right++
		}
	}
	return all >= 5 && right*100 >= all*95
}

func (c Column) amount(l line) (float64, bool) {
	s, ok := parseNumber(l.cell(c.index), c.form.point)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// masked is a value of the column without the personal numbers in it.
func (c Column) masked(value string) string {
	switch {
	case c.series:
		return value
	case c.persons:
		return personal.MaskNumber(value)
	}
	return personal.Mask(value)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// settle adapts the reading of cells to the role of their column: identifiers
// are digits, not quantities, and under a date header serials are dates.
func (c *Column) settle(s *sample) {
	switch c.Role {
	case hub.RoleOrgNo, hub.RoleVATNo, hub.RoleCustomerNo, hub.RolePhone, hub.RolePostalCode, hub.RoleRecordNo, hub.RoleInvoiceNo, hub.RoleCustomerName:
		c.form.digits = true
		if c.form.typ == typeNumber {
			c.form.typ = typeText
		}
	case hub.RoleAmount, hub.RoleVATAmount, hub.RoleTotalAmount, hub.RoleQuantity:
		if c.form.typ == typeText && !c.form.clock && s.count[kindZero] == 0 {
			c.form.typ = typeNumber // also where words stand among them
		}
	case hub.RoleDate, hub.RoleDueDate:
		c.form.typ = typeDate
		c.form.serial = c.form.serial || s.count[kindDays] == s.count[kindNumber]
	}
	if s.count[kindZero] > 0 {
		c.form.digits = true
	}
	c.persons = c.Role == hub.RoleCustomerNo && !(s.count[kindTen] >= 8 && s.count[kindPersonal]*2 < s.count[kindTen]) ||
		c.Role == hub.RoleOrgNo || c.Role == hub.RoleVATNo || personal.IsLabel(c.Header) || s.share(kindPersonal) > .5
	// A series such as 250312-1043 passes the check by chance in one of ten.
	c.series = !c.persons && s.count[kindDivided] >= 8 && s.count[kindMasked]*3 < s.count[kindDivided]
	c.Type = c.form.typ
}

// usual is the median of the number of filled cells, of rows that may be records.
func (t *Table) usual(data []line) int {
	var n []int
	for _, l := range data {
		if filled := l.filled(); filled > 1 && !t.repeatsHeader(l) && !t.isTotal(l) {
			n = append(n, filled)
		}
	}
	if len(n) == 0 {
		return 0
	}
	slices.Sort(n)
	return n[len(n)/2]
}

// findKey chooses the column by whose values rows are known again: a record or
// invoice number that is there in every row, differs in nearly all, and looks
// like one of a series that is not begun anew every year.
func (t *Table) findKey(samples []*sample) {
	for _, role := range []string{hub.RoleRecordNo, hub.RoleInvoiceNo} {
		for i, c := range t.Columns {
			if s := samples[c.index]; c.Role == role && isKey(s) && t.key < 0 {
				t.key = i
			}
		}
	}
	names := make([]string, 0, len(t.Columns))
	for _, c := range t.Columns {
		names = append(names, squeeze(c.Header))
	}
	slices.Sort(names)
	t.sign = strings.Join(names, "|")
}

// isKey wants identifiers that nothing else in the source will bear: with a
// register per year, row 17 of last year must not hide behind row 17 of this.
// Small numbers are such, and so are customers' numbers, which the role excludes.
func isKey(s *sample) bool {
	if s.filled < 3 || s.filled*100 < s.rows*98 || len(s.distinct)*100 < s.filled*98 {
		return false
	}
	if s.share(kindOrgNO) > .5 || s.share(kindOrgSE) > .5 || s.share(kindCode) < .9 {
		return false
	}
	strong := 0
	for v, n := range s.distinct {
		v = wholeNumber(v)
		if digits := digitsIn(v); digits >= 5 || digits >= 4 && len(v) > digits {
			strong += n
		}
	}
	return strong*100 >= s.filled*98
}

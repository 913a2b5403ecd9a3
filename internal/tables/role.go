package tables

import (
	"fmt"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// claim is what speaks for a column having a role.
type claim struct {
	column         int
	role           string
	header, cells  float64
	byHeader, seen string // in words
}

func (c claim) points() float64 { return c.header + c.cells }

// why puts the claim into words.
func (c claim) why() string {
	return strings.Join(slices.DeleteFunc([]string{c.byHeader, c.seen}, func(s string) bool { return s == "" }), "; ")
}

// enough is the number of points below which a column stays without a role.
const enough = 2

// several are the roles that more than one column may have.
var several = map[string]bool{
	hub.RoleDate: true, hub.RoleAmount: true, hub.RoleText: true, hub.RolePhone: true, hub.RoleEmail: true, hub.RoleAddress: true,
	hub.RoleQuantity: true, hub.RoleOwner: true, hub.RoleStatus: true, hub.RoleConsent: true,
}

// best is the most points any role gets from a header, if it is one: what looks
// like one with a letter changed may well be a cell of the data.
func (v *vocabulary) best(header string) float64 {
	best := 0.0
	for _, p := range v.read(header, "", false) {
		best = max(best, p)
	}
	return best
}

// points says how strongly a header names each role: 3 for a known header, at
// most 2.8 for one that is understood by its parts.
func (v *vocabulary) points(name, group string) map[string]float64 { return v.read(name, group, true) }

func (v *vocabulary) read(name, group string, mend bool) map[string]float64 {
	out := map[string]float64{}
	raise := func(role string, p float64) { out[role] = max(out[role], p) }
	name = strings.TrimSpace(name)
	if isQuestion(name) {
		raise(hub.RoleText, 2.5)
		return out
	}
	if outside, inside := outsideBrackets(name); outside != "" && slices.Equal(v.words.phrase(inside, false).parts, []concept{cPerson}) {
		raise(hub.RoleContact, 2.8) // the recipient, as a person
		return out
	}
	name = strings.ReplaceAll(name, "#", " nr")
	for i, text := range []string{group + " " + name, name, withoutBrackets(name), withoutUnit(name)} {
		q := squeeze(text)
		if q == "" || i == 0 && group == "" {
			continue
		}
		for _, role := range v.exact[q] {
			raise(role, 3)
		}
		if v.either[q] {
			v.raiseEither(group, raise)
		}
		if v.numbers[q] && group != "" {
			v.raiseNumber(group, raise)
		}
	}
	if len(out) == 0 || group != "" {
		v.words.understand(name, group, mend).roles(raise)
		if first, second, two := strings.Cut(name, "/"); two && len(first) > 2 {
			v.words.understand(first, group, mend).roles(func(role string, p float64) { raise(role, .95*p) })
			if words := strings.Fields(first); len(words[len(words)-1]) > 1 { // but u/moms is one
				v.words.understand(second, group, mend).roles(func(role string, p float64) { raise(role, .9*p) })
			}
		}
	}
	if strings.HasSuffix(name, "?") && strings.Contains(name, " ") { // active customer?
		for role := range out {
			if identifies(role) {
				delete(out, role)
			}
		}
		raise(hub.RoleText, 1)
	}
	return out
}

// identifies reports whether cells of a role say who the customer is.
func identifies(role string) bool {
	switch role {
	case hub.RoleCustomerName, hub.RoleCustomerNo, hub.RoleOrgNo, hub.RoleVATNo, hub.RoleContact, hub.RoleEmail, hub.RolePhone:
		return true
	}
	return false
}

// isQuestion reports whether a header is one of a survey: what it speaks of
// says nothing of what people answer.
func isQuestion(header string) bool {
	return strings.HasSuffix(header, "?") && len(strings.Fields(header)) > 3
}

// raiseEither gives "name" to the role that its group label names.
func (v *vocabulary) raiseEither(group string, raise func(string, float64)) {
	known := false
	for role, p := range v.points(group, "") {
		if p >= 1 && (role == hub.RoleCustomerName || role == hub.RoleContact || role == hub.RoleOwner) {
			raise(role, 3)
			known = true
		}
	}
	if !known {
		raise(hub.RoleCustomerName, 2)
		raise(hub.RoleContact, 2)
	}
}

// raiseNumber gives "no" under a group label to the number of what that names.
func (v *vocabulary) raiseNumber(group string, raise func(string, float64)) {
	for role, p := range v.points(group, "") {
		if number := numberOf(role); number != "" && p >= 1 {
			raise(number, p+.5)
		}
	}
}

func numberOf(role string) string {
	switch role {
	case hub.RoleCustomerName:
		return hub.RoleCustomerNo
	case hub.RoleInvoiceNo:
		return hub.RoleInvoiceNo
	}
	return ""
}

// endsInName reports whether a header says "name" at its end, as Produsentnavn does.
func (v *vocabulary) endsInName(header string) bool {
	q := squeeze(header)
	for _, name := range []string{"navn", "namn", "name", "nimi"} {
		if strings.HasSuffix(q, name) {
			return true
		}
	}
	return false
}

// withoutUnit takes a unit off the end: "Frakt DKK", "Sum i kr".
func withoutUnit(s string) string {
	words := strings.Fields(withoutBrackets(s))
	for n := len(words) - 1; n > 0 && (isUnit(words[n]) || words[n] == "i"); n-- {
		words = words[:n]
	}
	return strings.Join(words, " ")
}

func withoutBrackets(s string) string {
	for _, pair := range []string{"()", "[]"} {
		if i, j := strings.IndexByte(s, pair[0]), strings.LastIndexByte(s, pair[1]); i >= 0 && j > i {
			s = s[:i] + s[j+1:]
		}
	}
	return s
}

// evidence is how the cells of a column speak for a role.
type evidence struct {
	role   string
	share  float64 // of cells that look like it
	weight float64 // points when all do
	needed bool    // a header that claims the role while hardly any cell shows it is wrong
	seen   string  // in words, with the share in per cent
}

func (s *sample) evidence() []evidence {
	number := s.share(kindNumber)
	plain := number * (1 - s.dates()) // numbers that are no dates
	phone := s.share(kindPhone) * (1 - s.share(kindDate))
	return []evidence{
		{hub.RoleEmail, s.share(kindEmail), 2.4, true, "%d %% of the cells are e-mail addresses"},
		{hub.RoleOrgNo, orgWeight(s.orgShare()), 2.4, true, "%d %% of the cells are valid organisation numbers"},
		{hub.RoleVATNo, s.share(kindVAT), 2.4, true, "%d %% of the cells are VAT numbers"},
		{hub.RolePhone, phone, 1.5, true, "%d %% of the cells look like phone numbers"},
		{hub.RoleDate, max(s.dates(), .2*s.share(kindDays)), 2, true, "%d %% of the cells are dates"},
		{hub.RoleDueDate, max(s.dates(), .2*s.share(kindDays)), 1.5, true, "%d %% of the cells are dates"},
		{hub.RoleAmount, plain, .8, true, "%d %% of the cells are numbers"},
		{hub.RoleVATAmount, plain, .8, true, "%d %% of the cells are numbers"},
		{hub.RoleTotalAmount, plain, .8, true, "%d %% of the cells are numbers"},
		{hub.RoleQuantity, plain, .5, true, "%d %% of the cells are numbers"},
		{hub.RolePostalCode, s.share(kindPostal), .8, true, "%d %% of the cells look like postal codes"},
		{hub.RoleCountry, s.share(kindCountry), 2, true, "%d %% of the cells are countries"},
		{hub.RoleCurrency, s.share(kindCurrency), 2, true, "%d %% of the cells are currencies"},
		{hub.RoleContact, s.share(kindPerson) * (1 - s.share(kindCompany)), 1.5, true, "%d %% of the cells are names of persons"},
		{hub.RoleOwner, s.share(kindText) * s.repeats(), .8, false, "few names that repeat"},
		{hub.RoleStatus, s.share(kindText) * s.few(), .8, false, "few words that repeat"},
		{hub.RoleConsent, s.share(kindYesNo), .8, false, "%d %% of the cells say yes or no"},
		{hub.RoleAddress, s.share(kindStreet), 1.6, false, "%d %% of the cells are streets with a number"},
		{hub.RolePriority, s.share(kindPriority), 2, false, "%d %% of the cells are priorities"},
		{hub.RoleText, s.share(kindLong), 1, false, "%d %% of the cells are sentences"},
	}
}

// orgWeight lets a column count only as a whole: one in eleven other numbers
// passes a check by chance.
func orgWeight(share float64) float64 {
	if share < .5 {
		return min(share, .14)
	}
	return share
}

// repeats is near 1 when a column repeats a few values.
func (s *sample) repeats() float64 {
	if s.filled < 10 {
		return 0
	}
	return max(0, 1-2*float64(len(s.distinct))/float64(s.filled))
}

func (s *sample) few() float64 {
	if len(s.distinct) > 12 || s.filled < 10 {
		return 0
	}
	return s.repeats()
}

// special adds what is no plain share of cells.
func (s *sample) special(role string) (points float64, seen string) {
	text, code := s.share(kindText), s.share(kindCode)
	switch role {
	case hub.RoleCustomerName:
		return s.specialName()
	case hub.RoleContact:
		if s.share(kindCompany) > .15 {
			return -1.5, "the cells are names of companies"
		}
		if s.few() > .5 {
			return -.5, "few names that repeat"
		}
	case hub.RoleCustomerNo:
		if code > .8 && s.orgShare() < .5 && s.dates() < .5 {
			return 1, fmt.Sprintf("%d %% of the cells are numbers or codes", percent(code))
		}
		if text > .5 && code < .2 {
			return -2, "the cells are no numbers"
		}
	case hub.RoleRecordNo, hub.RoleInvoiceNo:
		switch {
		case code > .8 && s.unique():
			return 1.2, "every cell is another number"
		case code > .8 && text > .3: // letters and digits, as in P2025-1027
			return .6, fmt.Sprintf("%d %% of the cells are numbers or codes", percent(code))
		case code < .2 && text > .5:
			return -2, "the cells are no numbers"
		}
	case hub.RoleText, hub.RoleSubjectLine, hub.RoleAddress, hub.RoleCity:
		if s.filled >= 5 && (s.share(kindNumber) > .9 || code > .8) || s.share(kindEmail) > .5 {
			return -1.5, "the cells are no text"
		}
	case hub.RoleStatus:
		if s.filled >= 20 && len(s.distinct) > 40 {
			return -1.5, "too many different values"
		}
	}
	return 0, ""
}

// specialName judges cells that should be names of customers.
func (s *sample) specialName() (points float64, seen string) {
	switch {
	case s.share(kindCompany) > .15:
		return 2, fmt.Sprintf("%d %% of the cells bear a legal form", percent(s.share(kindCompany)))
	case s.share(kindCode) > .8 || s.share(kindNumber) > .8 || s.share(kindEmail) > .5:
		return -2, "the cells are no names"
	case s.share(kindPerson) > .85 && s.few() > .5:
		return -1, "few names that repeat"
	case s.share(kindLong) > .5:
		return -1, "the cells are sentences"
	}
	return 0, ""
}

func percent(share float64) int { return int(share*100 + .5) }

// weak are words that name a customer, a thing or its number alike; the cells decide.
var weak = map[string][]string{
	hub.RoleCustomerName: {hub.RoleCustomerNo, hub.RoleOrgNo},
	hub.RoleVATAmount:    {hub.RoleVATNo},
	hub.RoleText:         {hub.RoleRecordNo},
	hub.RoleContact:      {hub.RolePhone, hub.RoleEmail},
}

// claims lists all that speaks for roles of one column.
func (v *vocabulary) claims(i int, name, group string, s *sample) []claim {
	header := v.points(name, group)
	for role, others := range weak {
		for _, other := range others {
			if p := header[role]; p > 0 && header[other] < p*.6 {
				header[other] = p * .6
			}
		}
	}
	found := map[string]*claim{}
	get := func(role string) *claim {
		if found[role] == nil {
			found[role] = &claim{column: i, role: role}
		}
		return found[role]
	}
	for role, p := range header {
		c := get(role)
		c.header = p
		c.byHeader = fmt.Sprintf("the header %q %s", strings.TrimSpace(strings.TrimPrefix(group+" / "+name, " / ")), strength(p))
		if s.filled > 0 {
			c.cells, c.seen = s.special(role)
		}
	}
	if s.share(kindCompany) > .5 && name == "" {
		c := get(hub.RoleCustomerName)
		c.cells, c.seen = 2.2, fmt.Sprintf("%d %% of the cells bear a legal form", percent(s.share(kindCompany)))
	}
	for _, e := range s.evidence() {
		if e.share > .3 {
			c := get(e.role)
			c.cells += e.share * e.weight
			c.seen = sentence(c.seen, e.seen, e.share)
		} else if e.needed && e.share < .15 && header[e.role] > 0 && s.filled > 0 {
			c := get(e.role)
			c.cells -= 2
		}
	}
	var out []claim
	for _, c := range found {
		out = append(out, *c)
	}
	return out
}

func strength(points float64) string {
	switch {
	case points >= 3:
		return "is a known word for it"
	case points >= 1:
		return "speaks of it"
	}
	return "hints at it"
}

func sentence(before, format string, share float64) string {
	if strings.Contains(format, "%d") {
		format = fmt.Sprintf(format, percent(share))
	}
	if before != "" {
		return before + "; " + format
	}
	return format
}

// assign gives roles to columns greedily, strongest claim first.
func assign(columns []Column, claims []claim) {
	slices.SortFunc(claims, func(a, b claim) int {
		switch {
		case a.points() != b.points() && a.points() > b.points():
			return -1
		case a.points() != b.points():
			return 1
		case a.header != b.header && a.header > b.header:
			return -1
		case a.header != b.header:
			return 1
		case a.column != b.column:
			return a.column - b.column
		}
		return strings.Compare(a.role, b.role)
	})
	taken := map[string]bool{}
	for _, c := range claims {
		col := &columns[c.column]
		if c.points() < enough || col.Role != "" || taken[c.role] && !(several[c.role] && c.header >= 1) {
			continue
		}
		col.Role, taken[c.role] = c.role, true
		col.Why = c.why()
	}
}

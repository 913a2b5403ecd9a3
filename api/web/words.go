package web

import (
	"html/template"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"samsyn/internal/hub"
)

// named is what a value is called: a kind, a role, a class of errors. A value
// without a word in the catalogue, such as a new kind, goes by its own name.
func (c *catalogue) named(group, value string) string {
	if _, ok := c.texts[group+"."+value]; ok {
		return c.must(group + "." + value)
	}
	return value
}

// identValue writes an ident as people do: org numbers in groups of three,
// telephone numbers as their country groups them.
func identValue(id hub.Ident) string {
	switch id.Kind {
	case hub.IdentPhone:
		return phone(id.Value)
	case hub.IdentOrgNo, "succession": // the number of who took over
		return orgNumber(id.Value)
	}
	return id.Value
}

var (
	// international is a telephone number with its country, however it is grouped.
	international = regexp.MustCompile(`^\+\d[\d\s().\-]{5,25}$`)
	// norwegianMobile is grouped by people as 3-2-3, which the library does not know.
	norwegianMobile = regexp.MustCompile(`^\+47([49]\d\d)(\d\d)(\d{3})$`)
)

// dial is a telephone number as the address of a call takes it (RFC 3966): without
// what people write between the digits, after the last, and of several numbers the first.
func dial(number string) string {
	number = strings.ReplaceAll(number, "(0)", "")
	if i := strings.IndexFunc(number, func(r rune) bool { return unicode.IsLetter(r) || strings.ContainsRune("/,;\n", r) }); i > 0 {
		number = number[:i]
	}
	return strings.Map(func(r rune) rune {
		if r != '+' && (r < '0' || r > '9') {
			return -1
		}
		return r
	}, number)
}

// phone groups a number as its country does, the same wherever it stands. One
// without its country stays as people wrote it.
func phone(value string) string {
	if !international.MatchString(value) {
		return value
	}
	n, err := phonenumbers.Parse(value, "")
	if err != nil {
		return value
	}
	text := norwegianMobile.ReplaceAllString(phonenumbers.Format(n, phonenumbers.E164), "+47 $1 $2 $3")
	if !strings.Contains(text, " ") {
		text = phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
	}
	return strings.ReplaceAll(text, " ", "\u00a0")
}

func orgNumber(value string) string {
	country, digits := "", value
	if len(digits) > 2 && unicode.IsLetter(rune(digits[0])) {
		country, digits = digits[:2]+" ", digits[2:]
	}
	if len(digits) != 9 || strings.ContainsFunc(digits, func(r rune) bool { return !unicode.IsDigit(r) }) {
		return country + digits
	}
	return country + digits[:3] + " " + digits[3:6] + " " + digits[6:]
}

// Reason says in words why a record belongs to a customer, and where that stands.
// where and row are the place of the record; row is "" for a mail.
func (s *Site) Reason(lang string, e hub.Evidence, where, row string) string {
	return s.catalogues[lang].reason(e, where, row)
}

func (c *catalogue) reason(e hub.Evidence, where, row string) string {
	key := "why." + e.Kind
	if e.Bits < 0 {
		key = "why.not." + e.Kind
	}
	for _, plainer := range []string{"why." + e.Kind, "why.other"} {
		if _, ok := c.texts[key]; !ok {
			key = plainer
		}
	}
	text := c.must(key, identValue(hub.Ident{Kind: e.Kind, Value: e.Value}))
	if e.Bits < 0 {
		text = c.must("why.against", text)
	}
	if at := c.evidencePlace(e.Place, where, row); at != "" {
		text += " (" + at + ")"
	}
	return text
}

// columnPlace is a place in a row: the letter of a column, and its header.
var columnPlace = regexp.MustCompile(`^([A-Z]{1,3})(?: (.*))?$`)

// evidencePlace says where evidence stands: the column of a row, the header or
// the line of a mail; then the row, file and sheet or the mail folder.
func (c *catalogue) evidencePlace(place, where, row string) string {
	var parts []string
	if m := columnPlace.FindStringSubmatch(place); m != nil && row != "" {
		if m[2] == "" {
			parts = append(parts, c.must("place.column", m[1]))
		} else {
			parts = append(parts, c.must("place.header", m[1], m[2]))
		}
	} else if line, ok := strings.CutPrefix(place, "text "); ok {
		parts = append(parts, c.must("place.line", line))
	} else if place != "" {
		parts = append(parts, c.must("place.field", c.named("header", place)))
	} else {
		return ""
	}
	if where != "" {
		parts = append(parts, c.place(where, row))
	}
	return strings.Join(parts, ", ")
}

// strength is how much of five steps the evidence is worth: two to the bits are
// the odds, and at twenty bits nobody doubts any more.
func strength(bits float64) int { return max(1, min(5, int(math.Ceil(math.Abs(bits)/4)))) }

// place says where a record lies, in the words of the language.
func (c *catalogue) place(where, row string) string {
	if row == "" {
		return where
	}
	return where + ", " + c.must("place.row", row)
}

// value writes a cell as people read it: dates and numbers by language.
func (c *catalogue) value(f hub.Field) string {
	switch f.Type {
	case "date":
		if t, err := time.Parse(time.DateOnly, f.Value); err == nil {
			return t.Format(c.must("format.date"))
		}
	case "time":
		if t, err := time.Parse(time.RFC3339, f.Value); err == nil {
			return strings.TrimSpace(c.date(t) + " " + c.clock(t))
		}
	case "bool":
		if f.Value == "true" || f.Value == "false" {
			return c.must("bool." + f.Value)
		}
	case "number":
		return c.amount(f)
	}
	switch {
	case f.Role == hub.RolePhone:
		return phone(f.Value)
	case slices.Contains(addressHeaders, f.Name):
		return addresses(f.Value)
	}
	return f.Value
}

// addressHeaders are the headers of a mail that hold addresses (RFC 5322, section 3.6).
var addressHeaders = []string{"From", "Sender", "Reply-To", "To", "Cc", "Bcc"}

// addresses writes a list of mail addresses without the quotes that the form of
// mails wants. What is no such list stays as it is.
func addresses(value string) string {
	list, err := mail.ParseAddressList(value)
	if err != nil {
		return value
	}
	all := make([]string, len(list))
	for i, a := range list {
		all[i] = a.Address
		if a.Name != "" && !strings.EqualFold(a.Name, a.Address) {
			all[i] = a.Name + " <" + a.Address + ">"
		}
	}
	return strings.Join(all, ", ")
}

// amount groups the digits of numbers that count something; a number that names
// something (a customer, a year) stays as it is. A fraction of money has two digits.
func (c *catalogue) amount(f hub.Field) string {
	_, decimals, broken := strings.Cut(f.Value, ".")
	digits := min(len(decimals), 6)
	switch f.Role {
	case hub.RoleAmount, hub.RoleVATAmount, hub.RoleTotalAmount:
		if digits == 1 {
			digits = 2
		}
	case hub.RoleQuantity:
	default:
		if !broken || f.Role != "" {
			return f.Value
		}
	}
	n, err := strconv.ParseFloat(f.Value, 64)
	if err != nil {
		return f.Value
	}
	return c.printer.Sprintf("%.*f", digits, n)
}

// past and soon tell how near a day is: over, or within a quarter.
func past(t time.Time) bool { return !t.IsZero() && t.Before(time.Now()) }
func soon(t time.Time) bool { return !past(t) && t.Before(time.Now().AddDate(0, 3, 0)) }

// money writes a sum that is kept in hundredths, which stand there if there are
// any: a sum reads the same beside others, whatever their size.
func (c *catalogue) money(cents int64, currency string) string {
	digits := 0
	if cents%100 != 0 {
		digits = 2
	}
	text := c.printer.Sprintf("%.*f", digits, float64(cents)/100)
	if currency != "" {
		text += "\u00a0" + currency
	}
	return text
}

// snippet trusts a part of a record: package indexer escapes it, and lets only
// <mark> stand.
func snippet(text string) template.HTML { return template.HTML(text) }

// marked trusts the title of a hit, as snippet does its text.
func marked(hit interface{ Marked() string }) template.HTML { return template.HTML(hit.Marked()) }

// hues is how many colours departments have; the style sheet defines them.
const hues = 12

// Departments tells the site all departments, in an order in which new ones come
// last: up to the number of colours each has one of its own, the same on every page.
func (s *Site) Departments(all []string) { s.departments.Store(&all) }

func (s *Site) hue(department string) int {
	all := s.departments.Load()
	if all == nil {
		return 0
	}
	at := slices.Index(*all, department)
	if at < 0 { // it has no source
		at = len(*all)
	}
	return at % hues
}

// initials stand for a user.
func initials(name string) string {
	r, _ := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r))
}

// paragraphs splits the text of a mail at empty lines.
func paragraphs(text string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.Trim(p, "\n"); strings.TrimSpace(p) != "" {
			out = append(out, p)
		}
	}
	return out
}

// cardKinds are the idents by which people tell customers of like names apart.
var cardKinds = []string{hub.IdentPlace, hub.IdentOrgNo, hub.IdentCustNo}

// cardIdents picks the few idents that a card has room for.
func cardIdents(idents []hub.Ident) []hub.Ident {
	var out []hub.Ident
	for _, kind := range cardKinds {
		n := 0
		for _, id := range idents {
			if id.Kind == kind && len(out) < 4 && (n == 0 || kind == hub.IdentCustNo) {
				out = append(out, id)
				n++
			}
		}
	}
	return out
}

// plainHeads are the headers of a mail that people read.
var plainHeads = []string{"From", "To", "Cc", "Bcc", "Date"}

// heads are the headers of a mail that people read, or the others.
func heads(fields []hub.Field, plain bool) []hub.Field {
	var out []hub.Field
	for _, f := range telling(fields) {
		if slices.Contains(plainHeads, f.Name) == plain {
			out = append(out, f)
		}
	}
	return out
}

// telling leaves out the fields of a row that say nothing.
func telling(fields []hub.Field) []hub.Field {
	var out []hub.Field
	for _, f := range fields {
		if strings.TrimSpace(f.Value) != "" && !f.Hidden {
			out = append(out, f)
		}
	}
	return out
}

// searched is a search as the access log keeps it: its words, and what narrows it.
type searched struct {
	Words   string
	Filters []narrowed
}

type narrowed struct{ Key, Value string }

// narrowing are the filters of a search, in the order in which they are told.
var narrowing = []string{"department", "nature", "kind", "source", "person", "customer", "year", "from", "to"}

// search reads a line of the access log. What stands in the form of filters but
// is none belongs to the words.
func search(subject string) searched {
	at := strings.LastIndexByte(subject, ' ') + 1
	filters, err := url.ParseQuery(subject[at:])
	if err != nil || !strings.Contains(subject[at:], "=") {
		return searched{Words: subject}
	}
	for key := range filters {
		if !slices.Contains(narrowing, key) {
			return searched{Words: subject}
		}
	}
	s := searched{Words: strings.TrimSpace(subject[:at])}
	for _, key := range narrowing {
		for _, value := range filters[key] {
			s.Filters = append(s.Filters, narrowed{key, value})
		}
	}
	return s
}

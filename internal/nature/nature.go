// Package nature recognises what a record is, an order, a complaint or a survey
// answer, from the names of file, sheet and columns and from what stands in the
// cells, in Norwegian, Swedish, Danish, Finnish and English; and it draws from
// the record the few facts that count: an amount, a state, a person. It is pure.
//
// A table is weighed by its words (words.go). What a person said of a file, a
// Ruling, goes before. Within a table a cell that names a kind ("Type: Klage")
// goes before the table.
package nature

import (
	"slices"
	"strings"
	"sync"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// Natures, as filters and facets name them.
const (
	Order     = "order"
	Delivery  = "delivery"
	Invoice   = "invoice" // and credit notes, whose amounts are negative
	Offer     = "offer"
	Complaint = "complaint"
	Return    = "return"
	Case      = "case" // a question to support
	Survey    = "survey"
	Forecast  = "forecast"
	Agreement = "agreement"
	Action    = "action" // of a customer plan
	Contact   = "contact"
	Note      = "note"
	Meeting   = "meeting"
	Mail      = "mail"
	Register  = "register" // an official register of companies: package register
	Row       = "row"      // nothing of these, as far as one can tell
)

// All lists the natures in the order in which people look for them.
func All() []string {
	return []string{Order, Delivery, Invoice, Offer, Complaint, Return, Case, Survey, Forecast, Agreement, Action, Contact, Note, Meeting, Mail, Register, Row}
}

// OfRows lists the natures that rows may have, in the same order: a mail is one by its
// kind, and a row that tells of one is a note, a case or a contact.
func OfRows() []string {
	return slices.DeleteFunc(All(), func(n string) bool { return n == Mail })
}

// Place is where a row stands: path of its file and name of its sheet, "" in a
// CSV file.
type Place struct{ File, Sheet string }

// PlaceOf reads scope and ref of a sighting: "2026.xlsx#Ark1" and "17", or
// "INBOX" and "7.12/orders.xlsx#Ark1/4" for a row of an attachment.
func PlaceOf(scope, ref string) Place {
	if _, attached, ok := strings.Cut(ref, "/"); ok {
		if cut := strings.LastIndexByte(attached, '/'); cut >= 0 {
			scope = attached[:cut]
		}
	}
	file, sheet := scope, ""
	if cut := strings.LastIndexByte(scope, '#'); cut >= 0 {
		file, sheet = scope[:cut], scope[cut+1:]
	}
	return Place{file, sheet}
}

// Pattern is the place without what changes from one month to the next: digits,
// names of months and quarters, words such as "new" and "final". Files that differ in nothing
// else hold the same kind of thing.
func (p Place) Pattern() string {
	one := func(name string) string {
		if cut := strings.LastIndexByte(name, '.'); cut > 0 && len(name)-cut <= 5 {
			name = name[:cut]
		}
		var kept []string
		for _, w := range tokens(name) {
			if !vocabularyOf().passing[w] && strings.Trim(w, "0123456789") != "" {
				kept = append(kept, w)
			}
		}
		return strings.Join(kept, " ")
	}
	return one(p.File) + "#" + one(p.Sheet)
}

// Weights. A name of a sheet goes before that of its file, both before what
// headers say, and all before the mere shape of a table.
const (
	bySheet  = 3.2
	byFile   = 2
	byFolder = 1
	byNumber = 1.8 // the first column numbers the rows: "Ordrenr"
	byDate   = 1.2
	byHeader = .9
	byWord   = 1.5 // a header that this nature alone has
	byShape  = 1.6

	mostHeaders = 1.9 // what headers may add where a name speaks
	enough      = 1.5 // to be believed
)

// ofTable weighs what the names of file, sheet and columns say.
func (v *vocabulary) ofTable(p Place, fields []hub.Field) string {
	weights := map[string]float64{}
	v.weigh(p.Sheet, bySheet, weights)
	v.weigh(p.File[strings.LastIndexByte(p.File, '/')+1:], byFile, weights)
	if dir := strings.LastIndexByte(p.File, '/'); dir >= 0 {
		v.weigh(p.File[:dir], byFolder, weights)
	}
	headers := map[string]float64{}
	for i, f := range fields {
		v.weighHeader(f, i == 0, headers)
	}
	shape(fields, headers)
	named := len(weights) > 0
	for n, w := range headers {
		if named {
			w = min(w, mostHeaders)
		}
		weights[n] += w
	}
	best := Row
	for _, n := range All() { // in a fixed order, so that equal weights decide alike
		if w := weights[n]; w >= enough && (best == Row || w > weights[best]) {
			best = n
		}
	}
	return best
}

// weigh adds what a title says, each nature once. Of two natures in one title
// the last one counts most: in "Customer complaints" the head of the phrase
// stands at the end.
func (v *vocabulary) weigh(title string, weight float64, into map[string]float64) {
	found := v.all(title)
	for i, n := range found {
		w := weight
		if i < len(found)-1 {
			w *= .8
		}
		into[n] += w
	}
}

// weighHeader adds what the header of a column says: most if it numbers the
// rows, little if it only mentions another thing.
func (v *vocabulary) weighHeader(f hub.Field, first bool, into map[string]float64) {
	if headerOfOther(f.Role) {
		return
	}
	for _, n := range v.all(f.Name) {
		switch {
		case numbering(f.Role) && first:
			into[n] += byNumber
		case numbering(f.Role), f.Role == hub.RoleDate:
			into[n] += byDate
		default:
			into[n] += byHeader
		}
	}
	for n, words := range v.headers {
		if words[plain(f.Name)] {
			into[n] += byWord
		}
	}
}

func numbering(role string) bool { return role == hub.RoleRecordNo || role == hub.RoleInvoiceNo }

// headerOfOther tells columns whose headers describe somebody or somewhere, such
// as a delivery address.
func headerOfOther(role string) bool {
	switch role {
	case hub.RoleAddress, hub.RolePostalCode, hub.RoleCity, hub.RoleCountry, hub.RoleEmail, hub.RolePhone, hub.RoleOwner,
		hub.RoleCustomerName, hub.RoleCustomerNo, hub.RoleOrgNo, hub.RoleVATNo, hub.RoleContact, hub.RoleConsent:
		return true
	}
	return false
}

// shape adds what the kinds of columns say together: people without dates and
// amounts are a list of contacts.
func shape(fields []hub.Field, into map[string]float64) {
	has := map[string]bool{}
	for _, f := range fields {
		has[f.Role] = true
	}
	person := has[hub.RoleContact] || has[hub.RoleCustomerName]
	reached := has[hub.RoleEmail] || has[hub.RolePhone] || has[hub.RoleAddress]
	priced := has[hub.RoleAmount] || has[hub.RoleTotalAmount] || has[hub.RoleQuantity]
	if person && reached && !priced && !numberedRow(has) {
		into[Contact] += byShape
	}
	if has[hub.RoleInvoiceNo] && (has[hub.RoleDueDate] || has[hub.RoleVATAmount]) {
		into[Invoice] += byShape
	}
}

func numberedRow(has map[string]bool) bool {
	return has[hub.RoleRecordNo] || has[hub.RoleInvoiceNo] || has[hub.RoleStatus] || has[hub.RoleSubjectLine]
}

// refine looks at the state of a row: a delivery that came back is a return.
func (v *vocabulary) refine(n string, fields []hub.Field) string {
	if n != Delivery && n != Order {
		return n
	}
	for _, f := range fields {
		if f.Role == hub.RoleStatus && slices.Contains(v.all(f.Value), Return) {
			return Return
		}
	}
	return n
}

// vocabulary is the words, folded as texts are.
type vocabulary struct {
	stems   []stem
	headers map[string]map[string]bool // nature → whole headers
	typing  map[string]bool
	passing map[string]bool
	states  map[string][]string
}

type stem struct {
	text   string
	nature string
	exact  bool // the whole word
	inside bool // also within a compound
}

var vocabularyOf = sync.OnceValue(newVocabulary)

func newVocabulary() *vocabulary {
	v := &vocabulary{headers: map[string]map[string]bool{}, typing: setOf(typingHeaders), passing: setOf(passingWords), states: map[string][]string{}}
	for _, g := range stems {
		for word := range strings.FieldsSeq(g.words) {
			s := stem{nature: g.nature, exact: strings.HasSuffix(word, "!"), inside: strings.HasPrefix(word, "*")}
			s.text = link.Fold(strings.Trim(word, "*!"))
			v.stems = append(v.stems, s)
		}
	}
	// The longest stem that fits decides: "faktureringsavtale" holds two.
	slices.SortStableFunc(v.stems, func(a, b stem) int { return len(b.text) - len(a.text) })
	for _, g := range headerWords {
		if v.headers[g.nature] == nil {
			v.headers[g.nature] = map[string]bool{}
		}
		for h := range strings.SplitSeq(g.words, ",") {
			v.headers[g.nature][plain(h)] = true
		}
	}
	for _, g := range stateWords {
		for word := range strings.FieldsSeq(g.words) {
			v.states[g.nature] = append(v.states[g.nature], link.Fold(word))
		}
	}
	return v
}

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.SplitSeq(words, ",") {
		set[plain(w)] = true
	}
	return set
}

// all lists the natures that a text mentions, in its order, each once.
func (v *vocabulary) all(text string) []string {
	var found []string
	for _, w := range tokens(text) {
		if n := v.word(w); n != "" {
			found = slices.DeleteFunc(found, func(f string) bool { return f == n })
			found = append(found, n)
		}
	}
	return found
}

// word finds the nature that a word means. In a compound the last part says
// what it is, so a stem that stands later goes before one that stands earlier.
func (v *vocabulary) word(w string) string {
	best, at := "", -1
	for _, s := range v.stems {
		i := -1
		switch {
		case s.exact && w == s.text:
			return s.nature
		case s.exact:
		case strings.HasPrefix(w, s.text):
			i = 0
		case s.inside:
			i = strings.LastIndex(w, s.text)
		}
		if i > at {
			best, at = s.nature, i
		}
	}
	return best
}

// maxEnding is how many letters grammar adds to a stem: "reklamasjonene".
const maxEnding = 5

// Called is the nature that a word names, as a person types it into a search, in any
// of the languages; "" if it names none. Compounds and names that merely begin alike
// are none.
func Called(word string) string {
	words := tokens(word)
	if len(words) != 1 {
		return ""
	}
	for _, s := range vocabularyOf().stems {
		ending, is := strings.CutPrefix(words[0], s.text)
		if is && (ending == "" || !s.exact && len(ending) <= maxEnding) {
			return s.nature
		}
	}
	return ""
}

// tokens are the folded words of a text; "KundeListe" is two.
func tokens(text string) []string {
	var b strings.Builder
	var before rune
	for _, r := range text {
		if isUpper(r) && isLower(before) || isDigit(r) != isDigit(before) && before != 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		before = r
	}
	return strings.Fields(link.Fold(strings.NewReplacer("_", " ", "-", " ", ".", " ").Replace(b.String())))
}

// plain is a whole header, folded, in one word.
func plain(text string) string { return strings.ReplaceAll(link.Fold(text), " ", "") }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
func isUpper(r rune) bool { return r >= 'A' && r <= 'Z' || strings.ContainsRune("ÆØÅÄÖ", r) }
func isLower(r rune) bool { return r >= 'a' && r <= 'z' || strings.ContainsRune("æøåäö", r) }

// Ruling is what a person said that the rows of a file are.
type Ruling struct {
	Source  hub.SourceID
	Pattern string   // Place.Pattern
	Headers []string // of its columns
	Nature  string
}

// Rulings are what people said; the first that fits a row holds.
type Rulings []Ruling

// On finds the ruling on a row: that on its file, else, for a file whose name
// says nothing, that on a file of the same source with the same columns.
func (rs Rulings) On(source hub.SourceID, p Place, fields []hub.Field) string {
	if len(rs) == 0 {
		return ""
	}
	pattern := p.Pattern()
	for _, r := range rs {
		if r.Source == source && r.Pattern == pattern {
			return r.Nature
		}
	}
	if v := vocabularyOf(); len(v.all(p.File))+len(v.all(p.Sheet)) > 0 {
		return ""
	}
	for _, r := range rs {
		if r.Source == source && sameColumns(r.Headers, fields) {
			return r.Nature
		}
	}
	return ""
}

// sameColumns reports whether a row, which may leave cells empty, can be one of
// the table with these headers: it has none that is not among them, and four
// or more in all.
func sameColumns(headers []string, fields []hub.Field) bool {
	if len(fields) < 4 || len(fields)*2 < len(headers) {
		return false
	}
	known := map[string]bool{}
	for _, h := range headers {
		known[plain(h)] = true
	}
	for _, f := range fields {
		if !known[plain(f.Name)] {
			return false
		}
	}
	return true
}

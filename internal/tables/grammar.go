package tables

import (
	"cmp"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// A header is read like a phrase: its words are taken apart into stems, each
// stem means a concept, and the last concept is the head that the others
// modify, as in the compounds of the Nordic languages, Finnish and English. So
// a header that nobody wrote down beforehand is understood by its parts.

// lexicon is the stems, ready to be looked up, as a tree of letters.
type lexicon struct {
	root    *letter
	endings map[string]bool // what may follow the last stem of a word
	links   map[string]bool // what may stand between two
	known   map[string]parsed
}

// letter is a place in the tree: the stem that ends here, by where it may stand.
type letter struct {
	next                       map[byte]*letter
	whole, inside, first, last concept
}

// shortest is the number of letters from which a stem may stand inside a word
// without having been marked.
const shortest = 4

// longestWord is the number of letters above which a word of a header is not
// taken apart.
const longestWord = 40

func newLexicon() *lexicon {
	x := &lexicon{root: &letter{}, endings: map[string]bool{}, links: map[string]bool{}, known: map[string]parsed{}}
	for w := range strings.FieldsSeq(wordEndings) {
		x.endings[w] = true
	}
	for w := range strings.FieldsSeq(wordLinks) {
		x.links[w] = true
	}
	for _, s := range stems {
		for w := range strings.FieldsSeq(s.words) {
			at := x.root
			plain := level(strings.Trim(w, "-"))
			for i := range len(plain) {
				if at.next == nil {
					at.next = map[byte]*letter{}
				}
				if at.next[plain[i]] == nil {
					at.next[plain[i]] = &letter{}
				}
				at = at.next[plain[i]]
			}
			at.whole = s.of
			switch {
			case strings.HasPrefix(w, "-"):
				at.last = s.of
			case strings.HasSuffix(w, "-"):
				at.first = s.of
			case len(plain) >= shortest:
				at.inside = s.of
			}
		}
	}
	return x
}

// word looks up a whole word.
func (x *lexicon) word(w string) (concept, bool) {
	at := x.root
	for i := range len(w) {
		if at = at.next[w[i]]; at == nil {
			return "", false
		}
	}
	return at.whole, at.whole != ""
}

// level makes the ASCII spellings of Nordic letters equal to them: aa and å, ae
// and æ, oe and ø. It takes a folded word.
func level(s string) string {
	if !strings.Contains(s, "ae") && !strings.Contains(s, "oe") && !strings.Contains(s, "aa") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		b = append(b, s[i])
		if i+1 < len(s) && (s[i] == 'a' && (s[i+1] == 'a' || s[i+1] == 'e') || s[i] == 'o' && s[i+1] == 'e') {
			i++
		}
	}
	return string(b)
}

// wordEndings are what may follow the stem at the end of a word: plural,
// definite form, genitive, the cases and possessives of Finnish.
const wordEndings = `e r s t n a en et er es ar or ne na ns ts ren ene ens ets ers erne ernes arna orna a an ans ien ni si in un on ta lla lle ssa sta emme enne mme nne nsa ksen sen den ti
	are ares aren arens ere eren erens ed ing ning d nen sten isen eet`

// wordLinks are what may stand between the parts of a compound.
const wordLinks = `s e n r er en es a t an in on un ens ets ns ings nings den`

// parsed is a word taken apart.
type parsed struct {
	parts    []concept
	sure     float64 // share of its letters that is explained
	shortest int     // letters of the shortest stem
	mended   bool    // it was tried to read it with other letters
}

// parse takes one word apart.
func (x *lexicon) parse(word string) parsed {
	word = level(word)
	n := len(word)
	if c, ok := x.word(word); ok {
		return parsed{parts: []concept{c}, sure: 1, shortest: n}
	}
	best := x.steps(word)
	out := parsed{shortest: n, sure: float64(best[n].known) / float64(n)}
	over, least := 0, n // letters passed over in one piece
	longest := 0
	for i := n; i > 0; i = best[i].from {
		switch s := best[i]; {
		case s.stem == "":
		case s.stem != cUnknown:
			out.parts = append(out.parts, s.stem)
			out.shortest, longest = min(out.shortest, i-s.from), max(longest, i-s.from)
		case len(out.parts) == 0 || out.parts[len(out.parts)-1] != cUnknown:
			out.parts = append(out.parts, cUnknown)
			over = 1
		default:
			over++
		}
		if best[i].stem != cUnknown && over > 0 || best[i].from == 0 {
			least, over = min(least, cmp.Or(over, n)), 0
		}
	}
	if least < 3 && longest < 6 { // kalv is not k and VAT
		return parsed{parts: []concept{cUnknown}, shortest: n}
	}
	slices.Reverse(out.parts)
	out.parts = append(possessor(word), out.parts...)
	if out.sure < .5 && out.parts[len(out.parts)-1] == cUnknown {
		return parsed{parts: []concept{cUnknown}, shortest: n}
	}
	return out
}

// possessor is whose a thing is by the ending of a Finnish word: viitteemme is
// our reference, viitteenne yours.
func possessor(word string) []concept {
	switch {
	case len(word) > 6 && strings.HasSuffix(word, "mme"):
		return []concept{cUs}
	case len(word) > 6 && strings.HasSuffix(word, "nne"):
		return []concept{cThem}
	}
	return nil
}

// step is the best way to explain the letters up to a place.
type step struct {
	score float64
	known int     // letters explained
	from  int     // where this part begins
	stem  concept // cUnknown: letters passed over; "": an ending or a link
}

// steps explains the letters of a word from left to right, with as few parts as
// may be and as little left over.
func (x *lexicon) steps(word string) []step {
	n := len(word)
	best := make([]step, n+1)
	for i := 1; i <= n; i++ {
		best[i].score = -1e9
	}
	for i := range n {
		at := best[i]
		reach := func(j int, stem concept, score float64, known int) {
			if s := at.score + score; s > best[j].score {
				best[j] = step{s, at.known + known, i, stem}
			}
		}
		begun := 0.0
		if at.stem != cUnknown {
			begun = 3 // one or two letters that mean nothing are no part of a word
		}
		reach(i+1, cUnknown, -1-begun, 0)
		if i > 0 && at.stem != cUnknown && at.stem != "" {
			for j := i + 1; j <= min(i+5, n); j++ {
				if part := word[i:j]; j == n && x.endings[part] || j < n && x.links[part] {
					reach(j, "", -.5*float64(j-i), j-i)
				}
			}
		}
		l := x.root
		for j := i; j < n; {
			if l = l.next[word[j]]; l == nil {
				break
			}
			j++
			if c := l.standing(word, i, j, x.endings); c != "" {
				reach(j, c, 2*float64(j-i)-3, j-i)
			}
		}
	}
	return best
}

// standing is the stem that ends at l, if it may stand at word[i:j].
func (l *letter) standing(word string, i, j int, endings map[string]bool) concept {
	switch {
	case l.inside != "":
		return l.inside
	case i == 0 && l.first != "":
		return l.first
	case i > 0 && j == len(word) && l.last != "":
		return l.last
	case i == 0 && j >= 3 && endings[word[j:]]:
		return l.whole
	}
	return ""
}

// understanding is what a header was understood as.
type understanding struct {
	parts []concept // modifiers first, the head last
	unit  concept   // of numbers: "Vekt kg"; "" if none is named
	sure  float64   // 0 to 1
}

// understand reads a header with its group label.
func (x *lexicon) understand(name, group string, mend bool) understanding {
	main, aside := outsideBrackets(name)
	u := x.phrase(main, mend)
	if len(u.parts) == 0 && u.unit == "" {
		return x.phrase(aside, mend)
	}
	var before []concept
	for _, s := range []string{group, aside} {
		b := x.phrase(s, mend)
		before = append(before, b.parts...)
		if s == aside && len(b.parts) == 0 && u.unit == "" {
			u.unit = b.unit
		}
	}
	before = slices.DeleteFunc(before, unknown)
	u.parts = append(before, u.parts...)
	return u
}

// outsideBrackets parts "Summa (veroton)" into what stands outside and inside.
func outsideBrackets(s string) (outside, inside string) {
	for _, pair := range []string{"()", "[]"} {
		if i, j := strings.IndexByte(s, pair[0]), strings.LastIndexByte(s, pair[1]); i >= 0 && j > i {
			return s[:i] + " " + s[j+1:], s[i+1 : j]
		}
	}
	return s, ""
}

// phrase reads words in their order.
func (x *lexicon) phrase(s string, mend bool) understanding {
	words := strings.Fields(spaced(s))
	if strings.Contains(s, "#") {
		words = append(words, "nr")
	}
	if strings.Contains(s, "%") {
		words = append(words, "procent")
	}
	words = x.glued(words)
	var read [][]concept
	var unit concept
	letters, known := 0.0, 0.0
	for i, w := range words {
		if c, ok := units[w]; ok && i == len(words)-1 {
			unit = c
			continue
		}
		if allDigits(w) {
			continue
		}
		p := x.read(w, mend)
		if slices.Equal(p.parts, []concept{cUnknown}) {
			if len(w) == 1 {
				continue
			}
			p.parts = []concept{cForeign}
			letters -= .5 * float64(len(w)) // a name of something says little for or against
		}
		read = append(read, p.parts)
		letters, known = letters+float64(len(w)), known+p.sure*float64(len(w))
	}
	u := understanding{parts: inOrder(read), unit: unit}
	u.parts = slices.DeleteFunc(u.parts, func(c concept) bool { return c == cNothing })
	if letters > 0 {
		u.sure = known / letters
	}
	return u
}

// glued joins what is one word in two: "e post", "y tunnus", "ship to".
func (x *lexicon) glued(words []string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		w := words[i]
		if i+1 < len(words) {
			both := w + words[i+1]
			_, known := x.word(level(both))
			if known && len(both) >= shortest || w == "e" || w == "s" || w == "y" {
				w = both
				i++
			}
		}
		out = append(out, w)
	}
	return out
}

// attributes are the concepts that say what a column holds, bearers those that
// say of whom or what. Where a bearer stands last, as in "Land faktura" or
// "Telefon arbeid", it is the attribute before it that counts.
const (
	attributes = " name number date due email phone address post city country amount total vat text status person contact quantity "
	bearers    = " thing invoice customer company contact person us them owner product "
)

func inOrder(words [][]concept) (out []concept) {
	for len(words) > 1 {
		last := words[len(words)-1]
		before := words[len(words)-2]
		of, is := last[len(last)-1], before[len(before)-1]
		if len(last) > 1 || of == is || !strings.Contains(bearers, " "+string(of)+" ") || !strings.Contains(attributes, " "+string(is)+" ") {
			break
		}
		out = append(out, of)
		words = words[:len(words)-1]
	}
	for _, w := range words {
		out = append(out, w...)
	}
	return out
}

// read takes a word apart and, if asked to, mends it where it must; it remembers
// what it read.
func (x *lexicon) read(w string, mend bool) parsed {
	if len(w) > longestWord {
		return parsed{parts: []concept{cUnknown}}
	}
	p, known := x.known[w]
	if !known {
		p = x.parse(w)
	}
	if mend && !p.mended && p.sure < .75 {
		p = x.mended(w, p)
		p.mended = true
	}
	if len(x.known) < 10_000 {
		x.known[w] = p
	}
	return p
}

// mended reads a word anew with one letter wrong, missing, too many or swapped,
// or cut short, if that explains all of it.
func (x *lexicon) mended(w string, as parsed) parsed {
	n := len(w)
	if p := x.completed(level(w)); p.sure > as.sure {
		return p
	}
	if n < 5 || n > 24 {
		return as
	}
	try := func(s string) bool {
		p := x.parse(s)
		if p.sure < 1 || slices.Contains(p.parts, cUnknown) || p.shortest < shortest || len(p.parts) > 2 {
			return false
		}
		as = parsed{parts: p.parts, sure: .75, shortest: p.shortest}
		return true
	}
	for i := 1; i < n; i++ { // the first letter is hardly ever the wrong one
		if n >= 6 && try(w[:i]+w[i+1:]) || i+1 < n && try(w[:i]+w[i+1:i+2]+w[i:i+1]+w[i+2:]) {
			return as
		}
	}
	for i := 1; i <= n && n >= 6; i++ {
		for c := 'a'; c <= 'z'; c++ {
			if try(w[:i]+string(c)+w[i:]) || i < n && try(w[:i]+string(c)+w[i+1:]) {
				return as
			}
		}
	}
	return as
}

// completed reads a word whose end was cut off: "Projektansv", "Fakturamott".
func (x *lexicon) completed(w string) (best parsed) {
	for i := 0; i+shortest <= len(w); i++ {
		c, ok := x.beginning(w[i:])
		if !ok {
			continue
		}
		p := parsed{sure: 1, shortest: len(w) - i}
		if i > 0 {
			if p = x.parse(w[:i]); slices.Contains(p.parts, cUnknown) {
				continue
			}
		}
		p.parts = append(slices.Clone(p.parts), c)
		p.sure *= .85
		return p
	}
	return best
}

// beginning finds the one concept whose stems begin with s.
func (x *lexicon) beginning(s string) (c concept, ok bool) {
	at := x.root
	for i := range len(s) {
		if at = at.next[s[i]]; at == nil {
			return "", false
		}
	}
	one := true
	at.below(func(of concept) {
		if c != "" && c != of {
			one = false
		}
		c = of
	})
	return c, one && c != ""
}

// below visits what longer stems mean.
func (l *letter) below(visit func(concept)) {
	for _, next := range l.next {
		if next.inside != "" {
			visit(next.inside)
		}
		next.below(visit)
	}
}

// units say what kind of number a column holds.
var units = map[string]concept{"kg": cQuantity, "stk": cQuantity, "st": cQuantity, "kpl": cQuantity, "liter": cQuantity, "l": cQuantity, "tonn": cQuantity, "ton": cQuantity, "timer": cQuantity, "m2": cQuantity, "m3": cQuantity, "daa": cQuantity,
	"nok": cAmount, "sek": cAmount, "dkk": cAmount, "eur": cAmount, "usd": cAmount, "kr": cAmount, "tkr": cAmount, "mnok": cAmount, "msek": cAmount, "teur": cAmount}

// roles says for which roles a header speaks, and how strongly: at most 2.8
// where all of it is understood.
func (u understanding) roles(raise func(role string, points float64)) {
	switch u.unit {
	case cQuantity:
		raise(hub.RoleQuantity, 1.7)
	case cAmount:
		raise(hub.RoleAmount, 1.7)
	}
	parts := u.parts
	if i := slices.Index(parts, cBy); i >= 0 {
		if u.by(i, raise) {
			return
		}
		parts = slices.Delete(slices.Clone(parts), i, i+1)
		if len(parts) == 0 || i == 0 {
			raise(hub.RoleCity, 2)
			return
		}
	}
	p := 2.8 * u.sure
	if len(parts) > 2 && parts[0] == cNumber && parts[1] == cOf { // number of attendees
		raise(hub.RoleQuantity, p*.9)
		p *= .7
	}
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i] == cOf { // name of customer: the customer's name
			if i > 0 {
				parts = append(slices.Clone(parts[i+1:]), parts[:i]...)
			} else {
				parts = parts[1:]
			}
		}
	}
	for len(parts) > 0 {
		head := parts[len(parts)-1]
		switch head {
		case cForeign:
			p *= .85
		case cUnknown:
			p *= .6 // what counts is not understood
		default:
			headed(head, slices.DeleteFunc(slices.Clone(parts[:len(parts)-1]), unknown), p, raise)
			return
		}
		parts = parts[:len(parts)-1]
	}
}

func unknown(c concept) bool { return c == cUnknown || c == cForeign }

// by reads "created by": whoever did it is a colleague, unless the customer did.
func (u understanding) by(i int, raise func(string, float64)) bool {
	before := u.parts[:i]
	switch {
	case i == 0:
		return false
	case slices.Contains(before, cPay):
		raise(hub.RoleDueDate, 2.4*u.sure)
	case slices.Contains(u.parts, cCustomer), slices.Contains(before, cContact):
		raise(hub.RoleContact, 2.2*u.sure)
	case before[i-1] == cEvent, before[i-1] == cOwner, before[i-1] == cThing, before[i-1] == cRegister:
		raise(hub.RoleOwner, 2.4*max(u.sure, .8))
	default:
		return false
	}
	return true
}

// nearest is the last of the modifiers that is one of those wanted.
func nearest(modifiers []concept, wanted ...concept) concept {
	for i := len(modifiers) - 1; i >= 0; i-- {
		if slices.Contains(wanted, modifiers[i]) {
			return modifiers[i]
		}
	}
	return cUnknown
}

// plainHeads are the heads that mean a role whatever modifies them.
var plainHeads = map[concept]string{
	cEmail: hub.RoleEmail, cPhone: hub.RolePhone, cAddress: hub.RoleAddress, cCity: hub.RoleCity, cCountry: hub.RoleCountry, cCurrency: hub.RoleCurrency,
	cQuantity: hub.RoleQuantity, cStatus: hub.RoleStatus, cPriority: hub.RolePriority, cConsent: hub.RoleConsent, cSubject: hub.RoleSubjectLine,
	cText: hub.RoleText, cKind: hub.RoleText, cProduct: hub.RoleText, cWeb: hub.RoleText, cOrgNo: hub.RoleOrgNo, cSupplier: hub.RoleOther, cAccount: hub.RoleOther, cRate: hub.RoleOther,
}

// headed weighs the roles of a phrase with the head and its modifiers.
func headed(head concept, mods []concept, p float64, raise func(string, float64)) {
	has := func(cs ...concept) bool { return nearest(mods, cs...) != cUnknown }
	switch head {
	case cNumber:
		numbered(mods, p, raise)
	case cName, cPerson, cContact, cRef, cThem, cUs:
		named(head, mods, p, raise)
	case cCustomer, cCompany:
		switch {
		case has(cUs), has(cSupplier):
			raise(hub.RoleOther, p*.8)
		case has(cQuantity):
			raise(hub.RoleQuantity, p)
		case has(cOrgNo):
			raise(hub.RoleOrgNo, p)
		case has(cEmail), has(cPhone), has(cAddress): // e-mail, customer
			headed(nearest(mods, cEmail, cPhone, cAddress), nil, p*.8, raise)
		default:
			raise(hub.RoleCustomerName, p)
		}
	case cOwner:
		if has(cOf) || has(cThem) {
			raise(hub.RoleContact, p*.8)
			return
		}
		raise(hub.RoleOwner, p)
	case cDue:
		if has(cTotal, cAmount) {
			raise(hub.RoleTotalAmount, p)
			return
		}
		raise(hub.RoleDueDate, p)
	case cLast, cPay:
		switch {
		case has(cPay) || head == cPay && has(cLast, cDue):
			raise(hub.RoleDueDate, p)
		case head == cLast:
			raise(hub.RoleDate, p*.6)
		case has(cTotal, cAmount):
			raise(hub.RoleTotalAmount, p)
		default:
			raise(hub.RoleTotalAmount, p*.5)
			raise(hub.RoleAmount, p*.5)
			raise(hub.RoleStatus, p*.5)
		}
	case cDate, cEvent:
		switch {
		case has(cLast) && has(cPay):
			raise(hub.RoleDueDate, p)
		case has(cBirth):
			raise(hub.RoleOther, p)
		case has(cDue):
			raise(hub.RoleDueDate, p)
		case has(cQuantity):
			raise(hub.RoleQuantity, p)
		default:
			raise(hub.RoleDate, p)
		}
	case cAmount, cTotal, cIncl, cExcl, cVAT, cRegister:
		valued(head, mods, p, raise)
	case cInvoice:
		if has(cEmail) {
			raise(hub.RoleEmail, p*.8)
			return
		}
		raise(hub.RoleInvoiceNo, p*.75)
	case cThing:
		switch {
		case has(cQuantity):
			raise(hub.RoleQuantity, p)
		case has(cConsent):
			raise(hub.RoleConsent, p*.9)
		case has(cAddress): // a line of it
			raise(hub.RoleAddress, p)
		case has(cAmount):
			raise(hub.RoleAmount, p*.6)
		default:
			raise(hub.RoleRecordNo, p*.6)
			raise(hub.RoleText, p*.7)
		}
	case cBirth:
		if has(cOrgNo, cCompany) { // of whoever the customer is
			raise(hub.RoleOrgNo, p)
			return
		}
		raise(hub.RoleOther, p)
	case cPost:
		raise(hub.RolePostalCode, p*.8)
	case cCity:
		if has(cQuantity) {
			raise(hub.RoleQuantity, p)
			return
		}
		raise(hub.RoleCity, p)
	default:
		role := plainHeads[head]
		switch {
		case role == hub.RoleAddress && has(cEmail):
			role = hub.RoleEmail
		case role == hub.RoleAddress && has(cWeb):
			role = hub.RoleText
		case role == hub.RoleQuantity && has(cTotal, cNumber):
		case (head == cKind || head == cText || head == cProduct) && has(cConsent):
			role = hub.RoleConsent
		case head == cEmail && has(cConsent):
			role = hub.RoleConsent
		case head == cQuantity && has(cVAT): // veron määrä
			role = hub.RoleVATAmount
		case head == cRate && has(cVAT):
			raise(hub.RoleVATAmount, p*.75)
		case head == cKind && has(cPriority):
			role = hub.RolePriority
		case head == cKind && has(cStatus):
			role = hub.RoleStatus
		case head == cStatus && has(cQuantity), head == cText && has(cQuantity), head == cProduct && has(cQuantity):
			role = hub.RoleQuantity
		}
		if role != "" {
			raise(role, p)
		}
	}
}

// numbered is the number, code or id of something: of what stands nearest to it.
func numbered(mods []concept, p float64, raise func(string, float64)) {
	switch nearest(mods, cCustomer, cCompany, cOrgNo, cVAT, cRegister, cPhone, cPost, cInvoice, cThing, cContact, cOwner, cSupplier, cProduct, cAccount, cBirth, cPerson, cCountry,
		cCurrency, cKind, cStatus, cCity, cAddress, cAmount, cTotal, cQuantity) {
	case cPhone:
		raise(hub.RolePhone, p)
	case cPost:
		raise(hub.RolePostalCode, p)
	case cVAT:
		raise(hub.RoleVATNo, p)
	case cRegister:
		switch {
		case slices.Contains(mods, cVAT):
			raise(hub.RoleVATNo, p)
		case slices.Contains(mods, cCompany), slices.Contains(mods, cCustomer):
			raise(hub.RoleOrgNo, p)
		default:
			raise(hub.RoleOrgNo, p*.6)
			raise(hub.RoleRecordNo, p*.4)
		}
	case cOrgNo:
		raise(hub.RoleOrgNo, p)
	case cCompany:
		raise(hub.RoleOrgNo, p*.9)
		raise(hub.RoleCustomerNo, p*.5)
	case cAccount:
		if slices.Contains(mods, cCustomer) {
			raise(hub.RoleCustomerNo, p*.8)
			return
		}
		raise(hub.RoleOther, p*.8)
	case cCustomer:
		if nearest(mods, cVAT, cRegister) != cUnknown { // reg. no. of the customer
			numbered(slices.DeleteFunc(slices.Clone(mods), func(c concept) bool { return c == cCustomer }), p, raise)
			return
		}
		raise(hub.RoleCustomerNo, p)
	case cInvoice:
		raise(hub.RoleInvoiceNo, p)
	case cThing:
		raise(hub.RoleRecordNo, p)
	case cContact:
		raise(hub.RolePhone, p*.5)
		raise(hub.RoleOther, p*.5)
	case cCountry:
		raise(hub.RoleCountry, p)
	case cCurrency:
		raise(hub.RoleCurrency, p)
	case cAddress:
		raise(hub.RoleAddress, p*.8)
	case cStatus:
		raise(hub.RoleStatus, p*.8)
	case cQuantity, cAmount, cTotal:
		raise(hub.RoleQuantity, p*.6)
	case cOwner, cSupplier, cProduct, cBirth, cPerson, cKind, cCity:
		raise(hub.RoleOther, p*.8)
	default: // a number, and no more is said
		raise(hub.RoleRecordNo, p*.6)
		raise(hub.RoleCustomerNo, p*.2)
	}
}

// named is the name of something, or a person.
func named(head concept, mods []concept, p float64, raise func(string, float64)) {
	near := nearest(mods, cCustomer, cCompany, cContact, cPerson, cOwner, cUs, cThem, cRef, cThing, cInvoice, cProduct, cKind, cCity, cCountry, cAddress, cSupplier, cAccount, cStatus)
	us, them := slices.Contains(mods, cUs), slices.Contains(mods, cThem) || slices.Contains(mods, cCustomer)
	switch head {
	case cRef:
		switch {
		case us:
			raise(hub.RoleOwner, p)
		case slices.Contains(mods, cThem):
			raise(hub.RoleContact, p)
		case them:
			raise(hub.RoleContact, p*.75)
			raise(hub.RoleCustomerNo, p*.5)
		case near == cThing, near == cInvoice:
			raise(hub.RoleRecordNo, p*.8)
		default:
			raise(hub.RoleContact, p*.6)
			raise(hub.RoleRecordNo, p*.6)
		}
	case cThem, cUs: // alone it says too little
		if near != cUnknown {
			named(near, append(slices.Clone(mods), head), p*.9, raise)
			return
		}
		raise(map[concept]string{cThem: hub.RoleContact, cUs: hub.RoleOwner}[head], p*.4)
	case cContact:
		switch {
		case us || slices.Contains(mods, cOwner):
			raise(hub.RoleOwner, p)
		case near == cThing && slices.Contains(mods, cQuantity), slices.Contains(mods, cQuantity):
			raise(hub.RoleQuantity, p)
		case slices.Contains(mods, cEmail):
			raise(hub.RoleEmail, p)
		case slices.Contains(mods, cPhone):
			raise(hub.RolePhone, p)
		case slices.Contains(mods, cEvent):
			raise(hub.RoleDate, p*.8)
			raise(hub.RoleContact, p*.3)
		default:
			raise(hub.RoleContact, p)
		}
	case cPerson:
		if us || near == cOwner {
			raise(hub.RoleOwner, p)
		} else {
			raise(hub.RoleContact, p)
		}
	default: // cName
		switch {
		case us && near != cCustomer && near != cCompany || near == cOwner:
			raise(hub.RoleOwner, p)
		case near == cContact, near == cPerson, near == cThem:
			raise(hub.RoleContact, p)
		case near == cCustomer, near == cCompany:
			raise(hub.RoleCustomerName, p)
		case near == cThing, near == cProduct, near == cKind, near == cStatus:
			raise(hub.RoleText, p)
		case near == cCity:
			raise(hub.RoleCity, p)
		case near == cCountry:
			raise(hub.RoleCountry, p)
		case near == cAddress:
			raise(hub.RoleAddress, p)
		case near == cSupplier, near == cAccount:
			raise(hub.RoleOther, p)
		default:
			raise(hub.RoleCustomerName, p*.65)
			raise(hub.RoleContact, p*.65)
		}
	}
}

// valued is a sum of money, or a tax.
func valued(head concept, mods []concept, p float64, raise func(string, float64)) {
	all := append(slices.Clone(mods), head)
	has := func(c concept) bool { return slices.Contains(all, c) }
	switch {
	case has(cRate):
		raise(hub.RoleOther, p*.8)
	case has(cVAT) && has(cRegister):
		raise(hub.RoleVATNo, p*.8)
	case head == cRegister:
		if has(cCompany) || has(cCustomer) {
			raise(hub.RoleOrgNo, p*.8)
		}
		raise(hub.RoleRecordNo, p*.3)
	case has(cConsent):
		raise(hub.RoleConsent, p*.8)
	case has(cExcl):
		raise(hub.RoleAmount, p)
	case has(cVAT) && has(cIncl):
		raise(hub.RoleTotalAmount, p)
	case has(cQuantity) && head == cTotal: // hours in all
		raise(hub.RoleQuantity, p)
		raise(hub.RoleTotalAmount, p*.3)
	case has(cVAT):
		raise(hub.RoleVATAmount, p)
	case has(cTotal), has(cIncl):
		raise(hub.RoleTotalAmount, p)
		raise(hub.RoleAmount, p*.5)
	default:
		raise(hub.RoleAmount, p)
	}
}

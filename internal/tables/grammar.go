package tables

import (
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// A header is read like a phrase: its words are taken apart into stems, each
// stem means a concept, and the last concept is the head that the others
// modify, as in the compounds of the Nordic languages, Finnish and English. So
// a header that nobody wrote down beforehand is understood by its parts.

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

// possessive joins the English genitive with its word.
var possessive = strings.NewReplacer("'s", "s", "’s", "s")

// phrase reads words in their order.
func (x *lexicon) phrase(s string, mend bool) understanding {
	words := strings.Fields(spaced(possessive.Replace(s)))
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
			if i > 0 && genitive(words[i-1]) {
				p.parts = []concept{cUnknown} // the customer's what?
			} else {
				p.parts = []concept{cForeign}
				letters -= .5 * float64(len(w)) // a name of something says little for or against
			}
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

// genitive reports whether a word may be one: kundens, asiakkaan.
func genitive(w string) bool {
	return len(w) > 4 && (strings.HasSuffix(w, "s") || strings.HasSuffix(w, "an") || strings.HasSuffix(w, "en"))
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
	if n := len(parts); n > 1 && parts[n-1] == cAt {
		switch parts[n-2] {
		case cPay, cEvent, cAsked, cThing, cUnknown, cForeign:
			raise(hub.RoleDate, p*.8)
			return
		}
	}
	for i := len(parts) - 1; i >= 0; i-- {
		if i > 0 && parts[i] == cOf && parts[len(parts)-1] == cEmail { // sent to e-mail
			parts = parts[i+1:]
			break
		}
		if parts[i] == cOf || parts[i] == cAt { // name of customer: the customer's name
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
	case slices.Contains(u.parts, cCustomer), slices.Contains(before, cContact), before[i-1] == cAsked:
		raise(hub.RoleContact, 2.2*u.sure)
	case before[i-1] == cEvent, before[i-1] == cOwner, before[i-1] == cThing, before[i-1] == cRegister:
		raise(hub.RoleOwner, 2.4*max(u.sure, .8))
	case i == len(u.parts)-1: // done, whatever it was
		raise(hub.RoleOwner, 2)
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
		case has(cQuantity):
			raise(hub.RoleQuantity, p)
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
	case cDate, cEvent, cAsked:
		switch {
		case has(cLast) && has(cPay):
			raise(hub.RoleDueDate, p)
		case has(cBirth):
			raise(hub.RoleOther, p)
		case has(cDue):
			raise(hub.RoleDueDate, p)
		case has(cQuantity):
			raise(hub.RoleQuantity, p)
		case has(cPhone): // by day
			raise(hub.RolePhone, p)
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
		case has(cLast): // last visited, next service
			raise(hub.RoleDate, p*.8)
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
		case head == cKind && has(cCountry): // country/region
			role = hub.RoleCountry
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
		switch {
		case us || near == cOwner:
			raise(hub.RoleOwner, p)
		case len(mods) > 1 && near == cContact && mods[0] == cEmail: // e-mail, contact person
			raise(hub.RoleEmail, p)
		case len(mods) > 1 && near == cContact && mods[0] == cPhone:
			raise(hub.RolePhone, p)
		default:
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

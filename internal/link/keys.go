// Package link decides which customer a record concerns. It is pure: it turns
// contents into keys, and weighs the keys of a record against what is known of
// customers. Package linker feeds it from the store.
//
// The weights are log2 likelihood ratios, "bits", after Fellegi and Sunter
// (1969); docs/linking.md tells where they come from.
package link

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"samsyn/internal/hub"
	"samsyn/internal/mention"
)

// Kinds of keys beyond the kinds of idents.
const (
	KindDomain   = "domain"   // registrable domain of an address or a web site
	KindStem     = "stem"     // first word and initials of a name: finds variants, says nothing by itself
	KindTail     = "tail"     // initial and all but the first word of a name: the same
	KindInitials = "initials" // acronym of a name: the same
	KindSpelling = "spelling" // a name as written: compared and shown, never looked up
	KindStreet   = "street"   // street and number with the postal code, else the place
	KindTown     = "town"     // a place as written: shown, never looked up or compared
	KindLabel    = "label"    // what a domain spells, and a name: finds one by the other
	KindThread   = "thread"   // evidence only: another mail of the same thread
	KindDecision = "decision" // evidence only: a person said so

	KindOfficial   = "official"   // the name in an official register as written: shown, never looked up or compared
	KindSuccession = "succession" // the number of the company that took over, after a register: the same
)

// Key is a normalised ident of a record.
type Key struct {
	Kind  string `json:"k"`
	Value string `json:"v"`           // normalised: NO923609016, +4793096512, fjordvik.no, fjordvikbygg
	Role  string `json:"r,omitempty"` // hub.Role…
	Place string `json:"p,omitempty"`

	Shared bool `json:"s,omitempty"` // a person said that several customers bear it
}

// ID names the key among all keys: "email kari@fjordvik.no". Customer numbers
// carry their source: "custno s3 10045".
func (k Key) ID() string { return k.Kind + " " + k.Value }

// ParseKey is the inverse of Key.ID.
func ParseKey(id string) Key {
	kind, value, _ := strings.Cut(id, " ")
	return Key{Kind: kind, Value: value}
}

// Posted reports whether records are found by the key; the others are only
// compared with a customer found otherwise, or shown.
func (k Key) Posted() bool {
	switch k.Kind {
	case KindSpelling, KindTown, KindOfficial, KindSuccession, hub.IdentPlace, hub.IdentCountry:
		return false
	}
	return true
}

// Common reports whether thousands of customers may well bear the key.
func (k Key) Common() bool {
	switch k.Kind {
	case KindStem, KindTail, KindInitials, hub.IdentPerson:
		return true
	}
	return false
}

// RoleRegistered is the role of the number of a company in an official register.
const RoleRegistered = "registered"

// Compared reports whether a customer's bearing the key can speak against
// records that do not bear it.
func (k Key) Compared() bool {
	switch k.Kind {
	case KindSpelling, KindDomain, hub.IdentOrgNo, hub.IdentCustNo, hub.IdentPlace, hub.IdentCountry:
		return true
	}
	return false
}

// Show writes the key for people.
func (k Key) Show() string {
	switch k.Kind {
	case hub.IdentOrgNo:
		if len(k.Value) > 2 {
			return OrgNo{k.Value[:2], k.Value[2:]}.Show()
		}
	case hub.IdentCustNo:
		_, number, _ := strings.Cut(k.Value, " ")
		return number
	}
	return k.Value
}

// Origin is what matters of the source of a record.
type Origin struct {
	Source hub.SourceID
	Mail   bool // a mailbox: tables in it come from many hands, so their customer numbers mean nothing
}

// Own is the identity of the company itself, which identifies no customer.
type Own struct {
	Country string // alpha-2
	keys    map[string]bool
}

// NewOwn normalises the company's identity. Its country is that of its first
// valid organisation number or telephone, else Norway.
func NewOwn(c hub.Company) *Own {
	o := &Own{keys: map[string]bool{}}
	for _, raw := range c.OrgNos {
		for _, n := range ParseOrgNo(raw, "") {
			o.keys[Key{Kind: hub.IdentOrgNo, Value: n.String()}.ID()] = true
			o.Country = cmp.Or(o.Country, n.Country)
		}
	}
	for _, raw := range c.Phones {
		for _, n := range Phones(raw, cmp.Or(o.Country, "NO")) {
			o.keys[Key{Kind: hub.IdentPhone, Value: n}.ID()] = true
			o.Country = cmp.Or(o.Country, phoneCountry(n))
		}
	}
	for _, raw := range c.Domains {
		o.keys[Key{Kind: KindDomain, Value: Domain(raw)}.ID()] = true
	}
	for _, raw := range c.Mailboxes {
		for _, address := range Emails(raw) {
			o.keys[Key{Kind: hub.IdentEmail, Value: address}.ID()] = true
		}
	}
	for _, raw := range append([]string{c.Name}, c.Names...) {
		if name := ParseName(raw).Key(); name != "" {
			o.keys[Key{Kind: hub.IdentName, Value: name}.ID()] = true
		}
	}
	o.Country = cmp.Or(o.Country, "NO")
	return o
}

// Has reports whether the key is the company's own.
func (o *Own) Has(k Key) bool {
	return o.keys[k.ID()] || k.Kind == hub.IdentEmail && o.keys[Key{Kind: KindDomain, Value: Domain(k.Value)}.ID()]
}

// Owns reports whether a mail address is the company's own.
func (o *Own) Owns(address string) bool {
	return o.Has(Key{Kind: hub.IdentEmail, Value: strings.ToLower(address)})
}

// Keys returns the keys of a record, without those of the company itself, each
// once per role and in a fixed order. A mail that the company sent keeps only
// what it says of others: its addressees, those it mentions, and whose mail it
// forwards. Words of the subject that may be a customer's name are keys too.
func Keys(c *hub.Content, from Origin, own *Own) []Key {
	b := builder{from: from, own: own, country: CountryOf(c, own)}
	for _, id := range c.Idents {
		b.add(id)
	}
	for _, id := range mentions(c) {
		b.add(id)
	}
	b.street(c)
	if b.outbound {
		b.keys = slices.DeleteFunc(b.keys, b.ofOwnSender)
	}
	if c.Kind == hub.KindMail && !slices.ContainsFunc(c.Idents, func(id hub.Ident) bool { return id.Kind == hub.IdentReply }) {
		b.subject(c.Title)
	}
	slices.SortStableFunc(b.keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Role, b.Role))
	})
	return slices.CompactFunc(b.keys, func(a, b Key) bool { return a.Kind == b.Kind && a.Value == b.Value && a.Role == b.Role })
}

// cellBytes is how much of a cell is searched for mentions: a remark says whom
// it is about at its beginning, and what is longer is a document pasted in.
const cellBytes = 4096

// mentions finds what the text cells of a row say of a customer. Mails come with
// what is found in their text.
func mentions(c *hub.Content) (found []hub.Ident) {
	if c.Kind != hub.KindRow {
		return nil
	}
	for _, f := range c.Fields {
		if f.Type != "" || f.Role != "text" && f.Role != "subject" && f.Role != "" || len(f.Value) < subjectLetters {
			continue
		}
		add := func(kind, value string) {
			found = append(found, hub.Ident{Kind: kind, Value: value, Role: hub.RoleMentioned, Place: strings.TrimSpace(f.Column + " " + f.Name)})
		}
		text := f.Value[:min(len(f.Value), cellBytes)]
		if mention.HoldsNumber(text) {
			for _, n := range mention.OrgNumbers(text) {
				add(n.Kind, n.Value)
			}
		}
		if strings.IndexByte(text, '@') >= 0 {
			for _, address := range mention.Address.FindAllString(text, 5) {
				add(hub.IdentEmail, address)
			}
		}
		for _, name := range mention.Companies(text) {
			add(hub.IdentName, name)
		}
	}
	return found
}

type builder struct {
	from     Origin
	own      *Own
	country  string
	keys     []Key
	outbound bool   // the company itself is the sender
	sender   string // where it says so
}

// ofOwnSender reports whether a key belongs to the colleague who sent the mail.
// What stands below the head of a forwarded mail belongs to its sender.
func (b *builder) ofOwnSender(k Key) bool {
	switch k.Role {
	case hub.RoleFrom:
		return k.Place == b.sender
	case hub.RoleSignature:
		return !slices.ContainsFunc(b.keys, func(inner Key) bool {
			return inner.Role == hub.RoleFrom && inner.Kind == hub.IdentEmail && textLine(inner.Place) > 0 && textLine(inner.Place) < textLine(k.Place)
		})
	}
	return false
}

// textLine reads a place in the text of a mail, "text 12"; 0 if it is none.
func textLine(place string) int {
	number, ok := strings.CutPrefix(place, "text ")
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return n
}

// The longest names looked for in a subject, and the shortest.
const (
	subjectWords   = 5
	subjectLetters = 7
)

// subject adds runs of words of a subject, each beginning with a capital, as
// names that it may mention. The subject of a reply is left to its thread.
func (b *builder) subject(title string) {
	words, capital := titleWords(title)
	for i := range words {
		for j := i + 1; capital[i] && j <= min(len(words), i+subjectWords); j++ {
			if key := strings.Join(words[i:j], ""); len(key) >= subjectLetters {
				b.put(hub.Ident{Role: hub.RoleMentioned, Place: "Subject"}, hub.IdentName, key)
			}
		}
	}
}

// titleWords folds the words of a title, leaving out those that are no part of
// a name's key, and tells which are written with a capital.
func titleWords(title string) (words []string, capital []bool) {
	for _, raw := range strings.Fields(title) {
		upper := strings.ContainsFunc(raw, unicode.IsUpper)
		for _, w := range strings.Fields(Fold(raw)) {
			if !joiners[w] && (legalForms[w] == "" || keptForms[w]) {
				words, capital = append(words, w), append(capital, upper)
			}
		}
	}
	return words, capital
}

func (b *builder) add(id hub.Ident) {
	switch id.Kind {
	case hub.IdentOrgNo, hub.IdentVATNo:
		for _, n := range ParseOrgNo(id.Value, b.country) {
			b.put(id, hub.IdentOrgNo, n.String())
			b.put(id, hub.IdentCountry, n.Country)
		}
	case hub.IdentCustNo:
		if number := customerNo(id.Value); number != "" && !b.from.Mail {
			b.put(id, hub.IdentCustNo, b.from.Source.String()+" "+number)
		}
	case hub.IdentEmail:
		for _, address := range Emails(id.Value) {
			b.put(id, hub.IdentEmail, address)
			b.domain(id, Domain(address))
		}
	case hub.IdentWeb:
		b.domain(id, Domain(id.Value))
	case hub.IdentPhone:
		for _, n := range Phones(id.Value, b.country) {
			b.put(id, hub.IdentPhone, n)
			if strings.HasPrefix(strings.TrimSpace(id.Value), "+") {
				b.put(id, hub.IdentCountry, phoneCountry(n))
			}
		}
	case hub.IdentName:
		b.name(id)
	case hub.IdentPerson, hub.IdentPlace:
		if v := Fold(id.Value); len(v) > 2 {
			b.put(id, id.Kind, v)
			if id.Kind == hub.IdentPlace {
				b.put(id, KindTown, strings.Join(strings.Fields(id.Value), " "))
			}
		}
	case hub.IdentCountry:
		b.put(id, hub.IdentCountry, CountryCode(id.Value))
	case hub.IdentMessageID, hub.IdentReply:
		b.put(id, hub.IdentMessageID, strings.Trim(id.Value, "<> "))
	}
}

// MaxValue bounds a name, number or address in bytes. What is longer is a text that
// stands where one of them belongs, and no index of Postgres takes more than 2,704.
const MaxValue = 500

func (b *builder) put(id hub.Ident, kind, value string) {
	k := Key{Kind: kind, Value: value, Role: id.Role, Place: id.Place}
	switch {
	case value == "" || len(value) > MaxValue:
	case b.own.Has(k):
		if id.Role == hub.RoleFrom && kind == hub.IdentEmail && !b.outbound {
			b.outbound, b.sender = true, id.Place
		}
	default:
		b.keys = append(b.keys, k)
	}
}

func (b *builder) domain(id hub.Ident, domain string) {
	if domain == "" || Freemail(domain) {
		return
	}
	b.put(id, KindDomain, domain)
	if label := domainLabel(domain); len(label) >= minLabel && len(b.keys) > 0 && b.keys[len(b.keys)-1].Value == domain { // else it is the company's own
		b.put(id, KindLabel, label)
	}
}

func (b *builder) name(id hub.Ident) {
	n := ParseName(id.Value)
	key := n.Key()
	if len(key) < 2 || placeholders[key] || b.own.Has(Key{Kind: hub.IdentName, Value: key}) {
		return
	}
	b.put(id, hub.IdentName, key)
	b.put(id, KindStem, n.stem())
	if len(key) >= minLabel {
		b.put(id, KindLabel, key)
	}
	b.put(id, KindTail, n.tail())
	b.put(id, KindInitials, n.initials())
	b.put(id, KindSpelling, strings.Join(strings.Fields(id.Value), " "))
	b.put(id, hub.IdentCountry, n.Country())
}

// minLabel is the length from which on a name and what a domain spells say
// something of each other.
const minLabel = 6

// domainLabel is what a domain spells: "fjordvikbygg" of fjordvik-bygg.no.
func domainLabel(domain string) string {
	label, _, _ := strings.Cut(domain, ".")
	return strings.ReplaceAll(Fold(strings.ReplaceAll(label, "-", " ")), " ", "")
}

// placeholders are folded cells that say that there is no name.
var placeholders = wordSet(`na none null ukjent okand ukendt tuntematon unknown ikketilgjengelig utilgjengelig notavailable
	ingen privat privatperson privatkunde kontant kontantkunde diverse test tbd mangler saknas mangel puuttuu anonym anonymous kunde kund asiakas customer`)

// customerNo normalises a customer number; leading zeros tell numbers apart
// and are kept.
func customerNo(raw string) string {
	s := strings.TrimSuffix(strings.ToUpper(strings.Join(strings.Fields(raw), "")), ".0")
	if strings.Trim(s, "0-.?X/") == "" || placeholders[Fold(s)] || len(s) > 40 {
		return ""
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsDigit(r) || unicode.IsLetter(r) }) {
		return ""
	}
	return s
}

// CountryOf guesses the country of a record, for numbers written without
// one: what it says itself, else its organisation number, a telephone with its
// country code, a national domain, a legal form; else the company's own.
func CountryOf(c *hub.Content, own *Own) string {
	var byNumber, byPhone, byDomain, byForm string
	for _, id := range c.Idents {
		switch id.Kind {
		case hub.IdentCountry:
			if code := CountryCode(id.Value); code != "" {
				return code
			}
		case hub.IdentOrgNo, hub.IdentVATNo:
			if found := ParseOrgNo(id.Value, ""); len(found) == 1 && id.Role == hub.RoleSubject {
				byNumber = cmp.Or(byNumber, found[0].Country)
			}
		case hub.IdentPhone:
			if strings.HasPrefix(strings.TrimSpace(id.Value), "+") && byPhone == "" {
				for _, n := range Phones(id.Value, "") {
					byPhone = phoneCountry(n)
				}
			}
		case hub.IdentEmail, hub.IdentWeb:
			if id.Role != hub.RoleTo && id.Role != hub.RoleCc {
				byDomain = cmp.Or(byDomain, domainCountry(Domain(id.Value)))
			}
		case hub.IdentName:
			byForm = cmp.Or(byForm, ParseName(id.Value).Country())
		}
	}
	return cmp.Or(byNumber, byPhone, byForm, byDomain, own.Country)
}

// domainCountry reads a Nordic national top-level domain.
func domainCountry(domain string) string {
	switch tld := domain[strings.LastIndexByte(domain, '.')+1:]; tld {
	case "no", "se", "dk", "fi":
		return strings.ToUpper(tld)
	}
	return ""
}

// CountryCode reads a country as typed, a name in a Nordic language or English
// or an ISO 3166-1 code, and returns its alpha-2 code; "" if it is not known.
func CountryCode(raw string) string {
	folded := Fold(raw)
	if code := countries[folded]; code != "" {
		return code
	}
	if len(folded) == 2 && len(strings.TrimSpace(raw)) == 2 {
		return strings.ToUpper(folded)
	}
	return ""
}

var countries = map[string]string{
	"norge": "NO", "noreg": "NO", "norway": "NO", "norja": "NO", "nor": "NO", "n": "NO",
	"sverige": "SE", "sweden": "SE", "ruotsi": "SE", "swe": "SE", "s": "SE",
	"danmark": "DK", "denmark": "DK", "tanska": "DK", "dnk": "DK",
	"suomi": "FI", "finland": "FI", "fin": "FI", "fin land": "FI",
	"island": "IS", "iceland": "IS", "tyskland": "DE", "germany": "DE", "deutschland": "DE", "saksa": "DE",
	"storbritannia": "GB", "storbritannien": "GB", "united kingdom": "GB", "uk": "GB", "nederland": "NL", "netherlands": "NL",
	"polen": "PL", "poland": "PL", "estland": "EE", "estonia": "EE", "viro": "EE",
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// Package register recognises the rows of an official register of companies,
// such as Enhetsregisteret, CVR, Bolagsverket's or YTJ, which a department may
// drop as a file, and reads what they say of a company: its number and name,
// the unit above it, when it ended and who took it over. It is pure.
//
// A row of a register founds no customer. It names those there are, and tells
// which of their numbers belong together (package linker).
package register

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// Entry is what a row of a register says of a company. Numbers are as
// link.OrgNo writes them, "NO923609016"; "" where the row has none.
type Entry struct {
	Number    string
	Place     string // of the number in the row: "A Organisasjonsnummer"
	Name      string
	NamePlace string
	Town      string
	TownPlace string
	Parent    string // the unit above
	Successor string // the company that it was merged into
	Ended     bool   // dissolved, bankrupt or merged into another
	EndedAt   time.Time
}

// enough is how many kinds of facts that only registers keep a row must have to
// be taken for one of a register, the name of its file counted as one.
const enough = 2

// Reader reads rows of registers for a company. It remembers what headers mean
// and is not safe for concurrent use.
type Reader struct {
	own   *link.Own
	words *vocabulary
	known map[string]string // header → kind of fact
	title cases.Caser
}

// NewReader returns a reader for the company.
func NewReader(own *link.Own) *Reader {
	return &Reader{own, vocabularyOf(), map[string]string{}, cases.Title(language.Und)}
}

// Is reports whether a row is one of a register: it has an organisation number
// and a name, facts that only a register keeps, and nothing of what a company
// notes of its own customers. place is the names of its file and sheet.
func (r *Reader) Is(place string, fields []hub.Field) bool {
	number, name, core := false, false, false
	kinds := map[string]bool{}
	if r.words.fits(sources, place) {
		kinds[sources] = true
	}
	for _, f := range fields {
		number = number || f.Role == hub.RoleOrgNo || f.Role == hub.RoleVATNo
		name = name || f.Role == hub.RoleCustomerName
		kind := r.header(f.Name)
		if kind == "" && ours(f.Role) {
			return false
		}
		if kind != "" && kind != capital && kind != town {
			kinds[kind] = true
			core = core || official(kind)
		}
	}
	return number && name && core && len(kinds) >= enough
}

// official tells facts of the law from those that a list of prospects may hold, too.
func official(kind string) bool {
	switch kind {
	case form, parent, successor, ended, registered:
		return true
	}
	return false
}

// ours tells columns of what only a company's own lists hold.
func ours(role string) bool {
	switch role {
	case hub.RoleCustomerNo, hub.RoleAmount, hub.RoleVATAmount, hub.RoleTotalAmount, hub.RoleQuantity, hub.RoleRecordNo, hub.RoleInvoiceNo,
		hub.RoleOwner, hub.RoleContact, hub.RoleConsent, hub.RoleSubjectLine, hub.RolePriority, hub.RoleDueDate:
		return true
	}
	return false
}

// Read reads a row of a register. A row without a valid number has none.
func (r *Reader) Read(c *hub.Content) Entry {
	var e Entry
	country := link.CountryOf(c, r.own)
	for _, f := range c.Fields {
		kind, place := r.header(f.Name), strings.TrimSpace(f.Column+" "+f.Name)
		switch {
		case f.Value == "":
		case kind == parent:
			e.Parent = cmp.Or(e.Parent, numberIn(f.Value, country))
		case kind == successor:
			e.Successor = cmp.Or(e.Successor, numberIn(f.Value, country))
		case kind == ended:
			e.end(f, r.words.no)
		case kind == "" && (f.Role == hub.RoleOrgNo || f.Role == hub.RoleVATNo) && e.Number == "":
			e.Number, e.Place = numberIn(f.Value, country), place
		case f.Role == hub.RoleCustomerName && e.Name == "":
			e.Name, e.NamePlace = r.calm(strings.Join(strings.Fields(f.Value), " ")), place
		case (kind == town || f.Role == hub.RoleCity) && e.Town == "":
			e.Town, e.TownPlace = r.calm(f.Value), place
		}
	}
	if e.Parent == e.Number {
		e.Parent = ""
	}
	if e.Successor == e.Number {
		e.Successor = ""
	}
	e.Ended = e.Ended || e.Successor != ""
	return e
}

// end reads a cell that says whether and when a company ended.
func (e *Entry) end(f hub.Field, no map[string]bool) {
	if at := f.Date(); !at.IsZero() {
		e.Ended = true
		if e.EndedAt.IsZero() || at.Before(e.EndedAt) {
			e.EndedAt = at
		}
		return
	}
	e.Ended = e.Ended || !no[link.Fold(f.Value)]
}

// calm writes a name that a register has in capitals as people write it. Short
// words stay, most are legal forms and abbreviations.
func (r *Reader) calm(name string) string {
	if strings.ToUpper(name) != name || strings.ToLower(name) == name {
		return name
	}
	words := strings.Fields(name)
	for i, w := range words {
		switch lower := strings.ToLower(w); {
		case i > 0 && joining[lower]:
			words[i] = lower
		case utf8.RuneCountInString(w) > 3:
			words[i] = r.title.String(lower)
		}
	}
	return strings.Join(words, " ")
}

var joining = map[string]bool{"og": true, "och": true, "ja": true, "and": true, "i": true, "på": true, "av": true, "af": true, "for": true, "för": true, "til": true, "till": true, "ved": true, "vid": true, "of": true, "the": true}

// numberIn reads the organisation number of a cell, "" if it holds none or
// several readings pass.
func numberIn(raw, country string) string {
	if found := link.ParseOrgNo(raw, country); len(found) == 1 {
		return found[0].String()
	}
	return ""
}

// Keys are the keys under which the linker knows the row: its number, and what
// it teaches of the customer of that number. None without a number, or when it
// is the company's own.
func (r *Reader) Keys(e Entry) []link.Key {
	if e.Number == "" {
		return nil
	}
	c := &hub.Content{Kind: hub.KindRow}
	add := func(kind, value, place string) {
		if value != "" {
			c.Idents = append(c.Idents, hub.Ident{Kind: kind, Value: value, Place: place})
		}
	}
	add(hub.IdentName, e.Name, e.NamePlace)
	add(hub.IdentPlace, e.Town, e.TownPlace)
	keys := link.Keys(c, link.Origin{}, r.own)
	number := link.Key{Kind: hub.IdentOrgNo, Value: e.Number, Role: link.RoleRegistered, Place: e.Place}
	if r.own.Has(number) {
		return nil
	}
	keys = append(keys, number)
	if e.Name != "" && !e.Ended {
		keys = append(keys, link.Key{Kind: link.KindOfficial, Value: e.Name, Place: e.NamePlace})
	}
	if e.Successor != "" {
		keys = append(keys, link.Key{Kind: link.KindSuccession, Value: e.Successor})
	}
	return keys
}

// Kinds of facts that registers keep.
const (
	form       = "form"
	parent     = "parent"
	successor  = "successor"
	ended      = "ended"
	registered = "registered"
	activity   = "activity"
	staff      = "staff"
	district   = "district"
	town       = "town"
	capital    = "capital" // an amount that is nothing the company sold
	sources    = "sources" // names of registers, in names of files
)

// vocabulary is the words, folded as headers are.
type vocabulary struct {
	words map[string][]string // kind → parts of a header without spaces
	kinds []string            // in the order in which they are looked for
	no    map[string]bool     // cells that say that something is not so
}

var vocabularyOf = sync.OnceValue(func() *vocabulary {
	v := &vocabulary{words: map[string][]string{}, no: map[string]bool{}}
	for _, g := range words {
		if g.kind != sources {
			v.kinds = append(v.kinds, g.kind)
		}
		for w := range strings.SplitSeq(g.words, ",") {
			v.words[g.kind] = append(v.words[g.kind], plain(w))
		}
	}
	for w := range strings.SplitSeq(denials, ",") {
		v.no[link.Fold(w)] = true
	}
	return v
})

// header is the kind of fact that stands under a header, "" if it is none.
func (r *Reader) header(name string) string {
	kind, ok := r.known[name]
	if ok {
		return kind
	}
	for _, k := range r.words.kinds {
		if r.words.fits(k, name) {
			kind = k
			break
		}
	}
	if len(r.known) >= mostKnown {
		clear(r.known)
	}
	r.known[name] = kind
	return kind
}

// mostKnown bounds how many headers are remembered.
const mostKnown = 10_000

func (v *vocabulary) fits(kind, text string) bool {
	text = plain(text)
	return slices.ContainsFunc(v.words[kind], func(w string) bool { return strings.Contains(text, w) })
}

func plain(text string) string {
	return strings.ReplaceAll(link.Fold(strings.NewReplacer("_", " ", "-", " ", ".", " ").Replace(text)), " ", "")
}

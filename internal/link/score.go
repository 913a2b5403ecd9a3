package link

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// Weights in bits. Those of keys hold where one customer alone bears the key;
// a key that several bear says little of each.
const (
	BitsOrgNo      = 20
	bitsCustNo     = 15
	bitsEmail      = 14
	bitsDomain     = 12 // times support
	bitsPhone      = 11 // times support
	bitsName       = 11
	bitsPerson     = 5
	bitsPlace      = 4
	bitsStreet     = 8 // times support; the place is in it
	bitsLabel      = 4 // a domain that spells the customer's name more or less
	bitsLabelWhole = 8 // a domain that spells it to the letter, when one customer alone has that name
	bitsInitials   = 4 // a name that is the acronym of the other
	bitsCountry    = 1
	bitsShared     = 1
	bitsNamesake   = 4 // a person that several customers know, at one whose name agrees
	bitsHint       = 4
	bitsNameSlip   = 9 // one typing error
	bitsNameClose  = 7
	bitsNameNear   = 3
	bitsThread     = 10
	bitsDecision   = 100
	lessCustNo     = -4
	lessInitials   = -1 // a name that is an acronym, but not of the other
	lessDomain     = -4
	lessForm       = -3
	lessNameApart  = -8
	lessNameFar    = -3
	lessNameAlien  = -7
	lessPlace      = -1
	lessPlaceMan   = -5 // neither bears a legal form: people have namesakes, and no branches
	lessCountry    = -5
	publicOwners   = 3              // a domain that so many share tells nothing against a customer without it
	MaxOwners      = 12             // a key borne by more leads to nobody and says nothing
	MaxMembers     = 10 * MaxOwners // the same before it is known how many of those who bear it are one
	MaxSuggestions = 3
)

// Owner is a customer that bears a key, and in how many of its records.
type Owner struct {
	Customer hub.CustomerID
	N        int
}

// Crowd stands for the owners of a key that too many bear for it to matter who.
func Crowd() []Owner { return make([]Owner, MaxOwners+1) }

// Support is as much of N as counts: beyond three records a key is established.
func Support(n int) int { return min(n, 3) }

// Profile is what is compared of a customer found by a key.
type Profile struct {
	names  []Name
	values map[string][]string // kind → values
}

// NewProfile takes the compared keys of a customer; the others are ignored.
func NewProfile(keys []Key) *Profile {
	p := &Profile{values: map[string][]string{}}
	for _, k := range keys {
		if k.Kind == KindSpelling {
			p.names = append(p.names, ParseName(k.Value))
		} else if k.Compared() {
			p.values[k.Kind] = append(p.values[k.Kind], k.Value)
		}
	}
	return p
}

// Know adds names that the customer bears elsewhere, such as in a register.
func (p *Profile) Know(names ...string) {
	for _, n := range names {
		p.names = append(p.names, ParseName(n))
	}
}

// Candidate is a customer that a record may concern.
type Candidate struct {
	Customer hub.CustomerID
	Bits     float64
	Evidence []hub.Evidence // strongest first, what speaks against last
	Doubt    string         // why it is a question and no link: one of the Doubt constants
	Rival    hub.CustomerID // the customer that is next, or before it, 0 if none comes near
	hint     float64        // of keys that few share: worth a question, never a link
	strong   bool           // one key that is the customer's alone, or two kinds that agree
	sister   bool           // the names are those of two of a family
	veto     bool           // nothing but a person may link them
	profile  *Profile       // what is known of it
	records  int            // of it that bear a name of the record
}

// Known is what the profiles that a record may lean on know of its keys.
type Known struct {
	Owners   map[string][]Owner // by Key.ID
	Profiles map[hub.CustomerID]*Profile
	Weights  Weights // nil: those to start with
}

// Candidates returns the customers that bear one of the keys, except keys that
// too many bear.
func Candidates(keys []Key, owners map[string][]Owner) []hub.CustomerID {
	var found []hub.CustomerID
	for _, k := range keys {
		if all := owners[k.ID()]; k.Posted() && len(all) <= MaxOwners {
			for _, o := range all {
				found = append(found, o.Customer)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// Weigh scores the keys of a record, or of several that go together, against
// every customer that bears one of them; best first.
func Weigh(keys []Key, known Known) []Candidate {
	r := newRecordSide(keys, known.Owners)
	r.weights = known.Weights
	var out []Candidate
	for _, id := range Candidates(keys, known.Owners) {
		p := known.Profiles[id]
		if p == nil {
			p = NewProfile(nil)
		}
		out = append(out, r.weigh(id, p, known.Owners))
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Bits, a.Bits), cmp.Compare(a.Customer, b.Customer))
	})
	return out
}

// Longest drops from the names that a text mentions those that are part of a
// longer one that a customer bears: "Solberg" in "Solberg Bygg".
func Longest(keys []Key, owners map[string][]Owner) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool {
		return k.Kind == hub.IdentName && slices.ContainsFunc(keys, func(o Key) bool {
			return o.Kind == hub.IdentName && len(o.Value) > len(k.Value) && strings.Contains(o.Value, k.Value) && len(owners[o.ID()]) > 0
		})
	})
}

// recordSide is the record's half of the comparison, worked out once.
type recordSide struct {
	weights Weights
	names   []named
	domains []Key            // that may be its own: not shared by many
	by      map[string][]Key // by kind
}

type named struct {
	Name
	key Key
}

func newRecordSide(keys []Key, owners map[string][]Owner) *recordSide {
	r := &recordSide{by: map[string][]Key{}}
	for _, k := range keys {
		switch {
		case k.Kind == KindSpelling:
			r.names = append(r.names, named{ParseName(k.Value), k})
		case k.Kind == KindDomain && len(owners[k.ID()]) < publicOwners && !k.Shared:
			r.domains = append(r.domains, k)
			if country := domainCountry(k.Value); country != "" {
				r.by[hub.IdentCountry] = append(r.by[hub.IdentCountry], Key{Kind: hub.IdentCountry, Value: country, Role: k.Role, Place: k.Place})
			}
		}
		r.by[k.Kind] = append(r.by[k.Kind], k)
	}
	return r
}

// tally sums one candidate's evidence.
type tally struct {
	Candidate
	kinds    int  // independent kinds that agree
	numbered bool // an organisation or customer number agrees
	housed   bool // the street agrees
}

func (t *tally) add(k Key, bits float64, alone bool) {
	if bits == 0 {
		return
	}
	t.Bits += bits
	t.Evidence = append(t.Evidence, Reason(k, math.Round(bits*10)/10))
	if bits >= bitsNameNear {
		t.kinds++
	}
	t.strong = t.strong || alone
}

func (r *recordSide) weigh(id hub.CustomerID, p *Profile, owners map[string][]Owner) Candidate {
	t := &tally{Candidate: Candidate{Customer: id, profile: p, records: r.recordsOf(id, owners)}}
	lent := false
	for _, kinds := range [][]string{{hub.IdentOrgNo}, {hub.IdentCustNo}, {hub.IdentEmail, KindDomain}, {hub.IdentPhone}, {KindStreet}, {hub.IdentPerson}} {
		if k, bits, alone := r.best(id, owners, kinds...); bits > 0 {
			t.numbered = t.numbered || kinds[0] == hub.IdentOrgNo || kinds[0] == hub.IdentCustNo
			t.housed = t.housed || kinds[0] == KindStreet && alone
			lent = lent || kinds[0] == hub.IdentEmail && p.lends(k)
			before := t.kinds
			t.add(k, bits, alone && !lent && kinds[0] != hub.IdentPerson && kinds[0] != KindStreet)
			if lent && (kinds[0] == hub.IdentEmail || kinds[0] == hub.IdentPhone || kinds[0] == hub.IdentPerson) {
				t.kinds = before
			}
		}
	}
	if len(r.names) == 0 {
		if k, bits, alone := r.best(id, owners, hub.IdentName); bits > 0 {
			t.add(k, bits, alone)
		}
	}
	if bits := r.weighName(t, p); bits >= bitsNameNear {
		r.weighNamesake(t, owners, bits)
	}
	r.weighAgainst(t, p, owners)
	r.hint(t, owners)
	t.strong = t.strong || t.kinds >= 2
	slices.SortStableFunc(t.Evidence, func(a, b hub.Evidence) int { return cmp.Compare(b.Bits, a.Bits) })
	return t.Candidate
}

// recordsOf is how many records of a customer bear a name of the record.
func (r *recordSide) recordsOf(id hub.CustomerID, owners map[string][]Owner) (n int) {
	for _, k := range r.by[hub.IdentName] {
		n = max(n, borne(owners[k.ID()], id))
	}
	return n
}

// sameCompany reports whether two customers, each of one organisation number of
// the same country, bear one name with a form of which registers admit a name only
// once: a company and its unit (underenhet), which has its name and another number.
func (p *Profile) sameCompany(o *Profile) bool {
	mine, theirs := p.values[hub.IdentOrgNo], o.values[hub.IdentOrgNo]
	if len(mine) != 1 || len(theirs) != 1 || len(mine[0]) < 2 || !strings.HasPrefix(theirs[0], mine[0][:2]) {
		return false
	}
	return slices.ContainsFunc(p.names, func(n Name) bool {
		return uniqueForms[n.Form] && slices.ContainsFunc(o.names, func(m Name) bool {
			return uniqueForms[m.Form] && n.Key() == m.Key() && !formsDiffer(n.Form, m.Form)
		})
	})
}

// lends reports whether an address or domain that a customer bears is likely that
// of who manages it: the customer is a body of the kind that others manage, several
// at a time, and the domain somebody's own that spells none of its names.
func (p *Profile) lends(k Key) bool {
	domain := k.Value
	if k.Kind == hub.IdentEmail {
		domain = Domain(domain)
	}
	return !Freemail(domain) && slices.ContainsFunc(p.names, Name.managed) && !slices.ContainsFunc(p.names, func(n Name) bool { return spells(domain, n) })
}

// hint adds what a key says of the customers that share it, if they are few: a
// person may work for two of them, a family of firms has one switchboard.
func (r *recordSide) hint(t *tally, owners map[string][]Owner) {
	for _, kind := range []string{hub.IdentEmail, KindDomain, hub.IdentPhone, hub.IdentPerson} {
		for _, k := range r.by[kind] {
			all := owners[k.ID()]
			if len(all) > 1 && len(all) <= MaxSuggestions && borne(all, t.Customer) > 0 {
				t.hint = max(t.hint, bitsHint)
			}
		}
	}
}

// best finds the strongest key of the kinds that the customer bears.
func (r *recordSide) best(id hub.CustomerID, owners map[string][]Owner, kinds ...string) (best Key, bits float64, alone bool) {
	for _, kind := range kinds {
		for _, k := range r.by[kind] {
			all := owners[k.ID()]
			i := slices.IndexFunc(all, func(o Owner) bool { return o.Customer == id })
			if i < 0 {
				continue
			}
			bearers := len(all)
			if k.Shared {
				bearers = max(bearers, 2)
			}
			b := r.weights.keyBits(kind, all[i].N, bearers)
			if kind == hub.IdentEmail && bearers == 1 && len(owners[Key{Kind: KindDomain, Value: Domain(k.Value)}.ID()]) > 1 {
				// One who writes for a family of firms may write for another of them.
				b *= float64(Support(all[i].N)) / 4
			}
			if b > bits {
				best, bits, alone = k, b, bearers == 1
			}
		}
	}
	return best, bits, alone
}

// keyBits weighs a key that the customer bears in n records and of bearers in all.
func (w Weights) keyBits(kind string, n, bearers int) float64 {
	if bearers > 1 {
		if kind == hub.IdentPerson {
			return 0
		}
		return bitsShared
	}
	// A key seen once may yet turn out to be a group's or a landlord's.
	support := float64(Support(n)+1) / float64(Support(n)+2)
	switch kind {
	case hub.IdentOrgNo:
		return BitsOrgNo
	case hub.IdentCustNo:
		return bitsCustNo
	case KindDomain, hub.IdentPhone, KindStreet:
		return w.of(kind) * support
	case hub.IdentEmail, hub.IdentName:
		return w.of(kind)
	}
	return w.of(hub.IdentPerson)
}

// weighNamesake adds what a person says whom several customers know: it helps to
// tell those apart whose name agrees, by so many bits, and is a kind of evidence
// only where it does so closely.
func (r *recordSide) weighNamesake(t *tally, owners map[string][]Owner, name float64) {
	for _, k := range r.by[hub.IdentPerson] {
		if all := owners[k.ID()]; len(all) > 1 && len(all) <= MaxOwners && borne(all, t.Customer) > 0 {
			kinds := t.kinds
			t.add(k, bitsNamesake, false)
			if name < bitsNameClose {
				t.kinds = kinds
			}
			return
		}
	}
}

// weighName compares the names, the best pair counting, and returns its bits.
func (r *recordSide) weighName(t *tally, p *Profile) float64 {
	if len(r.names) == 0 || len(p.names) == 0 {
		return 0
	}
	bits, exact, other, key := math.Inf(-1), false, false, Key{}
	for _, n := range r.names {
		for _, o := range p.names {
			alike, apart := n.Alike(o)
			apart = apart || alike == 1 && r.otherForm(n.Name, p)
			b := r.weights.nameBits(alike, apart)
			if may, fits := abbreviated(n.Name, o); fits {
				b = max(b, bitsInitials)
			} else if may {
				b = max(b, lessInitials)
			}
			slipped := !apart && slip(n.Name, o) && !r.otherForm(n.Name, p)
			if slipped {
				b = min(bitsNameSlip, r.weights.of(hub.IdentName))
			}
			if alike == 1 && n.acronym() {
				b = min(b, bitsInitials) // a few letters are many names
			}
			if b > bits {
				bits, exact, other, key = b, (alike == 1 && !apart || slipped) && !n.acronym(), alike == 1 && apart, n.key
			}
		}
	}
	// Sister companies, and those of one name in another legal form, share persons,
	// addresses and telephones: only a number of its own says that a row with a
	// sister's name is the customer's.
	t.sister = bits == lessNameApart || other
	t.veto = t.veto || t.sister && !t.numbered
	if bits == lessNameAlien && r.alias(key, p) {
		return 0 // another name of the customer: its domain spells it
	}
	t.add(key, bits, exact && !r.foreign(p))
	return bits
}

// otherForm reports whether the customer bears the name with other legal forms
// than the record, which may write it both with a form and without.
func (r *recordSide) otherForm(n Name, p *Profile) bool {
	if n.Form != "" {
		return p.otherForm(n)
	}
	other := false
	for _, m := range r.names {
		if m.Form == "" || m.Key() != n.Key() {
			continue
		}
		if !p.otherForm(m.Name) {
			return false
		}
		other = true
	}
	return other
}

// otherForm reports whether the customer bears the name with other legal forms
// only: "Furuheim Renhold ANS" is another than "AS Furuheim Renhold", though some
// write the name without its form.
func (p *Profile) otherForm(n Name) bool {
	other := false
	for _, o := range p.names {
		if n.Form == "" || o.Form == "" || o.Key() != n.Key() {
			continue
		}
		if n.Form == o.Form || !formsDiffer(n.Form, o.Form) {
			return false
		}
		other = true
	}
	return other
}

// alias reports whether a domain that both have spells the name of the record.
func (r *recordSide) alias(name Key, p *Profile) bool {
	k, _ := r.agree(KindDomain, p)
	if k == nil {
		return false
	}
	label, key := domainLabel(k.Value), ParseName(name.Value).Key()
	return len(label) >= minLabel && (label == key || diceOf(label, key) >= .8)
}

func (w Weights) nameBits(alike float64, apart bool) float64 {
	switch {
	case alike == 1 && apart:
		return w.of(hub.IdentName) + lessForm
	case alike == 1:
		return w.of(hub.IdentName)
	case apart && alike >= .45:
		return lessNameApart
	case alike >= .85:
		return bitsNameClose
	case alike >= .6:
		return bitsNameNear
	case alike < .25:
		return lessNameAlien
	case alike < .45:
		return lessNameFar
	}
	return 0
}

// formless reports whether neither the record nor the customer bears a legal
// form, as people do who trade under their own name.
func (r *recordSide) formless(p *Profile) bool {
	return !slices.ContainsFunc(r.names, func(n named) bool { return n.Form != "" }) && !slices.ContainsFunc(p.names, func(n Name) bool { return n.Form != "" })
}

// foreign reports whether the record and the customer name different countries.
func (r *recordSide) foreign(p *Profile) bool {
	agree, both := r.agree(hub.IdentCountry, p)
	return both && agree == nil
}

// agree finds a key of the kind that both have; both tells whether both have any.
func (r *recordSide) agree(kind string, p *Profile) (k *Key, both bool) {
	for i, mine := range r.by[kind] {
		if slices.Contains(p.values[kind], mine.Value) {
			return &r.by[kind][i], true
		}
	}
	return nil, len(r.by[kind]) > 0 && len(p.values[kind]) > 0
}

// weighAgainst adds what place, country and differing numbers and domains say.
func (r *recordSide) weighAgainst(t *tally, p *Profile, owners map[string][]Owner) {
	for _, c := range []struct {
		kind       string
		agree, not float64
	}{{hub.IdentPlace, bitsPlace, lessPlace}, {hub.IdentCountry, bitsCountry, lessCountry}} {
		if k, both := r.agree(c.kind, p); k != nil && c.kind == hub.IdentPlace && t.housed {
			continue
		} else if k != nil {
			t.add(*k, c.agree, false)
		} else if both {
			not := c.not
			if c.kind == hub.IdentPlace && len(r.names) > 0 && r.formless(p) {
				not = lessPlaceMan
			}
			t.add(r.by[c.kind][0], not, false)
		}
	}
	if k, both := r.agree(hub.IdentOrgNo, p); k == nil && both {
		t.veto = true
	}
	r.weighDomain(t, p, owners)
	if k := r.otherCustNo(p); k != nil {
		t.add(*k, lessCustNo, false)
	}
}

func (r *recordSide) weighDomain(t *tally, p *Profile, owners map[string][]Owner) {
	if k, _ := r.agree(KindDomain, p); k != nil || len(r.domains) == 0 {
		return
	}
	for _, mine := range r.domains {
		if !slices.ContainsFunc(p.names, func(n Name) bool { return spells(mine.Value, n) }) {
			continue
		}
		label := Key{Kind: KindLabel, Value: domainLabel(mine.Value)}
		bearers := owners[label.ID()]
		if len(label.Value) >= 8 && len(bearers) == 1 && bearers[0].Customer == t.Customer && len(p.values[KindDomain]) == 0 && !r.foreign(p) {
			t.add(mine, bitsLabelWhole, true)
		} else {
			t.add(mine, bitsLabel, false)
		}
		return
	}
	if len(p.values[KindDomain]) > 0 {
		t.add(r.domains[0], lessDomain, false)
	}
}

// spells reports whether a domain is made from the name.
func spells(domain string, n Name) bool {
	label, key := domainLabel(domain), n.Key()
	return len(label) >= 5 && (strings.HasPrefix(key, label) || strings.HasPrefix(label, key) && len(key) >= 5 || diceOf(label, key) >= .8)
}

// otherCustNo returns a customer number of the record whose source knows the
// customer by another one only.
func (r *recordSide) otherCustNo(p *Profile) *Key {
	for i, mine := range r.by[hub.IdentCustNo] {
		source, _, _ := strings.Cut(mine.Value, " ")
		other := false
		for _, v := range p.values[hub.IdentCustNo] {
			if v == mine.Value {
				return nil
			}
			other = other || strings.HasPrefix(v, source+" ")
		}
		if other {
			return &r.by[hub.IdentCustNo][i]
		}
	}
	return nil
}

package link

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// Tiers order the records by how surely they name a customer. A record is
// weighed only against what records of lower strata say, so the result does not
// depend on the order in which they were read.
const (
	TierClaim    = 0 // what rows with one organisation number say, believed or not: only they lean on it
	TierOrgNo    = 1 // rows with one organisation number: they are their customer
	TierRegister = 2 // rows of official registers: they name the customers of their numbers and found none
	TierSigned   = 3 // mails whose sender signs with an organisation number: they found no customer
	TierCustNo   = 4 // rows with a customer number: weighed together with the others of that number
	TierAddress  = 5 // rows with a name and an address or domain
	TierName     = 6 // rows with a name and a telephone or a place
	TierJoin     = 7 // customers as a whole, against those before them: see Join
	TierRest     = 8 // mails, rows with a name alone or none, and what its own stratum left open; they found no customer
)

// Stratum places a record. Within the tiers of rows without organisation number every source is a stratum
// of its own, so that lists without organisation numbers can lean on each
// other; their order follows from the names of the sources. unit is the key by
// which records are weighed together, "" for a record that stands alone.
func Stratum(kind, source string, keys []Key) (stratum int64, unit string) {
	tier := tierOf(kind, keys)
	switch tier {
	case TierOrgNo, TierRegister, TierSigned, TierRest:
		return int64(tier) << 48, ""
	}
	if tier == TierCustNo {
		unit = first(keys, hub.IdentCustNo).ID()
	}
	h := fnv.New64a()
	h.Write([]byte(source))
	return int64(tier)<<48 | int64(h.Sum64()>>16), unit
}

// Rank is the place of customers in the order in which they are weighed against
// one another: those of organisation numbers and those that people split off,
// which are what they are, then those of customer numbers,
// source by source, then those of names.
func Rank(stratum int64, anchorKind string) int64 {
	switch {
	case anchorKind == hub.IdentOrgNo, anchorKind+" " == saidAnchor:
		return 0
	case Tier(stratum) == TierCustNo:
		return stratum
	}
	return TierName << 48
}

// Tier is the tier of a stratum.
func Tier(stratum int64) int { return int(stratum >> 48) }

func tierOf(kind string, keys []Key) int {
	has := func(kind string) bool { return first(keys, kind) != nil }
	switch {
	case kind != hub.KindRow && signed(keys):
		return TierSigned
	case kind != hub.KindRow:
		return TierRest
	case Registered(keys) != nil:
		return TierRegister
	case len(OrgNos(keys)) == 1:
		return TierOrgNo
	case has(hub.IdentCustNo):
		return TierCustNo
	case has(hub.IdentName) && (has(hub.IdentEmail) || has(KindDomain)):
		return TierAddress
	case has(hub.IdentName) && (has(hub.IdentPhone) || has(hub.IdentPlace)):
		return TierName
	}
	return TierRest
}

// signed reports whether a mail has one sender, who signs with one organisation
// number.
func signed(keys []Key) bool {
	numbers, senders := map[string]bool{}, map[string]bool{}
	for _, k := range keys {
		switch {
		case k.Kind == hub.IdentOrgNo && (k.Role == hub.RoleSignature || k.Role == hub.RoleFrom):
			numbers[k.Value] = true
		case k.Kind == hub.IdentEmail && k.Role == hub.RoleFrom:
			senders[k.Value] = true
		}
	}
	return len(numbers) == 1 && len(senders) == 1
}

// first returns the first key of the kind that the customer of a row bears.
func first(keys []Key, kind string) *Key {
	for i, k := range keys {
		if k.Kind == kind && k.Role == hub.RoleSubject {
			return &keys[i]
		}
	}
	return nil
}

// OrgNos returns the organisation numbers of the customer of a row.
func OrgNos(keys []Key) (found []Key) {
	for _, k := range keys {
		if k.Kind == hub.IdentOrgNo && k.Role == hub.RoleSubject {
			found = append(found, k)
		}
	}
	return found
}

// Registered returns the organisation number of a row of an official register,
// nil for any other record.
func Registered(keys []Key) *Key {
	for i, k := range keys {
		if k.Kind == hub.IdentOrgNo && k.Role == RoleRegistered {
			return &keys[i]
		}
	}
	return nil
}

// Sees returns the lowest stratum on which records of a stratum lean: those
// with an organisation number on the claims of all such rows, the others on
// what was believed.
func Sees(stratum int64) (from int64) {
	if Tier(stratum) == TierOrgNo {
		return TierClaim
	}
	return TierOrgNo << 48
}

// Anchor returns the key of the customer that a record founds when it belongs
// to none that is known, and the keys of the record that say so; "" if it
// founds none. A name founds a customer together with what else tells it from
// others of that name: its domain, address or telephone, else its source.
func Anchor(stratum int64, unit string, keys []Key) (anchor string, because []Key) {
	switch Tier(stratum) {
	case TierOrgNo:
		k := OrgNos(keys)[0]
		return k.ID(), []Key{k}
	case TierCustNo:
		k := *first(keys, hub.IdentCustNo)
		return unit, []Key{k}
	case TierRegister, TierSigned, TierRest:
		return "", nil
	}
	name := first(keys, hub.IdentName)
	for _, kind := range []string{KindDomain, hub.IdentEmail, hub.IdentPhone, hub.IdentPlace} {
		if beside := first(keys, kind); beside != nil && !beside.Shared {
			return name.ID() + " " + beside.Value, []Key{*name, *beside}
		}
	}
	return "", nil
}

// Taught returns the keys, by ID, that a record's customer is learned to bear:
// for a mail those of its sender, or of its only addressee when the company
// wrote it.
func Taught(keys []Key) []string {
	role := hub.RoleFrom
	if !slices.ContainsFunc(keys, func(k Key) bool { return k.Role == hub.RoleFrom }) {
		role = hub.RoleTo
		if n := count(keys, hub.RoleTo, hub.IdentEmail); n > 1 {
			role = "none"
		}
	}
	var out []string
	for _, k := range keys {
		if k.Kind == hub.IdentMessageID || decided(k.Kind) {
			continue
		}
		if k.Role == role || k.Role == hub.RoleSubject || k.Role == RoleRegistered || k.Role == hub.RoleSignature && role == hub.RoleFrom {
			out = append(out, k.ID())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func count(keys []Key, role, kind string) (n int) {
	for _, k := range keys {
		if k.Role == role && k.Kind == kind {
			n++
		}
	}
	return n
}

// Parties are those who take part in a record, each with its keys.
type Parties struct {
	Sender    []Key   // of a row: its customer
	To, Cc    [][]Key // one for each address
	Mentioned []Key   // numbers and names in the text
}

// PartiesOf sorts the keys by who bears them.
func PartiesOf(keys []Key) Parties {
	var p Parties
	for _, k := range keys {
		switch k.Role {
		case hub.RoleTo, hub.RoleCc:
			if k.Kind != hub.IdentEmail {
				continue
			}
			party := []Key{k}
			if domain := Domain(k.Value); !Freemail(domain) {
				party = append(party, Key{Kind: KindDomain, Value: domain, Role: k.Role, Place: k.Place})
			}
			if k.Role == hub.RoleTo {
				p.To = append(p.To, party)
			} else {
				p.Cc = append(p.Cc, party)
			}
		case hub.RoleMentioned:
			if k.Kind == hub.IdentOrgNo || k.Kind == hub.IdentName || k.Kind == KindSpelling {
				p.Mentioned = append(p.Mentioned, k)
			}
		default:
			if k.Kind != hub.IdentMessageID && !decided(k.Kind) {
				p.Sender = append(p.Sender, k)
			}
		}
	}
	return p
}

// Reason is the evidence that a key gives by itself.
func Reason(k Key, bits float64) hub.Evidence {
	kind := k.Kind
	if kind == KindSpelling {
		kind = hub.IdentName
	}
	value := k.Value
	if kind == hub.IdentCustNo || kind == KindRecord || kind == KindCells {
		_, value, _ = strings.Cut(value, " ")
	}
	return hub.Evidence{Kind: kind, Value: value, Place: k.Place, Bits: bits}
}

// Founding is the evidence of a record for the customer that it founds.
func Founding(because []Key) (evidence []hub.Evidence) {
	for _, k := range because {
		switch k.Kind {
		case hub.IdentName:
			evidence = append(evidence, Reason(k, bitsName))
			continue
		case KindSuccession:
			evidence = append(evidence, Reason(k, BitsOrgNo))
			continue
		}
		evidence = append(evidence, Reason(k, Weights(nil).keyBits(k.Kind, 1, 1)))
	}
	return evidence
}

// ByThread is the evidence of another mail of the same thread.
func ByThread(message Key) hub.Evidence {
	return hub.Evidence{Kind: KindThread, Value: message.Value, Place: message.Place, Bits: bitsThread}
}

// ByDecision is the evidence of what a person said of the key.
func ByDecision(k Key, decision int64) hub.Evidence {
	r := Reason(k, bitsDecision)
	r.Decision = decision
	r.Value = k.Kind + " " + r.Value
	r.Kind = KindDecision
	return r
}

// OwnReasons gives each record of a unit its own share of the unit's reasons:
// those whose key it bears, at the place where it bears it, and the customer
// number that binds the unit.
func OwnReasons(keys []Key, unit []hub.Evidence) (own []hub.Evidence) {
	at := map[string]string{}
	for _, k := range keys {
		r := Reason(k, 0)
		if _, seen := at[r.Kind+" "+r.Value]; !seen {
			at[r.Kind+" "+r.Value] = k.Place
		}
	}
	bound := false
	for _, e := range unit {
		if place, ok := at[e.Kind+" "+e.Value]; ok {
			e.Place = place
			own = append(own, e)
			bound = bound || e.Kind == hub.IdentCustNo || len(own) == len(unit)
		}
	}
	if k := first(keys, hub.IdentCustNo); k != nil && !bound {
		own = append([]hub.Evidence{Reason(*k, bitsCustNo)}, own...)
	}
	return own
}

// Claimed returns the taught keys, by ID, that Foreign and Placeholder ask of what
// all rows with an organisation number claim, and the number, by which the others
// with it are found when that changes.
func Claimed(keys []Key) []string {
	return slices.DeleteFunc(Taught(keys), func(id string) bool {
		switch ParseKey(id).Kind {
		case hub.IdentOrgNo, hub.IdentName, hub.IdentCustNo, hub.IdentEmail, KindSpelling, KindDomain:
			return false
		}
		return true
	})
}

// Doubts returns the keys by which a row's organisation number is put in doubt.
func Doubts(keys []Key) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool {
		return k.Kind != hub.IdentName && k.Kind != hub.IdentCustNo && k.Kind != hub.IdentEmail
	})
}

// Foreign reports that the organisation number of a row is another's: the other
// rows with the number bear quite other names, and this row's name, customer
// number or address stands more often beside another number. Numbers are copied
// one line off, or typed from the wrong card. It returns the customers that the
// row may mean, the likelier first; none when nothing is wrong.
//
// known is what all such rows claim, this one included, and claimed the
// customer of the number.
func Foreign(keys []Key, claimed hub.CustomerID, known Known) []Candidate {
	spelling, name := first(keys, KindSpelling), first(keys, hub.IdentName)
	profile := known.Profiles[claimed]
	if spelling == nil || name == nil || profile == nil || borne(known.Owners[name.ID()], claimed) > 1 || !profile.stranger(ParseName(spelling.Value)) {
		return nil
	}
	var suspects []Candidate
	for _, k := range Doubts(keys) {
		if k.Kind == hub.IdentEmail && len(known.Owners[k.ID()]) >= publicOwners {
			continue // where several have their invoices sent, anybody may
		}
		mine := borne(known.Owners[k.ID()], claimed)
		for _, o := range known.Owners[k.ID()] {
			if o.Customer == claimed || Support(o.N) <= Support(mine) && !bearsAll(keys, o.Customer, known.Owners) || slices.ContainsFunc(suspects, func(c Candidate) bool { return c.Customer == o.Customer }) {
				continue
			}
			bits := known.Weights.keyBits(k.Kind, o.N, 1)
			suspects = append(suspects, Candidate{Customer: o.Customer, Bits: bits, Evidence: []hub.Evidence{Reason(k, bits)}})
		}
	}
	if len(suspects) == 0 && !profile.knownOtherwise(keys, known.Owners, claimed) && !profile.atHomeElsewhere(keys) {
		return nil
	}
	number := OrgNos(keys)[0]
	if len(suspects) >= MaxSuggestions {
		suspects = nil // too many to be of use
	}
	slices.SortStableFunc(suspects, func(a, b Candidate) int { return cmp.Compare(b.Bits, a.Bits) })
	return append(suspects, Candidate{Customer: claimed, Bits: BitsOrgNo, Evidence: []hub.Evidence{Reason(number, BitsOrgNo)}})
}

// knownOtherwise reports whether the source of a row knows the customer by
// another number than the row's, which no other row of the customer bears.
func (p *Profile) knownOtherwise(keys []Key, owners map[string][]Owner, claimed hub.CustomerID) bool {
	mine := first(keys, hub.IdentCustNo)
	if mine == nil || borne(owners[mine.ID()], claimed) > 1 {
		return false
	}
	source, _, _ := strings.Cut(mine.Value, " ")
	return slices.ContainsFunc(p.values[hub.IdentCustNo], func(v string) bool { return v != mine.Value && strings.HasPrefix(v, source+" ") })
}

// atHomeElsewhere reports whether a row's own domain spells the row's name and
// the customer has other domains only.
func (p *Profile) atHomeElsewhere(keys []Key) bool {
	domain, spelling := first(keys, KindDomain), first(keys, KindSpelling)
	if domain == nil || spelling == nil || !spells(domain.Value, ParseName(spelling.Value)) || slices.Contains(p.values[KindDomain], domain.Value) {
		return false
	}
	return len(p.values[KindDomain]) > 0
}

// bearsAll reports whether a customer bears both name and customer number of a row.
func bearsAll(keys []Key, id hub.CustomerID, owners map[string][]Owner) bool {
	name, number := first(keys, hub.IdentName), first(keys, hub.IdentCustNo)
	return name != nil && number != nil && borne(owners[name.ID()], id) > 0 && borne(owners[number.ID()], id) > 0
}

// placeholderNames is how many customers of quite different names a number must
// stand beside to be taken for what people type who have no number, and
// comparedNames how many names are looked at.
const (
	placeholderNames = 8
	comparedNames    = 40
)

// Placeholder reports whether the rows with an organisation number bear so many
// names, most of them strangers to one another, that it is nobody's.
func Placeholder(claimed *Profile) bool {
	if claimed == nil || len(claimed.names) < placeholderNames {
		return false
	}
	names := claimed.names[:min(len(claimed.names), comparedNames)]
	var apart []Name
	for _, n := range names {
		if !slices.ContainsFunc(apart, func(o Name) bool {
			alike, sisters := n.Alike(o)
			return alike >= .45 && !sisters
		}) {
			apart = append(apart, n)
		}
	}
	return len(apart) >= placeholderNames && 2*len(apart) >= len(names)
}

// Numberless leaves out the organisation numbers.
func Numberless(keys []Key) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k.Kind == hub.IdentOrgNo })
}

// borne is the number of records in which the customer bears a key.
func borne(owners []Owner, id hub.CustomerID) int {
	for _, o := range owners {
		if o.Customer == id {
			return o.N
		}
	}
	return 0
}

// stranger reports whether the customer has other names than n and none that
// could be a variant of it.
func (p *Profile) stranger(n Name) bool {
	others := false
	for _, o := range p.names {
		if o.Key() == n.Key() {
			continue
		}
		others = true
		if alike, apart := n.Alike(o); alike >= .45 && !apart {
			return false
		}
	}
	return others
}

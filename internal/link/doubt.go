package link

import (
	"cmp"
	"slices"

	"samsyn/internal/hub"
)

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
	if spelling == nil || profile == nil || borne(known.Owners[name.ID()], claimed) > 1 || !profile.stranger(ParseName(spelling.Value)) {
		return nil
	}
	var suspects []Candidate
	for _, k := range Doubts(keys) {
		mine := borne(known.Owners[k.ID()], claimed)
		for _, o := range known.Owners[k.ID()] {
			if o.Customer == claimed || Support(o.N) <= Support(mine) || slices.ContainsFunc(suspects, func(c Candidate) bool { return c.Customer == o.Customer }) {
				continue
			}
			bits := keyBits(k.Kind, o.N, 1)
			suspects = append(suspects, Candidate{Customer: o.Customer, Bits: bits, Evidence: []hub.Evidence{Reason(k, bits)}})
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	number := OrgNos(keys)[0]
	if len(suspects) >= MaxSuggestions {
		suspects = nil // too many to be of use
	}
	slices.SortStableFunc(suspects, func(a, b Candidate) int { return cmp.Compare(b.Bits, a.Bits) })
	return append(suspects, Candidate{Customer: claimed, Bits: bitsOrgNo, Evidence: []hub.Evidence{Reason(number, bitsOrgNo)}})
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

package link

import (
	"cmp"
	"math"
	"slices"

	"samsyn/internal/hub"
)

// Zones of the sum: see Judge.
const (
	autoBits    = 7
	autoMargin  = 7
	overMargin  = 4 // over one for whom nothing speaks that does not speak for the best as well
	likelyBits  = 3 // a suggestion of so much keeps a row from founding a customer
	suggestBits = -1
)

// Judge puts the candidates, best first, into zones: the one to link to, if
// its evidence is strong, well ahead of the next and without veto; else those
// to suggest to a person.
func Judge(cs []Candidate) (link *Candidate, suggest []Candidate) {
	if len(cs) == 0 {
		return nil, nil
	}
	preferCompany(cs)
	best := cs[0]
	ahead := !slices.ContainsFunc(cs[1:], func(c Candidate) bool { return best.Bits-c.Bits < best.margin(c) })
	if best.Bits >= autoBits && ahead && best.strong && !best.veto {
		cs[0].Rival = rival(cs, 0)
		return &cs[0], nil
	}
	for i := range cs {
		cs[i].Doubt, cs[i].Rival = cs[i].doubt(), rival(cs, i)
	}
	return nil, shortlist(cs)
}

// preferCompany puts a company before its unit, which has fewer records, if the
// record does not tell which of them it means.
func preferCompany(cs []Candidate) {
	for i := 1; i < len(cs); i++ {
		if best, c := cs[0], cs[i]; c.records > best.records && best.Bits-c.Bits < best.margin(c) && !c.veto && c.profile.sameCompany(best.profile) {
			cs[0], cs[i] = c, best
		}
	}
}

// margin is by how many bits the candidate must be ahead of another.
func (c Candidate) margin(other Candidate) float64 {
	if c.records > other.records && c.profile.sameCompany(other.profile) {
		return math.Inf(-1)
	}
	for _, e := range other.Evidence {
		if e.Bits > 0 && !slices.ContainsFunc(c.Evidence, func(mine hub.Evidence) bool {
			return mine.Kind == e.Kind && mine.Value == e.Value && mine.Bits >= e.Bits
		}) {
			return autoMargin
		}
	}
	return overMargin
}

// shortlist takes the first few, and none of those that are as likely as the
// first one left out: to prefer some of them would be chance.
func shortlist(cs []Candidate) (out []Candidate) {
	cs = slices.SortedStableFunc(slices.Values(cs), func(a, b Candidate) int { return cmp.Compare(b.worth(), a.worth()) })
	for i, c := range cs[:min(len(cs), MaxSuggestions)] {
		if c.worth() >= suggestBits && (len(cs) <= MaxSuggestions || c.worth() > cs[MaxSuggestions].worth()) {
			out = append(out, cs[i])
		}
	}
	return out
}

// Likely reports whether a candidate is so likely that a record of a new customer
// would not look like this.
func (c Candidate) Likely() bool { return c.worth() >= likelyBits }

// Ties calls visit with each run of candidates that are equally likely.
func Ties(cs []Candidate, visit func(equal []Candidate)) {
	for len(cs) > 0 {
		n := 1
		for n < len(cs) && cs[n].worth() == cs[0].worth() {
			n++
		}
		visit(cs[:n])
		cs = cs[n:]
	}
}

// worth is how likely a candidate is as an answer to a question.
func (c Candidate) worth() float64 { return c.Bits + c.hint }

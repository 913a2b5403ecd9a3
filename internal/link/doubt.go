package link

import (
	"slices"

	"samsyn/internal/hub"
)

// Doubts say why a customer is suggested and not linked.
const (
	DoubtWeak     = "weak"     // too little speaks for it
	DoubtRival    = "rival"    // another is nearly as likely
	DoubtVeto     = "veto"     // it has another organisation number
	DoubtForeign  = "foreign"  // the number of the row is another's by all that other rows say
	DoubtDecision = "decision" // decisions of people name several, or forbid it
	DoubtSame     = "same"     // the record has a customer; the question is whether this one is the same
)

// doubt tells what keeps a candidate from being linked.
func (c Candidate) doubt() string {
	switch {
	case c.veto:
		return DoubtVeto
	case c.Bits < autoBits || !c.strong:
		return DoubtWeak
	}
	return DoubtRival
}

// rival is the candidate, other than the i-th, that is likeliest, if it would
// be suggested by itself.
func rival(cs []Candidate, i int) hub.CustomerID {
	for j, c := range cs[:min(len(cs), 2)] {
		if j != i && c.Bits >= suggestBits {
			return c.Customer
		}
	}
	return 0
}

// Strongest are the n reasons that weigh most, whichever way, in their order:
// those for it first.
func Strongest(evidence []hub.Evidence, n int) []hub.Evidence {
	if len(evidence) <= n {
		return evidence
	}
	weight := func(e hub.Evidence) float64 { return max(e.Bits, -e.Bits) }
	at := make([]int, len(evidence))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int {
		switch wa, wb := weight(evidence[a]), weight(evidence[b]); {
		case wa > wb:
			return -1
		case wa < wb:
			return 1
		}
		return 0
	})
	at = at[:n]
	slices.Sort(at)
	out := make([]hub.Evidence, n)
	for i, from := range at {
		out[i] = evidence[from]
	}
	return out
}

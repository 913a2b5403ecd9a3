package link

import (
	"maps"
	"math"
	"slices"

	"samsyn/internal/hub"
)

// Weights are bits by kind of key, for a key that one customer alone bears,
// where the company's own records have shown another weight than the one to
// start with.
type Weights map[string]float64

// starting are the weights to start with, of the kinds that can be estimated.
var starting = Weights{hub.IdentEmail: bitsEmail, KindDomain: bitsDomain, hub.IdentPhone: bitsPhone, hub.IdentName: bitsName, hub.IdentPerson: bitsPerson, KindStreet: bitsStreet}

// Bounds of what is estimated.
const (
	maxShift    = 4   // bits from the weight to start with
	fewestTrial = 100 // trials below which the weight to start with stands
	leastShift  = 1   // a smaller change is not worth linking anew
)

// Trials counts, by kind of key, how often the only other customer records that
// bear the key of a record whose customer is known were that customer's.
type Trials map[string]struct{ Right, Wrong int }

// Try adds what the keys of a record of a known customer would have said had the
// record not been there. owners are those of the keys, the record included.
func (t Trials) Try(keys []Key, customer hub.CustomerID, owners map[string][]Owner) {
	for _, k := range keys {
		if starting[k.Kind] == 0 || k.Role != hub.RoleSubject {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(owners[k.ID()]), func(o Owner) bool { return o.Customer == customer && o.N <= 1 })
		if len(others) != 1 {
			continue
		}
		n := t[k.Kind]
		if others[0].Customer == customer {
			n.Right++
		} else {
			n.Wrong++
		}
		t[k.Kind] = n
	}
}

// Estimate returns the weights that the trials show: the odds that a record with
// the key is of the customer that alone bears it. They stay within bounds of
// those to start with, and those before stand where the change is small.
func (t Trials) Estimate(before Weights) Weights {
	out := maps.Clone(before)
	for kind, n := range t {
		if n.Right+n.Wrong < fewestTrial {
			continue
		}
		start := starting[kind]
		// A kind that is never wrong is no surer than so many trials can show.
		odds := math.Log2((float64(n.Right) + .5) / (float64(n.Wrong) + .5))
		if n.Wrong == 0 {
			odds = max(odds, start)
		}
		bits := math.Round(2*min(max(odds, start-maxShift), start+maxShift)) / 2
		if math.Abs(bits-before.of(kind)) >= leastShift {
			if out == nil {
				out = Weights{}
			}
			out[kind] = bits
		}
	}
	return out
}

// of is the weight of a kind.
func (w Weights) of(kind string) float64 {
	if bits, ok := w[kind]; ok {
		return bits
	}
	return starting[kind]
}

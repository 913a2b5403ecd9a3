package link

import "samsyn/internal/hub"

// Join weighs a customer that no organisation number founded, with all that its
// rows say of it, against the customers before it, and returns the one it is;
// nil if that is none of them or cannot be told. barred are customers that it
// must not be.
//
// Two customer numbers of one source mean two customers unless the names are
// equal: a list seldom holds the same customer twice.
func Join(keys []Key, known Known, barred func(hub.CustomerID) bool) *Candidate {
	best, _ := Judge(Weigh(keys, known))
	if best == nil || best.sister || barred(best.Customer) {
		return nil
	}
	r := newRecordSide(keys, known.Owners)
	if p := known.Profiles[best.Customer]; p != nil && r.otherCustNo(p) != nil && !r.sameName(p) {
		return nil
	}
	return best
}

// sameName reports whether the record and the customer bear an equal name.
func (r *recordSide) sameName(p *Profile) bool {
	for _, n := range r.names {
		for _, o := range p.names {
			if alike, apart := n.Alike(o); alike == 1 && !apart {
				return true
			}
		}
	}
	return false
}

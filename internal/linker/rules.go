package linker

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// unite replaces anchors that people hold to mean one customer by one of them:
// that of the oldest customer, among the organisation numbers if there are any.
func (w *weighing) unite(ctx context.Context, anchors map[string]string) error {
	classes := map[string][]string{}
	all := map[string]bool{}
	for a := range anchors {
		if class := anchorsIn(w.rules.Class(a)); len(class) > 1 {
			classes[a] = class
			for _, b := range class {
				all[b] = true
			}
		}
	}
	have, err := w.Anchored(ctx, slices.Sorted(maps.Keys(all)))
	for a, class := range classes {
		anchors[a] = oldest(class, have)
	}
	return err
}

// anchorsIn picks the keys that found customers, organisation numbers before
// customer numbers.
func anchorsIn(class []string) []string {
	for _, kind := range []string{hub.IdentOrgNo, hub.IdentCustNo} {
		var found []string
		for _, k := range class {
			if strings.HasPrefix(k, kind+" ") {
				found = append(found, k)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// oldest returns the anchor whose customer has the lowest id; the first of the
// sorted class when none is founded yet.
func oldest(class []string, have map[string]hub.CustomerID) string {
	const none = hub.CustomerID(1<<62 - 1)
	return slices.MinFunc(class, func(a, b string) int {
		return cmp.Or(cmp.Compare(cmp.Or(have[a], none), cmp.Or(have[b], none)), cmp.Compare(a, b))
	})
}

// anchorsOf finds the customers of the organisation numbers among keys, one for
// each class.
func (w *weighing) anchorsOf(ctx context.Context, keys map[string]bool) error {
	anchors := map[string]string{}
	for k := range keys {
		if strings.HasPrefix(k, hub.IdentOrgNo+" ") {
			anchors[k] = k
		}
	}
	w.anchored = map[string]hub.CustomerID{}
	if len(anchors) == 0 {
		return nil
	}
	if err := w.unite(ctx, anchors); err != nil {
		return err
	}
	minted, err := w.mint(ctx, anchors)
	for k, a := range anchors {
		w.anchored[k] = minted[a]
	}
	return err
}

// follow applies what people said belongs together. An organisation number
// among it decides; else the lowest stratum that has a customer; else what
// evidence chose for the others. Where that names several customers, the
// record keeps its own choice if it is one of them, and is left open if not.
func (w *weighing) follow(t *store.Trace) {
	for _, targets := range []func(store.Trace, []string) []hub.CustomerID{w.numbered, w.below, w.beside} {
		var found []hub.CustomerID
		var reason link.Key
		for _, k := range t.Keys {
			if class := w.rules.Class(k.ID()); len(class) > 1 {
				if to := targets(*t, class); len(to) > 0 {
					found, reason = append(found, to...), k
				}
			}
		}
		slices.Sort(found)
		found = slices.Compact(found)
		switch {
		case len(found) == 0:
			continue
		case slices.Contains(found, t.Choice):
		case len(found) == 1:
			t.Wanted = found[0]
			w.verdicts[t.Record].reason = []hub.Evidence{link.ByDecision(reason)}
		default:
			t.Wanted = 0
			for _, id := range found {
				w.verdicts[t.Record].suggest = append(w.verdicts[t.Record].suggest, link.Candidate{Customer: id, Evidence: []hub.Evidence{link.ByDecision(reason)}})
			}
		}
		return
	}
}

// numbered are the customers of the organisation numbers of a class.
func (w *weighing) numbered(_ store.Trace, class []string) (found []hub.CustomerID) {
	for _, k := range class {
		if id := w.anchored[k]; id != 0 {
			found = append(found, id)
		}
	}
	return found
}

// below are the customers that records of the lowest stratum of a class have.
func (w *weighing) below(t store.Trace, class []string) (found []hub.CustomerID) {
	lowest := t.Stratum
	for _, k := range class {
		for _, p := range w.peers[k] {
			if p.Customer == 0 || p.Stratum > lowest || p.Stratum == t.Stratum {
				continue
			}
			if p.Stratum < lowest {
				lowest, found = p.Stratum, nil
			}
			found = append(found, p.Customer)
		}
	}
	return found
}

// beside are the customers that evidence chose for others of a class: those
// that were known before those that were founded.
func (w *weighing) beside(t store.Trace, class []string) []hub.CustomerID {
	var known, founded []hub.CustomerID
	for _, k := range class {
		for _, p := range w.peers[k] {
			switch {
			case p.Choice == 0 || p.Stratum != t.Stratum:
			case p.Founded:
				founded = append(founded, p.Choice)
			default:
				known = append(known, p.Choice)
			}
		}
	}
	if len(known) > 0 {
		return known
	}
	return founded
}

// bar takes a record from a customer with whose records it must not be. When
// two records of one stratum want the same customer, neither gets it.
func (w *weighing) bar(context.Context) error {
	for i := range w.traces {
		t := &w.traces[i]
		t.Customer = t.Wanted
		if t.Wanted == 0 || !w.rules.Names(t.Keys) {
			continue
		}
		v := w.verdicts[t.Record]
		v.links = slices.DeleteFunc(v.links, func(c link.Candidate) bool { return c.Customer != t.Wanted && w.barred(*t, c.Customer) })
		if w.barred(*t, t.Wanted) {
			t.Customer = 0
		}
	}
	return nil
}

func (w *weighing) barred(t store.Trace, customer hub.CustomerID) bool {
	for _, k := range t.Keys {
		for _, b := range w.rules.Barred(k.ID()) {
			if w.anchored[b] == customer || w.holds(t, k.ID(), b, customer) {
				return true
			}
		}
	}
	return false
}

// holds reports whether the customer has a record that bears the key b and not
// the key a: a record that bears both is itself the question.
func (w *weighing) holds(t store.Trace, a, b string, customer hub.CustomerID) bool {
	for _, p := range w.peers[b] {
		has := p.Customer
		if p.Stratum == t.Stratum {
			has = p.Wanted
		}
		both := slices.ContainsFunc(w.peers[a], func(q store.Peer) bool { return q.Record == p.Record })
		if has == customer && p.Record != t.Record && !both {
			return true
		}
	}
	return false
}

// links writes the outcome for a record as links.
func (w *weighing) links(t store.Trace) []hub.Link {
	v := w.verdicts[t.Record]
	var out []hub.Link
	add := func(k hub.Link) {
		k.Customer = w.root(k.Customer)
		if !slices.ContainsFunc(out, func(have hub.Link) bool { return have.Customer == k.Customer }) {
			k.Record = t.Record
			out = append(out, k)
		}
	}
	if t.Customer != 0 {
		add(w.mainLink(t, v))
		for _, c := range v.links {
			if c.Customer != t.Choice || t.Wanted == t.Choice {
				add(hub.Link{Customer: c.Customer, Bits: c.Bits, Evidence: c.Evidence})
			}
		}
		return out
	}
	suggest := v.suggest
	if t.Wanted != 0 { // barred: show to a person what evidence says
		suggest = append(slices.Clip(v.links), suggest...)
	}
	for i, c := range suggest[:min(len(suggest), link.MaxSuggestions)] {
		add(hub.Link{Customer: c.Customer, Suggested: true, Rank: i + 1, Bits: c.Bits, Evidence: c.Evidence})
	}
	return out
}

// root is whom a customer was found to be.
func (w *weighing) root(id hub.CustomerID) hub.CustomerID {
	if s, ok := w.standing[id]; ok {
		return s.Root
	}
	return id
}

// mainLink is the link to t.Customer with its reasons.
func (w *weighing) mainLink(t store.Trace, v *verdict) hub.Link {
	k := hub.Link{Customer: t.Customer}
	switch {
	case v.reason != nil:
		k.Evidence = v.reason
	case len(v.links) > 0:
		k.Evidence = link.OwnReasons(t.Keys, v.links[0].Evidence)
		if w.root(t.Customer) == t.Customer {
			k.Bits = v.links[0].Bits
			return k
		}
	default:
		k.Evidence = link.Founding(v.because)
	}
	if joined := link.OwnReasons(t.Keys, w.standing[t.Customer].Reasons); w.root(t.Customer) != t.Customer && len(joined) > 0 {
		k.Evidence = joined
	}
	for _, e := range k.Evidence {
		k.Bits += e.Bits
	}
	return k
}

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

// unite replaces anchors that mean one customer by one of them: the successor,
// or that of the oldest customer, among the organisation numbers if there are
// any. People say so, and registers where people do not contradict.
func (w *weighing) unite(ctx context.Context, anchors map[string]string) error {
	succession, err := w.Succession(ctx, w.rules, slices.Collect(maps.Keys(anchors)))
	if err != nil {
		return err
	}
	classes := map[string][]string{}
	all := map[string]bool{}
	for a := range anchors {
		if class := succession.Class(w.rules, a); len(class) > 1 || class[0] != a {
			classes[a] = class
			for _, b := range class {
				all[b] = true
			}
		}
	}
	have, err := w.Anchored(ctx, slices.Sorted(maps.Keys(all)))
	for a, class := range classes {
		anchors[a] = w.heir(class, have)
	}
	return err
}

// heir returns the anchor that lives on of a class: one that was said to have
// taken over others and that none took over, else the one whose customer has
// the lowest id; the first of the sorted class when none is founded yet.
func (w *weighing) heir(class []string, have map[string]hub.CustomerID) string {
	const none = hub.CustomerID(1<<62 - 1)
	rank := func(a string) (n int) {
		for _, b := range class {
			switch {
			case w.rules.Succeeds(link.RuleKey(b), link.RuleKey(a)):
				return 2
			case w.rules.Succeeds(link.RuleKey(a), link.RuleKey(b)):
				n = -1
			}
		}
		return n
	}
	return slices.MinFunc(class, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(cmp.Or(have[a], none), cmp.Or(have[b], none)), cmp.Compare(a, b))
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
	if len(anchors) > 0 {
		if err := w.unite(ctx, anchors); err != nil {
			return err
		}
	}
	for k := range keys {
		if own := w.rules.Founded(k); own != "" {
			anchors[k] = own
		}
	}
	minted, err := w.mint(ctx, anchors)
	for k, a := range anchors {
		w.anchored[k] = minted[a]
	}
	return err
}

// follow applies what people said belongs together. An organisation number
// among it decides, or that it is a customer of its own; else the lowest stratum
// that has a customer; else what evidence chose for the others; else a number
// that no row bears. Where that names
// several customers, the record keeps its own choice if it is one of them, and
// is left open if not.
func (w *weighing) follow(t *store.Trace) {
	for _, targets := range []func(store.Trace, []string) []hub.CustomerID{w.numbered, w.below, w.beside, w.named} {
		var found []hub.CustomerID
		var reason []hub.Evidence
		for _, k := range t.Keys {
			if !w.rules.Binds(k.ID()) {
				continue
			}
			if own := w.rules.Founded(k.ID()); own != "" && !w.splits(*t, k) {
				continue
			}
			if to := targets(*t, w.rules.Class(k.ID())); len(to) > 0 {
				found = append(found, to...)
				reason = []hub.Evidence{link.ByDecision(k, w.rules.JoinedBy(k.ID()))}
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
			w.verdicts[t.Record].reason = reason
		default:
			t.Wanted = 0
			for _, id := range found {
				w.verdicts[t.Record].suggest = append(w.verdicts[t.Record].suggest,
					link.Candidate{Customer: id, Evidence: reason, Doubt: link.DoubtDecision})
			}
		}
		return
	}
}

// splits reports whether what was said of a key, that it is a customer of its
// own, takes the record along: it names the record itself, or evidence leads to
// the customer it was split from, or nowhere. A value that others bear, too, must
// not draw their records together, nor any that has an organisation number.
func (w *weighing) splits(t store.Trace, k link.Key) bool {
	if k.Names() {
		return true
	}
	if t.Choice == 0 {
		return len(link.OrgNos(t.Keys)) == 0 || k.Kind == hub.IdentOrgNo
	}
	_, settled := w.barred(t, t.Choice)
	return settled
}

// numbered are the customers of the organisation numbers of a class that rows
// bear, or the one that people split off as this class.
func (w *weighing) numbered(_ store.Trace, class []string) (found []hub.CustomerID) {
	for _, k := range class {
		borne := slices.ContainsFunc(w.peers[k], func(p store.Peer) bool { return link.Tier(p.Stratum) == link.TierOrgNo })
		if id := w.anchored[k]; id != 0 && (borne || w.rules.Founded(k) != "") {
			found = append(found, id)
		}
	}
	return found
}

// named are the customers of the organisation numbers of a class, though no row
// bears them.
func (w *weighing) named(_ store.Trace, class []string) (found []hub.CustomerID) {
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
// two records of one stratum want the same customer, neither gets it. What
// people said of the record itself is asked no more.
func (w *weighing) bar(context.Context) error {
	for i := range w.traces {
		t := &w.traces[i]
		t.Customer = t.Wanted
		if !w.rules.Names(t.Keys) {
			continue
		}
		v := w.verdicts[t.Record]
		forbidden := func(c link.Candidate) bool {
			decision, settled := w.barred(*t, c.Customer)
			return decision != 0 && settled
		}
		v.suggest = slices.DeleteFunc(slices.Clone(v.suggest), forbidden)
		v.links = slices.DeleteFunc(slices.Clone(v.links), func(c link.Candidate) bool {
			decision, _ := w.barred(*t, c.Customer)
			return c.Customer != t.Wanted && decision != 0
		})
		if t.Wanted == 0 {
			continue
		}
		if decision, settled := w.barred(*t, t.Wanted); decision != 0 {
			t.Customer = 0
			w.Blame(t.Record, decision)
			if settled {
				v.links = slices.DeleteFunc(v.links, func(c link.Candidate) bool { return c.Customer == t.Wanted })
			}
		}
	}
	return nil
}

// barred returns the decision that keeps the record from the customer, 0 if
// none does. settled: the customer is certain to have what the record must not be with,
// and not just another record that wants it, too. Of a single record and a value that
// both want the customer, the record yields: what is said of one record moves no other.
func (w *weighing) barred(t store.Trace, customer hub.CustomerID) (decision int64, settled bool) {
	if w.saidOf(t, customer) {
		return 0, false
	}
	for _, k := range t.Keys {
		for _, b := range w.rules.Barred(k.ID()) {
			other := link.ParseKey(b)
			same := append(slices.Clone(w.rules.Class(b)), b)
			part := other.Names() || w.rules.Founded(b) != ""
			if part && slices.ContainsFunc(t.Keys, func(own link.Key) bool { return slices.Contains(same, own.ID()) }) {
				continue // it is part of what was said of, which is not to be kept from itself
			}
			by := w.rules.BarredBy(k.ID(), b)
			switch {
			case w.anchored[b] == customer, k.Names() && w.founds(t, b, customer):
				return by, true
			case w.holds(t, k.ID(), b, customer, true):
				return by, true
			case other.Names() && !k.Names():
			case w.holds(t, k.ID(), b, customer, false):
				if k.Names() && !other.Names() {
					return by, true
				}
				decision = by
			}
		}
	}
	return decision, false
}

// saidOf reports whether people said of the record itself that it belongs to the
// customer: that goes before what they said of values that it bears. Where they
// contradict themselves nothing of it binds.
func (w *weighing) saidOf(t store.Trace, customer hub.CustomerID) bool {
	for _, own := range t.Keys {
		if !own.Names() {
			continue
		}
		for _, k := range w.rules.Class(own.ID()) {
			if k != own.ID() && (w.anchored[k] == customer || slices.ContainsFunc(w.peers[k], func(p store.Peer) bool {
				return p.Record != t.Record && p.Stratum < t.Stratum && p.Customer == customer
			})) {
				return true
			}
		}
	}
	return false
}

// founds reports whether the record itself founded the customer, by what is called b.
func (w *weighing) founds(t store.Trace, b string, customer hub.CustomerID) bool {
	return t.Founded && t.Choice == customer && link.RuleKey(w.verdicts[t.Record].anchor) == b
}

// holds reports whether the customer has a record, below the stratum or within
// it, that bears the key b and not the key a, nor one that people hold to mean the
// same as a: a record that bears both is itself the question.
func (w *weighing) holds(t store.Trace, a, b string, customer hub.CustomerID, below bool) bool {
	same := append(slices.Clone(w.rules.Class(a)), a)
	for _, p := range w.peers[b] {
		if (p.Stratum < t.Stratum) != below {
			continue
		}
		has := p.Customer
		if !below {
			has = p.Wanted
		}
		both := slices.ContainsFunc(same, func(k string) bool {
			return slices.ContainsFunc(w.peers[k], func(q store.Peer) bool { return q.Record == p.Record })
		})
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
	ask := func(candidates []link.Candidate) {
		for _, c := range candidates[:min(len(candidates), link.MaxSuggestions)] {
			add(hub.Link{Customer: c.Customer, Suggested: true, Rank: len(out) + 1, Bits: c.Bits, Evidence: c.Evidence, Doubt: cmp.Or(c.Doubt, link.DoubtDecision), Rival: c.Rival})
		}
	}
	if t.Customer != 0 {
		add(w.mainLink(t, v))
		for _, c := range v.links {
			if c.Customer != t.Choice || t.Wanted == t.Choice {
				add(hub.Link{Customer: c.Customer, Bits: c.Bits, Evidence: c.Evidence, Rival: c.Rival})
			}
		}
		if t.Founded && t.Customer == t.Choice {
			linked := len(out)
			ask(v.suggest)
			for i := linked; i < len(out); i++ {
				out[i].Rank, out[i].Doubt = i-linked+1, link.DoubtSame
			}
		}
		return out
	}
	if t.Wanted != 0 { // barred: show to a person what evidence says
		ask(append(slices.Clip(v.links), v.suggest...))
	} else {
		ask(v.suggest)
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
		k.Rival = v.links[0].Rival
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

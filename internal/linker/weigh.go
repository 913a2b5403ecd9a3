package linker

import (
	"context"
	"errors"
	"maps"
	"slices"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// weighing links traces of one stratum. Each step leans only on the steps
// before it and on lower strata:
//
//	choose  by evidence: a known customer, or one to be founded
//	want    by threads, and by what people said belongs together
//	settle  unless people said that it does not
type weighing struct {
	*store.Linking
	weights  link.Weights
	traces   []store.Trace
	stratum  int64
	rules    *link.Rules
	verdicts map[hub.RecordID]*verdict
	peers    map[string][]store.Peer
	anchored map[string]hub.CustomerID // organisation numbers that decisions name
	before   map[hub.RecordID]store.Trace
	home     visit
	passed   []store.Trace // on to another stratum, to be weighed there
	standing map[hub.CustomerID]store.Standing
}

// visit is what their own stratum says of records that it left open.
type visit struct {
	at      map[hub.RecordID]hub.CustomerID
	suggest map[hub.RecordID][]link.Candidate
}

// verdict is what evidence says of a record, or of a unit of records.
type verdict struct {
	links   []link.Candidate // the main one first
	suggest []link.Candidate
	anchor  string // of the customer to found, "" for none
	because []link.Key
	reason  []hub.Evidence // of Wanted, where it is not that of links
}

func weighTraces(ctx context.Context, t *store.Linking, traces []store.Trace) (changed int, err error) {
	rules, err := t.Rules(ctx)
	if err != nil {
		return 0, err
	}
	var weights link.Weights
	if err := t.Setting(ctx, weightsSetting, &weights); err != nil {
		return 0, err
	}
	w := &weighing{Linking: t, weights: weights, traces: traces, stratum: traces[0].Stratum, rules: rules,
		verdicts: map[hub.RecordID]*verdict{}, before: map[hub.RecordID]store.Trace{}}
	for _, tr := range traces {
		w.before[tr.Record] = tr
	}
	for _, step := range []func(context.Context) error{w.choose, w.found, w.part, w.meet, w.want, w.bar, w.teach} {
		if err := step(ctx); err != nil {
			return 0, err
		}
	}
	changed, err = w.save(ctx)
	if err != nil {
		return 0, err
	}
	return changed, errors.Join(w.doubt(ctx), w.taken(ctx), tell(ctx, w.Linking, rules, w.changed(), w.lowest()))
}

// lowest is the stratum from which on records may lean on these.
func (w *weighing) lowest() int64 {
	lowest := w.stratum
	for _, t := range w.passed {
		lowest = min(lowest, t.Home)
	}
	return lowest
}

// doubt has the customers weighed anew whose records changed that decisions
// keep apart from others.
func (w *weighing) doubt(ctx context.Context) error {
	keys := map[string]bool{}
	for _, t := range w.changed() {
		for _, k := range t.Keys {
			for _, id := range w.rules.Barred(k.ID()) {
				keys[id], keys[k.ID()] = true, true
			}
		}
	}
	return w.DoubtBearers(ctx, slices.Sorted(maps.Keys(keys)))
}

// choose weighs every unit against the customers that lower strata know.
func (w *weighing) choose(ctx context.Context) error {
	switch link.Tier(w.stratum) {
	case link.TierOrgNo:
		return w.believe(ctx)
	case link.TierRegister:
		return w.enter(ctx)
	}
	if err := w.visitHome(ctx); err != nil {
		return err
	}
	units := w.units()
	known, err := w.known(ctx, units)
	if err != nil {
		return err
	}
	for _, members := range units {
		v := w.judged(members, known)
		for _, i := range members {
			own := *v
			w.verdicts[w.traces[i].Record] = &own
			if len(v.links) == 0 && (w.traces[i].Unit != "" || len(v.suggest) == 0 || !v.suggest[0].Likely()) {
				w.founding(i, &own)
			}
		}
	}
	return nil
}

func (w *weighing) founding(i int, v *verdict) *verdict {
	t := w.traces[i]
	v.anchor, v.because = link.Anchor(t.Stratum, t.Unit, t.Keys)
	return v
}

// units groups the traces, by index, that are weighed together.
func (w *weighing) units() [][]int {
	var out [][]int
	at := map[string]int{}
	for i, t := range w.traces {
		if n, ok := at[t.Unit]; ok && t.Unit != "" {
			out[n] = append(out[n], i)
			continue
		}
		at[t.Unit] = len(out)
		out = append(out, []int{i})
	}
	return out
}

// merged returns the keys of all members, each once.
func (w *weighing) merged(members []int) []link.Key {
	if len(members) == 1 {
		return w.traces[members[0]].Keys
	}
	seen := map[string]link.Key{}
	for _, i := range members {
		for _, k := range w.traces[i].Keys {
			seen[k.ID()] = k
		}
	}
	keys := make([]link.Key, 0, len(seen))
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		keys = append(keys, seen[id])
	}
	return keys
}

func (w *weighing) known(ctx context.Context, units [][]int) (known link.Known, err error) {
	ids := map[string]bool{}
	for _, t := range w.traces {
		for _, k := range t.Keys {
			if k.Posted() && k.Kind != hub.IdentMessageID && k.Kind != link.KindMuted {
				ids[k.ID()] = true
			}
		}
	}
	if known.Owners, err = w.Owners(ctx, slices.Sorted(maps.Keys(ids)), w.stratum); err != nil {
		return known, err
	}
	candidates := map[hub.CustomerID]bool{}
	for _, members := range units {
		for _, id := range link.Candidates(w.merged(members), known.Owners) {
			candidates[id] = true
		}
	}
	known.Weights = w.weights
	known.Profiles, err = w.Profiles(ctx, slices.Sorted(maps.Keys(candidates)), w.stratum)
	return known, err
}

func (w *weighing) judged(members []int, known link.Known) *verdict {
	keys := w.merged(members)
	if t := w.traces[members[0]]; link.Tier(t.Home) == link.TierOrgNo {
		// Its organisation number is not believed: a question, or a row without one.
		if suggest := w.home.suggest[t.Record]; len(suggest) > 0 {
			return &verdict{suggest: suggest}
		}
		keys = link.Numberless(keys)
	}
	p := link.PartiesOf(keys)
	if link.Tier(w.stratum) != link.TierSigned {
		return judge(p, known)
	}
	// What a signature says of its sender is learned from the number in it alone.
	v := &verdict{}
	v.try(p.Sender, known)
	v.suggest = nil
	v.links = slices.DeleteFunc(v.links, func(c link.Candidate) bool {
		return !slices.ContainsFunc(c.Evidence, func(e hub.Evidence) bool { return e.Kind == hub.IdentOrgNo })
	})
	return v
}

// judge decides whom the parties of a record are. The sender decides, with the
// help of what the text mentions; when the company itself wrote, each addressee
// does. Who is copied in is linked besides.
func judge(p link.Parties, known link.Known) *verdict {
	v := &verdict{}
	if len(p.Sender) > 0 {
		v.try(p.Sender, known)
	} else {
		for _, to := range p.To {
			v.try(to, known)
		}
	}
	if mentioned := link.Longest(p.Mentioned, known.Owners); len(v.links) == 0 && len(mentioned) > 0 {
		// An accountant or a portal is nobody here and writes of somebody; who
		// is known already may be made out by what the text names.
		keys := mentioned
		if len(v.suggest) > 0 {
			keys = append(slices.Clip(p.Sender), mentioned...)
			for _, to := range p.To {
				keys = append(keys, to...)
			}
		}
		v.suggest = nil
		v.try(keys, known)
	}
	if len(v.links) > 0 {
		v.suggest = nil
	}
	for _, cc := range p.Cc {
		v.try(cc, known)
	}
	if len(v.links) > 0 {
		v.suggest = nil
	}
	return v
}

func (v *verdict) try(keys []link.Key, known link.Known) {
	found, suggest := link.Judge(link.Weigh(keys, known))
	if found != nil && !slices.ContainsFunc(v.links, func(c link.Candidate) bool { return c.Customer == found.Customer }) {
		v.links = append(v.links, *found)
	}
	if len(v.suggest) == 0 {
		v.suggest = suggest
	}
}

// found turns verdicts into choices, founding customers where none is known.
func (w *weighing) found(ctx context.Context) error {
	anchors := map[string]string{}
	for _, v := range w.verdicts {
		if v.anchor != "" {
			anchors[v.anchor] = v.anchor
		}
	}
	if err := w.unite(ctx, anchors); err != nil {
		return err
	}
	minted, err := w.mint(ctx, anchors)
	if err != nil {
		return err
	}
	for i := range w.traces {
		t, v := &w.traces[i], w.verdicts[w.traces[i].Record]
		t.Choice, t.Founded = 0, false
		switch {
		case len(v.links) > 0:
			t.Choice = v.links[0].Customer
		case v.anchor != "":
			to := anchors[v.anchor]
			if t.Choice, t.Founded = minted[to], true; to != v.anchor {
				by := w.rules.JoinedBy(link.RuleKey(v.anchor))
				if w.Blame(t.Record, by); by == 0 {
					v.because = append(v.because, link.TakenOver(to))
				}
			}
		}
	}
	return nil
}

// mint founds the customers of anchors; numbered ones come before all others.
func (w *weighing) mint(ctx context.Context, anchors map[string]string) (map[string]hub.CustomerID, error) {
	byRank := map[int64][]string{}
	for _, a := range anchors {
		rank := link.Rank(w.stratum, link.ParseKey(a).Kind)
		byRank[rank] = append(byRank[rank], a)
	}
	out := map[string]hub.CustomerID{}
	for rank, some := range byRank {
		slices.Sort(some)
		minted, err := w.Mint(ctx, slices.Compact(some), rank)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, minted)
	}
	return out, nil
}

// part passes on what belongs to another stratum: a record that its own stratum
// leaves open is weighed again with those that lean on all, and comes back
// should its own stratum find it a customer after all.
func (w *weighing) part(ctx context.Context) error {
	lessons := map[store.Lesson]int{}
	at := w.home.at
	w.traces = slices.DeleteFunc(w.traces, func(t store.Trace) bool {
		to := t.Stratum
		switch {
		case t.Unit != "" || t.Home == link.TierRest<<48 || link.Tier(t.Home) == link.TierRegister:
		case link.Tier(t.Home) == link.TierSigned:
			if t.Stratum == t.Home {
				teach(t, t.Taught, -1, lessons)
				teach(t, t.Choice, 1, lessons)
				t.Stratum, t.Taught, t.Dirty = link.TierRest<<48, t.Choice, true
				w.passed = append(w.passed, t)
				return true
			}
			if at[t.Record] == t.Taught {
				return false
			}
			t.Stratum, t.Dirty = t.Home, true
			w.passed = append(w.passed, t)
			return true
		case t.Stratum == t.Home && t.Choice == 0:
			to = link.TierRest << 48
		case t.Stratum != t.Home && at[t.Record] != 0:
			to = t.Home
		}
		if to == t.Stratum {
			return false
		}
		teach(t, t.Taught, -1, lessons)
		t.Stratum, t.Taught, t.Choice, t.Founded, t.Dirty = to, 0, 0, false, true
		w.passed = append(w.passed, t)
		return true
	})
	return w.Teach(ctx, lessons)
}

// visitHome asks for the traces from other strata which customer their own would
// find now, and what it would ask; one that is yet to be founded is anybody.
func (w *weighing) visitHome(ctx context.Context) error {
	byHome := map[int64][]store.Trace{}
	for _, t := range w.traces {
		if t.Home != t.Stratum {
			byHome[t.Home] = append(byHome[t.Home], t)
		}
	}
	const anybody = hub.CustomerID(-1)
	at := map[hub.RecordID]hub.CustomerID{}
	w.home = visit{at, map[hub.RecordID][]link.Candidate{}}
	for home, traces := range byHome {
		for i := range traces {
			traces[i].Stratum = home
		}
		h := &weighing{Linking: w.Linking, weights: w.weights, traces: traces, stratum: home, rules: w.rules, verdicts: map[hub.RecordID]*verdict{}}
		if err := h.choose(ctx); err != nil {
			return err
		}
		for id, v := range h.verdicts {
			w.home.suggest[id] = v.suggest
			switch {
			case len(v.links) > 0:
				at[id] = v.links[0].Customer
			case v.anchor != "":
				at[id] = anybody
			}
		}
	}
	return nil
}

// meet loads the traces on whose choices those of this batch may lean: what
// decisions tie together, and the other mails of a thread.
func (w *weighing) meet(ctx context.Context) error {
	keys := map[string]bool{}
	for _, t := range w.traces {
		if w.rules.Names(t.Keys) {
			for _, k := range t.Keys {
				for _, id := range append(w.rules.Class(k.ID()), w.rules.Barred(k.ID())...) {
					keys[id] = true
				}
			}
		}
		if t.Choice == 0 {
			for _, k := range threadKeys(t) {
				keys[k.ID()] = true
			}
		}
	}
	var err error
	w.peers, err = w.Peers(ctx, slices.Sorted(maps.Keys(keys)), w.stratum)
	w.overlay()
	if err != nil {
		return err
	}
	return w.anchorsOf(ctx, keys)
}

// overlay puts the state of this batch over the peers that belong to it.
func (w *weighing) overlay() {
	now := map[hub.RecordID]store.Trace{}
	for _, t := range w.traces {
		now[t.Record] = t
	}
	for _, ps := range w.peers {
		for i, p := range ps {
			if t, ok := now[p.Record]; ok {
				ps[i].Choice, ps[i].Founded, ps[i].Wanted = t.Choice, t.Founded, t.Wanted
			}
		}
	}
}

func threadKeys(t store.Trace) (keys []link.Key) {
	for _, k := range t.Keys {
		if k.Kind == hub.IdentMessageID {
			keys = append(keys, k)
		}
	}
	return keys
}

// want settles whom each record goes to but for what must not be together.
func (w *weighing) want(context.Context) error {
	for i := range w.traces {
		t := &w.traces[i]
		t.Wanted = t.Choice
		if w.rules.Names(t.Keys) && link.Tier(t.Stratum) != link.TierRegister {
			w.follow(t)
		}
		if t.Wanted == 0 {
			w.thread(t)
		}
	}
	w.overlay()
	return nil
}

// thread links a mail to the one customer of the other mails of its thread.
func (w *weighing) thread(t *store.Trace) {
	var customer hub.CustomerID
	var reason link.Key
	for _, k := range threadKeys(*t) {
		for _, p := range w.peers[k.ID()] {
			switch {
			case p.Choice == 0 || p.Stratum != t.Stratum || p.Record == t.Record:
			case customer == 0:
				customer, reason = p.Choice, k
			case customer != p.Choice:
				return
			}
		}
	}
	if customer != 0 {
		t.Wanted = customer
		w.verdicts[t.Record].reason = []hub.Evidence{link.ByThread(reason)}
	}
}

// teach moves what the records say to the customers they are linked to now.
func (w *weighing) teach(ctx context.Context) error {
	lessons := map[store.Lesson]int{}
	for i := range w.traces {
		t := &w.traces[i]
		to := t.Customer
		if link.Tier(t.Stratum) == link.TierRest && len(w.verdicts[t.Record].links) == 0 {
			to = 0 // who is in a thread, or named by a person, need not be the customer
		}
		if to != t.Taught && link.Tier(t.Home) != link.TierSigned {
			teach(*t, t.Taught, -1, lessons)
			teach(*t, to, 1, lessons)
			t.Taught = to
		}
	}
	return w.Teach(ctx, lessons)
}

// save writes the links and the traces.
func (w *weighing) save(ctx context.Context) (changed int, err error) {
	if err := w.stand(ctx); err != nil {
		return 0, err
	}
	ids := make([]hub.RecordID, len(w.traces))
	links := make(map[hub.RecordID][]hub.Link, len(w.traces))
	for i, t := range w.traces {
		ids[i] = t.Record
		links[t.Record] = w.links(t)
	}
	moved, err := w.PutLinks(ctx, ids, links)
	if err != nil {
		return 0, err
	}
	for i := range w.traces {
		w.traces[i].Dirty = false
	}
	return len(moved), w.Settle(ctx, append(w.traces, w.passed...))
}

// stand looks up who the customers were found to be that are to be linked to, and
// puts those that are equally likely in an order.
func (w *weighing) stand(ctx context.Context) (err error) {
	ids := map[hub.CustomerID]bool{}
	for _, t := range w.traces {
		ids[t.Customer] = true
		v := w.verdicts[t.Record]
		for _, c := range append(slices.Clip(v.links), v.suggest...) {
			ids[c.Customer] = true
		}
	}
	if w.standing, err = w.Standings(ctx, slices.Sorted(maps.Keys(ids))); err != nil {
		return err
	}
	// Ids are given out as records come; what founded a customer is the same whenever.
	for _, v := range w.verdicts {
		link.Ties(v.suggest, func(equal []link.Candidate) {
			slices.SortFunc(equal, func(a, b link.Candidate) int { return w.standing[a.Customer].Compare(w.standing[b.Customer]) })
		})
	}
	return nil
}

// changed are the traces of which something that others lean on is new.
func (w *weighing) changed() (out []store.Trace) {
	for _, t := range append(slices.Clip(w.traces), w.passed...) {
		had := w.before[t.Record]
		if t.Stratum != had.Stratum || t.Choice != had.Choice || t.Founded != had.Founded || t.Wanted != had.Wanted || t.Customer != had.Customer {
			out = append(out, t)
		}
	}
	return out
}

// tell marks, from a stratum upwards, those that lean on the traces for a
// thread or a decision.
func tell(ctx context.Context, l *store.Linking, rules *link.Rules, traces []store.Trace, from int64) error {
	tied, threads := map[string]bool{}, map[string]bool{}
	for _, t := range traces {
		for _, k := range t.Keys {
			if rules.Class(k.ID()) != nil {
				tied[k.ID()] = true
			}
			if k.Kind == hub.IdentMessageID {
				threads[k.ID()] = true
			}
		}
	}
	if err := l.MarkBearers(ctx, slices.Sorted(maps.Keys(threads)), from, true); err != nil {
		return err
	}
	return l.MarkBearers(ctx, rules.Around(slices.Sorted(maps.Keys(tied))), from, false)
}

package link

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// Kinds of decisions.
const (
	MustLink    = "must-link"    // what bears a and what bears b is one customer
	CannotLink  = "cannot-link"  // it is not
	Merge       = "merge"        // two customers are one: must-link of what founded them
	Split       = "split"        // what bears a is a customer of its own, not b's
	SuccessorOf = "successor-of" // a took over b: one customer, which lives on as a
	SubunitOf   = "subunit-of"   // a belongs to b, and both stay customers
	Shared      = "shared"       // several bear the value a: it alone decides nothing
	Generic     = "generic"      // the value a says nothing of a customer
	OwnValue    = "own"          // the value a is the company's own
)

// ColumnRole is the kind of decision that is about no link: in tables like a, a
// column has the role b. See hub.ColumnAnswer.
const ColumnRole = "column-role"

// Kinds lists the kinds of decisions that are about links.
func Kinds() []string {
	return []string{MustLink, CannotLink, Merge, Split, SuccessorOf, SubunitOf, Shared, Generic, OwnValue}
}

// OfValue reports whether decisions of the kind are about one value, a alone.
func OfValue(kind string) bool { return kind == Shared || kind == Generic || kind == OwnValue }

// Opposite returns the kinds that take back what a decision of the kind says
// when they are said of the same pair.
func Opposite(kind string) []string {
	switch kind {
	case MustLink, Merge, SuccessorOf:
		return []string{CannotLink, Split}
	case CannotLink, Split:
		return []string{MustLink, Merge, SuccessorOf}
	case Shared, Generic, OwnValue:
		return []string{Shared, Generic, OwnValue}
	}
	return nil
}

// Rule is a decision in keys, by Key.ID.
type Rule struct {
	ID   int64 // of the decision
	Kind string
	A, B []string
}

func (r Rule) joins() bool { return r.Kind == MustLink || r.Kind == Merge || r.Kind == SuccessorOf }
func (r Rule) parts() bool { return r.Kind == CannotLink || r.Kind == Split }

// Conflict is a set of decisions that contradict each other. Until people
// agree they bind nothing, but that what was said to be apart stays apart.
type Conflict struct{ Decisions []int64 }

// Rules are all decisions together.
type Rules struct {
	tied      map[string][]string          // key → the keys that decisions tie to it, itself among them
	class     map[string][]string          // the same where nobody contradicts, else the key alone
	barred    map[string]map[string]int64  // key → the keys that must not be with it, and the decision that says so
	joined    map[string]int64             // key → the first decision that joins it to others
	founds    map[string]int64             // key → the decision by which it is a customer of its own
	yields    map[string]map[string]bool   // key → the keys of its successors
	values    map[string]map[string]string // kind of key → value → Shared, Generic or OwnValue
	conflicts []Conflict
}

// NewRules combines decisions. What is said to belong together forms classes;
// a class that holds a pair said not to belong together is frozen: it binds
// nothing until people agree, and the pair stays apart.
func NewRules(rules []Rule) *Rules {
	out := &Rules{tied: map[string][]string{}, class: map[string][]string{}, barred: map[string]map[string]int64{}, joined: map[string]int64{},
		founds: map[string]int64{}, yields: map[string]map[string]bool{}, values: map[string]map[string]string{}}
	classes := classes{}
	apart := map[[2]string]int64{}
	for _, r := range rules {
		for _, a := range r.A {
			if r.Kind == Split {
				classes.join(r.A[0], a) // ways to name one thing
				out.founds[a] = cmp.Or(out.founds[a], r.ID)
			}
			for _, b := range r.B {
				out.pair(r, a, b, classes, apart)
			}
		}
	}
	frozen := map[string]bool{}
	for pair := range apart {
		if root := classes.find(pair[0]); root == classes.find(pair[1]) {
			frozen[root] = true
		}
	}
	out.classify(classes, frozen)
	out.bar(apart)
	out.contradictions(rules, classes, frozen)
	out.sayValues(rules)
	return out
}

func (out *Rules) pair(r Rule, a, b string, classes classes, apart map[[2]string]int64) {
	switch {
	case r.joins():
		classes.join(a, b)
		out.joined[a], out.joined[b] = cmp.Or(out.joined[a], r.ID), cmp.Or(out.joined[b], r.ID)
	case r.parts():
		classes.find(a)
		classes.find(b)
		apart[[2]string{a, b}] = r.ID
	}
	if r.Kind == SuccessorOf {
		if out.yields[b] == nil {
			out.yields[b] = map[string]bool{}
		}
		out.yields[b][a] = true
	}
}

// classes is a forest of keys that mean one customer: key → parent.
type classes map[string]string

func (c classes) find(k string) string {
	if p, ok := c[k]; ok && p != k {
		c[k] = c.find(p)
		return c[k]
	}
	c[k] = k
	return k
}

func (c classes) join(a, b string) { c[c.find(a)] = c.find(b) }

// classify writes out the classes, and those that bind.
func (out *Rules) classify(c classes, frozen map[string]bool) {
	members := map[string][]string{}
	for _, k := range slices.Collect(maps.Keys(c)) {
		members[c.find(k)] = append(members[c.find(k)], k)
	}
	for root, keys := range members {
		slices.Sort(keys)
		for _, k := range keys {
			out.tied[k], out.class[k] = keys, keys
			if frozen[root] {
				out.class[k] = []string{k}
				delete(out.founds, k)
			}
		}
	}
}

// bar keeps apart what was said to be apart, with all that means the same.
func (out *Rules) bar(apart map[[2]string]int64) {
	put := func(a, b string, id int64) {
		for _, same := range out.class[a] {
			for _, other := range out.class[b] {
				if out.barred[same] == nil {
					out.barred[same] = map[string]int64{}
				}
				if had := out.barred[same][other]; had == 0 || id < had {
					out.barred[same][other] = id
				}
			}
		}
	}
	for pair, id := range apart {
		put(pair[0], pair[1], id)
		put(pair[1], pair[0], id)
	}
}

// contradictions collects the decisions of each frozen class.
func (out *Rules) contradictions(rules []Rule, c classes, frozen map[string]bool) {
	at := map[string]*Conflict{}
	for _, r := range rules {
		if len(r.A) == 0 || len(r.B) == 0 || !r.joins() && !r.parts() {
			continue
		}
		root := c.find(r.A[0])
		if !frozen[root] || root != c.find(r.B[0]) {
			continue
		}
		if at[root] == nil {
			at[root] = &Conflict{}
		}
		at[root].Decisions = append(at[root].Decisions, r.ID)
	}
	for _, conflict := range at {
		out.conflicts = append(out.conflicts, *conflict)
	}
	slices.SortFunc(out.conflicts, func(a, b Conflict) int { return slices.Compare(a.Decisions, b.Decisions) })
}

// sayValues notes what was said of values; where people differ nothing is noted.
func (out *Rules) sayValues(rules []Rule) {
	said := map[string][]Rule{}
	for _, r := range rules {
		for _, k := range r.A {
			if OfValue(r.Kind) {
				said[k] = append(said[k], r)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(said)) {
		all, k := said[id], ParseKey(id)
		if slices.ContainsFunc(all, func(r Rule) bool { return r.Kind != all[0].Kind }) {
			conflict := Conflict{}
			for _, r := range all {
				conflict.Decisions = append(conflict.Decisions, r.ID)
			}
			out.conflicts = append(out.conflicts, conflict)
			continue
		}
		if out.values[k.Kind] == nil {
			out.values[k.Kind] = map[string]string{}
		}
		out.values[k.Kind][k.Value] = all[0].Kind
	}
}

// Class returns the keys that people hold to mean the same customer as key,
// itself among them, sorted; nil if no decision names it.
func (r *Rules) Class(key string) []string { return r.class[key] }

// Barred returns the keys whose records must not be with a customer that
// records with key are linked to, sorted.
func (r *Rules) Barred(key string) []string { return slices.Sorted(maps.Keys(r.barred[key])) }

// BarredBy returns the decision that keeps the keys apart, 0 if none does.
func (r *Rules) BarredBy(a, b string) int64 { return r.barred[a][b] }

// JoinedBy returns the decision that joins the key to others, or by which it is
// a customer of its own; 0 if there is none.
func (r *Rules) JoinedBy(key string) int64 { return cmp.Or(r.joined[key], r.founds[key]) }

// Binds reports whether the class of the key moves records: it holds several
// keys, or was said to be a customer of its own.
func (r *Rules) Binds(key string) bool { return len(r.class[key]) > 1 || r.founds[key] != 0 }

// Founded returns the anchor of the customer that people split off as the class
// of key, "" if they did not, or the class has another anchor.
func (r *Rules) Founded(key string) string {
	if len(AnchorsOf(r.class[key])) > 0 {
		return ""
	}
	for _, k := range r.class[key] {
		if r.founds[k] != 0 {
			return saidAnchor + k
		}
	}
	return ""
}

// Succeeds reports whether a was said to have taken over b.
func (r *Rules) Succeeds(a, b string) bool { return r.yields[b][a] }

// Conflicts returns the decisions that contradict each other.
func (r *Rules) Conflicts() []Conflict { return r.conflicts }

// BarredKeys returns every key that decisions keep from another.
func (r *Rules) BarredKeys() []string { return slices.Sorted(maps.Keys(r.barred)) }

// Names reports whether a decision names any of the keys.
func (r *Rules) Names(keys []Key) bool {
	return len(r.class) > 0 && slices.ContainsFunc(keys, func(k Key) bool { return r.class[k.ID()] != nil })
}

// Around returns every key that a decision ties to one of the keys.
func (r *Rules) Around(keys []string) []string {
	var out []string
	for _, k := range keys {
		out = append(out, k)
		out = append(out, r.tied[k]...)
		out = slices.AppendSeq(out, maps.Keys(r.barred[k]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Own adds to the company's identity what people said is its own.
func (r *Rules) Own(o *Own) *Own {
	more := map[string]bool{}
	for kind, values := range r.values {
		for v, said := range values {
			if said == OwnValue {
				more[Key{Kind: kind, Value: v}.ID()] = true
			}
		}
	}
	if len(more) == 0 {
		return o
	}
	maps.Copy(more, o.keys)
	return &Own{Country: o.Country, keys: more}
}

// Heed applies to the keys of a record what people said of values: what is
// shared is marked so, what says nothing or is our own becomes a key that only
// tells that it stands there, so that the record is found when they change
// their minds. all are the keys with our own left in.
func (r *Rules) Heed(keys, all []Key) []Key {
	if len(r.values) == 0 {
		return keys
	}
	out := make([]Key, 0, len(keys))
	for _, k := range keys {
		switch r.values[k.Kind][k.Value] {
		case Generic, OwnValue:
			continue
		case Shared:
			k.Shared = true
		}
		out = append(out, k)
	}
	for _, k := range all {
		if said := r.values[k.Kind][k.Value]; said == Generic || said == OwnValue {
			out = append(out, Muted(k))
		}
	}
	return out
}

// AnchorsOf picks of the keys of a class those that found customers,
// organisation numbers before customer numbers before names.
func AnchorsOf(class []string) []string {
	for _, prefix := range []string{hub.IdentOrgNo + " ", hub.IdentCustNo + " ", KindAnchor + " "} {
		var found []string
		for _, k := range class {
			if strings.HasPrefix(k, prefix) {
				found = append(found, strings.TrimPrefix(k, KindAnchor+" "))
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

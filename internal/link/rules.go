package link

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// KindRecord is the key of a record that a decision names by source and key.
const KindRecord = "record"

// Kinds of decisions.
const (
	MustLink   = "must-link"
	CannotLink = "cannot-link"
)

// Sources finds a source by name.
type Sources func(name string) (hub.SourceID, bool)

// IdentKeys turns an ident of a decision into keys: two for eight digits that
// are a valid number both in Denmark and in Finland. The error is a sentence
// for the person who wrote the decision.
func IdentKeys(ident map[string]string, sources Sources) ([]Key, error) {
	kind, value, source, err := identOf(ident)
	if err != nil {
		return nil, err
	}
	one := func(kind, value string) ([]Key, error) {
		if value == "" || strings.HasSuffix(value, " ") {
			return nil, fmt.Errorf("%q cannot be read as %s", ident[kind], kind)
		}
		return []Key{{Kind: kind, Value: value}}, nil
	}
	switch kind {
	case hub.IdentOrgNo:
		var keys []Key
		for _, n := range ParseOrgNo(value, "") {
			keys = append(keys, Key{Kind: kind, Value: n.String()})
		}
		if len(keys) == 0 {
			return nil, fmt.Errorf("%q is not a valid organisation number: check its digits", value)
		}
		return keys, nil
	case hub.IdentEmail:
		return one(kind, strings.Join(Emails(value), ","))
	case KindDomain:
		return one(kind, Domain(value))
	case hub.IdentPhone:
		return one(kind, strings.Join(Phones(value, ""), ","))
	case hub.IdentName:
		return one(kind, ParseName(value).Key())
	case hub.IdentMessageID:
		return one(kind, strings.Trim(value, "<> "))
	}
	id, ok := sources(source)
	if !ok {
		return nil, fmt.Errorf("there is no source called %q", source)
	}
	if kind == hub.IdentCustNo {
		value = customerNo(value)
	}
	return one(kind, strings.TrimSpace(id.String()+" "+value))
}

func identOf(ident map[string]string) (kind, value, source string, err error) {
	source, sourced := ident["source"]
	for _, k := range []string{hub.IdentOrgNo, hub.IdentEmail, KindDomain, hub.IdentPhone, hub.IdentName, hub.IdentMessageID, hub.IdentCustNo, KindRecord} {
		v, ok := ident[k]
		if !ok {
			continue
		}
		needs := k == hub.IdentCustNo || k == KindRecord
		switch {
		case kind != "":
			return "", "", "", fmt.Errorf("an identifier is one of %s and %s, not both", kind, k)
		case needs && !sourced:
			return "", "", "", fmt.Errorf("a %s needs the name of its source beside it", k)
		}
		kind, value = k, v
	}
	if kind == "" {
		return "", "", "", fmt.Errorf("an identifier is one of orgno, email, domain, phone, name, message_id, custno with source, or record with source")
	}
	return kind, value, source, nil
}

// Rule is a decision in keys, by Key.ID.
type Rule struct {
	Kind string
	A, B []string
}

// Rules are all decisions together.
type Rules struct {
	tied   map[string][]string // key → the keys that decisions tie to it, itself among them
	class  map[string][]string // the same where nobody contradicts, else the key alone
	barred map[string][]string // key → the keys that must not be with it
}

// NewRules combines decisions. What is said to belong together forms classes;
// a class that holds a pair said not to belong together is frozen: it binds
// nothing until people agree, and the pair stays apart.
func NewRules(rules []Rule) *Rules {
	parent := map[string]string{}
	var find func(string) string
	find = func(k string) string {
		if p, ok := parent[k]; ok && p != k {
			parent[k] = find(p)
			return parent[k]
		}
		parent[k] = k
		return k
	}
	for _, r := range rules {
		if r.Kind == MustLink {
			for _, a := range r.A {
				for _, b := range r.B {
					parent[find(a)] = find(b)
				}
			}
		}
	}
	frozen := map[string]bool{}
	apart := map[string][]string{}
	for _, r := range rules {
		if r.Kind != CannotLink {
			continue
		}
		for _, a := range r.A {
			for _, b := range r.B {
				find(a)
				find(b)
				apart[a], apart[b] = append(apart[a], b), append(apart[b], a)
				frozen[find(a)] = frozen[find(a)] || find(a) == find(b)
			}
		}
	}
	members := map[string][]string{}
	for k := range parent {
		members[find(k)] = append(members[find(k)], k)
	}
	return combine(members, frozen, apart)
}

func combine(members map[string][]string, frozen map[string]bool, apart map[string][]string) *Rules {
	out := &Rules{tied: map[string][]string{}, class: map[string][]string{}, barred: map[string][]string{}}
	for root, keys := range members {
		slices.Sort(keys)
		for _, k := range keys {
			out.tied[k], out.class[k] = keys, keys
			if frozen[root] {
				out.class[k] = []string{k}
			}
		}
	}
	for k, class := range out.class {
		for _, same := range class {
			for _, b := range apart[same] {
				out.barred[k] = append(out.barred[k], out.class[b]...)
			}
		}
	}
	for k, keys := range out.barred {
		slices.Sort(keys)
		out.barred[k] = slices.Compact(keys)
	}
	return out
}

// Class returns the keys that people hold to mean the same customer as key,
// itself among them, sorted; nil if no decision names it.
func (r *Rules) Class(key string) []string { return r.class[key] }

// Barred returns the keys whose records must not be with a customer that
// records with key are linked to.
func (r *Rules) Barred(key string) []string { return r.barred[key] }

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
		out = append(out, r.barred[k]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

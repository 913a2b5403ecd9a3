package link

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// Kinds of keys that a record bears only while a decision names it.
const (
	KindRecord = "record" // source and key of the record
	KindCells  = "cells"  // source and hash of what the record says: it is known again when its key is made otherwise
	KindMail   = "mail"   // Message-ID of the mail itself, where hub.IdentMessageID is also that of mails it answers
	KindAnchor = "anchor" // the name that founds its customer, with what stands beside it
	KindMuted  = "muted"  // a value that says nothing, or is our own
)

// saidAnchor begins the anchor of a customer that people split off.
const saidAnchor = "said "

// SaidAnchor is the anchor of the customer that people split off by the key.
func SaidAnchor(key string) string { return saidAnchor + key }

// Muted is the key that tells that a record bears k, which is not weighed.
func Muted(k Key) Key { return Key{Kind: KindMuted, Value: k.ID(), Place: k.Place} }

// decided reports whether only decisions look at keys of the kind.
func decided(kind string) bool {
	switch kind {
	case KindRecord, KindCells, KindMail, KindAnchor, KindMuted:
		return true
	}
	return false
}

// Names reports whether a decision names by the key one record, and no value
// that others may bear, too.
func (k Key) Names() bool { return k.Kind == KindRecord || k.Kind == KindCells || k.Kind == KindMail }

// Sources finds a source by name.
type Sources func(name string) (hub.SourceID, bool)

// Fingerprint names what a row says, whatever its key and the order of its
// columns: the hash of its cells in normal form.
func Fingerprint(c *hub.Content) string {
	cells := make([]string, 0, len(c.Fields))
	for _, f := range c.Fields {
		if v := Fold(f.Value); v != "" {
			cells = append(cells, Fold(f.Name)+"\x00"+v)
		}
	}
	slices.Sort(cells)
	sum := sha256.Sum256([]byte(strings.Join(cells, "\x01")))
	return hex.EncodeToString(sum[:16])
}

// Named returns the keys by which decisions may name a record.
func Named(r *hub.Record, stratum int64, unit string, keys []Key) []Key {
	source := r.Source.String() + " "
	named := []Key{{Kind: KindRecord, Value: source + r.Key}}
	for _, id := range r.Content.Idents {
		if id.Kind == hub.IdentMessageID {
			named = append(named, Key{Kind: KindMail, Value: strings.Trim(id.Value, "<> "), Place: id.Place})
		}
	}
	if r.Content.Kind == hub.KindRow && len(r.Content.Fields) > 0 {
		named = append(named, Key{Kind: KindCells, Value: source + Fingerprint(&r.Content)})
	}
	if anchor, _ := Anchor(stratum, unit, keys); ParseKey(anchor).Kind == hub.IdentName {
		named = append(named, Key{Kind: KindAnchor, Value: anchor})
	}
	return named
}

// IdentOfRecord names a record in a decision.
func IdentOfRecord(r *hub.Record) map[string]string {
	for _, id := range r.Content.Idents {
		if id.Kind == hub.IdentMessageID && r.Content.Kind == hub.KindMail && strings.Trim(id.Value, "<> ") != "" {
			return map[string]string{hub.IdentMessageID: strings.Trim(id.Value, "<> ")}
		}
	}
	ident := map[string]string{KindRecord: r.Key, "source": r.SourceName}
	if r.Content.Kind == hub.KindRow && len(r.Content.Fields) > 0 {
		ident[KindCells] = Fingerprint(&r.Content)
	}
	return ident
}

// IdentOfAnchor names in a decision the customer that the anchor founded.
// source is the name of the source that the anchor speaks of.
func IdentOfAnchor(anchor string, source func(hub.SourceID) (string, error)) (map[string]string, error) {
	key := ParseKey(strings.TrimPrefix(anchor, saidAnchor))
	ident := map[string]string{key.Kind: key.Value}
	switch key.Kind {
	case hub.IdentCustNo, KindRecord, KindCells:
		id, value, _ := strings.Cut(key.Value, " ")
		sid, err := hub.ParseSourceID(id)
		if err != nil {
			return nil, err
		}
		name, err := source(sid)
		return map[string]string{key.Kind: value, "source": name}, err
	case KindMail:
		return map[string]string{hub.IdentMessageID: key.Value}, nil
	case KindAnchor:
		return IdentOfAnchor(key.Value, source)
	case hub.IdentName:
		if name, beside, found := strings.Cut(key.Value, " "); found {
			return map[string]string{hub.IdentName: name, besideKind(beside): beside}, nil
		}
	}
	return ident, nil
}

// besideKind is the kind of what stands beside a name in an anchor.
func besideKind(value string) string {
	switch {
	case strings.Contains(value, "@"):
		return hub.IdentEmail
	case strings.HasPrefix(value, "+"):
		return hub.IdentPhone
	case strings.Contains(value, "."):
		return KindDomain
	}
	return hub.IdentPlace
}

// identKinds are the kinds of values by which a decision names something.
var identKinds = []string{hub.IdentOrgNo, hub.IdentEmail, KindDomain, hub.IdentPhone, hub.IdentPlace, hub.IdentName, hub.IdentMessageID, hub.IdentCustNo, KindRecord, KindCells}

// IdentKeys turns an ident of a decision into keys: two for eight digits that
// are a valid number both in Denmark and in Finland, and for a record that is
// named by its key and by its cells. The error is a sentence for the person who
// wrote the decision.
func IdentKeys(ident map[string]string, sources Sources) ([]Key, error) {
	var kinds []string
	for _, k := range identKinds {
		if _, ok := ident[k]; ok {
			kinds = append(kinds, k)
		}
	}
	switch {
	case len(kinds) == 0, len(kinds) == 1 && kinds[0] == hub.IdentPlace:
		return nil, fmt.Errorf("an identifier is one of orgno, email, domain, phone, name, message_id, custno with source, or record with source")
	case len(kinds) == 2 && kinds[0] == KindRecord:
		a, err1 := identKey(KindRecord, ident, sources)
		b, err2 := identKey(KindCells, ident, sources)
		return append(a, b...), cmp.Or(err1, err2)
	case len(kinds) == 2 && slices.Contains(kinds, hub.IdentName) && slices.Contains([]string{hub.IdentEmail, KindDomain, hub.IdentPhone, hub.IdentPlace}, kinds[0]):
		return namedBeside(kinds[0], ident, sources)
	case len(kinds) > 1:
		return nil, fmt.Errorf("an identifier is one of %s and %s, not both", kinds[0], kinds[1])
	}
	return identKey(kinds[0], ident, sources)
}

// namedBeside is the key of the customer that a name founded together with a
// domain, address, telephone or place.
func namedBeside(kind string, ident map[string]string, sources Sources) ([]Key, error) {
	name, err := identKey(hub.IdentName, ident, sources)
	if err != nil {
		return nil, err
	}
	beside, err := identKey(kind, ident, sources)
	if err != nil {
		return nil, err
	}
	return []Key{{Kind: KindAnchor, Value: name[0].ID() + " " + beside[0].Value}}, nil
}

// ValueKeys are the keys of the values of an ident, each by itself: those by which
// records bear them. A place is a value that no key leads to.
func ValueKeys(ident map[string]string) (keys []Key) {
	for _, kind := range identKinds {
		value, ok := ident[kind]
		if !ok || ident["source"] != "" {
			continue
		}
		found, err := identKey(kind, map[string]string{kind: value}, nil)
		if err != nil {
			found = []Key{{Kind: kind, Value: value}}
		}
		keys = append(keys, found...)
	}
	return keys
}

func identKey(kind string, ident map[string]string, sources Sources) ([]Key, error) {
	value := ident[kind]
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
	case hub.IdentPlace:
		return one(kind, Fold(value))
	case hub.IdentName:
		return one(kind, ParseName(value).Key())
	case hub.IdentMessageID:
		if value = strings.Trim(value, "<> "); value == "" {
			return nil, fmt.Errorf("a message_id must not be empty")
		}
		return one(KindMail, value)
	}
	source, ok := ident["source"]
	if !ok {
		return nil, fmt.Errorf("a %s needs the name of its source beside it", kind)
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

// RuleOf turns a decision into keys. The error is a sentence for the person who
// wrote it.
func RuleOf(d hub.Decision, sources Sources) (Rule, error) {
	rule := Rule{ID: d.ID, Kind: d.Kind}
	if !slices.Contains(Kinds(), d.Kind) {
		return rule, fmt.Errorf("%q is none of %s", d.Kind, strings.Join(Kinds(), ", "))
	}
	a, err := IdentKeys(d.A, sources)
	if err != nil {
		return rule, err
	}
	rule.A = ids(a)
	if OfValue(d.Kind) {
		if len(d.B) > 0 {
			return rule, fmt.Errorf("%s is said of one value: leave out b", d.Kind)
		}
		if decided(a[0].Kind) || a[0].Kind == hub.IdentCustNo {
			return rule, fmt.Errorf("%s can be said of an organisation number, address, domain, telephone or name", d.Kind)
		}
		return rule, nil
	}
	b, err := IdentKeys(d.B, sources)
	if err != nil {
		return rule, err
	}
	rule.B = ids(b)
	if slices.ContainsFunc(rule.A, func(k string) bool { return slices.Contains(rule.B, k) }) {
		return rule, fmt.Errorf("both sides are the same: name two different things")
	}
	return rule, nil
}

func ids(keys []Key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.ID()
	}
	return out
}

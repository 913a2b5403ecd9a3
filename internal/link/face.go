package link

import (
	"cmp"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// Said is a key that N records of a department say a customer bears.
type Said struct {
	Key
	N int
}

// How much of a customer a face shows.
const (
	faceNames  = 10
	faceIdents = 40
	faceTowns  = 3
)

// NewFace draws what a department knows of a customer from what its records
// say: the name of an official register, else as most of them spell it, the
// other spellings, and the identifiers, the best attested first; among equals a
// spelling not in capitals, and the longer one, since it says more. Records and
// Last are left to the caller.
func NewFace(id hub.CustomerID, department string, said []Said) hub.Face {
	f := hub.Face{Department: department}
	said = summed(said)
	for _, kind := range []string{KindOfficial, KindSpelling} {
		for _, s := range said {
			if s.Kind == kind && len(f.Names) <= faceNames && !slices.Contains(f.Names, s.Value) {
				f.Names = append(f.Names, s.Value)
				f.Official = f.Official || kind == KindOfficial
			}
		}
	}
	for _, kind := range []string{hub.IdentOrgNo, hub.IdentCustNo, KindTown, KindDomain, hub.IdentEmail, hub.IdentPhone} {
		n := 0
		for _, s := range said {
			if s.Kind == kind && len(f.Idents) < faceIdents && (kind != KindTown || n < faceTowns) {
				f.Idents = append(f.Idents, hub.Ident{Kind: shownKind(kind), Value: s.Show()})
				n++
			}
		}
	}
	switch {
	case len(f.Names) > 0:
		f.Name, f.Names, f.Named = f.Names[0], f.Names[1:], true
	case len(f.Idents) > 0:
		f.Name = nameless(f.Idents)
	default:
		f.Name = id.String()
	}
	return f
}

// nameless picks the ident that speaks best for a customer without a name.
func nameless(idents []hub.Ident) string {
	for _, kind := range []string{hub.IdentWeb, hub.IdentEmail, hub.IdentOrgNo, hub.IdentCustNo, hub.IdentPhone} {
		for _, id := range idents {
			if id.Kind == kind {
				return id.Value
			}
		}
	}
	return idents[0].Value
}

func shownKind(kind string) string {
	switch kind {
	case KindDomain:
		return hub.IdentWeb
	case KindTown:
		return hub.IdentPlace
	}
	return kind
}

// summed adds up what several strata say, the best attested first; among
// equals an order that does not depend on when they were read.
func summed(said []Said) []Said {
	byID := func(a, b Said) int { return cmp.Compare(a.ID(), b.ID()) }
	slices.SortFunc(said, byID)
	out := said[:0]
	for _, s := range said {
		if n := len(out); n > 0 && byID(out[n-1], s) == 0 {
			out[n-1].N += s.N
		} else {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b Said) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(shouts(a.Value), shouts(b.Value)), cmp.Compare(len(b.Value), len(a.Value)))
	})
	return out
}

// shouts is 1 for a spelling in capitals alone, which says less than one with both.
func shouts(s string) int {
	if s == strings.ToUpper(s) && s != strings.ToLower(s) {
		return 1
	}
	return 0
}

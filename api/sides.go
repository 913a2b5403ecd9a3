package api

import (
	"context"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// decisionSide is one of the two that a decision is about: what it names of that
// is visible, and how it names it as far as the viewer may be told.
type decisionSide struct {
	Ident    map[string]string
	Record   *hub.Record
	Title    string // of the record
	Customer *Named
}

// sidesOf tells what decisions are about, to v. Who says that a record belongs to
// a customer names the customer by what founded it, be it another department's:
// that they are not told.
func (s *Server) sidesOf(ctx context.Context, v hub.Viewer, ds []hub.Decision) ([][]decisionSide, error) {
	var idents []map[string]string
	for _, d := range ds {
		idents = append(idents, d.A, d.B)
	}
	named, err := s.store.Referents(ctx, idents)
	if err != nil {
		return nil, err
	}
	var ids []hub.RecordID
	var founded []hub.CustomerID
	for _, n := range named {
		ids, founded = append(ids, n.Record), append(founded, n.Customer)
	}
	records, err := s.store.Records(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	customers, err := s.store.CustomersByID(ctx, v, founded)
	if err != nil {
		return nil, err
	}
	sources, err := s.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	sees := map[string]bool{"": true}
	for _, src := range sources {
		sees[src.Name] = v.Sees(src.Department)
	}
	out := make([][]decisionSide, len(ds))
	for i, ident := range idents {
		if len(ident) == 0 {
			continue
		}
		side := decisionSide{Ident: ident, Record: records[named[i].Record]}
		if side.Record != nil {
			side.Title = titleOf(side.Record)
		}
		c := customers[named[i].Customer]
		if c != nil {
			side.Customer = &Named{c.ID, c.Name}
		}
		switch visible := sees[ident["source"]]; {
		case v.All, visible && side.Record != nil, visible && ident["source"] != "" && named[i].Record == 0:
		case !visible, named[i].Record != 0, named[i].Customer != 0 && c == nil:
			side.Ident = kindsOf(ident)
		case c != nil && !facesBear(c, ident):
			side.Ident = map[string]string{"customer": c.ID.String()}
		}
		out[i/2] = append(out[i/2], side)
	}
	return out, nil
}

// kindsOf is the ident without its values.
func kindsOf(ident map[string]string) map[string]string {
	out := map[string]string{}
	for kind := range ident {
		out[kind] = ""
	}
	return out
}

// facesBear reports whether the faces of a customer bear all values of an ident.
func facesBear(c *hub.Customer, ident map[string]string) bool {
	borne := map[string]bool{}
	add := func(kind, value string) {
		for _, id := range keysOf(kind, value) {
			borne[id] = true
		}
	}
	for _, f := range c.Faces {
		for _, name := range append(f.Names, f.Name) {
			add(hub.IdentName, name)
		}
		for _, id := range f.Idents {
			add(id.Kind, id.Value)
			add(link.KindDomain, id.Value)
		}
	}
	for kind, value := range ident {
		for _, id := range keysOf(kind, value) {
			if !borne[id] {
				return false
			}
		}
	}
	return true
}

// keysOf are the ids of the keys that a value makes by itself.
func keysOf(kind, value string) (ids []string) {
	keys, err := link.IdentKeys(map[string]string{kind: value}, nil)
	if err != nil {
		return nil // its kind makes none: that of a source, say
	}
	for _, k := range keys {
		ids = append(ids, k.ID())
	}
	return ids
}

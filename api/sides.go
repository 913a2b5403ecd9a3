package api

import (
	"context"

	"samsyn/internal/hub"
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
// that they are not told. A value is told where a record that v may see bears it.
func (s *Server) sidesOf(ctx context.Context, v hub.Viewer, ds []hub.Decision) ([][]decisionSide, error) {
	var idents []map[string]string
	for _, d := range ds {
		idents = append(idents, d.A, d.B)
	}
	named, err := s.store.Referents(ctx, v, idents)
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
	names, err := s.store.CustomerNames(ctx, v, founded)
	if err != nil {
		return nil, err
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
		name := names[named[i].Customer]
		if name != "" {
			side.Customer = &Named{named[i].Customer, name}
		}
		switch {
		case v.All || named[i].Told:
		case name != "":
			side.Ident = map[string]string{"customer": named[i].Customer.String()}
		default:
			side.Ident = kindsOf(ident)
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

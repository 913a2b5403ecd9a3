package api

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// LinkView is a link to a customer that the viewer may see, with its reasons.
type LinkView struct {
	Customer  Named          `json:"customer"`
	Suggested bool           `json:"suggested"`
	Bits      float64        `json:"bits" doc:"Weight of the evidence: log2 of the likelihood ratio."`
	Evidence  []hub.Evidence `json:"evidence" doc:"What leans on records that the caller may not see is left out."`
	Reasons   []Reason       `json:"reasons" doc:"The three that weigh most, in the caller's language."`
	Doubt     string         `json:"doubt,omitempty" doc:"Of a suggestion: why it is not linked, in the caller's language."`
	Rival     *Named         `json:"rival,omitempty" doc:"Another customer that is nearly as likely."`
	Idents    []hub.Ident    `json:"idents" doc:"What the caller may know of the customer, which tells it from others of its name."`

	favoured bool
}

// Favoured reports whether anything speaks for the link.
func (l LinkView) Favoured() bool { return l.favoured }

// Reason is a piece of evidence in words.
type Reason struct {
	Text string  `json:"text"`
	Bits float64 `json:"bits"`
}

// reasonsShown is how many reasons a link is told with.
const reasonsShown = 3

// why tells the links of records in words. It knows what v may know.
type why struct {
	lang  string
	names map[hub.CustomerID]string
	faces map[hub.CustomerID]*hub.Customer
	borne func(hub.CustomerID, string) (visible, all int)
	site  interface {
		Reason(lang string, e hub.Evidence, where, row string) string
		Text(lang, key string, args ...any) (string, error)
	}
}

// whyOf loads what v may know of the customers that the records name.
func (s *Server) whyOf(ctx context.Context, v hub.Viewer, lang string, records ...*hub.Record) (*why, error) {
	var ids []hub.CustomerID
	var keys []string
	for _, r := range records {
		for _, l := range r.Links {
			ids = append(ids, l.Customer)
			if l.Rival != 0 {
				ids = append(ids, l.Rival)
			}
			for _, e := range l.Evidence {
				keys = append(keys, keyOf(e))
			}
		}
	}
	slices.Sort(ids)
	slices.Sort(keys)
	ids, keys = slices.Compact(ids), slices.Compact(keys)
	w := &why{lang: lang, site: s.site}
	var err error
	if w.names, err = s.store.CustomerNames(ctx, v, ids); err != nil {
		return nil, err
	}
	if w.faces, err = s.store.CustomersByID(ctx, v, ids); err != nil {
		return nil, err
	}
	borne, err := s.store.Borne(ctx, v, ids, keys)
	w.borne = func(id hub.CustomerID, key string) (int, int) { b := borne[id][key]; return b.Visible, b.All }
	return w, err
}

// keyOf is the key that evidence stands for, as customers are known to bear it.
func keyOf(e hub.Evidence) string {
	if e.Kind == hub.IdentName {
		return link.Key{Kind: e.Kind, Value: link.ParseName(e.Value).Key()}.ID()
	}
	return link.Key{Kind: e.Kind, Value: e.Value}.ID()
}

// views tells the links of a record to customers whose names v may know.
func (w *why) views(r *hub.Record) []LinkView {
	where, row := "", ""
	if places := placesOf(r); len(places) > 0 {
		where, row = places[0].Where, places[0].Row
	}
	views := []LinkView{}
	for _, l := range r.Links {
		name, visible := w.names[l.Customer]
		if !visible {
			continue
		}
		view := LinkView{Customer: Named{l.Customer, name}, Suggested: l.Suggested, Bits: l.Bits, Evidence: []hub.Evidence{}, Reasons: []Reason{}, Idents: []hub.Ident{}}
		if c := w.faces[l.Customer]; c != nil {
			view.Idents = identsOf(c)
		}
		for _, e := range l.Evidence {
			view.favoured = view.favoured || e.Bits > 0
			if own := e.Kind == hub.IdentOrgNo && r.Content.Kind == hub.KindRow; own || w.mayKnow(l.Customer, e) {
				view.Evidence = append(view.Evidence, e)
			}
		}
		for _, e := range link.Strongest(view.Evidence, reasonsShown) {
			view.Reasons = append(view.Reasons, Reason{w.site.Reason(w.lang, w.asWritten(r, l.Customer, e), where, row), e.Bits})
		}
		if len(view.Evidence) < len(l.Evidence) && len(view.Reasons) < reasonsShown {
			view.Reasons = append(view.Reasons, Reason{Text: w.text("why.elsewhere")})
		}
		if rival := w.names[l.Rival]; rival != "" {
			view.Rival = &Named{l.Rival, rival}
		}
		view.Doubt = w.doubt(l, view.Rival)
		views = append(views, view)
	}
	return views
}

// asWritten is evidence as it is told to people: a person, place or name as the
// record spells it, and a name that the customer does not bear like this as alike.
func (w *why) asWritten(r *hub.Record, id hub.CustomerID, e hub.Evidence) hub.Evidence {
	switch e.Kind {
	case hub.IdentPerson, hub.IdentPlace:
		for _, ident := range r.Content.Idents {
			if ident.Kind == e.Kind && link.Fold(ident.Value) == e.Value {
				e.Value = ident.Value
				break
			}
		}
	case hub.IdentName:
		if _, all := w.borne(id, keyOf(e)); all == 0 && e.Bits > 0 {
			e.Kind = "like_name"
		}
		e.Value = w.nameAsWritten(r, id, e)
	}
	return e
}

// nameAsWritten is the name that evidence may hold as a key alone, "fjordvikbygg",
// as the record writes it where the evidence stands, else as the customer does.
func (w *why) nameAsWritten(r *hub.Record, id hub.CustomerID, e hub.Evidence) string {
	if strings.Contains(e.Value, " ") {
		return e.Value
	}
	for _, ident := range r.Content.Idents {
		if ident.Kind == hub.IdentName && link.ParseName(ident.Value).Key() == e.Value {
			return ident.Value
		}
	}
	if written := link.Written(textAt(r, e.Place), e.Value); written != "" {
		return written
	}
	if name := w.names[id]; link.ParseName(name).Key() == e.Value {
		return name
	}
	return e.Value
}

// textAt is what stands at the place of evidence: the title of a mail, a line of
// its text, or a cell of a row.
func textAt(r *hub.Record, place string) string {
	if place == "Subject" {
		return r.Content.Title
	}
	if number, ok := strings.CutPrefix(place, "text "); ok {
		lines := strings.Split(r.Content.Text, "\n")
		if n, err := strconv.Atoi(number); err == nil && n >= 1 && n <= len(lines) {
			return lines[n-1]
		}
	}
	column, _, _ := strings.Cut(place, " ")
	for _, f := range r.Content.Fields {
		if f.Column == column && column != "" {
			return f.Value
		}
	}
	return ""
}

// mayKnow reports whether v may be told that the customer bears what the
// evidence says: nothing that v may not see says so, or what v sees says so by
// itself. A customer number is of the record's own source.
func (w *why) mayKnow(id hub.CustomerID, e hub.Evidence) bool {
	if e.Kind == link.KindDecision || e.Kind == link.KindThread || e.Kind == hub.IdentCustNo {
		return true
	}
	visible, all := w.borne(id, keyOf(e))
	if visible == all && e.Kind == hub.IdentName {
		c := w.faces[id]
		return c != nil && (all > 0 || c.Faces[0].Named)
	}
	return visible >= 2 || visible == all
}

// doubt says why a suggestion is none more. What another department knows of
// the customer is not told: it is then simply not certain enough.
func (w *why) doubt(l hub.Link, rival *Named) string {
	if !l.Suggested {
		return ""
	}
	kind := l.Doubt
	switch {
	case kind == link.DoubtRival && rival != nil:
		return w.text("why.doubt.rival", rival.Name)
	case kind == link.DoubtVeto && !w.shows(l.Customer, hub.IdentOrgNo), kind == link.DoubtRival, kind == link.DoubtForeign && rival == nil, kind == "":
		kind = link.DoubtWeak
	}
	return w.text("why.doubt." + kind)
}

// shows reports whether a face that v sees bears an ident of the kind.
func (w *why) shows(id hub.CustomerID, kind string) bool {
	c := w.faces[id]
	return c != nil && slices.ContainsFunc(identsOf(c), func(i hub.Ident) bool { return i.Kind == kind })
}

func (w *why) text(key string, args ...any) string {
	text, err := w.site.Text(w.lang, key, args...)
	if err != nil {
		return key
	}
	return text
}

// languageOf is the language of the caller of the JSON interface.
func (s *Server) languageOf(ctx context.Context) string {
	who, _ := callerOf(ctx)
	return s.site.Language(who.user.Language, "")
}

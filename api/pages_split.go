package api

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// splitBody is the page on which a part of a customer becomes one of its own.
type splitBody struct {
	Customer *CustomerProfile
	Values   []hub.Ident // by which a part can be told
	Hits     []Hit       // records that were ticked on other pages of the history, then a page of it
	Cursor   string      // of that page
	More     string      // cursor of the next one, "" at the end
	Picks    []field     // values and records that are ticked
	Preview  *Preview
	Whole    bool // what is ticked is all that the customer has
}

// splitPerPage is how many records of the history a page offers.
const splitPerPage = 100

// pick ticks values or records.
func (b *splitBody) pick(name string, list []string) {
	for _, value := range list {
		if !b.Picked(name, value) {
			b.Picks = append(b.Picks, field{name, value})
		}
	}
}

// Picked reports whether a value or record is ticked.
func (b *splitBody) Picked(name, value string) bool {
	return slices.Contains(b.Picks, field{name, value})
}

// splitKinds are the idents by which a part of a customer can be told.
var splitKinds = map[string]string{
	hub.IdentEmail: hub.IdentEmail, hub.IdentWeb: link.KindDomain, hub.IdentPhone: hub.IdentPhone, hub.IdentOrgNo: hub.IdentOrgNo, hub.IdentName: hub.IdentName,
}

// meaning matches idents that mean the same as one: of the spellings of a name there
// is one to choose, as a decision knows no other.
func meaning(id hub.Ident) func(hub.Ident) bool {
	return func(other hub.Ident) bool {
		return other == id || id.Kind == hub.IdentName && other.Kind == id.Kind && link.ParseName(other.Value).Key() == link.ParseName(id.Value).Key()
	}
}

func (s *Server) splitPage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	profile, err := s.customer(ctx, v, c.Param("id"))
	if err != nil {
		s.failOrMove(c, err, "/split")
		return
	}
	more := c.Query("more") // the button for the next page sends what is ticked along
	b := splitBody{Customer: profile, Cursor: cmp.Or(more, c.Query("cursor"))}
	values, records := c.QueryArray("value"), c.QueryArray("record")
	b.pick("value", values)
	b.pick("record", records)
	history, err := s.history(ctx, v, HistoryInput{ID: profile.ID.String(), Cursor: b.Cursor, PerPage: splitPerPage}, nil)
	if err == nil {
		b.More = history.Next
		elsewhere := slices.DeleteFunc(recordIDs(records), func(id hub.RecordID) bool {
			return slices.ContainsFunc(history.Hits, func(h Hit) bool { return h.ID == id })
		})
		b.Hits, err = s.hits(ctx, v, elsewhere, "", nil)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	b.Hits = append(b.Hits, history.Hits...)
	for _, f := range profile.Faces {
		for _, id := range append([]hub.Ident{{Kind: hub.IdentName, Value: f.Name}}, f.Idents...) {
			if splitKinds[id.Kind] != "" && (id.Kind != hub.IdentName || f.Named) && !slices.ContainsFunc(b.Values, meaning(id)) {
				b.Values = append(b.Values, id)
			}
		}
	}
	var wrong error
	if len(b.Picks) > 0 && more == "" {
		var ds []hub.Decision
		if ds, wrong = s.splitOf(c, profile.ID, values, records); wrong == nil {
			b.Preview, wrong = s.preview(ctx, v, ds)
		}
		b.Whole = wrong == nil && b.Preview.Total >= profile.Records
	}
	s.show(c, http.StatusOK, "split", page{Title: s.text(c, "split.title", profile.Name), Nav: "customers", Wrong: s.say(c, wrong), Body: &b})
}

// splitOf are the decisions that make what is picked a customer of its own: the
// first is split off, the others belong to it.
func (s *Server) splitOf(c *gin.Context, from hub.CustomerID, values, records []string) ([]hub.Decision, error) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	whole, err := s.identOf(ctx, v, from)
	if err != nil {
		return nil, err
	}
	var parts []map[string]string
	for _, value := range values {
		kind, text, _ := strings.Cut(value, " ")
		if splitKinds[kind] == "" || text == "" {
			return nil, store.ErrNotFound
		}
		parts = append(parts, map[string]string{splitKinds[kind]: text})
	}
	for _, id := range records {
		r, err := s.rawRecord(ctx, v, id)
		if err != nil {
			return nil, err
		}
		parts = append(parts, link.IdentOfRecord(r))
	}
	if len(parts) == 0 || len(parts) > maxAnswered {
		return nil, invalid(errors.New(s.text(c, "split.pick")))
	}
	why := shortened(c.PostForm("why"))
	ds := []hub.Decision{{Kind: link.Split, A: parts[0], B: whole, Why: why}}
	for _, p := range parts[1:] {
		ds = append(ds, hub.Decision{Kind: link.MustLink, A: p, B: parts[0], Why: why})
	}
	for i := range ds {
		ds[i].By = v.User
	}
	return ds, nil
}

func (s *Server) splitPost(c *gin.Context) {
	profile, err := s.customer(c.Request.Context(), viewerOf(c.Request.Context()), c.Param("id"))
	if err == nil {
		var ds []hub.Decision
		if ds, err = s.splitOf(c, profile.ID, c.PostFormArray("value"), c.PostFormArray("record")); err == nil {
			s.decideOnPage(c, viewerOf(c.Request.Context()), ds)
			return
		}
	}
	s.fail(c, err)
}

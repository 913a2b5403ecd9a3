package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// mergeBody is the page on which two customers become one.
type mergeBody struct {
	Customer *CustomerProfile
	Q        string
	Found    []CustomerCard
	With     *CustomerProfile
	Kind     string
	Kinds    []string
	Numbers  []string // organisation numbers of both, where they differ: mostly two companies
	Preview  *Preview
}

// numbersApart are the organisation numbers of two customers that have none in common.
func numbersApart(a, b *CustomerProfile) []string {
	numbersOf := func(c *CustomerProfile) (out []string) {
		for _, id := range c.Idents {
			if id.Kind == hub.IdentOrgNo {
				out = append(out, id.Value)
			}
		}
		return out
	}
	one, two := numbersOf(a), numbersOf(b)
	if len(one) == 0 || len(two) == 0 || slices.ContainsFunc(one, func(n string) bool { return slices.Contains(two, n) }) {
		return nil
	}
	return []string{one[0], two[0]}
}

var mergeKinds = []string{link.Merge, link.SuccessorOf, link.SubunitOf}

// mergePage finds the other customer, then shows both and what would move.
func (s *Server) mergePage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	profile, err := s.customer(ctx, v, c.Param("id"))
	if err != nil {
		s.failOrMove(c, err, "/merge")
		return
	}
	b := mergeBody{Customer: profile, Q: c.Query("q"), Kind: link.Merge, Kinds: mergeKinds}
	if kind := c.Query("kind"); slices.Contains(mergeKinds, kind) {
		b.Kind = kind
	}
	var wrong error
	switch with := c.Query("with"); {
	case with != "":
		if b.With, err = s.customer(ctx, v, with); err == nil {
			b.Numbers = numbersApart(profile, b.With)
			b.Preview, err = s.previewMerge(c, b.Kind, profile.ID, b.With.ID)
		}
		wrong = err
	default:
		if b.Found, err = s.others(ctx, v, profile, b.Q); err != nil {
			s.fail(c, err)
			return
		}
	}
	if wrong != nil && b.With == nil {
		s.fail(c, wrong)
		return
	}
	s.show(c, http.StatusOK, "merge", page{Title: s.text(c, "merge.title", profile.Name), Nav: "customers", Wrong: s.say(c, wrong), Body: b})
}

// others finds the customers that one may be the same as: by words or a number,
// or, where nothing is asked for, those of similar names.
func (s *Server) others(ctx context.Context, v hub.Viewer, than *CustomerProfile, q string) ([]CustomerCard, error) {
	if q == "" {
		q = strings.Join(link.ParseName(than.Name).Words, " ")
	}
	found, err := s.Index.Search(ctx, indexer.Query{Viewer: v, Text: q, Customers: othersShown, Limit: 1, Uncounted: true})
	if err != nil {
		return nil, err
	}
	cards, err := s.cards(ctx, v, customerIDs(found.Customers))
	return slices.DeleteFunc(cards, func(card CustomerCard) bool { return card.ID == than.ID }), err
}

// othersShown is how many customers a merge offers, the one itself among them.
const othersShown = 12

func (s *Server) previewMerge(c *gin.Context, kind string, a, with hub.CustomerID) (*Preview, error) {
	ctx := c.Request.Context()
	d, err := s.mergeOf(c, kind, a, with)
	if err != nil || kind == link.SubunitOf {
		return nil, err
	}
	return s.preview(ctx, viewerOf(ctx), []hub.Decision{d})
}

func (s *Server) mergeOf(c *gin.Context, kind string, a, with hub.CustomerID) (hub.Decision, error) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	one, err := s.identOf(ctx, v, a)
	if err != nil {
		return hub.Decision{}, err
	}
	two, err := s.identOf(ctx, v, with)
	return hub.Decision{Kind: kind, A: one, B: two, By: v.User, At: s.now(), Why: shortened(c.PostForm("why"))}, err
}

func (s *Server) mergePost(c *gin.Context) {
	ctx := c.Request.Context()
	id, err := hub.ParseCustomerID(c.Param("id"))
	with, err2 := hub.ParseCustomerID(c.PostForm("with"))
	kind := c.PostForm("kind")
	if err != nil || err2 != nil || !slices.Contains(mergeKinds, kind) {
		s.fail(c, store.ErrNotFound)
		return
	}
	d, err := s.mergeOf(c, kind, id, with)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.decideOnPage(c, viewerOf(ctx), []hub.Decision{d})
}

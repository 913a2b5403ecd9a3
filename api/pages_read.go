package api

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"
)

// customersBody lists customers by name.
type customersBody struct {
	Q          string
	List       *CustomerList
	Page       int
	Prev, Next string
}

func (s *Server) customersPage(c *gin.Context) {
	ctx := c.Request.Context()
	b := customersBody{Q: c.Query("q"), Page: 1}
	if n, err := strconv.Atoi(c.Query("page")); err == nil && n > 1 && n < 100000 {
		b.Page = n
	}
	var err error
	if b.List, err = s.customersIn(ctx, viewerOf(ctx), s.language(c), b.Q, b.Page); err != nil {
		s.fail(c, err)
		return
	}
	at := func(page int) string {
		return "/customers?" + url.Values{"q": {b.Q}, "page": {strconv.Itoa(page)}}.Encode()
	}
	if b.Page > 1 {
		b.Prev = at(b.Page - 1)
	}
	if b.Page*customersPerPage < b.List.Total {
		b.Next = at(b.Page + 1)
	}
	s.show(c, http.StatusOK, "customers", page{Title: s.text(c, "customers.title"), Nav: "customers", Body: b})
}

// failOrMove sends on to the customer that the one asked for was merged into, with
// the same query; it tells any other error.
func (s *Server) failOrMove(c *gin.Context, err error, suffix string) {
	if to := movedTo("/customers/", err, suffix, c.Request.URL.RawQuery); to != "" {
		c.Redirect(http.StatusPermanentRedirect, to)
		return
	}
	s.fail(c, err)
}

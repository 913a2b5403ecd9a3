package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
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

// customerBody is a customer with the beginning of its history.
type customerBody struct {
	Customer    *CustomerProfile
	Months      []monthGroup
	More        string // address of the next part of the history
	MorePage    string // the same as a page, for browsers without scripts
	Departments []choice
	Kinds       []choice
	Filtered    bool
	Contacts    []hub.Ident
	Numbers     []departmentIdent
	Names       []string
}

// monthGroup is what happened in one month. A part of a history may begin
// within a month that the part before ended in.
type monthGroup struct {
	At   time.Time // zero for records without a date
	Hits []Hit
}

// departmentIdent is an ident with the departments that know it.
type departmentIdent struct {
	Ident       hub.Ident
	Departments []string
}

func (s *Server) customerPage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	profile, err := s.customer(ctx, v, c.Param("id"))
	if err != nil {
		s.failOrMove(c, err, "")
		return
	}
	in := bindHistory(c)
	history, err := s.history(ctx, v, in)
	if err != nil {
		s.fail(c, err)
		return
	}
	b := &customerBody{Customer: profile, Months: monthsOf(history.Hits), Filtered: len(in.Kind)+len(in.Department) > 0}
	b.addFilters(in)
	b.addIdents()
	b.More, b.MorePage = moreOf(in, history.Next)
	s.show(c, http.StatusOK, "customer", page{Title: profile.Name, Nav: "customers", Body: b})
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

// historyPart is the next part of a history, for a page that scrolls on.
func (s *Server) historyPart(c *gin.Context) {
	ctx, in := c.Request.Context(), bindHistory(c)
	history, err := s.history(ctx, viewerOf(ctx), in)
	if err != nil {
		s.failOrMove(c, err, "/history")
		return
	}
	more, morePage := moreOf(in, history.Next)
	s.render(c, http.StatusOK, "history", page{Body: &customerBody{Months: monthsOf(history.Hits), More: more, MorePage: morePage}})
}

func bindHistory(c *gin.Context) HistoryInput {
	return HistoryInput{
		ID: c.Param("id"), Cursor: c.Query("cursor"), Kind: c.QueryArray("kind"), Department: c.QueryArray("department"), PerPage: 50,
	}
}

func (in HistoryInput) values() url.Values {
	v := url.Values{}
	for name, list := range map[string][]string{"kind": in.Kind, "department": in.Department} {
		if len(list) > 0 {
			v[name] = list
		}
	}
	return v
}

func moreOf(in HistoryInput, cursor string) (part, page string) {
	if cursor == "" {
		return "", ""
	}
	v := in.values()
	v.Set("cursor", cursor)
	return "/customers/" + in.ID + "/history?" + v.Encode(), "/customers/" + in.ID + "?" + v.Encode()
}

func monthsOf(hits []Hit) []monthGroup {
	var months []monthGroup
	for _, h := range hits {
		n := len(months)
		if n == 0 || months[n-1].At.Year() != h.At.Year() || months[n-1].At.Month() != h.At.Month() {
			months = append(months, monthGroup{At: h.At})
			n++
		}
		months[n-1].Hits = append(months[n-1].Hits, h)
	}
	return months
}

// addFilters makes the links that narrow the history.
func (b *customerBody) addFilters(in HistoryInput) {
	base := "/customers/" + b.Customer.ID.String()
	link := func(name string, on bool, value string) string {
		v := in.values()
		if v.Del(name); !on {
			v.Set(name, value)
		}
		if len(v) == 0 {
			return base
		}
		return base + "?" + v.Encode()
	}
	for _, f := range b.Customer.Faces {
		on := slices.Contains(in.Department, f.Department)
		b.Departments = append(b.Departments, choice{f.Department, f.Records, link("department", on, f.Department), on})
	}
	for _, kind := range []string{hub.KindMail, hub.KindRow} {
		on := slices.Contains(in.Kind, kind)
		b.Kinds = append(b.Kinds, choice{Label: kind, Href: link("kind", on, kind), On: on})
	}
}

// contactKinds are the idents by which one reaches somebody; the others are
// numbers and names of the customer.
var contactKinds = []string{hub.IdentPerson, hub.IdentEmail, hub.IdentPhone, hub.IdentWeb}

// addIdents sorts what is known of the customer into contacts, numbers and names.
func (b *customerBody) addIdents() {
	at := map[[2]string]int{}
	for _, f := range b.Customer.Faces {
		for _, name := range append([]string{f.Name}, f.Names...) {
			if name != b.Customer.Name && !slices.Contains(b.Names, name) {
				b.Names = append(b.Names, name)
			}
		}
		for _, id := range f.Idents {
			if id.Kind == hub.IdentName || slices.Contains(contactKinds, id.Kind) {
				continue
			}
			key := [2]string{id.Kind, id.Value}
			if _, known := at[key]; !known {
				at[key] = len(b.Numbers)
				b.Numbers = append(b.Numbers, departmentIdent{Ident: id})
			}
			n := &b.Numbers[at[key]]
			n.Departments = append(n.Departments, f.Department)
		}
	}
	for _, kind := range contactKinds {
		for _, id := range b.Customer.Idents {
			if id.Kind == kind {
				b.Contacts = append(b.Contacts, id)
			}
		}
	}
}

func (s *Server) recordPage(c *gin.Context) {
	ctx := c.Request.Context()
	r, err := s.record(ctx, viewerOf(ctx), s.language(c), c.Param("id"))
	if err != nil {
		s.fail(c, err)
		return
	}
	title := r.Title
	if title == "" {
		title = s.text(c, "record.untitled")
	}
	s.show(c, http.StatusOK, "record", page{Title: title, Notice: notice(c), Body: r})
}

// recordPost is what a person says about a record and a customer: that they
// belong together, or do not.
func (s *Server) recordPost(c *gin.Context) {
	ctx, id := c.Request.Context(), c.Param("id")
	kind, known := map[string]string{"apart": link.CannotLink, "together": link.MustLink}[c.Param("action")]
	customer, err := hub.ParseCustomerID(c.PostForm("customer"))
	if err != nil || !known {
		s.fail(c, store.ErrNotFound)
		return
	}
	if _, err := s.tie(ctx, viewerOf(ctx), kind, id, customer); err != nil {
		s.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/records/"+id+"?done=decided")
}

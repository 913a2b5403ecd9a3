package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// searchBody is what the search page shows.
type searchBody struct {
	In     SearchInput
	Asked  bool // there is a query or a filter
	Answer *SearchAnswer
	Groups []facetGroup
	Sorts  []choice
	Clear  string // address without filters
	Prev   string
	Next   string
	Fresh  freshness
}

// facetGroup is a filter with what each choice would give.
type facetGroup struct {
	Key     string // department, kind, year
	Choices []choice
}

// choice is a link that changes one thing of a search.
type choice struct {
	Label string
	Count int
	Href  string
	On    bool
}

// freshness is how far behind the sources are.
type freshness struct {
	Sources int
	Records int
	Since   time.Time // everything up to here is searchable; zero when a source was never read
	Behind  []string  // names of sources that fail or wait for their first reading
}

// staleAfter is when a source counts as behind.
const staleAfter = time.Hour

// bindSearch reads a search from the address bar. What makes no sense there is
// left out: a person who mistypes an address wants results, not a refusal.
func bindSearch(c *gin.Context) SearchInput {
	in := SearchInput{
		Q: c.Query("q"), Department: c.QueryArray("department"), Kind: c.QueryArray("kind"), Source: c.QueryArray("source"),
		Customer: c.Query("customer"), From: c.Query("from"), To: c.Query("to"), Sort: c.Query("sort"), Page: 1, PerPage: 20,
	}
	if n, err := strconv.Atoi(c.Query("page")); err == nil && n > 1 && n <= 1000 {
		in.Page = n
	}
	if in.Sort != indexer.SortNewest && in.Sort != indexer.SortOldest {
		in.Sort = indexer.SortRelevance
	}
	if _, err := parseDay(in.From, 0); err != nil {
		in.From = ""
	}
	if _, err := parseDay(in.To, 0); err != nil {
		in.To = ""
	}
	if _, err := hub.ParseCustomerID(in.Customer); err != nil {
		in.Customer = ""
	}
	return in
}

func (s *Server) searchPage(c *gin.Context) {
	b, err := s.searchBody(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	title := s.text(c, "search.title")
	if b.In.Q != "" {
		title = b.In.Q
	}
	s.show(c, http.StatusOK, "search", page{Title: title, Nav: "search", Body: b})
}

// resultsPart is what changes while a person types.
func (s *Server) resultsPart(c *gin.Context) {
	b, err := s.searchBody(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "results", page{Body: b})
}

func (s *Server) searchBody(c *gin.Context) (*searchBody, error) {
	ctx, in := c.Request.Context(), bindSearch(c)
	v := viewerOf(ctx)
	b := &searchBody{In: in, Asked: len(in.values()) > 0}
	if !b.Asked { // the newest events, so that the page is not empty
		in.Sort, in.PerPage = indexer.SortNewest, 8
		in.To = s.now().UTC().Format(time.DateOnly) // dates of delivery may lie ahead
		fresh, err := s.freshness(c)
		if err != nil {
			return nil, err
		}
		b.Fresh = fresh
	}
	var err error
	if b.Answer, err = s.search(ctx, v, in); err != nil {
		return nil, err
	}
	if b.Asked {
		names, err := s.sourceNames(ctx, v)
		if err != nil {
			return nil, err
		}
		b.addLinks(names)
	}
	return b, nil
}

// sourceNames names the sources that v may see, by id.
func (s *Server) sourceNames(ctx context.Context, v hub.Viewer) (map[string]string, error) {
	all, err := s.store.Sources(ctx)
	names := map[string]string{}
	for _, src := range all {
		if v.Sees(src.Department) {
			names[src.ID.String()] = src.Name
		}
	}
	return names, err
}

// addLinks makes the links that change one thing of the search each.
func (b *searchBody) addLinks(sources map[string]string) {
	in := b.In
	in.Page = 1
	f := b.Answer.Facets
	b.Groups = []facetGroup{
		{"department", choices(f.Department, in.Department, func(chosen []string) SearchInput { n := in; n.Department = chosen; return n })},
		{"kind", choices(f.Kind, in.Kind, func(chosen []string) SearchInput { n := in; n.Kind = chosen; return n })},
		{"source", choices(f.Source, in.Source, func(chosen []string) SearchInput { n := in; n.Source = chosen; return n })},
		{"year", years(f.Year, in)},
	}
	for i, c := range b.Groups[2].Choices {
		if name, known := sources[c.Label]; known {
			b.Groups[2].Choices[i].Label = name
		}
	}
	for _, order := range []string{indexer.SortRelevance, indexer.SortNewest, indexer.SortOldest} {
		n := in
		n.Sort = order
		b.Sorts = append(b.Sorts, choice{Label: order, Href: address(n), On: b.In.Sort == order})
	}
	b.Clear = address(SearchInput{Q: in.Q})
	if b.In.Page > 1 {
		n := b.In
		n.Page--
		b.Prev = address(n)
	}
	if b.In.Page*b.In.PerPage < b.Answer.Total {
		n := b.In
		n.Page++
		b.Next = address(n)
	}
}

// Filtered reports whether a filter narrows the search.
func (b *searchBody) Filtered() bool {
	return address(SearchInput{Q: b.In.Q}) != address(SearchInput{Q: b.In.Q, Department: b.In.Department, Kind: b.In.Kind, Source: b.In.Source, Customer: b.In.Customer, From: b.In.From, To: b.In.To})
}

func address(in SearchInput) string {
	if q := in.values().Encode(); q != "" {
		return "/?" + q
	}
	return "/"
}

// choices lists the values of a facet, the most frequent first; a chosen one is
// listed even when it would give nothing. A click adds it or takes it away.
func choices(counts map[string]int, chosen []string, with func([]string) SearchInput) []choice {
	values := slices.Collect(maps.Keys(counts))
	for _, v := range chosen {
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, func(a, b string) int {
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		if a < b {
			return -1
		}
		return 1
	})
	out := make([]choice, 0, len(values))
	for _, v := range values {
		on := slices.Contains(chosen, v)
		rest := slices.DeleteFunc(slices.Clone(chosen), func(c string) bool { return c == v })
		if !on {
			rest = append(rest, v)
		}
		out = append(out, choice{Label: v, Count: counts[v], Href: address(with(rest)), On: on})
	}
	return out
}

// years are a facet whose choice is a range of dates, the newest first.
func years(counts map[string]int, in SearchInput) []choice {
	var out []choice
	for _, y := range slices.Backward(slices.Sorted(maps.Keys(counts))) {
		n := in
		n.From, n.To = y+"-01-01", y+"-12-31"
		on := in.From == n.From && in.To == n.To
		if on {
			n.From, n.To = "", ""
		}
		out = append(out, choice{Label: y, Count: counts[y], Href: address(n), On: on})
	}
	return out
}

// freshness tells how far the search reaches for this viewer.
func (s *Server) freshness(c *gin.Context) (freshness, error) {
	ctx := c.Request.Context()
	all, err := s.sources(ctx, viewerOf(ctx))
	return freshnessOf(all, s.now()), err
}

func freshnessOf(all []SourceView, now time.Time) freshness {
	f := freshness{Sources: len(all)}
	for _, src := range all {
		f.Records += src.Records
		switch {
		case src.Paused:
		case src.Synced.IsZero() || src.Class != "" || now.Sub(src.Synced) > staleAfter:
			f.Behind = append(f.Behind, src.Name)
		case f.Since.IsZero() || src.Synced.Before(f.Since):
			f.Since = src.Synced
		}
	}
	return f
}

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
	var to *store.MovedError
	if errors.As(err, &to) {
		c.Redirect(http.StatusPermanentRedirect, "/customers/"+to.To.String())
		return
	}
	if err != nil {
		s.fail(c, err)
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

// historyPart is the next part of a history, for a page that scrolls on.
func (s *Server) historyPart(c *gin.Context) {
	ctx, in := c.Request.Context(), bindHistory(c)
	history, err := s.history(ctx, viewerOf(ctx), in)
	if err != nil {
		s.fail(c, err)
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
	r, err := s.record(ctx, viewerOf(ctx), c.Param("id"))
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

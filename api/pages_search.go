package api

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/nature"
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
	Export string   // address of the result as a workbook
	Cut    int      // so many hits it holds, 0 if all
	Query  string   // the search as it is saved
	Meant  string   // address of the search with mistyped words put right
	Nature *choice  // the nature that a word of the query names, instead of the word
	Scopes []choice // files, sheets and mail folders that words of the query name, instead of the words
	Later  bool     // Nature or Scopes are still to be counted
	Saved  []savedView
	Blind  bool // the viewer sees no department
	Watch  bool // but who looked at what

	Arrivals string // what the start page asks to be told of
}

// facetGroup is a filter with what each choice would give.
type facetGroup struct {
	Key     string // department, kind, year …
	Choices []choice
	More    []choice // less frequent ones
	Later   bool     // what each choice would give is still to be counted
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

// bindSearch reads a search from the address bar.
func bindSearch(c *gin.Context) SearchInput { return searchOf(c.Request.URL.Query()) }

// searchOf reads a search from the values of an address. What makes no sense
// there is left out: a person who mistypes an address wants results, not a refusal.
func searchOf(values url.Values) SearchInput {
	in := SearchInput{
		Q: strings.ToValidUTF8(values.Get("q"), ""), Department: values["department"], Kind: values["kind"], Nature: values["nature"], Source: values["source"], Person: values["person"],
		Customer: values.Get("customer"), Scope: strings.ToValidUTF8(values.Get("scope"), ""), From: values.Get("from"), To: values.Get("to"), Sort: values.Get("sort"), Page: 1, PerPage: 20,
		Typing: values.Get("typing") != "",
	}
	if n, err := strconv.Atoi(values.Get("page")); err == nil && n > 1 && n <= 1000 {
		in.Page = n
	}
	if n, err := strconv.ParseInt(values.Get("above"), 10, 64); err == nil && n > 0 {
		in.Above = n
	}
	if in.Sort != indexer.SortNewest && in.Sort != indexer.SortOldest {
		in.Sort = indexer.SortRelevance
	}
	if n, err := strconv.Atoi(values.Get("year")); err == nil && n > 0 && n < 10000 {
		in.Year = n
	}
	if _, _, err := parseDay(in.From); err != nil {
		in.From = ""
	}
	if _, _, err := parseDay(in.To); err != nil {
		in.To = ""
	}
	if _, err := parseScope(in.Scope); err != nil {
		in.Scope = ""
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
	s.show(c, http.StatusOK, "search", page{Title: title, Nav: "search", Notice: notice(c), Body: b})
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
	b.Blind, b.Watch = !v.All && len(v.Departments) == 0, watches(v.Role)
	if !b.Asked { // the newest events, so that the page is not empty
		in.Sort, in.PerPage = indexer.SortNewest, 8
		in.To = s.now().In(s.Zone).Format(time.DateOnly) // dates of delivery may lie ahead
		fresh, err := s.freshness(c)
		if err != nil {
			return nil, err
		}
		b.Fresh = fresh
		if b.Saved, err = s.saved(ctx); err != nil {
			return nil, err
		}
	}
	place, err := indexer.Place(ctx, s.store)
	if err != nil {
		return nil, err
	}
	tell := s.tellIn(s.language(c))
	var natureLater, scopesLater bool
	err = together(ctx,
		func(ctx context.Context) (err error) { b.Answer, err = s.search(ctx, v, in, tell); return err },
		func(ctx context.Context) (err error) {
			b.Nature, natureLater, err = s.natureNamed(ctx, v, in)
			return err
		},
		func(ctx context.Context) (err error) {
			b.Scopes, scopesLater, err = s.scopesNamed(ctx, v, in)
			return err
		})
	if err != nil {
		return nil, err
	}
	b.Later = natureLater || scopesLater
	if !b.Asked {
		b.Arrivals = sincePlace(place, b.Answer.Hits)
	}
	if b.Asked {
		names, err := s.sourceNames(ctx, v)
		if err != nil {
			return nil, err
		}
		b.addLinks(names)
	}
	if b.Answer.Total > s.MaxExport {
		b.Cut = s.MaxExport
	}
	return b, nil
}

// wordsLooked is how many words of a query are looked up as those of a nature; with
// more it is a text.
const wordsLooked = 12

// natureNamed finds the nature that a word of the query names, such as "reklamasjon",
// and what the search has of it without the word, which its records need not bear. It
// is a second question to the index: who goes on typing gets it later.
func (s *Server) natureNamed(ctx context.Context, v hub.Viewer, in SearchInput) (named *choice, later bool, err error) {
	words := strings.Fields(in.Q)
	if len(words) > wordsLooked {
		return nil, false, nil
	}
	at := slices.IndexFunc(words, func(w string) bool { return nature.Called(w) != "" })
	if at < 0 || len(in.Nature) > 0 || in.Page > 1 || strings.Contains(in.Q, `"`) {
		return nil, false, nil
	}
	if in.Typing {
		return nil, true, nil
	}
	n := nature.Called(words[at])
	in.Q, in.Nature = strings.Join(slices.Delete(words, at, at+1), " "), []string{n}
	q, err := s.question(ctx, v, in)
	if err != nil {
		return nil, false, err
	}
	q.Limit, q.Customers, q.Uncounted = 1, 0, true
	found, err := s.Index.Search(ctx, q)
	if err != nil || found.Total == 0 || found.Loose {
		return nil, false, err
	}
	return &choice{Label: n, Count: found.Total, Href: address(in)}, false, nil
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
	with := func(set func(n *SearchInput, chosen []string)) func([]string) SearchInput {
		return func(chosen []string) SearchInput {
			n := in
			set(&n, chosen)
			return n
		}
	}
	if in.Scope != "" {
		n := in
		n.Scope = ""
		b.Groups = append(b.Groups, facetGroup{Key: "scope", Choices: []choice{{Label: scopeLabel(in.Scope, sources), Count: b.Answer.Total, Href: address(n), On: true}}})
	}
	b.Groups = append(b.Groups,
		group("department", choices(f.Department, in.Department, with(func(n *SearchInput, chosen []string) { n.Department = chosen }))),
		group("nature", choices(f.Nature, in.Nature, with(func(n *SearchInput, chosen []string) { n.Nature = chosen }))),
		group("year", years(f.Year, in)),
		group("person", choices(f.Person, in.Person, with(func(n *SearchInput, chosen []string) { n.Person = chosen }))),
		group("source", named(choices(f.Source, in.Source, with(func(n *SearchInput, chosen []string) { n.Source = chosen })), sources)),
	)
	for i := range b.Groups {
		b.Groups[i].Later = b.Answer.Unsettled && b.Groups[i].Key == "person"
	}
	for _, order := range []string{indexer.SortRelevance, indexer.SortNewest, indexer.SortOldest} {
		n := in
		n.Sort = order
		b.Sorts = append(b.Sorts, choice{Label: order, Href: address(n), On: b.In.Sort == order})
	}
	b.Clear = address(SearchInput{Q: in.Q})
	b.Export, b.Query = exportAddress(in), in.values().Encode()
	if b.Answer.Meant != "" {
		n := in
		n.Q = b.Answer.Meant
		b.Meant = address(n)
	}
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
	in := b.In
	in.Q, in.Sort, in.Page = "", "", 1
	return len(in.values()) > 0
}

// All is the address of the search with what is not new, too.
func (b *searchBody) All() string {
	in := b.In
	in.Above, in.Page = 0, 1
	return address(in)
}

// field is a value of a search in a form.
type field struct{ Name, Value string }

// Rest are the values of the search as hidden fields of a form, those excepted
// that the form has fields for; another search begins on its first page.
func (b *searchBody) Rest(except ...string) []field {
	var rest []field
	values := b.In.values()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			if name != "page" && !slices.Contains(except, name) {
				rest = append(rest, field{name, value})
			}
		}
	}
	return rest
}

// Some reports whether there may be more customers than are shown.
func (b *searchBody) Some() bool { return len(b.Answer.Customers) == cardsPerSearch }

// AllCustomers is the address of the list of all customers whose names have the words
// of the query; "" if that would not list more. Customers that were found by a number,
// a place or a word mistyped are none of them.
func (b *searchBody) AllCustomers() string {
	named := func(c CustomerCard) bool { _, typed := indexer.Names(b.In.Q, c.Name); return typed }
	if !b.Some() || !slices.ContainsFunc(b.Answer.Customers, named) {
		return ""
	}
	return "/customers?" + url.Values{"q": {b.In.Q}}.Encode()
}

// Shorter are searches for each single word, where all of them find nothing.
func (b *searchBody) Shorter() []choice {
	words := strings.Fields(b.In.Q)
	if len(words) < 2 || len(words) > 6 {
		return nil
	}
	var out []choice
	for _, w := range words {
		n := b.In
		n.Q, n.Page = w, 1
		out = append(out, choice{Label: w, Href: address(n)})
	}
	return out
}

// shownChoices is how many choices of a filter are seen at once.
const shownChoices = 8

// group shows the chosen and the most frequent choices, and keeps the rest.
func group(key string, all []choice) facetGroup {
	g := facetGroup{Key: key}
	for _, c := range all {
		if c.On || len(g.Choices) < shownChoices {
			g.Choices = append(g.Choices, c)
		} else {
			g.More = append(g.More, c)
		}
	}
	return g
}

// named gives choices that are ids their names.
func named(all []choice, names map[string]string) []choice {
	for i, c := range all {
		if name, known := names[c.Label]; known {
			all[i].Label = name
		}
	}
	return all
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
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
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

// years are a facet of which one value is chosen, instead of other dates; the newest first.
func years(counts map[string]int, in SearchInput) []choice {
	var out []choice
	for _, y := range slices.Backward(slices.Sorted(maps.Keys(counts))) {
		n := in
		n.From, n.To, n.Year = "", "", 0
		on := strconv.Itoa(in.Year) == y
		if year, err := strconv.Atoi(y); err == nil && !on {
			n.Year = year
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

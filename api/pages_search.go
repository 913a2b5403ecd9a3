package api

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"samsyn/indexer"
	"samsyn/internal/hub"
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
		Q: c.Query("q"), Department: c.QueryArray("department"), Kind: c.QueryArray("kind"), Nature: c.QueryArray("nature"), Source: c.QueryArray("source"),
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
	with := func(set func(n *SearchInput, chosen []string)) func([]string) SearchInput {
		return func(chosen []string) SearchInput {
			n := in
			set(&n, chosen)
			return n
		}
	}
	b.Groups = []facetGroup{
		{"department", choices(f.Department, in.Department, with(func(n *SearchInput, chosen []string) { n.Department = chosen }))},
		{"nature", choices(f.Nature, in.Nature, with(func(n *SearchInput, chosen []string) { n.Nature = chosen }))},
		{"source", choices(f.Source, in.Source, with(func(n *SearchInput, chosen []string) { n.Source = chosen }))},
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
	return address(SearchInput{Q: b.In.Q}) != address(SearchInput{Q: b.In.Q, Department: b.In.Department, Kind: b.In.Kind, Nature: b.In.Nature, Source: b.In.Source, Customer: b.In.Customer, From: b.In.From, To: b.In.To})
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

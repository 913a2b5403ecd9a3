package meili

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

// few is how many records as typed are so few that mistakes are allowed for.
const few = 5

// maxHits bounds a page of hits.
const maxHits = 1000

// Search answers q. Every question to the server is filtered by the viewer's
// departments.
func (ix *Index) Search(ctx context.Context, q indexer.Query) (*indexer.Result, error) {
	res := indexer.NewResult()
	if !q.Viewer.All && len(q.Viewer.Departments) == 0 {
		return res, nil // sees nothing
	}
	question := newQuestion(q.Text)
	group, ctx := errgroup.WithContext(ctx)
	if len(question.terms) > 0 && q.Customers > 0 {
		group.Go(func() (err error) {
			if res.Customers, err = ix.searchCustomers(ctx, q, question); err == nil {
				q.TellCustomers(res.Customers)
			}
			return err
		})
	}
	group.Go(func() error { return ix.searchRecords(ctx, q, question, res) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return res, nil
}

// allowed is the filter for what the viewer may see.
func allowed(v hub.Viewer) []string {
	if v.All {
		return nil
	}
	return []string{anyOf("department", facetsOf(v.Departments))}
}

// filters are what q asks for besides words, by what they are on.
func filters(q indexer.Query) map[string]string {
	by := map[string]string{}
	for field, values := range map[string][]string{"department": q.Departments, "kind": q.Kinds, "nature": q.Natures, "source": q.Sources, "person": q.Persons} {
		if len(values) > 0 {
			by[field] = anyOf(field, facetsOf(values))
		}
	}
	if q.Customer != "" {
		by["customer"] = anyOf("customer", []string{q.Customer})
	}
	if q.Scope != "" {
		by["scope"] = anyOf("scope", []string{q.Scope})
	}
	if q.Above > 0 {
		by["above"] = "num > " + strconv.FormatInt(q.Above, 10)
	}
	var dates []string
	at := func(is string, t time.Time) string { return "at " + is + " " + strconv.FormatInt(t.UnixMilli(), 10) }
	switch s := q.Span; {
	case !s.Also.IsZero():
		dates = append(dates, "("+at(">=", s.From)+" OR "+at("=", s.Also)+")")
	case !s.From.IsZero():
		dates = append(dates, at(">=", s.From))
	}
	if s := q.Span; !s.To.IsZero() {
		dates = append(dates, at("<", s.To))
		if !s.Not.IsZero() {
			dates = append(dates, at("!=", s.Not))
		}
	}
	if len(dates) > 0 {
		by["year"] = strings.Join(dates, " AND ")
	}
	return by
}

// inquiry is a search for records in its steps: as typed, then with mistakes,
// then with a word missing.
type inquiry struct {
	ix      *Index
	q       indexer.Query
	seen    []string          // the viewer's filter
	filters map[string]string // by facet
	found   []variant         // of the last step
	main    *ask
	sides   map[string]*ask // by facet: without the filter on it
	persons map[string]int  // nil: not counted
}

func (ix *Index) searchRecords(ctx context.Context, q indexer.Query, question *question, res *indexer.Result) error {
	in := &inquiry{ix: ix, q: q, seen: allowed(q.Viewer), filters: filters(q)}
	better := question.better()
	if q.Sort != "" && q.Sort != indexer.SortRelevance {
		better = nil
	}
	n, err := in.ask(ctx, better, question.asTyped())
	if err != nil {
		return err
	}
	if len(question.terms) > 0 && n < few && question.mistakable() {
		if n, err = in.ask(ctx, better, slices.Concat(question.asTyped(), question.mistyped())); err != nil {
			return err
		}
	}
	if n == 0 && len(question.terms) > 1 {
		res.Loose = true
		if _, err = in.ask(ctx, nil, question.butOne()); err != nil {
			return err
		}
	}
	if !q.Uncounted {
		q.TellHits(in.main.ids)
		if err := in.countPersons(ctx); err != nil {
			return err
		}
	}
	in.fill(res)
	return nil
}

// ask asks for hits, which better puts in order, and for the facets, each without
// the filter on itself. It returns how many records there are whatever the filters,
// or under them where these are enough.
func (in *inquiry) ask(ctx context.Context, better, found []variant) (int, error) {
	in.found = found
	in.main = in.without("none")
	in.main.variants = slices.Concat(better, found)
	in.main.sort, in.main.offset, in.main.limit = orderBy(in.q.Sort), in.q.Offset, min(in.q.Limit, maxHits)
	in.sides = map[string]*ask{}
	asks := []*ask{in.main}
	for _, field := range facets() {
		if in.q.Uncounted {
			break
		}
		if in.filters[field] == "" {
			in.main.facets = append(in.main.facets, field)
			continue
		}
		side := in.without(field)
		side.facets = []string{field}
		in.sides[field] = side
		asks = append(asks, side)
	}
	if err := in.ix.engine.put(ctx, asks...); err != nil || len(in.filters) == 0 || in.main.total >= few {
		return in.main.total, err
	}
	whole := &ask{uid: in.ix.records, variants: found, filter: in.seen}
	err := in.ix.engine.put(ctx, whole)
	return whole.total, err
}

// without is the question under all filters but the one on the facet.
func (in *inquiry) without(facet string) *ask {
	a := &ask{uid: in.ix.records, variants: in.found, filter: slices.Clone(in.seen)}
	for on, f := range in.filters {
		if on != facet {
			a.filter = append(a.filter, f)
		}
	}
	return a
}

func (in *inquiry) fill(res *indexer.Result) {
	res.Hits, res.Total = in.main.ids, in.main.total
	for field, counts := range map[string]map[string]int{
		"department": res.Facets.Department, "kind": res.Facets.Kind, "nature": res.Facets.Nature, "source": res.Facets.Source, "year": res.Facets.Year,
	} {
		from := in.main
		if side := in.sides[field]; side != nil {
			from = side
		}
		for value, n := range from.counts[field] {
			if field != "year" {
				value = facetValue(value)
			}
			if value != "" {
				counts[value] = n
			}
		}
	}
	if res.Facets.Person = in.persons; in.persons != nil {
		mostFrequent(res.Facets.Person)
	}
}

// countPersons counts whom the hits name, without the filter on persons.
func (in *inquiry) countPersons(ctx context.Context) error {
	a := in.without(personByCount)
	total := in.main.total
	if in.filters[personByCount] != "" {
		if err := in.ix.engine.put(ctx, a); err != nil {
			return err
		}
		total = a.total
	}
	by := personByName
	if total > fewHits {
		if by = personByCount; in.q.Typing {
			return nil
		}
	}
	in.persons = map[string]int{}
	if total == 0 {
		return nil
	}
	a.facets = []string{by}
	err := in.ix.engine.put(ctx, a)
	for value, n := range a.counts[by] {
		in.persons[facetValue(value)] = n
	}
	return err
}

// mostFrequent leaves the persons that most hits name.
func mostFrequent(counts map[string]int) {
	if len(counts) <= indexer.MaxPersons {
		return
	}
	type person struct {
		name string
		n    int
	}
	all := make([]person, 0, len(counts))
	for name, n := range counts {
		all = append(all, person{name, n})
	}
	slices.SortFunc(all, func(a, b person) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.name, b.name)) })
	for _, p := range all[indexer.MaxPersons:] {
		delete(counts, p.name)
	}
}

// orderBy is the order of hits. What has no time comes last either way.
func orderBy(sort string) []string {
	switch sort {
	case indexer.SortNewest:
		return []string{"at:desc", "num:desc"}
	case indexer.SortOldest:
		return []string{"at:asc", "num:asc"}
	case indexer.SortArrived:
		return []string{"num:desc"}
	default:
		return nil
	}
}

// searchCustomers finds customers by their faces, of which each has one for every
// department that knows it: mostly few, so that not all are asked for at first.
func (ix *Index) searchCustomers(ctx context.Context, q indexer.Query, question *question) (ids []string, err error) {
	for _, faces := range []int{6, 40} {
		a := &ask{uid: ix.customers, filter: allowed(q.Viewer), limit: min(q.Customers*faces, maxHits)}
		if err := ix.askCustomers(ctx, question, a); err != nil {
			return nil, err
		}
		ids = nil
		for _, face := range a.ids {
			id, _, _ := strings.Cut(face, "-")
			if !slices.Contains(ids, id) && len(ids) < q.Customers {
				ids = append(ids, id)
			}
		}
		if len(ids) == q.Customers || len(a.ids) < a.limit {
			break
		}
	}
	return ids, nil
}

// askCustomers asks for faces. When none has all that is asked for, those are
// found of whose name at least a whole word is.
func (ix *Index) askCustomers(ctx context.Context, question *question, a *ask) error {
	found := question.asTyped()
	a.variants = question.ofCustomers(found)
	if err := ix.engine.put(ctx, a); err != nil {
		return err
	}
	if a.total < few && question.mistakable() {
		a.variants = question.ofCustomers(slices.Concat(found, question.mistyped()))
		if err := ix.engine.put(ctx, a); err != nil {
			return err
		}
	}
	if a.total == 0 && len(question.terms) > 1 {
		a.variants = question.recognised()
		if err := ix.engine.put(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

package bleve

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"golang.org/x/sync/errgroup"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

// few is how many records as typed are so few that mistakes are allowed for.
const few = 5

// maxHits bounds a page of hits.
const maxHits = 1000

// Search answers q. The viewer's departments are the first thing that every
// set of documents is cut down to.
func (ix *Index) Search(ctx context.Context, q indexer.Query) (*indexer.Result, error) {
	res := indexer.NewResult()
	plan := newPlan(ix.typos, indexer.Parse(q.Text))
	if len(plan.probes) > 0 && q.Customers > 0 {
		if err := ix.searchCustomers(ctx, q, plan, res); err != nil {
			return nil, fmt.Errorf("search customers: %w", err)
		}
		q.TellCustomers(res.Customers)
	}
	if err := ix.searchRecords(ctx, q, plan, res); err != nil {
		return nil, fmt.Errorf("search records: %w", err)
	}
	return res, nil
}

func (ix *Index) searchRecords(ctx context.Context, q indexer.Query, plan *plan, res *indexer.Result) (err error) {
	segs, done, err := ix.records.snapshot(ctx)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, done()) }()
	s := search{segs: segs, plan: plan, viewer: q.Viewer}
	if err := s.run(ctx, plan.needed()-1); err != nil {
		return err
	}
	res.Loose = s.loose
	best := newTop(q.Sort, q.Offset+min(q.Limit, maxHits))
	cuts := make([]*cut, len(s.found))
	for i, f := range s.found {
		if cuts[i], err = f.seg.cut(q, f.docs); err != nil {
			return err
		}
		hits := cuts[i].without("")
		res.Total += int(hits.GetCardinality())
		f.rank(hits, best)
	}
	if res.Hits, err = best.ids(q.Offset); err != nil || q.Uncounted {
		return err
	}
	q.TellHits(res.Hits)
	people := ix.records.people.list()
	persons := make([]int32, len(people))
	for i, f := range s.found {
		f.seg.count(cuts[i], &res.Facets)
		f.seg.countPersons(cuts[i].without("person"), persons)
	}
	mostFrequent(people, persons, indexer.MaxPersons, res.Facets.Person)
	return nil
}

// searchCustomers finds customers by their faces. When no face has all that is
// asked for, those are found of whose name at least a whole word is.
func (ix *Index) searchCustomers(ctx context.Context, q indexer.Query, plan *plan, res *indexer.Result) (err error) {
	segs, done, err := ix.customers.snapshot(ctx)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, done()) }()
	s := search{segs: segs, plan: plan, viewer: q.Viewer}
	if err := s.run(ctx, 1); err != nil {
		return err
	}
	best := newTop(indexer.SortRelevance, q.Customers*facesPerCustomer)
	if s.loose {
		best.floor = worths()[0].folded
	}
	whole := wholeName(q.Text)
	for _, f := range s.found {
		if err := f.addWhole(ctx, whole); err != nil {
			return err
		}
		f.rank(f.docs, best)
	}
	faces, err := best.ids(0)
	if err != nil {
		return err
	}
	for _, face := range faces {
		id, _, _ := strings.Cut(face, "-")
		if !slices.Contains(res.Customers, id) && len(res.Customers) < q.Customers {
			res.Customers = append(res.Customers, id)
		}
	}
	return nil
}

// facesPerCustomer is how many faces are looked at for each customer wanted.
const facesPerCustomer = 16

// search finds the documents that have what a plan asks for, segment by segment.
type search struct {
	segs   []*segment
	plan   *plan
	viewer hub.Viewer
	found  []*found
	loose  bool
}

// found is what was found in one segment.
type found struct {
	seg  *segment
	seen *roaring.Bitmap // what the viewer may see
	by   []*matches      // for each probe
	docs *roaring.Bitmap // those of seen that have enough of the probes
}

// run looks for the terms as typed, then with mistakes, then for atLeast of them.
func (s *search) run(ctx context.Context, atLeast int) error {
	all := len(s.plan.probes)
	for _, seg := range s.segs {
		s.found = append(s.found, &found{seg: seg})
	}
	if err := s.each(func(f *found) error { return f.look(ctx, s.plan, s.viewer) }); err != nil {
		return err
	}
	n := s.combine(all)
	if n >= few || all == 0 {
		return nil
	}
	mistakes, err := s.plan.allowMistakes()
	if err != nil {
		return err
	}
	if mistakes {
		if err := s.each(func(f *found) error { return f.lookMistyped(ctx, s.plan) }); err != nil {
			return err
		}
		n = s.combine(all)
	}
	if n == 0 && all > 1 {
		s.loose = true
		s.combine(atLeast)
	}
	return nil
}

// each works on the segments side by side.
func (s *search) each(work func(*found) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range s.found {
		g.Go(func() error { return work(f) })
	}
	return g.Wait()
}

// combine finds the documents that have at least so many of the probes.
func (s *search) combine(atLeast int) (n int) {
	for _, f := range s.found {
		f.docs = f.seen
		var must []*roaring.Bitmap
		for i, m := range f.by {
			if !s.plan.probes[i].optional {
				must = append(must, m.docs)
			}
		}
		if len(must) > 0 {
			f.docs = roaring.And(f.seen, inAtLeast(must, min(atLeast, len(must))))
		}
		n += int(f.docs.GetCardinality())
	}
	return n
}

// look finds the probes in the segment.
func (f *found) look(ctx context.Context, p *plan, v hub.Viewer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.seen = f.seg.live()
	if !v.All {
		seen, err := f.seg.anyOf("department", v.Departments)
		if err != nil {
			return err
		}
		f.seen.And(seen)
	}
	for i := range p.probes {
		m, err := f.seg.match(ctx, &p.probes[i])
		if err != nil {
			return err
		}
		f.by = append(f.by, m)
	}
	return nil
}

func (f *found) lookMistyped(ctx context.Context, p *plan) error {
	for i := range p.probes {
		if err := f.seg.matchMistyped(ctx, &p.probes[i], f.by[i]); err != nil {
			return err
		}
	}
	return nil
}

// inAtLeast gives the documents that are in n of the sets: all, all but one, or one.
func inAtLeast(sets []*roaring.Bitmap, n int) *roaring.Bitmap {
	if n >= len(sets) {
		return roaring.FastAnd(sets...)
	}
	if n <= 1 {
		return roaring.FastOr(sets...)
	}
	out := roaring.New()
	for i := range sets {
		out.Or(roaring.FastAnd(slices.Concat(sets[:i], sets[i+1:])...))
	}
	return out
}

// addWhole counts it when the query is the whole name of a customer, or its beginning.
func (f *found) addWhole(ctx context.Context, name string) error {
	m := &matches{docs: roaring.New()}
	equal, begun := roaring.New(), roaring.New()
	if err := f.seg.collect("whole", name, equal); err != nil {
		return err
	}
	if err := f.seg.collectPrefix(ctx, "whole", name, begun); err != nil {
		return err
	}
	m.add(wholeBegun, begun)
	m.add(wholePoints, equal)
	f.by = append(f.by, m)
	return nil
}

// anyOf gives the documents with any of the values in a field.
func (g *segment) anyOf(field string, values []string) (*roaring.Bitmap, error) {
	docs := roaring.New()
	for _, v := range values {
		if err := g.collect(field, v, docs); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// within gives those of docs whose time is in the span.
func (g *segment) within(docs *roaring.Bitmap, span hub.Span) *roaring.Bitmap {
	lo, hi := millis(span.From, noTime+1), millis(span.To, math.MaxInt64)
	also, not := millis(span.Also, lo), millis(span.Not, hi)
	out := roaring.New()
	for it := docs.Iterator(); it.HasNext(); {
		doc := it.Next()
		if at := g.cols.at[doc]; (at >= lo || at == also) && at < hi && at != not {
			out.Add(doc)
		}
	}
	return out
}

package bleve

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

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
	start := time.Now()
	res := &indexer.Result{Facets: indexer.Facets{
		Department: map[string]int{}, Kind: map[string]int{}, Source: map[string]int{}, Year: map[string]int{},
	}}
	terms := indexer.Parse(q.Text)
	if len(terms) > 0 && q.Customers > 0 {
		if err := ix.searchCustomers(ctx, q, terms, res); err != nil {
			return nil, fmt.Errorf("search customers: %w", err)
		}
	}
	if err := ix.searchRecords(ctx, q, terms, res); err != nil {
		return nil, fmt.Errorf("search records: %w", err)
	}
	res.Took = time.Since(start)
	return res, nil
}

func (ix *Index) searchRecords(ctx context.Context, q indexer.Query, terms []indexer.Term, res *indexer.Result) (err error) {
	segs, done, err := ix.records.snapshot(ctx)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, done()) }()
	s := search{segs: segs, typos: ix.typos, viewer: q.Viewer}
	if err := s.run(ctx, terms, len(terms)-1); err != nil {
		return err
	}
	res.Loose = s.loose
	best := newTop(q.Sort, q.Offset+min(q.Limit, maxHits))
	for _, f := range s.found {
		cut, err := f.seg.cut(q, f.docs)
		if err != nil {
			return err
		}
		hits := cut.without("")
		res.Total += int(hits.GetCardinality())
		if err := f.seg.count(cut, &res.Facets); err != nil {
			return err
		}
		f.rank(hits, best)
	}
	res.Hits, err = best.ids(q.Offset)
	return err
}

// searchCustomers finds customers by their faces. When no face has all that is
// asked for, those are found of whose name at least a whole word is.
func (ix *Index) searchCustomers(ctx context.Context, q indexer.Query, terms []indexer.Term, res *indexer.Result) (err error) {
	segs, done, err := ix.customers.snapshot(ctx)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, done()) }()
	s := search{segs: segs, typos: ix.typos, viewer: q.Viewer, whole: wholeName(q.Text)}
	if err := s.run(ctx, terms, 1); err != nil {
		return err
	}
	best := newTop(indexer.SortRelevance, q.Customers*facesPerCustomer)
	if s.loose {
		best.floor = worths()[0].folded
	}
	for _, f := range s.found {
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

// search finds the documents that have the terms, segment by segment.
type search struct {
	segs   []*segment
	typos  *typos
	viewer hub.Viewer
	whole  string // the query as a whole name; "" if that is not asked
	found  []*found
	loose  bool
}

// found is what was found in one segment.
type found struct {
	seg  *segment
	n    int // of the segment
	docs *roaring.Bitmap
	by   []*matches // for each term
}

// run looks for the terms as typed, then with mistakes, then for atLeast of them.
func (s *search) run(ctx context.Context, terms []indexer.Term, atLeast int) error {
	probes, err := s.typos.probes(terms, false)
	if err != nil {
		return err
	}
	n, err := s.pass(ctx, probes, len(probes))
	if err != nil || n >= few || len(terms) == 0 {
		return err
	}
	if probes, err = s.typos.probes(terms, true); err != nil {
		return err
	}
	if slices.ContainsFunc(probes, func(p probe) bool { return p.typo != nil }) {
		if n, err = s.pass(ctx, probes, len(probes)); err != nil {
			return err
		}
	}
	if n > 0 || len(terms) < 2 {
		return nil
	}
	s.loose = true
	_, err = s.pass(ctx, probes, atLeast)
	return err
}

// pass fills found with the documents that have at least so many of the probes.
func (s *search) pass(ctx context.Context, probes []probe, atLeast int) (n int, err error) {
	s.found = s.found[:0]
	for i, seg := range s.segs {
		f := &found{seg: seg, n: i}
		if err := f.find(ctx, probes, atLeast, s.viewer); err != nil {
			return 0, err
		}
		if s.whole != "" {
			if err := f.addWhole(ctx, s.whole); err != nil {
				return 0, err
			}
		}
		s.found = append(s.found, f)
		n += int(f.docs.GetCardinality())
	}
	return n, nil
}

func (f *found) find(ctx context.Context, probes []probe, atLeast int, v hub.Viewer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.docs = f.seg.live()
	if !v.All {
		seen, err := f.seg.anyOf("department", v.Departments)
		if err != nil {
			return err
		}
		f.docs.And(seen)
	}
	var must []*roaring.Bitmap
	for i := range probes {
		m, err := f.seg.match(ctx, &probes[i])
		if err != nil {
			return err
		}
		f.by = append(f.by, m)
		if !probes[i].optional {
			must = append(must, m.docs)
		}
	}
	if len(must) > 0 {
		f.docs.And(inAtLeast(must, min(atLeast, len(must))))
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

// within gives those of docs whose time is in [from, to).
func (g *segment) within(docs *roaring.Bitmap, from, to time.Time) *roaring.Bitmap {
	lo, hi := millis(from, noTime+1), millis(to, math.MaxInt64)
	out := roaring.New()
	for it := docs.Iterator(); it.HasNext(); {
		if doc := it.Next(); g.cols.at[doc] >= lo && g.cols.at[doc] < hi {
			out.Add(doc)
		}
	}
	return out
}

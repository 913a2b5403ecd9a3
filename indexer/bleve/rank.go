package bleve

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"samsyn/indexer"
)

// rank offers the hits of a segment to top with their points: for each term
// the best way in which the document has it.
func (f *found) rank(hits *roaring.Bitmap, best *top) {
	if best.order != indexer.SortRelevance {
		f.offer(hits, best, func(int) int32 { return 0 })
		return
	}
	levels := f.levels()
	if levels == nil || hits.GetCardinality() < fewHits {
		points := f.points(hits)
		f.offer(hits, best, func(nth int) int32 { return points[nth] })
		return
	}
	// A document is first met at the level of its best ways. Once enough are found, no
	// lower level needs to be looked at.
	left := hits.Clone()
	for _, l := range levels {
		if best.full(l.points) {
			return
		}
		at := roaring.FastAnd(append(l.sets, left)...)
		left.AndNot(at)
		f.offer(at, best, func(int) int32 { return l.points })
	}
}

// fewHits are so few that it is quicker to count the points of each, and
// maxLevels so many that it is as well.
const (
	fewHits   = 2048
	maxLevels = 300
)

// level is a combination of ways, one for each term, in which documents may have
// what was asked for.
type level struct {
	points int32
	sets   []*roaring.Bitmap
}

// levels are all combinations, worth most first; nil if there are too many.
func (f *found) levels() []level {
	all := []level{{}}
	for _, m := range f.by {
		if len(all)*(len(m.ways)+1) > maxLevels {
			return nil
		}
		var next []level
		for _, l := range all {
			next = append(next, l) // without the term
			for _, way := range m.ways {
				next = append(next, level{l.points + way.points, append(slices.Clip(l.sets), way.docs)})
			}
		}
		all = next
	}
	slices.SortFunc(all, func(a, b level) int { return cmp.Compare(b.points, a.points) })
	return all
}

// offer offers documents of the segment to top. points are those of the nth.
func (f *found) offer(docs *roaring.Bitmap, best *top, points func(nth int) int32) {
	batch, nth := make([]uint32, 1024), 0
	for it := docs.ManyIterator(); ; {
		n := it.NextMany(batch)
		if n == 0 {
			return
		}
		for _, doc := range batch[:n] {
			best.offer(candidate{seg: f.seg, doc: doc, at: f.seg.cols.at[doc], num: f.seg.cols.num[doc], points: points(nth)})
			nth++
		}
	}
}

// points are those of each of the hits, in order.
func (f *found) points(hits *roaring.Bitmap) []int32 {
	docs := hits.ToArray()
	sum, one := make([]int32, len(docs)), make([]int32, len(docs))
	for _, m := range f.by {
		clear(one)
		for _, way := range m.ways { // worth least first: the best stays
			nth := 0
			for it := roaring.And(way.docs, hits).Iterator(); it.HasNext(); {
				for doc := it.Next(); docs[nth] != doc; {
					nth++
				}
				one[nth] = way.points
			}
		}
		for nth, n := range one {
			sum[nth] += n
		}
	}
	return sum
}

// candidate is a hit that may be among the best.
type candidate struct {
	seg     *segment
	doc     uint32
	points  int32
	at, num int64
}

// top keeps the first n candidates in an order.
type top struct {
	order string
	n     int
	floor int32 // of points
	kept  []candidate
	last  *candidate // once n are kept: what does not come before it is not needed
}

func newTop(order string, n int) *top {
	if order == "" {
		order = indexer.SortRelevance
	}
	return &top{order: order, n: n}
}

// offer keeps c while it may be among the first n. Twice n are collected before
// the worse half is dropped, which costs less than keeping order all the time.
func (t *top) offer(c candidate) {
	if c.points < t.floor || t.n == 0 || t.last != nil && t.compare(c, *t.last) >= 0 {
		return
	}
	t.kept = append(t.kept, c)
	if len(t.kept) >= 2*t.n {
		t.prune()
	}
}

// full reports whether the first n are found and have more points each.
func (t *top) full(points int32) bool {
	if len(t.kept) >= t.n {
		t.prune()
	}
	return t.n == 0 || points < t.floor || t.last != nil && t.last.points > points
}

func (t *top) prune() {
	slices.SortFunc(t.kept, t.compare)
	if len(t.kept) >= t.n && t.n > 0 {
		t.kept = t.kept[:t.n]
		last := t.kept[t.n-1]
		t.last = &last
	}
}

// compare orders two candidates. Among equals the newest comes first, among
// those the one with the higher number. What has no time comes last.
func (t *top) compare(a, b candidate) int {
	dated := t.order == indexer.SortNewest || t.order == indexer.SortOldest
	if dated && (a.at == noTime) != (b.at == noTime) {
		return cmp.Compare(b.at, a.at)
	}
	switch t.order {
	case indexer.SortArrived:
		return cmp.Compare(b.num, a.num)
	case indexer.SortNewest:
		return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.num, a.num))
	case indexer.SortOldest:
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.num, b.num))
	default:
		return cmp.Or(cmp.Compare(b.points, a.points), cmp.Compare(b.at, a.at), cmp.Compare(b.num, a.num))
	}
}

// ids gives the ids of the candidates after the first offset.
func (t *top) ids(offset int) ([]string, error) {
	t.prune()
	var ids []string
	for _, c := range t.kept[min(offset, len(t.kept)):] {
		id, err := c.seg.DocID(uint64(c.doc))
		if err != nil {
			return nil, fmt.Errorf("read the id of a hit: %w", err)
		}
		ids = append(ids, string(id))
	}
	return ids, nil
}

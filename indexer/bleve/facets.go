package bleve

import (
	"github.com/RoaringBitmap/roaring/v2"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

// cut is what was found in a segment, and the filters that cut it down, each by
// the field that it is on.
type cut struct {
	docs    *roaring.Bitmap
	filters map[string]*roaring.Bitmap
}

// cut prepares the filters of q.
func (g *segment) cut(q indexer.Query, docs *roaring.Bitmap) (*cut, error) {
	c := &cut{docs: docs, filters: map[string]*roaring.Bitmap{}}
	wanted := map[string][]string{"department": q.Departments, "kind": q.Kinds, "nature": q.Natures, "source": q.Sources, "person": q.Persons}
	if q.Customer != "" {
		wanted["customer"] = []string{q.Customer}
	}
	if q.Scope != "" {
		wanted["scope"] = []string{q.Scope}
	}
	for field, values := range wanted {
		if len(values) == 0 {
			continue
		}
		docs, err := g.anyOf(field, values)
		if err != nil {
			return nil, err
		}
		c.filters[field] = docs
	}
	if (q.Span != hub.Span{}) {
		c.filters["year"] = g.within(docs, q.Span)
	}
	if q.Above > 0 {
		c.filters["above"] = g.above(docs, q.Above)
	}
	return c, nil
}

// above gives those of docs whose id has a higher number.
func (g *segment) above(docs *roaring.Bitmap, num int64) *roaring.Bitmap {
	out := roaring.New()
	for it := docs.Iterator(); it.HasNext(); {
		if doc := it.Next(); g.cols.num[doc] > num {
			out.Add(doc)
		}
	}
	return out
}

// without applies all filters but the one on the field; "" applies all.
func (c *cut) without(field string) *roaring.Bitmap {
	sets := []*roaring.Bitmap{c.docs}
	for on, docs := range c.filters {
		if on != field {
			sets = append(sets, docs)
		}
	}
	return roaring.FastAnd(sets...)
}

// count adds what the segment has to the facets.
func (g *segment) count(c *cut, into *indexer.Facets) {
	for field, counts := range map[string]map[string]int{
		"department": into.Department, "kind": into.Kind, "nature": into.Nature, "source": into.Source, "year": into.Year,
	} {
		docs := c.without(field)
		if docs.IsEmpty() {
			continue
		}
		for _, v := range g.cols.facets[field] {
			if n := docs.AndCardinality(v.docs); n > 0 {
				counts[v.value] += int(n)
			}
		}
	}
}

// facetFields are the fields with few values that hits are counted by.
var facetFields = []string{"department", "kind", "nature", "source", "year"}

// valueDocs are the documents of a segment with a value of a field.
type valueDocs struct {
	value string
	docs  *roaring.Bitmap
}

// readFacets reads the documents by value of the fields that hits are counted by.
func (g *segment) readFacets() (map[string][]valueDocs, error) {
	out := map[string][]valueDocs{}
	for _, field := range facetFields {
		err := g.each(field, func(value string, docs *roaring.Bitmap) {
			docs.RunOptimize()
			out[field] = append(out[field], valueDocs{value, docs})
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

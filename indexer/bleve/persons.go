package bleve

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// persons tells for each document of a segment whom it names. There are too
// many persons to go through their lists of documents, as the other facets do:
// the documents are gone through instead.
type persons struct {
	names []string // in order
	first []uint32 // by document: where its persons begin in of; one more at the end
	of    []uint32 // places in names
}

// readPersons turns the lists of documents by person around.
func (g *segment) readPersons() (persons, error) {
	p := persons{first: make([]uint32, g.size+1)}
	var lists []*roaring.Bitmap
	err := g.each("person", func(name string, docs *roaring.Bitmap) {
		p.names, lists = append(p.names, name), append(lists, docs)
		for it := docs.Iterator(); it.HasNext(); {
			p.first[it.Next()+1]++
		}
	})
	if err != nil {
		return p, err
	}
	for i := 1; i < len(p.first); i++ {
		p.first[i] += p.first[i-1]
	}
	p.of = make([]uint32, p.first[g.size])
	next := slices.Clone(p.first)
	for name, docs := range lists {
		for it := docs.Iterator(); it.HasNext(); {
			doc := it.Next()
			p.of[next[doc]] = uint32(name)
			next[doc]++
		}
	}
	return p, nil
}

// personCounts are how many documents name each person of a segment.
type personCounts struct {
	names []string
	n     []int32
}

func (g *segment) countPersons(docs *roaring.Bitmap) personCounts {
	p := &g.cols.persons
	if len(p.names) == 0 || docs.IsEmpty() {
		return personCounts{}
	}
	c := personCounts{p.names, make([]int32, len(p.names))}
	batch := make([]uint32, 4096)
	for it := docs.ManyIterator(); ; {
		n := it.NextMany(batch)
		if n == 0 {
			return c
		}
		for _, doc := range batch[:n] {
			for _, person := range p.of[p.first[doc]:p.first[doc+1]] {
				c.n[person]++
			}
		}
	}
}

// of is how often the person is named.
func (c personCounts) of(name string) int32 {
	if at, found := slices.BinarySearch(c.names, name); found {
		return c.n[at]
	}
	return 0
}

// mostFrequent puts the limit persons that are named most into a facet. Only
// those who are among the first of some segment are added up.
func mostFrequent(segments []personCounts, limit int, into map[string]int) {
	type named struct {
		name string
		n    int32
	}
	order := func(a, b named) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.name, b.name)) }
	sums := map[string]int32{}
	for _, c := range segments {
		var best []named
		for i, n := range c.n {
			if n == 0 || len(best) >= 8*limit && n <= best[4*limit-1].n {
				continue
			}
			if best = append(best, named{c.names[i], n}); len(best) >= 16*limit {
				slices.SortFunc(best, order)
				best = best[:8*limit]
			}
		}
		slices.SortFunc(best, order)
		for _, b := range best[:min(len(best), 4*limit)] {
			sums[b.name] = 0
		}
	}
	all := make([]named, 0, len(sums))
	for name := range sums {
		for _, c := range segments {
			sums[name] += c.of(name)
		}
		all = append(all, named{name, sums[name]})
	}
	slices.SortFunc(all, order)
	for _, p := range all[:min(len(all), limit)] {
		into[p.name] = int(p.n)
	}
}

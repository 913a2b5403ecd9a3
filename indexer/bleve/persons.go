package bleve

import (
	"cmp"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// people numbers the persons of all segments, so that what each segment counts
// can be added up. A number is for good: the names of those whom no document names
// any more stay until the index is opened again.
type people struct {
	mu    sync.Mutex
	ids   map[string]uint32
	names []string // by number
}

func (p *people) id(name string) uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, known := p.ids[name]
	if !known {
		id = uint32(len(p.names))
		p.ids[name], p.names = id, append(p.names, name)
	}
	return id
}

// list returns the names by number; they are not to be changed.
func (p *people) list() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.names
}

// persons tells for each document of a segment whom it names. There are too
// many persons to go through their lists of documents, as the other facets do:
// the documents are gone through instead.
type persons struct {
	first []uint32 // by document: where its persons begin in of; one more at the end
	of    []uint32 // numbers of people
}

// readPersons turns the lists of documents by person around.
func (g *segment) readPersons(known *people) (persons, error) {
	p := persons{first: make([]uint32, g.size+1)}
	var ids []uint32
	var lists []*roaring.Bitmap
	err := g.each("person", func(name string, docs *roaring.Bitmap) {
		ids, lists = append(ids, known.id(name)), append(lists, docs)
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
	for i, docs := range lists {
		for it := docs.Iterator(); it.HasNext(); {
			doc := it.Next()
			p.of[next[doc]] = ids[i]
			next[doc]++
		}
	}
	return p, nil
}

// countPersons adds how many of the documents name each person, by number.
func (g *segment) countPersons(docs *roaring.Bitmap, n []int32) {
	p := &g.cols.persons
	if len(p.of) == 0 {
		return
	}
	batch := make([]uint32, 4096)
	for it := docs.ManyIterator(); ; {
		some := it.NextMany(batch)
		if some == 0 {
			return
		}
		for _, doc := range batch[:some] {
			for _, person := range p.of[p.first[doc]:p.first[doc+1]] {
				n[person]++
			}
		}
	}
}

// mostFrequent puts the limit persons that are named most into a facet.
func mostFrequent(names []string, n []int32, limit int, into map[string]int) {
	order := func(a, b uint32) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(names[a], names[b])) }
	var best []uint32
	least := int32(1) // to be among the first limit of those before
	for id, count := range n {
		if count < least {
			continue
		}
		if best = append(best, uint32(id)); len(best) == 4*limit {
			slices.SortFunc(best, order)
			best, least = best[:limit], n[best[limit-1]]
		}
	}
	slices.SortFunc(best, order)
	for _, id := range best[:min(len(best), limit)] {
		into[names[id]] = int(n[id])
	}
}

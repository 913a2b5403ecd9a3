package bleve

import (
	"context"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	api "github.com/blevesearch/scorch_segment_api/v2"
)

// segment is one segment as a search sees it: an immutable piece of the index
// with its own numbering of documents, and those of them that are deleted.
type segment struct {
	api.Segment
	dead *roaring.Bitmap // may be nil
	cols *columns
	size uint64
	dict map[string]api.TermDictionary
	list api.PostingsList // to be used again
}

// columns are values by document, read once for each segment.
type columns struct {
	at, num []int64
	persons persons
	facets  map[string][]valueDocs // by field
}

// snapshot gives the segments as they are now; close lets go of them.
func (s *shelf) snapshot(ctx context.Context) (segs []*segment, close func() error, err error) {
	reader, err := s.index.Reader()
	if err != nil {
		return nil, nil, err
	}
	snap := reader.(*scorch.IndexSnapshot)
	for _, part := range snap.Segments() {
		seg := &segment{
			Segment: part.Segment(), dead: part.Deleted(), size: part.Segment().Count(),
			dict: map[string]api.TermDictionary{},
		}
		if seg.cols, err = s.columnsOf(ctx, seg); err != nil {
			return nil, nil, fmt.Errorf("%w; %v", err, reader.Close())
		}
		segs = append(segs, seg)
	}
	s.forget(segs)
	return segs, reader.Close, nil
}

// columnsOf reads the columns of a segment, or gives those read before.
func (s *shelf) columnsOf(ctx context.Context, seg *segment) (*columns, error) {
	if cols := s.columnsRead(seg); cols != nil {
		return cols, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if cols := s.columnsRead(seg); cols != nil { // meanwhile
		return cols, nil
	}
	cols := &columns{at: make([]int64, seg.size), num: make([]int64, seg.size)}
	err := seg.stamps(ctx, func(doc uint64, st stamp) error {
		cols.at[doc], cols.num[doc] = st.at, st.num
		return nil
	})
	if err == nil {
		cols.persons, err = seg.readPersons(&s.people)
	}
	if err == nil {
		cols.facets, err = seg.readFacets()
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.columns[seg.Segment] = cols
	s.mu.Unlock()
	return cols, nil
}

func (s *shelf) columnsRead(seg *segment) *columns {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.columns[seg.Segment]
}

// forget drops the columns of segments that have been merged away.
func (s *shelf) forget(segs []*segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.columns) <= 2*len(segs) {
		return
	}
	kept := make(map[any]*columns, len(segs))
	for _, seg := range segs {
		kept[seg.Segment] = seg.cols
	}
	s.columns = kept
}

// stamps visits the stamp of every document of the segment, deleted ones too.
func (g *segment) stamps(ctx context.Context, visit func(doc uint64, s stamp) error) error {
	values, ok := g.Segment.(api.DocValueVisitable)
	if !ok {
		return fmt.Errorf("segment of type %T has no values by document", g.Segment)
	}
	var state api.DocVisitState
	var failed error
	for doc := range g.size {
		if doc%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var err error
		state, err = values.VisitDocValues(doc, []string{"stamp"}, func(_ string, term []byte) {
			st, err := parseStamp(string(term))
			if err == nil {
				err = visit(doc, st)
			}
			if err != nil && failed == nil {
				failed = err
			}
		}, state)
		if err == nil {
			err = failed
		}
		if err != nil {
			return fmt.Errorf("read stamps: %w", err)
		}
	}
	return nil
}

// live are the documents that are not deleted.
func (g *segment) live() *roaring.Bitmap {
	all := roaring.New()
	all.AddRange(0, g.size)
	if g.dead != nil {
		all.AndNot(g.dead)
	}
	return all
}

func (g *segment) dictionary(field string) (api.TermDictionary, error) {
	if d, ok := g.dict[field]; ok {
		return d, nil
	}
	d, err := g.Dictionary(field)
	if err != nil {
		return nil, fmt.Errorf("dictionary of %s: %w", field, err)
	}
	g.dict[field] = d
	return d, nil
}

// collect adds the documents with the term to out.
func (g *segment) collect(field, term string, out *roaring.Bitmap) error {
	d, err := g.dictionary(field)
	if err != nil {
		return err
	}
	if g.list, err = d.PostingsList([]byte(term), nil, g.list); err != nil {
		return fmt.Errorf("postings of %s: %w", field, err)
	}
	return orInto(g.list, out)
}

// collectPrefix adds the documents with a term that begins with prefix to out.
func (g *segment) collectPrefix(ctx context.Context, field, prefix string, out *roaring.Bitmap) error {
	d, err := g.dictionary(field)
	if err != nil {
		return err
	}
	terms := termIterator(d, nil, []byte(prefix), []byte(prefix+"\xff"))
	bits := make([]uint64, g.size/64+1) // many small sets are put together faster so than one by one
	for {
		entry, err := terms.Next()
		if err != nil {
			return fmt.Errorf("terms of %s: %w", field, err)
		}
		if entry == nil {
			out.Or(roaring.FromDense(bits, false))
			return nil
		}
		if g.list, err = d.PostingsList([]byte(entry.Term), nil, g.list); err == nil {
			err = setBits(g.list, bits)
		}
		if err != nil {
			return fmt.Errorf("postings of %s: %w", field, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// setBits sets the bits of the documents of a posting list.
func setBits(list api.PostingsList, bits []uint64) error {
	it := list.Iterator(false, false, false, nil)
	if o, ok := it.(api.OptimizablePostingsIterator); ok && o.ActualBitmap() != nil {
		var some [256]uint32
		for docs := o.ActualBitmap().ManyIterator(); ; {
			n := docs.NextMany(some[:])
			if n == 0 {
				return nil
			}
			for _, doc := range some[:n] {
				bits[doc/64] |= 1 << (doc % 64)
			}
		}
	}
	for {
		p, err := it.Next()
		if err != nil || p == nil {
			return err
		}
		bits[p.Number()/64] |= 1 << (p.Number() % 64)
	}
}

// each visits the terms of a small field with their documents.
func (g *segment) each(field string, visit func(term string, docs *roaring.Bitmap)) error {
	d, err := g.dictionary(field)
	if err != nil {
		return err
	}
	terms := termIterator(d, nil, nil, nil)
	for {
		entry, err := terms.Next()
		if err != nil {
			return fmt.Errorf("terms of %s: %w", field, err)
		}
		if entry == nil {
			return nil
		}
		docs := roaring.New()
		if err := g.collect(field, entry.Term, docs); err != nil {
			return err
		}
		visit(entry.Term, docs)
	}
}

// termIterator walks terms without counting their documents where the segment
// can spare us that.
func termIterator(d api.TermDictionary, a api.Automaton, start, end []byte) api.DictionaryIterator {
	lean, ok := d.(interface {
		AutomatonIteratorOmitCount(a api.Automaton, start, end []byte) api.DictionaryIterator
	})
	if ok {
		return lean.AutomatonIteratorOmitCount(a, start, end)
	}
	return d.AutomatonIterator(a, start, end)
}

// orInto adds the documents of a posting list to out, whole containers at a
// time where the list can do that.
func orInto(list api.PostingsList, out *roaring.Bitmap) error {
	if l, ok := list.(interface{ OrInto(*roaring.Bitmap) }); ok {
		l.OrInto(out)
		return nil
	}
	it := list.Iterator(false, false, false, nil)
	for {
		p, err := it.Next()
		if err != nil || p == nil {
			return err
		}
		out.Add(uint32(p.Number()))
	}
}

// places walks the documents that have a word, in any of its spellings, with
// the positions at which it stands.
type places struct {
	lists []api.PostingsIterator
	here  []api.Posting // where each list is; nil at its end
}

// places begins a walk over those of docs that have one of the terms.
func (g *segment) places(field string, terms []string, docs *roaring.Bitmap) (*places, error) {
	d, err := g.dictionary(field)
	if err != nil {
		return nil, err
	}
	p := &places{}
	for _, term := range terms {
		list, err := d.PostingsList([]byte(term), nil, nil)
		if err != nil {
			return nil, fmt.Errorf("postings of %s: %w", field, err)
		}
		it := list.Iterator(true, true, true, nil)
		if o, ok := it.(api.OptimizablePostingsIterator); ok && o.ActualBitmap() != nil {
			o.ReplaceActual(roaring.And(o.ActualBitmap(), docs)) // spares us decoding the others
		}
		first, err := it.Next()
		if err != nil {
			return nil, fmt.Errorf("positions of %s: %w", field, err)
		}
		p.lists, p.here = append(p.lists, it), append(p.here, first)
	}
	return p, nil
}

// in appends the positions in doc to at. Documents are asked for in order.
func (p *places) in(doc uint32, at []uint64) ([]uint64, error) {
	for i, it := range p.lists {
		for p.here[i] != nil && p.here[i].Number() < uint64(doc) {
			var err error
			if p.here[i], err = it.Next(); err != nil {
				return nil, fmt.Errorf("read positions: %w", err)
			}
		}
		if p.here[i] == nil || p.here[i].Number() != uint64(doc) {
			continue
		}
		for _, l := range p.here[i].Locations() {
			at = append(at, l.Pos())
		}
	}
	return at, nil
}

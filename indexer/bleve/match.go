package bleve

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	api "github.com/blevesearch/scorch_segment_api/v2"

	"samsyn/indexer"
)

// match is a set of documents that have a term in a certain way, and what that
// is worth.
type match struct {
	points int32
	docs   *roaring.Bitmap
}

// matches are all the ways in which documents of a segment have one term, worth
// least first.
type matches struct {
	ways []match
	docs *roaring.Bitmap // all of them together
}

func (m *matches) add(points int32, docs *roaring.Bitmap) {
	if docs.IsEmpty() {
		return
	}
	m.ways = append(m.ways, match{points, docs})
	m.docs.Or(docs)
}

func (m *matches) sort() {
	slices.SortStableFunc(m.ways, func(a, b match) int { return int(a.points - b.points) })
}

// worth is what a word counts in a field: as spelt, in another spelling of the
// same letters, unfinished, mistyped. A customer's name weighs more than all
// mere text; the sum over the words decides.
type worth struct {
	field                         string
	exact, folded, begun, mistype int32
}

func worths() []worth {
	return []worth{
		{"name", 32, 30, 22, 8},
		{"title", 10, 9, 6, 3},
		{"text", 6, 5, 3, 1},
		{"quote", 2, 2, 1, 0},
	}
}

const (
	numberPoints  = 40
	numberBegun   = 20
	phrasePoints  = 12
	allWordPoints = 6  // parts of a number or address, wherever they stand
	wholePoints   = 50 // the query is the whole name of a customer
	wholeBegun    = 20
)

// plan is what a query asks of every segment.
type plan struct {
	typos    *typos
	probes   []probe
	prepared bool // for mistakes
}

// probe is a term of a plan.
type probe struct {
	indexer.Term
	optional bool // counts where it is there, but need not be
	typo     api.Automaton
	typoFold api.Automaton
}

// newPlan makes a plan.
func newPlan(t *typos, terms []indexer.Term) *plan {
	p := &plan{typos: t}
	must, optional := indexer.Split(terms)
	for _, term := range must {
		p.probes = append(p.probes, probe{Term: term})
	}
	if optional != nil {
		p.probes = append(p.probes, probe{Term: *optional, optional: true})
	}
	return p
}

// allowMistakes prepares the probes that may be mistyped, and reports whether
// there are any.
func (p *plan) allowMistakes() (any bool, err error) {
	for i := range p.probes {
		n := p.probes[i].Typos()
		if n == 0 {
			continue
		}
		any = true
		if p.prepared {
			continue
		}
		if err := p.typos.prepare(&p.probes[i], n); err != nil {
			return false, fmt.Errorf("prepare for mistakes in a word: %w", err)
		}
	}
	p.prepared = true
	return any, nil
}

// needed counts the probes that must be there.
func (p *plan) needed() (n int) {
	for _, probe := range p.probes {
		if !probe.optional {
			n++
		}
	}
	return n
}

// match finds the term in a segment.
func (g *segment) match(ctx context.Context, p *probe) (*matches, error) {
	m := &matches{docs: roaring.New()}
	var err error
	switch {
	case p.Phrase && len(p.Words) > 1:
		err = g.matchPhrase(ctx, p, m)
	case len(p.Words) == 1:
		err = g.matchWord(ctx, p.Words[0], p.Prefix, m)
	default:
		err = g.matchAll(ctx, p, m)
	}
	if err != nil {
		return nil, err
	}
	for _, form := range p.Numbers {
		if err := g.matchNumber(ctx, form, p.Prefix, m); err != nil {
			return nil, err
		}
	}
	m.sort()
	return m, nil
}

// matchMistyped adds the documents where the word may have been meant.
func (g *segment) matchMistyped(ctx context.Context, p *probe, m *matches) error {
	mistyped, err := g.mistyped(ctx, p)
	if err != nil || len(mistyped) == 0 {
		return err
	}
	for _, v := range worths() {
		docs := roaring.New()
		for _, term := range mistyped {
			if err := g.collect(v.field, term, docs); err != nil {
				return err
			}
		}
		m.add(v.mistype, docs)
	}
	m.sort()
	return nil
}

func (g *segment) matchNumber(ctx context.Context, form string, begun bool, m *matches) error {
	docs := roaring.New()
	if err := g.collect("number", form, docs); err != nil {
		return err
	}
	m.add(numberPoints, docs)
	if !begun || len(form) < 3 {
		return nil
	}
	docs = roaring.New()
	if err := g.collectPrefix(ctx, "number", form, docs); err != nil {
		return err
	}
	m.add(numberBegun, docs)
	return nil
}

func (g *segment) matchWord(ctx context.Context, w indexer.Word, begun bool, m *matches) error {
	for _, v := range worths() {
		if err := g.matchSpelling(v, w, m); err != nil {
			return err
		}
		if !begun {
			continue
		}
		if err := g.matchBegun(ctx, v, w, m); err != nil {
			return err
		}
	}
	return nil
}

func (g *segment) matchSpelling(v worth, w indexer.Word, m *matches) error {
	exact, folded := roaring.New(), roaring.New()
	if err := g.collect(v.field, w.Plain, exact); err != nil {
		return err
	}
	if w.Fold != w.Plain {
		if err := g.collect(v.field, w.Fold, folded); err != nil {
			return err
		}
	}
	if err := g.collect(v.field, foldMark+w.Fold, folded); err != nil {
		return err
	}
	m.add(v.folded, folded)
	m.add(v.exact, exact)
	return nil
}

// matchBegun finds the words that begin as w; the same spelling counts one more.
func (g *segment) matchBegun(ctx context.Context, v worth, w indexer.Word, m *matches) error {
	exact, folded := roaring.New(), roaring.New()
	if err := g.collectBegun(ctx, v.field, "", w.Plain, exact); err != nil {
		return err
	}
	if w.Fold != w.Plain {
		if err := g.collectBegun(ctx, v.field, "", w.Fold, folded); err != nil {
			return err
		}
	}
	if err := g.collectBegun(ctx, v.field, foldMark, w.Fold, folded); err != nil {
		return err
	}
	m.add(v.begun-1, folded)
	m.add(v.begun, exact)
	return nil
}

// collectBegun looks short beginnings up; there are too many words with them to
// go through.
func (g *segment) collectBegun(ctx context.Context, field, mark, letters string, out *roaring.Bitmap) error {
	if utf8.RuneCountInString(letters) <= maxBegin {
		return g.collect(field+begin, mark+letters, out)
	}
	return g.collectPrefix(ctx, field, mark+letters, out)
}

// matchAll finds the documents that have all words of the term.
func (g *segment) matchAll(ctx context.Context, p *probe, m *matches) error {
	docs, err := g.withAll(ctx, p)
	if err != nil {
		return err
	}
	m.add(allWordPoints, docs)
	return nil
}

func (g *segment) withAll(ctx context.Context, p *probe) (*roaring.Bitmap, error) {
	var all *roaring.Bitmap
	for i, w := range p.Words {
		one := &matches{docs: roaring.New()}
		begun := p.Prefix && i == len(p.Words)-1
		if err := g.matchWord(ctx, w, begun, one); err != nil {
			return nil, err
		}
		if all == nil {
			all = one.docs
		} else {
			all.And(one.docs)
		}
	}
	return all, nil
}

// matchPhrase finds the documents where the words stand one after the other.
func (g *segment) matchPhrase(ctx context.Context, p *probe, m *matches) error {
	docs, err := g.withAll(ctx, p)
	if err != nil || docs.IsEmpty() {
		return err
	}
	var words []*places
	for _, w := range p.Words {
		at, err := g.places("text", unique(w.Plain, w.Fold, foldMark+w.Fold), docs)
		if err != nil {
			return err
		}
		words = append(words, at)
	}
	found := roaring.New()
	for it := docs.Iterator(); it.HasNext(); {
		doc := it.Next()
		together, err := inSequence(words, doc)
		if err != nil {
			return err
		}
		if together {
			found.Add(doc)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	m.add(phrasePoints, found)
	return nil
}

// inSequence reports whether the words stand one after the other in doc.
func inSequence(words []*places, doc uint32) (bool, error) {
	var starts, here []uint64 // where the words so far begin; where the next one is
	for i, w := range words {
		var err error
		if here, err = w.in(doc, here[:0]); err != nil {
			return false, err
		}
		if i == 0 {
			starts = append(starts, here...)
			continue
		}
		starts = slices.DeleteFunc(starts, func(start uint64) bool { return !slices.Contains(here, start+uint64(i)) })
		if len(starts) == 0 {
			return false, nil
		}
	}
	return len(starts) > 0, nil
}

func unique(terms ...string) []string {
	slices.Sort(terms)
	return slices.Compact(terms)
}

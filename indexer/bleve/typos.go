package bleve

import (
	"context"
	"math"
	"unicode/utf8"

	api "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/blevesearch/vellum/levenshtein"
)

// typos builds automata that accept words with mistakes.
type typos struct {
	by [3]*levenshtein.LevenshteinAutomatonBuilder
}

func newTypos() (*typos, error) {
	t := &typos{}
	for n := uint8(1); n <= 2; n++ {
		b, err := levenshtein.NewLevenshteinAutomatonBuilder(n, true)
		if err != nil {
			return nil, err
		}
		t.by[n] = b
	}
	return t, nil
}

// prepare gives the probe its automata. Where the word is unfinished the
// mistake may be in what is typed so far.
func (t *typos) prepare(p *probe, mistakes int) error {
	word := p.Words[0].Fold
	typo, err := t.by[mistakes].BuildDfa(word, uint8(mistakes))
	if err != nil {
		return err
	}
	p.typo = typo
	if p.Prefix && utf8.RuneCountInString(word) >= 5 {
		p.typo = begins{typo}
	}
	p.typoFold = marked{p.typo}
	return nil
}

// maxMistyped bounds what one word may mean in a segment.
const maxMistyped = 500

// mistyped lists the terms of the segment that the word may have meant. Names
// and titles are part of the text.
func (g *segment) mistyped(ctx context.Context, p *probe) ([]string, error) {
	if p.typo == nil {
		return nil, nil
	}
	d, err := g.dictionary("text")
	if err != nil {
		return nil, err
	}
	var terms []string
	for _, set := range []struct {
		a     api.Automaton
		begin string
	}{{p.typo, ""}, {p.typoFold, foldMark}} {
		it := termIterator(d, set.a, []byte(set.begin), []byte(set.begin+"\xff"))
		for len(terms) < maxMistyped {
			entry, err := it.Next()
			if err != nil {
				return nil, err
			}
			if entry == nil {
				break
			}
			terms = append(terms, entry.Term)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return terms, nil
}

// begins accepts every word that begins with a word that the automaton accepts.
type begins struct{ api.Automaton }

const accepted = math.MaxInt

func (b begins) IsMatch(s int) bool         { return s == accepted || b.Automaton.IsMatch(s) }
func (b begins) CanMatch(s int) bool        { return s == accepted || b.Automaton.CanMatch(s) }
func (b begins) WillAlwaysMatch(s int) bool { return b.IsMatch(s) }
func (b begins) Accept(s int, c byte) int {
	if b.IsMatch(s) {
		return accepted
	}
	return b.Automaton.Accept(s, c)
}

// marked accepts what the automaton accepts with a foldMark before it: the same
// automaton serves words as spelt and folded, and it is the costly part.
type marked struct{ api.Automaton }

// unmarked is the state before the mark, nowhere the one after anything else.
const (
	unmarked = -1
	nowhere  = -2
)

func (m marked) Start() int                 { return unmarked }
func (m marked) IsMatch(s int) bool         { return s >= 0 && m.Automaton.IsMatch(s) }
func (m marked) CanMatch(s int) bool        { return s == unmarked || s >= 0 && m.Automaton.CanMatch(s) }
func (m marked) WillAlwaysMatch(s int) bool { return s >= 0 && m.Automaton.WillAlwaysMatch(s) }
func (m marked) Accept(s int, c byte) int {
	switch {
	case s >= 0:
		return m.Automaton.Accept(s, c)
	case s == unmarked && c == foldMark[0]:
		return m.Automaton.Start()
	default:
		return nowhere
	}
}

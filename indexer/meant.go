package indexer

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Meant is the query with its mistyped words put right, as far as the texts tell:
// words that stand in none of them as they are typed give way to the nearest word
// that does. It is "" when nothing is to be put right. The texts are those of the
// hits, so nobody is told a word that they may not see.
func Meant(query string, texts iter.Seq[string]) string {
	var open []Term // stand in none of the texts so far
	for _, t := range Parse(query) {
		if t.Typos() > 0 {
			open = append(open, t)
		}
	}
	var words []Word
	for text := range texts {
		fresh := slices.Collect(Words(text))
		open = slices.DeleteFunc(open, func(t Term) bool { return slices.ContainsFunc(fresh, t.isWord) })
		if len(open) == 0 {
			return ""
		}
		words = append(words, fresh...)
	}
	right := map[string]string{}
	for _, t := range open {
		if better := t.nearest(words); better != "" {
			right[t.Words[0].Fold] = better
		}
	}
	if len(right) == 0 {
		return ""
	}
	var b strings.Builder
	at := 0
	for w := range Words(query) {
		if better, ok := right[w.Fold]; ok {
			b.WriteString(query[at:w.Start] + better)
			at = w.End
		}
	}
	b.WriteString(query[at:])
	return b.String()
}

// isWord reports whether the word is what the term asks for, as typed.
func (t Term) isWord(w Word) bool {
	want := t.Words[len(t.Words)-1].Fold
	return w.Fold == want || t.Prefix && strings.HasPrefix(w.Fold, want)
}

// nearest is the word with the fewest mistakes; among equals the one that the
// mistakes do not cut off, and that stands in the texts most often.
func (t Term) nearest(words []Word) string {
	type guess struct {
		word                string
		mistakes, cut, uses int
	}
	guesses := map[string]*guess{}
	for _, w := range words {
		if g := guesses[w.Plain]; g != nil {
			g.uses++
		} else if n, begun := t.mistakes(w); n <= t.Typos() {
			guesses[w.Plain] = &guess{word: w.Plain, mistakes: n, uses: 1}
			if begun {
				guesses[w.Plain].cut = 1
			}
		}
	}
	var best *guess
	for _, g := range guesses {
		if best == nil || cmp.Or(g.mistakes-best.mistakes, g.cut-best.cut, best.uses-g.uses, cmp.Compare(g.word, best.word)) < 0 {
			best = g
		}
	}
	if best == nil {
		return ""
	}
	return best.word
}

// Names reports whether the text has all that the query asks for, mistakes
// allowed: whether it can be what somebody looks for by its name; typed, whether
// it has it as it is typed. A query of fewer than three letters asks for too little,
// and a number or address is no name, whatever names are in it.
func Names(query, text string) (named, typed bool) {
	terms := Parse(query)
	letters := 0
	words := slices.Collect(Words(text))
	typed = true
	for _, t := range terms {
		if len(t.Numbers) > 0 {
			return false, false
		}
		for _, w := range t.Words {
			letters += utf8.RuneCountInString(w.Plain)
		}
		if len(t.marks(text, words)) > 0 {
			continue
		}
		if typed = false; t.Typos() == 0 || len(t.mistyped(words)) == 0 {
			return false, false
		}
	}
	return letters >= 3, letters >= 3 && typed
}

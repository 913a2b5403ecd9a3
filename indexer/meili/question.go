package meili

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"samsyn/indexer"
)

// A term of a query may be meant in several ways: a number as one of its forms,
// or as the groups that were typed. Meilisearch knows no "or" between words, so
// a query becomes several variants, each of which asks for one choice, and the
// server joins what they find. Most queries have one.

// variant is one question to Meilisearch, all of whose words must be there.
type variant struct {
	words  []word
	weight float64
	on     []string // attributes; nil: all
	filter string   // besides those of the ask
}

// word is a part of a question: one token, or several that stand together.
type word struct {
	tokens string
	quoted bool // as it is; else it may go on if it is last, and be mistyped if it is marked loose
	open   bool // unfinished: only the last word of a question can be
}

func asIs(tokens string) word   { return word{tokens: tokens, quoted: true} }
func begun(token string) word   { return word{tokens: token, open: true} }
func similar(token string) word { return word{tokens: token} }

// closed is a word begun that is finished, and ranked on the same scale: what is
// quoted is ranked on another.
func closed(token string) word { return word{tokens: token} }

// text writes the question. The full stops keep Meilisearch from joining words
// that stand side by side.
func (v variant) text() string {
	var b strings.Builder
	for i, w := range v.words {
		if i > 0 {
			b.WriteString(apart)
		}
		if w.quoted {
			b.WriteString(`"` + w.tokens + `"`)
		} else {
			b.WriteString(w.tokens)
		}
	}
	if n := len(v.words); n > 0 && !v.words[n-1].open {
		b.WriteString(".")
	}
	return b.String()
}

// maxVariants bounds what a query with many numbers costs. Of the choices
// beyond it the first are made.
const maxVariants = 32

// maxWhole bounds the variants that only put in order what others find.
const maxWhole = 4

// tier is how much less a hit weighs that was found in the second way: more
// than all that the rules of ranking can tell apart.
const tier = 1e-6

// finished is how much more a hit weighs that has the last word as a whole: less
// than any of the rules of ranking, more than its date.
const finished = 1 + 1e-5

// complete is how much more a customer weighs that has the name and nothing after
// it: what is quoted is ranked on another scale, which this outweighs.
const complete = 1e3

// question is a query taken apart.
type question struct {
	text     string
	terms    []indexer.Term
	must     []indexer.Term
	optional *indexer.Term // a single letter just begun: narrows nothing while there are other terms
}

func newQuestion(text string) *question {
	q := &question{text: text, terms: indexer.Parse(text)}
	q.must, q.optional = indexer.Split(q.terms)
	return q
}

// mistakable reports whether any of the terms may be mistyped.
func (q *question) mistakable() bool {
	return slices.ContainsFunc(q.terms, func(t indexer.Term) bool { return t.Typos() > 0 })
}

// asTyped are the variants that allow for no mistakes.
func (q *question) asTyped() []variant { return product(q.must, 0, ways) }

// better are variants that find nothing more, but tell what is best: the words
// in the spelling that was typed, with the letter that was just begun; and the last
// word as a whole.
func (q *question) better() []variant { return append(q.spelt(), q.whole()...) }

// whole are the variants in which the last word is finished. The rule of Meilisearch
// that tells this, exactness, takes three times as long as all others together.
func (q *question) whole() []variant {
	n := len(q.must)
	if n == 0 || !q.must[n-1].Prefix || len(q.must[n-1].Numbers) > 0 {
		return nil
	}
	all := q.asTyped()
	all = all[:min(len(all), maxWhole)]
	for i := range all {
		last := &all[i].words[len(all[i].words)-1]
		*last = closed(last.tokens)
		all[i].weight *= finished
	}
	return all
}

// spelt is the variant in the spelling that was typed.
func (q *question) spelt() []variant {
	v := variant{weight: 1 / tier}
	differs := q.optional != nil
	for _, t := range q.must {
		w := ways(t)[0]
		if len(t.Words) == 1 && len(t.Numbers) == 0 && t.Words[0].Fold != t.Words[0].Plain {
			differs = true
			w = []word{asIs(exact(t.Words[0].Plain))}
			if t.Prefix {
				w = []word{unfinished(t.Words[0].Plain)}
			}
		}
		v.words = append(v.words, w...)
	}
	if q.optional != nil {
		v.words = append(v.words, begun(exact(q.optional.Words[0].Fold)))
	}
	if !differs || len(v.words) > maxWords {
		return nil
	}
	return []variant{v}
}

// unfinished is the word in the spelling that was typed. Where few letters are
// typed, whose token is longer than what is found at once, it counts as whole:
// of what only begins so there is much, and more letters come.
func unfinished(spelt string) word {
	token := exact(spelt)
	if len(token) > atOnce && utf8.RuneCountInString(spelt) <= atOnce {
		return closed(token)
	}
	return begun(token)
}

// atOnce is how many bytes the beginnings have of which Meilisearch keeps what they find.
const atOnce = 4

// mistyped are the variants in which the words may be mistyped.
func (q *question) mistyped() []variant { return product(q.must, -2, mistypedWays) }

// butOne are the variants in which one of the terms is missing.
func (q *question) butOne() []variant {
	var all []variant
	for i := range q.must {
		if rest := slices.Concat(q.must[:i], q.must[i+1:]); len(rest) > 0 {
			all = append(all, product(rest, 0, mistypedWays)...)
		}
	}
	return all[:min(len(all), 2*maxVariants)]
}

// product makes a variant of every choice of ways, the first ones weighing most.
func product(terms []indexer.Term, power int, ways func(indexer.Term) [][]word) []variant {
	all := []variant{{weight: math.Pow(tier, -float64(power))}}
	for _, t := range terms {
		choices := ways(t)
		if len(all)*len(choices) > maxVariants {
			choices = choices[:1]
		}
		var next []variant
		for i, choice := range choices {
			for _, v := range all {
				v.words = slices.Concat(v.words, choice)
				if i > 0 {
					v.weight *= tier
				}
				next = append(next, v)
			}
		}
		all = next
	}
	return all
}

// ways are the ways in which a term may stand in a document, best first.
func ways(t indexer.Term) [][]word {
	single := len(t.Words) == 1 && len(t.Numbers) > 0 && t.Numbers[0] == t.Words[0].Fold
	var all [][]word
	for i, form := range t.Numbers {
		w := asIs(exact(form))
		if t.Prefix && (len(form) >= 3 || i == 0 && single) {
			w = begun(exact(form))
		}
		all = append(all, []word{w})
	}
	if single {
		return all // the word is found with the number
	}
	if t.Phrase && len(t.Words) > 1 {
		return append(all, []word{asIs(strings.Join(mistakable(t.Words), " "))})
	}
	var each []word
	for i, w := range t.Words {
		if t.Prefix && i == len(t.Words)-1 {
			each = append(each, begun(exact(w.Fold)))
		} else {
			each = append(each, asIs(exact(w.Fold)))
		}
	}
	return append(all, each)
}

// mistypedWays are the ways of a term that may be mistyped. Of a short word
// that is unfinished only the whole may be.
func mistypedWays(t indexer.Term) [][]word {
	if t.Typos() == 0 {
		return ways(t)
	}
	fold := t.Words[0].Fold
	switch {
	case !t.Prefix:
		return [][]word{{similar(inexact(fold))}}
	case utf8.RuneCountInString(fold) < 5:
		return [][]word{{begun(exact(fold))}, {similar(inexact(fold))}}
	default:
		return [][]word{{begun(inexact(fold))}}
	}
}

// ofCustomers are the variants for customers: by name before all else.
func (q *question) ofCustomers(found []variant) []variant {
	return slices.Concat(q.better(), found, q.names())
}

// names are the variants for whole names of customers and their beginnings.
func (q *question) names() (all []variant) {
	n := len(q.terms)
	open := n > 0 && q.terms[n-1].Prefix
	add := func(token string, weight float64) {
		all = append(all, variant{words: []word{asIs(ended(token))}, weight: weight * complete})
		head := headOf(token)
		switch {
		case !open:
		case head == token:
			all = append(all, variant{words: []word{closed(token)}, weight: weight})
		default: // the name begins as this one does, and has its words
			typed := q.asTyped()
			for _, v := range typed[:min(len(typed), maxWhole)] {
				all = append(all, variant{words: slices.Concat([]word{asIs(head)}, v.words), weight: weight * v.weight})
			}
		}
	}
	spelt, fold := whole(q.text)
	add(fold, math.Pow(tier, -2))
	if spelt != fold {
		add(spelt, math.Pow(tier, -3))
	}
	return all
}

// recognised are the variants in which a whole word of a name, or a number, is
// enough; the more of them, the better.
func (q *question) recognised() []variant {
	var all []variant
	for i, t := range q.must {
		all = append(all, inNames(q.must[i:i+1], 0)...)
		if len(q.must) > 2 {
			all = append(all, inNames(slices.Concat(q.must[:i], q.must[i+1:]), 1)...)
		}
		if len(t.Words) == 1 && t.Words[0].Fold != t.Words[0].Plain {
			all = append(all, variant{words: []word{asIs(exact(t.Words[0].Plain))}, weight: 2, on: []string{"name"}})
		}
	}
	return all[:min(len(all), 2*maxVariants)]
}

// inNames asks for whole words of names.
func inNames(terms []indexer.Term, power int) []variant {
	var on []string
	if !slices.ContainsFunc(terms, func(t indexer.Term) bool { return len(t.Numbers) > 0 }) {
		on = []string{"name", "name_fold"}
	}
	all := product(terms, power, func(t indexer.Term) [][]word {
		t.Prefix = false
		return ways(t)
	})
	for i := range all {
		all[i].on = on
	}
	return all
}

package tables

import (
	"cmp"
	"slices"
	"strings"
)

// Words of headers are taken apart into the stems of the lexicon, with what may
// stand between and after them: compounds of the Nordic languages have no end, and
// no list has them all.

// lexicon is the stems, ready to be looked up, as a tree of letters.
type lexicon struct {
	root    *letter
	endings map[string]bool // what may follow the last stem of a word
	links   map[string]bool // what may stand between two
	known   map[string]parsed
}

// letter is a place in the tree: the stem that ends here, by where it may stand.
type letter struct {
	next                       map[byte]*letter
	whole, inside, first, last concept
}

// shortest is the number of letters from which a stem may stand inside a word
// without having been marked.
const shortest = 4

// longestWord is the number of letters above which a word of a header is not
// taken apart.
const longestWord = 40

func newLexicon() *lexicon {
	x := &lexicon{root: &letter{}, endings: map[string]bool{}, links: map[string]bool{}, known: map[string]parsed{}}
	for w := range strings.FieldsSeq(wordEndings) {
		x.endings[w] = true
	}
	for w := range strings.FieldsSeq(wordLinks) {
		x.links[w] = true
	}
	for _, s := range stems {
		for w := range strings.FieldsSeq(s.words) {
			at := x.root
			bare := strings.Trim(w, "-")
			plain := level(bare)
			for i := range len(plain) {
				if at.next == nil {
					at.next = map[byte]*letter{}
				}
				if at.next[plain[i]] == nil {
					at.next[plain[i]] = &letter{}
				}
				at = at.next[plain[i]]
			}
			if at.whole == "" || bare == w { // "by" is a word, and the end of one
				at.whole = s.of
			}
			switch {
			case strings.HasPrefix(w, "-"):
				at.last = s.of
			case strings.HasSuffix(w, "-"):
				at.first = s.of
			case len(plain) >= shortest:
				at.inside = s.of
			}
		}
	}
	return x
}

// word looks up a whole word.
func (x *lexicon) word(w string) (concept, bool) {
	at := x.root
	for i := range len(w) {
		if at = at.next[w[i]]; at == nil {
			return "", false
		}
	}
	return at.whole, at.whole != ""
}

// level makes the ASCII spellings of Nordic letters equal to them: aa and å, ae
// and æ, oe and ø. It takes a folded word.
func level(s string) string {
	if !strings.Contains(s, "ae") && !strings.Contains(s, "oe") && !strings.Contains(s, "aa") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		b = append(b, s[i])
		if i+1 < len(s) && (s[i] == 'a' && (s[i+1] == 'a' || s[i+1] == 'e') || s[i] == 'o' && s[i+1] == 'e') {
			i++
		}
	}
	return string(b)
}

// wordEndings are what may follow the stem at the end of a word: plural,
// definite form, genitive, the cases and possessives of Finnish.
const wordEndings = `e r s t n a en et er es ar or ne na ns ts ren ene ens ets ers erne ernes arna orna a an ans ien ni si in un on ta lla lle ssa sta emme enne mme nne nsa ksen sen den ti
	are ares aren arens ere eren erens ed ing ning d nen sten isen eet`

// wordLinks are what may stand between the parts of a compound.
const wordLinks = `s e n r er en es a t an in on un ens ets ns ings nings den`

// parsed is a word taken apart.
type parsed struct {
	parts    []concept
	sure     float64 // share of its letters that is explained
	shortest int     // letters of the shortest stem
	mended   bool    // it was tried to read it with other letters
}

// parse takes one word apart.
func (x *lexicon) parse(word string) parsed {
	word = level(word)
	n := len(word)
	if c, ok := x.word(word); ok {
		return parsed{parts: []concept{c}, sure: 1, shortest: n}
	}
	best := x.steps(word)
	out := parsed{shortest: n, sure: float64(best[n].known) / float64(n)}
	over, least := 0, n // letters passed over in one piece
	longest := 0
	for i := n; i > 0; i = best[i].from {
		switch s := best[i]; {
		case s.stem == "":
		case s.stem != cUnknown:
			out.parts = append(out.parts, s.stem)
			out.shortest, longest = min(out.shortest, i-s.from), max(longest, i-s.from)
		case len(out.parts) == 0 || out.parts[len(out.parts)-1] != cUnknown:
			out.parts = append(out.parts, cUnknown)
			over = 1
		default:
			over++
		}
		if best[i].stem != cUnknown && over > 0 || best[i].from == 0 {
			least, over = min(least, cmp.Or(over, n)), 0
		}
	}
	if least < 3 && longest < 6 { // kalv is not k and VAT
		return parsed{parts: []concept{cUnknown}, shortest: n}
	}
	slices.Reverse(out.parts)
	out.parts = append(possessor(word), out.parts...)
	if out.sure < .5 && out.parts[len(out.parts)-1] == cUnknown {
		return parsed{parts: []concept{cUnknown}, shortest: n}
	}
	return out
}

// possessor is whose a thing is by the ending of a Finnish word: viitteemme is
// our reference, viitteenne yours.
func possessor(word string) []concept {
	switch {
	case len(word) > 6 && strings.HasSuffix(word, "mme"):
		return []concept{cUs}
	case len(word) > 6 && strings.HasSuffix(word, "nne"):
		return []concept{cThem}
	}
	return nil
}

// step is the best way to explain the letters up to a place.
type step struct {
	score float64
	known int     // letters explained
	from  int     // where this part begins
	stem  concept // cUnknown: letters passed over; "": an ending or a link
}

// steps explains the letters of a word from left to right, with as few parts as
// may be and as little left over.
func (x *lexicon) steps(word string) []step {
	n := len(word)
	best := make([]step, n+1)
	for i := 1; i <= n; i++ {
		best[i].score = -1e9
	}
	for i := range n {
		at := best[i]
		reach := func(j int, stem concept, score float64, known int) {
			if s := at.score + score; s > best[j].score {
				best[j] = step{s, at.known + known, i, stem}
			}
		}
		begun := 0.0
		if at.stem != cUnknown {
			begun = 3 // one or two letters that mean nothing are no part of a word
		}
		reach(i+1, cUnknown, -1-begun, 0)
		if i > 0 && at.stem != cUnknown && at.stem != "" {
			for j := i + 1; j <= min(i+5, n); j++ {
				if part := word[i:j]; j == n && x.endings[part] || j < n && x.links[part] {
					reach(j, "", -.5*float64(j-i), j-i)
				}
			}
		}
		l := x.root
		for j := i; j < n; {
			if l = l.next[word[j]]; l == nil {
				break
			}
			j++
			if c := l.standing(word, i, j, x.endings); c != "" {
				reach(j, c, 2*float64(j-i)-3, j-i)
			}
		}
	}
	return best
}

// standing is the stem that ends at l, if it may stand at word[i:j].
func (l *letter) standing(word string, i, j int, endings map[string]bool) concept {
	switch {
	case l.inside != "":
		return l.inside
	case i == 0 && l.first != "":
		return l.first
	case i > 0 && j == len(word) && l.last != "":
		return l.last
	case i == 0 && j >= 3 && endings[word[j:]]:
		return l.whole
	}
	return ""
}

// read takes a word apart and, if asked to, mends it where it must; it remembers
// what it read.
func (x *lexicon) read(w string, mend bool) parsed {
	if len(w) > longestWord {
		return parsed{parts: []concept{cUnknown}}
	}
	p, known := x.known[w]
	if !known {
		p = x.parse(w)
	}
	if mend && !p.mended && p.sure < .75 {
		p = x.mended(w, p)
		p.mended = true
	}
	if len(x.known) < 10_000 {
		x.known[w] = p
	}
	return p
}

// mended reads a word anew with one letter wrong, missing, too many or swapped,
// or cut short, if that explains all of it.
func (x *lexicon) mended(w string, as parsed) parsed {
	n := len(w)
	if p := x.completed(level(w)); p.sure > as.sure {
		return p
	}
	if n < 5 || n > 24 {
		return as
	}
	try := func(s string) bool {
		p := x.parse(s)
		if p.sure < 1 || slices.Contains(p.parts, cUnknown) || p.shortest < shortest || len(p.parts) > 2 {
			return false
		}
		as = parsed{parts: p.parts, sure: .75, shortest: p.shortest}
		return true
	}
	for i := 1; i < n; i++ { // the first letter is hardly ever the wrong one
		if n >= 6 && try(w[:i]+w[i+1:]) || i+1 < n && try(w[:i]+w[i+1:i+2]+w[i:i+1]+w[i+2:]) {
			return as
		}
	}
	for i := 1; i <= n && n >= 6; i++ {
		for c := 'a'; c <= 'z'; c++ {
			if try(w[:i]+string(c)+w[i:]) || i < n && try(w[:i]+string(c)+w[i+1:]) {
				return as
			}
		}
	}
	return as
}

// completed reads a word whose end was cut off: "Projektansv", "Fakturamott".
func (x *lexicon) completed(w string) (best parsed) {
	for i := 0; i+shortest <= len(w); i++ {
		c, ok := x.beginning(w[i:])
		if !ok {
			continue
		}
		p := parsed{sure: 1, shortest: len(w) - i}
		if i > 0 {
			if p = x.parse(w[:i]); slices.Contains(p.parts, cUnknown) {
				continue
			}
		}
		p.parts = append(slices.Clone(p.parts), c)
		p.sure *= .85
		return p
	}
	return best
}

// beginning finds the one concept whose stems begin with s.
func (x *lexicon) beginning(s string) (c concept, ok bool) {
	at := x.root
	for i := range len(s) {
		if at = at.next[s[i]]; at == nil {
			return "", false
		}
	}
	one := true
	at.below(func(of concept) {
		if c != "" && c != of {
			one = false
		}
		c = of
	})
	return c, one && c != ""
}

// below visits what longer stems mean.
func (l *letter) below(visit func(concept)) {
	for _, next := range l.next {
		if next.inside != "" {
			visit(next.inside)
		}
		next.below(visit)
	}
}

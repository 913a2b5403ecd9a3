package meili

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"samsyn/indexer"
)

// loose begins the tokens in which spelling mistakes are allowed for. No other
// token begins with it, so that a question says with its words which attributes
// it is put to.
//
// It is long because Meilisearch allows for mistakes by the length of a word:
// what is too long for a word without the mark is just long enough with it.
// (Mistakes can be switched off for attributes, too. But then Meilisearch keeps
// no list of what the beginnings of their words find, and looks at no more than
// a thousand words for a beginning.)
//
// Its first letter is one of four bytes that Meilisearch leaves alone, takes for
// Latin and lets nobody mistype. Lists are kept of beginnings of one to four
// bytes, and written anew whenever a word of theirs comes: of all marked words
// there is only one.
const loose = "\U0001DF00" + "xxxxxxxxx"

const (
	looseLength = 10                            // letters of the mark
	oneMistake  = looseLength + oneMistakeFrom  // letters of a token that may be mistyped once,
	twoMistakes = looseLength + twoMistakesFrom // and twice

	oneMistakeFrom  = 4 // letters of a word, as everywhere
	twoMistakesFrom = 9
)

// foreign begins the form of a letter beyond ASCII. Those that are frequent here
// have a short one, as only beginnings of up to four bytes are found at once.
const foreign = "qz"

var frequent = strings.NewReplacer("q", "qq", "æ", "qk", "ø", "qj", "å", "qx", "ä", "qv", "ö", "qw")

// exact is the token of a word or number that must be there as it is. It is
// ASCII, whatever is folded in Meilisearch does not touch it, and the token of
// a beginning of a word is a beginning of its token.
func exact(word string) string {
	word = frequent.Replace(word)
	var b strings.Builder
	for _, r := range word {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		b.WriteString(foreign)
		for n := 26 * 26 * 26; n > 0; n /= 26 {
			b.WriteByte('a' + byte(int(r)/n%26))
		}
	}
	return b.String()
}

// inexact is the token of a folded word that may be mistyped. The mark of a word
// in another alphabet is of its own letters, lest Meilisearch part them; in the
// other scripts nothing may be mistyped.
func inexact(fold string) string {
	first, _ := utf8.DecodeRuneInString(fold)
	switch {
	case unicode.In(first, unicode.Cyrillic, unicode.Greek):
		return strings.Repeat(string(first), looseLength) + fold
	case strings.ContainsFunc(fold, func(r rune) bool { return r >= utf8.RuneSelf }):
		return fold
	default:
		return loose + fold
	}
}

// Bounds of one attribute. Meilisearch keeps 65,536 positions of it, and drops
// what comes after: longer texts go on in a further part. Tokens that stand
// apart take eight positions each. Those of lists do, so that pairs of tokens
// that are no neighbours in any text are not kept as such, nor found by Meilisearch
// when it takes a word apart.
const (
	apartTokens    = 8_000
	together       = 60_000
	apart          = ". "
	partsOverlap   = 30 // words of a part that are repeated in the next, for phrases
	maxParts       = 64 // of one attribute
	maxTokenLength = 240
)

// parts are the parts of a long attribute by their names, p0 and on.
type parts map[string]string

// list writes tokens that stand apart. The mark before them, which nobody asks
// for, keeps Meilisearch from preferring texts that consist of the question:
// among equals the newest comes first.
func list(tokens []string) parts {
	if len(tokens) == 0 {
		return nil
	}
	tokens = append([]string{loose}, tokens...)
	out := parts{}
	for part := range slices.Chunk(tokens, apartTokens) {
		out[partName(len(out))] = strings.Join(part, apart)
	}
	return out
}

// running writes tokens one after the other, as they stand in the text.
func running(tokens []string) parts {
	if len(tokens) == 0 {
		return nil
	}
	out := parts{}
	for at := 0; ; at += together - partsOverlap {
		end := min(at+together, len(tokens))
		out[partName(len(out))] = strings.Join(tokens[at:end], " ")
		if end == len(tokens) {
			return out
		}
	}
}

func partName(n int) string {
	return "p" + string([]byte{'0' + byte(n/10), '0' + byte(n%10)})
}

// spelling is what is written of the words of a text: as spelt, and for the
// words that fold to something else the fold.
type spelling struct{ spelt, fold []string }

func spell(words []indexer.Word) spelling {
	var s spelling
	seen := make(map[string]bool, 2*len(words))
	add := func(to *[]string, word string) {
		if token := exact(word); token != "" && !seen[token] {
			seen[token] = true
			*to = append(*to, token)
		}
	}
	for _, w := range words {
		add(&s.spelt, w.Plain)
	}
	clear(seen) // a word may be there in both ways
	for _, w := range words {
		if w.Fold != w.Plain {
			add(&s.fold, w.Fold)
		}
	}
	return s
}

// mistakable are the tokens of words that may be mistyped, in order.
func mistakable(words []indexer.Word) []string {
	tokens := make([]string, 0, len(words))
	for _, w := range words {
		if w.Fold != "" {
			tokens = append(tokens, inexact(w.Fold))
		}
	}
	return tokens
}

func once(tokens []string) []string {
	seen := make(map[string]bool, len(tokens))
	return slices.DeleteFunc(tokens, func(t string) bool {
		dup := seen[t]
		seen[t] = true
		return dup
	})
}

// whole is the token of a customer's whole name, as spelt and folded. It begins
// with a letter of its own that Meilisearch leaves alone.
func whole(name string) (spelt, fold string) {
	spelt, fold = "ŋ", "ŋ"
	between := ""
	for w := range indexer.Words(name) {
		spelt, fold = spelt+between+exact(w.Plain), fold+between+exact(w.Fold)
		between = "0"
	}
	return spelt[:min(len(spelt), maxTokenLength)], fold[:min(len(fold), maxTokenLength)]
}

// ended marks the token of a whole name, which might be the beginning of another:
// no token of a word has these letters.
func ended(whole string) string { return whole + "qa" }

// headOf is the beginning of a whole name, if it is longer than what may not be mistyped.
func headOf(whole string) string {
	if utf8.RuneCountInString(whole) < oneMistake {
		return whole
	}
	return string([]rune(whole)[:oneMistake-1])
}

// headsOf are the tokens of a whole name and of its beginnings: each is looked up
// by itself, as names are many that begin alike.
func headsOf(whole string) []string {
	tokens := []string{ended(whole)}
	head := []rune(headOf(whole))
	for n := 2; n <= len(head); n++ {
		tokens = append(tokens, string(head[:n]))
	}
	return tokens
}

package meili

import (
	"slices"
	"strings"
	"unicode/utf8"

	"samsyn/indexer"
)

// loose marks the tokens of attributes in which spelling mistakes are allowed
// for. No other token begins with it, so that a question says with its words
// which attributes it is put to. It is a letter that Meilisearch leaves alone,
// takes for the same script as those after it, and lets nobody mistype.
const loose = "ø"

// foreign begins the form of a letter beyond ASCII.
const foreign = "qz"

// exact is the token of a word or number that must be there as it is. It is
// ASCII, whatever is folded in Meilisearch does not touch it, and the token of
// a beginning of a word is a beginning of its token.
func exact(word string) string {
	plain := true
	for i := range len(word) {
		plain = plain && word[i] < utf8.RuneSelf
	}
	if plain {
		return word
	}
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

// inexact is the token of a folded word that may be mistyped. Letters that
// cannot be folded to ASCII are left to Meilisearch.
func inexact(fold string) string {
	for i := range len(fold) {
		if fold[i] >= utf8.RuneSelf {
			return fold
		}
	}
	return loose + fold
}

// Bounds of one attribute. Meilisearch keeps 65,536 positions of it, and drops
// what comes after: longer texts go on in a further part. Tokens that stand
// apart take eight positions each; they do in the first part, so that pairs of
// tokens that are no neighbours in any text are not kept as such.
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
	for at := 0; at < len(tokens); {
		n, between := together, " "
		if at == 0 {
			n, between = apartTokens, apart
		}
		end := min(at+n, len(tokens))
		out[partName(len(out))] = strings.Join(tokens[at:end], between)
		at = end
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

// whole is the token of a customer's whole name, or of its beginning, as spelt
// and folded. It begins with a letter of its own that Meilisearch leaves alone.
func whole(name string) (spelt, fold string) {
	spelt, fold = "ŋ", "ŋ"
	between := ""
	for w := range indexer.Words(name) {
		spelt, fold = spelt+between+exact(w.Plain), fold+between+exact(w.Fold)
		between = "0"
	}
	return spelt[:min(len(spelt), maxTokenLength)], fold[:min(len(fold), maxTokenLength)]
}

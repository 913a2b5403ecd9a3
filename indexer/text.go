package indexer

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Word is one word of a text: a run of letters and digits.
type Word struct {
	Start, End int    // bytes in the text
	Plain      string // as spelt: lower case, accents composed (NFC)
	Fold       string // without regard to spelling, see Fold
}

// maxWord bounds a word in bytes. Longer runs, such as encoded data, are known
// by their beginning, in documents and queries alike.
const maxWord = 64

// Words yields the words of a text. Single letters with a stroke or a dot
// between them are one word, so that A/S, A.S. and AS meet.
func Words(text string) iter.Seq[Word] {
	return func(yield func(Word) bool) {
		for at := 0; at < len(text); {
			start, end, raw := rawWord(text, at)
			if start == end {
				return
			}
			plain := spell(raw)
			if !yield(Word{Start: start, End: end, Plain: plain, Fold: Fold(plain)}) {
				return
			}
			at = end
		}
	}
}

// rawWord finds the first word at or after at, as it stands in the text but for
// what is between initials.
func rawWord(text string, at int) (start, end int, raw string) {
	start, end = nextWord(text, at)
	raw = text[start:end]
	if len(raw) <= utf8.UTFMax && utf8.RuneCountInString(raw) == 1 {
		raw, end = initials(text, start, end)
	}
	return start, end, raw
}

// nextWord finds the first run of letters, digits and marks at or after at.
func nextWord(text string, at int) (start, end int) {
	start = -1
	for i := at; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case inWord(r) && start < 0:
			start = i
		case !inWord(r) && start >= 0:
			return start, i
		}
		i += size
	}
	if start < 0 {
		return len(text), len(text)
	}
	return start, len(text)
}

func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r))
}

// initials joins the single letter text[start:end] with those that follow it
// after a stroke or a dot.
func initials(text string, start, end int) (letters string, last int) {
	letters = text[start:end]
	for end < len(text) && (text[end] == '/' || text[end] == '.') {
		s, e := nextWord(text, end+1)
		if s != end+1 || utf8.RuneCountInString(text[s:e]) != 1 {
			break
		}
		letters, end = letters+text[s:e], e
	}
	return letters, end
}

func spell(raw string) string {
	plain := strings.ToLower(raw)
	if !isASCII(plain) {
		plain = norm.NFC.String(plain)
	}
	if len(plain) <= maxWord {
		return plain
	}
	cut := maxWord
	for !utf8.RuneStart(plain[cut]) {
		cut--
	}
	return plain[:cut]
}

// Fold brings the Nordic spellings of a word to one form, so that ødegård,
// odegard, oedegaard and ödegård meet: accents are dropped, and an a swallows
// the a and e after it, an o the e after it. As this goes from left to right,
// the fold of a beginning of a word is a beginning of its fold. The word is
// lower case already; the result is not meant to be read.
func Fold(word string) string {
	if isASCII(word) {
		if !strings.ContainsAny(word, "ao") {
			return word
		}
		return swallow(word)
	}
	b := make([]byte, 0, len(word)+2)
	for _, r := range word {
		switch {
		case r < utf8.RuneSelf:
			b = append(b, byte(unicode.ToLower(r)))
		case r < maxLatin:
			b = append(b, latinFolds[r-utf8.RuneSelf]...)
		default:
			b = append(b, foldRune(r)...)
		}
	}
	return swallow(string(b))
}

// maxLatin is where the Latin letters of Europe end.
const maxLatin = 0x250

var latinFolds = func() (folds [maxLatin - utf8.RuneSelf]string) {
	for r := range rune(len(folds)) {
		folds[r] = foldRune(r + utf8.RuneSelf)
	}
	return folds
}()

// foldRune folds a letter by itself; a mark folds to nothing.
func foldRune(letter rune) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(string(letter)) {
		if unicode.IsMark(r) {
			continue
		}
		if s := letterFold(r); s != "" {
			b.WriteString(s)
		} else {
			b.WriteRune(r)
		}
	}
	return strings.ToLower(b.String())
}

// letterFold is the fold of letters that Unicode does not take apart, or "".
func letterFold(r rune) string {
	switch r {
	case 'æ', 'Æ':
		return "ae"
	case 'ø', 'Ø', 'œ', 'Œ':
		return "oe"
	case 'ß':
		return "ss"
	case 'ð', 'đ':
		return "d"
	case 'þ':
		return "th"
	case 'ł':
		return "l"
	case 'ı':
		return "i"
	}
	return ""
}

func swallow(s string) string {
	i := doubled(s)
	if i < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)), s[:i]...)
	var open byte // the vowel that swallows what follows
	if i > 0 {
		open = s[i-1]
	}
	for ; i < len(s); i++ {
		c := s[i]
		if c == 'e' && (open == 'a' || open == 'o') || c == 'a' && open == 'a' {
			continue
		}
		open = c
		b = append(b, c)
	}
	return string(b)
}

// doubled finds the first letter that a vowel before it swallows, or -1.
func doubled(s string) int {
	for i := 1; i < len(s); i++ {
		if p, c := s[i-1], s[i]; c == 'e' && (p == 'a' || p == 'o') || c == 'a' && p == 'a' {
			return i
		}
	}
	return -1
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func hasDigit(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }

func allDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

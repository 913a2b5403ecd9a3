package link

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold writes text in lower-case ASCII letters, digits and single spaces. The
// spellings of one Nordic letter meet: æ, ä, ae → a; ø, ö, oe → o; å, aa → a.
// Other marks are dropped, & and + end a word.
func Fold(s string) string {
	if !ascii(s) {
		s = norm.NFKD.String(strings.ToLower(s))
	}
	b := make([]byte, 0, len(s))
	space := false
	for _, r := range s {
		if r == '\'' || r == '’' || r == '.' || r > unicode.MaxASCII && unicode.Is(unicode.Mn, r) {
			continue // "å" has become "a" and a ring; dots stand inside abbreviations
		}
		at := len(b)
		if b = spell(b, r); len(b) == at {
			space = at > 0
		} else if space {
			b = slices.Insert(b, at, ' ')
			space = false
		}
	}
	return joinDigraphs(string(b))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}

var digraphs = strings.NewReplacer("ae", "a", "oe", "o", "aa", "a")

func joinDigraphs(s string) string {
	if strings.Contains(s, "ae") || strings.Contains(s, "oe") || strings.Contains(s, "aa") {
		return digraphs.Replace(s)
	}
	return s
}

// spell adds the letters that r is folded to, none if it separates words.
func spell(b []byte, r rune) []byte {
	switch {
	case r >= 'A' && r <= 'Z':
		return append(b, byte(r-'A'+'a'))
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return append(b, byte(r))
	case r == 'æ':
		return append(b, 'a')
	case r == 'ø':
		return append(b, 'o')
	case r == 'ß':
		return append(b, "ss"...)
	case r == 'ð':
		return append(b, 'd')
	case r == 'þ':
		return append(b, "th"...)
	case r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
		return utf8.AppendRune(b, r)
	}
	return b
}

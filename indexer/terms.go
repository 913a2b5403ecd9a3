package indexer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Term is one thing that a query asks for: a word, a phrase or a number.
type Term struct {
	Words   []Word   // all of them must be there
	Phrase  bool     // one after the other, and no mistakes allowed for
	Prefix  bool     // the last word may be unfinished
	Numbers []string // or one of these among Doc.Numbers; the last may be unfinished if Prefix
}

// Typos is how many spelling mistakes the words of the term may have: none in
// phrases and where there are digits.
func (t Term) Typos() int {
	if t.Phrase || len(t.Words) != 1 || hasDigit(t.Words[0].Fold) {
		return 0
	}
	switch n := len([]rune(t.Words[0].Fold)); {
	case n < 4:
		return 0
	case n < 9:
		return 1
	default:
		return 2
	}
}

// maxTerms bounds what a query costs; the words after it are not looked for.
const maxTerms = 24

// Parse takes a query apart. Double quotes make a phrase. Groups of digits,
// and parts that stand together with a digit or an @ among them, are one term
// that is also looked up as a number. Of the address of a page the host counts. The
// last word may be unfinished unless a space or a quote follows it.
func Parse(query string) []Term {
	var terms []Term
	for i, part := range strings.Split(query, `"`) {
		if i%2 == 1 && strings.Count(query, `"`) > i { // between two quotes
			if words := slices.Collect(Words(part)); len(words) > 0 {
				terms = append(terms, Term{Words: words, Phrase: true})
			}
			continue
		}
		terms = append(terms, parseWords(pageAddress.ReplaceAllString(part, "$1$2"))...)
	}
	if n := len(terms); n > 0 && endsInWord(query) {
		terms[n-1].Prefix = true
	}
	return terms[:min(len(terms), maxTerms)]
}

// Split parts the terms that must be there from one that only puts in order: a
// single letter just begun narrows nothing while there are other terms.
func Split(terms []Term) (must []Term, optional *Term) {
	n := len(terms)
	if n < 2 || !terms[n-1].Prefix || len(terms[n-1].Words) != 1 || utf8.RuneCountInString(terms[n-1].Words[0].Plain) != 1 {
		return terms, nil
	}
	return terms[:n-1], &terms[n-1]
}

// pageAddress finds the host in the address of a page or site, as it is copied from a
// browser: scheme, www and path stand in few records.
var pageAddress = regexp.MustCompile(`(?i)(^|\s)(?:https?://(?:www\.)?|www\.)([^\s/?#:]+)\S*`)

func endsInWord(query string) bool {
	last, _ := lastRune(query)
	return inWord(last) || last == '@' || last == '.' || last == '-'
}

func lastRune(s string) (r rune, ok bool) {
	for _, r = range s {
		ok = true
	}
	return r, ok
}

func parseWords(text string) []Term {
	var terms []Term
	words := slices.Collect(Words(text))
	for len(words) > 0 {
		n := numberRun(text, words)
		t := Term{Words: words[:max(n, 1)]}
		if n > 0 {
			t.Numbers = NumberForms(numberText(text, words[0].Start, words[n-1].End))
		}
		terms, words = append(terms, t), words[max(n, 1):]
	}
	return terms
}

// numberRun counts the words at the beginning of words that may be one number
// or address; 0 if the first is a plain word.
func numberRun(text string, words []Word) int {
	n := together(text, words)
	for n < len(words) && continues(text, words, n) {
		n++
	}
	if !strings.ContainsFunc(text[words[0].Start:words[n-1].End], isNumeric) {
		return 0
	}
	return n
}

// continues reports whether words[n] goes on with the number before it, as in
// 923 609 016 or NO 923609016 MVA.
func continues(text string, words []Word, n int) bool {
	before, word := words[n-1], words[n]
	return (hasDigit(before.Plain) || n == 1 && isCountryMark(before.Plain)) &&
		(allDigits(word.Plain) || word.Plain == "mva") &&
		onlyNumberSigns(text[before.End:word.Start])
}

// isCountryMark reports whether the word may stand before an organisation number.
func isCountryMark(word string) bool {
	return word == "no" || word == "se" || word == "dk" || word == "fi"
}

func isNumeric(r rune) bool { return r == '@' || unicode.IsDigit(r) }

// together counts the words at the beginning of words without a space between.
func together(text string, words []Word) int {
	n := 1
	for n < len(words) && !strings.ContainsFunc(text[words[n-1].End:words[n].Start], unicode.IsSpace) {
		n++
	}
	return n
}

func onlyNumberSigns(gap string) bool {
	return len(gap) <= 4 && !strings.ContainsFunc(gap, func(r rune) bool {
		return !unicode.IsSpace(r) && !strings.ContainsRune(".-/()", r)
	})
}

// numberText is a part of a text with the plus sign before it.
func numberText(text string, start, end int) string {
	for start > 0 && strings.IndexByte("+(", text[start-1]) >= 0 {
		start--
	}
	return text[start:end]
}

// NumberForms gives the forms under which a number or address is found: its
// letters and digits in lower case; the digits alone when letters stand only
// around them, as in NO923609016MVA; a telephone number with a Nordic country
// code also without it. Two spellings of one number share a form.
func NumberForms(raw string) []string {
	joined := letters(strings.ReplaceAll(raw, "(0)", ""))
	if joined == "" {
		return nil
	}
	forms := []string{joined}
	if core := strings.TrimFunc(joined, unicode.IsLetter); len(core) >= 6 && core != joined && allDigits(core) {
		forms = append(forms, core)
		if rest, ok := strings.CutSuffix(core, "01"); ok && len(core) == 12 && strings.HasPrefix(joined, "se") {
			forms = append(forms, rest) // Swedish VAT number
		}
	}
	return append(forms, nationalForms(strings.TrimLeft(raw, "( "), joined)...)
}

// minReach is how much of a number or address must be typed to ask whose it is.
const minReach = 5

// Reaches reports whether a query, which Parse took apart, asks for one of the
// numbers or addresses of a cell; the last may be unfinished.
func Reaches(query []Term, cell string) bool {
	forms := CellForms(cell)
	return slices.ContainsFunc(query, func(t Term) bool {
		return slices.ContainsFunc(t.Numbers, func(want string) bool {
			return slices.ContainsFunc(forms, func(form string) bool {
				return form == want || t.Prefix && len(want) >= minReach && strings.HasPrefix(form, want)
			})
		})
	})
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if !inWord(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// nationalForms are a telephone number without its country code, with the 0
// that Sweden and Finland put before it and without.
func nationalForms(raw, joined string) []string {
	digits := joined
	switch {
	case strings.HasPrefix(raw, "+"):
	case strings.HasPrefix(digits, "00"):
		digits = digits[2:]
	default:
		return nil
	}
	for _, code := range []string{"47", "45", "46", "358"} {
		rest, ok := strings.CutPrefix(digits, code)
		if !ok || len(rest) < 5 {
			continue
		}
		forms := []string{rest}
		if digits != joined {
			forms = append(forms, digits)
		}
		if code == "46" || code == "358" {
			forms = append(forms, "0"+rest)
		}
		return forms
	}
	return nil
}

// numbersIn finds the numbers that a text writes in groups: 923 609 016,
// +47 22 86 44 00. Others are words already.
func numbersIn(text string) []string {
	var found []string
	for at := 0; at < len(text); {
		start, end, groups := digitGroups(text, at)
		if groups > 1 {
			if raw := numberText(text, start, end); len(letters(raw)) <= 15 {
				found = append(found, NumberForms(raw)...)
			}
		}
		at = end
	}
	return found
}

// digitGroups finds the next word at or after at that is all digits, and counts
// it with the groups of digits that follow with one sign between them.
func digitGroups(text string, at int) (start, end, groups int) {
	start, end, raw := rawWord(text, at)
	for start < end && !allDigits(raw) {
		start, end, raw = rawWord(text, end)
	}
	if start == end {
		return start, len(text), 0
	}
	for groups = 1; ; groups++ {
		s, e, raw := rawWord(text, end)
		if s == e || !allDigits(raw) || !oneSign(text[end:s]) {
			return start, end, groups
		}
		end = e
	}
}

func oneSign(gap string) bool {
	return gap == " " || gap == "-" || gap == "." || gap == "\u00a0" || gap == "\u202f" || gap == ") " || gap == " ("
}

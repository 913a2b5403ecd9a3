package link

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Name is the name of a company taken apart.
type Name struct {
	Words []string            // folded, without legal form and branch
	Form  string              // folded legal form, "" if it bears none
	Cut   map[string][]string // words written short with dots → their pieces: "nmoen" ("N.moen") → "n", "moen"
}

// Key is the name as a key: the folded words written together, so that
// "Fjordvik Bygg" and "Fjordvikbygg" meet.
func (n Name) Key() string { return strings.Join(n.Words, "") }

// stem is what abbreviation, truncation and most typing errors leave of a name:
// its first word and the initials of the others; "" for a single word.
func (n Name) stem() string {
	if len(n.Words) < 2 || len(n.Words[0]) < 4 {
		return ""
	}
	s := n.Words[0]
	for _, w := range n.Words[1:] {
		s += " " + w[:1]
	}
	return s
}

// ParseName folds a name and takes off its legal form, its branch ("avd. Oslo",
// "- Bergen" after the form, "(Malmö)", "v/ Kari Hansen") and notes in brackets.
// Nothing is taken off that would leave no word.
func ParseName(raw string) Name {
	s := norm.NFKC.String(raw)
	s = gluedBefore.ReplaceAllString(gluedBehind.ReplaceAllString(s, "$1 $2"), "$1 $2")
	s = strings.ToLower(withoutCutForm(s))
	s = cut(remarkForm.ReplaceAllString(s, ""), s)
	s = cut(branchForm.ReplaceAllString(brackets.ReplaceAllString(s, " "), " "), s)
	s = slashForms.Replace(" " + s + " ")
	for _, at := range afterForm.FindAllStringSubmatchIndex(s, -1) {
		if form := Fold(s[at[2]:at[3]]); legalForms[form] != "" && !misread(s[at[2]:at[3]], form) && len(strings.Fields(Fold(s[:at[2]]))) > 0 {
			s = s[:at[3]]
			break
		}
	}
	if m := afterComma.FindStringSubmatch(s); m != nil && !strings.Contains(m[1], ",") && !endsInForm(s) {
		s = m[1]
	}
	words := slices.DeleteFunc(wordsOf(s), func(w string) bool { return joiners[w] })
	for i, w := range words {
		words[i] = cmp.Or(longForms[w], w)
	}
	if i := slices.IndexFunc(words, func(w string) bool { return municipal[w] }); i > 0 {
		words = words[:i+1] // what follows is one of its departments
	}
	n := stripForm(words)
	for i, w := range n.Words {
		n.Words[i] = strings.TrimSuffix(w, noForm)
	}
	n.Cut = cutWords(s)
	return n
}

// writtenWords is how many words a name in running text may have, writtenIn in how
// many bytes of a line it is looked for, as it was when it was read.
const (
	writtenWords = 6
	writtenIn    = 2000
)

// Written finds in a line the shortest run of words that is the name of the key,
// as it is written there; "" if there is none.
func Written(line, key string) string {
	words := strings.Fields(line[:min(len(line), writtenIn)])
	for n := 1; n <= min(len(words), writtenWords); n++ {
		for i := range len(words) - n + 1 {
			run := strings.Trim(strings.Join(words[i:i+n], " "), `.,:;!?()[]"«»“”`)
			if ParseName(run).Key() == key {
				return run
			}
		}
	}
	return ""
}

// withoutCutForm takes off the first letter of a legal form of which the width of a
// field has cut the rest: "Solberg & Sønner Tannklinikk A" has 30 characters.
func withoutCutForm(s string) string {
	s = strings.TrimSpace(s)
	if !fieldWidths[utf8.RuneCountInString(s)] {
		return s
	}
	return cutForm.ReplaceAllString(s, "")
}

// cutWords finds the words that a dot cuts short: "N.moen", "Verkst.".
func cutWords(s string) (found map[string][]string) {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '-' || r == '&' || r == '+' }) {
		if !strings.Contains(word, ".") {
			continue
		}
		var pieces []string
		for piece := range strings.SplitSeq(word, ".") {
			pieces = append(pieces, strings.ReplaceAll(Fold(piece), " ", ""))
		}
		if whole := strings.Join(pieces, ""); whole != "" {
			if found == nil {
				found = map[string][]string{}
			}
			found[whole] = pieces
		}
	}
	return found
}

func endsInForm(s string) bool {
	words := wordsOf(s)
	return len(words) > 0 && legalForms[words[len(words)-1]] != ""
}

// noForm marks a folded word that looks like a legal form and is none.
const noForm = "\x00"

// wordsOf folds the words of a name, and marks those that are no legal form
// though they fold to one.
func wordsOf(s string) []string {
	words := strings.Fields(Fold(s))
	if ascii(s) && joinDigraphs(s) == s {
		return words
	}
	spelt := strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '\'' && r != '’'
	})
	if len(spelt) != len(words) {
		return words
	}
	for i, w := range words {
		if misread(spelt[i], w) {
			words[i] += noForm
		}
	}
	return words
}

// misread reports whether a word folds to a short legal form and is spelt otherwise:
// Ås and Aas are places and surnames, Åsa is a first name, Øy an island.
func misread(spelt, folded string) bool {
	return len(folded) <= 3 && legalForms[folded] != "" && unpointed.Replace(spelt) != folded
}

var unpointed = strings.NewReplacer(".", "", "'", "", "’", "", "/", "", ":", "")

// tail is what a typing error or abbreviation in the first word leaves of a
// name: its initial and the other words; "" for a single word.
func (n Name) tail() string {
	if len(n.Words) < 2 {
		return ""
	}
	rest := strings.Join(n.Words[1:], "")
	if len(rest) < 4 {
		return ""
	}
	return n.Words[0][:1] + " " + rest
}

// initials is the acronym of a name of several words, and a name that is an
// acronym itself.
func (n Name) initials() string {
	if n.acronym() {
		return n.Words[0]
	}
	if len(n.Words) < 3 {
		return ""
	}
	var s strings.Builder
	for _, w := range n.Words {
		s.WriteByte(w[0])
	}
	return s.String()
}

// acronym reports whether a name is but a few letters.
func (n Name) acronym() bool {
	return len(n.Words) == 1 && len(n.Words[0]) >= 2 && len(n.Words[0]) <= 5
}

// cut returns s unless nothing would be left of it.
func cut(s, whole string) string {
	if strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) == "" {
		return whole
	}
	return s
}

var (
	brackets = regexp.MustCompile(`\([^)]*\)?|\[[^\]]*\]`)
	// remarkForm is what ledgers write behind a name.
	remarkForm = regexp.MustCompile(`\s+[-–]\s*(?:kontant|kontantkunde|kontantkund|kreditt|kredit|sperret|sperra|spärrad|spærret|utgått|udgået|inaktiv|inactive|ny|nytt|test)\s*$`)
	branchForm = regexp.MustCompile(`(?:[ ,\-–]+(?:avd|avd\.|avdeling|avdelning|afd|afd\.|afdeling|filial|filialen|toimipiste)[ .:].*$)|(?:\s(?:v/|c/o|att:|att\.).*$)`)
	// afterForm is a word that a dash or comma sets apart from what follows.
	// afterComma is a single word, a town, behind a name of several words.
	afterComma = regexp.MustCompile(`^(.*\pL.*[ ].*\pL.*?)\s*,\s*[\pL-]{3,}\s*$`)
	afterForm  = regexp.MustCompile(`[ ]([\pL./:]{2,12})(?:\s+[-–]\s*|\s*,\s*|\s*[-–]\s+)`)
	slashForms = strings.NewReplacer(" a/s ", " as ", " a.s. ", " as ", " a.s ", " as ", " a/s,", " as,", " i/s ", " is ", " k/s ", " ks ", " p/s ", " ps ",
		" t:mi ", " tmi ", " d.a. ", " da ", " a.b. ", " ab ", " o.y. ", " oy ")
	// gluedBefore and gluedBehind are legal forms without a space beside them:
	// "ASKaldland Marine".
	gluedBefore = regexp.MustCompile(`^(A/S|AS|AB|OY|Oy)(\p{Lu}\p{Ll}{3})`)
	gluedBehind = regexp.MustCompile(`(\p{Ll}{4})(A/S|ASA|AS|AB|ApS|OY)$`)
	cutForm     = regexp.MustCompile(` (?:A|O|a|o|A/|Ap|ap|AP)$`)
	fieldWidths = map[int]bool{20: true, 24: true, 25: true, 30: true, 32: true, 35: true, 40: true}
	joiners     = map[string]bool{"og": true, "och": true, "ja": true, "and": true, "und": true}
)

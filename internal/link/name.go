package link

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Name is the name of a company taken apart.
type Name struct {
	Words []string // folded, without legal form and branch
	Form  string   // folded legal form, "" if it bears none
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
	s := strings.ToLower(norm.NFKC.String(raw))
	s = cut(branchForm.ReplaceAllString(brackets.ReplaceAllString(s, " "), " "), s)
	s = slashForms.Replace(" " + s + " ")
	for _, at := range afterForm.FindAllStringSubmatchIndex(s, -1) {
		if form := Fold(s[at[2]:at[3]]); legalForms[form] != "" && len(strings.Fields(Fold(s[:at[2]]))) > 0 {
			s = s[:at[3]]
			break
		}
	}
	words := slices.DeleteFunc(strings.Fields(Fold(s)), func(w string) bool { return joiners[w] })
	return stripForm(words)
}

// cut returns s unless nothing would be left of it.
func cut(s, whole string) string {
	if strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) == "" {
		return whole
	}
	return s
}

var (
	brackets   = regexp.MustCompile(`\([^)]*\)?|\[[^\]]*\]`)
	branchForm = regexp.MustCompile(`(?:[ ,\-–]+(?:avd|avd\.|avdeling|avdelning|afd|afd\.|afdeling|filial|filialen|toimipiste)[ .:].*$)|(?:\s(?:v/|c/o|att:|att\.).*$)`)
	// afterForm is a word that a dash or comma sets apart from what follows.
	afterForm  = regexp.MustCompile(`[ ]([\pL./:]{2,12})(?:\s+[-–]\s*|\s*,\s*|\s*[-–]\s+)`)
	slashForms = strings.NewReplacer(" a/s ", " as ", " a.s. ", " as ", " a.s ", " as ", " a/s,", " as,", " i/s ", " is ", " k/s ", " ks ", " p/s ", " ps ",
		" t:mi ", " tmi ", " d.a. ", " da ", " a.b. ", " ab ", " o.y. ", " oy ")
	joiners = map[string]bool{"og": true, "och": true, "ja": true, "and": true, "und": true}
)

// legalForms maps a folded legal form to the country it points to, or "-" where
// it exists in several.
var legalForms = map[string]string{
	"as": "-", "asa": "NO", "enk": "NO", "ans": "NO", "da": "NO", "sa": "NO", "ba": "NO", "nuf": "NO", "sf": "NO", "kf": "NO", "iks": "NO", "brl": "NO",
	"stiftelse": "-", "stiftelsen": "-", "borettslag": "NO", "sameie": "NO", "sameiet": "NO", "ks": "-",
	"ab": "-", "hb": "SE", "kb": "-", "aktiebolag": "SE", "handelsbolag": "SE", "publ": "SE",
	"aps": "DK", "is": "DK", "ps": "DK", "amba": "DK", "ivs": "DK", "fmba": "DK",
	"oy": "FI", "oyj": "FI", "abp": "FI", "ky": "FI", "ay": "FI", "tmi": "FI", "osk": "FI", "ry": "FI", "rf": "FI",
	"ltd": "-", "gmbh": "-", "inc": "-",
}

// keptForms name a kind of body and stay in the name: dropping them would make
// a housing co-operative equal to a firm of its name.
var keptForms = map[string]bool{"borettslag": true, "sameie": true, "sameiet": true, "stiftelse": true, "stiftelsen": true, "brl": true}

func stripForm(words []string) Name {
	var n Name
	isForm := func(w string) bool { return legalForms[w] != "" && !keptForms[w] }
	note := func(w string) {
		if n.Form == "" || w == "oy" {
			n.Form = w
		}
	}
	end := len(words)
	for end > 1 && isForm(words[end-1]) {
		end--
		note(words[end])
	}
	start := 0
	for start < end-1 && isForm(words[start]) {
		note(words[start])
		start++
	}
	for _, w := range words[start:end] {
		if keptForms[w] && n.Form == "" {
			n.Form = w
		}
	}
	n.Words = words[start:end]
	return n
}

// Fold writes text in lower-case ASCII letters, digits and single spaces. The
// spellings of one Nordic letter meet: æ, ä, ae → a; ø, ö, oe → o; å, aa → a.
// Other marks are dropped, & and + end a word.
func Fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		if unicode.Is(unicode.Mn, r) || r == '\'' || r == '’' || r == '.' {
			continue // "å" has become "a" and a ring; dots stand inside abbreviations
		}
		letters := spelt(r)
		if letters == "" {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteString(letters)
	}
	return digraphs.Replace(b.String())
}

var digraphs = strings.NewReplacer("ae", "a", "oe", "o", "aa", "a")

func spelt(r rune) string {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return string(r)
	case r == 'æ':
		return "a"
	case r == 'ø':
		return "o"
	case r == 'ß':
		return "ss"
	case r == 'ð':
		return "d"
	case r == 'þ':
		return "th"
	case r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
		return string(r)
	}
	return ""
}

// Country is the country that the legal form points to, "" if it does not.
func (n Name) Country() string {
	if c := legalForms[n.Form]; c != "-" {
		return c
	}
	return ""
}

// Alike tells how alike two names are, from 0 to 1 (equal words). Names that
// differ in a number, a direction, a land or a generic part such as Holding
// differ on purpose: they are told apart.
func (n Name) Alike(o Name) (dice float64, apart bool) {
	a, b := n.Key(), o.Key()
	if a == b {
		return 1, n.Form != "" && o.Form != "" && n.Form != o.Form && formsDiffer(n.Form, o.Form)
	}
	// Registers and old systems cut names off at 30 characters or so.
	if long, short := max(len(a), len(b)), min(len(a), len(b)); short >= 20 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) && long-short < 30 {
		return .9, tellApart(n.Words, o.Words)
	}
	if abbreviates(n.Words, o.Words) {
		return .9, tellApart(n.Words, o.Words)
	}
	return diceOf(a, b), tellApart(n.Words, o.Words)
}

// abbreviates reports whether the names agree word by word, some words cut
// short: "Granmoen Verkst." and "Granmoen Verksted".
func abbreviates(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	whole := false
	for i := range a {
		if !strings.HasPrefix(a[i], b[i]) && !strings.HasPrefix(b[i], a[i]) {
			return false
		}
		whole = whole || a[i] == b[i] && len(a[i]) >= 4
	}
	return whole
}

func formsDiffer(a, b string) bool {
	ca, cb := legalForms[a], legalForms[b]
	return keptForms[a] != keptForms[b] || ca != cb || ca == "-"
}

// tellApart reports whether the words that only one of the names has are of the
// sort that distinguishes sister companies.
func tellApart(a, b []string) bool {
	for _, pair := range [][2][]string{{a, b}, {b, a}} {
		for _, w := range pair[0] {
			if (distinguishing[w] || isNumber(w)) && !slices.Contains(pair[1], w) {
				return true
			}
		}
	}
	return false
}

func isNumber(w string) bool {
	return strings.Trim(w, "0123456789") == "" || strings.Trim(w, "iv") == ""
}

var distinguishing = wordSet(`nord sor syd vest ost aust norr soder vaster oster pohjoinen etela ita lansi ny gamle
		norge norway sverige sweden danmark denmark suomi finland norden nordic scandinavia
		holding invest eiendom eiendommer fastighet fastigheter ejendomme kiinteisto drift gruppen group konsern service
		regnskap transport eksport import utleie handel borettslag sameie sameiet stiftelse stiftelsen`)

// diceOf is the Sørensen–Dice coefficient of the letter pairs of two strings.
func diceOf(a, b string) float64 {
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	pairs := make(map[string]int, len(a))
	for i := range len(a) - 1 {
		pairs[a[i:i+2]]++
	}
	common := 0
	for i := range len(b) - 1 {
		if pairs[b[i:i+2]] > 0 {
			pairs[b[i:i+2]]--
			common++
		}
	}
	return 2 * float64(common) / float64(len(a)+len(b)-2)
}

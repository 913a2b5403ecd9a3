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
	s := strings.ToLower(norm.NFKC.String(raw))
	s = cut(remarkForm.ReplaceAllString(s, ""), s)
	s = cut(branchForm.ReplaceAllString(brackets.ReplaceAllString(s, " "), " "), s)
	s = slashForms.Replace(" " + s + " ")
	for _, at := range afterForm.FindAllStringSubmatchIndex(s, -1) {
		if form := Fold(s[at[2]:at[3]]); legalForms[form] != "" && len(strings.Fields(Fold(s[:at[2]]))) > 0 {
			s = s[:at[3]]
			break
		}
	}
	if m := afterComma.FindStringSubmatch(s); m != nil && !strings.Contains(m[1], ",") && legalForms[lastWord(s)] == "" {
		s = m[1]
	}
	words := slices.DeleteFunc(strings.Fields(Fold(s)), func(w string) bool { return joiners[w] })
	for i, w := range words {
		words[i] = cmp.Or(longForms[w], w)
	}
	if i := slices.IndexFunc(words, func(w string) bool { return municipal[w] }); i > 0 {
		words = words[:i+1] // what follows is one of its departments
	}
	n := stripForm(words)
	n.Cut = cutWords(s)
	return n
}

func lastWord(s string) string {
	words := strings.Fields(Fold(s))
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// longForms are kept forms by their abbreviations, and the usual abbreviations of
// forms that are dropped.
var longForms = map[string]string{"aktiebolag": "ab", "aktiebolaget": "ab", "aksjeselskap": "as", "aktieselskab": "as", "anpartsselskab": "aps", "osakeyhtio": "oy", "handelsbolag": "hb",
	"kommanditbolag": "kb", "enkeltpersonforetak": "enk", "enkeltpersonsforetak": "enk", "limited": "ltd",
	"brl": "borettslag", "brf": "bostadsrattsforening", "stift": "stiftelsen"}

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

// abbreviated reports whether one name is an acronym and may be that of the
// other; fits, that the letters agree. Joining words may count as letters.
func abbreviated(a, b Name) (may, fits bool) {
	if !a.acronym() {
		a, b = b, a
	}
	if !a.acronym() || len(b.Words) < 2 {
		return false, false
	}
	short, long := a.Words[0], b.initials()
	if len(long) == 0 {
		return true, false
	}
	return true, short == long || len(short) == len(long)+1 && strings.HasPrefix(short, long[:1]) && strings.HasSuffix(short, long[len(long)-1:]) && subsequence(long, short)
}

func subsequence(short, long string) bool {
	for i := 0; i < len(long) && short != ""; i++ {
		if long[i] == short[0] {
			short = short[1:]
		}
	}
	return short == ""
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
	joiners = map[string]bool{"og": true, "och": true, "ja": true, "and": true, "und": true}
)

// legalForms maps a folded legal form to the country it points to, or "-" where
// it exists in several.
var legalForms = map[string]string{
	"as": "-", "asa": "NO", "enk": "NO", "ans": "NO", "da": "NO", "sa": "NO", "ba": "NO", "nuf": "NO", "sf": "NO", "kf": "NO", "iks": "NO", "brl": "NO",
	"stiftelse": "-", "stiftelsen": "-", "borettslag": "NO", "sameie": "NO", "sameiet": "NO", "ks": "-",
	"ab": "-", "hb": "SE", "kb": "-", "publ": "SE",
	"aps": "DK", "is": "DK", "ps": "DK", "amba": "DK", "ivs": "DK", "fmba": "DK",
	"oy": "FI", "oyj": "FI", "abp": "FI", "ky": "FI", "ay": "FI", "tmi": "FI", "osk": "FI", "ry": "FI", "rf": "FI",
	"ltd": "-", "gmbh": "-", "inc": "-",
	"kommune": "-", "kommun": "-", "kommunen": "-", "fylkeskommune": "NO", "kaupunki": "FI", "kunta": "FI",
}

// municipal are words for public bodies, after which their departments are named.
var municipal = wordSet("kommune kommun kommunen fylkeskommune kaupunki kunta")

// keptForms name a kind of body and stay in the name: dropping them would make
// a housing co-operative equal to a firm of its name.
var keptForms = map[string]bool{"borettslag": true, "sameie": true, "sameiet": true, "stiftelse": true, "stiftelsen": true, "brl": true,
	"kommune": true, "kommun": true, "kommunen": true, "fylkeskommune": true, "kaupunki": true, "kunta": true}

// managedBodies are owned by those who live there, and run by a manager who runs
// others, too.
var managedBodies = wordSet("borettslag sameie sameiet bostadsrattsforening samfallighet samfallighetsforening ejerforening ejerlejlighedsforening andelsboligforening andelsforening taloyhtio velforening vel")

// managed reports whether the name is that of a body that others manage.
func (n Name) managed() bool {
	return slices.ContainsFunc(n.Words, func(w string) bool { return managedBodies[w] })
}

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
		return .9, tellApart(n, o)
	}
	if abbreviates(n, o) {
		return .9, tellApart(n, o)
	}
	return diceOf(a, b), tellApart(n, o) || sisters(n, o)
}

// sisters reports whether two names share a word and each has another besides
// that is no spelling of one of the other's: Havlund Drift and Havlund Teknikk.
// A name and its variant differ by typing errors, or on one side only.
func sisters(n, o Name) bool {
	common := slices.ContainsFunc(n.Words, func(w string) bool {
		return len(w) >= 4 && slices.ContainsFunc(o.Words, func(x string) bool { return w == x || len(w) >= 7 && withinOne(w, x) })
	})
	return common && n.hasBeyond(o) && o.hasBeyond(n)
}

// slip reports whether the names are equal but for one typing error inside one
// word: a letter doubled or dropped, or swapped with its neighbour. Another letter, or
// one more at the end, makes another name: Lund and Lunde, Solvik and Solvin.
func slip(n, o Name) bool {
	if len(n.Words) != len(o.Words) || len(n.Key()) < 10 {
		return false
	}
	slips := 0
	for i, w := range n.Words {
		x := o.Words[i]
		if w == x {
			continue
		}
		framed := w[0] == x[0] && w[len(w)-1] == x[len(x)-1]
		if slips++; slips > 1 || min(len(w), len(x)) < 5 || !withinOne(w, x) || len(w) != len(x) && !framed || len(w) == len(x) && !anagrams(w, x) {
			return false
		}
	}
	return slips == 1
}

func anagrams(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return string(x) == string(y)
}

// hasBeyond reports whether the name has a word that none of o's may spell.
func (n Name) hasBeyond(o Name) bool {
	return slices.ContainsFunc(n.Words, func(w string) bool {
		return !slices.ContainsFunc(o.Words, func(x string) bool {
			return w == x || len(w) >= 4 && len(x) >= 4 && (withinOne(w, x) || len(w) >= 7 && diceOf(w, x) >= .7) || dropped(w, x) ||
				strings.HasPrefix(w, x) || strings.HasPrefix(x, w) || shortens(n.Cut[w], x) || shortens(o.Cut[x], w)
		})
	})
}

// dropped reports whether one of two short words lacks a letter within that the other has.
func dropped(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 3 && len(b) == len(a)+1 && a[0] == b[0] && a[len(a)-1] == b[len(b)-1] && withinOne(a, b)
}

// abbreviates reports whether the names agree word by word, some words cut
// short: "Granmoen Verkst." and "Granmoen Verksted".
func abbreviates(n, o Name) bool {
	a, b := n.Words, o.Words
	if len(a) != len(b) {
		return false
	}
	whole := false
	for i := range a {
		if !strings.HasPrefix(a[i], b[i]) && !strings.HasPrefix(b[i], a[i]) && !shortens(n.Cut[a[i]], b[i]) && !shortens(o.Cut[b[i]], a[i]) {
			return false
		}
		whole = whole || a[i] == b[i] && len(a[i]) >= 4
	}
	return whole
}

// shortens reports whether the pieces stand at the start and at the end of a word.
func shortens(pieces []string, word string) bool {
	if len(pieces) != 2 || pieces[0] == "" {
		return false
	}
	return len(word) > len(pieces[0])+len(pieces[1]) && strings.HasPrefix(word, pieces[0]) && strings.HasSuffix(word, pieces[1])
}

// alikeForms are forms that one company is written with in turn: public and
// private, in either language of Finland, and what a housing co-operative is called.
var alikeForms = map[string]string{"asa": "as", "abp": "ab", "publ": "ab", "oy": "ab", "oyj": "ab", "brl": "borettslag", "sameiet": "sameie", "stiftelsen": "stiftelse", "kommun": "kommune", "kommunen": "kommune"}

func formsDiffer(a, b string) bool {
	if a == "sa" && b == "as" || a == "as" && b == "sa" {
		return false // two letters swapped, more often than a co-operative of a company's name
	}
	return cmp.Or(alikeForms[a], a) != cmp.Or(alikeForms[b], b)
}

// tellApart reports whether the words that only one of the names has are of the
// sort that distinguishes sister companies.
func tellApart(a, b Name) bool {
	for _, pair := range [][2]Name{{a, b}, {b, a}} {
		for _, w := range pair[0].Words {
			if (distinguishing[w] || isNumber(w)) && !slices.ContainsFunc(pair[1].Words, func(o string) bool { return o == w || mistyped(w, o) || pair[1].cutsShort(o, w) }) {
				return true
			}
		}
	}
	return false
}

// cutsShort reports whether the name writes the distinguishing word w as o, with a
// dot behind it: "Transp." for "Transport".
func (n Name) cutsShort(o, w string) bool {
	_, dotted := n.Cut[o]
	return dotted && len(o) >= 3 && len(o) < len(w) && !distinguishing[o] && !isNumber(w) && strings.HasPrefix(w, o)
}

// mistyped reports whether o is the distinguishing word w with one letter wrong,
// doubled, left out or swapped, and no such word itself. Directions of three
// letters are too short but for a doubled one.
func mistyped(w, o string) bool {
	if isNumber(w) || distinguishing[o] || isNumber(o) || w[0] != o[0] || len(w) < 3 {
		return false
	}
	return withinOne(w, o) && (len(w) > 3 || len(o) > len(w))
}

// withinOne reports whether two words differ by one letter inserted, dropped or
// replaced, or by two neighbours swapped.
func withinOne(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) || a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
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

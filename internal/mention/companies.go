package mention

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Companies finds the names that bear a legal form: the capitalised words before
// it, and, as forms also stand first, the two or more behind it.
func Companies(line string) []string {
	if !holdsForm(line) {
		return nil
	}
	words := strings.Fields(line)
	var out []string
	for i, w := range words {
		if !isForm(w) {
			continue
		}
		if start := nameStart(words, i); start < i {
			out = append(out, joinName(words[start:i+1]))
		}
		if end := nameEnd(words, i); end-i > 2 && strings.ToUpper(w) == w {
			out = append(out, joinName(words[i:end]))
		}
	}
	return out
}

// nameStart returns where the name begins that ends in the form at i.
func nameStart(words []string, i int) int {
	start := i
	for start > 0 && i-start < 7 && nameWord(words[start-1]) {
		start--
	}
	for start < i && (connector(words[start]) || slices.Contains(greetings, strings.ToLower(words[start]))) {
		start++
	}
	return start
}

// nameEnd returns where the name ends that begins with the form at i.
func nameEnd(words []string, i int) int {
	end := i + 1
	for end < len(words) && end-i < 7 && !endsClause(words[end-1]) && startsName(words[end]) {
		end++
	}
	for end > i+1 && connector(words[end-1]) {
		end--
	}
	return end
}

func joinName(words []string) string {
	return strings.Trim(strings.Join(words, " "), ",.;:!?()|\"' ")
}

// greetings stand before a name at the start of a line without being part of it.
var greetings = strings.Fields("hei hej hi hello kjære kære dear til till to fra från from for för hos c/o att att. at om med ved " +
	"kan can har have er är is skal ska vil will vi we jeg jag i det den the vår our ny nytt new og och and når när when på av af " +
	"vedr vedr. vedrørende angående regarding re sv vs fwd kun onko voiko")

func holdsForm(line string) bool {
	for w := range strings.FieldsSeq(line) {
		if isForm(w) {
			return true
		}
	}
	return false
}

func isForm(w string) bool {
	if len(w) < 2 || len(w) > 30 {
		return false
	}
	if legalForms.has(w) {
		return true
	}
	first, last := w[0], w[len(w)-1]
	return (first < 'A' || last < 'A') && legalForms.has(strings.Trim(w, ",.;:!?()\"'"))
}

// nameWord reports whether a word may stand in a company's name and before another.
func nameWord(w string) bool { return !endsClause(w) && startsName(w) }

func startsName(w string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(w, "\"'(«”"))
	return unicode.IsUpper(r) || unicode.IsDigit(r) || connector(w)
}

func connector(w string) bool {
	return slices.Contains([]string{"&", "+", "og", "och", "ja", "and", "-"}, w)
}

func endsClause(w string) bool {
	return strings.HasSuffix(w, ",") || strings.HasSuffix(w, ":") || strings.HasSuffix(w, ";") || strings.HasSuffix(w, ".") || w == "|"
}

// legalForms are written as here; companies in other spellings are found by
// their numbers and addresses.
var legalForms = formsOf(
	"AS", "A/S", "A.S.", "ASA", "AB", "ABP", "Abp", "Ab", "ApS", "APS", "Aps", "OY", "Oy", "OYJ", "Oyj", "ANS", "DA", "SA", "BA",
	"NUF", "ENK", "KB", "HB", "I/S", "K/S", "P/S", "KS", "IKS", "KF", "Ky", "KY", "Ay", "Tmi", "TMI", "T:mi", "GmbH", "AG", "Ltd",
	"Ltd.", "Limited", "Inc", "Inc.", "LLC", "BRL", "brl", "AMBA", "amba", "kommune", "Kommune", "kommun", "Kommun",
	"fylkeskommune", "borettslag", "Borettslag", "sameie", "Sameie", "Stiftelsen", "bostadsrättsförening",
)

// forms is a set of words that is asked about every word of a mail: the shapes,
// bits for the lengths in bytes by the first one, answer for most of them.
type forms struct {
	words  map[string]bool
	shapes [256]uint32
}

func formsOf(words ...string) *forms {
	f := &forms{words: make(map[string]bool, len(words))}
	for _, w := range words {
		f.words[w] = true
		f.shapes[w[0]] |= 1 << len(w)
	}
	return f
}

func (f *forms) has(w string) bool {
	return w != "" && f.shapes[w[0]]&(1<<len(w)) != 0 && f.words[w]
}

package mail

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"samsyn/internal/hub"
	"samsyn/internal/mention"
)

// lineKind says what a line of fresh text is.
type lineKind int

const (
	proseLine  lineKind = iota
	headLine            // of the header of a forwarded mail
	signLine            // of a signature
	personLine          // of a signature: the sender's name
	firmLine            // of a signature: the sender's company, though it bears no legal form
)

// maxSignature is how many lines a signature has at most.
const maxSignature = 15

// kindsOf tells the kinds of the first lines of a letter, at most n.
func kindsOf(l letter, n int) []lineKind {
	kinds := make([]lineKind, min(len(l.fresh), n))
	head, start := false, -1 // start of the signature we are in
	finish := func(end int) {
		if start >= 0 {
			markSigner(l.fresh[start:end], kinds[start:end])
		}
		start = -1
	}
	for i := range kinds {
		line := l.fresh[i]
		if slices.Contains(l.inner, i) {
			finish(i)
			head = true
		}
		if label, _ := cutLabel(line); head && label != "" {
			kinds[i] = headLine
			continue
		}
		head = false
		if start >= 0 && (i-start > maxSignature || len(line) > 120) {
			finish(i)
		}
		if opensSignature(line) {
			finish(i)
			start = i
		}
		if start >= 0 {
			kinds[i] = signLine
		}
	}
	finish(len(kinds))
	return kinds
}

// opensSignature reports whether a line is "--" or says goodbye.
func opensSignature(line string) bool {
	line = strings.TrimSpace(line)
	if line == "--" || line == "—" {
		return true
	}
	return len(line) <= 60 && closings.begin(line, endsWord)
}

// markSigner finds the sender's name and company among the lines of a signature
// that stand before the first line with a number or an address.
func markSigner(lines []string, kinds []lineKind) {
	person, firm := -1, -1
	for i, line := range lines[1:] {
		i++
		if line == "" && person < 0 {
			continue
		}
		if line == "" || strings.ContainsAny(line, "0123456789@:|/") || strings.Contains(line, "www.") || len(line) > 60 {
			break
		}
		switch {
		case person < 0 && firm < 0 && isPerson(line):
			person = i
		case person < 0:
			return
		case !isTitle(line):
			firm = i
		}
	}
	if person >= 0 {
		kinds[person] = personLine
	}
	if firm >= 0 && !slices.ContainsFunc(lines, func(s string) bool { return len(mention.Companies(s)) > 0 }) {
		kinds[firm] = firmLine
	}
}

// isPerson reports whether a line is two to four capitalised words.
func isPerson(line string) bool {
	words := strings.Fields(line)
	if len(words) < 2 || len(words) > 4 || len(mention.Companies(line)) > 0 {
		return false
	}
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsUpper(r) && !oneOf(w, []string{"von", "van", "av", "af", "de", "der"}) {
			return false
		}
	}
	return true
}

func isTitle(line string) bool {
	line = strings.ToLower(strings.TrimRight(line, ".,"))
	for _, end := range titleEnds {
		if strings.HasSuffix(line, end) {
			return true
		}
	}
	return false
}

// formField reads "Navn: Kari Lie", a line of a form on a web site.
func formField(line string) (kind, value string) {
	i := strings.IndexByte(line[:min(len(line), maxLabel)], ':')
	if i <= 0 {
		return "", ""
	}
	kind = formLabels[strings.ToLower(strings.Trim(line[:i], "* \t-"))]
	value = strings.Trim(line[i+1:], "* \t")
	if kind == "" || value == "" || kind == hub.IdentEmail && !strings.Contains(value, "@") {
		return "", ""
	}
	return kind, value
}

// isWebForm reports whether the lines are those that a web form sends: a name and
// a way to answer it, each behind its label.
func isWebForm(lines []string) bool {
	name, answer := false, false
	for _, l := range lines[:min(len(lines), 200)] {
		switch kind, _ := formField(l); kind {
		case hub.IdentPerson, hub.IdentName:
			name = true
		case hub.IdentEmail, hub.IdentOrgNo:
			answer = true
		}
	}
	return name && answer
}

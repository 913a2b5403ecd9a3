// Package personal finds the personal numbers of the Nordic countries and masks
// them. They must neither be stored nor searchable, so everything that is read
// passes through here before it becomes a content.
//
//	Sweden   YYMMDD-NNNN   personnummer and samordningsnummer (SFS 1991:481, SKV 704)
//	Norway   DDMMYY NNNNN  fødselsnummer, D-nummer and the test numbers (skatteetaten.no)
//	Denmark  DDMMYY-NNNN   personnummer (CPR), whose check fails for some since 2007
//	Finland  DDMMYY-NNNC   henkilötunnus (128/2010, with the signs of 2023)
//
// A number counts by its form, a date that exists and its check digits. Ten bare
// digits are too many things besides: they count behind a label ("personnummer")
// or in a column that is known to hold such numbers.
package personal

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"samsyn/internal/hub"
)

// Mask puts an asterisk for every digit, and check letter, of the personal
// numbers in a text; its length in characters and all else stay.
func Mask(text string) string { return mask(text, false) }

// MaskNumber masks a cell that is meant to hold the number of a person, or of a
// company that may be one person: bare digits count, and so does a number whose
// check fails, if it begins with a date.
func MaskNumber(cell string) string { return mask(cell, true) }

// IsMasked reports whether Mask took something out of the text.
func IsMasked(text string) bool { return strings.Contains(text, "******") }

// Without is a masked text without what was masked.
func Without(masked string) string {
	for {
		i := strings.Index(masked, "******")
		if i < 0 {
			return strings.TrimSpace(masked)
		}
		j := i
		for k, r := range masked[i:] {
			if r == '*' {
				j = i + k + 1
			} else if !isSign(r) && !isSpace(r) {
				break
			}
		}
		masked = strings.TrimSpace(masked[:i]) + " " + strings.TrimSpace(masked[j:])
	}
}

// MaskContent masks a content wherever it has words. An ident that was a
// personal number is dropped: it must not tie records together.
func MaskContent(c *hub.Content) {
	for _, s := range []*string{&c.Title, &c.Text, &c.Quoted} {
		*s = Mask(*s)
	}
	for i, f := range c.Fields {
		if !ids[strings.ToLower(f.Name)] {
			c.Fields[i].Value = Mask(f.Value)
		}
	}
	for i := range c.Attachments {
		c.Attachments[i].Name = Mask(c.Attachments[i].Name)
	}
	if c.Meeting != nil {
		c.Meeting.Occasion = Mask(c.Meeting.Occasion) // its words where they are no time
		c.Meeting.Title, c.Meeting.Where, c.Meeting.Organizer = Mask(c.Meeting.Title), Mask(c.Meeting.Where), Mask(c.Meeting.Organizer)
		for i, who := range c.Meeting.Attendees {
			c.Meeting.Attendees[i] = Mask(who)
		}
	}
	c.Idents = Idents(c.Idents)
}

// ids are the headers of a mail that hold ids of messages.
var ids = map[string]bool{"message-id": true, "in-reply-to": true, "references": true}

// Idents masks idents, and drops those of which nothing is left. The ids of
// messages are left alone: they name no person.
func Idents(all []hub.Ident) []hub.Ident {
	kept := all[:0]
	for _, id := range all {
		switch id.Kind {
		case hub.IdentMessageID, hub.IdentReply:
		case hub.IdentOrgNo, hub.IdentVATNo:
			id.Value = Without(MaskNumber(id.Value))
		default:
			id.Value = Without(Mask(id.Value))
		}
		if id.Value != "" {
			kept = append(kept, id)
		}
	}
	return kept
}

// IsLabel reports whether a header or label announces personal numbers.
func IsLabel(s string) bool {
	s = strings.ToLower(s)
	for _, l := range labels {
		for from := 0; ; {
			i := strings.Index(s[from:], l)
			if i < 0 {
				break
			}
			i += from
			before, _ := utf8.DecodeLastRuneInString(s[:i])
			after, _ := utf8.DecodeRuneInString(s[i+len(l):])
			if !unicode.IsLetter(before) && (len(l) > 4 || !unicode.IsLetter(after)) {
				return true
			}
			from = i + len(l)
		}
	}
	return false
}

var labels = []string{
	"personnummer", "personnr", "person nr", "person-nr", "persnr", "pers.nr", "pnr", "födelsenummer", "födelsenr", "samordningsnummer", "fødselsnummer", "fødselsnr", "fødselsn", "fnr", "f.nr",
	"d-nummer", "cpr", "henkilötunnus", "hetu", "sotu", "ssn", "social security", "personal number", "personal id", "personal identity", "national id", "identitetsnummer", "persnum", "persbeteckning", "personbeteckning",
}

// reach is how many bytes before a number its label may stand.
const reach = 48

func mask(text string, meant bool) string {
	if len(text) < 10 {
		return text
	}
	var out []byte
	for i := 0; i < len(text); {
		c := text[i]
		if c < '0' || c > '9' {
			i++
			continue
		}
		end, digits := i, i
		for digits < len(text) && isDigit(text[digits]) {
			digits++
		}
		if begins(text, i) {
			end = number(text, i, meant)
		}
		if end == i {
			i = digits
			continue
		}
		if out == nil {
			out = []byte(text)
		}
		for k := i; k < end; k++ {
			if isDigit(text[k]) || text[k] >= 'A' && text[k] <= 'Z' || text[k] >= 'a' && text[k] <= 'z' {
				out[k] = '*'
			}
		}
		i = end
	}
	if out == nil {
		return text
	}
	return string(out)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// begins reports whether a number may begin at i: not within a word, a longer
// number or a chain of groups such as a UUID. "SE" may stand before it.
func begins(text string, i int) bool {
	r, n := utf8.DecodeLastRuneInString(text[:i])
	switch {
	case i == 0:
		return true
	case unicode.IsLetter(r):
		return strings.HasSuffix(strings.ToUpper(text[max(0, i-2):i]), "SE") && (i == 2 || !isWordByte(text[i-3]))
	case r == '-' || r == '_' || r == '/' || r == '.':
		if before, _ := utf8.DecodeLastRuneInString(text[:i-n]); i > n && (unicode.IsDigit(before) || r == '-' && unicode.IsLetter(before) && !IsLabel(text[max(0, i-reach):i-n])) {
			return false
		}
	case unicode.IsDigit(r):
		return false
	}
	return true
}

func isWordByte(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// number returns the end of the personal number that begins at i, or i.
func number(text string, i int, meant bool) int {
	digits, ends := take(text, i)
	if end := finnish(text, i, digits, meant); end > 0 {
		return end
	}
	// The longest reading first: 12, 11 and 10 digits, with what follows VAT numbers.
	for _, n := range []int{12, 11, 10} {
		if len(digits.all) < n {
			continue
		}
		end := ends[n-1]
		if !closes(text, end) {
			continue
		}
		d := digits.all[:n]
		if digits.sign(n) == 0 && n == 10 && strings.EqualFold(text[max(0, i-2):i], "SE") {
			continue
		}
		if valid(d, digits, n, meant) || n >= 10 && dated(d) && labelled(text, i) && digits.grouped(n) {
			return end
		}
	}
	return i
}

// taken are the digits from a place on, with at most one sign or space between.
type taken struct {
	all     string
	at      int  // digits before the sign
	between rune // '-', '+', ' ', 0 if there is none
}

// take collects up to 13 digits, and the end of each.
func take(text string, i int) (t taken, ends []int) {
	var b strings.Builder
	for j := i; j < len(text) && b.Len() < 13; {
		if isDigit(text[j]) {
			b.WriteByte(text[j])
			j++
			ends = append(ends, j)
			continue
		}
		sign, end := separator(text, j)
		if sign == 0 || t.between != 0 || b.Len() != 6 && b.Len() != 8 {
			break
		}
		t.between, t.at, j = sign, b.Len(), end
	}
	t.all = b.String()
	return t, ends
}

// separator reads a sign or a space between two digits: "-", "+", " ", " - ".
func separator(text string, j int) (sign rune, end int) {
	spaces := 0
	for j < len(text) {
		r, n := utf8.DecodeRuneInString(text[j:])
		switch {
		case isDigit(text[j]):
			if sign == 0 && spaces == 1 {
				sign = ' '
			}
			return sign, j
		case isSpace(r):
			if spaces++; spaces > 2 {
				return 0, 0
			}
		case isSign(r) && sign == 0:
			if sign = '-'; r == '+' {
				sign = '+'
			}
		default:
			return 0, 0
		}
		j += n
	}
	return 0, 0
}

func isSpace(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\u202f' }

func isSign(r rune) bool {
	return r == '-' || r == '+' || r == '‐' || r == '‑' || r == '–' || r == '−'
}

// sign is what stands before the last four of n digits, or five of eleven.
func (t taken) sign(n int) rune {
	if t.between != 0 && (t.at == n-4 && n != 11 || t.at == 6 && n == 11) {
		return t.between
	}
	return 0
}

// grouped reports whether n digits are written together, or divided where a
// personal number is.
func (t taken) grouped(n int) bool { return t.between == 0 || t.sign(n) != 0 || t.at >= n }

// closes reports whether a number may end there.
func closes(text string, end int) bool {
	r, n := utf8.DecodeRuneInString(text[end:])
	if end == len(text) {
		return true
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return false
	}
	if r == '-' || r == '_' { // a longer chain
		after, _ := utf8.DecodeRuneInString(text[end+n:])
		return !unicode.IsLetter(after) && !unicode.IsDigit(after)
	}
	return true
}

// labelled reports whether a label stands right before the number.
func labelled(text string, i int) bool {
	from := max(0, i-reach)
	for from < i && !utf8.RuneStart(text[from]) {
		from++
	}
	return IsLabel(text[from:i])
}

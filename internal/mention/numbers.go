// Package mention finds what identifies a company in running text: labelled
// numbers, addresses, telephones, names with a legal form. It reads mails and the
// text cells of tables alike, and leaves what it finds as it is written.
package mention

import (
	"regexp"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// A bare number proves nothing: one of eleven telephone numbers is a valid org
// number. So a number counts after a label, or in the form of a VAT number.
const (
	orgLabel = `(org\.?\s?-?\s?(?:nr|no|n:o|nummer)|organisasjonsn(?:r|ummer)|organisationsn(?:r|ummer)|` +
		`foretaksregisteret|foretaksn(?:r|ummer)|företagsn(?:r|ummer)|enhetsregisteret|cvr|y-?tunnus|ly-tunnus|fo-nummer|se-n(?:r|ummer)|` +
		`reg\.?\s?(?:no|nr)|business id|company (?:no|id|reg)|vat|momsreg|moms|mva|alv)`
	orgNumber = `((?-i:NO|SE|DK|FI|IS|DE|EE|LV|LT|PL|NL|BE|GB|IE|FR|ES|IT|AT|CH)[ -]?)?(\d{11,12}|(?:\d\d)?\d{6}[- ]?\d{4}|\d{7}-\d|\d{3}[ .]?\d{3}[ .]?\d{3}|\d{2} ?\d{2} ?\d{2} ?\d{2})\b( ?MVA\b)?`
)

var (
	labelledOrg = regexp.MustCompile(`(?i)(?:^|[^\pL])` + orgLabel + `(?:[^\d\n]{0,24}?[^\pL\d\n])?` + orgNumber)
	bareVAT     = regexp.MustCompile(`\b(?:(?:NO ?)?\d{3} ?\d{3} ?\d{3} ?MVA|SE\d{10}01|DK ?\d{8}|FI ?\d{7}-?\d)\b`)

	labelledPhone = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:(?:tlf|tel|telefon|telephone|mob|mobil|mobile|phone|puh|puhelin|gsm|cell|direkte|` +
		`sentralbord|switchboard|växel|vx|fon|ph)(?:nr|nummer)?\b|[tmp][.:])[\s.:)(/-]{0,6}?([(+]{0,2}\d[\d ()./-]{4,40}\d)`)
	plusPhone = regexp.MustCompile(`(?:^|[\s|,;:(])(\(?\+\d{1,3}\)?[ \d()-]{6,20}\d)`)

	// Address is how an address looks where nothing else can be relied on.
	Address = regexp.MustCompile(`[^\s<>",;:()\[\]|=]+@[^\s<>",;:()\[\]|=@]+`)

	webAddress = regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s<>"'()\[\]|]+`)
	bareDomain = regexp.MustCompile(`(?i)(?:^|[\s|])([a-z0-9æøåäö][a-z0-9æøåäö-]*(?:\.[a-z0-9æøåäö-]+)*\.(?:no|se|dk|fi|com|eu|net|org|is|de|io|nu|ax))/?(?:$|[\s|])`)
)

// Number is an organisation or VAT number as written, with its kind of ident.
type Number struct{ Kind, Value string }

// HoldsNumber reports whether a line holds six digits with nothing but the usual
// separators between them. Few lines do, which spares the others the search.
func HoldsNumber(line string) bool {
	digits := 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c > '9': // most are letters
			digits = 0
		case c >= '0':
			if digits++; digits == 6 {
				return true
			}
		case c != ' ' && c != '.' && c != '-' && c != '/' && c != '(' && c != ')':
			digits = 0
		}
	}
	return false
}

// OrgNumbers finds organisation and VAT numbers as they are written.
func OrgNumbers(line string) []Number {
	var out []Number
	add := func(kind, value string) {
		for _, have := range out {
			if strings.Contains(have.Value, value) {
				return
			}
		}
		out = append(out, Number{kind, value})
	}
	for _, m := range labelledOrg.FindAllStringSubmatch(line, 10) {
		kind := hub.IdentOrgNo
		if slices.Contains([]string{"vat", "moms", "momsreg", "mva", "alv"}, strings.ToLower(m[1])) {
			kind = hub.IdentVATNo
		}
		add(kind, m[2]+m[3]+m[4])
	}
	if containsAny(line, "MVA", "SE", "DK", "FI") {
		for _, v := range bareVAT.FindAllString(line, 10) {
			add(hub.IdentVATNo, v)
		}
	}
	return out
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// Phones finds telephone numbers after a label, in a signature also those
// that start with a country code.
func Phones(line string, signature bool) []string {
	var out []string
	for _, m := range labelledPhone.FindAllStringSubmatch(line, 10) {
		out = append(out, strings.TrimSpace(m[1]))
	}
	if !signature || len(out) > 0 {
		return out
	}
	for _, m := range plusPhone.FindAllStringSubmatch(line, 10) {
		out = append(out, strings.TrimSpace(m[1]))
	}
	return out
}

// Webs finds web addresses, in a signature also bare domains.
func Webs(line string, signature bool) []string {
	var out []string
	if strings.Contains(line, "://") || strings.Contains(line, "www.") || strings.Contains(line, "WWW.") || strings.Contains(line, "Www.") {
		for _, w := range webAddress.FindAllString(line, 10) {
			out = append(out, strings.TrimRight(w, ".,;:!?*_"))
		}
	}
	if signature && len(out) == 0 && strings.IndexByte(line, '.') > 0 && strings.IndexByte(line, '@') < 0 {
		for _, m := range bareDomain.FindAllStringSubmatch(line, 5) {
			out = append(out, m[1])
		}
	}
	return out
}

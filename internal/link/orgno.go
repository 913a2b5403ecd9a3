package link

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// OrgNo is a valid organisation number: the country that gave it out (ISO
// 3166-1 alpha-2: NO, SE, DK or FI) and its digits, as in NO923609016. The VAT
// number of a company elsewhere stands for its organisation number.
type OrgNo struct{ Country, Digits string }

func (o OrgNo) String() string { return o.Country + o.Digits }

// Show writes the number as its country does: 923609016, 556016-0680,
// 13585628, 2077474-0.
func (o OrgNo) Show() string {
	n := len(o.Digits)
	switch o.Country {
	case "SE":
		return o.Digits[:n-4] + "-" + o.Digits[n-4:]
	case "FI":
		return o.Digits[:n-1] + "-" + o.Digits[n-1:]
	case "NO", "DK":
		return o.Digits
	}
	return o.String()
}

// ParseOrgNo reads an organisation or VAT number as typed and returns every
// reading whose check digit is right: none, one, or two where eight digits pass
// both the Danish and the Finnish check and neither the writing nor country, an
// alpha-2 code or "", decides. A Swedish personal number is none. VAT numbers of
// other countries have their letters before them.
//
// Sources: Brønnøysundregistrene and Skatteetaten (mod 11), Bolagsverket (Luhn,
// third digit at least 2), Erhvervsstyrelsen (mod 11), PRH (mod 11); for VAT
// numbers the European Commission's VIES (forms) and ISO 7064 (mod 11,10, Germany).
func ParseOrgNo(raw, country string) []OrgNo {
	if foreign := parseVATNo(raw); foreign != nil {
		return []OrgNo{*foreign}
	}
	form := orgNoForm.FindStringSubmatch(cleanNumber(raw))
	if form == nil {
		return nil
	}
	label, number, suffix := form[1], form[2], form[3]
	digits := onlyDigits(number)
	found := readings(digits, number)
	if named := labelCountry(label, suffix); named != "" {
		return slices.DeleteFunc(found, func(o OrgNo) bool { return o.Country != named })
	}
	if i := slices.IndexFunc(found, func(o OrgNo) bool { return o.Country == country }); i >= 0 {
		return found[i : i+1]
	}
	return found
}

// vatForms are the forms of VAT numbers by country, without its letters.
var vatForms = map[string]*regexp.Regexp{
	"AT": regexp.MustCompile(`^U[0-9]{8}$`), "BE": regexp.MustCompile(`^[01][0-9]{9}$`), "CZ": regexp.MustCompile(`^[0-9]{8,10}$`), "DE": regexp.MustCompile(`^[0-9]{9}$`),
	"EE": regexp.MustCompile(`^[0-9]{9}$`), "ES": regexp.MustCompile(`^[A-Z0-9][0-9]{7}[A-Z0-9]$`), "FR": regexp.MustCompile(`^[A-Z0-9]{2}[0-9]{9}$`), "GB": regexp.MustCompile(`^[0-9]{9}([0-9]{3})?$`),
	"IE": regexp.MustCompile(`^[0-9][A-Z0-9][0-9]{5}[A-Z]{1,2}$`), "IT": regexp.MustCompile(`^[0-9]{11}$`), "LT": regexp.MustCompile(`^([0-9]{9}|[0-9]{12})$`), "LU": regexp.MustCompile(`^[0-9]{8}$`),
	"LV": regexp.MustCompile(`^[0-9]{11}$`), "NL": regexp.MustCompile(`^[0-9]{9}B[0-9]{2}$`), "PL": regexp.MustCompile(`^[0-9]{10}$`),
}

// parseVATNo reads the VAT number of a company outside the Nordic countries, nil
// if it is none.
func parseVATNo(raw string) *OrgNo {
	s := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-", r) {
			return -1
		}
		return r
	}, strings.ToUpper(strings.Join(strings.Fields(raw), "")))
	if len(s) < 10 || len(s) > 14 {
		return nil
	}
	form := vatForms[s[:2]]
	if form == nil || !form.MatchString(s[2:]) || s[:2] == "DE" && !iso7064(s[2:]) || strings.Trim(s[2:], "0") == "" {
		return nil
	}
	return &OrgNo{s[:2], s[2:]}
}

// iso7064 is the hybrid check mod 11,10 of ISO 7064.
func iso7064(digits string) bool {
	p := 10
	for i := range len(digits) - 1 {
		if p = (p + int(digits[i]-'0')) % 10; p == 0 {
			p = 10
		}
		p = 2 * p % 11
	}
	return (p+int(digits[len(digits)-1]-'0'))%10 == 1
}

// orgNoForm is a label such as "CVR-nr.", "Org.nr" or "NO", the number, and MVA.
var orgNoForm = regexp.MustCompile(`^([\pL][\pL .:\-]*)?([0-9][0-9 .\-]*)(MVA)?$`)

// cleanNumber undoes what spreadsheets do to numbers: no-break spaces, a float's
// ".0" and the exponent form of 9.23609016E8.
func cleanNumber(raw string) string {
	s := strings.ToUpper(strings.Join(strings.Fields(raw), " "))
	if strings.HasSuffix(s, ".0") {
		s = strings.TrimSuffix(s, ".0")
	} else if strings.Contains(s, "E+") || strings.Contains(s, "E0") || exponent.MatchString(s) {
		if f, err := strconv.ParseFloat(s, 64); err == nil && f < 1e13 {
			s = strconv.FormatFloat(f, 'f', 0, 64)
		}
	}
	return strings.TrimSpace(s)
}

var exponent = regexp.MustCompile(`^[0-9.]+E[0-9]+$`)

func readings(digits, written string) (found []OrgNo) {
	switch len(digits) {
	case 6, 7:
		// A cell that holds a number has lost the leading zero of a Finnish one.
		if hyphenLast(written) || len(digits) == 7 {
			found = appendValid(found, "FI", strings.Repeat("0", 8-len(digits))+digits)
		}
	case 8:
		if !hyphenLast(written) {
			found = appendValid(found, "DK", digits)
		}
		found = appendValid(found, "FI", digits)
	case 9:
		found = appendValid(found, "NO", digits)
	case 10:
		found = appendValid(found, "SE", digits)
	case 12:
		// 16 in front marks an organisation, 01 behind makes a VAT number.
		if strings.HasPrefix(digits, "16") {
			found = appendValid(found, "SE", digits[2:])
		} else if strings.HasSuffix(digits, "01") {
			found = appendValid(found, "SE", digits[:10])
		}
	}
	return found
}

func hyphenLast(s string) bool { return len(s) > 2 && s[len(s)-2] == '-' }

func appendValid(found []OrgNo, country, digits string) []OrgNo {
	var ok bool
	switch country {
	case "NO":
		ok = (digits[0] == '8' || digits[0] == '9') && weighted(digits, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	case "SE":
		ok = digits[2] >= '2' && digits[0] != '0' && luhn(digits)
	case "DK":
		ok = digits[0] != '0' && weighted(digits, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	case "FI":
		ok = strings.Trim(digits, "0") != "" && weighted(digits, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0
	}
	if ok {
		found = append(found, OrgNo{country, digits})
	}
	return found
}

func weighted(digits string, weights ...int) (sum int) {
	for i, w := range weights {
		sum += int(digits[i]-'0') * w
	}
	return sum
}

// luhn is the mod 10 check of ISO/IEC 7812-1.
func luhn(digits string) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// labelCountry tells which country the words beside a number name; "" if none.
// A country's letters may touch the number or stand as a word of their own.
func labelCountry(label, suffix string) string {
	if suffix == "MVA" {
		return "NO"
	}
	for _, word := range strings.FieldsFunc(label, func(r rune) bool { return strings.ContainsRune(" .:-", r) }) {
		switch word {
		case "NO", "SE", "DK", "FI":
			return word
		case "CVR":
			return "DK"
		case "Y", "LY", "FO":
			return "FI"
		}
	}
	return ""
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

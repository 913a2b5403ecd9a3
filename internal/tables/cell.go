package tables

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxCell is the most characters Excel allows in a cell.
const maxCell = 32_767

// Types of cells, see hub.Field.
const (
	typeText   = ""
	typeNumber = "number"
	typeDate   = "date"
	typeTime   = "time"
	typeBool   = "bool"
)

// form says how the cells of one column are written.
type form struct {
	typ        string
	serial     bool // numbers are days since 1900, or 1904
	date1904   bool
	clock      bool // numbers are parts of a day
	monthFirst bool // 12/31/25
	point      byte // decimal sign
	pad        int  // digits to which numbers are filled up with zeros
	digits     bool // numbers are names, not quantities: 923609016.0 is 923609016
}

// canonical returns a cell in the form that hub.Field documents. What does not
// fit the form of its column is text.
func (f form) canonical(s string) (typ, value string) {
	if f.typ == typeBool {
		if b, ok := parseBool(s); ok {
			return typeBool, strconv.FormatBool(b)
		}
	}
	if f.serial || f.clock {
		if n, err := strconv.ParseFloat(s, 64); err == nil {
			switch {
			case f.clock && n >= 0 && n < 1:
				return typeText, serialTime(n, false).Format("15:04")
			case f.serial && n >= 1 && n < 2_958_466: // 9999-12-31
				return dated(serialTime(n, f.date1904))
			}
		}
	}
	if f.typ == typeDate {
		if t, ok := parseDate(s, f.monthFirst); ok {
			return dated(t)
		}
	}
	if f.digits {
		return typeText, f.padded(wholeNumber(s))
	}
	if f.typ == typeNumber {
		if n, ok := parseNumber(s, f.point); ok {
			return typeNumber, n
		}
	}
	return typeText, f.padded(s)
}

func dated(t time.Time) (typ, value string) {
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return typeDate, t.Format(time.DateOnly)
	}
	return typeTime, t.Format(time.RFC3339)
}

func (f form) padded(s string) string {
	if len(s) < f.pad && allDigits(s) {
		return strings.Repeat("0", f.pad-len(s)) + s
	}
	return s
}

// clean makes a cell fit for storing: valid UTF-8, no control characters but
// line breaks and tabs, no space around it, no longer than Excel allows. Error
// values of formulas are no content.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || (s[0] == '#' && isErrorValue(s)) {
		return ""
	}
	plain := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if !plain {
		s = strings.Map(func(r rune) rune {
			if r == utf8.RuneError || (unicode.IsControl(r) && r != '\n' && r != '\t') {
				return -1
			}
			return r
		}, s)
		s = strings.TrimSpace(s)
	}
	return upTo(s, maxCell)
}

// longer reports whether s has more than n characters.
func longer(s string, n int) bool { return len(s) > n && utf8.RuneCountInString(s) > n }

// upTo returns the first n characters of s, without keeping the rest of it in memory.
func upTo(s string, n int) string {
	if !longer(s, n) {
		return s
	}
	for i := range s {
		if n--; n < 0 {
			return strings.Clone(s[:i])
		}
	}
	return s
}

// isErrorValue knows the error values of ECMA-376 part 1, 18.17.3, and later ones.
func isErrorValue(s string) bool {
	switch s {
	case "#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!":
		return true
	}
	return false
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func parseBool(s string) (value, ok bool) {
	switch s {
	case "1", "TRUE", "true", "True":
		return true, true
	case "0", "FALSE", "false", "False":
		return false, true
	}
	return false, false
}

// wholeNumber writes a whole number that is stored as a float with its digits:
// 923609016.0 and 9.23609016E8 are 923609016. Other text stays as it is.
func wholeNumber(s string) string {
	if allDigits(s) || s == "" || !(s[0] >= '0' && s[0] <= '9') {
		return s
	}
	i := strings.IndexAny(s, ".eE")
	if i < 0 || strings.Trim(s, "0123456789.eE+") != "" {
		return s
	}
	if s[i] == '.' && strings.Trim(s[i+1:], "0") != "" && !strings.ContainsAny(s, "eE") {
		return s
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != math.Trunc(n) || n > 1e15 {
		return s
	}
	return strconv.FormatFloat(n, 'f', 0, 64)
}

// parseNumber reads a number as people and programs write it and returns it as
// 1234.5. point is the decimal sign, ',' or '.'. More than 15 digits are no
// number: Excel could not have kept them.
func parseNumber(s string, point byte) (string, bool) {
	s, negative, ok := bareNumber(s)
	if !ok {
		return "", false
	}
	if strings.ContainsAny(s, "eE") {
		return exponent(s, negative)
	}
	whole, frac, ok := splitNumber(s, point)
	if !ok || len(strings.TrimLeft(whole, "0")) > 15 {
		return "", false
	}
	if len(whole)+len(frac) > 15 { // binary noise, as in 0.30000000000000004
		n, err := strconv.ParseFloat(whole+"."+frac, 64)
		if err != nil {
			return "", false
		}
		n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
		whole, frac, _ = strings.Cut(strconv.FormatFloat(n, 'f', -1, 64), ".")
	}
	out := strings.TrimLeft(whole, "0")
	if out == "" {
		out = "0"
	}
	if frac = strings.TrimRight(frac, "0"); frac != "" {
		out += "." + frac
	}
	if negative && out != "0" {
		out = "-" + out
	}
	return out, true
}

func exponent(s string, negative bool) (string, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(n) >= 1e15 || (n != 0 && math.Abs(n) < 1e-12) {
		return "", false
	}
	n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	if negative {
		n = -n
	}
	return strconv.FormatFloat(n, 'f', -1, 64), true
}

// bareNumber takes sign, currency and spaces off: "kr 1 234,-", "(500,00)", "500-".
func bareNumber(s string) (bare string, negative, ok bool) {
	if s == "" || len(s) > 40 {
		return "", false, false
	}
	if s[0] == '(' && s[len(s)-1] == ')' {
		s, negative = s[1:len(s)-1], true
	}
	s = trimCurrency(s)
	for _, end := range []string{",-", ".-", ",–", ",--"} {
		s = strings.TrimSuffix(s, end)
	}
	for _, sign := range []string{"-", "−", "–"} {
		if t := strings.TrimPrefix(s, sign); t != s {
			s, negative = trimCurrency(t), !negative
		} else if t := strings.TrimSuffix(s, sign); t != s {
			s, negative = t, !negative
		}
	}
	s = strings.TrimSpace(strings.TrimPrefix(s, "+"))
	return s, negative, s != "" && (s[0] >= '0' && s[0] <= '9' || s[0] == '.' || s[0] == ',')
}

func trimCurrency(s string) string {
	for _, c := range []string{"kr.", "kr", "Kr.", "Kr", "KR", "NOK", "SEK", "DKK", "EUR", "USD", "GBP", "€", "$", "£"} {
		s = strings.TrimSpace(s)
		if t := strings.TrimPrefix(s, c); t != s {
			return strings.TrimSpace(t)
		}
		if t := strings.TrimSuffix(s, c); t != s {
			return strings.TrimSpace(t)
		}
	}
	return strings.TrimSpace(s)
}

// splitNumber takes the separators out of 1.234.567,50.
func splitNumber(s string, point byte) (whole, frac string, ok bool) {
	last := strings.LastIndexAny(s, ".,")
	if last >= 0 && isDecimal(s, last, point) {
		s, frac = s[:last], s[last+1:]
		if frac != "" && !allDigits(frac) {
			return "", "", false
		}
	}
	var sep rune
	for i, part := range splitGroups(s, &sep) {
		if !allDigits(part) && !(part == "" && i == 0 && frac != "") || i > 0 && len(part) != 3 {
			return "", "", false
		}
		whole += part
	}
	return whole, frac, whole != "" || frac != ""
}

// isDecimal reports whether the last separator, at i, is the decimal sign.
func isDecimal(s string, i int, point byte) bool {
	c := s[i]
	if strings.Count(s, string(c)) > 1 {
		return false
	}
	if strings.ContainsAny(s[:i], ".,") || len(s)-i-1 != 3 || i > 3 || i == 0 || s[0] == '0' {
		return true // another separator before it, or what follows is no group of three
	}
	return c == point || point == 0 && c == '.'
}

// splitGroups splits at thousands separators, of which there may be one kind.
func splitGroups(s string, sep *rune) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		switch r {
		case ' ', '\u00a0', '\u202f', '\u2009', '\'', '’', '.', ',':
			if *sep == 0 {
				*sep = r
			}
			return r == *sep
		}
		return false
	})
}

// decimalVote says which decimal sign a cell proves: ',' or '.', 0 if neither.
func decimalVote(s string) byte {
	s, _, ok := bareNumber(s)
	if !ok || strings.ContainsAny(s, "eE") {
		return 0
	}
	i := strings.LastIndexAny(s, ".,")
	if i < 0 {
		return 0
	}
	comma, dot := strings.Count(s, ","), strings.Count(s, ".")
	switch {
	case comma > 0 && dot > 0:
		return s[i]
	case comma+dot > 1: // 1.234.567: the other one
		return '.' + ',' - s[i]
	case len(s)-i-1 == 3 && i <= 3 && s[0] != '0':
		return 0
	}
	return s[i]
}

// serialTime turns Excel's count of days into a time (ECMA-376 part 1, 18.17.4).
func serialTime(n float64, date1904 bool) time.Time {
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	days := math.Floor(n)
	seconds := math.Round((n - days) * 86_400)
	return epoch.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
}

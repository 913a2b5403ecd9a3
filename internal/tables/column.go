package tables

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"samsyn/internal/personal"
)

// sample is what the first cells of a column look like.
type sample struct {
	filled, rows int
	distinct     map[string]int
	count        [kinds]int
	length       int // characters in all
	comma, dot   int // cells that prove a decimal sign
	dayFirst     int // dates that prove an order
	monthFirst   int
	pad          int
	first        []string // some cells
}

// kind is something a cell can be; a cell may be several.
type kind int

const (
	kindNumber   kind = iota
	kindInteger       // all digits
	kindDecimal       // a number with a fraction
	kindZero          // digits with a zero in front
	kindDate          // written out
	kindSerial        // a number that Excel shows as a date
	kindDays          // a number that would be a date between 1982 and 2064, but is not shown as one
	kindClock         // a number that Excel shows as a time of day
	kindBool          // a number that Excel shows as TRUE or FALSE, or these words
	kindEmail         //
	kindPhone         //
	kindOrgNO         // passes the check of Norway's numbers, and so on
	kindOrgSE         //
	kindOrgDK         //
	kindOrgFI         //
	kindVAT           //
	kindPostal        // four or five digits, or 123 45
	kindCountry       //
	kindCurrency      //
	kindCompany       // holds a legal form
	kindPerson        // two to four capitalised words
	kindYesNo         //
	kindStreet        // a street with its number, or a box
	kindPriority      // high, low, 1 to 3 in words
	kindPersonal      // digits that are a personal number
	kindTen           // ten digits
	kindDivided       // six digits, a sign and four, as a personal number is written
	kindMasked        // one that is masked wherever it stands
	kindCode          // a short word with digits: an identifier
	kindText          // at least one word of letters
	kindLong          // a sentence
	kinds             // how many there are
)

// add looks at one cell: as stored, and as Excel shows it ("" in CSV).
func (s *sample) add(cell, shown string, date1904 bool) {
	if cell == "" {
		return
	}
	s.filled++
	if len(s.first) < 12 {
		s.first = append(s.first, cell)
	}
	if len(s.distinct) < headLines {
		s.distinct[strings.ToLower(cell)]++
	}
	s.length += utf8.RuneCountInString(cell)
	s.addNumber(cell, shown, date1904)
	if t, ok := parseDate(cell, false); ok {
		s.count[kindDate]++
		s.addOrder(cell, t)
	} else if _, ok := parseDate(cell, true); ok {
		s.count[kindDate]++
		s.monthFirst++
	}
	for _, is := range []struct {
		kind kind
		true bool
	}{
		{kindEmail, isEmail(cell)}, {kindPhone, isPhone(cell)}, {kindVAT, isVAT(cell)}, {kindPostal, isPostal(cell)},
		{kindCountry, isWord(countries, cell)}, {kindCurrency, isWord(currencies, cell)}, {kindCompany, isCompany(cell)},
		{kindPerson, isPerson(cell)}, {kindYesNo, isWord(yesNo, cell)}, {kindStreet, isStreet(cell)}, {kindPriority, isWord(priorities, cell)}, {kindCode, isCode(cell)},
		{kindText, strings.IndexFunc(cell, unicode.IsLetter) >= 0}, {kindLong, strings.Count(cell, " ") >= 4},
	} {
		if is.true {
			s.count[is.kind]++
		}
	}
	if digits := digitsIn(cell); digits >= 10 && digits <= 12 && len(cell) <= 20 {
		s.addPersonal(cell)
	}
	digits := bare(wholeNumber(cell))
	for i, valid := range []bool{validNO(digits), validSE(digits), validDK(digits), validFI(digits)} {
		if valid {
			s.count[kindOrgNO+kind(i)]++
		}
	}
}

// addPersonal looks for personal numbers, and for what is written like one.
func (s *sample) addPersonal(cell string) {
	plain := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, cell)
	if personal.IsMasked(personal.MaskNumber(plain)) {
		s.count[kindPersonal]++
	}
	if len(plain) == 10 {
		s.count[kindTen]++
	}
	if len(plain) == 10 && len(cell) == 11 && cell[6] == '-' {
		s.count[kindDivided]++
		if personal.IsMasked(personal.Mask(cell)) {
			s.count[kindMasked]++
		}
	}
}

func (s *sample) addNumber(cell, shown string, date1904 bool) {
	if allDigits(cell) {
		s.count[kindInteger]++
		if cell[0] == '0' && len(cell) > 1 {
			s.count[kindZero]++
		}
		if len(shown) > len(cell) && allDigits(shown) && strings.TrimLeft(shown, "0") == strings.TrimLeft(cell, "0") {
			s.pad = max(s.pad, len(shown))
		}
	}
	if cell == "TRUE" || cell == "FALSE" || shown == "TRUE" || shown == "FALSE" {
		s.count[kindBool]++
	}
	n, ok := parseNumber(cell, ',')
	if !ok {
		return
	}
	s.count[kindNumber]++
	switch decimalVote(cell) {
	case ',':
		s.comma++
	case '.':
		s.dot++
	}
	if strings.Contains(n, ".") {
		s.count[kindDecimal]++
	}
	if len(cell) >= 5 && cell[:5] >= "30000" && cell[:5] < "60000" && (len(cell) == 5 || cell[5] == '.') {
		s.count[kindDays]++
	}
	if shown != "" && shown != cell {
		if f, err := strconv.ParseFloat(cell, 64); err == nil {
			s.addShown(f, shown, date1904)
		}
	}
}

// addShown tells from what Excel shows for a number whether it is a date or a
// time: the parts of the date must be there.
func (s *sample) addShown(n float64, shown string, date1904 bool) {
	if n >= 0 && n < 1 && strings.Contains(shown, ":") {
		s.count[kindClock]++
		return
	}
	if n < 1 || n >= 2_958_466 {
		return
	}
	t := serialTime(n, date1904)
	var groups []string
	letters := false
	for part := range strings.FieldsFuncSeq(shown, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if allDigits(part) {
			groups = append(groups, strings.TrimLeft(part, "0"))
		} else {
			letters = true
		}
	}
	has := func(n int) bool {
		for _, g := range groups {
			if g == strconv.Itoa(n) || n == 0 && g == "" {
				return true
			}
		}
		return false
	}
	year := has(t.Year()) || has(t.Year()%100)
	if day, month := has(t.Day()), has(int(t.Month())) || letters; year && month && (day || letters) || day && month && len(groups) >= 2 && !strings.ContainsAny(shown, ",") && n > 10_000 && n < 80_000 {
		s.count[kindSerial]++
	}
}

// addOrder notes which order of day and month a date proves.
func (s *sample) addOrder(cell string, t time.Time) {
	if t.Day() > 12 && cell[0] >= '0' && cell[0] <= '9' && !(len(cell) > 4 && allDigits(cell[:4])) {
		s.dayFirst++
	}
}

func (s *sample) share(k kind) float64 {
	if s.filled == 0 {
		return 0
	}
	return float64(s.count[k]) / float64(s.filled)
}

// orgShare is the share of cells that are organisation numbers of one country.
func (s *sample) orgShare() float64 {
	return max(s.share(kindOrgNO), s.share(kindOrgSE), s.share(kindOrgDK), s.share(kindOrgFI))
}

func (s *sample) dates() float64 { return min(1, s.share(kindDate)+s.share(kindSerial)) }

func (s *sample) unique() bool { return s.filled > 0 && len(s.distinct) == s.filled }

// form decides how the cells of the column are read.
func (s *sample) form(tr traits) form {
	f := form{date1904: tr.date1904, point: s.point(tr), pad: s.pad, monthFirst: s.monthFirst > s.dayFirst}
	numbers := s.count[kindNumber]
	f.serial = numbers > 0 && s.count[kindSerial]*10 >= numbers*6
	f.clock = numbers > 0 && s.count[kindClock]*10 >= numbers*6
	switch {
	case s.filled == 0:
	case s.count[kindBool] == s.filled:
		f.typ = typeBool
	case s.dates() >= .6:
		f.typ = typeDate
	case s.count[kindZero] == 0 && s.share(kindNumber) >= .8 && !f.clock && s.pad == 0:
		f.typ = typeNumber
	}
	return f
}

// point is the decimal sign: what the cells prove, else what the table suggests.
func (s *sample) point(tr traits) byte {
	switch {
	case s.comma > s.dot:
		return ','
	case s.dot > s.comma:
		return '.'
	case tr.point != 0:
		return tr.point
	}
	return ','
}

// What follows recognises single cells.

func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > len(s)-4 || strings.ContainsAny(s, " \t\n") {
		// several addresses, or a name before the address
		first, _, several := strings.Cut(strings.NewReplacer(";", " ", ",", " ", "<", " ", ">", " ").Replace(s), "@")
		return several && at > 0 && strings.IndexByte(s[at:], '.') > 1 && len(strings.Fields(s)) <= 6 && first != ""
	}
	return strings.IndexByte(s[at:], '.') > 1
}

// isPhone accepts 7 to 13 digits in one to five groups, with a plus, brackets
// or a second number.
func isPhone(s string) bool {
	if len(s) > 50 || strings.Count(s, ".") == 1 {
		return false
	}
	first := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("/;,", r) })
	if len(first) == 0 {
		return false
	}
	n := 0
	for _, r := range first[0] {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r == '+' && n > 0:
			return false
		case !strings.ContainsRune(" +()-.\u00a0\u202f", r) && !strings.HasPrefix(strings.ToLower(s), "t"):
			return false
		}
	}
	return n >= 7 && n <= 13
}

func isVAT(s string) bool {
	s = strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '.' {
			return -1
		}
		return r
	}, s))
	if t, ok := strings.CutSuffix(s, "MVA"); ok {
		t = strings.TrimPrefix(t, "NO")
		return len(t) == 9 && allDigits(t)
	}
	if len(s) < 10 || len(s) > 14 || strings.Contains(s, ",") || currencyFirst(s) || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return false
	}
	return digitsIn(s) >= len(s)-3
}

// currencyFirst knows "NOK 12 500" and "KR 1 234".
func currencyFirst(s string) bool {
	letters := strings.TrimRight(s, "0123456789")
	return isWord(currencies, letters)
}

// isStreet accepts words of letters before a house number, as in "Storgata 12 B",
// or behind it, as in "12 High Street"; and boxes.
func isStreet(s string) bool {
	if len(s) > 60 || strings.ContainsAny(s, "@:;=") {
		return false
	}
	words := strings.FieldsFunc(fold(s), func(r rune) bool { return r == ' ' || r == ',' || r == '\u00a0' })
	if len(words) < 2 {
		return false
	}
	street := false
	for i, w := range words {
		if strings.HasPrefix(w, "postbo") || w == "box" || w == "pb" || w == "pl" {
			return true
		}
		for e := range strings.FieldsSeq(streets) {
			street = street || len(w) >= len(e) && strings.HasSuffix(w, e)
		}
		number := w[0] >= '1' && w[0] <= '9' && digitsIn(w) <= 4 && len(w) <= digitsIn(w)+1
		if number && i > 0 && i < 4 && digitsIn(words[i-1]) == 0 && len(words[0]) > 3 || number && street {
			return true
		}
	}
	return street && digitsIn(s) > 0
}

func isPostal(s string) bool {
	s = strings.ToUpper(s)
	for _, country := range []string{"N", "NO", "S", "SE", "DK", "FI", "FIN", "D", "DE"} {
		s = strings.TrimPrefix(s, country+"-")
	}
	if len(s) == 6 && s[3] == ' ' {
		s = s[:3] + s[4:]
	}
	return (len(s) == 4 || len(s) == 5) && allDigits(s) || len(s) == 3 && allDigits(s) // a lost zero
}

func isWord(words, s string) bool {
	return len(s) < 20 && strings.Contains(words, " "+strings.Trim(fold(s), ".")+" ")
}

func isCompany(s string) bool {
	plain := fold(strings.NewReplacer("A/S", "as", "a/s", "as", "I/S", "is", "K/S", "ks", "P/S", "ps", "A.S", "as").Replace(s))
	words := strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) < 2 || len(words) > 10 {
		return false
	}
	for i, w := range words {
		if (i == 0 || i == len(words)-1 || i == len(words)-2) && len(w) > 1 && strings.Contains(legalForms, " "+w+" ") {
			return true
		}
	}
	for b := range strings.SplitSeq(bodies, "|") {
		if strings.Contains(strings.Join(words, " ")+" ", b) {
			return true
		}
	}
	return false
}

func isPerson(s string) bool {
	if strings.ContainsAny(s, "0123456789@/&:()") || isCompany(s) {
		return false
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '\u00a0' })
	if len(words) < 2 || len(words) > 4 {
		return false
	}
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); !unicode.IsUpper(r) && w != "von" && w != "de" && w != "af" && w != "av" {
			return false
		}
	}
	return true
}

// isCode accepts what identifies a thing: a short word with digits in it.
func isCode(s string) bool {
	if len(s) > 24 || strings.ContainsAny(s, " @,") || digitsIn(s) == 0 {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-/_#.", r) {
			return false
		}
	}
	return digitsIn(s) >= 2 || len(s) > 2
}

package personal

import (
	"strings"
	"time"
)

// valid judges n digits, written as t says.
func valid(d string, t taken, n int, meant bool) bool {
	sign := t.sign(n)
	if t.between != 0 && sign == 0 && t.at < n {
		return false // divided elsewhere
	}
	switch n {
	case 12:
		if d[10:] == "01" && sign == 0 && swedish(d[:10]) && date(d[0:2], d[2:4], d[4:6], 60) { // of a sole trader, as VAT number
			return true
		}
		century := d[:2] == "18" || d[:2] == "19" || d[:2] == "20"
		return century && sign != ' ' && date(d[2:4], d[4:6], d[6:8], 60) && (swedish(d[2:]) || meant)
	case 11:
		return norwegian(d) && sign != '+'
	}
	switch {
	case sign == '-' || sign == '+':
		return swedish(d) && date(d[0:2], d[2:4], d[4:6], 60) || sign == '-' && danish(d) && date(d[4:6], d[2:4], d[0:2], 0) || meant && dated(d)
	case meant:
		return swedish(d) && date(d[0:2], d[2:4], d[4:6], 60) || danish(d) && date(d[4:6], d[2:4], d[0:2], 0)
	}
	return false
}

// dated reports whether digits begin with a date, in the order of any country.
func dated(d string) bool {
	switch len(d) {
	case 12:
		return (d[:2] == "19" || d[:2] == "20") && date(d[2:4], d[4:6], d[6:8], 60)
	case 11:
		return norwegianDate(d)
	case 10:
		return date(d[0:2], d[2:4], d[4:6], 60) || date(d[4:6], d[2:4], d[0:2], 60)
	}
	return false
}

// date reports whether there is such a day, in any century. Numbers for people
// who are not registered have shift added to the day.
func date(yy, mm, dd string, shift int) bool {
	y, m, d := two(yy), two(mm), two(dd)
	if d > shift && shift > 0 {
		d -= shift
	}
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return false
	}
	for _, century := range []int{1900, 2000} {
		if t := time.Date(century+y, time.Month(m), d, 0, 0, 0, 0, time.UTC); t.Day() == d {
			return true
		}
	}
	return false
}

func two(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// swedish checks ten digits by Luhn.
func swedish(d string) bool {
	sum := 0
	for i := range 10 {
		n := int(d[i] - '0')
		if i%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

func weighted(d string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += int(d[i]-'0') * w
	}
	return sum % 11
}

// danish checks ten digits modulo 11.
func danish(d string) bool { return weighted(d, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1) == 0 }

// norwegian checks eleven digits by both check digits.
func norwegian(d string) bool {
	return norwegianDate(d) && weighted(d, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1) == 0 && weighted(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1) == 0
}

// norwegianDate knows the shifts of D-numbers (day + 40), of help numbers (month
// + 40) and of the numbers for tests (month + 80, + 65).
func norwegianDate(d string) bool {
	dd, mm := two(d[0:2]), two(d[2:4])
	if dd > 40 {
		dd -= 40
	}
	for _, shift := range []int{0, 40, 80, 65} {
		m := mm - shift
		if m >= 1 && m <= 12 && date(d[4:6], pair(m), pair(dd), 0) {
			return true
		}
	}
	return false
}

func pair(n int) string {
	if n < 0 || n > 99 {
		return "00"
	}
	return string([]byte{byte('0' + n/10), byte('0' + n%10)})
}

const (
	finnishSigns  = "-+ABCDEFYXWVU"
	finnishChecks = "0123456789ABCDEFHJKLMNPRSTUVWXY"
)

// finnish returns the end of a henkilötunnus that begins at i, 0 if there is none.
func finnish(text string, i int, t taken, meant bool) int {
	const length = 11
	if i+length > len(text) {
		return 0
	}
	s := strings.ToUpper(text[i : i+length])
	if len(s) != length || strings.IndexByte(finnishSigns, s[6]) < 0 {
		return 0
	}
	for k := range 10 {
		if k != 6 && !isDigit(s[k]) {
			return 0
		}
	}
	if !date(s[4:6], s[2:4], s[0:2], 0) || !closes(text, i+length) {
		return 0
	}
	n := 0
	for _, c := range s[0:6] + s[7:10] {
		n = n*10 + int(c-'0')
	}
	if finnishChecks[n%31] == s[10] || strings.IndexByte(finnishChecks, s[10]) >= 10 && (meant || labelled(text, i)) {
		return i + length
	}
	return 0
}

package tables

import "strings"

// The checks of organisation numbers tell a column of them from other digits.
// They take what bare leaves: the digits, or nothing.

// bare takes off what is written around the digits of an organisation number.
func bare(s string) string {
	if len(s) < 7 || len(s) > 24 || digitsIn(s) < 7 {
		return ""
	}
	s = strings.ToUpper(strings.NewReplacer(" ", "", "\u00a0", "", "-", "", ".", "").Replace(s))
	for _, prefix := range []string{"NO", "SE", "DK", "FI", "CVR"} {
		s = strings.TrimPrefix(s, prefix)
	}
	s = strings.TrimSuffix(s, "MVA")
	if !allDigits(s) {
		return ""
	}
	return s
}

func weighted(s string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return sum % 11
}

// validNO checks Brønnøysund's number: nine digits, weighted modulo 11.
func validNO(s string) bool {
	return len(s) == 9 && s[0] >= '8' && weighted(s, 3, 2, 7, 6, 5, 4, 3, 2, 1) == 0
}

// validDK checks a CVR number: eight digits, weighted modulo 11.
func validDK(s string) bool {
	return len(s) == 8 && s[0] != '0' && weighted(s, 2, 7, 6, 5, 4, 3, 2, 1) == 0
}

// validFI checks a Y-tunnus: eight digits, weighted modulo 11; a number cell
// loses the zero in front.
func validFI(s string) bool {
	if len(s) == 7 {
		s = "0" + s
	}
	return len(s) == 8 && weighted(s, 7, 9, 10, 5, 8, 4, 2, 1) == 0
}

// validSE checks a Swedish number: ten digits by Luhn, the third at least 2;
// twelve with the century 16 in front or 01 behind.
func validSE(s string) bool {
	if len(s) == 12 {
		if s[:2] == "16" {
			s = s[2:]
		} else if s[10:] == "01" {
			s = s[:10]
		}
	}
	if len(s) != 10 || s[2] < '2' {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

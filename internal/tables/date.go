package tables

import (
	"strconv"
	"strings"
	"time"
)

// dateToken is a run of digits or of letters, with the sign before it.
type dateToken struct {
	text   string
	number int // -1 for a word
	before byte
}

// parseDate reads a date, with or without a time of day, as people write it in
// the Nordic countries and as programs do: 2025-12-31, 31.12.25, 31/12 2025,
// 31. desember 2025, Dec 31, 2025 4:05 PM, 2025-12-31T16:05:00+01:00. A time
// without zone is taken as UTC.
func parseDate(s string, monthFirst bool) (time.Time, bool) {
	if len(s) < 6 || len(s) > 40 {
		return time.Time{}, false
	}
	tokens := dateTokens(s)
	if len(tokens) < 3 {
		return time.Time{}, false
	}
	y, m, d, ok := dateOf(tokens[0], tokens[1], tokens[2], monthFirst)
	if !ok {
		return time.Time{}, false
	}
	clock, ok := clockOf(tokens[3:])
	if !ok {
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d || t.Month() != time.Month(m) || y < 1900 || y > 2199 {
		return time.Time{}, false
	}
	return t.Add(clock), true
}

// dateTokens splits at what may stand between the parts of a date; nil if there
// is anything else.
func dateTokens(s string) []dateToken {
	tokens := make([]dateToken, 0, 8)
	before := byte(0)
	for i := 0; i < len(s); {
		j := i
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			for j < len(s) && s[j] >= '0' && s[j] <= '9' {
				j++
			}
			n, err := strconv.Atoi(s[i:j])
			if err != nil || j-i > 9 {
				return nil
			}
			tokens = append(tokens, dateToken{s[i:j], n, before})
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
			for j < len(s) && (s[j] >= 'a' && s[j] <= 'z' || s[j] >= 'A' && s[j] <= 'Z' || s[j] >= 0x80) {
				j++
			}
			tokens = append(tokens, dateToken{s[i:j], -1, before})
		case c == ' ' || strings.IndexByte("-./:,+", c) >= 0:
			if c != ' ' || i > 0 && s[i-1] != '.' && s[i-1] != ',' {
				before = c
			}
			i++
			continue
		default:
			return nil
		}
		if len(tokens) > 10 {
			return nil
		}
		i, before = j, 0
	}
	return tokens
}

func dateOf(a, b, c dateToken, monthFirst bool) (y, m, d int, ok bool) {
	switch {
	case a.number >= 0 && b.number >= 0 && c.number >= 0:
		if !strings.ContainsRune("-./ ", rune(b.before)) || !strings.ContainsRune("-./ ", rune(c.before)) || b.before == 0 || c.before == 0 {
			return 0, 0, 0, false
		}
		if b.before == ' ' && len(a.text) != 4 { // 31 12 2025 is more often a phone number
			return 0, 0, 0, false
		}
		if len(a.text) == 4 {
			return a.number, b.number, c.number, len(b.text) <= 2 && len(c.text) <= 2
		}
		y, ok = year(c)
		if len(a.text) > 2 || len(b.text) > 2 {
			return 0, 0, 0, false
		}
		if monthFirst {
			return y, a.number, b.number, ok
		}
		return y, b.number, a.number, ok
	case a.number >= 0 && b.number < 0 && c.number >= 0: // 31. desember 2025
		y, ok = year(c)
		return y, month(b.text), a.number, ok && month(b.text) > 0
	case a.number < 0 && b.number >= 0 && c.number >= 0: // Dec 31, 2025
		y, ok = year(c)
		return y, month(a.text), b.number, ok && month(a.text) > 0
	}
	return 0, 0, 0, false
}

func year(t dateToken) (int, bool) {
	switch {
	case len(t.text) == 4:
		return t.number, true
	case len(t.text) == 2 && t.number < 70:
		return 2000 + t.number, true
	case len(t.text) == 2:
		return 1900 + t.number, true
	}
	return 0, false
}

// clockOf reads what follows the date: nothing, or a time of day with its zone.
func clockOf(tokens []dateToken) (time.Duration, bool) {
	if len(tokens) > 0 && (tokens[0].text == "T" || strings.EqualFold(tokens[0].text, "kl")) {
		tokens = tokens[1:]
	}
	if len(tokens) == 0 {
		return 0, true
	}
	units := []time.Duration{time.Hour, time.Minute, time.Second}
	bounds := []int{24, 60, 60}
	var clock time.Duration
	n := 0
	for ; n < len(tokens) && n < 3 && tokens[n].number >= 0; n++ {
		if n > 0 && tokens[n].before != ':' && tokens[n].before != '.' {
			break
		}
		if tokens[n].number >= bounds[n] || len(tokens[n].text) > 2 {
			return 0, false
		}
		clock += time.Duration(tokens[n].number) * units[n]
	}
	if n < 2 {
		return 0, false
	}
	return zoneOf(clock, tokens[n:])
}

// zoneOf reads fractions of a second, am or pm, and a zone, which it takes off.
func zoneOf(clock time.Duration, tokens []dateToken) (time.Duration, bool) {
	if len(tokens) > 0 && tokens[0].before == '.' {
		tokens = tokens[1:]
	}
	if len(tokens) == 0 {
		return clock, true
	}
	t := tokens[0]
	switch {
	case t.before == '+' || t.before == '-':
		offset := time.Duration(t.number) * time.Hour
		if len(t.text) == 4 {
			offset = time.Duration(t.number/100)*time.Hour + time.Duration(t.number%100)*time.Minute
		} else if len(tokens) == 2 {
			offset += time.Duration(tokens[1].number) * time.Minute
		}
		if t.before == '-' {
			offset = -offset
		}
		return clock - offset, t.number >= 0 && offset.Abs() < 24*time.Hour
	case len(tokens) > 1:
		return 0, false
	case strings.EqualFold(t.text, "pm") && clock < 12*time.Hour:
		return clock + 12*time.Hour, true
	case strings.EqualFold(t.text, "am") && clock >= 12*time.Hour:
		return clock - 12*time.Hour, true
	}
	switch strings.ToLower(t.text) {
	case "am", "pm", "z", "utc", "gmt":
		return clock, true
	}
	return 0, false
}

// month knows the names of the months in Norwegian, Swedish, Danish, Finnish
// and English by their beginnings; 0 if s is none.
func month(s string) int {
	s = fold(s)
	for _, m := range []struct {
		names string
		n     int
	}{
		{"jan tammi", 1}, {"feb helmi", 2}, {"mar maalis", 3}, {"apr huhti", 4}, {"mai may maj touko", 5}, {"jun kesa", 6},
		{"jul heina", 7}, {"aug elo", 8}, {"sep syys", 9}, {"oct okt loka", 10}, {"nov marras", 11}, {"dec des joulu", 12},
	} {
		for name := range strings.FieldsSeq(m.names) {
			if rest, ok := strings.CutPrefix(s, name); ok && monthEnding(rest) {
				return m.n
			}
		}
	}
	return 0
}

func monthEnding(s string) bool {
	switch s {
	case "", "uar", "uary", "ruar", "ruary", "s", "ch", "ts", "ti", "il", "i", "e", "y", "ust", "usti", "t", "tember", "ober", "ember", "kuu", "kuuta", "k":
		return true
	}
	return false
}

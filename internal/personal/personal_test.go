package personal

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"samsyn/internal/hub"
)

// TestMask uses numbers that the authorities publish for tests and examples, and
// numbers that only look like personal ones.
func TestMask(t *testing.T) {
	for text, want := range map[string]string{
		"811228-9874":                           "******-****",
		"Anna, 811228-9874, ringde":             "Anna, ******-****, ringde",
		"19811228-9874":                         "********-****",
		"198112289874":                          "************",
		"pnr 8112289874":                        "pnr **********",
		"Personnummer: 811228 9874":             "Personnummer: ****** ****",
		"811228–9874":                           "******–****",
		"670919-9530 och 811228-9874":           "******-**** och ******-****",
		"811288-9848":                           "******-****", // samordningsnummer
		"SE811228987401":                        "SE************",
		"VAT SE 811228987401":                   "VAT SE ************",
		"fødselsnummer 01010750160":             "fødselsnummer ***********",
		"01010750160":                           "***********",
		"010107 50160":                          "****** *****",
		"070761-4285":                           "******-****", // CPR
		"CPR 0707614285":                        "CPR **********",
		"131052-308T":                           "******-****",
		"hetu: 131052A308T.":                    "hetu: ***********.",
		"131052-308t":                           "******-****",
		"556016-0680":                           "556016-0680", // organisation number
		"8112289874":                            "8112289874",  // ten digits, and nothing said of them
		"070-123 45 67":                         "070-123 45 67",
		"0701234567":                            "0701234567",
		"Konto 1234.56.78903":                   "Konto 1234.56.78903",
		"131052-308X":                           "131052-308X",
		"811228-9875":                           "811228-9875", // the check fails
		"811338-9874":                           "811338-9874", // no such month
		"faktura 2025-0312-1234":                "faktura 2025-0312-1234",
		"a1b2c3d4-811228-9874-aaaa-bbbbbbbbbbb": "a1b2c3d4-811228-9874-aaaa-bbbbbbbbbbb",
		"x811228-9874":                          "x811228-9874",
		"1811228-98740":                         "1811228-98740",
		"":                                      "",
	} {
		if got := Mask(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	for cell, want := range map[string]string{
		"8112289874": "**********", "811228-9875": "******-****", "198112289874": "************", "0707614285": "**********",
		"5560160680": "5560160680", "556016-0680": "556016-0680", "923609016": "923609016", "165560160680": "165560160680", "2077474-0": "2077474-0", "4790123456": "4790123456",
	} {
		if got := MaskNumber(cell); got != want {
			t.Errorf("in a column of numbers %q became %q, want %q", cell, got, want)
		}
	}
}

// anyone draws a personal number of any country, as it is written.
func anyone(t *rapid.T) string {
	y, m, d := rapid.IntRange(0, 99).Draw(t, "y"), rapid.IntRange(1, 12).Draw(t, "m"), rapid.IntRange(1, 28).Draw(t, "d")
	serial := rapid.IntRange(2, 899).Draw(t, "serial")
	switch rapid.IntRange(0, 3).Draw(t, "country") {
	case 0:
		for check := range 10 {
			if s := fmt.Sprintf("%02d%02d%02d%03d%d", y, m, d, serial, check); swedish(s) {
				return s[:6] + rapid.SampledFrom([]string{"-", "+", "–", " - "}).Draw(t, "sign") + s[6:]
			}
		}
	case 1:
		for k := range 100 {
			if s := fmt.Sprintf("%02d%02d%02d%03d%02d", d, m, y, serial, k); norwegian(s) {
				return s[:6] + rapid.SampledFrom([]string{"", " ", "-", "\u00a0"}).Draw(t, "sign") + s[6:]
			}
		}
	case 2:
		for check := range 10 {
			if s := fmt.Sprintf("%02d%02d%02d%03d%d", d, m, y, serial, check); danish(s) {
				return s[:6] + "-" + s[6:]
			}
		}
	}
	n := (d*10000+m*100+y)*1000 + serial
	return fmt.Sprintf("%02d%02d%02d%s%03d%c", d, m, y, rapid.SampledFrom([]string{"-", "A", "+", "Y"}).Draw(t, "sign"), serial, finnishChecks[n%31])
}

// TestNoneGetsThrough puts numbers into texts.
func TestNoneGetsThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := anyone(t)
		before := rapid.SampledFrom([]string{"", "Kund: ", "(", "tlf 22 86 44 00, ", "\n> ", "Åse ", "«", "födelsenr ", "\t"}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", ".", ") ring", ", 556016-0680", "\n", " Ås", "»", "/"}).Draw(t, "after")
		text := before + number + after
		got := Mask(text)
		if strings.Contains(got, number) || got != before+stars(number)+after {
			t.Fatalf("%q became %q", text, got)
		}
		if Mask(got) != got || utf8.RuneCountInString(got) != utf8.RuneCountInString(text) {
			t.Fatalf("%q became %q, then %q", text, got, Mask(got))
		}
		if left := Without(got); IsMasked(left) {
			t.Fatalf("of %q is left %q", got, left)
		}
		c := &hub.Content{Title: text, Text: text, Quoted: text, Fields: []hub.Field{{Value: text}}, Attachments: []hub.Attachment{{Name: text}},
			Idents:  []hub.Ident{{Kind: hub.IdentOrgNo, Value: number}, {Kind: hub.IdentPerson, Value: "Åse Lie " + number}},
			Meeting: &hub.Meeting{Occasion: text, Title: text, Where: text, Organizer: text, Attendees: []string{text}}}
		MaskContent(c)
		if strings.Contains(fmt.Sprintf("%+v %+v", c, c.Meeting), number) || len(c.Idents) != 1 || c.Idents[0].Value != "Åse Lie" {
			t.Fatalf("content %+v", c)
		}
	})
}

func stars(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return '*'
		}
		return r
	}, s)
}

// TestChance bounds how many other numbers are taken for personal ones.
func TestChance(t *testing.T) {
	for form, most := range map[string]int{"%011d": 15, "%010d": 0, "%09d": 0, "%08d": 0, "%013d": 0} {
		hit := 0
		for i := range 1000 {
			n := uint64(i)*2654435761*97531 + 12345
			s := fmt.Sprintf(form, n%100_000_000_000)
			if len(s) > 10 && form == "%010d" {
				s = s[:10]
			}
			if Mask(s) != s && len(s) == len(fmt.Sprintf(form, 0)) {
				hit++
			}
		}
		if hit > most {
			t.Errorf("%s: %d of 1000 other numbers are masked", form, hit)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"811228-9874", "pnr 8112289874 x", "131052-308T", "01010750160", "SE811228987401", "\xff811228-9874\xff", "811228 - 9874"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Mask(s)
		if len(got) != len(s) || Mask(got) != got || utf8.ValidString(s) != utf8.ValidString(got) {
			t.Errorf("%q became %q", s, got)
		}
		MaskNumber(s)
		Without(got)
	})
}

package link

import (
	"strconv"
	"strings"
	"testing"
)

func TestParseOrgNo(t *testing.T) {
	for _, c := range []struct{ raw, country, want string }{
		{"923609016", "", "NO923609016"},
		{"923 609 016", "", "NO923609016"},
		{"923\u00a0609\u00a0016 MVA", "", "NO923609016"},
		{"NO 974.760.673 mva", "", "NO974760673"},
		{"Org.nr: 831865741", "", "NO831865741"},
		{"923609016.0", "", "NO923609016"},
		{"9.23609016E8", "", "NO923609016"},
		{"987654321", "", ""},
		{"812345675", "", ""},
		{"556016-0680", "", "SE5560160680"},
		{"16556016-0680", "", "SE5560160680"},
		{"SE556016068001", "", "SE5560160680"},
		{"2021005489", "", "SE2021005489"},
		{"1234567891", "", ""},
		{"811228-9874", "", ""},   // a personal number
		{"19811228-9874", "", ""}, // likewise
		{"DK 13585628", "", "DK13585628"},
		{"CVR CVR 13585628", "", "DK13585628"},
		{"CVR-nr. 10150817", "", "DK10150817"},
		{"12345678", "", ""},
		{"2077474-0", "", "FI20774740"},
		{"FI20774740", "", "FI20774740"},
		{"0112038-9", "", "FI01120389"},
		{"1120389", "", "FI01120389"}, // a number cell loses the zero
		{"2077474-1", "", ""},
		{"13585628", "DK", "DK13585628"},
		{"", "", ""},
		{"n/a", "", ""},
		{"00000000", "", ""},
	} {
		var got []string
		for _, n := range ParseOrgNo(c.raw, c.country) {
			got = append(got, n.String())
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("ParseOrgNo(%q, %q) = %q, want %q", c.raw, c.country, g, c.want)
		}
	}
}

// Some eight digits pass the Danish and the Finnish check: only a hint tells.
func TestParseOrgNoOfTwoCountries(t *testing.T) {
	var both string
	for n := 10_000_000; both == ""; n++ {
		if digits := strconv.Itoa(n); len(ParseOrgNo(digits, "")) == 2 {
			both = digits
		}
	}
	for _, country := range []string{"DK", "FI"} {
		if got := ParseOrgNo(both, country); len(got) != 1 || got[0].Country != country {
			t.Errorf("%s with the hint %s reads as %v", both, country, got)
		}
	}
	if got := ParseOrgNo(both[:7]+"-"+both[7:], ""); len(got) != 1 || got[0].Country != "FI" {
		t.Errorf("%s with a hyphen reads as %v", both, got)
	}
}

// A single wrong digit is always found out.
func TestOneDigitWrong(t *testing.T) {
	for _, good := range []string{"923609016", "5560160680", "13585628"} {
		country := ParseOrgNo(good, "")[0].Country
		for i := range good {
			for d := byte('0'); d <= '9'; d++ {
				bad := good[:i] + string(d) + good[i+1:]
				for _, n := range ParseOrgNo(bad, country) {
					if bad != good && n.Country == country {
						t.Errorf("%s, one digit off %s, is taken for %s", bad, good, n)
					}
				}
			}
		}
	}
}

func FuzzParseOrgNo(f *testing.F) {
	for _, s := range []string{"923 609 016 MVA", "SE556016068001", "CVR 13585628", "2077474-0", "9.23609016E8", "E8", "-", "1e999", "Ä-1"} {
		f.Add(s, "DK")
	}
	f.Fuzz(func(t *testing.T, raw, country string) {
		for _, n := range ParseOrgNo(raw, country) {
			again := ParseOrgNo(n.String(), "")
			if len(again) != 1 || again[0] != n {
				t.Errorf("%q reads as %s, which reads as %v", raw, n, again)
			}
			if shown := ParseOrgNo(n.Show(), n.Country); len(shown) != 1 || shown[0] != n {
				t.Errorf("%s is shown as %q, which reads as %v", n, n.Show(), shown)
			}
		}
	})
}

func TestForeignVATNumbers(t *testing.T) {
	for raw, want := range map[string]string{"DE806317323": "DE806317323", "de 806 317 323": "DE806317323", "NL 8533.17.485.B01": "NL853317485B01", "GB 123 4567 89": "GB123456789"} {
		if got := ParseOrgNo(raw, "NO"); len(got) != 1 || got[0].String() != want || got[0].Show() != want {
			t.Errorf("%s is %v, want %s", raw, got, want)
		}
	}
	for _, raw := range []string{"DE806317324", "DE80631732", "GB000000000", "NL853317485", "XX123456789"} {
		for _, n := range ParseOrgNo(raw, "") {
			if n.Country != "NO" && n.Country != "SE" && n.Country != "DK" && n.Country != "FI" {
				t.Errorf("%s is %v", raw, n)
			}
		}
	}
}

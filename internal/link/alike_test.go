package link

import "testing"

// Names that differ on purpose are told apart; the same name written badly is not.
func TestToldApart(t *testing.T) {
	for _, c := range []struct {
		a, b        string
		atLeast     float64
		apart, slip bool
	}{
		{"Fjordvik Bygg AS", "FJORDVIKBYGG", 1, false, false},
		{"Nordmoen Grus og Betong AS", "N.moen Grus og Betong AS", .9, false, false},
		{"Granmoen Verksted AS", "Granmoen Verkst.", .9, false, false},
		{"Heibakk Borettslag", "Heibakk Brl.", 1, false, false},
		{"Kvarnö Marine AB", "Kvarnö MMarine", .85, false, true},
		{"Bratvik Havbruk AS", "Bratvik Havbrk", .85, false, true},
		{"Solvik Bygg AS", "Solvin Bygg AS", .6, false, false},
		{"Lund Transport AS", "Lunde Transport AS", .85, false, false},
		{"Lyngfell Sikkerhet Øst AS", "Lyngfell Sikkerhet Ostt AS", .85, false, false},
		{"Talllund Invest AS", "TALLLUND INVVEST", .85, false, true},
		{"Havlund Drift AS", "Havlund Teknikk AS", 0, true, false},
		{"Solvik Eiendom II AS", "Solvik Eiendom AS", .6, true, false},
		{"Kvarnrum Drift AS", "Kvarnrum Transport AS", 0, true, false},
		{"Furuheim Renhold AS", "Furuheim Renhold ANS", 1, true, false},
		{"Isbrenes Stål SA", "Isbrenes Staal AS", 1, false, false},
	} {
		a, b := ParseName(c.a), ParseName(c.b)
		alike, apart := a.Alike(b)
		if alike < c.atLeast || apart != c.apart || slip(a, b) != c.slip {
			t.Errorf("%q and %q: %.2f alike, apart %v, slip %v; want at least %.2f, %v, %v", c.a, c.b, alike, apart, slip(a, b), c.atLeast, c.apart, c.slip)
		}
		if back, apart := b.Alike(a); back != alike || apart != c.apart {
			t.Errorf("%q and %q: %.2f, %v one way, %.2f, %v the other", c.a, c.b, alike, c.apart, back, apart)
		}
	}
}

func TestAbbreviated(t *testing.T) {
	for _, c := range []struct {
		a, b      string
		may, fits bool
	}{
		{"GGN", "Grønholm Gartneri Nord ApS", true, true},
		{"SKOF", "Stormrud Kjøl og Frys AS", true, true},
		{"ABC", "Grønholm Gartneri Nord ApS", true, false},
		{"Solberg Bygg", "Grønholm Gartneri Nord ApS", false, false},
	} {
		if may, fits := abbreviated(ParseName(c.a), ParseName(c.b)); may != c.may || fits != c.fits {
			t.Errorf("%q of %q: %v, %v", c.a, c.b, may, fits)
		}
	}
}

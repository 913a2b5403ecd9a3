package link

import (
	"slices"
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	for _, c := range []struct{ raw, words, form string }{
		{"Fjordvik Bygg AS", "fjordvik bygg", "as"},
		{"FJORDVIK BYGG A/S", "fjordvik bygg", "as"},
		{"Fjordvik Bygg A.S.", "fjordvik bygg", "as"},
		{"AS Fjordvik Bygg", "fjordvik bygg", "as"},
		{"Fjordvik Bygg AS, avd. Oslo", "fjordvik bygg", "as"},
		{"Fjordvik Bygg AS - Bergen", "fjordvik bygg", "as"},
		{"Fjordvik Bygg (Bergen)", "fjordvik bygg", ""},
		{"Fjordvik Bygg avdeling Nord", "fjordvik bygg", ""},
		{"Salong Kari v/ Kari Hansen", "salong kari", ""},
		{"Håland & Sønner ANS", "haland sonner", "ans"},
		{"Haaland og Soenner ANS", "haland sonner", "ans"},
		{"Volvo AB (publ)", "volvo", "ab"},
		{"Volvo AB publ", "volvo", "publ"},
		{"Virtanen Oy Ab", "virtanen", "oy"},
		{"Hakala Varustamo t:mi", "hakala varustamo", "tmi"},
		{"Møller ApS", "moller", "aps"},
		{"Solbakken Borettslag", "solbakken borettslag", "borettslag"},
		{"AS", "as", ""},
		{"(ny)", "ny", ""},
		{"Solvik Eiendom II", "solvik eiendom ii", ""},
		{"ASKaldland Marine", "kaldland marine", "as"},
		{"Kaldland MarineAS", "kaldland marine", "as"},
		{"Asker Bygg", "asker bygg", ""},
		{"ASKO Midt", "asko midt", ""},
		{"Solberg & Sønner Tannklinikk A", "solberg sonner tannklinikk", ""}, // 30 characters
		{"Sameiet Storgata 12 Blokk A", "sameiet storgata 12 blokk a", "sameiet"},
		{"Vitamin A", "vitamin a", ""},
		{"Ås Bygg AS", "as bygg", "as"},
		{"AS Ås Bygg", "as bygg", "as"},
		{"Aas & Sønner A/S", "as sonner", "as"},
		{"Åsa Andersson", "asa andersson", ""},
		{"Kari Ås", "kari as", ""},
		{"Øy Eiendom", "oy eiendom", ""},
		{"Bygg AS, Ås", "bygg", "as"},
		{"Rakennus Osakeyhtiö", "rakennus", "oy"},
		{"", "", ""},
	} {
		if got := ParseName(c.raw); strings.Join(got.Words, " ") != c.words || got.Form != c.form {
			t.Errorf("ParseName(%q) = %q, %q; want %q, %q", c.raw, got.Words, got.Form, c.words, c.form)
		}
	}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b     string
		from, to float64
		apart    bool
	}{
		{"Fjordvik Bygg AS", "Fjordvikbygg", 1, 1, false},
		{"Fjordvik Bygg AS", "Fjordvik Bygg AB", 1, 1, true},
		{"Fjordvik Bygg AS", "Fjordvik Byg", .85, 1, false},
		{"Solvik Eiendom", "Solvik Eiendom II", .8, 1, true},
		{"Solvik Nord", "Solvik Sør", .5, .9, true},
		{"Nordic Kontorrekvisita og Møbler", "Nordic Kontorrekvisita og Møb", .9, .9, false},
		{"Fjordvik Bygg", "Ekeberg Data", 0, .25, false},
	} {
		got, apart := ParseName(c.a).Alike(ParseName(c.b))
		if got < c.from || got > c.to || apart != c.apart {
			t.Errorf("%q and %q: %.2f, apart %v; want %.2f to %.2f, %v", c.a, c.b, got, apart, c.from, c.to, c.apart)
		}
	}
}

func TestFoldMeets(t *testing.T) {
	for _, same := range [][]string{{"Ødegård", "Oedegaard", "ÖDEGÅRD", "odegard", "O\u0308dega\u030ard"}, {"Sæther", "Saether", "Säther"}, {"Bygg & Anlegg", "bygg anlegg"}} {
		for _, s := range same {
			if Fold(s) != Fold(same[0]) {
				t.Errorf("Fold(%q) = %q, Fold(%q) = %q", s, Fold(s), same[0], Fold(same[0]))
			}
		}
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("Fjordvik Bygg AS - Bergen")
	f.Add("((( v/ AS")
	f.Add("A/S")
	f.Add("og & och")
	f.Fuzz(func(t *testing.T, raw string) {
		words := strings.Fields(Fold(raw))
		if n := ParseName(raw); len(n.Words) == 0 && slices.ContainsFunc(words, func(w string) bool { return !joiners[w] }) {
			t.Errorf("nothing is left of %q", raw)
		}
	})
}

func TestNamesThatAreTheSameCompany(t *testing.T) {
	for _, pair := range [][2]string{
		{"Älvö kommun Helse og omsorg", "Älvö kommun"},
		{"BERGEID KOMMUNE KULTURSKOLEN", "Bergeid kommune"},
		{"Kildeskov Byg, Aalborg", "Kildeskov Byg ApS"},
		{"Åse Silje Andersen - KONTANT", "Åse Silje Andersen"},
		{"Söderberg & Söner Säkerhet Aktiebolag", "Söderberg och Söner Säkerhet AB"},
	} {
		a, b := ParseName(pair[0]), ParseName(pair[1])
		if alike, apart := a.Alike(b); alike != 1 || apart {
			t.Errorf("%q and %q are alike %.2f, apart %v", pair[0], pair[1], alike, apart)
		}
	}
	for _, pair := range [][2]string{{"Kvarnrum Transp.", "Kvarnrum Transport AS"}, {"Isbrenes Stl AS", "Isbrenes Stål AS"}, {"Elektro Midtedi", "Elektro Midteid AS"}} {
		a, b := ParseName(pair[0]), ParseName(pair[1])
		if alike, apart := a.Alike(b); alike < .6 || apart {
			t.Errorf("%q and %q are alike %.2f, apart %v", pair[0], pair[1], alike, apart)
		}
	}
	if key := ParseName("Hansen, Kari").Key(); key != "hansenkari" {
		t.Errorf("a person became %q", key)
	}
	if _, apart := ParseName("Kvarnrum Drift AS").Alike(ParseName("Kvarnrum Transp.")); !apart {
		t.Error("sister companies are one")
	}
}

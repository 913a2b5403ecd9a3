package indexer

import "testing"

func TestPersonName(t *testing.T) {
	for raw, want := range map[string]string{
		"Liv Sæther":              "Liv Sæther",
		"  Sæther,  Liv ":         "Liv Sæther",
		"LIV SÆTHER-ÅS":           "Liv Sæther-Ås",
		"liv sæther":              "Liv Sæther",
		"Jan van der Berg":        "Jan van der Berg",
		`"Liv Sæther"`:            "Liv Sæther",
		"Liv":                     "",
		"liv@solvik.example":      "",
		"Solvik Bygg AS":          "",
		"Kundeservice 24":         "",
		"en to tre fire fem seks": "",
		"":                        "",
		"Sean O'Brien":            "Sean O'Brien",
		"J.P. Hansen":             "J.P. Hansen",
		"Mæland, Per (innkjøp)":   "",
		"Åse\u00a0Lie":            "Åse Lie",
	} {
		if got := PersonName(raw); got != want {
			t.Errorf("PersonName(%q) = %q, want %q", raw, got, want)
		}
		if want != "" && PersonName(want) != want {
			t.Errorf("PersonName(%q) is not stable", want)
		}
	}
}

package indexer_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"samsyn/indexer"
)

func TestFold(t *testing.T) {
	for want, words := range map[string]string{
		"odegard":        "ødegård odegard oedegaard ødegaard ödegård odegård",
		"arhus":          "århus aarhus arhus",
		"hamalainen":     "hämäläinen hamalainen haemaelaeinen hæmælæinen",
		"blabarsyltetoy": "blåbærsyltetøy blabarsyltetoy blaabaersyltetoey",
		"smar":           "småer smaaer smar smaer",
		"or":             "øer oer oeer or",
		"strasse":        "straße strasse",
		"muller":         "müller muller",
		"cafe":           "café cafe",
		"thordur":        "þórður thordur",
		"x":              "x",
		"923609016":      "923609016",
	} {
		for word := range strings.FieldsSeq(words) {
			if got := indexer.Fold(word); got != want {
				t.Errorf("Fold(%q) = %q, want %q", word, got, want)
			}
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"ødegård", "aaaee", "oeøö", "hæææ", "ABC", "ß", "\xff", "o\u0308e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for w := range indexer.Words(text) {
			if w.Start < end || w.End > len(text) || w.Start >= w.End {
				t.Fatalf("%q: word at %d to %d after %d", text, w.Start, w.End, end)
			}
			end = w.End
			if w.Fold != indexer.Fold(w.Plain) || !utf8.ValidString(w.Plain) {
				t.Fatalf("%q: word %+v", text, w)
			}
			whole := indexer.Fold(w.Plain)
			for i := range w.Plain { // as one types, what is found only gets less
				if begun := indexer.Fold(w.Plain[:i]); !strings.HasPrefix(whole, begun) {
					t.Fatalf("%q begins %q, but the folds are %q and %q", w.Plain, w.Plain[:i], whole, begun)
				}
			}
		}
	})
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"Hei, verden!":               "hei verden",
		"Fjordvik A/S og A.S. og AS": "fjordvik as og as og as",
		"kari@fjordvik.no":           "kari fjordvik no",
		"F-46253879/2":               "f 46253879 2",
		"O\u0308degA\u030Ard":        "ödegård",
		"a/b/c d/ef":                 "abc d ef",
		"pris 12,50\u00a0kr\nog mer": "pris 12 50 kr og mer",
		" ... ":                      "",
		"under_strek":                "under strek",
		strings.Repeat("æ", 40):      strings.Repeat("æ", 32),
		"ja\xffnei":                  "ja nei",
	} {
		var got []string
		for w := range indexer.Words(text) {
			got = append(got, w.Plain)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("Words(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestNumberForms(t *testing.T) {
	for raw, want := range map[string]string{
		"923 609 016":         "923609016",
		"NO923609016MVA":      "no923609016mva 923609016",
		"NO 923 609 016 MVA":  "no923609016mva 923609016",
		"SE556016068001":      "se556016068001 556016068001 5560160680",
		"556016-0680":         "5560160680",
		"+47 22 86 44 00":     "4722864400 22864400",
		"0047 22 86 44 00":    "004722864400 22864400 4722864400",
		"+46 (0)8 123 456 78": "46812345678 812345678 0812345678",
		"F46253879":           "f46253879 46253879",
		"KF-2024-1031":        "kf20241031 20241031",
		"KK-17":               "kk17",
		"kari@fjordvik.no":    "karifjordvikno",
		" - ":                 "",
	} {
		if got := strings.Join(indexer.NumberForms(raw), " "); got != want {
			t.Errorf("NumberForms(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	show := func(terms []indexer.Term) string {
		var out []string
		for _, t := range terms {
			var words []string
			for _, w := range t.Words {
				words = append(words, w.Plain)
			}
			s := strings.Join(words, "+")
			if t.Phrase {
				s = `"` + s + `"`
			}
			if t.Prefix {
				s += "*"
			}
			if len(t.Numbers) > 0 {
				s += "=" + t.Numbers[0]
			}
			out = append(out, s)
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{
		"":                     "",
		"fjordvik":             "fjordvik*",
		"fjordvik ":            "fjordvik",
		"WWW.Fjordvik.example": "fjordvik example*",
		"http://fjordvik.example:80/a?b#c hotell ": "fjordvik example hotell",
		"https://www.fjordvik.example/":            "fjordvik example",
		"awww.fjordvik/example":                    "awww fjordvik example*",
		"https://":                                 "https",
		"www.":                                     "www*",
		"Fjordvik BYGG":                            "fjordvik bygg*",
		`"varm suppe" kald`:                        `"varm+suppe" kald*`,
		`kald "varm suppe"`:                        `kald "varm+suppe"`,
		`kald "varm suppe`:                         `kald varm suppe*`,
		`""`:                                       "",
		"faktura 923 609 016":                      "faktura 923+609+016*=923609016",
		"NO 923 609 016 MVA ":                      "no+923+609+016+mva=no923609016mva",
		"kari@fjordvik.no ola":                     "kari+fjordvik+no=karifjordvikno ola*",
		"KF-2024-1031":                             "kf+2024+1031*=kf20241031",
		"+47 22 86 44 00":                          "47+22+86+44+00*=4722864400",
		"no reply":                                 "no reply*",
		"rør-deler":                                "rør deler*",
		"etter 2024, før 2026":                     "etter 2024=2024 før 2026*=2026",
	} {
		if got := show(indexer.Parse(query)); got != want {
			t.Errorf("Parse(%q) = %s, want %s", query, got, want)
		}
	}
	if n := len(indexer.Parse(strings.Repeat("ord ", 1000))); n > 30 {
		t.Errorf("a query of 1000 words has %d terms", n)
	}
}

func TestTypos(t *testing.T) {
	for query, want := range map[string]int{"moss": 1, "bod": 0, "fjordvik": 1, "byggmester": 2, "f46253879": 0, `"fjordvik"`: 0} {
		if got := indexer.Parse(query)[0].Typos(); got != want {
			t.Errorf("%s may have %d mistakes, want %d", query, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := indexer.Check([]indexer.Doc{{ID: "r1"}, {ID: "c5-0a"}}); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"", "r 1", "r/1", "ø", strings.Repeat("r", 201)} {
		if err := indexer.Check([]indexer.Doc{{ID: "r1"}, {ID: id}}); err == nil || !strings.Contains(err.Error(), "refuses 1 ") {
			t.Errorf("id %q: error %v", id, err)
		}
	}
}

func sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }

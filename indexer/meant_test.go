package indexer

import (
	"slices"
	"strings"
	"testing"
)

func TestMeant(t *testing.T) {
	texts := []string{"Ødegård Bryggeri AS", "Ordre til bryggeri i Solvik", "Bryggen bygg 4711"}
	for query, want := range map[string]string{
		"odegard":           "", // another spelling is no mistake
		"odegrd bryggeri":   "ødegård bryggeri",
		"bryggri ":          "bryggeri ",
		"brygg":             "",         // unfinished
		"bryygge":           "bryggeri", // unfinished and mistyped: the word that stands there most
		"ordre brygeri":     "ordre bryggeri",
		`"odegrd"`:          "", // a phrase is meant as it is
		"4712":              "",
		"xyzzy":             "",
		"":                  "",
		"Odegrd & brygeri!": "ødegård & bryggeri!",
	} {
		if got := Meant(query, slices.Values(texts)); got != want {
			t.Errorf("Meant(%q) = %q, want %q", query, got, want)
		}
	}
	if got := Meant("odegrd", slices.Values([]string{})); got != "" {
		t.Errorf("without hits nothing is meant, not %q", got)
	}
}

func TestNames(t *testing.T) {
	const not, mistyped, typed = 0, 1, 2
	for query, want := range map[string]int{
		"liv sæther": typed, "Saether": typed, "sæt": typed, "liv s": typed, "sæther liv": typed, "sæhter": mistyped, "liv sæhter": mistyped,
		"liv hansen": not, "li": not, "": not, "liv@nord.example": not, "liv sæther 91650067": not,
	} {
		if named, as := Names(query, "Liv Sæther"); named != (want > not) || as != (want == typed) {
			t.Errorf("Names(%q) = %v, %v", query, named, as)
		}
	}
}

func TestReaches(t *testing.T) {
	const cell = "+47 916 50 067 / 22 33 44 55"
	for query, want := range map[string]bool{
		"91650067": true, "+4791650067": true, "0047 916 50 067": true, "22334455": true, "ring 916 50 067 ": true, "9165": false, "91650": true, "91650 ": false, "650067": false, "strøm": false, "": false,
	} {
		if got := Reaches(Parse(query), cell); got != want {
			t.Errorf("Reaches(%q) = %v", query, got)
		}
	}
	for query, want := range map[string]bool{"kari.strom@nord.example": true, "Kari.Strom@NORD.example ": true, "kari.strom@no": true, "kari.strom@sor.example": false} {
		if got := Reaches(Parse(query), "kari.strom@nord.example"); got != want {
			t.Errorf("Reaches(%q) = %v", query, got)
		}
	}
}

func FuzzMeant(f *testing.F) {
	for _, seed := range []string{"odegrd", `"a" b`, "(((", "\xff", strings.Repeat("å ", 300)} {
		f.Add(seed, "Ødegård Bryggeri AS")
	}
	f.Fuzz(func(t *testing.T, query, text string) {
		if meant := Meant(query, slices.Values([]string{text})); meant != "" && len(meant) > len(query)+24*4*maxWord {
			t.Errorf("Meant(%q, %q) = %q", query, text, meant)
		}
		Names(query, text)
	})
}

func FuzzOneLine(f *testing.F) {
	for _, seed := range []string{"", " ", "a", "a b", "a  b", " a", "a ", "a\tb", "å\u00a0b", "\xff", "\uFFFD", "a\u2028b", "æ ø å"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
		if got := oneLine(text); got != want {
			t.Errorf("oneLine(%q) = %q, want %q", text, got, want)
		}
	})
}

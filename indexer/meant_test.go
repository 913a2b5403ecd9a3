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
		"liv hansen": not, "li": not, "": not,
	} {
		if named, as := Names(query, "Liv Sæther"); named != (want > not) || as != (want == typed) {
			t.Errorf("Names(%q) = %v, %v", query, named, as)
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

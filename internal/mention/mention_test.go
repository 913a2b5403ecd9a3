package mention_test

import (
	"slices"
	"testing"

	"samsyn/internal/mention"
)

func TestOrgNumbers(t *testing.T) {
	for line, want := range map[string][]string{
		"Customer states org no NO 940903173 MVA.": {"NO 940903173 MVA"},
		"Org.nr 923 609 016 og CVR 13585628":       {"923 609 016", "13585628"},
		"Ring 923 60 901 eller 13585628":           nil, // a bare number proves nothing
		"Y-tunnus: 2077474-0":                      {"2077474-0"},
	} {
		var got []string
		for _, n := range mention.OrgNumbers(line) {
			got = append(got, n.Value)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestCompanies(t *testing.T) {
	for line, want := range map[string][]string{
		"Hei, dette gjelder Fjordvik Bygg AS.": {"Fjordvik Bygg AS"},
		"Faktura til AS Granmo Frakt":          {"AS Granmo Frakt"},
		"Vi ses i morgen":                      nil,
	} {
		if got := mention.Companies(line); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

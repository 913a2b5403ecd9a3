package linker_test

import (
	"slices"
	"testing"

	"samsyn/internal/hub"
)

// What does not tell a company from its unit, which has its name and another
// number, is the company's; the two stay two customers.
func TestCompanyAndItsUnit(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{
		"r":  row("orgno 923609016", "name Fjordvik Bygg AS", "email kari@fjordvik.no"),
		"r2": row("orgno 923609016", "name Fjordvik Bygg AS", "phone +47 22 86 44 00"),
		"r3": row("orgno 974760673", "name FJORDVIK BYGG A/S"),
	})
	b.write(t, "support", rows{"name": row("name Fjordvik Bygg AS"), "short": row("name Fjordvik Bygg", "person Ola Vik")})
	b.follow(t)
	company := b.together(t, "salg/r", "salg/r2", "support/name", "support/short")
	if unit := b.together(t, "salg/r3"); unit == company {
		t.Error("two organisation numbers are one customer, and nobody said so")
	}
}

// Companies of a form of which several may have one name are not taken for a
// company and its unit.
func TestNamesakesOfAFreeForm(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{
		"r":  row("orgno 923609016", "name Fjordvik Bygg ENK", "email kari@fjordvik.no"),
		"r2": row("orgno 923609016", "name Fjordvik Bygg ENK", "phone +47 22 86 44 00"),
		"r3": row("orgno 974760673", "name Fjordvik Bygg ENK"),
	})
	b.write(t, "support", rows{"name": row("name Fjordvik Bygg ENK")})
	b.follow(t)
	if got := b.linked(t, "support/name"); got != nil {
		t.Errorf("a row with the name of two is linked to %v", got)
	}
}

// A person who works for several customers tells namesakes apart, and links
// nobody whose name is another.
func TestPersonOfSeveral(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{
		"a": row("orgno 923609016", "name Solbakken Sameie", "person Kari Lunde"),
		"b": row("orgno 974760673", "name Solbakken Sameie", "person Per Dahl"),
		"c": row("orgno 831865741", "name Ekeberg Data AS", "person Kari Lunde"),
	})
	b.write(t, "support", rows{
		"kari":  row("name Solbakken Sameie", "person Kari Lunde"),
		"other": row("name Nordmo Transport", "person Kari Lunde"),
	})
	b.follow(t)
	b.together(t, "salg/a", "support/kari")
	if got := b.linked(t, "support/other"); got != nil {
		t.Errorf("a stranger is linked to %v by a person alone", got)
	}
}

// An address to which several have their invoices sent does not put the number
// of a company with a new name in doubt.
func TestSharedInvoiceAddressIsNoDoubt(t *testing.T) {
	b := newTestBench(t)
	shared := "email faktura@hub.no"
	b.write(t, "lager", rows{
		"old": row("orgno 923609016", "name Sikkerhet Rødstrand AS", shared),
		"new": row("orgno 923609016", "name Svartland Kjøl og Frys AS", shared),
		"x":   row("orgno 974760673", "name Ekeberg Data AS", shared), "x2": row("orgno 974760673", "name Ekeberg Data AS", shared), "x3": row("orgno 974760673", "name Ekeberg Data AS", shared),
		"y": row("orgno 831865741", "name Nordmo Transport AS", shared),
	})
	b.follow(t)
	b.together(t, "lager/old", "lager/new")
}

// A name that a field has cut off in the middle of its legal form is the name.
func TestNameCutInItsForm(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Solberg & Sønner Tannklinikk A", "email post@solberg.no")})
	b.write(t, "lager", rows{"r": row("custno 7", "name Solberg & Sønner Tannklinikk AS", "place Fredrikstad")})
	b.follow(t)
	b.together(t, "salg/r", "lager/r")
	if links := b.links(t, "lager/r"); slices.ContainsFunc(links, func(k hub.Link) bool { return k.Suggested }) {
		t.Error("the row is a question as well")
	}
}

package linker_test

import (
	"context"
	"slices"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// entryOf makes a row of a register from "header=value" pairs.
func entryOf(number, name string, more ...[2]string) *hub.Content {
	c := &hub.Content{Kind: hub.KindRow, Fields: []hub.Field{{Column: "A", Name: "organisasjonsnummer", Role: hub.RoleOrgNo, Value: number},
		{Column: "B", Name: "navn", Role: hub.RoleCustomerName, Value: name}, {Column: "C", Name: "organisasjonsform", Value: "AS"},
		{Column: "D", Name: "registreringsdato", Type: "date", Value: "1995-02-19"}}}
	c.Idents = []hub.Ident{{Kind: hub.IdentOrgNo, Value: number, Place: "A organisasjonsnummer"}, {Kind: hub.IdentName, Value: name, Place: "B navn"}}
	for _, f := range more {
		c.Fields = append(c.Fields, hub.Field{Column: "E", Name: f[0], Value: f[1]})
	}
	return c
}

func TestARegisterNamesCustomersAndFoundsNone(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "register", rows{"k0": entryOf("923609016", "FJORDVIK BYGG OG ANLEGG AS"), "k1": entryOf("974760673", "UKJENT FISK AS")})
	b.write(t, "salg", rows{"k0": row("orgno 923609016", "name Fjordvik", "email post@fjordvik.no"), "k1": row("name Fjordvik Bygg & Anlegg AS"), "k2": row("name Ukjent Fisk AS")})
	b.follow(t)
	customer := b.linked(t, "salg/k0")
	if len(customer) != 1 {
		t.Fatalf("salg/k0 is linked to %v", customer)
	}
	for name, want := range map[string][]hub.CustomerID{"register/k0": customer, "salg/k1": customer, "register/k1": nil, "salg/k2": nil} {
		if got := b.linked(t, name); !slices.Equal(got, want) {
			t.Errorf("%s is linked to %v, want %v", name, got, want)
		}
	}
	ctx, all := context.Background(), hub.Viewer{All: true}
	if c, err := b.st.Customer(ctx, all, customer[0]); err != nil || c.Name != "Fjordvik Bygg og Anlegg AS" {
		t.Errorf("the customer is called %q, %v", c.Name, err)
	}
	if _, n, err := b.st.Customers(ctx, all, "", 0, 10); err != nil || n != 1 {
		t.Errorf("%d customers, %v", n, err)
	}
	// Who does not see the register does not learn of it.
	if c, err := b.st.Customer(ctx, hub.Viewer{Departments: []string{"salg"}}, customer[0]); err != nil || c.Name == "Fjordvik Bygg og Anlegg AS" {
		t.Errorf("for another department the customer is called %q, %v", c.Name, err)
	}

	// The row on it goes with the last that the company itself noted.
	b.write(t, "salg", rows{"k0": nil})
	b.follow(t)
	for _, name := range []string{"register/k0", "salg/k1"} {
		if got := b.linked(t, name); got != nil {
			t.Errorf("%s is linked to %v though nobody bears the number", name, got)
		}
	}
}

func TestARegisterTellsWhoTookOver(t *testing.T) {
	b := newTestBench(t)
	merged := [2]string{"fusjonert inn i", "923609016"}
	b.write(t, "salg", rows{"k0": row("orgno 923609016", "name Fjordvik AS"), "k1": row("orgno 974760673", "name Solvik Drift AS"), "k2": row("orgno 974760673", "name Solvik Drift")})
	b.follow(t)
	before := b.linked(t, "salg/k1")
	b.write(t, "register", rows{"k0": entryOf("923609016", "FJORDVIK AS"), "k1": entryOf("974760673", "SOLVIK DRIFT AS", merged)})
	b.follow(t)
	heir := b.linked(t, "salg/k0")
	for _, name := range []string{"salg/k1", "salg/k2", "register/k0", "register/k1"} {
		if got := b.linked(t, name); !slices.Equal(got, heir) {
			t.Errorf("%s is linked to %v, want %v", name, got, heir)
		}
	}
	if why := b.links(t, "salg/k1")[0].Evidence; !slices.ContainsFunc(why, func(e hub.Evidence) bool { return e.Kind == link.KindSuccession && e.Value == "NO923609016" }) {
		t.Errorf("the link does not say why: %v", why)
	}

	// What people say goes before.
	apart := hub.Decision{Kind: link.CannotLink, A: map[string]string{"orgno": "974760673"}, B: map[string]string{"orgno": "923609016"}, By: "kari"}
	id, err := b.st.AddDecision(context.Background(), apart)
	if err != nil {
		t.Fatal(err)
	}
	b.follow(t)
	if got := b.linked(t, "salg/k1"); !slices.Equal(got, before) {
		t.Errorf("held apart by a person it is linked to %v, want %v", got, before)
	}
	if err := b.st.RevokeDecision(context.Background(), "kari", id); err != nil {
		t.Fatal(err)
	}
	b.follow(t)
	if got := b.linked(t, "salg/k1"); !slices.Equal(got, heir) {
		t.Errorf("after the decision was revoked it is linked to %v, want %v", got, heir)
	}

	// The register takes it back.
	b.write(t, "register", rows{"k1": entryOf("974760673", "SOLVIK DRIFT AS")})
	b.follow(t)
	if got := b.linked(t, "salg/k1"); !slices.Equal(got, before) {
		t.Errorf("after the register was corrected it is linked to %v, want %v", got, before)
	}
}

func TestARegisterTellsUnits(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"k0": row("orgno 923609016", "name Nordmo Transport AS"), "k1": row("orgno 831865741", "name Nordmo Oslo")})
	b.write(t, "register", rows{"k0": entryOf("923609016", "NORDMO TRANSPORT AS"), "k1": entryOf("831865741", "NORDMO TRANSPORT AS AVD OSLO", [2]string{"overordnetEnhet", "923609016"})})
	b.follow(t)
	main, unit := b.linked(t, "salg/k0"), b.linked(t, "salg/k1")
	if slices.Equal(main, unit) {
		t.Fatal("a unit is not the company")
	}
	ctx, all, other := context.Background(), hub.Viewer{All: true}, hub.Viewer{Departments: []string{"salg"}}
	if above, _, err := b.st.Group(ctx, all, unit[0]); err != nil || !slices.Equal(above, main) {
		t.Errorf("above the unit: %v, %v", above, err)
	}
	if _, below, err := b.st.Group(ctx, all, main[0]); err != nil || !slices.Equal(below, unit) {
		t.Errorf("below the company: %v, %v", below, err)
	}
	if above, _, err := b.st.Group(ctx, other, unit[0]); err != nil || above != nil {
		t.Errorf("who does not see the register is told %v, %v", above, err)
	}
}

// TestARegisterTellsCopiedNumbers: the only row with a number bears the name of
// another customer, and the register has another name for the number.
func TestARegisterTellsCopiedNumbers(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"k0": row("orgno 923609016", "name Fjordvik Bygg AS", "email post@fjordvik.no"), "k1": row("orgno 923609016", "name Fjordvik Bygg AS", "email kari@fjordvik.no"),
		"k2": row("orgno 974760673", "name Fjordvik Bygg AS", "email post@fjordvik.no")})
	b.follow(t)
	customer := b.linked(t, "salg/k0")
	if got := b.linked(t, "salg/k2"); len(got) != 1 || slices.Equal(got, customer) {
		t.Fatalf("without a register the row is linked to %v, the other to %v", got, customer)
	}
	b.write(t, "register", rows{"k0": entryOf("974760673", "UKJENT FISK AS")})
	b.follow(t)
	if got := b.linked(t, "salg/k2"); got != nil {
		t.Errorf("the row with another's number is linked to %v", got)
	}
	if asked := b.links(t, "salg/k2"); len(asked) == 0 || asked[0].Customer != customer[0] {
		t.Errorf("the row asks for %v, want %v first", asked, customer)
	}
}

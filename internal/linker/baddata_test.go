package linker_test

import (
	"fmt"
	"testing"

	"samsyn/internal/hub"
)

// TestPlaceholders: what people type who know nothing fuses no customers, in
// however many rows it stands.
func TestPlaceholders(t *testing.T) {
	firms := make([]string, 66)
	for i := range firms {
		firms[i] = fmt.Sprintf("%s%s %s AS", []string{"Fjord", "Sol", "Gran", "Ulv", "Tind", "Kvit", "Ravn", "Bjørk", "Vass", "Elve", "Mo"}[i%11],
			[]string{"vik", "berg", "heim", "nes", "dal", "sund"}[i/11], []string{"Bygg", "Data", "Frakt", "Regnskap", "Bakeri", "Rør", "Trelast"}[i%7])
	}
	for _, c := range []struct{ name, shared string }{
		{"an organisation number", "orgno 923609016"},
		{"an address of an e-invoice portal", "email faktura@portalen.no"},
		{"a telephone", "phone +47 22 86 44 00"},
		{"a person", "person Ukjent Person"},
		{"a web site", "web www.portalen.no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newTestBench(t)
			all := rows{}
			for i, name := range firms {
				all[fmt.Sprint(i)] = row(fmt.Sprintf("custno %d", 1000+i), "name "+name, c.shared)
			}
			b.write(t, "salg", all)
			b.write(t, "support", rows{"open": row("person Kari Lie", c.shared)})
			b.follow(t)
			of := map[hub.CustomerID]string{}
			for i := range firms {
				for _, id := range b.linked(t, fmt.Sprintf("salg/%d", i)) {
					if other, taken := of[id]; taken {
						t.Errorf("%s and %s are one customer", firms[i], other)
					}
					of[id] = firms[i]
				}
			}
			if got := b.linked(t, "support/open"); got != nil {
				t.Errorf("a row with nothing else is linked to %v", got)
			}
		})
	}
}

// A name that says that there is none founds nobody and joins nobody.
func TestNoName(t *testing.T) {
	b := newTestBench(t)
	for i, name := range []string{"IKKE TILGJENGELIG", "N/A", "ukjent", "Tuntematon", "Okänd", "test"} {
		b.write(t, "salg", rows{fmt.Sprint("a", i): row("name "+name, "phone +47 930 96 51"+fmt.Sprint(i)), fmt.Sprint("b", i): row("name "+name, "place Bergen")})
	}
	b.follow(t)
	for i := range 6 {
		for _, record := range []string{fmt.Sprint("salg/a", i), fmt.Sprint("salg/b", i)} {
			if got := b.linked(t, record); got != nil {
				t.Errorf("%s is linked to %v", record, got)
			}
		}
	}
}

// A row that is not believed about its organisation number claims it all the
// same; when the row is corrected, that claim must go with it, or the customer
// number beside it casts doubt on others for ever.
func TestClaimOfTheUnbelievedGoesWithIt(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "support", rows{"k0": row("orgno 2077474-0", "name Fjordvik Bygg AS")})
	b.write(t, "salg", rows{
		"k1": row("orgno 974760673", "custno 10046", "name Solvik Eiendom II"),
		"k5": row("orgno 2077474-0", "custno 10046", "name Solvik Eiendom II"),
	})
	b.follow(t)
	if b.linked(t, "salg/k5") != nil {
		t.Fatal("a row with another's number is believed")
	}
	b.write(t, "salg", rows{"k5": row("orgno 556016-0680", "custno 10047"), "k4": row("orgno 974760673", "name Nordmo Transport AS")})
	b.follow(t)
	b.together(t, "salg/k1", "salg/k4")
}

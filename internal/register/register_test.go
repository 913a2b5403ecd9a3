package register

import (
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// row makes a row of cells "header=value", with the role of those headers that
// column recognition knows.
func row(cells ...[3]string) *hub.Content {
	c := &hub.Content{Kind: hub.KindRow}
	for _, cell := range cells {
		c.Fields = append(c.Fields, hub.Field{Column: "A", Name: cell[0], Role: cell[1], Value: cell[2]})
	}
	return c
}

func TestRegistersOfFiveLanguagesAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		row  *hub.Content
		want Entry
	}{
		"Norwegian, a company that was merged": {
			row([3]string{"organisasjonsnummer", hub.RoleOrgNo, "974760673"}, [3]string{"navn", hub.RoleCustomerName, "SOLVIK DRIFT OG SØNNER AS"}, [3]string{"organisasjonsform.kode", "", "AS"},
				[3]string{"antallAnsatte", hub.RoleQuantity, "3"}, [3]string{"aksjekapital", hub.RoleAmount, "30000"}, [3]string{"overordnetEnhet", hub.RoleRecordNo, ""}, [3]string{"slettedato", hub.RoleDate, "2025-03-01"}, [3]string{"fusjonertInnI", hub.RoleOrgNo, "923609016"}),
			Entry{Number: "NO974760673", Name: "Solvik Drift og Sønner AS", Successor: "NO923609016", Ended: true, EndedAt: time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)},
		},
		"Norwegian, a unit whose parent stands first": {
			row([3]string{"Hovedenhet", hub.RoleOrgNo, "923609016"}, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Navn", hub.RoleCustomerName, "Nordmo AVD Oslo"}, [3]string{"Orgform", "", "BEDR"}, [3]string{"Konkurs", "", "nei"}, [3]string{"Poststed", hub.RoleCity, "Oslo"}),
			Entry{Number: "NO974760673", Name: "Nordmo AVD Oslo", Parent: "NO923609016", Town: "Oslo"},
		},
		"Swedish": {
			row([3]string{"Organisationsnummer", hub.RoleOrgNo, "556016-0680"}, [3]string{"Företagsnamn", hub.RoleCustomerName, "Telefon AB LM"}, [3]string{"Organisationsform", "", "AB"}, [3]string{"Registreringsdatum", hub.RoleDate, "1918-08-18"}, [3]string{"Avregistreringsdatum", "", "2024-01-31"}, [3]string{"Postort", "", "Stockholm"}),
			Entry{Number: "SE5560160680", Name: "Telefon AB LM", Town: "Stockholm", Ended: true, EndedAt: time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC)},
		},
		"Danish": {
			row([3]string{"CVR-nr.", hub.RoleOrgNo, "13585628"}, [3]string{"Navn", hub.RoleCustomerName, "Nordhavn ApS"}, [3]string{"Virksomhedsform", "", "Anpartsselskab"}, [3]string{"Branchekode", "", "620100"}, [3]string{"Ophørsdato", "", ""}, [3]string{"Hovedenhed", "", ""}),
			Entry{Number: "DK13585628", Name: "Nordhavn ApS"},
		},
		"Finnish": {
			row([3]string{"Y-tunnus", hub.RoleOrgNo, "2077474-0"}, [3]string{"Toiminimi", hub.RoleCustomerName, "Järvi Oy"}, [3]string{"Yritysmuoto", "", "OY"}, [3]string{"Rekisteröintipäivä", hub.RoleDate, "2006-12-01"}, [3]string{"Konkurssi", "", "kyllä"}, [3]string{"Kaupunki", hub.RoleCity, "Oulu"}),
			Entry{Number: "FI20774740", Name: "Järvi Oy", Town: "Oulu", Ended: true},
		},
		"English": {
			row([3]string{"Company number", hub.RoleOrgNo, "923609016"}, [3]string{"Company name", hub.RoleCustomerName, "Fjordvik Ltd"}, [3]string{"Legal form", "", "AS"}, [3]string{"Parent unit", "", "974760673"}, [3]string{"Merged into", "", ""}),
			Entry{Number: "NO923609016", Name: "Fjordvik Ltd", Parent: "NO974760673"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader(link.NewOwn(hub.Company{}))
			if !r.Is("", test.row.Fields) {
				t.Fatal("not taken for a row of a register")
			}
			got := r.Read(test.row)
			got.Place, got.NamePlace, got.TownPlace = "", "", ""
			if got != test.want {
				t.Errorf("read %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestAListOfCustomersIsNoRegister(t *testing.T) {
	number, name := [3]string{"Org.nr", hub.RoleOrgNo, "923609016"}, [3]string{"Firma", hub.RoleCustomerName, "Fjordvik AS"}
	for title, row := range map[string]*hub.Content{
		"customers with their form":    row(number, name, [3]string{"Kundenr", hub.RoleCustomerNo, "10"}, [3]string{"Selskapsform", "", "AS"}, [3]string{"Næringskode", "", "41.2"}),
		"prospects, size and industry": row(number, name, [3]string{"Ansatte", hub.RoleQuantity, "12"}, [3]string{"Næringskode", "", "41.2"}, [3]string{"E-post", hub.RoleEmail, "post@fjordvik.no"}),
		"prospects with a salesman":    row(number, name, [3]string{"Selskapsform", "", "AS"}, [3]string{"Stiftelsesdato", "", "2001-02-03"}, [3]string{"Selger", hub.RoleOwner, "Kari Nordmann"}),
		"orders":                       row(number, name, [3]string{"Registreringsdato", hub.RoleDate, "2024-01-01"}, [3]string{"Beløp", hub.RoleAmount, "100"}),
		"cases on bankruptcies":        row(number, name, [3]string{"Konkurs", "", "2024-01-01"}, [3]string{"Slettet", "", "2024-02-01"}, [3]string{"Saksnr", hub.RoleRecordNo, "17"}),
		"no number":                    row(name, [3]string{"Selskapsform", "", "AS"}, [3]string{"Stiftelsesdato", "", "2001-02-03"}),
	} {
		if NewReader(link.NewOwn(hub.Company{})).Is("", row.Fields) {
			t.Errorf("%s: taken for a register", title)
		}
	}
}

func TestOwnNumberAndNoNumberTeachNothing(t *testing.T) {
	r := NewReader(link.NewOwn(hub.Company{OrgNos: []string{"923609016"}}))
	if keys := r.Keys(Entry{Number: "NO923609016", Name: "Vi AS"}); keys != nil {
		t.Errorf("our own number: %v", keys)
	}
	if keys := r.Keys(Entry{Name: "Fjordvik AS"}); keys != nil {
		t.Errorf("without a number: %v", keys)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Slettedato", "2025-03-01", "Fusjonert inn i", "923609016")
	f.Add("Navn", "ÆØÅ OG I", "Hovedenhet", "-")
	f.Fuzz(func(t *testing.T, h1, v1, h2, v2 string) {
		r := NewReader(link.NewOwn(hub.Company{}))
		c := row([3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Navn", hub.RoleCustomerName, v1}, [3]string{h1, "", v1}, [3]string{h2, "", v2})
		r.Is(h1, c.Fields)
		e := r.Read(c)
		if e.Number != "NO974760673" && e.Number != "" {
			t.Errorf("read the number %s", e.Number)
		}
		if e.Successor == "NO974760673" || e.Parent == "NO974760673" {
			t.Error("a company took itself over")
		}
		r.Keys(e)
	})
}

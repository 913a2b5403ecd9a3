package tables

import (
	"strings"
	"testing"

	"samsyn/internal/hub"
)

// TestHeaderWords names columns as people do, without any cells to help.
func TestHeaderWords(t *testing.T) {
	v := newVocabulary()
	for role, headers := range map[string]string{
		hub.RoleCustomerName: "Kunde; KUNDENAVN; Firma/bedrift; CustomerName; Företagets namn; Asiakkaan nimi; Bill-to name; Kundens firmanavn",
		hub.RoleCustomerNo:   "Kunde nr.; Kundenummer (ERP); customer_id; KundNr; Asiakasnumero; Debitor-nr.; Cust. No.",
		hub.RoleOrgNo:        "Org. nr; Org.nummer; ORGANISASJONSNUMMER; CVR-nr.; Y-tunnus; Company reg. no.; Kundens org.nr; Foretaksnr",
		hub.RoleVATNo:        "MVA-nr; VAT number; Momsreg.nr; ALV-tunnus",
		hub.RoleContact:      "Kontaktperson; Att.; Er referens; Yhteyshenkilö; Contact name; Kundens kontaktperson; Deres ref.",
		hub.RoleEmail:        "E-post; Epostadresse; Mailadresse; Sähköposti; E-mail address; Kontakt e-post",
		hub.RolePhone:        "Tlf.; Telefonnr; Mobil nr; Puhelinnumero; Phone no.; Telefon (mobil)",
		hub.RolePostalCode:   "Postnr.; Postnummer; Zip code; Postinumero",
		hub.RoleCity:         "Poststed; By; Postort; Kaupunki; City; Kommune",
		hub.RoleDate:         "Dato; Fakturadato; Opprettet dato; Skapad datum; Päivämäärä; Order date; Leveringsdato; Sist oppdatert",
		hub.RoleDueDate:      "Forfallsdato; Förfallodatum; Forfald; Eräpäivä; Due date",
		hub.RoleAmount:       "Beløp; Beløp eks. mva; Belopp SEK; Hinta (veroton); Net amount; Ordresum; Fakturert beløp",
		hub.RoleTotalAmount:  "Totalt; Sum inkl. mva; Att betala; Yhteensä; Total incl. VAT",
		hub.RoleVATAmount:    "MVA; Moms; ALV; Mva-beløp",
		hub.RoleInvoiceNo:    "Fakturanr; Faktura nr.; Laskun numero; Invoice #",
		hub.RoleRecordNo:     "Saksnummer; Ordrenr.; Ärendenummer; Projektinro; Case ID; Ticket #; Forsendelsesnr.",
		hub.RoleOwner:        "Selger; Kundeansvarlig; Handläggare; Vastuuhenkilö; Sales rep; Assigned to; Vår ref.",
		hub.RoleStatus:       "Status; Ordrestatus; Tila; Läge; Betalt?",
		hub.RoleText:         "Merknad; Kommentarer; Beskrivelse; Huomautukset; Intern kommentar; Notes",
	} {
		for header := range strings.SplitSeq(headers, "; ") {
			best, points := "", 0.0
			for r, p := range v.points(header, "") {
				if p > points || p == points && r == role {
					best, points = r, p
				}
			}
			if best != role || points < 1 {
				t.Errorf("%q speaks for %q with %.1f points, want %q", header, best, points, role)
			}
		}
	}
}

func TestHeadersThatMeanNothing(t *testing.T) {
	v := newVocabulary()
	for _, header := range []string{"", "Q1", "Åpen", "Rad", "komnr_2", "xyz"} {
		if p := v.best(header); p >= enough {
			t.Errorf("%q gets %.1f points", header, p)
		}
	}
}

package mail

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"samsyn/internal/hub"
)

// found renders idents as "kind role place value", without the ids of the message.
func found(ids []hub.Ident) []string {
	var out []string
	for _, id := range ids {
		if id.Kind != hub.IdentMessageID {
			out = append(out, strings.Join(strings.Fields(fmt.Sprint(id.Kind, " ", id.Role, " ", id.Place, " ", id.Value)), " "))
		}
	}
	return out
}

func TestIdentsOfText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"labelled org numbers", "Org.nr. 923 609 016 og organisationsnummer: 556016-0680, CVR-nr. 13 58 56 28, Y-tunnus 2077474-0", []string{
			"orgno mentioned text 1 923 609 016", "orgno mentioned text 1 556016-0680", "orgno mentioned text 1 13 58 56 28", "orgno mentioned text 1 2077474-0"}},
		{"VAT numbers", "Momsreg.nr SE556016068001, NO 974 760 673 MVA, DK13585628, VAT DE806317323", []string{
			"vatno mentioned text 1 SE556016068001", "vatno mentioned text 1 DK13585628", "vatno mentioned text 1 DE806317323", "vatno mentioned text 1 NO 974 760 673 MVA"}},
		{"label with a prefix", "organisasjonsnummer NO-840003531.", []string{"orgno mentioned text 1 NO-840003531"}},
		{"Foretaksregisteret", "Registrert i Foretaksregisteret med nummer 923609016", []string{"orgno mentioned text 1 923609016"}},
		{"a bare number proves nothing", "Ordre 923609016, faktura 12345678, 22 86 44 00", nil},
		{"a label too far away", "Org.nr står som vanlig nederst på alle fakturaer 923609016", nil},
		{"an account", "IBAN FI21 1234 5600 0007 85, DK5000400440116243", nil},
		{"phones", "Tlf: +47 22 86 44 00, mob. 930 96 512\nPuh. 040 123 4567 | Växel (+46) 8-123 45 67", []string{
			"phone mentioned text 1 +47 22 86 44 00", "phone mentioned text 1 930 96 512", "phone mentioned text 2 040 123 4567", "phone mentioned text 2 (+46) 8-123 45 67"}},
		{"addresses", "Skriv til <post@fjord.example>, mailto:a.b+c@solvik.example.\nSe https://www.fjord.example/om?x=1, eller www.solvik.example.", []string{
			"email mentioned text 1 post@fjord.example", "email mentioned text 1 a.b+c@solvik.example",
			"web mentioned text 2 https://www.fjord.example/om?x=1", "web mentioned text 2 www.solvik.example"}},
		{"companies", "Vi bygger for Solvik & Sønner Bygg AS (ny kunde) og AS Rødberg Mekaniske Verksted og andre.", []string{
			"name mentioned text 1 Solvik & Sønner Bygg AS", "name mentioned text 1 AS Rødberg Mekaniske Verksted"}},
		{"signature", "Takk\n\nMed vennlig hilsen\nKari Lie\nDaglig leder\nFjordvik Gård\nT: 22 86 44 00\nfjordvik.no", []string{
			"person signature text 4 Kari Lie", "name signature text 6 Fjordvik Gård", "phone signature text 7 22 86 44 00", "web signature text 8 fjordvik.no"}},
		{"signature with dashes", "Takk\n--\nKari Lie\nLier kommune, Teknisk\n+47 930 96 512", []string{
			"person signature text 3 Kari Lie", "name signature text 4 Lier kommune", "phone signature text 5 +47 930 96 512"}},
		{"a title alone is no company", "Mvh\nKari Lie\nProsjektleder", []string{"person signature text 2 Kari Lie"}},
		{"web form", "Nytt skjema\nNavn: Per Vik\nBedrift: Vik Rør\nE-post: per@vik.example\nMobil: 93096512", []string{
			"person from text 2 Per Vik", "name from text 3 Vik Rør", "email from text 4 per@vik.example", "phone from text 5 93096512"}},
		{"forwarded", "Se her\n---- Videresendt melding ----\nFra: Lie, Kari <kari@fjord.example>\nTil: Ola <ola@nord.example>\nEmne: Solvik AS\n\nHjelp", []string{
			"email from text 3 kari@fjord.example", "person from text 3 Lie, Kari", "email to text 4 ola@nord.example", "person to text 4 Ola", "name mentioned text 5 Solvik AS"}},
		{"nothing from the history", "Ja\n\nDen 6. mai 2024 skrev Kari <kari@fjord.example>:\n> Org.nr 923 609 016\n> Fjordvik AS", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f finder
			f.text(takeApart(c.text, false), 1)
			if got := found(f.idents); !slices.Equal(got, c.want) {
				t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
		})
	}
}

func TestIdentsOfHeader(t *testing.T) {
	m := parse(t, "From: \"Solvik AS\" <post@solvik.example>\r\nReply-To: kari@solvik.example\r\nTo: a@x.example, =?utf-8?q?=C3=85se?= <b@x.example>\r\nCc: c@x.example\r\n"+
		"Subject: Vedr. Fjordvik Bygg AS\r\nMessage-ID: <1@solvik.example>\r\nIn-Reply-To: <p@x.example>\r\nReferences: <r@x.example>\r\n <p@x.example>\r\n\r\n")
	want := []string{
		"email from From post@solvik.example", "name from From Solvik AS", "email from Reply-To kari@solvik.example",
		"email to To a@x.example", "email to To b@x.example", "person to To Åse", "email cc Cc c@x.example",
		"name mentioned Subject Fjordvik Bygg AS", "reply In-Reply-To p@x.example", "reply References r@x.example",
	}
	if got := found(m.Content.Idents); !slices.Equal(got, want) {
		t.Errorf("found\n  %s", strings.Join(got, "\n  "))
	}
	if m.Content.Idents[0] != (hub.Ident{Kind: hub.IdentMessageID, Value: "1@solvik.example", Place: "Message-ID"}) {
		t.Errorf("first %+v", m.Content.Idents[0])
	}
}

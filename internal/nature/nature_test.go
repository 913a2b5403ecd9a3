package nature

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// table is how a department lays out one kind of record, in one language.
type table struct {
	nature  string
	files   []string // names of files and sheets that people give it
	headers []cell
}

type cell struct{ name, role, typ string }

func columns(text string) []cell {
	var out []cell
	for part := range strings.SplitSeq(text, "|") {
		f := strings.Split(strings.TrimSpace(part), ":")
		c := cell{name: f[0]}
		if len(f) > 1 {
			c.role = f[1]
		}
		if len(f) > 2 {
			c.typ = f[2]
		}
		out = append(out, c)
	}
	return out
}

const who = "Kunde:customer_name"

var tables = []table{
	{Order, []string{"Ordrer", "ordrebok", "Salgsordre", "Bestillinger"}, columns("Ordrenr:record_no|Dato:date:date|" + who + "|Vare:text|Antall:quantity:number|Beløp:amount:number")},
	{Order, []string{"Orderlista", "Beställningar", "Säljorder"}, columns("Ordernr:record_no|Orderdatum:date:date|Kund:customer_name|Belopp:amount:number")},
	{Order, []string{"Tilaukset", "Tilauskanta", "Myyntitilaukset"}, columns("Tilausnro:record_no|Pvm:date:date|Asiakas:customer_name|Summa:amount:number")},
	{Order, []string{"Orders", "Sales orders", "Order book"}, columns("Order no:record_no|Date:date:date|Customer:customer_name|Net:amount:number")},
	{Delivery, []string{"Leveringer", "Utleveringer", "Forsendelser"}, columns("Sendingsnr:record_no|Dato:date:date|Mottaker:customer_name|Kolli:quantity:number")},
	{Delivery, []string{"Leveranser", "Försändelser"}, columns("Sändningsnr:record_no|Datum:date:date|Mottagare:customer_name|Vikt:quantity:number")},
	{Delivery, []string{"Toimitukset", "Lähetykset"}, columns("Lähetysnro:record_no|Pvm:date:date|Vastaanottaja:customer_name|Kollit:quantity:number")},
	{Delivery, []string{"Shipments", "Deliveries"}, columns("Shipment no:record_no|Shipped:date:date|Consignee:customer_name|Weight:quantity:number")},
	{Invoice, []string{"Fakturaer", "Kundereskontro", "Utgående faktura"}, columns("Fakturanr:invoice_no|Fakturadato:date:date|Kunde:customer_name|Forfall:due_date:date|Beløp:amount:number")},
	{Invoice, []string{"Kundfakturor", "Kundreskontra"}, columns("Fakturanr:invoice_no|Fakturadatum:date:date|Kund:customer_name|Moms:vat_amount:number")},
	{Invoice, []string{"Laskut", "Myyntireskontra"}, columns("Laskunro:invoice_no|Laskupvm:date:date|Asiakas:customer_name|Eräpäivä:due_date:date")},
	{Invoice, []string{"Invoices", "Sales ledger invoices"}, columns("Invoice no:invoice_no|Date:date:date|Customer:customer_name|Due:due_date:date")},
	{Offer, []string{"Tilbud", "Tilbudsoversikt", "Offerter", "Tarjoukset", "Quotes"}, columns("Nr:record_no|Dato:date:date|Kunde:customer_name|Beløp:amount:number|Status:status")},
	{Complaint, []string{"Reklamasjoner", "Klager", "Reklamationer", "Klagomål", "Valitukset", "Complaints", "Kundeklager"}, columns("Saksnr:record_no|Dato:date:date|Kunde:customer_name|Tekst:text|Status:status")},
	{Return, []string{"Returer", "Palautukset", "Returns", "Vareretur"}, columns("Nr:record_no|Dato:date:date|Kunde:customer_name|Vare:text")},
	{Case, []string{"Support", "Ärenden", "Supportsager", "Tickets", "Tukipyynnöt"}, columns("Ticket no:record_no|Created:date:date|Customer:customer_name|Subject:subject|Status:status")},
	{Survey, []string{"Kundeundersøkelse", "Kundundersökning", "Kundetilfredshed", "Asiakastyytyväisyys", "Customer survey", "NPS"}, columns("Kunde:customer_name|Dato:date:date|Score::number|Kommentar:text")},
	{Forecast, []string{"Prognose", "Salgsprognose", "Säljprognos", "Myyntiennuste", "Forecast", "Salgsbudsjett"}, columns("Kunde:customer_name|Beløp:amount:number|Kommentar:text")},
	{Agreement, []string{"Serviceavtaler", "Rammeavtaler", "Serviceavtal", "Serviceaftaler", "Huoltosopimukset", "Contracts", "Agreements"}, columns("Kunde:customer_name|Fra:date:date|Til:date:date|Beløp:amount:number")},
	{Action, []string{"Kundeplan", "Tiltak", "Handlingsplan", "Åtgärder", "Toimenpiteet", "Account actions"}, columns("Kunde:customer_name|Beskrivelse:text|Frist:due_date:date|Status:status")},
	{Contact, []string{"Kontakter", "Kundeliste", "Kundregister", "Asiakasrekisteri", "Contacts"}, columns("Navn:customer_name|Kontakt:contact_person|E-post:email|Telefon:phone")},
	{Note, []string{"Notater", "Anteckningar", "Besøksrapporter", "Muistiinpanot", "Notes"}, columns("Dato:date:date|Kunde:customer_name|Tekst:text")},
	{Meeting, []string{"Møter", "Kundemøter", "Möten", "Møder", "Tapaamiset", "Meetings", "Befaringer"}, columns("Dato:date:date|Kunde:customer_name|Sted:city|Tekst:text")},
}

// dressed is a name as people vary it: with a year, a month, underscores, capitals.
func dressed(r *rand.Rand, name string) string {
	switch r.IntN(6) {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return name + " 2026"
	case 2:
		return "2026-03 " + name
	case 3:
		return strings.ReplaceAll(name, " ", "_") + "_mars"
	case 4:
		return strings.ToLower(name) + " (kopi)"
	}
	return name
}

// TestVariants dresses up every table in many ways: named by file or by sheet,
// with columns missing and added.
func TestVariants(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	total, wrong := 0, map[string]int{}
	for _, tab := range tables {
		for _, name := range tab.files {
			for range 40 {
				p := Place{File: dressed(r, name) + ".xlsx", Sheet: "Ark1"}
				if r.IntN(2) == 0 {
					p = Place{File: "Felles/eksport.xlsx", Sheet: dressed(r, name)}
				}
				var fields []hub.Field
				for i, c := range tab.headers {
					if i > 0 && r.IntN(6) == 0 {
						continue // an empty cell
					}
					fields = append(fields, hub.Field{Name: c.name, Role: c.role, Type: c.typ, Value: "x"})
				}
				if r.IntN(3) == 0 {
					fields = append(fields, hub.Field{Name: "Leveringsadresse", Role: hub.RoleAddress, Value: "Storgata 1"}, hub.Field{Name: "Selger", Role: hub.RoleOwner, Value: "Kari"})
				}
				total++
				if got := NewReader(nil, nil).natureOf(p, fields); got != tab.nature {
					wrong[fmt.Sprintf("%s taken for %s: %v", tab.nature, got, name)]++
				}
			}
		}
	}
	n := 0
	for what, times := range wrong {
		n += times
		t.Logf("%3d × %s", times, what)
	}
	if n*100 > total {
		t.Errorf("%d of %d tables are taken for something else; at most one of a hundred may be", n, total)
	}
}

// TestHeadersAlone recognises tables in files whose names say nothing.
func TestHeadersAlone(t *testing.T) {
	for want, header := range map[string]string{
		Order: "Ordrenr:record_no|Dato:date:date|Kunde:customer_name", Invoice: "Fakturanr:invoice_no|Dato:date:date|Kunde:customer_name|Moms:vat_amount:number",
		Delivery: "Lähetysnro:record_no|Asiakas:customer_name|Pvm:date:date", Offer: "Tilbudsnr:record_no|Dato:date:date|Kunde:customer_name",
		Complaint: "Reklamationsnr:record_no|Datum:date:date|Kund:customer_name", Agreement: "Avtalenr:record_no|Gyldig fra:date:date|Gyldig til:date:date",
		Contact: "Firma:customer_name|Kontaktperson:contact_person|E-post:email|Mobil:phone", Case: "Ticket #:record_no|Requester:contact_person|State:status",
		Row: "Kolonne 1|Kolonne 2|Kolonne 3",
	} {
		var fields []hub.Field
		for _, c := range columns(header) {
			fields = append(fields, hub.Field{Name: c.name, Role: c.role, Type: c.typ, Value: "x"})
		}
		if got := NewReader(nil, nil).natureOf(Place{File: "export.xlsx", Sheet: "Sheet1"}, fields); got != want {
			t.Errorf("%s is taken for %s", header, got)
		}
	}
}

func TestCellsSayMore(t *testing.T) {
	customer := hub.Field{Name: "Kunde", Role: hub.RoleCustomerName, Value: "A"}
	place := Place{File: "Hendelser.xlsx", Sheet: "Ark1"}
	for value, want := range map[string]string{"Reklamasjon": Complaint, "Møte": Meeting, "Levering": Delivery} {
		if got := NewReader(nil, nil).natureOf(place, []hub.Field{customer, {Name: "Type", Value: value}}); got != want {
			t.Errorf("type %s is taken for %s", value, got)
		}
	}
	if got := NewReader(nil, nil).natureOf(Place{File: "Leveringer.xlsx"}, []hub.Field{customer, {Name: "Status", Role: hub.RoleStatus, Value: "Returnert"}}); got != Return {
		t.Errorf("a delivery that came back is taken for %s", got)
	}
}

func number(name, role, value string) hub.Field {
	return hub.Field{Name: name, Role: role, Type: "number", Value: value}
}

func TestMoney(t *testing.T) {
	text := func(name, role, value string) hub.Field { return hub.Field{Name: name, Role: role, Value: value} }
	for name, c := range map[string]struct {
		place    Place
		fields   []hub.Field
		cents    int64
		currency string
		gross    bool
	}{
		"net before total":    {Place{"Fakturaer.xlsx", "2026"}, []hub.Field{number("Netto", "amount", "100"), number("Mva", "vat_amount", "25"), number("Totalt", "total_amount", "125"), text("Valuta", "currency", "NOK")}, 10000, "NOK", false},
		"total less VAT":      {Place{"Fakturor.xlsx", "SEK"}, []hub.Field{number("Moms", "vat_amount", "25"), number("Att betala", "total_amount", "125.5")}, 10050, "SEK", false},
		"total alone":         {Place{"Laskut.xlsx", ""}, []hub.Field{number("Yhteensä EUR", "total_amount", "124")}, 12400, "EUR", true},
		"credit note":         {Place{"Fakturaer.xlsx", ""}, []hub.Field{number("Beløp", "amount", "100"), text("Type", "text", "Kreditnota")}, -10000, "", false},
		"negative as it is":   {Place{"Fakturaer.xlsx", "Kreditnotaer"}, []hub.Field{number("Beløp", "amount", "-100")}, -10000, "", false},
		"kr is no currency":   {Place{"Ordrer.xlsx", ""}, []hub.Field{number("Beløp kr", "amount", "7"), text("Ordrenr", "record_no", "1")}, 700, "", false},
		"no discount":         {Place{"Ordrer.xlsx", ""}, []hub.Field{number("Rabatt", "amount", "7"), number("Ordresum (DKK)", "amount", "93")}, 9300, "DKK", false},
		"forecast by quarter": {Place{"Prognose.xlsx", "NOK"}, []hub.Field{number("Q1", "", "10"), number("Q2", "", "20"), number("Sannsynlighet", "", "0.5")}, 3000, "NOK", false},
		"nothing hidden":      {Place{"Ordrer.xlsx", ""}, []hub.Field{{Name: "Innkjøp", Role: "amount", Type: "number", Value: "60", Hidden: true}, number("Beløp", "amount", "100"), {Name: "Valuta", Role: "currency", Value: "SEK", Hidden: true}}, 10000, "SEK", false},
		"price by quantity":   {Place{"Ordrer.xlsx", ""}, []hub.Field{number("Antall", "quantity", "3"), number("Enhetspris", "amount", "2.5")}, 750, "", false},
	} {
		f := NewReader(link.NewOwn(hub.Company{}), nil).Facts(1, c.place, &hub.Content{Kind: hub.KindRow, Fields: c.fields})
		if !f.Priced || f.Cents != c.cents || f.Currency != c.currency || f.Gross != c.gross {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestMailFacts(t *testing.T) {
	own := link.NewOwn(hub.Company{Name: "Havbris AS", Domains: []string{"havbris.example"}})
	id := func(kind, value, role, place string) hub.Ident {
		return hub.Ident{Kind: kind, Value: value, Role: role, Place: place}
	}
	in := &hub.Content{Kind: hub.KindMail, Idents: []hub.Ident{
		id(hub.IdentMessageID, "b", "", "Message-ID"), id(hub.IdentReply, "a2", "", "In-Reply-To"), id(hub.IdentReply, "a", "", "References"), id(hub.IdentReply, "a2", "", "References"),
		id(hub.IdentEmail, "Gro@Odegard.example", hub.RoleFrom, "From"), id(hub.IdentPerson, "Gro Ødegård", hub.RoleFrom, "From"), id(hub.IdentEmail, "salg@havbris.example", hub.RoleTo, "To"),
	}}
	f := NewReader(own, nil).Facts(1, Place{"INBOX", ""}, in)
	if f.Nature != Mail || f.Way != hub.WayIn || f.Person != "gro@odegard.example" || f.Called != "Gro Ødegård" || f.Ours != "salg@havbris.example" || f.Thread != "a" || f.Message != "b" {
		t.Errorf("incoming: %+v", f)
	}
	out := &hub.Content{Kind: hub.KindMail, Idents: []hub.Ident{
		id(hub.IdentEmail, "salg@havbris.example", hub.RoleFrom, "From"), id(hub.IdentEmail, "gro@odegard.example", hub.RoleTo, "To"), id(hub.IdentPerson, "Kari Myhre", hub.RoleSignature, "text 3"),
	}, Meeting: &hub.Meeting{UID: "m1", Starts: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}}
	f = NewReader(own, nil).Facts(1, Place{"Sent", ""}, out)
	if f.Nature != Meeting || f.Way != hub.WayOut || f.Person != "gro@odegard.example" || f.Ours != "Kari Myhre" || f.At.Month() != 3 || f.Thread != "meeting m1" {
		t.Errorf("outgoing: %+v", f)
	}
}

// A meeting is what takes place, on the day on which it does; what else is said of it
// are mails of its thread, on the day on which they were written.
func TestMeetingFacts(t *testing.T) {
	sent, starts := time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		m             hub.Meeting
		nature        string
		at            time.Time
		thread, tells string
		version       bool
	}{
		"an invitation":       {hub.Meeting{UID: "m1", Starts: starts, Ends: starts.Add(time.Hour)}, Meeting, starts, "meeting m1", "", true},
		"one without a name":  {hub.Meeting{Starts: starts}, Meeting, starts, "a", "", false},
		"one without a time":  {hub.Meeting{UID: "m1"}, Meeting, sent, "meeting m1", "", true},
		"one of a series":     {hub.Meeting{UID: "m1", Occasion: "2026-03-01T08:00:00Z", Starts: starts}, Meeting, starts, "meeting m1 2026-03-01T08:00:00Z", "", true},
		"a cancelled meeting": {hub.Meeting{UID: "m1", Starts: starts, Cancelled: true}, Mail, sent, "meeting m1", Cancelled, true},
		"an answer":           {hub.Meeting{UID: "m1", Starts: starts, Reply: "accepted"}, Mail, sent, "meeting m1", "accepted", false},
	} {
		content := &hub.Content{Kind: hub.KindMail, At: sent, Meeting: &c.m, Idents: []hub.Ident{{Kind: hub.IdentMessageID, Value: "a", Place: "Message-ID"}}}
		f := NewReader(link.NewOwn(hub.Company{}), nil).Facts(1, Place{}, content)
		if f.Nature != c.nature || !f.At.Equal(c.at) || f.Thread != c.thread || f.Version > 0 != c.version || OfMeeting(f.Nature, &c.m) != c.tells || c.nature == Mail && !f.Ends.IsZero() {
			t.Errorf("%s: %+v, which tells %q", name, f, OfMeeting(f.Nature, &c.m))
		}
		if old := Outdated(f, content); old.Nature != Mail || !old.At.Equal(sent) || !old.Ends.IsZero() || c.nature == Meeting && OfMeeting(old.Nature, &c.m) != Replaced {
			t.Errorf("%s, outdated: %+v", name, old)
		}
	}
	first, moved, late := versionOf(&hub.Meeting{}, sent), versionOf(&hub.Meeting{Sequence: 1}, sent.AddDate(0, 0, -1)), versionOf(&hub.Meeting{Sequence: 1, Written: sent}, sent)
	if first <= 0 || moved <= first || late <= moved {
		t.Errorf("versions %d, %d, %d", first, moved, late)
	}
	for attendee, want := range map[string]string{"Lie, Ola <ola@lie.example>": "Lie, Ola", "ola@lie.example": "ola@lie.example"} {
		if got := Answerer(&hub.Content{Meeting: &hub.Meeting{Reply: "declined", Attendees: []string{attendee}}}); got != want {
			t.Errorf("%s answers as %q", attendee, got)
		}
	}
	sender := []hub.Ident{{Kind: hub.IdentEmail, Value: "ola@lie.example", Role: hub.RoleFrom}, {Kind: hub.IdentPerson, Value: "Ola Lie", Role: hub.RoleFrom}, {Kind: hub.IdentEmail, Value: "kari@vik.example", Role: hub.RoleTo}}
	for reply, want := range map[string]string{"other": "Ola Lie", "": ""} {
		if got := Answerer(&hub.Content{Meeting: &hub.Meeting{Reply: reply}, Idents: sender}); got != want {
			t.Errorf("an answer %q is by %q, want %q", reply, got, want)
		}
	}
}

func TestStates(t *testing.T) {
	for text, want := range map[string]string{
		"Åpen": Open, "Öppen": Open, "Åben": Open, "Avoin": Open, "Waiting": Open, "Venter på deler": Open, "Ikke løst": Open, "Under arbeid": Open, "Käynnissä": Open,
		"Lukket": Closed, "Stängd": Closed, "Ratkaistu": Closed, "Solved": Closed, "Utført": Closed, "Levert": Closed, "Blå": "",
	} {
		if got := vocabularyOf().state(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestRulings: next month's file keeps the ruling, another file does not get it.
func TestRulings(t *testing.T) {
	said := Rulings{{Source: 3, Pattern: Place{"Serviceliste mars 2026.xlsx", "Ark1"}.Pattern(), Headers: []string{"Nr", "Kunde", "Dato", "Tekst"}, Nature: Note}}
	fields := []hub.Field{{Name: "Nr"}, {Name: "Kunde"}, {Name: "Dato"}, {Name: "Tekst"}}
	for _, c := range []struct {
		source hub.SourceID
		place  Place
		want   string
	}{
		{3, Place{"Serviceliste mars 2026.xlsx", "Ark1"}, Note}, {3, Place{"Serviceliste april 2026.xlsx", "Ark1"}, Note}, {3, Place{"serviceliste_2027-01.xlsx", "Ark1"}, Note},
		{3, Place{"Lista.xlsx", "Ark1"}, Note}, {3, Place{"Ordrer.xlsx", "Ark1"}, ""}, {4, Place{"Serviceliste mars 2026.xlsx", "Ark1"}, ""},
	} {
		if got := said.On(c.source, c.place, fields); got != c.want {
			t.Errorf("%v of source %d: %q, want %q", c.place, c.source, got, c.want)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add("Ordrer 2026.xlsx#Ark1", "Ordrenr", "F1")
	f.Add("#", "", "\xff")
	f.Fuzz(func(t *testing.T, scope, header, value string) {
		p := PlaceOf(scope, "7.1/"+scope+"/3")
		c := &hub.Content{Kind: hub.KindRow, Fields: []hub.Field{{Name: header, Value: value, Role: hub.RoleRecordNo}, number(value, hub.RoleAmount, value)}}
		if got := NewReader(link.NewOwn(hub.Company{}), nil).Facts(1, p, c).Nature; !slices.Contains(OfRows(), got) {
			t.Errorf("%q is no nature", got)
		}
		Tell(c)
		_ = p.Pattern()
	})
}

// TestTell reads what a line about one customer says: what it is about, what
// somebody wrote, and how likely it is.
func TestTell(t *testing.T) {
	text := func(name, role, value string) hub.Field { return hub.Field{Name: name, Role: role, Value: value} }
	for name, test := range map[string]struct {
		fields []hub.Field
		want   Said
	}{
		"forecast": {[]hub.Field{text("Kunde", hub.RoleCustomerName, "Ängsås Plåt AB"), text("Område", hub.RoleText, "Filter"), text("Sannsynlighet", "", "70 %"), text("Kommentar", hub.RoleText, "Konkurrenten er inne")},
			Said{Title: "Filter", Words: "Konkurrenten er inne", Chance: 70}},
		"chance as workbooks hold it": {[]hub.Field{{Name: "Sannolikhet", Type: "number", Value: "0.4"}, text("Kommentar", hub.RoleText, "Väntar")}, Said{Title: "Väntar", Words: "Väntar", Chance: 40}},
		"chance in words":             {[]hub.Field{text("Probability", "", "høy")}, Said{}},
		"one text is title and words": {[]hub.Field{text("Beskrivelse", hub.RoleText, "Rens av kanaler"), text("Tilbudsnr", hub.RoleRecordNo, "T-1")}, Said{Title: "Rens av kanaler · T-1", Words: "Rens av kanaler"}},
		"a header that says no role":  {[]hub.Field{text("Anlegg", "", "Ventilasjon lager")}, Said{Title: "Ventilasjon lager", Words: "Ventilasjon lager"}},
		"the longer text comes first": {[]hub.Field{text("Beskrivelse", hub.RoleText, "Levert med skade på to paller"), text("Type", hub.RoleText, "Skade")}, Said{Title: "Levert med skade på to paller", Words: "Levert med skade på to paller"}},
		"nothing hidden":              {[]hub.Field{{Name: "Internt", Role: hub.RoleText, Value: "Vanskelig kunde, ring ikke", Hidden: true}, text("Beskrivelse", hub.RoleText, "Filterbytte")}, Said{Title: "Filterbytte", Words: "Filterbytte"}},
		"a score and where it stands": {[]hub.Field{text("Status", hub.RoleStatus, "Lukket"), {Name: "Karakter", Type: "number", Value: "4"}}, Said{Score: "4", Status: "Lukket"}},
	} {
		if got := Tell(&hub.Content{Kind: hub.KindRow, Fields: test.fields}); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func TestCalled(t *testing.T) {
	for word, want := range map[string]string{
		"reklamasjon": Complaint, "Reklamasjoner": Complaint, "reklamasjonene,": Complaint, "klagomål": Complaint, "complaint": Complaint,
		"møte": Meeting, "møter": Meeting, "möten": Meeting, "moede": Meeting, "meetings": Meeting, "kokous": Meeting,
		"sak": Case, "ærende": Case, "ärenden": Case, "sager": Case, "sakser": "", "ordrer": Order, "orderingsprogram": "",
		"border": "", "kundereklamasjon": "", "ordre@odegard.example": "", "ordre 5": "", "": "", "(": "",
	} {
		if got := Called(word); got != want {
			t.Errorf("Called(%q) = %q, want %q", word, got, want)
		}
	}
}

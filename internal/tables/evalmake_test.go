package tables

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"samsyn/internal/hub"
)

// departments are the lists that departments keep, by the roles of their columns.
var departments = map[string]string{
	"CRM export":      "customer_no customer_name org_no contact_person email phone address postal_code city country owner status date text",
	"ledger":          "customer_no customer_name invoice_no date due_date amount currency status",
	"invoices":        "invoice_no date due_date customer_no customer_name org_no amount vat_amount total_amount currency status email",
	"tickets":         "record_no date contact_person email customer_name phone subject text priority status owner",
	"shipping":        "record_no date customer_no customer_name address postal_code city country contact_person phone quantity amount text",
	"projects":        "record_no text customer_name customer_no org_no owner date due_date amount status",
	"sign-ups":        "date contact_person customer_name email phone text consent",
	"contracts":       "record_no customer_name org_no vat_no date amount owner status",
	"service visits":  "record_no customer_no customer_name address city date owner quantity text",
	"complaints":      "record_no customer_name contact_person phone email date subject text priority owner status",
	"surveys":         "date email contact_person customer_name quantity text",
	"forecast":        "customer_no customer_name owner amount currency text",
	"members":         "customer_no customer_name contact_person address postal_code city email phone consent date",
	"customer basics": "customer_name org_no phone email",
	"VAT list":        "customer_name vat_no country total_amount currency",
}

// made is a sheet with what it ought to be read as.
type made struct {
	lang, department  string
	grid              [][]string
	header            int // row, 0: none
	first, last, rows int
	from              int // first column
	roles, headers    []string
}

type maker struct {
	*rand.Rand
	words map[string]map[string][]string
}

func (m *maker) of(list string) string {
	f := strings.Split(list, ";")
	return strings.TrimSpace(f[m.IntN(len(f))])
}

// held is a header for a role as somebody may have typed it.
func (m *maker) held(lang, role string) string {
	list := m.words[lang][role]
	h := list[m.IntN(len(list))]
	switch m.IntN(16) {
	case 0:
		h = strings.ToUpper(h)
	case 1:
		h = strings.ToLower(h)
	case 2:
		h = strings.ReplaceAll(h, " ", "_")
	case 3:
		h += " *"
	case 4:
		h += ":"
	case 5:
		h = strings.NewReplacer("å", "aa", "ø", "oe", "æ", "ae", "ä", "ae", "ö", "oe").Replace(h)
	case 6:
		if r := []rune(h); len(r) > 7 { // two letters swapped
			i := 2 + m.IntN(len(r)-4)
			r[i], r[i+1] = r[i+1], r[i]
			h = string(r)
		}
	}
	return h
}

var evalWords = map[string]map[string]string{
	"no": {"first": "Kari;Ola;Ingrid;Per;Silje;Jonas;Marte;Espen", "last": "Hansen;Berg;Lund;Dahl;Moen;Solberg;Haugen;Lie", "firm": "Fjordvik;Solberg;Nordlys;Vestby;Dalen;Granli;Kystens;Bergset;Tindvik;Havnes", "trade": "Bygg;Rør;Elektro;Transport;Maskin;Eiendom;Hotell", "form": "AS;AS;ASA;DA;kommune;borettslag",
		"street": "Storgata;Skoleveien;Havnegata;Kirkeveien;Fjellveien", "city": "Bergen;Oslo;Trondheim;Bodø;Hamar;Molde", "status": "Åpen;Lukket;Under arbeid;Venter", "yes": "Ja;Nei", "prio": "Høy;Middels;Lav", "country": "Norge;NO;Sverige", "cur": "NOK",
		"text": "Ringte om leveransen, vil ha svar før fredag;Pumpen lekker og må byttes i uke 12;Ønsker tilbud på ny avtale for neste år;Fornøyd med besøket;Mangler faktura for mai", "total": "Sum;Totalt;Delsum", "title": "Kundeliste pr. i dag;Oversikt 2025;Uttrekk fra systemet", "note": "Tallene er foreløpige og kontrolleres av regnskap"},
	"sv": {"first": "Anna;Erik;Karin;Lars;Sofia;Johan;Elsa;Nils", "last": "Andersson;Berg;Lindqvist;Ek;Sjöberg;Nyström;Holm;Åkesson", "firm": "Skogsby;Norrköpings;Västervik;Ängsholm;Lindhaga;Björkdal;Strand;Ekudden;Mälar;Tallmo", "trade": "Bygg;Rör;El;Åkeri;Fastigheter;Måleri;Verkstad", "form": "AB;AB;HB;AB (publ);kommun;bostadsrättsförening",
		"street": "Storgatan;Skolvägen;Hamngatan;Kyrkvägen;Björkvägen", "city": "Stockholm;Malmö;Uppsala;Gävle;Luleå;Kalmar", "status": "Öppen;Stängd;Pågår;Väntar", "yes": "Ja;Nej", "prio": "Hög;Normal;Låg", "country": "Sverige;SE;Norge", "cur": "SEK",
		"text": "Ringde om leveransen och vill ha svar innan fredag;Pumpen läcker och måste bytas vecka 12;Önskar offert på nytt avtal till nästa år;Nöjd med besöket;Saknar faktura för maj", "total": "Summa;Totalt;Delsumma", "title": "Kundlista idag;Översikt 2025;Utdrag ur systemet", "note": "Siffrorna är preliminära och kontrolleras av ekonomi"},
	"da": {"first": "Mette;Lars;Søren;Anne;Kirsten;Jens;Freja;Bo", "last": "Jensen;Nielsen;Holm;Krogh;Lund;Bæk;Møller;Dam", "firm": "Vestkystens;Sønderby;Fynbo;Ådal;Kløver;Havnsø;Egelund;Bakke;Limfjords;Rosenholm", "trade": "Byg;VVS;El;Transport;Maskinfabrik;Ejendomme;Tømrer", "form": "A/S;ApS;ApS;I/S;kommune;K/S",
		"street": "Bredgade;Skolevej;Havnegade;Kirkevej;Algade", "city": "Aarhus;København;Odense;Aalborg;Vejle;Ribe", "status": "Åben;Lukket;I gang;Afventer", "yes": "Ja;Nej", "prio": "Høj;Mellem;Lav", "country": "Danmark;DK;Norge", "cur": "DKK",
		"text": "Ringede om leveringen og vil have svar inden fredag;Pumpen er utæt og skal skiftes i uge 12;Ønsker tilbud på ny aftale til næste år;Tilfreds med besøget;Mangler faktura for maj", "total": "Sum;I alt;Subtotal", "title": "Kundeliste i dag;Oversigt 2025;Udtræk fra systemet", "note": "Tallene er foreløbige og kontrolleres af økonomi"},
	"fi": {"first": "Matti;Liisa;Pekka;Aino;Jukka;Sari;Tiina;Olli", "last": "Virtanen;Korhonen;Mäkinen;Nieminen;Laine;Koski;Salo;Heikkinen", "firm": "Järvenpään;Koskela;Pohjolan;Rantala;Mäntylä;Suvanto;Lahtisen;Kuusamon;Harju;Saaristo", "trade": "Rakennus;Putki;Sähkö;Kuljetus;Kone;Kiinteistöt;Maalaus", "form": "Oy;Oy;Oyj;Ky;Tmi;Oy Ab",
		"street": "Koulukatu;Mannerheimintie;Satamakatu;Kirkkotie;Rantatie", "city": "Helsinki;Tampere;Turku;Oulu;Kuopio;Vaasa", "status": "Avoin;Suljettu;Kesken;Odottaa", "yes": "Kyllä;Ei", "prio": "Korkea;Normaali;Matala", "country": "Suomi;FI;Ruotsi", "cur": "EUR",
		"text": "Soitti toimituksesta ja haluaa vastauksen ennen perjantaita;Pumppu vuotaa ja se pitää vaihtaa viikolla 12;Haluaa tarjouksen uudesta sopimuksesta ensi vuodelle;Tyytyväinen käyntiin;Toukokuun lasku puuttuu", "total": "Yhteensä;Summa;Välisumma", "title": "Asiakaslista tänään;Katsaus 2025;Ote järjestelmästä", "note": "Luvut ovat alustavia ja taloushallinto tarkistaa ne"},
	"en": {"first": "John;Emma;Kate;Peter;Sarah;Tom;Lucy;Adam", "last": "Smith;Baker;Jones;Hill;Wood;Carter;Reed;Young", "firm": "Northgate;Harbour;Oakfield;Riverside;Stonebridge;Westwood;Lakeside;Ashton;Greenway;Millbrook", "trade": "Construction;Plumbing;Electrical;Transport;Machinery;Property;Hotels", "form": "Ltd;AS;AB;GmbH;Inc;ApS",
		"street": "High Street;School Road;Harbour Street;Church Road;Mill Lane", "city": "London;Oslo;Malmö;Aarhus;Leeds;Bergen", "status": "Open;Closed;In progress;Waiting", "yes": "Yes;No", "prio": "High;Medium;Low", "country": "Norway;NO;Sweden", "cur": "EUR",
		"text": "Called about the delivery and wants an answer by Friday;The pump leaks and must be replaced in week 12;Wants a quote for a new agreement next year;Happy with the visit;Missing the invoice for May", "total": "Total;Sum;Subtotal", "title": "Customer list today;Overview 2025;Extract from the system", "note": "Figures are preliminary and checked by finance"},
}

// person and firm are who a row is about.
type party struct{ firm, person, mail, org, vat, phone, no, street, post, city, country string }

func (m *maker) party(lang string, i int) party {
	w := evalWords[lang]
	firm, first, last := m.of(w["firm"])+" "+m.of(w["trade"]), m.of(w["first"]), m.of(w["last"])
	p := party{firm: firm + " " + m.of(w["form"]), person: first + " " + last, no: fmt.Sprint(10_000 + i*7), city: m.of(w["city"]), country: m.of(w["country"]),
		street: fmt.Sprintf("%s %d", m.of(w["street"]), 1+m.IntN(120))}
	p.mail = fold(first) + "." + fold(last) + "@" + strings.ReplaceAll(fold(firm), " ", "") + "." + map[string]string{"no": "no", "sv": "se", "da": "dk", "fi": "fi", "en": "com"}[lang]
	switch lang {
	case "sv":
		p.org = m.number(10, func(s string) bool { return s[0] == '5' && validSE(s) })
		p.vat, p.org = "SE"+p.org+"01", p.org[:6]+"-"+p.org[6:]
		p.phone, p.post = fmt.Sprintf("070-%03d %02d %02d", m.IntN(1000), m.IntN(100), m.IntN(100)), fmt.Sprintf("%03d %02d", 100+m.IntN(800), m.IntN(100))
	case "da":
		p.org = m.number(8, func(s string) bool { return validDK(s) })
		p.vat, p.phone, p.post = "DK"+p.org, fmt.Sprintf("%02d %02d %02d %02d", 20+m.IntN(79), m.IntN(100), m.IntN(100), m.IntN(100)), fmt.Sprint(1000+m.IntN(8900))
	case "fi":
		p.org = m.number(8, func(s string) bool { return validFI(s) })
		p.vat, p.org = "FI"+p.org, p.org[:7]+"-"+p.org[7:]
		p.phone, p.post = fmt.Sprintf("040 %07d", m.IntN(10_000_000)), fmt.Sprintf("%05d", 100+m.IntN(99_000))
	default:
		p.org = m.number(9, func(s string) bool { return validNO(s) })
		p.vat, p.phone, p.post = "NO "+p.org+" MVA", fmt.Sprintf("%03d %02d %03d", 900+m.IntN(99), m.IntN(100), m.IntN(1000)), fmt.Sprintf("%04d", 100+m.IntN(9800))
	}
	return p
}

func (m *maker) number(digits int, ok func(string) bool) string {
	for {
		s := ""
		for range digits {
			s += string(byte('0' + m.IntN(10)))
		}
		if ok(s) {
			return s
		}
	}
}

// written writes an amount as the language does, in one of the styles of a sheet.
func written(lang string, style int, v float64) string {
	s := fmt.Sprintf("%.2f", v)
	whole, frac, _ := strings.Cut(s, ".")
	group := func(sep string) string {
		out := whole
		for i := len(whole) - 3; i > 0; i -= 3 {
			out = out[:i] + sep + out[i:]
		}
		return out
	}
	switch {
	case style == 0:
		return s
	case lang == "en":
		return group(",") + "." + frac
	case lang == "da":
		return group(".") + "," + frac
	case style == 1:
		return group("\u00a0") + "," + frac
	}
	return "kr " + group(" ") + "," + frac
}

func day2(lang string, style int, d time.Time) string {
	switch {
	case style == 0:
		return d.Format("2006-01-02")
	case lang == "en":
		return d.Format("02/01/2006")
	case lang == "da":
		return d.Format("02-01-2006")
	case style == 1:
		return d.Format("2.1.2006")
	}
	return d.Format("02.01.06")
}

// sheet makes one sheet of a department in a language.
func (m *maker) sheet(lang, department string) *made {
	w := evalWords[lang]
	s := &made{lang: lang, department: department, roles: strings.Fields(departments[department])}
	if m.IntN(3) == 0 { // columns in another order
		m.Shuffle(len(s.roles), func(i, j int) { s.roles[i], s.roles[j] = s.roles[j], s.roles[i] })
	}
	for _, role := range s.roles {
		s.headers = append(s.headers, m.held(lang, role))
	}
	s.from = []int{0, 0, 0, 1, 2}[m.IntN(5)]
	line := func(cells ...string) {
		s.grid = append(s.grid, append(make([]string, s.from), cells...))
	}
	for range []int{0, 0, 1, 2, 3, 4, 9, 20}[m.IntN(8)] {
		switch m.IntN(4) {
		case 0:
			line()
		case 1:
			line(m.of(w["title"]))
		case 2:
			line(m.of(w["note"]))
		case 3:
			line(m.of(w["title"]), "", "31.12.2025")
		}
	}
	line(s.headers...)
	s.header = len(s.grid)
	parties := make([]party, 8+m.IntN(30))
	for i := range parties {
		parties[i] = m.party(lang, i)
	}
	owners := []string{m.party(lang, 0).person, m.party(lang, 1).person, m.party(lang, 2).person}
	rows, style, dates := 12+m.IntN(60), m.IntN(3), m.IntN(3)
	prefix := []string{"", "A-", "2025-", "P"}[m.IntN(4)]
	sparse := m.IntN(2) == 0
	for i := range rows {
		if i > 0 && m.IntN(25) == 0 {
			line()
		}
		p := parties[m.IntN(len(parties))]
		if department == "CRM export" || department == "members" || department == "customer basics" || department == "VAT list" {
			p = m.party(lang, i)
		}
		net := float64(m.IntN(90_000_00)) / 100
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, m.IntN(700))
		var cells []string
		for _, role := range s.roles {
			v := map[string]string{
				hub.RoleCustomerName: p.firm, hub.RoleCustomerNo: p.no, hub.RoleOrgNo: p.org, hub.RoleVATNo: p.vat, hub.RoleContact: p.person, hub.RoleEmail: p.mail, hub.RolePhone: p.phone,
				hub.RoleAddress: p.street, hub.RolePostalCode: p.post, hub.RoleCity: p.city, hub.RoleCountry: p.country, hub.RoleOwner: owners[m.IntN(3)], hub.RoleStatus: m.of(w["status"]),
				hub.RoleDate: day2(lang, dates, at), hub.RoleDueDate: day2(lang, dates, at.AddDate(0, 0, 30)), hub.RoleAmount: written(lang, style, net), hub.RoleVATAmount: written(lang, style, net*.25),
				hub.RoleTotalAmount: written(lang, style, net*1.25), hub.RoleCurrency: w["cur"], hub.RoleQuantity: fmt.Sprint(1 + m.IntN(40)), hub.RoleRecordNo: prefix + fmt.Sprint(4100+i*3),
				hub.RoleInvoiceNo: fmt.Sprint(880_000 + i), hub.RolePriority: m.of(w["prio"]), hub.RoleConsent: m.of(w["yes"]), hub.RoleSubjectLine: m.of(w["text"]), hub.RoleText: m.of(w["text"]),
			}[role]
			if sparse && m.IntN(8) == 0 && role != hub.RoleCustomerName && role != hub.RoleRecordNo && role != hub.RoleInvoiceNo {
				v = ""
			}
			cells = append(cells, v)
		}
		line(cells...)
		s.last = len(s.grid)
		s.first = cmp.Or(s.first, s.last)
		s.rows++
		if i == rows/2 && m.IntN(6) == 0 {
			line(s.headers...)
		}
	}
	if m.IntN(3) == 0 {
		total := make([]string, len(s.roles))
		total[0] = m.of(w["total"])
		for i, role := range s.roles {
			if i > 0 && (role == hub.RoleAmount || role == hub.RoleTotalAmount || role == hub.RoleQuantity) {
				total[i] = written(lang, style, 1234567.5)
			}
		}
		line(total...)
	}
	if m.IntN(3) == 0 {
		line()
		line(m.of(w["note"]))
	}
	return s
}

// csv writes the sheet with semicolons.
func (s *made) csv() []byte {
	var b strings.Builder
	width := s.from + len(s.roles)
	for _, line := range s.grid {
		for i := range width {
			if i > 0 {
				b.WriteByte(';')
			}
			if i < len(line) {
				b.WriteString(line[i])
			}
		}
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// letter is the column of role i.
func (s *made) letter(i int) string { l, _ := excelize.ColumnNumberToName(s.from + i + 1); return l }

package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
)

// Departments lists the departments that keep files, with the folder of each.
var Departments = []string{"Salg", "Ekonomi", "Kundeservice", "Logistik", "Projekti", "Service", "Marked"}

// WriteBooks writes every department's workbooks into dir/DEPARTMENT. Each
// department works in its own language and lays its sheets out as it likes.
func (w *World) WriteBooks(dir string) error {
	w.begin(forBooks)
	for _, write := range []func(string) error{w.sales, w.finance, w.support, w.logistics, w.projects, w.service, w.marketing} {
		if err := write(dir); err != nil {
			return fmt.Errorf("write demo workbooks: %w", err)
		}
	}
	return nil
}

func (w *World) sales(dir string) error {
	b := newBook()
	s := b.sheet("Kunder")
	s.row("Havbris Inneklima AS – kundeliste salg")
	s.row(fmt.Sprintf("Oppdatert %s av Ingrid", w.Today.Format("02.01.2006")))
	s.row()
	s.head("Kundenr", "Firma", "Org.nr", "Kontaktperson", "E-post", "Telefon", "Adresse", "Postnr", "Sted", "Selger", "Sist kontaktet", "Merknad")
	for i := range w.Customers {
		c := &w.Customers[i]
		p := c.People[0]
		note := ""
		if w.rnd.IntN(6) == 0 {
			note = pick(w, []string{"Ønsker tilbud på ny rammeavtale", "Ring før levering", "Vurderer leverandørbytte", "Fornøyd, god betaler", "Stor oppussing planlagt neste år"})
		}
		s.row(c.No, c.Name, c.written(), p.Name(), p.Email, c.Phone, c.Street, c.Postcode, c.City, c.Owner.Name(), w.day(), note)
	}
	s = b.sheet("Tilbud")
	s.head("Tilbudsnr", "Dato", "Kundenr", "Kunde", "Beskrivelse", "Beløp", "Valuta", "Status", "Ansvarlig")
	for i := range 650 {
		c := w.buyer()
		s.row(fmt.Sprintf("T-%05d", 24000+i), w.day(), c.No, w.variant(c), pick(w, offers), float64(8+w.rnd.IntN(400))*1250, c.currency(), pick(w, []string{"Sendt", "Akseptert", "Avslått", "Under arbeid"}), c.Owner.Name())
	}
	if err := b.save(dir, "Salg", "Kundeliste og tilbud.xlsx"); err != nil {
		return err
	}
	return w.plans(dir)
}

// plans writes what sales knows of the time to come, and the orders behind it.
func (w *World) plans(dir string) error {
	b := newBook()
	s := b.sheet("Ordrer")
	s.head("Ordrenr", "Ordredato", "Kundenr", "Kunde", "Vare", "Antall", "Sum eks. mva", "Valuta", "Ordrestatus", "Selger")
	for i := range 1400 {
		c := w.buyer()
		s.row(fmt.Sprintf("O-%06d", 810000+i*3), w.day(), c.No, c.Name, pick(w, goods), 1+w.rnd.IntN(60), float64(3+w.rnd.IntN(220))*480, c.currency(), pick(w, []string{"Levert", "Levert", "Levert", "Under arbeid", "Bekreftet"}), c.Owner.Name())
	}
	s = b.sheet(fmt.Sprintf("Prognose %d", w.Today.Year()+1))
	s.head("Kundenr", "Kunde", "Område", "Prognose", "Valuta", "Sannsynlighet", "Selger", "Kommentar")
	for i := range w.Customers {
		if c := &w.Customers[i]; c.Weight > 1 && i%2 == 0 {
			for _, area := range []string{"Service", "Filter og deler", "Nye anlegg"}[:1+w.rnd.IntN(3)] {
				s.row(c.No, c.Name, area, float64(10+w.rnd.IntN(500))*2000, c.currency(), fmt.Sprintf("%d %%", 10*(3+w.rnd.IntN(7))), c.Owner.Name(), pick(w, prospects))
			}
		}
	}
	s = b.sheet("Kundeplan")
	s.head("Kundenr", "Kunde", "Tiltak", "Frist", "Status", "Ansvarlig")
	for i := range w.Customers {
		if c := &w.Customers[i]; c.Weight > 1 {
			for range 1 + w.rnd.IntN(3) {
				s.row(c.No, c.Name, pick(w, steps), w.Today.AddDate(0, 0, w.rnd.IntN(200)-60), pick(w, []string{"Planlagt", "Pågår", "Utført", "Utført"}), c.Owner.Name())
			}
		}
	}
	s = b.sheet("Besøksnotater")
	s.head("Dato", "Kundenr", "Kunde", "Kontaktperson", "Notat", "Selger")
	for range 260 {
		c := w.buyer()
		s.row(w.day(), c.No, c.Name, pick(w, c.People).Name(), pick(w, visits), c.Owner.Name())
	}
	return b.save(dir, "Salg", "Salgsplan og ordrebok.xlsx")
}

// currency is the money in which a customer pays.
func (c *Customer) currency() string {
	return map[string]string{"SE": "SEK", "DK": "DKK", "FI": "EUR"}[c.Country] + map[bool]string{true: "NOK"}[c.Country == "NO"]
}

func (w *World) finance(dir string) error {
	b := newBook()
	no := 50210
	for year := w.Today.Year() - 1; year <= w.Today.Year(); year++ {
		s := b.sheet(fmt.Sprintf("Fakturor %d", year))
		s.row(fmt.Sprintf("Kundreskontra %d", year))
		s.row()
		s.head("Fakturanr", "Kundnr", "Kund", "Organisationsnr", "Fakturadatum", "Förfallodatum", "Belopp exkl moms", "Moms", "Att betala", "Valuta", "Betald", "Er referens", "Typ")
		sum := 0.0
		for i := range 760 {
			c := w.buyer()
			day := time.Date(year, 1, 1+i*355/760, 0, 0, 0, 0, time.UTC)
			if day.After(w.Today) {
				break
			}
			net := float64(4+w.rnd.IntN(300)) * 310
			kind := ""
			if w.rnd.IntN(25) == 0 {
				net, kind = net/4, "Kreditnota"
			}
			sum += net * 1.25
			s.row(no, 70000+c.No/7, strings.TrimSpace(w.variant(c)), c.written(), day, day.AddDate(0, 0, 30), net, net*.25, net*1.25, c.currency(), pick(w, []string{"Ja", "Ja", "Ja", "Nej"}), pick(w, c.People).Name(), kind)
			no++
		}
		s.row("Summa", nil, nil, nil, nil, nil, nil, nil, sum)
	}
	return b.save(dir, "Ekonomi", "Kundreskontra.xlsx")
}

// support writes what a ticket system exports: a CSV with semicolons in Windows-1252.
func (w *World) support(dir string) error {
	rows := [][]string{{"Ticket #", "Created", "Customer", "Requester", "Email", "Subject", "Priority", "State", "Assignee"}}
	for i := range 900 {
		c := w.buyer()
		p := pick(w, c.People)
		name, address := w.variant(c), p.Email
		if i%45 == 20 { // taken down on the telephone: what Review is there for
			name, address = strings.Fields(c.Name)[0], ""
		}
		rows = append(rows, []string{fmt.Sprintf("HB-%06d", 310200+i*3), w.day().Format("2006-01-02"), name, p.Name(), address, pick(w, tickets), pick(w, []string{"Low", "Normal", "Normal", "High"}), pick(w, []string{"Closed", "Closed", "Solved", "Open", "Waiting"}), pick(w, w.Staff).Name()})
	}
	return writeCSV(dir, "Kundeservice", "support_export.csv", ';', rows, charmap.Windows1252.NewEncoder().Bytes)
}

func (w *World) logistics(dir string) error {
	b := newBook()
	s := b.sheet("Forsendelser")
	s.row("Forsendelser – udtræk fra lagersystemet")
	s.row(nil, nil, "Modtager", nil, nil, nil, "Gods")
	if err := s.merge("C2", "F2"); err != nil {
		return err
	}
	s.head("Forsendelsesnr", "Afsendt", "Navn", "Adresse", "Postnr", "By", "Kolli", "Vægt kg", "Fragt", "Status")
	for i := range 1150 {
		c := w.buyer()
		s.row(fmt.Sprintf("F%08d", 46250000+i*13), w.day(), w.variant(c), c.Street, c.Postcode, c.City, 1+w.rnd.IntN(12), float64(w.rnd.IntN(4000))/10, float64(100+w.rnd.IntN(3000)), pick(w, []string{"Leveret", "Leveret", "Leveret", "Undervejs", "Returneret"}))
	}
	s.row("I alt", nil, nil, nil, nil, nil, 7211)
	h := b.sheet("Vejledning")
	h.row("Sådan læses arket")
	h.row("Hver linje er en forsendelse. Spørg lageret, hvis noget mangler.")
	return b.save(dir, "Logistik", "Forsendelser 24-26.xlsx")
}

func (w *World) projects(dir string) error {
	b := newBook()
	s := b.sheet("Projektit")
	s.head("Projektinro", "Asiakas", "Y-tunnus / org.nr", "Yhteyshenkilö", "Sähköposti", "Alkupvm", "Loppupvm", "Budjetti", "Tila", "Kuvaus")
	for i := range 260 {
		c := w.buyer()
		p := pick(w, c.People)
		start := w.day()
		s.row(fmt.Sprintf("P-%d-%03d", start.Year(), 100+i), w.variant(c), c.written(), p.Name(), p.Email, start, start.AddDate(0, 2+w.rnd.IntN(6), 0), float64(20+w.rnd.IntN(600))*1000, pick(w, []string{"Käynnissä", "Valmis", "Suunnittelu"}), pick(w, []string{"Ilmanvaihdon uusinta", "Jäähdytysjärjestelmä", "Automaation päivitys", "Huoltosopimuksen käynnistys"}))
	}
	return b.save(dir, "Projekti", "Projektit.xlsx")
}

func (w *World) service(dir string) error {
	b := newBook()
	s := b.sheet("Serviceavtaler")
	s.row("Serviceavtaler")
	s.head("Avtalenr", "Kunde", "Orgnr", "Anlegg", "Fra dato", "Til dato", "Årsbeløp", "Valuta", "Kontakt", "Mobil")
	for i := range 240 {
		c := &w.Customers[(i*7)%len(w.Customers)]
		from := w.day()
		p := c.People[0]
		s.row(fmt.Sprintf("SA-%04d", 1200+i), c.Name, c.OrgNo, pick(w, []string{"Ventilasjon hovedbygg", "Kjøleanlegg", "Varmepumpe", "Ventilasjon lager"}), from, from.AddDate(3, 0, 0), float64(6+w.rnd.IntN(90))*1000, c.currency(), p.Name(), p.Phone)
	}
	s = b.sheet("Reklamasjoner")
	s.head("Saksnr", "Dato", "Kunde", "Hva gjelder det", "Status", "Saksbehandler")
	for i := range 280 {
		c := w.buyer()
		s.row(fmt.Sprintf("R-%05d", 7100+i), w.day(), w.variant(c), pick(w, complaints), pick(w, []string{"Åpen", "Lukket", "Lukket", "Venter på deler"}), pick(w, w.Staff).Name())
	}
	return b.save(dir, "Service", "Service og reklamasjoner.xlsx")
}

func (w *World) marketing(dir string) error {
	rows := [][]string{{"Bedrift", "Navn", "E-post", "Svardato", "Score (1-10)", "Kommentar"}}
	for range 300 {
		c := w.buyer()
		p := pick(w, c.People)
		score := 3 + w.rnd.IntN(8)
		rows = append(rows, []string{w.variant(c), p.Name(), p.Email, w.day().Format("02.01.2006"), fmt.Sprint(score), pick(w, verdicts[score/4])})
	}
	return writeCSV(dir, "Marked", "Kundeundersøkelse.csv", ',', rows, func(b []byte) ([]byte, error) { return append([]byte("\ufeff"), b...), nil })
}

func writeCSV(dir, department, name string, comma rune, rows [][]string, encode func([]byte) ([]byte, error)) error {
	var b bytes.Buffer
	cw := csv.NewWriter(&b)
	cw.Comma = comma
	if err := cw.WriteAll(rows); err != nil {
		return err
	}
	data, err := encode(b.Bytes())
	if err != nil {
		return err
	}
	path := filepath.Join(dir, department)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(path, name), data, 0o644)
}

// book writes a workbook row by row; the first error is kept for save.
type book struct {
	f            *excelize.File
	date, strong int
	err          error
}

type sheet struct {
	b    *book
	name string
	n    int // rows written
}

func newBook() *book {
	b := &book{f: excelize.NewFile()}
	short := "dd.mm.yyyy"
	b.date, b.err = b.f.NewStyle(&excelize.Style{CustomNumFmt: &short})
	if b.err == nil {
		b.strong, b.err = b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	}
	return b
}

func (b *book) sheet(name string) *sheet {
	if b.err == nil {
		if list := b.f.GetSheetList(); len(list) == 1 && list[0] == "Sheet1" {
			b.err = b.f.SetSheetName("Sheet1", name)
		} else {
			_, b.err = b.f.NewSheet(name)
		}
	}
	return &sheet{b: b, name: name}
}

func (s *sheet) head(names ...any) {
	s.row(names...)
	if s.b.err == nil {
		s.b.err = s.b.f.SetRowStyle(s.name, s.n, s.n, s.b.strong)
	}
}

func (s *sheet) row(cells ...any) {
	s.n++
	for i, c := range cells {
		if s.b.err != nil || c == nil {
			continue
		}
		at, err := excelize.CoordinatesToCellName(i+1, s.n)
		if err != nil {
			s.b.err = err
			return
		}
		if s.b.err = s.b.f.SetCellValue(s.name, at, c); s.b.err != nil {
			return
		}
		if _, ok := c.(time.Time); ok {
			s.b.err = s.b.f.SetCellStyle(s.name, at, at, s.b.date)
		}
	}
}

func (s *sheet) merge(from, to string) error { return s.b.f.MergeCell(s.name, from, to) }

func (b *book) save(dir, department, name string) error {
	defer b.f.Close()
	if b.err != nil {
		return b.err
	}
	path := filepath.Join(dir, department)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return b.f.SaveAs(filepath.Join(path, name))
}

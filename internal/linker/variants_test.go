package linker_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/linker"
	"samsyn/internal/store"
)

var (
	variants       = flag.Int("variants", 1, "how many made-up companies TestVariants links")
	variantFirms   = flag.Int("firms", 120, "how many customers each of them has")
	variantSeed    = flag.Uint64("variant-seed", 1, "seed of the first")
	variantVerbose = flag.Bool("variant-errors", false, "list the records that went wrong")
)

// TestVariants links made-up companies whose truth is known, each in two orders,
// and holds every one to the floor that no company may fall below.
func TestVariants(t *testing.T) {
	var all tallied
	for i := range *variants {
		seed := *variantSeed + uint64(i)
		v := newVariant(seed, *variantFirms)
		links := v.link(t, v.order(0))
		got := v.measure(t, links)
		got.agree = agreement(links, v.link(t, v.order(1)))
		t.Logf("seed %-3d %s", seed, got)
		if got.precision() < .995 || got.wrongRate() > .004 || got.recall() < .85 || got.agree != 1 || got.nullRate() > .01 {
			t.Errorf("seed %d falls below the floor", seed)
		}
		all.add(got)
	}
	t.Logf("together %s", all)
}

// variant is a made-up company.
type variant struct {
	rnd     *rand.Rand
	firms   []*firm
	records []said
}

// said is a record with its truth.
type said struct {
	source, key string
	content     *hub.Content
	firm        int // index, -1 for nobody's
}

// firm is a customer.
type firm struct {
	i                        int
	land                     *land
	name, form, old, alias   string
	orgno, subunit           string
	domain, oldDomain        string // "": on free mail
	phone                    string
	city                     string
	people                   []worker
	custnos                  map[string]string
	hub                      string // e-invoice address shared with many
	managed, branch, private bool
}

type worker struct{ name, email, phone string }

// land is how things are called in a country.
type land struct {
	code, tld, dial                                 string
	first, last, stems, ends, trades, forms, cities []string
	free                                            []string
	avd                                             string
}

func words(s string) []string { return strings.Fields(s) }

var variantLands = []*land{
	{"NO", "no", "+47", words("Aslaug Birk Dagny Eirin Frode Gaute Hilde Ivar Jorunn Ketil Liv Njål Ragnhild Sindre Torunn Vegard"), words("Aamodt Brekkhus Dyrnes Evjen Fagerli Gjerde Hovland Kvamme Lunde Myklebust Ness Opsahl Rønneberg Sørli Tveiten Ødegaard"),
		words("Alm Bjørn Elve Fjell Gran Hav Isfjord Kvit Lang Mo Ravn Stor Tind Ulv Vass Åker"), words("dal heim lund mark nes rud sund vik ås botn"), words("Bygg Rør Elektro Transport Regnskap Maskin Malerservice Bakeri Trelast Takst Drift"), words("AS AS AS AS ANS DA"),
		words("Tromsø Molde Hamar Narvik Skien Larvik Ålesund"), words("online.no lyse.net gmail.com hotmail.no"), "avd."},
	{"SE", "se", "+46", words("Alva Björn Cecilia David Elsa Folke Gunnel Håkan Irma Josef Kerstin Ludvig Moa Nils Sven Tuva"), words("Ahlgren Blomqvist Cederlund Dahlberg Engström Forslund Granath Hellström Isaksson Jonsson Kjellberg Lindahl Nyberg Sjögren"),
		words("Ask Berg Ek Gull Hök Kråk Lind Norr Sjö Sten Tall Älv"), words("berga holm hult näs stad torp ö köping"), words("Bygg El Åkeri Mekaniska Måleri Redovisning Plåt Livs Trä VVS"), words("AB AB AB AB HB"),
		words("Umeå Gävle Örebro Växjö Lund Kalmar"), words("telia.com bredband.net gmail.com hotmail.se"), "avd"},
	{"DK", "dk", "+45", words("Asger Birgit Carsten Ditte Esben Freja Gitte Henning Inger Jeppe Karen Laust"), words("Andersen Bang Christensen Damgaard Eskildsen Friis Gregersen Holm Jespersen Kjeldsen Lund Mikkelsen"),
		words("Ager Bakke Egå Fuglse Gress Høj Kild Mølle Sand Skov"), words("borg bæk gård hus lev sted strup"), words("Byg VVS Entreprise Autoværksted Revision Malerfirma Tømrer"), words("ApS A/S ApS"),
		words("Vejle Randers Kolding Horsens Viborg"), words("mail.dk jubii.dk gmail.com"), "afd."},
	{"FI", "fi", "+358", words("Aino Eero Helmi Ilmari Jaakko Kaarina Lauri Mervi Onni Pirkko Reijo Sanna"), words("Aalto Heikkinen Järvelä Kallio Laaksonen Mäkelä Niskanen Ojala Peltonen Rantanen Salmi Virta"),
		words("Haapa Hirvi Kangas Koivu Kuusi Lampi Mänty Pelto Susi Tammi"), words("järvi koski lahti mäki niemi vaara salo"), words("Rakennus Sähkö Kuljetus Konepaja Maalaus Putki Tilitoimisto"), words("Oy Oy Oy Ky"),
		words("Oulu Lahti Kuopio Vaasa Pori"), words("kolumbus.fi gmail.com elisanet.fi"), "toimipiste"},
}

func newVariant(seed uint64, firms int) *variant {
	v := &variant{rnd: rand.New(rand.NewPCG(seed, 77))}
	for len(v.firms) < firms {
		v.found(pickOf(v, variantLands[:1+v.rnd.IntN(4)]))
	}
	v.firms = v.firms[:firms]
	for _, f := range v.firms {
		for range 4 + v.rnd.IntN(14) {
			v.row(f)
		}
		for range v.rnd.IntN(6) {
			v.letter(f)
		}
	}
	for range firms / 3 {
		v.nobody()
	}
	return v
}

func pickOf[T any](v *variant, list []T) T { return list[v.rnd.IntN(len(list))] }

func (v *variant) chance(p float64) bool { return v.rnd.Float64() < p }

// found makes one firm, or several that are easily mistaken for one another.
func (v *variant) found(l *land) {
	f := v.firm(l, pickOf(v, l.stems)+pickOf(v, l.ends)+" "+pickOf(v, l.trades))
	base := strings.Fields(f.name)[0]
	switch p := v.rnd.Float64(); {
	case p < .05: // a group on one domain and switchboard, some without numbers of their own
		for _, what := range []string{"Holding", "Teknikk", "Invest", "Service"}[:2+v.rnd.IntN(3)] {
			g := v.firm(l, base+" "+what)
			g.domain, g.phone = f.domain, f.phone
			v.address(g)
			if v.chance(.3) {
				g.people = append(g.people, f.people[0])
			}
		}
	case p < .08: // a chain
		for _, city := range l.cities[:3] {
			g := v.firm(l, base+"kjeden "+city)
			g.domain, g.city = f.domain, city
			v.address(g)
		}
	case p < .11: // housing co-operatives behind one manager
		for _, what := range []string{"Borettslag", "Sameie", "Borettslag"} {
			g := v.firm(l, pickOf(v, l.stems)+pickOf(v, l.ends)+" "+what)
			g.form, g.managed, g.domain, g.phone, g.people = "", true, f.domain, f.phone, f.people[:1]
		}
	case p < .14: // a namesake in another country
		o := variantLands[(slices.Index(variantLands, l)+1)%4]
		g := v.firm(o, f.name)
		g.domain = strings.TrimSuffix(f.domain, "."+l.tld) + "." + o.tld
		v.address(g)
	case p < .16: // a namesake of another form
		g := v.firm(l, f.name)
		g.form = map[string]string{"AS": "ANS", "AB": "HB", "ApS": "A/S", "Oy": "Ky"}[f.form]
		if g.domain != "" {
			g.domain = label(f.name+g.city) + "." + l.tld
		}
		v.address(g)
	case p < .20: // nearly a namesake
		v.firm(l, f.name+" "+pickOf(v, words("II Nord Invest Eiendom Norge")))
	}
}

func (v *variant) firm(l *land, name string) *firm {
	f := &firm{i: len(v.firms), land: l, name: name, form: pickOf(v, l.forms), city: pickOf(v, l.cities), custnos: map[string]string{}}
	for _, g := range v.firms {
		if g.name == name && g.land == l && g.form == f.form {
			f.name += fmt.Sprintf(" %d", len(v.firms))
		}
	}
	f.orgno = number(l.code, v.rnd)
	f.domain = label(f.name) + "." + pickOf(v, []string{l.tld, l.tld, "com"})
	f.phone = l.dial + v.digits("2", 7)
	for _, s := range []string{"crm", "erp", "lager"} {
		f.custnos[s] = fmt.Sprint(10000 + len(v.firms)*3 + v.rnd.IntN(3))
	}
	for range 1 + v.rnd.IntN(3) {
		f.people = append(f.people, worker{name: pickOf(v, l.first) + " " + pickOf(v, l.last), phone: l.dial + v.digits("9", 7)})
	}
	switch p := v.rnd.Float64(); {
	case p < .14:
		f.domain = ""
	case p < .19:
		f.old, f.oldDomain = pickOf(v, l.stems)+pickOf(v, l.ends)+" "+pickOf(v, l.trades), ""
		if v.chance(.5) {
			f.oldDomain = label(f.old) + "." + l.tld
		}
	case p < .23:
		f.alias = pickOf(v, words("Atelier Torget Brygga Studio Kafé")) + " " + pickOf(v, l.stems) + pickOf(v, l.ends)
	case p < .26:
		f.subunit = number(l.code, v.rnd)
	}
	f.branch, f.private = v.chance(.08), v.chance(.1)
	if v.chance(.15) {
		f.hub = "faktura@einvoice-hub.com"
	}
	v.address(f)
	v.firms = append(v.firms, f)
	return f
}

// address gives the people of a firm their addresses.
func (v *variant) address(f *firm) {
	for i := range f.people {
		p := &f.people[i]
		local := label(strings.ReplaceAll(p.name, " ", "."))
		if f.domain == "" {
			p.email = fmt.Sprintf("%s%d@%s", local, 50+v.rnd.IntN(50), pickOf(v, f.land.free))
		} else {
			p.email = strings.Replace(p.name, " ", ".", 1)
			p.email = asciiOf(strings.ToLower(p.email)) + "@" + f.domain
		}
	}
}

func asciiOf(s string) string {
	return strings.NewReplacer("æ", "ae", "ø", "o", "å", "a", "ä", "a", "ö", "o", "é", "e").Replace(s)
}

func label(s string) string { return asciiOf(strings.ToLower(strings.ReplaceAll(s, " ", ""))) }

func (v *variant) digits(first string, n int) string {
	s := first
	for range n {
		s += fmt.Sprint(v.rnd.IntN(10))
	}
	return s
}

// number is a valid organisation number.
func number(code string, rnd *rand.Rand) string {
	for {
		n := map[string]int{"NO": 9e8, "SE": 5560000000, "DK": 2e7, "FI": 1e7}[code] + rnd.IntN(9e6)
		if found := link.ParseOrgNo(fmt.Sprint(n), code); len(found) == 1 && found[0].Country == code {
			return found[0].Show()
		}
	}
}

// spelling is the name as somebody types it.
func (v *variant) spelling(f *firm) string {
	name, form := f.name, f.form
	switch {
	case f.old != "" && v.chance(.4):
		name = f.old
	case f.alias != "" && v.chance(.25):
		name, form = f.alias, ""
	}
	whole := strings.TrimSpace(name + " " + form)
	switch p := v.rnd.Float64(); {
	case p < .25:
		whole = name
	case p < .33:
		whole = strings.ToUpper(whole)
	case p < .38:
		whole = asciiOf(strings.ToLower(whole))
	case p < .43 && len([]rune(name)) > 6: // a typing error
		r := []rune(whole)
		i := 2 + v.rnd.IntN(len([]rune(name))-3)
		switch v.rnd.IntN(3) {
		case 0:
			r[i], r[i-1] = r[i-1], r[i]
		case 1:
			r = slices.Delete(r, i, i+1)
		default:
			r = slices.Insert(r, i, r[i])
		}
		whole = string(r)
	case p < .46:
		whole += pickOf(v, []string{" (ny)", " - KONTANT", " (NB!)"})
	case p < .48 && form != "":
		whole = form + " " + name
	case p < .50:
		var initials string
		for _, w := range strings.Fields(name) {
			initials += string([]rune(w)[0])
		}
		if len(initials) > 2 {
			whole = strings.ToUpper(initials)
		}
	}
	if f.branch && v.chance(.5) {
		whole += ", " + f.land.avd + " " + pickOf(v, f.land.cities)
	}
	return whole
}

// row makes one source say something of a firm.
func (v *variant) row(f *firm) {
	source := pickOf(v, []string{"crm", "erp", "erp", "support", "support", "lager", "prosjekt", "kurs"})
	p := pickOf(v, f.people)
	c := &hub.Content{Kind: hub.KindRow, Title: fmt.Sprint(len(v.records))}
	add := func(chance float64, kind, value string) {
		if value != "" && v.chance(chance) {
			c.Idents = append(c.Idents, hub.Ident{Kind: kind, Value: value, Place: "A " + kind})
		}
	}
	email, orgno := p.email, f.orgno
	if f.private && v.chance(.2) {
		email = label(p.name) + fmt.Sprint(f.i) + "@gmail.com"
	}
	if f.oldDomain != "" && v.chance(.3) {
		email = asciiOf(strings.ToLower(strings.Replace(p.name, " ", ".", 1))) + "@" + f.oldDomain
	}
	switch x := v.rnd.Float64(); {
	case x < .004:
		orgno = pickOf(v, v.firms).orgno
	case x < .012:
		orgno = orgno[:3] + "0" + orgno[4:]
	case f.subunit != "" && x < .15:
		orgno = f.subunit
	}
	switch source {
	case "crm":
		add(1, hub.IdentCustNo, f.custnos[source])
		add(1, hub.IdentName, v.spelling(f))
		add(.5, hub.IdentOrgNo, orgno)
		add(.8, hub.IdentEmail, email)
		add(.6, hub.IdentPhone, pickOf(v, []string{p.phone, f.phone}))
		add(.8, hub.IdentPerson, p.name)
		add(.9, hub.IdentPlace, f.city)
	case "erp":
		name := []rune(v.spelling(f))
		add(1, hub.IdentCustNo, f.custnos[source])
		add(1, hub.IdentName, string(name[:min(30, len(name))]))
		add(.6, hub.IdentOrgNo, orgno)
		add(.8, hub.IdentEmail, f.hub)
	case "support":
		add(.95, hub.IdentPerson, p.name)
		add(.7, hub.IdentEmail, email)
		add(.3, hub.IdentPhone, p.phone)
		add(.5, hub.IdentName, v.spelling(f))
	case "lager":
		add(.7, hub.IdentCustNo, f.custnos[source])
		add(1, hub.IdentName, v.spelling(f))
		add(.9, hub.IdentPlace, f.city)
		add(.5, hub.IdentPhone, pickOf(v, []string{p.phone, f.phone}))
		add(.5, hub.IdentPerson, p.name)
	case "prosjekt":
		add(1, hub.IdentName, v.spelling(f))
		add(.3, hub.IdentOrgNo, orgno)
		add(.7, hub.IdentEmail, email)
		add(.7, hub.IdentPerson, p.name)
	default:
		add(.9, hub.IdentName, v.spelling(f))
		add(1, hub.IdentPerson, p.name)
		add(.9, hub.IdentEmail, email)
		add(.4, hub.IdentPhone, p.phone)
	}
	v.say(source, f.i, c)
}

func (v *variant) say(source string, firm int, c *hub.Content) {
	v.records = append(v.records, said{source, fmt.Sprintf("k%d", len(v.records)), c, firm})
}

// letter makes a mail of a firm: from it, to it, forwarded, or about it.
func (v *variant) letter(f *firm) {
	p := pickOf(v, f.people)
	c := &hub.Content{Kind: hub.KindMail, Title: "Spørsmål"}
	add := func(kind, role, value, place string) {
		if value != "" {
			c.Idents = append(c.Idents, hub.Ident{Kind: kind, Role: role, Value: value, Place: place})
		}
	}
	add(hub.IdentMessageID, "", fmt.Sprintf("%d@x.test", len(v.records)), "Message-ID")
	sign := func(line int) {
		add(hub.IdentPerson, hub.RoleSignature, p.name, fmt.Sprintf("text %d", line))
		if v.chance(.5) {
			add(hub.IdentName, hub.RoleSignature, f.name+" "+f.form, fmt.Sprintf("text %d", line+1))
		}
		if v.chance(.5) {
			add(hub.IdentPhone, hub.RoleSignature, p.phone, fmt.Sprintf("text %d", line+2))
		}
		if v.chance(.2) {
			add(hub.IdentOrgNo, hub.RoleSignature, f.orgno, fmt.Sprintf("text %d", line+3))
		}
	}
	switch x := v.rnd.Float64(); {
	case x < .5:
		add(hub.IdentEmail, hub.RoleFrom, p.email, "From")
		add(hub.IdentPerson, hub.RoleFrom, p.name, "From")
		add(hub.IdentEmail, hub.RoleTo, "salg@egen.test", "To")
		sign(5)
	case x < .75:
		add(hub.IdentEmail, hub.RoleFrom, "vi@egen.test", "From")
		add(hub.IdentEmail, hub.RoleTo, p.email, "To")
	case x < .85:
		add(hub.IdentEmail, hub.RoleFrom, "vi@egen.test", "From")
		add(hub.IdentEmail, hub.RoleTo, "salg@egen.test", "To")
		add(hub.IdentEmail, hub.RoleFrom, p.email, "text 4")
		sign(9)
	case x < .93: // an accountant writes of the firm
		add(hub.IdentEmail, hub.RoleFrom, "post@tallogtelling.no", "From")
		add(hub.IdentName, hub.RoleMentioned, f.name+" "+f.form, "text 2")
		if v.chance(.6) {
			add(hub.IdentOrgNo, hub.RoleMentioned, f.orgno, "text 2")
		}
	default: // a form on the web site
		add(hub.IdentEmail, hub.RoleMentioned, "web@egen.test", "From")
		add(hub.IdentEmail, hub.RoleFrom, p.email, "text 3")
		add(hub.IdentName, hub.RoleFrom, v.spelling(f), "text 2")
	}
	v.say("post", f.i, c)
}

// nobody makes a record of no customer: prospects, suppliers, newsletters.
func (v *variant) nobody() {
	l := pickOf(v, variantLands)
	name := pickOf(v, l.last) + pickOf(v, l.ends) + " " + pickOf(v, l.trades)
	domain := label(name) + "." + l.tld
	person := pickOf(v, l.first) + " " + pickOf(v, l.last)
	if v.chance(.5) {
		c := &hub.Content{Kind: hub.KindMail, Idents: []hub.Ident{{Kind: hub.IdentMessageID, Value: fmt.Sprintf("%d@y.test", len(v.records))},
			{Kind: hub.IdentEmail, Role: hub.RoleFrom, Value: "nyhetsbrev@" + domain, Place: "From"}, {Kind: hub.IdentName, Role: hub.RoleSignature, Value: name + " " + l.forms[0], Place: "text 9"}}}
		v.say("post", -1, c)
		return
	}
	c := &hub.Content{Kind: hub.KindRow, Title: fmt.Sprint(len(v.records)), Idents: []hub.Ident{{Kind: hub.IdentPerson, Value: person, Place: "A"}, {Kind: hub.IdentName, Value: name, Place: "B"}}}
	if v.chance(.7) {
		c.Idents = append(c.Idents, hub.Ident{Kind: hub.IdentEmail, Value: label(person) + "@" + domain, Place: "C"})
	}
	v.say(pickOf(v, []string{"support", "kurs"}), -1, c)
}

// order is the records of each source, the sources in one of two orders.
func (v *variant) order(n int) []string {
	sources := []string{"crm", "erp", "kurs", "lager", "post", "prosjekt", "support"}
	if n == 1 {
		slices.Reverse(sources)
	}
	return sources
}

// linked is what became of a record.
type linked struct {
	customer hub.CustomerID // 0 none
	suggests []hub.CustomerID
}

func (v *variant) link(t *testing.T, sources []string) map[string]linked {
	st := openSQLite(t)
	ctx := context.Background()
	if err := st.SetSetting(ctx, "company", hub.Company{Name: "Egen AS", Domains: []string{"egen.test"}}); err != nil {
		t.Fatal(err)
	}
	l := linker.New(st, slog.New(slog.DiscardHandler))
	for _, source := range sources {
		kind := "folder"
		if source == "post" {
			kind = "imap"
		}
		p := openPut(t, st, source, kind, source)
		var items []hub.Item
		for _, r := range v.records {
			if r.source == source {
				items = append(items, hub.Item{Ref: r.key, Key: r.key, Content: r.content})
			}
		}
		p.scope(t, "ark", items)
		p.finish(t)
		if len(sources) > 0 && source != sources[0] {
			continue // what comes after the first is read at once: two kinds of history
		}
		if _, err := l.Follow(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Follow(ctx); err != nil {
		t.Fatal(err)
	}
	return linksOf(t, st)
}

func linksOf(t *testing.T, st *store.Store) map[string]linked {
	out := map[string]linked{}
	err := st.EachRecord(context.Background(), func(r *hub.Record) error {
		var l linked
		slices.SortFunc(r.Links, func(a, b hub.Link) int { return a.Rank - b.Rank })
		for _, k := range r.Links {
			if k.Suggested {
				l.suggests = append(l.suggests, k.Customer)
			} else if l.customer == 0 {
				l.customer = k.Customer
			}
		}
		out[r.Key] = l
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// tallied are the measures as sums, so that several companies add up.
type tallied struct {
	truePairs, saidPairs, bothPairs float64
	linked, wrong                   float64
	firms, fused                    float64
	open, suggested                 float64
	nobody, put                     float64
	agree                           float64
}

func (s tallied) precision() float64 { return s.bothPairs / max(s.saidPairs, 1) }
func (s tallied) recall() float64    { return s.bothPairs / max(s.truePairs, 1) }
func (s tallied) wrongRate() float64 { return s.wrong / max(s.linked, 1) }
func (s tallied) nullRate() float64  { return s.put / max(s.nobody, 1) }

func (s tallied) String() string {
	return fmt.Sprintf("pairs P %.2f R %.2f %%  wrong %.2f %%  fused %.2f %%  suggested %.0f %% of %.0f  nobody's put %.2f %%  agreement %.1f %%", 100*s.precision(), 100*s.recall(),
		100*s.wrongRate(), 100*s.fused/s.firms, 100*s.suggested/max(s.open, 1), s.open, 100*s.nullRate(), 100*s.agree)
}

func (s *tallied) add(o tallied) {
	n := s.firms
	s.truePairs, s.saidPairs, s.bothPairs = s.truePairs+o.truePairs, s.saidPairs+o.saidPairs, s.bothPairs+o.bothPairs
	s.linked, s.wrong, s.fused = s.linked+o.linked, s.wrong+o.wrong, s.fused+o.fused
	s.open, s.suggested, s.nobody, s.put = s.open+o.open, s.suggested+o.suggested, s.nobody+o.nobody, s.put+o.put
	s.firms += o.firms
	s.agree = (s.agree*n + o.agree*o.firms) / s.firms
}

func pairs(n int) float64 { return float64(n*(n-1)) / 2 }

func (v *variant) measure(t *testing.T, links map[string]linked) (s tallied) {
	clusters := map[hub.CustomerID]map[int]int{}
	sizes := map[int]int{}
	for _, r := range v.records {
		c := links[r.key].customer
		if r.firm >= 0 {
			sizes[r.firm]++
		}
		if c != 0 && r.firm >= 0 {
			if clusters[c] == nil {
				clusters[c] = map[int]int{}
			}
			clusters[c][r.firm]++
		}
	}
	mostly := map[hub.CustomerID]int{}
	home := map[int]hub.CustomerID{}
	for c, of := range clusters {
		best, total := -1, 0
		for f, n := range of {
			total += n
			s.bothPairs += pairs(n)
			if best < 0 || n > of[best] || n == of[best] && f < best {
				best = f
			}
			if h, ok := home[f]; !ok || n > clusters[h][f] || n == clusters[h][f] && c < h {
				home[f] = c
			}
		}
		s.saidPairs += pairs(total)
		mostly[c] = best
	}
	for f, n := range sizes {
		s.truePairs += pairs(n)
		s.firms++
		if c, ok := home[f]; ok && mostly[c] != f {
			s.fused++
		}
	}
	for _, r := range v.records {
		l := links[r.key]
		switch {
		case r.firm < 0:
			s.nobody++
			if _, of := mostly[l.customer]; of {
				s.put++
			}
		case l.customer == 0:
			s.open++
			if slices.ContainsFunc(l.suggests, func(c hub.CustomerID) bool { return clusters[c] != nil && mostly[c] == r.firm }) {
				s.suggested++
			}
		default:
			s.linked++
			if mostly[l.customer] != r.firm {
				s.wrong++
			}
		}
		if bad := l.customer != 0 && clusters[l.customer] != nil && mostly[l.customer] != r.firm; *variantVerbose && bad {
			var of string
			if r.firm >= 0 {
				of = v.firms[r.firm].name + " " + v.firms[r.firm].form
			}
			wrong := v.firms[mostly[l.customer]]
			t.Logf("%s %q put on %q: %v", r.source, of, wrong.name+" "+wrong.form, r.content.Idents)
		}
	}
	return s
}

// agreement is the share of pairs that two runs have in common.
func agreement(a, b map[string]linked) float64 {
	na, nb, both := map[hub.CustomerID]int{}, map[hub.CustomerID]int{}, map[[2]hub.CustomerID]int{}
	for key, l := range a {
		na[l.customer]++
		nb[b[key].customer]++
		both[[2]hub.CustomerID{l.customer, b[key].customer}]++
	}
	var x, y, xy float64
	for c, n := range na {
		if c != 0 {
			x += pairs(n)
		}
	}
	for c, n := range nb {
		if c != 0 {
			y += pairs(n)
		}
	}
	for c, n := range both {
		if c[0] != 0 && c[1] != 0 {
			xy += pairs(n)
		}
	}
	return 2 * xy / max(x+y, 1)
}

package nature

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// stateOf reads the status: open unless a word says that it is done. A table
// with several states is done when one of them says so.
func stateOf(fields []hub.Field) string {
	state := ""
	for _, f := range fields {
		if f.Role != hub.RoleStatus || f.Value == "" || f.Type == "number" {
			continue
		}
		if f.Type == "bool" {
			state = map[string]string{"true": Closed, "false": Open}[f.Value]
			continue
		}
		switch s := vocabularyOf().state(f.Value); {
		case s == Closed:
			return Closed
		case s != "":
			state = s
		}
	}
	return state
}

func (v *vocabulary) state(text string) string {
	words := tokens(text)
	for _, s := range []string{Open, Closed} {
		for _, w := range words {
			for _, begin := range v.states[s] {
				if w == begin || len(begin) > 4 && strings.HasPrefix(w, begin) {
					return s
				}
			}
		}
	}
	return ""
}

// endings are parts of headers over the day on which something ends.
var endings = regexp.MustCompile(`(?i)\b(til|till|tom|to|until|slutt?|slut|end|ends|expir|utløp|utlöp|udløb|loppu|päätty|päättymis|voimassa|gyldig til|giltig till|frist|deadline|due|forfall|förfall|forfald|eräpäivä|eräpvm)`)

// endOf finds the day on which something ends or is due: the date under such a
// header, else the last date of an agreement.
func endOf(f hub.Facts, fields []hub.Field) (end time.Time) {
	var last time.Time
	for _, c := range fields {
		if c.Type != "date" && c.Type != "time" {
			continue
		}
		at := c.Date()
		if c.Role == hub.RoleDueDate || endings.MatchString(c.Name) {
			end = at
		}
		if at.After(last) {
			last = at
		}
	}
	if end.IsZero() && f.Nature == Agreement && last.After(f.At) {
		return last
	}
	return end
}

// ofPeople finds the person at the customer and the colleague of a row.
func ofPeople(f *hub.Facts, fields []hub.Field) {
	for _, c := range fields {
		switch {
		case c.Role == hub.RoleEmail && f.Person == "":
			if found := link.Emails(c.Value); len(found) > 0 {
				f.Person = found[0]
			}
		case c.Role == hub.RoleContact && f.Called == "":
			f.Called = oneLine(c.Value)
		case c.Role == hub.RoleOwner && f.Ours == "":
			f.Ours = oneLine(c.Value)
		}
	}
	if f.Person == "" {
		f.Person = link.Fold(f.Called)
	}
}

// ofMail finds who wrote to whom, and to which meeting it invites.
func ofMail(f *hub.Facts, c *hub.Content, own *link.Own) {
	from, to := person{}, []person{}
	for _, id := range c.Idents {
		switch {
		case id.Kind == hub.IdentMessageID && f.Message == "":
			f.Message = id.Value
		case id.Kind == hub.IdentReply && (f.Thread == "" || id.Place == "References" && !strings.HasPrefix(f.Thread, "\x00")):
			f.Thread = id.Value
			if id.Place == "References" {
				f.Thread = "\x00" + id.Value // the first reference: the others follow it
			}
		}
	}
	f.Thread = cmp.Or(strings.TrimPrefix(f.Thread, "\x00"), f.Message)
	for i, id := range c.Idents {
		if id.Kind != hub.IdentEmail || strings.HasPrefix(id.Place, "text ") {
			continue
		}
		p := person{address: strings.ToLower(id.Value)}
		if i+1 < len(c.Idents) && c.Idents[i+1].Kind == hub.IdentPerson && c.Idents[i+1].Place == id.Place {
			p.name = oneLine(c.Idents[i+1].Value)
		}
		switch {
		case id.Role == hub.RoleFrom && (from.address == "" || id.Place == "Reply-To" && !own.Owns(p.address)):
			from = p
		case id.Role == hub.RoleTo, id.Role == hub.RoleCc:
			to = append(to, p)
		}
	}
	ofParties(f, from, to, own)
	if f.Way == hub.WayOut && (f.Ours == "" || !strings.Contains(f.Ours, " ")) {
		f.Ours = cmp.Or(signedBy(c), f.Ours)
	}
	if c.Meeting != nil {
		ofMeeting(f, c)
	}
}

// person is an address with the name beside it.
type person struct{ address, name string }

func ofParties(f *hub.Facts, from person, to []person, own *link.Own) {
	sent := own.Owns(from.address)
	var theirs, ours person
	if sent {
		ours = from
	} else {
		theirs = from
	}
	for _, p := range to {
		switch mine := own.Owns(p.address); {
		case sent && !mine && theirs.address == "":
			theirs = p
		case !sent && mine && ours.address == "":
			ours = p
		}
	}
	f.Way = hub.WayIn
	if sent {
		f.Way = hub.WayOut
	}
	f.Person, f.Called = theirs.address, theirs.name
	f.Ours = cmp.Or(ours.name, ours.address)
	if theirs.address == "" {
		f.Way = "" // among ourselves
	}
}

// signedBy is the person in the signature of a mail.
func signedBy(c *hub.Content) string {
	for _, id := range c.Idents {
		if id.Kind == hub.IdentPerson && id.Role == hub.RoleSignature {
			return oneLine(id.Value)
		}
	}
	return ""
}

// notTheSum are parts of headers over numbers that are no sum of the row.
var notTheSum = regexp.MustCompile(`(?i)rabat|discount|alennus|saldo|balance|rest|utestående|udestående|outstanding|frakt|fragt|freight|rahti|kostnad|kostnader|cost|gebyr|margin|dekning|täckning`)

var (
	unitPrice   = regexp.MustCompile(`(?i)enhet|styck|stykk|stykpris|yksikkö|unit|à|pr\.? ?stk|per st|a-pris|á`)
	withVAT     = regexp.MustCompile(`(?i)\b(inkl|incl|brutto|gross|sis)|verollinen|att betala|å betale|at betale`)
	creditWords = regexp.MustCompile(`(?i)kreditnot|kreditfakt|kreditert|krediter|credit ?note|credited|hyvitys|hyvityslasku`)
	currencies  = regexp.MustCompile(`\b(NOK|SEK|DKK|EUR|USD|GBP|ISK|CHF|PLN)\b|€|£|\$`)
)

// ofMoney finds the sum of a row: without VAT if it says so, else with. A
// credit note counts against.
func ofMoney(f *hub.Facts, p Place, c *hub.Content) {
	var net, total, vat, price, quantity, foreseen *float64
	header := ""
	for _, cell := range c.Fields {
		if cell.Role == hub.RoleCurrency && f.Currency == "" {
			f.Currency = currencyIn(cell.Value)
		}
		n, err := strconv.ParseFloat(cell.Value, 64)
		if cell.Type != "number" || err != nil || cell.Hidden { // what the sheet does not show is no sum that a page may
			continue
		}
		switch {
		case cell.Role == hub.RoleAmount && unitPrice.MatchString(cell.Name):
			price = cmp.Or(price, &n)
		case (cell.Role == hub.RoleAmount || cell.Role == hub.RoleTotalAmount) && notTheSum.MatchString(cell.Name):
			continue
		case cell.Role == hub.RoleTotalAmount, cell.Role == hub.RoleAmount && withVAT.MatchString(cell.Name):
			total = cmp.Or(total, &n)
		case cell.Role == hub.RoleAmount:
			net = cmp.Or(net, &n)
		case cell.Role == hub.RoleVATAmount:
			vat = cmp.Or(vat, &n)
			continue
		case cell.Role == hub.RoleQuantity:
			quantity = cmp.Or(quantity, &n)
			continue
		case f.Nature == Forecast && (cell.Role == "" || cell.Role == hub.RoleOther || cell.Role == hub.RoleText):
			foreseen = add(foreseen, cell.Name, n)
		default:
			continue
		}
		header += " " + cell.Name
	}
	if net == nil && total == nil {
		net = foreseen
	}
	sum := math.NaN()
	switch {
	case net != nil:
		sum = *net
	case total != nil && vat != nil:
		sum = *total - *vat
	case total != nil:
		sum, f.Gross = *total, true
	case price != nil && quantity != nil:
		sum = *price * *quantity
	}
	if math.IsNaN(sum) || math.Abs(sum) > 1e13 {
		return
	}
	f.Priced, f.Cents = true, int64(math.Round(sum*100))
	if f.Cents > 0 && isCredit(p, c) {
		f.Cents = -f.Cents
	}
	f.Currency = cmp.Or(f.Currency, currencyIn(header), currencyIn(p.Sheet), currencyIn(p.File))
}

// periods are headers over the parts of a year.
var periods = regexp.MustCompile(`(?i)^(jan|feb|mar|maa|apr|huh|mai|maj|may|tou|jun|kes|jul|hei|aug|elo|sep|syy|okt|oct|lok|nov|mar|des|dec|jou|tam|hel|q[1-4]|[1-4]\.? ?kv|kv(artal)? ?[1-4])`)

// add takes a number of a forecast, whose columns have headers of many kinds:
// months and quarters are added up, else the first one counts.
func add(sum *float64, header string, n float64) *float64 {
	switch {
	case sum == nil:
		return &n
	case periods.MatchString(header):
		n += *sum
		return &n
	}
	return sum
}

func isCredit(p Place, c *hub.Content) bool {
	if creditWords.MatchString(p.Sheet) {
		return true
	}
	for _, cell := range c.Fields {
		if cell.Type == "" && len(cell.Value) < 80 && creditWords.MatchString(cell.Value) {
			return true
		}
	}
	return false
}

// currencyIn reads a currency after ISO 4217, or by its sign; "kr" is three
// currencies and so none.
func currencyIn(text string) string {
	switch found := currencies.FindString(strings.ToUpper(text)); found {
	case "€":
		return "EUR"
	case "£":
		return "GBP"
	case "$":
		return "USD"
	default:
		return found
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Said is what a row says in words.
type Said struct {
	Title  string // what it is about, without the customer's name
	Words  string // the longest text in it
	Score  string // of a survey answer
	Status string
	Chance int // percent, of a forecast or an offer; 0 if nobody says
}

// Tell reads the words of a record, for lists that are about one customer.
func Tell(c *hub.Content) Said {
	var s Said
	if c.Kind == hub.KindMail {
		s.Title, s.Words = c.Title, c.Text
		return s
	}
	number, first, plainest := "", "", ""
	for _, f := range c.Fields {
		v := oneLine(f.Value)
		switch {
		case v == "", f.Hidden:
		case f.Role == hub.RoleSubjectLine && s.Title == "":
			s.Title = v
		case numbering(f.Role) && number == "":
			number = v
		case f.Role == hub.RoleStatus && s.Status == "" && f.Type == "":
			s.Status = v
		case f.Role == hub.RoleText && f.Type == "":
			if first == "" {
				first = v
			}
			if len(v) > len(s.Words) {
				s.Words = v
			}
		case s.Chance == 0 && begins(f.Name, chances):
			s.Chance = percent(v)
		case f.Type == "number" && s.Score == "" && begins(f.Name, scores):
			s.Score = v
		case (f.Role == "" || f.Role == hub.RoleOther) && f.Type == "" && len(v) > len(plainest) && strings.ContainsFunc(v, unicode.IsLetter):
			plainest = v // a text under a header that says nothing of its role, such as "Tiltak"
		}
	}
	if first == s.Words {
		first = "" // what it says rather than what it is about, unless there is nothing else
	}
	s.Words = cmp.Or(s.Words, plainest)
	s.Title = cmp.Or(s.Title, first, plainest, s.Words)
	if r := []rune(s.Title); len(r) > 90 {
		s.Title = strings.TrimSpace(string(r[:89])) + "…"
	}
	if number != "" && !strings.Contains(s.Title, number) {
		s.Title = strings.TrimPrefix(s.Title+" · "+number, " · ")
	}
	return s
}

// scores and chances begin the headers, folded, of a survey's score and of how
// likely a sale is.
var (
	scores  = []string{"score", "karakter", "betyg", "vurdering", "omdome", "bedommelse", "arvosana", "rating", "nps", "poang", "pisteet", "tilfreds", "nojdhet", "tyytyvaisyys"}
	chances = []string{"sannsynlig", "sannolik", "sandsynlig", "todennakoisyys", "probability", "likelihood", "chance"}
)

func begins(header string, words []string) bool {
	h := plain(header)
	return slices.ContainsFunc(words, func(begin string) bool { return strings.HasPrefix(h, begin) })
}

// percent reads 70 %, 70 or 0.7, which workbooks show as 70 %; 0 if it is none of them.
func percent(text string) int {
	text, signed := strings.CutSuffix(strings.ReplaceAll(text, ",", "."), "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err == nil && !signed && n <= 1 {
		n *= 100
	}
	if err != nil || n < 0 || n > 100 {
		return 0
	}
	return int(math.Round(n))
}

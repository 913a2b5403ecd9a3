package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/nature"
	"samsyn/internal/store"
)

// CustomerOverview answers what one must know of a customer before one talks to
// it: what was delivered, how it went, whom we know, what is expected; and where
// it stands.
type CustomerOverview struct {
	Delivered  DeliveredAnswer `json:"delivered"`
	Went       WentAnswer      `json:"went"`
	Contacts   []ContactAnswer `json:"contacts" doc:"Those we hear from most, first."`
	Expected   ExpectedAnswer  `json:"expected"`
	Steps      []Step          `json:"steps" doc:"need, offer, order, evaluation."`
	Agreements []Line          `json:"agreements" doc:"Those in force first."`
	Actions    []Line          `json:"actions" doc:"Of the customer plan; what is open first."`
	Activity   []MonthActivity `json:"activity" doc:"The last 24 months, the oldest first; in UTC."`
	Natures    []string        `json:"natures" doc:"What the history holds."`
	Years      []int           `json:"years" doc:"Of the history in UTC, the newest first."`
}

// DeliveredAnswer is what was bought and delivered.
type DeliveredAnswer struct {
	Sums   []Sum  `json:"sums"`
	Latest []Line `json:"latest"`
	Last   int    `json:"last" doc:"Deliveries, orders and invoices of the last twelve months."`
	Before int    `json:"before" doc:"Of the twelve months before."`
}

// Sum adds what may be added: one nature, one currency, with or without VAT.
// Where the currency is not told, sums of different sources stay apart.
type Sum struct {
	Nature     string `json:"nature"`
	Currency   string `json:"currency,omitempty"`
	Gross      bool   `json:"gross,omitempty" doc:"With VAT."`
	Department string `json:"department,omitempty" doc:"Whose records they are, where no currency is told."`
	Cents      int64  `json:"cents" doc:"Hundredths, of the last twelve months; credit notes are subtracted."`
	Before     int64  `json:"before" doc:"Hundredths, of the twelve months before."`

	source hub.SourceID
}

// Trend is the change in percent, 0 without a year before.
func (s Sum) Trend() int {
	if s.Before <= 0 {
		return 0
	}
	return int((s.Cents - s.Before) * 100 / s.Before)
}

// WentAnswer is how it went: what is open before what is settled.
type WentAnswer struct {
	Open  int    `json:"open" doc:"Complaints, returns and cases without an end."`
	Lines []Line `json:"lines"`
	Voice []Line `json:"voice" doc:"The latest survey answers."`
}

// ExpectedAnswer is what the customer is expected to buy.
type ExpectedAnswer struct {
	Forecasts []Line `json:"forecasts"`
	Sums      []Sum  `json:"sums" doc:"Of the forecasts; when there are none, of the last twelve months."`
	Projected bool   `json:"projected" doc:"Nobody has forecast anything: the sums are those of the last twelve months."`
}

// Line is a record with the facts that count.
type Line struct {
	Record     hub.RecordID `json:"record"`
	Nature     string       `json:"nature"`
	Title      string       `json:"title"`
	At         time.Time    `json:"at,omitzero"`
	Ends       time.Time    `json:"ends,omitzero"`
	State      string       `json:"state,omitempty" enum:"open,closed"`
	Department string       `json:"department"`
	Priced     bool         `json:"priced,omitempty"`
	Cents      int64        `json:"cents,omitempty"`
	Currency   string       `json:"currency,omitempty"`
	Gross      bool         `json:"gross,omitempty"`
	Words      string       `json:"words,omitempty" doc:"In the customer's own words."`
	Score      string       `json:"score,omitempty"`
	Person     string       `json:"person,omitempty"`
	Ours       string       `json:"ours,omitempty"`
	Status     string       `json:"status,omitempty" doc:"As it stands in the source."`
	Chance     int          `json:"chance,omitempty" doc:"How likely a forecast is, in percent."`
}

// ContactAnswer is a person at the customer whom we know.
type ContactAnswer struct {
	Person  string    `json:"person" doc:"Address, or name in small letters."`
	Name    string    `json:"name"`
	Email   string    `json:"email,omitempty"`
	Phone   string    `json:"phone,omitempty"`
	Ours    []string  `json:"ours" doc:"Who of us; the one with most to do first."`
	Times   int       `json:"times"`
	LastIn  time.Time `json:"last_in,omitzero" doc:"When they last wrote to us."`
	LastOut time.Time `json:"last_out,omitzero" doc:"When we last wrote to them."`
	Last    time.Time `json:"last,omitzero"`
	Silent  bool      `json:"silent,omitempty" doc:"Longer without contact than is usual with this person."`

	first time.Time
}

// Step of the way from a need to its evaluation.
type Step struct {
	Name    string    `json:"name" enum:"need,offer,order,evaluation"`
	Records int       `json:"records"`
	Last    time.Time `json:"last,omitzero"`
	Current bool      `json:"current,omitempty"`
}

// MonthActivity counts records of a month by department.
type MonthActivity struct {
	Month       time.Time      `json:"month"`
	Departments map[string]int `json:"departments"`
}

// troubles are the natures of records that tell how it went badly.
var troubles = []string{nature.Complaint, nature.Return, nature.Case}

// Sizes of the answers.
const (
	linesShown    = 4
	contactsShown = 8
	chartMonths   = 24
	plansShown    = 8
)

// overview puts the answers together from the facts that v may see.
func (s *Server) overview(ctx context.Context, v hub.Viewer, customer hub.CustomerID) (*CustomerOverview, error) {
	var tallies []store.Tally
	var relations []store.Relation
	err := together(ctx,
		func(ctx context.Context) (err error) { tallies, err = s.store.Tallies(ctx, v, customer); return err },
		func(ctx context.Context) (err error) {
			relations, err = s.store.Relations(ctx, v, customer)
			return err
		})
	if err != nil {
		return nil, err
	}
	now := s.now().UTC()
	o := &CustomerOverview{Contacts: contactsOf(relations, now), Activity: activityOf(tallies, now)}
	o.Natures, o.Years = spanOf(tallies)
	if err := s.addReach(ctx, v, customer, o.Contacts); err != nil {
		return nil, err
	}
	g := &gathering{s: s, ctx: ctx, v: v, customer: customer, has: map[string]bool{}}
	for _, t := range tallies {
		g.has[t.Nature] = true
	}
	o.Delivered = deliveredOf(tallies, now)
	o.Delivered.Latest = g.newest(linesShown, nature.Delivery, nature.Order, nature.Invoice)
	open := g.open(maxOpen, troubles...)
	o.Went.Open = len(open)
	o.Went.Lines = merged(linesShown, open, g.newest(linesShown, troubles...))
	o.Went.Voice = g.newest(2, nature.Survey)
	o.Expected = expectedOf(tallies, g.newest(linesShown, nature.Forecast), now)
	o.Agreements = inForce(g.newest(4*plansShown, nature.Agreement), now)
	o.Actions = merged(plansShown, g.open(plansShown, nature.Action), g.newest(plansShown, nature.Action))
	o.Steps = stepsOf(tallies, g, now)
	if g.err != nil {
		return nil, g.err
	}
	return o, s.tell(ctx, v, o.Delivered.Latest, o.Went.Lines, o.Went.Voice, o.Expected.Forecasts, o.Agreements, o.Actions)
}

// maxOpen is how many open complaints are counted at most.
const maxOpen = 100

// together asks several things of the store at a time, which has more than one
// connection to answer by. The first error ends the others.
func together(ctx context.Context, asks ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, ask := range asks {
		g.Go(func() error { return ask(ctx) })
	}
	return g.Wait()
}

// gathering fetches lines and keeps the first error.
type gathering struct {
	s        *Server
	ctx      context.Context
	v        hub.Viewer
	customer hub.CustomerID
	has      map[string]bool // natures of which there is any
	err      error
}

func (g *gathering) newest(n int, natures ...string) []Line { return g.lines(n, false, natures) }
func (g *gathering) open(n int, natures ...string) []Line   { return g.lines(n, true, natures) }

func (g *gathering) lines(n int, open bool, natures []string) []Line {
	all := []Line{}
	for _, one := range natures {
		if g.err != nil || !g.has[one] {
			continue
		}
		var found []store.Line
		found, g.err = g.s.store.Latest(g.ctx, g.v, g.customer, one, open, n)
		for _, l := range found {
			all = append(all, Line{Record: l.Record, Nature: l.Nature, At: l.At, Ends: l.Ends, State: l.State, Department: l.Department,
				Priced: l.Priced, Cents: l.Cents, Currency: l.Currency, Gross: l.Gross, Person: cmp.Or(l.Called, l.Person), Ours: l.Ours})
		}
	}
	slices.SortStableFunc(all, func(a, b Line) int { return b.At.Compare(a.At) })
	return all[:min(n, len(all))]
}

// merged is the first n lines of lists, each record once.
func merged(n int, lists ...[]Line) []Line {
	out, seen := []Line{}, map[hub.RecordID]bool{}
	for _, l := range slices.Concat(lists...) {
		if !seen[l.Record] && len(out) < n {
			seen[l.Record] = true
			out = append(out, l)
		}
	}
	return out
}

// inForce puts agreements that run before those that have ended.
func inForce(all []Line, now time.Time) []Line {
	ended := func(l Line) bool { return !l.Ends.IsZero() && l.Ends.Before(now) }
	slices.SortStableFunc(all, func(a, b Line) int {
		switch {
		case ended(a) != ended(b):
			if ended(a) {
				return 1
			}
			return -1
		case ended(a):
			return b.Ends.Compare(a.Ends)
		}
		return a.Ends.Compare(b.Ends)
	})
	return all[:min(plansShown, len(all))]
}

func monthNumber(t time.Time) int { return 12*t.Year() + int(t.Month()) - 1 }

// deliveredNatures are what a customer bought; their sums are never added to
// each other, since one sale leaves an order, a delivery and an invoice.
var deliveredNatures = []string{nature.Order, nature.Delivery, nature.Invoice}

// deliveredOf sums up the last twelve months and the twelve before.
func deliveredOf(tallies []store.Tally, now time.Time) DeliveredAnswer {
	a := DeliveredAnswer{Sums: sumsOf(tallies, now, deliveredNatures...)}
	head := monthNumber(now)
	for _, t := range tallies {
		if !slices.Contains(deliveredNatures, t.Nature) {
			continue
		}
		switch age := head - t.Month; {
		case age >= 0 && age < 12:
			a.Last += t.Records
		case age >= 12 && age < 24:
			a.Before += t.Records
		}
	}
	return a
}

func sumsOf(tallies []store.Tally, now time.Time, natures ...string) []Sum {
	head := monthNumber(now)
	sums := []Sum{}
	for _, t := range tallies {
		age := head - t.Month
		if t.Priced == 0 || !slices.Contains(natures, t.Nature) || age < 0 || age >= 24 {
			continue
		}
		s := sumFor(&sums, t)
		if age < 12 {
			s.Cents += t.Cents
		} else {
			s.Before += t.Cents
		}
	}
	return sortSums(sums, natures)
}

// sumFor finds the sum to which a tally may be added.
func sumFor(sums *[]Sum, t store.Tally) *Sum {
	want := Sum{Nature: t.Nature, Currency: t.Currency, Gross: t.Gross}
	if t.Currency == "" {
		want.Department, want.source = t.Department, t.Source
	}
	for i, s := range *sums {
		if s.Cents, s.Before = 0, 0; s == want {
			return &(*sums)[i]
		}
	}
	*sums = append(*sums, want)
	return &(*sums)[len(*sums)-1]
}

func sortSums(sums []Sum, natures []string) []Sum {
	slices.SortStableFunc(sums, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(slices.Index(natures, a.Nature), slices.Index(natures, b.Nature)), cmp.Compare(b.Cents, a.Cents))
	})
	return sums
}

// expectedOf takes what a department forecast for the time to come, or that the
// next twelve months become as the last.
func expectedOf(tallies []store.Tally, forecasts []Line, now time.Time) ExpectedAnswer {
	e := ExpectedAnswer{Forecasts: forecasts, Sums: []Sum{}}
	head := 12 * now.Year()
	for _, t := range tallies {
		if t.Nature == nature.Forecast && t.Priced > 0 && (t.Month == 0 || t.Month >= head) {
			sumFor(&e.Sums, t).Cents += t.Cents
		}
	}
	if len(forecasts) > 0 {
		return e
	}
	e.Projected = true
	for _, basis := range []string{nature.Order, nature.Invoice, nature.Delivery} {
		e.Sums = slices.DeleteFunc(sumsOf(tallies, now, basis), func(s Sum) bool { return s.Cents <= 0 })
		if len(e.Sums) > 0 {
			break
		}
	}
	for i := range e.Sums {
		e.Sums[i].Before = 0 // an expectation has no trend
	}
	return e
}

// Weighed reports whether forecasts say how likely they are; their sum does not.
func (e ExpectedAnswer) Weighed() bool {
	return slices.ContainsFunc(e.Forecasts, func(l Line) bool { return l.Chance > 0 })
}

// steps are the natures by which one sees where a customer stands.
var steps = []struct {
	name    string
	natures []string
}{
	{"need", []string{nature.Meeting, nature.Note, nature.Case}},
	{"offer", []string{nature.Offer}},
	{"order", []string{nature.Order, nature.Delivery, nature.Invoice}},
	{"evaluation", []string{nature.Survey, nature.Complaint, nature.Return}},
}

// stepsOf finds the step where the newest thing happened, within a year.
func stepsOf(tallies []store.Tally, g *gathering, now time.Time) []Step {
	out := make([]Step, len(steps))
	current := -1
	for i, def := range steps {
		out[i].Name = def.name
		for _, t := range tallies {
			if slices.Contains(def.natures, t.Nature) {
				out[i].Records += t.Records
			}
		}
		for _, l := range g.newest(linesShown, def.natures...) {
			if l.At.Before(now) && l.At.After(out[i].Last) {
				out[i].Last = l.At
			}
		}
		if !out[i].Last.IsZero() && now.Sub(out[i].Last) < 365*24*time.Hour && (current < 0 || !out[i].Last.Before(out[current].Last)) {
			current = i
		}
	}
	if current >= 0 {
		out[current].Current = true
	}
	return out
}

func activityOf(tallies []store.Tally, now time.Time) []MonthActivity {
	head := monthNumber(now)
	out := make([]MonthActivity, chartMonths)
	for i := range out {
		m := head - chartMonths + 1 + i
		out[i] = MonthActivity{time.Date(m/12, time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC), map[string]int{}}
	}
	for _, t := range tallies {
		if i := t.Month - head + chartMonths - 1; i >= 0 && i < chartMonths {
			out[i].Departments[t.Department] += t.Records
		}
	}
	return out
}

func spanOf(tallies []store.Tally) (natures []string, years []int) {
	natures, years = []string{}, []int{}
	has := map[string]bool{}
	for _, t := range tallies {
		has[t.Nature] = true
		if y := t.Month / 12; t.Month > 0 && !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	for _, n := range nature.All() {
		if has[n] {
			natures = append(natures, n)
		}
	}
	slices.SortFunc(years, func(a, b int) int { return b - a })
	return natures, years
}

// contactsOf gathers relations by person: rows that only name somebody join the
// address which goes by that name.
func contactsOf(relations []store.Relation, now time.Time) []ContactAnswer {
	byName := map[string]string{}
	for _, r := range relations {
		if strings.Contains(r.Person, "@") && r.Called != "" {
			byName[link.Fold(r.Called)] = r.Person
		}
	}
	people, ours := map[string]*ContactAnswer{}, map[string]map[string]int{}
	for _, r := range relations {
		key := cmp.Or(byName[r.Person], r.Person)
		c := people[key]
		if c == nil {
			c = &ContactAnswer{Person: key, first: r.First}
			people[key], ours[key] = c, map[string]int{}
		}
		c.add(r)
		if r.Ours != "" {
			ours[key][r.Ours] += r.Times
		}
	}
	out := []ContactAnswer{}
	for key, c := range people {
		c.Ours = mostFirst(ours[key])
		c.Name = cmp.Or(c.Name, c.Person)
		c.Silent = c.silent(now)
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b ContactAnswer) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), b.Last.Compare(a.Last), cmp.Compare(a.Person, b.Person))
	})
	return out[:min(contactsShown, len(out))]
}

// recordsPerContact is in how many records it is looked how to reach somebody.
const recordsPerContact = 3

// addReach adds how to reach the contacts, as records that name them say.
func (s *Server) addReach(ctx context.Context, v hub.Viewer, customer hub.CustomerID, contacts []ContactAnswer) error {
	var persons []string
	for _, c := range contacts {
		persons = append(persons, c.Person, link.Fold(c.Name))
	}
	ids, err := s.store.Naming(ctx, v, customer, persons, recordsPerContact)
	if err != nil {
		return err
	}
	records, err := s.store.Records(ctx, v, ids)
	if err != nil {
		return err
	}
	for i := range contacts {
		c := &contacts[i]
		if strings.Contains(c.Person, "@") {
			c.Email = c.Person
		}
		for _, id := range ids {
			if r := records[id]; r != nil {
				name := indexer.PersonName(c.Name)
				c.Email = cmp.Or(c.Email, reach(r.Content, name, hub.IdentEmail))
				c.Phone = cmp.Or(c.Phone, reach(r.Content, name, hub.IdentPhone))
			}
		}
	}
	return nil
}

func (c *ContactAnswer) add(r store.Relation) {
	c.Times += r.Times
	if len(r.Called) > len(c.Name) {
		c.Name = r.Called
	}
	later := func(at *time.Time) {
		if r.Last.After(*at) {
			*at = r.Last
		}
	}
	later(&c.Last)
	switch r.Way {
	case hub.WayIn:
		later(&c.LastIn)
	case hub.WayOut:
		later(&c.LastOut)
	}
	if c.first.IsZero() || !r.First.IsZero() && r.First.Before(c.first) {
		c.first = r.First
	}
}

// silent compares the time since the last contact with the person's own rhythm:
// three times the usual pause, and two months at least.
func (c *ContactAnswer) silent(now time.Time) bool {
	if c.Times < 3 || c.Last.IsZero() || c.first.IsZero() {
		return false
	}
	pause := c.Last.Sub(c.first) / time.Duration(c.Times-1)
	return now.Sub(c.Last) > max(3*pause, 60*24*time.Hour)
}

// mostFirst lists colleagues; mailboxes only where no colleague is named.
func mostFirst(counts map[string]int) []string {
	names, boxes := []string{}, []string{}
	for n := range counts {
		if strings.Contains(n, "@") {
			boxes = append(boxes, n)
		} else {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		names = boxes
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	return names[:min(3, len(names))]
}

// tell fills in what only the contents say: title, words, score and status.
func (s *Server) tell(ctx context.Context, v hub.Viewer, lists ...[]Line) error {
	var ids []hub.RecordID
	for _, list := range lists {
		for _, l := range list {
			ids = append(ids, l.Record)
		}
	}
	records, err := s.store.Records(ctx, v, ids)
	if err != nil {
		return err
	}
	for _, list := range lists {
		for i := range list {
			r := records[list[i].Record]
			if r == nil {
				continue // gone since
			}
			said := nature.Tell(&r.Content)
			list[i].Title = cmp.Or(said.Title, placesOf(r)[0].Where, titleOf(r)) // its own title is the name of the customer
			list[i].Words, list[i].Score, list[i].Status, list[i].Chance = said.Words, said.Score, said.Status, said.Chance
		}
	}
	return nil
}

// customerOverview is the overview of a customer that v may see.
func (s *Server) customerOverview(ctx context.Context, v hub.Viewer, text string) (*CustomerOverview, error) {
	c, err := s.customer(ctx, v, text)
	if err != nil {
		return nil, err
	}
	return s.overview(ctx, v, c.ID)
}

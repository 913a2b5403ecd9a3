package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"samsyn/internal/hub"
	"samsyn/internal/nature"
	"samsyn/internal/store"
)

// CustomerOverview answers what one must know of a customer before one talks to
// it: what was delivered, how it went, whom we know, what is expected; and where
// it stands.
type CustomerOverview struct {
	Records    int             `json:"records" doc:"Of the history; a mail in two mailboxes counts once."`
	Delivered  DeliveredAnswer `json:"delivered"`
	Went       WentAnswer      `json:"went"`
	Contacts   []ContactAnswer `json:"contacts" doc:"Those we hear from most, first; eight at most."`
	Known      int             `json:"known" doc:"How many contacts there are."`
	Expected   ExpectedAnswer  `json:"expected"`
	Steps      []Step          `json:"steps" doc:"need, offer, order, evaluation."`
	Agreements []Line          `json:"agreements" doc:"Those in force first."`
	Actions    []Line          `json:"actions" doc:"Of the customer plan; what is open first."`
	Activity   []MonthActivity `json:"activity" doc:"The last 24 months, the oldest first; in the time zone of the installation."`
	Natures    []string        `json:"natures" doc:"What the history holds."`
	Years      []int           `json:"years" doc:"Of the history, the newest first; in the time zone of the installation."`

	counts map[string]int // records of the history by nature
}

// has counts the records of the history that are of one of the natures.
func (o *CustomerOverview) has(natures ...string) (n int) {
	for _, one := range natures {
		n += o.counts[one]
	}
	return n
}

// WentAnswer is how it went: what is open before what is settled.
type WentAnswer struct {
	Open  int    `json:"open" doc:"Complaints, returns and cases without an end."`
	Lines []Line `json:"lines"`
	Voice []Line `json:"voice" doc:"The latest survey answers."`
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

// troubles are the natures of records that tell how it went badly.
var troubles = []string{nature.Complaint, nature.Return, nature.Case}

// Sizes of the answers.
const (
	linesShown    = 4
	voicesShown   = 2
	contactsShown = 8
	chartMonths   = 24
	plansShown    = 8
)

// overview puts the answers together from the facts that v may see. It lists as many
// contacts, those we hear from most.
func (s *Server) overview(ctx context.Context, v hub.Viewer, customer hub.CustomerID, contacts int) (*CustomerOverview, error) {
	now := s.now().In(s.Zone)
	var tallies []store.Tally
	var copies []store.MailCopy
	var relations []store.Relation
	var open map[hub.CustomerID]int
	err := together(ctx,
		func(ctx context.Context) (err error) {
			tallies, err = s.store.Tallies(ctx, v, customer, s.Zone)
			return err
		},
		func(ctx context.Context) (err error) {
			relations, err = s.store.Relations(ctx, v, customer, now)
			return err
		},
		func(ctx context.Context) (err error) {
			copies, err = s.store.MailCopies(ctx, v, customer)
			return err
		},
		func(ctx context.Context) (err error) {
			open, err = s.store.OpenMatters(ctx, v, []hub.CustomerID{customer}, troubles...)
			return err
		})
	if err != nil {
		return nil, err
	}
	o := &CustomerOverview{Contacts: contactsOf(relations, copies, now), Activity: activityOf(tallies, copies, now), counts: map[string]int{}}
	for _, t := range tallies {
		o.counts[t.Nature] += t.Records
		o.Records += t.Records
	}
	o.Records -= len(again(copies, func(c store.MailCopy) string { return c.Key }))
	o.Natures, o.Years = naturesOf(o.counts), yearsOf(tallies)
	o.Known = len(o.Contacts)
	o.Contacts = o.Contacts[:min(contacts, o.Known)]
	if err := s.addReach(ctx, v, customer, o.Contacts); err != nil {
		return nil, err
	}
	g := &gathering{s: s, ctx: ctx, v: v, customer: customer, counts: o.counts}
	o.Delivered = deliveredOf(tallies, now)
	o.Delivered.Latest = g.newest(linesShown, nature.Delivery, nature.Order, nature.Invoice)
	o.Went.Open = open[customer]
	o.Went.Lines = merged(linesShown, g.open(linesShown, troubles...), g.newest(linesShown, troubles...))
	o.Went.Voice = g.newest(voicesShown, nature.Survey)
	o.Expected = expectedOf(tallies, g.newest(linesShown, nature.Forecast), now)
	o.Agreements = inForce(g.newest(4*plansShown, nature.Agreement), now)
	o.Actions = merged(plansShown, g.open(plansShown, nature.Action), g.newest(plansShown, nature.Action))
	o.Steps = stepsOf(tallies, g, now)
	if g.err != nil {
		return nil, g.err
	}
	return o, s.tell(ctx, v, o.Delivered.Latest, o.Went.Lines, o.Went.Voice, o.Expected.Forecasts, o.Agreements, o.Actions)
}

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
	counts   map[string]int // by nature
	err      error
}

func (g *gathering) newest(n int, natures ...string) []Line { return g.lines(n, false, natures) }

func (g *gathering) open(n int, natures ...string) []Line { return g.lines(n, true, natures) }

func (g *gathering) lines(n int, open bool, natures []string) []Line {
	all := []Line{}
	for _, one := range natures {
		if g.err != nil || g.counts[one] == 0 {
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

// again lists the copies but the first of each key.
func again(copies []store.MailCopy, key func(store.MailCopy) string) (out []store.MailCopy) {
	had := map[string]bool{}
	for _, c := range copies {
		if k := key(c); had[k] {
			out = append(out, c)
		} else {
			had[k] = true
		}
	}
	return out
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
	return s.overview(ctx, v, c.ID, contactsShown)
}

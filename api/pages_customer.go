package api

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
	"samsyn/internal/nature"
	"samsyn/internal/store"
)

// customerBody is a customer: the answers, and the beginning of its history.
type customerBody struct {
	Customer *CustomerProfile
	Overview *CustomerOverview
	Kin      family
	Ended    bool      // official registers say so
	EndedAt  time.Time // zero where they do not say when
	Chart    chart
	Links    answerLinks
	Timeline timelineBody

	Natures, Departments, Years []choice
	Open                        *choice // narrows to what is open; nil if nothing is
	Filtered                    bool
	Clear                       string // address without a filter
	Count                       int    // records of what the history is narrowed to
	Arrivals                    string // what the page asks to be told of
	PrintAll                    string // address of the page that holds all that a print is to hold; "" if this one does
	Days                        string // that the history is narrowed to
	Person                      string // whom the history is narrowed to
	Talk                        bool   // it is narrowed to one conversation

	Numbers []departmentIdent
	Reach   []hub.Ident // web sites, telephones and places of the company itself
	Names   []string
}

// timelineBody is a part of a history.
type timelineBody struct {
	Months   []monthGroup
	More     string // address of the next part
	MorePage string // the same as a page, for browsers without scripts
	Print    bool   // it is to be printed
	Newer    int    // records before it
	Rest     int    // records after it, which a print must tell of

	shown int // records up to its end
}

// of sets how many records are left of the history of so many.
func (b *timelineBody) of(count int) {
	if b.More != "" {
		b.Rest = max(1, count-b.shown)
	}
}

// monthGroup is what happened in one month. A part of a history may begin
// within a month that the part before ended in.
type monthGroup struct {
	At    time.Time // zero for records without a date
	Lines []timelineLine
}

// timelineLine is a record, or a conversation by its newest mail.
type timelineLine struct {
	Hit
	Mails int    // in the conversation; 1 if it is none
	Part  string // address of what opens in place
	Page  string // the same as a page
}

// departmentIdent is an ident with the departments that know it.
type departmentIdent struct {
	Ident       hub.Ident
	Departments []string
}

func (s *Server) customerPage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	profile, err := s.customer(ctx, v, c.Param("id"))
	if err != nil {
		s.failOrMove(c, err, "")
		return
	}
	in := bindHistory(c)
	b := &customerBody{Customer: profile, Filtered: len(in.values()) > 0, Clear: historyOf(profile.ID, nil), Talk: in.Talk != ""}
	mark, err := s.store.HistoryMark(ctx, v, profile.ID) // before what is shown: rather told twice than never
	if err != nil {
		s.fail(c, err)
		return
	}
	b.Arrivals = sinceMark(profile.ID, mark)
	contacts := contactsShown
	if c.Query("contacts") == "all" {
		contacts = math.MaxInt
	}
	err = together(ctx,
		func(ctx context.Context) (err error) {
			b.Overview, err = s.overview(ctx, v, profile.ID, contacts)
			return err
		},
		func(ctx context.Context) (err error) { b.Kin, err = s.kin(ctx, v, profile.ID); return err },
		func(ctx context.Context) (err error) {
			b.Ended, b.EndedAt, err = s.store.Ended(ctx, v, profile.ID)
			return err
		},
		func(ctx context.Context) (err error) {
			b.Timeline, err = s.timeline(ctx, v, profile.ID, in, s.tellIn(s.language(c)))
			return err
		},
		func(ctx context.Context) (err error) {
			if b.Filtered {
				b.Count, err = s.size(ctx, v, profile.ID, in)
			}
			return err
		})
	if err != nil {
		s.fail(c, err)
		return
	}
	if !b.Filtered {
		b.Count = b.Overview.Records
	}
	b.Timeline.of(b.Count)
	if b.Timeline.More != "" && !in.Print {
		q := in.values()
		q.Set("print", "all")
		b.PrintAll = historyOf(profile.ID, q)
	}
	b.Chart = chartOf(b.Overview.Activity, profile.Departments)
	b.addFilters(in)
	b.addAnswers(s.now().In(s.Zone))
	b.Days = s.daysNamed(c, in.From, in.To)
	b.addIdents()
	s.show(c, http.StatusOK, "customer", page{Title: profile.Name, Nav: "customers", Notice: notice(c), Undo: undoOf(c), Body: b})
}

// historyPart is the next part of a history, for a page that scrolls on.
func (s *Server) historyPart(c *gin.Context) {
	s.part(c, "history", "/history")
}

// talkPart is a conversation, for a line that opens in place.
func (s *Server) talkPart(c *gin.Context) {
	s.part(c, "talk", "/talk")
}

func (s *Server) part(c *gin.Context, view, suffix string) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	profile, err := s.customer(ctx, v, c.Param("id"))
	if err != nil {
		s.failOrMove(c, err, suffix)
		return
	}
	in := bindHistory(c)
	b, err := s.timeline(ctx, v, profile.ID, in, s.tellIn(s.language(c)))
	if err == nil && b.More != "" {
		var count int
		count, err = s.size(ctx, v, profile.ID, in)
		b.of(count)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, view, page{Body: b})
}

// Lines of a page, and of one that is to be printed.
const (
	linesPerPart = 40
	linesPrinted = 1000
)

// timeline is a part of a history, conversations as one line each unless one of
// them is asked for.
func (s *Server) timeline(ctx context.Context, v hub.Viewer, customer hub.CustomerID, in HistoryInput, tell telling) (timelineBody, error) {
	b := timelineBody{Print: in.Print, Newer: in.Shown}
	filter, err := s.narrowed(ctx, v, customer, in)
	if err != nil {
		return b, err
	}
	filter.Grouped = in.Talk == ""
	lines, next, err := s.lines(ctx, v, customer, filter, in, tell)
	for err == nil && in.Print && next != "" && len(lines) < linesPrinted {
		var more []timelineLine
		in.Cursor = next
		more, next, err = s.lines(ctx, v, customer, filter, in, tell)
		lines = append(lines, more...)
	}
	if err != nil {
		return b, err
	}
	b.Months = monthsOf(lines, s.Zone)
	b.shown = in.Shown
	for _, l := range lines {
		b.shown += l.Mails
	}
	if next != "" {
		q := in.values()
		q.Set("cursor", next)
		q.Set("shown", strconv.Itoa(b.shown))
		b.More, b.MorePage = "/customers/"+customer.String()+"/history?"+q.Encode(), historyOf(customer, q)
	}
	return b, nil
}

// lines are the next lines of a history after the cursor.
func (s *Server) lines(ctx context.Context, v hub.Viewer, customer hub.CustomerID, filter store.HistoryFilter, in HistoryInput, tell telling) (lines []timelineLine, next string, err error) {
	entries, next, err := s.store.History(ctx, v, customer, filter, in.Cursor, in.PerPage)
	if err != nil {
		return nil, "", err
	}
	ids, mails := make([]hub.RecordID, len(entries)), map[hub.RecordID]store.Entry{}
	for i, e := range entries {
		ids[i], mails[e.Record] = e.Record, e
	}
	hits, err := s.hits(ctx, v, ids, "", tell)
	for _, h := range hits {
		e := mails[h.ID]
		l := timelineLine{Hit: h, Mails: e.Mails, Part: "/records/" + h.ID.String() + "/part", Page: "/records/" + h.ID.String()}
		if said := nature.Tell(&h.content); h.Kind == hub.KindRow && said.Title != "" {
			l.Title = said.Title // whose page it is need not be told in each line
		}
		if e.Mails > 1 { // those that the filter lets through
			q := in.values()
			q.Set("talk", h.ID.String())
			l.Part, l.Page = "/customers/"+customer.String()+"/talk?"+q.Encode(), historyOf(customer, q)
		}
		l.light()
		lines = append(lines, l)
	}
	return lines, next, err
}

// narrowed is the filter of a history that a page asks for.
func (s *Server) narrowed(ctx context.Context, v hub.Viewer, customer hub.CustomerID, in HistoryInput) (filter store.HistoryFilter, err error) {
	if filter, err = in.filter(s.Zone); err != nil || in.Talk == "" {
		return filter, err
	}
	record, err := hub.ParseRecordID(in.Talk)
	if err != nil {
		return filter, store.ErrNotFound
	}
	filter.Talk, err = s.store.TalkOf(ctx, v, customer, record)
	return filter, err
}

// size counts the records of what a history is narrowed to.
func (s *Server) size(ctx context.Context, v hub.Viewer, customer hub.CustomerID, in HistoryInput) (int, error) {
	filter, err := s.narrowed(ctx, v, customer, in)
	if err != nil {
		return 0, err
	}
	return s.store.HistoryCount(ctx, v, customer, filter)
}

// historyOf is the address of the history of a customer, narrowed by the values.
func historyOf(customer hub.CustomerID, values url.Values) string {
	address := "/customers/" + customer.String()
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	return address + "#history"
}

func bindHistory(c *gin.Context) HistoryInput {
	in := HistoryInput{
		ID: c.Param("id"), Cursor: c.Query("cursor"), Kind: c.QueryArray("kind"), Nature: c.QueryArray("nature"), Department: c.QueryArray("department"),
		Person: c.QueryArray("person"), State: c.Query("state"), From: c.Query("from"), To: c.Query("to"), Talk: c.Query("talk"), PerPage: linesPerPart,
		Print: c.Query("print") == "all",
	}
	if n, err := strconv.Atoi(c.Query("shown")); err == nil && n > 0 {
		in.Shown = n
	}
	if in.State != nature.Open && in.State != nature.Closed {
		in.State = ""
	}
	if _, _, err := parseDay(in.From); err != nil {
		in.From = ""
	}
	if _, _, err := parseDay(in.To); err != nil {
		in.To = ""
	}
	if y, err := strconv.Atoi(c.Query("year")); err == nil && y > 0 && y < 10000 {
		in.Year = y
	}
	return in
}

func (in HistoryInput) values() url.Values {
	v := url.Values{}
	for name, list := range map[string][]string{"kind": in.Kind, "nature": in.Nature, "department": in.Department, "person": in.Person} {
		if len(list) > 0 {
			v[name] = list
		}
	}
	for name, value := range map[string]string{"state": in.State, "from": in.From, "to": in.To, "talk": in.Talk} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if in.Year != 0 {
		v.Set("year", strconv.Itoa(in.Year))
	}
	return v
}

// monthsOf puts lines under the months that they show. West of Greenwich a date
// may follow a mail of the month before: a month is looked for among all.
func monthsOf(lines []timelineLine, zone *time.Location) []monthGroup {
	var months []monthGroup
	for _, h := range lines {
		at := hub.Shown(h.At, zone)
		n := slices.IndexFunc(months, func(m monthGroup) bool { return m.At.Year() == at.Year() && m.At.Month() == at.Month() })
		if n < 0 {
			n = len(months)
			months = append(months, monthGroup{At: at})
		}
		months[n].Lines = append(months[n].Lines, h)
	}
	return months
}

// addFilters makes the links that narrow the history.
func (b *customerBody) addFilters(in HistoryInput) {
	in.Talk = "" // another filter leaves the conversation
	with := func(name string, on bool, value string) choice {
		v := in.values()
		if v.Del(name); !on {
			v.Set(name, value)
		}
		if name == "year" {
			v.Del("from")
			v.Del("to")
		}
		return choice{Label: value, Href: historyOf(b.Customer.ID, v), On: on}
	}
	toDo := slices.ContainsFunc(b.Overview.Actions, func(l Line) bool { return l.State == nature.Open })
	if open := with("state", in.State != "", cmp.Or(in.State, nature.Open)); open.On || b.Overview.Went.Open > 0 || toDo {
		b.Open = &open
	}
	for _, n := range b.Overview.Natures {
		b.Natures = append(b.Natures, with("nature", slices.Contains(in.Nature, n), n))
	}
	if len(b.Customer.Faces) > 1 {
		for _, f := range b.Customer.Faces {
			b.Departments = append(b.Departments, with("department", slices.Contains(in.Department, f.Department), f.Department))
		}
	}
	if len(b.Overview.Years) > 1 {
		for _, y := range b.Overview.Years {
			b.Years = append(b.Years, with("year", in.Year == y, strconv.Itoa(y)))
		}
	}
	if len(in.Person) > 0 {
		b.Person = strings.Join(in.Person, ", ")
		for _, c := range b.Overview.Contacts {
			if slices.Contains(c.Persons, in.Person[0]) {
				b.Person = c.Name
			}
		}
	}
}

// answerLinks lead from the counts of the answers to the records that are counted.
type answerLinks struct {
	Open, Last, Before string

	// All that is told of, where the answer shows but a few; nil where it shows all.
	Delivered, Went, Voice, Forecasts, Agreements, Actions, Contacts *choice
}

// addAnswers makes the links of the answers.
func (b *customerBody) addAnswers(now time.Time) {
	id, o := b.Customer.ID, b.Overview
	narrowed := func(in HistoryInput) string { return historyOf(id, in.values()) }
	all := func(shown int, natures ...string) *choice {
		if n := o.has(natures...); n > shown {
			return &choice{Count: n, Href: narrowed(HistoryInput{Nature: natures})}
		}
		return nil
	}
	year := func(begin, end int) string {
		from, to := months(now, begin, end)
		return narrowed(HistoryInput{Nature: deliveredNatures, From: from, To: to})
	}
	b.Links = answerLinks{
		Open: openOf(id), Last: year(11, 0), Before: year(23, 12),
		Delivered: all(len(o.Delivered.Latest), deliveredNatures...), Went: all(len(o.Went.Lines), troubles...), Voice: all(len(o.Went.Voice), nature.Survey),
		Forecasts: all(len(o.Expected.Forecasts), nature.Forecast), Agreements: all(len(o.Agreements), nature.Agreement), Actions: all(len(o.Actions), nature.Action),
	}
	if o.Known > len(o.Contacts) {
		b.Links.Contacts = &choice{Count: o.Known, Href: "/customers/" + id.String() + "?contacts=all#h-contacts"}
	}
}

// contactLine is a contact, and where the records with them are listed.
type contactLine struct {
	ContactAnswer
	Href string
}

// ContactLines are the contacts with their addresses.
func (b *customerBody) ContactLines() []contactLine {
	lines := make([]contactLine, len(b.Overview.Contacts))
	for i, c := range b.Overview.Contacts {
		lines[i] = contactLine{c, historyOf(b.Customer.ID, HistoryInput{Person: c.Persons}.values())}
	}
	return lines
}

// openOf is the address of what WentAnswer.Open counts.
func openOf(customer hub.CustomerID) string {
	return historyOf(customer, HistoryInput{Nature: troubles, State: nature.Open}.values())
}

// reachKinds are the idents of the company itself by which one finds it; its
// people stand among the answers.
var reachKinds = []string{hub.IdentPlace, hub.IdentPhone, hub.IdentWeb}

// numberKinds are what the departments know a customer by.
var numberKinds = []string{hub.IdentOrgNo, hub.IdentVATNo, hub.IdentCustNo}

// addIdents sorts what is known of the customer into names, numbers, and where
// one finds it.
func (b *customerBody) addIdents() {
	at := map[[2]string]int{}
	for _, f := range b.Customer.Faces {
		for _, name := range append([]string{f.Name}, f.Names...) {
			if name != b.Customer.Name && !slices.Contains(b.Names, name) {
				b.Names = append(b.Names, name)
			}
		}
		for _, id := range f.Idents {
			if !slices.Contains(numberKinds, id.Kind) {
				continue
			}
			key := [2]string{id.Kind, id.Value}
			if _, known := at[key]; !known {
				at[key] = len(b.Numbers)
				b.Numbers = append(b.Numbers, departmentIdent{Ident: id})
			}
			n := &b.Numbers[at[key]]
			n.Departments = append(n.Departments, f.Department)
		}
	}
	slices.SortStableFunc(b.Numbers, func(a, o departmentIdent) int {
		return cmp.Compare(slices.Index(numberKinds, a.Ident.Kind), slices.Index(numberKinds, o.Ident.Kind))
	})
	for _, kind := range reachKinds {
		n := 0
		for _, id := range b.Customer.Idents {
			if id.Kind == kind && n < 4 {
				n++
				b.Reach = append(b.Reach, id)
			}
		}
	}
}

// family is the group of a customer: what people or official registers say it
// belongs to and what belongs to it, and others with the same mail domain.
type family struct{ Above, Below, Domain []Named }

// kinShown is how many of a kind are named.
const kinShown = 12

func (s *Server) kin(ctx context.Context, v hub.Viewer, id hub.CustomerID) (f family, err error) {
	above, below, err := s.store.Group(ctx, v, id)
	if err != nil {
		return f, err
	}
	domain, err := s.store.Kin(ctx, v, id, kinShown)
	if err != nil {
		return f, err
	}
	names, err := s.store.CustomerNames(ctx, v, slices.Concat(above, below, domain))
	told := map[hub.CustomerID]bool{}
	named := func(ids []hub.CustomerID) (list []Named) {
		for _, id := range ids {
			if name, visible := names[id]; visible && !told[id] && len(list) < kinShown {
				told[id] = true
				list = append(list, Named{id, name})
			}
		}
		return list
	}
	f.Above, f.Below, f.Domain = named(above), named(below), named(domain)
	return f, err
}

// chart is bars of activity by month, stacked by department.
type chart struct {
	Width, Height int
	Base          float64 // where the bars stand
	Top           int     // the largest month
	Bars          []bar
	Ticks         []tick
	Departments   []string // from the bottom upwards
	Months        []MonthActivity
}

type bar struct {
	X, Y, Width, Height float64
	Department          string
	Month               time.Time
	Count               int
}

type tick struct {
	X    float64
	At   time.Time
	Year bool // a year begins
}

// Y is where the words of a tick stand below the base.
func (tick) Y(base float64) float64 { return base + 14 }

// Percent is where something stands on the chart, however wide that is shown.
func (c chart) Percent(x float64) float64 { return 100 * x / float64(c.Width) }

// Size of the chart: its height in pixels; its width, which is stretched, in the same.
const (
	chartWidth, chartHeight = 720, 180
	chartFoot, chartHead    = 20, 16
)

func chartOf(months []MonthActivity, departments []string) chart {
	c := chart{Width: chartWidth, Height: chartHeight, Base: chartHeight - chartFoot, Months: months}
	for _, m := range months {
		sum := 0
		for d, n := range m.Departments {
			sum += n
			if !slices.Contains(departments, d) {
				departments = append(departments[:len(departments):len(departments)], d)
			}
		}
		c.Top = max(c.Top, sum)
	}
	if c.Top == 0 {
		return c
	}
	for _, d := range departments {
		if slices.ContainsFunc(months, func(m MonthActivity) bool { return m.Departments[d] > 0 }) {
			c.Departments = append(c.Departments, d)
		}
	}
	step := float64(chartWidth) / float64(len(months))
	for i, m := range months {
		x, y := float64(i)*step+step*.15, c.Base
		if int(m.Month.Month())%3 == 1 {
			c.Ticks = append(c.Ticks, tick{x, m.Month, m.Month.Month() == time.January})
		}
		for _, d := range c.Departments {
			n := m.Departments[d]
			if n == 0 {
				continue
			}
			h := float64(n) / float64(c.Top) * (c.Base - chartHead)
			y -= h
			c.Bars = append(c.Bars, bar{x, y, step * .7, h, d, m.Month, n})
		}
	}
	return c
}

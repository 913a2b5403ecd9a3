package api

import (
	"context"
	"errors"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// SearchInput is a search as it stands in the address bar.
type SearchInput struct {
	Q          string   `query:"q" doc:"Words; the last may be unfinished, double quotes make a phrase."`
	Department []string `query:"department,explode" doc:"Any of these departments."`
	Kind       []string `query:"kind,explode" doc:"Any of these kinds: row, mail."`
	Nature     []string `query:"nature,explode" doc:"Any of these: order, delivery, invoice, offer, complaint, return, case, survey, forecast, agreement, action, contact, note, meeting, mail, row."`
	Source     []string `query:"source,explode" doc:"Any of these sources, as s3."`
	Person     []string `query:"person,explode" doc:"Any of these persons, as in the facet."`
	Customer   string   `query:"customer" doc:"Only records of this customer, as c5."`
	Scope      string   `query:"scope" doc:"Only what is shown from this sheet or mail folder: the source, a slash and its name, as s3/2026.xlsx#Sheet1."`
	From       string   `query:"from" doc:"First day, as 2026-01-31, in the time zone of the server; or a time as in RFC 3339."`
	To         string   `query:"to" doc:"Last day, as 2026-01-31, in the time zone of the server; or a time as in RFC 3339 that is itself excluded."`
	Year       int      `query:"year" minimum:"0" maximum:"9999" doc:"Only of this year, in UTC, as the facet counts; 0 is any. It takes the place of from and to."`
	Above      int64    `query:"above" minimum:"0" doc:"Only records whose id has a higher number: those that came after it."`
	Sort       string   `query:"sort" enum:"relevance,newest,oldest" default:"relevance"`
	Page       int      `query:"page" minimum:"1" maximum:"1000" default:"1"`
	PerPage    int      `query:"per_page" minimum:"1" maximum:"100" default:"20"`
	Typing     bool     `query:"typing" doc:"Whoever asks goes on typing: persons may be left uncounted where that takes long."`
}

// SearchAnswer is what a search found.
type SearchAnswer struct {
	Query     string         `json:"query"`
	TookMS    float64        `json:"took_ms" doc:"Milliseconds from question to answer."`
	Total     int            `json:"total" doc:"Hits on all pages; where there are several, a mail in two mailboxes counts twice."`
	Meant     string         `json:"meant,omitempty" doc:"The query with mistyped words put right."`
	Customers []CustomerCard `json:"customers" doc:"The nearest, six at most: /customers lists all by words of their names."`
	People    []PersonCard   `json:"people"`
	Hits      []Hit          `json:"hits"`
	Facets    indexer.Facets `json:"facets"`
	Unsettled bool           `json:"unsettled,omitempty" doc:"Persons are not counted: ask again without typing."`
}

const (
	queryMax       = 500 // characters of a query that are looked at
	cardsPerSearch = 6
)

// search asks the index and fetches what it found from the store.
func (s *Server) search(ctx context.Context, v hub.Viewer, in SearchInput, tell telling) (*SearchAnswer, error) {
	start := time.Now()
	q, err := s.question(ctx, v, in)
	if err != nil {
		return nil, err
	}
	hits := ahead[hitPage]{fetch: func(ids []string) (hitPage, error) { return s.hitPage(ctx, v, recordIDs(ids), q.Text, tell) }}
	cards := ahead[[]CustomerCard]{fetch: func(ids []string) ([]CustomerCard, error) { return s.cards(ctx, v, customerIDs(ids)) }}
	q.ToldHits, q.ToldCustomers = hits.tell, cards.tell
	defer hits.end()
	defer cards.end()
	found, err := s.Index.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &SearchAnswer{Query: in.Q, Total: found.Total, Facets: facetsOf(found.Facets), Unsettled: found.Facets.Person == nil}
	var group errgroup.Group
	group.Go(func() error { page, err := hits.of(found.Hits); a.Hits = page.hits; return err })
	group.Go(func() (err error) { a.Customers, err = cards.of(found.Customers); return err })
	group.Go(func() (err error) { a.People, err = s.people(ctx, v, q, found, &hits); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if q.Offset == 0 && found.Total == len(found.Hits) {
		a.Total = len(a.Hits) // the index counts a mail in every mailbox
		if len(a.Customers) == 0 && q.Text != "" {
			if a.Customers, err = s.cards(ctx, v, a.onlyCustomer()); err != nil {
				return nil, err
			}
		}
	}
	a.Meant = a.meant(q.Text)
	a.TookMS = float64(time.Since(start).Microseconds()) / 1000
	return a, nil
}

// onlyCustomer is the one customer to whom all hits belong, if there is one: who
// searches for the number of an order wants to know whose it is.
func (a *SearchAnswer) onlyCustomer() (only []hub.CustomerID) {
	for _, h := range a.Hits {
		if len(h.Customers) != 1 || only != nil && h.Customers[0].ID != only[0] {
			return nil
		}
		only = []hub.CustomerID{h.Customers[0].ID}
	}
	return only
}

// meant puts right what the words of the answer show to be mistyped.
func (a *SearchAnswer) meant(query string) string {
	return indexer.Meant(query, func(yield func(string) bool) {
		for _, h := range a.Hits {
			if !yield(h.Title) || !yield(html.UnescapeString(markTags.Replace(h.Snippet))) {
				return
			}
			for _, c := range h.Customers {
				if !yield(c.Name) {
					return
				}
			}
		}
		for _, c := range a.Customers {
			if !yield(c.Name) {
				return
			}
		}
	})
}

var markTags = strings.NewReplacer("<mark>", "", "</mark>", "")

// question turns the input into a question about customers as they are now.
func (s *Server) question(ctx context.Context, v hub.Viewer, in SearchInput) (indexer.Query, error) {
	q, err := in.query(v, s.Zone)
	if err != nil {
		return q, invalid(err)
	}
	q.Customer, err = s.livingID(ctx, v, q.Customer)
	return q, err
}

// query turns the input into a question to the index, whose days are those of
// the zone. Its error is for people.
func (in SearchInput) query(v hub.Viewer, zone *time.Location) (indexer.Query, error) {
	text := []rune(in.Q)
	q := indexer.Query{
		Viewer: v, Text: string(text[:min(len(text), queryMax)]),
		Departments: in.Department, Kinds: in.Kind, Natures: in.Nature, Sources: in.Source, Persons: in.Person, Above: in.Above,
		Sort: in.Sort, Offset: (in.Page - 1) * in.PerPage, Limit: in.PerPage, Typing: in.Typing,
	}
	if in.Page == 1 {
		q.Customers = cardsPerSearch
	}
	var err1, err2 error
	q.Span, err1 = in.span(zone)
	if in.Customer != "" {
		var id hub.CustomerID
		id, err2 = hub.ParseCustomerID(in.Customer)
		q.Customer = id.String()
	}
	var err3 error
	if in.Scope != "" {
		var place store.ScopePlace
		place, err3 = parseScope(in.Scope)
		q.Scope = indexer.ScopeID(place.Source, place.Name)
	}
	return q, errors.Join(err1, err2, err3)
}

// span is the time that the input asks for.
func (in SearchInput) span(zone *time.Location) (hub.Span, error) {
	if in.Year != 0 {
		return hub.Year(in.Year, time.UTC), nil
	}
	return spanOf(in.From, in.To, zone)
}

// spanOf is the time from one day or time to another, as addresses name them; without
// a text there is no bound.
func spanOf(begin, end string, zone *time.Location) (hub.Span, error) {
	first, from, err1 := parseDay(begin)
	last, to, err2 := parseDay(end)
	span := hub.Days(first, last, zone)
	if !from.IsZero() {
		span.From = from
	}
	if !to.IsZero() {
		span.To = to
	}
	return span, errors.Join(err1, err2)
}

// parseDay reads a day or a time; the other is zero, and both are where there is no text.
func parseDay(text string) (day, at time.Time, err error) {
	if text == "" {
		return day, at, nil
	}
	if day, err = time.Parse(time.DateOnly, text); err == nil {
		return day, at, nil
	}
	if at, err = time.Parse(time.RFC3339, text); err != nil {
		err = errors.New("a date must read like 2026-01-31")
	}
	return time.Time{}, at, err
}

// values writes the input as it stands in an address, without the defaults.
func (in SearchInput) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"q": in.Q, "customer": in.Customer, "scope": in.Scope, "from": in.From, "to": in.To} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if in.Sort != "" && in.Sort != indexer.SortRelevance {
		v.Set("sort", in.Sort)
	}
	if in.Above > 0 {
		v.Set("above", strconv.FormatInt(in.Above, 10))
	}
	if in.Year > 0 {
		v.Set("year", strconv.Itoa(in.Year))
	}
	if in.Page > 1 {
		v.Set("page", strconv.Itoa(in.Page))
	}
	for name, list := range map[string][]string{"department": in.Department, "kind": in.Kind, "nature": in.Nature, "source": in.Source, "person": in.Person} {
		for _, value := range list {
			v.Add(name, value)
		}
	}
	return v
}

// cards fetches customers in short, in order, those that v may see.
func (s *Server) cards(ctx context.Context, v hub.Viewer, ids []hub.CustomerID) ([]CustomerCard, error) {
	if len(ids) == 0 {
		return []CustomerCard{}, nil
	}
	found, err := s.store.CustomersByID(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	open, err := s.store.OpenMatters(ctx, v, ids, troubles...)
	if err != nil {
		return nil, err
	}
	cards := []CustomerCard{}
	for _, id := range ids {
		if c := found[id]; c != nil {
			card := cardOf(c)
			card.Open = open[id]
			cards = append(cards, card)
			delete(found, id)
		}
	}
	return cards, nil
}

// facetsOf makes sure that every facet is there, if only empty.
func facetsOf(f indexer.Facets) indexer.Facets {
	for _, m := range []*map[string]int{&f.Department, &f.Kind, &f.Nature, &f.Source, &f.Year, &f.Person} {
		if *m == nil {
			*m = map[string]int{}
		}
	}
	return f
}

func recordIDs(texts []string) []hub.RecordID {
	ids := make([]hub.RecordID, 0, len(texts))
	for _, text := range texts {
		if id, err := hub.ParseRecordID(text); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func customerIDs(texts []string) []hub.CustomerID {
	ids := make([]hub.CustomerID, 0, len(texts))
	for _, text := range texts {
		if id, err := hub.ParseCustomerID(text); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

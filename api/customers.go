package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"samsyn/api/web"
	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// CustomerList is a page of customers by name.
type CustomerList struct {
	Total     int            `json:"total"`
	Customers []CustomerCard `json:"customers"`
}

// CustomerProfile is a customer with what each visible department knows of it.
type CustomerProfile struct {
	CustomerCard
	Faces []hub.Face `json:"faces"`
}

// HistoryPage is a part of a customer's history, the newest first.
type HistoryPage struct {
	Customer hub.CustomerID `json:"customer"`
	Hits     []Hit          `json:"hits"`
	Next     string         `json:"next,omitempty" doc:"Cursor of the next page; absent at the end."`
}

const (
	customersPerPage = 50
	// collated is how many customers are put into the order of a language. Of
	// more nobody turns the pages: they type words of the name.
	collated = 2000
)

// customersIn is customers in the alphabet of the language, in which å may
// come first or last.
func (s *Server) customersIn(ctx context.Context, v hub.Viewer, lang, text string, page int) (*CustomerList, error) {
	ids, total, err := s.customerIDs(ctx, v, text, 0, collated)
	if err != nil || total > collated {
		return s.customers(ctx, v, text, page)
	}
	names, err := s.store.CustomerNames(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	web.Sort(lang, ids, func(id hub.CustomerID) string { return names[id] })
	from := min((page-1)*customersPerPage, len(ids))
	cards, err := s.cards(ctx, v, ids[from:min(from+customersPerPage, len(ids))])
	return &CustomerList{Total: total, Customers: cards}, err
}

// customerIDs finds the customers whose names have words that begin as those of the
// text. A text without words finds none, unless it is blank.
func (s *Server) customerIDs(ctx context.Context, v hub.Viewer, text string, offset, limit int) (ids []hub.CustomerID, total int, err error) {
	words := link.Fold(text)
	if words == "" && strings.TrimSpace(text) != "" {
		return nil, 0, nil
	}
	return s.store.Customers(ctx, v, words, offset, limit)
}

// customers lists the customers whose names have the words of the text.
func (s *Server) customers(ctx context.Context, v hub.Viewer, text string, page int) (*CustomerList, error) {
	ids, total, err := s.customerIDs(ctx, v, text, (page-1)*customersPerPage, customersPerPage)
	if err != nil {
		return nil, err
	}
	cards, err := s.cards(ctx, v, ids)
	return &CustomerList{Total: total, Customers: cards}, err
}

// customer fetches one customer. A *store.MovedError in its error names the one it was merged into.
func (s *Server) customer(ctx context.Context, v hub.Viewer, text string) (*CustomerProfile, error) {
	id, err := hub.ParseCustomerID(text)
	if err != nil {
		return nil, store.ErrNotFound
	}
	c, err := s.store.Customer(ctx, v, id)
	if err != nil {
		return nil, err
	}
	return &CustomerProfile{CustomerCard: cardOf(c), Faces: c.Faces}, nil
}

// HistoryInput narrows and pages a history.
type HistoryInput struct {
	ID         string   `path:"id"`
	Cursor     string   `query:"cursor"`
	Kind       []string `query:"kind,explode" doc:"Any of these kinds: row, mail."`
	Nature     []string `query:"nature,explode" doc:"Any of these: order, delivery, complaint, mail …"`
	State      string   `query:"state" enum:"open,closed" doc:"Only what is open, or what is settled."`
	From       string   `query:"from" doc:"First day, as 2026-01-31, in the time zone of the server; or a time as in RFC 3339."`
	To         string   `query:"to" doc:"Last day, as 2026-01-31, in the time zone of the server; or a time as in RFC 3339 that is itself excluded."`
	Year       int      `query:"year" minimum:"0" maximum:"9999" doc:"Only of this year; 0 is any. It takes the place of from and to."`
	Person     []string `query:"person,explode" doc:"Only with any of these persons at the customer: addresses, or names, as contacts of the overview have them."`
	Department []string `query:"department,explode"`
	Talk       string   // a record of the one conversation that a page shows
	Shown      int      // records that stand before what a page shows
	Print      bool     // a page that is to be printed shows all
	PerPage    int      `query:"per_page" minimum:"1" maximum:"200" default:"50"`

	asked string // the whole query as it came
}

// Resolve keeps the query: who is sent on to another customer takes it along.
func (in *HistoryInput) Resolve(c huma.Context) []error {
	u := c.URL()
	in.asked = u.RawQuery
	return nil
}

// history fetches a part of the history of a customer that v may see.
func (s *Server) history(ctx context.Context, v hub.Viewer, in HistoryInput, tell telling) (*HistoryPage, error) {
	c, err := s.customer(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	filter, err := in.filter(s.Zone)
	if err != nil {
		return nil, invalid(err)
	}
	entries, next, err := s.store.History(ctx, v, c.ID, filter, in.Cursor, in.PerPage)
	if err != nil {
		return nil, err
	}
	ids := make([]hub.RecordID, len(entries))
	for i, e := range entries {
		ids[i] = e.Record
	}
	hits, err := s.hits(ctx, v, ids, "", tell)
	return &HistoryPage{Customer: c.ID, Hits: hits, Next: next}, err
}

func (in HistoryInput) filter(zone *time.Location) (f store.HistoryFilter, err error) {
	f = store.HistoryFilter{Departments: in.Department, Kinds: in.Kind, Natures: in.Nature, State: in.State, Persons: in.Person}
	if in.Year != 0 {
		f.Span = hub.Year(in.Year, zone)
	} else {
		f.Span, err = spanOf(in.From, in.To, zone)
	}
	return f, err
}

// moved is the answer to a customer id: itself, or a pointer to where it went.
type moved[T any] struct {
	Status   int
	Location string `header:"Location"`
	Body     *T
}

// livingID is the id of the customer that the one of this id was merged into, or
// the id itself.
func (s *Server) livingID(ctx context.Context, v hub.Viewer, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	var to *store.MovedError
	switch _, err := s.customer(ctx, v, text); {
	case errors.As(err, &to):
		return to.To.String(), nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return "", err
	}
	return text, nil // of a customer that is not there, nothing is found
}

// movedTo is the address of the customer that err says another was merged into,
// and "" for any other error.
func movedTo(customers string, err error, suffix, query string) string {
	var to *store.MovedError
	if !errors.As(err, &to) {
		return ""
	}
	return strings.TrimSuffix(customers+to.To.String()+suffix+"?"+query, "?")
}

// follow answers 308 when the customer was merged into another.
func follow[T any](s *Server, ctx context.Context, body *T, err error, suffix, query string) (*moved[T], error) {
	if to := movedTo(prefix+"/customers/", err, suffix, query); to != "" {
		return &moved[T]{Status: http.StatusPermanentRedirect, Location: to}, nil
	}
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &moved[T]{Status: http.StatusOK, Body: body}, nil
}

package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

// PersonCard is a person whom records name, with what the viewer's records say.
type PersonCard struct {
	Name        string    `json:"name"`
	Email       string    `json:"email,omitempty"`
	Phone       string    `json:"phone,omitempty"`
	Customers   []Named   `json:"customers" doc:"Whose records name the person, the newest first."`
	Departments []string  `json:"departments"`
	Last        time.Time `json:"last,omitzero"`
}

const (
	peoplePerSearch  = 4
	recordsPerPeople = 24 // newest records that the cards of a search are drawn from
)

// people finds the persons that a query names among those whom the hits name. Where
// the page has all hits, it has all that names them.
func (s *Server) people(ctx context.Context, v hub.Viewer, q indexer.Query, found *indexer.Result, hits *ahead[hitPage]) ([]PersonCard, error) {
	cards := []PersonCard{}
	if q.Text == "" || q.Offset > 0 || len(q.Persons) > 0 {
		return cards, nil
	}
	names, whole := []string{}, found.Total == len(found.Hits) && !q.Narrowed()
	for _, c := range byCount(found.Facets.Person) {
		if named, typed := indexer.Names(q.Text, c); named {
			names, whole = append(names, c), whole && typed
		}
		if len(names) == peoplePerSearch {
			break
		}
	}
	if len(names) == 0 {
		return cards, nil
	}
	var page hitPage
	var err error
	if whole {
		page, err = hits.of(found.Hits)
	} else {
		page, err = s.naming(ctx, v, names)
	}
	if err != nil {
		return nil, err
	}
	records := slices.SortedFunc(maps.Values(page.records), func(a, b *hub.Record) int {
		return cmp.Or(b.Content.At.Compare(a.Content.At), cmp.Compare(b.ID, a.ID))
	})
	for _, name := range names {
		card := PersonCard{Name: name, Customers: []Named{}, Departments: []string{}}
		for _, r := range records {
			card.add(r, page.names)
		}
		cards = append(cards, card)
	}
	return cards, nil
}

// naming reads the newest records that name any of the persons.
func (s *Server) naming(ctx context.Context, v hub.Viewer, persons []string) (p hitPage, err error) {
	found, err := s.Index.Search(ctx, indexer.Query{Viewer: v, Persons: persons, Sort: indexer.SortNewest, Limit: recordsPerPeople, Uncounted: true})
	if err == nil {
		p.records, p.names, err = s.store.Listed(ctx, v, recordIDs(found.Hits))
	}
	return p, err
}

// add adds what a record says of the person, if it names them.
func (p *PersonCard) add(r *hub.Record, customers map[hub.CustomerID]string) {
	if !slices.Contains(indexer.Persons(r.Content), p.Name) {
		return
	}
	p.Customers = addNamed(p.Customers, r.Links, customers)
	if !slices.Contains(p.Departments, r.Department) {
		p.Departments = append(p.Departments, r.Department)
	}
	if r.Content.At.After(p.Last) {
		p.Last = r.Content.At
	}
	if email := reach(r.Content, p.Name, hub.IdentEmail); p.Email == "" {
		p.Email = email
	}
	if phone := reach(r.Content, p.Name, hub.IdentPhone); p.Phone == "" {
		p.Phone = phone
	}
}

// reach is the address or telephone number that a record gives for a person: the
// only one in the same place, or in the same role. Where several persons share a
// role it cannot be told whose it is.
func reach(c hub.Content, name, kind string) string {
	for _, person := range c.Idents {
		if person.Kind != hub.IdentPerson || indexer.PersonName(person.Value) != name {
			continue
		}
		persons := map[string]bool{}
		var values []string
		for _, i := range c.Idents {
			switch {
			case i.Role != person.Role:
			case i.Kind == hub.IdentPerson:
				persons[i.Value] = true
			case i.Kind == kind && !slices.Contains(values, i.Value):
				values = append(values, i.Value)
			}
		}
		if len(persons) == 1 && len(values) == 1 {
			return values[0]
		}
	}
	return ""
}

// byCount lists the values of a facet, the most frequent first.
func byCount(counts map[string]int) []string {
	list := choices(counts, nil, func([]string) SearchInput { return SearchInput{} })
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.Label
	}
	return out
}

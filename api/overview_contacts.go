package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

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
const recordsPerContact = 8

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

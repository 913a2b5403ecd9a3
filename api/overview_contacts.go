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
	Name    string    `json:"name"`
	Persons []string  `json:"persons" doc:"What the history has the person under: addresses, and names in small letters; the most frequent first."`
	Emails  []string  `json:"emails" doc:"The most frequent first."`
	Phone   string    `json:"phone,omitempty"`
	Ours    []string  `json:"ours" doc:"Who of us; the one with most to do first."`
	Times   int       `json:"times" doc:"How often we had to do with the person, up to now."`
	Records int       `json:"records" doc:"Of the history, with the person."`
	LastIn  time.Time `json:"last_in,omitzero" doc:"When they last wrote to us."`
	LastOut time.Time `json:"last_out,omitzero" doc:"When we last wrote to them."`
	Last    time.Time `json:"last,omitzero"`
	Silent  bool      `json:"silent,omitempty" doc:"Longer without contact than is usual with this person."`

	first time.Time
}

// contactsOf gathers relations by person. As people are told apart everywhere, those
// of one full name at one customer are one, whatever they are reached by.
func contactsOf(relations []store.Relation, copies []store.MailCopy, now time.Time) []ContactAnswer {
	names, twice := namesOf(relations), map[string]int{}
	for _, c := range again(copies, func(c store.MailCopy) string { return c.Key }) {
		twice[c.Person]++
	}
	out := []ContactAnswer{}
	for _, theirs := range joined(relations, func(r store.Relation) []string { return []string{r.Person, cmp.Or(names[r.Person], r.Person)} }) {
		c, ours, times := ContactAnswer{first: theirs[0].First, Emails: []string{}}, map[string]int{}, map[string]int{}
		known := 0
		for _, r := range theirs {
			if names[r.Person] == r.Person {
				r.Called = "" // of several who share the address, none
			}
			c.add(r)
			known += r.Known
			times[r.Person] += r.Times
			if r.Ours != "" {
				ours[r.Ours] += r.Times
			}
		}
		if known == 0 {
			continue // all lies ahead
		}
		c.Persons = byCount(times)
		for _, p := range c.Persons {
			c.Records -= twice[p]
			if strings.Contains(p, "@") {
				c.Emails = append(c.Emails, p)
			}
		}
		c.Ours = mostFirst(ours)
		c.Name = cmp.Or(c.Name, c.Persons[0])
		c.Silent = c.silent(now)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b ContactAnswer) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), b.Last.Compare(a.Last), cmp.Compare(a.Persons[0], b.Persons[0]))
	})
	return out
}

// namesOf gives the persons of the relations the sign by which others of the same full
// name are the same. An address that several names share is nobody's own.
func namesOf(relations []store.Relation) map[string]string {
	names := map[string]string{}
	for _, r := range relations {
		for _, called := range []string{r.Called, r.Other} {
			name := "named " + link.Fold(indexer.PersonName(called))
			if name == "named " {
				continue
			}
			if had, known := names[r.Person]; known && had != name {
				name = r.Person
			}
			names[r.Person] = name
		}
	}
	return names
}

// recordsPerContact is in how many records it is looked how to reach somebody.
const recordsPerContact = 8

// addReach adds how to reach the contacts, as records that name them say.
func (s *Server) addReach(ctx context.Context, v hub.Viewer, customer hub.CustomerID, contacts []ContactAnswer) error {
	var persons []string
	for _, c := range contacts {
		persons = append(append(persons, c.Persons...), link.Fold(c.Name))
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
		for _, id := range ids {
			if r := records[id]; r != nil {
				name := indexer.PersonName(c.Name)
				if email := reach(r.Content, name, hub.IdentEmail); len(c.Emails) == 0 && email != "" {
					c.Emails = []string{email}
				}
				c.Phone = cmp.Or(c.Phone, reach(r.Content, name, hub.IdentPhone))
			}
		}
	}
	return nil
}

func (c *ContactAnswer) add(r store.Relation) {
	c.Records += r.Records
	c.Times += r.Times
	if name := cmp.Or(indexer.PersonName(r.Called), r.Called); len(name) > len(c.Name) {
		c.Name = name
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

package api

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// PersonCard is a person whom records name, with what the viewer's records say.
type PersonCard struct {
	Name        string    `json:"name"`
	Email       string    `json:"email,omitempty"`
	Phone       string    `json:"phone,omitempty"`
	Customers   []Named   `json:"customers" doc:"Whose records name the person, the newest first."`
	Departments []string  `json:"departments"`
	Last        time.Time `json:"last,omitzero"`

	shared bool // others bear the name
}

const (
	namesPerSearch   = 4
	peoplePerSearch  = 8
	recordsPerPeople = 48 // newest records that the cards of a search are drawn from
)

// people finds the persons that a query names among those whom the hits name, or
// those on the page whose number or address it asks for. Where the page has all
// hits, it has all that names them.
func (s *Server) people(ctx context.Context, v hub.Viewer, q indexer.Query, found *indexer.Result, hits *ahead[hitPage]) ([]PersonCard, error) {
	if q.Text == "" || q.Offset > 0 || len(q.Persons) > 0 {
		return []PersonCard{}, nil
	}
	if terms := indexer.Parse(q.Text); slices.ContainsFunc(terms, func(t indexer.Term) bool { return len(t.Numbers) > 0 }) {
		page, err := hits.of(found.Hits)
		if err != nil {
			return nil, err
		}
		return s.bearers(ctx, terms, page)
	}
	names, whole := []string{}, found.Total == len(found.Hits) && !q.Narrowed()
	for _, c := range byCount(found.Facets.Person) {
		if named, typed := indexer.Names(q.Text, c); named {
			names, whole = append(names, c), whole && typed
		}
		if len(names) == namesPerSearch {
			break
		}
	}
	if len(names) == 0 {
		return []PersonCard{}, nil
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
	return s.personCards(ctx, names, page, nil)
}

// bearers finds the persons whose number or address a query asks for. What else
// their records hold is not looked up: it costs a question at every keystroke.
func (s *Server) bearers(ctx context.Context, query []indexer.Term, page hitPage) ([]PersonCard, error) {
	names := []string{}
	for _, r := range newestFirst(page.records) {
		for _, name := range indexer.Persons(r.Content) {
			if bears(r.Content, name, query) && !slices.Contains(names, name) && len(names) < namesPerSearch {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return []PersonCard{}, nil
	}
	return s.personCards(ctx, names, page, query)
}

// bears reports whether the query asks for what reaches the person.
func bears(c hub.Content, name string, query []indexer.Term) bool {
	return indexer.Reaches(query, reach(c, name, hub.IdentEmail)) || indexer.Reaches(query, reach(c, name, hub.IdentPhone))
}

func newestFirst(records map[hub.RecordID]*hub.Record) []*hub.Record {
	return slices.SortedFunc(maps.Values(records), func(a, b *hub.Record) int {
		return cmp.Or(b.Content.At.Compare(a.Content.At), cmp.Compare(b.ID, a.ID))
	})
}

// naming reads the newest records that name any of the persons.
func (s *Server) naming(ctx context.Context, v hub.Viewer, persons []string) (p hitPage, err error) {
	found, err := s.Index.Search(ctx, indexer.Query{Viewer: v, Persons: persons, Sort: indexer.SortNewest, Limit: recordsPerPeople, Uncounted: true})
	if err == nil {
		p.records, p.names, err = s.store.Listed(ctx, v, recordIDs(found.Hits))
	}
	return p, err
}

// personCards makes a card for each person of the names, of what the records of that
// one say. There is room for one of each name. With a query, they are those whose
// number or address it asks for.
func (s *Server) personCards(ctx context.Context, names []string, page hitPage, query []indexer.Term) ([]PersonCard, error) {
	var company hub.Company
	if err := s.store.Setting(ctx, "company", &company); err != nil && !errors.Is(err, hub.ErrNotFound) {
		return nil, err
	}
	tell := teller{own: link.NewOwn(company), customers: page.names}
	records := newestFirst(page.records)
	cards := []PersonCard{}
	for i, name := range names {
		persons := tell.apart(records, name)
		shared := len(persons) > 1 || query != nil // nobody has looked for others
		if query != nil {
			persons = slices.DeleteFunc(persons, func(p *someone) bool {
				bearing := slices.DeleteFunc(slices.Clone(p.records), func(r *hub.Record) bool { return !bears(r.Content, name, query) })
				p.records = append(bearing, p.records...) // of several numbers the one asked for is shown
				return len(bearing) == 0
			})
		}
		others := len(names) - 1 - i
		for _, p := range persons[:min(len(persons), peoplePerSearch-len(cards)-others)] {
			card := PersonCard{Name: name, Customers: []Named{}, Departments: []string{}, shared: shared}
			for _, r := range p.records {
				card.add(r, page.names)
			}
			cards = append(cards, card)
		}
	}
	return cards, nil
}

// add adds what a record says of the person.
func (p *PersonCard) add(r *hub.Record, customers map[hub.CustomerID]string) {
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

// Address is where the records of the person are listed. Of several who bear the
// name it is narrowed by what most of them have in common and no other has.
func (p PersonCard) Address() string {
	in := SearchInput{Person: []string{p.Name}}
	if p.shared && len(p.Customers) == 1 {
		in.Customer = p.Customers[0].ID.String()
	} else if p.shared {
		in.Q = cmp.Or(p.Email, p.Phone)
	}
	return address(in)
}

// teller tells persons of one name apart.
type teller struct {
	own       *link.Own
	customers map[hub.CustomerID]string // that the viewer may see
}

// someone is a person by the records that are theirs.
type someone struct{ records []*hub.Record }

// apart gives each person of the name the records that are theirs, keeping the order:
// those that share an address, a telephone number or a customer. What has
// none of these may be anybody's, and counts only if nothing else is there.
func (t teller) apart(records []*hub.Record, name string) (all []*someone) {
	var told, stray []*hub.Record
	signs := map[*hub.Record][]string{}
	for _, r := range records {
		if !slices.Contains(indexer.Persons(r.Content), name) {
			continue
		}
		if signs[r] = t.signs(r, name); len(signs[r]) == 0 {
			stray = append(stray, r)
		} else {
			told = append(told, r)
		}
	}
	if len(told) == 0 && len(stray) > 0 {
		return []*someone{{stray}}
	}
	for _, theirs := range joined(told, func(r *hub.Record) []string { return signs[r] }) {
		all = append(all, &someone{theirs})
	}
	return all
}

// joined puts together what shares a sign with each other, or with what else is put
// together with it. Groups are in the order of their first, each in its own order.
func joined[T any](all []T, signs func(T) []string) (groups [][]T) {
	with := make([]int, len(all)) // an earlier one of the group; the first has itself
	first := func(i int) int {
		for with[i] != i {
			i = with[i]
		}
		return i
	}
	bearer := map[string]int{}
	for i, one := range all {
		with[i] = i
		for _, sign := range signs(one) {
			if other, known := bearer[sign]; known {
				a, b := first(i), first(other)
				with[max(a, b)] = min(a, b)
			} else {
				bearer[sign] = i
			}
		}
	}
	at := map[int]int{}
	for i, one := range all {
		f := first(i)
		if f == i {
			at[f] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[f]] = append(groups[at[f]], one)
	}
	return groups
}

// ours is the sign of all our colleagues: of one name there is one.
const ours = "ours"

// signs tell who of those who bear the name the record means. The customer of a
// matter is not its owner's, and of several customers it cannot be told whose
// the person is.
func (t teller) signs(r *hub.Record, name string) (signs []string) {
	c := r.Content
	email := reach(c, name, hub.IdentEmail)
	for _, value := range []string{email, reach(c, name, hub.IdentPhone)} {
		signs = append(signs, indexer.CellForms(value)...)
	}
	if t.colleague(c, name, email) {
		return append(signs, ours)
	}
	if customers := addNamed(nil, r.Links, t.customers); len(customers) == 1 {
		signs = append(signs, customers[0].ID.String())
	}
	return signs
}

// colleague reports whether the record shows the person to be one of us: who has the
// matter, writes from one of our addresses, or signs what comes from one.
func (t teller) colleague(c hub.Content, name, email string) bool {
	if t.own.Owns(email) || slices.ContainsFunc(c.Fields, func(f hub.Field) bool { return f.Role == hub.RoleOwner && indexer.PersonName(f.Value) == name }) {
		return true
	}
	signs := slices.ContainsFunc(c.Idents, func(i hub.Ident) bool {
		return i.Kind == hub.IdentPerson && i.Role == hub.RoleSignature && indexer.PersonName(i.Value) == name
	})
	return signs && slices.ContainsFunc(c.Idents, func(i hub.Ident) bool {
		return i.Kind == hub.IdentEmail && i.Role == hub.RoleFrom && t.own.Owns(i.Value)
	})
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

package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/nature"
)

// Named is a customer by id and name.
type Named struct {
	ID   hub.CustomerID `json:"id"`
	Name string         `json:"name"`
}

// CustomerCard is a customer in short.
type CustomerCard struct {
	ID          hub.CustomerID `json:"id"`
	Name        string         `json:"name"`
	Idents      []hub.Ident    `json:"idents"`
	Departments []string       `json:"departments"`
	Records     int            `json:"records"`
	Last        time.Time      `json:"last,omitzero"`
	Open        int            `json:"open,omitempty" doc:"Complaints, returns and cases without an end."`
}

// OpenHref is where the open ones are listed.
func (c CustomerCard) OpenHref() string { return openOf(c.ID) }

// Place says where a record lies.
type Place struct {
	Source     hub.SourceID `json:"source"`
	SourceName string       `json:"source_name"`
	Department string       `json:"department"`
	Text       string       `json:"place"` // in English
	Where      string       `json:"where"` // file and sheet, or mail folder
	Row        string       `json:"row,omitempty"`
}

// Hit is a record in a list.
type Hit struct {
	ID         hub.RecordID `json:"id"`
	Kind       string       `json:"kind"`
	Nature     string       `json:"nature" doc:"What it is: order, complaint, mail …"`
	Title      string       `json:"title"`
	Snippet    string       `json:"snippet" doc:"Safe HTML; the only element is mark."`
	At         time.Time    `json:"at,omitzero" doc:"When it happened; of a meeting when it takes place."`
	Notice     *Notice      `json:"notice,omitempty" doc:"Of a mail about a meeting that is not the invitation that holds."`
	Department string       `json:"department"`
	Customers  []Named      `json:"customers"`
	Source     hub.SourceID `json:"source"`
	SourceName string       `json:"source_name"`
	Place      string       `json:"place"`
	Places     []Place      `json:"places" doc:"One mail seen in several mailboxes is shown once, with all of them."`

	content hub.Content
	query   []indexer.Term
}

// Notice is what a mail says of a meeting other than that it takes place.
type Notice struct {
	Says string `json:"says" enum:"cancelled,replaced,accepted,declined,tentative,delegated,counter,other" doc:"That the meeting is cancelled, that something newer tells of it, or what somebody answers; counter proposes another time."`
	By   string `json:"by,omitempty" doc:"Who answers."`
}

// noticeOf is the notice that a record gives, nil if it gives none.
func noticeOf(r *hub.Record) *Notice {
	if says := nature.OfMeeting(r.Nature, r.Content.Meeting); says != "" {
		return &Notice{says, nature.Answerer(&r.Content)}
	}
	return nil
}

// telling writes the value of a field for who reads it: pages in the language of the
// reader, programs as it is stored.
type telling func(hub.Field) string

func asStored(f hub.Field) string { return f.Value }

func (s *Server) tellIn(lang string) telling {
	return func(f hub.Field) string { return s.site.Value(lang, f) }
}

// light leaves the text of a mail away, of which a list shows no more than the snippet.
func (h *Hit) light() {
	if h.content.Text != "" {
		h.content = hub.Content{Text: "…"} // that there is one
	}
}

// Marked is the title as HTML, with what was found in it marked.
func (h Hit) Marked() string { return indexer.Mark(h.Title, h.query) }

// snippetLength is how much of a record a list shows, in characters.
const snippetLength = 240

// hitPage is a list of hits with what it is made of.
type hitPage struct {
	hits    []Hit
	records map[hub.RecordID]*hub.Record // the copies of mails too
	names   map[hub.CustomerID]string    // of the customers that they are linked to
}

// hits turns ids into hits for v, in order. A copy of a mail that is in the
// list already is not shown again; what v may not see is left out. Without tell they
// have no snippets.
func (s *Server) hits(ctx context.Context, v hub.Viewer, ids []hub.RecordID, query string, tell telling) ([]Hit, error) {
	page, err := s.hitPage(ctx, v, ids, query, tell)
	return page.hits, err
}

func (s *Server) hitPage(ctx context.Context, v hub.Viewer, ids []hub.RecordID, query string, tell telling) (hitPage, error) {
	records, names, err := s.store.Listed(ctx, v, ids)
	if err != nil {
		return hitPage{}, err
	}
	copies, err := s.addCopies(ctx, v, records, names)
	if err != nil {
		return hitPage{}, err
	}
	terms, shown := indexer.Parse(query), map[hub.RecordID]bool{}
	listed := []*hub.Record{}
	for _, id := range ids {
		if records[id] == nil || shown[id] {
			continue
		}
		listed, shown[id] = append(listed, records[id]), true
		for _, other := range copies[id] {
			shown[other] = true
		}
	}
	page := hitPage{make([]Hit, len(listed)), records, names}
	var all sync.WaitGroup // marking texts is most of the work: side by side
	for i, r := range listed {
		all.Go(func() {
			h := hitOf(r, names, terms, tell)
			for _, other := range copies[r.ID] {
				if c := records[other]; c != nil && other != r.ID {
					h.Places = append(h.Places, placesOf(c)...)
					h.Customers = addNamed(h.Customers, c.Links, names)
				}
			}
			page.hits[i] = h
		})
	}
	all.Wait()
	return page, nil
}

// addCopies adds the copies of those records that are mails, with the names of
// their customers, and says of which record each is one.
func (s *Server) addCopies(ctx context.Context, v hub.Viewer, records map[hub.RecordID]*hub.Record, names map[hub.CustomerID]string) (copies map[hub.RecordID][]hub.RecordID, err error) {
	var mails, missing []hub.RecordID
	for id, r := range records {
		if r.Content.Kind == hub.KindMail {
			mails = append(mails, id)
		}
	}
	if len(mails) == 0 {
		return nil, nil
	}
	if copies, err = s.store.Copies(ctx, v, mails); err != nil {
		return nil, err
	}
	for _, same := range copies {
		for _, id := range same {
			if records[id] == nil && !slices.Contains(missing, id) {
				missing = append(missing, id)
			}
		}
	}
	if len(missing) == 0 {
		return copies, nil
	}
	others, theirs, err := s.store.Listed(ctx, v, missing)
	maps.Copy(records, others)
	maps.Copy(names, theirs)
	return copies, err
}

func hitOf(r *hub.Record, names map[hub.CustomerID]string, query []indexer.Term, tell telling) Hit {
	places := placesOf(r)
	h := Hit{
		ID: r.ID, Kind: r.Content.Kind, Nature: cmp.Or(r.Nature, r.Content.Kind), Title: titleOf(r), At: r.At, Notice: noticeOf(r), Department: r.Department,
		Customers: addNamed([]Named{}, r.Links, names),
		Source:    r.Source, SourceName: r.SourceName, Places: places,
		content: r.Content, query: query,
	}
	if len(places) > 0 {
		h.Place = places[0].Text
	}
	if tell != nil {
		h.Snippet = indexer.Shown(r.Content, tell).Snippet(query, snippetLength)
	}
	return h
}

// addNamed adds the linked customers whose names are known and not there yet.
func addNamed(to []Named, links []hub.Link, names map[hub.CustomerID]string) []Named {
	for _, l := range links {
		name, visible := names[l.Customer]
		if l.Suggested || !visible || hasNamed(to, l.Customer) {
			continue
		}
		to = append(to, Named{l.Customer, name})
	}
	return to
}

func hasNamed(list []Named, id hub.CustomerID) bool {
	for _, n := range list {
		if n.ID == id {
			return true
		}
	}
	return false
}

// titleOf is what a list calls the record: its own title, else where it lies.
func titleOf(r *hub.Record) string {
	if t := strings.TrimSpace(r.Content.Title); t != "" {
		return t
	}
	if places := placesOf(r); len(places) > 0 && r.Content.Kind == hub.KindRow {
		return places[0].Text
	}
	return ""
}

// placesOf lists where the record was seen, first where the content shown comes from.
func placesOf(r *hub.Record) []Place {
	places := make([]Place, 0, len(r.Seen))
	for _, shown := range []bool{true, false} {
		for _, at := range r.Seen {
			if (at.Hash == r.Hash) == shown {
				where, row := locate(r.Content.Kind, at.Scope, at.Ref)
				places = append(places, Place{r.Source, r.SourceName, r.Department, placeText(where, row), where, row})
			}
		}
	}
	return places
}

// locate reads scope and ref: "2026.xlsx#Ark1" and "17" for a row of a
// workbook, "INBOX" and "7.12" for a mail, "INBOX" and "7.12/orders.xlsx#Ark1/4"
// for a row of its attachment.
func locate(kind, scope, ref string) (where, row string) {
	where = strings.ReplaceAll(strings.TrimSuffix(scope, "#"), "#", " › ")
	if kind != hub.KindRow {
		return where, ""
	}
	attachment := strings.SplitN(ref, "/", 2)
	if len(attachment) < 2 {
		return where, ref
	}
	cut := strings.LastIndexByte(attachment[1], '/')
	if cut < 0 {
		return where, attachment[1]
	}
	inner, _ := locate(hub.KindMail, attachment[1][:cut], "")
	return where + " › " + inner, attachment[1][cut+1:]
}

func placeText(where, row string) string {
	if row == "" {
		return where
	}
	return where + ", row " + row
}

// cardOf shortens a customer whose faces the viewer may see.
func cardOf(c *hub.Customer) CustomerCard {
	card := CustomerCard{ID: c.ID, Name: c.Name, Idents: identsOf(c), Departments: []string{}}
	for _, f := range c.Faces {
		card.Departments = append(card.Departments, f.Department)
		card.Records += f.Records
		if f.Last.After(card.Last) {
			card.Last = f.Last
		}
	}
	return card
}

// identsOf gathers the idents of all faces, each once.
func identsOf(c *hub.Customer) []hub.Ident {
	idents, known := []hub.Ident{}, map[[2]string]bool{}
	for _, f := range c.Faces {
		for _, id := range f.Idents {
			if key := [2]string{id.Kind, id.Value}; !known[key] {
				known[key] = true
				idents = append(idents, id)
			}
		}
	}
	return idents
}

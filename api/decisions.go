package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// Question is what a person may settle: whether records belong to a customer,
// or whether their customer and another are one.
type Question struct {
	ID        string     `json:"id"`
	Record    Hit        `json:"record" doc:"One of the records."`
	Records   int        `json:"records" doc:"How many records are alike: one answer holds for all."`
	Same      *Named     `json:"same,omitempty" doc:"The customer that the records have, which may be one of those suggested."`
	Customers []LinkView `json:"customers" doc:"The likeliest first."`
}

// QuestionList is a page of questions, the surest first.
type QuestionList struct {
	Suggestions []Question `json:"suggestions"`
	Total       int        `json:"total"`
	Next        int        `json:"next,omitempty" doc:"Offset of the next page; absent at the end."`

	Columns []store.ColumnQuestion `json:"columns" doc:"Columns of sheets of which it is unsure what they hold. Answer by the decision column-role with source, table and column in a, and the role in b."`

	waits int // in all, columns included
}

// DecisionInput is what a person says about links. Each ident holds one of
// orgno, email, domain, phone, name, message_id, or custno or record with
// source, or name with what stands beside it.
type DecisionInput struct {
	Decision string            `json:"decision" enum:"must-link,cannot-link,merge,split,successor-of,subunit-of,shared,generic,own,column-role"`
	A        map[string]string `json:"a"`
	B        map[string]string `json:"b,omitempty" doc:"Left out for shared, generic and own, which are said of one value."`
	By       string            `json:"by,omitempty" doc:"Who said so; only an administrator may name another."`
	Why      string            `json:"why,omitempty" maxLength:"1000"`
}

// Decided names the decision, so that it can be taken back.
type Decided struct {
	ID int64 `json:"id"`
}

// DecisionList holds decisions in the order they were made.
type DecisionList struct {
	Decisions []hub.Decision   `json:"decisions" doc:"Where what founded a customer is not the caller's to know, a or b holds its id as customer; values of what they may not see any more are empty."`
	Conflicts [][]hub.Decision `json:"conflicts" doc:"Decisions that contradict each other: they bind nothing until one is taken back."`
}

// EventList tells what happened to a customer, the newest first.
type EventList struct {
	Events []hub.Event `json:"events"`
}

const (
	questionsPerPage = 20
	// answeredFor hides a question from who answered it while the linker works.
	answeredFor = time.Minute
	laterFor    = 7 * 24 * time.Hour
	// maxAnswered is how many records one answer settles.
	maxAnswered = 1000
)

type (
	questionsIn struct {
		Offset int  `query:"offset" minimum:"0" maximum:"1000000"`
		Later  bool `query:"later" doc:"Those that the caller has put off."`
	}
	decisionID struct {
		ID int64 `path:"id"`
	}
)

func (s *Server) decisionRoutes() {
	const role = hub.RoleEmployee
	handle(s, s.op(role, "GET", "/suggestions", "suggestions", "What waits for a person to settle"),
		func(ctx context.Context, v hub.Viewer, in *questionsIn) (*QuestionList, error) {
			return s.questions(ctx, v, s.languageOf(ctx), in.Offset, in.Later)
		})
	handle(s, s.op(role, "GET", "/decisions", "decisions", "Your decisions; an administrator sees those of all"),
		func(ctx context.Context, v hub.Viewer, _ *None) (*DecisionList, error) {
			list, err := s.decisions(ctx, v)
			if err != nil {
				return nil, err
			}
			return list, s.tellSides(ctx, v, append(list.Conflicts, list.Decisions)...)
		})
	handle(s, created(s.op(role, "POST", "/decisions", "decide", "Say what belongs together, or does not")),
		func(ctx context.Context, v hub.Viewer, in *body[DecisionInput]) (*Decided, error) {
			return s.decide(ctx, v, in.Body)
		})
	handle(s, s.op(role, "POST", "/decisions/preview", "preview", "What a decision would move", 409),
		func(ctx context.Context, v hub.Viewer, in *body[DecisionInput]) (*Preview, error) {
			d, err := s.decision(ctx, v, in.Body)
			if err != nil {
				return nil, err
			}
			return s.preview(ctx, v, []hub.Decision{d})
		})
	handleEmpty(s, s.op(role, "DELETE", "/decisions/{id}", "revoke", "Take a decision back"), http.StatusNoContent,
		func(ctx context.Context, in *decisionID) error { return s.revoke(ctx, viewerOf(ctx), in.ID) })
	handle(s, s.op(role, "GET", "/access", "access", "Who looked at what: your own, or of all for who watches over personal data"),
		func(ctx context.Context, v hub.Viewer, in *accessIn) (*AccessList, error) {
			return s.access(ctx, v, *in)
		})
	handle(s, s.op(role, "GET", "/customers/{id}/events", "customerEvents", "Who linked, merged and split what", 409),
		func(ctx context.Context, v hub.Viewer, in *idIn) (*EventList, error) {
			c, err := s.customer(ctx, v, in.ID)
			if err != nil {
				return nil, err
			}
			all, err := s.store.Events(ctx, v, c.ID, 200)
			return &EventList{full(all)}, err
		})
}

// questions lists what waits for v. A question whose customers v may not see is
// none for v.
func (s *Server) questions(ctx context.Context, v hub.Viewer, lang string, offset int, later bool) (*QuestionList, error) {
	all, err := s.store.Questions(ctx, v, later)
	if err != nil {
		return nil, err
	}
	list := &QuestionList{Suggestions: []Question{}, Total: len(all)}
	page := all[min(offset, len(all)):min(offset+questionsPerPage, len(all))]
	if offset+len(page) < len(all) {
		list.Next = offset + len(page)
	}
	list.waits = list.Total
	if !later {
		columns, err := s.store.ColumnQuestions(ctx, v)
		if err != nil {
			return nil, err
		}
		if offset == 0 {
			list.Columns = columns
		}
		list.waits += len(columns)
		s.waiting.set(v.User, list.waits, s.now()) // so that the navigation says the same
	}
	list.Columns = full(list.Columns)
	list.Suggestions, err = s.tellQuestions(ctx, v, lang, page)
	return list, err
}

// tellQuestions puts questions into words for v.
func (s *Server) tellQuestions(ctx context.Context, v hub.Viewer, lang string, page []store.Question) ([]Question, error) {
	ids := make([]hub.RecordID, len(page))
	for i, q := range page {
		ids[i] = q.Record
	}
	records, err := s.store.Records(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	var all []*hub.Record
	for _, r := range records {
		all = append(all, r)
	}
	why, err := s.whyOf(ctx, v, lang, all...)
	if err != nil {
		return nil, err
	}
	out := []Question{}
	for _, q := range page {
		hits, err := s.hits(ctx, v, []hub.RecordID{q.Record}, "", s.tellIn(lang))
		if err != nil {
			return nil, err
		}
		r := records[q.Record]
		if r == nil || len(hits) == 0 { // gone since
			continue
		}
		told := Question{ID: q.ID, Record: hits[0], Records: q.Records, Customers: why.views(r)}
		told.Customers = slices.DeleteFunc(told.Customers, func(l LinkView) bool { return !l.Suggested })
		if name := why.names[q.Same]; name != "" {
			told.Same = &Named{q.Same, name}
		}
		out = append(out, told)
	}
	return out, nil
}

// decisions lists what v decided, and what contradicts it. They name numbers of
// departments, so that only an administrator who sees all departments gets
// those of others.
func (s *Server) decisions(ctx context.Context, v hub.Viewer) (*DecisionList, error) {
	all, err := s.store.Decisions(ctx)
	if err != nil {
		return nil, err
	}
	conflicts, err := s.store.Conflicts(ctx)
	if err != nil {
		return nil, err
	}
	foreign := func(d hub.Decision) bool { return !mayDecideOver(v, d) }
	all = slices.DeleteFunc(all, foreign)
	// Who is contradicted is shown by whom, but only what names nothing that
	// they may not see: the other side names the same two things.
	conflicts = slices.DeleteFunc(conflicts, func(g []hub.Decision) bool {
		return !slices.ContainsFunc(g, func(d hub.Decision) bool { return !foreign(d) })
	})
	for i, g := range conflicts {
		conflicts[i], err = s.shownTo(ctx, v, g)
		if err != nil {
			return nil, err
		}
	}
	return &DecisionList{full(all), full(conflicts)}, nil
}

// tellSides has decisions name what they are about as v may be told.
func (s *Server) tellSides(ctx context.Context, v hub.Viewer, lists ...[]hub.Decision) error {
	if v.All {
		return nil
	}
	told, err := s.decisionLines(ctx, v, lists)
	if err != nil {
		return err
	}
	for l, list := range lists {
		for i, line := range told[l] {
			list[i].A = line.Sides[0].Ident
			if len(line.Sides) > 1 {
				list[i].B = line.Sides[1].Ident
			}
		}
	}
	return nil
}

// shownTo leaves out decisions of others that name a source which v may not see,
// and what others gave as their reason.
func (s *Server) shownTo(ctx context.Context, v hub.Viewer, all []hub.Decision) ([]hub.Decision, error) {
	out := []hub.Decision{}
	for _, d := range all {
		if !mayDecideOver(v, d) {
			d.Why = ""
			hidden := false
			for _, name := range []string{d.A["source"], d.B["source"]} {
				src, err := s.store.SourceByName(ctx, name)
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return nil, err
				}
				hidden = hidden || name != "" && (err != nil || !v.Sees(src.Department))
			}
			if hidden {
				continue
			}
		}
		out = append(out, d)
	}
	return out, nil
}

func mayDecideOver(v hub.Viewer, d hub.Decision) bool {
	return d.By == v.User || v.All && permitted(v.Role, hub.RoleAdmin)
}

// decide saves a decision and has it applied.
func (s *Server) decide(ctx context.Context, v hub.Viewer, in DecisionInput) (*Decided, error) {
	d, err := s.decision(ctx, v, in)
	if err != nil {
		return nil, err
	}
	id, err := s.store.AddDecision(ctx, d)
	if err != nil {
		return nil, refused(err)
	}
	return &Decided{id}, s.apply(ctx, d)
}

// apply has done what follows of a decision: sheets are read again whose column
// it names, records linked again that it concerns.
func (s *Server) apply(ctx context.Context, d hub.Decision) error {
	if d.Kind != link.ColumnRole {
		return s.follow(ctx)
	}
	s.waiting.forget()
	src, err := s.store.SourceByName(ctx, d.A["source"])
	if errors.Is(err, store.ErrNotFound) || s.Sync == nil {
		return nil
	} else if err != nil {
		return err
	}
	return s.Sync(ctx, src.ID)
}

// decision reads what somebody wants to decide.
func (s *Server) decision(ctx context.Context, v hub.Viewer, in DecisionInput) (hub.Decision, error) {
	d := hub.Decision{Kind: in.Decision, A: in.A, B: in.B, By: v.User, Why: in.Why, At: s.now()}
	if in.By != "" && permitted(v.Role, hub.RoleAdmin) {
		d.By = in.By
	}
	for _, ident := range []map[string]string{d.A, d.B} {
		if err := s.seesSource(ctx, v, ident["source"]); err != nil {
			return d, err
		}
	}
	return d, nil
}

// refused tells a person what is wrong with a decision.
func refused(err error) error {
	var wrong *store.DecisionError
	if errors.As(err, &wrong) {
		return refuse(http.StatusUnprocessableEntity, wrong.Reason)
	}
	return err
}

// seesSource answers for a source that v may not see as for one that is not there.
func (s *Server) seesSource(ctx context.Context, v hub.Viewer, name string) error {
	if name == "" {
		return nil
	}
	src, err := s.store.SourceByName(ctx, name)
	if errors.Is(err, store.ErrNotFound) || err == nil && !v.Sees(src.Department) {
		return invalid(fmt.Errorf("there is no source called %q", name))
	}
	return err
}

// revoke takes back a decision of v's own; an administrator takes back any.
func (s *Server) revoke(ctx context.Context, v hub.Viewer, id int64) error {
	mine, err := s.decisions(ctx, v)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(mine.Decisions, func(d hub.Decision) bool { return d.ID == id })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := s.store.RevokeDecision(ctx, v.User, id); err != nil {
		return err
	}
	return s.apply(ctx, mine.Decisions[i])
}

// follow has the linker look soon at what a decision changed.
func (s *Server) follow(ctx context.Context) error {
	s.waiting.forget()
	if s.Follow == nil {
		return nil // the schedule does it
	}
	return s.Follow(ctx)
}

// tie decides whether a record and a customer, both of which v sees, belong
// together: kind is link.MustLink or link.CannotLink. It returns the number by
// which that can be taken back.
func (s *Server) tie(ctx context.Context, v hub.Viewer, kind, record string, customer hub.CustomerID) (batch int64, err error) {
	r, err := s.rawRecord(ctx, v, record)
	if err != nil {
		return 0, err
	}
	ident, err := s.identOf(ctx, v, customer)
	if err != nil {
		return 0, err
	}
	own := link.IdentOfRecord(r)
	if ident[link.KindRecord] != "" && own[link.KindRecord] == ident[link.KindRecord] && own["source"] == ident["source"] || maps.Equal(own, ident) {
		return 0, refuse(http.StatusConflict, "The customer was split off by this record: take that back under the latest decisions.")
	}
	return s.sayTogether(ctx, v, []hub.Decision{{Kind: kind, A: own, B: ident}})
}

// identOf names in a decision a customer that v sees.
func (s *Server) identOf(ctx context.Context, v hub.Viewer, customer hub.CustomerID) (map[string]string, error) {
	c, err := s.store.Customer(ctx, v, customer)
	if err != nil {
		return nil, err
	}
	return s.store.IdentOfCustomer(ctx, c.ID)
}

package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// Question is a record that belongs to nobody yet, with the customers it may
// belong to, the likeliest first.
type Question struct {
	Record    Hit        `json:"record"`
	Customers []LinkView `json:"customers"`
}

// QuestionList is a page of questions, the surest first.
type QuestionList struct {
	Suggestions []Question `json:"suggestions"`
	Next        int        `json:"next,omitempty" doc:"Offset of the next page; absent at the end."`
}

// DecisionInput is what a person says about links. Each ident holds one of
// orgno, email, domain, phone, name, message_id, or custno or record with source.
type DecisionInput struct {
	Decision string            `json:"decision" enum:"must-link,cannot-link"`
	A        map[string]string `json:"a"`
	B        map[string]string `json:"b"`
	By       string            `json:"by,omitempty" doc:"Who said so; only an administrator may name another."`
	Why      string            `json:"why,omitempty" maxLength:"1000"`
}

// Decided names the decision, so that it can be taken back.
type Decided struct {
	ID int64 `json:"id"`
}

// DecisionList holds decisions in the order they were made.
type DecisionList struct {
	Decisions []hub.Decision `json:"decisions"`
}

const questionsPerPage = 50

type (
	questionsIn struct {
		Offset int `query:"offset" minimum:"0" maximum:"1000000"`
	}
	decisionID struct {
		ID int64 `path:"id"`
	}
)

func (s *Server) decisionRoutes() {
	const role = hub.RoleEmployee
	handle(s, s.op(role, "GET", "/suggestions", "suggestions", "Records whose customer is a question"),
		func(ctx context.Context, v hub.Viewer, in *questionsIn) (*QuestionList, error) {
			return s.questions(ctx, v, in.Offset)
		})
	handle(s, s.op(role, "GET", "/decisions", "decisions", "Your decisions; an administrator sees those of all"),
		func(ctx context.Context, v hub.Viewer, _ *None) (*DecisionList, error) { return s.decisions(ctx, v) })
	handle(s, created(s.op(role, "POST", "/decisions", "decide", "Say what belongs together, or does not")),
		func(ctx context.Context, v hub.Viewer, in *body[DecisionInput]) (*Decided, error) {
			return s.decide(ctx, v, in.Body)
		})
	handleEmpty(s, s.op(role, "DELETE", "/decisions/{id}", "revoke", "Take a decision back"), http.StatusNoContent,
		func(ctx context.Context, in *decisionID) error { return s.revoke(ctx, viewerOf(ctx), in.ID) })
}

// questions lists what waits for a person. A question whose customers v may not
// see is none for v.
func (s *Server) questions(ctx context.Context, v hub.Viewer, offset int) (*QuestionList, error) {
	open, total, err := s.store.Suggestions(ctx, v, offset, questionsPerPage)
	if err != nil {
		return nil, err
	}
	list := &QuestionList{Suggestions: []Question{}}
	if offset+len(open) < total {
		list.Next = offset + len(open)
	}
	records := map[hub.RecordID]*hub.Record{}
	var ids []hub.RecordID
	for _, o := range open {
		records[o.Record] = &hub.Record{ID: o.Record, Links: o.Links}
		ids = append(ids, o.Record)
	}
	names, err := s.names(ctx, v, records)
	if err != nil {
		return nil, err
	}
	hits, err := s.hits(ctx, v, ids, "")
	for _, h := range hits {
		if customers := linkViews(records[h.ID].Links, names); len(customers) > 0 {
			list.Suggestions = append(list.Suggestions, Question{h, customers})
		}
	}
	return list, err
}

// decisions lists what v decided. They name numbers of departments, so that
// only an administrator who sees all departments gets those of others.
func (s *Server) decisions(ctx context.Context, v hub.Viewer) (*DecisionList, error) {
	all, err := s.store.Decisions(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(d hub.Decision) bool { return !mayDecideOver(v, d) })
	return &DecisionList{full(all)}, nil
}

func mayDecideOver(v hub.Viewer, d hub.Decision) bool {
	return d.By == v.User || v.All && permitted(v.Role, hub.RoleAdmin)
}

// decide saves a decision and has it applied.
func (s *Server) decide(ctx context.Context, v hub.Viewer, in DecisionInput) (*Decided, error) {
	d := hub.Decision{Kind: in.Decision, A: in.A, B: in.B, By: v.User, Why: in.Why, At: s.now()}
	if in.By != "" && permitted(v.Role, hub.RoleAdmin) {
		d.By = in.By
	}
	for _, ident := range []map[string]string{d.A, d.B} {
		if err := s.seesSource(ctx, v, ident["source"]); err != nil {
			return nil, err
		}
	}
	id, err := s.store.AddDecision(ctx, d)
	switch {
	case errors.Is(err, store.ErrDecision):
		return nil, invalid(err)
	case err != nil:
		return nil, err
	}
	return &Decided{id}, s.follow(ctx)
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
	if !slices.ContainsFunc(mine.Decisions, func(d hub.Decision) bool { return d.ID == id }) {
		return store.ErrNotFound
	}
	if err := s.store.RevokeDecision(ctx, id); err != nil {
		return err
	}
	return s.follow(ctx)
}

// follow has the linker look soon at what a decision changed.
func (s *Server) follow(ctx context.Context) error {
	if s.Follow == nil {
		return nil // the schedule does it
	}
	return s.Follow(ctx)
}

// tie decides whether a record and a customer, both of which v sees, belong
// together: kind is link.MustLink or link.CannotLink.
func (s *Server) tie(ctx context.Context, v hub.Viewer, kind, record string, customer hub.CustomerID) (*Decided, error) {
	r, err := s.rawRecord(ctx, v, record)
	if err != nil {
		return nil, err
	}
	c, err := s.store.Customer(ctx, v, customer)
	if err != nil {
		return nil, err
	}
	ident, err := s.store.IdentOfCustomer(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	d := hub.Decision{Kind: kind, A: map[string]string{link.KindRecord: r.Key, "source": r.SourceName}, B: ident, By: v.User, At: s.now()}
	id, err := s.store.AddDecision(ctx, d)
	if err != nil {
		return nil, err
	}
	return &Decided{id}, s.follow(ctx)
}

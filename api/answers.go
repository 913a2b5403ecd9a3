package api

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// Answers to a question.
const (
	answerYes   = "yes"   // they belong together
	answerNo    = "no"    // with none of those suggested
	answerLater = "later" // ask again in a week
)

// answer is what somebody says to one question.
type answer struct {
	question string
	say      string         // answerYes, answerNo, answerLater
	customer hub.CustomerID // for answerYes; 0 is the one suggested first
	only     bool           // of the one record shown, not of all that are alike
}

// outcome is what came of answers: what takes them back, and where to go on.
type outcome struct {
	batch     int64    // of what was decided; 0 if nothing was
	questions []string // that were answered or put off
	next      string   // the question that comes after them; "" if none is left
	late      bool     // somebody had answered one before, which stands
}

// answer settles questions. Those that are no longer there are passed over.
func (s *Server) answer(ctx context.Context, v hub.Viewer, answers []answer) (o outcome, err error) {
	open, err := s.store.Questions(ctx, v, false)
	if err != nil {
		return o, err
	}
	later, err := s.store.Questions(ctx, v, true)
	if err != nil {
		return o, err
	}
	byID := map[string]store.Question{}
	for _, q := range slices.Concat(open, later) {
		byID[q.ID] = q
	}
	var decided []hub.Decision
	var off, done []string
	for _, a := range answers {
		q, waits := byID[a.question]
		switch {
		case !waits:
			o.late = true
			continue
		case a.say == answerLater:
			off = append(off, q.ID)
			continue
		}
		ds, err := s.decisionsOf(ctx, v, q, a)
		if err != nil {
			return o, err
		}
		decided, done = append(decided, ds...), append(done, q.ID)
	}
	o.questions = slices.Concat(off, done)
	o.next = cmp.Or(nextOf(open, o.questions), nextOf(later, o.questions))
	s.waiting.forget()
	if err := s.store.Postpone(ctx, v.User, off, s.now().Add(laterFor)); err != nil || len(decided) == 0 {
		return o, err
	}
	if o.batch, err = s.sayTogether(ctx, v, decided); err != nil {
		return o, err
	}
	return o, s.store.Postpone(ctx, v.User, done, s.now().Add(answeredFor))
}

// sayTogether saves decisions of v's as one answer and has them followed. batch takes
// it back; 0 if all of it stood already.
func (s *Server) sayTogether(ctx context.Context, v hub.Viewer, ds []hub.Decision) (batch int64, err error) {
	if batch, err = s.store.NewBatch(ctx); err != nil {
		return 0, err
	}
	for i := range ds {
		ds[i].By, ds[i].At, ds[i].Batch = v.User, s.now(), batch
	}
	added, err := s.store.AddDecisions(ctx, ds)
	if err != nil {
		return 0, refused(err)
	}
	if added == 0 {
		batch = 0
	}
	return batch, s.follow(ctx)
}

// nextOf is the question that takes the place of the first of those answered, or
// the last where none does; "" if the list holds none of them, or nothing else.
func nextOf(list []store.Question, answered []string) string {
	is := func(q store.Question) bool { return slices.Contains(answered, q.ID) }
	at := slices.IndexFunc(list, is)
	rest := slices.DeleteFunc(slices.Clone(list), is)
	if at < 0 || len(rest) == 0 {
		return ""
	}
	return rest[min(at, len(rest)-1)].ID
}

// decisionsOf turns an answer into decisions.
func (s *Server) decisionsOf(ctx context.Context, v hub.Viewer, q store.Question, a answer) ([]hub.Decision, error) {
	limit := maxAnswered
	if a.only || q.Same != 0 {
		limit = 1
	}
	ids, err := s.store.QuestionRecords(ctx, v, q, limit)
	if err != nil {
		return nil, err
	}
	records, err := s.store.Records(ctx, v, ids)
	ids = slices.DeleteFunc(ids, func(id hub.RecordID) bool { return records[id] == nil }) // gone since
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	customers, err := s.answered(ctx, v, q, a, records[ids[0]])
	if err != nil {
		return nil, err
	}
	var out []hub.Decision
	for _, customer := range customers {
		ident, err := s.identOf(ctx, v, customer)
		if err != nil {
			return nil, err
		}
		if q.Same != 0 {
			own, err := s.identOf(ctx, v, q.Same)
			if err != nil {
				return nil, err
			}
			out = append(out, hub.Decision{Kind: kindOf(a, link.Merge), A: own, B: ident})
			continue
		}
		for _, id := range ids {
			out = append(out, hub.Decision{Kind: kindOf(a, link.MustLink), A: link.IdentOfRecord(records[id]), B: ident})
		}
	}
	return out, nil
}

func kindOf(a answer, yes string) string {
	if a.say == answerYes {
		return yes
	}
	return link.CannotLink
}

// answered lists the customers that the answer is about: the one chosen, or for
// a no all that were suggested and that v sees.
func (s *Server) answered(ctx context.Context, v hub.Viewer, q store.Question, a answer, r *hub.Record) ([]hub.CustomerID, error) {
	if a.say == answerYes {
		if a.customer == 0 {
			return []hub.CustomerID{q.Customer}, nil
		}
		if !slices.ContainsFunc(r.Links, func(l hub.Link) bool { return l.Suggested && l.Customer == a.customer }) {
			return nil, store.ErrNotFound
		}
		return []hub.CustomerID{a.customer}, nil
	}
	ids := make([]hub.CustomerID, len(r.Links))
	for i, l := range r.Links {
		ids[i] = l.Customer
	}
	names, err := s.store.CustomerNames(ctx, v, ids)
	var out []hub.CustomerID
	for _, l := range r.Links {
		if l.Suggested && names[l.Customer] != "" {
			out = append(out, l.Customer)
		}
	}
	return out, err
}

// takeBack undoes an answer of v's.
func (s *Server) takeBack(ctx context.Context, v hub.Viewer, batch int64) error {
	all, err := s.store.Decisions(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(d hub.Decision) bool { return d.Batch != batch || batch == 0 || !mayDecideOver(v, d) })
	if len(all) == 0 {
		return store.ErrNotFound
	}
	if err := s.store.RevokeBatch(ctx, v.User, batch); err != nil {
		return err
	}
	return s.apply(ctx, all[0])
}

// linkedWait is how long a page that shows what came of a decision waits for the linker.
const linkedWait = 2 * time.Second

// awaitLinked waits a little until all is linked, so that the page that follows
// shows links as they were decided. A linker that has more to do is not waited for.
func (s *Server) awaitLinked(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := s.now().Add(min(linkedWait, s.ReceiptWait))
	for {
		all, err := s.store.AllLinked(ctx)
		if err != nil || all || !s.now().Before(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// waiting remembers for a moment how much waits for each user, since every page
// shows it.
type waiting struct {
	mu    sync.Mutex
	count map[string]waitingCount
}

type waitingCount struct {
	n    int
	till time.Time
}

// waitingFor is how long a count is good.
const waitingFor = 20 * time.Second

func (w *waiting) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count = map[string]waitingCount{}
}

func (w *waiting) set(user string, n int, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count[user] = waitingCount{n, now.Add(waitingFor)}
}

// waits counts what waits for v. A count that cannot be had is none: the page is
// shown without it.
func (s *Server) waits(ctx context.Context, v hub.Viewer) int {
	now := s.now()
	s.waiting.mu.Lock()
	known, ok := s.waiting.count[v.User]
	s.waiting.mu.Unlock()
	if ok && now.Before(known.till) {
		return known.n
	}
	all, err := s.store.Questions(ctx, v, false)
	if err != nil {
		s.log.Warn("count questions", "error", err)
		return 0
	}
	columns, err := s.store.ColumnQuestions(ctx, v)
	if err != nil {
		s.log.Warn("count questions about columns", "error", err)
	}
	n := len(all) + len(columns)
	s.waiting.set(v.User, n, now)
	return n
}

// Preview tells what a decision would move.
type Preview struct {
	Moves []MoveView `json:"moves" doc:"The first of the records that the caller may see."`
	Total int        `json:"total" doc:"How many records that the caller may see would move."`
	Whole bool       `json:"whole" doc:"False when more would have to be looked at than a preview may."`
}

// Unlisted is how many records move besides those that are listed.
func (p *Preview) Unlisted() int { return p.Total - len(p.Moves) }

// MoveView is a record that would go from one customer to another.
type MoveView struct {
	Record Hit    `json:"record"`
	From   *Named `json:"from,omitempty" doc:"Absent: it has none."`
	To     *Named `json:"to,omitempty" doc:"Absent: it will have none, or a customer that is new."`
	New    bool   `json:"new,omitempty" doc:"It goes to a customer that does not exist yet."`
}

// previewShown is how many moves a preview lists.
const previewShown = 50

// preview tries decisions out and tells what would move of what v may see.
func (s *Server) preview(ctx context.Context, v hub.Viewer, ds []hub.Decision) (*Preview, error) {
	moves, whole, err := s.Preview(ctx, ds)
	if err != nil {
		return nil, refused(err)
	}
	ids := make([]hub.RecordID, len(moves))
	var customers []hub.CustomerID
	for i, m := range moves {
		ids[i] = m.Record
		customers = append(customers, m.From, m.To)
	}
	records, err := s.store.Records(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	names, err := s.store.CustomerNames(ctx, v, customers)
	if err != nil {
		return nil, err
	}
	p := &Preview{Moves: []MoveView{}, Whole: whole}
	for _, m := range moves {
		r := records[m.Record]
		if r == nil {
			continue
		}
		if p.Total++; p.Total > previewShown {
			continue
		}
		view := MoveView{Record: hitOf(r, names, nil, asStored), New: m.To != 0 && names[m.To] == ""}
		if name := names[m.From]; name != "" {
			view.From = &Named{m.From, name}
		}
		if name := names[m.To]; name != "" {
			view.To = &Named{m.To, name}
		}
		p.Moves = append(p.Moves, view)
	}
	return p, nil
}

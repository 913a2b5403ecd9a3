package api

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// reviewBody is the page of what waits for a person.
type reviewBody struct {
	Questions  []Question
	Columns    []store.ColumnQuestion // of which it is unsure what they hold
	Roles      []string               // that a column may have
	Total      int
	Later      bool // those that were put off are shown
	Offset     int
	Prev, Next string
	Mine       []decisionLine
	Conflicts  [][]decisionLine
}

// decisionLine is a decision with what it is about.
type decisionLine struct {
	hub.Decision
	Sides []decisionSide
}

// mineShown is how many of the latest decisions the page lists.
const mineShown = 10

func (s *Server) reviewPage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	b := reviewBody{Later: c.Query("later") != "", Offset: reviewOffset(c.Query("offset"))}
	list, err := s.questions(ctx, v, s.language(c), b.Offset, b.Later)
	if err != nil {
		s.fail(c, err)
		return
	}
	b.Questions, b.Total = list.Suggestions, list.waits
	b.Columns, b.Roles = list.Columns, hub.Roles()
	if list.Next > 0 {
		b.Next = reviewAddress(list.Next, b.Later, nil)
	}
	if b.Offset > 0 {
		b.Prev = reviewAddress(min(b.Offset, list.Total+questionsPerPage-1)/questionsPerPage*questionsPerPage-questionsPerPage, b.Later, nil)
	}
	mine, err := s.decisions(ctx, v)
	if err != nil {
		s.fail(c, err)
		return
	}
	own := slices.DeleteFunc(mine.Decisions, func(d hub.Decision) bool { return d.By != v.User })
	slices.Reverse(own)
	lines, err := s.decisionLines(ctx, v, append([][]hub.Decision{own[:min(len(own), mineShown)]}, mine.Conflicts...))
	if err != nil {
		s.fail(c, err)
		return
	}
	b.Mine, b.Conflicts = lines[0], lines[1:]
	p := page{Title: s.text(c, "review.title"), Nav: "review", Notice: notice(c), Body: b}
	if undo := undoOf(c); undo != nil {
		p.Undo, p.Notice = undo, "review.done"
		if undo.Batch == 0 {
			p.Notice = "review.put.off"
		}
		if len(undo.Questions) > 0 {
			undo.Back += "#q-" + undo.Questions[0]
		} else if at := c.Query("column"); at != "" {
			undo.Back += "#column-" + at
		}
	}
	s.show(c, http.StatusOK, "review", p)
}

// decisionLines tells groups of decisions by what they are about, as far as v may see it.
func (s *Server) decisionLines(ctx context.Context, v hub.Viewer, groups [][]hub.Decision) ([][]decisionLine, error) {
	all, err := s.sidesOf(ctx, v, slices.Concat(groups...))
	if err != nil {
		return nil, err
	}
	out := make([][]decisionLine, len(groups))
	for g, group := range groups {
		for _, d := range group {
			out[g] = append(out[g], decisionLine{d, all[0]})
			all = all[1:]
		}
	}
	return out, nil
}

func reviewOffset(text string) int {
	offset, _ := strconv.Atoi(text)
	return max(0, min(offset, 1_000_000))
}

// reviewAddress is a page of questions, with more to say in its address.
func reviewAddress(offset int, later bool, q url.Values) string {
	all := url.Values{}
	maps.Copy(all, q)
	if offset > 0 {
		all.Set("offset", strconv.Itoa(offset))
	}
	if later {
		all.Set("later", "1")
	}
	if len(all) == 0 {
		return "/review"
	}
	return "/review?" + all.Encode()
}

// undoOf is what was just said and can be taken back, as the address tells; nil if nothing was.
func undoOf(c *gin.Context) *undo {
	u := &undo{Questions: c.QueryArray("question")}
	u.Batch, _ = strconv.ParseInt(c.Query("undo"), 10, 64)
	if u.Batch == 0 && len(u.Questions) == 0 {
		return nil
	}
	q := c.Request.URL.Query()
	for _, said := range []string{"undo", "question", "column", "done"} {
		q.Del(said)
	}
	u.Back = (&url.URL{Path: c.Request.URL.Path, RawQuery: q.Encode()}).String()
	return u
}

// reviewPost takes answers: one, by the button of a question, or one for all
// questions that are ticked.
func (s *Server) reviewPost(c *gin.Context) {
	ctx := c.Request.Context()
	var answers []answer
	if all := c.PostForm("bulk"); all != "" {
		for _, q := range c.PostFormArray("question") {
			answers = append(answers, answer{question: q, say: all})
		}
	} else {
		a, err := readAnswer(c.PostForm("do"))
		if err != nil {
			s.fail(c, err)
			return
		}
		answers = append(answers, a)
	}
	if slices.ContainsFunc(answers, func(a answer) bool { return !slices.Contains([]string{answerYes, answerNo, answerLater}, a.say) }) {
		s.fail(c, store.ErrNotFound)
		return
	}
	got, err := s.answer(ctx, viewerOf(ctx), answers)
	if err != nil {
		s.fail(c, err)
		return
	}
	q := url.Values{}
	if len(got.questions) > 0 {
		q["question"] = got.questions
	}
	if got.batch != 0 {
		q.Set("undo", strconv.FormatInt(got.batch, 10))
	}
	to := reviewAddress(reviewOffset(c.PostForm("offset")), c.PostForm("later") != "", q)
	if got.next != "" {
		to += "#q-" + got.next
	}
	c.Redirect(http.StatusSeeOther, to)
}

// readAnswer reads the value of a button: "yes ID c5", "one ID c5", "no ID", "later ID".
func readAnswer(text string) (a answer, err error) {
	part := strings.Split(text, " ")
	if len(part) < 2 {
		return a, store.ErrNotFound
	}
	a = answer{say: part[0], question: part[1]}
	if a.say == "one" {
		a.say, a.only = answerYes, true
	}
	if a.say != answerYes {
		return a, nil
	}
	if len(part) != 3 {
		return a, store.ErrNotFound
	}
	if a.customer, err = hub.ParseCustomerID(part[2]); err != nil {
		return a, store.ErrNotFound
	}
	return a, nil
}

// reviewUndo takes back an answer, or a single decision, and goes to where it was given.
func (s *Server) reviewUndo(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	number := func(name string) int64 { n, _ := strconv.ParseInt(c.PostForm(name), 10, 64); return n }
	questions := c.PostFormArray("question")
	var err error
	switch decision, batch := number("decision"), number("batch"); {
	case decision != 0:
		err = s.revoke(ctx, v, decision)
	case batch != 0 || len(questions) == 0:
		err = s.takeBack(ctx, v, batch)
	}
	if err == nil {
		s.waiting.forget()
		err = s.store.Recall(ctx, v.User, questions)
	}
	if err == nil {
		err = s.awaitLinked(ctx)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, withNotice(local(c.PostForm("back"), "/review"), "undone", 0))
}

// withNotice is an address on which it stands what was just done, and what takes
// that back if batch is not 0.
func withNotice(to, done string, batch int64) string {
	u, err := url.Parse(to)
	if err != nil {
		return to
	}
	q := u.Query()
	q.Set("done", done)
	q.Del("undo")
	if batch != 0 {
		q.Set("undo", strconv.FormatInt(batch, 10))
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// mergeBody is the page on which two customers become one.
type mergeBody struct {
	Customer *CustomerProfile
	Q        string
	Found    []CustomerCard
	With     *CustomerProfile
	Kind     string
	Kinds    []string
	Numbers  []string // organisation numbers of both, where they differ: mostly two companies
	Preview  *Preview
}

// numbersApart are the organisation numbers of two customers that have none in common.
func numbersApart(a, b *CustomerProfile) []string {
	numbersOf := func(c *CustomerProfile) (out []string) {
		for _, id := range c.Idents {
			if id.Kind == hub.IdentOrgNo {
				out = append(out, id.Value)
			}
		}
		return out
	}
	one, two := numbersOf(a), numbersOf(b)
	if len(one) == 0 || len(two) == 0 || slices.ContainsFunc(one, func(n string) bool { return slices.Contains(two, n) }) {
		return nil
	}
	return []string{one[0], two[0]}
}

var mergeKinds = []string{link.Merge, link.SuccessorOf, link.SubunitOf}

// mergePage finds the other customer, then shows both and what would move.
func (s *Server) mergePage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	profile, err := s.customer(ctx, v, c.Param("id"))
	if err != nil {
		s.failOrMove(c, err, "/merge")
		return
	}
	b := mergeBody{Customer: profile, Q: c.Query("q"), Kind: link.Merge, Kinds: mergeKinds}
	if kind := c.Query("kind"); slices.Contains(mergeKinds, kind) {
		b.Kind = kind
	}
	var wrong error
	switch with := c.Query("with"); {
	case with != "":
		if b.With, err = s.customer(ctx, v, with); err == nil {
			b.Numbers = numbersApart(profile, b.With)
			b.Preview, err = s.previewMerge(c, b.Kind, profile.ID, b.With.ID)
		}
		wrong = err
	default:
		if b.Found, err = s.others(ctx, v, profile, b.Q); err != nil {
			s.fail(c, err)
			return
		}
	}
	if wrong != nil && b.With == nil {
		s.fail(c, wrong)
		return
	}
	s.show(c, http.StatusOK, "merge", page{Title: s.text(c, "merge.title", profile.Name), Nav: "customers", Wrong: s.say(c, wrong), Body: b})
}

// others finds the customers that one may be the same as: by words or a number,
// or, where nothing is asked for, those of similar names.
func (s *Server) others(ctx context.Context, v hub.Viewer, than *CustomerProfile, q string) ([]CustomerCard, error) {
	if q == "" {
		q = strings.Join(link.ParseName(than.Name).Words, " ")
	}
	found, err := s.Index.Search(ctx, indexer.Query{Viewer: v, Text: q, Customers: othersShown, Limit: 1, Uncounted: true})
	if err != nil {
		return nil, err
	}
	cards, err := s.cards(ctx, v, customerIDs(found.Customers))
	return slices.DeleteFunc(cards, func(card CustomerCard) bool { return card.ID == than.ID }), err
}

// othersShown is how many customers a merge offers, the one itself among them.
const othersShown = 12

func (s *Server) previewMerge(c *gin.Context, kind string, a, with hub.CustomerID) (*Preview, error) {
	ctx := c.Request.Context()
	d, err := s.mergeOf(c, kind, a, with)
	if err != nil || kind == link.SubunitOf {
		return nil, err
	}
	return s.preview(ctx, viewerOf(ctx), []hub.Decision{d})
}

func (s *Server) mergeOf(c *gin.Context, kind string, a, with hub.CustomerID) (hub.Decision, error) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	one, err := s.identOf(ctx, v, a)
	if err != nil {
		return hub.Decision{}, err
	}
	two, err := s.identOf(ctx, v, with)
	return hub.Decision{Kind: kind, A: one, B: two, By: v.User, At: s.now(), Why: shortened(c.PostForm("why"))}, err
}

// shortened keeps a reason to the length that the interface for programs takes.
func shortened(why string) string {
	runes := []rune(strings.TrimSpace(why))
	return string(runes[:min(len(runes), 1000)])
}

func (s *Server) mergePost(c *gin.Context) {
	ctx := c.Request.Context()
	id, err := hub.ParseCustomerID(c.Param("id"))
	with, err2 := hub.ParseCustomerID(c.PostForm("with"))
	kind := c.PostForm("kind")
	if err != nil || err2 != nil || !slices.Contains(mergeKinds, kind) {
		s.fail(c, store.ErrNotFound)
		return
	}
	d, err := s.mergeOf(c, kind, id, with)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.decideOnPage(c, viewerOf(ctx), []hub.Decision{d})
}

// decideOnPage saves decisions as one answer and goes to where they can be taken back.
func (s *Server) decideOnPage(c *gin.Context, v hub.Viewer, ds []hub.Decision) {
	ctx := c.Request.Context()
	batch, err := s.store.NewBatch(ctx)
	if err != nil {
		s.fail(c, err)
		return
	}
	for i := range ds {
		ds[i].By, ds[i].At, ds[i].Batch = v.User, s.now(), batch
	}
	if _, err := s.store.AddDecisions(ctx, ds); err != nil {
		s.fail(c, refused(err))
		return
	}
	if err := s.follow(ctx); err != nil {
		s.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/review?undo="+strconv.FormatInt(batch, 10))
}

// splitBody is the page on which a part of a customer becomes one of its own.
type splitBody struct {
	Customer *CustomerProfile
	Values   []hub.Ident // by which a part can be told
	Hits     []Hit       // records that were ticked on other pages of the history, then a page of it
	Cursor   string      // of that page
	More     string      // cursor of the next one, "" at the end
	Picks    []field     // values and records that are ticked
	Preview  *Preview
}

// splitPerPage is how many records of the history a page offers.
const splitPerPage = 100

// pick ticks values or records.
func (b *splitBody) pick(name string, list []string) {
	for _, value := range list {
		if !b.Picked(name, value) {
			b.Picks = append(b.Picks, field{name, value})
		}
	}
}

// Picked reports whether a value or record is ticked.
func (b *splitBody) Picked(name, value string) bool {
	return slices.Contains(b.Picks, field{name, value})
}

// splitKinds are the idents by which a part of a customer can be told.
var splitKinds = map[string]string{
	hub.IdentEmail: hub.IdentEmail, hub.IdentWeb: link.KindDomain, hub.IdentPhone: hub.IdentPhone, hub.IdentOrgNo: hub.IdentOrgNo, hub.IdentName: hub.IdentName,
}

func (s *Server) splitPage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	profile, err := s.customer(ctx, v, c.Param("id"))
	if err != nil {
		s.failOrMove(c, err, "/split")
		return
	}
	more := c.Query("more") // the button for the next page sends what is ticked along
	b := splitBody{Customer: profile, Cursor: cmp.Or(more, c.Query("cursor"))}
	values, records := c.QueryArray("value"), c.QueryArray("record")
	b.pick("value", values)
	b.pick("record", records)
	history, err := s.history(ctx, v, HistoryInput{ID: profile.ID.String(), Cursor: b.Cursor, PerPage: splitPerPage})
	if err == nil {
		b.More = history.Next
		elsewhere := slices.DeleteFunc(recordIDs(records), func(id hub.RecordID) bool {
			return slices.ContainsFunc(history.Hits, func(h Hit) bool { return h.ID == id })
		})
		b.Hits, err = s.hits(ctx, v, elsewhere, "")
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	b.Hits = append(b.Hits, history.Hits...)
	for _, f := range profile.Faces {
		for _, id := range append([]hub.Ident{{Kind: hub.IdentName, Value: f.Name}}, f.Idents...) {
			if splitKinds[id.Kind] != "" && (id.Kind != hub.IdentName || f.Named) && !slices.Contains(b.Values, id) {
				b.Values = append(b.Values, id)
			}
		}
	}
	var wrong error
	if len(b.Picks) > 0 && more == "" {
		var ds []hub.Decision
		if ds, wrong = s.splitOf(c, profile.ID, values, records); wrong == nil {
			b.Preview, wrong = s.preview(ctx, v, ds)
		}
	}
	s.show(c, http.StatusOK, "split", page{Title: s.text(c, "split.title", profile.Name), Nav: "customers", Wrong: s.say(c, wrong), Body: &b})
}

// splitOf are the decisions that make what is picked a customer of its own: the
// first is split off, the others belong to it.
func (s *Server) splitOf(c *gin.Context, from hub.CustomerID, values, records []string) ([]hub.Decision, error) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	whole, err := s.identOf(ctx, v, from)
	if err != nil {
		return nil, err
	}
	var parts []map[string]string
	for _, value := range values {
		kind, text, _ := strings.Cut(value, " ")
		if splitKinds[kind] == "" || text == "" {
			return nil, store.ErrNotFound
		}
		parts = append(parts, map[string]string{splitKinds[kind]: text})
	}
	for _, id := range records {
		r, err := s.rawRecord(ctx, v, id)
		if err != nil {
			return nil, err
		}
		parts = append(parts, link.IdentOfRecord(r))
	}
	if len(parts) == 0 || len(parts) > maxAnswered {
		return nil, invalid(errors.New(s.text(c, "split.pick")))
	}
	why := shortened(c.PostForm("why"))
	ds := []hub.Decision{{Kind: link.Split, A: parts[0], B: whole, Why: why}}
	for _, p := range parts[1:] {
		ds = append(ds, hub.Decision{Kind: link.MustLink, A: p, B: parts[0], Why: why})
	}
	for i := range ds {
		ds[i].By = v.User
	}
	return ds, nil
}

func (s *Server) splitPost(c *gin.Context) {
	profile, err := s.customer(c.Request.Context(), viewerOf(c.Request.Context()), c.Param("id"))
	if err == nil {
		var ds []hub.Decision
		if ds, err = s.splitOf(c, profile.ID, c.PostFormArray("value"), c.PostFormArray("record")); err == nil {
			s.decideOnPage(c, viewerOf(c.Request.Context()), ds)
			return
		}
	}
	s.fail(c, err)
}

// eventsBody is the page of what happened to a customer.
type eventsBody struct {
	Customer *CustomerProfile
	Events   []eventLine
}

// eventLine is an event with the names of what it is about.
type eventLine struct {
	hub.Event
	Title string // of the record
	Other *Named
	Here  bool // the event is the customer's own, and not the other's
}

func (s *Server) eventsPage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	profile, err := s.customer(ctx, v, c.Param("id"))
	if err != nil {
		s.failOrMove(c, err, "/events")
		return
	}
	all, err := s.store.Events(ctx, v, profile.ID, 200)
	if err != nil {
		s.fail(c, err)
		return
	}
	b := eventsBody{Customer: profile}
	if b.Events, err = s.eventLines(c, v, profile.ID, all); err != nil {
		s.fail(c, err)
		return
	}
	s.show(c, http.StatusOK, "events", page{Title: s.text(c, "events.title", profile.Name), Nav: "customers", Body: b})
}

func (s *Server) eventLines(c *gin.Context, v hub.Viewer, id hub.CustomerID, all []hub.Event) ([]eventLine, error) {
	ctx := c.Request.Context()
	var records []hub.RecordID
	var customers []hub.CustomerID
	for _, e := range all {
		records = append(records, e.Record)
		customers = append(customers, e.Customer, e.Other)
	}
	known, err := s.store.Records(ctx, v, records)
	if err != nil {
		return nil, err
	}
	names, err := s.store.CustomerNames(ctx, v, customers)
	if err != nil {
		return nil, err
	}
	lines := make([]eventLine, len(all))
	for i, e := range all {
		lines[i] = eventLine{Event: e, Here: e.Customer == id}
		if r := known[e.Record]; r != nil {
			lines[i].Title = titleOf(r)
		}
		other := e.Other
		if !lines[i].Here {
			other = e.Customer
		}
		if name := names[other]; name != "" && other != id {
			lines[i].Other = &Named{other, name}
		}
	}
	return lines, nil
}

package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
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
	} else if got.late {
		q.Set("done", "late")
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

// shortened keeps a reason to the length that the interface for programs takes.
func shortened(why string) string {
	runes := []rune(strings.TrimSpace(why))
	return string(runes[:min(len(runes), 1000)])
}

// decideOnPage saves decisions as one answer and goes to the customer that they are
// about, or the one it has become part of, where they can be taken back.
func (s *Server) decideOnPage(c *gin.Context, v hub.Viewer, ds []hub.Decision) {
	ctx := c.Request.Context()
	batch, err := s.sayTogether(ctx, v, ds)
	if err == nil {
		err = s.awaitLinked(ctx)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	to := "/review"
	var moved *store.MovedError
	if id, err := hub.ParseCustomerID(c.Param("id")); err == nil {
		if _, err := s.store.Customer(ctx, v, id); err == nil || errors.As(err, &moved) {
			to = "/customers/" + id.String()
		}
	}
	c.Redirect(http.StatusSeeOther, withNotice(to, "decided", batch))
}

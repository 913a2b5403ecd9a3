package api

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"samsyn/internal/link"
)

// columnPost takes what somebody says a column holds.
func (s *Server) columnPost(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	role := c.PostForm("role")
	if role == "" {
		role = c.PostForm("other")
	}
	d, err := s.decision(ctx, v, DecisionInput{
		Decision: link.ColumnRole,
		A:        map[string]string{"source": c.PostForm("source"), "table": c.PostForm("table"), "column": c.PostForm("column")},
		B:        map[string]string{"role": role},
	})
	if err == nil {
		d.Batch, err = s.store.NewBatch(ctx)
	}
	if err == nil {
		_, err = s.store.AddDecision(ctx, d)
		err = refused(err)
	}
	if err == nil {
		err = s.apply(ctx, d)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	left, err := s.store.ColumnQuestions(ctx, v)
	if err != nil {
		s.fail(c, err)
		return
	}
	at, _ := strconv.Atoi(c.PostForm("at"))
	to := reviewAddress(0, false, url.Values{"undo": {strconv.FormatInt(d.Batch, 10)}, "column": {strconv.Itoa(at)}})
	if len(left) > 0 {
		to += "#column-" + strconv.Itoa(max(0, min(at, len(left)-1)))
	}
	c.Redirect(http.StatusSeeOther, to)
}

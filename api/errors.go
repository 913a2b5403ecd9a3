package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// fault is an error that already knows its status and its words.
type fault struct {
	status int
	detail string
}

func (f *fault) Error() string { return f.detail }

func refuse(status int, detail string) error { return &fault{status, detail} }

// invalid is the answer to input that cannot be used as it is, about the field
// that err is about.
func invalid(err error) error {
	return hub.At(hub.FieldOf(err), refuse(http.StatusUnprocessableEntity, err.Error()))
}

// unreadable is the answer to who wants a source saved only if it can be read,
// when it cannot.
type unreadable struct{ err error }

func (u *unreadable) Error() string { return connectors.ReasonOf(u.err) }
func (u *unreadable) Unwrap() error { return u.err }

// needsRole is the answer to who lacks the role that something needs.
type needsRole struct{ role string }

func (n *needsRole) Error() string { return "This needs the role " + n.role + "." }

// mapError is the one place where errors become a status and words for people.
// An error it does not know is ours: its text goes to the log alone.
func mapError(err error) (status int, detail string) {
	var f *fault
	var broken *connectors.Error
	var merged *store.MovedError
	var needs *needsRole
	var unread *unreadable
	switch {
	case errors.As(err, &f):
		return f.status, f.detail
	case errors.As(err, &unread):
		return http.StatusUnprocessableEntity, unread.Error()
	case errors.As(err, &needs):
		return http.StatusForbidden, needs.Error()
	case errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound, "There is no such thing, or you may not see it."
	case errors.As(err, &merged):
		return http.StatusConflict, "The customer was merged into another: load its page again."
	case errors.Is(err, store.ErrExists):
		return http.StatusConflict, "The name is taken: choose another."
	case errors.Is(err, store.ErrBusy):
		return http.StatusConflict, "The source is being read right now: try again in a moment."
	case errors.Is(err, store.ErrUnderWay):
		return http.StatusConflict, "Records are being linked right now: try again in a moment."
	case errors.Is(err, store.ErrCursor):
		return http.StatusBadRequest, "The cursor is not one that this list gave out: begin without one."
	case errors.As(err, &broken):
		return http.StatusBadGateway, broken.Reason
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout, "It took too long: narrow the question, or try again."
	case errors.Is(err, context.Canceled):
		return statusClientGone, "The caller went away."
	}
	return http.StatusInternalServerError, oursDetail
}

const oursDetail = "Something went wrong on our side. It has been noted in the log."

// statusClientGone is what nginx logs when the caller hung up; nobody reads it.
const statusClientGone = 499

// newProblem builds the problem document of RFC 9457.
func newProblem(status int, detail string) *huma.ErrorModel {
	title := http.StatusText(status)
	if title == "" {
		title = "Error"
	}
	return &huma.ErrorModel{Type: "about:blank", Title: title, Status: status, Detail: detail}
}

// problem turns the error of a handler into its answer and notes what is ours.
func (s *Server) problem(ctx context.Context, err error) error {
	status, detail := mapError(err)
	if status >= http.StatusInternalServerError {
		s.log.LogAttrs(ctx, slog.LevelError, "request failed", slog.Any("error", err), slog.String("user", viewerOf(ctx).User))
	}
	return newProblem(status, detail)
}

// abort answers a request that no huma operation handles.
func abort(c *gin.Context, status int, detail string) {
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(status, newProblem(status, detail))
}

// completeProblem puts the words of a failed validation into the detail, where
// RFC 9457 wants them, and takes out the values, which may be secret.
func completeProblem(_ huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*huma.ErrorModel)
	if !ok || p.Type != "" {
		return v, nil
	}
	done := *p
	done.Type = "about:blank"
	var words []string
	done.Errors = nil
	for _, e := range p.Errors {
		words = append(words, strings.TrimPrefix(e.Location+": ", ": ")+e.Message)
		done.Errors = append(done.Errors, &huma.ErrorDetail{Message: e.Message, Location: e.Location})
	}
	if len(words) > 0 {
		done.Detail += ": " + strings.Join(words, "; ")
	}
	return &done, nil
}

// permitted reports whether someone with the role have may do what role want
// may: an administrator may do all, IT what an employee may.
func permitted(have, want string) bool {
	rank := map[string]int{hub.RoleEmployee: 1, hub.RolePrivacy: 1, hub.RoleIT: 2, hub.RoleAdmin: 3}
	return rank[have] >= rank[want]
}

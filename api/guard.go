package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"samsyn/internal/hub"
)

const (
	maxBody     = 1 << 20          // bytes, uploads excepted
	requestTime = 30 * time.Second // long routes excepted
	bodyTime    = 30 * time.Second // in which a body must have come, or of an upload the next bytes
)

// uploadRoute is the one that takes files.
const uploadRoute = prefix + "/departments/:department/files"

// long are the routes that may take as long as the bytes take, or go on for ever.
var long = map[string]bool{uploadRoute: true, prefix + "/records/:id/original": true, prefix + "/events": true}

// policy lets pages use what this server gives out, and nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets the headers every answer carries and the bounds every request has.
func (s *Server) guard(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if s.ending.Load() {
		h.Set("Connection", "close")
	}
	if s.secure || c.Request.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	limit := int64(maxBody)
	body := &timedBody{ReadCloser: c.Request.Body, conn: http.NewResponseController(c.Writer), until: time.Now().Add(s.bodyTime)}
	if c.FullPath() == uploadRoute {
		limit, body.each = s.MaxUpload, s.bodyTime
	}
	if c.Request.ContentLength != 0 { // also of a body that nobody reads: the server does, to keep the connection
		body.conn.SetReadDeadline(body.until)
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, body, limit)
	if !long[c.FullPath()] {
		ctx, cancel := context.WithTimeout(c.Request.Context(), requestTime)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
	}
	c.Next()
}

// timedBody is a body whose bytes must come in time: all of them until, or each
// within a while after those before. A connection on which they do not is cut off.
type timedBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	until time.Time
	each  time.Duration // 0: all until
}

func (b *timedBody) Read(p []byte) (int, error) {
	if b.each > 0 {
		b.until = time.Now().Add(b.each)
	}
	b.conn.SetReadDeadline(b.until) // fails on no connection that a server has
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { // past it, a deadline would end the request that is being answered
		b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// observe times every request by its route. Queries and addresses of things
// stay out of the log: they tell what people look for.
func (s *Server) observe(c *gin.Context) {
	start := time.Now()
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	took := time.Since(start)
	method := methodOf(c.Request)
	s.calls.WithLabelValues(method, route, strconv.Itoa(c.Writer.Status())).Observe(took.Seconds())
	s.log.Debug("request", "method", method, "route", route, "status", c.Writer.Status(), "took", took)
}

// methodOf is the method of a request, "other" for one that anybody may have
// invented: each is a series of its own, which takes memory for ever.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// recover answers for a handler that panicked.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler {
			panic(p)
		}
		s.log.Error("handler panicked", "panic", p, "route", c.FullPath(), "stack", string(debug.Stack()))
		if !c.Writer.Written() {
			abort(c, http.StatusInternalServerError, oursDetail)
		}
	}()
	c.Next()
}

// health answers for the machinery around the server, which does not log in.
func (s *Server) health() {
	s.engine.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "alive"}) })
	s.engine.GET("/readyz", s.readyz)
	s.engine.GET("/metrics", s.scraper, gin.WrapH(promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{})))
}

// scraper lets those read the metrics who run the sources, since they name every
// source: by a bearer token, or without one from this machine itself.
func (s *Server) scraper(c *gin.Context) {
	who, known := callerOf(c.Request.Context())
	switch {
	case known && permitted(who.user.Role, hub.RoleIT), !known && fromThisMachine(c.Request):
	case known: // also from this machine: the names are of all departments
		abort(c, http.StatusForbidden, (&needsRole{hub.RoleIT}).Error())
	default:
		c.Header("WWW-Authenticate", "Bearer")
		abort(c, http.StatusUnauthorized, "Send a bearer token of a user with the role "+hub.RoleIT+".")
	}
}

// fromThisMachine reports whether a request came over loopback, and not through
// a proxy that stands there.
func fromThisMachine(r *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && addr.Addr().Unmap().IsLoopback()
}

// readyz names every part and whether it answers; why one does not is in the log.
func (s *Server) readyz(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 5*time.Second)
	defer cancel()
	status, parts := http.StatusOK, gin.H{}
	if s.ending.Load() {
		status, parts["server"] = http.StatusServiceUnavailable, "is about to end"
	}
	for name, answers := range s.Ready {
		parts[name] = "ready"
		if err := answers(ctx); err != nil {
			status, parts[name] = http.StatusServiceUnavailable, "does not answer"
			s.log.Warn("not ready", "part", name, "error", err)
		}
	}
	c.JSON(status, parts)
}

func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(newProblem(status, detail))
}

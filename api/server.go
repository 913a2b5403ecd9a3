// Package api is the HTTP border of Samsyn: the JSON interface under /api/v1
// and the pages, both from one router.
//
// # Files
//
//	server.go    Deps, Server, the handlers it offers
//	routes.go    the table of JSON operations; OpenAPI is made from it
//	guard.go     what every request passes: limits, headers, cross-origin check, log
//	auth.go      who calls: sessions, bearer tokens, login links, throttling
//	errors.go    errors to status and words, the only place
//	search.go people.go customers.go records.go sources.go decisions.go files.go users.go events.go
//	             one group of operations each
//	saved.go export.go
//	             searches that users keep, and results as workbooks
//	pages*.go    the pages; package web holds templates, styles and words
//
// Every read takes the viewer. What a viewer may not see does not exist: it is
// missing from hits, counts, names and reasons, and its address answers 404.
package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"samsyn/api/web"
	"samsyn/connectors"
	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// Searcher answers searches; an indexer.Index is one.
type Searcher interface {
	Search(ctx context.Context, q indexer.Query) (*indexer.Result, error)
}

// Deps is all that the server needs.
type Deps struct {
	Store    *store.Store
	Index    Searcher
	Registry *connectors.Registry

	// Sync asks the workers to look at a source, SyncAll at all of them, Relink
	// and Reindex to begin again. They return when the work is noted, not done.
	// Follow asks that what changed be linked and indexed soon; nil leaves it to
	// the schedule.
	Sync    func(ctx context.Context, id hub.SourceID) error
	SyncAll func(ctx context.Context) error
	Relink  func(ctx context.Context) error
	Reindex func(ctx context.Context) error
	Follow  func(ctx context.Context) error

	// Preview tells what decisions would move, and whether that is all.
	Preview func(ctx context.Context, ds []hub.Decision) (moves []store.Move, whole bool, err error)

	// AccessLog takes who looked at what; nil keeps none. Close writes the rest of it.
	AccessLog *store.AccessLog

	// Ready names the parts that must answer before the server is ready.
	Ready map[string]func(ctx context.Context) error

	Metrics interface {
		prometheus.Registerer
		prometheus.Gatherer
	}
	Log     *slog.Logger
	Version string
	Now     func() time.Time
	Zone    *time.Location // in which pages show times

	Secure         bool     // browsers reach the server by TLS, through a proxy
	TrustedProxies []string // addresses or networks whose X-Forwarded-For is believed
	MaxUpload      int64    // bytes of one upload; 256 MiB if zero
	MaxExport      int      // hits of a search that a workbook holds; 5,000 if zero

	ReceiptWait time.Duration // how long an upload waits to tell what was read of it; 8 s if zero
}

// Server answers HTTP requests.
type Server struct {
	Deps
	store  *store.Store
	log    *slog.Logger
	now    func() time.Time
	secure bool
	site   *web.Site
	engine *gin.Engine
	api    huma.API
	feed   *feed
	news   news
	calls  *prometheus.HistogramVec
	ending atomic.Bool

	waiting  waiting
	scopes   scopes
	notes    *notes
	bodyTime time.Duration // bodyTime, but for tests
	hashing  chan struct{} // holds one for each password that is being hashed
	comers   comers
}

// New builds the server. Its error says which template, route or dependency is at fault.
func New(d Deps) (*Server, error) {
	site, err := web.New(d.Zone)
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	if d.MaxExport == 0 {
		d.MaxExport = 5000
	}
	if d.MaxUpload == 0 {
		d.MaxUpload = 256 << 20
	}
	if d.ReceiptWait == 0 {
		d.ReceiptWait = 8 * time.Second
	}
	s := &Server{Deps: d, store: d.Store, log: d.Log, now: d.Now, secure: d.Secure, site: site, news: news{of: map[string]told{}}, hashing: make(chan struct{}, runtime.GOMAXPROCS(0)), bodyTime: bodyTime}
	s.waiting.forget()
	s.notes = newNotes()
	s.feed = newFeed(d.Store, d.Log)
	s.calls = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "samsyn_http_request_seconds", Help: "Time to answer, by route and status.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"method", "route", "status"})
	if err := d.Metrics.Register(s.calls); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	gin.SetMode(gin.ReleaseMode) // else it prints every route
	s.engine = gin.New()
	s.engine.HandleMethodNotAllowed = true
	if err := s.engine.SetTrustedProxies(d.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	s.engine.Use(s.observe, s.recover, s.guard, s.identify, s.noteAccess)
	s.health()
	s.routes()
	s.pages()
	if s.AccessLog != nil {
		go s.writeAccess()
	}
	return s, nil
}

// Handler serves everybody: callers prove who they are.
func (s *Server) Handler() http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, http.StatusForbidden, "The request came from a page of another site, so it was not carried out.")
	}))
	return protection.Handler(s.engine)
}

// Drain says by /readyz that this server is about to end, and asks every client
// to come back by another connection. It answers as before until it is ended.
func (s *Server) Drain() { s.ending.Store(true) }

// Local serves the operator of the machine, who has no need to log in: the same
// interface with an administrator who sees everything. It must be reachable by
// no one else.
func (s *Server) Local() http.Handler {
	operator := caller{user: store.User{Name: "local", Role: hub.RoleAdmin, All: true, Language: "en"}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.engine.ServeHTTP(w, withCaller(r, operator))
	})
}

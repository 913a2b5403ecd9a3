package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// page is what the frame around every page needs; Body is for the page itself.
type page struct {
	Title   string
	Nav     string // key of the menu entry that is marked
	Menu    []menuEntry
	User    store.User
	Manages bool   // runs sources
	Notice  string // key of a text that says what was just done
	Undo    *undo  // takes it back
	Wrong   string // a sentence that says what went wrong
	Body    any
}

// undo is what a notice offers to take back.
type undo struct {
	Batch     int64    // decisions that are one answer; 0 if nothing was decided
	Questions []string // that are asked again
	Back      string   // address of where one then stands
}

// menuEntry is a page that the navigation leads to. Its words are the texts
// nav.KEY and, if something can wait there, nav.waiting.KEY.
type menuEntry struct {
	Key, Path string
	Role      string // that is needed
	Watch     bool   // only for those who watch over personal data
	Waiting   int    // how much waits there for the user
}

var menu = []menuEntry{
	{Key: "search", Path: "/", Role: hub.RoleEmployee},
	{Key: "customers", Path: "/customers", Role: hub.RoleEmployee},
	{Key: "review", Path: "/review", Role: hub.RoleEmployee},
	{Key: "sources", Path: "/sources", Role: hub.RoleEmployee},
	{Key: "problems", Path: "/problems", Role: hub.RoleEmployee},
	{Key: "access", Path: "/access", Role: hub.RoleEmployee, Watch: true},
	{Key: "users", Path: "/users", Role: hub.RoleAdmin},
}

// menuFor is the navigation of a user, with what waits.
func menuFor(u store.User) []menuEntry {
	var mine []menuEntry
	for _, e := range menu {
		if permitted(u.Role, e.Role) && (!e.Watch || watches(u.Role)) {
			mine = append(mine, e)
		}
	}
	return mine
}

// pages registers the pages. Those who have not logged in get the login page.
func (s *Server) pages() {
	s.engine.GET("/static/*file", gin.WrapH(s.site))
	s.engine.GET("/favicon.ico", func(c *gin.Context) { c.Redirect(http.StatusFound, s.asset("icon.svg")) })
	s.engine.NoRoute(func(c *gin.Context) { s.fail(c, store.ErrNotFound) })
	s.engine.NoMethod(func(c *gin.Context) {
		s.fail(c, refuse(http.StatusMethodNotAllowed, "This address does not take that method."))
	})
	s.engine.GET("/login", s.loginPage)
	s.engine.POST("/login", s.loginPost)
	s.engine.GET("/login/link", s.loginLink)
	s.engine.POST("/logout", s.logout)

	g := s.engine.Group("/", s.pageRole(hub.RoleEmployee))
	g.GET("/", s.searchPage)
	g.GET("/results", s.resultsPart)
	g.GET("/export.xlsx", s.exportResult)
	g.POST("/searches", s.savePost)
	g.GET("/searches/list", s.savedPart)
	g.GET("/searches/news", s.savedNews)
	g.GET("/searches/:id", s.savedOpen)
	g.POST("/searches/:id/remove", s.savedRemove)
	g.GET("/customers", s.customersPage)
	g.GET("/customers/:id", s.customerPage)
	g.GET("/customers/:id/history", s.historyPart)
	g.GET("/customers/:id/talk", s.talkPart)
	g.GET("/records/:id", s.recordPage)
	g.GET("/records/:id/part", s.recordPart)
	g.GET("/records/:id/letter", s.recordLetter)
	g.POST("/records/:id/:action", s.recordPost)
	g.GET("/access", s.accessPage)
	g.GET("/review", s.reviewPage)
	g.POST("/review", s.reviewPost)
	g.POST("/review/undo", s.reviewUndo)
	g.POST("/review/column", s.columnPost)
	g.GET(mergeRoute, s.mergePage)
	g.POST(mergeRoute, s.mergePost)
	g.GET("/customers/:id/split", s.splitPage)
	g.POST("/customers/:id/split", s.splitPost)
	g.GET("/customers/:id/events", s.eventsPage)
	g.GET("/sources", s.sourcesPage)
	g.GET("/sources/rows", s.sourceRowsPart)
	g.GET("/sources/:id/files", s.sheetsPage)
	g.POST("/sources/:id/files", s.sheetsPost)
	g.GET("/problems", s.problemsPage)
	g.GET("/account", s.accountPage)
	g.POST("/account/:action", s.accountPost)
	it := s.engine.Group("/", s.pageRole(hub.RoleIT))
	it.POST("/sources", s.sourceAdd)
	it.GET("/sources/:id/edit", s.sourcePage)
	it.POST("/sources/:id/:action", s.sourcePost)
	admin := s.engine.Group("/", s.pageRole(hub.RoleAdmin))
	admin.GET("/users", s.usersPage)
	admin.POST("/users", s.userAdd)
	admin.POST("/users/:name/:action", s.userPost)
}

// pageRole lets pass only callers with the role or a higher one; who has not
// logged in is asked to, and comes back afterwards.
func (s *Server) pageRole(role string) gin.HandlerFunc {
	return func(c *gin.Context) {
		who, known := callerOf(c.Request.Context())
		switch {
		case !known:
			c.Redirect(http.StatusSeeOther, "/login?"+url.Values{"next": {s.stoodOn(c)}}.Encode())
			c.Abort()
		case !permitted(who.user.Role, role):
			s.fail(c, &needsRole{role})
			c.Abort()
		}
	}
}

// stoodOn is the page that is asked for, or the one on which a form stands that is
// sent: its own address may take no other requests.
func (s *Server) stoodOn(c *gin.Context) string {
	if c.Request.Method == http.MethodGet {
		return c.Request.URL.RequestURI()
	}
	if from, err := url.Parse(c.Request.Referer()); err == nil && from.Host == c.Request.Host {
		return from.RequestURI()
	}
	return "/"
}

// language is that of the user, else of the browser.
func (s *Server) language(c *gin.Context) string {
	who, _ := callerOf(c.Request.Context())
	return s.site.Language(who.user.Language, c.GetHeader("Accept-Language"))
}

// show renders a page in its frame.
func (s *Server) show(c *gin.Context, status int, view string, p page) {
	who, _ := callerOf(c.Request.Context())
	p.User = who.user
	p.Manages = permitted(who.user.Role, hub.RoleIT)
	p.Menu = menuFor(who.user)
	for i := range p.Menu {
		if p.Menu[i].Key == "review" {
			p.Menu[i].Waiting = s.waits(c.Request.Context(), who.user.Viewer())
		}
	}
	s.render(c, status, view, p)
}

// render writes a view; a template that fails is our fault and told as such.
func (s *Server) render(c *gin.Context, status int, view string, data any) {
	c.Header("Content-Type", "text/html; charset=utf-8")
	c.Header("Vary", "Accept-Language, Cookie")
	if all, err := s.store.DepartmentOrder(c.Request.Context()); err == nil {
		s.site.Departments(all)
	}
	w := &late{c: c, status: status}
	if err := s.site.Render(w, s.language(c), view, data); err != nil {
		s.log.Error("render a page", "view", view, "error", err)
		c.String(http.StatusInternalServerError, oursDetail)
	}
}

// late sets the status when the first byte comes: a template that fails has written none.
type late struct {
	c      *gin.Context
	status int
}

func (w *late) Write(p []byte) (int, error) {
	w.c.Status(w.status)
	return w.c.Writer.Write(p)
}

// text is a text in the language of the caller.
func (s *Server) text(c *gin.Context, key string, args ...any) string {
	text, err := s.site.Text(s.language(c), key, args...)
	if err != nil {
		s.log.Error("text", "error", err)
	}
	return text
}

// fail answers with what went wrong: a page for people, a problem document for programs.
func (s *Server) fail(c *gin.Context, err error) {
	status, detail := mapError(err)
	if status >= http.StatusInternalServerError {
		s.log.Error("request failed", "route", c.FullPath(), "error", err)
	}
	if strings.HasPrefix(c.Request.URL.Path, prefix) || !strings.Contains(c.GetHeader("Accept"), "text/html") {
		abort(c, status, detail)
		return
	}
	key := fmt.Sprintf("error.%d", status)
	if _, err := s.site.Text(s.language(c), key); err != nil {
		key = "error.500"
	}
	s.show(c, status, "error", page{Title: s.text(c, key), Body: gin.H{"Key": key, "Detail": s.say(c, err)}})
}

// say puts an error into words in the language of the caller where there are
// some, else into those that the interface for programs uses.
func (s *Server) say(c *gin.Context, err error) string {
	var wait *waitError
	var needs *needsRole
	switch {
	case err == nil:
		return ""
	case errors.As(err, &wait):
		return s.text(c, "login.wait", int(wait.wait.Seconds())+1)
	case errors.As(err, &needs):
		return s.text(c, "error.403.help", s.site.Named(s.language(c), "role", needs.role))
	case errors.Is(err, errLogin):
		return s.text(c, "login.wrong")
	case errors.Is(err, store.ErrNotFound):
		return s.text(c, "error.404.help")
	}
	_, detail := mapError(err)
	return s.site.Say(s.language(c), detail)
}

func (s *Server) asset(name string) string {
	path, err := s.site.Asset(name)
	if err != nil {
		s.log.Error("static file", "error", err)
	}
	return path
}

// next is where to go after login.
func next(c *gin.Context) string { return local(c.Query("next"), "/") }

// local is an address that came from outside, if it is one of this server, never another's.
func local(to, otherwise string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
		return otherwise
	}
	return to
}

func (s *Server) loginPage(c *gin.Context) {
	if _, known := callerOf(c.Request.Context()); known {
		c.Redirect(http.StatusSeeOther, next(c))
		return
	}
	s.showLogin(c, http.StatusOK, "", nil)
}

func (s *Server) showLogin(c *gin.Context, status int, name string, err error) {
	s.show(c, status, "login", page{Title: s.text(c, "login.title"), Wrong: s.say(c, err),
		Body: gin.H{"Name": name, "Next": next(c)}})
}

func (s *Server) loginPost(c *gin.Context) {
	name := c.PostForm("name")
	user, err := s.login(c.Request.Context(), name, c.PostForm("password"), c.ClientIP())
	var wait *waitError
	switch {
	case errors.As(err, &wait):
		c.Header("Retry-After", fmt.Sprint(int(wait.wait.Seconds())+1))
		s.showLogin(c, http.StatusTooManyRequests, name, err)
	case errors.Is(err, errLogin):
		s.showLogin(c, http.StatusUnauthorized, name, err)
	case err != nil:
		s.fail(c, err)
	default:
		s.enter(c, user.Name, next(c))
	}
}

// loginLink lets in by a link that works once. A browser that merely looks
// ahead must not use it up.
func (s *Server) loginLink(c *gin.Context) {
	if strings.Contains(c.GetHeader("Sec-Purpose"), "prefetch") {
		c.Status(http.StatusServiceUnavailable)
		return
	}
	user, err := s.store.TakeToken(c.Request.Context(), store.TokenLink, hashSecret(c.Query("token")))
	switch {
	case errors.Is(err, store.ErrNotFound):
		s.showLogin(c, http.StatusUnauthorized, "", refuse(http.StatusUnauthorized, s.text(c, "login.link.used")))
	case err != nil:
		s.fail(c, err)
	default:
		s.enter(c, user.Name, "/")
	}
}

// enter opens a session and goes on. A session from before ends: nobody may
// slip theirs to somebody who then logs in.
func (s *Server) enter(c *gin.Context, user, to string) {
	if who, known := callerOf(c.Request.Context()); known && who.token.ID != 0 {
		if err := s.store.RemoveToken(c.Request.Context(), who.user.Name, who.token.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			s.fail(c, err)
			return
		}
	}
	if err := s.openSession(c, user); err != nil {
		s.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, to)
}

func (s *Server) logout(c *gin.Context) {
	if who, known := callerOf(c.Request.Context()); known && who.token.Kind == store.TokenSession {
		if err := s.store.RemoveToken(c.Request.Context(), who.user.Name, who.token.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			s.fail(c, err)
			return
		}
	}
	s.setCookie(c, "", -1)
	c.Redirect(http.StatusSeeOther, "/login")
}

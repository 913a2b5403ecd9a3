package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// sourcesBody is the page of sources.
type sourcesBody struct {
	Sources []SourceView
	Fresh   freshness
	Forms   []sourceForm
	Checked string // name of the source that was checked
	Check   *CheckResult
}

func (s *Server) sourcesPage(c *gin.Context) { s.showSources(c, http.StatusOK, sourcesBody{}, nil) }

// showSources shows the sources, and what came of the last action on them.
func (s *Server) showSources(c *gin.Context, status int, b sourcesBody, wrong error) {
	ctx := c.Request.Context()
	var err error
	if b.Sources, err = s.sources(ctx, managerOf(ctx)); err != nil {
		s.fail(c, err)
		return
	}
	b.Fresh = freshnessOf(b.Sources, s.now())
	if permitted(viewerOf(ctx).Role, hub.RoleIT) && b.Forms == nil {
		b.Forms = s.sourceForms()
	}
	s.show(c, status, "sources", page{
		Title: s.text(c, "sources.title"), Nav: "sources", Notice: notice(c), Wrong: s.sayUnsaved(c, wrong), Body: b,
	})
}

// sourceRowsPart is the table alone, which changes while sources are read.
func (s *Server) sourceRowsPart(c *gin.Context) {
	ctx := c.Request.Context()
	all, err := s.sources(ctx, managerOf(ctx))
	if err != nil {
		s.fail(c, err)
		return
	}
	who, _ := callerOf(ctx)
	s.render(c, http.StatusOK, "source_rows", page{
		Manages: permitted(who.user.Role, hub.RoleIT), Body: sourcesBody{Sources: all, Fresh: freshnessOf(all, s.now())},
	})
}

// sourceAdd adds a source. Unless it is to be saved anyway, it must be one that
// can be read.
func (s *Server) sourceAdd(c *gin.Context) {
	forms := s.sourceForms()
	at := slices.IndexFunc(forms, func(f sourceForm) bool { return f.Kind == c.PostForm("kind") })
	if at < 0 {
		_, err := s.Registry.Kind(c.PostForm("kind"))
		s.showSources(c, http.StatusUnprocessableEntity, sourcesBody{}, invalid(err))
		return
	}
	form := &forms[at]
	settings, err := s.readForm(c, form)
	if err == nil {
		_, err = s.addSource(c.Request.Context(), SourceInput{
			Name: form.Name, Kind: form.Kind, Department: form.Department, Settings: settings, Check: c.PostForm("anyway") == "",
		})
	}
	if err != nil {
		s.tellForm(c, form, err)
		status, _ := mapError(err)
		s.showSources(c, status, sourcesBody{Forms: forms}, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/sources?done=added")
}

// sourcePage is the form of a source that there is.
func (s *Server) sourcePage(c *gin.Context) {
	if form, ok := s.formAt(c); ok {
		s.showSource(c, http.StatusOK, form, nil)
	}
}

// sourceSave changes a source. Unless it is to be saved anyway, it must be one
// that can be read with other settings.
func (s *Server) sourceSave(c *gin.Context) {
	form, ok := s.formAt(c)
	if !ok {
		return
	}
	ctx := c.Request.Context()
	settings, err := s.readForm(c, &form)
	if err == nil {
		_, err = s.changeSource(ctx, viewerOf(ctx), c.Param("id"), SourceChange{
			Name: &form.Name, Department: &form.Department, Settings: settings, Check: c.PostForm("anyway") == "",
		})
	}
	if err != nil {
		s.tellForm(c, &form, err)
		status, _ := mapError(err)
		s.showSource(c, status, form, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/sources?done=saved")
}

// formAt is the form of the source in the address; if there is none, that is told.
func (s *Server) formAt(c *gin.Context) (form sourceForm, ok bool) {
	src, err := s.source(c.Request.Context(), c.Param("id"))
	if err == nil {
		form, err = s.formOf(src)
	}
	if err != nil {
		s.fail(c, err)
		return form, false
	}
	return form, true
}

func (s *Server) showSource(c *gin.Context, status int, form sourceForm, wrong error) {
	s.show(c, status, "source", page{Title: s.text(c, "source.edit", form.Called), Nav: "sources", Wrong: s.sayUnsaved(c, wrong), Body: form})
}

// tellForm says what is wrong at the field that it is about.
func (s *Server) tellForm(c *gin.Context, form *sourceForm, err error) {
	var unread *unreadable
	form.Unread = errors.As(err, &unread)
	form.Wrong = map[string]string{hub.FieldOf(err): s.say(c, err)}
}

// sayUnsaved says why a source was not saved. That it cannot be read is no fault
// of the form alone, so that it is said what did not happen.
func (s *Server) sayUnsaved(c *gin.Context, err error) string {
	var unread *unreadable
	if errors.As(err, &unread) {
		return s.text(c, "source.unread", s.say(c, err))
	}
	return s.say(c, err)
}

func (s *Server) sourcePost(c *gin.Context) {
	ctx, id := c.Request.Context(), c.Param("id")
	paused := true
	actions := map[string]func() error{
		"sync": func() error { return s.syncSource(ctx, id) },
		"pause": func() error {
			_, err := s.changeSource(ctx, viewerOf(ctx), id, SourceChange{Paused: &paused})
			return err
		},
		"resume": func() error {
			paused = false
			_, err := s.changeSource(ctx, viewerOf(ctx), id, SourceChange{Paused: &paused})
			return err
		},
		"accept": func() error { _, err := s.acceptSource(ctx, id); return err },
		"remove": func() error { return s.removeSource(ctx, id) },
	}
	switch c.Param("action") {
	case "check":
		s.sourceCheck(c, id)
		return
	case "save":
		s.sourceSave(c)
		return
	}
	action := actions[c.Param("action")]
	if action == nil {
		s.fail(c, store.ErrNotFound)
		return
	}
	if err := action(); err != nil {
		status, _ := mapError(err)
		s.showSources(c, status, sourcesBody{}, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/sources?done="+c.Param("action"))
}

func (s *Server) sourceCheck(c *gin.Context, id string) {
	ctx := c.Request.Context()
	src, err := s.source(ctx, id)
	if err != nil {
		s.fail(c, err)
		return
	}
	result, err := s.checkSource(ctx, id)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.showSources(c, http.StatusOK, sourcesBody{Checked: src.Name, Check: result}, nil)
}

// notices are the things a page can say that it did.
var notices = []string{"added", "sync", "pause", "resume", "accept", "remove", "saved", "password", "token", "decided", "search", "undone", "ruled", "late"}

// notice is the key of the text that says what was just done, "" if nothing was.
func notice(c *gin.Context) string {
	if done := c.Query("done"); slices.Contains(notices, done) {
		return "done." + done
	}
	return ""
}

// problemGroup is what could not be read of one source.
type problemGroup struct {
	Source   hub.SourceID
	Name     string
	Problems []problemLine
}

type problemLine struct {
	hub.Problem
	Where, Row string
}

func (s *Server) problemsPage(c *gin.Context) {
	ctx := c.Request.Context()
	all, err := s.store.Problems(ctx, managerOf(ctx))
	if err != nil {
		s.fail(c, err)
		return
	}
	left, err := s.store.SheetsLeft(ctx, managerOf(ctx))
	if err != nil {
		s.fail(c, err)
		return
	}
	sources, err := s.sources(ctx, managerOf(ctx))
	if err != nil {
		s.fail(c, err)
		return
	}
	unread := slices.DeleteFunc(sources, func(src SourceView) bool { return src.Error == "" })
	at := map[hub.SourceID]int{}
	var groups []problemGroup
	for _, p := range all {
		if _, known := at[p.Source]; !known {
			at[p.Source] = len(groups)
			groups = append(groups, problemGroup{Source: p.Source, Name: p.Name})
		}
		kind := hub.KindMail
		if strings.Contains(p.Scope, "#") {
			kind = hub.KindRow
		}
		where, row := locate(kind, p.Scope, p.Ref)
		g := &groups[at[p.Source]]
		g.Problems = append(g.Problems, problemLine{p, where, row})
	}
	s.show(c, http.StatusOK, "problems", page{Title: s.text(c, "problems.title"), Nav: "problems", Body: gin.H{"Groups": groups, "Count": len(all) + len(unread), "Left": left, "Unread": unread}})
}

// usersBody is the page of users.
type usersBody struct {
	Users       []store.User
	Departments []string
	Roles       []string
	In          UserInput // what was typed
	Link        string    // a login link just made, shown once
	For         string
}

func (s *Server) usersPage(c *gin.Context) { s.showUsers(c, http.StatusOK, usersBody{}, nil) }

func (s *Server) showUsers(c *gin.Context, status int, b usersBody, wrong error) {
	ctx := c.Request.Context()
	var err error
	if b.Users, err = s.store.Users(ctx); err == nil {
		b.Departments, err = s.store.Departments(ctx, hub.Viewer{All: true})
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	// What somebody has must be shown, or saving the form would take it away.
	for _, u := range b.Users {
		b.Departments = append(b.Departments, u.Departments...)
	}
	slices.Sort(b.Departments)
	b.Departments = slices.Compact(b.Departments)
	b.Roles = hub.UserRoles()
	s.show(c, status, "users", page{Title: s.text(c, "users.title"), Nav: "users", Notice: notice(c), Wrong: s.say(c, wrong), Body: b})
}

func (s *Server) userAdd(c *gin.Context) {
	in := UserInput{
		Name: c.PostForm("name"), Role: Role(c.PostForm("role")), All: c.PostForm("all") != "", Departments: c.PostFormArray("department"),
		Password: c.PostForm("password"),
	}
	if _, err := s.addUser(c.Request.Context(), in); err != nil {
		status, _ := mapError(err)
		s.showUsers(c, status, usersBody{In: in}, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/users?done=added")
}

func (s *Server) userPost(c *gin.Context) {
	ctx, name := c.Request.Context(), c.Param("name")
	var err error
	done := "saved"
	switch c.Param("action") {
	case "save":
		role, all := Role(c.PostForm("role")), c.PostForm("all") != ""
		_, err = s.changeUser(ctx, name, UserChange{Role: &role, All: &all, Departments: full(c.PostFormArray("department"))})
	case "remove":
		done, err = "remove", s.removeUser(ctx, name)
	case "link":
		s.userLink(c, name)
		return
	default:
		err = store.ErrNotFound
	}
	if err != nil {
		status, _ := mapError(err)
		s.showUsers(c, status, usersBody{}, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/users?done="+done)
}

// userLink shows a login link once, for the administrator to hand over.
func (s *Server) userLink(c *gin.Context, name string) {
	path, err := s.LoginLink(c.Request.Context(), name)
	if err != nil {
		s.fail(c, err)
		return
	}
	scheme := "http"
	if s.secure || c.Request.TLS != nil {
		scheme = "https"
	}
	s.showUsers(c, http.StatusOK, usersBody{Link: scheme + "://" + c.Request.Host + path, For: name}, nil)
}

// accountBody is the page of the caller's own account.
type accountBody struct {
	Departments []string
	Tokens      []store.Token
	Token       string // just made, shown once
}

func (s *Server) accountPage(c *gin.Context) { s.showAccount(c, http.StatusOK, accountBody{}, nil) }

func (s *Server) showAccount(c *gin.Context, status int, b accountBody, wrong error) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	var err error
	if b.Tokens, err = s.store.Tokens(ctx, v.User, store.TokenBearer); err == nil {
		b.Departments, err = s.store.Departments(ctx, v)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	s.show(c, status, "account", page{Title: s.text(c, "account.title"), Nav: "account", Notice: notice(c), Wrong: s.say(c, wrong), Body: b})
}

func (s *Server) accountPost(c *gin.Context) {
	ctx := c.Request.Context()
	who, _ := callerOf(ctx)
	var err error
	done := "saved"
	switch c.Param("action") {
	case "looks":
		u := who.user
		u.Language, u.Theme = c.PostForm("language"), c.PostForm("theme")
		if err = s.checkUser(u); err == nil {
			err = s.store.SetLooks(ctx, u.Name, u.Language, u.Theme)
		}
	case "password":
		if done, err = "password", s.changeOwnPassword(ctx, who.user.Name, c); err == nil {
			err = s.openSession(c, who.user.Name) // setting it ended this one too
		}
	case "token":
		made, err := s.addToken(ctx, who.user.Name, c.PostForm("label"))
		if err != nil {
			s.fail(c, err)
			return
		}
		s.showAccount(c, http.StatusOK, accountBody{Token: made.Token}, nil)
		return
	case "token-remove":
		var id int64
		if id, err = strconv.ParseInt(c.PostForm("id"), 10, 64); err == nil {
			err = s.removeToken(ctx, who.user.Name, id)
		}
	default:
		err = store.ErrNotFound
	}
	if err != nil {
		status, _ := mapError(err)
		s.showAccount(c, status, accountBody{}, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/account?done="+done)
}

// changeOwnPassword wants the old password first: an unguarded browser must not
// be enough to take an account. Who never had one, and came by a link, has none to show.
func (s *Server) changeOwnPassword(ctx context.Context, name string, c *gin.Context) error {
	hash, err := s.store.Password(ctx, name)
	if err != nil {
		return err
	}
	if hash != "" {
		fits, err := s.fits(ctx, c.PostForm("old"), hash)
		if err != nil {
			return err
		}
		if !fits {
			return refuse(http.StatusUnprocessableEntity, s.text(c, "account.password.wrong"))
		}
	}
	return s.setPassword(ctx, name, c.PostForm("new"))
}

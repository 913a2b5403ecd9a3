package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// Who looked at what is noted after the answer and written in batches, so that
// no request waits for the database. An orderly end writes all; a process that
// is killed loses what it noted in its last moments: settleAfter for a search
// that is still being typed, flushEvery for all else, or longer while the
// database does not answer.
const (
	flushEvery  = 500 * time.Millisecond
	settleAfter = 3 * time.Second
	maxNoted    = 10_000 // then requests wait: nothing is dropped
	maxSubject  = 500    // characters of a search that are kept

	refusedAtMost = 10 // lines tried alone: when so many fail, it is not they that are at fault
)

// unlogged are the routes that show nothing of customers; every other read of a
// caller is noted, new ones as soon as they are there.
var unlogged = map[string]bool{
	"/static/*file": true, "/favicon.ico": true, "/login": true, "/login/link": true, "/healthz": true, "/readyz": true, "/metrics": true,
	"/sources": true, "/sources/rows": true, "/problems": true, "/account": true, "/users": true, "/access": true,
	"/searches/list": true, "/searches/news": true, "/searches/:id": true, // the search that it leads to is noted
	prefix + "/me": true, prefix + "/openapi.json": true, prefix + "/events": true, prefix + "/sources": true, prefix + "/problems": true,
	prefix + "/users": true, prefix + "/users/:name/tokens": true, prefix + "/access": true,
}

// previewRoute shows records though it is no read: it takes a decision to try.
const previewRoute = prefix + "/decisions/preview"

// mergeRoute is the page that shows two customers.
const mergeRoute = "/customers/:id/merge"

// Actions of the access log.
const (
	actionSearch   = "search"
	actionCustomer = "customer"
	actionRecord   = "record"
	actionDownload = "download"
	actionExport   = "export"
	actionOpen     = "open" // any other page
)

// accessOf tells what a request looked at; "" if that is not noted. The same thing
// is noted in one form, whichever address led to it.
func accessOf(route string, u *url.URL, id string) (action, subject string) {
	page := strings.TrimPrefix(route, prefix)
	switch {
	case unlogged[route] || route == "":
		return "", ""
	case strings.HasSuffix(page, "/original"):
		return actionDownload, recordSubject(id)
	case strings.Contains(page, "export") || strings.HasSuffix(page, ".xlsx") || strings.HasSuffix(page, ".csv"):
		return actionExport, words(u)
	case page == "/" || page == "/results" || page == "/search" || page == "/customers":
		if subject = words(u); subject == "" {
			return "", "" // the empty start page
		}
		return actionSearch, subject
	case strings.HasPrefix(page, "/customers/"):
		return actionCustomer, customerSubject(id)
	case strings.HasPrefix(page, "/records/"):
		return actionRecord, recordSubject(id)
	}
	return actionOpen, strings.TrimSpace(page + " " + id)
}

func customerSubject(text string) string {
	if id, err := hub.ParseCustomerID(text); err == nil {
		return id.String()
	}
	return text
}

func recordSubject(text string) string {
	if id, err := hub.ParseRecordID(text); err == nil {
		return id.String()
	}
	return text
}

// words are what a search asked for: its words, then what narrows it.
func words(u *url.URL) string {
	asked := u.Query()
	q := strings.TrimSpace(asked.Get("q"))
	for _, name := range []string{"q", "sort", "page", "per_page", "cursor", "part", "typing", "done"} {
		asked.Del(name)
	}
	for name := range asked {
		if strings.Join(asked[name], "") == "" {
			asked.Del(name)
		}
	}
	subject := []rune(strings.TrimSpace(q + " " + asked.Encode()))
	return string(subject[:min(len(subject), maxSubject)])
}

// noteAccess notes what the caller looked at, once it was shown.
func (s *Server) noteAccess(c *gin.Context) {
	c.Next()
	who, known := callerOf(c.Request.Context())
	reads := c.Request.Method == http.MethodGet || c.FullPath() == previewRoute
	if s.AccessLog == nil || !known || !reads || c.Writer.Status() >= http.StatusMultipleChoices {
		return
	}
	action, subject := accessOf(c.FullPath(), c.Request.URL, c.Param("id"))
	if action == "" {
		return
	}
	// A person types a search letter by letter; of a program every search counts.
	typed := action == actionSearch && who.token.Kind == store.TokenSession
	a := store.Access{At: s.now().UTC(), Who: who.user.Name, Action: action, Subject: subject}
	s.notes.add(a, typed)
	if c.FullPath() != mergeRoute {
		return
	}
	if with := c.Query("with"); with != "" { // shown beside it
		a.Subject = customerSubject(with)
		s.notes.add(a, false)
	}
	if q := words(c.Request.URL); c.Query("q") != "" { // who else it might be
		a.Action, a.Subject = actionSearch, q
		s.notes.add(a, false)
	}
}

// notes are lines of the access log that are not written yet.
type notes struct {
	mu      sync.Mutex
	room    *sync.Cond
	ready   []store.Access
	typing  map[string]store.Access // by user: the search being typed
	stopped bool
	stop    chan struct{}
	ended   chan struct{}
}

func newNotes() *notes {
	n := &notes{typing: map[string]store.Access{}, stop: make(chan struct{}), ended: make(chan struct{})}
	n.room = sync.NewCond(&n.mu)
	return n
}

// add notes a line. While a search is typed, its longest form stands for all: who
// deletes letters has seen what they found.
func (n *notes) add(a store.Access, typed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.ready) >= maxNoted && !n.stopped {
		n.room.Wait()
	}
	before, typing := n.typing[a.Who]
	switch {
	case typed && typing && strings.HasPrefix(before.Subject, a.Subject):
		return
	case typing && !(typed && strings.HasPrefix(a.Subject, before.Subject)):
		n.ready = append(n.ready, before)
		delete(n.typing, a.Who)
	}
	if typed {
		n.typing[a.Who] = a
		return
	}
	n.ready = append(n.ready, a)
}

// take hands out what is to be written now.
func (n *notes) take(now time.Time, all bool) []store.Access {
	n.mu.Lock()
	defer n.mu.Unlock()
	for user, a := range n.typing {
		if all || now.Sub(a.At) >= settleAfter {
			n.ready = append(n.ready, a)
			delete(n.typing, user)
		}
	}
	out := n.ready
	n.ready = nil
	n.room.Broadcast()
	return out
}

// giveBack puts lines that could not be written in front again.
func (n *notes) giveBack(lines []store.Access) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ready = append(lines, n.ready...)
}

// writeAccess writes what is noted until the server ends.
func (s *Server) writeAccess() {
	defer close(s.notes.ended)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.notes.stop:
			s.flushAccess(context.Background(), true)
			return
		case <-tick.C:
			s.flushAccess(context.Background(), false)
		}
	}
}

func (s *Server) flushAccess(ctx context.Context, all bool) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	s.notes.giveBack(s.appendAccess(ctx, s.notes.take(s.now(), all)))
}

// appendAccess writes lines and returns those that could not be written. While the
// database answers, each is tried alone: one that it does not take must not hold
// the others. Those that it refused come last, so that they do not either when
// they are many.
func (s *Server) appendAccess(ctx context.Context, lines []store.Access) (left []store.Access) {
	err := s.AccessLog.Append(ctx, lines)
	if err == nil {
		return nil
	}
	s.log.Error("write the access log", "lines", len(lines), "error", err)
	if len(lines) == 1 || s.store.Ping(ctx) != nil {
		return lines
	}
	var refused []store.Access
	for len(lines) > 0 && len(refused) < refusedAtMost {
		if err := s.AccessLog.Append(ctx, lines[:1]); err != nil {
			refused = append(refused, lines[0])
		}
		lines = lines[1:]
	}
	return append(lines, refused...)
}

// Close writes what is left of the access log. No request may come after it.
func (s *Server) Close() error {
	if s.AccessLog == nil {
		return nil
	}
	s.notes.mu.Lock()
	again := s.notes.stopped
	s.notes.stopped = true
	s.notes.room.Broadcast()
	s.notes.mu.Unlock()
	if !again {
		close(s.notes.stop)
	}
	<-s.notes.ended
	return nil
}

// AccessList is a part of the access log, the newest first.
type AccessList struct {
	Lines []AccessLine `json:"lines"`
	Next  int64        `json:"next,omitempty" doc:"Pass as before for the next page; absent at the end."`
}

// AccessLine is a line of the log. Name is what the caller may know of what was opened.
type AccessLine struct {
	store.Access
	Name string `json:"name,omitempty"`
}

type accessIn struct {
	Who    string `query:"who" doc:"Of one user; only those who watch over personal data see others."`
	Action string `query:"action"`
	Before int64  `query:"before" minimum:"0"`
}

// accessPerPage is how many lines a page has.
const accessPerPage = 100

// watches reports whether the role sees the access of all users.
func watches(role string) bool { return role == hub.RoleAdmin || role == hub.RolePrivacy }

// access lists who looked at what: everybody sees what they did themselves.
func (s *Server) access(ctx context.Context, v hub.Viewer, in accessIn) (*AccessList, error) {
	if !watches(v.Role) {
		in.Who = v.User
	}
	list := &AccessList{Lines: []AccessLine{}}
	if s.AccessLog == nil {
		return list, nil
	}
	s.flushAccess(ctx, false)
	lines, err := s.AccessLog.Lines(ctx, store.AccessFilter{Who: in.Who, Action: in.Action, Before: in.Before}, accessPerPage+1)
	if err != nil {
		return nil, err
	}
	if len(lines) > accessPerPage {
		lines = lines[:accessPerPage]
		list.Next = lines[accessPerPage-1].Seq
	}
	names, err := s.accessNames(ctx, v, lines)
	for _, a := range lines {
		list.Lines = append(list.Lines, AccessLine{a, names[a.Subject]})
	}
	return list, err
}

// accessNames are the names of what was opened, as far as v may see it.
func (s *Server) accessNames(ctx context.Context, v hub.Viewer, lines []store.Access) (map[string]string, error) {
	var customers []hub.CustomerID
	var records []hub.RecordID
	for _, a := range lines {
		switch id, err := strconv.ParseInt(strings.TrimLeft(a.Subject, "cr"), 10, 64); {
		case err != nil:
		case a.Action == actionCustomer:
			customers = append(customers, hub.CustomerID(id))
		case a.Action == actionRecord || a.Action == actionDownload:
			records = append(records, hub.RecordID(id))
		}
	}
	out := map[string]string{}
	names, err := s.store.CustomerNames(ctx, v, customers)
	if err != nil {
		return nil, err
	}
	for id, name := range names {
		out[id.String()] = name
	}
	known, err := s.store.Records(ctx, v, records)
	for id, r := range known {
		out[id.String()] = titleOf(r)
	}
	return out, err
}

func (s *Server) accessPage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	in := accessIn{Who: c.Query("who"), Action: c.Query("action")}
	in.Before, _ = strconv.ParseInt(c.Query("before"), 10, 64)
	list, err := s.access(ctx, v, in)
	if err != nil {
		s.fail(c, err)
		return
	}
	b := gin.H{"In": in, "Lines": list.Lines, "All": watches(v.Role), "Next": "", "Actions": []string{actionSearch, actionCustomer, actionRecord, actionDownload, actionExport, actionOpen}}
	if list.Next != 0 {
		b["Next"] = "/access?" + url.Values{"who": {in.Who}, "action": {in.Action}, "before": {strconv.FormatInt(list.Next, 10)}}.Encode()
	}
	nav := "account" // where the others find their own
	if watches(v.Role) {
		nav = "access"
	}
	s.show(c, http.StatusOK, "access", page{Title: s.text(c, "access.title"), Nav: nav, Body: b})
}

package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/errgroup"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// savedView is a saved search with what came since its owner looked.
type savedView struct {
	store.SavedSearch
	New       int
	Uncounted bool // New is not known
}

const (
	savedMax   = 30 // that one user keeps
	newsFor    = 30 * time.Second
	newsWithin = 5 * time.Second // what is not counted by then is shown without a count
	newsAtOnce = 4               // searches that one user has counted at a time
	nameMax    = 100             // characters of a search's name, or a user's
	addressMax = 2000            // bytes: an index entry of Postgres holds at most 2,704
)

// news remembers for a while what is new in the saved searches of each user:
// counting it takes a search for each.
type news struct {
	mu        sync.Mutex
	of        map[string]told
	forgotten int // how often something was: what was counted across that is out of date
}

type told struct {
	at    time.Time
	saved []savedView
}

// get tells what is known, else what to set after counting.
func (n *news) get(user string, now time.Time) (saved []savedView, fresh bool, set func([]savedView)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t, ok := n.of[user]
	begun := n.forgotten
	return t.saved, ok && now.Sub(t.at) < newsFor, func(saved []savedView) { n.set(user, now, saved, begun) }
}

func (n *news) set(user string, now time.Time, saved []savedView, begun int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.forgotten != begun {
		return
	}
	for u, t := range n.of {
		if now.Sub(t.at) >= newsFor {
			delete(n.of, u)
		}
	}
	n.of[user] = told{now, saved}
}

func (n *news) forget(user string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.of, user)
	n.forgotten++
}

// saved lists what the caller keeps, and how much of it is new.
func (s *Server) saved(ctx context.Context) ([]savedView, error) {
	v := viewerOf(ctx)
	known, fresh, set := s.news.get(v.User, s.now())
	if fresh {
		return known, nil
	}
	list, err := s.store.SavedSearches(ctx, v.User)
	if err != nil {
		return nil, err
	}
	views := make([]savedView, len(list))
	counting, cancel := context.WithTimeout(ctx, newsWithin)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(newsAtOnce)
	for i, one := range list {
		group.Go(func() error {
			n, err := s.countNew(counting, v, one)
			views[i] = savedView{one, n, err != nil}
			if err != nil && ctx.Err() == nil {
				s.log.Warn("count what is new in a saved search", "user", v.User, "search", one.ID, "error", err)
			}
			return nil
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil { // who has gone away leaves no count
		return nil, err
	}
	set(views)
	return views, nil
}

func (s *Server) countNew(ctx context.Context, v hub.Viewer, one store.SavedSearch) (int, error) {
	q, err := s.savedQuery(ctx, v, one.Query)
	if err != nil {
		return 0, err
	}
	q.Above, q.Customers, q.Limit, q.Uncounted = one.Above, 0, 0, true
	found, err := s.Index.Search(ctx, q)
	if err != nil {
		return 0, err
	}
	return found.Total, nil
}

func (s *Server) savedQuery(ctx context.Context, v hub.Viewer, query string) (q indexer.Query, err error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return q, err
	}
	return s.question(ctx, v, searchOf(values))
}

// newest is the number of the record that came last among those of a search.
func (s *Server) newest(ctx context.Context, v hub.Viewer, query string) (int64, error) {
	q, err := s.savedQuery(ctx, v, query)
	if err != nil {
		return 0, err
	}
	q.Sort, q.Customers, q.Limit, q.Offset, q.Uncounted = indexer.SortArrived, 0, 1, 0, true
	found, err := s.Index.Search(ctx, q)
	if err != nil || len(found.Hits) == 0 {
		return 0, err
	}
	id, err := hub.ParseRecordID(found.Hits[0])
	return int64(id), err
}

// savePost keeps the search whose address is sent, and goes back to its results.
func (s *Server) savePost(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	values, err := url.ParseQuery(c.PostForm("query"))
	if err != nil || len(c.PostForm("query")) > addressMax {
		s.fail(c, refuse(http.StatusUnprocessableEntity, "The search is too long to be saved: shorten it."))
		return
	}
	in := searchOf(values)
	in.Page, in.Above = 1, 0
	in.Customer, err = s.livingID(ctx, v, in.Customer)
	name := ""
	if err == nil {
		name, err = s.searchName(c, v, in)
	}
	if err == nil {
		err = s.save(ctx, v, shorten(name, nameMax), in.values().Encode())
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, withNotice(address(in), "search", 0))
}

// searchName calls a search by its words and filters, in the language of the
// caller; "" if nothing narrows it.
func (s *Server) searchName(c *gin.Context, v hub.Viewer, in SearchInput) (string, error) {
	ctx, lang := c.Request.Context(), s.language(c)
	parts := []string{strings.Join(strings.Fields(in.Q), " ")}
	if id, err := hub.ParseCustomerID(in.Customer); err == nil {
		names, err := s.store.CustomerNames(ctx, v, []hub.CustomerID{id})
		if err != nil {
			return "", err
		}
		parts = append(parts, names[id])
	}
	parts = append(parts, in.Department...)
	for _, n := range in.Nature {
		parts = append(parts, s.site.Named(lang, "nature", n))
	}
	for _, k := range in.Kind {
		parts = append(parts, s.site.Named(lang, "kind", k))
	}
	parts = append(parts, in.Person...)
	sources, err := s.sourceNames(ctx, v)
	if err != nil {
		return "", err
	}
	for _, id := range in.Source {
		parts = append(parts, sources[id])
	}
	if in.Scope != "" {
		parts = append(parts, scopeLabel(in.Scope, sources))
	}
	if in.Year != 0 {
		parts = append(parts, strconv.Itoa(in.Year))
	}
	parts = append(parts, s.daysNamed(c, in.From, ""), s.daysNamed(c, "", in.To))
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " · "), nil
}

func (s *Server) save(ctx context.Context, v hub.Viewer, name, query string) error {
	if name == "" || query == "" {
		return refuse(http.StatusUnprocessableEntity, "There is nothing to save: search for something first.")
	}
	list, err := s.store.SavedSearches(ctx, v.User)
	if err != nil {
		return err
	}
	if len(list) >= savedMax {
		return refuse(http.StatusUnprocessableEntity, "No more searches can be saved: remove some first.")
	}
	above, err := s.newest(ctx, v, query)
	if err != nil {
		return err
	}
	_, err = s.store.SaveSearch(ctx, v.User, store.SavedSearch{Name: name, Query: query, Above: above})
	s.news.forget(v.User)
	return err
}

// daysNamed names a span of days in the language of the caller; "" is no bound.
func (s *Server) daysNamed(c *gin.Context, from, to string) string {
	day := func(value string) string {
		return s.site.Value(s.language(c), hub.Field{Type: "date", Value: value})
	}
	switch {
	case from != "" && to != "":
		return day(from) + " – " + day(to)
	case from != "":
		return s.text(c, "range.from") + " " + day(from)
	case to != "":
		return s.text(c, "range.to") + " " + day(to)
	}
	return ""
}

// savedOpen leads to a saved search; what was new in it is shown, and seen now.
// A browser that merely looks ahead must not make it seen.
func (s *Server) savedOpen(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	one, err := s.savedByID(ctx, v, c.Param("id"))
	if err != nil {
		s.fail(c, err)
		return
	}
	to := "/?" + one.Query
	if c.Query("new") != "" {
		to += "&above=" + strconv.FormatInt(one.Above, 10)
	}
	if !strings.Contains(c.GetHeader("Sec-Purpose"), "prefetch") {
		above, err := s.newest(ctx, v, one.Query)
		if err == nil {
			err = s.store.SearchSeen(ctx, v.User, one.ID, max(above, one.Above))
		}
		if err != nil {
			s.fail(c, err)
			return
		}
		s.news.forget(v.User)
	}
	c.Redirect(http.StatusSeeOther, to)
}

func (s *Server) savedByID(ctx context.Context, v hub.Viewer, text string) (one store.SavedSearch, err error) {
	list, err := s.store.SavedSearches(ctx, v.User)
	for _, have := range list {
		if strconv.FormatInt(have.ID, 10) == text {
			return have, nil
		}
	}
	if err == nil {
		err = store.ErrNotFound
	}
	return one, err
}

func (s *Server) savedRemove(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	one, err := s.savedByID(ctx, v, c.Param("id"))
	if err == nil {
		err = s.store.RemoveSearch(ctx, v.User, one.ID)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	s.news.forget(v.User)
	c.Redirect(http.StatusSeeOther, "/?done=remove")
}

// savedPart is the list alone, which changes while records come in.
func (s *Server) savedPart(c *gin.Context) {
	list, err := s.saved(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "saved", page{Body: list})
}

// savedNews tells how many of the saved searches have something new.
func (s *Server) savedNews(c *gin.Context) {
	list, err := s.saved(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	n := 0
	for _, one := range list {
		if one.New > 0 {
			n++
		}
	}
	c.JSON(http.StatusOK, gin.H{"searches": n})
}

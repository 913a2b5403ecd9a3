package indexer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"samsyn/internal/hub"
)

// setting is the name under which the store keeps which index is live.
const setting = "index"

// state says which index is searched, and which is being built to take its
// place. It is saved before an index is made, so that whatever happens an index
// that is not named here is a leftover.
type state struct {
	Live string `json:"live"`
	Next string `json:"next,omitempty"`
}

func readState(ctx context.Context, feed Feed) (s state, err error) {
	err = feed.Setting(ctx, setting, &s)
	if errors.Is(err, hub.ErrNotFound) {
		return state{}, nil
	}
	return s, err
}

// Building reports whether a new index is being built beside the live one.
func Building(ctx context.Context, feed Feed) (bool, error) {
	s, err := readState(ctx, feed)
	return s.Next != "", err
}

// Place is how far the live index has come; zero before there is one.
func Place(ctx context.Context, feed Feed) (hub.Cursor, error) {
	s, err := readState(ctx, feed)
	if err != nil || s.Live == "" {
		return hub.Cursor{}, err
	}
	return feed.Cursor(ctx, s.Live)
}

// Live is the index that is searched. It is replaced by a new one, built beside
// it, when its schema changes or somebody asks for it; searches never notice.
// It may be used by several goroutines, and with a server as engine by several
// processes.
type Live struct {
	engine Engine
	feed   Feed
	log    *slog.Logger
	own    string // begins the names of this installation's indexes

	work sync.Mutex // one follower at a time
	next *handle    // guarded by work

	mu      sync.RWMutex // guards what follows
	live    *handle
	checked time.Time
}

// handle is an open index that is closed when its last search has ended.
type handle struct {
	Index
	name  string
	users sync.WaitGroup
}

func (h *handle) close() error {
	h.users.Wait()
	return h.Close()
}

// OpenLive opens the live index. An index of another schema stays live until
// Follow has built its successor. The names of indexes bear the installation,
// so that those of another one in the same engine are left alone.
func OpenLive(ctx context.Context, engine Engine, feed Feed, log *slog.Logger) (*Live, error) {
	installation, err := feed.Installation(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the live index: %w", err)
	}
	l := &Live{engine: engine, feed: feed, log: log, own: fmt.Sprintf("samsyn-%.8s-", installation)}
	s, err := l.settle(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the live index: %w", err)
	}
	if l.live, err = l.open(ctx, s.Live); err != nil {
		return nil, err
	}
	l.checked = time.Now()
	if err := l.dropLeftovers(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// settle decides what is live and what is to be built.
func (l *Live) settle(ctx context.Context) (state, error) {
	s, err := readState(ctx, l.feed)
	if err != nil {
		return s, err
	}
	schema := l.schemaName()
	switch {
	case s.Live == "":
		s = state{Live: schema}
	case ofSchema(s.Live, schema) && (s.Next == "" || ofSchema(s.Next, schema)):
		return s, nil
	case ofSchema(s.Live, schema):
		s.Next = "" // begun by a program with another schema
	case ofSchema(s.Next, schema):
		return s, nil
	default:
		s.Next = schema
		l.log.Info("the index has a new form: it is built anew while the old one is searched", "live", s.Live, "next", s.Next)
	}
	return s, l.feed.SetSetting(ctx, setting, s)
}

// schemaName is the name of the first index of a schema: what documents hold,
// and how the engine keeps it.
func (l *Live) schemaName() string {
	sum := sha256.Sum256([]byte(docVersion + "\n" + l.engine.Schema()))
	return l.own + hex.EncodeToString(sum[:4])
}

// ofSchema reports whether an index is of the schema: its name is that of the
// schema, and a number if it is not the first.
func ofSchema(name, schema string) bool {
	return name == schema || strings.HasPrefix(name, schema+"-")
}

func nextGeneration(name, schema string) string {
	n, err := strconv.Atoi(strings.TrimPrefix(name, schema+"-"))
	if err != nil {
		n = 1
	}
	return schema + "-" + strconv.Itoa(n+1)
}

// open opens an index; one that had to be made is filled from the start.
func (l *Live) open(ctx context.Context, name string) (*handle, error) {
	ix, fresh, err := l.engine.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	if fresh {
		// A cursor of its own from the start keeps the tombstones that it will need.
		if err := l.feed.SetCursor(ctx, name, hub.Cursor{}); err != nil {
			return nil, errors.Join(err, ix.Close())
		}
	}
	return &handle{Index: ix, name: name}, nil
}

// dropLeftovers removes our indexes of which nobody knows any more.
func (l *Live) dropLeftovers(ctx context.Context) error {
	names, err := l.engine.Names(ctx)
	if err != nil {
		return err
	}
	s, err := readState(ctx, l.feed) // read after the names: an index made meanwhile is in it
	if err != nil {
		return err
	}
	for _, name := range names {
		if !strings.HasPrefix(name, l.own) || name == s.Live || name == s.Next {
			continue
		}
		if err := l.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (l *Live) drop(ctx context.Context, name string) error {
	return errors.Join(l.engine.Drop(ctx, name), l.feed.DropCursor(ctx, name))
}

// Search answers from the live index. A text without letters and digits, unless it
// is blank, asks for something that no index knows: it finds nothing.
func (l *Live) Search(ctx context.Context, q Query) (*Result, error) {
	if strings.TrimSpace(q.Text) != "" && len(Parse(q.Text)) == 0 {
		return &Result{Facets: Facets{Person: map[string]int{}}}, nil
	}
	if err := l.refresh(ctx, time.Second); err != nil {
		return nil, err
	}
	h := l.acquire()
	res, err := h.Search(ctx, q)
	h.users.Done()
	if err == nil || ctx.Err() != nil {
		return res, err
	}
	// Another process may have replaced the index a moment ago.
	if rerr := l.refresh(ctx, 0); rerr != nil {
		return nil, errors.Join(err, rerr)
	}
	again := l.acquire()
	defer again.users.Done()
	if again == h {
		return nil, err
	}
	return again.Search(ctx, q)
}

// Ping reports whether the live index answers.
func (l *Live) Ping(ctx context.Context) error {
	_, err := l.Search(ctx, Query{Text: "ping", Uncounted: true})
	return err
}

func (l *Live) acquire() *handle {
	l.mu.RLock()
	defer l.mu.RUnlock()
	l.live.users.Add(1)
	return l.live
}

// refresh looks which index is live unless that was looked up not longer than
// after ago: it may have been replaced by another process.
func (l *Live) refresh(ctx context.Context, after time.Duration) error {
	l.mu.RLock()
	recent := time.Since(l.checked) < after
	l.mu.RUnlock()
	if recent {
		return nil
	}
	s, err := readState(ctx, l.feed)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.checked = time.Now()
	if s.Live == l.live.name {
		return nil
	}
	h, err := l.open(ctx, s.Live)
	if err != nil {
		return err
	}
	old := l.live
	l.live = h
	go l.retire(old, func() error { return nil })
	return nil
}

// retire closes an index when its last search has ended, and does what is to be
// done then.
func (l *Live) retire(h *handle, then func() error) {
	if err := errors.Join(h.close(), then()); err != nil {
		l.log.Warn("an index that was replaced could not be removed; that is tried again at the next start", "index", h.name, "err", err)
	}
}

// Follow brings the live index to the head of the change sequence, and its
// successor if there is one, which then takes its place. It returns how many
// changes that took.
func (l *Live) Follow(ctx context.Context) (int, error) {
	l.work.Lock()
	defer l.work.Unlock()
	return l.follow(ctx)
}

func (l *Live) follow(ctx context.Context) (int, error) {
	if err := l.refresh(ctx, 0); err != nil {
		return 0, err
	}
	s, err := readState(ctx, l.feed)
	if err != nil {
		return 0, err
	}
	if s.Next == "" {
		return l.followLive(ctx)
	}
	if err := l.openNext(ctx, s.Next); err != nil {
		return 0, err
	}
	total := 0
	for { // page by page, so that the live index does not fall behind meanwhile
		n, err := l.followLive(ctx)
		if total += n; err != nil {
			return total, err
		}
		if n, err = followPage(ctx, l.feed, l.next, l.next.name); err != nil {
			return total, err
		}
		if n == 0 {
			return total, l.flip(ctx)
		}
	}
}

func (l *Live) openNext(ctx context.Context, name string) error {
	if l.next != nil && l.next.name == name {
		return nil
	}
	if l.next != nil { // another process has begun anew
		if err := l.next.close(); err != nil {
			return err
		}
		l.next = nil
	}
	h, err := l.open(ctx, name)
	if err != nil {
		return err
	}
	l.next = h
	return nil
}

func (l *Live) followLive(ctx context.Context) (int, error) {
	h := l.acquire()
	defer h.users.Done()
	return Follow(ctx, l.feed, h, h.name)
}

// flip makes the successor the live index and removes the old one.
func (l *Live) flip(ctx context.Context) error {
	if err := l.feed.SetSetting(ctx, setting, state{Live: l.next.name}); err != nil {
		return err
	}
	l.mu.Lock()
	old := l.live
	l.live, l.next, l.checked = l.next, nil, time.Now()
	l.mu.Unlock()
	l.log.Info("a new index is live", "index", l.live.name, "old", old.name)
	l.retire(old, func() error { return l.drop(ctx, old.name) })
	return nil
}

// Renew notes that a new index is to be built from the start. Follow builds it
// and puts it in the place of the live one, which is searched and kept up to
// date until then, also when it is interrupted on the way.
func (l *Live) Renew(ctx context.Context) error {
	l.work.Lock()
	defer l.work.Unlock()
	s, err := readState(ctx, l.feed)
	if err != nil || s.Next != "" {
		return err
	}
	s.Next = nextGeneration(s.Live, l.schemaName())
	return l.feed.SetSetting(ctx, setting, s)
}

// Close closes the index when its last search has ended. The engine stays open.
func (l *Live) Close() error {
	l.work.Lock()
	defer l.work.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.live.close()
	if l.next != nil {
		err = errors.Join(err, l.next.close())
		l.next = nil
	}
	return err
}

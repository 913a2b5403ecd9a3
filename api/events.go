package api

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2/sse"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// SyncEvent tells how a source fares; it comes when that changes.
type SyncEvent struct {
	Source     hub.SourceID `json:"source"`
	Name       string       `json:"source_name"`
	Department string       `json:"department"`
	Syncing    bool         `json:"syncing"`
	Progress   hub.Progress `json:"progress"`
	Synced     time.Time    `json:"synced,omitzero"`
	Class      string       `json:"class,omitempty"`
	Error      string       `json:"error,omitempty"`
	Records    int          `json:"records"`
	Problems   int          `json:"problems"`
	Held       int          `json:"held"`
}

// RecordsEvent tells that a source has other records than before.
type RecordsEvent struct {
	Source     hub.SourceID `json:"source"`
	Name       string       `json:"source_name"`
	Department string       `json:"department"`
	Records    int          `json:"records"`
	New        int          `json:"new" doc:"Records more than before; negative: fewer."`
}

// feed polls the store once a second, however many listen, and only while
// somebody does. Polling works across processes: the workers may run elsewhere.
type feed struct {
	store *store.Store
	log   *slog.Logger

	ended context.Context // done when no stream may go on
	end   context.CancelFunc

	mu        sync.Mutex
	listeners map[chan pulse]struct{}
	stop      context.CancelFunc // of the polling, nil when nobody listens
}

// pulse is the state of the store at a poll.
type pulse struct {
	states  []store.Status
	changed changed
}

// changed differs once records or customers have, or the index has come further.
type changed struct {
	head    int64
	indexed hub.Cursor
}

func newFeed(s *store.Store, log *slog.Logger) *feed {
	f := &feed{store: s, log: log, listeners: map[chan pulse]struct{}{}}
	f.ended, f.end = context.WithCancel(context.Background())
	return f
}

// EndStreams ends the streams of events, which else would go on for as long as
// browsers listen. A server that is to end calls it.
func (s *Server) EndStreams() { s.feed.end() }

// listen returns a channel of states, and the function that ends it. Who is
// slow misses states in between, never the last.
func (f *feed) listen() (pulses chan pulse, end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	pulses = make(chan pulse, 1)
	f.listeners[pulses] = struct{}{}
	if f.stop == nil {
		ctx, stop := context.WithCancel(context.Background())
		f.stop = stop
		go f.poll(ctx)
	}
	return pulses, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.listeners, pulses)
		if len(f.listeners) == 0 && f.stop != nil {
			f.stop()
			f.stop = nil
		}
	}
}

func (f *feed) poll(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		p, err := f.take(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			f.log.Warn("poll the store", "error", err)
		default:
			f.tell(p)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (f *feed) take(ctx context.Context) (p pulse, err error) {
	if p.states, err = f.store.Statuses(ctx); err != nil {
		return p, err
	}
	if p.changed.head, err = f.store.Head(ctx); err != nil {
		return p, err
	}
	p.changed.indexed, err = indexer.Place(ctx, f.store)
	return p, err
}

// tell gives every listener the newest state; an older one that still waits gives way.
func (f *feed) tell(p pulse) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		select {
		case <-l:
		default:
		}
		l <- p
	}
}

// keepAlive is how often a silent stream says so, lest a proxy cut it.
const keepAlive = 20 * time.Second

// KeepAlive is sent when there is nothing else to tell.
type KeepAlive struct {
	At time.Time `json:"at"`
}

// events sends what changes at the sources v sees, and what comes to a page, until
// the caller leaves, their session ends or they may see something else.
func (s *Server) events(ctx context.Context, v hub.Viewer, came arrivals, send sse.Sender) {
	pulses, end := s.feed.listen()
	defer end()
	ctx, cancel := context.WithTimeout(ctx, sessionTouch) // the browser comes again, and shows who it is
	defer cancel()
	quiet := time.NewTicker(keepAlive)
	defer quiet.Stop()
	known := map[hub.SourceID]SyncEvent{}
	var looked changed
	var lookedAt time.Time
	told := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.feed.ended.Done():
			return
		case <-quiet.C:
			if send.Data(KeepAlive{s.now().UTC()}) != nil {
				return
			}
		case p := <-pulses:
			if !s.remains(ctx) {
				return
			}
			if tellChanges(v, p.states, known, send) != nil {
				return
			}
			if came == nil || p.changed == looked || time.Since(lookedAt) < arrivalsEvery {
				continue
			}
			looked, lookedAt = p.changed, time.Now()
			now, err := came(ctx)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				s.log.Warn("count what came to a page", "error", err)
				continue
			}
			if now.Records != told && send.Data(now) != nil {
				return
			}
			told = now.Records
		}
	}
}

// remains reports whether the session or token of the caller still holds, with the rights
// that it had; else they must come again and show who they are.
func (s *Server) remains(ctx context.Context) bool {
	if isOperator(ctx) {
		return true
	}
	who, _ := callerOf(ctx)
	_, user, err := s.store.Token(ctx, who.token.Kind, who.token.Hash)
	return err == nil && reflect.DeepEqual(user.Viewer(), who.user.Viewer())
}

// tellChanges sends what differs from what the listener knows.
func tellChanges(v hub.Viewer, all []store.Status, known map[hub.SourceID]SyncEvent, send sse.Sender) error {
	for _, st := range all {
		if !v.Sees(st.Department) {
			continue
		}
		now := SyncEvent{
			Source: st.ID, Name: st.Name, Department: st.Department, Syncing: st.Syncing, Progress: st.Progress,
			Synced: st.Synced, Class: st.Class, Error: st.Error, Records: st.Records, Problems: st.Problems, Held: st.Held,
		}
		before, seen := known[st.ID]
		if seen && before == now {
			continue
		}
		known[st.ID] = now
		if err := send.Data(now); err != nil {
			return err
		}
		if seen && before.Records != now.Records {
			if err := send.Data(RecordsEvent{st.ID, st.Name, st.Department, st.Records, st.Records - before.Records}); err != nil {
				return err
			}
		}
	}
	return nil
}

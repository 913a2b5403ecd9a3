package workers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

func TestErrorClassesDecideWhatIsTriedAgain(t *testing.T) {
	cases := []struct {
		class string
		wait  time.Duration // that the other side asks for
		more  bool          // it is tried again within the time of the test
	}{
		{class: hub.ClassRateLimited, wait: 100 * time.Millisecond, more: true},
		{class: hub.ClassRateLimited},
		{class: hub.ClassUnreachable, more: true},
		{class: hub.ClassInternal, more: true},
		{class: hub.ClassAuth},
		{class: hub.ClassUntrusted},
		{class: hub.ClassBroken},
		{class: hub.ClassHeld},
	}
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany()
		tries := make([]atomic.Int64, len(cases))
		for i := range cases {
			c.sources = append(c.sources, hub.Source{ID: hub.SourceID(i + 1)})
		}
		c.sync = func(_ context.Context, id hub.SourceID) error {
			tc := cases[id-1]
			tries[id-1].Add(1)
			return fmt.Errorf("look: %w", &connectors.Error{Class: tc.class, Reason: "no", Wait: tc.wait})
		}
		w := open(t, url, c, 50*time.Millisecond) // a schedule that would look at once
		start(t, w.Run)
		time.Sleep(3500 * time.Millisecond)
		for i, tc := range cases {
			n := tries[i].Load()
			if n == 0 || tc.more != (n > 1) {
				t.Errorf("%s, wait %s: %d tries", tc.class, tc.wait, n)
			}
			// A person who changed the settings need not wait.
			ask(t, w, hub.SourceID(i+1))
			eventually(t, "it is tried when asked for", func() bool { return tries[i].Load() > n })
		}
	})
}

// A look that the schedule asked for while another ran, longer than its mark
// lasts, is not made when that one
// fails: the same password would be tried twice.
func TestAFailureHoldsBackTheLookThatWaits(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1)
		var running atomic.Bool
		var tries, waits atomic.Int64
		fail := make(chan struct{})
		c.sync = func(context.Context, hub.SourceID) error {
			if !running.CompareAndSwap(false, true) {
				waits.Add(1)
				return store.ErrBusy
			}
			defer running.Store(false)
			tries.Add(1)
			<-fail
			return &connectors.Error{Class: hub.ClassAuth, Reason: "no"}
		}
		w := open(t, url, c, 50*time.Millisecond)
		start(t, w.Run)
		eventually(t, "a look runs", running.Load)
		mark := w.queue.key("waiting", job{Kind: kindSync, Source: 1, Routine: true}.mark())
		w.queue.redis.Del(t.Context(), mark)
		eventually(t, "another look waits", func() bool { return waits.Load() > 0 })
		close(fail)
		time.Sleep(2 * time.Second)
		if n := tries.Load(); n != 1 {
			t.Errorf("%d tries", n)
		}
		ask(t, w, 1)
		eventually(t, "it is tried when asked for", func() bool { return tries.Load() == 2 })
	})
}

func TestBackoffGrowsToABound(t *testing.T) {
	for class, most := range map[string]time.Duration{
		hub.ClassRateLimited: time.Hour, hub.ClassUnreachable: 10 * time.Minute, hub.ClassInternal: 5 * time.Minute,
	} {
		var last time.Duration
		for n := range 100 {
			d := backoff(class, errors.New("no"), n)
			if d > most+most/10 || d < last && d < most-most/10 {
				t.Errorf("%s: %s after %s at failure %d", class, d, last, n)
			}
			last = d
		}
		if last < most-most/10 {
			t.Errorf("%s ends at %s, not near %s", class, last, most)
		}
	}
}

func TestAPanicHitsNothingElse(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1, 2)
		var tries atomic.Int64
		c.sync = func(_ context.Context, id hub.SourceID) error {
			if id == 1 && tries.Add(1) == 1 {
				panic("a parser gave up")
			}
			c.changes.Add(1)
			return nil
		}
		w := open(t, url, c, time.Hour)
		start(t, w.Process)
		ask(t, w, 1, 2)
		eventually(t, "both sources are read in the end", func() bool { return c.looked(1) == 1 && c.looked(2) == 1 })
		eventually(t, "and indexed", func() bool { return c.indexed.Load() == 2 })
	})
}

func TestARemovedSourceIsLeftAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany()
		c.sync = func(context.Context, hub.SourceID) error { return fmt.Errorf("look up: %w", store.ErrNotFound) }
		w := open(t, url, c, time.Hour)
		start(t, w.Process)
		ask(t, w, 9)
		settle(t, w)
		stats, err := w.Stats(context.Background())
		if err != nil || stats[queueSync] != (Depth{}) {
			t.Errorf("queue %+v, %v", stats, err)
		}
	})
}

func TestFailedLinkingIsToldAndTriedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1)
		work := c.work()
		link, fails := work.Link, atomic.Bool{}
		fails.Store(true)
		work.Link = func(ctx context.Context) (int, error) {
			if fails.Load() {
				return 0, errors.New("database is locked")
			}
			return link(ctx)
		}
		w := open(t, url, c, time.Hour)
		w.work = work
		start(t, w.Process)
		ask(t, w, 1)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := w.Settle(ctx); err == nil {
			t.Error("Settle says that all is well")
		}
		fails.Store(false)
		eventually(t, "it is linked and indexed", func() bool { return c.indexed.Load() == 1 })
	})
}

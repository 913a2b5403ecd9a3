package workers

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"samsyn/internal/hub"
)

func TestAToldChangeIsLookedAt(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1)
		tell := make(chan bool)
		c.watch = func(ctx context.Context, _ hub.Source, changed func()) error {
			for {
				select {
				case <-tell:
					changed()
				case <-ctx.Done():
					return nil
				}
			}
		}
		w := open(t, url, c, time.Hour)
		start(t, w.Run)
		eventually(t, "the first look", func() bool { return c.looked(1) == 1 })
		began := time.Now()
		tell <- true
		eventually(t, "a look at the change, indexed", func() bool { return c.indexed.Load() == 2 })
		t.Logf("told, looked at, linked and indexed in %s", time.Since(began))
	})
}

func TestOneProcessWatchesASource(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1, 2)
		var watching, most atomic.Int64
		c.watch = func(ctx context.Context, _ hub.Source, _ func()) error {
			most.Store(max(most.Load(), watching.Add(1)))
			defer watching.Add(-1)
			<-ctx.Done()
			return nil
		}
		w1 := open(t, url, c, time.Hour)
		w2 := another(t, url, w1, c, time.Hour)
		stop := start(t, w1.Run)
		eventually(t, "the first process watches", func() bool { return watching.Load() == 2 })
		start(t, w2.Run)
		time.Sleep(1500 * time.Millisecond)
		stop()
		eventually(t, "the second process takes over", func() bool { return watching.Load() == 2 })
		if most.Load() != 2 {
			t.Errorf("%d watches of two sources", most.Load())
		}
	})
}

func TestWatchesFollowTheSources(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1)
		var begun, watching atomic.Int64
		c.watch = func(ctx context.Context, _ hub.Source, _ func()) error {
			if begun.Add(1) == 1 {
				return errors.New("connection refused")
			}
			if begun.Load() == 2 {
				panic("a connector gave up")
			}
			watching.Add(1)
			defer watching.Add(-1)
			<-ctx.Done()
			return ctx.Err()
		}
		change := func(f func(*hub.Source)) {
			c.mu.Lock()
			defer c.mu.Unlock()
			f(&c.sources[0])
		}
		w := open(t, url, c, time.Second)
		start(t, w.Run)
		eventually(t, "a broken watch begins anew", func() bool { return begun.Load() == 3 && watching.Load() == 1 })
		change(func(s *hub.Source) { s.Config = []byte(`{"host":"other"}`) })
		eventually(t, "new settings begin a new watch", func() bool { return begun.Load() == 4 && watching.Load() == 1 })
		change(func(s *hub.Source) { s.Paused = true })
		eventually(t, "a paused source is not watched", func() bool { return watching.Load() == 0 })
		looks := c.looked(1)
		time.Sleep(2500 * time.Millisecond)
		if n := c.looked(1); n > looks+1 {
			t.Errorf("a paused source was looked at %d times", n-looks)
		}
	})
}

func TestTidyIsDoneOnceADay(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany()
		w := open(t, url, c, time.Hour)
		start(t, w.Process)
		ws := &watches{w: w, running: map[hub.SourceID]watch{}}
		for range 3 { // processes that reach the hour
			at := time.Now().Add(-time.Second)
			if err := w.tick(context.Background(), ws, &at); err != nil {
				t.Fatal(err)
			}
			if until := time.Until(at); until <= 0 || until > 25*time.Hour {
				t.Errorf("next time in %s", until)
			}
		}
		settle(t, w)
		if n := c.tidied.Load(); n != 1 {
			t.Errorf("tidied %d times", n)
		}
	})
}

func TestNextNight(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	for now, want := range map[string]string{
		"2026-11-21 12:00": "2026-11-22 03:00",
		"2026-11-21 02:59": "2026-11-21 03:00",
		"2026-11-21 03:00": "2026-11-22 03:00",
		"2026-03-28 12:00": "2026-03-29 03:00", // the clocks go forward to 03:00 in that night
		"2026-10-24 12:00": "2026-10-25 03:00",
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", now, oslo)
		if err != nil {
			t.Fatal(err)
		}
		if got := nextNight(at).Format("2006-01-02 15:04"); got != want {
			t.Errorf("after %s: %s, want %s", now, got, want)
		}
	}
}

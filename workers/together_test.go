package workers

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/testenv"
)

// another makes workers of a second process on the queue of the first.
func another(t testing.TB, url string, first *Workers, c *company, every time.Duration) *Workers {
	t.Helper()
	if url != "" {
		return open(t, url, c, every)
	}
	opt := first.opt
	opt.Every = every
	return &Workers{work: c.work(), opt: opt, queue: first.queue}
}

func TestTwoProcessesDoEveryJobOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		const n = 100
		var ids []hub.SourceID
		for id := hub.SourceID(1); id <= n; id++ {
			ids = append(ids, id)
		}
		first, second := newCompany(ids...), newCompany(ids...)
		work := func(context.Context, hub.SourceID) error { time.Sleep(10 * time.Millisecond); return nil }
		first.sync, second.sync = work, work
		w1 := open(t, url, first, time.Hour)
		w2 := another(t, url, w1, second, time.Hour)
		for i, id := range ids {
			ask(t, []*Workers{w1, w2}[i%2], id)
		}
		start(t, w1.Process)
		start(t, w2.Process)
		settle(t, w1)
		for _, id := range ids {
			if got := first.looked(id) + second.looked(id); got != 1 {
				t.Errorf("source %s was looked at %d times", id, got)
			}
		}
		if len(first.looks) == 0 || len(second.looks) == 0 {
			t.Errorf("%d looks by the first and %d by the second process", len(first.looks), len(second.looks))
		}
	})
}

func TestOneFollowerAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany()
		var running, most, calls atomic.Int64
		work := c.work()
		work.Link = func(context.Context) (int, error) {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(30 * time.Millisecond)
			calls.Add(1)
			return 0, nil
		}
		w1 := open(t, url, c, time.Hour)
		w1.work = work
		w2 := another(t, url, w1, c, time.Hour)
		w2.work = work
		start(t, w1.Process)
		start(t, w2.Process)
		for range 30 {
			if err := w1.Follow(context.Background()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
		settle(t, w1)
		if most.Load() != 1 {
			t.Errorf("%d linked at once", most.Load())
		}
		if calls.Load() < 5 {
			t.Errorf("linked only %d times in 600 ms", calls.Load())
		}
	})
}

func TestScheduleLooksOnceAmongManyProcesses(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1, 2)
		const every = time.Second
		w1 := open(t, url, c, every)
		w2 := another(t, url, w1, c, every)
		w3 := another(t, url, w1, c, every)
		for _, w := range []*Workers{w1, w2, w3} {
			start(t, w.Run)
		}
		time.Sleep(4500 * time.Millisecond)
		for _, id := range []hub.SourceID{1, 2} {
			// Keys of the embedded queue expire to the second.
			if n := c.looked(id); n < 2 || n > 5 {
				t.Errorf("source %s was looked at %d times in 4.5 s, want about 4", id, n)
			}
		}
	})
}

func TestInstallationsOnOneRedisAreToldApart(t *testing.T) {
	url := testenv.Redis(t)
	mine, theirs := newCompany(1), newCompany(1)
	w1, err := New(url, mine.work(), Options{Name: "north"})
	if err != nil {
		t.Fatal(err)
	}
	w2, err := New(url, theirs.work(), Options{Name: "south"})
	if err != nil {
		t.Fatal(err)
	}
	start(t, w1.Process)
	start(t, w2.Process)
	ask(t, w1, 1)
	settle(t, w1)
	settle(t, w2)
	if mine.looked(1) != 1 || theirs.looked(1) != 0 {
		t.Errorf("north looked %d times, south %d", mine.looked(1), theirs.looked(1))
	}
}

func TestWorkCutShortIsGivenBack(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1)
		begun := make(chan bool)
		c.sync = func(ctx context.Context, _ hub.SourceID) error {
			begun <- true
			<-ctx.Done()
			return fmt.Errorf("look: %w", ctx.Err())
		}
		w := open(t, url, c, time.Hour)
		stop := start(t, w.Process)
		ask(t, w, 1)
		<-begun
		asked := time.Now()
		stop()
		if d := time.Since(asked); d > 5*time.Second {
			t.Errorf("the end took %s", d)
		}
		stats, err := w.Stats(context.Background())
		if err != nil || stats[queueSync].Waiting != 1 {
			t.Fatalf("queue %+v, %v; want the look to wait there", stats, err)
		}

		c.sync = func(context.Context, hub.SourceID) error { return nil }
		w = another(t, url, w, c, time.Hour)
		start(t, w.Process)
		settle(t, w)
		if c.looked(1) != 1 {
			t.Error("the next process did not take it up")
		}
	})
}

func TestWorkNearItsEndIsFinished(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1)
		begun := make(chan bool)
		c.sync = func(context.Context, hub.SourceID) error {
			begun <- true
			time.Sleep(500 * time.Millisecond) // between two safe points
			return nil
		}
		w := open(t, url, c, time.Hour)
		stop := start(t, w.Process)
		ask(t, w, 1)
		<-begun
		stop()
		stats, err := w.Stats(context.Background())
		if err != nil || stats[queueSync] != (Depth{}) || c.looked(1) != 1 {
			t.Errorf("queue %+v, %v, %d looks; want the look to be done", stats, err, c.looked(1))
		}
	})
}

func TestALostQueueIsMadeGoodByTheSchedule(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1, 2)
		c.sync = func(context.Context, hub.SourceID) error {
			c.changes.Add(1)
			time.Sleep(20 * time.Millisecond)
			return nil
		}
		w := open(t, url, c, 300*time.Millisecond)
		start(t, w.Run)
		for range 5 {
			before := c.looked(1)
			if err := w.queue.redis.FlushAll(context.Background()).Err(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the sources are looked at again", func() bool { return c.looked(1) > before+1 })
		}
		before := c.indexed.Load()
		eventually(t, "what they said is indexed", func() bool { return c.indexed.Load() > before })
	})
}

func TestWorkGoesOnWhenRedisComesBack(t *testing.T) {
	server := testenv.RedisServer(t)
	c := newCompany(1)
	w := open(t, server.URL, c, 300*time.Millisecond)
	start(t, w.Run)
	eventually(t, "a look", func() bool { return c.looked(1) > 0 })
	server.Stop()
	if err := w.Ping(context.Background()); err == nil {
		t.Error("a stopped Redis answers")
	}
	if err := w.Sync(context.Background(), 1); err == nil {
		t.Error("a job was put into a queue that is not there")
	}
	time.Sleep(time.Second)
	server.Start()
	before := c.looked(1)
	eventually(t, "looks again", func() bool { return c.looked(1) > before+1 })
	if err := w.Ping(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestHoldIsForOneAndEndsWhenLost(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		ctx := context.Background()
		q := open(t, url, newCompany(), time.Hour).queue
		held, release, err := q.hold(ctx, "thing")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := q.hold(ctx, "thing"); err == nil {
			t.Error("two hold the same")
		}
		release()
		if held.Err() == nil {
			t.Error("what is released is still held")
		}

		held, release, err = q.hold(ctx, "thing")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		// The queue is lost, and another is quicker.
		q.redis.Set(ctx, q.key("hold", "thing"), "another", time.Minute)
		select {
		case <-held.Done():
		case <-time.After(holdTTL):
			t.Error("two hold the same")
		}
		release()
		if got := q.redis.Get(ctx, q.key("hold", "thing")).Val(); got != "another" {
			t.Errorf("who lost it released it for %q", got)
		}
	})
}

func TestKeysOfTheEmbeddedQueueExpire(t *testing.T) {
	w := open(t, "", newCompany(), time.Hour)
	for range 2 {
		eventually(t, "it is due", func() bool {
			due, err := w.queue.due(context.Background(), "thing", time.Second)
			return err == nil && due
		})
	}
}

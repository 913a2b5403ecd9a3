package workers

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/store"
	"samsyn/internal/testenv"
)

// onBoth runs a test on the queue in the process and on a real Redis.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) { t.Parallel(); test(t, "") })
	t.Run("redis", func(t *testing.T) { t.Parallel(); test(t, testenv.Redis(t)) })
}

// company is the work of a test: sources that can be told how to behave.
type company struct {
	mu      sync.Mutex
	sources []hub.Source
	looks   map[hub.SourceID]int // that came to their end
	atOnce  int                  // looks under way
	most    int                  // of atOnce
	link    atomic.Int64         // calls that did something
	indexed atomic.Int64
	changes atomic.Int64 // not yet linked
	linked  atomic.Int64 // not yet indexed
	sync    func(ctx context.Context, id hub.SourceID) error
	watch   func(ctx context.Context, src hub.Source, changed func()) error
	tidied  atomic.Int64
}

func newCompany(ids ...hub.SourceID) *company {
	c := &company{looks: map[hub.SourceID]int{}}
	for _, id := range ids {
		c.sources = append(c.sources, hub.Source{ID: id, Name: id.String()})
	}
	c.sync = func(context.Context, hub.SourceID) error { c.changes.Add(1); return nil }
	c.watch = func(ctx context.Context, _ hub.Source, _ func()) error { <-ctx.Done(); return nil }
	return c
}

func (c *company) work() Work {
	return Work{
		Sources: func(context.Context) ([]hub.Source, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			return append([]hub.Source(nil), c.sources...), nil
		},
		Sync: func(ctx context.Context, id hub.SourceID) error {
			c.enter()
			err := c.sync(ctx, id)
			c.leave(id, err)
			return err
		},
		Link: func(context.Context) (int, error) {
			n := c.changes.Swap(0)
			if n > 0 {
				c.link.Add(1)
			}
			c.linked.Add(n)
			return int(n), nil
		},
		Index: func(context.Context) (int, error) {
			n := c.linked.Swap(0)
			c.indexed.Add(n)
			return int(n), nil
		},
		Tidy:  func(context.Context) error { c.tidied.Add(1); return nil },
		Watch: func(ctx context.Context, src hub.Source, changed func()) error { return c.watch(ctx, src, changed) },
	}
}

func (c *company) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.atOnce++
	c.most = max(c.most, c.atOnce)
}

func (c *company) leave(id hub.SourceID, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.atOnce--
	if err == nil {
		c.looks[id]++
	}
}

func (c *company) looked(id hub.SourceID) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.looks[id]
}

// open makes workers that do not look by themselves unless every says so.
func open(t testing.TB, url string, c *company, every time.Duration) *Workers {
	t.Helper()
	w, err := New(url, c.work(), Options{Log: slog.New(slog.NewTextHandler(testLog{t}, nil)), Every: every})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// start runs f until stop is called or the test ends.
func start(t testing.TB, f func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// ask asks for a look.
func ask(t testing.TB, w *Workers, ids ...hub.SourceID) {
	t.Helper()
	for _, id := range ids {
		if err := w.Sync(context.Background(), id); err != nil {
			t.Fatal(err)
		}
	}
}

func settle(t testing.TB, w *Workers) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := w.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until what is true.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// testLog writes the log of the workers into that of the test.
type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) { l.t.Logf("%s", b); return len(b), nil }

func TestALookIsLinkedAndIndexed(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1, 2, 3)
		w := open(t, url, c, time.Hour)
		start(t, w.Process)
		ask(t, w, 1, 2, 3)
		settle(t, w)
		if n := c.indexed.Load(); n != 3 {
			t.Errorf("%d changes were indexed of 3", n)
		}
	})
}

func TestAskingManyTimesLooksOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1)
		w := open(t, url, c, time.Hour)
		for range 50 {
			ask(t, w, 1)
		}
		start(t, w.Process)
		settle(t, w)
		if n := c.looked(1); n != 1 {
			t.Errorf("%d looks", n)
		}
	})
}

// TestAChangeDuringALookIsLookedAt asks while a look runs, on a source that one
// worker at a time may read, as the lease of the store sees to.
func TestAChangeDuringALookIsLookedAt(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1)
		var lease sync.Mutex
		begun, end := make(chan bool, 10), make(chan bool)
		c.sync = func(context.Context, hub.SourceID) error {
			if !lease.TryLock() {
				return fmt.Errorf("look at s1: %w", store.ErrBusy)
			}
			defer lease.Unlock()
			begun <- true
			<-end
			return nil
		}
		w := open(t, url, c, time.Hour)
		start(t, w.Process)
		ask(t, w, 1)
		<-begun
		for range 20 {
			ask(t, w, 1)
			time.Sleep(20 * time.Millisecond)
		}
		end <- true
		<-begun
		close(end)
		settle(t, w)
		if n := c.looked(1); n != 2 {
			t.Errorf("%d looks, want the first and one more", n)
		}
	})
}

func TestSourcesAreReadBesideEachOther(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1, 2, 3, 4)
		together := make(chan bool)
		c.sync = func(ctx context.Context, id hub.SourceID) error {
			select {
			case together <- true:
			case <-together:
			case <-ctx.Done():
				return ctx.Err()
			}
			return nil
		}
		w := open(t, url, c, time.Hour)
		start(t, w.Process)
		ask(t, w, 1, 2, 3, 4)
		settle(t, w)
		if c.most < 2 {
			t.Error("no two looks ran at once")
		}
	})
}

func TestFirstRowsAreSearchableWhileALongLookGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		c := newCompany(1, 2, 3, 4, 5, 6, 7, 8)
		end := make(chan bool)
		c.sync = func(context.Context, hub.SourceID) error {
			c.changes.Add(1)
			<-end
			return nil
		}
		w := open(t, url, c, time.Hour)
		start(t, w.Process)
		ask(t, w, 1, 2, 3, 4, 5, 6, 7, 8) // more than are read at once
		began := time.Now()
		eventually(t, "rows of looks under way are indexed", func() bool { return c.indexed.Load() == 4 })
		if d := time.Since(began); d > 3*time.Second {
			t.Errorf("it took %s", d)
		}
		close(end)
	})
}

// delays tells how long jobs take from being asked for to beginning, in order.
func delays(t testing.TB, url string, n int) []time.Duration {
	c := newCompany(1)
	began := make(chan time.Time)
	c.sync = func(context.Context, hub.SourceID) error { began <- time.Now(); return nil }
	w := open(t, url, c, time.Hour)
	start(t, w.Process)
	var all []time.Duration
	for range n {
		asked := time.Now()
		ask(t, w, 1)
		all = append(all, (<-began).Sub(asked))
		time.Sleep(30 * time.Millisecond) // idle again
	}
	slices.Sort(all)
	return all
}

func TestJobsBeginSoon(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		// Bounds for a machine that does much else meanwhile; the benchmark gives figures.
		if d := delays(t, url, 15); d[7] > 300*time.Millisecond {
			t.Errorf("half of the jobs begin later than %s after they were asked for", d[7])
		}
	})
}

func BenchmarkAskToBegin(b *testing.B) {
	for name, url := range map[string]func() string{"embedded": func() string { return "" }, "redis": func() string { return testenv.Redis(b) }} {
		b.Run(name, func(b *testing.B) {
			d := delays(b, url(), max(b.N, 20))
			b.ReportMetric(d[len(d)/2].Seconds()*1000, "p50-ms")
			b.ReportMetric(d[len(d)*95/100].Seconds()*1000, "p95-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func TestNewRefusesAnAddressWithoutShowingIt(t *testing.T) {
	_, err := New("redis://user:secret@host:not-a-port/x", Work{}, Options{})
	if err == nil {
		t.Fatal("accepted")
	}
	if got := err.Error(); got != "queue: want an address such as redis://127.0.0.1:6379/0" {
		t.Error(got)
	}
}

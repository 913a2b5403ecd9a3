// Package workers does all work that nobody waits for: looking at sources,
// linking, indexing, tidying. A job names its work and carries nothing; what is
// to be done stands in the store. So a job may run twice, and a lost queue
// costs nothing: the schedule fills it again.
//
//	job          begun by                                leads to
//	source:sync  schedule, change told, Sync             link:follow, also while it runs
//	link:follow  source:sync, schedule, Follow           index:follow, also while it runs
//	index:follow link:follow
//	tidy         an hour after the start, every night
//
// The queue is asynq on Redis, or on a Redis in the process (miniredis) that
// forgets everything at its end. Both are used alike.
//
// # Keys beside those of asynq
//
//	NAME:installation    whose queue it is, see Claim
//	NAME:waiting:JOB     the job is in the queue and has not begun: it need not be put there again
//	NAME:retry:JOB       the job failed and is tried again: another that fails need not be
//	NAME:rest:SOURCE     the schedule lets the source rest: it was looked at, or it failed and has to wait
//	NAME:hold:WHAT       one process alone does this at the moment
package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"golang.org/x/sync/errgroup"

	"samsyn/internal/hub"
)

// Work is what the jobs do. All of it may be called again after it was cut
// short at any point. Several Syncs run beside each other, of different
// sources; Link, Index and Tidy run once at a time among all processes, as far
// as a lock on a queue that may be lost can promise.
type Work struct {
	// Sources lists the configured sources.
	Sources func(ctx context.Context) ([]hub.Source, error)
	// Sync looks at a source once. store.ErrBusy and store.ErrFenced mean that
	// another worker is at it, store.ErrNotFound that it was removed; the class
	// of other errors (connectors.ClassOf) decides when it is tried again.
	Sync func(ctx context.Context, id hub.SourceID) error
	// Link and Index work off the change sequence, or a part of it, and return
	// how many changes they did: 0 at its head.
	Link  func(ctx context.Context) (int, error)
	Index func(ctx context.Context) (int, error)
	// Tidy does what has to be done once a day.
	Tidy func(ctx context.Context) error
	// Watch calls changed when the source changed, until ctx ends.
	Watch func(ctx context.Context, src hub.Source, changed func()) error
}

// Options tune the workers; zero values are good for an installation of its own.
type Options struct {
	Log         *slog.Logger
	Concurrency int           // looks at a time in this process; 4 if zero
	Every       time.Duration // how often a source is looked at when nothing tells of a change; a minute if zero
	Name        string        // begins the names of all keys; "samsyn" if empty

	// Installation is the id with which Claim stamps the queue.
	Installation string
}

// Workers put jobs into the queue and work them off.
type Workers struct {
	work  Work
	opt   Options
	queue *queue
}

// New connects to the queue at a Redis URL, redis://… or rediss://…; "" makes
// one in the process. Redis need not answer yet.
func New(url string, work Work, opt Options) (*Workers, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Concurrency == 0 {
		opt.Concurrency = 4
	}
	if opt.Every == 0 {
		opt.Every = time.Minute
	}
	if opt.Name == "" {
		opt.Name = "samsyn"
	}
	q, err := openQueue(url, opt.Name)
	if err != nil {
		return nil, err
	}
	return &Workers{work: work, opt: opt, queue: q}, nil
}

// Close lets go of the queue. Run and Process must have ended.
func (w *Workers) Close() error { return w.queue.close() }

// Ping reports whether the queue answers.
func (w *Workers) Ping(ctx context.Context) error {
	if err := w.queue.redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return nil
}

// Sync asks for a look at a source. Asking again before the look begins adds
// nothing; asking while it runs leads to one more look afterwards.
func (w *Workers) Sync(ctx context.Context, id hub.SourceID) error {
	return w.queue.offer(ctx, job{Kind: kindSync, Source: id}, 0)
}

// Follow asks that what changed be linked and indexed, as after a relink.
func (w *Workers) Follow(ctx context.Context) error {
	return w.queue.offer(ctx, job{Kind: kindLink}, 0)
}

// Run works off jobs, looks at the sources on schedule and watches them, until
// ctx ends. Jobs that then still run are cut short and given back to the queue.
// Any number of processes may run on one queue. ErrForeign: the queue was lost,
// and now belongs to somebody else.
func (w *Workers) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.keepSchedule(ctx) })
	g.Go(func() error { return w.Process(ctx) })
	return g.Wait()
}

// patience is how long cut jobs may take to come to a safe point.
const patience = 8 * time.Second

// Process works off the jobs that are asked for, and does nothing on its own
// account but link and index what an earlier process left behind.
func (w *Workers) Process(ctx context.Context) error {
	cut, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var servers []*asynq.Server
	// Looks can take hours; linking and indexing must not wait behind them.
	for name, concurrency := range map[string]int{queueSync: w.opt.Concurrency, queueFollow: 4} {
		s := asynq.NewServerFromRedisClient(w.queue.redis, asynq.Config{
			Queues: map[string]int{w.queue.key(name): 1}, Concurrency: concurrency,
			// These bound the time from asking to beginning.
			TaskCheckInterval: 60 * time.Millisecond, DelayedTaskCheckInterval: 250 * time.Millisecond,
			RetryDelayFunc: retryDelay, ShutdownTimeout: patience,
			Logger: logger{w.opt.Log}, LogLevel: asynq.ErrorLevel,
		})
		if err := s.Start(w.handler(cut)); err != nil {
			return fmt.Errorf("start workers: %w", err)
		}
		servers = append(servers, s)
	}
	if err := w.Follow(ctx); err != nil && ctx.Err() == nil {
		w.opt.Log.Warn("queue does not answer", "err", err)
	}
	<-ctx.Done()
	for _, s := range servers {
		s.Stop() // take no more
	}
	stop()
	var ending sync.WaitGroup
	for _, s := range servers {
		ending.Go(s.Shutdown)
	}
	ending.Wait()
	return nil
}

// Stats tells how the queue stands, by kind of work.
type Stats map[string]Depth

// Depth is how many jobs there are.
type Depth struct {
	Waiting int           // to be begun now
	Running int           //
	Later   int           // to be begun later: somebody else is at the same thing
	Failed  int           // to be tried again after a failure
	Oldest  time.Duration // how long the first of the waiting has waited
}

// Stats returns the depth of the queue of looks, "sync", and of the queue of
// all other jobs, "follow".
func (w *Workers) Stats(ctx context.Context) (Stats, error) {
	stats := Stats{}
	for _, name := range []string{queueSync, queueFollow} {
		d, err := w.queue.depth(name)
		if err != nil {
			return nil, err
		}
		stats[name] = d
	}
	return stats, ctx.Err()
}

// Settle waits until no job runs or is to be begun, and so everything that was
// read is linked and indexed. Sources that failed and wait for their next try
// are not waited for. It needs a Run or Process somewhere.
func (w *Workers) Settle(ctx context.Context) error {
	// A look asks for linking before it ends, and linking for indexing: when
	// first the looks have ended and then the followers, nothing is left.
	if err := w.Follow(ctx); err != nil {
		return err
	}
	for _, name := range []string{queueSync, queueFollow} {
		for {
			d, err := w.queue.depth(name)
			if err != nil {
				return err
			}
			if d.Waiting+d.Running+d.Later == 0 {
				break
			}
			if err := sleep(ctx, 25*time.Millisecond); err != nil {
				return fmt.Errorf("wait for %d jobs: %w", d.Waiting+d.Running+d.Later, err)
			}
		}
	}
	d, err := w.queue.depth(queueFollow)
	if err == nil && d.Failed > 0 {
		err = errors.New("linking or indexing failed and will be tried again; the log says why")
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

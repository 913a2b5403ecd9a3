package workers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"samsyn/internal/hub"
)

// Kinds of jobs.
const (
	kindSync  = "source:sync"
	kindLink  = "link:follow"
	kindIndex = "index:follow"
	kindTidy  = "tidy"
)

// Queues of one installation.
const (
	queueSync   = "sync"
	queueFollow = "follow"
)

// job names work to be done.
type job struct {
	Kind   string       `json:"-"`
	Source hub.SourceID `json:"source,omitzero"` // of kindSync
	Waits  int          `json:"waits,omitempty"` // how often it found another at the same thing

	Routine bool `json:"routine,omitempty"` // the schedule asks, nobody else: a source that failed meanwhile is left to rest
}

// id is the same for jobs that do the same.
func (j job) id() string {
	if j.Kind == kindSync {
		return j.Kind + ":" + j.Source.String()
	}
	return j.Kind
}

// mark is the same for jobs of which one that waits is enough. The schedule's do
// not stand for those that somebody asks for.
func (j job) mark() string {
	if j.Routine {
		return j.id() + ":routine"
	}
	return j.id()
}

func (j job) queue() string {
	if j.Kind == kindSync {
		return queueSync
	}
	return queueFollow
}

func jobOf(t *asynq.Task) (job, error) {
	j := job{Kind: t.Type()}
	if err := json.Unmarshal(t.Payload(), &j); err != nil {
		return j, fmt.Errorf("payload of %s: %w", j.Kind, err)
	}
	return j, nil
}

// queue is the jobs of one installation, and who does what at the moment.
type queue struct {
	redis redis.UniversalClient
	name  string
	place string // host, port and database, for messages
	stop  func() // ends the Redis in the process
}

func openQueue(url, name string) (*queue, error) {
	if url == "" {
		return openEmbedded(name)
	}
	opt, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("queue: want an address such as redis://127.0.0.1:6379/0") // the error may hold the password
	}
	place := fmt.Sprintf("%s/%d", opt.Addr, opt.DB)
	return &queue{redis: redis.NewClient(opt), name: name, place: place, stop: func() {}}, nil
}

// openEmbedded starts a Redis in the process. It listens on the loopback, where
// others may be: hence the password.
func openEmbedded(name string) (*queue, error) {
	m := miniredis.NewMiniRedis()
	password := rand.Text()
	m.RequireAuth(password)
	if err := m.Start(); err != nil {
		return nil, fmt.Errorf("start queue: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go runClock(ctx, m)
	q := &queue{redis: redis.NewClient(&redis.Options{Addr: m.Addr(), Password: password}), name: name, place: "this process"}
	q.stop = func() { cancel(); m.Close() }
	return q, nil
}

// runClock lets keys expire: in miniredis time stands still by itself.
func runClock(ctx context.Context, m *miniredis.Miniredis) {
	for last := time.Now(); sleep(ctx, time.Second) == nil; {
		now := time.Now()
		m.FastForward(now.Sub(last))
		last = now
	}
}

func (q *queue) close() error {
	err := q.redis.Close()
	q.stop()
	return err
}

func (q *queue) key(parts ...string) string {
	key := q.name
	for _, p := range parts {
		key += ":" + p
	}
	return key
}

// markTTL ends the mark of a job whose process died between marking and
// putting it into the queue. A job that waits longer may be there twice.
const markTTL = time.Minute

// offer puts the job into the queue, to begin after a while, unless it is there
// and has not begun.
func (q *queue) offer(ctx context.Context, j job, after time.Duration) error {
	mark := q.key("waiting", j.mark())
	fresh, err := q.redis.SetNX(ctx, mark, 1, after+markTTL).Result()
	if err != nil {
		return fmt.Errorf("ask for %s: %w", j.id(), err)
	}
	if !fresh {
		return nil
	}
	payload, err := json.Marshal(j)
	if err == nil {
		// A client of its own: one that is kept believes that a queue it once
		// made known to Redis is known for ever.
		_, err = asynq.NewClientFromRedisClient(q.redis).EnqueueContext(ctx, asynq.NewTask(j.Kind, payload),
			asynq.Queue(q.key(j.queue())), asynq.MaxRetry(maxRetry), asynq.Timeout(longest), asynq.ProcessIn(after))
	}
	if err != nil {
		q.redis.Del(context.WithoutCancel(ctx), mark)
		return fmt.Errorf("ask for %s: %w", j.id(), err)
	}
	return nil
}

// begun says that the job begins: what changes from now on needs another. Not one
// of the schedule: that needs none until this one has ended.
func (q *queue) begun(ctx context.Context, j job, retried bool) error {
	var marks []string
	if !j.Routine {
		marks = append(marks, q.key("waiting", j.mark()))
	}
	if retried {
		marks = append(marks, q.key("retry", j.id()))
	}
	if len(marks) == 0 {
		return nil
	}
	return q.redis.Del(ctx, marks...).Err()
}

// ended says that the job is no longer under way.
func (q *queue) ended(ctx context.Context, j job) error {
	if !j.Routine {
		return nil
	}
	return q.redis.Del(context.WithoutCancel(ctx), q.key("waiting", j.mark())).Err()
}

// mayRetry reports to the first of several jobs that did the same and failed
// that it may be tried again; the others are dropped.
func (q *queue) mayRetry(ctx context.Context, j job, delay time.Duration) (bool, error) {
	return q.redis.SetNX(ctx, q.key("retry", j.id()), 1, delay+markTTL).Result()
}

// rest keeps the schedule from looking at a source for a while.
func (q *queue) rest(ctx context.Context, id hub.SourceID, d time.Duration) error {
	return q.redis.Set(ctx, q.key("rest", id.String()), 1, d).Err()
}

const failing = "failing" // the value of a rest after a failure

// restFailing is rest after a failure: a look that the schedule asked for before
// it need not be made.
func (q *queue) restFailing(ctx context.Context, id hub.SourceID, d time.Duration) error {
	return q.redis.Set(ctx, q.key("rest", id.String()), failing, d).Err()
}

// restsFailing reports whether the source rests after a failure.
func (q *queue) restsFailing(ctx context.Context, id hub.SourceID) (bool, error) {
	value, err := q.redis.Get(ctx, q.key("rest", id.String())).Result()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return value == failing, err
}

// due reports, to one of all that ask, that it is time for what happens once in
// the period.
func (q *queue) due(ctx context.Context, what string, period time.Duration) (bool, error) {
	return q.redis.SetNX(ctx, q.key("rest", what), 1, period).Result()
}

// depth counts the jobs of a queue.
func (q *queue) depth(name string) (Depth, error) {
	inspector := asynq.NewInspectorFromRedisClient(q.redis)
	known, err := inspector.Queues()
	if err != nil {
		return Depth{}, fmt.Errorf("inspect queue: %w", err)
	}
	if !slices.Contains(known, q.key(name)) {
		return Depth{}, nil // nothing was ever put there
	}
	info, err := inspector.GetQueueInfo(q.key(name))
	if err != nil {
		return Depth{}, fmt.Errorf("inspect queue: %w", err)
	}
	return Depth{Waiting: info.Pending, Running: info.Active, Later: info.Scheduled, Failed: info.Retry, Oldest: info.Latency}, nil
}

// forget removes failed jobs that are not tried again; the store keeps what
// failed, and why.
func (q *queue) forget() error {
	inspector := asynq.NewInspectorFromRedisClient(q.redis)
	known, err := inspector.Queues()
	for _, name := range []string{queueSync, queueFollow} {
		if err == nil && slices.Contains(known, q.key(name)) {
			_, err = inspector.DeleteAllArchivedTasks(q.key(name))
		}
	}
	return err
}

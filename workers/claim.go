package workers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ErrForeign: the Redis database is in use by somebody else.
var ErrForeign = errors.New("the queue is not ours")

// Check refuses a queue that cannot be used: Redis does not answer, or its
// database bears the stamp of another installation or holds keys of another
// application; the latter are ErrForeign. It writes nothing, and every error
// says what to do.
func (w *Workers) Check(ctx context.Context) error {
	_, err := w.queue.stamped(ctx, w.opt.Installation)
	return err
}

// Claim stamps the queue with the installation, unless Check refuses it.
func (w *Workers) Claim(ctx context.Context) error {
	stamped, err := w.queue.stamped(ctx, w.opt.Installation)
	if err != nil || stamped {
		return err
	}
	if err := w.queue.redis.SetNX(ctx, w.queue.key(stampKey), w.opt.Installation, 0).Err(); err != nil {
		return w.queue.advise(err)
	}
	return w.Check(ctx) // another may have been faster
}

const stampKey = "installation"

// stamped reports whether the queue bears our stamp; false if it bears none and
// may be stamped.
func (q *queue) stamped(ctx context.Context, installation string) (bool, error) {
	found, err := q.redis.Get(ctx, q.key(stampKey)).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return false, q.searchForeign(ctx)
	case err != nil:
		return false, q.advise(err)
	case found != installation:
		return false, fmt.Errorf("%w: the Redis database %s is used by another Samsyn installation (%.8s, this one is %.8s): %s", ErrForeign, q.place, found, installation, ownDatabase)
	}
	return true, nil
}

const ownDatabase = "give Samsyn a Redis database of its own in the setting queue, such as redis://HOST:6379/1"

// searchForeign looks for a key that neither this program nor asynq on its
// behalf has made.
func (q *queue) searchForeign(ctx context.Context) error {
	foreign := func(what string) error {
		return fmt.Errorf("%w: the Redis database %s is used by another application (%s): %s", ErrForeign, q.place, what, ownDatabase)
	}
	keys := q.redis.Scan(ctx, 0, "", 1000).Iterator()
	for keys.Next(ctx) {
		if key := keys.Val(); !q.ours(key) {
			return foreign(fmt.Sprintf("there is a key %.40q", key))
		}
	}
	if err := keys.Err(); err != nil {
		return q.advise(err)
	}
	queues, err := q.redis.SMembers(ctx, "asynq:queues").Result()
	if err != nil {
		return q.advise(err)
	}
	for _, name := range queues {
		if !strings.HasPrefix(name, q.key("")) {
			return foreign(fmt.Sprintf("there is a queue %.40q of asynq", name))
		}
	}
	return nil
}

// asynqKeys are those that asynq keeps for all queues together; the keys of a
// queue have its name in braces.
var asynqKeys = []string{"asynq:queues", "asynq:servers", "asynq:workers", "asynq:schedulers", "asynq:scheduler_history"}

func (q *queue) ours(key string) bool {
	if strings.HasPrefix(key, q.key("")) || strings.HasPrefix(key, "asynq:{"+q.key("")) {
		return true
	}
	for _, own := range asynqKeys {
		if key == own || strings.HasPrefix(key, own+":") {
			return true
		}
	}
	return false
}

// advise says what to do when Redis cannot be used.
func (q *queue) advise(err error) error {
	var network net.Error
	switch text := err.Error(); {
	case strings.HasPrefix(text, "NOAUTH"), strings.HasPrefix(text, "WRONGPASS"), strings.HasPrefix(text, "NOPERM"):
		return fmt.Errorf("the Redis server at %s refuses user or password: correct them in the setting queue, redis://USER:PASSWORD@HOST:6379/0 (%s)", q.place, text)
	case strings.HasPrefix(text, "MISCONF"), strings.HasPrefix(text, "OOM"), strings.HasPrefix(text, "READONLY"):
		return fmt.Errorf("the Redis server at %s takes no writes: give it memory and disk, and name its primary in the setting queue (%s)", q.place, text)
	case errors.As(err, &network), strings.Contains(text, "connection refused"), strings.Contains(text, "EOF"):
		return fmt.Errorf("no Redis server answers at %s: start it, or correct the setting queue (%v)", q.place, err)
	}
	return fmt.Errorf("queue: %w", err)
}

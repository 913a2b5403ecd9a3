package workers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// errTaken: another process holds it.
var errTaken = errors.New("taken by another process")

// holdTTL is how long a thing stays taken after its process died.
const holdTTL = 15 * time.Second

// Both act only for who holds the key: KEYS[1] is the key, ARGV[1] the holder.
var (
	keepScript = redis.NewScript(`
		local holder = redis.call("GET", KEYS[1])
		if holder and holder ~= ARGV[1] then return 0 end
		redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
		return 1`)
	releaseScript = redis.NewScript(`
		if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end
		return 1`)
)

// hold takes something that one process alone may do. held ends with ctx, and
// when another process has taken it, as may happen after this one stood still
// or the queue was lost.
func (q *queue) hold(ctx context.Context, what string) (held context.Context, release func(), err error) {
	key, me := q.key("hold", what), rand.Text()
	keep := func(ctx context.Context) error {
		mine, err := keepScript.Run(ctx, q.redis, []string{key}, me, holdTTL.Milliseconds()).Int()
		if err == nil && mine == 0 {
			err = errTaken
		}
		return err
	}
	if err := keep(ctx); err != nil {
		return nil, nil, fmt.Errorf("hold %s: %w", what, err)
	}
	held, lose := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sleep(held, holdTTL/3) == nil {
			// While the queue does not answer nobody else can take it either.
			if err := keep(held); errors.Is(err, errTaken) {
				lose(err)
			}
		}
	}()
	return held, func() {
		lose(nil)
		<-done
		releaseScript.Run(context.WithoutCancel(ctx), q.redis, []string{key}, me)
	}, nil
}

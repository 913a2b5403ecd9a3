package workers

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"samsyn/internal/testenv"
)

// installation makes workers of the installation with that id on a queue.
func installation(t *testing.T, url, id string) *Workers {
	t.Helper()
	w, err := New(url, newCompany().work(), Options{Every: time.Hour, Installation: id})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestAQueueBelongsToOneInstallation(t *testing.T) {
	t.Parallel()
	url := testenv.Redis(t)
	first, second := installation(t, url, "first"), installation(t, url, "second")
	for range 2 { // stamping again changes nothing
		if err := first.Claim(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	start(t, first.Process)
	settle(t, first) // now there are keys of asynq, too
	for what, claim := range map[string]func(context.Context) error{"check": second.Check, "claim": second.Claim, "run": second.Run} {
		err := claim(t.Context())
		if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "another Samsyn installation (first, this one is second)") {
			t.Errorf("%s by a second installation: %v", what, err)
		}
	}
	if err := first.Check(t.Context()); err != nil {
		t.Errorf("the first installation lost its queue: %v", err)
	}
}

// TestAnUnstampedQueueOfOursIsTaken is the upgrade from a version without stamps.
func TestAnUnstampedQueueOfOursIsTaken(t *testing.T) {
	t.Parallel()
	w := installation(t, testenv.Redis(t), "one")
	start(t, w.Process)
	ask(t, w, 7)
	settle(t, w)
	if n := w.queue.redis.Exists(t.Context(), "samsyn:installation").Val(); n != 0 {
		t.Fatal("stamped before it was claimed")
	}
	if err := w.Claim(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAnotherApplicationsRedisIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"a cache": "session:17", "asynq": "asynq:{default}:pending", "a like name": "samsynopsis"} {
		t.Run(name, func(t *testing.T) {
			w := installation(t, testenv.Redis(t), "one")
			if err := w.queue.redis.Set(t.Context(), key, "theirs", 0).Err(); err != nil {
				t.Fatal(err)
			}
			if err := w.Claim(t.Context()); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), key) {
				t.Errorf("claim: %v", err)
			}
			if keys := w.queue.redis.Keys(t.Context(), "*").Val(); len(keys) != 1 {
				t.Errorf("keys were written: %q", keys)
			}
		})
	}
	t.Run("idle asynq", func(t *testing.T) {
		w := installation(t, testenv.Redis(t), "one")
		if err := w.queue.redis.SAdd(t.Context(), "asynq:queues", "default").Err(); err != nil {
			t.Fatal(err)
		}
		if err := w.Claim(t.Context()); !errors.Is(err, ErrForeign) {
			t.Errorf("claim: %v", err)
		}
	})
}

func TestARedisThatCannotBeUsedIsExplained(t *testing.T) {
	t.Parallel()
	server := testenv.RedisServer(t)
	w := installation(t, server.URL, "one")
	if err := w.queue.redis.ConfigSet(t.Context(), "requirepass", "secret").Err(); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		server.URL: "refuses user or password",
		strings.Replace(server.URL, "redis://", "redis://:wrong-one@", 1): "refuses user or password",
		"redis://127.0.0.1:1/0": "no Redis server answers at 127.0.0.1:1/0",
	} {
		err := installation(t, url, "one").Claim(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "setting queue") || strings.Contains(err.Error(), "wrong-one") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

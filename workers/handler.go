package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/hibiken/asynq"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

const (
	maxRetry    = 12             // tries after the first; then the schedule goes on alone
	maxInternal = 3              // of our own failures: they seldom pass by waiting
	longest     = 12 * time.Hour // a job that takes longer has hung
	pause       = 15 * time.Minute
	chain       = time.Second // after which a long job asks for the one that follows it, and then after twice, four times … that
	chainMost   = 20 * time.Second
)

// handler works off jobs until cut ends, and then gives them back.
func (w *Workers) handler(cut context.Context) asynq.Handler {
	return asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
		j, err := jobOf(t)
		if err != nil {
			return errors.Join(err, asynq.SkipRetry)
		}
		// Not the context of asynq: when that ends, asynq takes the job from us at once.
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(cut, cancel)()
		retries, _ := asynq.GetRetryCount(ctx)
		if err := w.queue.begun(ctx, j, retries > 0); err != nil {
			return w.giveBack(ctx, j, err)
		}
		if j.Routine && retries == 0 {
			if rests, err := w.queue.restsFailing(ctx, j.Source); err != nil || rests {
				return errors.Join(err, w.queue.ended(ctx, j)) // a password tried twice is half way to a locked account
			}
		}
		began := time.Now()
		err = w.do(ctx, j)
		switch {
		case err == nil:
			w.opt.Log.Debug("job done", "job", j.id(), "took", time.Since(began))
			return w.queue.ended(ctx, j)
		case errors.Is(err, errTaken), errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrFenced):
			delay := growing(200*time.Millisecond, j.Waits, 5*time.Second)
			j.Waits++
			return errors.Join(w.queue.ended(ctx, j), w.queue.offer(context.WithoutCancel(ctx), j, delay))
		case cut.Err() != nil:
			return w.giveBack(ctx, j, err)
		}
		err = w.failed(context.WithoutCancel(ctx), j, err, retries) // the source rests before another look may be asked for
		return errors.Join(err, w.queue.ended(ctx, j))
	})
}

// giveBack puts a job that was cut short back into the queue, for whoever comes
// next. If the queue does not take it, err lets asynq keep the job.
func (w *Workers) giveBack(ctx context.Context, j job, err error) error {
	if offerErr := errors.Join(w.queue.ended(ctx, j), w.queue.offer(context.WithoutCancel(ctx), j, 0)); offerErr != nil {
		return errors.Join(err, offerErr)
	}
	w.opt.Log.Info("job given back", "job", j.id())
	return nil
}

// do does the job. A panic is an error like another, so that it hits nothing else.
func (w *Workers) do(ctx context.Context, j job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.opt.Log.Error("panic", "job", j.id(), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in %s: %v", j.id(), p)
		}
	}()
	switch j.Kind {
	case kindSync:
		return w.sync(ctx, j.Source)
	case kindLink:
		return w.follow(ctx, kindLink, w.work.Link, job{Kind: kindIndex})
	case kindIndex:
		return w.follow(ctx, kindIndex, w.work.Index)
	case kindTidy:
		return w.tidy(ctx)
	}
	return connectors.Broken(nil, "there is no job of kind %q: another version of this program asked for it", j.Kind)
}

// sync looks at a source. What it reads is linked and indexed while it reads on.
func (w *Workers) sync(ctx context.Context, id hub.SourceID) error {
	err := w.meanwhile(ctx, func() error { return w.work.Sync(ctx, id) }, job{Kind: kindLink})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil // it was removed
	case err != nil:
		return err
	}
	return w.queue.rest(context.WithoutCancel(ctx), id, w.opt.Every)
}

// follow lets a follower of the change sequence come to its head.
func (w *Workers) follow(ctx context.Context, kind string, step func(context.Context) (int, error), next ...job) error {
	held, release, err := w.queue.hold(ctx, kind)
	for n := 0; n < 10 && errors.Is(err, errTaken) && sleep(ctx, 20*time.Millisecond) == nil; n++ {
		held, release, err = w.queue.hold(ctx, kind) // mostly the other is soon at the head
	}
	if err != nil {
		return err
	}
	defer release()
	return w.meanwhile(held, func() error {
		for {
			n, err := step(held)
			if lost := context.Cause(held); errors.Is(lost, errTaken) {
				return lost
			}
			if err != nil || n == 0 {
				return err
			}
		}
	}, next...)
}

// meanwhile calls f and asks for the next jobs once it is done, and before,
// ever more seldom, so that they need not wait for its end: what comes in first
// is soon found, and what comes in by the hundred thousand is not linked and
// indexed again and again as its customers grow.
func (w *Workers) meanwhile(ctx context.Context, f func() error, next ...job) error {
	ask := func(ctx context.Context) error {
		var errs []error
		for _, j := range next {
			errs = append(errs, w.queue.offer(ctx, j, 0))
		}
		return errors.Join(errs...)
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		for wait := chain; ; wait = min(2*wait, chainMost) {
			select {
			case <-done:
				return
			case <-time.After(wait):
				if err := ask(ctx); err != nil && ctx.Err() == nil {
					w.opt.Log.Warn("following job not asked for", "err", err)
				}
			}
		}
	}()
	err := f()
	// Also after a failure: what was read before it is good.
	if askErr := ask(context.WithoutCancel(ctx)); err == nil {
		err = askErr
	}
	return err
}

func (w *Workers) tidy(ctx context.Context) error {
	held, release, err := w.queue.hold(ctx, kindTidy)
	if err != nil {
		return err
	}
	defer release()
	if err := w.work.Tidy(held); err != nil {
		return err
	}
	return w.queue.forget()
}

// failed decides whether and when the job is tried again after its n-th retry.
func (w *Workers) failed(ctx context.Context, j job, err error, n int) error {
	class := connectors.ClassOf(err)
	again := class == hub.ClassRateLimited || class == hub.ClassUnreachable || class == hub.ClassInternal && n < maxInternal
	f := &failure{error: err, delay: backoff(class, err, n)}
	w.opt.Log.Warn("job failed", "job", j.id(), "class", class, "again", again, "in", f.delay, "err", connectors.ReasonOf(err))
	if j.Kind == kindSync {
		rest := f.delay + w.opt.Every // the retry comes first
		if !again {
			rest = max(pause, w.opt.Every) // a password tried every minute locks the account
		}
		if restErr := w.queue.restFailing(ctx, j.Source, rest); restErr != nil {
			return errors.Join(err, restErr)
		}
	}
	if again {
		var redisErr error
		if again, redisErr = w.queue.mayRetry(ctx, j, f.delay); redisErr != nil {
			return errors.Join(err, redisErr)
		}
	}
	if !again {
		return errors.Join(f, asynq.SkipRetry)
	}
	return f
}

// failure is an error with the time after which the job is tried again.
type failure struct {
	error
	delay time.Duration
}

func (f *failure) Unwrap() error { return f.error }

// backoff is the time to wait after the n-th failure of a class.
func backoff(class string, err error, n int) time.Duration {
	switch class {
	case hub.ClassRateLimited:
		var e *connectors.Error
		if errors.As(err, &e) && e.Wait > 0 {
			return e.Wait
		}
		return growing(time.Minute, n, time.Hour)
	case hub.ClassUnreachable:
		return growing(2*time.Second, n, 10*time.Minute)
	}
	return growing(time.Second, n, 5*time.Minute)
}

// growing doubles first n times, up to most, and varies it by a fifth so that
// what failed together does not come back together.
func growing(first time.Duration, n int, most time.Duration) time.Duration {
	d := most
	if n < 20 { // more would overflow
		d = min(first<<n, most)
	}
	return d - d/10 + rand.N(d/5+1)
}

// retryDelay is for asynq. Errors that are not ours are its own: the process
// that had the job is gone.
func retryDelay(n int, err error, _ *asynq.Task) time.Duration {
	var f *failure
	if errors.As(err, &f) {
		return f.delay
	}
	return growing(time.Second, n, time.Minute)
}

// logger lets asynq write to our log.
type logger struct{ log *slog.Logger }

func (l logger) Debug(args ...any) { l.log.Debug(fmt.Sprint(args...)) }
func (l logger) Info(args ...any)  { l.log.Info(fmt.Sprint(args...)) }
func (l logger) Warn(args ...any)  { l.log.Warn(fmt.Sprint(args...)) }
func (l logger) Error(args ...any) { l.log.Error(fmt.Sprint(args...)) }
func (l logger) Fatal(args ...any) { l.log.Error(fmt.Sprint(args...)) }

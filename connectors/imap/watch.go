package imap

import (
	"context"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

const (
	// RFC 2177 asks for less than 29 minutes. Routers forget a silent connection
	// sooner, and a server that vanished is noticed only by the re-issue.
	idleRestart = 9 * time.Minute
	pollGap     = time.Minute // between looks at a server without IDLE
	firstPause  = 2 * time.Second
	longPause   = 5 * time.Minute
)

// Watch tells of changes in INBOX, by IDLE (RFC 2177) over a connection of its
// own, or by asking every minute where the server has no IDLE. It connects
// again when the connection is lost, and returns when ctx ends or the login is refused.
func (c *Connector) Watch(ctx context.Context, changed func()) error {
	signal := make(chan struct{}, 1)
	notify := func() {
		select {
		case signal <- struct{}{}:
		default: // one is waiting already
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range signal {
			changed()
		}
	}()
	defer func() { close(signal); <-done }()

	pause := firstPause
	for first := true; ; first = false {
		began := time.Now()
		err := c.watchOnce(ctx, notify, !first)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if connectors.ClassOf(err) == hub.ClassAuth {
			return err
		}
		if time.Since(began) > longPause {
			pause = firstPause
		}
		c.env.Log.Debug("watching was interrupted", "class", connectors.ClassOf(err))
		if err := sleep(ctx, jitter(pause)); err != nil {
			return err
		}
		pause = min(2*pause, longPause)
	}
}

// watchOnce watches over one connection until it ends. missed says that
// something may have changed while there was none.
func (c *Connector) watchOnce(ctx context.Context, notify func(), missed bool) error {
	s, err := c.connect(ctx, &imapclient.UnilateralDataHandler{
		Expunge: func(uint32) { notify() },
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				notify()
			}
		},
	})
	if err != nil {
		return err
	}
	defer s.close()
	if missed {
		notify()
	}
	if !s.caps.Has(imap.CapIdle) {
		return c.explain(s.poll(ctx, notify))
	}
	if _, err := s.examine(ctx, "INBOX"); err != nil {
		return c.explain(err)
	}
	for {
		if err := s.idle(ctx, idleRestart); err != nil {
			return c.explain(err)
		}
	}
}

// idle idles for d.
func (s *session) idle(ctx context.Context, d time.Duration) error {
	var cmd *imapclient.IdleCommand
	err := s.run(ctx, func() (err error) {
		cmd, err = s.client.Idle()
		return err
	})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		s.guard.hangUp()
		cmd.Close()
		return ctx.Err()
	case <-s.client.Closed():
		return s.cause(errUnparsable)
	case <-time.After(d):
	}
	return s.run(ctx, func() error {
		if err := cmd.Close(); err != nil {
			return err
		}
		return cmd.Wait()
	})
}

// poll asks for the state of INBOX again and again.
func (s *session) poll(ctx context.Context, notify func()) error {
	var last string
	for {
		var now string
		err := s.run(ctx, func() error {
			data, err := s.client.Status("INBOX", s.statusOptions()).Wait()
			if err == nil {
				now = version(data)
			}
			return err
		})
		if err != nil {
			return err
		}
		if last != "" && now != last {
			notify()
		}
		last = now
		if err := sleep(ctx, pollGap); err != nil {
			return err
		}
	}
}

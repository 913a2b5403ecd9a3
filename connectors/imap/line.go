package imap

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// line is the connection a Connector reads over: opened when it is first
// needed, and again when it was lost.
type line struct {
	connect func(context.Context) (*session, error)

	mu     sync.Mutex
	cur    *session
	folder string // the one that was examined over cur
	data   *imap.SelectData
}

// session returns a session that has logged in.
func (l *line) session(ctx context.Context) (*session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.locked(ctx)
}

func (l *line) locked(ctx context.Context) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.cur != nil && l.cur.alive() {
		return l.cur, nil
	}
	l.drop()
	s, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	l.cur = s
	return s, nil
}

// examine opens a folder for reading, anew if fresh is set or it was another.
// A lost connection is replaced, with the pauses given.
func (l *line) examine(ctx context.Context, folder string, fresh bool, pauses []time.Duration) (*session, *imap.SelectData, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		s, err := l.locked(ctx)
		if err == nil && !fresh && l.folder == folder {
			return s, l.data, nil
		}
		if err == nil {
			l.folder, l.data = "", nil
			var data *imap.SelectData
			if data, err = s.examine(ctx, folder); err == nil {
				l.folder, l.data = folder, data
				return s, data, nil
			}
			if s.alive() {
				return nil, nil, err
			}
		}
		if len(pauses) == 0 || ctx.Err() != nil || !passing(err) {
			return nil, nil, err
		}
		if err := sleep(ctx, jitter(pauses[0])); err != nil {
			return nil, nil, err
		}
		pauses = pauses[1:]
	}
}

// passing reports whether it may help to connect again.
func passing(err error) bool {
	var e *connectors.Error
	return !errors.As(err, &e) || e.Class == hub.ClassUnreachable
}

// end ends s after its connection was found lost or has to be cut off.
func (l *line) end(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.guard.hangUp()
	if l.cur == s {
		l.drop()
	}
}

func (l *line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop()
}

func (l *line) drop() {
	if l.cur != nil {
		l.cur.close()
	}
	l.cur, l.folder, l.data = nil, "", nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// jitter spreads pauses, so that many readers of one server do not come back at once.
func jitter(d time.Duration) time.Duration {
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1))
}

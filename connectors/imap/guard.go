package imap

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// maxReply bounds what a server may send before something useful comes out of
// it; a plain SEARCH reply of four million UIDs fits in.
const maxReply = 32 << 20

var (
	errSilent  = errors.New("the server did not answer in time")
	errEndless = errors.New("the server sent a reply without end")
)

// guard stands between go-imap and the network. go-imap waits for a reply as
// long as it takes and buffers whatever length it has; guard ends both. It also
// remembers how a connection was lost, which go-imap's errors do not tell.
type guard struct {
	net.Conn

	mu      sync.Mutex
	silence time.Duration // how long an awaited reply may pause
	waiting int           // commands whose reply is awaited
	pending int64         // bytes read since claim was called
	lost    error         // the first error of the connection
	closed  bool
}

func (g *guard) Read(p []byte) (int, error) {
	if err := g.extend(); err != nil {
		return 0, err
	}
	n, err := g.Conn.Read(p)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending += int64(n)
	switch {
	case g.pending > maxReply:
		err = errEndless
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = errSilent
	}
	if err != nil && g.lost == nil {
		g.lost = err
	}
	return n, err
}

// Close is called by go-imap: when the connection is lost already, or because
// it gives up on a reply that it cannot parse.
func (g *guard) Close() error {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	return g.Conn.Close()
}

// hangUp ends the connection from this side.
func (g *guard) hangUp() {
	g.mu.Lock()
	if g.lost == nil {
		g.lost = net.ErrClosed
	}
	g.mu.Unlock()
	g.Close()
}

// SetReadDeadline does nothing: go-imap's deadlines give a mail five minutes,
// however large it is, and a reply for ever. The deadline here moves with every byte.
func (g *guard) SetReadDeadline(time.Time) error { return nil }

// extend moves the deadline. What is lost stays lost: go-imap tries several times.
func (g *guard) extend() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost == nil {
		g.lost = g.setDeadline()
	}
	return g.lost
}

func (g *guard) setDeadline() error {
	if g.waiting == 0 {
		return g.Conn.SetReadDeadline(time.Time{})
	}
	return g.Conn.SetReadDeadline(time.Now().Add(g.silence))
}

// wait sets how long an awaited reply may pause from now on.
func (g *guard) wait(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.silence = d
}

// expect says that a reply is awaited from now on until the returned function is called.
func (g *guard) expect() (done func()) {
	g.add(1)
	return func() { g.add(-1) }
}

func (g *guard) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting += n
	g.pending = 0
	if g.waiting <= 1 {
		g.setDeadline() // of a closed connection fails, and then Read fails too
	}
}

// claim says that what was read so far was of use.
func (g *guard) claim() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending = 0
}

// failure is how the connection was lost; nil when it lives, and when go-imap
// gave up on a reply that it cannot parse.
func (g *guard) failure() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lost
}

// open reports whether nobody closed or lost the connection.
func (g *guard) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lost == nil && !g.closed
}

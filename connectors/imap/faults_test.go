package imap

import (
	"bytes"
	"context"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// cuts makes a connector whose connections end after so many bytes, the last
// number being used again and again; -1 is never.
func (m *mailbox) cuts(after ...int) *Connector {
	c := m.connector(nil)
	var n atomic.Int64
	c.dial = func(context.Context) (net.Conn, error) {
		conn, err := m.dial()
		i := min(int(n.Add(1)), len(after)) - 1
		return &faulty{Conn: conn, left: after[i]}, err
	}
	return c
}

func testCutAnywhere(t *testing.T, m *mailbox) {
	m.add("INBOX", 12)
	whole := read(t, m.connector(nil), "INBOX").refs
	if len(whole) != 12 {
		t.Fatalf("%d of 12 mails were read", len(whole))
	}
	// The marks come first, about 4 kB, then the bodies, 5 kB each.
	for after := 2000; after < 75_000; after += 4999 {
		c := m.cuts(after, -1)
		s := read(t, c, "INBOX")
		if !slices.Equal(s.refs, whole) || s.ended != nil || len(s.bad) > 0 {
			t.Errorf("one cut after %d bytes: read %v, problems %v, ended with %v", after, s.refs, s.bad, s.ended)
		}
	}
	// Every connection ends in the middle of the second mail: mail by mail, all come.
	c := m.cuts(12_000)
	if s := read(t, c, "INBOX"); !slices.Equal(s.refs, whole) || s.ended != nil || len(s.bad) > 0 {
		t.Errorf("each connection cut: read %v, problems %v, ended with %v", s.refs, s.bad, s.ended)
	}
	// No mail ever comes whole: that is not the fault of the mails.
	c = m.cuts(3000)
	if s := read(t, c, "INBOX"); connectors.ClassOf(s.ended) != hub.ClassUnreachable || len(s.bad) > 0 {
		t.Errorf("no mail gets through: problems %v, ended with %v", s.bad, s.ended)
	}
}

func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) { testCutAnywhere(t, memServer(t, imap.CapIMAP4rev1, imap.CapIMAP4rev2)) })
	t.Run("dovecot", func(t *testing.T) { testCutAnywhere(t, dovecot(t)) })
}

func TestRenumberedWhileReading(t *testing.T) {
	m := memServer(t, imap.CapIMAP4rev1, imap.CapMove, imap.CapUnselect)
	m.create(archive)
	m.add(archive, 4)
	c := m.connector(nil)
	var conns int
	c.dial = func(ctx context.Context) (net.Conn, error) {
		conn, err := m.dial()
		if conns++; conns == 1 {
			return &faulty{Conn: conn, left: 6000}, err
		}
		m.renumber(archive)
		return conn, err
	}
	s := read(t, c, archive)
	if connectors.ClassOf(s.ended) != hub.ClassUnreachable || len(s.bad) > 0 {
		t.Errorf("problems %v, ended with %v, want that the folder is to be read again", s.bad, s.ended)
	}
}

// marked knows mails by their marks alone.
type marked map[string]string

func (marked) Ref(string) bool           { return false }
func (k marked) Mark(mark string) string { return k[mark] }

// TestMailCutDown: mail programs take attachments out of a mail by storing it
// anew, under the header it had.
func TestMailCutDown(t *testing.T) {
	t.Parallel()
	m := memServer(t, imap.CapIMAP4rev1, imap.CapUnselect)
	whole := m.letter("With all that was attached to it.")
	m.put("INBOX", whole)
	known := marked{}
	look := func() (contents int) {
		c := m.connector(nil)
		for s, err := range c.Scopes(t.Context(), nil) {
			m.must(err)
			for item, err := range c.Read(t.Context(), s, known) {
				m.must(err)
				if item.Content != nil {
					contents++
				}
				known[item.Mark] = item.Key
			}
		}
		return contents
	}
	for step, want := range []int{1, 0} {
		if got := look(); got != want {
			t.Fatalf("look %d brought %d mails, want %d", step, got, want)
		}
	}
	m.put("INBOX", bytes.Replace(whole, []byte("With all that was"), []byte("Nothing is"), 1))
	if got := look(); got != 1 {
		t.Errorf("%d mails were read, want the one that was cut down", got)
	}
}

func TestNothingIsMarkedAsSeen(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*mailbox{"memory": memServer(t, imap.CapIMAP4rev1), "dovecot": dovecot(t)} {
		m.add("INBOX", 3)
		status := func() imap.StatusData {
			data, err := m.hand.Status("INBOX", &imap.StatusOptions{NumMessages: true, NumUnseen: true}).Wait()
			m.must(err)
			return *data
		}
		read(t, m.connector(nil), "INBOX")
		c := m.connector(nil)
		for s := range c.Scopes(t.Context(), nil) {
			body, _, _, err := c.Original(t.Context(), s.Name, read(t, c, s.Name).refs[0])
			m.must(err)
			body.Close()
		}
		if got := status(); *got.NumUnseen != 3 || *got.NumMessages != 3 {
			t.Errorf("%s: after reading %d of %d mails are unseen", name, *got.NumUnseen, *got.NumMessages)
		}
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*mailbox{"memory": memServer(t, imap.CapIMAP4rev1, imap.CapIdle), "dovecot": dovecot(t)} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			told := make(chan struct{}, 100)
			ended := make(chan error, 1)
			c := m.connector(nil)
			go func() { ended <- c.Watch(ctx, func() { told <- struct{}{} }) }()
			for tries := 0; len(told) == 0; tries++ {
				if tries == 30 {
					t.Fatal("mail arrives, and nothing was told")
				}
				m.add("INBOX", 1)
				time.Sleep(300 * time.Millisecond)
			}
			cancel()
			select {
			case err := <-ended:
				if err != context.Canceled {
					t.Errorf("watching ended with %v", err)
				}
			case <-time.After(2 * time.Second):
				t.Error("watching did not end with its context")
			}
		})
	}
}

func TestWatchReconnects(t *testing.T) {
	t.Parallel()
	m := memServer(t, imap.CapIMAP4rev1, imap.CapIdle)
	c := m.connector(nil)
	conns := make(chan net.Conn, 10)
	c.dial = func(context.Context) (net.Conn, error) {
		conn, err := m.dial()
		conns <- conn
		return conn, err
	}
	told := make(chan struct{}, 10)
	go c.Watch(t.Context(), func() { told <- struct{}{} })
	time.Sleep(200 * time.Millisecond)
	(<-conns).Close()
	select {
	case <-told: // what may have been missed
	case <-time.After(20 * time.Second):
		t.Fatal("after a lost connection nothing was told")
	}
}

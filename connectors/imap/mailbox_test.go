package imap

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"samsyn/connectors"
	"samsyn/internal/testenv"
)

// mailbox is a real mailbox with a hand that changes it.
type mailbox struct {
	t       testing.TB
	dial    func() (net.Conn, error)
	hand    *imapclient.Client
	written int

	mu       sync.Mutex
	closed   map[string]bool // folders that may not be opened
	cutAfter int             // bytes after which each connection is cut; 0: none is
	poison   bool            // the connection is cut wherever a mail holds the word
}

const poison = "x-this-mail-is-poisoned"

// memServer makes a mailbox on go-imap's server in this process.
func memServer(t testing.TB, caps ...imap.Cap) *mailbox {
	t.Helper()
	m := &mailbox{t: t, closed: map[string]bool{}}
	user := imapmemserver.NewUser("kari", "secret")
	set := imap.CapSet{}
	for _, c := range caps {
		set[c] = struct{}{}
	}
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &memSession{imapmemserver.NewUserSession(user), m}, nil, nil
		},
		Caps: set, InsecureAuth: true, Logger: silent{},
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(ln)
	t.Cleanup(func() { server.Close() })
	m.dial = func() (net.Conn, error) { return net.Dial("tcp", ln.Addr().String()) }
	m.takeHand("kari", "secret")
	m.create("INBOX")
	return m
}

type silent struct{}

func (silent) Printf(string, ...any) {}

// memSession keeps closed folders closed.
type memSession struct {
	*imapmemserver.UserSession
	m *mailbox
}

func (s *memSession) refusal(folder string) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.closed[folder] {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Text: "This folder cannot be opened"}
	}
	return nil
}

func (s *memSession) Select(folder string, opt *imap.SelectOptions) (*imap.SelectData, error) {
	if err := s.refusal(folder); err != nil {
		return nil, err
	}
	return s.UserSession.Select(folder, opt)
}

func (s *memSession) Status(folder string, opt *imap.StatusOptions) (*imap.StatusData, error) {
	if err := s.refusal(folder); err != nil {
		return nil, err
	}
	return s.UserSession.Status(folder, opt)
}

// dovecot makes a mailbox on Dovecot, reached through pipes.
func dovecot(t testing.TB) *mailbox {
	t.Helper()
	server := testenv.Dovecot(t)
	m := &mailbox{t: t, closed: map[string]bool{}, dial: server.Pipe}
	m.takeHand("", "")
	return m
}

// empty empties the mailbox.
func (m *mailbox) empty() *mailbox {
	m.t.Helper()
	m.set(func() { m.cutAfter, m.poison = 0, false })
	list, err := m.hand.List("", "*", nil).Collect()
	m.must(err)
	for _, f := range list {
		if f.Mailbox != "INBOX" && !slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) {
			m.must(m.hand.Delete(f.Mailbox).Wait())
		}
	}
	_, err = m.hand.Select("INBOX", nil).Wait()
	m.must(err)
	m.must(m.hand.Store(imap.UIDSet{{Start: 1, Stop: 0}}, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close())
	m.must(m.hand.Expunge().Close())
	m.must(m.hand.Unselect().Wait())
	return m
}

func (m *mailbox) takeHand(user, password string) {
	m.t.Helper()
	conn, err := m.dial()
	if err != nil {
		m.t.Fatal(err)
	}
	m.hand = imapclient.New(conn, nil)
	m.t.Cleanup(func() { m.hand.Close() })
	if err := m.hand.WaitGreeting(); err != nil {
		m.t.Fatal(err)
	}
	if user != "" {
		m.must(m.hand.Login(user, password).Wait())
	}
}

func (m *mailbox) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *mailbox) create(folder string) { m.must(m.hand.Create(folder, nil).Wait()) }

// letter writes a mail that was transported.
func (m *mailbox) letter(body string) []byte {
	m.written++
	n := m.written
	return fmt.Appendf(nil, "Received: from mx%d.example.com by mail.example.net; Tue, 3 Jun 2025 10:%02d:00 +0200\r\n"+
		"Message-ID: <%d@example.com>\r\nDate: Tue, 3 Jun 2025 10:%02d:00 +0200\r\nFrom: Kari Hansen <kari@example.com>\r\n"+
		"To: post@example.net\r\nSubject: Order %d\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nMail number %d. %s\r\n",
		n, n%60, n, n%60, n, n, body)
}

// withTable writes a mail with an attached table, whose last column has the header.
func (m *mailbox) withTable(header, name string) []byte {
	m.written++
	return fmt.Appendf(nil, "Received: from mx%[1]d.example.com by mail.example.net; Tue, 3 Jun 2025 10:00:00 +0200\r\nMessage-ID: <%[1]d@example.com>\r\n"+
		"Date: Tue, 3 Jun 2025 10:00:00 +0200\r\nFrom: Kari Hansen <kari@example.com>\r\nTo: post@example.net\r\nSubject: List %[1]d\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n"+
		"--B\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=%[3]s\r\n\r\nKundenr;Firma;Dato;%[2]s\r\n"+
		"10021;Fjellvik AS;1.2.2025;Kari Lie\r\n10022;Dalheim AS;2.2.2025;Ola Dahl\r\n10023;Nes AS;3.2.2025;Per Moen\r\n10024;Vik AS;4.2.2025;Eva Lund\r\n--B--\r\n",
		m.written, header, name)
}

func (m *mailbox) put(folder string, raw []byte) {
	m.t.Helper()
	cmd := m.hand.Append(folder, int64(len(raw)), nil)
	if _, err := cmd.Write(raw); err != nil {
		m.t.Fatal(err)
	}
	m.must(cmd.Close())
	_, err := cmd.Wait()
	m.must(err)
}

func (m *mailbox) add(folder string, n int) {
	m.t.Helper()
	for range n {
		m.put(folder, m.letter(strings.Repeat("All of it arrived in good order. ", 150)))
	}
}

// first opens a folder for writing and returns its first mail.
func (m *mailbox) first(folder string) imap.UIDSet {
	m.t.Helper()
	_, err := m.hand.Select(folder, nil).Wait()
	m.must(err)
	data, err := m.hand.UIDSearch(&imap.SearchCriteria{}, nil).Wait()
	m.must(err)
	return imap.UIDSetNum(data.AllUIDs()[0])
}

func (m *mailbox) remove(folder string) {
	m.t.Helper()
	uid := m.first(folder)
	m.must(m.hand.Store(uid, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close())
	m.must(m.hand.Expunge().Close())
	m.must(m.hand.Unselect().Wait())
}

func (m *mailbox) move(from, to string) {
	m.t.Helper()
	_, err := m.hand.Move(m.first(from), to).Wait()
	m.must(err)
	m.must(m.hand.Unselect().Wait())
}

// renumber gives a folder a new UIDVALIDITY, with the mails in another order.
func (m *mailbox) renumber(folder string) {
	m.t.Helper()
	m.must(m.hand.Rename(folder, "Renamed", nil).Wait())
	m.create(folder)
	m.move("Renamed", folder)
	_, err := m.hand.Select("Renamed", nil).Wait()
	m.must(err)
	_, err = m.hand.Move(imap.UIDSet{{Start: 1, Stop: 0}}, folder).Wait()
	m.must(err)
	m.must(m.hand.Unselect().Wait())
	m.must(m.hand.Delete("Renamed").Wait())
}

// connector opens a connector on the mailbox.
func (m *mailbox) connector(change func(*Config)) *Connector {
	m.t.Helper()
	cfg := Config{Host: "mail.example.net", User: "kari", Password: "secret", TLS: noTLS, Insecure: true}
	if change != nil {
		change(&cfg)
	}
	m.must(cfg.Validate())
	env := connectors.Env{Log: slog.New(slog.DiscardHandler), TempDir: m.t.TempDir(), Country: "NO"}
	c, err := open(cfg, env, m.conn)
	m.must(err)
	c.silence = 5 * time.Second
	c.backoff = []time.Duration{0, time.Millisecond}
	m.t.Cleanup(func() { c.Close() })
	return c
}

// faulty is a connection that is cut after a number of bytes, or where a word is read.
type faulty struct {
	net.Conn
	left int // -1: any number
	word []byte
	tail []byte
}

func (f *faulty) Read(p []byte) (int, error) {
	if f.left >= 0 && len(p) > f.left {
		p = p[:f.left]
	}
	if f.left == 0 {
		f.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	n, err := f.Conn.Read(p)
	if f.left > 0 {
		f.left -= n
	}
	if f.word != nil {
		f.tail = append(f.tail, p[:n]...)
		if bytes.Contains(f.tail, f.word) {
			f.Conn.Close()
			return 0, io.ErrUnexpectedEOF
		}
		f.tail = f.tail[max(0, len(f.tail)-len(f.word)):]
	}
	return n, err
}

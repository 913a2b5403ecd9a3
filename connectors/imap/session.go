package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"samsyn/connectors"
)

const (
	connectPatience = 15 * time.Second // for the connection, the greeting and the login
	replyPatience   = time.Minute      // for a reply to go on
)

var errUnparsable = errors.New("the server sent a reply that breaks the rules of IMAP")

// session is one connection that has logged in.
type session struct {
	client *imapclient.Client
	guard  *guard
	caps   imap.CapSet
}

// connect opens a session. updates is told of what the server says unasked, and may be nil.
func (c *Connector) connect(ctx context.Context, updates *imapclient.UnilateralDataHandler) (*session, error) {
	raw, err := c.dial(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, c.explain(fmt.Errorf("dial: %w", err))
	}
	s := &session{guard: &guard{Conn: raw, silence: min(c.silence, connectPatience)}}
	err = s.run(ctx, func() error { return c.enter(ctx, s, &imapclient.Options{UnilateralDataHandler: updates}) })
	if err != nil {
		raw.Close()
		return nil, c.explain(err)
	}
	s.guard.wait(c.silence)
	return s, nil
}

// enter goes through the door: encryption, greeting, login.
func (c *Connector) enter(ctx context.Context, s *session, opt *imapclient.Options) (err error) {
	if opt.TLSConfig, err = c.cfg.tlsConfig(); err != nil {
		return err
	}
	switch c.cfg.TLS {
	case tlsFromStart:
		conn := tls.Client(s.guard, opt.TLSConfig)
		if err := conn.HandshakeContext(ctx); err != nil {
			return &doorError{"handshake", err}
		}
		s.client = imapclient.New(conn, opt)
	case startTLS:
		if s.client, err = imapclient.NewStartTLS(s.guard, opt); err != nil {
			return &doorError{"starttls", err}
		}
	default:
		s.client = imapclient.New(s.guard, opt)
	}
	if err := s.client.WaitGreeting(); err != nil {
		return &doorError{"greeting", err}
	}
	if s.client.State() == imap.ConnStateNotAuthenticated {
		if err := c.login(s.client); err != nil {
			return err
		}
	}
	if s.caps = s.client.Caps(); s.caps == nil {
		return fmt.Errorf("capabilities: %w", net.ErrClosed)
	}
	return nil
}

// login logs in. After a refusal the connection is of no more use.
func (c *Connector) login(client *imapclient.Client) error {
	password, err := c.cfg.password()
	if err != nil {
		return err
	}
	caps := client.Caps()
	switch {
	case caps.Has(imap.AuthCap(sasl.Plain)):
		// RFC 4616: log in as user, to act for the mailbox.
		err = client.Authenticate(sasl.NewPlainClient(c.cfg.Mailbox, c.cfg.User, password))
	case c.cfg.Mailbox != "" && c.cfg.Mailbox != c.cfg.User:
		return &doorError{"mailbox", errors.New("AUTH=PLAIN is not offered")}
	case caps.Has(imap.CapLoginDisabled):
		return &doorError{"login disabled", errors.New("LOGINDISABLED")}
	default:
		err = client.Login(c.cfg.User, password).Wait()
	}
	if err != nil {
		return &doorError{"login", err}
	}
	return nil
}

// run runs one exchange with the server. The end of ctx closes the connection,
// the only way to interrupt go-imap.
func (s *session) run(ctx context.Context, exchange func() error) error {
	stop := context.AfterFunc(ctx, func() { s.guard.hangUp() })
	defer stop()
	defer s.guard.expect()()
	err := exchange()
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return s.cause(err)
}

// cause finds out what ended a command. A NO or BAD leaves the connection
// usable; everything else is its end.
func (s *session) cause(err error) error {
	var refused *imap.Error
	var told *connectors.Error
	var door *doorError
	switch lost := s.guard.failure(); {
	case err == nil, errors.As(err, &refused), errors.As(err, &told), errors.As(err, &door) && lost == nil:
		return err
	case errors.As(err, &door):
		return &doorError{door.step, lost}
	case lost != nil:
		return &lostError{lost}
	}
	return fmt.Errorf("%w: %w", errUnparsable, err)
}

// lostError says that the connection ended.
type lostError struct{ err error }

func (e *lostError) Error() string { return "connection lost: " + e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// doorError says at which step of coming in something went wrong.
type doorError struct {
	step string
	err  error
}

func (e *doorError) Error() string { return e.step + ": " + e.err.Error() }
func (e *doorError) Unwrap() error { return e.err }

// alive reports whether the connection can still be used.
func (s *session) alive() bool {
	select {
	case <-s.client.Closed():
		return false
	default:
		return s.guard.open() && s.client.State() != imap.ConnStateLogout
	}
}

// close ends the session, politely when there is somebody to be polite to.
func (s *session) close() {
	if s.alive() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.run(ctx, s.client.Logout().Wait) // the connection is closed in any case
	}
	s.guard.hangUp()
	_ = s.client.Close() // waits for go-imap's reader; says how the connection ended, which is known
}

// examine opens a folder for reading only (RFC 9051 §6.3.3).
func (s *session) examine(ctx context.Context, folder string) (data *imap.SelectData, err error) {
	err = s.run(ctx, func() error {
		data, err = s.client.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	return data, err
}

// leave closes the folder that is open, if any, so that its STATUS is current.
// CLOSE removes nothing from a folder opened for reading only (RFC 9051 §6.4.1).
func (s *session) leave(ctx context.Context) error {
	if s.client.State() != imap.ConnStateSelected {
		return nil
	}
	return s.run(ctx, func() error { return s.client.UnselectAndExpunge().Wait() })
}

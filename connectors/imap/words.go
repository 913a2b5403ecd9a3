package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// explain gives an error its class and its words. What has them keeps them; the
// end of a context stays what it is.
func (c *Connector) explain(err error) error {
	var told *connectors.Error
	var door *doorError
	var refused *imap.Error
	switch {
	case err == nil, errors.As(err, &told), err == context.Canceled, err == context.DeadlineExceeded: // not a timeout of the network, which is one by errors.Is
		return err
	case errors.As(err, &refused) && throttled(refused):
		return c.throttle(refused)
	case errors.As(err, &door):
		return c.explainDoor(door)
	case errors.As(err, &refused):
		return c.explainRefusal(refused)
	}
	return c.explainNetwork(err)
}

func (c *Connector) failure(class string, err error, reason string, args ...any) error {
	return &connectors.Error{Class: class, Reason: fmt.Sprintf(reason, args...), Err: err}
}

func (c *Connector) explainNetwork(err error) error {
	var dns *net.DNSError
	host, port := c.cfg.Host, c.cfg.port()
	switch {
	case errors.Is(err, errUnparsable):
		return c.failure(hub.ClassUnreachable, err, "The mail server %s sent a reply that breaks the rules of IMAP: ask its operator, and check that %d is its IMAP port.", host, port)
	case errors.Is(err, errEndless):
		return c.failure(hub.ClassUnreachable, err, "The mail server %s sent a reply without end, which was cut off: ask its operator.", host)
	case errors.Is(err, errSilent):
		return c.failure(hub.ClassUnreachable, err, "The mail server %s stopped answering: it is tried again later.", host)
	case errors.As(err, &dns):
		return hub.At("host", c.failure(hub.ClassUnreachable, err, "There is no machine named %s to be found: check the host name, and that this machine has a name server.", host))
	case errors.Is(err, syscall.ECONNREFUSED):
		return hub.At("port", c.failure(hub.ClassUnreachable, err, "Nothing listens on port %d of %s: check the port (993 is usual with tls, 143 with starttls), or the server is down.", port, host))
	case isTimeout(err):
		return hub.At("host", c.failure(hub.ClassUnreachable, err, "%s does not answer on port %d: check host and port, and whether a firewall stands between.", host, port))
	}
	return c.failure(hub.ClassUnreachable, err, "The connection to the mail server %s was lost: it is tried again later.", host)
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// explainDoor explains what went wrong on the way in.
func (c *Connector) explainDoor(d *doorError) error {
	host, port := c.cfg.Host, c.cfg.port()
	if err := c.explainTLS(d.err); err != nil {
		return err
	}
	var refused *imap.Error
	isRefusal := errors.As(d.err, &refused)
	switch {
	case d.step == "starttls" && isRefusal:
		return hub.At("tls", c.failure(hub.ClassUnreachable, d, "%s offers no STARTTLS on port %d: use tls with port 993, or ask its operator.", host, port))
	case d.step == "login" && isRefusal:
		return c.explainLogin(d, refused)
	case d.step == "mailbox":
		return hub.At("mailbox", c.failure(hub.ClassAuth, d, "%s cannot open the mailbox %s with the login of %s, because it does not offer AUTH=PLAIN: leave mailbox out and log in as the mailbox itself.", host, c.cfg.Mailbox, c.cfg.User))
	case d.step == "login disabled":
		return hub.At("tls", c.failure(hub.ClassAuth, d, "%s takes no password on this connection: use tls or starttls; if it is encrypted already, the provider wants OAuth.", host))
	case d.step == "greeting" && isRefusal:
		return c.failure(hub.ClassUnreachable, d, "%s turned the connection away with the words %q: it is tried again later.", host, refused.Text)
	case errors.Is(d.err, errUnparsable):
		return hub.At("port", c.failure(hub.ClassUnreachable, d, "What answers on port %d of %s is no IMAP server: check the port (993 is usual with tls, 143 with starttls).", port, host))
	case c.cfg.TLS != tlsFromStart && d.step != "login":
		return hub.At("tls", c.failure(hub.ClassUnreachable, d, "%s takes connections on port %d but does not say a word, as servers do that wait for TLS: try tls, usually with port 993.", host, port))
	}
	return c.explainNetwork(d)
}

// explainTLS explains a failed handshake; nil if it was something else.
func (c *Connector) explainTLS(err error) error {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	host, port := c.cfg.Host, c.cfg.port()
	switch {
	case errors.As(err, &authority):
		return hub.At("host", c.failure(hub.ClassUntrusted, err, "The certificate of %s is signed by an authority that this machine does not know: set ca_file to the certificate of that authority.", host))
	case errors.As(err, &name):
		return hub.At("host", c.failure(hub.ClassUntrusted, err, "The certificate of the server is not made out for %s: give the host name that stands in it.", host))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return hub.At("host", c.failure(hub.ClassUntrusted, err, "The certificate of %s has expired or is not valid yet: ask its operator to renew it, and check the clock of this machine.", host))
	case errors.As(err, &invalid):
		return hub.At("host", c.failure(hub.ClassUntrusted, err, "The certificate of %s is not valid: ask its operator.", host))
	case errors.As(err, &record):
		return hub.At("port", c.failure(hub.ClassUnreachable, err, "%s does not speak TLS from the start on port %d: use port 993, or starttls with port 143.", host, port))
	case errors.As(err, &alert):
		return hub.At("host", c.failure(hub.ClassUnreachable, err, "%s and this machine found no TLS version in common, TLS 1.2 at least: ask its operator.", host))
	}
	return nil
}

func (c *Connector) explainLogin(d *doorError, refused *imap.Error) error {
	switch refused.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeServerBug, imap.ResponseCodeInUse:
		return c.failure(hub.ClassUnreachable, d, "%s cannot log anybody in at present (%s): it is tried again later.", c.cfg.Host, refused.Text)
	case imap.ResponseCodePrivacyRequired:
		return hub.At("tls", c.failure(hub.ClassAuth, d, "%s takes no password without encryption: use tls or starttls.", c.cfg.Host))
	}
	return hub.At("password", c.failure(hub.ClassAuth, d, "%s refuses the user %s with this password (%q): check both. Many providers, Microsoft 365 and Google among them, take an app password or OAuth in place of the usual password.", c.cfg.Host, c.cfg.User, refused.Text))
}

// explainRefusal explains a NO or BAD to a command; the connection lives.
func (c *Connector) explainRefusal(e *imap.Error) error {
	switch e.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeServerBug, imap.ResponseCodeInUse, imap.ResponseCodeNonExistent:
		return c.failure(hub.ClassUnreachable, e, "The mail server %s cannot do this at present (%q): it is tried again later.", c.cfg.Host, e.Text)
	case imap.ResponseCodeNoPerm:
		return c.failure(hub.ClassBroken, e, "The user %s has no right to read this folder: ask for it, or leave the folder out.", c.cfg.User)
	}
	return c.failure(hub.ClassBroken, e, "The mail server refuses to open this with the words %q: ask its operator, or leave the folder out.", e.Text)
}

// Ways in which servers ask to be left alone for a while; Exchange names the time.
var (
	throttleText = regexp.MustCompile(`(?i)throttl|backoff|rate.?limit|too many|bandwidth|exceeded.*(limit|maximum)|maximum number of connections`)
	backoffText  = regexp.MustCompile(`(?i)suggested backoff time: *(\d+) *milliseconds`)
)

func throttled(e *imap.Error) bool {
	return e.Code == imap.ResponseCodeLimit || throttleText.MatchString(e.Text)
}

func (c *Connector) throttle(e *imap.Error) error {
	var wait time.Duration
	text := "for a while"
	if m := backoffText.FindStringSubmatch(e.Text); m != nil {
		if ms, err := strconv.ParseInt(m[1], 10, 32); err == nil {
			wait = time.Duration(ms) * time.Millisecond
			text = "for " + wait.Round(time.Second).String()
		}
	}
	return &connectors.Error{Class: hub.ClassRateLimited, Err: e, Wait: wait,
		Reason: fmt.Sprintf("The mail server %s asks to be left alone %s (%q): reading goes on after that.", c.cfg.Host, text, strings.TrimSpace(e.Text))}
}

package imap

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/testenv"
)

// TestCheck gives every setting a wrong value once, against a real server, and
// wants the words that tell what to do.
func TestCheck(t *testing.T) {
	t.Parallel()
	server := testenv.Dovecot(t)
	server.Deliver("Kunder", []byte("From: kari@example.com\r\n\r\nHello\r\n"))
	plain, encrypted := port(t, server.Addr), port(t, server.TLSAddr)
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, tt := range []struct {
		name   string
		change func(*Config)
		class  string
		want   string // in the reason; "" when all is well
	}{
		{"tls", func(*Config) {}, "", ""},
		{"starttls", func(c *Config) { c.TLS, c.Port = startTLS, plain }, "", ""},
		{"none on this machine", func(c *Config) { c.TLS, c.Port, c.CAFile = noTLS, plain, "" }, "", ""},
		{"password from a file", func(c *Config) { c.Password, c.PasswordFile = "", file(server.Password+"\n") }, "", ""},
		{"name in the certificate", func(c *Config) { c.Host = "localhost" }, "", ""},
		{"no password file", func(c *Config) { c.Password, c.PasswordFile = "", "/nowhere/password" }, hub.ClassAuth, "password file /nowhere/password"},
		{"unknown authority", func(c *Config) { c.CAFile = "" }, hub.ClassUntrusted, "set ca_file"},
		{"no such host", func(c *Config) { c.Host = "there-is-none.invalid" }, hub.ClassUnreachable, "check the host name"},
		{"nothing on the port", func(c *Config) { c.Port = 1 }, hub.ClassUnreachable, "check the port"},
		{"tls on the plain port", func(c *Config) { c.Port = plain }, hub.ClassUnreachable, "does not speak TLS from the start"},
		{"plain on the tls port", func(c *Config) { c.TLS, c.Port = startTLS, encrypted }, hub.ClassUnreachable, "try tls"},
		{"folder that is not there", func(c *Config) { c.Folders = []string{"Kunder", "Ordrer"} }, hub.ClassBroken, `"Ordrer": the mailbox has INBOX, Kunder`},
		{"folder that is there", func(c *Config) { c.Folders = []string{"kund*"} }, "", ""},
		{"all left out", func(c *Config) { c.ExcludeFolders = []string{"*"} }, hub.ClassBroken, "No folder is left"},
		{"mailbox of another", func(c *Config) { c.Mailbox = "post@example.com" }, hub.ClassAuth, "refuses"},
		{"wrong password", func(c *Config) { c.Password = "wrong" }, hub.ClassAuth, "app password or OAuth"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := &Config{Host: "127.0.0.1", Port: encrypted, TLS: tlsFromStart, CAFile: server.CertFile, User: server.User, Password: server.Password}
			tt.change(cfg)
			if err := cfg.Validate(); err != nil {
				t.Fatal(err)
			}
			conn, err := cfg.Open(t.Context(), connectors.Env{Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.(*Connector).silence = 10 * time.Second
			err = conn.Check(t.Context())
			if tt.want == "" && err != nil || !strings.Contains(reason(err), tt.want) || err == nil && tt.want != "" {
				t.Errorf("check says %v, want %q", err, tt.want)
			}
			if err != nil && connectors.ClassOf(err) != tt.class {
				t.Errorf("class %q, want %q", connectors.ClassOf(err), tt.class)
			}
		})
	}
}

func port(t *testing.T, addr string) int {
	t.Helper()
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(p)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestExplain(t *testing.T) {
	c := &Connector{cfg: Config{Host: "mail.example.com", User: "kari", TLS: startTLS}}
	no := func(code imap.ResponseCode, text string) error {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
	}
	for _, tt := range []struct {
		err   error
		class string
		want  string
	}{
		{&doorError{"starttls", no("", "what?")}, hub.ClassUnreachable, "offers no STARTTLS"},
		{&doorError{"login", no(imap.ResponseCodeUnavailable, "later")}, hub.ClassUnreachable, "tried again"},
		{&doorError{"login", no(imap.ResponseCodePrivacyRequired, "no")}, hub.ClassAuth, "use tls or starttls"},
		{&doorError{"login", no("", "Too many simultaneous connections")}, hub.ClassRateLimited, "left alone for a while"},
		{&doorError{"login", no(imap.ResponseCodeLimit, "no")}, hub.ClassRateLimited, "left alone"},
		{&doorError{"login disabled", errors.New("x")}, hub.ClassAuth, "takes no password"},
		{&doorError{"mailbox", errors.New("x")}, hub.ClassAuth, "AUTH=PLAIN"},
		{&doorError{"greeting", no("", "go away")}, hub.ClassUnreachable, `"go away"`},
		{&doorError{"handshake", tls.AlertError(70)}, hub.ClassUnreachable, "no TLS version in common"},
		{&doorError{"handshake", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}}, hub.ClassUntrusted, "not made out for mail.example.com"},
		{&doorError{"handshake", x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired}}, hub.ClassUntrusted, "expired"},
		{&doorError{"handshake", x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.NotAuthorizedToSign}}, hub.ClassUntrusted, "not valid"},
		{&doorError{"login", errSilent}, hub.ClassUnreachable, "stopped answering"},
		{&doorError{"greeting", errUnparsable}, hub.ClassUnreachable, "no IMAP server"},
		{no(imap.ResponseCodeNoPerm, "no"), hub.ClassBroken, "no right"},
		{no(imap.ResponseCodeServerBug, "oh"), hub.ClassUnreachable, "at present"},
		{no("", "[THROTTLED] wait"), hub.ClassRateLimited, "left alone"},
		{no("", "strange"), hub.ClassBroken, `"strange"`},
		{errUnparsable, hub.ClassUnreachable, "breaks the rules of IMAP"},
		{&lostError{errSilent}, hub.ClassUnreachable, "stopped answering"},
		{&lostError{errEndless}, hub.ClassUnreachable, "without end"},
		{&lostError{net.ErrClosed}, hub.ClassUnreachable, "was lost"},
	} {
		got := c.explain(tt.err)
		if connectors.ClassOf(got) != tt.class || !strings.Contains(reason(got), tt.want) {
			t.Errorf("explain(%v) = %s %v, want %s %q", tt.err, connectors.ClassOf(got), got, tt.class, tt.want)
		}
	}
}

func TestThrottleNamesTheTime(t *testing.T) {
	c := &Connector{}
	var e *connectors.Error
	err := c.explain(&imap.Error{Text: "Request is throttled. Suggested Backoff Time: 299961 milliseconds"})
	if !errors.As(err, &e) || e.Wait != 299961*time.Millisecond {
		t.Errorf("%v waits %v", err, e.Wait)
	}
}

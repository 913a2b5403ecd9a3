package imap

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// Ways to encrypt the connection.
const (
	tlsFromStart = "tls"      // RFC 8314, port 993
	startTLS     = "starttls" // RFC 9051 §6.2.1, port 143
	noTLS        = "none"
)

// Config says where a mailbox is and what of it is read.
type Config struct {
	Host           string   `json:"host" target:"true" doc:"Name of the mail server, such as imap.example.com."`
	Port           int      `json:"port,omitempty" target:"true" doc:"Port of the server; 993 with tls and 143 otherwise when left out."`
	User           string   `json:"user" target:"true" doc:"Name to log in with, often the address."`
	Password       string   `json:"password,omitempty" secret:"true" or:"password_file" doc:"Password, or app password."`
	PasswordFile   string   `json:"password_file,omitempty" target:"true" file:"true" doc:"File that holds the password, in place of the password itself."`
	Mailbox        string   `json:"mailbox,omitempty" doc:"Address of the mailbox when it is another than the user's own, for instance a shared one."`
	TLS            string   `json:"tls" target:"true" doc:"Encryption: tls from the start, starttls, or none."`
	CAFile         string   `json:"ca_file,omitempty" target:"true" file:"true" doc:"PEM file with the certificate authority of a server whose certificate no public authority signed."`
	Insecure       bool     `json:"insecure,omitempty" target:"true" doc:"Allow tls none to another machine: password and mail can then be read on the way."`
	Folders        []string `json:"folders,omitempty" doc:"Folders to read, with all below them; * stands for anything. All when left out."`
	ExcludeFolders []string `json:"exclude_folders,omitempty" doc:"Folders to leave out, with all below them; * stands for anything. Trash, junk and drafts are left out unless folders names them."`
	Since          string   `json:"since,omitempty" doc:"Only mail that arrived on this day or later, as 2025-01-31."`
}

// Kind describes the connector for mailboxes on IMAP servers (RFC 9051, RFC 3501).
func Kind() connectors.Kind {
	return connectors.Kind{
		Name:   "imap",
		Doc:    "A mailbox on an IMAP server; it is only read, and nothing in it is marked as seen.",
		Config: func() connectors.Config { return &Config{TLS: tlsFromStart} },
	}
}

// Validate says in words which setting is wrong.
func (c *Config) Validate() error {
	switch {
	case c.Host == "":
		return hub.At("host", errors.New("host is missing: give the name of the mail server, such as imap.example.com"))
	case strings.ContainsAny(c.Host, "/ @"):
		return hub.At("host", fmt.Errorf("host %q is no host name: give it without protocol, path or user", c.Host))
	case c.Port < 0 || c.Port > 65535:
		return hub.At("port", fmt.Errorf("port %d is out of range: 993 is usual with tls, 143 with starttls", c.Port))
	case c.User == "":
		return hub.At("user", errors.New("user is missing: give the name to log in with, often the whole address"))
	case c.Password == "" && c.PasswordFile == "":
		return hub.At("password", errors.New("password is missing: give password or password_file"))
	case c.Password != "" && c.PasswordFile != "":
		return hub.At("password", errors.New("password and password_file are both set: give one of them"))
	}
	if _, err := c.since(); err != nil {
		return err
	}
	return c.validateTLS()
}

func (c *Config) validateTLS() error {
	switch c.TLS {
	case tlsFromStart, startTLS:
	case noTLS:
		if !c.Insecure && !c.loopback() {
			return hub.At("tls", fmt.Errorf("tls none would send the password to %s in clear: use tls or starttls, or set insecure if the network between is your own", c.Host))
		}
	default:
		return hub.At("tls", fmt.Errorf("tls %q is unknown: use tls, starttls or none", c.TLS))
	}
	if c.CAFile != "" && c.TLS == noTLS {
		return hub.At("ca_file", errors.New("ca_file is set though tls is none: remove one of them"))
	}
	_, err := c.tlsConfig()
	return hub.At("ca_file", err)
}

// loopback reports whether the server is this machine.
func (c *Config) loopback() bool {
	return c.Host == "localhost" || net.ParseIP(c.Host).IsLoopback()
}

func (c *Config) port() int {
	switch {
	case c.Port != 0:
		return c.Port
	case c.TLS == tlsFromStart:
		return 993
	}
	return 143
}

func (c *Config) address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.port())) }

func (c *Config) since() (time.Time, error) {
	if c.Since == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, c.Since)
	if err != nil {
		return t, hub.At("since", fmt.Errorf("since %q is no date: write it as 2025-01-31", c.Since))
	}
	return t, nil
}

// password is read anew for each login, so that a changed file takes effect.
func (c *Config) password() (string, error) {
	if c.PasswordFile == "" {
		return c.Password, nil
	}
	b, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", hub.At("password_file", &connectors.Error{Class: hub.ClassAuth, Err: err,
			Reason: fmt.Sprintf("The password file %s cannot be read: check that it exists and that Samsyn may read it.", c.PasswordFile)})
	}
	return string(bytes.TrimRight(b, "\r\n")), nil
}

func (c *Config) tlsConfig() (*tls.Config, error) {
	out := &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12, NextProtos: []string{"imap"}}
	if c.CAFile == "" {
		return out, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file cannot be read: %w", err)
	}
	out.RootCAs = x509.NewCertPool()
	if !out.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file %s holds no certificate: it must be in PEM form", c.CAFile)
	}
	return out, nil
}

// Open makes a connector; it connects when it is first used.
func (c *Config) Open(_ context.Context, env connectors.Env) (connectors.Connector, error) {
	dialer := net.Dialer{Timeout: connectPatience}
	return open(*c, env, func(ctx context.Context) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", c.address())
	})
}

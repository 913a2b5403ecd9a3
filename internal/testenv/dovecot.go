package testenv

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"text/template"
	"time"
)

// Mail is a Dovecot server with one mailbox. It offers CONDSTORE and IDLE; any
// user name logs in to the same mailbox with the password.
type Mail struct {
	Addr     string // 127.0.0.1:PORT, plain, STARTTLS offered
	TLSAddr  string // 127.0.0.1:PORT, TLS from the start
	User     string
	Password string
	CertFile string // certificate of the server in PEM, for 127.0.0.1 and localhost, signed by itself
	Maildir  string // Maildir++ with folder names in UTF-8: INBOX itself, folder A/B in .A.B

	t         testing.TB
	p         *process
	owner     *user.User
	conf      string
	mu        sync.Mutex
	delivered int
	folders   map[string]bool // made by Deliver
}

// Nothing here needs the disk to be sure, nor rights that only root has:
// processes are not locked into directories.
var dovecotConf = template.Must(template.New("conf").Parse(`
base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{{.Maildir}}:UTF-8
mail_uid = {{.Owner}}
mail_gid = {{.Group}}
mail_fsync = never
first_valid_uid = 1
maildir_very_dirty_syncs = no
disable_plaintext_auth = no
auth_mechanisms = plain login
ssl = yes
ssl_cert = <{{.Cert}}
ssl_key = <{{.Key}}
default_internal_user = {{.Internal}}
default_internal_group = {{.InternalGroup}}
default_login_user = {{.Internal}}
namespace inbox {
  inbox = yes
  separator = /
}
passdb {
  driver = static
  args = password={{.Password}}
}
userdb {
  driver = static
  args = uid={{.Owner}} gid={{.Group}} home={{.Maildir}}
}
service imap-login {
  chroot =
  process_min_avail = 1
  inet_listener imap {
    port = {{.Port}}
  }
  inet_listener imaps {
    port = {{.TLSPort}}
    ssl = yes
  }
}
service anvil {
  chroot =
}
service imap {
  process_limit = 100
}
protocol imap {
  mail_max_userip_connections = 100
  imap_idle_notify_interval = 2 mins
}
`))

// Dovecot starts a mail server with an empty mailbox.
func Dovecot(t testing.TB) *Mail {
	t.Helper()
	bin, err := program("dovecot")
	if err != nil {
		missing(t, "Dovecot", "dovecot-imapd")
	}
	m, err := newMail(t, bin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.p.remove() })
	if err := m.p.start(); err != nil {
		t.Fatal(err)
	}
	return m
}

func newMail(t testing.TB, bin string) (*Mail, error) {
	dir, err := newDir(nil)
	if err != nil {
		return nil, err
	}
	// The mail processes, which are not root, must reach the mailbox.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	port, err1 := freePort()
	tlsPort, err2 := freePort()
	owner, err3 := serverUser("mail")
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	m := &Mail{
		Addr: address(port), TLSAddr: address(tlsPort), User: "kari@example.com", Password: "correct-horse-5",
		CertFile: filepath.Join(dir, "cert.pem"), Maildir: filepath.Join(dir, "mail"),
		t: t, owner: owner, conf: filepath.Join(dir, "dovecot.conf"), folders: map[string]bool{},
	}
	key := filepath.Join(dir, "key.pem")
	if err := errors.Join(writeCertificate(m.CertFile, key), m.makeFolder(m.Maildir), m.writeConf(dir, key, port, tlsPort)); err != nil {
		return nil, err
	}
	m.p = &process{name: "Dovecot", dir: dir, signal: "TERM", ready: m.ping, args: []string{bin, "-F", "-c", m.conf}}
	return m, nil
}

func (m *Mail) writeConf(dir, key string, port, tlsPort int) error {
	me, err := user.Current()
	if err != nil {
		return err
	}
	owner, internal := me.Username, me.Username
	if m.owner != nil {
		owner, internal = m.owner.Username, "dovecot"
	}
	group, err1 := groupOf(owner)
	internalGroup, err2 := groupOf(internal)
	f, err3 := os.Create(m.conf)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	defer f.Close()
	return dovecotConf.Execute(f, map[string]any{
		"Dir": dir, "Maildir": m.Maildir, "Cert": m.CertFile, "Key": key, "Password": m.Password,
		"Owner": owner, "Group": group, "Internal": internal, "InternalGroup": internalGroup,
		"Port": port, "TLSPort": tlsPort,
	})
}

func groupOf(name string) (string, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return "", err
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		return "", err
	}
	return g.Name, nil
}

// Stop ends the server; connections are cut, the mail stays.
func (m *Mail) Stop() {
	m.t.Helper()
	if err := m.p.stop(); err != nil {
		m.t.Fatal(err)
	}
}

// Start starts it again on the same ports.
func (m *Mail) Start() {
	m.t.Helper()
	if err := m.p.start(); err != nil {
		m.t.Fatal(err)
	}
}

// Restart stops and starts the server.
func (m *Mail) Restart() {
	m.t.Helper()
	m.Stop()
	m.Start()
}

// Pipe opens a session with the mailbox that needs neither port nor login: its
// greeting is PREAUTH (RFC 9051 §7.1.4). It works while the server is stopped, too.
func (m *Mail) Pipe() (net.Conn, error) {
	doveadm, err := program("doveadm")
	if err != nil {
		return nil, err
	}
	// Two pipes, not a socket pair: on a socket Dovecot wants its login process in front.
	in, toServer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	fromServer, out, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, in.Close(), toServer.Close())
	}
	defer in.Close()
	defer out.Close()
	cmd := exec.Command(doveadm, "-c", m.conf, "exec", "imap")
	cmd.Dir = m.Maildir
	cmd.Env = append(os.Environ(), "USER="+m.User, "HOME="+m.Maildir)
	cmd.Stdin, cmd.Stdout = in, out
	conn := &pipeConn{File: fromServer, w: toServer}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	go cmd.Wait() // it ends when the connection is closed
	return conn, nil
}

// Deliver puts a message into the folder, "INBOX" or a path such as "Kunder/Nord",
// made if it is not there. Messages get their UIDs in the order of delivery.
func (m *Mail) Deliver(folder string, raw []byte) {
	m.t.Helper()
	if err := m.deliver(folder, raw); err != nil {
		m.t.Errorf("deliver to %s: %v", folder, err)
	}
}

func (m *Mail) deliver(folder string, raw []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir := m.Folder(folder)
	if !m.folders[dir] {
		if err := m.makeFolder(dir); err != nil {
			return err
		}
		m.folders[dir] = true
	}
	m.delivered++
	name := fmt.Sprintf("%d.M%09dP%d.test,S=%d", time.Now().Unix(), m.delivered, os.Getpid(), len(raw))
	tmp := filepath.Join(dir, "tmp", name)
	if err := os.WriteFile(tmp, raw, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(dir, "new", name))
}

// Folder returns the maildir of a folder.
func (m *Mail) Folder(name string) string {
	if name == "INBOX" {
		return m.Maildir
	}
	return filepath.Join(m.Maildir, "."+strings.ReplaceAll(name, "/", "."))
}

func (m *Mail) makeFolder(dir string) error {
	for _, d := range []string{dir, filepath.Join(dir, "cur"), filepath.Join(dir, "new"), filepath.Join(dir, "tmp")} {
		if err := os.Mkdir(d, 0o755); err != nil && !os.IsExist(err) {
			return err
		}
		if err := give(d, m.owner); err != nil {
			return err
		}
	}
	return nil
}

// ping waits for the greeting of both ports.
func (m *Mail) ping() error {
	conn, err := net.DialTimeout("tcp", m.TLSAddr, time.Second)
	if err != nil {
		return err
	}
	conn.Close()
	conn, err = net.DialTimeout("tcp", m.Addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	greeting, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(greeting, "* OK") {
		err = fmt.Errorf("it greets with %q", greeting)
	}
	return err
}

// writeCertificate makes a certificate for 127.0.0.1, signed by itself.
func writeCertificate(certFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

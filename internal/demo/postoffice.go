package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// Password opens every mailbox of the post office.
const Password = "havbris"

// PostOffice is an IMAP server in this process that holds the mailboxes.
type PostOffice struct {
	Addr   net.Addr // 127.0.0.1 and a free port
	server *imapserver.Server
	done   chan error
}

// OpenPostOffice serves the letters on loopback until Close.
func OpenPostOffice(letters []Letter) (*PostOffice, error) {
	mem := imapmemserver.New()
	users := map[string]*imapmemserver.User{}
	for _, l := range letters {
		u := users[l.Mailbox]
		if u == nil {
			u = imapmemserver.NewUser(l.Mailbox, Password)
			for _, folder := range []string{"INBOX", "Sent"} {
				if err := u.Create(folder, nil); err != nil {
					return nil, fmt.Errorf("make demo mailbox: %w", err)
				}
			}
			users[l.Mailbox] = u
			mem.AddUser(u)
		}
		if _, err := u.Append(l.Folder, literal{bytes.NewReader(l.Raw)}, &imap.AppendOptions{Time: l.Date}); err != nil {
			return nil, fmt.Errorf("fill demo mailbox: %w", err)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open demo mail server: %w", err)
	}
	p := &PostOffice{Addr: ln.Addr(), done: make(chan error, 1)}
	p.server = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	})
	go func() { p.done <- p.server.Serve(ln) }()
	return p, nil
}

// Close ends the server.
func (p *PostOffice) Close() error {
	err := p.server.Close()
	if serr := <-p.done; serr != nil && !errors.Is(serr, net.ErrClosed) {
		err = errors.Join(err, serr)
	}
	return err
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

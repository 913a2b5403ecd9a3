// Package imap is the connector for mailboxes. A scope is a mail folder, named
// as people see it; its version is made of UIDVALIDITY, UIDNEXT, the number of
// messages and, where the server has CONDSTORE (RFC 7162), HIGHESTMODSEQ. The
// ref of a mail is "UIDVALIDITY.UID"; the rows of its attached workbooks, and what
// their sheets were taken for, are its children, "UIDVALIDITY.UID/PATH".
//
// Folders are only examined and bodies only peeked at: nothing in a mailbox
// changes by being read. ENVELOPE and BODYSTRUCTURE are never asked for, since
// servers get them wrong: mails are parsed here.
package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// Connector reads one mailbox. It keeps one connection for reading; Watch and
// Original have one of their own while they run.
type Connector struct {
	cfg     Config
	env     connectors.Env
	dial    func(context.Context) (net.Conn, error)
	choice  choice
	since   time.Time
	answers []hub.ColumnAnswer
	silence time.Duration   // how long an awaited reply may pause
	backoff []time.Duration // pauses before connecting again, after a connection was lost
	line    line
}

func open(cfg Config, env connectors.Env, dial func(context.Context) (net.Conn, error)) (*Connector, error) {
	since, err := cfg.since()
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(cfg.Mailbox, cfg.User) {
		cfg.Mailbox = ""
	}
	c := &Connector{
		cfg: cfg, env: env, dial: dial, since: since,
		choice:  newChoice(cfg.Folders, cfg.ExcludeFolders),
		silence: replyPatience,
		backoff: []time.Duration{0, time.Second, 5 * time.Second, 15 * time.Second},
	}
	c.line.connect = func(ctx context.Context) (*session, error) { return c.connect(ctx, nil) }
	return c, nil
}

// Answer takes what people said of the columns of attached tables.
func (c *Connector) Answer(answers []hub.ColumnAnswer) { c.answers = answers }

// Close ends the connection.
func (c *Connector) Close() error {
	c.line.hangUp()
	return nil
}

// Check connects, logs in and lists the folders.
func (c *Connector) Check(ctx context.Context) error {
	s, err := c.line.session(ctx)
	if err != nil {
		return err
	}
	list, err := c.list(ctx, s)
	if err != nil {
		return c.explain(err)
	}
	for _, glob := range c.cfg.Folders {
		if len(newChoice([]string{glob}, nil).wanted(list)) == 0 {
			return hub.At("folders", connectors.Broken(nil, "No folder matches %q: the mailbox has %s.", glob, names(list)))
		}
	}
	if len(c.choice.wanted(list)) == 0 {
		return hub.At("exclude_folders", connectors.Broken(nil, "No folder is left to read: the mailbox has %s.", names(list)))
	}
	return nil
}

// names names the first folders.
func names(list []*imap.ListData) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Mailbox)
	}
	if len(out) > 12 {
		out = append(out[:12], "and more")
	}
	return strings.Join(out, ", ")
}

// Scopes lists the folders with one LIST where the server has LIST-STATUS
// (RFC 5819), else with one LIST and a STATUS for each.
func (c *Connector) Scopes(ctx context.Context, _ map[string]string) iter.Seq2[hub.Scope, error] {
	return func(yield func(hub.Scope, error) bool) {
		s, err := c.line.session(ctx)
		if err != nil {
			yield(hub.Scope{}, err)
			return
		}
		list, err := c.list(ctx, s)
		if err != nil {
			yield(hub.Scope{}, c.explain(err))
			return
		}
		list = c.choice.wanted(list)
		refusals, err := c.status(ctx, s, list)
		if err != nil {
			yield(hub.Scope{}, c.explain(err))
			return
		}
		for _, f := range list {
			scope := hub.Scope{Name: f.Mailbox}
			err := refusals[f.Mailbox]
			switch {
			case err == nil && f.Status.UIDValidity == 0:
				err = c.failure(hub.ClassBroken, nil, "The mail server does not number the mails of this folder (it tells no UIDVALIDITY): leave the folder out, and ask the server's operator.")
			case err == nil:
				scope.Version = version(f.Status)
			}
			if !yield(scope, c.explain(err)) {
				return
			}
		}
	}
}

func version(s *imap.StatusData) string {
	var n uint32
	if s.NumMessages != nil {
		n = *s.NumMessages
	}
	v := fmt.Sprintf("%d/%d/%d", s.UIDValidity, s.UIDNext, n)
	if s.HighestModSeq != 0 {
		v += fmt.Sprintf("/%d", s.HighestModSeq)
	}
	return v
}

// list lists all folders, with their status where one command gives both.
func (c *Connector) list(ctx context.Context, s *session) (list []*imap.ListData, err error) {
	if err := s.leave(ctx); err != nil {
		return nil, err
	}
	var opt imap.ListOptions
	if s.caps.Has(imap.CapListStatus) {
		opt.ReturnStatus = s.statusOptions()
		opt.ReturnSpecialUse = s.caps.Has(imap.CapSpecialUse)
	}
	err = s.run(ctx, func() error {
		list, err = s.client.List("", "*", &opt).Collect()
		return err
	})
	if errors.Is(err, errUnparsable) {
		err = c.failure(hub.ClassUnreachable, err, "The mail server's list of folders cannot be read, most likely because of a folder whose name is not encoded as IMAP wants it, often one with an &: rename that folder.")
	}
	slices.SortFunc(list, func(a, b *imap.ListData) int { return strings.Compare(a.Mailbox, b.Mailbox) })
	return slices.CompactFunc(list, func(a, b *imap.ListData) bool { return a.Mailbox == b.Mailbox }), err
}

func (s *session) statusOptions() *imap.StatusOptions {
	return &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, HighestModSeq: s.caps.Has(imap.CapCondStore)}
}

// status asks for the status of the folders that have none yet, all at once.
// refusals says which folders the server does not open, and why.
func (c *Connector) status(ctx context.Context, s *session, list []*imap.ListData) (refusals map[string]error, err error) {
	refusals = map[string]error{}
	err = s.run(ctx, func() error {
		var waits []func() error
		for _, f := range list {
			if f.Status != nil {
				continue
			}
			cmd := s.client.Status(f.Mailbox, s.statusOptions())
			waits = append(waits, func() (err error) {
				f.Status, err = cmd.Wait()
				var refused *imap.Error
				if errors.As(err, &refused) && !throttled(refused) {
					refusals[f.Mailbox], err = err, nil
				}
				return err
			})
		}
		for _, wait := range waits {
			if err := wait(); err != nil {
				return err
			}
		}
		return nil
	})
	return refusals, err
}

// Original hands out a mail as the server has it; for a row of an attachment,
// the mail it came in.
func (c *Connector) Original(ctx context.Context, scope, ref string) (io.ReadCloser, string, string, error) {
	validity, uid, err := parseRef(ref)
	if err != nil {
		return nil, "", "", err
	}
	o := &Connector{cfg: c.cfg, env: c.env, dial: c.dial, silence: c.silence}
	o.line.connect = func(ctx context.Context) (*session, error) { return o.connect(ctx, nil) }
	defer o.Close()
	r, l := &reader{c: o, folder: scope, validity: validity}, &letter{uid: uid}
	_, data, err := o.line.examine(ctx, scope, true, nil)
	if err == nil && data.UIDValidity == validity {
		_, err = r.ask(ctx, []*letter{l}, bodies)
	}
	if err != nil {
		return nil, "", "", c.explain(err)
	}
	if l.body == nil {
		return nil, "", "", connectors.Broken(nil, "This mail is no longer in the folder %s: it was moved or deleted.", scope)
	}
	body, err := l.body.open()
	return body, fmt.Sprintf("mail-%d.eml", uid), "message/rfc822", err
}

func formatRef(validity uint32, uid imap.UID) string { return fmt.Sprintf("%d.%d", validity, uid) }

func parseRef(ref string) (validity uint32, uid imap.UID, err error) {
	mail, _, _ := strings.Cut(ref, "/")
	before, after, _ := strings.Cut(mail, ".")
	v, err1 := strconv.ParseUint(before, 10, 32)
	u, err2 := strconv.ParseUint(after, 10, 32)
	if err1 != nil || err2 != nil || v == 0 || u == 0 {
		return 0, 0, connectors.Broken(nil, "%q is no address of a mail, such as 7.12.", ref)
	}
	return uint32(v), imap.UID(u), nil
}

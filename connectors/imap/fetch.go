package imap

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// question is what is asked of letters.
type question struct {
	options *imap.FetchOptions
	// read takes in the literal of a letter.
	read func(r *reader, l *letter, lit *literal) error
	// done reports whether the answer came whole, undo forgets it.
	done func(*letter) bool
	undo func(*letter)
	// optional: the letters can be read without the answer.
	optional bool
}

// Fields that tell one mail from another. Received and DKIM-Signature are set
// on the way, so two mails that were both transported do not share a mark.
var markFields = []string{"Message-ID", "Date", "From", "To", "Subject", "Received", "DKIM-Signature"}

const maxMarkHeader = 256 << 10

var marks = question{
	options: &imap.FetchOptions{RFC822Size: true, BodySection: []*imap.FetchItemBodySection{
		{Specifier: imap.PartSpecifierHeader, HeaderFields: markFields, Peek: true}}},
	read:     readMark,
	done:     func(l *letter) bool { return l.size > 0 },
	undo:     func(l *letter) { l.size, l.mark = 0, "" },
	optional: true,
}

var bodies = question{
	options: &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true}}},
	read:    readBody,
	done:    func(l *letter) bool { return l.body != nil || l.err != nil },
	undo: func(l *letter) {
		l.body.close()
		l.body = nil
	},
}

func readMark(_ *reader, l *letter, lit *literal) error {
	l.size = max(l.size, 1)
	if lit.Size() > maxMarkHeader {
		return nil
	}
	header, err := io.ReadAll(lit)
	if err == nil && int64(len(header)) != lit.Size() {
		err = io.ErrUnexpectedEOF
	}
	l.mark = markOf(header)
	return err
}

// markOf is the digest of a header that shows traces of transport.
func markOf(header []byte) string {
	lower := append([]byte("\n"), bytes.ToLower(header)...)
	if !bytes.Contains(lower, []byte("\nreceived:")) && !bytes.Contains(lower, []byte("\ndkim-signature:")) {
		return ""
	}
	sum := sha256.Sum256(header)
	return hex.EncodeToString(sum[:16])
}

func readBody(r *reader, l *letter, lit *literal) error {
	if lit.Size() > maxMail {
		l.err = tooLarge(lit.Size())
		return l.err // there is no other way past it than to hang up
	}
	body, err := fill(lit, lit.Size(), &r.held, r.c.env.TempDir)
	if err != nil {
		return err
	}
	l.body.close()
	l.body = body
	return nil
}

// fetch gets the answers for letters, settling each: it is there, or gone, or
// has an error. Its own error ends the reading of the folder.
//
// Questions run side by side until one of them fails. What failed is then asked
// again alone and in ever smaller parts, so that one mail that cannot be handed
// out costs only itself.
func (r *reader) fetch(ctx context.Context, letters []*letter, q question) error {
	r.lane.RLock()
	rest, err := r.ask(ctx, letters, q)
	r.lane.RUnlock()
	switch {
	case err == nil && len(rest) == 0:
		return nil
	case err != nil && !narrows(err):
		return err
	case err != nil:
		rest = letters
	}
	r.lane.Lock()
	defer r.lane.Unlock()
	return r.narrow(ctx, rest, q)
}

// narrow asks for letters with nothing else going on.
func (r *reader) narrow(ctx context.Context, letters []*letter, q question) error {
	for try := 1; len(letters) > 0; try++ {
		rest, err := r.ask(ctx, letters, q)
		if err == nil {
			rest, err = r.stillThere(ctx, rest)
		}
		switch {
		case err != nil && !narrows(err):
			return err
		case err == nil && len(rest) < len(letters):
			letters, try = rest, 0
		case len(letters) > 1:
			for _, part := range split(letters, len(letters)-len(rest)) {
				if err := r.narrow(ctx, part, q); err != nil {
					return err
				}
			}
			return nil
		case !cut(err) || try == 3:
			return r.refuse(ctx, letters[0], q, err)
		}
	}
	return nil
}

// split parts letters at the one that did not come whole.
func split(letters []*letter, at int) [][]*letter {
	if at == 0 || at >= len(letters) {
		at = len(letters) / 2
		return [][]*letter{letters[:at], letters[at:]}
	}
	return slices.DeleteFunc([][]*letter{letters[:at], letters[at : at+1], letters[at+1:]},
		func(part []*letter) bool { return len(part) == 0 })
}

// narrows reports whether an error may be the fault of a single mail.
func narrows(err error) bool {
	var refused *imap.Error
	var told *connectors.Error
	var lost *lostError
	switch {
	case errors.As(err, &told):
		return told.Class == hub.ClassBroken // told of one mail
	case errors.As(err, &refused):
		return !throttled(refused)
	}
	return errors.As(err, &lost) || errors.Is(err, errUnparsable)
}

// cut reports whether an error is that of a network rather than of a mail.
func cut(err error) bool {
	var lost *lostError
	return errors.As(err, &lost) && !errors.Is(err, errSilent) && !errors.Is(err, errEndless)
}

// refuse settles a letter that the server does not hand out. When it hands out
// no other either, the fault is not in the mail.
func (r *reader) refuse(ctx context.Context, l *letter, q question, err error) error {
	if q.optional {
		r.unmarked.Add(1)
		return nil
	}
	if l.err == nil && !r.handsOut(ctx, l) {
		return r.c.failure(hub.ClassUnreachable, err, "The mail server hands out no mail of the folder %s: it is tried again later.", r.folder)
	}
	if l.err == nil {
		l.err = refusal(err)
	}
	return nil
}

// handsOut reports whether the server hands out another mail than l.
func (r *reader) handsOut(ctx context.Context, l *letter) bool {
	for _, uid := range r.probes {
		if r.whole.Load() > 0 {
			break
		}
		if uid == l.uid {
			continue
		}
		probe := &letter{uid: uid}
		_, _ = r.ask(ctx, []*letter{probe}, bodies) // counted in whole if it came
		probe.body.close()
	}
	return r.whole.Load() > 0 || len(r.probes) == 1
}

// refusal says why a mail was not handed out, and what to do.
func refusal(err error) error {
	const move = "move the mail to another folder or delete it, and tell the server's operator."
	var refused *imap.Error
	switch {
	case errors.As(err, &refused):
		return connectors.Broken(err, "The mail server refuses to hand out this mail with the words %q: open it in a mail program, and move or delete it if that fails too.", refused.Text)
	case errors.Is(err, errSilent), errors.Is(err, errEndless):
		return connectors.Broken(err, "The mail server hangs when it is asked for this mail: "+move)
	case cut(err):
		return connectors.Broken(err, "The mail server closes the connection whenever it is asked for this mail: "+move)
	case err != nil:
		return connectors.Broken(err, "The mail server's reply for this mail breaks the rules of IMAP: "+move)
	}
	return connectors.Broken(nil, "The mail server lists this mail but does not hand it out: open it in a mail program, and move or delete it if that fails too.")
}

// ask sends one FETCH for letters and reads the answer. It returns those whose
// answer did not come whole. When the command did not end well nothing of it
// counts, and rest only tells how far it came.
func (r *reader) ask(ctx context.Context, letters []*letter, q question) (rest []*letter, err error) {
	byUID := map[imap.UID]*letter{}
	var set imap.UIDSet
	for _, l := range letters {
		if l.err == nil {
			byUID[l.uid] = l
			set.AddNum(l.uid)
		}
	}
	if len(set) == 0 || q.optional && r.unmarked.Load() > maxUnmarked {
		return nil, nil
	}
	s, err := r.session(ctx)
	if err != nil {
		return letters, err
	}
	err = s.run(ctx, func() error { return r.answer(s, s.client.Fetch(set, q.options), byUID, q) })
	for _, l := range letters {
		if !q.done(l) {
			rest = append(rest, l)
		}
	}
	if err == nil {
		if !q.optional {
			r.whole.Add(int64(len(byUID) - len(rest)))
		}
		return rest, nil
	}
	for _, l := range letters {
		q.undo(l)
	}
	return rest, r.failed(s, err)
}

// answer reads the replies to a FETCH.
func (r *reader) answer(s *session, cmd *imapclient.FetchCommand, byUID map[imap.UID]*letter, q question) error {
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		var l *letter // go-imap sees to it that the UID comes before a literal
		for item := msg.Next(); item != nil; item = msg.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				l = byUID[item.UID]
			case imapclient.FetchItemDataRFC822Size:
				if l != nil {
					l.size = max(item.Size, 1)
				}
			case imapclient.FetchItemDataBodySection:
				if l == nil || item.Literal == nil {
					continue
				}
				lit := &literal{LiteralReader: item.Literal, guard: s.guard}
				if err := q.read(r, l, lit); err != nil {
					return s.abandon(lit, err)
				}
			}
		}
		s.guard.claim()
	}
	return cmd.Close()
}

// literal is a literal that is not touched again after it failed: from then on
// go-imap reads from the connection beneath it.
type literal struct {
	imap.LiteralReader
	guard *guard
	err   error
}

func (l *literal) Read(p []byte) (n int, err error) {
	if l.err == nil {
		n, l.err = l.LiteralReader.Read(p)
		l.guard.claim()
	}
	return n, l.err
}

// abandon ends a session in the middle of a literal. go-imap's reader waits for
// the literal to end or fail; the command it belongs to must not be asked for
// more, since that would read the literal again.
func (s *session) abandon(lit *literal, err error) error {
	s.guard.hangUp()
	_, _ = io.Copy(io.Discard, lit)
	<-s.client.Closed()
	return err
}

// failed ends a session that failed, and the reading too if that happens too often.
func (r *reader) failed(s *session, err error) error {
	if s.alive() {
		return err
	}
	r.c.line.end(s)
	cost := int64(1)
	if errors.Is(err, errSilent) {
		cost = maxLost / 6
	}
	if r.lost.Add(cost) > maxLost {
		return r.c.explain(err)
	}
	return err
}

package mail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"samsyn/internal/hub"
	"samsyn/internal/personal"
)

// maxTitle is the length of subject that is kept, in bytes.
const maxTitle = 1000

// Parse reads one message. It repairs what it can and says so in Faults; an
// error means that r could not be read or that nothing at all can be made of
// it, and is a sentence for people.
func Parse(ctx context.Context, r io.Reader, opt Options) (*Message, error) {
	s, err := spoolFrom(r, opt.TempDir)
	if err != nil {
		return nil, fmt.Errorf("read the message: %w", err)
	}
	defer s.close()
	h, body, junk := splitHeader(s.start)
	if err := s.readable(h); err != nil {
		return nil, err
	}
	c, blocks, err := collect(ctx, s, h, body, opt)
	if err != nil {
		return nil, err
	}
	if junk > 0 {
		c.faults.add("Lines of the header that belong to no field were left out: %d.", junk)
	}
	if s.lost > 0 {
		c.faults.add("The message is larger than %d MB; the rest was left out.", maxMessage>>20)
	}
	key, err := s.key(h, body)
	if err != nil {
		return nil, fmt.Errorf("read the message: %w", err)
	}
	m := &Message{Key: key, Content: c.content(h, blocks), Rows: c.sheets.rows, Sheets: c.sheets.made}
	m.Content.Attachments, m.Content.Meeting = c.attachments, c.meeting
	personal.MaskContent(m.Content)
	m.nameRows()
	m.Faults = c.faults
	return m, nil
}

// readable says why nothing can be made of a message.
func (s *spool) readable(h header) error {
	switch {
	case len(bytes.TrimSpace(s.start)) == 0:
		return errors.New("the message is empty")
	case len(h) == 0 && (bytes.IndexByte(s.start, 0) >= 0 || !utf8.Valid(s.start)):
		return errors.New("this is no e-mail message: it has no header and is no text")
	}
	return nil
}

// key is a digest of what makes a mail this mail. White space is left out,
// because servers change line ends and fold headers anew.
func (s *spool) key(h header, body int) (string, error) {
	d := sha256.New()
	for _, name := range []string{"Message-ID", "Date", "From"} {
		_, _ = io.WriteString(d, strings.Join(strings.Fields(h.get(name)), "")+"\n")
	}
	buf := make([]byte, 4<<10)
	for r := s.from(int64(body)); ; {
		n, err := r.Read(buf)
		kept := 0
		for _, c := range buf[:n] {
			buf[kept] = c
			if c > ' ' {
				kept++
			}
		}
		_, _ = d.Write(buf[:kept])
		if err == io.EOF {
			return hex.EncodeToString(d.Sum(nil)[:16]), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// collect walks the parts the fast way, and if their structure is broken the
// slow way. A message whose parts cannot be found at all is taken as one text.
func collect(ctx context.Context, s *spool, h header, body int, opt Options) (*collector, []block, error) {
	c := newCollector(ctx, opt)
	blocks, err := c.guarded(streamed(h.get, s.from(int64(body))))
	if errors.Is(err, errMalformed) {
		blocks, c, err = mend(ctx, s, blocks, c)
	}
	if err != nil {
		return nil, nil, err
	}
	if c.parts < 2 && !hasText(blocks) && len(c.attachments) == 0 {
		p := part{get: func(string) string { return "" }, media: "text/plain", body: s.from(int64(body))}
		if blocks, err = c.guarded(p); hasText(blocks) {
			c.faults.add("No part of the message could be told apart; it is shown as it stands.")
		}
	}
	return c, blocks, err
}

func hasText(blocks []block) bool {
	return slices.ContainsFunc(blocks, func(b block) bool { return strings.TrimSpace(b.text) != "" })
}

// mend walks the message again after enmime has mended its structure. When that
// cannot be done, what the first walk gathered stays.
func mend(ctx context.Context, s *spool, blocks []block, c *collector) ([]block, *collector, error) {
	p, err := s.repaired()
	if err != nil {
		c.faults.add("The parts of the message are malformed; only some of them could be read.")
		return blocks, c, ctx.Err()
	}
	again := newCollector(ctx, c.opt)
	mended, err := again.guarded(p)
	again.faults.add("The parts of the message are malformed; their order was mended.")
	return mended, again, err
}

// guarded walks a tree and survives a parser that panics.
func (c *collector) guarded(p part) (blocks []block, err error) {
	defer func() {
		if r := recover(); r != nil {
			c.faults.add("A part of the message made its reader fail and was left out.")
			err = c.ctx.Err()
		}
	}()
	return c.walk(p, 0)
}

// content puts together what a message says.
func (c *collector) content(h header, blocks []block) *hub.Content {
	subject := cut(decodeHeader(cut(h.get("Subject"), maxRaw)), maxTitle)
	out := &hub.Content{Kind: hub.KindMail, Title: subject, Fields: h.fields(), At: h.date()}
	letters := make([]letter, len(blocks))
	for i, text := range c.plain(blocks) {
		letters[i] = takeApart(text, blocks[i].aside() || isForward(subject))
	}
	var found finder
	found.header(h, len(letters) > 0 && isWebForm(letters[0].fresh))
	var fresh, quoted []string
	for _, l := range letters {
		if len(fresh) > 0 && len(l.fresh) > 0 {
			fresh = append(fresh, "")
		}
		found.text(l, len(fresh)+1)
		fresh = append(fresh, l.fresh...)
		quoted = append(quoted, l.quoted...)
	}
	found.meeting(c.meeting)
	out.Text, out.Quoted = strings.Join(fresh, "\n"), strings.Join(quoted, "\n")
	out.Idents = found.idents
	return out
}

// nameRows gives the rows of attached tables their keys and the date of the
// mail: they were said when it was sent, whatever day is wished for in them.
func (m *Message) nameRows() {
	for i := range m.Rows {
		m.Rows[i].Key = m.Key + "/" + m.Rows[i].Path
		if !m.Content.At.IsZero() {
			m.Rows[i].Content.At = m.Content.At
		}
	}
}

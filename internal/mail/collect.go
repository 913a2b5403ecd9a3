package mail

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"

	"samsyn/internal/hub"
	"samsyn/internal/personal"
)

// Bounds of what one message may cost. What lies beyond is left out and named
// in the faults.
const (
	maxMarkup      = 8 << 20  // bytes of all text parts, before they are decoded
	maxText        = 2 << 20  // bytes of what people read of them, a thousand pages
	maxNested      = 32 << 20 // bytes of all attached messages
	maxParts       = 1000
	maxDepth       = 20
	maxAttachments = 200
)

// collector walks the parts of one message and gathers what they hold.
type collector struct {
	ctx         context.Context
	opt         Options
	text        int64 // bytes of text that may still be read
	nested      int64 // bytes of attached messages that may still be read
	parts       int
	attachments []hub.Attachment
	sheets      sheets
	meeting     *hub.Meeting
	faults      faults
}

func newCollector(ctx context.Context, opt Options) *collector {
	return &collector{ctx: ctx, opt: opt, text: maxMarkup, nested: maxNested, sheets: sheets{names: map[string]int{}}}
}

// block is a stretch of text of the message.
type block struct {
	text string
	kind blockKind
}

type blockKind int

const (
	plainText    blockKind = iota
	htmlText               // not yet turned into plain text
	asideText              // of an attached message: stands beside the other texts
	calendarText           // of an invitation: likewise
)

// aside reports whether the block is no part of what the sender wrote into the mail itself.
func (b block) aside() bool { return b.kind == asideText || b.kind == calendarText }

// faults are what was wrong with a message, each told once.
type faults []string

func (f *faults) add(format string, args ...any) {
	s := personal.Mask(fmt.Sprintf(format, args...))
	for _, have := range *f {
		if have == s {
			return
		}
	}
	if len(*f) < 20 {
		*f = append(*f, s)
	}
}

// walk returns the texts in p. Its error is errMalformed, or that of the context.
func (c *collector) walk(p part, depth int) ([]block, error) {
	if err := c.ctx.Err(); err != nil {
		return nil, err
	}
	if c.parts++; c.parts > maxParts {
		c.faults.add("The message has more than %d parts; the others were left out.", maxParts)
		return nil, nil
	}
	switch {
	case p.parts != nil && depth >= maxDepth:
		c.faults.add("Parts are nested more than %d deep; the inner ones were left out.", maxDepth)
		return nil, nil
	case p.parts != nil:
		return c.walkParts(p, depth)
	case p.media == "message/rfc822" || p.media == "message/global":
		return c.message(p, depth)
	}
	return c.leaf(p)
}

func (c *collector) walkParts(p part, depth int) ([]block, error) {
	var blocks []block
	for child, err := range p.parts {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			c.faults.add("The message is cut short; its end is missing.")
			break
		}
		if err != nil {
			return blocks, err
		}
		if p.media == "multipart/alternative" && child.media == "text/html" && c.parts < maxParts && hasPlain(blocks) {
			c.parts++
			continue
		}
		b, err := c.walk(child, depth+1)
		if blocks = append(blocks, b...); err != nil {
			return blocks, err
		}
		if c.parts > maxParts {
			break
		}
	}
	if p.media == "multipart/alternative" {
		blocks = preferPlain(blocks)
	}
	return blocks, nil
}

// preferPlain chooses among alternatives: the plain text unless it is empty.
func preferPlain(blocks []block) []block {
	unwanted := plainText
	if hasPlain(blocks) {
		unwanted = htmlText
	}
	return slices.DeleteFunc(blocks, func(b block) bool { return b.kind == unwanted })
}

func hasPlain(blocks []block) bool {
	return slices.ContainsFunc(blocks, func(b block) bool { return b.kind == plainText && strings.TrimSpace(b.text) != "" })
}

func (c *collector) leaf(p part) ([]block, error) {
	disposition, name := p.disposition()
	if disposition != "attachment" {
		switch {
		case p.media == "text/plain", p.media == "text/enriched", p.media == "text/richtext", strings.HasPrefix(p.media, "multipart/"):
			return c.inline(p, name, plainText), nil
		case p.media == "text/html":
			return c.inline(p, name, htmlText), nil
		}
	}
	if p.media == "text/calendar" || p.calendar(name) && c.meeting == nil { // many send it in both ways
		return c.inline(p, name, calendarText), nil
	}
	c.attach(p, name)
	return nil, nil
}

// inline reads a text part; one with a file name is listed as well.
func (c *collector) inline(p part, name string, kind blockKind) []block {
	if c.sheets.wants(name, p.media) {
		c.attach(p, name)
		return nil
	}
	n := &counter{r: p.textContent()}
	text := c.readText(n, p)
	if name != "" {
		_, _ = io.Copy(io.Discard, n)
		c.list(name, p.media, n.n)
	}
	switch {
	case kind == calendarText:
		cal := readCalendar(text)
		if c.meeting == nil {
			c.meeting = cal.meeting(c.opt.Country)
		}
		text = cal.text(c.opt.Country)
	case kind == plainText && looksLikeHTML(text):
		kind = htmlText
	}
	return []block{{text: text, kind: kind}}
}

func (c *collector) readText(r io.Reader, p part) string {
	b, err := io.ReadAll(io.LimitReader(r, c.text+1))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		c.faults.add("The message is cut short; its end is missing.")
	}
	if int64(len(b)) > c.text {
		b = b[:c.text]
		c.faults.add("The text is longer than %d MB; the rest was left out.", maxMarkup>>20)
	}
	c.text -= int64(len(b))
	label := p.params["charset"]
	if label == "" && p.media == "text/html" {
		_, label, _ = charset.DetermineEncoding(b, "")
	}
	text := decodeText(b, label)
	if strings.EqualFold(p.params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(p.params["delsp"], "yes"))
	}
	return text
}

// message reads an attached message as text: its header in the form in which
// forwarded mail is quoted, so that it is understood as such, then its texts.
func (c *collector) message(p part, depth int) ([]block, error) {
	_, name := p.disposition()
	b, err := io.ReadAll(io.LimitReader(p.content(), c.nested+1))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		c.faults.add("The message is cut short; its end is missing.")
	}
	if int64(len(b)) > c.nested {
		c.faults.add("The attached messages are larger than %d MB; the rest was left out.", maxNested>>20)
		b = b[:c.nested]
	}
	c.nested -= int64(len(b))
	h, body, _ := splitHeader(b)
	if name == "" {
		name = fileName(cmp.Or(cut(decodeHeader(cut(h.get("Subject"), maxRaw)), 100), "message") + ".eml")
	}
	c.list(name, p.media, int64(len(b)))
	if depth >= maxDepth {
		c.faults.add("Parts are nested more than %d deep; the inner ones were left out.", maxDepth)
		return nil, nil
	}
	blocks, err := c.walk(streamed(h.get, bytes.NewReader(b[body:])), depth+1)
	if errors.Is(err, errMalformed) {
		c.faults.add("The attached message %q is broken; a part of it was left out.", name)
		err = nil
	}
	text := forwardHeader(h)
	for _, b := range blocks {
		text += "\n" + b.plain()
	}
	return []block{{text: text, kind: asideText}}, err
}

// plain returns what people read of all blocks, as much as is kept of it. Most
// invitations say in the calendar again what the mail says: that is left out.
func (c *collector) plain(blocks []block) []string {
	texts, room := make([]string, len(blocks)), maxText
	for i, b := range blocks {
		text := b.plain()
		if b.kind == calendarText && saidIn(texts[:i], text) {
			continue
		}
		if texts[i] = cut(text, room); len(texts[i]) < len(text) {
			c.faults.add("The text is longer than %d MB; the rest was left out.", maxText>>20)
		}
		room -= len(texts[i])
	}
	return texts
}

// saidIn reports whether one of the texts holds the other, but for white space.
func saidIn(texts []string, text string) bool {
	said := strings.Join(strings.Fields(text), " ")
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.Join(strings.Fields(t), " "), said) })
}

// plain returns the text of the block as plain text.
func (b block) plain() string {
	if b.kind == htmlText {
		return htmlToText(b.text)
	}
	return b.text
}

func forwardHeader(h header) string {
	var out strings.Builder
	out.WriteString("---------- Forwarded message ----------\n")
	for _, name := range []string{"From", "Date", "Subject", "To", "Cc"} {
		if v := cut(decodeHeader(cut(h.get(name), maxRaw)), maxValue); v != "" {
			out.WriteString(name + ": " + v + "\n")
		}
	}
	return out.String()
}

// attach lists an attachment and reads its rows if it is a table.
func (c *collector) attach(p part, name string) {
	n := &counter{r: p.content()}
	if c.sheets.wants(name, p.media) {
		c.sheets.read(c.ctx, tableName(name, p.media), n, c.opt, &c.faults)
	}
	if _, err := io.Copy(io.Discard, n); errors.Is(err, io.ErrUnexpectedEOF) {
		c.faults.add("The message is cut short; its end is missing.")
	}
	c.list(name, p.media, n.n)
}

func (c *collector) list(name, media string, size int64) {
	if len(c.attachments) == maxAttachments {
		c.faults.add("The message has more than %d attachments; the others are not listed.", maxAttachments)
		return
	}
	c.attachments = append(c.attachments, hub.Attachment{Name: name, Type: cut(media, 100), Size: size})
}

// counter counts the bytes that are read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

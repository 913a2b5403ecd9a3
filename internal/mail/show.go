package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// HTML returns the HTML body of a message, made safe to show: no scripts, forms,
// styles or frames, and no images, neither remote ones, which tell the sender
// that they were seen, nor inline ones, which stand in other parts. It is "" for
// a message without HTML. Its error says that r could not be read.
func HTML(ctx context.Context, r io.Reader, opt Options) (string, error) {
	s, err := spoolFrom(r, opt.TempDir)
	if err != nil {
		return "", fmt.Errorf("read the message: %w", err)
	}
	defer s.close()
	h, body, _ := splitHeader(s.start)
	src, err := newCollector(ctx, opt).htmlBody(streamed(h.get, s.from(int64(body))))
	if errors.Is(err, errMalformed) {
		p, broken := s.repaired()
		if broken != nil {
			return "", ctx.Err()
		}
		src, err = newCollector(ctx, opt).htmlBody(p)
	}
	if err != nil || src == "" {
		return "", err
	}
	return sanitised().Sanitize(src), nil
}

// htmlBody finds the first HTML text that is no attachment, and survives a
// parser that panics.
func (c *collector) htmlBody(p part) (src string, err error) {
	defer func() {
		if r := recover(); r != nil {
			src, err = "", c.ctx.Err()
		}
	}()
	return c.firstHTML(p, 0)
}

func (c *collector) firstHTML(p part, depth int) (string, error) {
	if c.parts++; c.parts > maxParts || depth > maxDepth {
		return "", c.ctx.Err()
	}
	if p.parts == nil {
		if disposition, _ := p.disposition(); p.media != "text/html" || disposition == "attachment" {
			return "", c.ctx.Err()
		}
		return c.readText(p.textContent(), p), c.ctx.Err()
	}
	for child, err := range p.parts {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			break // the message is cut short
		}
		if err != nil {
			return "", err
		}
		if src, err := c.firstHTML(child, depth+1); src != "" || err != nil {
			return src, err
		}
	}
	return "", nil
}

// sanitised is what the HTML of a stranger may hold: text and its structure, and
// links that open apart and tell nothing of us.
func sanitised() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowStandardURLs()
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowAttrs("href").OnElements("a")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	p.AllowElements(strings.Fields("p br div span b strong i em u s sub sup small big font center h1 h2 h3 h4 h5 h6 hr pre code " +
		"blockquote address dl dt dd caption")...)
	p.AllowLists()
	p.AllowTables()
	p.AllowAttrs("color").Matching(regexp.MustCompile(`^(?:[a-zA-Z]{1,20}|#[0-9a-fA-F]{3,6})$`)).OnElements("font")
	return p
}

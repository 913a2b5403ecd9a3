package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"

	"github.com/emersion/go-message/textproto"
	"github.com/jhillyerd/enmime/v2"
)

// part is a node of the MIME tree (RFC 2046).
type part struct {
	get    func(name string) string // raw value of a header field
	media  string                   // type/subtype in lower case, "text/plain" if it does not say
	params map[string]string
	body   io.Reader              // of a leaf, before the transfer decoding
	parts  iter.Seq2[part, error] // of a multipart; nil for a leaf
}

// calendar reports whether the part is an invitation (RFC 5545), maybe attached as a
// file of that name.
func (p part) calendar(name string) bool {
	return p.media == "text/calendar" || p.media == "application/ics" || strings.HasSuffix(strings.ToLower(name), ".ics")
}

// errMalformed says that the parts cannot be told apart by the rules.
var errMalformed = errors.New("malformed multipart")

// maxPartHeader bounds the preamble and the header of one part, in bytes.
const maxPartHeader = 1 << 20

// streamed is the fast way: parts are read from body one after the other by
// go-message, and nothing is kept.
func streamed(get func(string) string, body io.Reader) part {
	p := part{get: get, body: body}
	p.media, p.params = parseParams(get("Content-Type"))
	if !strings.Contains(p.media, "/") {
		p.media = "text/plain"
	}
	if b := p.params["boundary"]; strings.HasPrefix(p.media, "multipart/") && b != "" {
		p.parts = eachPart(body, b, p.media == "multipart/digest")
	}
	return p
}

func eachPart(body io.Reader, boundary string, digest bool) iter.Seq2[part, error] {
	return func(yield func(part, error) bool) {
		g := &gate{r: body}
		mr := textproto.NewMultipartReader(g, boundary)
		for n := 0; ; n++ {
			g.left = maxPartHeader
			p, err := mr.NextPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				if n > 0 && strings.HasSuffix(err.Error(), "EOF") {
					err = io.ErrUnexpectedEOF
				} else {
					err = fmt.Errorf("%w: %v", errMalformed, err)
				}
				yield(part{}, err)
				return
			}
			g.left = math.MaxInt64
			child := streamed(p.Header.Get, p)
			if digest && !p.Header.Has("Content-Type") {
				child.media = "message/rfc822"
			}
			if !yield(child, nil) {
				return
			}
			_, _ = io.Copy(io.Discard, p) // here, where the gate is open
		}
	}
}

// gate ends a stream after some bytes: go-message keeps a part's header in
// memory however long it is.
type gate struct {
	r    io.Reader
	left int64
}

func (g *gate) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errors.New("header of a part is too long")
	}
	n, err := g.r.Read(p[:min(int64(len(p)), g.left)])
	g.left -= int64(n)
	return n, err
}

// Bounds of the messages that the slow way takes: it keeps every part, and its
// time grows with the depth of the nesting.
const (
	maxRepair      = 32 << 20 // bytes
	maxRepairDepth = 50       // mentions of a multipart
	maxRepairParts = 5000     // lines that look like a boundary
)

// repaired is the slow way, for parts that go-message refuses: enmime reads the
// whole message and mends its structure. Transfer encodings and charsets are
// left to us in both ways, so that they are repaired alike.
func repaired(message []byte) (part, error) {
	if bytes.Count(bytes.ToLower(message), []byte("multipart/")) > maxRepairDepth ||
		bytes.Count(message, []byte("\n--")) > maxRepairParts {
		return part{}, errMalformed
	}
	root, err := enmime.NewParser(enmime.RawContent(true), enmime.SkipMalformedParts(true),
		enmime.MultipartWOBoundaryAsSinglePart(true), enmime.MaxStoredPartErrors(10)).ReadParts(bytes.NewReader(message))
	if err != nil {
		return part{}, err
	}
	return treePart(root), nil
}

func treePart(e *enmime.Part) part {
	p := part{get: e.Header.Get, body: bytes.NewReader(e.Content)}
	p.media, p.params = parseParams(e.Header.Get("Content-Type"))
	if !strings.Contains(p.media, "/") {
		p.media = "text/plain"
	}
	if e.FirstChild != nil {
		p.parts = func(yield func(part, error) bool) {
			for c := e.FirstChild; c != nil; c = c.NextSibling {
				if !yield(treePart(c), nil) {
					return
				}
			}
		}
	}
	return p
}

// disposition returns the Content-Disposition, "" for none, and the file name.
func (p part) disposition() (kind, name string) {
	kind, params := parseParams(p.get("Content-Disposition"))
	for _, name := range []string{params["filename"], p.params["name"], params["name"], p.params["filename"]} {
		if name = fileName(name); name != "" {
			return kind, name
		}
	}
	return kind, ""
}

// fileName keeps the last element of a path, of either kind of slash.
func fileName(s string) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	return cut(s, 200)
}

// textContent is content for a part that claims to be text: some that claim to
// be base64 are not.
func (p part) textContent() io.Reader {
	r := bufio.NewReader(p.body)
	if start, _ := r.Peek(512); bytes.ContainsAny(bytes.TrimSpace(start), " <>,.") {
		return transferReader(strings.Replace(strings.ToLower(p.get("Content-Transfer-Encoding")), "base64", "", 1), r)
	}
	return transferReader(p.get("Content-Transfer-Encoding"), r)
}

// content returns the bytes of a leaf after the transfer decoding.
func (p part) content() io.Reader {
	return transferReader(p.get("Content-Transfer-Encoding"), p.body)
}

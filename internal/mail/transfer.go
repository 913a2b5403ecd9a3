package mail

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"strings"
)

// transferReader undoes a Content-Transfer-Encoding (RFC 2045 section 6). An
// unknown one is taken as none.
func transferReader(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.Trim(encoding, " \t\"';")) {
	case "base64":
		return base64Reader(r)
	case "quoted-printable":
		return quotedReader(r)
	}
	return r
}

// base64Reader decodes base64 and passes over whatever is not of its alphabet.
func base64Reader(r io.Reader) io.Reader {
	return base64.NewDecoder(base64.RawStdEncoding, &sieve{r: r})
}

// sieve lets the letters of the base64 alphabet through.
type sieve struct{ r io.Reader }

func (s *sieve) Read(p []byte) (int, error) {
	for {
		n, err := s.r.Read(p)
		kept := 0
		for _, c := range p[:n] {
			if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/' {
				p[kept] = c
				kept++
			}
		}
		if kept > 0 || err != nil {
			return kept, err
		}
	}
}

// quotedReader decodes quoted-printable. What is no escape stays as it is, where
// mime/quotedprintable would end the text.
func quotedReader(r io.Reader) io.Reader { return &quoted{r: bufio.NewReaderSize(r, 4*maxBreak)} }

// maxBreak is how much white space may stand between "=" and the end of its line.
const maxBreak = 80

type quoted struct{ r *bufio.Reader }

func (q *quoted) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c, err := q.r.ReadByte()
		if err != nil {
			return n, err
		}
		if c == '=' {
			if q.softBreak() {
				continue
			}
			c = q.escaped()
		}
		p[n] = c
		n++
	}
	return n, nil
}

// escaped reads the two digits that follow "=", if they do.
func (q *quoted) escaped() byte {
	if b, _ := q.r.Peek(2); len(b) == 2 {
		hi, ok1 := unhex(b[0])
		lo, ok2 := unhex(b[1])
		if ok1 && ok2 {
			_, _ = q.r.Discard(2)
			return hi<<4 | lo
		}
	}
	return '='
}

// softBreak reads the line end that follows "=", if it does: the line goes on.
// White space that a mail server added before it goes with it.
func (q *quoted) softBreak() bool {
	b, _ := q.r.Peek(maxBreak)
	end := bytes.TrimLeft(b, " \t\r")
	if len(end) > 0 && end[0] != '\n' {
		return false
	}
	_, _ = q.r.Discard(min(len(b), len(b)-len(end)+1))
	return true
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

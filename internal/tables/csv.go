package tables

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxRecord bounds one CSV record in bytes. A record that does not end within
// it has an opening quote too many; encoding/csv would read on to the end of
// the file, so the records are split here.
const maxRecord = 256 << 10

const sniffed = 64 << 10 // bytes looked at to tell encoding and delimiter

func openCSV(name string, r io.ReaderAt, size int64, opt Options) (*Book, error) {
	if err := checkText(r, size); err != nil {
		return nil, err
	}
	g := &csvGrid{r: r, size: size, limit: opt.Limits.Columns}
	head := make([]byte, sniffed)
	n, err := io.ReadFull(g.text(), head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	g.sniff(head[:n], n < sniffed, strings.HasSuffix(strings.ToLower(name), ".tsv"))
	return &Book{opt: opt, sheets: []Sheet{{}}, grids: map[string]grid{"": g}, close: func() error { return nil }}, nil
}

// checkText refuses what only bears the name of a text file.
func checkText(r io.ReaderAt, size int64) error {
	head := make([]byte, 8)
	n, err := r.ReadAt(head, 0)
	switch {
	case err != nil && err != io.EOF:
		return fmt.Errorf("read the file: %w", err)
	case bytes.HasPrefix(head[:n], magicZip):
		return &Error{Reason: "not a CSV file: it is a zip archive or workbook; give it its right extension"}
	case bytes.Equal(head[:n], magicOLE2):
		return checkOLE2(r, size)
	}
	return nil
}

// csvGrid is a file of delimited text.
type csvGrid struct {
	r     io.ReaderAt
	size  int64
	delim byte
	skip  int // bytes of a "sep=;" line, which is no row
	limit int
}

// traits guesses the decimal sign from the delimiter: programs write semicolons
// where the comma is taken.
func (g *csvGrid) traits() traits {
	switch g.delim {
	case ';':
		return traits{point: ','}
	case ',':
		return traits{point: '.'}
	}
	return traits{}
}

// text returns the file as UTF-8, whatever its encoding.
func (g *csvGrid) text() io.Reader {
	raw := io.NewSectionReader(g.r, 0, g.size)
	return transform.NewReader(raw, unicode.BOMOverride(g.encoding().NewDecoder()))
}

// encoding guesses the encoding of a file without byte order mark.
func (g *csvGrid) encoding() encoding.Encoding {
	head := make([]byte, 512)
	n, _ := g.r.ReadAt(head, 0)
	var nul [2]int
	for i, b := range head[:n] {
		if b == 0 {
			nul[i%2]++
		}
	}
	switch {
	case nul[1] > n/8:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case nul[0] > n/8:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return mixed{}
}

// mixed is UTF-8 in which every byte that is none counts as windows-1252. It
// reads both encodings, and files glued together from both: a windows-1252 text
// hardly ever holds a valid UTF-8 sequence by chance.
type mixed struct{ transform.NopResetter }

func (m mixed) NewDecoder() *encoding.Decoder { return &encoding.Decoder{Transformer: m} }
func (m mixed) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }

// Transform implements transform.Transformer.
func (mixed) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if src[nSrc] < utf8.RuneSelf {
			if nDst == len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			dst[nDst] = src[nSrc]
			nDst++
			nSrc++
			continue
		}
		r, n := utf8.DecodeRune(src[nSrc:])
		if r == utf8.RuneError && n <= 1 {
			if !atEOF && !utf8.FullRune(src[nSrc:]) {
				return nDst, nSrc, transform.ErrShortSrc
			}
			r, n = charmap.Windows1252.DecodeByte(src[nSrc]), 1
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += n
	}
	return nDst, nSrc, nil
}

// sniff finds the delimiter: the one by which most of the first records have
// the same number of fields.
func (g *csvGrid) sniff(head []byte, whole, tsv bool) {
	if rest, ok := bytes.CutPrefix(head, []byte("sep=")); ok && len(rest) > 1 && (rest[1] == '\n' || rest[1] == '\r') {
		g.delim = rest[0]
		g.skip = 5 + lineBreak(rest[1:])
		return
	}
	candidates := "\t;|,"
	g.delim = ','
	if tsv {
		g.delim = '\t'
	}
	best := 0.0
	for i := range len(candidates) {
		if score := regularity(head, whole, candidates[i]); score > best+1e-9 {
			best, g.delim = score, candidates[i]
		}
	}
}

// regularity is the share of records with the most frequent number of fields,
// 0 if that is one. Equal shares favour more fields a little.
func regularity(head []byte, whole bool, delim byte) float64 {
	counts := map[int]int{}
	records := 0
	var fields []string
	for at := 0; at < len(head) && records < 100; {
		var n int
		fields, n = splitRecord(fields[:0], head[at:], delim, true, whole)
		if n == 0 {
			break
		}
		if at += n; len(fields) > 1 || fields[0] != "" {
			records++
			counts[len(fields)]++
		}
	}
	best := 0.0
	for width, n := range counts {
		if width > 1 {
			best = max(best, float64(n)/float64(records)+float64(min(width, 50))/1000)
		}
	}
	return best
}

// splitRecord appends the fields of the first record in buf and returns how
// many bytes it takes, 0 if buf ends before the record does. Quotes follow
// RFC 4180, leniently: a quote counts at the start of a field only, and one
// that is followed by text does not close it.
func splitRecord(fields []string, buf []byte, delim byte, quotes, whole bool) ([]string, int) {
	for at := 0; ; {
		field, n, ok := splitField(buf[at:], delim, quotes, whole)
		if !ok {
			return fields, 0
		}
		fields = append(fields, field)
		at += n
		if at >= len(buf) {
			return fields, at
		}
		if buf[at] == delim {
			at++
			if at == len(buf) && whole {
				return append(fields, ""), at
			}
			continue
		}
		return fields, at + lineBreak(buf[at:])
	}
}

// splitField returns the first field of buf and where its delimiter stands.
func splitField(buf []byte, delim byte, quotes, whole bool) (field string, n int, ok bool) {
	if !quotes || len(buf) == 0 || buf[0] != '"' {
		end := slices.IndexFunc(buf, func(b byte) bool { return b == delim || b == '\n' || b == '\r' })
		if end < 0 || buf[end] == '\r' && end+1 == len(buf) {
			if !whole {
				return "", 0, false
			}
			if end < 0 {
				end = len(buf)
			}
		}
		return string(buf[:end]), end, true
	}
	for at := 1; ; {
		i := bytes.IndexByte(buf[at:], '"')
		if i < 0 || (at+i+1 == len(buf) && !whole) {
			return "", 0, false
		}
		at += i + 1
		if at == len(buf) || buf[at] == delim || buf[at] == '\n' || buf[at] == '\r' {
			return strings.ReplaceAll(string(buf[1:at-1]), `""`, `"`), at, true
		}
		if buf[at] == '"' {
			at++
		}
	}
}

// lineBreak is the length of the line break at the start of buf.
func lineBreak(buf []byte) int {
	if len(buf) > 1 && buf[0] == '\r' && buf[1] == '\n' {
		return 2
	}
	return min(1, len(buf))
}

func (g *csvGrid) lines(ctx context.Context, shown bool) (lines, error) {
	r := bufio.NewReaderSize(g.text(), maxRecord)
	if _, err := r.Discard(g.skip); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	return &csvLines{ctx: ctx, g: g, r: r}, nil
}

type csvLines struct {
	ctx    context.Context
	g      *csvGrid
	r      *bufio.Reader
	fields []string
	at     int
}

func (c *csvLines) close() {}

func (c *csvLines) next() (line, error) {
	err := c.skipBlank()
	if err == nil {
		err = c.split()
	}
	var broken *Error
	if err != nil && !errors.As(err, &broken) {
		return line{}, err
	}
	c.at++
	if err != nil {
		return line{number: c.at}, err
	}
	l := line{number: c.at, cells: c.fields}
	if len(l.cells) > c.g.limit {
		l.wide = !line{cells: l.cells[c.g.limit:]}.blank()
		l.cells = l.cells[:c.g.limit]
	}
	return l, nil
}

// skipBlank passes over line breaks that follow each other, of which a file may
// have a thousand million.
func (c *csvLines) skipBlank() error {
	for {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if _, err := c.r.Peek(2); err != nil && err != io.EOF {
			return c.end(err)
		}
		buf, _ := c.r.Peek(c.r.Buffered())
		blank, lines := 0, 0
		for blank < len(buf) && (buf[blank] == '\n' || buf[blank] == '\r' && blank+1 < len(buf)) {
			blank += lineBreak(buf[blank:])
			lines++
		}
		if blank == 0 {
			return nil
		}
		c.at += lines
		if _, err := c.r.Discard(blank); err != nil {
			return c.end(err)
		}
	}
}

// split takes the next record: first from what is buffered, then from all a
// record may have, then as a plain line because its quote never closes.
func (c *csvLines) split() error {
	if _, err := c.r.Peek(1); err != nil {
		return c.end(err)
	}
	for _, size := range []int{c.r.Buffered(), maxRecord} {
		buf, err := c.r.Peek(size)
		if err != nil && err != io.EOF {
			return c.end(err)
		}
		for _, quotes := range []bool{true, false} {
			if !quotes && size < maxRecord {
				continue
			}
			fields, n := splitRecord(c.fields[:0], buf, c.g.delim, quotes, err == io.EOF)
			if c.fields = fields; n > 0 {
				_, err := c.r.Discard(n)
				return err
			}
		}
	}
	return c.skipLine()
}

// skipLine leaves out a line that is longer than a record may be.
func (c *csvLines) skipLine() error {
	for {
		_, err := c.r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && err != io.EOF {
			return c.end(err)
		}
		return &Error{Reason: fmt.Sprintf("row %d cannot be read: it is longer than %d kB", c.at+1, maxRecord>>10)}
	}
}

func (c *csvLines) end(err error) error {
	if err == io.EOF {
		return io.EOF
	}
	return fmt.Errorf("read the file: %w", err)
}

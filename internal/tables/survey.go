package tables

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// survey is what a quick look over the bytes of a sheet tells before excelize
// reads it, which ends silently at XML it does not understand.
type survey struct {
	done    bool
	lastRow int          // the last row that holds anything
	hidden  map[int]bool // columns, by index from 0
	merged  []merge      // in the rows where a header may stand
}

// merge is a merged range within one row; columns are counted from 0.
type merge struct{ row, from, to int }

// surveyPart inflates a part once, counts its rows and refuses monstrous cells.
func surveyPart(f *zip.File) (survey, error) {
	s := survey{hidden: map[int]bool{}}
	rc, err := f.Open()
	if err != nil {
		return s, &Error{Reason: "damaged: a sheet cannot be unpacked; repair the file in Excel", Err: err}
	}
	defer rc.Close()
	w := partWalker{s: &s}
	err = w.walk(rc)
	if s.done = err == nil; !s.done {
		var e *Error
		if errors.As(err, &e) {
			return s, err
		}
		return s, &Error{Reason: "damaged: a sheet cannot be unpacked; repair the file in Excel", Err: err}
	}
	return s, nil
}

// checkStrings reads the shared strings to their end. excelize shows a cell
// whose text it cannot find as the number of that text, or tries again at every
// row; and entities, by which text can be made to explode, have no place in a
// workbook (ECMA-376 part 2, 6.2.5).
func checkStrings(f *zip.File) error {
	if _, err := surveyPart(f); err != nil {
		return err
	}
	rc, err := f.Open()
	if err != nil {
		return damagedTexts(err)
	}
	defer rc.Close()
	d := xml.NewDecoder(rc)
	for {
		tok, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return damagedTexts(err)
		}
		if _, ok := tok.(xml.Directive); ok {
			return &Error{Reason: "not read for safety: the texts of the file declare entities, as in an XML bomb"}
		}
	}
}

func damagedTexts(err error) error {
	return &Error{Reason: "damaged: the texts of the cells cannot be read; open the file in Excel, let it repair it and save it", Err: err}
}

// partWalker looks at the start of every tag, without parsing XML.
type partWalker struct {
	s     *survey
	row   int    // number of the row the walk is in, 0 before the first
	cells int    // of this row so far
	run   int    // bytes since the last tag began
	head  []byte // up to the first row
}

func (w *partWalker) walk(r io.Reader) error {
	const overlap = 256 // a row tag with its number never is longer
	buf := make([]byte, 0, scanChunk+overlap)
	for {
		n, err := io.ReadFull(r, buf[len(buf):len(buf)+scanChunk])
		buf = buf[:len(buf)+n]
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return err
		}
		end := len(buf) - overlap
		if last {
			end = len(buf)
		}
		if end > 0 {
			if err := w.tags(buf, end); err != nil {
				return err
			}
			buf = buf[:copy(buf[:overlap], buf[end:])]
		}
		if last {
			return nil
		}
	}
}

// tags visits every tag of buf that begins before end.
func (w *partWalker) tags(buf []byte, end int) error {
	if w.row == 0 && len(w.head) < maxColsHead {
		w.head = append(w.head, buf[:end]...)
	}
	for at := 0; at < end; {
		i := bytes.IndexByte(buf[at:end], '<')
		if i < 0 {
			w.run += end - at
			break
		}
		w.run += i
		if err := w.checkRun(); err != nil {
			return err
		}
		w.run = 1
		at += i + 1
		if err := w.tag(buf[at:]); err != nil {
			return err
		}
	}
	return w.checkRun()
}

func (w *partWalker) checkRun() error {
	if w.run > maxTextRun {
		return &Error{Reason: "not read for safety: a cell holds more than 4 MB of text"}
	}
	return nil
}

// tag notes what a tag says; b begins behind its "<".
func (w *partWalker) tag(b []byte) error {
	name, rest := tagName(b)
	switch string(name) {
	case "row":
		w.startRow(b)
	case "c":
		if w.cells++; w.cells > maxColumns {
			return &Error{Reason: fmt.Sprintf("not read for safety: row %d has more than %d cells", w.row, maxColumns)}
		}
	case "v", "t":
		if len(rest) > 0 && rest[0] != '/' {
			w.s.lastRow = max(w.s.lastRow, w.row)
		}
	case "mergeCell":
		w.s.addMerge(attribute(b, " ref="))
	}
	return nil
}

func (w *partWalker) startRow(b []byte) {
	if w.row == 0 {
		w.s.readHidden(w.head)
		w.head = nil
	}
	w.row++
	w.cells = 0
	if n := rowNumber(b); n > 0 {
		w.row = n
	}
}

// tagName is the name of a tag without its namespace prefix, and what follows.
func tagName(b []byte) (name, rest []byte) {
	start := 0
	for i, c := range b {
		switch c {
		case ':':
			start = i + 1
		case ' ', '>', '/', '\n', '\t', '\r':
			return b[start:i], b[i:]
		}
		if i-start > 16 {
			break
		}
	}
	return nil, nil
}

// rowNumber reads the attribute r of a row tag, 0 if it has none.
func rowNumber(b []byte) int {
	n, _ := strconv.Atoi(attribute(b, " r=")) // beyond the range of int it is the largest one
	return n
}

// attribute returns the quoted value that follows start in the tag at the
// beginning of b.
func attribute(b []byte, start string) string {
	if i := bytes.IndexByte(b, '>'); i >= 0 {
		b = b[:i]
	}
	i := bytes.Index(b, []byte(start))
	if i < 0 || i+len(start) == len(b) {
		return ""
	}
	quote, value := b[i+len(start)], b[i+len(start)+1:]
	return string(value[:max(0, bytes.IndexByte(value, quote))])
}

// addMerge keeps a merged range like B3:D3.
func (s *survey) addMerge(ref string) {
	from, to, _ := strings.Cut(ref, ":")
	c1, r1, err1 := excelize.CellNameToCoordinates(from)
	c2, _, err2 := excelize.CellNameToCoordinates(to)
	if err1 == nil && err2 == nil && r1 <= headerRows && c2 > c1 {
		s.merged = append(s.merged, merge{row: r1, from: c1 - 1, to: c2 - 1})
	}
}

// readHidden finds the hidden columns in what stands before the rows
// (ECMA-376 part 1, 18.3.1.13).
func (s *survey) readHidden(head []byte) {
	d := xml.NewDecoder(bytes.NewReader(head))
	for {
		tok, err := d.Token()
		if err != nil {
			return
		}
		el, ok := tok.(xml.StartElement)
		if !ok || el.Name.Local != "col" {
			continue
		}
		attr := map[string]string{}
		for _, a := range el.Attr {
			attr[a.Name.Local] = a.Value
		}
		from, _ := strconv.Atoi(attr["min"])
		to, _ := strconv.Atoi(attr["max"])
		if h := attr["hidden"]; (h == "1" || h == "true") && from > 0 {
			for c := from; c <= min(to, maxColumns); c++ {
				s.hidden[c-1] = true
			}
		}
	}
}

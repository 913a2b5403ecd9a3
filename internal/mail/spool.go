package mail

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// Bounds of a message, in bytes.
const (
	maxMessage = 128 << 20 // that is looked at
	maxMemory  = 2 << 20   // beyond it a message lies in a file, and no header goes on
)

// spool holds a message so that it can be read more than once: a small one in
// memory, a large one in a temporary file.
type spool struct {
	start []byte   // the message, or its first part
	rest  *os.File // what follows, nil if nothing does
	size  int64    // of rest
	lost  int64    // bytes beyond maxMessage
}

func spoolFrom(r io.Reader, dir string) (*spool, error) {
	var buf bytes.Buffer
	buf.Grow(32 << 10) // holds most mails
	n, err := io.Copy(&buf, io.LimitReader(r, maxMemory))
	s := &spool{start: buf.Bytes()}
	if err != nil || n < maxMemory {
		return s, err
	}
	if s.rest, err = os.CreateTemp(dir, "mail-*"); err != nil {
		return nil, err
	}
	if s.size, err = io.Copy(s.rest, io.LimitReader(r, maxMessage-maxMemory)); err == nil {
		s.lost, err = io.Copy(io.Discard, r)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// from reads the message from an offset on.
func (s *spool) from(at int64) io.Reader {
	start := bytes.NewReader(s.start[min(at, int64(len(s.start))):])
	if s.rest == nil {
		return start
	}
	skip := max(0, at-int64(len(s.start)))
	return io.MultiReader(start, io.NewSectionReader(s.rest, skip, s.size-skip))
}

// repaired returns the mended tree of the message.
func (s *spool) repaired() (p part, err error) {
	if int64(len(s.start))+s.size > maxRepair {
		return part{}, errMalformed
	}
	message, err := io.ReadAll(s.from(0))
	if err != nil {
		return part{}, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = errMalformed
		}
	}()
	return repaired(message)
}

func (s *spool) close() error {
	if s.rest == nil {
		return nil
	}
	return errors.Join(s.rest.Close(), os.Remove(s.rest.Name()))
}

package imap

import (
	"bytes"
	"io"
	"os"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

const (
	maxMail   = 256 << 20 // of one mail; what is larger is named as a problem
	maxMemory = 1 << 20   // of a mail in memory; what is larger goes to a file
)

// spool holds one mail, in memory or, when it is large, in a file, so that the
// network never waits for what is done with it.
type spool struct {
	dir  string
	buf  bytes.Buffer
	file *os.File
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.buf.Len()+len(p) > maxMemory {
		f, err := os.CreateTemp(s.dir, "mail-*")
		if err != nil {
			return 0, spoolError(err)
		}
		s.file = f
		os.Remove(f.Name()) // it lives as long as it is open
		if _, err := f.Write(s.buf.Bytes()); err != nil {
			return 0, spoolError(err)
		}
		s.buf = bytes.Buffer{}
	}
	if s.file == nil {
		return s.buf.Write(p)
	}
	n, err := s.file.Write(p)
	if err != nil {
		err = spoolError(err)
	}
	return n, err
}

// fill copies r, which must hold size bytes, calling progress on the way.
func (s *spool) fill(r io.Reader, size int64, progress func()) error {
	if size <= maxMemory {
		s.buf.Grow(int(size))
	}
	buf := make([]byte, 32<<10)
	var got int64
	for {
		n, err := r.Read(buf)
		progress()
		if _, werr := s.Write(buf[:n]); werr != nil {
			return werr
		}
		if got += int64(n); err == io.EOF && got == size {
			return nil
		} else if err == io.EOF {
			return io.ErrUnexpectedEOF
		} else if err != nil {
			return err
		}
	}
}

// open returns the mail from its beginning; closing it frees the spool.
func (s *spool) open() (io.ReadCloser, error) {
	if s.file == nil {
		return io.NopCloser(&s.buf), nil
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, spoolError(err)
	}
	return s.file, nil
}

func (s *spool) close() {
	if s != nil && s.file != nil {
		s.file.Close()
	}
}

func tooLarge(size int64) error {
	return connectors.Broken(nil, "This mail is said to be %d MB large, more than the %d MB that are read of one mail.", size>>20, maxMail>>20)
}

func spoolError(err error) error {
	return &connectors.Error{Class: hub.ClassInternal, Err: err,
		Reason: "Samsyn cannot keep mail on its own disk while reading it: check that the disk is not full."}
}

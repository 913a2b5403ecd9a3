package imap

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

const (
	maxMail   = 256 << 20 // bytes of one mail; what is larger is named as a problem
	maxMemory = 1 << 20   // bytes of one mail in memory; what is larger goes to a file
	maxHeld   = 64 << 20  // bytes of all mails in memory, whatever sizes a server invents
)

// spool holds one mail, in memory or in a file, so that the network never waits
// for what is done with it. A nil spool is empty.
type spool struct {
	memory []byte
	file   *os.File
	held   *atomic.Int64 // bytes in memory, over all spools of a reader
}

// fill reads a mail of size bytes from r and fails when r ends before.
func fill(r io.Reader, size int64, held *atomic.Int64, dir string) (*spool, error) {
	if size <= maxMemory && held.Load()+size <= maxHeld {
		s := &spool{memory: make([]byte, size), held: held}
		held.Add(size)
		if _, err := io.ReadFull(r, s.memory); err != nil {
			s.close()
			return nil, err
		}
		return s, nil
	}
	f, err := os.CreateTemp(dir, "mail-*")
	if err != nil {
		return nil, diskError(err)
	}
	s := &spool{file: f}
	os.Remove(f.Name()) // it lives as long as it is open; what stays where that is not so is removed at start
	n, err := io.Copy(f, r)
	switch {
	case err == nil && n == size:
		return s, nil
	case err == nil:
		err = io.ErrUnexpectedEOF
	case isDisk(err):
		err = diskError(err)
	}
	s.close()
	return nil, err
}

// open returns the mail from its beginning; closing it frees the spool.
func (s *spool) open() (io.ReadCloser, error) {
	if s.file == nil {
		return io.NopCloser(bytes.NewReader(s.memory)), nil
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, diskError(err)
	}
	return s.file, nil
}

func (s *spool) close() {
	switch {
	case s == nil:
	case s.file != nil:
		s.file.Close() // it was only read from, or is given up
	default:
		s.held.Add(-int64(len(s.memory)))
		s.memory = nil
	}
}

func tooLarge(size int64) error {
	return connectors.Broken(nil, "This mail is said to be %d MB large, more than the %d MB that are read of one mail.", size>>20, maxMail>>20)
}

func diskError(err error) error {
	return &connectors.Error{Class: hub.ClassInternal, Err: err,
		Reason: "Samsyn cannot keep mail on its own disk while reading it: check that the disk is not full."}
}

func isDisk(err error) bool {
	var e *fs.PathError
	return errors.As(err, &e)
}

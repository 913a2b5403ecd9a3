package imap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/mail"
)

// letter is one mail on its way.
type letter struct {
	uid  imap.UID
	size int64  // as the server says, 1 when it does not; 0 until it was asked
	mark string // digest of its header, and its size; "" when it proves nothing
	key  string // of the record that has this mark
	body *spool // nil until it came whole
	gone bool   // removed while the folder was being read
	err  error  // why it cannot be read
}

// settled reports whether it is known what became of the letter.
func (l *letter) settled() bool { return l.key != "" || l.body != nil || l.gone || l.err != nil }

// items says what a letter yields: the rows of its attachments, what their
// sheets were taken for, and the mail, or the reason why it cannot be read. The
// mail comes last, since once it is known nobody asks for the rest again. Its own
// error ends the reading.
func (r *reader) items(ctx context.Context, l *letter) ([]yielded, error) {
	item := hub.Item{Ref: formatRef(r.validity, l.uid), Key: l.key, Mark: l.mark}
	switch {
	case l.gone:
		return nil, nil
	case l.err != nil:
		return []yielded{{hub.Item{Ref: item.Ref}, l.err}}, nil
	case l.key != "":
		return []yielded{{item: item}}, nil
	}
	body, err := l.body.open()
	if err != nil {
		return nil, err
	}
	m, err := mail.Parse(ctx, body, mail.Options{TempDir: r.c.env.TempDir, Country: r.c.env.Country, Answers: r.c.answers})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case isDisk(err):
		return nil, diskError(err)
	case err != nil:
		return []yielded{{hub.Item{Ref: item.Ref}, connectors.Broken(nil, "This mail cannot be read: %v.", err)}}, nil
	}
	item.Key, item.Content = m.Key, m.Content
	if len(m.Rows)+len(m.Sheets) > 0 {
		item.Mark = "" // whoever knows the mail by its mark would not see its tables
	}
	var out []yielded
	for _, row := range m.Rows {
		out = append(out, yielded{item: hub.Item{Ref: item.Ref + "/" + row.Path, Key: row.Key, Content: row.Content}})
	}
	for _, sheet := range m.Sheets {
		out = append(out, yielded{item: hub.Item{Ref: item.Ref + "/" + sheet.Path, Key: m.Key, Sheet: &sheet.Sheet}})
	}
	out = append(out, yielded{item: item})
	if len(m.Faults) > 0 {
		out = append(out, yielded{hub.Item{Ref: item.Ref}, connectors.Broken(nil, "Not all of this mail could be read. %s", strings.Join(m.Faults, " "))})
	}
	return out, nil
}

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

package imap

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

const (
	markRange   = 2000     // mails asked for their marks at once
	bodyRange   = 500      // mails asked for at once
	bodyBytes   = 8 << 20  // of these, as the server says
	bodyWidth   = 4        // such ranges on their way at the same time
	maxMessages = 20 << 20 // in one folder; more is a lie
	maxLost     = 100      // connections lost in one folder before it is given up
	maxProbes   = 5        // mails asked for to see whether a server hands out any
	maxUnmarked = 3        // mails without answer before marks are done without
)

// reader reads one folder once.
type reader struct {
	c        *Connector
	folder   string
	validity uint32
	probes   []imap.UID // some mails of the folder, old and new

	lane     sync.RWMutex // held for writing to be alone on the connection
	lost     atomic.Int64 // connections, see maxLost
	held     atomic.Int64 // bytes of mails in memory
	whole    atomic.Int64 // bodies that came whole
	unmarked atomic.Int64 // mails whose mark the server does not tell
}

// Read yields the mails of a folder, thousands at a time and the newest of these
// first, each after the rows and sheets of its attachments. A mail known by its
// ref or its mark is not downloaded.
func (c *Connector) Read(ctx context.Context, s hub.Scope, known connectors.Known) iter.Seq2[hub.Item, error] {
	return func(yield func(hub.Item, error) bool) {
		r := &reader{c: c, folder: s.Name}
		uids, err := r.list(ctx)
		if err != nil {
			yield(hub.Item{}, c.explain(err))
			return
		}
		fresh := uids[:0]
		for _, uid := range uids {
			if ref := formatRef(r.validity, uid); !known.Ref(ref) {
				fresh = append(fresh, uid)
			} else if !yield(hub.Item{Ref: ref}, nil) {
				return
			}
		}
		r.bring(ctx, fresh, known, yield)
	}
}

// bring yields what is new: marks, then the bodies of what no mark is known of.
func (r *reader) bring(ctx context.Context, uids []imap.UID, known connectors.Known, yield func(hub.Item, error) bool) {
	marked := inOrder(ctx, slices.Chunk(uids, markRange), 2, r.mark)
	for b := range inOrder(ctx, r.batches(marked, known), bodyWidth, r.read) {
		for _, y := range b.yields {
			if !yield(y.item, y.err) {
				return
			}
		}
		if b.err != nil {
			yield(hub.Item{}, r.c.explain(b.err))
			return
		}
	}
}

// list opens the folder and lists the UIDs in it, the newest first.
func (r *reader) list(ctx context.Context) ([]imap.UID, error) {
	for try := 1; ; try++ {
		s, data, err := r.c.line.examine(ctx, r.folder, true, r.c.backoff)
		if err != nil {
			return nil, err
		}
		r.validity = data.UIDValidity
		set, err := s.search(ctx, &imap.SearchCriteria{Since: r.c.since})
		if cut(err) && try < 3 {
			continue
		} else if err != nil {
			return nil, err
		}
		uids, err := expand(set)
		if err != nil {
			return nil, r.c.failure(hub.ClassUnreachable, err, "The mail server lists more mails in the folder %s than any folder has: ask its operator.", r.folder)
		}
		// A server that keeps back mails would make them look deleted.
		there := s.client.Mailbox()
		if r.c.since.IsZero() && there != nil && len(uids) < int(there.NumMessages) {
			if try < 3 {
				continue
			}
			return nil, r.c.failure(hub.ClassUnreachable, nil, "The mail server says that the folder %s holds %d mails but lists only %d: it is tried again later.", r.folder, there.NumMessages, len(uids))
		}
		r.probes = append(r.probes, uids[:min(len(uids), maxProbes)]...)
		slices.Reverse(uids)
		return uids, nil
	}
}

// search finds UIDs, by ESEARCH (RFC 4731) where the server has it.
func (s *session) search(ctx context.Context, what *imap.SearchCriteria) (set imap.UIDSet, err error) {
	err = s.run(ctx, func() error {
		var opt imap.SearchOptions
		opt.ReturnAll = s.caps.Has(imap.CapESearch)
		data, err := s.client.UIDSearch(what, &opt).Wait()
		if err == nil {
			set, _ = data.All.(imap.UIDSet) // nil when nothing was found
		}
		return err
	})
	return set, err
}

// expand lists the members of set, ascending. go-imap's own way has no bound.
func expand(set imap.UIDSet) ([]imap.UID, error) {
	var n uint64
	for _, r := range set {
		if r.Start == 0 || r.Stop < r.Start {
			return nil, errUnparsable
		}
		n += uint64(r.Stop-r.Start) + 1
	}
	if n > maxMessages {
		return nil, errEndless
	}
	out := make([]imap.UID, 0, n)
	for _, r := range set {
		for i := range uint64(r.Stop-r.Start) + 1 {
			out = append(out, r.Start+imap.UID(i))
		}
	}
	return out, nil
}

// session returns a session in which the folder is open and still numbered as before.
func (r *reader) session(ctx context.Context) (*session, error) {
	s, data, err := r.c.line.examine(ctx, r.folder, false, r.c.backoff)
	if err != nil {
		return nil, r.c.explain(err)
	}
	if data.UIDValidity != r.validity {
		return nil, r.c.failure(hub.ClassUnreachable, nil, "The mail server renumbered the folder %s while it was being read: it is read again.", r.folder)
	}
	return s, nil
}

// stillThere returns those letters that are still in the folder; the others are gone.
func (r *reader) stillThere(ctx context.Context, letters []*letter) (there []*letter, err error) {
	if len(letters) == 0 {
		return nil, nil
	}
	s, err := r.session(ctx)
	if err != nil {
		return nil, err
	}
	var set imap.UIDSet
	for _, l := range letters {
		set.AddNum(l.uid)
	}
	set, err = s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{set}})
	if err != nil {
		return letters, r.failed(s, err)
	}
	for _, l := range letters {
		if l.gone = !set.Contains(l.uid); !l.gone {
			there = append(there, l)
		}
	}
	return there, nil
}

// marking is a range of mails with their marks.
type marking struct {
	letters []*letter
	err     error
}

func (r *reader) mark(ctx context.Context, uids []imap.UID) marking {
	m := marking{letters: make([]*letter, len(uids))}
	for i, uid := range uids {
		m.letters[len(uids)-1-i] = &letter{uid: uid} // ascending, as servers answer
	}
	m.err = r.fetch(ctx, m.letters, marks)
	for _, l := range m.letters {
		if l.mark != "" { // a mail program that takes an attachment out of a mail leaves its header as it was
			l.mark = fmt.Sprintf("%s.%d", l.mark, l.size)
		}
	}
	return m
}

// batch is a range of mails and what became of it.
type batch struct {
	letters []*letter
	yields  []yielded
	err     error // ended the reading
}

type yielded struct {
	item hub.Item
	err  error
}

// batches makes ranges of about equal weight of what the marks leave to download.
func (r *reader) batches(marked iter.Seq[marking], known connectors.Known) iter.Seq[batch] {
	return func(yield func(batch) bool) {
		for m := range marked {
			if m.err != nil {
				yield(batch{err: m.err})
				return
			}
			for _, b := range r.parcel(m.letters, known) {
				if !yield(b) {
					return
				}
			}
		}
	}
}

// parcel looks up the marks of letters and parts them by what is to download.
func (r *reader) parcel(letters []*letter, known connectors.Known) []batch {
	out := []batch{{}}
	var n, size int64
	for _, l := range letters {
		if l.mark != "" {
			l.key = known.Mark(l.mark)
		}
		if l.size > maxMail {
			l.err = tooLarge(l.size)
		}
		if n == bodyRange || size > bodyBytes {
			out = append(out, batch{})
			n, size = 0, 0
		}
		last := &out[len(out)-1]
		if last.letters = append(last.letters, l); !l.settled() {
			n++
			size += l.size
		}
	}
	return out
}

// read downloads and parses the mails of a range.
func (r *reader) read(ctx context.Context, b batch) batch {
	if b.err != nil {
		return b
	}
	var fresh []*letter
	for _, l := range b.letters {
		if !l.settled() {
			fresh = append(fresh, l)
		}
	}
	b.err = r.fetch(ctx, fresh, bodies)
	for _, l := range b.letters {
		if l.settled() {
			got, err := r.items(ctx, l)
			b.yields = append(b.yields, got...)
			b.err = errors.Join(b.err, err)
		} else if b.err == nil {
			b.err = r.c.failure(hub.ClassInternal, nil, "Samsyn lost sight of the mail %s while reading it: please report this.", formatRef(r.validity, l.uid))
		}
		l.body.close()
	}
	if err := ctx.Err(); err != nil {
		b.err = err
	}
	return b
}

// inOrder runs do on tasks, width of them at a time, and yields the results in
// the order of the tasks. When the loop over it is left, what still runs is
// told by its context and waited for.
func inOrder[T, R any](ctx context.Context, tasks iter.Seq[T], width int, do func(context.Context, T) R) iter.Seq[R] {
	return func(yield func(R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running []chan R
		defer func() {
			cancel()
			for _, r := range running {
				<-r
			}
		}()
		next := func() bool {
			r := <-running[0]
			running = running[1:]
			return yield(r)
		}
		for task := range tasks {
			if len(running) == width && !next() {
				return
			}
			r := make(chan R, 1)
			go func() { r <- do(ctx, task) }()
			running = append(running, r)
		}
		for len(running) > 0 {
			if !next() {
				return
			}
		}
	}
}

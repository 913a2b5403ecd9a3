package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"samsyn/internal/hub"
)

// world is a source as it really is: what a look is meant to bring into the
// store. Its scopes are values; a change makes a new one under a new version.
type world struct {
	rnd    *rand.Rand
	last   int // number last given to anything
	scopes map[string]scope
	past   []scope // earlier states, which may come back
}

// scope is a sheet, whose refs are row numbers and so change with every row
// above, or a mail folder, whose refs stay until it is renumbered.
type scope struct {
	hub.Scope
	mail     bool
	validity int // of the uids of a mail folder
	things   []thing
	bad      []string // refs that cannot be read
}

// thing is a row or a mail.
type thing struct {
	uid      int    // of a mail
	key      string // of a mail, or of a row with a key column
	mark     string // of a mail
	text     string
	children int // rows in the attachment of a mail
}

func newWorld(rnd *rand.Rand) *world {
	w := &world{rnd: rnd, scopes: map[string]scope{}}
	for range 3 {
		w.add()
	}
	return w
}

// snapshot is the world as a worker finds it.
func (w *world) snapshot() []scope {
	var out []scope
	for _, name := range slices.Sorted(maps.Keys(w.scopes)) {
		out = append(out, w.scopes[name])
	}
	return out
}

func (w *world) next() int { w.last++; return w.last }

func (w *world) odds(percent int) bool { return w.rnd.IntN(100) < percent }

// change does one thing that happens to mailboxes and workbooks.
func (w *world) change() {
	if len(w.scopes) == 0 {
		w.add()
		return
	}
	s := w.some(func(scope) bool { return true })
	before := s
	switch n := w.rnd.IntN(100); {
	case n < 5:
		w.add()
		return
	case n < 9:
		w.remove(s)
		return
	case n < 15: // renamed, with or without a change
		w.remove(s)
		s.Name = w.name(s.mail)
		if w.odds(50) {
			w.touch(&s)
		}
		w.scopes[s.Name] = s
		return
	case n < 30 && len(w.past) > 0: // an earlier state comes back, version and all
		old := w.past[len(w.past)-1-w.rnd.IntN(min(len(w.past), 4))]
		if now, ok := w.scopes[old.Name]; ok {
			w.past = append(w.past, now)
		}
		w.scopes[old.Name] = old
		return
	case n < 33:
		s.bad = nil
		for range w.rnd.IntN(3) {
			s.bad = append(s.bad, fmt.Sprint("bad", w.rnd.IntN(4)))
		}
	case s.mail:
		w.changeMail(&s)
	default:
		w.changeSheet(&s)
	}
	w.past = append(w.past, before)
	w.touch(&s)
	w.scopes[s.Name] = s
}

func (w *world) changeMail(s *scope) {
	switch n := w.rnd.IntN(100); {
	case n < 40:
		w.deliver(s, 1+w.rnd.IntN(3))
	case n < 60:
		w.cut(s, 1+w.rnd.IntN(2))
	case n < 70: // all mails get new uids
		s.validity = w.next()
		s.things = slices.Clone(s.things)
		for i := range s.things {
			s.things[i].uid = w.next()
		}
	case len(s.things) > 0: // a mail is copied or moved to another folder
		i := w.rnd.IntN(len(s.things))
		m := s.things[i]
		to := w.some(func(o scope) bool { return o.mail })
		if w.odds(60) {
			s.things = slices.Delete(slices.Clone(s.things), i, i+1)
		}
		m.uid = w.next()
		if to.Name == s.Name {
			s.things = append(slices.Clone(s.things), m)
			return
		}
		to.things = append(slices.Clone(to.things), m)
		w.touch(&to)
		w.scopes[to.Name] = to
	}
}

func (w *world) changeSheet(s *scope) {
	switch n := w.rnd.IntN(100); {
	case len(s.things) > 200 && n < 60: // cut to almost nothing
		w.cut(s, len(s.things)-w.rnd.IntN(8))
	case n < 30:
		for range 1 + w.rnd.IntN(3) {
			s.things = slices.Insert(slices.Clone(s.things), w.rnd.IntN(len(s.things)+1), w.row())
		}
	case n < 50 && len(s.things) > 0: // edited
		s.things = slices.Clone(s.things)
		s.things[w.rnd.IntN(len(s.things))].text = fmt.Sprint("edit ", w.next())
	case n < 65:
		w.cut(s, 1+w.rnd.IntN(3))
	case n < 70: // sorted another way
		s.things = slices.Clone(s.things)
		w.rnd.Shuffle(len(s.things), func(i, j int) { s.things[i], s.things[j] = s.things[j], s.things[i] })
	case n < 76: // grows beyond what the brake lets go
		s.things = slices.Clone(s.things)
		for range 210 + w.rnd.IntN(40) {
			s.things = append(s.things, w.row())
		}
	case len(s.things) > 0: // another sheet says something else of the same key
		r := s.things[w.rnd.IntN(len(s.things))]
		to := w.some(func(o scope) bool { return !o.mail })
		if w.odds(70) {
			r.text = fmt.Sprint("other ", w.next())
		}
		if to.Name == s.Name {
			s.things = append(slices.Clone(s.things), r)
			return
		}
		to.things = append(slices.Clone(to.things), r)
		w.touch(&to)
		w.scopes[to.Name] = to
	}
}

// some picks a scope for which fit holds; there must be one.
func (w *world) some(fit func(scope) bool) scope {
	var fits []scope
	for _, s := range w.snapshot() {
		if fit(s) {
			fits = append(fits, s)
		}
	}
	return fits[w.rnd.IntN(len(fits))]
}

func (w *world) name(mail bool) string {
	if mail {
		return fmt.Sprint("mail/", w.next())
	}
	return fmt.Sprint("sheet/", w.next())
}

func (w *world) add() {
	s := scope{mail: w.odds(50), validity: w.next()}
	s.Name = w.name(s.mail)
	if s.mail {
		w.deliver(&s, 2+w.rnd.IntN(6))
	} else {
		for range 2 + w.rnd.IntN(8) {
			s.things = append(s.things, w.row())
		}
	}
	w.touch(&s)
	w.scopes[s.Name] = s
}

func (w *world) remove(s scope) {
	w.past = append(w.past, s)
	delete(w.scopes, s.Name)
}

// touch gives a scope a new version and some time, which need not be later.
func (w *world) touch(s *scope) {
	s.Version = fmt.Sprint("v", w.next())
	if s.At = (time.Time{}); w.odds(80) {
		s.At = time.UnixMilli(1_700_000_000_000 + int64(w.rnd.IntN(50))*1000).UTC()
	}
}

func (w *world) cut(s *scope, n int) {
	s.things = slices.Clone(s.things)
	for range min(n, len(s.things)) {
		i := w.rnd.IntN(len(s.things))
		s.things = slices.Delete(s.things, i, i+1)
	}
}

func (w *world) deliver(s *scope, n int) {
	s.things = slices.Clone(s.things)
	for range n {
		id := w.next()
		m := thing{uid: id, key: fmt.Sprint("m", id), mark: fmt.Sprint("mark", id), text: fmt.Sprint("mail ", id)}
		if w.odds(20) {
			m.mark = fmt.Sprint("shared", id%3) // as a reused Message-ID would give
		}
		if w.odds(25) {
			m.children = 1 + w.rnd.IntN(3)
		}
		s.things = append(s.things, m)
	}
}

func (w *world) row() thing {
	id := w.next()
	r := thing{key: fmt.Sprint("k", id), text: fmt.Sprint("row ", id)}
	switch {
	case w.odds(30): // no key column
		r = thing{text: fmt.Sprint("row ", id%5)}
	case w.odds(10): // a key that stands twice
		r.key = fmt.Sprint("k", max(1, id-w.rnd.IntN(10)))
	}
	return r
}

// items lists what a connector would yield. parent is the ref of the mail that
// a row belongs to.
func (s scope) items(yield func(item hub.Item, parent string)) {
	twins := map[string]int{}
	for i, th := range s.things {
		if !s.mail {
			key := th.key
			if key == "" {
				twins[th.text]++
				key = fmt.Sprint("#", th.text, " ", twins[th.text])
			}
			yield(hub.Item{Ref: strconv.Itoa(i + 2), Key: key, Content: say(hub.KindRow, th.text)}, "")
			continue
		}
		ref := fmt.Sprint(s.validity, ".", th.uid)
		yield(hub.Item{Ref: ref, Key: th.key, Mark: th.mark, Content: say(hub.KindMail, th.text)}, "")
		for c := range th.children {
			row := fmt.Sprint("/orders.xlsx#Ark1/", c+2)
			yield(hub.Item{Ref: ref + row, Key: th.key + row, Content: say(hub.KindRow, th.text+row)}, ref)
		}
	}
}

func say(kind, text string) *hub.Content {
	return &hub.Content{Kind: kind, Title: text, At: time.Unix(int64(len(text)), 0)}
}

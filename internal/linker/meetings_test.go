package linker_test

import (
	"testing"
	"time"

	"samsyn/internal/hub"
)

// Of all that a mailbox holds of a meeting the newest tells: what came before is a mail
// of the day on which it was sent, and so is a meeting that is called off. When the
// newest goes, the one before it tells again.
func TestTheNewestTellsOfAMeeting(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 3, n, 9, 0, 0, 0, time.UTC) }
	said := func(id string, sent int, m hub.Meeting) *hub.Content {
		c := mailFrom(id, "kari@fjordvik.no")
		c.At, c.Meeting = day(sent), &m
		return c
	}
	invited := said("i", 1, hub.Meeting{UID: "m", Starts: day(20)})
	answer := said("a", 2, hub.Meeting{UID: "m", Sequence: 9, Starts: day(20), Reply: "accepted"})
	moved := said("u", 3, hub.Meeting{UID: "m", Sequence: 1, Starts: day(18)})
	other := said("o", 4, hub.Meeting{UID: "m", Occasion: "2026-03-27T09:00:00Z", Starts: day(28)})
	off := said("c", 5, hub.Meeting{UID: "m", Sequence: 2, Starts: day(18), Cancelled: true})

	b := newTestBench(t)
	b.sources(t, []string{"other mailbox"})
	is := func(want map[string]string) {
		t.Helper()
		b.follow(t)
		for name, w := range want {
			if r := b.record(t, name); r.Nature+r.At.Format(" 2") != w {
				t.Errorf("%s is a %s of the %s, want %s", name, r.Nature, r.At.Format("2"), w)
			}
		}
	}
	b.write(t, "post", rows{"i": invited})
	b.write(t, "other mailbox", rows{"i": invited})
	is(map[string]string{"post/i": "meeting 20"})
	b.write(t, "post", rows{"u": moved, "a": answer})
	is(map[string]string{"post/i": "mail 1", "post/u": "meeting 18", "post/a": "mail 2", "other mailbox/i": "meeting 20"})
	b.write(t, "post", rows{"c": off, "o": other})
	is(map[string]string{"post/i": "mail 1", "post/u": "mail 3", "post/c": "mail 5", "post/o": "meeting 28", "other mailbox/i": "meeting 20"})
	b.write(t, "post", rows{"c": nil})
	is(map[string]string{"post/i": "mail 1", "post/u": "meeting 18", "post/o": "meeting 28"})
	b.write(t, "post", rows{"u": nil})
	is(map[string]string{"post/i": "meeting 20"})
}

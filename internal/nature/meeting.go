package nature

import (
	"strings"
	"time"

	"samsyn/internal/hub"
)

// ofMeeting makes a meeting of an invitation, whose date is then when it takes place.
// An answer and what cancels the meeting are mails of its thread, with dates of
// their own: neither is a meeting that takes place.
func ofMeeting(f *hub.Facts, c *hub.Content) {
	m := c.Meeting
	if m.UID != "" {
		f.Thread = "meeting " + strings.TrimSpace(m.UID+" "+m.Occasion)
	}
	if m.Reply != "" {
		return
	}
	if m.UID != "" {
		f.Version = versionOf(m, c.At)
	}
	if m.Cancelled {
		return
	}
	f.Nature = Meeting
	if !m.Starts.IsZero() {
		f.At, f.Ends = m.Starts, m.Ends
	}
}

// versionOf orders what is sent of one meeting (RFC 5546, section 2.1.5): by sequence,
// then by when it was written.
func versionOf(m *hub.Meeting, sent time.Time) int64 {
	written := m.Written
	if written.IsZero() {
		written = sent
	}
	const seconds = 1 << 33 // more than there are until the year 2200
	return int64(m.Sequence+1)*seconds + min(max(written.Unix(), 0), seconds-1)
}

// Outdated are the facts of an invitation that a newer one goes before, or that is
// called off: it is a mail that said something once.
func Outdated(f hub.Facts, c *hub.Content) hub.Facts {
	f.Nature, f.At, f.Ends = Mail, c.At, time.Time{}
	return f
}

// What a mail may say of a meeting other than that it takes place; besides these the
// answers of hub.Meeting.Reply.
const (
	Cancelled = "cancelled"
	Replaced  = "replaced" // by something newer
)

// OfMeeting tells what a record of this nature says of the meeting that its content is
// about: Cancelled, Replaced or an answer; "" of one that takes place, and of none.
func OfMeeting(nature string, m *hub.Meeting) string {
	switch {
	case m == nil:
		return ""
	case m.Reply != "":
		return m.Reply
	case m.Cancelled:
		return Cancelled
	case nature == Mail:
		return Replaced
	}
	return ""
}

// Answerer is who answers in a mail, by name where it is told: the attendee, or else
// the sender; "" if the mail is no answer.
func Answerer(c *hub.Content) string {
	if c.Meeting == nil || c.Meeting.Reply == "" {
		return ""
	}
	if len(c.Meeting.Attendees) > 0 {
		name, _, _ := strings.Cut(c.Meeting.Attendees[0], " <")
		return name
	}
	name := ""
	for _, id := range c.Idents {
		if id.Role == hub.RoleFrom && (id.Kind == hub.IdentPerson || id.Kind == hub.IdentEmail && name == "") {
			name = id.Value
		}
	}
	return name
}

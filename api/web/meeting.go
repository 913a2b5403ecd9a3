package web

import (
	"time"

	"samsyn/internal/hub"
)

// meetingTimes writes from when to when a meeting is: a day, days, or times of day
// in the zone of the installation.
func (c *catalogue) meetingTimes(m *hub.Meeting) string {
	if m.Starts.IsZero() {
		return ""
	}
	if m.AllDay {
		text := c.dayInWords(m.Starts.UTC())
		if !m.Ends.IsZero() {
			text += " – " + c.dayInWords(m.Ends.UTC())
		}
		return text + ", " + c.must("meeting.allday")
	}
	clock := c.must("format.clock")
	starts, ends := m.Starts.In(c.zone), m.Ends.In(c.zone)
	text := c.dayInWords(starts) + " " + starts.Format(clock)
	switch {
	case m.Ends.IsZero():
	case starts.Format(time.DateOnly) == ends.Format(time.DateOnly):
		text += "–" + ends.Format(clock)
	default:
		text += " – " + c.dayInWords(ends) + " " + ends.Format(clock)
	}
	return text
}

// meetingRepeats writes how often there is a meeting like this, "" if it is the only one.
func (c *catalogue) meetingRepeats(m *hub.Meeting) string {
	if m.Repeats == "" {
		return ""
	}
	return c.must("meeting.every."+m.Repeats, max(m.Every, 1))
}

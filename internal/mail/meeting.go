package mail

import (
	"slices"
	"strings"
	"time"

	"samsyn/internal/hub"
)

// maxAttendees bounds the people who are kept of a meeting.
const maxAttendees = 50

// meeting is what the calendar says of its meeting, nil if it has none: of the first
// event, or of the series if events are occasions of it.
func (c calendar) meeting(country string) *hub.Meeting {
	i := c.main()
	if i < 0 {
		return nil
	}
	e := c.parts[i]
	m := &hub.Meeting{
		UID: e.get("UID").line(300), Sequence: min(e.get("SEQUENCE").number(), 1<<20),
		Title: e.get("SUMMARY").line(maxTitle), Where: e.get("LOCATION").line(500), Organizer: e.get("ORGANIZER").person(),
		Cancelled: c.method == "CANCEL" || strings.EqualFold(e.get("STATUS").line(20), "CANCELLED"),
		Reply:     replyOf(c.method, e.get("ATTENDEE").params["partstat"]),
	}
	m.Written, _ = e.get("DTSTAMP").moment(country)
	m.Occasion = e.get("RECURRENCE-ID").line(100) // one without a time is an occasion all the same: what is said of it is not said of the series
	if at, _ := e.get("RECURRENCE-ID").moment(country); !at.IsZero() {
		m.Occasion = at.Format(time.RFC3339) // whatever zone a program names it in
	}
	e.times(m, country)
	e.repeats(m)
	for _, p := range e.props {
		if who := p.person(); p.name == "ATTENDEE" && who != "" && len(m.Attendees) < maxAttendees {
			m.Attendees = append(m.Attendees, who)
		}
	}
	return m
}

// main is the component that the meeting is of, -1 if there is none. Who asks for the
// invitation once more, or keeps to the time that it says, tells nothing new of it.
func (c calendar) main() int {
	if c.method == "REFRESH" || c.method == "DECLINECOUNTER" {
		return -1
	}
	event := func(p component) bool { return p.kind == "VEVENT" && len(p.props) > 0 }
	series := slices.IndexFunc(c.parts, func(p component) bool { return event(p) && p.get("RECURRENCE-ID").value == "" })
	if series >= 0 {
		return series
	}
	return slices.IndexFunc(c.parts, event)
}

// times says when the meeting is. The end of days is the one after the last, and
// Exchange writes days as times from midnight to midnight.
func (c component) times(m *hub.Meeting, country string) {
	starts, ends := c.get("DTSTART"), c.get("DTEND")
	if strings.EqualFold(c.get("X-MICROSOFT-CDO-ALLDAYEVENT").line(10), "TRUE") {
		starts, ends = starts.dayOf(country), ends.dayOf(country)
	}
	m.Starts, m.AllDay = starts.moment(country)
	m.Ends, _ = ends.moment(country)
	if m.Ends.IsZero() {
		m.Ends = c.get("DURATION").after(m.Starts)
	}
	if m.AllDay {
		m.Ends = m.Ends.Truncate(24*time.Hour).AddDate(0, 0, -1)
	}
	if m.Starts.IsZero() || !m.Ends.After(m.Starts) {
		m.Ends = time.Time{}
	}
}

// repeats says how often there is a meeting like this (RFC 5545, section 3.3.10).
func (c component) repeats(m *hub.Meeting) {
	for rule := range strings.SplitSeq(strings.ToUpper(c.get("RRULE").value), ";") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(rule), "="); name {
		case "FREQ":
			m.Repeats = "other"
			if often := strings.ToLower(value); slices.Contains([]string{"daily", "weekly", "monthly", "yearly"}, often) {
				m.Repeats = often
			}
		case "INTERVAL":
			if n := (property{value: value}).number(); n > 1 && n < 1000 {
				m.Every = n
			}
		}
	}
	if m.Repeats == "" && c.get("RDATE").value != "" {
		m.Repeats = "other"
	}
}

// replyOf is what an attendee says in a calendar of that method; "" if it is no answer.
func replyOf(method, status string) string {
	switch status = strings.ToLower(status); {
	case method == "COUNTER":
		return "counter"
	case method != "REPLY":
		return ""
	case slices.Contains([]string{"accepted", "declined", "tentative", "delegated"}, status):
		return status
	}
	return "other"
}

// text is what the calendar says besides its meeting, in the words of its writer alone,
// since whoever reads it may know another language: the description of the meeting,
// and of other events and tasks also the title, the time in the country, place and people.
func (c calendar) text(country string) string {
	var lines []string
	main := c.main()
	for i, part := range c.parts {
		if i != main {
			lines = append(lines, part.heading(country)...)
		}
		if d := part.get("DESCRIPTION").text(); d != "" && !slices.Contains(lines, d) {
			lines = append(lines, d)
		}
	}
	return strings.Join(lines, "\n")
}

func (c component) heading(country string) (lines []string) {
	when := c.get("DTSTART")
	if when.value == "" {
		when = c.get("DUE")
	}
	add := func(line string) {
		if line != "" {
			lines = append(lines, line)
		}
	}
	add(c.get("SUMMARY").line(maxTitle))
	if at, day := when.moment(country); day {
		add(at.Format(time.DateOnly))
	} else if !at.IsZero() {
		add(at.In(zoneNamed("", country)).Format("2006-01-02 15:04"))
	}
	add(c.get("LOCATION").line(500))
	for _, p := range c.props {
		if p.name == "ORGANIZER" || p.name == "ATTENDEE" {
			add(p.person())
		}
	}
	return lines
}

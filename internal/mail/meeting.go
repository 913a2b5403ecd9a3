package mail

import (
	"strings"
	"time"
	_ "time/tzdata" // invitations name zones, also where the system knows none

	"github.com/emersion/go-ical"

	"samsyn/internal/hub"
)

// meetingOf reads the first event of an invitation (RFC 5545; its METHOD after
// RFC 5546); nil if it holds none that can be read. The calendar's own
// alarms and zones are left alone.
func meetingOf(calendar, country string) (m *hub.Meeting) {
	defer func() {
		if recover() != nil {
			m = nil
		}
	}()
	cal, err := ical.NewDecoder(strings.NewReader(calendar)).Decode()
	if err != nil || len(cal.Events()) == 0 {
		return nil
	}
	e := cal.Events()[0]
	m = &hub.Meeting{UID: cut(text(e, ical.PropUID), 300), Title: cut(text(e, ical.PropSummary), maxTitle), Where: cut(text(e, ical.PropLocation), 500)}
	zone := zoneOf(country)
	m.Starts, m.AllDay = moment(e.Props.Get(ical.PropDateTimeStart), zone)
	m.Ends, _ = moment(e.Props.Get(ical.PropDateTimeEnd), zone)
	if d := e.Props.Get(ical.PropDuration); m.Ends.IsZero() && d != nil && !m.Starts.IsZero() {
		if long, err := d.Duration(); err == nil {
			m.Ends = m.Starts.Add(long)
		}
	}
	m.Organizer = addressOf(e.Props.Get(ical.PropOrganizer))
	for _, a := range e.Props.Values(ical.PropAttendee) {
		if address := addressOf(&a); address != "" && len(m.Attendees) < 50 {
			m.Attendees = append(m.Attendees, address)
		}
	}
	method := ""
	if p := cal.Props.Get(ical.PropMethod); p != nil {
		method = strings.ToUpper(p.Value)
	}
	m.Cancelled = method == "CANCEL" || strings.EqualFold(text(e, ical.PropStatus), "CANCELLED")
	if all := e.Props.Values(ical.PropAttendee); method == "REPLY" && len(all) > 0 {
		m.Reply = cut(strings.ToLower(all[0].Params.Get(ical.ParamParticipationStatus)), 20)
	}
	return m
}

func text(e ical.Event, name string) string {
	p := e.Props.Get(name)
	if p == nil {
		return ""
	}
	s, err := p.Text()
	if err != nil {
		s = p.Value
	}
	return strings.Join(strings.Fields(clean(s)), " ")
}

// moment reads a time. A zone that has no IANA name, as Outlook writes them, is
// taken for that of the country; so is a time without one.
func moment(p *ical.Prop, zone *time.Location) (at time.Time, day bool) {
	if p == nil {
		return time.Time{}, false
	}
	at, err := p.DateTime(zone)
	if err != nil {
		p.Params.Del(ical.ParamTimezoneID)
		if at, err = p.DateTime(zone); err != nil {
			return time.Time{}, false
		}
	}
	if day = p.ValueType() == ical.ValueDate || len(p.Value) == 8; day {
		at = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	}
	return at.UTC(), day
}

// zoneOf is the time of the Nordic country, that of Norway for another.
func zoneOf(country string) *time.Location {
	name := map[string]string{"SE": "Europe/Stockholm", "DK": "Europe/Copenhagen", "FI": "Europe/Helsinki", "IS": "Atlantic/Reykjavik"}[country]
	if name == "" {
		name = "Europe/Oslo"
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

func addressOf(p *ical.Prop) string {
	if p == nil {
		return ""
	}
	v := strings.TrimSpace(p.Value)
	if len(v) > 7 && strings.EqualFold(v[:7], "mailto:") {
		v = v[7:]
	}
	if !strings.Contains(v, "@") {
		return ""
	}
	return cut(strings.ToLower(v), 200)
}

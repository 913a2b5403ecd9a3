package mail

import (
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // calendars name zones, also where the system knows none
)

// calendar is what is read of an iCalendar object (RFC 5545). A line that makes no
// sense is passed over: the others still tell of a meeting. The library that did this
// before gave up all of a calendar at such a line, and took minutes for a long one.
type calendar struct {
	method string // RFC 5546, upper case
	parts  []component
}

// component is an event or a task, without what is nested in it, such as alarms.
type component struct {
	kind  string // VEVENT, VTODO
	props []property
}

type property struct {
	name   string // upper case
	params map[string]string
	value  string
}

// Bounds of what is read of a calendar: events and tasks, and properties of each.
const (
	maxComponents = 200
	maxProperties = 2000
)

func readCalendar(text string) (c calendar) {
	inner := -1 // depth within a component, -1 outside
	for p := range contentLines(text) {
		switch begins := p.name == "BEGIN"; {
		case begins && inner >= 0:
			inner++
		case p.name == "END" && inner >= 0:
			inner--
		case begins && len(c.parts) < maxComponents:
			if kind := strings.ToUpper(strings.TrimSpace(p.value)); kind == "VEVENT" || kind == "VTODO" {
				c.parts, inner = append(c.parts, component{kind: kind}), 0
			}
		case inner == 0:
			if last := &c.parts[len(c.parts)-1]; len(last.props) < maxProperties {
				last.props = append(last.props, p)
			}
		case inner < 0 && p.name == "METHOD":
			c.method = strings.ToUpper(strings.TrimSpace(p.value))
		}
	}
	return c
}

// contentLines are the lines that hold a property (RFC 5545, section 3.1), unfolded.
func contentLines(text string) iter.Seq[property] {
	return func(yield func(property) bool) {
		text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(strings.ReplaceAll(text, "\r\n", "\n"))
		for line := range strings.Lines(text) {
			head, value, found := cutUnquoted(line, ':')
			if !found {
				continue
			}
			name, params, _ := strings.Cut(head, ";")
			p := property{name: strings.ToUpper(strings.TrimSpace(name)), value: value}
			if params != "" {
				_, p.params = parseParams(";" + params)
			}
			if !yield(p) {
				return
			}
		}
	}
}

// cutUnquoted cuts at the first sep that does not stand within quotes.
func cutUnquoted(s string, sep byte) (before, after string, found bool) {
	quote := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quote = !quote
		case s[i] == sep && !quote:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// get is the first property of that name; one without a value if there is none.
func (c component) get(name string) property {
	for _, p := range c.props {
		if p.name == name {
			return p
		}
	}
	return property{}
}

// text is a value of the type TEXT (RFC 5545, section 3.3.11).
func (p property) text() string {
	return strings.TrimSpace(clean(strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(p.value)))
}

// line is text without line breaks, of at most so many bytes.
func (p property) line(most int) string {
	return cut(strings.Join(strings.Fields(p.text()), " "), most)
}

func (p property) number() int {
	n, err := strconv.Atoi(strings.TrimSpace(p.value))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// person is an attendee or organiser: the name, and the address as in a header.
func (p property) person() string {
	name := cut(strings.Join(strings.Fields(strings.Trim(p.params["cn"], `"'`)), " "), 200)
	address := strings.ToLower(p.line(200))
	if address = strings.TrimPrefix(address, "mailto:"); !strings.Contains(address, "@") {
		return name
	}
	if name == "" || strings.Contains(name, "@") {
		return address
	}
	return name + " <" + address + ">"
}

// moment reads a time, and whether it is a day. One without a zone is of the country.
func (p property) moment(country string) (at time.Time, day bool) {
	value, zone := strings.TrimSpace(p.value), zoneNamed(p.params["tzid"], country)
	is := func(layout string, zone *time.Location) bool {
		t, err := time.ParseInLocation(layout, value, zone)
		if err != nil || t.Year() < 1980 || t.Year() > 2100 {
			return false
		}
		at = t.UTC()
		return true
	}
	day = is("20060102", time.UTC)
	_ = day || is("20060102T150405Z", time.UTC) || is("20060102T150405", zone) || is("20060102T1504", zone)
	return at, day
}

// dayOf is the day of a time: where it stands in UTC, that of the country.
func (p property) dayOf(country string) property {
	value := strings.TrimSpace(p.value)
	if at, _ := p.moment(country); strings.HasSuffix(value, "Z") && !at.IsZero() {
		value = at.In(zoneNamed("", country)).Format("20060102")
	}
	return property{name: p.name, value: cut(value, 8)}
}

// lengths is a duration (RFC 5545, section 3.3.6): weeks, days, hours, minutes, seconds.
var lengths = regexp.MustCompile(`^\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)

// after is the time that lies the duration after at; at itself if it is none.
func (p property) after(at time.Time) time.Time {
	m := lengths.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(p.value)))
	if m == nil {
		return at
	}
	n := make([]int, len(m))
	for i, digits := range m {
		n[i], _ = strconv.Atoi(digits) // 0 where there are none
	}
	return at.AddDate(0, 0, 7*n[1]+n[2]).Add(time.Duration(n[3])*time.Hour + time.Duration(n[4])*time.Minute + time.Duration(n[5])*time.Second)
}

// zoneNamed is the zone of that name: of the time zone database, alone or at the end
// of a path as some programs write it, or one of Windows; else that of the country.
func zoneNamed(name, country string) *time.Location {
	tries := []string{windowsZones[name], name}
	if parts := strings.Split(name, "/"); len(parts) > 2 {
		tries = append(tries, strings.Join(parts[len(parts)-2:], "/"))
	}
	for _, try := range append(tries, countryZones[country], "Europe/Oslo") {
		if zone, err := time.LoadLocation(try); err == nil && try != "" && try != "Local" {
			return zone
		}
	}
	return time.UTC
}

var countryZones = map[string]string{"SE": "Europe/Stockholm", "DK": "Europe/Copenhagen", "FI": "Europe/Helsinki", "IS": "Atlantic/Reykjavik"}

// windowsZones are the zones of Windows, as Outlook and Exchange name them, of those
// whom Nordic companies meet.
var windowsZones = map[string]string{
	"W. Europe Standard Time": "Europe/Berlin", "Romance Standard Time": "Europe/Paris", "Central Europe Standard Time": "Europe/Budapest",
	"Central European Standard Time": "Europe/Warsaw", "GMT Standard Time": "Europe/London", "Greenwich Standard Time": "Atlantic/Reykjavik",
	"FLE Standard Time": "Europe/Helsinki", "GTB Standard Time": "Europe/Athens", "E. Europe Standard Time": "Europe/Chisinau",
	"Turkey Standard Time": "Europe/Istanbul", "Russian Standard Time": "Europe/Moscow", "Israel Standard Time": "Asia/Jerusalem",
	"Eastern Standard Time": "America/New_York", "Central Standard Time": "America/Chicago", "Mountain Standard Time": "America/Denver",
	"Pacific Standard Time": "America/Los_Angeles", "Atlantic Standard Time": "America/Halifax", "E. South America Standard Time": "America/Sao_Paulo",
	"Arabian Standard Time": "Asia/Dubai", "India Standard Time": "Asia/Kolkata", "China Standard Time": "Asia/Shanghai", "Singapore Standard Time": "Asia/Singapore",
	"Tokyo Standard Time": "Asia/Tokyo", "Korea Standard Time": "Asia/Seoul", "AUS Eastern Standard Time": "Australia/Sydney",
	"New Zealand Standard Time": "Pacific/Auckland", "South Africa Standard Time": "Africa/Johannesburg", "tzone://Microsoft/Utc": "UTC",
}

package mail

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// The calendars are in the forms in which Exchange, Outlook, Google and others write them.
func TestMeetings(t *testing.T) {
	for _, c := range []struct{ name, method, lines, want string }{
		{"Exchange", "REQUEST", `ORGANIZER;CN=Kari Vik:mailto:Kari@vik.example
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN="Lie, Ola":mailto:ola@havbris.example
DESCRIPTION;LANGUAGE=nb-NO:Vi går gjennom avtalen.\n\n
UID:040000008200E00074C5B7101A82E00800000000
SUMMARY;LANGUAGE=nb-NO:Årsmøte, avtalen
DTSTART;TZID=Romance Standard Time:20260305T130000
DTEND;TZID=Romance Standard Time:20260305T140000
CLASS:PUBLIC
DTSTAMP:20260227T101500Z
SEQUENCE:2
STATUS:CONFIRMED
LOCATION;LANGUAGE=nb-NO:Microsoft Teams-møte
BEGIN:VALARM
DESCRIPTION:REMINDER
TRIGGER;RELATED=START:-PT15M
ACTION:DISPLAY
END:VALARM`, `{"uid":"040000008200E00074C5B7101A82E00800000000","sequence":2,"written":"2026-02-27T10:15:00Z","title":"Årsmøte, avtalen",
			"starts":"2026-03-05T12:00:00Z","ends":"2026-03-05T13:00:00Z","where":"Microsoft Teams-møte","organizer":"Kari Vik <kari@vik.example>","attendees":["Lie, Ola <ola@havbris.example>"]}`},
		{"a zone of Windows in quotes, of another country", "REQUEST", "UID:1\nDTSTART;TZID=\"FLE Standard Time\":20260705T130000\nDTEND;TZID=\"FLE Standard Time\":20260705T133000",
			`{"uid":"1","starts":"2026-07-05T10:00:00Z","ends":"2026-07-05T10:30:00Z"}`},
		{"Google", "REQUEST", "DTSTART:20260305T120000Z\nDTEND:20260305T124500Z\nDTSTAMP:20260227T101500Z\nORGANIZER;CN=kari@vik.example:mailto:kari@vik.example\n" +
			"UID:4k1@google.com\nATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE\n ;CN=kari@vik.example;X-NUM-GUESTS=0:mailto:kari@vik.example\n" +
			"SEQUENCE:0\nSUMMARY:Kaffe\\, og planen\nLOCATION:", `{"uid":"4k1@google.com","written":"2026-02-27T10:15:00Z","title":"Kaffe, og planen",
			"starts":"2026-03-05T12:00:00Z","ends":"2026-03-05T12:45:00Z","organizer":"kari@vik.example","attendees":["kari@vik.example"]}`},
		{"a whole day", "REQUEST", "UID:1\nDTSTART;VALUE=DATE:20260305\nDTEND;VALUE=DATE:20260306", `{"uid":"1","starts":"2026-03-05T00:00:00Z","all_day":true}`},
		{"days", "REQUEST", "UID:1\nDTSTART;VALUE=DATE:20260305\nDTEND;VALUE=DATE:20260308", `{"uid":"1","starts":"2026-03-05T00:00:00Z","ends":"2026-03-07T00:00:00Z","all_day":true}`},
		{"days by length", "REQUEST", "UID:1\nDTSTART;VALUE=DATE:20260305\nDURATION:P2D", `{"uid":"1","starts":"2026-03-05T00:00:00Z","ends":"2026-03-06T00:00:00Z","all_day":true}`},
		{"a day that says no end", "REQUEST", "UID:1\nDTSTART;VALUE=DATE:20260305", `{"uid":"1","starts":"2026-03-05T00:00:00Z","all_day":true}`},
		{"a whole day of Exchange", "REQUEST", "UID:1\nDTSTART;TZID=W. Europe Standard Time:20260305T000000\nDTEND;TZID=W. Europe Standard Time:20260306T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
			`{"uid":"1","starts":"2026-03-05T00:00:00Z","all_day":true}`},
		{"a whole day of Exchange in UTC", "REQUEST", "UID:1\nDTSTART:20260304T230000Z\nDTEND:20260305T230000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
			`{"uid":"1","starts":"2026-03-05T00:00:00Z","all_day":true}`},
		{"no end", "REQUEST", "UID:1\nDTSTART;TZID=Europe/Oslo:20260305T130000", `{"uid":"1","starts":"2026-03-05T12:00:00Z"}`},
		{"an end before the beginning", "REQUEST", "UID:1\nDTSTART:20260305T130000Z\nDTEND:20260305T120000Z", `{"uid":"1","starts":"2026-03-05T13:00:00Z"}`},
		{"length", "REQUEST", "UID:1\nDTSTART:20260305T130000Z\nDURATION:PT1H30M", `{"uid":"1","starts":"2026-03-05T13:00:00Z","ends":"2026-03-05T14:30:00Z"}`},
		{"no zone is that of the country", "PUBLISH", "UID:1\nDTSTART:20260305T130000", `{"uid":"1","starts":"2026-03-05T12:00:00Z"}`},
		{"a zone at the end of a path", "REQUEST", "UID:1\nDTSTART;TZID=/freeassociation.sourceforge.net/Europe/Helsinki:20260305T130000", `{"uid":"1","starts":"2026-03-05T11:00:00Z"}`},
		{"a zone that nobody knows", "REQUEST", "UID:1\nDTSTART;TZID=Customized Time Zone:20260305T130000", `{"uid":"1","starts":"2026-03-05T12:00:00Z"}`},
		{"recurring", "REQUEST", "UID:1\nDTSTART:20260305T120000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;UNTIL=20270101T000000Z", `{"uid":"1","starts":"2026-03-05T12:00:00Z","repeats":"weekly","every":2}`},
		{"recurring every hour", "REQUEST", "UID:1\nDTSTART:20260305T120000Z\nRRULE:FREQ=HOURLY", `{"uid":"1","starts":"2026-03-05T12:00:00Z","repeats":"other"}`},
		{"an occasion alone", "REQUEST", "UID:1\nRECURRENCE-ID;TZID=Europe/Oslo:20260312T130000\nDTSTART:20260313T120000Z", `{"uid":"1","occasion":"2026-03-12T12:00:00Z","starts":"2026-03-13T12:00:00Z"}`},
		{"an occasion whose time makes no sense", "CANCEL", "UID:1\nRECURRENCE-ID:the second\nDTSTART:20260313T120000Z", `{"uid":"1","occasion":"the second","starts":"2026-03-13T12:00:00Z","cancelled":true}`},
		{"a series after its occasion", "REQUEST", "UID:1\nRECURRENCE-ID:20260312T120000Z\nDTSTART:20260313T120000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nDTSTART:20260305T120000Z\nRRULE:FREQ=DAILY",
			`{"uid":"1","starts":"2026-03-05T12:00:00Z","repeats":"daily"}`},
		{"cancelled", "CANCEL", "UID:1\nSEQUENCE:1\nDTSTART:20260305T130000Z", `{"uid":"1","sequence":1,"starts":"2026-03-05T13:00:00Z","cancelled":true}`},
		{"cancelled by its status", "REQUEST", "UID:1\nSTATUS:CANCELLED\nDTSTART:20260305T130000Z", `{"uid":"1","starts":"2026-03-05T13:00:00Z","cancelled":true}`},
		{"an answer", "REPLY", "UID:1\nDTSTART:20260305T130000Z\nATTENDEE;PARTSTAT=ACCEPTED;CN=Ola Lie:MAILTO:ola@havbris.example", `{"uid":"1","starts":"2026-03-05T13:00:00Z","attendees":["Ola Lie <ola@havbris.example>"],"reply":"accepted"}`},
		{"an answer that says little", "REPLY", "UID:1\nATTENDEE:mailto:ola@havbris.example", `{"uid":"1","attendees":["ola@havbris.example"],"reply":"other"}`},
		{"another time", "COUNTER", "UID:1\nDTSTART:20260306T130000Z\nATTENDEE;PARTSTAT=TENTATIVE:mailto:ola@havbris.example", `{"uid":"1","starts":"2026-03-06T13:00:00Z","attendees":["ola@havbris.example"],"reply":"counter"}`},
		{"an organiser without an address", "REQUEST", "UID:1\nORGANIZER;CN=Resepsjonen:invalid:nomail", `{"uid":"1","organizer":"Resepsjonen"}`},
		{"a time that a clock never showed", "REQUEST", "UID:1\nDTSTART:16010101T000000", `{"uid":"1"}`},
		{"lines that make no sense", "REQUEST", "UID:1\n\nhei\n:\nX;\"=:\nSUMMARY:Befaring, taket", `{"uid":"1","title":"Befaring, taket"}`},
	} {
		text := "BEGIN:VCALENDAR\nMETHOD:" + c.method + "\nBEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:16010101T030000\nRRULE:FREQ=YEARLY\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\n" + c.lines + "\nEND:VEVENT\nEND:VCALENDAR\n"
		for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
			var out strings.Builder
			w := json.NewEncoder(&out)
			w.SetEscapeHTML(false)
			if err := w.Encode(readCalendar(text).meeting("NO")); err != nil {
				t.Fatal(err)
			}
			got := strings.TrimSpace(out.String())
			if want := strings.NewReplacer("\n", "", "\t", "").Replace(c.want); got != want {
				t.Errorf("%s:\n%s, want\n%s", c.name, got, want)
			}
		}
	}
	for _, method := range []string{"REFRESH", "DECLINECOUNTER"} {
		c := readCalendar("BEGIN:VCALENDAR\nMETHOD:" + method + "\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20260305T130000Z\nSUMMARY:Befaring\nEND:VEVENT\nEND:VCALENDAR")
		if m := c.meeting("NO"); m != nil || c.text("NO") != "Befaring" {
			t.Errorf("%s is taken for an invitation: %+v, and says %q", method, m, c.text("NO"))
		}
	}
	if m := readCalendar("BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:Ring\nEND:VTODO\nEND:VCALENDAR").meeting("NO"); m != nil {
		t.Errorf("a task is taken for a meeting: %+v", m)
	}
}

// What is stored as text is nobody's language but the writer's.
func TestCalendarText(t *testing.T) {
	got := readCalendar("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Befaring\nDTSTART:20260305T130000Z\nLOCATION:Kaigata 1\nORGANIZER:mailto:kari@vik.example\nDESCRIPTION:Ta med tegninger\\nog hj\n elm\\, takk\nEND:VEVENT\n" +
		"BEGIN:VEVENT\nSUMMARY:Kveldsmat\nDTSTART:20260305T180000Z\nLOCATION:Brygga\nATTENDEE;CN=Ola Lie:mailto:ola@havbris.example\nDESCRIPTION:Kom sultne\nEND:VEVENT\n" +
		"BEGIN:VTODO\nSUMMARY:Send rapport\nDUE;VALUE=DATE:20260310\nEND:VTODO\nEND:VCALENDAR\n").text("NO")
	want := "Ta med tegninger\nog hjelm, takk\nKveldsmat\n2026-03-05 19:00\nBrygga\nOla Lie <ola@havbris.example>\nKom sultne\nSend rapport\n2026-03-10"
	if got != want {
		t.Errorf("%q, want\n%q", got, want)
	}
}

// A calendar may be as large as the texts of a mail, and is read in a time that grows
// with its length alone.
func TestHostileCalendar(t *testing.T) {
	for name, text := range map[string]string{
		"parameter":  "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY;X=" + strings.Repeat("a", 1<<20) + ":Befaring\nEND:VEVENT\nEND:VCALENDAR\n",
		"nesting":    "BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\n", 1<<19),
		"events":     strings.Repeat("BEGIN:VEVENT\nSUMMARY:a\nDESCRIPTION:b\nEND:VEVENT\n", 1<<17),
		"properties": "BEGIN:VEVENT\n" + strings.Repeat("ATTENDEE;CN=\"\":a@b\n", 1<<18),
	} {
		start := time.Now()
		c := readCalendar(text)
		c.meeting("NO")
		c.text("NO")
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}

// FuzzCalendar checks that whatever calls itself a calendar tells of a meeting that can be.
func FuzzCalendar(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=\"W. Europe Standard Time\":20260305T130000\r\nDURATION:P1DT2H\r\nATTENDEE;CN=\"Lie, Ola\";PARTSTAT=ACCEPTED:mailto:ola@havbris.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	f.Add("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260305\nDTEND:20260309\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nRRULE:FREQ=WEEKLY;INTERVAL=2\nDESCRIPTION:a\\nb\n c\nEND:VEVENT")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // text parts are decoded before
		}
		c := readCalendar(text)
		m := c.meeting("SE")
		if again := readCalendar(strings.ReplaceAll(text, "\n", "\r\n")).meeting("SE"); (m == nil) != (again == nil) {
			t.Errorf("with other line ends %v, then %v", m, again)
		}
		if s := c.text("SE"); !utf8.ValidString(s) {
			t.Errorf("broken text %q", s)
		}
		if m == nil {
			return
		}
		if !m.Ends.IsZero() && !m.Ends.After(m.Starts) {
			t.Errorf("from %v to %v", m.Starts, m.Ends)
		}
		for _, s := range append([]string{m.UID, m.Title, m.Where, m.Organizer, m.Reply}, m.Attendees...) {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r\x00") {
				t.Errorf("%q is no line", s)
			}
		}
	})
}

package mail

import (
	"bytes"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"samsyn/internal/hub"
)

// header is the header of a message or of a part, as it stands in the source.
type header []field

type field struct {
	name string
	raw  string // folded, not decoded
}

// get returns the raw value of the first field of that name, "" if there is none.
func (h header) get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			return f.raw
		}
	}
	return ""
}

// all returns the raw values of every field of that name.
func (h header) all(name string) []string {
	var out []string
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			out = append(out, f.raw)
		}
	}
	return out
}

// splitHeader reads the header at the start of b (RFC 5322 section 2.2) and
// tells where the body begins. The "From " line of an mbox is passed over, and
// so are, counted as junk, lines that belong to no field. Two of them in a row
// are taken for a body that lacks the empty line before it.
func splitHeader(b []byte) (h header, body, junk int) {
	at := len(b) - len(bytes.TrimLeft(b, "\r\n"))
	at += len(b[at:]) - len(bytes.TrimPrefix(b[at:], []byte("\xef\xbb\xbf")))
	for at < len(b) {
		line, next := lineAt(b, at)
		name, value := nameOf(line)
		switch {
		case len(line) == 0:
			return h, next, junk
		case name != "":
			end := at + len(line)
			for next < len(b) && isBlank(b[next]) {
				line, after := lineAt(b, next)
				end, next = next+len(line), after
			}
			h = append(h, field{name: name, raw: string(b[at+value : end])})
		case isMbox(line):
		case !isBlank(line[0]) && !headerGoesOn(b, next):
			return h, at, junk
		default:
			junk++
		}
		at = next
	}
	return h, len(b), junk
}

// lineAt returns the line of b at offset at, without its end, and where the next one starts.
func lineAt(b []byte, at int) (line []byte, next int) {
	line, next = b[at:], len(b)
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line, next = line[:i], at+i+1
	}
	return bytes.TrimRight(line, "\r"), next
}

// nameOf returns the name of the field that starts on line and the offset of its value.
func nameOf(line []byte) (name string, value int) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 {
		return "", 0
	}
	n := bytes.TrimRight(line[:i], " \t")
	for _, c := range n {
		if c <= ' ' || c >= 0x7f {
			return "", 0
		}
	}
	return string(n), i + 1
}

func headerGoesOn(b []byte, at int) bool {
	if at >= len(b) {
		return false
	}
	line, _ := lineAt(b, at)
	name, _ := nameOf(line)
	return name != "" || len(line) == 0 || isBlank(line[0])
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isMbox(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimPrefix(line, []byte(">")), []byte("From "))
}

// shown are the header fields worth keeping. Fields that a server adds on the
// way are not among them, so that copies of one mail have one content.
var shown = []string{
	"From", "Sender", "Reply-To", "To", "Cc", "Date", "Subject", "Message-ID", "In-Reply-To", "References",
	"List-Id", "List-Unsubscribe", "Precedence", "Auto-Submitted", "X-Auto-Response-Suppress", "Importance",
}

// Bounds of what is kept of one header field, in bytes.
const (
	maxRaw   = 64 << 10 // decoded at all
	maxValue = 2000     // shown
)

// fields returns the header fields worth showing, in the order of the source.
func (h header) fields() []hub.Field {
	var out []hub.Field
	for _, f := range h {
		i := slices.IndexFunc(shown, func(s string) bool { return strings.EqualFold(s, f.name) })
		if i < 0 || len(out) == 100 {
			continue
		}
		v := hub.Field{Name: shown[i], Value: cut(decodeHeader(cut(f.raw, maxRaw)), maxValue)}
		if v.Name == "Date" {
			if t, ok := parseDate(f.raw); ok {
				v.Type, v.Value = "time", t.Format(time.RFC3339)
			}
		}
		if v.Value != "" {
			out = append(out, v)
		}
	}
	return out
}

// cut shortens s to at most n bytes without cutting a letter.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// messageIDs returns the ids in a raw header value, without angle brackets.
// Ids that stand without brackets count too.
func messageIDs(raw string) []string {
	var out []string
	for _, id := range strings.FieldsFunc(repair([]byte(cut(raw, maxRaw))), func(r rune) bool {
		return r <= ' ' || r == '<' || r == '>' || r == ',' || r == 0x7f || r == '"'
	}) {
		if strings.Contains(id, "@") || strings.Contains(raw, "<"+id+">") {
			out = append(out, cut(id, 500))
		}
	}
	return out
}

// date returns when the mail was written, in UTC: its Date, else the newest
// Received that can be believed, else zero.
func (h header) date() time.Time {
	for _, raw := range h.all("Date") {
		if t, ok := parseDate(raw); ok {
			return t
		}
	}
	var newest time.Time
	for _, raw := range h.all("Received") {
		if t, ok := parseDate(raw[strings.LastIndexByte(raw, ';')+1:]); ok && t.After(newest) {
			newest = t
		}
	}
	return newest
}

// Spellings of a date that net/mail does not know.
var dateLayouts = []string{
	"Mon, 2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04", "2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05 MST",
	"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 15:04:05 -0700 2006", "Mon, Jan 2 2006 15:04:05 -0700",
	"Monday, 2 January 2006 15:04:05 -0700", "Monday, January 2, 2006 15:04:05 -0700", "Mon, 2-Jan-2006 15:04:05 -0700",
	time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02",
}

// Hours east of Greenwich of the zone names that senders use instead of numbers.
var zones = map[string]string{
	"CET": "+0100", "MET": "+0100", "CEST": "+0200", "MEST": "+0200", "EET": "+0200", "EEST": "+0300", "BST": "+0100",
	"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "PST": "-0800", "PDT": "-0700",
}

// parseDate reads a date of RFC 5322 and the other spellings met in the wild.
// Dates before 1980 or after 2100 are those of a clock that was never set.
func parseDate(raw string) (t time.Time, ok bool) {
	s := decodeHeader(cut(raw, 200))
	if i := strings.IndexByte(s, '('); i >= 0 {
		s = strings.TrimSpace(s[:i])
	}
	s = strings.Replace(s, "GMT+", "+", 1)
	if i := strings.LastIndexByte(s, ' '); i >= 0 && zones[s[i+1:]] != "" {
		s = s[:i+1] + zones[s[i+1:]]
	}
	t, err := time.Parse("Mon, 2 Jan 2006 15:04:05 -0700", s) // what most write, without net/mail's many trials
	if err != nil {
		t, err = mail.ParseDate(s)
	}
	for i := 0; err != nil && i < len(dateLayouts); i++ {
		t, err = time.Parse(dateLayouts[i], s)
	}
	t = t.UTC()
	return t, err == nil && t.Year() >= 1980 && t.Year() <= 2100
}

package mail

import (
	"strings"
	"time"
)

// unflow joins the lines of a text in format=flowed (RFC 3676): a line that ends
// in a space goes on in the next, unless their quote depths differ.
func unflow(s string, delsp bool) string {
	var out strings.Builder
	out.Grow(len(s))
	open, depth := false, 0
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		text := strings.TrimLeft(line, ">")
		d := len(line) - len(text)
		text = strings.TrimPrefix(text, " ") // space-stuffed
		if open && d != depth {
			out.WriteByte('\n')
			open = false
		}
		if !open && d > 0 {
			out.WriteString(strings.Repeat(">", d) + " ")
		}
		depth, open = d, strings.HasSuffix(text, " ") && text != "-- "
		if open && delsp {
			text = text[:len(text)-1]
		}
		out.WriteString(text)
		if !open {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// calendarText tells an invitation (RFC 5545) in lines: what, when, where and by whom.
func calendarText(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\n ", ""), "\n\t", "") // folded lines
	var out strings.Builder
	event := false
	for line := range strings.Lines(s) {
		head, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		name, params, _ := strings.Cut(head, ";")
		switch name = strings.ToUpper(name); name {
		case "BEGIN":
			event = strings.EqualFold(value, "VEVENT") || strings.EqualFold(value, "VTODO")
		case "END":
			event = false
		default:
			if label := calendarLabels[name]; event && label != "" && value != "" {
				out.WriteString(label + ": " + calendarValue(name, params, value) + "\n")
			}
		}
	}
	return out.String()
}

var calendarLabels = map[string]string{
	"SUMMARY": "Summary", "DTSTART": "Start", "DTEND": "End", "DUE": "Due", "LOCATION": "Location",
	"ORGANIZER": "Organizer", "ATTENDEE": "Attendee", "DESCRIPTION": "Description",
}

func calendarValue(name, params, value string) string {
	switch name {
	case "DTSTART", "DTEND", "DUE":
		return calendarTime(value)
	case "ORGANIZER", "ATTENDEE":
		if len(value) > 7 && strings.EqualFold(value[:7], "mailto:") {
			value = value[7:]
		}
		if _, p := parseParams(";" + params); p["cn"] != "" {
			return p["cn"] + " <" + value + ">"
		}
		return value
	}
	return strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(value)
}

func calendarTime(s string) string {
	for layout, form := range map[string]string{
		"20060102T150405Z": "2006-01-02 15:04 UTC", "20060102T150405": "2006-01-02 15:04", "20060102": "2006-01-02",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(form)
		}
	}
	return s
}

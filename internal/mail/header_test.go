package mail

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSplitHeader(t *testing.T) {
	for _, c := range []struct {
		name, raw, fields, body string
		junk                    int
	}{
		{"plain", "A: 1\r\nB: 2\r\n\r\nbody", "A=1 B=2", "body", 0},
		{"folded", "A: 1\r\n 2\r\n\t3\r\n\r\nbody", "A=1 2 3", "body", 0},
		{"line ends of Unix", "A: 1\nB: 2\n\nbody", "A=1 B=2", "body", 0},
		{"mbox", "From a@b Mon May  6\nA: 1\n\nbody", "A=1", "body", 0},
		{"space before the colon", "A : 1\n\nbody", "A=1", "body", 0},
		{"a line without colon", "A: 1\nstray\nB: 2\n\nbody", "A=1 B=2", "body", 1},
		{"a fold that continues nothing", " stray\nA: 1\n\nbody", "A=1", "body", 1},
		{"no empty line before the body", "A: 1\nHei der\nalle sammen\n", "A=1", "Hei der\nalle sammen\n", 0},
		{"no header", "Hei der\nalle sammen", "", "Hei der\nalle sammen", 0},
		{"no body", "A: 1", "A=1", "", 0},
		{"empty lines first", "\r\n\r\nA: 1\r\n\r\nbody", "A=1", "body", 0},
		{"byte order mark", "\xef\xbb\xbfA: 1\n\nbody", "A=1", "body", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, body, junk := splitHeader([]byte(c.raw))
			var fields []string
			for _, f := range h {
				fields = append(fields, f.name+"="+decodeHeader(f.raw))
			}
			if got := strings.Join(fields, " "); got != c.fields || c.raw[body:] != c.body || junk != c.junk {
				t.Errorf("fields %q, body %q, junk %d", got, c.raw[body:], junk)
			}
		})
	}
}

func TestParseDate(t *testing.T) {
	for raw, want := range map[string]string{
		"Mon, 6 May 2024 07:59:58 +0200":           "2024-05-06T05:59:58Z",
		"Mon, 06 May 2024 07:59:58 +0200 (CEST)":   "2024-05-06T05:59:58Z",
		"6 May 2024 07:59 +0200":                   "2024-05-06T05:59:00Z",
		"Mon, 6 May 2024 07:59:58 CEST":            "2024-05-06T05:59:58Z",
		"Thu, 9 May 2024 08:15 EEST":               "2024-05-09T05:15:00Z",
		"Mon, 6 May 2024 07:59:58 GMT+0200":        "2024-05-06T05:59:58Z",
		"Mon, 6 May 24 07:59:58 GMT":               "2024-05-06T07:59:58Z",
		"Mon May  6 07:59:58 2024":                 "2024-05-06T07:59:58Z",
		"2024-05-06T07:59:58+02:00":                "2024-05-06T05:59:58Z",
		"2024-05-06 07:59:58 +0200":                "2024-05-06T05:59:58Z",
		"Monday, 6 May 2024 07:59:58 +0200":        "2024-05-06T05:59:58Z",
		"yesterday":                                "",
		"":                                         "",
		"Thu, 1 Jan 1970 00:00:00 +0000":           "", // a clock that was never set
		"Fri, 1 Jan 9999 00:00:00 +0000":           "",
		"Mon, 6 May 2024 07:59:58 +0200" + "(((((": "2024-05-06T05:59:58Z",
	} {
		got := ""
		if at, ok := parseDate(raw); ok {
			got = at.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("parseDate(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestDateOfReceived(t *testing.T) {
	m := parse(t, "Received: from a; Mon, 6 May 2024 08:00:02 +0200\r\nReceived: from b; Mon, 6 May 2024 08:00:01 +0200\r\n"+
		"Received: from c; Mon, 6 May 2199 08:00:01 +0200\r\nDate: i går\r\n\r\nhei")
	if got := m.Content.At.Format(time.RFC3339); got != "2024-05-06T06:00:02Z" {
		t.Errorf("at %s", got)
	}
}

func TestParseAddresses(t *testing.T) {
	for raw, want := range map[string]string{
		`kari@x.example`:                                 `kari@x.example`,
		`Kari Lie <kari@x.example>`:                      `Kari Lie:kari@x.example`,
		`"Lie, Kari" <kari@x.example>, ola@x.example`:    `Lie, Kari:kari@x.example ola@x.example`,
		`Lie, Kari <kari@x.example>, Moen, Ola <o@x.no>`: `Lie, Kari:kari@x.example Moen, Ola:o@x.no`,
		`=?utf-8?q?Lie,_K=C3=A5re?= <k@x.example>`:       `Lie, Kåre:k@x.example`,
		`=?utf-8?q?K=C3=A5re_<k@x.example>?=`:            `Kåre:k@x.example`,
		`"Ola" ola@x.example`:                            `Ola:ola@x.example`,
		`kari@x.example (Kari Lie)`:                      `Kari Lie:kari@x.example`,
		`"kari@x.example" <kari@x.example>`:              `kari@x.example`,
		`Styret: a@x.example, b@x.example;`:              `Styret:a@x.example b@x.example`,
		`undisclosed-recipients:;`:                       ``,
		`"unclosed <kari@x.example>, ola@x.example`:      `unclosed:kari@x.example ola@x.example`,
		`<kari@x.example>; <ola@x.example>`:              `kari@x.example ola@x.example`,
		"K\xe5re <k@x.example>":                          `Kåre:k@x.example`,
		`'Kari' <mailto:kari@x.example>`:                 `Kari:kari@x.example`,
		``:                                               ``,
	} {
		var got []string
		for _, a := range parseAddresses(raw) {
			if a.name != "" {
				a.addr = a.name + ":" + a.addr
			}
			got = append(got, a.addr)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("parseAddresses(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestMessageIDs(t *testing.T) {
	for raw, want := range map[string]string{
		"<a@x> <b@x>": "a@x b@x", "<a@x>,<b@x>": "a@x b@x", "a@x": "a@x", "<no at>": "", "<noat>": "noat",
		"Your message of today <a@x>": "a@x", "": "", "<a@x\r\n >": "a@x",
	} {
		if got := strings.Join(messageIDs(raw), " "); got != want {
			t.Errorf("messageIDs(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestParseParams(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{`text/plain; charset=utf-8`, `text/plain charset=utf-8`},
		{`TEXT/Plain ; Charset="utf-8" ; format=flowed`, `text/plain charset=utf-8 format=flowed`},
		{`attachment; filename="a;b \"c\".pdf"`, `attachment filename=a;b "c".pdf`},
		{`attachment; filename=min fil å.pdf; size=3`, `attachment filename=min fil å.pdf size=3`},
		{"attachment; filename*=iso-8859-1'no'bl%E5b%E6r.pdf", `attachment filename=blåbær.pdf`},
		{"attachment; filename*0*=utf-8''bl%C3%A5; filename*1=b%; filename*2*=%C3%A6r.pdf", `attachment filename=blåb%ær.pdf`},
		{"attachment; filename=\"=?utf-8?q?bl=C3=A5.pdf?=\"", `attachment filename=blå.pdf`},
		{"attachment; filename=plain.txt; filename*=utf-8''b%C3%A6.txt", `attachment filename=bæ.txt`},
		{"attachment; filename=bl\xe5.pdf", `attachment filename=blå.pdf`},
		{`text/html; charset="utf-8; name=x`, `text/html charset=utf-8 name=x`},
		{`text/plain>`, `text/plain`},
		{`text/plain charset=us-ascii`, `text/plain`},
		{`a; *=x; =y; n*999=z; n*x=z`, `a`},
		{``, ``},
	} {
		value, params := parseParams(c.raw)
		got := []string{value}
		for _, k := range slices.Sorted(maps.Keys(params)) {
			got = append(got, fmt.Sprintf("%s=%s", k, params[k]))
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("parseParams(%q) = %q, want %q", c.raw, g, c.want)
		}
	}
}

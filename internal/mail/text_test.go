package mail

import (
	"io"
	"strings"
	"testing"
)

func TestDecodeText(t *testing.T) {
	for _, c := range []struct{ name, raw, label, want string }{
		{"utf-8", "blåbær", "utf-8", "blåbær"},
		{"latin-1", "bl\xe5b\xe6r", "iso-8859-1", "blåbær"},
		{"windows-1252 called latin-1", "10 \x80 \x96 nok", "iso-8859-1", "10 € – nok"},
		{"latin-1 called utf-8", "bl\xe5b\xe6r", "utf-8", "blåbær"},
		{"utf-8 called ascii", "blåbær", "us-ascii", "blåbær"},
		{"utf-8 called latin-1", "blåbær", "iso-8859-1", "blåbær"},
		{"both in one", "blåbær bl\xe5b\xe6r", "us-ascii", "blåbær blåbær"},
		{"unknown label", "bl\xe5b\xe6r", "x-unknown", "blåbær"},
		{"label with a name", "bl\xe5", `charset="iso-8859-1"`, "blå"},
		{"latin-9", "10 \xa4", "iso-8859-15", "10 €"},
		{"Macintosh", "bl\x8cb\xber", "macintosh", "blåbær"},
		{"utf-7", "bl+AOU-b+AOY-r", "utf-7", "blåbær"},
		{"utf-16 with mark", "\xff\xfeb\x00l\x00\xe5\x00", "", "blå"},
		{"iso-2022-jp", "\x1b$B$\"\x1b(B", "iso-2022-jp", "あ"},
		{"shift-jis", "\x82\xa0", "shift_jis", "あ"},
		{"byte order mark", "\xef\xbb\xbfhei", "utf-8", "hei"},
		{"NUL and controls", "a\x00b\x07c\u200bd", "utf-8", "abcd"},
		{"line ends", "a\r\nb\rc\nd\r\r\ne", "utf-8", "a\nb\nc\nd\ne"},
		{"hard spaces", "949\u00a0630\u202f285", "utf-8", "949 630 285"},
	} {
		if got := decodeText([]byte(c.raw), c.label); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDecodeHeader(t *testing.T) {
	for raw, want := range map[string]string{
		"=?utf-8?q?bl=C3=A5b=C3=A6r?=":                         "blåbær",
		"=?iso-8859-1?Q?Tilbud_p=E5?= =?iso-8859-1?Q?_r=F8r?=": "Tilbud på rør",
		"=?utf-8?b?YmzD?=\r\n =?utf-8?b?pWI=?=":                "blåb", // a letter cut in two
		"=?utf-8?q?bl=C3?= =?utf-8?q?=A5?= og":                 "blå og",
		"a =?utf-8?q?=C3=A5?= b":                               "a å b",
		"=?utf-8*no?q?=C3=A5?=":                                "å",
		"=?x?y?z?=":                                            "=?x?y?z?=",
		"=?utf-8?q?unclosed":                                   "=?utf-8?q?unclosed",
		"bl\xe5b\xe6r":                                         "blåbær",
		"folded\r\n  text":                                     "folded text",
	} {
		if got := decodeHeader(raw); got != want {
			t.Errorf("decodeHeader(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestTransfer(t *testing.T) {
	for _, c := range []struct{ encoding, raw, want string }{
		{"quoted-printable", "bl=E5 =\r\nb=e6r=3D\r\nny", "bl\xe5 b\xe6r=\r\nny"},
		{"quoted-printable", "50 =% av =ZZ =", "50 =% av =ZZ "},
		{"Quoted-Printable", "a= \t\r\nb", "ab"},
		{"base64", "aGVp\r\nIGRlcg==\r\n", "hei der"},
		{"base64", "aGVp!! *IGRl\x00cg", "hei der"},
		{"7-bit", "som det står", "som det står"},
		{"", "som det står", "som det står"},
	} {
		got, err := io.ReadAll(transferReader(c.encoding, strings.NewReader(c.raw)))
		if err != nil || string(got) != c.want {
			t.Errorf("%s %q = %q, %v", c.encoding, c.raw, got, err)
		}
	}
}

func TestUnflow(t *testing.T) {
	for _, c := range []struct {
		raw   string
		delsp bool
		want  string
	}{
		{"en \nto\ntre\n", false, "en to\ntre\n"},
		{"> en \n> to\nsvar\n", false, "> en to\nsvar\n"},
		{"> en \n>> to\n", false, "> en \n>> to\n"},
		{"-- \nKari\n", false, "-- \nKari\n"},
		{" >ikke sitat\n", false, ">ikke sitat\n"},
		{"sam \nmen\n", true, "sammen\n"},
	} {
		if got := unflow(c.raw, c.delsp); got != c.want {
			t.Errorf("unflow(%q) = %q, want %q", c.raw, got, c.want)
		}
	}
}

func TestHTMLToText(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"cells", "<table><tr><td>Vare</td><td>Pris</td></tr><tr><td>Blåbær</td><td>10</td></tr></table>", "Vare\tPris\nBlåbær\t10"},
		{"paragraphs", "<p>en</p><p>to<br>tre</p>", "en\n\nto\ntre"},
		{"inline", "b<b>l</b>åbær <i>og</i>\n  rips", "blåbær og rips"},
		{"hidden", "<html><head><title>t</title><style>s{}</style></head><body>hei<script>x<y</script></body>", "hei"},
		{"head without end", "<head><meta charset=utf-8><body>hei", "hei"},
		{"entities", "bl&aring;b&aelig;r &amp; r&#248;r &lt;a@b&gt;", "blåbær & rør <a@b>"},
		{"quotes", "ja<blockquote>gammel<blockquote>eldre</blockquote></blockquote>nei", "ja\n> gammel\n> > eldre\nnei"},
		{"lists", "<ul><li>en</li><li>to</li></ul>", "- en\n- to"},
		{"pre", "<pre>a  b\n c</pre>d", "a  b\n c\nd"},
		{"comment", "a<!--[if mso]>x<![endif]-->b", "ab"},
		{"unclosed tag", "hei <b", "hei"},
	} {
		if got := htmlToText(c.src); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := htmlToText(strings.Repeat("<div>", 200_000) + "dypt"); got != "dypt" {
		t.Errorf("200,000 nested: %.40q", got)
	}
}

func TestHTML(t *testing.T) {
	raw := "From: k@x.example\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nren tekst\r\n--b\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n" +
		"<p onclick=\"x()\" style=\"color:red\">bl\xe5b\xe6r</p><script>x()</script><img src=\"https://track.example/1.gif\"><img src=\"cid:logo\">" +
		"<a href=\"https://fjord.example/\">side</a><a href=\"javascript:x()\">felle</a><form action=\"/\"><input></form><table background=\"http://x.example/\"><tr><td>1</td></tr></table>\r\n--b--\r\n"
	got, err := HTML(t.Context(), strings.NewReader(raw), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"<p>blåbær</p>", `href="https://fjord.example/"`, "noreferrer", "<td>1</td>", "felle"} {
		if !strings.Contains(got, must) {
			t.Errorf("%s lacks %q", got, must)
		}
	}
	for _, not := range []string{"script", "onclick", "style", "img", "cid:", "track.example", "javascript", "form", "input", "background"} {
		if strings.Contains(got, not) {
			t.Errorf("%s holds %q", got, not)
		}
	}
	if got, err := HTML(t.Context(), strings.NewReader("From: k@x.example\r\n\r\nren tekst"), Options{}); got != "" || err != nil {
		t.Errorf("a mail without HTML: %q, %v", got, err)
	}
}

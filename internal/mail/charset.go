package mail

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/cention-sany/utf7"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// decodeText turns the bytes of a text in the charset that label names into
// clean UTF-8. Labels lie: bytes that are UTF-8 stay UTF-8 whatever a one-byte
// label says, iso-8859-1 is read as windows-1252 as the WHATWG encoding standard
// has it, and without a usable label each byte that is not UTF-8 is windows-1252.
func decodeText(b []byte, label string) string {
	if i := strings.IndexByte(label, '='); i >= 0 { // charset="charset=utf-8"
		label = label[i+1:]
	}
	label = strings.ToLower(strings.Trim(label, ` "'`))
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return clean(repair(b[3:]))
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		label = "utf-16be"
		if b[0] == 0xff {
			label = "utf-16le"
		}
		b = b[2:]
	case label == "utf-7" || label == "unicode-1-1-utf-7":
		return clean(decodeUTF7(b))
	}
	enc, name := charset.Lookup(label)
	if enc == nil || name == "utf-8" || strings.HasSuffix(label, "ascii") || name == "replacement" || oneByte(name) && utf8.Valid(b) {
		return clean(repair(b))
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return clean(repair(b))
	}
	return clean(string(out))
}

// oneByte reports whether name, as the WHATWG spells it, is a charset of one
// byte a letter. Text in one of the others may look like valid UTF-8.
func oneByte(name string) bool {
	for _, p := range []string{"windows-", "iso-8859-", "koi8-", "macintosh", "x-mac-", "ibm866"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

func decodeUTF7(b []byte) string {
	out, _, err := transform.Bytes(utf7.UTF7.NewDecoder(), b)
	if err != nil {
		return repair(b)
	}
	return repair(out)
}

// repair returns b as valid UTF-8: each byte that is not part of it is taken as
// windows-1252. Latin-1 words hardly ever form UTF-8 sequences by chance, so
// mixed texts come out right.
func repair(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b) + len(b)/8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(b[0])
		}
		out.WriteRune(r)
		b = b[n:]
	}
	return out.String()
}

// clean makes line ends \n and spaces plain, and drops the control and
// zero-width characters that no one sees; NUL above all, which Postgres refuses.
func clean(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\r\n", "\n"), "\r\n", "\n")
	}
	if isClean(s) {
		return s
	}
	return strings.Map(cleanRune, s)
}

func isClean(s string) bool {
	for _, r := range s {
		if (r < ' ' || r >= 0x7f) && cleanRune(r) != r {
			return false
		}
	}
	return true
}

// cleanRune returns what a letter becomes, -1 for nothing.
func cleanRune(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
		return '\n'
	case r == '\u00a0' || r == '\u202f' || r == '\u2007':
		return ' '
	case r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u00ad' || r >= '\u200b' && r <= '\u200f' || r == '\ufeff' || r == '\u2060':
		return -1
	}
	return r
}

// decodeHeader decodes the encoded-words of RFC 2047 in a raw header value and
// puts it on one line. A word that cannot be decoded is left as it stands.
func decodeHeader(raw string) string {
	s := clean(repair([]byte(raw)))
	if strings.Contains(s, "=?") {
		s = decodeWords(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

// decodeWords joins neighbouring words of one charset before it decodes them,
// as mime.WordDecoder does not: senders cut them in the middle of a letter.
func decodeWords(s string) string {
	var out strings.Builder
	var bytes []byte // of the words not yet written
	var label string
	flush := func() {
		out.WriteString(decodeText(bytes, label))
		bytes = nil
	}
	for {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		l, b, rest, ok := cutWord(s[i:])
		if !ok {
			flush()
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		near := bytes != nil && strings.TrimSpace(s[:i]) == ""
		if !near || !strings.EqualFold(l, label) {
			flush()
		}
		if !near {
			out.WriteString(s[:i])
		}
		bytes, label, s = append(bytes, b...), l, rest
	}
	flush()
	out.WriteString(s)
	return clean(out.String())
}

// maxWord bounds the search for the end of an encoded-word; RFC 2047 allows 75 bytes.
const maxWord = 4096

// cutWord decodes the encoded-word at the start of s, "=?charset?q?text?=".
func cutWord(s string) (label string, b []byte, rest string, ok bool) {
	parts := strings.SplitN(s[:min(len(s), maxWord)], "?", 4)
	if len(parts) < 4 {
		return "", nil, "", false
	}
	text, _, ok := strings.Cut(parts[3], "?=")
	if !ok {
		return "", nil, "", false
	}
	label, _, _ = strings.Cut(parts[1], "*") // RFC 2231 adds a language: utf-8*no
	rest = s[len("=?")+len(parts[1])+1+len(parts[2])+1+len(text)+len("?="):]
	switch parts[2] {
	case "b", "B":
		b, _ = io.ReadAll(base64Reader(strings.NewReader(text)))
	case "q", "Q":
		b, _ = io.ReadAll(quotedReader(strings.NewReader(strings.ReplaceAll(text, "_", " "))))
	default:
		return "", nil, "", false
	}
	return label, b, rest, true
}

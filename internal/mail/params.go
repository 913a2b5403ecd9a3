package mail

import (
	"strconv"
	"strings"
)

// parseParams reads a value with parameters, as of Content-Type and
// Content-Disposition. It knows the continuations and charsets of RFC 2231, also
// those other than UTF-8 that mime.ParseMediaType passes over, encoded-words
// where they are not allowed but usual, and names with spaces that lack quotes.
func parseParams(raw string) (value string, params map[string]string) {
	pieces := splitParams(cut(raw, maxRaw))
	value = strings.ToLower(strings.TrimSpace(clean(repair([]byte(pieces[0])))))
	if i := strings.IndexAny(value, " \t\r\n()<>\",="); i >= 0 {
		value = value[:i]
	}
	if len(pieces) == 1 {
		return value, nil
	}
	params = make(map[string]string, len(pieces))
	long := map[string]*longParam{}
	for _, piece := range pieces[1:] {
		name, v, ok := strings.Cut(piece, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" {
			continue
		}
		v = unquote(strings.TrimSpace(v))
		if base, rest, starred := strings.Cut(name, "*"); starred && base != "" {
			if long[base] == nil {
				long[base] = &longParam{}
			}
			long[base].add(rest, v)
		} else if !starred && params[name] == "" {
			params[name] = decodeWords(clean(repair([]byte(v))))
		}
	}
	for name, l := range long {
		if v := l.decode(); v != "" {
			params[name] = v
		}
	}
	return value, params
}

// splitParams cuts at the semicolons that are not within quotes. A quote that is
// never closed quotes nothing.
func splitParams(s string) []string {
	var out []string
	start, quote := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quote:
			i++
		case c == '"' && (quote || strings.IndexByte(s[i+1:], '"') >= 0):
			quote = !quote
		case c == ';' && !quote:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' {
		return strings.Trim(s, `"`)
	}
	s = strings.TrimSuffix(s[1:], `"`)
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// longParam is a parameter in the form of RFC 2231: name*=utf-8”text, or in
// sections name*0*=utf-8”te; name*1=xt.
type longParam struct {
	sections []string
	charset  string
}

const maxSections = 100

func (l *longParam) add(section, v string) {
	section, encoded := strings.CutSuffix(section, "*")
	if section == "" {
		section, encoded = "0", true
	}
	n, err := strconv.Atoi(section)
	if err != nil || n < 0 || n >= maxSections {
		return
	}
	for len(l.sections) <= n {
		l.sections = append(l.sections, "")
	}
	if encoded {
		if parts := strings.SplitN(v, "'", 3); n == 0 && len(parts) == 3 {
			l.charset, v = parts[0], parts[2]
		}
		v = unpercent(v)
	}
	l.sections[n] = v
}

func (l *longParam) decode() string {
	return decodeText([]byte(strings.Join(l.sections, "")), l.charset)
}

func unpercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, ok1 := unhex(s[i+1])
			lo, ok2 := unhex(s[i+2])
			if ok1 && ok2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

package mail

import (
	"strings"
	"unicode"
)

// letter is a text taken apart.
type letter struct {
	fresh  []string // lines that the sender wrote, and those of a mail that was forwarded
	quoted []string // lines of the history
	inner  []int    // indexes in fresh where the header of a forwarded mail starts
}

// takeApart separates what is fresh from the history that is quoted below or
// between it. forwarded says that the subject calls the mail a forward: then the
// first quoted header is that of the forwarded mail, which counts as fresh.
// Every line is looked at a bounded number of times.
func takeApart(text string, forwarded bool) letter {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	s := splitter{lines: lines, forward: forwarded}
	for i := 0; i < len(lines); {
		i += s.take(i)
	}
	if !s.written && s.tail {
		// Nothing but a quoted header: forwarded without a word.
		s = splitter{lines: lines, forward: true}
		for i := 0; i < len(lines); {
			i += s.take(i)
		}
	}
	return s.letter.trimmed()
}

type splitter struct {
	letter
	lines   []string
	forward bool // the next quoted header is that of a forwarded mail
	written bool // a word has been kept
	tail    bool // the history has begun that goes on to the end
}

// take puts line i, and those that belong to it, where they belong and returns
// how many they were.
func (s *splitter) take(i int) int {
	line := strings.TrimSpace(s.lines[i])
	switch {
	case isQuoted(line):
		return s.quote(1, i)
	case line == "":
		s.keep(s.lines[i])
		return 1
	case isMark(line, forwardMarks):
		s.forward = false
		s.unquote(i + 1)
		return s.letterHead(i, 1)
	case isMark(line, originalMarks):
		return s.history(i, 1)
	case isRule(line) && i+1 < len(s.lines) && s.isHeader(i+1):
		return s.history(i, 1)
	case s.isHeader(i):
		return s.history(i, 0)
	case isMobile(line):
		return s.quote(1, i)
	}
	if n := s.attribution(i); n > 0 {
		return s.quote(n, i)
	}
	s.keep(s.lines[i])
	return 1
}

func (s *splitter) keep(line string) {
	s.fresh = append(s.fresh, line)
	s.written = s.written || strings.TrimSpace(line) != ""
}

func (s *splitter) quote(n, i int) int {
	s.quoted = append(s.quoted, s.lines[i:i+n]...)
	return n
}

// unquote takes one ">" from the lines at i and on: Apple's Mail quotes what it forwards.
func (s *splitter) unquote(i int) {
	for ; i < len(s.lines) && (s.lines[i] == "" || s.lines[i][0] == '>'); i++ {
		s.lines[i] = strings.TrimPrefix(strings.TrimPrefix(s.lines[i], ">"), " ")
	}
}

// history begins at line i with a quoted header, which starts skip lines later.
func (s *splitter) history(i, skip int) int {
	head := strings.ToLower(s.lines[min(i+skip, len(s.lines)-1)])
	if s.forward && !strings.HasPrefix(head, "lähettäjä") {
		s.forward = false
		return s.letterHead(i, skip)
	}
	s.tail = true
	return s.quote(len(s.lines)-i, i)
}

// letterHead keeps the header of a forwarded mail as fresh text.
func (s *splitter) letterHead(i, skip int) int {
	for n := range skip {
		s.keep(s.lines[i+n])
	}
	n := skip
	for i+n < len(s.lines) && s.lines[i+n] == "" {
		n++
	}
	s.inner = append(s.inner, len(s.fresh))
	for i+n < len(s.lines) && s.lines[i+n] != "" {
		if label, _ := cutLabel(s.lines[i+n]); label == "" {
			break
		}
		s.keep(s.lines[i+n])
		n++
	}
	return max(n, 1)
}

// isQuoted reports whether line begins with ">" or with initials and ">".
func isQuoted(line string) bool {
	i := 0
	for i < len(line) && i < 4 && 'A' <= line[i] && line[i] <= 'Z' {
		i++
	}
	return i < len(line) && line[i] == '>'
}

// isHeader reports whether a quoted header starts at line i: an author and at
// least two more labels within the next six lines.
func (s *splitter) isHeader(i int) bool {
	if label, value := cutLabel(s.lines[i]); !oneOf(label, authorLabels) || value == "" {
		return false
	}
	found := 0
	for _, l := range s.lines[i+1 : min(i+7, len(s.lines))] {
		if label, _ := cutLabel(l); oneOf(label, letterLabels) {
			found++
		}
	}
	return found >= 2
}

// maxLabel is where the colon behind a label stands at the latest, in bytes.
const maxLabel = 32

// cutLabel cuts "*Sendt:* tirsdag" into "sendt" and "tirsdag".
func cutLabel(line string) (label, value string) {
	i := strings.IndexByte(line[:min(len(line), maxLabel)], ':')
	if i <= 0 {
		return "", ""
	}
	label = strings.ToLower(strings.Trim(line[:i], "* \t"))
	if !oneOf(label, authorLabels) && !oneOf(label, letterLabels) {
		return "", ""
	}
	return label, strings.Trim(line[i+1:], "* \t")
}

// isMark reports whether line is "-----Original Message-----", "Begin forwarded
// message:" or "----- Forwarded message from Kari -----".
func isMark(line string, marks phrases) bool {
	if len(line) > 200 || line[0] != '-' && line[0] != '_' && line[0] != '*' && line[0] != '=' && line[len(line)-1] != ':' {
		return false
	}
	bare := strings.Trim(line, "-_*= \t")
	rest := endsLine
	if len(line)-len(bare) >= 2 {
		rest = endsWord
	}
	return marks.begin(strings.TrimRight(bare, ": "), rest)
}

// isRule reports whether line is the rule that Outlook draws above a quoted header.
func isRule(line string) bool {
	return len(line) >= 5 && strings.Trim(line, "_-") == ""
}

func isMobile(line string) bool {
	return len(line) <= 80 && mobileSignatures.begin(strings.TrimLeft(line, "[-– "), goesOn)
}

// attribution returns how many lines from i on introduce a quotation, such as
// "Den 3. mai 2024 skrev Kari <kari@fjordvik.no>:". Programs break it over up to
// three lines. When no ">" follows but the lines tell a time, the rest of the
// text is history all the same; unless nothing stands above, then it is an
// answer in between.
func (s *splitter) attribution(i int) int {
	n := s.untilColon(i)
	if n == 0 {
		return 0
	}
	joined := strings.Join(s.lines[i:i+n], " ")
	sure, ok := introduces(joined)
	switch {
	case len(joined) > 400 || !ok:
		return 0
	case s.quoteFollows(i + n):
		return n
	case !sure || !tellsTime(joined):
		return 0
	case s.written:
		s.tail = true
		return len(s.lines) - i
	}
	return n
}

// untilColon returns how many lines from i on it takes until one ends in a
// colon, at most three, 0 if none does.
func (s *splitter) untilColon(i int) int {
	for n, line := range s.lines[i:min(i+3, len(s.lines))] {
		if line == "" || isQuoted(line) {
			return 0
		}
		if line[len(line)-1] == ':' {
			return n + 1
		}
	}
	return 0
}

// introduces reports whether a line that ends in a colon says that someone wrote
// something, and whether it is sure to be of a mail program: the verb stands at
// its end or after a time, or an address is told.
func introduces(line string) (sure, ok bool) {
	line = strings.ToLower(strings.TrimRight(line, ": *"))
	for _, v := range wroteVerbs {
		if strings.HasSuffix(line, v) && !isLetterBefore(line, len(line)-len(v)) {
			return true, true
		}
		if i := strings.Index(line, " "+v+" "); i >= 0 && tellsTime(line) {
			return tellsTime(line[:i]) || strings.Contains(line, "@"), true
		}
	}
	return false, false
}

func isLetterBefore(s string, i int) bool {
	before := []rune(s[max(0, i-4):i])
	return len(before) > 0 && isLetter(before[len(before)-1])
}

// tellsTime reports whether the line holds the digits of a date or a time.
func tellsTime(line string) bool {
	digits := 0
	for i := 0; i < len(line); i++ {
		if '0' <= line[i] && line[i] <= '9' {
			digits++
		}
	}
	return digits >= 3
}

func (s *splitter) quoteFollows(i int) bool {
	for ; i < len(s.lines); i++ {
		if line := strings.TrimSpace(s.lines[i]); line != "" {
			return isQuoted(line)
		}
	}
	return false
}

// isForward reports whether the first prefix of a subject says that the mail is
// forwarded. An answer to a forward is no forward.
func isForward(subject string) bool {
	prefix, _, ok := strings.Cut(subject, ":")
	prefix, _, _ = strings.Cut(prefix, "[")
	return ok && oneOf(strings.ToLower(strings.TrimSpace(prefix)), forwardPrefixes)
}

// trimmed drops the empty lines around the texts and all but one between.
func (l letter) trimmed() letter {
	out := letter{quoted: dropBlank(l.quoted, nil)}
	out.inner = append(out.inner, l.inner...)
	out.fresh = dropBlank(l.fresh, out.inner)
	return out
}

// dropBlank drops superfluous empty lines and moves the indexes in at with the lines.
func dropBlank(lines []string, at []int) []string {
	var out []string
	moved := 0
	for i, l := range lines {
		for moved < len(at) && at[moved] == i {
			at[moved] = len(out)
			moved++
		}
		if l != "" || len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, l)
		}
	}
	for ; moved < len(at); moved++ {
		at[moved] = len(out)
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

func isLetter(r rune) bool { return unicode.IsLetter(r) }

package indexer

import (
	"cmp"
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"samsyn/internal/hub"
)

// Mark returns the text as HTML, escaped, with <mark> around what the query, which
// Parse took apart, finds in it, in the text's own spelling.
func Mark(text string, query []Term) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return render(text, marks(text, query))
}

// Passage is a text to show a part of, with single spaces for white space.
type Passage struct {
	stored, shown string // what a query finds, what people read
	told          []told
}

// told is a value that is shown otherwise than it is stored, with its places in
// both texts.
type told struct{ start, end, shownStart, shownEnd int }

// NewPassage makes a passage of a text that is shown as it is.
func NewPassage(text string) Passage {
	text = oneLine(text)
	return Passage{stored: text, shown: text}
}

// Shown is what people are shown of a record besides its title: the fresh text
// of a mail, or what its meeting names if it has none; the cells of a row with the headers of their columns, their values
// written as tell has it. The cells of hidden columns are found, but not shown.
func Shown(c hub.Content, tell func(hub.Field) string) Passage {
	if c.Text != "" {
		return NewPassage(c.Text)
	}
	if c.Meeting != nil {
		return NewPassage(strings.Join(meetingLines(c), " · "))
	}
	var b cells
	for _, f := range c.Fields {
		if f.Value != "" && f.Value != c.Title && !f.Hidden {
			b.add(oneLine(f.Name), oneLine(f.Value), tell(f))
		}
	}
	return Passage{stored: b.stored.String(), shown: b.shown.String(), told: b.told}
}

// cells makes a passage of the cells of a row.
type cells struct {
	stored, shown strings.Builder
	told          []told
}

func (b *cells) add(name, stored, shown string) {
	for _, to := range []*strings.Builder{&b.stored, &b.shown} {
		if to.Len() > 0 {
			to.WriteString(" · ")
		}
		if name != "" {
			to.WriteString(name)
			to.WriteString(": ")
		}
	}
	at := told{start: b.stored.Len(), shownStart: b.shown.Len()}
	if oneLine(shown) == stored {
		shown = stored
	}
	b.stored.WriteString(stored)
	b.shown.WriteString(shown)
	if shown != stored {
		at.end, at.shownEnd = b.stored.Len(), b.shown.Len()
		b.told = append(b.told, at)
	}
}

// oneLine writes a single space for all white space. Most values have no other.
func oneLine(text string) string {
	if isOneLine(text) {
		return text
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
}

func isOneLine(text string) bool {
	space := true // a space may not follow: at the beginning as after a space
	for i, r := range text {
		switch {
		case r == ' ':
			if space {
				return false
			}
			space = true
			continue
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"), unicode.IsSpace(r):
			return false
		}
		space = false
	}
	return !space || text == ""
}

// String returns the whole text as people read it.
func (p Passage) String() string { return p.shown }

// Snippet is like Mark for the part of the passage, up to max letters, in which
// most of the query, which Parse took apart, is found. "…" stands where the text
// goes on. Without a find it is the beginning.
func (p Passage) Snippet(query []Term, max int) string {
	found := p.marks(query)
	start, end := window(p.shown, found, max)
	inside := slices.DeleteFunc(found, func(m mark) bool { return m.start < start || m.end > end })
	out := render(p.shown[start:end], moved(inside, -start))
	if start > 0 {
		out = "…" + out
	}
	if end < len(p.shown) {
		out += "…"
	}
	return out
}

// marks are what is found in the stored text, where it stands in the one shown.
func (p Passage) marks(terms []Term) []mark {
	var found []mark
	for _, m := range marks(p.stored, terms) {
		found = append(found, p.shownAt(m, terms)...)
	}
	return apart(found)
}

// shownAt moves a mark from the stored text to the one shown. Of a value that is
// shown otherwise all is marked, as 98812.5 finds 98 812,50; unless but a part of
// it was found that can be told from the rest, as the year in a date.
func (p Passage) shownAt(m mark, terms []Term) []mark {
	out := m
	for _, v := range p.told {
		longer := (v.shownEnd - v.shownStart) - (v.end - v.start)
		if m.start < v.end && m.end > v.start && m.end-m.start < v.end-v.start {
			if parts := marks(p.shown[v.shownStart:v.shownEnd], terms); len(parts) > 0 {
				return moved(parts, v.shownStart)
			}
		}
		switch {
		case m.start >= v.end:
			out.start += longer
		case m.start > v.start:
			out.start = v.shownStart
		}
		switch {
		case m.end >= v.end:
			out.end += longer
		case m.end > v.start:
			out.end = v.shownEnd
		}
	}
	return []mark{out}
}

func moved(marks []mark, by int) []mark {
	for i := range marks {
		marks[i].start += by
		marks[i].end += by
	}
	return marks
}

// mark is a place in a text where a term of the query was found.
type mark struct{ start, end, term int }

func render(text string, found []mark) string {
	var b strings.Builder
	at := 0
	for _, m := range found {
		b.WriteString(html.EscapeString(text[at:m.start]))
		b.WriteString("<mark>" + html.EscapeString(text[m.start:m.end]) + "</mark>")
		at = m.end
	}
	b.WriteString(html.EscapeString(text[at:]))
	return b.String()
}

// maxMistyped is in how many words of a text mistyped ones are looked for: some
// thirty pages. A hit may owe its place to what stands after a thousand.
const maxMistyped = 10_000

// marks finds the terms in the text, in order and without overlap. Mistyped
// words are looked for only where a term is not found as it stands.
func marks(text string, terms []Term) []mark {
	if len(terms) == 0 {
		return nil
	}
	words := slices.Collect(Words(text))
	var all []mark
	for i, t := range terms {
		found := t.marks(text, words)
		if len(found) == 0 && t.Typos() > 0 {
			found = t.mistyped(words[:min(len(words), maxMistyped)])
		}
		for _, m := range found {
			m.term = i
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	return apart(all)
}

// apart leaves out the marks that overlap with the one before.
func apart(found []mark) []mark {
	at := 0
	return slices.DeleteFunc(found, func(m mark) bool {
		overlaps := m.start < at
		if !overlaps {
			at = m.end
		}
		return overlaps
	})
}

func (t Term) marks(text string, words []Word) []mark {
	if len(t.Numbers) > 0 {
		if found := t.numberMarks(text, words); len(found) > 0 {
			return found
		}
	}
	var found []mark
	if t.Phrase {
		for i := range words {
			if n := len(t.Words); i+n <= len(words) && sameWords(t.Words, words[i:i+n]) {
				found = append(found, mark{start: words[i].Start, end: words[i+n-1].End})
			}
		}
		return found
	}
	for _, w := range words {
		for i, want := range t.Words {
			begun := t.Prefix && i == len(t.Words)-1
			if w.Fold == want.Fold || begun && strings.HasPrefix(w.Fold, want.Fold) {
				found = append(found, mark{start: w.Start, end: w.End})
				break
			}
		}
	}
	return found
}

func sameWords(want, have []Word) bool {
	return slices.EqualFunc(want, have, func(a, b Word) bool { return a.Fold == b.Fold })
}

// numberMarks finds the number however it is grouped in the text.
func (t Term) numberMarks(text string, words []Word) []mark {
	var found []mark
	for len(words) > 0 {
		n := max(numberRun(text, words), 1)
		run := numberText(text, words[0].Start, words[n-1].End)
		for _, form := range NumberForms(run) {
			if slices.ContainsFunc(t.Numbers, func(want string) bool {
				return form == want || t.Prefix && len(want) >= 3 && strings.HasPrefix(form, want)
			}) {
				end := words[n-1].End
				found = append(found, mark{start: end - len(run), end: end})
				break
			}
		}
		words = words[n:]
	}
	return found
}

// mistyped finds the words that the term may have meant.
func (t Term) mistyped(words []Word) []mark {
	var found []mark
	for _, w := range words {
		if n, _ := t.mistakes(w); n <= t.Typos() {
			found = append(found, mark{start: w.Start, end: w.End})
		}
	}
	return found
}

// mistakes counts those in the term if the word is meant, or, when more are made
// than may be, in an unfinished term if the word's beginning is; begun says so.
func (t Term) mistakes(w Word) (n int, begun bool) {
	limit := t.Typos()
	if hasDigit(w.Fold) {
		return limit + 1, false
	}
	var a, b [maxWord]rune
	want, have := runes(a[:0], t.Words[0].Fold), runes(b[:0], w.Fold)
	n = distance(want, have, limit)
	if n <= limit || !t.Prefix || len(want) < 5 {
		return n, false
	}
	for end := len(want) - limit; end <= min(len(want)+limit, len(have)); end++ {
		n = min(n, distance(want, have[:end], limit))
	}
	return n, true
}

func runes(to []rune, s string) []rune {
	for _, r := range s {
		to = append(to, r)
	}
	return to
}

// distance counts the letters to be changed, added, left out or swapped with
// their neighbour to make b of a (optimal string alignment). It gives up beyond limit.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var room [3][2*maxWord + 1]int // a fold may be longer than its word
	if len(b) >= len(room[0]) {
		return limit + 1
	}
	rows := [3][]int{room[0][:len(b)+1], room[1][:len(b)+1], room[2][:len(b)+1]}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := range a {
		row, last, before := rows[(i+1)%3], rows[i%3], rows[(i+2)%3]
		row[0] = i + 1
		for j := range b {
			same := 1
			if a[i] == b[j] {
				same = 0
			}
			row[j+1] = min(last[j]+same, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}

// window chooses the part of the text to show: where most terms are together,
// with some of what stands before.
func window(text string, found []mark, max int) (start, end int) {
	if utf8.RuneCountInString(text) <= max {
		return 0, len(text)
	}
	best, most := 0, 0
	for i, m := range found {
		seen := map[int]bool{}
		for _, o := range found[i:] {
			if o.end-m.start > max*utf8.UTFMax || utf8.RuneCountInString(text[m.start:o.end]) > max {
				break
			}
			seen[o.term] = true
		}
		if len(seen) > most {
			best, most = m.start, len(seen)
		}
	}
	if most > 0 {
		start = back(text, best, max/5)
	}
	end = forth(text, start, max)
	if end == len(text) { // there is room before
		start = back(text, end, max)
	}
	return start, end
}

// back goes up to n letters back from at, to where a word begins.
func back(text string, at, n int) int {
	start := at
	for ; n > 0 && start > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:start])
		start -= size
	}
	if start == 0 {
		return 0
	}
	if i := strings.IndexByte(text[start:at], ' '); i >= 0 {
		return start + i + 1
	}
	return start
}

// forth goes up to n letters on from at, to where a word ends.
func forth(text string, at, n int) int {
	end := at
	for ; n > 0 && end < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	if end == len(text) {
		return end
	}
	if i := strings.LastIndexByte(text[at:end], ' '); i > 0 {
		return at + i
	}
	return end
}

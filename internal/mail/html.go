package mail

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxQuoteDepth bounds the ">" before a line, however deep the quotes nest.
const maxQuoteDepth = 10

// looksLikeHTML reports whether a text is a page that was not declared as one.
func looksLikeHTML(text string) bool {
	start := strings.ToLower(cut(strings.TrimSpace(cut(text, 1000)), 20))
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<p>", "<div", "<table"} {
		if strings.HasPrefix(start, tag) {
			return true
		}
	}
	return false
}

// htmlToText renders an HTML body as lines of text. Cells of a table are kept
// apart by tabs, because words glued together are not found again; a blockquote
// gets the "> " of quoted plain text.
func htmlToText(src string) string {
	w := textWriter{}
	w.out.Grow(len(src) / 2)
	z := html.NewTokenizer(strings.NewReader(src))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return w.out.String()
		case html.TextToken:
			w.text(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			w.start(atom.Lookup(name))
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
}

type textWriter struct {
	out    strings.Builder
	hidden atom.Atom // element whose content is not shown, 0 outside
	pre    bool
	quotes int
	breaks int  // line breaks due before the next word
	gap    byte // space or tab due before the next word, 0 for none
}

func (w *textWriter) start(a atom.Atom) {
	if w.hidden == atom.Head && a == atom.Body { // the head was never closed
		w.hidden = 0
	}
	if w.hidden != 0 {
		return
	}
	switch a {
	case atom.Script, atom.Style, atom.Head, atom.Title:
		w.hidden = a
	case atom.Br:
		w.breaks++
	case atom.Td, atom.Th:
		w.gap = '\t'
	case atom.Li:
		w.newline(1)
		w.word("-")
		w.gap = ' '
	case atom.Pre:
		w.newline(1)
		w.pre = true
	case atom.Blockquote:
		w.newline(1)
		w.quotes = min(w.quotes+1, maxQuoteDepth)
	default:
		w.newline(breaksAround(a))
	}
}

func (w *textWriter) end(a atom.Atom) {
	if w.hidden != 0 {
		if a == w.hidden {
			w.hidden = 0
		}
		return
	}
	switch a {
	case atom.Pre:
		w.pre = false
		w.newline(1)
	case atom.Blockquote:
		w.newline(1)
		w.quotes = max(w.quotes-1, 0)
	default:
		w.newline(breaksAround(a))
	}
}

// breaksAround tells how many line ends an element has before and after it.
func breaksAround(a atom.Atom) int {
	switch a {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Ul, atom.Ol, atom.Dl:
		return 2
	case atom.Div, atom.Tr, atom.Li, atom.Hr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Dt, atom.Dd,
		atom.Caption, atom.Center, atom.Form, atom.Fieldset:
		return 1
	}
	return 0
}

func (w *textWriter) newline(n int) { w.breaks = max(w.breaks, n) }

func (w *textWriter) text(raw []byte) {
	if w.hidden != 0 {
		return
	}
	s := clean(html.UnescapeString(string(raw)))
	if w.pre {
		w.preformatted(s)
		return
	}
	for len(s) > 0 {
		i := strings.IndexAny(s, " \t\n")
		switch {
		case i < 0:
			w.word(s)
			return
		case i > 0:
			w.word(s[:i])
		}
		if w.gap == 0 {
			w.gap = ' '
		}
		s = strings.TrimLeft(s[i:], " \t\n")
	}
}

func (w *textWriter) preformatted(s string) {
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			w.breaks++
		}
		if line != "" {
			w.word(line)
		}
	}
}

// word writes s after the line ends and the gap that are due.
func (w *textWriter) word(s string) {
	if w.breaks > 0 && w.out.Len() > 0 || w.out.Len() == 0 {
		for range min(w.breaks, 3) {
			if w.out.Len() > 0 {
				w.out.WriteByte('\n')
			}
		}
		w.out.WriteString(strings.Repeat("> ", w.quotes))
	} else if w.gap != 0 {
		w.out.WriteByte(w.gap)
	}
	w.out.WriteString(s)
	w.breaks, w.gap = 0, 0
}

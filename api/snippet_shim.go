package api

import "html"

func snippetShim(text, _ string, max int) string {
	r := []rune(text)
	return html.EscapeString(string(r[:min(len(r), max)]))
}

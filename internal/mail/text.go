package mail

import "strings"

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

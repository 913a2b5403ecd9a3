package mail

import (
	"strings"

	"samsyn/internal/mention"
)

// address is one mailbox of an address header.
type address struct {
	name string // display name, "" if it has none
	addr string
}

// maxAddresses bounds what is read of one address header.
const maxAddresses = 500

// parseAddresses reads an address list (RFC 5322 section 3.4) that need not be
// well formed: display names with commas, stray quotes, names that are encoded
// together with the address. net/mail gives up the whole list at one fault.
func parseAddresses(raw string) []address {
	var out []address
	var before string // a piece without address: the family name before a comma
	for _, piece := range splitAddresses(cut(raw, maxRaw)) {
		if before != "" {
			piece = before + "," + piece
		}
		a := parseAddress(decodeHeader(piece))
		if a.addr == "" {
			before = cut(piece, 200)
			continue
		}
		before = ""
		if out = append(out, a); len(out) == maxAddresses {
			break
		}
	}
	return out
}

// splitAddresses cuts at the commas and semicolons that are not within quotes,
// angle brackets or comments. A quote that is never closed quotes nothing.
func splitAddresses(s string) []string {
	var out []string
	start, depth, angle, quote := 0, 0, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"' && (quote || strings.IndexByte(s[i+1:], '"') >= 0):
			quote = !quote
		case quote:
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case c == '<':
			angle = true
		case c == '>':
			angle, depth = false, 0
		case (c == ',' || c == ';') && !angle && depth == 0:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// parseAddress takes the address in angle brackets, else the first thing that
// looks like one; what stands around it is the name.
func parseAddress(s string) address {
	var name, addr string
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		name, addr = s[:i], mention.Address.FindString(s[i:])
	}
	if addr == "" {
		at := mention.Address.FindStringIndex(s)
		if at == nil {
			return address{}
		}
		addr = s[at[0]:at[1]]
		name = s[:at[0]] + " " + s[at[1]:]
	}
	name = strings.ReplaceAll(strings.ReplaceAll(name, `\`, ""), `"`, "")
	name = strings.Trim(name, " \t'(),;:<>")
	addr = strings.Trim(addr, ".'`")
	if strings.EqualFold(name, addr) || strings.Contains(name, "@") && mention.Address.MatchString(name) {
		name = ""
	}
	return address{name: cut(name, 200), addr: cut(addr, 320)}
}

package link

import (
	"strings"

	"samsyn/internal/hub"
)

// street adds where a row says that its customer is to be found. A street is
// none without a number, nor without the postal code or place it lies in.
func (b *builder) street(c *hub.Content) {
	if c.Kind != hub.KindRow {
		return
	}
	var at, code, town string
	var place hub.Ident
	for _, f := range c.Fields {
		switch {
		case f.Role == hub.RoleAddress && at == "":
			if at = StreetKey(f.Value); at != "" {
				place.Place = strings.TrimSpace(f.Column + " " + f.Name)
			}
		case f.Role == hub.RolePostalCode && code == "":
			code = onlyDigits(f.Value)
		case f.Role == hub.RoleCity && town == "":
			town = strings.ReplaceAll(Fold(f.Value), " ", "")
		}
	}
	if len(code) < 3 {
		code = town
	}
	if at != "" && code != "" {
		b.put(place, KindStreet, at+" "+code)
	}
}

// StreetKey writes a street and its number in normal form, so that "Storgt. 5 B"
// and "STORGATEN 5B" meet; "" for what is no street with a number, such as a box.
func StreetKey(raw string) string {
	words := strings.Fields(Fold(raw))
	var s strings.Builder
	number := false
	for i, w := range words {
		switch {
		case i == 0 && boxes[w]:
			return ""
		case w[0] >= '0' && w[0] <= '9':
			number = number || i > 0
		case !number:
			w = streetWord(w)
		}
		s.WriteString(w)
	}
	if !number || s.Len() < 5 {
		return ""
	}
	return s.String()
}

// boxes are first words of addresses where nobody lives.
var boxes = wordSet("postboks boks box postbox postboxen pb pl po postlokero")

// streetWord writes the endings of the Nordic words for street and road alike.
func streetWord(w string) string {
	for _, group := range [][]string{{"gaten", "gatan", "gata", "gaden", "gade", "gate", "gt"}, {"veien", "vegen", "vagen", "vejen", "vei", "veg", "vag", "vej", "vn"}} {
		for _, ending := range group {
			if head, ok := strings.CutSuffix(w, ending); ok && (head != "" || w != group[len(group)-1]) {
				return head + group[0]
			}
		}
	}
	return w
}

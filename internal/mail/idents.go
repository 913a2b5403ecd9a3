package mail

import (
	"slices"
	"strconv"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/mention"
)

// maxIdents bounds the idents of one message: a list of a thousand addressees
// identifies nobody.
const maxIdents = 1000

// finder gathers idents, each kind, value and role once.
type finder struct {
	idents []hub.Ident
	seen   map[hub.Ident]bool // without place
}

func (f *finder) add(kind, value, role, place string) {
	id := hub.Ident{Kind: kind, Value: cut(strings.TrimSpace(value), 500), Role: role}
	if id.Value == "" || f.seen[id] || len(f.idents) >= maxIdents {
		return
	}
	if f.seen == nil {
		f.seen = map[hub.Ident]bool{}
	}
	f.seen[id] = true
	id.Place = place
	f.idents = append(f.idents, id)
}

// header finds what the header of the mail says. In the mail of a web form the
// visitor stands in Reply-To, and From is but the site.
func (f *finder) header(h header, form bool) {
	for _, id := range messageIDs(h.get("Message-ID")) {
		f.add(hub.IdentMessageID, id, "", "Message-ID")
		break
	}
	from := hub.RoleFrom
	if form && len(parseAddresses(h.get("Reply-To"))) > 0 {
		from = hub.RoleMentioned
	}
	for _, a := range []struct{ name, role string }{
		{"From", from}, {"Reply-To", hub.RoleFrom}, {"To", hub.RoleTo}, {"Cc", hub.RoleCc},
	} {
		for _, raw := range h.all(a.name) {
			f.addresses(raw, a.role, a.name)
		}
	}
	f.names(decodeHeader(cut(h.get("Subject"), maxRaw)), hub.RoleMentioned, "Subject")
	for _, name := range []string{"In-Reply-To", "References"} {
		for _, raw := range h.all(name) {
			for _, id := range ends(messageIDs(raw), 50) {
				f.add(hub.IdentReply, id, "", name)
			}
		}
	}
}

// meeting finds whom and what the fields of a meeting name.
func (f *finder) meeting(m *hub.Meeting) {
	if m == nil {
		return
	}
	f.line(m.Title, hub.RoleMentioned, "Meeting")
	f.line(m.Where, hub.RoleMentioned, "Meeting")
	f.line(m.Organizer, hub.RoleMentioned, "Organizer")
	for _, who := range m.Attendees {
		f.line(who, hub.RoleMentioned, "Attendee")
	}
}

// ends returns the first and the last n of a list: a thread is known by both.
func ends(list []string, n int) []string {
	if len(list) <= 2*n {
		return list
	}
	return slices.Concat(list[:n], list[len(list)-n:])
}

func (f *finder) addresses(raw, role, place string) {
	for _, a := range parseAddresses(raw) {
		f.add(hub.IdentEmail, a.addr, role, place)
		switch {
		case a.name == "":
		case len(mention.Companies(a.name)) > 0:
			f.add(hub.IdentName, a.name, role, place)
		default:
			f.add(hub.IdentPerson, a.name, role, place)
		}
	}
}

// maxSearched bounds the lines of fresh text that are searched, and maxSearchedLine
// the bytes of each.
const (
	maxSearched     = 3000
	maxSearchedLine = 2000
)

// text finds what the lines of a letter say. first is the number that its first
// line has in the text of the mail.
func (f *finder) text(l letter, first int) {
	form := isWebForm(l.fresh)
	for i, kind := range kindsOf(l, maxSearched) {
		line, place := cut(l.fresh[i], maxSearchedLine), "text "+strconv.Itoa(first+i)
		field, value := formField(line)
		switch {
		case kind == headLine:
			f.head(line, place)
		case form && field != "":
			f.formField(field, value, place)
		case kind == proseLine:
			f.line(line, hub.RoleMentioned, place)
		default:
			f.line(line, hub.RoleSignature, place)
		}
		switch kind {
		case personLine:
			f.add(hub.IdentPerson, line, hub.RoleSignature, place)
		case firmLine:
			f.add(hub.IdentName, line, hub.RoleSignature, place)
		}
	}
}

// head finds who wrote a forwarded mail, and to whom.
func (f *finder) head(line, place string) {
	label, value := cutLabel(line)
	switch {
	case oneOf(label, authorLabels):
		f.addresses(value, hub.RoleFrom, place)
	case oneOf(label, []string{"til", "till", "to", "vastaanottaja", "an"}):
		f.addresses(value, hub.RoleTo, place)
	case oneOf(label, []string{"kopi", "kopia", "kopio", "cc"}):
		f.addresses(value, hub.RoleCc, place)
	case oneOf(label, []string{"emne", "ämne", "subject", "aihe", "betreff"}):
		f.names(value, hub.RoleMentioned, place)
	}
}

// formField adds a field of a web form: its visitor is the true sender.
func (f *finder) formField(kind, value, place string) {
	if kind == hub.IdentEmail {
		value = mention.Address.FindString(value)
	}
	f.add(kind, value, hub.RoleFrom, place)
}

// line finds labelled numbers, addresses and companies in one line.
func (f *finder) line(line, role, place string) {
	if mention.HoldsNumber(line) {
		for _, n := range mention.OrgNumbers(line) {
			f.add(n.Kind, n.Value, role, place)
		}
		for _, n := range mention.Phones(line, role == hub.RoleSignature) {
			f.add(hub.IdentPhone, n, role, place)
		}
	}
	if strings.IndexByte(line, '@') >= 0 {
		for _, a := range mention.Address.FindAllString(line, 20) {
			f.add(hub.IdentEmail, strings.Trim(strings.TrimPrefix(a, "mailto:"), ".'`*/"), role, place)
		}
	}
	for _, w := range mention.Webs(line, role == hub.RoleSignature) {
		f.add(hub.IdentWeb, w, role, place)
	}
	f.names(line, role, place)
}

func (f *finder) names(line, role, place string) {
	for _, n := range mention.Companies(line) {
		f.add(hub.IdentName, n, role, place)
	}
}

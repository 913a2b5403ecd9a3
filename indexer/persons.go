package indexer

import (
	"slices"
	"strings"
	"unicode"

	"samsyn/internal/hub"
)

// maxPersons bounds how many persons one record names: a mail to a whole list
// says nothing of any of them.
const maxPersons = 20

// Persons lists whom a record names: contacts at the customer, senders and
// addressees of a mail, and our own colleague who has the matter; each in the form that PersonName gives.
func Persons(c hub.Content) []string {
	var names []string
	for _, i := range c.Idents {
		if i.Kind == hub.IdentPerson {
			names = append(names, PersonName(i.Value))
		}
	}
	for _, f := range c.Fields {
		if f.Role == hub.RoleOwner || f.Role == hub.RoleContact {
			names = append(names, PersonName(f.Value))
		}
	}
	names = unique(names)
	return names[:min(len(names), maxPersons)]
}

// PersonName writes the name of a person in the one form under which it is
// counted and filtered: given name first, single spaces, capitals at the
// beginning of words that have none or nothing but them. It is "" for what is no
// full name, such as an address, a first name alone or the name of a company.
func PersonName(raw string) string {
	if last, first, ok := strings.Cut(raw, ","); ok {
		raw = first + " " + last
	}
	words := strings.Fields(strings.Trim(strings.TrimSpace(raw), `"'`))
	if len(words) < 2 || len(words) > 5 || len(raw) > 80 {
		return ""
	}
	strange := func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune(" .'’-", r) }
	if strings.ContainsFunc(strings.Join(words, " "), strange) || slices.Contains(companyForms, strings.ToLower(words[len(words)-1])) {
		return ""
	}
	whole := strings.Join(words, " ")
	if whole == strings.ToUpper(whole) || whole == strings.ToLower(whole) {
		for i, w := range words {
			words[i] = capitals(w)
		}
	}
	return strings.Join(words, " ")
}

// companyForms end the name of a company, which some write where a person belongs.
var companyForms = []string{"as", "asa", "ab", "a.s", "aps", "oy", "oyj", "ltd", "gmbh", "inc", "ba", "sa", "hb", "kb", "da", "ans"}

// capitals writes a word with a capital at its beginning and after each hyphen.
func capitals(word string) string {
	out, begins := []rune(strings.ToLower(word)), true
	for i, r := range out {
		if begins {
			out[i] = unicode.ToUpper(r)
		}
		begins = r == '-' || r == '.'
	}
	return string(out)
}

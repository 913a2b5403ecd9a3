package imap

import (
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// Names that mail programs give to trash, junk and drafts where a server does
// not mark them (RFC 6154): Norwegian, Swedish, Danish, Finnish, English, German.
var unwantedNames = []string{
	"trash", "bin", "deleted", "deleted items", "deleted messages",
	"papirkurv", "papirkorg", "slettet", "slettede elementer", "slettet post", "søppel", "papperskorg", "papperskorgen", "borttaget", "borttagna objekt",
	"roskakori", "poistetut", "poistetut viestit", "papierkorb", "gelöscht", "gelöschte elemente", "gelöschte objekte",
	"junk", "junk e-mail", "junk email", "junk mail", "spam", "bulk mail",
	"søppelpost", "uønsket e-post", "uønsket mail", "uønsket e-mail", "skräppost", "skräp", "roskaposti", "spamverdacht", "spam-verdacht", "junk-e-mail", "unerwünscht",
	"drafts", "draft", "kladder", "kladd", "utkast", "udkast", "luonnokset", "luonnos", "entwürfe", "entwurf",
}

// Folders that servers mark as holding what nobody reads there, or as mere
// views of mail that lies in another folder.
var unwantedMarks = []imap.MailboxAttr{
	imap.MailboxAttrTrash, imap.MailboxAttrJunk, imap.MailboxAttrDrafts, imap.MailboxAttrFlagged, imap.MailboxAttrImportant,
}

// choice decides which folders are read.
type choice struct {
	include, exclude []pattern
}

func newChoice(include, exclude []string) choice {
	return choice{patterns(include), patterns(exclude)}
}

// wanted picks from what the server lists the folders to be read. What is below
// an excluded folder is excluded too.
func (c choice) wanted(list []*imap.ListData) []*imap.ListData {
	var unwanted []pattern
	for _, f := range list {
		if isUnwanted(f) {
			unwanted = append(unwanted, patterns([]string{escape(f.Mailbox)})...)
		}
	}
	var out []*imap.ListData
	for _, f := range list {
		if slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(f.Attrs, imap.MailboxAttrNonExistent) {
			continue
		}
		in := len(c.include) == 0 || matches(c.include, f)
		asked := slices.ContainsFunc(c.include, func(p pattern) bool { return p.literal && p.matches(f) })
		if in && !matches(c.exclude, f) && (asked || !matches(unwanted, f)) {
			out = append(out, f)
		}
	}
	return out
}

// isUnwanted recognises trash, junk and drafts by mark, or by name at the top.
func isUnwanted(f *imap.ListData) bool {
	if slices.ContainsFunc(f.Attrs, func(a imap.MailboxAttr) bool {
		return slices.ContainsFunc(unwantedMarks, func(b imap.MailboxAttr) bool { return strings.EqualFold(string(a), string(b)) })
	}) {
		return true
	}
	name := strings.ToLower(f.Mailbox)
	if f.Delim != 0 {
		top, rest, below := strings.Cut(name, string(f.Delim))
		if below && (top == "inbox" || top == "[gmail]" || top == "[google mail]") {
			name = rest
		}
	}
	return slices.Contains(unwantedNames, name)
}

// pattern matches folder names as people write them: in any case, * for anything.
type pattern struct {
	exact   *regexp.Regexp
	literal bool // holds no *
}

// patterns prepares patterns; a backslash takes the meaning from what follows it.
func patterns(globs []string) []pattern {
	var out []pattern
	for _, glob := range globs {
		var re strings.Builder
		p := pattern{literal: true}
		escaped := false
		for _, r := range glob {
			switch {
			case r == '\\' && !escaped:
				escaped = true
				continue
			case r == '*' && !escaped:
				re.WriteString(".*")
				p.literal = false
			default:
				re.WriteString(regexp.QuoteMeta(string(r)))
			}
			escaped = false
		}
		p.exact = regexp.MustCompile(`(?is)^(?:` + re.String() + `)$`)
		out = append(out, p)
	}
	return out
}

func escape(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`).Replace(name)
}

// matches reports whether the pattern stands for the folder or for one above it.
func (p pattern) matches(f *imap.ListData) bool {
	name := f.Mailbox
	for {
		if p.exact.MatchString(name) {
			return true
		}
		i := -1
		if f.Delim != 0 {
			i = strings.LastIndex(name, string(f.Delim))
		}
		if i < 0 {
			return false
		}
		name = name[:i]
	}
}

func matches(ps []pattern, f *imap.ListData) bool {
	return slices.ContainsFunc(ps, func(p pattern) bool { return p.matches(f) })
}

package tables

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/personal"
)

// What people said of columns holds for every table with nearly the same
// headers, so that next month's file asks nothing.

// alikeFrom is the share of headers that two tables must have in common for an
// answer about one to hold for the other: a column may be added or renamed.
const alikeFrom = .6

// name gives every column its id, and the table its signature: the ids of all
// columns. Columns without a header go by letter and by what they seem to hold.
func (t *Table) name() {
	seen := map[string]int{}
	var ids []string
	for i := range t.Columns {
		c := &t.Columns[i]
		id := squeeze(c.Header)
		if id == "" {
			id = strings.ToLower(c.Letter) + "=" + c.Role
		}
		if seen[id]++; seen[id] > 1 {
			id = fmt.Sprintf("%s#%d", id, seen[id])
		}
		c.ID = id
		ids = append(ids, id)
	}
	slices.Sort(ids)
	t.Signature = strings.Join(ids, "|")
}

// alike reports whether an answer about a table of the signature a holds for b.
func alikeTables(a, b string) bool {
	if a == b {
		return true
	}
	in := map[string]bool{}
	for id := range strings.SplitSeq(a, "|") {
		in[id] = true
	}
	all, both := len(in), 0
	for id := range strings.SplitSeq(b, "|") {
		if in[id] {
			both++
		} else {
			all++
		}
	}
	return float64(both) >= alikeFrom*float64(all)
}

// obey gives columns the roles that people said they have. Where several
// answers hold, that about the table most like this one counts, then the last.
func (t *Table) obey(answers []hub.ColumnAnswer) {
	for i := range t.Columns {
		c := &t.Columns[i]
		exact := false
		for _, a := range answers {
			same := a.Table == t.Signature
			if a.Column == c.ID && (same || !exact && alikeTables(a.Table, t.Signature)) {
				c.Role, c.Why, c.said, exact = a.Role, "a person said so", true, same
			}
		}
		if !c.said || several[c.Role] || c.Role == hub.RoleOther {
			continue
		}
		for j := range t.Columns {
			if o := &t.Columns[j]; j != i && o.Role == c.Role && !o.said {
				o.Role, o.Why = "", ""
			}
		}
	}
}

// doubt notes on which columns a person should be asked: those that identify a
// customer, or would if the weaker guess were right.
func (t *Table) doubt(claims []claim, samples []*sample) {
	for i := range t.Columns {
		c, s := &t.Columns[i], samples[t.Columns[i].index]
		if c.said || s.filled < 3 {
			continue
		}
		var guesses []Guess
		for _, cl := range claims {
			if cl.column == i && cl.points() >= 1 && len(guesses) < 3 {
				guesses = append(guesses, Guess{Role: cl.role, Why: cl.why(), points: cl.points()})
			}
		}
		guesses = s.byContent(guesses)
		if asks(c.Role, guesses) {
			c.Guesses, c.Samples = guesses, t.samplesOf(c, s)
		}
	}
}

// byContent adds the guesses that cells suggest whose header says nothing.
func (s *sample) byContent(guesses []Guess) []Guess {
	add := func(role, why string) {
		if !slices.ContainsFunc(guesses, func(g Guess) bool { return g.Role == role }) {
			guesses = append(guesses, Guess{Role: role, Why: why, points: 1.2})
		}
	}
	switch {
	case s.share(kindCompany) > .4:
		add(hub.RoleCustomerName, fmt.Sprintf("%d %% of the cells bear a legal form", percent(s.share(kindCompany))))
	case s.share(kindPerson) > .8:
		add(hub.RoleContact, fmt.Sprintf("%d %% of the cells are names of persons", percent(s.share(kindPerson))))
	}
	return guesses
}

// asks reports whether the guesses leave open who a row is about.
func asks(role string, guesses []Guess) bool {
	if len(guesses) == 0 || role == hub.RoleOther {
		return false
	}
	telling := func(role string) bool {
		return hub.IdentOf[role] != "" && role != hub.RoleCity && role != hub.RoleCountry
	}
	best := guesses[0]
	if role == "" {
		return best.points >= 1.2 && telling(best.Role)
	}
	for _, g := range guesses {
		if g.Role != role && math.Abs(best.points-g.points) < .35 && (telling(role) || telling(g.Role)) {
			return true
		}
	}
	return false
}

// samplesOf are the first different cells of a column, for people to judge by.
func (t *Table) samplesOf(c *Column, s *sample) (out []string) {
	for _, v := range s.first {
		if v = personal.MaskNumber(v); !slices.Contains(out, v) && len(out) < 4 {
			out = append(out, shorten(v, 40))
		}
	}
	return out
}

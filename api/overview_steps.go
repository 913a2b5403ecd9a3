package api

import (
	"slices"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/nature"
	"samsyn/internal/store"
)

// Step of the way from a need to its evaluation.
type Step struct {
	Name    string    `json:"name" enum:"need,offer,order,evaluation"`
	Records int       `json:"records"`
	Last    time.Time `json:"last,omitzero"`
	Current bool      `json:"current,omitempty"`
}

// MonthActivity counts records of a month by department.
type MonthActivity struct {
	Month       time.Time      `json:"month"`
	Departments map[string]int `json:"departments"`
}

// inForce puts agreements that run before those that have ended.
func inForce(all []Line, now time.Time) []Line {
	ended := func(l Line) bool { return !l.Ends.IsZero() && l.Ends.Before(now) }
	slices.SortStableFunc(all, func(a, b Line) int {
		switch {
		case ended(a) != ended(b):
			if ended(a) {
				return 1
			}
			return -1
		case ended(a):
			return b.Ends.Compare(a.Ends)
		}
		return a.Ends.Compare(b.Ends)
	})
	return all[:min(plansShown, len(all))]
}

// steps are the natures by which one sees where a customer stands.
var steps = []struct {
	name    string
	natures []string
}{
	{"need", []string{nature.Meeting, nature.Note, nature.Case}},
	{"offer", []string{nature.Offer}},
	{"order", []string{nature.Order, nature.Delivery, nature.Invoice}},
	{"evaluation", []string{nature.Survey, nature.Complaint, nature.Return}},
}

// stepsOf finds the step where the newest thing happened, within a year.
func stepsOf(tallies []store.Tally, g *gathering, now time.Time) []Step {
	out := make([]Step, len(steps))
	current := -1
	for i, def := range steps {
		out[i].Name = def.name
		for _, t := range tallies {
			if slices.Contains(def.natures, t.Nature) {
				out[i].Records += t.Records
			}
		}
		for _, l := range g.newest(linesShown, def.natures...) {
			if l.At.Before(now) && l.At.After(out[i].Last) {
				out[i].Last = l.At
			}
		}
		if !out[i].Last.IsZero() && now.Sub(out[i].Last) < 365*24*time.Hour && (current < 0 || !out[i].Last.Before(out[current].Last)) {
			current = i
		}
	}
	if current >= 0 {
		out[current].Current = true
	}
	return out
}

// activityOf counts what the tallies do, of the copies of a mail one in a department.
func activityOf(tallies []store.Tally, copies []store.MailCopy, now time.Time) []MonthActivity {
	head := monthNumber(now)
	out := make([]MonthActivity, chartMonths)
	for i := range out {
		m := head - chartMonths + 1 + i
		out[i] = MonthActivity{time.Date(m/12, time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC), map[string]int{}}
	}
	add := func(month int, department string, n int) {
		if i := month - head + chartMonths - 1; i >= 0 && i < chartMonths {
			out[i].Departments[department] += n
		}
	}
	for _, t := range tallies {
		add(t.Month, t.Department, t.Records)
	}
	for _, c := range again(copies, func(c store.MailCopy) string { return c.Department + "\x00" + c.Key }) {
		add(monthNumber(hub.Shown(c.At, now.Location())), c.Department, -1)
	}
	return out
}

// naturesOf lists the natures of which there is any, in their order.
func naturesOf(counts map[string]int) []string {
	natures := []string{}
	for _, n := range nature.All() {
		if counts[n] > 0 {
			natures = append(natures, n)
		}
	}
	return natures
}

// yearsOf lists the years in which something happened, the newest first.
func yearsOf(tallies []store.Tally) []int {
	years := []int{}
	for _, t := range tallies {
		if y := t.Month / 12; t.Month > 0 && !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	slices.SortFunc(years, func(a, b int) int { return b - a })
	return years
}

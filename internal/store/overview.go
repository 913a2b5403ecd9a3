package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"samsyn/internal/hub"
)

// Tally is what the records of one nature, source and month come to.
type Tally struct {
	Nature     string
	Currency   string
	Gross      bool
	Department string
	Source     hub.SourceID
	Month      int // 12 × year + month − 1, in the zone asked for; 0 without a date
	Records    int
	Priced     int   // records with a sum
	Cents      int64 // of these, in hundredths of the currency
}

// Tallies sums up the history of a customer by the months that people read in the
// zone, as far as v sees it. One nature, source and month may have several.
func (s *Store) Tallies(ctx context.Context, v hub.Viewer, customer hub.CustomerID, zone *time.Location) (out []Tally, err error) {
	departments, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 {
		return nil, wrap(err, "tallies of %s", customer)
	}
	where, args := in("source", numbers(sources))
	where = "customer = ? AND " + where
	args = append([]any{int64(customer)}, args...)
	// Months are kept in UTC. What is near midnight there may be of another in the zone, and comes by itself.
	const clock = "(at + 86400000000000) % 86400000" // time of day in milliseconds, of any year
	const border = "(month > 0 AND (" + clock + " BETWEEN 1 AND ? OR " + clock + " >= ?))"
	ahead, behind := hub.Drift(zone)
	bounds := []any{behind.Milliseconds(), (24*time.Hour - ahead).Milliseconds()}
	rows, err := s.query(ctx, `SELECT nature, currency, gross, source, month, 0, COUNT(*), SUM(priced), CAST(SUM(cents) AS BIGINT) FROM history
		WHERE `+where+` AND NOT `+border+` GROUP BY nature, currency, gross, source, month
		UNION ALL SELECT nature, currency, gross, source, month, at, 1, priced, cents FROM history WHERE `+where+` AND `+border,
		slices.Concat(args, bounds, args, bounds)...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var t Tally
		var at int64
		err := r.Scan(&t.Nature, &t.Currency, &t.Gross, &t.Source, &t.Month, &at, &t.Records, &t.Priced, &t.Cents)
		t.Department = departments[t.Source]
		if at != 0 {
			t.Month = monthNumber(hub.Shown(time.UnixMilli(at), zone))
		}
		out = append(out, t)
		return err
	})
	return out, wrap(err, "tallies of %s", customer)
}

// seen lists the sources that v sees, with their departments.
func (s *Store) seen(ctx context.Context, v hub.Viewer) (map[hub.SourceID]string, []hub.SourceID, error) {
	all, err := s.sourceDepartments(ctx)
	var sources []hub.SourceID
	for id, department := range all {
		if v.Sees(department) {
			sources = append(sources, id)
		}
	}
	slices.Sort(sources)
	return all, sources, err
}

// Relation is what went between a person at the customer and one of us.
type Relation struct {
	Person      string // address in lower case, or folded name
	Called      string // as written, "" if nowhere
	Other       string // another name for the same, "" if there is none
	Ours        string // colleague or mailbox, "" if it is not told
	Way         string // hub.WayIn, hub.WayOut, "" for rows
	Records     int    // also what lies ahead, and each copy of a mail
	Known       int    // of these, what does not lie ahead
	Times       int    // moments at which something went; the copies of one mail are one, the undated none
	First, Last time.Time
}

// Relations lists who at the customer had to do with whom of us, as far as v sees it:
// times are up to now, for a meeting that lies ahead is none yet.
func (s *Store) Relations(ctx context.Context, v hub.Viewer, customer hub.CustomerID, now time.Time) (out []Relation, err error) {
	_, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 {
		return nil, wrap(err, "relations of %s", customer)
	}
	where, args := in("source", numbers(sources))
	const past = "CASE WHEN at > " + undated + " AND at <= ? THEN at END"
	till := now.UnixMilli()
	rows, err := s.query(ctx, `SELECT person, ours, way, COUNT(*), COUNT(CASE WHEN at <= ? THEN 1 END), COUNT(DISTINCT `+past+`), COALESCE(MIN(`+past+`), `+undated+`), COALESCE(MAX(`+past+`), `+undated+`),
		MAX(called), COALESCE(MIN(NULLIF(called, '')), '') FROM history WHERE customer = ? AND person > '' AND `+where+` GROUP BY person, ours, way`,
		append([]any{till, till, till, till, int64(customer)}, args...)...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var one Relation
		var first, last int64
		err := r.Scan(&one.Person, &one.Ours, &one.Way, &one.Records, &one.Known, &one.Times, &first, &last, &one.Called, &one.Other)
		one.First, one.Last = dated(first), dated(last)
		out = append(out, one)
		return err
	})
	return out, wrap(err, "relations of %s", customer)
}

// namingLooked is in how many of the newest records of a customer, and of its lists of
// contacts, persons are looked for: all of a history take too long to go through.
const namingLooked = 200

// Naming lists records of the customer's history that v may see and that have to do
// with the persons, as Relation.Person: of each the newest few of those looked at,
// lists of contacts first.
func (s *Store) Naming(ctx context.Context, v hub.Viewer, customer hub.CustomerID, persons []string, few int) (ids []hub.RecordID, err error) {
	_, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 || len(persons) == 0 {
		return nil, wrap(err, "records of persons at %s", customer)
	}
	where, args := in("source", numbers(sources))
	newest := func(first, more string) string {
		return `SELECT * FROM (SELECT record, person, at, ` + first + ` AS list FROM history WHERE customer = ? AND ` + where + more + `
			ORDER BY at DESC, record DESC LIMIT ?) n` + first
	}
	whom, names := in("person", list(persons))
	looked := slices.Concat([]any{int64(customer)}, args, []any{namingLooked})
	rows, err := s.query(ctx, `SELECT record, person FROM (`+newest("0", " AND nature = 'contact'")+` UNION ALL `+newest("1", "")+`) n WHERE `+whom+`
		ORDER BY list, at DESC, record DESC`, slices.Concat(looked, looked, names)...)
	taken, had := map[string]int{}, map[hub.RecordID]bool{}
	err = visit(rows, err, func(r *sql.Rows) error {
		var id hub.RecordID
		var person string
		err := r.Scan(&id, &person)
		if taken[person] < few && !had[id] {
			taken[person]++
			ids, had[id] = append(ids, id), true
		}
		return err
	})
	return ids, wrap(err, "records of persons at %s", customer)
}

// Line is a record of a history with its facts.
type Line struct {
	Record     hub.RecordID
	Department string
	hub.Facts
}

// Latest lists the newest records of a nature, at most limit; with open only
// those whose state is open. The undated come last.
func (s *Store) Latest(ctx context.Context, v hub.Viewer, customer hub.CustomerID, nature string, open bool, limit int) (out []Line, err error) {
	departments, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 {
		return nil, wrap(err, "latest of %s", customer)
	}
	where, args := in("source", numbers(sources))
	if open {
		where += " AND state = 'open'"
	}
	rows, err := s.query(ctx, `SELECT record, source, nature, at, ends, state, priced, cents, currency, gross, person, called, ours, way FROM history
		WHERE customer = ? AND nature = ? AND `+where+` ORDER BY at DESC, record DESC LIMIT ?`, slices.Concat([]any{int64(customer), nature}, args, []any{limit})...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var l Line
		var source hub.SourceID
		var at int64
		err := r.Scan(&l.Record, &source, &l.Nature, &at, moment{&l.Ends}, &l.State, &l.Priced, &l.Cents, &l.Currency, &l.Gross, &l.Person, &l.Called, &l.Ours, &l.Way)
		l.At, l.Department = dated(at), departments[source]
		out = append(out, l)
		return err
	})
	return out, wrap(err, "latest of %s", customer)
}

// OpenMatters counts, for each of the customers, the records of these natures
// whose state is open, as far as v sees them.
func (s *Store) OpenMatters(ctx context.Context, v hub.Viewer, customers []hub.CustomerID, natures ...string) (map[hub.CustomerID]int, error) {
	out := map[hub.CustomerID]int{}
	_, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 || len(customers) == 0 {
		return out, wrap(err, "open matters")
	}
	whose, args := in("customer", numbers(customers))
	what, more := in("nature", list(natures))
	where, most := in("source", numbers(sources))
	rows, err := s.query(ctx, "SELECT customer, COUNT(*) FROM history WHERE state = 'open' AND "+whose+" AND "+what+" AND "+where+" GROUP BY customer", slices.Concat(args, more, most)...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var id hub.CustomerID
		var n int
		err := r.Scan(&id, &n)
		out[id] = n
		return err
	})
	return out, wrap(err, "open matters")
}

// TalkOf names the conversation in which a record stands in a customer's history.
// ErrNotFound: it stands in none, or v may not see the record.
func (s *Store) TalkOf(ctx context.Context, v hub.Viewer, customer hub.CustomerID, record hub.RecordID) (talk string, err error) {
	where, args := visible(v, "s.department")
	err = s.get(ctx, "SELECT h.talk FROM history h JOIN sources s ON s.id = h.source WHERE h.customer = ? AND h.record = ? AND "+where,
		append([]any{int64(customer), int64(record)}, args...), &talk)
	return talk, wrap(err, "conversation of %s", record)
}

// Kin lists other customers that share a mail domain with this one, as far as
// departments that v sees know both: branches and companies of one group.
func (s *Store) Kin(ctx context.Context, v hub.Viewer, customer hub.CustomerID, limit int) (ids []hub.CustomerID, err error) {
	mine, args := visible(v, "a.department")
	theirs, more := visible(v, "b.department")
	rows, err := s.query(ctx, `SELECT DISTINCT b.customer FROM teachings a JOIN teachings b ON b.key = a.key JOIN customers c ON c.id = b.customer
		WHERE a.customer = ? AND a.key LIKE 'domain %' AND b.customer <> a.customer AND c.gone = 0 AND c.merged_into IS NULL AND `+mine+` AND `+theirs+`
		ORDER BY b.customer LIMIT ?`, slices.Concat([]any{int64(customer)}, args, more, []any{limit})...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var id hub.CustomerID
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, wrap(err, "kin of %s", customer)
}

package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"samsyn/internal/hub"
)

// historyColumns are the columns of a history that follow from the facts.
var historyColumns = []string{"source", "at", "month", "kind", "nature", "ends", "state", "priced", "cents", "currency", "gross", "person", "called", "ours", "way", "talk"}

// saveHistory makes the histories of customers those of their linked records.
// Rows that stay as they are cost a look and no write.
func (l *Linking) saveHistory(ctx context.Context, ids []hub.CustomerID) error {
	// With its OFFSET, Postgres looks for the link of each row by its key; without,
	// it joins all links, of which it knows too little while they are being made.
	err := execOf(ctx, l.tx, numbers(ids), `DELETE FROM history WHERE NOT EXISTS (SELECT 1 FROM links l JOIN records r ON r.id = l.record JOIN facts f ON f.record = l.record
		WHERE l.customer = history.customer AND l.record = history.record AND l.suggested = 0 AND r.gone = 0 LIMIT 1 OFFSET 0) AND customer IN %s`)
	if err != nil {
		return err
	}
	set, differs := make([]string, len(historyColumns)), make([]string, len(historyColumns))
	for i, c := range historyColumns {
		set[i], differs[i] = c+" = excluded."+c, "history."+c+" IS DISTINCT FROM excluded."+c
	}
	q := `INSERT INTO history (customer, record, ` + strings.Join(historyColumns, ", ") + `)
		SELECT l.customer, l.record, r.source, COALESCE(f.at, ` + undated + `), f.month, r.kind, f.nature, f.ends, f.state, f.priced, f.cents, f.currency, f.gross,
			f.person, f.called, f.ours, f.way, CASE WHEN f.thread <> '' THEN f.thread WHEN r.kind = 'mail' THEN r.key ELSE CAST(l.record AS TEXT) END
		FROM links l JOIN records r ON r.id = l.record JOIN facts f ON f.record = l.record
		WHERE l.suggested = 0 AND r.gone = 0 AND l.customer IN %s
		ON CONFLICT (customer, record) DO UPDATE SET ` + strings.Join(set, ", ") + ` WHERE ` + strings.Join(differs, " OR ")
	return execOf(ctx, l.tx, numbers(ids), q)
}

// HistoryFilter narrows a history; empty lists and zeros narrow nothing.
type HistoryFilter struct {
	Departments []string
	Kinds       []string // hub.KindRow, hub.KindMail
	Natures     []string
	State       string
	Span        hub.Span // of the time; with a bound, nothing that is undated
	Persons     []string // at the customer, as Relation.Person
	Talk        string   // one conversation
	Grouped     bool     // of each conversation only the newest mail
}

// Entry is a line of a history.
type Entry struct {
	Record hub.RecordID
	At     time.Time // zero without a date
	Talk   string
	Mails  int // in the conversation, as far as the viewer and the filter see it; 1 for a row
}

// History lists the records linked to the customer that v may see, the newest
// first, those without a date last; of the copies of one mail it lists one.
// after is "" or the cursor that an earlier page returned; next is "" at the end.
func (s *Store) History(ctx context.Context, v hub.Viewer, customer hub.CustomerID, f HistoryFilter, after string, limit int) (out []Entry, next string, err error) {
	at, id, err := parseCursor(after)
	if err != nil {
		return nil, "", err
	}
	sources, err := s.visibleSources(ctx, v, f.Departments)
	if err != nil || len(sources) == 0 {
		return nil, "", wrap(err, "history of %s", customer)
	}
	where, args := f.where("h", sources)
	other, otherArgs := f.where("n", sources)
	// A line stands for its conversation, or for the copies of one mail, when no other of them goes before it.
	before := "n.at = h.at AND n.record < h.record AND n.kind = 'mail' AND (SELECT r.key FROM records r WHERE r.id = n.record) = (SELECT r.key FROM records r WHERE r.id = h.record)"
	if f.Grouped {
		before = "(n.at > h.at OR n.at = h.at AND n.record < h.record)"
	}
	q := `SELECT h.record, h.at, h.talk FROM history h WHERE h.customer = ? AND h.at <= ? AND (h.at < ? OR h.record < ?) AND ` + where + `
		AND (h.kind <> 'mail' OR NOT EXISTS (SELECT 1 FROM history n WHERE n.customer = h.customer AND n.talk = h.talk AND ` + before + ` AND ` + other + `))
		ORDER BY h.at DESC, h.record DESC LIMIT ?`
	all := slices.Concat([]any{int64(customer), at, at, id}, args, otherArgs, []any{limit + 1})
	rows, err := s.query(ctx, q, all...)
	err = visit(rows, err, func(r *sql.Rows) error {
		if len(out) == limit {
			next = formatCursor(at, id)
			return nil
		}
		var e Entry
		err := r.Scan(&id, &at, &e.Talk)
		e.Record, e.At, e.Mails = hub.RecordID(id), dated(at), 1
		out = append(out, e)
		return err
	})
	if err == nil && f.Grouped {
		err = s.countTalks(ctx, customer, f, sources, out)
	}
	return out, next, wrap(err, "history of %s", customer)
}

// HistoryCount counts what History lists without Grouped: the copies of one mail as one.
func (s *Store) HistoryCount(ctx context.Context, v hub.Viewer, customer hub.CustomerID, f HistoryFilter) (n int, err error) {
	sources, err := s.visibleSources(ctx, v, f.Departments)
	if err != nil || len(sources) == 0 {
		return 0, wrap(err, "size of the history of %s", customer)
	}
	where, args := f.where("h", sources)
	err = s.get(ctx, "SELECT COUNT(*) FROM history h WHERE h.customer = ? AND "+where, append([]any{int64(customer)}, args...), &n)
	if err != nil {
		return 0, wrap(err, "size of the history of %s", customer)
	}
	copies, err := s.copies(ctx, customer, f, nil, sources)
	keys := map[string]bool{}
	for _, c := range copies {
		keys[c.Key] = true
	}
	return n - len(copies) + len(keys), wrap(err, "size of the history of %s", customer)
}

// MailCopy is a mail of a history that lies in several mailboxes: each copy.
type MailCopy struct {
	Department string
	At         time.Time
	Person     string // as Relation.Person
	Key        string // that the copies share
}

// MailCopies lists the mails of a customer's history that v sees in several mailboxes.
// Tallies and Relations count each copy.
func (s *Store) MailCopies(ctx context.Context, v hub.Viewer, customer hub.CustomerID) (out []MailCopy, err error) {
	departments, sources, err := s.seen(ctx, v)
	if err != nil || len(sources) == 0 {
		return nil, wrap(err, "copies at %s", customer)
	}
	out, err = s.copies(ctx, customer, HistoryFilter{}, departments, sources)
	return out, wrap(err, "copies at %s", customer)
}

// copies finds them among the mails of one time, which are few: the CROSS JOIN has SQLite
// begin with these, and not look up every mail of the customer.
func (s *Store) copies(ctx context.Context, customer hub.CustomerID, f HistoryFilter, departments map[hub.SourceID]string, sources []hub.SourceID) (out []MailCopy, err error) {
	where, args := f.where("h", sources)
	again, more := f.where("d", sources)
	rows, err := s.query(ctx, `SELECT h.source, h.at, h.person, r.key FROM (SELECT d.at FROM history d WHERE d.customer = ? AND d.kind = 'mail' AND `+again+` GROUP BY d.at HAVING COUNT(*) > 1) t
		CROSS JOIN history h JOIN records r ON r.id = h.record WHERE h.customer = ? AND h.kind = 'mail' AND h.at = t.at AND `+where,
		slices.Concat([]any{int64(customer)}, more, []any{int64(customer)}, args)...)
	had := map[string]int{}
	err = visit(rows, err, func(r *sql.Rows) error {
		var c MailCopy
		var source hub.SourceID
		var at int64
		err := r.Scan(&source, &at, &c.Person, &c.Key)
		c.Department, c.At = departments[source], dated(at)
		out, had[c.Key] = append(out, c), had[c.Key]+1
		return err
	})
	return slices.DeleteFunc(out, func(c MailCopy) bool { return had[c.Key] < 2 }), err // others were sent at the same time
}

// dated reads the time of a history.
func dated(ms int64) time.Time {
	if fmt.Sprint(ms) == undated {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// where is the filter on the history called alias.
func (f HistoryFilter) where(alias string, sources []hub.SourceID) (string, []any) {
	where, args := in(alias+".source", numbers(sources))
	for _, one := range []struct {
		column string
		values []string
	}{{"kind", f.Kinds}, {"nature", f.Natures}, {"person", f.Persons}} {
		if len(one.values) > 0 {
			w, a := in(alias+"."+one.column, list(one.values))
			where, args = where+" AND "+w, append(args, a...)
		}
	}
	if s := f.Span; !s.From.IsZero() {
		where += strings.ReplaceAll(" AND (@.at >= ? OR @.at = ?)", "@", alias)
		args = append(args, s.From.UnixMilli(), cmp.Or(s.Also, s.From).UnixMilli())
	}
	if s := f.Span; !s.To.IsZero() {
		where += strings.ReplaceAll(" AND @.at > "+undated+" AND @.at < ? AND @.at <> ?", "@", alias)
		args = append(args, s.To.UnixMilli(), cmp.Or(s.Not, s.To).UnixMilli())
	}
	for column, value := range map[string]string{"state": f.State, "talk": f.Talk} {
		if value != "" {
			where, args = where+" AND "+alias+"."+column+" = ?", append(args, value)
		}
	}
	return where, args
}

func in(column string, values []any) (string, []any) {
	return column + " IN (" + marks(len(values)) + ")", values
}

// countTalks counts the mails of the conversations of a page; copies once.
func (s *Store) countTalks(ctx context.Context, customer hub.CustomerID, f HistoryFilter, sources []hub.SourceID, page []Entry) error {
	talks := map[string]int{}
	for _, e := range page {
		talks[e.Talk] = 1
	}
	if len(talks) == 0 {
		return nil
	}
	where, args := f.where("h", sources)
	w, a := in("h.talk", list(keysOf(talks)))
	rows, err := s.query(ctx, `SELECT h.talk, COUNT(DISTINCT r.key) FROM history h JOIN records r ON r.id = h.record WHERE h.customer = ? AND `+w+` AND `+where+` GROUP BY h.talk`,
		slices.Concat([]any{int64(customer)}, a, args)...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var talk string
		var n int
		err := r.Scan(&talk, &n)
		talks[talk] = n
		return err
	})
	for i := range page {
		page[i].Mails = talks[page[i].Talk]
	}
	return err
}

// visibleSources lists the sources that v may see, narrowed to departments.
func (s *Store) visibleSources(ctx context.Context, v hub.Viewer, departments []string) ([]hub.SourceID, error) {
	all, sources, err := s.seen(ctx, v)
	if len(departments) > 0 {
		sources = slices.DeleteFunc(sources, func(id hub.SourceID) bool { return !slices.Contains(departments, all[id]) })
	}
	return sources, err
}

// sourceDepartments tells whose each source is.
func (s *Store) sourceDepartments(ctx context.Context) (map[hub.SourceID]string, error) {
	out := map[hub.SourceID]string{}
	rows, err := s.query(ctx, "SELECT id, department FROM sources")
	err = visit(rows, err, func(r *sql.Rows) error {
		var id hub.SourceID
		var department string
		err := r.Scan(&id, &department)
		out[id] = department
		return err
	})
	return out, err
}

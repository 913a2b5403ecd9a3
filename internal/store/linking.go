package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// Tables of the linker, all derived from records, decisions and the company's
// identity:
//
//	traces     record → its keys, stratum and state
//	postings   key → the records that bear it
//	teachings  (customer, key) → in how many records of a stratum and department

// Trace is what the linker keeps of a record.
type Trace struct {
	Record     hub.RecordID
	Stratum    int64  // a record leans only on what lower strata taught
	Home       int64  // the stratum it belongs to; where that leaves it open, Stratum is that of those who lean on all
	Unit       string // records of one unit are weighed together; "" stands alone
	Department string
	Keys       []link.Key
	Choice     hub.CustomerID // what evidence alone chose, 0 none
	Founded    bool           // Choice was founded for want of a known customer
	Wanted     hub.CustomerID // after threads and what must be together, 0 none
	Customer   hub.CustomerID // linked to: Wanted, unless they must not be together; 0 none
	Taught     hub.CustomerID // whose teachings count the keys, 0 none
	Dirty      bool
}

// Linking is a transaction of the linker. It begins by raising the clock, so
// linkings follow one another and each sees all that the one before wrote:
// two linkers at work share the work and cannot disturb each other.
type Linking struct {
	tx    *tx
	rev   int64
	stale map[hub.CustomerID]bool
	blame map[hub.RecordID]int64 // decision that moves a record
	moves map[hub.RecordID]*Move // what has moved, in a trial; else nil
}

// Linking runs f in a transaction of the linker.
func (s *Store) Linking(ctx context.Context, f func(*Linking) error) error {
	return s.write(ctx, func(t *tx) error {
		rev, err := t.stamp(ctx)
		if err != nil {
			return err
		}
		l := &Linking{tx: t, rev: rev, stale: map[hub.CustomerID]bool{}, blame: map[hub.RecordID]int64{}}
		if err := f(l); err != nil {
			return err
		}
		ids := numbers(keysOf(l.stale))
		return errors.Join(execOf(ctx, t, ids, "UPDATE customers SET stale = 1 WHERE stale = 0 AND id IN %s"),
			execOf(ctx, t, ids, "UPDATE customers SET stale = 1 WHERE stale = 0 AND id IN (SELECT root FROM customers WHERE root <> id AND id IN %s)"))
	})
}

// errTrial ends a trial, so that it leaves nothing behind.
var errTrial = errors.New("trial")

// Trial runs f in a transaction of the linker that is taken back, and returns
// what f moved, by record.
func (s *Store) Trial(ctx context.Context, f func(*Linking) error) ([]Move, error) {
	var moves map[hub.RecordID]*Move
	err := s.Linking(ctx, func(l *Linking) error {
		l.moves = map[hub.RecordID]*Move{}
		moves = l.moves
		if err := f(l); err != nil {
			return err
		}
		return errTrial
	})
	if !errors.Is(err, errTrial) {
		return nil, err
	}
	var out []Move
	for _, id := range keysOf(moves) {
		if m := moves[id]; m.From != m.To {
			out = append(out, *m)
		}
	}
	return out, nil
}

// Move is a record that goes from one customer to another; 0 stands for none.
type Move struct {
	Record   hub.RecordID
	From, To hub.CustomerID
}

// watch notes a move during a trial. Of a record's several customers the first
// that it leaves, and the first that it comes to, count.
func (l *Linking) watch(id hub.RecordID, had, want []linkRow) {
	if l.moves == nil {
		return
	}
	leaves := func(a, b []linkRow) hub.CustomerID {
		stay := linkedIn(b)
		for _, r := range a {
			if !r.suggested && !stay[r.customer] {
				return r.customer
			}
		}
		return 0
	}
	if l.moves[id] == nil {
		l.moves[id] = &Move{Record: id, From: leaves(had, want)}
	}
	l.moves[id].To = leaves(want, had)
}

// Stamped are the records that this transaction makes the linker read again.
func (l *Linking) Stamped(ctx context.Context, limit int) ([]hub.Change, error) {
	return l.tx.changes(ctx, theEnd, contentChanges, l.rev-1, int64(1<<62-1), limit)
}

// Idle reports whether all that was read is linked.
func (l *Linking) Idle(ctx context.Context) (idle bool, err error) {
	var busy int
	err = l.tx.get(ctx, `SELECT CASE WHEN EXISTS (SELECT 1 FROM traces WHERE dirty = 1) OR EXISTS (SELECT 1 FROM customers WHERE doubt = 1) OR EXISTS (SELECT 1 FROM records r
		WHERE (r.content_rev, r.id) > (SELECT COALESCE(MAX(rev), 0), COALESCE(MAX(id), 0) FROM cursors WHERE name = 'link')) THEN 1 ELSE 0 END`, nil, &busy)
	return busy == 0, err
}

// Arrive notes that everything up to the linker's cursor is linked, if it is:
// then Changes goes on to there. Once Changes waits for nothing (Waive), it does so
// until the linker has come to the head.
func (l *Linking) Arrive(ctx context.Context, head bool) error {
	_, err := l.tx.exec(ctx, `INSERT INTO cursors (name, rev, id) SELECT 'linked', c.rev, c.id FROM cursors c WHERE c.name = 'link'
		AND NOT EXISTS (SELECT 1 FROM traces WHERE dirty = 1) AND NOT EXISTS (SELECT 1 FROM customers WHERE doubt = 1) AND NOT EXISTS (SELECT 1 FROM customers WHERE stale = 1)
		ON CONFLICT (name) DO UPDATE SET rev = excluded.rev, id = excluded.id WHERE ? = 1 OR cursors.rev < ?`, flag(head), theEnd.Rev)
	return err
}

// ToWeigh reports whether records or customers wait to be weighed.
func (s *Store) ToWeigh(ctx context.Context) (bool, error) {
	return s.holds(ctx, "EXISTS (SELECT 1 FROM traces WHERE dirty = 1) OR EXISTS (SELECT 1 FROM customers WHERE doubt = 1)")
}

// ToDraw reports whether customers wait to be drawn, or all is linked and that
// is not noted yet (see Arrive).
func (s *Store) ToDraw(ctx context.Context) (bool, error) {
	stale, err := s.holds(ctx, "EXISTS (SELECT 1 FROM customers WHERE stale = 1)")
	if err != nil || stale {
		return stale, err
	}
	all, err := s.AllLinked(ctx)
	return !all, err
}

func (s *Store) holds(ctx context.Context, condition string, args ...any) (bool, error) {
	var n int
	err := s.get(ctx, "SELECT CASE WHEN "+condition+" THEN 1 ELSE 0 END", args, &n)
	return n == 1, err
}

// Waive lets Changes go on to the end, linked or not.
func (s *Store) Waive(ctx context.Context) error { return s.SetCursor(ctx, "linked", theEnd) }

// AllLinked reports whether all that was read is linked, and known to be.
func (s *Store) AllLinked(ctx context.Context) (bool, error) {
	behind, err := s.holds(ctx, `EXISTS (SELECT 1 FROM cursors WHERE name = 'linked' AND rev = ?) OR EXISTS (SELECT 1 FROM records WHERE (content_rev, id) >
		(SELECT COALESCE(MAX(rev), 0), COALESCE(MAX(id), 0) FROM cursors WHERE name = 'linked'))`, theEnd.Rev)
	if err != nil {
		return false, fmt.Errorf("look whether all is linked: %w", err)
	}
	return !behind, nil
}

func keysOf[K cmp.Ordered, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Advance moves the linker's cursor from one place to another. It reports false
// and does nothing when another linker has moved it.
func (l *Linking) Advance(ctx context.Context, from, to hub.Cursor) (bool, error) {
	_, err := l.tx.exec(ctx, "INSERT INTO cursors (name, rev, id) VALUES ('link', 0, 0) ON CONFLICT (name) DO NOTHING")
	if err != nil {
		return false, err
	}
	n, err := l.tx.exec(ctx, "UPDATE cursors SET rev = ?, id = ? WHERE name = 'link' AND rev = ? AND id = ?", to.Rev, to.ID, from.Rev, from.ID)
	return n == 1, err
}

const traceColumns = "record, stratum, home, unit, department, keys, choice, founded, wanted, customer, taught, dirty"

func scanTrace(r *sql.Rows) (t Trace, err error) {
	err = r.Scan(&t.Record, &t.Stratum, &t.Home, &t.Unit, &t.Department, document{&t.Keys}, &t.Choice, &t.Founded, &t.Wanted, &t.Customer, &t.Taught, &t.Dirty)
	return t, err
}

// Traces returns the traces of those of the records that have one.
func (l *Linking) Traces(ctx context.Context, records []hub.RecordID) (map[hub.RecordID]Trace, error) {
	out := map[hub.RecordID]Trace{}
	err := eachOf(ctx, l.tx, numbers(records), func(r *sql.Rows) error {
		t, err := scanTrace(r)
		out[t.Record] = t
		return err
	}, "SELECT "+traceColumns+" FROM traces WHERE record IN %s")
	return out, err
}

// Setting reads a setting into v, which stays as it is when there is none.
func (l *Linking) Setting(ctx context.Context, name string, v any) error {
	err := l.tx.get(ctx, "SELECT value FROM settings WHERE name = ?", []any{name}, document{v})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// Labelled returns up to limit of the traces whose organisation number tells
// their customer, spread over all of them.
func (l *Linking) Labelled(ctx context.Context, limit int) (out []Trace, err error) {
	const labelled = " FROM traces WHERE stratum = ? AND founded = 1 AND customer <> 0 AND dirty = 0"
	var n int
	if err := l.tx.get(ctx, "SELECT COUNT(*)"+labelled, []any{link.TierOrgNo << 48}, &n); err != nil {
		return nil, err
	}
	every := max(n/limit, 1)
	err = l.tx.each(ctx, func(r *sql.Rows) error {
		t, err := scanTrace(r)
		out = append(out, t)
		return err
	}, "SELECT "+traceColumns+labelled+" AND record % ? = 0 LIMIT ?", link.TierOrgNo<<48, every, limit)
	return out, err
}

// Dirty returns up to limit of the traces to be weighed again, all of the
// lowest stratum that has any, and with them the whole of their units.
func (l *Linking) Dirty(ctx context.Context, limit int) ([]Trace, error) {
	var out []Trace
	units := map[string]bool{}
	err := l.tx.each(ctx, func(r *sql.Rows) error {
		t, err := scanTrace(r)
		if t.Unit == "" {
			out = append(out, t)
		} else {
			units[t.Unit] = true
		}
		return err
	}, "SELECT "+traceColumns+` FROM traces WHERE dirty = 1 AND stratum = (SELECT MIN(stratum) FROM traces WHERE dirty = 1) LIMIT ?`, limit)
	if err != nil {
		return nil, err
	}
	err = eachOf(ctx, l.tx, keysOf(units), func(r *sql.Rows) error {
		t, err := scanTrace(r)
		out = append(out, t)
		return err
	}, "SELECT "+traceColumns+" FROM traces WHERE unit <> '' AND unit IN %s")
	return out, err
}

// SaveTraces writes traces whole, with their postings. before are the traces
// that stood there.
func (l *Linking) SaveTraces(ctx context.Context, traces []Trace, before map[hub.RecordID]Trace) error {
	var rows, posted [][]any
	for _, t := range traces {
		keys, err := json.Marshal(t.Keys)
		if err != nil {
			return err
		}
		rows = append(rows, []any{t.Record, t.Stratum, t.Home, t.Unit, t.Department, string(keys), t.Choice, flag(t.Founded), t.Wanted, t.Customer, t.Taught, 1})
		had := postedKeys(before[t.Record].Keys)
		for key := range postedKeys(t.Keys) {
			if !had[key] {
				posted = append(posted, []any{key, t.Record})
			}
			delete(had, key)
		}
		if err := l.unpost(ctx, t.Record, had); err != nil {
			return err
		}
	}
	slices.SortFunc(posted, func(a, b []any) int { return cmp.Compare(a[0].(string), b[0].(string)) })
	if err := l.tx.insert(ctx, "INSERT INTO postings (key, record)", posted, "ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	return l.tx.insert(ctx, "INSERT INTO traces ("+traceColumns+")", rows, `ON CONFLICT (record) DO UPDATE SET stratum = excluded.stratum, home = excluded.home, unit = excluded.unit,
		department = excluded.department, keys = excluded.keys, choice = excluded.choice, founded = excluded.founded, wanted = excluded.wanted, customer = excluded.customer,
		taught = excluded.taught, dirty = 1`)
}

// unpost takes postings of one record away; few records lose a key.
func (l *Linking) unpost(ctx context.Context, record hub.RecordID, keys map[string]bool) error {
	return execOf(ctx, l.tx, keysOf(keys), "DELETE FROM postings WHERE record = ? AND key IN %s", record)
}

func postedKeys(keys []link.Key) map[string]bool {
	out := make(map[string]bool, len(keys))
	for _, k := range keys {
		if k.Posted() {
			out[k.ID()] = true
		}
	}
	return out
}

// Forget removes records that are gone: their links, and the traces that some
// of them have.
func (l *Linking) Forget(ctx context.Context, ids []hub.RecordID, traces map[hub.RecordID]Trace) error {
	for _, id := range ids {
		t := traces[id]
		if err := l.unpost(ctx, t.Record, postedKeys(t.Keys)); err != nil {
			return err
		}
	}
	if err := execOf(ctx, l.tx, numbers(ids), "DELETE FROM traces WHERE record IN %s"); err != nil {
		return err
	}
	_, err := l.PutLinks(ctx, ids, nil)
	return err
}

// Settle saves what weighing decided of the traces, and whether they are clean then.
func (l *Linking) Settle(ctx context.Context, traces []Trace) error {
	rows := make([][]any, len(traces))
	for i, t := range traces {
		rows[i] = []any{t.Record, t.Stratum, t.Home, "", "", "", t.Choice, flag(t.Founded), t.Wanted, t.Customer, t.Taught, flag(t.Dirty)}
	}
	return l.tx.insert(ctx, "INSERT INTO traces ("+traceColumns+")", rows,
		"ON CONFLICT (record) DO UPDATE SET stratum = excluded.stratum, choice = excluded.choice, founded = excluded.founded, wanted = excluded.wanted, customer = excluded.customer, taught = excluded.taught, dirty = excluded.dirty")
}

// Mint returns the customer of every anchor, founding those that are missing
// with a rank. A customer keeps its id as long as the store lives.
func (l *Linking) Mint(ctx context.Context, anchors []string, rank int64) (map[string]hub.CustomerID, error) {
	out, err := l.Anchored(ctx, anchors)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for _, a := range anchors {
		if out[a] == 0 {
			rows = append(rows, []any{nil, a, 1, l.rev, rank, nil, flag(rank > 0)})
			out[a] = -1
		}
	}
	if len(rows) == 0 {
		return out, nil
	}
	first, err := l.tx.ids(ctx, len(rows))
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i][0], rows[i][5] = first+int64(i), first+int64(i)
		out[rows[i][1].(string)] = hub.CustomerID(first + int64(i))
	}
	return out, l.tx.insert(ctx, "INSERT INTO customers (id, anchor, gone, rev, rank, root, doubt)", rows, "")
}

// Anchored returns the customers that the anchors founded.
func (l *Linking) Anchored(ctx context.Context, anchors []string) (map[string]hub.CustomerID, error) {
	out := make(map[string]hub.CustomerID, len(anchors))
	err := eachOf(ctx, l.tx, anchors, func(r *sql.Rows) error {
		var id hub.CustomerID
		var anchor string
		err := r.Scan(&id, &anchor)
		out[anchor] = id
		return err
	}, "SELECT id, anchor FROM customers WHERE anchor IN %s")
	return out, err
}

// MarkBearers makes dirty the traces from the stratum upwards that bear one of
// the keys; with idle only those for which evidence chose nobody.
func (l *Linking) MarkBearers(ctx context.Context, keys []string, from int64, idle bool) error {
	where := ""
	if idle {
		where = " AND choice = 0"
	}
	bearers, err := l.bearers(ctx, keys)
	if err != nil {
		return err
	}
	return execOf(ctx, l.tx, bearers, "UPDATE traces SET dirty = 1 WHERE +dirty = 0 AND +stratum >= ?"+where+" AND record IN %s", from)
}

// MarkUnits makes dirty the traces of the units.
func (l *Linking) MarkUnits(ctx context.Context, units []string) error {
	return execOf(ctx, l.tx, units, "UPDATE traces SET dirty = 1 WHERE +dirty = 0 AND unit <> '' AND unit IN %s")
}

// Peer is a trace that bears a key, as far as others may lean on it.
type Peer struct {
	Record   hub.RecordID
	Stratum  int64
	Choice   hub.CustomerID
	Founded  bool
	Wanted   hub.CustomerID
	Customer hub.CustomerID
}

// Peers returns the traces up to a stratum that bear the keys.
func (l *Linking) Peers(ctx context.Context, keys []string, upTo int64) (map[string][]Peer, error) {
	out := map[string][]Peer{}
	query := `SELECT p.key, t.record, t.stratum, t.choice, t.founded, t.wanted, t.customer FROM postings p JOIN traces t ON t.record = p.record
		WHERE t.stratum <= ? AND p.key IN %s`
	if link.Tier(upTo) > link.TierJoin {
		query = `SELECT p.key, t.record, t.stratum, t.choice, t.founded, COALESCE(w.root, 0), COALESCE(c.root, 0) FROM postings p JOIN traces t ON t.record = p.record
			LEFT JOIN customers w ON w.id = t.wanted LEFT JOIN customers c ON c.id = t.customer WHERE t.stratum <= ? AND p.key IN %s`
	}
	err := eachOf(ctx, l.tx, keys, func(r *sql.Rows) error {
		var key string
		var p Peer
		err := r.Scan(&key, &p.Record, &p.Stratum, &p.Choice, &p.Founded, &p.Wanted, &p.Customer)
		out[key] = append(out[key], p)
		return err
	}, query, upTo)
	return out, err
}

// Touch has the faces of the customers drawn again that the records are linked to.
func (l *Linking) Touch(ctx context.Context, records []hub.RecordID) error {
	return execOf(ctx, l.tx, numbers(records), `UPDATE customers SET stale = 1 WHERE stale = 0
		AND id IN (SELECT customer FROM links WHERE suggested = 0 AND record IN %s)`)
}

// Restart sets the linker back to the beginning: nothing is known, the cursor
// is at 0. The links stand until the records are weighed again, and Changes waits
// for nothing meanwhile.
func (l *Linking) Restart(ctx context.Context) error {
	for _, q := range []string{"DELETE FROM entries", "DELETE FROM teachings", "DELETE FROM postings", "DELETE FROM traces",
		"UPDATE customers SET stale = 1", "UPDATE customers SET doubt = 1 WHERE rank > 0", "DELETE FROM cursors WHERE name IN ('link', 'linked')", "INSERT INTO cursors (name, rev, id) VALUES ('link', 0, 0)"} {
		if _, err := l.tx.exec(ctx, q); err != nil {
			return err
		}
	}
	_, err := l.tx.exec(ctx, "INSERT INTO cursors (name, rev, id) VALUES ('linked', ?, 0)", theEnd.Rev)
	return err
}

// LinkedOn is the setting with the basis that Rebase was given last.
const LinkedOn = "linked_on"

// Rebase restarts the linker when the basis it linked on, the company's
// identity and the program's rules, is another than the last time.
func (l *Linking) Rebase(ctx context.Context, basis string) error {
	var had string
	err := l.tx.get(ctx, "SELECT value FROM settings WHERE name = ?", []any{LinkedOn}, &had)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	text, err := json.Marshal(basis)
	if err != nil || string(text) == had {
		return err
	}
	_, err = l.tx.exec(ctx, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", LinkedOn, string(text))
	if err != nil {
		return err
	}
	if had != "" {
		return l.Restart(ctx)
	}
	// The first time: from now on Changes waits for what is linked.
	_, err = l.tx.exec(ctx, "INSERT INTO cursors (name, rev, id) VALUES ('linked', 0, 0) ON CONFLICT (name) DO NOTHING")
	return err
}

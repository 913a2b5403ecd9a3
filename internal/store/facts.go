package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"samsyn/internal/hub"
)

// PutFacts writes the facts of records, and stamps those records that became
// something else or have another date, so that the index hears of it.
func (l *Linking) PutFacts(ctx context.Context, facts map[hub.RecordID]hub.Facts) error {
	ids := keysOf(facts)
	type indexed struct {
		nature string
		at     time.Time
	}
	had := map[hub.RecordID]indexed{}
	err := eachOf(ctx, l.tx, numbers(ids), func(r *sql.Rows) error {
		var id hub.RecordID
		var of indexed
		err := r.Scan(&id, &of.nature, moment{&of.at})
		had[id] = of
		return err
	}, "SELECT record, nature, at FROM facts WHERE record IN %s")
	if err != nil {
		return err
	}
	if err := l.joinThreads(ctx, ids, facts); err != nil {
		return err
	}
	var rows [][]any
	var changed []hub.RecordID
	for _, id := range ids {
		f := facts[id]
		if of := had[id]; of.nature != f.Nature || !of.at.Equal(f.At.Truncate(time.Millisecond)) {
			changed = append(changed, id)
		}
		rows = append(rows, []any{id, f.Nature, millis(f.At), monthOf(f.At), millis(f.Ends), f.State, flag(f.Priced), f.Cents, f.Currency, flag(f.Gross),
			f.Person, f.Called, f.Ours, f.Way, f.Message, f.Thread, f.Version})
	}
	err = l.tx.insert(ctx, "INSERT INTO facts (record, nature, at, month, ends, state, priced, cents, currency, gross, person, called, ours, way, message, thread, version)", rows,
		`ON CONFLICT (record) DO UPDATE SET nature = excluded.nature, at = excluded.at, month = excluded.month, ends = excluded.ends, state = excluded.state,
		priced = excluded.priced, cents = excluded.cents, currency = excluded.currency, gross = excluded.gross, person = excluded.person, called = excluded.called,
		ours = excluded.ours, way = excluded.way, message = excluded.message, thread = excluded.thread, version = excluded.version`)
	if err != nil {
		return err
	}
	return execOf(ctx, l.tx, numbers(changed), "UPDATE records SET rev = ? WHERE gone = 0 AND id IN %s", l.rev)
}

// monthOf counts the months since the year 0; 0 stands for no date.
func monthOf(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	return monthNumber(t.UTC())
}

func monthNumber(t time.Time) int { return 12*t.Year() + int(t.Month()) - 1 }

// joinThreads makes mails of one conversation share one thread, in whatever order
// they came. The facts name as the thread the mail that began it, or the one
// that was answered when a mail names no other: then the thread of that one is
// theirs, too, once it is known.
func (l *Linking) joinThreads(ctx context.Context, ids []hub.RecordID, facts map[hub.RecordID]hub.Facts) error {
	leads := map[string]string{} // message → the thread it is in
	var asked []string
	for _, id := range ids {
		if f := facts[id]; f.Thread != "" {
			asked = append(asked, f.Thread)
			if f.Message != "" && f.Message != f.Thread {
				leads[f.Message] = f.Thread
			}
		}
	}
	err := eachOf(ctx, l.tx, asked, func(r *sql.Rows) error {
		var message, thread string
		err := r.Scan(&message, &thread)
		if _, fresh := leads[message]; !fresh && message != thread {
			leads[message] = thread
		}
		return err
	}, "SELECT message, thread FROM facts WHERE message <> '' AND message IN %s ORDER BY record")
	if err != nil {
		return err
	}
	root := func(thread string) string {
		for range len(leads) {
			next, led := leads[thread]
			if !led {
				break
			}
			thread = next
		}
		return thread
	}
	lead := map[string]string{} // mail → the thread that takes over what was filed under it
	for _, id := range ids {
		f := facts[id]
		if f.Thread == "" {
			continue
		}
		f.Thread = root(f.Thread)
		facts[id] = f
		if f.Message != "" && f.Message != f.Thread {
			lead[f.Message] = f.Thread
		}
	}
	return l.moveThreads(ctx, lead)
}

// moveThreads has records follow that were filed under a mail which itself
// belongs to an older thread.
func (l *Linking) moveThreads(ctx context.Context, lead map[string]string) error {
	followers := map[string][]hub.RecordID{} // by the thread they come into
	err := eachOf(ctx, l.tx, keysOf(lead), func(r *sql.Rows) error {
		var id hub.RecordID
		var filed string
		err := r.Scan(&id, &filed)
		followers[lead[filed]] = append(followers[lead[filed]], id)
		return err
	}, "SELECT record, thread FROM facts WHERE thread <> '' AND thread IN %s")
	if err != nil {
		return err
	}
	for _, thread := range keysOf(followers) {
		ids := followers[thread]
		if err := execOf(ctx, l.tx, numbers(ids), "UPDATE facts SET thread = ? WHERE record IN %s", thread); err != nil {
			return err
		}
		if err := l.Touch(ctx, ids); err != nil {
			return err
		}
	}
	return nil
}

// Price is what a record comes to.
type Price struct {
	Cents    int64  // hundredths; of a credit note negative
	Currency string // ISO 4217, "" if it is not told
	Gross    bool   // with VAT
}

// Prices tells what records come to, of those that v may see and that come to anything.
func (s *Store) Prices(ctx context.Context, v hub.Viewer, ids []hub.RecordID) (map[hub.RecordID]Price, error) {
	out := map[hub.RecordID]Price{}
	where, args := visible(v, "s.department")
	err := s.read(ctx, func(t *tx) error {
		return eachOf(ctx, t, ids, func(r *sql.Rows) error {
			var id hub.RecordID
			var p Price
			err := r.Scan(&id, &p.Cents, &p.Currency, &p.Gross)
			out[id] = p
			return err
		}, `SELECT f.record, f.cents, f.currency, f.gross FROM facts f JOIN records r ON r.id = f.record JOIN sources s ON s.id = r.source
			WHERE f.priced = 1 AND r.gone = 0 AND `+where+` AND f.record IN %s`, args...)
	})
	return out, wrap(err, "prices")
}

// DropFacts forgets the facts of records that are gone.
func (l *Linking) DropFacts(ctx context.Context, ids []hub.RecordID) error {
	return execOf(ctx, l.tx, numbers(ids), "DELETE FROM facts WHERE record IN %s")
}

// Ruling is what a person said that the rows of a file are; it holds for later
// deliveries of the file, too.
type Ruling struct {
	ID      int64        `json:"id"`
	Source  hub.SourceID `json:"source"`
	Pattern string       `json:"pattern"` // of file and sheet, see nature.Place.Pattern
	Headers []string     `json:"headers"` // of the columns
	Nature  string       `json:"nature"`
	By      string       `json:"by"`
	At      time.Time    `json:"at"`
}

const rulingColumns = "id, source, pattern, headers, nature, by_whom, at"

// Rulings returns the rulings on the files of a source, newest first; of all
// sources if source is 0.
func (s *Store) Rulings(ctx context.Context, source hub.SourceID) (out []Ruling, err error) {
	err = s.read(ctx, func(t *tx) error {
		out, err = t.rulings(ctx)
		return err
	})
	if source != 0 {
		out = slices.DeleteFunc(out, func(r Ruling) bool { return r.Source != source })
	}
	return out, wrap(err, "rulings")
}

// Rulings returns all rulings, as this transaction sees them.
func (l *Linking) Rulings(ctx context.Context) ([]Ruling, error) { return l.tx.rulings(ctx) }

func (t *tx) rulings(ctx context.Context) (out []Ruling, err error) {
	err = t.each(ctx, func(rows *sql.Rows) error {
		var r Ruling
		err := rows.Scan(&r.ID, &r.Source, &r.Pattern, document{&r.Headers}, &r.Nature, &r.By, moment{&r.At})
		out = append(out, r)
		return err
	}, "SELECT "+rulingColumns+" FROM rulings ORDER BY id DESC")
	return out, err
}

// Rule saves what a person says of a file; an empty nature takes a ruling back.
// Every row of the source is then read again by the linker, which costs little
// where nothing else changed.
func (s *Store) Rule(ctx context.Context, r Ruling) error {
	headers, err := json.Marshal(r.Headers)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(t *tx) error {
		rev, err := t.stamp(ctx)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, "DELETE FROM rulings WHERE source = ? AND pattern = ?", r.Source, r.Pattern); err != nil {
			return err
		}
		if r.Nature != "" {
			id, err := t.ids(ctx, 1)
			if err != nil {
				return err
			}
			_, err = t.exec(ctx, "INSERT INTO rulings ("+rulingColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)", id, r.Source, r.Pattern, string(headers), r.Nature, r.By, t.now)
			if err != nil {
				return err
			}
		}
		_, err = t.exec(ctx, "UPDATE records SET content_rev = ? WHERE source = ? AND kind = 'row' AND gone = 0", rev, r.Source)
		return err
	})
	if err != nil {
		return fmt.Errorf("rule on %s: %w", r.Pattern, err)
	}
	return nil
}

// Sheet is a file or sheet of a source, with what its rows were taken for.
type Sheet struct {
	Scope   string
	Ref     string         // of one of its rows
	Record  hub.RecordID   // that row
	Natures map[string]int // rows by nature
	Rows    int
}

// Sheets lists the files and sheets of a source that v may see, by name. Rows of
// attachments are listed under their mail folder.
func (s *Store) Sheets(ctx context.Context, v hub.Viewer, source hub.SourceID) ([]Sheet, error) {
	src, err := s.Source(ctx, source)
	if err != nil {
		return nil, err
	}
	if !v.Sees(src.Department) {
		return nil, fmt.Errorf("source %s: %w", source, ErrNotFound)
	}
	var out []Sheet
	rows, err := s.query(ctx, `SELECT r.scope, MIN(r.ref), MIN(r.id), f.nature, COUNT(*) FROM records r JOIN facts f ON f.record = r.id
		WHERE r.source = ? AND r.gone = 0 AND r.kind = 'row' GROUP BY r.scope, f.nature ORDER BY r.scope`+s.dialect.bytewise, int64(source))
	err = visit(rows, err, func(r *sql.Rows) error {
		var one Sheet
		var nature string
		if err := r.Scan(&one.Scope, &one.Ref, &one.Record, &nature, &one.Rows); err != nil {
			return err
		}
		if n := len(out); n > 0 && out[n-1].Scope == one.Scope {
			out[n-1].Natures[nature] = one.Rows
			out[n-1].Rows += one.Rows
			return nil
		}
		one.Natures = map[string]int{nature: one.Rows}
		out = append(out, one)
		return nil
	})
	return out, wrap(err, "sheets of %s", source)
}

// Headers returns the headers that stand over the cells of a few rows of a scope.
func (s *Store) Headers(ctx context.Context, source hub.SourceID, scope string) ([]string, error) {
	var headers []string
	rows, err := s.query(ctx, `SELECT c.body FROM records r JOIN contents c ON c.hash = r.hash
		WHERE r.source = ? AND r.scope = ? AND r.gone = 0 AND r.kind = 'row' LIMIT 20`, int64(source), scope)
	err = visit(rows, err, func(r *sql.Rows) error {
		var c hub.Content
		if err := r.Scan(document{&c}); err != nil {
			return err
		}
		for _, f := range c.Fields {
			if !slices.Contains(headers, f.Name) {
				headers = append(headers, f.Name)
			}
		}
		return nil
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return headers, wrap(err, "headers of %s", scope)
}

// Package store keeps the truth: sources, what was seen where, records, links,
// customers, users. One type serves SQLite and Postgres with one SQL text; the
// few differences are in dialect.go.
//
// # Tables
//
//	clock       one row: the last rev and the last id given out. Every write
//	            transaction that stamps a rev begins by raising it, which on
//	            Postgres also makes revs visible in order; SQLite has one writer.
//	sources     configured connectors, each with its lease (owner, epoch, until)
//	scopes      version last read of every sheet or mail folder
//	sightings   (source, scope, ref) → key, content hash, mark
//	sheets      (source, scope, ref) → what a sheet was taken for, and whether people are asked
//	contents    hash → what it says, JSON, immutable
//	loose       hashes that something ceased to refer to, for Purge
//	records     (source, key) → the content shown, rev, lost, gone
//	customers   those that were founded, and what became of them
//	faces       what each department knows of a customer
//	links       record → customer, linked or suggested, with evidence
//	facts       what counts of each record: what it is, sum, state, person
//	history     customer → the facts of its records, as the pages read them
//	rulings     what people said that the rows of a file are
//	decisions   what people said about links
//	traces      what the linker knows of each live record
//	postings    which records bear a key
//	teachings   what the records of a stratum and a department say of their customer
//	entries     what rows of official registers say of how numbers belong together
//	events      what happened to customers and links after they were first made
//	postponed   questions that somebody put off
//	cursors     how far each follower of the change sequence has come; "linked" is where Changes ends
//	problems    what could not be read, in words
//	erased      hashes of keys that must not come back
//	settings    named values, JSON
//	users       who may log in, and what they see
//	tokens      sessions, bearer tokens and login links, as hashes
//	attempts    failed logins, for the growing delay
//	searches    those that a user keeps
//	access_log  who looked at what, in a sealed chain
//	access_chain its two ends
//
// A record shows the newest of its sightings after every transaction (settle.go).
// Transactions lock the row of a source first, then clock, then the rest.
//
// Times are UTC milliseconds since 1970, sets are JSON text.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"samsyn/internal/hub"
	"samsyn/internal/store/fault"
)

var (
	// ErrNotFound: there is no such thing, or the viewer may not see it.
	ErrNotFound = hub.ErrNotFound
	// ErrBusy: another worker holds the lease of the source.
	ErrBusy = errors.New("source is being read by another worker")
	// ErrFenced: the lease was lost; another worker may have it.
	ErrFenced = errors.New("lease lost to another worker")
	// ErrUnderWay: records are being linked, so what a decision moves cannot be told apart.
	ErrUnderWay = errors.New("records are being linked")
	// ErrExists: the name is taken.
	ErrExists = errors.New("exists already")
	// ErrNewer: the store was migrated by a newer version of the program.
	ErrNewer = errors.New("the store belongs to a newer version of samsyn: upgrade this program")
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the truth, on SQLite or Postgres. It is safe for concurrent use.
type Store struct {
	r, w    *sql.DB // the same on Postgres; on SQLite many readers and one writer
	dialect dialect
	now     func() time.Time

	reads, writes *statements // kept on r and on w

	explain func(error) error           // says what to do about an error at the start
	rights  func(context.Context) error // whether every table may be read and written
}

// Open opens the store named by dsn, "sqlite:PATH" or "postgres://…", and
// brings its tables up to date.
func Open(ctx context.Context, dsn string) (*Store, error) {
	s := &Store{now: time.Now, explain: func(err error) error { return err }, rights: func(context.Context) error { return nil }}
	var err error
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		err = s.openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"))
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		err = s.openPostgres(ctx, dsn)
	default:
		return nil, fmt.Errorf("store %q: want sqlite:PATH or postgres://…", dsn)
	}
	if err != nil {
		return nil, fmt.Errorf("open store: %w", s.explain(err))
	}
	if err = s.migrate(ctx); err == nil {
		err = s.rights(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("migrate store: %w", s.explain(err)), s.Close())
	}
	return s, nil
}

// Close closes all connections.
func (s *Store) Close() error {
	if s.r == s.w {
		return s.w.Close()
	}
	return errors.Join(s.r.Close(), s.w.Close())
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.r.PingContext(ctx) }

// tx is a transaction. Queries are written with ? for both databases.
type tx struct {
	*sql.Tx
	d     dialect
	kept  *statements
	now   int64                // milliseconds
	ready map[string]*sql.Stmt // nil: run once so far
}

func (s *Store) transaction(t *sql.Tx, kept *statements) *tx {
	return &tx{t, s.dialect, kept, s.now().UnixMilli(), map[string]*sql.Stmt{}}
}

// prepared returns the statement for a query that is kept or that this transaction
// runs again, as those for many values are, nil for any other.
func (t *tx) prepared(ctx context.Context, q string) (*sql.Stmt, error) {
	stmt, again := t.ready[q]
	if stmt != nil || !t.d.prepares {
		return stmt, nil
	}
	if kept := t.kept.find(q); kept != nil {
		stmt = t.StmtContext(ctx, kept)
	} else if again {
		var err error
		if stmt, err = t.PrepareContext(ctx, t.d.rebind(q)); err != nil {
			return nil, err
		}
	}
	t.ready[q] = stmt
	return stmt, nil
}

// write runs f in a transaction on the write pool.
func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	if err := s.writes.prepare(ctx); err != nil {
		return err
	}
	t, err := s.w.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback()
	if err := f(s.transaction(t, s.writes)); err != nil {
		return err
	}
	return fault.Commit(ctx, t.Commit)
}

// read runs f on one snapshot of the read pool.
func (s *Store) read(ctx context.Context, f func(*tx) error) error {
	if err := s.reads.prepare(ctx); err != nil {
		return err
	}
	t, err := s.r.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer t.Rollback()
	return f(s.transaction(t, s.reads))
}

// stamp raises the clock and returns the transaction's rev. It is the first
// statement of a transaction that changes records or customers: on Postgres the
// row lock makes such transactions wait for each other, so that a reader never
// sees rev n+1 before rev n.
func (t *tx) stamp(ctx context.Context) (rev int64, err error) {
	err = t.get(ctx, "UPDATE clock SET rev = rev + 1 RETURNING rev", nil, &rev)
	return rev, err
}

// ids reserves n ids and returns the first.
func (t *tx) ids(ctx context.Context, n int) (first int64, err error) {
	var last int64
	err = t.get(ctx, "UPDATE clock SET last_id = last_id + ? RETURNING last_id", []any{n}, &last)
	return last - int64(n) + 1, err
}

func (t *tx) exec(ctx context.Context, q string, args ...any) (affected int64, err error) {
	if q, args, err = fault.Statement(ctx, q, texts(args)); err != nil {
		return 0, err
	}
	stmt, err := t.prepared(ctx, q)
	if err != nil {
		return 0, err
	}
	var res sql.Result
	if stmt != nil {
		res, err = stmt.ExecContext(ctx, args...)
	} else {
		res, err = t.ExecContext(ctx, t.d.rebind(q), args...)
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t *tx) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	q, args, err := fault.Statement(ctx, q, texts(args))
	if err != nil {
		return nil, err
	}
	stmt, err := t.prepared(ctx, q)
	if err != nil {
		return nil, err
	}
	if stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return t.QueryContext(ctx, t.d.rebind(q), args...)
}

// get scans the single row that q selects; sql.ErrNoRows if there is none.
func (t *tx) get(ctx context.Context, q string, args []any, dest ...any) error {
	q, args, err := fault.Statement(ctx, q, texts(args))
	if err != nil {
		return err
	}
	stmt, err := t.prepared(ctx, q)
	if err != nil {
		return err
	}
	if stmt != nil {
		return stmt.QueryRowContext(ctx, args...).Scan(dest...)
	}
	return t.QueryRowContext(ctx, t.d.rebind(q), args...).Scan(dest...)
}

// each calls scan for every row of q.
func (t *tx) each(ctx context.Context, scan func(*sql.Rows) error, q string, args ...any) error {
	rows, err := t.query(ctx, q, args...)
	return visit(rows, err, scan)
}

// eachOf runs q, which ends in an IN list written %s, over values in as few
// statements as the database allows. args stand before the list.
func eachOf[T any](ctx context.Context, t *tx, values []T, scan func(*sql.Rows) error, q string, args ...any) error {
	for part := range slices.Chunk(values, t.d.maxArgs-len(args)) {
		err := t.each(ctx, scan, fmt.Sprintf(q, "("+marks(len(part))+")"), append(args[:len(args):len(args)], list(part)...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// execOf is eachOf for statements that return no rows.
func execOf[T any](ctx context.Context, t *tx, values []T, q string, args ...any) error {
	for part := range slices.Chunk(values, t.d.maxArgs-len(args)) {
		_, err := t.exec(ctx, fmt.Sprintf(q, "("+marks(len(part))+")"), append(args[:len(args):len(args)], list(part)...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

func visit(rows *sql.Rows, err error, scan func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func found(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// insert writes many rows with as few statements as the database allows.
// head is "INSERT INTO t (a, b)", tail an ON CONFLICT clause or "".
func (t *tx) insert(ctx context.Context, head string, rows [][]any, tail string) error {
	for len(rows) > 0 {
		n := min(len(rows), t.d.maxArgs/len(rows[0]))
		one := "(" + marks(len(rows[0])) + ")"
		q := head + " VALUES " + strings.Repeat(one+",", n-1) + one + " " + tail
		args := make([]any, 0, n*len(rows[0]))
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if _, err := t.exec(ctx, q, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// query reads outside a transaction.
func (s *Store) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	args = texts(args)
	stmt, err := s.kept(ctx, q)
	if err != nil {
		return nil, err
	}
	if stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return s.r.QueryContext(ctx, s.dialect.rebind(q), args...)
}

func (s *Store) get(ctx context.Context, q string, args []any, dest ...any) error {
	args = texts(args)
	stmt, err := s.kept(ctx, q)
	if err != nil {
		return err
	}
	if stmt != nil {
		return found(stmt.QueryRowContext(ctx, args...).Scan(dest...))
	}
	return found(s.r.QueryRowContext(ctx, s.dialect.rebind(q), args...).Scan(dest...))
}

// kept returns the statement for what is read outside a transaction, nil if none is kept.
func (s *Store) kept(ctx context.Context, q string) (*sql.Stmt, error) {
	if err := s.reads.prepare(ctx); err != nil {
		return nil, err
	}
	return s.reads.find(q), nil
}

// texts returns args with every text among them as both databases store it: what
// people ask for may hold anything, and Postgres would refuse it.
func texts(args []any) []any {
	var out []any // a copy, once it is needed
	for i, a := range args {
		if s, ok := a.(string); ok && !storable(s) {
			if out == nil {
				out = slices.Clone(args)
			}
			out[i] = plain(s)
		}
	}
	if out == nil {
		return args
	}
	return out
}

// storable reports whether both databases take s as text: valid UTF-8 without NUL.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// plain is s as both databases store it.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// marks returns "?,?,?" for an IN list or a row of VALUES.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// list turns values into arguments.
func list[T any](vs []T) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = v
	}
	return out
}

// millis stores a time; the zero time is NULL.
func millis(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{} // equal to what is read back
	}
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: true}
}

// when reads what millis stored.
func when(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// moment scans what millis stored.
type moment struct{ *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(v any) error {
	var ms sql.NullInt64
	if err := ms.Scan(v); err != nil {
		return err
	}
	*m.Time = when(ms)
	return nil
}

// statement is SQL with its arguments.
type statement struct {
	q    string
	args []any
}

func stmt(q string, args ...any) statement { return statement{q, args} }

// all runs statements one after the other.
func (t *tx) all(ctx context.Context, statements ...statement) error {
	for _, s := range statements {
		if _, err := t.exec(ctx, s.q, s.args...); err != nil {
			return err
		}
	}
	return nil
}

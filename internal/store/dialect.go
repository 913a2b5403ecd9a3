package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"runtime"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"
)

// dialect is all in which the two databases differ.
type dialect struct {
	name     string
	maxArgs  int // bound parameters in one statement; where it prepares, few, so that many values make one statement again and again
	numbered bool
	prepares bool   // parsing a statement costs as much as running it, and preparing it no round trip
	advisory bool   // several processes may open it at once, and it can lock by number
	bytewise string // what to write after ORDER BY text so that both sort alike
	goose    goose.Dialect
}

var (
	sqlite   = dialect{name: "sqlite", maxArgs: 600, prepares: true, goose: goose.DialectSQLite3}
	postgres = dialect{name: "postgres", maxArgs: 16_000, numbered: true, advisory: true, bytewise: ` COLLATE "C"`, goose: goose.DialectPostgres}
)

// rebind writes ? as $1, $2, … where the database wants it so. Our SQL holds no
// question mark inside a literal.
func (d dialect) rebind(q string) string {
	if !d.numbered {
		return q
	}
	var b strings.Builder
	n := 0
	for _, c := range q {
		if c != '?' {
			b.WriteRune(c)
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

func (s *Store) openSQLite(ctx context.Context, path string) (err error) {
	s.dialect = sqlite
	open := func(max int, extra string) (*sql.DB, error) {
		q := "?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(15000)&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)" + extra
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+q)
		if err == nil {
			db.SetMaxOpenConns(max)
			db.SetMaxIdleConns(max) // to open one again is to read the whole schema
			err = db.PingContext(ctx)
		}
		return db, err
	}
	if s.w, err = open(1, "&_txlock=immediate&_pragma=cache_size(-32768)&_pragma=wal_autocheckpoint(8000)"); err != nil {
		return err
	}
	if s.r, err = open(max(4, runtime.NumCPU()), "&_pragma=query_only(1)"); err != nil {
		return err
	}
	s.reads, s.writes = keep(s.r), keep(s.w)
	return nil
}

func (s *Store) openPostgres(ctx context.Context, dsn string) error {
	s.dialect = postgres
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	// Our statements with long lists are seldom the same twice, and a plan made
	// while a table was small must not be kept for when it is large: no
	// statement is prepared for later.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(8)
	s.r, s.w = db, db
	s.explain = func(err error) error { return explain(cfg, err) }
	s.rights = func(ctx context.Context) error { return s.tableRights(ctx, cfg.User) }
	return db.PingContext(ctx)
}

// migrate brings the tables up to date. Processes that start together do so one
// after the other.
func (s *Store) migrate(ctx context.Context) error {
	if s.dialect.advisory {
		const ours = 7_367_271 // any number that all of us know
		conn, err := s.w.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", ours); err != nil {
			return err
		}
		defer conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", ours)
	}
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(s.dialect.goose, s.w, dir)
	if err != nil {
		return err
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	all := p.ListSources()
	if want := all[len(all)-1].Version; have > want {
		return fmt.Errorf("%w (it is at %d, this program knows %d)", ErrNewer, have, want)
	}
	_, err = p.Up(ctx)
	if errors.Is(err, goose.ErrNoNextVersion) {
		return nil
	}
	return err
}

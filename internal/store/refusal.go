package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE codes that an operator can do something about (PostgreSQL, appendix A).
const (
	wrongPassword  = "28P01"
	wrongLogin     = "28000"
	noDatabase     = "3D000"
	noRights       = "42501"
	tooManyClients = "53300"
)

// explain turns what Postgres or the network answers at the start into a
// sentence that says what to do; other errors stay as they are. The DSN is not
// repeated: it holds the password.
func explain(cfg *pgx.ConnConfig, err error) error {
	at := fmt.Sprintf("%s:%d", cfg.Host, cfg.Port)
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case wrongPassword, wrongLogin:
			return fmt.Errorf("the Postgres server at %s refuses the user %s: correct user and password in the setting store (%s)", at, cfg.User, pg.Message)
		case noDatabase:
			return fmt.Errorf("the Postgres server at %s has no database %s: make it with: createdb --owner %s %s", at, cfg.Database, cfg.User, cfg.Database)
		case noRights:
			return fmt.Errorf("the Postgres user %s lacks rights in the database %s (%s): make it the owner with: ALTER DATABASE %s OWNER TO %s",
				cfg.User, cfg.Database, pg.Message, quoted(cfg.Database), quoted(cfg.User))
		case tooManyClients:
			return fmt.Errorf("the Postgres server at %s takes no more connections: raise max_connections, 20 for each samsyn process (%s)", at, pg.Message)
		}
		return err
	}
	var network net.Error
	if errors.As(err, &network) {
		return fmt.Errorf("no Postgres server answers at %s: start it, or correct the setting store (%v)", at, network)
	}
	return err
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// tableRights refuses a Postgres user who may not read and write every table: it
// would be noticed in the middle of the work otherwise.
func (s *Store) tableRights(ctx context.Context, user string) error {
	var lacking []string
	rows, err := s.query(ctx, `SELECT DISTINCT tablename FROM pg_tables, (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS r (may)
		WHERE schemaname = current_schema() AND NOT has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), may)`)
	err = visit(rows, err, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		lacking = append(lacking, name)
		return err
	})
	if err != nil || len(lacking) == 0 {
		return err
	}
	slices.Sort(lacking)
	return fmt.Errorf("the Postgres user %s may not read and write the tables %s: give it the rights with: GRANT ALL ON ALL TABLES IN SCHEMA public TO %s",
		user, strings.Join(lacking, ", "), quoted(user))
}

package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"samsyn/internal/hub"
)

// User is a person, or a program, that logs in.
type User struct {
	Name        string    `json:"name"`             // as typed at login, lower case
	Role        string    `json:"role"`             // one of hub.UserRoles
	All         bool      `json:"all"`              // sees every department
	Departments []string  `json:"departments"`      // else these
	Language    string    `json:"language"`         // BCP 47, "" follows the browser
	Theme       string    `json:"theme"`            // light or dark, "" follows the system
	Created     time.Time `json:"created,omitzero"` // UTC
	Seen        time.Time `json:"seen,omitzero"`    // last request, to within some minutes
}

// Viewer is the user as a parameter of reads.
func (u User) Viewer() hub.Viewer {
	return hub.Viewer{User: u.Name, Role: u.Role, All: u.All, Departments: u.Departments}
}

// Kinds of tokens.
const (
	TokenSession = "session" // in a cookie of a browser
	TokenBearer  = "bearer"  // in the header of a program
	TokenLink    = "link"    // in a login link, used once
)

// Token stands for a user. The secret itself is known to its bearer alone.
type Token struct {
	ID      int64     `json:"id"`
	User    string    `json:"user"`
	Kind    string    `json:"kind"`
	Label   string    `json:"label"`
	Hash    string    `json:"-"` // SHA-256 of the secret, hexadecimal
	Created time.Time `json:"created,omitzero"`
	Seen    time.Time `json:"seen,omitzero"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
}

const userColumns = "u.name, u.role, u.all_departments, u.departments, u.language, u.theme, u.created, u.seen"

// AddUser adds u with the hash of its password, "" for none. ErrExists: the name is taken.
func (s *Store) AddUser(ctx context.Context, u User, password string) error {
	departments, err := json.Marshal(u.Departments)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `INSERT INTO users (name, role, all_departments, departments, language, theme, password, created)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`,
			u.Name, u.Role, flag(u.All), string(departments), u.Language, u.Theme, password, t.now)
		if err == nil && n == 0 {
			err = ErrExists
		}
		return err
	})
	return wrap(err, "add user %s", u.Name)
}

// ChangeUser lets change alter role, departments, language and theme of the user,
// saves them unless it returns an error, and returns the user. Changes of a user
// wait for each other. password is the hash of a new one, "" if it stays.
func (s *Store) ChangeUser(ctx context.Context, name, password string, change func(*User) error) (u User, err error) {
	err = s.write(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "UPDATE users SET role = role WHERE name = ?", name); err != nil { // locks the row
			return err
		}
		if err := t.get(ctx, "SELECT "+userColumns+" FROM users u WHERE u.name = ?", []any{name}, u.scan()...); err != nil {
			return found(err)
		}
		if err := change(&u); err != nil {
			return err
		}
		departments, err := json.Marshal(u.Departments)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, "UPDATE users SET role = ?, all_departments = ?, departments = ?, language = ?, theme = ? WHERE name = ?",
			u.Role, flag(u.All), string(departments), u.Language, u.Theme, name)
		if err == nil && password != "" {
			err = t.setPassword(ctx, name, password)
		}
		return err
	})
	return u, wrap(err, "change user %s", name)
}

// SetLooks changes language and theme of the user, and nothing else.
func (s *Store) SetLooks(ctx context.Context, name, language, theme string) error {
	return wrap(s.one(ctx, "UPDATE users SET language = ?, theme = ? WHERE name = ?", language, theme, name), "looks of user %s", name)
}

// SetPassword replaces the password hash and ends every session of the user.
func (s *Store) SetPassword(ctx context.Context, name, password string) error {
	return wrap(s.write(ctx, func(t *tx) error { return t.setPassword(ctx, name, password) }), "set password of %s", name)
}

func (t *tx) setPassword(ctx context.Context, name, password string) error {
	n, err := t.exec(ctx, "UPDATE users SET password = ? WHERE name = ?", password, name)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "DELETE FROM tokens WHERE owner = ? AND kind <> ?", name, TokenBearer)
	return err
}

// RemoveUser removes the user with all tokens.
func (s *Store) RemoveUser(ctx context.Context, name string) error {
	return wrap(s.one(ctx, "DELETE FROM users WHERE name = ?", name), "remove user %s", name)
}

// User finds a user by name.
func (s *Store) User(ctx context.Context, name string) (User, error) {
	var u User
	err := s.get(ctx, "SELECT "+userColumns+" FROM users u WHERE u.name = ?", []any{name}, u.scan()...)
	return u, wrap(err, "user %s", name)
}

// Users lists all users by name.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	users := []User{}
	rows, err := s.query(ctx, "SELECT "+userColumns+" FROM users u ORDER BY u.name"+s.dialect.bytewise)
	err = visit(rows, err, func(r *sql.Rows) error {
		users = append(users, User{})
		return r.Scan(users[len(users)-1].scan()...)
	})
	return users, wrap(err, "users")
}

// Password returns the password hash of the user.
func (s *Store) Password(ctx context.Context, name string) (hash string, err error) {
	err = s.get(ctx, "SELECT password FROM users WHERE name = ?", []any{name}, &hash)
	return hash, wrap(err, "password of %s", name)
}

// AddToken keeps a token and returns its id. Tokens that have expired and old
// failed logins are swept out on the way.
func (s *Store) AddToken(ctx context.Context, token Token) (id int64, err error) {
	err = s.write(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "DELETE FROM tokens WHERE expires <= ?", t.now); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "DELETE FROM attempts WHERE last < ?", t.now-(24*time.Hour).Milliseconds()); err != nil {
			return err
		}
		if id, err = t.ids(ctx, 1); err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO tokens (id, hash, owner, kind, label, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			id, token.Hash, token.User, token.Kind, token.Label, t.now, millis(token.Expires))
		return err
	})
	return id, wrap(err, "add a token of %s", token.User)
}

// Token finds the token of that kind and hash, and its user. ErrNotFound: there
// is none, or it has expired.
func (s *Store) Token(ctx context.Context, kind, hash string) (Token, User, error) {
	var u User
	k := Token{Hash: hash}
	q := "SELECT " + tokenColumns + ", " + userColumns + ` FROM tokens k JOIN users u ON u.name = k.owner
		WHERE k.hash = ? AND k.kind = ? AND (k.expires IS NULL OR k.expires > ?)`
	err := s.get(ctx, q, []any{hash, kind, s.now().UnixMilli()}, append(k.scan(), u.scan()...)...)
	return k, u, wrap(err, "token")
}

// UseToken notes that the token was used now and expires at the given time.
func (s *Store) UseToken(ctx context.Context, token Token) error {
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "UPDATE tokens SET seen = ?, expires = ? WHERE id = ?", t.now, millis(token.Expires), token.ID); err != nil {
			return err
		}
		_, err := t.exec(ctx, "UPDATE users SET seen = ? WHERE name = ?", t.now, token.User)
		return err
	})
	return wrap(err, "use a token of %s", token.User)
}

// TakeToken removes the token of that kind and hash and returns its user: of
// several that try, one gets it.
func (s *Store) TakeToken(ctx context.Context, kind, hash string) (User, error) {
	var name string
	err := s.write(ctx, func(t *tx) error {
		return t.get(ctx, "DELETE FROM tokens WHERE hash = ? AND kind = ? AND (expires IS NULL OR expires > ?) RETURNING owner",
			[]any{hash, kind, t.now}, &name)
	})
	if err != nil {
		return User{}, fmt.Errorf("take a token: %w", found(err))
	}
	return s.User(ctx, name)
}

// Tokens lists the user's tokens of a kind, newest first.
func (s *Store) Tokens(ctx context.Context, user, kind string) ([]Token, error) {
	rows, err := s.query(ctx, "SELECT "+tokenColumns+" FROM tokens k WHERE k.owner = ? AND k.kind = ? ORDER BY k.id DESC", user, kind)
	tokens := []Token{}
	err = visit(rows, err, func(r *sql.Rows) error {
		tokens = append(tokens, Token{})
		return r.Scan(tokens[len(tokens)-1].scan()...)
	})
	return tokens, wrap(err, "tokens of %s", user)
}

// RemoveToken removes a token of the user.
func (s *Store) RemoveToken(ctx context.Context, user string, id int64) error {
	return wrap(s.one(ctx, "DELETE FROM tokens WHERE owner = ? AND id = ?", user, id), "remove token %d of %s", id, user)
}

// Attempt counts an attempt to log in for each of the subjects, accounts or
// addresses, as failed: ClearFailures takes a success back. After n failures in a
// row a subject waits for delay(n); while one does, nothing is counted, and the
// longest wait is returned. Attempts at once wait for each other, so that none is
// made that the count of the others forbids.
func (s *Store) Attempt(ctx context.Context, delay func(n int) time.Duration, subjects ...string) (wait time.Duration, err error) {
	waits := errors.New("wait first") // leaves the counts as they were
	err = s.write(ctx, func(t *tx) error {
		rows := make([][]any, len(subjects))
		for i, subject := range subjects {
			rows[i] = []any{subject, 0, t.now}
		}
		err := t.insert(ctx, "INSERT INTO attempts (subject, failures, last)", rows, "ON CONFLICT (subject) DO UPDATE SET failures = attempts.failures") // locks the rows
		if err != nil {
			return err
		}
		in := " WHERE subject IN (" + marks(len(subjects)) + ")"
		err = t.each(ctx, func(r *sql.Rows) error {
			var n int
			var last time.Time
			err := r.Scan(&n, moment{&last})
			if d := delay(n); d > 0 { // last may be later than now: others came first
				wait = max(wait, min(d, last.Add(d).Sub(time.UnixMilli(t.now))))
			}
			return err
		}, "SELECT failures, last FROM attempts"+in, list(subjects)...)
		if err == nil && wait > 0 {
			err = waits
		}
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, "UPDATE attempts SET failures = failures + 1, last = ?"+in, append([]any{t.now}, list(subjects)...)...)
		return err
	})
	if errors.Is(err, waits) {
		return wait, nil
	}
	return 0, wrap(err, "count an attempt to log in")
}

// ClearFailures forgets the failed logins of the subjects.
func (s *Store) ClearFailures(ctx context.Context, subjects ...string) error {
	err := s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "DELETE FROM attempts WHERE subject IN ("+marks(len(subjects))+")", list(subjects)...)
		return err
	})
	return wrap(err, "clear failed logins")
}

// one runs a statement that must hit a row.
func (s *Store) one(ctx context.Context, q string, args ...any) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(ctx, q, args...)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
}

const tokenColumns = "k.id, k.owner, k.kind, k.label, k.created, k.seen, k.expires"

func (k *Token) scan() []any {
	return []any{&k.ID, &k.User, &k.Kind, &k.Label, moment{&k.Created}, moment{&k.Seen}, moment{&k.Expires}}
}

func (u *User) scan() []any {
	return []any{&u.Name, &u.Role, &u.All, document{&u.Departments}, &u.Language, &u.Theme, moment{&u.Created}, moment{&u.Seen}}
}

// document scans JSON text.
type document struct{ into any }

// Scan implements sql.Scanner.
func (d document) Scan(v any) error {
	var text []byte
	switch v := v.(type) {
	case nil:
	case []byte:
		text = v // json keeps none of it
	case string:
		text = []byte(v)
	default:
		return fmt.Errorf("a document is text, not %T", v)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	return json.Unmarshal(text, d.into)
}

// wrap adds operation and subject to err, nil stays nil.
func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

package store

import (
	"context"
	"database/sql"
	"time"
)

// SavedSearch is a search that a user keeps.
type SavedSearch struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Query   string    `json:"query"` // as in the address of the search page
	Above   int64     `json:"-"`     // number of the last record found when the user looked: those above are new
	Created time.Time `json:"created"`
}

// SaveSearch keeps a search of the user, and returns its id. One that the user
// keeps already gets the new name.
func (s *Store) SaveSearch(ctx context.Context, user string, search SavedSearch) (id int64, err error) {
	err = s.write(ctx, func(t *tx) error {
		if id, err = t.ids(ctx, 1); err != nil {
			return err
		}
		return t.get(ctx, `INSERT INTO searches (id, owner, name, query, above, created) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (owner, query) DO UPDATE SET name = excluded.name RETURNING id`,
			[]any{id, user, search.Name, search.Query, search.Above, t.now}, &id)
	})
	return id, wrap(err, "save a search of %s", user)
}

// SavedSearches lists what the user keeps, by name.
func (s *Store) SavedSearches(ctx context.Context, user string) ([]SavedSearch, error) {
	found := []SavedSearch{}
	rows, err := s.query(ctx, "SELECT id, name, query, above, created FROM searches WHERE owner = ? ORDER BY name"+s.dialect.bytewise+", id", user)
	err = visit(rows, err, func(r *sql.Rows) error {
		var one SavedSearch
		err := r.Scan(&one.ID, &one.Name, &one.Query, &one.Above, moment{&one.Created})
		found = append(found, one)
		return err
	})
	return found, wrap(err, "saved searches of %s", user)
}

// SearchSeen notes that the user has seen all records of the search up to above.
func (s *Store) SearchSeen(ctx context.Context, user string, id, above int64) error {
	return wrap(s.one(ctx, "UPDATE searches SET above = ? WHERE owner = ? AND id = ?", above, user, id), "saved search %d", id)
}

// RemoveSearch forgets a search. ErrNotFound: the user keeps none with that id.
func (s *Store) RemoveSearch(ctx context.Context, user string, id int64) error {
	return wrap(s.one(ctx, "DELETE FROM searches WHERE owner = ? AND id = ?", user, id), "saved search %d", id)
}

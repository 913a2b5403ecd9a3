package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"samsyn/internal/hub"
)

// MovedError says that a customer was merged into another.
type MovedError struct{ To hub.CustomerID }

func (e *MovedError) Error() string { return "merged into " + e.To.String() }

// ErrCursor: the page cursor was not made by this program.
var ErrCursor = fmt.Errorf("the cursor is not one that this list gave out")

// Customer returns the customer with the faces that v may see. ErrNotFound:
// there is none, or v sees none of its faces; *MovedError: it was merged into
// one that v may see, and a department that v sees knew it.
func (s *Store) Customer(ctx context.Context, v hub.Viewer, id hub.CustomerID) (*hub.Customer, error) {
	living, err := s.living(ctx, id)
	if err != nil {
		return nil, wrap(err, "customer %s", id)
	}
	found, err := s.CustomersByID(ctx, v, []hub.CustomerID{living})
	if err != nil {
		return nil, err
	}
	c := found[living]
	if c != nil && living == id {
		return c, nil
	}
	knew := false
	if c != nil {
		if knew, err = s.knew(ctx, v, id); err != nil {
			return nil, wrap(err, "customer %s", id)
		}
	}
	if !knew {
		return nil, fmt.Errorf("customer %s: %w", id, ErrNotFound)
	}
	return nil, fmt.Errorf("customer %s: %w", id, &MovedError{To: living})
}

// knew reports whether a department that v sees knew the customer before it was
// merged into another.
func (s *Store) knew(ctx context.Context, v hub.Viewer, id hub.CustomerID) (bool, error) {
	var departments []string
	err := s.get(ctx, "SELECT known_to FROM customers WHERE id = ?", []any{int64(id)}, document{&departments})
	return v.All || slices.ContainsFunc(departments, v.Sees), err
}

// living follows merges to their end. A ring, which no merge makes, ends the search.
func (s *Store) living(ctx context.Context, id hub.CustomerID) (hub.CustomerID, error) {
	seen := map[hub.CustomerID]bool{}
	for !seen[id] {
		seen[id] = true
		var into, gone int64
		err := s.get(ctx, "SELECT COALESCE(merged_into, 0), gone FROM customers WHERE id = ?", []any{int64(id)}, &into, &gone)
		switch {
		case err != nil:
			return 0, err
		case into != 0:
			id = hub.CustomerID(into)
		case gone != 0:
			return 0, ErrNotFound
		default:
			return id, nil
		}
	}
	return 0, ErrNotFound
}

// CustomersByID returns those of the customers of which v may see a face, each
// with the faces v may see, the best first: one with the name of an official register, else of those who know a name the one with most records.
func (s *Store) CustomersByID(ctx context.Context, v hub.Viewer, ids []hub.CustomerID) (map[hub.CustomerID]*hub.Customer, error) {
	found := map[hub.CustomerID]*hub.Customer{}
	for chunk := range slices.Chunk(ids, 1000) {
		if err := s.addFaces(ctx, v, chunk, found); err != nil {
			return nil, fmt.Errorf("customers: %w", err)
		}
	}
	for _, c := range found {
		c.Name = c.Faces[0].Name
	}
	return found, nil
}

func (s *Store) addFaces(ctx context.Context, v hub.Viewer, ids []hub.CustomerID, found map[hub.CustomerID]*hub.Customer) error {
	where, args := visible(v, "f.department")
	rows, err := s.query(ctx, `SELECT c.id, c.rev, f.department, f.name, f.named, f.official, f.names, f.idents, f.records, f.last
		FROM customers c JOIN faces f ON f.customer = c.id
		WHERE c.gone = 0 AND c.merged_into IS NULL AND c.id IN (`+marks(len(ids))+`) AND `+where+`
		ORDER BY f.official DESC, f.named DESC, f.records DESC, f.department`, append(numbers(ids), args...)...)
	return visit(rows, err, func(r *sql.Rows) error {
		var c hub.Customer
		var f hub.Face
		if err := r.Scan(&c.ID, &c.Rev, &f.Department, &f.Name, &f.Named, &f.Official, document{&f.Names}, document{&f.Idents}, &f.Records, moment{&f.Last}); err != nil {
			return err
		}
		if found[c.ID] == nil {
			found[c.ID] = &c
		}
		found[c.ID].Faces = append(found[c.ID].Faces, f)
		return nil
	})
}

// CustomerNames returns the names of those of the customers that v may see.
func (s *Store) CustomerNames(ctx context.Context, v hub.Viewer, ids []hub.CustomerID) (map[hub.CustomerID]string, error) {
	names := map[hub.CustomerID]string{}
	where, visibleArgs := visible(v, "f.department")
	for chunk := range slices.Chunk(ids, 1000) {
		q := `SELECT f.customer, f.name FROM faces f WHERE f.customer IN (` + marks(len(chunk)) + `) AND ` + where + `
			ORDER BY f.official, f.named, f.records, f.department DESC`
		rows, err := s.query(ctx, q, append(numbers(chunk), visibleArgs...)...)
		err = visit(rows, err, func(r *sql.Rows) error {
			var id hub.CustomerID
			var name string
			err := r.Scan(&id, &name)
			names[id] = name // the best face comes last
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("customer names: %w", err)
		}
	}
	return names, nil
}

// Customers lists the ids of customers that v may see, by name, those after the
// first offset. words, folded, are beginnings of words that a name has all of; ""
// lists all. total counts them all.
func (s *Store) Customers(ctx context.Context, v hub.Viewer, words string, offset, limit int) (ids []hub.CustomerID, total int, err error) {
	where, args := visible(v, "f.department")
	from := ` FROM faces f JOIN customers c ON c.id = f.customer WHERE c.gone = 0 AND c.merged_into IS NULL AND ` + where
	for i, word := range strings.Fields(words) {
		if i == maxNameWords {
			break
		}
		from += ` AND ' ' || f.folded LIKE ? ESCAPE '\'`
		args = append(args, "% "+likeEscaper.Replace(word)+"%")
	}
	if err := s.get(ctx, "SELECT COUNT(DISTINCT f.customer)"+from, args, &total); err != nil {
		return nil, 0, fmt.Errorf("count customers: %w", err)
	}
	q := "SELECT f.customer, MIN(f.folded)" + from + " GROUP BY f.customer ORDER BY MIN(f.folded)" + s.dialect.bytewise + ", f.customer LIMIT ? OFFSET ?"
	rows, err := s.query(ctx, q, append(args, limit, offset)...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var id hub.CustomerID
		var folded string
		err := r.Scan(&id, &folded)
		ids = append(ids, id)
		return err
	})
	return ids, total, wrap(err, "customers")
}

// maxNameWords bounds what a list of customers costs; names have fewer words.
const maxNameWords = 12

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// undated sorts records without a date behind all others.
const undated = "-4000000000000000000"

// A cursor names the last record of a page by time and id.
func formatCursor(at, id int64) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", at, id))
}

func parseCursor(text string) (at, id int64, err error) {
	if text == "" {
		return 1<<62 - 1, 1<<62 - 1, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	first, second, found := strings.Cut(string(raw), ".")
	if err != nil || !found {
		return 0, 0, ErrCursor
	}
	at, err1 := strconv.ParseInt(first, 10, 64)
	id, err2 := strconv.ParseInt(second, 10, 64)
	if err1 != nil || err2 != nil {
		return 0, 0, ErrCursor
	}
	return at, id, nil
}

// Copies returns, for each of the records that v may see and that is a mail
// lying in other mailboxes too, the ids of all its copies that v may see,
// itself among them, in order.
func (s *Store) Copies(ctx context.Context, v hub.Viewer, ids []hub.RecordID) (map[hub.RecordID][]hub.RecordID, error) {
	copies := map[hub.RecordID][]hub.RecordID{}
	where, visibleArgs := visible(v, "s.department")
	for chunk := range slices.Chunk(ids, 1000) {
		q := `SELECT r.id, c.id FROM records r JOIN records c ON c.key = r.key AND c.kind = 'mail' JOIN sources s ON s.id = c.source
			WHERE r.kind = 'mail' AND c.gone = 0 AND r.id IN (` + marks(len(chunk)) + `) AND ` + where + ` ORDER BY c.id`
		rows, err := s.query(ctx, q, append(numbers(chunk), visibleArgs...)...)
		err = visit(rows, err, func(r *sql.Rows) error {
			var id, other hub.RecordID
			err := r.Scan(&id, &other)
			copies[id] = append(copies[id], other)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("copies: %w", err)
		}
	}
	for id, all := range copies {
		if len(all) < 2 || !slices.Contains(all, id) {
			delete(copies, id)
		}
	}
	return copies, nil
}

// Departments lists the departments that have a source and that v may see, by name.
func (s *Store) Departments(ctx context.Context, v hub.Viewer) ([]string, error) {
	departments := []string{}
	where, args := visible(v, "s.department")
	rows, err := s.query(ctx, "SELECT s.department FROM sources s WHERE s.removed IS NULL AND "+where+
		" GROUP BY s.department ORDER BY s.department"+s.dialect.bytewise, args...)
	err = visit(rows, err, func(r *sql.Rows) error {
		departments = append(departments, "")
		return r.Scan(&departments[len(departments)-1])
	})
	return departments, wrap(err, "departments")
}

// DepartmentOrder lists all departments that ever had a source, in the order in
// which they came: the place of one never changes.
func (s *Store) DepartmentOrder(ctx context.Context) (departments []string, err error) {
	rows, err := s.query(ctx, "SELECT department FROM sources GROUP BY department ORDER BY MIN(id)")
	err = visit(rows, err, func(r *sql.Rows) error {
		departments = append(departments, "")
		return r.Scan(&departments[len(departments)-1])
	})
	return departments, wrap(err, "order of departments")
}

// visible is the condition that v may see the department in the column.
func visible(v hub.Viewer, column string) (where string, args []any) {
	switch {
	case v.All:
		return "1 = 1", nil
	case len(v.Departments) == 0:
		return "1 = 0", nil
	}
	return column + " IN (" + marks(len(v.Departments)) + ")", list(v.Departments)
}

// numbers turns ids into arguments.
func numbers[T ~int64](ids []T) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

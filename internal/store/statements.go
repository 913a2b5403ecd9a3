package store

import (
	"context"
	"database/sql"
	"sync"
)

// Bounds of what is kept prepared. A statement with a long list of values seldom
// comes twice with as many.
const (
	keptStatements = 250
	keptLength     = 1500   // bytes of SQL
	countedAtMost  = 10_000 // statements of which it is known that they came once
)

// statements keeps prepared, from one transaction to the next, what is asked
// again and again of an SQLite database.
type statements struct {
	db    *sql.DB
	mu    sync.Mutex
	ready map[string]*sql.Stmt
	came  map[string]bool // once so far
	due   []string        // came again and are to be prepared
}

// keep returns the statements of a database. nil keeps none.
func keep(db *sql.DB) *statements {
	return &statements{db: db, ready: map[string]*sql.Stmt{}, came: map[string]bool{}}
}

// find returns the statement for q if it is kept, and notes that it came.
func (k *statements) find(q string) *sql.Stmt {
	if k == nil || len(q) > keptLength {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	stmt := k.ready[q]
	switch {
	case stmt != nil || len(k.ready)+len(k.due) >= keptStatements:
	case k.came[q]:
		delete(k.came, q)
		k.due = append(k.due, q)
	case len(k.came) < countedAtMost:
		k.came[q] = true
	}
	return stmt
}

// prepare prepares what has come again. It must not be called by one who holds
// a connection, since there may be only one.
func (k *statements) prepare(ctx context.Context) error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	due := k.due
	k.due = nil
	k.mu.Unlock()
	for _, q := range due {
		stmt, err := k.db.PrepareContext(ctx, q)
		if err != nil {
			return err
		}
		k.mu.Lock()
		if had := k.ready[q]; had != nil { // it came twice more meanwhile
			had, stmt = stmt, had
			defer had.Close()
		}
		k.ready[q] = stmt
		k.mu.Unlock()
	}
	return nil
}

package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samsyn/internal/store"
)

// TestTablesAreToldTrue compares the tables that the package comment lists with
// those that there are.
func TestTablesAreToldTrue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "samsyn.db")
	s, err := store.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	text, err := os.ReadFile("store.go")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "//\t"); ok && !strings.HasPrefix(rest, " ") {
			told[strings.Fields(rest)[0]] = true
		}
	}
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if !told[name] {
			t.Errorf("the package comment does not say what the table %s is for", name)
		}
		delete(told, name)
	}
	for name := range told {
		t.Errorf("the package comment tells of a table %s, which is not there", name)
	}
}

package store_test

import (
	"context"
	"testing"

	"samsyn/internal/store"
	"samsyn/internal/store/storetest"
	"samsyn/internal/testenv"
)

// databases opens a fresh store on each of the two.
var databases = map[string]func(testing.TB) *store.Store{
	"sqlite":   func(t testing.TB) *store.Store { return open(t, "sqlite:"+t.TempDir()+"/a b.db") },
	"postgres": func(t testing.TB) *store.Store { return open(t, testenv.Postgres(t)) },
}

func open(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) { storetest.Run(t, open) })
	}
}

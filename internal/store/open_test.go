package store

import (
	"context"
	"testing"
)

func TestOpen(t *testing.T) {
	s, err := Open(context.Background(), "sqlite:"+t.TempDir()+"/a b.db")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"samsyn/internal/hub"
)

func TestBreakLeasesFreesTheSourceAndFencesTheOldLook(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, "sqlite:"+t.TempDir()+"/a.db")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id, err := s.AddSource(ctx, hub.Source{Name: "x", Kind: "folder", Department: "Sales"})
	if err != nil {
		t.Fatal(err)
	}
	old, err := s.BeginSync(ctx, id, "w", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.BreakLeases(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BeginSync(ctx, id, "w", time.Hour); err != nil {
		t.Errorf("the source is still taken: %v", err)
	}
	if err := old.Done(ctx, hub.Scope{Name: "s"}, nil); !errors.Is(err, ErrFenced) {
		t.Errorf("the old look goes on: %v", err)
	}
}

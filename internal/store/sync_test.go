package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"samsyn/internal/hub"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, "sqlite:"+t.TempDir()+"/a b.db")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id, err := s.AddSource(ctx, hub.Source{Name: "x", Kind: "folder", Department: "Sales"})
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		y, err := s.BeginSync(ctx, id, "w", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		var items []hub.Item
		for i := range 5 {
			items = append(items, hub.Item{Ref: fmt.Sprint(i), Key: fmt.Sprint("k", i+round), Content: &hub.Content{Kind: "row", Title: fmt.Sprint(i)}})
		}
		if err := y.Put(ctx, hub.Scope{Name: "s"}, items); err != nil {
			t.Fatal(err)
		}
		if err := y.Done(ctx, hub.Scope{Name: "s", Version: "1", At: time.Now()}, nil); err != nil {
			t.Fatal(err)
		}
		if err := y.Finish(ctx, Outcome{Complete: true}); err != nil {
			t.Fatal(err)
		}
	}
	c, err := s.Changes(ctx, hub.Cursor{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range c {
		t.Logf("%+v %+v", c, c.Record)
	}
	st, err := s.Statuses(ctx)
	t.Log(st, err)
	if err := s.Erase(ctx, []hub.RecordID{c[0].Record.ID}); err != nil {
		t.Fatal(err)
	}
	s.SetCursor(ctx, "x", hub.Cursor{Rev: 1000})
	t.Log(s.Purge(ctx))
	t.Log(s.Head(ctx))
}

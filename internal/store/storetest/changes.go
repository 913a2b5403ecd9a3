package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

func testChanges(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	f.look(sheets{"a": rows(0, 50)}) // all with one rev
	f.look(sheets{"a": rows(10, 50)})
	for _, size := range []int{1, 7, 1000} {
		fo := newFollower(s, hub.Cursor{})
		f.must(fo.catchUp(ctx, size, 0))
		if len(fo.records) != 50 || fo.at.Rev != f.head() {
			t.Errorf("pages of %d: %d records, at %v, head %d", size, len(fo.records), fo.at, f.head())
		}
	}
	changes, err := s.Changes(ctx, hub.Cursor{}, 1000)
	f.must(err)
	gone := 0
	for _, c := range changes {
		if c.Gone {
			gone++
		} else if c.Record.Content.Title == "" || len(c.Record.Seen) != 1 || c.Record.SourceName != "numbers" || c.Record.Rev != c.Rev {
			t.Errorf("a change is not whole: %+v", c.Record)
		}
	}
	if len(changes) != 60 || gone != 10 {
		t.Errorf("%d changes, %d of them gone, want 60 and 10", len(changes), gone)
	}

	// What the index follows and the linker need not.
	head := f.head()
	id := f.record("key20").ID
	f.must(s.Restamp(ctx, []hub.RecordID{id}, nil))
	after := hub.Cursor{Rev: head, ID: 1 << 30}
	changes, err = s.Changes(ctx, after, 10)
	f.must(err)
	contents, err := s.ContentChanges(ctx, after, 10)
	f.must(err)
	if len(changes) != 1 || changes[0].Record.ID != id || len(contents) != 0 {
		t.Errorf("after a restamp: changes %+v, content changes %+v", changes, contents)
	}
}

func testCursors(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	for _, want := range []hub.Cursor{{}, {Rev: 7, ID: 3}, {Rev: 2, ID: 1}, {}} {
		if want == (hub.Cursor{}) {
			f.must(s.DropCursor(ctx, "index"))
		} else {
			f.must(s.SetCursor(ctx, "index", want))
		}
		got, err := s.Cursor(ctx, "index")
		f.must(err)
		if got != want {
			t.Errorf("cursor %v, want %v", got, want)
		}
	}
}

// testOrder lets many write at once while one follows: revs must become visible
// in order, or the follower passes over a change that is committed late.
func testOrder(t *testing.T, s *store.Store) {
	if missed, err := Race(context.Background(), s); err != nil || missed > 0 {
		t.Errorf("the follower missed %d changes, %v", missed, err)
	}
}

const (
	writers   = 6
	writings  = 30
	perWriter = 4 // rows in a writing
)

// Race lets several sources be written at once and returns how many of the
// changes passed by a follower that read all the while.
func Race(ctx context.Context, s *store.Store) (missed int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var busy sync.WaitGroup
	for n := range writers {
		id, err := addSource(ctx, s, fmt.Sprint("writer ", n))
		if err != nil {
			return 0, err
		}
		busy.Go(func() {
			if err := write(ctx, s, id, n); err != nil {
				cancel(err)
			}
		})
	}
	done := make(chan struct{})
	go func() { busy.Wait(); close(done) }()
	fo := newFollower(s, hub.Cursor{})
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		if err := fo.catchUp(ctx, 5, 0); err != nil {
			return 0, err
		}
	}
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	all, err := records(ctx, s)
	for id, r := range all {
		if known := fo.records[id]; known == nil || known.Hash != r.Hash {
			missed++
		}
	}
	return missed + max(0, writers*writings*perWriter-len(all)), err
}

func write(ctx context.Context, s *store.Store, id hub.SourceID, n int) error {
	y, err := s.BeginSync(ctx, id, "writer", time.Minute)
	if err != nil {
		return err
	}
	rnd := rand.New(rand.NewPCG(uint64(n), 3))
	for i := range writings {
		var items []hub.Item
		for k := range perWriter {
			key := fmt.Sprint(i, " ", k)
			items = append(items, hub.Item{Ref: key, Key: key, Content: say(hub.KindRow, fmt.Sprint("row ", rnd.Int()))})
		}
		if err := y.Put(ctx, hub.Scope{Name: "a"}, items); err != nil {
			return err
		}
	}
	return y.Finish(ctx, store.Outcome{Complete: true})
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/store"
	"samsyn/internal/store/fault"
)

func testLease(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	const short = 150 * time.Millisecond
	first, err := s.BeginSync(ctx, f.source, "first", short)
	f.must(err)
	if !f.status().Syncing {
		t.Error("a leased source is not shown as syncing")
	}
	for _, owner := range []string{"first", "second"} {
		_, err = s.BeginSync(ctx, f.source, owner, short)
		f.want(err, store.ErrBusy)
	}
	for range 3 { // renewing keeps it alive beyond its time
		time.Sleep(short / 2)
		f.must(first.Renew(ctx))
	}
	_, err = s.BeginSync(ctx, f.source, "second", short)
	f.want(err, store.ErrBusy)

	time.Sleep(short + 20*time.Millisecond)
	if f.status().Syncing {
		t.Error("a source whose lease ran out is still shown as syncing")
	}
	second, err := s.BeginSync(ctx, f.source, "second", time.Minute)
	f.must(err)
	sc := hub.Scope{Name: "a", Version: "1"}
	for name, call := range map[string]func() error{
		"Renew":    func() error { return first.Renew(ctx) },
		"Progress": func() error { return first.Progress(ctx, hub.Progress{Items: 7}) },
		"Put":      func() error { return first.Put(ctx, sc, []hub.Item{row("k", "late")}) },
		"Done":     func() error { return first.Done(ctx, sc, nil) },
		"Drop":     func() error { return first.Drop(ctx, "a") },
		"Report":   func() error { return first.Report(ctx, "a", "1", hub.ClassBroken, "late") },
		"Finish":   func() error { return first.Finish(ctx, store.Outcome{Complete: true}) },
	} {
		if err := call(); !errors.Is(err, store.ErrFenced) {
			t.Errorf("%s by a worker without lease: %v, want ErrFenced", name, err)
		}
	}
	if st := f.status(); st.Records+st.Scopes+st.Problems+st.Progress.Items != 0 || !st.Synced.IsZero() {
		t.Errorf("a fenced worker left its mark: %+v", st)
	}
	f.must(second.Finish(ctx, store.Outcome{Class: hub.ClassAuth, Reason: "the password is wrong"}))
	if st := f.status(); st.Class != hub.ClassAuth || st.Error != "the password is wrong" || !st.Synced.IsZero() || st.Syncing {
		t.Errorf("after an incomplete look: %+v", st)
	}
	f.want(second.Renew(ctx), store.ErrFenced)
	f.look(nil)
	if st := f.status(); st.Class != "" || st.Error != "" || st.Synced.IsZero() {
		t.Errorf("after a complete look: %+v", st)
	}
	_, err = s.BeginSync(ctx, f.source+1000, "first", short)
	f.want(err, store.ErrNotFound)
}

// writes counts the statements that write in f.
func (f *fixture) writes(do func(ctx context.Context) error) (n int) {
	f.Helper()
	f.must(do(fault.With(f.Context(), &fault.Fault{Statement: func(q string, args []any) (string, []any, error) {
		switch q[:6] {
		case "INSERT", "UPDATE", "DELETE":
			n++
		}
		return q, args, nil
	}})))
	return n
}

func testUnchanged(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	sc := hub.Scope{Name: "a", Version: "1", At: time.UnixMilli(5)}
	y := f.begin()
	f.read(y, sc, rows(0, 20))
	head := f.head()
	var again []hub.Item
	for ref, it := range rows(0, 20) {
		it.Ref = ref
		again = append(again, it)
	}
	if n := f.writes(func(ctx context.Context) error { return y.Put(ctx, sc, again) }); n != 1 {
		t.Errorf("putting the same again wrote %d statements, want the lease alone", n)
	}
	versions, err := y.Versions(ctx)
	f.must(err)
	if f.head() != head || versions["a"] != "1" {
		t.Errorf("putting the same again moved head from %d to %d, version %q", head, f.head(), versions["a"])
	}

	// Renumbered: other refs, the same keys. Nobody who follows needs to know.
	renumbered := map[string]hub.Item{}
	for ref, it := range rows(0, 20) {
		renumbered["9."+ref] = it
	}
	f.read(y, hub.Scope{Name: "a", Version: "2", At: time.UnixMilli(6)}, renumbered)
	f.must(y.Finish(ctx, store.Outcome{Complete: true}))
	if f.head() != head {
		t.Errorf("renumbering moved head from %d to %d", head, f.head())
	}
	if seen := f.record("key3").Seen; len(seen) != 1 || seen[0].Ref != "9.3" || seen[0].At != time.UnixMilli(6).UTC() {
		t.Errorf("after renumbering key3 is seen %+v", seen)
	}
	y = f.begin()
	f.must(y.Put(ctx, sc, []hub.Item{{Ref: "9.1", Key: "key1", Content: say(hub.KindRow, "other")}}))
	versions, err = y.Versions(ctx)
	f.must(err)
	if v, listed := versions["a"]; !listed || v == "2" {
		t.Errorf("a scope that was not read to its end has version %q", v)
	}
}

func testTwins(t *testing.T, s *store.Store) {
	f := newFixture(t, s)
	same := say(hub.KindRow, "same")
	f.look(sheets{"a": {"2": {Key: "#same 1", Content: same}, "3": {Key: "#same 2", Content: same}, "4": row("twice", "upper"), "5": row("twice", "lower")}})
	want := map[string]string{"#same 1": "same", "#same 2": "same", "twice": "lower"}
	if got := f.titles(); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	f.look(sheets{"a": {"2": {Key: "#same 1", Content: same}, "4": row("twice", "upper")}})
	want = map[string]string{"#same 1": "same", "twice": "upper"}
	if got := f.titles(); !maps.Equal(got, want) {
		t.Errorf("one twin less: got %v, want %v", got, want)
	}
}

func testDisagreement(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	at := func(name string, ms int64) hub.Scope {
		return hub.Scope{Name: name, Version: fmt.Sprint(ms), At: time.UnixMilli(ms)}
	}
	steps := []struct {
		name string
		do   func(y *store.Sync)
		want string
	}{
		{"the first", func(y *store.Sync) { f.read(y, at("b", 10), map[string]hub.Item{"1": row("k", "ten")}) }, "ten"},
		{"an older one", func(y *store.Sync) { f.read(y, at("a", 5), map[string]hub.Item{"1": row("k", "five")}) }, "ten"},
		{"the older delivered again, unchanged", func(y *store.Sync) { f.must(y.Done(ctx, at("a", 20), nil)) }, "five"},
		{"of the same age: the name decides", func(y *store.Sync) { f.must(y.Done(ctx, at("a", 10), nil)) }, "ten"},
		{"the newest withdraws it", func(y *store.Sync) { f.read(y, at("b", 30), nil) }, "five"},
		{"a scope without time", func(y *store.Sync) {
			f.read(y, hub.Scope{Name: "z", Version: "1"}, map[string]hub.Item{"1": row("k", "timeless")})
		}, "five"},
		{"its scope is dropped", func(y *store.Sync) { f.must(y.Drop(ctx, "a")) }, "timeless"},
	}
	for _, step := range steps {
		y := f.begin()
		step.do(y)
		f.must(y.Finish(ctx, store.Outcome{Complete: true}))
		if got := f.titles()["k"]; got != step.want {
			t.Errorf("%s: shows %q, want %q", step.name, got, step.want)
		}
	}
}

func testMarks(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	mail := func(key, mark string) hub.Item {
		return hub.Item{Key: key, Mark: mark, Content: say(hub.KindMail, "mail "+key)}
	}
	f.look(sheets{
		"inbox": {"1.1": mail("a", "ma"), "1.2": mail("b", "both"), "1.3": mail("c", "both")},
		"other": {"9.1": mail("d", "md")},
	})
	y := f.begin()
	seen, err := y.Scope(ctx, "inbox")
	f.must(err)
	for mark, key := range map[string]string{"ma": "a", "md": "d", "both": "", "none": "", "": ""} {
		if got := seen.Mark(mark); got != key {
			t.Errorf("mark %q is of key %q, want %q", mark, got, key)
		}
	}
	if !seen.Ref("1.1") || seen.Ref("1") || seen.Ref("9.1") {
		t.Error("refs of the scope are not those it has")
	}
	// The mailbox is renumbered and mails moved: nothing is downloaded, nothing is linked
	// again; the index hears in which folder they are now.
	place := hub.Cursor{Rev: f.head(), ID: math.MaxInt32}
	f.must(y.Done(ctx, hub.Scope{Name: "inbox", Version: "2"}, []string{"1.1", "1.2", "1.3"}))
	if got := seen.Mark("ma"); got != "a" {
		t.Errorf("a mail on its way to another folder is known as %q", got)
	}
	f.must(y.Put(ctx, hub.Scope{Name: "other"}, []hub.Item{{Ref: "2.1", Key: "a", Mark: "ma"}, {Ref: "2.2", Key: "b", Mark: "both"}, {Ref: "2.3"}}))
	if err := y.Put(ctx, hub.Scope{Name: "other"}, []hub.Item{{Ref: "2.9", Key: "unheard of"}}); err == nil {
		t.Error("an item without content and with an unknown key was taken")
	}
	f.must(y.Done(ctx, hub.Scope{Name: "other", Version: "2"}, nil))
	if toLink, toIndex, err := s.Distance(ctx, place, place); err != nil || toLink != 0 || toIndex != 2 {
		t.Errorf("after a move of two %d are to be linked and %d to be indexed: %v", toLink, toIndex, err)
	}
	f.must(y.Finish(ctx, store.Outcome{Complete: true}))
	want := map[string]string{"a": "mail a", "b": "mail b", "d": "mail d"}
	if got := f.titles(); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func testRefusedItems(t *testing.T, s *store.Store) {
	f, ctx := newFixture(t, s), context.Background()
	y := f.begin()
	for name, it := range map[string]hub.Item{
		"content without key": {Ref: "1", Content: say(hub.KindRow, "x")},
		"broken UTF-8":        {Ref: "1", Key: "\xff", Content: say(hub.KindRow, "x")},
		"NUL":                 {Ref: "1\x00", Key: "k", Content: say(hub.KindRow, "x")},
	} {
		if err := y.Put(ctx, hub.Scope{Name: "a"}, []hub.Item{it}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	wild := row("k", "caf\xe9 \x00 <b>")
	wild.Ref = "1"
	f.must(y.Put(ctx, hub.Scope{Name: "a"}, []hub.Item{wild}))
	f.must(y.Report(ctx, "caf\xe9.xlsx", "\x00", hub.ClassBroken, "the name \xff is odd"))
	if got := f.titles()["k"]; got != "caf\uFFFD \x00 <b>" {
		t.Errorf("odd bytes in a content came back as %q", got)
	}
}

package connectortest

import (
	"context"
	"errors"
	"io"
	"mime"
	"slices"
	"testing"
	"time"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

func testCheck(t *testing.T, s Source) {
	if err := s.open(t).Check(t.Context()); err != nil {
		t.Fatalf("check of a good source: %v", err)
	}
	need(t, s.Cut != nil, "be cut off")
	s.Cut()
	err := s.open(t).Check(t.Context())
	var e *connectors.Error
	if !errors.As(err, &e) || e.Reason == "" {
		t.Fatalf("check of a source that is cut off: %v, want a reason for people", err)
	}
}

func testListing(t *testing.T, s Source) {
	r := s.whole(t, newMemory())
	opened := slices.Sorted(slices.Values(r.opened))
	same(t, "scopes", opened, s.names())
	for name, n := range s.Items {
		if r.items[name] != n {
			t.Errorf("scope %q has %d items, want %d", name, r.items[name], n)
		}
	}
	for place, err := range r.problems {
		t.Errorf("%s: %v", place, err)
	}
}

func testUnchanged(t *testing.T, s Source) {
	m := s.clean(t)
	if r := s.whole(t, m); len(r.opened) != 0 {
		t.Errorf("nothing changed, but these scopes had to be read: %q", r.opened)
	}
}

func testDeterministic(t *testing.T, s Source) {
	a, b := newMemory(), newMemory()
	ra, rb := s.whole(t, a), s.whole(t, b)
	same(t, "second first look", b.lines(true), a.lines(true))
	for _, name := range s.names() {
		if !slices.Equal(ra.refs[name], rb.refs[name]) {
			t.Errorf("scope %q: the order of items differs from look to look", name)
		}
	}
}

func testAdd(t *testing.T, s Source) {
	need(t, s.Add != nil, "add items")
	m, scope := s.clean(t), s.names()[0]
	s.Add(scope, 2)
	r := s.whole(t, m)
	if !slices.Contains(r.opened, scope) {
		t.Fatalf("items were added to %q, but its version stayed", scope)
	}
	if r.items[scope] != s.Items[scope]+2 {
		t.Errorf("scope %q has %d items, want %d", scope, r.items[scope], s.Items[scope]+2)
	}
	if s.Immutable && r.contents[scope] != 2 {
		t.Errorf("%d items came with content though only 2 are new", r.contents[scope])
	}
	s.converged(t, m)
}

func testRemove(t *testing.T, s Source) {
	need(t, s.Remove != nil, "remove items")
	m, scope := s.clean(t), s.names()[0]
	s.Remove(scope)
	r := s.whole(t, m)
	if r.items[scope] != s.Items[scope]-1 {
		t.Errorf("scope %q has %d items, want %d", scope, r.items[scope], s.Items[scope]-1)
	}
	s.converged(t, m)
}

func testChange(t *testing.T, s Source) {
	need(t, s.Change != nil, "change items")
	m, scope := s.clean(t), s.names()[0]
	before := m.lines(false)
	s.Change(scope)
	if r := s.whole(t, m); !slices.Contains(r.opened, scope) {
		t.Fatalf("an item of %q was changed, but its version stayed", scope)
	}
	if slices.Equal(before, m.lines(false)) {
		t.Error("an item was changed, but nothing says so")
	}
	s.converged(t, m)
}

func testMove(t *testing.T, s Source) {
	need(t, s.Move != nil, "move items")
	m, names := s.clean(t), s.names()
	before := m.keys()
	s.Move(names[0], names[1])
	r := s.whole(t, m)
	same(t, "keys after a move", m.keys(), before)
	if got, want := r.items[names[1]], s.Items[names[1]]+1; got != want {
		t.Errorf("scope %q has %d items, want %d", names[1], got, want)
	}
	if s.Marked && r.contents[names[1]] != 0 {
		t.Errorf("%d items came with content though all were known by their mark", r.contents[names[1]])
	}
	s.converged(t, m)
}

func testRenumber(t *testing.T, s Source) {
	need(t, s.Renumber != nil, "renumber items")
	m, scope := s.clean(t), s.names()[0]
	before := m.keys()
	s.Renumber(scope)
	r := s.whole(t, m)
	if !slices.Contains(r.opened, scope) {
		t.Fatalf("%q was renumbered, but its version stayed", scope)
	}
	same(t, "keys after renumbering", m.keys(), before)
	if s.Marked && r.contents[scope] != 0 {
		t.Errorf("%d items came with content though all were known by their mark", r.contents[scope])
	}
	s.converged(t, m)
}

func testBreak(t *testing.T, s Source) {
	need(t, s.Break != nil, "break a single item")
	scope := s.names()[0]
	s.Break(scope)
	r := s.whole(t, newMemory())
	if len(r.problems) != 1 {
		t.Errorf("one item is broken, %d problems were told: %v", len(r.problems), r.problems)
	}
	for place, err := range r.problems {
		if connectors.ClassOf(err) != hub.ClassBroken {
			t.Errorf("%s: class %q, want %q", place, connectors.ClassOf(err), hub.ClassBroken)
		}
	}
	for name, n := range s.Items {
		if r.items[name] < n-1 || name != scope && r.items[name] != n {
			t.Errorf("scope %q has %d readable items of %d: one broken item stopped others", name, r.items[name], n)
		}
	}
}

func testBreakScope(t *testing.T, s Source) {
	need(t, s.BreakScope != nil, "break a scope")
	m, names := s.clean(t), s.names()
	before := m.lines(true)
	s.BreakScope(names[0])
	r := s.look(t, m)
	if r.problems[names[0]] == nil {
		t.Fatalf("scope %q is broken, and no error says so: %v", names[0], r.problems)
	}
	same(t, "what was known of a source with a broken scope", m.lines(true), before)
	fresh := newMemory()
	r = s.look(t, fresh)
	for _, name := range names[1:] {
		if r.items[name] != s.Items[name] {
			t.Errorf("scope %q has %d items, want %d: a broken scope stopped it", name, r.items[name], s.Items[name])
		}
	}
}

func testRemoveScope(t *testing.T, s Source) {
	need(t, s.RemoveScope != nil, "remove a scope")
	m, scope := s.clean(t), s.names()[0]
	s.RemoveScope(scope)
	s.whole(t, m)
	if m.scopes[scope] != nil {
		t.Errorf("scope %q was removed, but is still listed", scope)
	}
	s.converged(t, m)
}

// testCut cuts the source off and checks that no look calls itself whole
// without being so, and that nothing is lost once the source is back.
func testCut(t *testing.T, s Source) {
	need(t, s.Cut != nil && s.Restore != nil, "be cut off")
	want := s.clean(t).lines(true)
	for _, m := range []*memory{newMemory(), s.clean(t)} {
		s.Cut()
		for _, v := range s.names() {
			m.versions[v] = "" // so that every scope is read again
		}
		if r := s.look(t, m); r.failure == nil && len(r.problems) == 0 {
			same(t, "a look that calls itself whole while the source is cut off", m.lines(true), want)
		}
		s.Restore()
		s.whole(t, m)
		same(t, "what is known once the source is back", m.lines(true), want)
	}
}

// testHistory does everything the source can do, one after the other, with a
// look after each.
func testHistory(t *testing.T, s Source) {
	m, names := newMemory(), s.names()
	steps := []func(scope string){s.Remove, s.Change, s.Renumber, s.Break}
	if s.Add != nil {
		steps = append(steps, func(scope string) { s.Add(scope, 3) })
	}
	if s.Move != nil {
		steps = append(steps, func(string) { s.Move(names[1], names[0]) })
	}
	for i, step := range steps {
		if step != nil {
			step(names[i%2])
			s.whole(t, m)
		}
	}
	s.converged(t, m)
}

// testAnswer has a column that nobody can name, says what it holds and takes it
// back; only what has the column may be read again for that.
func testAnswer(t *testing.T, s Source) {
	need(t, s.Table != nil, "hold a table with a column that nobody can name")
	m, scope := s.clean(t), s.names()[0]
	s.Table(scope)
	s.whole(t, m)
	unsure := m.unsure()
	if len(unsure) != 1 {
		t.Fatalf("unsure of %+v, want one column", unsure)
	}
	look := func(m *memory, answers []hub.ColumnAnswer) report {
		t.Helper()
		c := s.Open()
		defer c.Close()
		c.(connectors.Tabular).Answer(answers)
		r := m.look(t, t.Context(), c)
		if r.failure != nil || len(r.problems) > 0 {
			t.Fatalf("look: %v, %v", r.failure, r.problems)
		}
		return r
	}
	before := m.lines(true)
	for _, answers := range [][]hub.ColumnAnswer{unsure, nil} {
		items := m.reread(unsure[0])
		r := look(m, answers)
		if !slices.Equal(r.opened, []string{scope}) || r.contents[scope] != items || len(m.again) > 0 {
			t.Errorf("by the answers %v: opened %q, %d items came with content, want the %d that have the column; still to be read again %v", answers, r.opened, r.contents[scope], items, m.again)
		}
		if len(m.unsure()) != 1-len(answers) {
			t.Errorf("by the answers %v: still unsure of %v", answers, m.unsure())
		}
		fresh := newMemory()
		look(fresh, answers)
		same(t, "what is known after an answer", m.lines(true), fresh.lines(true))
		if changed := !slices.Equal(m.lines(true), before); changed != (answers != nil) {
			t.Errorf("by the answers %v: what is known differs from that without: %v", answers, changed)
		}
		if r := look(m, answers); len(r.opened) > 0 {
			t.Errorf("nothing changed, but %q had to be read", r.opened)
		}
	}
}

func testCancel(t *testing.T, s Source) {
	c := s.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m, n := newMemory(), 0
	var began time.Time
	for sc, err := range c.Scopes(ctx, nil) {
		if err != nil {
			t.Fatalf("scopes: %v", err)
		}
		for _, err := range c.Read(ctx, sc, known{m, sc.Name}) {
			if n++; n == 1 {
				began = time.Now()
				cancel()
			} else if err == nil && n > 1000 {
				t.Fatal("reading goes on though its context ended")
			}
		}
		break
	}
	if took := time.Since(began); n == 0 || took > 2*time.Second {
		t.Errorf("reading ended %v after its context, having yielded %d items", took, n)
	}
	for range c.Scopes(ctx, nil) {
		continue
	}
	for _, err := range c.Read(ctx, hub.Scope{Name: s.names()[0]}, known{m, ""}) {
		if err == nil {
			t.Error("an item was read under an ended context")
		}
	}
}

// testEarlyEnd leaves the loops early; the connector must be usable after it.
func testEarlyEnd(t *testing.T, s Source) {
	c := s.open(t)
	for sc := range c.Scopes(t.Context(), nil) {
		for range c.Read(t.Context(), sc, known{newMemory(), ""}) {
			break
		}
		break
	}
	m := newMemory()
	if r := m.look(t, t.Context(), c); r.failure != nil {
		t.Fatalf("look after loops that were left early: %v", r.failure)
	}
	s.converged(t, m)
}

func testOriginal(t *testing.T, s Source) {
	c := s.open(t)
	o, ok := c.(connectors.Original)
	need(t, ok, "hand out originals")
	m := s.clean(t)
	for scope, refs := range m.scopes {
		for ref := range refs {
			readOriginal(t, o, scope, ref)
		}
	}
	body, _, _, err := o.Original(t.Context(), s.names()[0], "987654321.987654321")
	if err == nil {
		// A file is handed out whole, whatever row is asked for.
		body.Close()
	} else if connectors.ClassOf(err) != hub.ClassBroken {
		t.Errorf("original of a ref that is not there: class %q, want %q", connectors.ClassOf(err), hub.ClassBroken)
	}
	if _, _, _, err := o.Original(t.Context(), "there is no such scope", "1.1"); err == nil {
		t.Error("original of a scope that is not there came without error")
	}
}

func readOriginal(t *testing.T, o connectors.Original, scope, ref string) {
	t.Helper()
	body, name, mediaType, err := o.Original(t.Context(), scope, ref)
	if err != nil {
		t.Errorf("original of %s %s: %v", scope, ref, err)
		return
	}
	defer body.Close()
	n, err := io.Copy(io.Discard, body)
	if err != nil || n == 0 {
		t.Errorf("original of %s %s: %d bytes, %v", scope, ref, n, err)
	}
	if _, _, err := mime.ParseMediaType(mediaType); err != nil || name == "" {
		t.Errorf("original of %s %s: name %q, media type %q", scope, ref, name, mediaType)
	}
}

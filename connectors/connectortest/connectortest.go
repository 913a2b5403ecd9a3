// Package connectortest is the conformance suite of connectors. A connector
// describes in a Source how a test can change what it reads; Run then checks
// what package ingest and the store rely on. The measure throughout is that
// looking again and again while the source changes ends in what a first look
// at its last state would have found.
package connectortest

import (
	"slices"
	"testing"

	"samsyn/connectors"
)

// Source is a source made for one test. Functions that are nil say that the
// kind of source cannot do this; the checks that need it are skipped visibly.
type Source struct {
	// Open opens a connector on the source as it is at that moment. The suite closes it.
	Open func() connectors.Connector
	// Items tells how many items each scope holds to begin with, rows of
	// attachments not counted. There are at least two scopes with at least three items each.
	Items map[string]int

	Add         func(scope string, n int) // puts n new items into the scope
	Remove      func(scope string)        // takes one item out
	Change      func(scope string)        // makes one item say something else
	Move        func(from, to string)     // takes one item from a scope to another; its key stays
	Renumber    func(scope string)        // gives every item of the scope another ref; keys stay
	Break       func(scope string)        // makes one item unreadable, or adds one that is
	BreakScope  func(scope string)        // makes the scope unreadable
	RemoveScope func(scope string)        // takes the scope away with all its items
	Table       func(scope string)        // puts a table into the scope, of which one column is unsure
	Cut         func()                    // from now on reading fails somewhere on the way
	Restore     func()                    // undoes Cut

	// Immutable says that a ref never changes its meaning: what is known by its
	// ref must come without content.
	Immutable bool
	// Marked says that a moved or renumbered item is known by its mark and must
	// come without content.
	Marked bool
}

// Run runs the suite. make makes a fresh source for each check.
func Run(t *testing.T, make func(t *testing.T) Source) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s Source)
	}{
		{"Check", testCheck},
		{"Listing", testListing},
		{"Unchanged", testUnchanged},
		{"Deterministic", testDeterministic},
		{"Add", testAdd},
		{"Remove", testRemove},
		{"Change", testChange},
		{"Move", testMove},
		{"Renumber", testRenumber},
		{"Break", testBreak},
		{"BreakScope", testBreakScope},
		{"RemoveScope", testRemoveScope},
		{"Cut", testCut},
		{"History", testHistory},
		{"Answer", testAnswer},
		{"Cancel", testCancel},
		{"EarlyEnd", testEarlyEnd},
		{"Original", testOriginal},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, make(t)) })
	}
}

func (s Source) open(t *testing.T) connectors.Connector {
	t.Helper()
	c := s.Open()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return c
}

// look looks with a connector of its own, as ingest does.
func (s Source) look(t *testing.T, m *memory) report {
	t.Helper()
	c := s.Open()
	defer c.Close()
	return m.look(t, t.Context(), c)
}

// whole looks and wants no failure.
func (s Source) whole(t *testing.T, m *memory) report {
	t.Helper()
	r := s.look(t, m)
	if r.failure != nil {
		t.Fatalf("look: %v", r.failure)
	}
	return r
}

// clean is what a first look finds.
func (s Source) clean(t *testing.T) *memory {
	t.Helper()
	m := newMemory()
	s.whole(t, m)
	return m
}

// names lists the scopes in a fixed order.
func (s Source) names() []string {
	var out []string
	for name := range s.Items {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// converged checks that m knows exactly what a first look would find.
func (s Source) converged(t *testing.T, m *memory) {
	t.Helper()
	same(t, "what is known after several looks", m.lines(true), s.clean(t).lines(true))
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for _, l := range got {
		if !slices.Contains(want, l) {
			t.Errorf("%s: too much: %s", what, l)
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			t.Errorf("%s: missing: %s", what, l)
		}
	}
	if !t.Failed() {
		t.Errorf("%s: %d lines, want %d", what, len(got), len(want))
	}
}

func need(t *testing.T, able bool, what string) {
	t.Helper()
	if !able {
		t.Skipf("this kind of source cannot %s", what)
	}
}

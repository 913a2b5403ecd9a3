// Package storetest is the conformance suite of the store. It runs alike on
// SQLite and Postgres; whoever adds a database adds one call of Run.
//
// Its heart is the convergence test: random histories of a model world, read by
// workers that crash at any statement, lose acknowledgements, stall and wake too
// late, must end in exactly the state of a clean ingest. SAMSYN_HISTORIES sets how
// many are lived through, SAMSYN_SEED runs a single one again.
package storetest

import (
	"context"
	"os"
	"strconv"
	"sync"
	"testing"

	"samsyn/internal/store"
)

// Run runs the suite. open returns a fresh, empty store.
func Run(t *testing.T, open func(testing.TB) *store.Store) {
	cases := map[string]func(*testing.T, *store.Store){
		"sources":       testSources,
		"settings":      testSettings,
		"lease":         testLease,
		"unchanged":     testUnchanged,
		"twins":         testTwins,
		"disagreement":  testDisagreement,
		"marks":         testMarks,
		"refused items": testRefusedItems,
		"brake":         testBrake,
		"brake's life":  testBrakeLife,
		"incomplete":    testIncomplete,
		"changes":       testChanges,
		"cursors":       testCursors,
		"order":         testOrder,
		"viewers":       testViewers,
		"each record":   testEachRecord,
		"problems":      testProblems,
		"columns":       testColumns,
		"attached":      testAttached,
		"purge":         testPurge,
		"erase":         testErase,
		"erase samples": testEraseSamples,
		"scopes":        testScopes,
		"convergence":   testConvergence,
		"bugs":          testBugs,
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

const (
	histories = 300
	abreast   = 2 // histories lived at the same time, in one store
)

func testConvergence(t *testing.T, s *store.Store) {
	if seed := number(t, "SAMSYN_SEED", 0); seed != 0 {
		if err := live(t.Context(), s, uint64(seed), nil); err != nil {
			t.Fatal(err)
		}
		return
	}
	seeds := make(chan uint64)
	var done sync.WaitGroup
	for range abreast {
		done.Go(func() {
			for seed := range seeds {
				if err := live(t.Context(), s, seed, nil); err != nil {
					t.Errorf("SAMSYN_SEED=%d: %v", seed, err)
				}
			}
		})
	}
	for seed := range uint64(number(t, "SAMSYN_HISTORIES", histories)) {
		if t.Failed() {
			break
		}
		seeds <- seed + 1
	}
	close(seeds)
	done.Wait()
}

// testBugs shows that the convergence test finds what it is there to find.
func testBugs(t *testing.T, s *store.Store) {
	for _, b := range bugs() {
		t.Run(b.name, func(t *testing.T) {
			for seed := range uint64(histories) {
				if err := live(context.Background(), s, seed+1, b); err != nil {
					t.Logf("found by history %d: %.300s", seed+1, err.Error())
					break
				}
				if seed == histories-1 {
					t.Errorf("no history found it in %d changed statements", b.brought)
				}
			}
			if b.brought == 0 {
				t.Errorf("no statement contains %q any more", b.when)
			}
		})
	}
}

// number reads a number from the environment.
func number(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

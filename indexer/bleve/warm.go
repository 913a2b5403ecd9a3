package bleve

import (
	"context"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Columns of a segment are read by whoever made it: by the writer, or in the
// background where segments are merged or brought to disk. Else the first search
// that meets a merged segment of a million records would wait for them.

// warmEvents is the name by which scorch knows what to call.
const warmEvents = "samsyn columns"

// shelves are those that are open, by their index, for scorch says no more.
var shelves sync.Map

// listenToScorch tells scorch what to call.
var listenToScorch = sync.OnceFunc(func() {
	scorch.RegistryEventCallbacks[warmEvents] = func(e scorch.Event) bool {
		switch e.Kind {
		case scorch.EventKindBatchIntroduction, scorch.EventKindMergeTaskIntroduction, scorch.EventKindPersisterProgress:
			if s, open := shelves.Load(e.Scorch); open {
				s.(*shelf).warm()
			}
		}
		return true
	}
})

// warm reads the columns that are not read yet. What is wrong with a segment is
// for the search that meets it to say.
func (s *shelf) warm() {
	defer func() { _ = recover() }() // of a damaged segment, or an index that closes
	if _, done, err := s.snapshot(context.Background()); err == nil {
		_ = done()
	}
}

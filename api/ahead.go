package api

import (
	"slices"

	"golang.org/x/sync/errgroup"
)

// ahead fetches what the index says it has found while it still counts.
type ahead[T any] struct {
	fetch func(ids []string) (T, error)

	begun   errgroup.Group
	started bool
	told    []string
	result  T
}

// tell begins to fetch. Told something else later, as by another index, it does no more.
func (a *ahead[T]) tell(ids []string) {
	if a.started {
		return
	}
	a.started, a.told = true, slices.Clone(ids)
	a.begun.Go(func() (err error) { a.result, err = a.fetch(a.told); return err })
}

// end waits for what was begun.
func (a *ahead[T]) end() { a.begun.Wait() } // its error is that of the search, or of

// of is what is fetched for the ids, begun already or not.
func (a *ahead[T]) of(ids []string) (T, error) {
	err := a.begun.Wait()
	if !a.started || !slices.Equal(a.told, ids) {
		return a.fetch(ids)
	}
	return a.result, err
}

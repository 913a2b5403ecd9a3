// Package fault makes a store fail on purpose, so that tests can show what holds
// when it does. A fault travels in the context of one call; no setting leads to it.
package fault

import "context"

// Fault stands between the store and the database in write transactions.
// A nil field lets everything pass.
type Fault struct {
	// Statement sees each statement, with ? marks, before it runs. It may change
	// it, or return an error in its place.
	Statement func(q string, args []any) (string, []any, error)
	// Commit stands in for the commit; it may call it and return an error all
	// the same, which is a lost acknowledgement.
	Commit func(commit func() error) error
}

type key struct{}

// With returns a context in which f is at work.
func With(ctx context.Context, f *Fault) context.Context {
	return context.WithValue(ctx, key{}, f)
}

// Statement passes a statement through the fault in ctx, if there is one.
func Statement(ctx context.Context, q string, args []any) (string, []any, error) {
	if f, ok := ctx.Value(key{}).(*Fault); ok && f.Statement != nil {
		return f.Statement(q, args)
	}
	return q, args, nil
}

// Commit commits through the fault in ctx, if there is one.
func Commit(ctx context.Context, commit func() error) error {
	if f, ok := ctx.Value(key{}).(*Fault); ok && f.Commit != nil {
		return f.Commit(commit)
	}
	return commit()
}

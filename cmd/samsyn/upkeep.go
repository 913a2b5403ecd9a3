package main

import (
	"context"
	"errors"
	"net/http"

	"samsyn/indexer"
)

type relinkCmd struct{}

func (relinkCmd) Run(e *env) error {
	return again(e, "/api/v1/relink", "Every record is linked again.", func(b *base) func(context.Context) (step, error) { return (&settling{base: b}).look })
}

type reindexCmd struct{}

func (reindexCmd) Run(e *env) error {
	return again(e, "/api/v1/reindex", "The index was built anew.", func(b *base) func(context.Context) (step, error) { return b.rebuilt })
}

// again asks the server, or the parts in this process, to begin again, and
// waits until look says that it is done.
func again(e *env, path, said string, looking func(*base) func(context.Context) (step, error)) (err error) {
	l, err := reach(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if l.app != nil {
		defer l.app.work()()
	}
	if err := l.do(e.ctx, http.MethodPost, path, nil, nil); err != nil {
		return err
	}
	b, err := l.base(e)
	if err != nil {
		return err
	}
	look := looking(b)
	if err := follow(e.ctx, func() (step, error) { return look(e.ctx) }); err != nil {
		return err
	}
	return e.out.line(map[string]any{"done": true}, "%s", said)
}

// rebuilt reports whether the new index has taken the place of the old one.
func (b *base) rebuilt(ctx context.Context) (step, error) {
	building, err := indexer.Building(ctx, b.store)
	return step{done: !building, what: "building the index"}, err
}

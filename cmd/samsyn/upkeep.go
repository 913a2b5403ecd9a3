package main

import (
	"errors"
	"net/http"
)

type relinkCmd struct{}

func (relinkCmd) Run(e *env) error {
	return again(e, "/api/v1/relink", "Every record is linked again.")
}

type reindexCmd struct{}

func (reindexCmd) Run(e *env) error {
	return again(e, "/api/v1/reindex", "The index was built anew.")
}

// again asks the server, or the parts in this process, to begin again, and
// waits until all is linked and searchable.
func again(e *env, path, said string) (err error) {
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
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.awaitFollowers(e.ctx); err != nil {
		return err
	}
	return e.out.line(map[string]any{"done": true}, "%s", said)
}

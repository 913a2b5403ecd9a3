package meili

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"samsyn/indexer"
)

// taskError is a task that Meilisearch could not do. Its message is for people
// who look after the server; it may hold the id of a document.
type taskError struct{ code, message string }

func (e *taskError) Error() string { return fmt.Sprintf("meilisearch: %s (%s)", e.message, e.code) }

// Unwrap names the causes that people can do something about.
func (e *taskError) Unwrap() error {
	if e.code == "no_space_left_on_device" {
		return ErrFull
	}
	return nil
}

func failed(err error, code string) bool {
	var e *taskError
	return errors.As(err, &e) && e.code == code
}

// finish waits for the end of a task just begun.
func (e *Engine) finish(ctx context.Context, doing string, task *meilisearch.TaskInfo, err error) error {
	if err != nil {
		if missing(err) {
			return err
		}
		return told(doing, err)
	}
	return wrap(doing, e.wait(ctx, task.TaskUID))
}

// Between looks at a task, short at first: most are done soon.
const (
	firstLook = 2 * time.Millisecond
	lastLook  = 100 * time.Millisecond
)

// wait returns when the task is done; a *taskError if it failed. A server that
// cannot write, not even that it failed, begins the same task again and again:
// that is ErrFull.
func (e *Engine) wait(ctx context.Context, uid int64) error {
	var begun time.Time
	for pause := firstLook; ; pause = min(pause*3/2, lastLook) {
		task, err := e.client.GetTaskWithContext(ctx, uid)
		if err != nil {
			return told(fmt.Sprintf("look at task %d", uid), err)
		}
		switch task.Status {
		case meilisearch.TaskStatusSucceeded:
			return nil
		case meilisearch.TaskStatusFailed:
			return &taskError{code: task.Error.Code, message: task.Error.Message}
		case meilisearch.TaskStatusCanceled:
			return &taskError{code: "canceled", message: "somebody canceled the task"}
		case meilisearch.TaskStatusProcessing:
			if !begun.IsZero() && task.StartedAt.After(begun) {
				return fmt.Errorf("task %d: %w", uid, ErrFull)
			}
			begun = task.StartedAt
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// maxWaiting is how many tasks of ours may wait on the server before another
// one is sent. A follower waits for its own; more of them are left over from
// processes that died, or from a server that does not get on.
const maxWaiting = 50

// room waits until the server has done most of what it was given before.
func (e *Engine) room(ctx context.Context, uids ...string) error {
	for pause := firstLook; ; pause = min(2*pause, time.Second) {
		waiting, err := e.client.GetTasksWithContext(ctx, &meilisearch.TasksQuery{Limit: 1, IndexUIDS: uids,
			Statuses: []meilisearch.TaskStatus{meilisearch.TaskStatusEnqueued, meilisearch.TaskStatusProcessing}})
		if err != nil {
			return told("look at the waiting tasks", err)
		}
		if waiting.Total <= maxWaiting {
			return nil
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// named finds the id of the document in a message about it.
var named = regexp.MustCompile("`\"?([A-Za-z0-9-]+)\"?`")

// refusedAs is why a document is not taken. The server's own message is English and may
// hold words of the document.
const refusedAs = "Meilisearch answers %s"

// refusals turns the failure of a task into a *indexer.Refused if the documents
// are the cause. Those that the message names are named; else the follower
// finds out by halves.
func refusals(err error, sent map[string]bool) error {
	var e *taskError
	if !errors.As(err, &e) {
		return err
	}
	switch e.code {
	case "invalid_document_id", "missing_document_id", "document_fields_limit_reached", "invalid_document_fields",
		"malformed_payload", "payload_too_large", "max_fields_limit_exceeded", "invalid_document_geo_field":
	default:
		return err
	}
	r := &indexer.Refused{Docs: map[string]string{}}
	for _, m := range named.FindAllStringSubmatch(e.message, -1) {
		if sent[m[1]] {
			r.Docs[m[1]] = fmt.Sprintf(refusedAs, e.code)
		}
	}
	return r
}

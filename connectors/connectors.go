// Package connectors is the border between Samsyn and the places where
// departments keep their customers. A connector answers four questions, after
// Airbyte's verbs: what can be configured (Kind), does it work (Open and Check),
// what is there (Scopes) and what does it say (Read). It writes nothing: package
// ingest compares what it yields with what the store knows.
//
// Every kind passes the suite in package connectortest.
package connectors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"time"

	"samsyn/internal/hub"
)

// Connector reads one source. It is used by one goroutine at a time; Watch and
// Original may run beside it.
type Connector interface {
	// Check tries whether the source can be read. Its error is a sentence for
	// the person who registers the source: what is wrong and what to do. It names
	// by [hub.At] the setting that is to blame, if one is.
	Check(ctx context.Context) error

	// Scopes yields every scope there is now. known holds the version last read
	// of every scope the store has, so that what did not change need not be
	// opened to be named. An error concerns the scope it comes with: the others
	// go on, and what the store has of that scope stays. An error without a
	// scope name ends the listing: nothing may be concluded from what is missing.
	Scopes(ctx context.Context, known map[string]string) iter.Seq2[hub.Scope, error]

	// Read yields every item that is in s now, and for every sheet what it was
	// taken for: see hub.Item. For a ref that known has, the content may be left
	// nil, which saves its download. What lies below a ref comes before it: when a
	// look ends in between, the ref is not known, and is read again. An error that
	// comes with a ref concerns that item alone, and reading goes on; one that
	// comes without ends the scope: when it is of class broken the scope counts as
	// looked at until its version changes, else it is tried again.
	Read(ctx context.Context, s hub.Scope, known Known) iter.Seq2[hub.Item, error]

	Close() error
}

// Known is what the store already has of a source.
type Known interface {
	// Ref reports whether the scope being read had ref at the last look, and
	// nothing came between that changes how it is read.
	Ref(ref string) bool
	// Mark returns the key of the record of this source that carries the mark,
	// "" if none or more than one does.
	Mark(mark string) (key string)
}

// Watcher is implemented by connectors that are told of changes. Watch calls
// changed soon after something changed, and returns when ctx ends or the
// watching failed. Watching is a hint: the schedule looks all the same.
type Watcher interface {
	Watch(ctx context.Context, changed func()) error
}

// Tabular is implemented by connectors that read tables, files of their own or
// attached to mails.
type Tabular interface {
	// Answer tells what people said of the columns of this source, the oldest
	// first, before anything is read.
	Answer(answers []hub.ColumnAnswer)
}

// Original is implemented by connectors that can hand out the file or message
// from which a sighting was read.
type Original interface {
	// Original opens it; name is a file name, mediaType an RFC 2046 media type.
	Original(ctx context.Context, scope, ref string) (body io.ReadCloser, name, mediaType string, err error)
}

// Kind describes one kind of connector.
type Kind struct {
	Name   string        // as in "samsyn source add NAME"
	Doc    string        // one sentence for people
	Config func() Config // settings filled with their defaults; JSON is decoded into it strictly
}

// Config holds the settings of one source. Fields carry the tags json (name),
// doc (one sentence) and, with the value "true", secret (sealed, never shown),
// target (where a secret goes) and file (a file of this machine). A secret may
// name by the tag or the setting of a file that may hold it in its place: of the
// two the one given anew counts.
type Config interface {
	// Validate says in words which setting is wrong, and names it by [hub.At]. Of
	// a secret it may ask only whether there is one: it may be sealed.
	Validate() error
	Open(ctx context.Context, env Env) (Connector, error)
}

// Env is what the house lends to a connector.
type Env struct {
	Log     *slog.Logger
	TempDir string // for spooling; emptied at start
	Country string // ISO 3166-1 alpha-2 country of the owner, the default for phone numbers and dates
}

// Error is a failure with its class and, for people, its reason.
type Error struct {
	Class  string        // hub.Class…
	Reason string        // a sentence saying what is wrong and what to do
	Err    error         // the cause, may be nil
	Wait   time.Duration // for ClassRateLimited: how long the other side asked to wait; 0 if it did not say
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return fmt.Sprintf("%s (%v)", e.Reason, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Broken is an input that cannot be read as it is.
func Broken(err error, reason string, args ...any) error {
	return &Error{Class: hub.ClassBroken, Reason: fmt.Sprintf(reason, args...), Err: err}
}

// ClassOf tells the class of err; what has none is internal, and an ended
// context is unreachable: the work was given back, not refused.
func ClassOf(err error) string {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Class
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return hub.ClassUnreachable
	}
	return hub.ClassInternal
}

// ReasonOf returns the words for people: the reason of an Error, else the text of err.
func ReasonOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return err.Error()
}

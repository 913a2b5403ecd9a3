// Package indexer keeps a full-text index in step with the store and answers
// searches from it. The index is disposable: it holds nothing that the store
// lacks, and is rebuilt beside the old one when its schema changes.
//
// Two engines implement Index, bleve (in the process) and Meilisearch (a
// server); both pass the suite in package indextest and answer alike.
package indexer

import (
	"context"
	"time"

	"samsyn/internal/hub"
)

// Engine keeps named indexes.
type Engine interface {
	// Open opens the index, making it when it is not there.
	Open(ctx context.Context, name string) (Index, error)
	// Names lists the indexes that exist.
	Names(ctx context.Context) ([]string, error)
	// Drop removes an index; one that is not there is no error.
	Drop(ctx context.Context, name string) error
	Close() error
}

// Index is one index. It may be used by several goroutines.
type Index interface {
	// Write replaces whole documents and removes those named in gone. It returns
	// when a search sees them. Documents the engine refuses are in a *Refused
	// error; the others were then not written either.
	Write(ctx context.Context, docs []Doc, gone []string) error
	// Search answers what q.Viewer may see, and nothing else.
	Search(ctx context.Context, q Query) (*Result, error)
	// Revs visits every document with the revision it was written at, for the audit.
	Revs(ctx context.Context, visit func(id string, rev int64) error) error
	Close() error
}

// Doc is one document: a record, or one department's face of a customer. A
// document belongs to one department, so no text crosses a border.
type Doc struct {
	ID         string // "r17", or "c5-" and the department's slug for a face
	Rev        int64
	Customer   bool // a face of a customer rather than a record
	Kind       string
	Department string
	Source     string   // id of the source, "s3"; "" for a face
	Customers  []string // ids of linked customers; of the customer itself for a face
	Names      []string // names of the customer as this department writes them
	Title      string
	Text       string
	Numbers    []string // org numbers, customer numbers, phones and record numbers, normalised: letters and digits only, lower case
	At         time.Time
}

// Query asks the index.
type Query struct {
	Viewer      hub.Viewer
	Text        string   // words; the last one may be unfinished; "double quotes" make a phrase
	Departments []string // any of these; empty: all the viewer sees
	Kinds       []string
	Sources     []string
	Customer    string    // id of a customer: only its records
	From, To    time.Time // Doc.At in [From, To)
	Sort        string    // SortRelevance, SortNewest, SortOldest
	Offset      int
	Limit       int // of hits; at most 1000
	Customers   int // how many customers to find
}

// Orders of hits.
const (
	SortRelevance = "relevance"
	SortNewest    = "newest"
	SortOldest    = "oldest"
)

// Result holds ids in order; words and names come from the store.
type Result struct {
	Customers []string // ids of customers, best first
	Hits      []string // ids of records
	Total     int      // of hits
	Facets    Facets
	Took      time.Duration
}

// Facets counts the hits by department, kind and year. A count ignores the
// filter on its own field, so that a person sees what another choice would give.
type Facets struct {
	Department map[string]int `json:"department"`
	Kind       map[string]int `json:"kind"`
	Year       map[string]int `json:"year"`
}

// Refused names the documents that the engine does not take, with the reasons.
type Refused struct{ Docs map[string]string }

func (r *Refused) Error() string {
	for id, why := range r.Docs {
		return "index refuses " + id + ": " + why
	}
	return "index refuses a document"
}

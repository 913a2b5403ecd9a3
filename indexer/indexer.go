// Package indexer keeps a full-text index in step with the store and answers
// searches from it. The index is disposable: it holds nothing that the store
// lacks, and is rebuilt beside the old one when its schema changes.
//
// Two engines implement Index, bleve (in the process) and Meilisearch (a
// server); both pass the suite in package indextest and answer alike.
package indexer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"samsyn/internal/hub"
)

// Engine keeps named indexes.
type Engine interface {
	// Schema names the form of what the engine writes: its fields and how they
	// are analysed. Another schema needs another index.
	Schema() string
	// Open opens the index. fresh says that it was made now and is empty: there
	// was none, or the one there was damaged and has been set aside.
	Open(ctx context.Context, name string) (ix Index, fresh bool, err error)
	// Names lists the indexes that exist.
	Names(ctx context.Context) ([]string, error)
	// Drop removes an index; one that is not there is no error.
	Drop(ctx context.Context, name string) error
	Close() error
}

// Index is one index. It may be used by several goroutines.
type Index interface {
	// Write removes what gone names and then replaces whole documents. The id of
	// a customer, c5, in gone stands for all its faces; those in docs stay. It
	// returns when a search sees all of it. Documents the engine refuses are in a
	// *Refused error; the others were then not written either.
	Write(ctx context.Context, docs []Doc, gone []string) error
	// Bulk is how many bytes, about, are best written at once where much is to be;
	// less than a page of changes is not.
	Bulk() int
	// Search answers what q.Viewer may see, and nothing else.
	Search(ctx context.Context, q Query) (*Result, error)
	// Revs visits every document with the revision it was written at, for the audit.
	Revs(ctx context.Context, visit func(id string, rev int64) error) error
	Close() error
}

// Doc is one document: a record, or one department's face of a customer. A
// document belongs to one department, so no text crosses a border.
type Doc struct {
	ID         string // "r17", or "c5-" and a hash of the department for a face
	Rev        int64
	Customer   bool // a face of a customer rather than a record
	Kind       string
	Nature     string // what the record is: order, complaint, mail …; "" for a face
	Department string
	Source     string   // id of the source, "s3"; "" for a face
	Scope      string   // of the delivery shown, as ScopeID gives it; "" for a face
	Customers  []string // ids of linked customers; of the customer itself for a face
	Names      []string // names of the customer as this department writes them
	Title      string
	Text       string
	Quoted     string   // what a mail quotes from others; found, but weighs least
	Persons    []string // whom a record names, in the form that PersonName gives; none for a face
	Numbers    []string // org numbers, customer numbers, phones and record numbers in the forms that NumberForms gives
	At         time.Time
}

// Query asks the index.
type Query struct {
	Viewer      hub.Viewer
	Text        string   // words; the last one may be unfinished; "double quotes" make a phrase
	Departments []string // any of these; empty: all the viewer sees
	Kinds       []string
	Natures     []string
	Sources     []string
	Persons     []string // any of these, as in Doc.Persons
	Customer    string   // id of a customer: only its records
	Scope       string   // as ScopeID gives it: only what is shown from there
	Above       int64    // only records whose id has a higher number: those that came after it
	Span        hub.Span // Doc.At lies in it
	Sort        string   // one of the orders below
	Offset      int
	Limit       int  // of hits; at most 1000
	Customers   int  // how many customers to find
	Uncounted   bool // facets are not needed: they stay empty
	Typing      bool // whoever asks goes on typing: where counting persons takes longer than finding records, Facets.Person is nil

	// Told, if not nil, what Result.Customers and Result.Hits will hold, as soon as that
	// is known and before hits are counted: whoever fetches them need not wait. The calls
	// may come side by side and have ended when Search returns. An engine may leave them
	// out, and an index that is replaced meanwhile is asked again: what holds is the Result.
	ToldCustomers func(ids []string)
	ToldHits      func(ids []string)
}

// Narrowed reports whether anything but words narrows the question.
func (q Query) Narrowed() bool {
	return len(q.Departments)+len(q.Kinds)+len(q.Natures)+len(q.Sources)+len(q.Persons) > 0 || q.Customer != "" || q.Scope != "" || q.Above > 0 || q.Span != hub.Span{}
}

// tell calls one of the functions of a Query.
func tell(told func([]string), ids []string) {
	if told != nil {
		told(ids)
	}
}

// TellCustomers says that these will be Result.Customers.
func (q Query) TellCustomers(ids []string) { tell(q.ToldCustomers, ids) }

// TellHits says that these will be Result.Hits.
func (q Query) TellHits(ids []string) { tell(q.ToldHits, ids) }

// Orders of hits.
const (
	SortRelevance = "relevance"
	SortNewest    = "newest"
	SortOldest    = "oldest"
	SortArrived   = "arrived" // what came last first, by the number of the id
)

// Result holds ids in order; words and names come from the store.
//
// First come records that have all words as they are typed. Only when there are
// few of them, spelling mistakes are allowed for; and only when still none has
// all words, one word may be missing.
type Result struct {
	Customers []string // ids of customers, best first
	Hits      []string // ids of records
	Total     int      // of hits
	Facets    Facets
	Loose     bool // no record has all the words: one is missing in each of these
}

// Facets counts the hits by department, kind, nature, source, year and person. A count ignores
// the filter on its own field (for the year: Span), so that a person sees
// what another choice would give. Records without a time have no year.
type Facets struct {
	Department map[string]int `json:"department"`
	Kind       map[string]int `json:"kind"`
	Nature     map[string]int `json:"nature"`
	Source     map[string]int `json:"source"` // by id of the source, "s3"
	Year       map[string]int `json:"year"`   // in UTC
	Person     map[string]int `json:"person"` // the MaxPersons that most hits name
}

// NewResult is a result that has found nothing yet.
func NewResult() *Result {
	return &Result{Facets: Facets{
		Department: map[string]int{}, Kind: map[string]int{}, Nature: map[string]int{}, Source: map[string]int{}, Year: map[string]int{}, Person: map[string]int{},
	}}
}

// MaxPersons is how many persons a facet counts at most: there are thousands.
const MaxPersons = 100

// Reasons why a document is not taken, as people read them.
const (
	strangeID   = "its id is not made of letters, digits and dashes"
	unexplained = "the index says no more than that"
)

// Refused names the documents that the engine does not take, with the reasons: people
// read these, so that they are sentences of ours rather than the engine's own.
type Refused struct{ Docs map[string]string }

func (r *Refused) Error() string {
	ids := slices.Sorted(maps.Keys(r.Docs))
	if len(ids) == 0 {
		return "index refuses a document"
	}
	return fmt.Sprintf("index refuses %d documents, first %s: %s", len(ids), ids[0], r.Docs[ids[0]])
}

// Check returns a *Refused error that names the documents no engine takes:
// those whose id is not made of letters, digits and dashes, at most 200 of them.
func Check(docs []Doc) error {
	bad := map[string]string{}
	for _, d := range docs {
		if !validID(d.ID) {
			bad[d.ID] = strangeID
		}
	}
	if len(bad) > 0 {
		return &Refused{Docs: bad}
	}
	return nil
}

func validID(id string) bool {
	strange := func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	return id != "" && len(id) <= 200 && !strings.ContainsFunc(id, strange)
}

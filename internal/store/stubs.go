package store

// Signatures agreed between the packages; each moves to its own file as it is written.

import (
	"context"
	"encoding/json"
	"time"

	"samsyn/internal/hub"
)

// ---- sources.go

// Status is how a source fares.
type Status struct {
	hub.Source
	Syncing  bool         `json:"syncing"`
	Progress hub.Progress `json:"progress"`
	Tried    time.Time    `json:"tried,omitzero"`
	Synced   time.Time    `json:"synced,omitzero"`
	Class    string       `json:"class,omitempty"`
	Error    string       `json:"error,omitempty"`
	Scopes   int          `json:"scopes"`
	Records  int          `json:"records"`
	Problems int          `json:"problems"`
	Held     int          `json:"held"` // records whose removal waits for Accept
}

func (s *Store) AddSource(ctx context.Context, src hub.Source) (hub.SourceID, error) { panic("stub") }
func (s *Store) UpdateSource(ctx context.Context, src hub.Source) error              { panic("stub") }
func (s *Store) RemoveSource(ctx context.Context, id hub.SourceID) error             { panic("stub") }
func (s *Store) Source(ctx context.Context, id hub.SourceID) (hub.Source, error)     { panic("stub") }
func (s *Store) SourceByName(ctx context.Context, name string) (hub.Source, error)   { panic("stub") }
func (s *Store) Sources(ctx context.Context) ([]hub.Source, error)                   { panic("stub") }
func (s *Store) Statuses(ctx context.Context) ([]Status, error)                      { panic("stub") }
func (s *Store) Accept(ctx context.Context, id hub.SourceID) (records int, err error) {
	panic("stub")
}

// ---- sync.go

// Sync is one look at one source under a lease.
type Sync struct{}

// Seen is what the store has of a scope; it answers connectors.Known.
type Seen struct{}

func (k *Seen) Ref(ref string) bool     { panic("stub") }
func (k *Seen) Mark(mark string) string { panic("stub") }
func (k *Seen) Refs() map[string]string { panic("stub") } // ref → key
func (s *Store) BeginSync(ctx context.Context, id hub.SourceID, owner string, ttl time.Duration) (*Sync, error) {
	panic("stub")
}
func (y *Sync) Renew(ctx context.Context) error                                    { panic("stub") }
func (y *Sync) Progress(ctx context.Context, p hub.Progress) error                 { panic("stub") }
func (y *Sync) Versions(ctx context.Context) (map[string]string, error)            { panic("stub") }
func (y *Sync) Scope(ctx context.Context, name string) (*Seen, error)              { panic("stub") }
func (y *Sync) Put(ctx context.Context, scope hub.Scope, items []hub.Item) error   { panic("stub") }
func (y *Sync) Done(ctx context.Context, scope hub.Scope, gone []string) error     { panic("stub") }
func (y *Sync) Drop(ctx context.Context, scope string) error                       { panic("stub") }
func (y *Sync) Report(ctx context.Context, scope, ref, class, reason string) error { panic("stub") }
func (y *Sync) Finish(ctx context.Context, complete bool, failure error) error     { panic("stub") }

// ---- changes.go: the change sequence and its followers

func (s *Store) Changes(ctx context.Context, after hub.Cursor, limit int) ([]hub.Change, error) {
	panic("stub")
}

// ContentChanges are the records whose content changed or that are gone, in the
// order of content_rev; Change.Cursor then counts content_rev. The linker follows it.
func (s *Store) ContentChanges(ctx context.Context, after hub.Cursor, limit int) ([]hub.Change, error) {
	panic("stub")
}
func (s *Store) Head(ctx context.Context) (rev int64, err error)                { panic("stub") }
func (s *Store) Cursor(ctx context.Context, name string) (hub.Cursor, error)    { panic("stub") } // zero if unknown
func (s *Store) SetCursor(ctx context.Context, name string, c hub.Cursor) error { panic("stub") }
func (s *Store) DropCursor(ctx context.Context, name string) error              { panic("stub") }
func (s *Store) Restamp(ctx context.Context, records []hub.RecordID, customers []hub.CustomerID) error {
	panic("stub")
}
func (s *Store) Revs(ctx context.Context, visit func(record hub.RecordID, customer hub.CustomerID, rev int64) error) error {
	panic("stub")
}
func (s *Store) Purge(ctx context.Context) (records int, err error) { panic("stub") } // tombstones that every cursor has passed, contents nobody shows

// ---- records.go

func (s *Store) Record(ctx context.Context, v hub.Viewer, id hub.RecordID) (*hub.Record, error) {
	panic("stub")
}
func (s *Store) Records(ctx context.Context, v hub.Viewer, ids []hub.RecordID) (map[hub.RecordID]*hub.Record, error) {
	panic("stub")
}

// EachRecord visits every live record with links and sightings, sorted by source name and key.
func (s *Store) EachRecord(ctx context.Context, visit func(*hub.Record) error) error { panic("stub") }
func (s *Store) Erase(ctx context.Context, ids []hub.RecordID) error                 { panic("stub") }

// ---- problems.go, settings.go

func (s *Store) Problems(ctx context.Context, v hub.Viewer) ([]hub.Problem, error) { panic("stub") }

// Problem files a problem outside a sync, as the indexer does for a document it is refused.
func (s *Store) Problem(ctx context.Context, p hub.Problem) error         { panic("stub") }
func (s *Store) Setting(ctx context.Context, name string, into any) error { panic("stub") } // ErrNotFound
func (s *Store) SetSetting(ctx context.Context, name string, value any) error {
	panic("stub")
}

var _ json.RawMessage

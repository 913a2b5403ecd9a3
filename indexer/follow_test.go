package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

// TestKilledBetweenPages lets a follower die after every write in turn: the
// next one goes on and misses nothing.
func TestKilledBetweenPages(t *testing.T) {
	h := newHouse(t)
	killed := errors.New("killed")
	for round := range 4 {
		h.put("salg", rows(40+round, fmt.Sprintf("runde%d", round)))
		h.close()
		h.open(func(e indexer.Engine) indexer.Engine {
			return changed{Engine: e, schema: e.Schema()}
		})
		feed := dying{Feed: h.store, err: killed}
		ix := h.index()
		if _, err := indexer.Follow(t.Context(), feed, ix, "samsyn-aside"); !errors.Is(err, killed) {
			t.Fatalf("error %v, want %v", err, killed)
		}
		if _, err := indexer.Follow(t.Context(), h.store, ix, "samsyn-aside"); err != nil {
			t.Fatal(err)
		}
		res, err := ix.Search(t.Context(), indexer.Query{Viewer: hub.Viewer{All: true}, Text: fmt.Sprintf("runde%d ", round)})
		if err != nil || res.Total != 40+round {
			t.Errorf("round %d: %+v, error %v; want %d", round, res, err, 40+round)
		}
		if err := ix.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *house) index() indexer.Index {
	h.t.Helper()
	ix, _, err := h.engine.Open(h.t.Context(), "aside")
	if err != nil {
		h.t.Fatal(err)
	}
	return ix
}

// dying is a feed whose reader dies before the cursor is saved.
type dying struct {
	indexer.Feed
	err error
}

func (d dying) SetCursor(context.Context, string, hub.Cursor) error { return d.err }

// TestBulk: an engine that wants much at once gets several pages in one, and what
// goes while they are read does not come back.
func TestBulk(t *testing.T) {
	feed := &growing{rows: 5000, gone: 7}
	for bulk, want := range map[int][]int{0: {2000, 2000, 1000}, 1 << 20: {4000, 1000}, 1 << 30: {4999}} {
		ix := &noting{bulk: bulk}
		feed.at = hub.Cursor{}
		if n, err := indexer.Follow(t.Context(), feed, ix, "some"); n != feed.rows || err != nil {
			t.Fatalf("bulk %d: %d changes, error %v; want %d", bulk, n, err, feed.rows)
		}
		if !slices.Equal(ix.sizes, want) {
			t.Errorf("bulk %d: batches of %v, want %v", bulk, ix.sizes, want)
		}
		if ix.has["r7"] || len(ix.has) != feed.rows-2 {
			t.Errorf("bulk %d: %d documents, r7 among them: %v; want %d without it", bulk, len(ix.has), ix.has["r7"], feed.rows-2)
		}
	}
}

// growing is a feed of rows, the last of whose changes says that an early one is gone.
type growing struct {
	indexer.Feed
	rows, gone int
	at         hub.Cursor
}

func (g *growing) Cursor(context.Context, string) (hub.Cursor, error)        { return g.at, nil }
func (g *growing) SetCursor(_ context.Context, _ string, c hub.Cursor) error { g.at = c; return nil }

func (g *growing) Changes(_ context.Context, after hub.Cursor, limit int) (changes []hub.Change, err error) {
	for n := int(after.Rev) + 1; n <= g.rows && len(changes) < limit; n++ {
		c := hub.Change{Cursor: hub.Cursor{Rev: int64(n)}, Record: &hub.Record{ID: hub.RecordID(n)}}
		if c.Gone = n == g.rows; c.Gone {
			c.Record.ID = hub.RecordID(g.gone)
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// noting is an index that notes what is written.
type noting struct {
	indexer.Index
	bulk  int
	sizes []int
	has   map[string]bool
}

func (n *noting) Bulk() int { return n.bulk }

func (n *noting) Write(_ context.Context, docs []indexer.Doc, gone []string) error {
	if n.has == nil {
		n.has = map[string]bool{}
	}
	n.sizes = append(n.sizes, len(docs)+len(gone))
	for _, id := range gone {
		delete(n.has, id)
	}
	for _, d := range docs {
		n.has[d.ID] = true
	}
	return nil
}

func TestRefusedDocuments(t *testing.T) {
	for name, refuse := range map[string]func(bad []string) error{
		"named": func(bad []string) error {
			r := &indexer.Refused{Docs: map[string]string{}}
			for _, id := range bad {
				r.Docs[id] = "too odd"
			}
			return r
		},
		"unnamed": func([]string) error { return &indexer.Refused{} },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			data := rows(40, "levert")
			h.put("salg", data)
			h.follow()
			data["rad3"], data["rad7"] = "Fjordvik AS: giftig a", "Fjordvik AS: giftig b"
			data["rad8"] = "Fjordvik AS: sunn"
			delete(data, "rad0") // goes in the same batch
			h.put("salg", data)
			h.close()
			h.open(func(e indexer.Engine) indexer.Engine {
				return changed{Engine: e, schema: e.Schema(), fail: func(docs []indexer.Doc) error {
					var bad []string
					for _, d := range docs {
						if strings.Contains(d.Text, "giftig") {
							bad = append(bad, d.ID)
						}
					}
					if len(bad) == 0 {
						return nil
					}
					return refuse(bad)
				}}
			})
			h.follow()
			h.wants("sunn", 1)
			h.wants("giftig", 0)
			h.wants("nummer3 ", 0) // what it said before is not found either
			h.wants("nummer0 ", 0)
			problems, err := h.store.Problems(t.Context(), hub.Viewer{All: true})
			if err != nil {
				t.Fatal(err)
			}
			var refs []string
			for _, p := range problems {
				refs = append(refs, p.Ref)
				if p.Source != h.sources["salg"] || p.Class != hub.ClassBroken || !strings.Contains(p.Reason, "cannot be found by searching") {
					t.Errorf("problem %+v", p)
				}
			}
			if got := sorted(refs); !slices.Equal(got, []string{"rad3", "rad7"}) {
				t.Errorf("problems at %v, want rad3 and rad7", got)
			}
		})
	}
}

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
			if name == "named" {
				h.wants("nummer3 ", 0) // what it said before is not found either
			}
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

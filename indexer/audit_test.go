package indexer_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/internal/hub"
)

func TestDamagedIndex(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"gone": os.RemoveAll,
		"garbage in the root": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "records", "root.bolt"), []byte(strings.Repeat("garbage", 5000)), 0o600)
		},
		"a segment cut short": func(dir string) error { return eachSegment(dir, func(p string) error { return os.Truncate(p, 100) }) },
		"a segment missing":   func(dir string) error { return eachSegment(dir, os.Remove) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.put("salg", rows(30, "levert"))
			h.follow()
			index := filepath.Join(h.dir, h.names()[0])
			h.close()
			if err := damage(index); err != nil {
				t.Fatal(err)
			}
			h.open(func(e indexer.Engine) indexer.Engine { return e })
			h.follow()
			h.wants("levert", 30)
		})
	}
}

func eachSegment(dir string, f func(path string) error) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.zap"))
	if err == nil && len(paths) == 0 {
		err = errors.New("no segments")
	}
	for _, p := range paths {
		err = errors.Join(err, f(p))
	}
	return err
}

func TestIndexInUse(t *testing.T) {
	h := newHouse(t)
	e, err := bleve.Open(h.dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := indexer.OpenLive(t.Context(), e, h.store, slog.New(slog.DiscardHandler)); !errors.Is(err, bleve.ErrInUse) {
		t.Errorf("a second process opens the same index: error %v, want %v", err, bleve.ErrInUse)
	}
	h.put("salg", rows(3, "levert"))
	h.follow()
	h.wants("levert", 3) // and nothing was set aside
}

func TestAudit(t *testing.T) {
	h := newHouse(t)
	h.put("salg", rows(30, "levert"))
	h.follow()
	if d, err := h.live.Audit(t.Context()); err != nil || d.Missing+d.Stale+d.Strange != 0 || d.Compared != 31 {
		t.Fatalf("audit of a sound index: %+v, error %v", d, err)
	}
	name := h.names()[0]
	h.close()

	// What a restored backup may bring: lost, old and strange documents.
	e, err := bleve.Open(h.dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ix, _, err := e.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	if err := ix.Revs(t.Context(), func(id string, _ int64) error { ids = append(ids, id); return nil }); err != nil {
		t.Fatal(err)
	}
	ids = sorted(slices.DeleteFunc(ids, func(id string) bool { return id[0] == 'c' }))
	err = ix.Write(t.Context(), []indexer.Doc{
		{ID: ids[5], Rev: 1, Kind: hub.KindRow, Department: "support", Text: "hemmelig"},
		{ID: "r999999", Rev: 9, Kind: hub.KindRow, Department: "salg", Text: "fremmed"},
		{ID: "x", Rev: 9, Kind: hub.KindRow, Department: "salg", Text: "fremmed"},
		{ID: "c999998-1", Rev: 9, Customer: true, Customers: []string{"c999998"}, Department: "salg", Names: []string{"Fremmed AS"}},
	}, ids[:5])
	if err := errors.Join(err, ix.Close(), e.Close()); err != nil {
		t.Fatal(err)
	}

	h.open(func(e indexer.Engine) indexer.Engine { return e })
	h.wants("levert", 24)
	d, err := h.live.Audit(t.Context())
	if want := (indexer.Differences{Missing: 5, Stale: 1, Strange: 3, Compared: 31}); err != nil || d != want {
		t.Errorf("audit found %+v, error %v; want %+v", d, err, want)
	}
	h.wants("levert", 30)
	h.wants("hemmelig", 0)
	h.wants("fremmed", 0)
	if d, err := h.live.Audit(t.Context()); err != nil || d.Missing+d.Stale+d.Strange != 0 {
		t.Errorf("a second audit finds %+v, error %v", d, err)
	}
}

// TestAuditLeavesWhatWaits: what the index does not take yet, since it is still
// to be linked, is not missing from it.
func TestAuditLeavesWhatWaits(t *testing.T) {
	h := newHouse(t)
	h.put("salg", rows(30, "levert"))
	h.follow()
	h.write("salg", rows(40, "levert"))
	h.follow()
	h.wants("levert", 30)
	if d, err := h.live.Audit(t.Context()); err != nil || d.Missing+d.Stale+d.Strange != 0 {
		t.Errorf("audit found %+v, error %v", d, err)
	}
	h.link()
	h.follow()
	h.wants("levert", 40)
}

package bleve

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"samsyn/indexer"
)

// TestColumnsAreReadBeforeASearch: whatever was written, merged or brought to disk,
// no search has to read the columns of a segment.
func TestColumnsAreReadBeforeASearch(t *testing.T) {
	e, err := Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	made, _, err := e.Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	ix := made.(*Index)
	for batch := range 12 {
		var docs []indexer.Doc
		for n := range 100 {
			docs = append(docs, indexer.Doc{ID: fmt.Sprintf("r%d", batch*100+n+1), Kind: "row", Department: "Salg", Text: "avtale om takrenner", Persons: []string{"Per Ås"}})
		}
		if err := ix.Write(t.Context(), docs, nil); err != nil {
			t.Fatal(err)
		}
	}
	unread := func() (n, all int) {
		reader, err := ix.records.index.Reader()
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		ix.records.mu.Lock()
		defer ix.records.mu.Unlock()
		for _, part := range reader.(*scorch.IndexSnapshot).Segments() {
			all++
			if ix.records.columns[part.Segment()] == nil {
				n++
			}
		}
		return n, all
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		n, all := unread()
		if n == 0 && all > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the columns of %d of %d segments are not read", n, all)
		}
	}
}

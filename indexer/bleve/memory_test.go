package bleve_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
)

// TestShortTextsAfterALongOne: how much is set aside to write a batch does not
// depend on what the batch before it was.
func TestShortTextsAfterALongOne(t *testing.T) {
	e, err := bleve.Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ix := open(t, e)
	defer shut(t, ix, e)
	var long strings.Builder
	for i := range 100_000 {
		long.WriteString(strconv.Itoa(1_000_000+i) + " ")
	}
	short := make([]indexer.Doc, 500)
	for i := range short {
		short[i] = indexer.Doc{ID: fmt.Sprintf("r%d", 1000+i), Kind: "mail", Department: "salg", Text: "takrenner og beslag"}
	}
	write := func(docs ...indexer.Doc) (allocated uint64) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := ix.Write(t.Context(), docs, nil); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	usual := write(short...)
	for range 8 {
		write(indexer.Doc{ID: "r1", Kind: "mail", Department: "salg", Text: long.String()})
		if got := write(short...); got > usual+256<<20 {
			t.Fatalf("after a long text, %d MB are allocated to write what took %d MB before", got>>20, usual>>20)
		}
	}
}

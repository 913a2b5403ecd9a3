package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// BenchmarkPut writes new rows of twelve cells, then the same rows again.
// ns/op is for one row; rows/s are told too.
func BenchmarkPut(b *testing.B) {
	for name, open := range databases {
		for _, size := range []int{1000, 5000} {
			for _, again := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s/batch=%d/again=%t", name, size, again), func(b *testing.B) {
					benchmarkPut(b, open(b), size, again)
				})
			}
		}
	}
}

func benchmarkPut(b *testing.B, s *store.Store, size int, again bool) {
	ctx := context.Background()
	id, err := s.AddSource(ctx, hub.Source{Name: "bench", Kind: "folder", Department: "Sales"})
	if err != nil {
		b.Fatal(err)
	}
	y, err := s.BeginSync(ctx, id, "bench", time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	put := func() {
		for from := 0; from < b.N; from += size {
			if err := y.Put(ctx, hub.Scope{Name: "customers.xlsx#Sheet1"}, benchRows(from, min(from+size, b.N))); err != nil {
				b.Fatal(err)
			}
		}
	}
	if again {
		put()
	}
	b.ResetTimer()
	put()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func benchRows(from, to int) []hub.Item {
	out := make([]hub.Item, 0, to-from)
	for i := from; i < to; i++ {
		c := &hub.Content{Kind: hub.KindRow, Title: fmt.Sprintf("Customer %d AS", i)}
		for f := range 12 {
			c.Fields = append(c.Fields, hub.Field{Column: string(rune('A' + f)), Name: fmt.Sprintf("Header %d", f), Value: fmt.Sprintf("value %d of %d", f, i)})
		}
		out = append(out, hub.Item{Ref: fmt.Sprint(i), Key: fmt.Sprintf("%08d-%d", i*7919%100_000_000, i), Content: c})
	}
	return out
}

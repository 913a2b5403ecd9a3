package folder

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"samsyn/connectors"
)

// BenchmarkIdleLook looks at a folder of 2,000 workbooks in which nothing changed.
func BenchmarkIdleLook(b *testing.B) {
	const files = 2000
	dir := b.TempDir()
	old := time.Now().Add(-time.Hour)
	known := map[string]string{}
	for i := range files {
		sub := filepath.Join(dir, fmt.Sprintf("avdeling %d", i%20))
		path := filepath.Join(sub, fmt.Sprintf("Kunder %d.xlsx", i))
		if err := os.MkdirAll(sub, 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("PK"), 0o600); err != nil {
			b.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			b.Fatal(err)
		}
		st, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, sheet := range []string{"Ark1", "Ark2", "Ark3"} {
			known[fmt.Sprintf("avdeling %d/Kunder %d.xlsx#%s", i%20, i, sheet)] = version(st) + "/3"
		}
	}
	for b.Loop() {
		conn, err := (&Config{Path: dir, Poll: 30}).Open(b.Context(), connectors.Env{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for s, err := range conn.Scopes(b.Context(), known) {
			if err != nil || known[s.Name] != s.Version {
				b.Fatal(s, err)
			}
			n++
		}
		if n != len(known) {
			b.Fatalf("%d sheets", n)
		}
		conn.Close()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/look")
}

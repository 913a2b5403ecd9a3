package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/xuri/excelize/v2"

	"samsyn/configs"
	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/ingest"
)

var bookRows = flag.Int("rows", 200_000, "rows of the workbook of BenchmarkWorkbook")

// BenchmarkWorkbook takes one workbook of twelve columns the whole way and sets
// it against the libraries beneath: reading, storing and linking against
// excelize's bare stream of the same file, and making searchable against bare
// bleve with the same documents. Both ratios are of rows per second, more is
// better:
//
//	go test -run ^$ -bench Workbook -benchtime 1x -timeout 60m ./cmd/samsyn -rows 200000
func BenchmarkWorkbook(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "files", "book.xlsx")
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), writeBook(path, *bookRows, invoice)); err != nil {
		b.Fatal(err)
	}
	for round := 0; b.Loop(); round++ {
		streamed := timed(b, func() error { return streamBook(path) })
		a := benchApp(b, filepath.Join(dir, fmt.Sprint("data", round)))
		id, err := a.store.AddSource(b.Context(), hub.Source{Name: "a", Kind: "folder", Department: "d", Config: folderConfig(b, filepath.Dir(path))})
		if err != nil {
			b.Fatal(err)
		}
		looker := &ingest.Looker{Store: a.store, Registry: a.registry, Owner: "bench", TTL: time.Minute, Log: a.log}
		stored := timed(b, func() error { _, err := looker.Sync(b.Context(), id); return err })
		linked := timed(b, func() error { return toHead(func() (int, error) { return a.linker.Follow(b.Context()) }) })
		indexed := timed(b, func() error { return toHead(func() (int, error) { return a.index.Follow(b.Context()) }) })
		bare := indexBare(b, a, filepath.Join(dir, fmt.Sprint("bare", round)))
		rows := float64(*bookRows)
		b.ReportMetric(rows/stored.Seconds(), "stored-rows/s")
		b.ReportMetric(rows/linked.Seconds(), "linked-rows/s")
		b.ReportMetric(rows/indexed.Seconds(), "indexed-rows/s")
		b.ReportMetric(streamed.Seconds()/(stored+linked).Seconds(), "ratio-linked/excelize")
		b.ReportMetric(bare.Seconds()/indexed.Seconds(), "ratio-indexed/bleve")
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// writeBook makes a workbook of n rows below a header.
func writeBook(path string, n int, row func(i int) []any) error {
	book := excelize.NewFile()
	defer book.Close()
	w, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	header := []any{"Kundenr", "Navn", "Merknad", "Org.nr", "Kontaktperson", "E-post", "Telefon", "Fakturadato", "Forfallsdato", "Beløp", "Status", "Fakturanr"}
	if err := w.SetRow("A1", header[:len(row(0))]); err != nil {
		return err
	}
	for i := range n {
		if err := w.SetRow(fmt.Sprintf("A%d", i+2), row(i)); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return book.SaveAs(path)
}

func invoice(i int) []any {
	return []any{10_000 + i%9000, fmt.Sprintf("Fjellvik Bygg %d AS", i%9000), fmt.Sprintf("levert som avtalt %d", i), orgNo(i % 9000), "Kari Nordmann", fmt.Sprintf("kari%d@fjellvik%d.no", i%9000, i%9000),
		"22 33 44 55", "2024-05-17", "2024-06-17", float64(i) * 1.25, "Betalt", fmt.Sprintf("F-%07d", i)}
}

// orgNo is the n-th Norwegian organisation number, or near it: the last digit checks the others.
func orgNo(n int) string {
	for base := 81_000_000 + n*11; ; base++ {
		sum, digits := 0, fmt.Sprint(base)
		for i, weight := range []int{3, 2, 7, 6, 5, 4, 3, 2} {
			sum += int(digits[i]-'0') * weight
		}
		if check := (11 - sum%11) % 11; check < 10 {
			return fmt.Sprint(digits, check)
		}
	}
}

func timed(b *testing.B, f func() error) time.Duration {
	b.Helper()
	began := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// toHead repeats a step until nothing is left.
func toHead(step func() (int, error)) error {
	for {
		if n, err := step(); err != nil || n == 0 {
			return err
		}
	}
}

func streamBook(path string) error {
	book, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
	if err != nil {
		return err
	}
	defer book.Close()
	rows, err := book.Rows("Sheet1")
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		if _, err := rows.Columns(excelize.Options{RawCellValue: true}); err != nil {
			return err
		}
		n++
	}
	if n != *bookRows+1 {
		return fmt.Errorf("%d rows", n)
	}
	return rows.Error()
}

func benchApp(b *testing.B, data string) *app {
	b.Helper()
	cfg := configs.Default()
	cfg.Data = data
	a, err := openApp(&env{ctx: b.Context(), cfg: cfg, log: slog.New(slog.DiscardHandler), out: newOutput(io.Discard, io.Discard)})
	if err != nil {
		b.Fatal(err)
	}
	return a
}

func folderConfig(b *testing.B, path string) []byte {
	config, err := json.Marshal(map[string]any{"path": path, "poll": 30})
	if err != nil {
		b.Fatal(err)
	}
	return config
}

// indexBare gives bleve, as it comes, the documents that were indexed, and
// returns how long it took to write them; getting them is not counted.
func indexBare(b *testing.B, a *app, path string) (took time.Duration) {
	b.Helper()
	ix, err := bleve.New(path, bleve.NewIndexMapping())
	if err != nil {
		b.Fatal(err)
	}
	var at hub.Cursor
	for {
		changes, err := a.store.Changes(b.Context(), at, 1000)
		if err != nil {
			b.Fatal(err)
		}
		if len(changes) == 0 {
			break
		}
		at = changes[len(changes)-1].Cursor
		began := time.Now()
		batch := ix.NewBatch()
		for _, c := range changes {
			docs, _ := indexer.Docs(c, nil)
			for _, d := range docs {
				if err := batch.Index(d.ID, d); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := ix.Batch(batch); err != nil {
			b.Fatal(err)
		}
		took += time.Since(began)
	}
	if err := ix.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

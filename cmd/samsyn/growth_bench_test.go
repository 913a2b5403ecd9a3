package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var grownRows = flag.Int("grown", 100_000, "rows of the larger company of BenchmarkGrowth; the smaller has a tenth")

// BenchmarkGrowth reads a company of a tenth of the rows and one of all, each in
// one workbook, and sets the processor time for a record of the larger against
// that of the smaller, less is better; and tells what the process that read the
// larger took for itself, in MB.
//
//	go test -run ^$ -bench Growth -benchtime 1x -timeout 4h ./cmd/samsyn -grown 1000000
func BenchmarkGrowth(b *testing.B) {
	p := buildProgram(b)
	for b.Loop() {
		small, _ := readGrown(b, p, *grownRows/10)
		large, memory := readGrown(b, p, *grownRows)
		b.ReportMetric(float64(small.Microseconds()), "µs/record-small")
		b.ReportMetric(float64(large.Microseconds()), "µs/record-large")
		b.ReportMetric(float64(large)/float64(small), "ratio-large/small")
		b.ReportMetric(float64(memory>>20), "MB-own")
	}
}

// readGrown reads a workbook of so many rows and returns the processor time for
// each, and the most memory the process took for itself, in bytes.
func readGrown(b *testing.B, p program, rows int) (each time.Duration, memory int) {
	b.Helper()
	dir := b.TempDir()
	files, data := filepath.Join(dir, "files"), filepath.Join(dir, "data")
	if err := os.MkdirAll(files, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := writeBook(filepath.Join(files, "book.xlsx"), rows, growing(rows)); err != nil {
		b.Fatal(err)
	}
	p.must(data, "source", "add", "folder", "--name", "files", "--department", "Salg", "--path", files)
	sync, began := p.command(data, "sync", "--wait"), time.Now()
	if err := sync.Start(); err != nil {
		b.Fatal(err)
	}
	watched := watchMemory(sync.Process.Pid)
	if err := sync.Wait(); err != nil {
		b.Fatal(err)
	}
	memory = <-watched
	cpu := sync.ProcessState.SystemTime() + sync.ProcessState.UserTime()
	b.Logf("%d rows: %.0f s, %.0f s of processor time, %d MB of its own", rows, time.Since(began).Seconds(), cpu.Seconds(), memory>>20)
	return cpu / time.Duration(rows), memory
}

// growing is a row of a company that has a customer for every twenty of its rows.
func growing(rows int) func(i int) []any {
	customers := max(rows/20, 1)
	return func(i int) []any {
		c := i % customers
		return []any{10_000 + c, fmt.Sprintf("Fjellvik Bygg %d AS", c), fmt.Sprintf("levert som avtalt %d", i), orgNo(c), "Kari Nordmann", fmt.Sprintf("kari%d@fjellvik%d.no", c, c),
			fmt.Sprint(22_000_000 + c), "2024-05-17", "2024-06-17", float64(i) * 1.25, "Betalt", fmt.Sprintf("F-%07d", i)}
	}
}

// BenchmarkWorkers gives the production set-up, Postgres with Redis and
// Meilisearch, the same twelve workbooks in twelve folders, with one worker
// process and with two, and sets their times until everything is found and the
// processor time of the workers against one another.
//
//	go test -run ^$ -bench Workers -benchtime 1x -timeout 2h ./cmd/samsyn -grown 100000
func BenchmarkWorkers(b *testing.B) {
	p := buildProgram(b)
	for b.Loop() {
		oneTime, oneCPU := workedOff(b, p, 1)
		twoTime, twoCPU := workedOff(b, p, 2)
		b.ReportMetric(oneTime.Seconds(), "s-one")
		b.ReportMetric(twoTime.Seconds(), "s-two")
		b.ReportMetric(oneTime.Seconds()/twoTime.Seconds(), "ratio-speed-two/one")
		b.ReportMetric(twoCPU.Seconds()/oneCPU.Seconds(), "ratio-processor-two/one")
	}
}

// workedOff lets n worker processes read everything.
func workedOff(b *testing.B, p program, n int) (took, cpu time.Duration) {
	b.Helper()
	e := newEstate(p, b, 0)
	dir := b.TempDir()
	const folders = 12
	rows := *grownRows / folders
	row := growing(rows * folders)
	data := e.dir("pages")
	for f := range folders {
		path := filepath.Join(dir, "files", fmt.Sprint(f))
		if err := os.MkdirAll(path, 0o700); err != nil {
			b.Fatal(err)
		}
		if err := writeBook(filepath.Join(path, "book.xlsx"), rows, func(i int) []any { return row(f*rows + i) }); err != nil {
			b.Fatal(err)
		}
		e.must(data, "source", "add", "folder", "--name", fmt.Sprint("files", f), "--department", "Salg", "--path", path)
	}
	began := time.Now()
	var workers []*served
	for w := range n {
		workers = append(workers, e.serve(e.dir(fmt.Sprint("worker", w)), "serve", "--only", "workers"))
	}
	for e.hits(data, "fjellvik") < rows*folders {
		if time.Since(began) > time.Hour {
			b.Fatal("not everything is found after an hour")
		}
		time.Sleep(time.Second)
	}
	took = time.Since(began)
	for _, w := range workers {
		if err := w.Process.Signal(os.Interrupt); err != nil {
			b.Fatal(err)
		}
		if err := w.Wait(); err != nil {
			said, _ := os.ReadFile(w.log)
			b.Fatalf("%v\n%s", err, bytes.TrimSpace(said))
		}
		cpu += w.ProcessState.SystemTime() + w.ProcessState.UserTime()
	}
	b.Logf("%d: %.0f s, %.0f s of processor time of the workers", n, took.Seconds(), cpu.Seconds())
	return took, cpu
}

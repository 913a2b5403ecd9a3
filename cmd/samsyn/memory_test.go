package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/xuri/excelize/v2"
)

// mostMemory is what one process may take at its peak, in bytes, whatever lies
// in a folder.
const mostMemory = 400 << 20

// TestLargeTextsFitInMemory reads files of huge cells with the real program, in
// a process of its own whose memory the system measures.
func TestLargeTextsFitInMemory(t *testing.T) {
	p := buildProgram(t)
	for name, write := range map[string]func(path string, words *wordy) error{
		"texts.xlsx": func(path string, words *wordy) error { return writeBook(path, 250, words.row) },
		"cells.csv":  writeLongCells,
	} {
		t.Run(name, func(t *testing.T) {
			files, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
			if err := write(filepath.Join(files, name), &wordy{rand.New(rand.NewPCG(1, 1))}); err != nil {
				t.Fatal(err)
			}
			p.must(data, "source", "add", "folder", "--name", "a", "--department", "d", "--path", files)
			cmd := p.command(data, "sync", "--wait")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
			t.Logf("%d MB at the peak, %v of processor time", peak>>20, cmd.ProcessState.UserTime())
			if peak > mostMemory {
				t.Errorf("%d MB at the peak, want at most %d", peak>>20, mostMemory>>20)
			}
			if p.hits(data, "Linje 7") == 0 {
				t.Error("its rows are not found")
			}
			told := string(p.must(data, "problems", "--json"))
			if name == "cells.csv" && !strings.Contains(told, "are cut there: 300 of them") {
				t.Errorf("what was cut is not told: %s", told)
			}
		})
	}
}

// wordy writes text that no index can compress: words that are hardly ever the same.
type wordy struct{ *rand.Rand }

func (w *wordy) text(bytes int) string {
	var b strings.Builder
	for b.Len() < bytes-9 {
		fmt.Fprintf(&b, "w%x ", w.Uint32N(1<<24))
	}
	return b.String()
}

func (w *wordy) row(i int) []any {
	return []any{10_000 + i, fmt.Sprintf("Linje %d AS", i), w.text(32_000)}
}

func writeLongCells(path string, words *wordy) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.WriteString(f, "Kundenr;Navn;Merknad\n"); err != nil {
		return err
	}
	for i := range 300 {
		if _, err := fmt.Fprintf(f, "%d;Linje %d AS;%s\n", 10_000+i, i, words.text(200_000)); err != nil {
			return err
		}
	}
	return f.Close()
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

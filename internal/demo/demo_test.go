package demo

import (
	"bytes"
	"net/mail"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

var day = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func TestWorldIsLargeEnough(t *testing.T) {
	dir := t.TempDir()
	w := New(1, day)
	if len(w.Customers) < 300 {
		t.Errorf("%d customers, want at least 300", len(w.Customers))
	}
	if err := w.WriteBooks(dir); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, d := range Departments {
		files, err := os.ReadDir(filepath.Join(dir, d))
		if err != nil || len(files) == 0 {
			t.Errorf("department %s has no file: %v", d, err)
		}
		for _, f := range files {
			rows += countRows(t, filepath.Join(dir, d, f.Name()))
		}
	}
	if rows < 5000 {
		t.Errorf("%d rows, want at least 5,000", rows)
	}
	letters, err := w.Letters()
	if err != nil {
		t.Fatal(err)
	}
	if len(letters) < 1500 {
		t.Errorf("%d mails, want at least 1,500", len(letters))
	}
	t.Logf("%d customers, %d rows, %d mails", len(w.Customers), rows, len(letters))
}

func countRows(t *testing.T, path string) int {
	if filepath.Ext(path) == ".csv" {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(b, []byte("\n"))
	}
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for _, s := range f.GetSheetList() {
		rows, err := f.GetRows(s)
		if err != nil {
			t.Fatal(err)
		}
		n += len(rows)
	}
	return n
}

func TestLettersAreTheSameEveryTime(t *testing.T) {
	first := lettersOf(t, true)
	again := lettersOf(t, false)
	for i := range first {
		if !bytes.Equal(first[i].Raw, again[i].Raw) && !bytes.Contains(first[i].Raw, []byte("spreadsheetml")) {
			t.Fatalf("letter %d differs between two makings", i)
		}
		if _, err := mail.ReadMessage(bytes.NewReader(first[i].Raw)); err != nil {
			t.Fatalf("letter %d: %v", i, err)
		}
		if first[i].Date.After(day) {
			t.Fatalf("letter %d lies in the future", i)
		}
	}
}

func lettersOf(t *testing.T, books bool) []Letter {
	w := New(7, day)
	if books {
		if err := w.WriteBooks(t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	l, err := w.Letters()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

package main

import (
	"archive/zip"
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"samsyn/internal/testenv"
)

// ownMemory bounds what a process takes for itself with the default settings,
// in bytes: Go's heap with its limit of 256 MiB, SQLite's caches and what a
// batch takes beyond. Files of the index that are mapped do not count, the
// system takes their memory back when it is short.
const ownMemory = 448 << 20

// TestMemoryStaysBounded reads files and a mail that hold far more than a
// process may take, each with a row that anyone could read beside it.
func TestMemoryStaysBounded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is told apart as /proc tells it")
	}
	p := buildProgram(t)
	data, files := filepath.Join(t.TempDir(), "data"), t.TempDir()
	r := rand.New(rand.NewPCG(1, 1))
	hostileFile(t, files, "cells.csv", func(w *bufio.Writer) {
		fmt.Fprintln(w, "Kunde;Tekst;Beløp")
		fmt.Fprintln(w, "Trygg Cell AS;funnet;1")
		for range 120 {
			fmt.Fprintf(w, "Nord AS;%s;1\n", distinctWords(r, 180<<10))
		}
	})
	hostileFile(t, files, "quote.csv", func(w *bufio.Writer) {
		fmt.Fprintln(w, "Kunde;Tekst;Beløp")
		fmt.Fprintln(w, "Trygg Quote AS;funnet;1")
		fmt.Fprint(w, `Nord AS;"`)
		for range 64 {
			w.WriteString(strings.Repeat("uten slutt ", 1<<20/11))
		}
	})
	hostileFile(t, files, "strings.xlsx", func(w *bufio.Writer) { manyStrings(t, w, r, 300, "Trygg String AS") })
	mail := testenv.Dovecot(t)
	mail.Deliver("INBOX", hostileMail(t, r))
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(mail.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(mail.TLSAddr, ":")
	p.must(data, "source", "add", "folder", "--name", "files", "--department", "Salg", "--path", files)
	p.must(data, "source", "add", "imap", "--name", "mail", "--department", "Salg", "--host", host, "--port", port,
		"--user", mail.User, "--password-file", password, "--ca-file", mail.CertFile)

	sync := p.command(data, "sync", "--wait")
	if err := sync.Start(); err != nil {
		t.Fatal(err)
	}
	watched := watchMemory(sync.Process.Pid)
	if err := sync.Wait(); err != nil {
		t.Errorf("sync: %v", err)
	}
	peak := <-watched
	t.Logf("peak of its own memory: %d MB", peak>>20)
	for _, name := range []string{"Cell", "Quote", "String", "Letter", "Attached"} {
		if p.hits(data, `"Trygg `+name+` AS"`) == 0 {
			t.Errorf("the row of Trygg %s AS was not read", name)
		}
	}
	if peak > ownMemory || peak < 32<<20 { // less is no process that was seen
		t.Errorf("the process took %d MB for itself, want at most %d MB", peak>>20, ownMemory>>20)
	}
}

// watchMemory looks at what a process takes for itself until it has ended, and
// then tells the most it saw, in bytes.
func watchMemory(pid int) <-chan int {
	tell := make(chan int, 1)
	go func() {
		most := 0
		for {
			now, ok := anonymous(pid)
			if !ok {
				break
			}
			most = max(most, now)
			time.Sleep(50 * time.Millisecond)
		}
		tell <- most
	}()
	return tell
}

// anonymous is what a process holds that no file stands for (RssAnon of
// proc_pid_status(5)), in bytes; false once it has ended.
func anonymous(pid int) (int, bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	_, rest, ok := strings.Cut(string(status), "RssAnon:")
	if !ok {
		return 0, false // ended, not yet waited for
	}
	kB, err := strconv.Atoi(strings.Fields(rest)[0])
	return kB << 10, err == nil
}

func hostileFile(t *testing.T, dir, name string, write func(*bufio.Writer)) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	write(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

// distinctWords is text of about n bytes, of which no two words are the same:
// nothing that reads or indexes it can keep it small.
func distinctWords(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(strconv.FormatUint(r.Uint64(), 36))
		b.WriteByte(' ')
	}
	return b.String()
}

// manyStrings writes a workbook whose n texts of 30,000 characters all stand in
// the table of shared strings, and the name in its first row.
func manyStrings(t *testing.T, w io.Writer, r *rand.Rand, n int, name string) {
	t.Helper()
	z := zip.NewWriter(w)
	part := func(path string, write func(io.Writer)) {
		f, err := z.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, `<?xml version="1.0"?>`)
		write(f)
	}
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const rels = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	part("[Content_Types].xml", func(w io.Writer) {
		fmt.Fprintf(w, `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="%ssheet.main+xml"/><Override PartName="/xl/s.xml" ContentType="%sworksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="%ssharedStrings+xml"/></Types>`, kind, kind, kind)
	})
	part("_rels/.rels", func(w io.Writer) {
		fmt.Fprintf(w, `<Relationships %s><Relationship Id="r1" Type="%s/officeDocument" Target="xl/workbook.xml"/></Relationships>`, rels, office)
	})
	part("xl/workbook.xml", func(w io.Writer) {
		fmt.Fprintf(w, `<workbook %s xmlns:r="%s"><sheets><sheet name="Ordrer" sheetId="1" r:id="r1"/></sheets></workbook>`, main, office)
	})
	part("xl/_rels/workbook.xml.rels", func(w io.Writer) {
		fmt.Fprintf(w, `<Relationships %s><Relationship Id="r1" Type="%s/worksheet" Target="s.xml"/><Relationship Id="r2" Type="%s/sharedStrings" Target="sharedStrings.xml"/></Relationships>`, rels, office, office)
	})
	part("xl/sharedStrings.xml", func(w io.Writer) {
		fmt.Fprintf(w, `<sst %s><si><t>Kunde</t></si><si><t>Tekst</t></si><si><t>%s</t></si><si><t>funnet</t></si><si><t>Ordrenr</t></si>`, main, name)
		for range n {
			fmt.Fprintf(w, "<si><t>%s</t></si>", distinctWords(r, 30_000))
		}
		io.WriteString(w, `</sst>`)
	})
	part("xl/s.xml", func(w io.Writer) {
		fmt.Fprintf(w, `<worksheet %s><sheetData>`, main)
		io.WriteString(w, `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>4</v></c></row>`)
		row := func(n, text int) {
			fmt.Fprintf(w, `<row r="%d"><c r="A%d" t="s"><v>2</v></c><c r="B%d" t="s"><v>%d</v></c><c r="C%d"><v>%d</v></c></row>`, n, n, n, text, n, 30_000+n)
		}
		row(2, 3)
		for i := range n {
			row(i+3, i+5)
		}
		io.WriteString(w, `</sheetData></worksheet>`)
	})
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// hostileMail has 20 MB of text and such a workbook attached.
func hostileMail(t *testing.T, r *rand.Rand) []byte {
	var book, mail strings.Builder
	manyStrings(t, &book, r, 300, "Trygg Attached AS")
	mail.WriteString("From: Trygg Letter AS <post@trygg-letter.no>\r\nTo: salg@example.no\r\nSubject: Trygg Letter AS\r\nMessage-ID: <1@trygg-letter.no>\r\n" +
		"Date: Mon, 02 Jun 2025 10:00:00 +0200\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
	for range 20 << 20 / 100 {
		mail.WriteString(distinctWords(r, 90) + "\r\n")
	}
	mail.WriteString("\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=ordrer.xlsx\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	text := base64.StdEncoding.EncodeToString([]byte(book.String()))
	for len(text) > 76 {
		mail.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	mail.WriteString(text + "\r\n--b--\r\n")
	return []byte(mail.String())
}

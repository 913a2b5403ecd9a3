package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"samsyn/internal/demo"
)

// BenchmarkFresh measures how long it takes until what has just arrived is
// found, with a server that runs: a mail put into the mailbox, told by IDLE,
// and a workbook dropped into the folder, told by file events.
func BenchmarkFresh(b *testing.B) {
	c := newVictim(b, rand.New(rand.NewPCG(1, 1)))
	data := c.install(filepath.Join(b.TempDir(), "data"))
	c.must(data, "sync", "--wait")
	server := c.command(data, "serve", "--addr", "127.0.0.1:0")
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		server.Process.Signal(os.Interrupt)
		server.Wait()
	})
	var l *local
	for l == nil {
		time.Sleep(50 * time.Millisecond)
		l = running(b.Context(), data)
	}
	time.Sleep(3 * time.Second) // the first looks, and the watches
	b.Run("mail", func(b *testing.B) {
		c.measure(b, l, func(word string) {
			letter := demo.Letter{Mailbox: c.letters[0].Mailbox, Folder: "INBOX"}
			letter.Raw = fmt.Appendf(nil, "From: Kari <kari@linje7.example>\r\nTo: %s\r\nMessage-ID: <%s@linje7.example>\r\nDate: %s\r\nSubject: Spørsmål %s\r\n\r\nHei\r\n",
				letter.Mailbox, word, time.Now().Format(time.RFC1123Z), word)
			c.send([]demo.Letter{letter})
		})
	})
	b.Run("file", func(b *testing.B) {
		c.measure(b, l, func(word string) {
			text := "Kundenr;Navn;Status\n10007;Linje 7 AS;" + word + "\n"
			if err := os.WriteFile(filepath.Join(c.files, word+".csv"), []byte(text), 0o644); err != nil {
				b.Fatal(err)
			}
		})
	})
}

// measure lets things arrive, one after the other, and waits for each to be found.
func (c *victim) measure(b *testing.B, l *local, arrive func(word string)) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		word := fmt.Sprintf("ny%d", c.rand.Uint32())
		began := time.Now()
		arrive(word)
		for found := 0; found == 0; time.Sleep(5 * time.Millisecond) {
			var answer struct{ Total int }
			if err := l.do(b.Context(), http.MethodGet, "/api/v1/search?q="+word, nil, &answer); err != nil {
				b.Fatal(err)
			}
			if found = answer.Total; time.Since(began) > time.Minute {
				b.Fatal("not found within a minute")
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(took[len(took)*95/100].Seconds()*1000, "p95-ms")
	b.ReportMetric(0, "ns/op")
}

package imap

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"samsyn/connectors"
	"samsyn/internal/testenv"
)

const benchMails = 20_000

// benchServer holds mails of 8 to 24 kB in INBOX.
func benchServer(b *testing.B, n int) *testenv.Mail {
	b.Helper()
	server := testenv.Dovecot(b)
	rnd := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("Hei vi har ikke mottatt varene som ble bestilt forrige uke og lurer på når de kommer frem til lageret vårt i Drammen")
	for i := range n {
		var body strings.Builder
		for size := 8000 + rnd.IntN(16_000); body.Len() < size; {
			for range 12 {
				body.WriteString(words[rnd.IntN(len(words))] + " ")
			}
			body.WriteString("\r\n")
		}
		server.Deliver("INBOX", fmt.Appendf(nil, "Received: from mx.example.com; Tue, 3 Jun 2025 10:00:00 +0200\r\nMessage-ID: <%d@example.com>\r\n"+
			"Date: Tue, 3 Jun 2025 10:00:00 +0200\r\nFrom: Kari Hansen <kari%d@example.com>\r\nTo: post@example.net\r\nSubject: Ordre %d\r\n"+
			"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s", i, i%500, i, body.String()))
	}
	return server
}

func benchConnector(b *testing.B, server *testenv.Mail) *Connector {
	b.Helper()
	host, p, err := net.SplitHostPort(server.Addr)
	if err != nil {
		b.Fatal(err)
	}
	cfg := &Config{Host: host, User: server.User, Password: server.Password, TLS: noTLS}
	fmt.Sscan(p, &cfg.Port)
	c, err := cfg.Open(b.Context(), connectors.Env{Log: slog.New(slog.DiscardHandler), TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c.(*Connector)
}

// BenchmarkRead reads a mailbox for the first time: list, marks, bodies, parse.
func BenchmarkRead(b *testing.B) {
	server := benchServer(b, benchMails)
	read(b, benchConnector(b, server), "INBOX") // so that Dovecot has its index
	for b.Loop() {
		if s := read(b, benchConnector(b, server), "INBOX"); len(s.refs) != benchMails || s.ended != nil {
			b.Fatalf("%d mails, %d problems, %v", len(s.refs), len(s.bad), s.ended)
		}
	}
	b.ReportMetric(benchMails*float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkRaw fetches the same bodies over a bare connection and drops them:
// what the server and the network give at best.
func BenchmarkRaw(b *testing.B) {
	server := benchServer(b, benchMails)
	read(b, benchConnector(b, server), "INBOX")
	for b.Loop() {
		conn, err := net.Dial("tcp", server.Addr)
		if err != nil {
			b.Fatal(err)
		}
		r := bufio.NewReaderSize(conn, 64<<10)
		fmt.Fprintf(conn, "a LOGIN %s %s\r\nb EXAMINE INBOX\r\nc UID FETCH 1:* BODY.PEEK[]\r\nd LOGOUT\r\n", server.User, server.Password)
		n, err := io.Copy(io.Discard, r)
		if err != nil || n < benchMails*8000 {
			b.Fatal(n, err)
		}
		b.SetBytes(n)
		conn.Close()
	}
	b.ReportMetric(benchMails*float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkIdleLook looks at 40 folders with 2,500 mails each, in which nothing changed.
func BenchmarkIdleLook(b *testing.B) {
	server := testenv.Dovecot(b)
	for f := range 40 {
		for i := range 2500 {
			server.Deliver(fmt.Sprintf("Kunder/%d", f), fmt.Appendf(nil, "Message-ID: <%d.%d@example.com>\r\n\r\nHei\r\n", f, i))
		}
	}
	look := func() (n int) {
		c := benchConnector(b, server)
		for _, err := range c.Scopes(b.Context(), nil) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		c.Close()
		return n
	}
	look()
	for b.Loop() {
		if n := look(); n != 41 {
			b.Fatalf("%d folders", n)
		}
	}
}

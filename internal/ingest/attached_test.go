package ingest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/connectors"
	"samsyn/connectors/imap"
	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
	"samsyn/internal/tables"
	"samsyn/internal/testenv"
)

// watched is the connector for mailboxes, which tells of the mails that came with content.
type watched struct {
	imap.Config
	fetched *int
}

func (w *watched) Open(ctx context.Context, env connectors.Env) (connectors.Connector, error) {
	c, err := w.Config.Open(ctx, env)
	if err != nil {
		return nil, err
	}
	return &watcher{c.(*imap.Connector), w.fetched}, nil
}

type watcher struct {
	*imap.Connector
	fetched *int
}

func (w *watcher) Read(ctx context.Context, s hub.Scope, known connectors.Known) iter.Seq2[hub.Item, error] {
	return func(yield func(hub.Item, error) bool) {
		for item, err := range w.Connector.Read(ctx, s, known) {
			if item.Content != nil && item.Content.Kind == hub.KindMail {
				*w.fetched++
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// letter is a mail with a workbook of which nobody can name the column Zyx.
func letter(t *testing.T, n int, headers []string, rows ...[]any) []byte {
	t.Helper()
	mail := fmt.Sprintf("Received: from mx.example.com; Tue, 3 Jun 2025 10:00:00 +0200\r\nMessage-ID: <%[1]d@example.com>\r\nDate: Tue, 3 Jun 2025 10:00:00 +0200\r\n"+
		"From: Kari Hansen <kari@example.com>\r\nTo: post@example.net\r\nSubject: Liste %[1]d\r\nMIME-Version: 1.0\r\n", n)
	if headers == nil {
		return []byte(mail + "Content-Type: text/plain\r\n\r\nHei igjen.\r\n")
	}
	var columns []tables.SheetColumn
	for _, h := range headers {
		columns = append(columns, tables.SheetColumn{Header: h, Width: 10})
	}
	var book bytes.Buffer
	if err := tables.WriteBook(&book, "Salg", columns, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	return []byte(mail + "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nSe vedlegget.\r\n--B\r\nContent-Type: application/octet-stream\r\n" +
		"Content-Disposition: attachment; filename=liste.xlsx\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(book.Bytes()) + "\r\n--B--\r\n")
}

// TestAnswerAboutAttachedColumn reads mails from Dovecot, one with a column nobody
// can name, is told what it is, and what it is not.
func TestAnswerAboutAttachedColumn(t *testing.T) {
	server, ctx := testenv.Dovecot(t), t.Context()
	rows := func(from int) (out [][]any) {
		for i, name := range []string{"Kari Lie", "Ola Dahl", "Per Moen", "Eva Lund"} {
			out = append(out, []any{float64(from + i), fmt.Sprintf("Fjellvik %d AS", from+i), name, "x"})
		}
		return out
	}
	unsure := []string{"Kundenr", "Firma", "Zyx", "Merknad"}
	server.Deliver("INBOX", letter(t, 1, nil))
	server.Deliver("INBOX", letter(t, 2, unsure, rows(10021)...))
	server.Deliver("INBOX", letter(t, 3, []string{"Kundenr", "Firma", "Kontaktperson", "Merknad"}, rows(20021)...))
	server.Deliver("INBOX", letter(t, 4, nil))

	st, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	fetched := 0
	kind := imap.Kind()
	kind.Config = func() connectors.Config { return &watched{fetched: &fetched} }
	same := func(s string) (string, error) { return s, nil }
	reg := &connectors.Registry{Kinds: []connectors.Kind{kind}, Env: connectors.Env{Log: slog.New(slog.DiscardHandler), TempDir: t.TempDir(), Country: "NO"}, Seal: same, Unseal: same}
	host, port, err := net.SplitHostPort(server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := json.Marshal(map[string]any{"host": host, "port": json.Number(port), "user": server.User, "password": server.Password, "tls": "none"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := st.AddSource(ctx, hub.Source{Name: "post", Kind: "imap", Department: "Salg", Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	looker := &Looker{Store: st, Registry: reg, Owner: "t", TTL: time.Minute, Log: slog.New(slog.DiscardHandler)}
	look := func(when string, want int) {
		t.Helper()
		fetched = 0
		if _, err := looker.Sync(ctx, id); err != nil {
			t.Fatal(err)
		}
		if fetched != want {
			t.Errorf("%s: %d mails were fetched, want %d", when, fetched, want)
		}
	}
	// state is everything that is known of the rows, but for when it became known.
	state := func() (roles []string, all string) {
		t.Helper()
		err := st.EachRecord(ctx, func(r *hub.Record) error {
			b, err := json.Marshal(r.Content)
			all += r.Key + string(b) + "\n"
			for _, f := range r.Content.Fields {
				if f.Name == "Zyx" {
					roles = append(roles, f.Role)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = st.EachSheet(ctx, hub.Viewer{All: true}, id, func(p store.SheetPlace, s hub.Sheet) error {
			all += fmt.Sprintf("%+v %+v\n", p, s)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(roles)
		return slices.Compact(roles), all
	}
	ask := func() []store.ColumnQuestion {
		t.Helper()
		asked, err := st.ColumnQuestions(ctx, hub.Viewer{All: true})
		if err != nil {
			t.Fatal(err)
		}
		return asked
	}
	look("at first", 4)
	roles, before := state()
	asked := ask()
	if len(asked) != 1 || asked[0].Column.Header != "Zyx" || asked[0].Scope != "INBOX" || asked[0].Attached() != "liste.xlsx#Salg" ||
		!slices.Contains(asked[0].Column.Guesses, hub.RoleContact) || !slices.Equal(roles, []string{""}) || strings.Count(before, "liste.xlsx#Salg/") != 8 {
		t.Fatalf("asked %+v, roles %q of\n%s", asked, roles, before)
	}
	q := asked[0]
	decision, err := st.AddDecision(ctx, hub.Decision{Kind: link.ColumnRole, A: map[string]string{"source": q.Source, "table": q.Table, "column": q.Column.ID},
		B: map[string]string{"role": hub.RoleContact}, By: "kari"})
	if err != nil {
		t.Fatal(err)
	}
	look("after the answer", 1)
	if roles, _ := state(); !slices.Equal(roles, []string{hub.RoleContact}) || len(ask()) > 0 {
		t.Errorf("after the answer: roles %q, asked %+v", roles, ask())
	}
	look("when nothing is new", 0)
	if err := st.RevokeDecision(ctx, "kari", decision); err != nil {
		t.Fatal(err)
	}
	look("after it was taken back", 1)
	if _, after := state(); after != before {
		t.Errorf("after it was taken back there is\n%s\nwant\n%s", after, before)
	}

	// Next month's mail is read by the answer, and asks nothing.
	if _, err := st.AddDecision(ctx, hub.Decision{Kind: link.ColumnRole, A: map[string]string{"source": q.Source, "table": q.Table, "column": q.Column.ID},
		B: map[string]string{"role": hub.RoleContact}, By: "kari"}); err != nil {
		t.Fatal(err)
	}
	look("after the answer was given again", 1)
	server.Deliver("INBOX", letter(t, 5, append(unsure, "Nytt"), func() (out [][]any) {
		for _, r := range rows(30021) {
			out = append(out, append(r, "y"))
		}
		return out
	}()...))
	look("next month", 1)
	if roles, all := state(); !slices.Equal(roles, []string{hub.RoleContact}) || len(ask()) > 0 || strings.Count(all, "liste.xlsx#Salg/") != 12 {
		t.Errorf("next month: roles %q, asked %+v", roles, ask())
	}
}

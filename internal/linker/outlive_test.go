package linker_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/connectors"
	"samsyn/connectors/folder"
	"samsyn/internal/hub"
	"samsyn/internal/ingest"
	"samsyn/internal/link"
	"samsyn/internal/linker"
)

// TestDecisionsOutliveFiles decides about a row of a real file, and then sorts
// it, moves it, turns its columns about, adds rows and reads all again: the row
// stays where the person said it belongs.
func TestDecisionsOutliveFiles(t *testing.T) {
	ctx := context.Background()
	b := &bench{openSQLite(t), nil}
	b.l = linker.New(b.st, slog.New(slog.DiscardHandler))
	dir := t.TempDir()
	registry := &connectors.Registry{Kinds: []connectors.Kind{folder.Kind()}, Env: connectors.Env{Log: slog.New(slog.DiscardHandler), TempDir: t.TempDir(), Country: "NO"},
		Seal: func(s string) (string, error) { return s, nil }, Unseal: func(s string) (string, error) { return s, nil }}
	id, err := b.st.AddSource(ctx, hub.Source{Name: "salg", Kind: "folder", Department: "salg", Config: []byte(`{"path":"` + dir + `"}`)})
	if err != nil {
		t.Fatal(err)
	}
	looker := &ingest.Looker{Store: b.st, Registry: registry, Owner: "test", TTL: time.Minute, Log: slog.New(slog.DiscardHandler)}
	read := func(files map[string][]string) {
		t.Helper()
		old, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, f := range old {
			os.Remove(f)
		}
		for name, lines := range files {
			path := filepath.Join(dir, name)
			past := time.Now().Add(-time.Minute) // a file that is still being written is left alone
			if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, past, past); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := looker.Sync(ctx, id); err != nil {
			t.Fatal(err)
		}
		b.follow(t)
	}
	customers := []string{"Kundenavn;Orgnr;E-post", "Fjordvik Bygg AS;923609016;post@fjordvik.no", "Ekeberg Data AS;974760673;post@ekeberg.no", "Solvik Drift AS;985821585;post@solvik.no"}
	notes := []string{"Kundenavn;E-post;Merknad", "Fjordvik Bygg AS;post@fjordvik.no;ringte om tak", "Ekeberg Data AS;post@ekeberg.no;ringte om nett", "Fjordvik Bygg AS;post@fjordvik.no;vil ha tilbud", "Solvik Drift AS;post@solvik.no;flytter"}
	read(map[string][]string{"kunder.csv": customers, "notater.csv": notes})
	find := func(text string) *hub.Record {
		t.Helper()
		var found *hub.Record
		if err := b.st.EachRecord(ctx, func(r *hub.Record) error {
			if slices.ContainsFunc(r.Content.Fields, func(f hub.Field) bool { return f.Value == text }) {
				found = r
			}
			return nil
		}); err != nil || found == nil {
			t.Fatalf("no row says %q: %v", text, err)
		}
		return found
	}
	customerOf := func(text string) hub.CustomerID {
		t.Helper()
		for _, k := range find(text).Links {
			if !k.Suggested {
				return k.Customer
			}
		}
		return 0
	}
	fjordvik, ekeberg := customerOf("923609016"), customerOf("974760673")
	if customerOf("vil ha tilbud") != fjordvik || fjordvik == ekeberg {
		t.Fatalf("before any decision the row is with %s, not %s", customerOf("vil ha tilbud"), fjordvik)
	}
	r := find("vil ha tilbud")
	var said []int64
	for kind, to := range map[string]hub.CustomerID{link.CannotLink: fjordvik, link.MustLink: ekeberg} {
		said = append(said, b.decide(t, kind, link.IdentOfRecord(r), b.ident(t, to)))
	}
	sorted := append(notes[:1:1], notes[4], notes[3], notes[2], notes[1])
	turned := []string{"Merknad;Kundenavn;E-post"}
	for _, line := range sorted[1:] {
		cell := strings.Split(line, ";")
		turned = append(turned, strings.Join([]string{cell[2], " " + cell[0] + " ", cell[1]}, ";"))
	}
	for name, files := range map[string]map[string][]string{
		"as it was":    {"kunder.csv": customers, "notater.csv": notes},
		"sorted":       {"kunder.csv": customers, "notater.csv": sorted},
		"moved":        {"kunder.csv": customers, "arkiv 2026.csv": notes},
		"more rows":    {"kunder.csv": customers, "notater.csv": append(slices.Clone(notes), "Fjordvik Bygg AS;post@fjordvik.no;ny sak")},
		"other column": {"kunder.csv": customers, "notater.csv": turned},
	} {
		read(files)
		if got := customerOf("vil ha tilbud"); got != ekeberg {
			t.Errorf("%s: the row is with %s, a person said %s", name, got, ekeberg)
		}
		if got := customerOf("ringte om tak"); got != fjordvik {
			t.Errorf("%s: another row is with %s, want %s", name, got, fjordvik)
		}
	}
	for _, id := range said {
		b.revoke(t, id)
	}
	if got := customerOf("vil ha tilbud"); got != fjordvik {
		t.Errorf("taken back the row is with %s, want %s", got, fjordvik)
	}
}

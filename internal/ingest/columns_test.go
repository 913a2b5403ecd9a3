package ingest

import (
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
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// TestAnswerAboutColumn reads a file with a column nobody can name, is told what
// it is, and reads next month's file by that, though its columns are others.
func TestAnswerAboutColumn(t *testing.T) {
	ctx := t.Context()
	st, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	dir := t.TempDir()
	file := func(name, content string) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	reg := &connectors.Registry{Kinds: []connectors.Kind{folder.Kind()}, Env: connectors.Env{Log: slog.New(slog.DiscardHandler), TempDir: t.TempDir(), Country: "NO"},
		Seal: func(s string) (string, error) { return s, nil }, Unseal: func(s string) (string, error) { return s, nil }}
	cfg, err := reg.Settings("folder", []byte(`{"path":"`+filepath.ToSlash(dir)+`","poll":30}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := st.AddSource(ctx, hub.Source{Name: "salg", Kind: "folder", Department: "Salg", Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	looker := &Looker{Store: st, Registry: reg, Owner: "t", TTL: time.Minute, Log: slog.New(slog.DiscardHandler)}
	role := func(scope string) (roles []string) {
		t.Helper()
		if _, err := looker.Sync(ctx, id); err != nil {
			t.Fatal(err)
		}
		err := st.EachRecord(ctx, func(r *hub.Record) error {
			for _, f := range r.Content.Fields {
				if f.Name == "Zyx" && slices.ContainsFunc(r.Seen, func(s hub.Sighting) bool { return s.Scope == scope }) {
					roles = append(roles, f.Role)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(roles)
		return slices.Compact(roles)
	}
	rows := func(extra string) string {
		return "Kundenr;Firma;Zyx;Dato" + extra + "\n10021;Fjellvik AS;Kari Lie;1.2.2025\n10022;Dalheim AS;Ola Dahl;2.2.2025\n10023;Nes AS;Per Moen;3.2.2025\n10024;Ås AS;Eva Lund;4.2.2025\n"
	}
	file("jan.csv", rows(""))
	file("notat.csv", "Dette er bare et notat\nom hvordan listene føres\n")
	if got := role("jan.csv"); !slices.Equal(got, []string{""}) {
		t.Fatalf("roles %q", got)
	}
	asked, err := st.ColumnQuestions(ctx, hub.Viewer{All: true})
	if err != nil || len(asked) != 1 || asked[0].Column.Header != "Zyx" || !slices.Contains(asked[0].Column.Guesses, hub.RoleContact) {
		t.Fatalf("asked %+v, %v", asked, err)
	}
	q := asked[0]
	decision, err := st.AddDecision(ctx, hub.Decision{Kind: link.ColumnRole, A: map[string]string{"source": q.Source, "table": q.Table, "column": q.Column.ID},
		B: map[string]string{"role": hub.RoleContact}, By: "kari"})
	if err != nil {
		t.Fatal(err)
	}
	if got := role("jan.csv"); !slices.Equal(got, []string{hub.RoleContact}) {
		t.Errorf("after the answer: %q", got)
	}
	file("feb.csv", strings.NewReplacer("Fjellvik", "Hav", "Dalheim", "Myr", "Nes", "Vik", "Ås", "Li", "1002", "2003").Replace(strings.ReplaceAll(rows(";Nytt felt"), "2025\n", "2025;x\n")))
	if got := role("feb.csv"); !slices.Equal(got, []string{hub.RoleContact}) {
		t.Errorf("next month: %q", got)
	}
	if err := st.RevokeDecision(ctx, "kari", decision); err != nil {
		t.Fatal(err)
	}
	if got := role("feb.csv"); !slices.Equal(got, []string{""}) {
		t.Errorf("after it was taken back: %q", got)
	}
	sheets := map[string]hub.Sheet{}
	err = st.EachSheet(ctx, hub.Viewer{All: true}, id, func(p store.SheetPlace, s hub.Sheet) error {
		sheets[p.Scope] = s
		return nil
	})
	if err != nil || sheets["notat.csv"].Left != "explanation" || len(sheets["feb.csv"].Tables) != 1 {
		t.Errorf("sheets %+v, %v", sheets, err)
	}
}

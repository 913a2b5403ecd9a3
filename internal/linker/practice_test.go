package linker_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/linker"
	"samsyn/internal/mail"
	"samsyn/internal/store"
	"samsyn/internal/tables"
)

// practice is the fictional company beside the repository whose links are known.
const practice = "../../../shared/data/practice"

// TestPractice links the practice company, read in two orders, prints how well
// it went and holds it to a floor. LINKS names a file to keep the links in.
func TestPractice(t *testing.T) {
	if _, err := os.Stat(practice); err != nil {
		t.Skip("the practice set is not beside the repository")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("the scorer needs python3")
	}
	first := linkPractice(t, loadWorkbooks, loadMails, loadDecisions)
	second := linkPractice(t, loadDecisions, loadMails, loadWorkbooks)
	got := score(t, cmp.Or(os.Getenv("LINKS"), filepath.Join(t.TempDir(), "links.jsonl")), first, second)
	for _, m := range []struct {
		name        string
		value       float64
		atLeast     float64
		higherIsBad bool
	}{
		{"pairwise precision", got.All.PairP, .998, false},
		{"pairwise recall", got.All.PairR, .945, false},
		{"wrong links", got.All.Wrong, .001, true},
		{"fused customers", got.Customers.Fused, .005, true},
		{"agreement of two orders", got.Agreement.F1, 1, false},
	} {
		if m.higherIsBad && m.value > m.atLeast || !m.higherIsBad && m.value < m.atLeast {
			t.Errorf("%s is %.4f, the floor %.4f", m.name, m.value, m.atLeast)
		}
	}
}

// linkPractice loads the parts in turn, following after each, and exports.
func linkPractice(t *testing.T, parts ...func(*testing.T, *store.Store)) []byte {
	st := openSQLite(t)
	loadCompany(t, st)
	// Decisions name organisation numbers alone, so they may come first.
	l := linker.New(st, slog.New(slog.DiscardHandler))
	for _, load := range parts {
		load(t, st)
		if _, err := l.Follow(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := l.Export(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openSQLite(t testing.TB) *store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func loadCompany(t *testing.T, st *store.Store) {
	var c hub.Company
	readJSON(t, filepath.Join(practice, "input/self.json"), &c)
	if err := st.SetSetting(context.Background(), "company", c); err != nil {
		t.Fatal(err)
	}
}

func loadDecisions(t *testing.T, st *store.Store) {
	text, err := os.ReadFile(filepath.Join(practice, "input/decisions.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all []hub.Decision
	for line := range strings.Lines(string(text)) {
		var d hub.Decision
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	if _, err := st.AddDecisions(context.Background(), all); err != nil {
		t.Fatal(err)
	}
}

func loadWorkbooks(t *testing.T, st *store.Store) {
	files, _ := filepath.Glob(filepath.Join(practice, "input/workbooks/*/*.xlsx"))
	for _, path := range files {
		department := filepath.Base(filepath.Dir(path))
		p := openPut(t, st, department, "folder", department)
		readWorkbook(t, p, path)
		p.finish(t)
	}
}

func readWorkbook(t *testing.T, p *put, path string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, _ := f.Stat()
	book, err := tables.Open(context.Background(), path, f, info.Size(), tables.Options{Country: "NO"})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for _, sheet := range book.Sheets() {
		table, err := book.Table(context.Background(), sheet.Name)
		if errors.Is(err, tables.ErrNoTable) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		var items []hub.Item
		for row, err := range table.Rows(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, hub.Item{Ref: strconv.Itoa(row.Number), Key: row.Key, Content: row.Content})
		}
		p.scope(t, filepath.Base(path)+"#"+sheet.Name, items)
	}
}

func loadMails(t *testing.T, st *store.Store) {
	files, _ := filepath.Glob(filepath.Join(practice, "input/mail/*.eml"))
	p := openPut(t, st, "post", "imap", "post")
	var items []hub.Item
	for i, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.Parse(context.Background(), f, mail.Options{Country: "NO"})
		f.Close()
		if err != nil {
			t.Fatal(path, err)
		}
		items = append(items, hub.Item{Ref: "1." + strconv.Itoa(i+1), Key: m.Key, Content: m.Content})
	}
	p.scope(t, "INBOX", items)
	p.finish(t)
}

// put is one look at a source.
type put struct {
	st   *store.Store
	sync *store.Sync
}

func openPut(t testing.TB, st *store.Store, name, kind, department string) *put {
	t.Helper()
	ctx := context.Background()
	src, err := st.SourceByName(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		src.ID, err = st.AddSource(ctx, hub.Source{Name: name, Kind: kind, Department: department, Config: []byte("{}")})
	}
	if err != nil {
		t.Fatal(err)
	}
	sync, err := st.BeginSync(ctx, src.ID, "test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return &put{st, sync}
}

func (p *put) scope(t testing.TB, name string, items []hub.Item) {
	t.Helper()
	ctx := context.Background()
	scope := hub.Scope{Name: name, Version: "1"}
	if err := p.sync.Put(ctx, scope, items); err != nil {
		t.Fatal(err)
	}
	if err := p.sync.Done(ctx, scope, nil); err != nil {
		t.Fatal(err)
	}
}

func (p *put) finish(t testing.TB) {
	t.Helper()
	if err := p.sync.Finish(context.Background(), store.Outcome{Complete: true}); err != nil {
		t.Fatal(err)
	}
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// scored is what the scorer says, as far as it is held to a floor.
type scored struct {
	All struct {
		PairP float64 `json:"pair_p"`
		PairR float64 `json:"pair_r"`
		Wrong float64 `json:"wrong_links"`
	}
	Customers struct {
		Fused float64 `json:"fused_rate"`
	}
	Agreement struct{ F1 float64 }
}

func score(t *testing.T, path string, first, second []byte) (s scored) {
	dir := t.TempDir()
	other, figures := filepath.Join(dir, "other.jsonl"), filepath.Join(dir, "figures.json")
	if err := errors.Join(os.WriteFile(path, first, 0o600), os.WriteFile(other, second, 0o600)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("python3", filepath.Join(practice, "score.py"), "--truth", filepath.Join(practice, "truth/truth.jsonl"),
		"--pred", path, "--compare", other, "--json", figures).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	readJSON(t, figures, &s)
	return s
}

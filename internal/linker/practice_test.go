package linker_test

import (
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

// TestPractice links the practice company and prints how well.
func TestPractice(t *testing.T) {
	if _, err := os.Stat(practice); err != nil {
		t.Skip("the practice set is not beside the repository")
	}
	ctx := context.Background()
	st := openSQLite(t)
	loadCompany(t, st)
	start := time.Now()
	loadWorkbooks(t, st)
	loadMails(t, st)
	t.Logf("read in %.1f s", time.Since(start).Seconds())
	loadDecisions(t, st)
	l := linker.New(st, slog.New(slog.DiscardHandler))
	start = time.Now()
	n, err := l.Follow(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("linked %d in %.2f s", n, time.Since(start).Seconds())
	path := filepath.Join(t.TempDir(), "links.jsonl")
	if out := os.Getenv("LINKS"); out != "" {
		path = out
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Export(ctx, f), f.Close()); err != nil {
		t.Fatal(err)
	}
	score(t, path)
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
		for _, c := range table.Columns {
			t.Logf("%s#%s %s %q: %s", filepath.Base(path), sheet.Name, c.Letter, c.Header, c.Role)
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

func score(t *testing.T, path string) {
	out, err := exec.Command("python3", filepath.Join(practice, "score.py"), "--truth", filepath.Join(practice, "truth/truth.jsonl"), "--pred", path).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

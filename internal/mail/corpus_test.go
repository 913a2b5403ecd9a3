package mail

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"samsyn/internal/hub"
)

// corpus returns the messages below a folder of the shared data, by path.
func corpus(t testing.TB, folder string, want func(path string) bool) map[string][]byte {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "data", folder)
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the shared data are not here: %v", err)
	}
	mails := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !want(path) {
			return err
		}
		b, err := os.ReadFile(path)
		mails[strings.TrimPrefix(path, root+string(filepath.Separator))] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

func anyFile(path string) bool {
	return !strings.HasSuffix(path, "LICENSE") && !strings.HasSuffix(path, "NOTICE")
}

// TestCorpora parses every message that can be had: each is read, or refused
// with a reason, and whatever is read is clean.
func TestCorpora(t *testing.T) {
	for _, c := range []struct {
		folder  string
		refused int // at most
	}{
		{"mail-torture", 25}, {"mail-volume", 0}, {"practice/input/mail", 0},
	} {
		t.Run(c.folder, func(t *testing.T) {
			var read, refused, faulty int
			for path, raw := range corpus(t, c.folder, anyFile) {
				m, err := Parse(t.Context(), bytes.NewReader(raw), Options{TempDir: t.TempDir()})
				if err != nil {
					refused++
					t.Logf("refused %s: %v", path, err)
					continue
				}
				read++
				if len(m.Faults) > 0 {
					faulty++
					t.Logf("%s: %q", path, m.Faults)
				}
				checkClean(t, path, m)
			}
			t.Logf("%s: %d read, %d of them with faults, %d refused", c.folder, read, faulty, refused)
			if refused > c.refused {
				t.Errorf("%d refused, at most %d are no mails", refused, c.refused)
			}
		})
	}
}

func checkClean(t testing.TB, path string, m *Message) {
	t.Helper()
	c := m.Content
	texts := []string{m.Key, c.Title, c.Text, c.Quoted}
	for _, f := range c.Fields {
		texts = append(texts, f.Name, f.Value)
	}
	for _, id := range c.Idents {
		texts = append(texts, id.Value, id.Place)
	}
	for _, a := range c.Attachments {
		texts = append(texts, a.Name, a.Type)
	}
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Errorf("%s: not clean: %.80q", path, s)
		}
	}
	if c.Kind != hub.KindMail || m.Key == "" {
		t.Errorf("%s: kind %q, key %q", path, c.Kind, m.Key)
	}
}

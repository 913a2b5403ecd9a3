package imap

import (
	"bytes"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/internal/testenv"
)

// TestCorpora sends the mails of the shared data through a real server: every
// one must come out as an item or be named with a reason.
func TestCorpora(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "shared", "data")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the shared data are not here: %v", err)
	}
	server := testenv.Dovecot(t)
	given := map[string]int{}
	for _, corpus := range []string{"practice/input/mail", "mail-torture", "mail-volume"} {
		folder := strings.Split(corpus, "/")[0]
		for _, raw := range mails(t, filepath.Join(root, corpus)) {
			server.Deliver(folder, raw)
			given[folder]++
		}
	}
	m := &mailbox{t: t, dial: func() (net.Conn, error) { return server.Pipe() }}
	for folder, n := range given {
		c := m.connector(nil)
		s := read(t, c, folder)
		if s.ended != nil {
			t.Fatalf("%s: %v", folder, s.ended)
		}
		var top int
		for _, ref := range s.refs {
			if !strings.Contains(ref, "/") {
				top++
			}
		}
		var unread int
		for ref, err := range s.bad {
			if !slices.Contains(s.refs, ref) {
				unread++
			}
			if connectors.ReasonOf(err) == "" {
				t.Errorf("%s %s: no reason", folder, ref)
			}
		}
		t.Logf("%s: %d mails given, %d read, %d not; %d rows of attachments; %d read in part", folder, n, top, unread, len(s.refs)-top, len(s.bad)-unread)
		if top+unread != n {
			t.Errorf("%s: %d mails given, %d accounted for", folder, n, top+unread)
		}
	}
}

// mails reads the messages below a folder, without the line that mbox puts before each.
func mails(t *testing.T, root string) [][]byte {
	t.Helper()
	var out [][]byte
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		isMail := slices.Contains([]string{".eml", ".raw", ".msg"}, filepath.Ext(name)) || strings.HasPrefix(filepath.Base(name), "msg_")
		if err != nil || d.IsDir() || !isMail {
			return err
		}
		raw, err := os.ReadFile(name)
		if bytes.HasPrefix(raw, []byte("From ")) {
			_, raw, _ = bytes.Cut(raw, []byte("\n"))
		}
		out = append(out, raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOddNames reads folders whose names need modified UTF-7 (RFC 3501 §5.1.3).
func TestOddNames(t *testing.T) {
	t.Parallel()
	names := []string{"Blåbær & Co", "Ærlig/Øre/Ål", "日本", "with \"quotes\"", "100%", "a*b", "å"}
	for server, m := range map[string]*mailbox{"memory": memServer(t, imap.CapIMAP4rev1), "dovecot": dovecot(t)} {
		for _, name := range names {
			m.create(name)
			m.add(name, 1)
		}
		c := m.connector(nil)
		got := map[string]bool{}
		for s, err := range c.Scopes(t.Context(), nil) {
			m.must(err)
			got[s.Name] = true
		}
		for _, name := range names {
			if s := read(t, c, name); !got[name] || len(s.refs) != 1 {
				t.Errorf("%s: folder %q listed %t, %d mails, %v", server, name, got[name], len(s.refs), s.ended)
			}
		}
	}
}

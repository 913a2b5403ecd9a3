package mail

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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

// isMessage reports whether a file of the corpora is meant to be a message; the
// others are parts of messages, pictures and expectations.
func isMessage(path string) bool {
	name := filepath.Base(path)
	switch filepath.Ext(name) {
	case ".eml", ".msg", ".raw":
		return true
	}
	return strings.HasPrefix(name, "msg_") || strings.HasPrefix(name, "mbox.")
}

// TestCorpora reads every message that can be had. Other files are read or
// refused with a reason. Whatever is read is clean.
func TestCorpora(t *testing.T) {
	for _, folder := range []string{"mail-torture", "mail-volume", "practice/input/mail"} {
		t.Run(folder, func(t *testing.T) {
			var messages, others, refused, faulty int
			for path, raw := range corpus(t, folder, anyFile) {
				m, err := Parse(t.Context(), bytes.NewReader(raw), Options{TempDir: t.TempDir()})
				switch {
				case isMessage(path):
					messages++
				default:
					others++
				}
				if err != nil {
					refused++
					if isMessage(path) {
						t.Errorf("refused %s: %v", path, err)
					}
					continue
				}
				if len(m.Faults) > 0 {
					faulty++
				}
				checkClean(t, path, m)
				if _, err := HTML(t.Context(), bytes.NewReader(raw), Options{}); err != nil {
					t.Errorf("%s: HTML: %v", path, err)
				}
			}
			t.Logf("%s: %d messages and %d other files; %d with faults, %d refused", folder, messages, others, faulty, refused)
		})
	}
}

// TestDecodedParts compares the texts of messages with the decoded parts that lie
// beside them: every word of a part that is plain text is in the message.
func TestDecodedParts(t *testing.T) {
	files := corpus(t, "mail-torture/mime4j", anyFile)
	compared := 0
	for path, part := range files {
		base, _, ok := strings.Cut(path, "_decoded_")
		raw := files[base+".msg"]
		text := string(part)
		header, _, _ := splitHeader(part)
		// In malformedHeaderStartsBody a stray line ends the header; we pass over it.
		if !ok || filepath.Ext(path) != ".txt" || raw == nil || looksLikeHTML(text) || len(header) > 2 || strings.Contains(base, "StartsBody") {
			continue
		}
		m, err := Parse(t.Context(), bytes.NewReader(raw), Options{})
		if err != nil {
			t.Fatal(path, err)
		}
		if len(m.Content.Attachments) > 0 && m.Content.Text == "" || strings.Contains(text, "Rhubarb") {
			continue // the part is an attachment
		}
		compared++
		have := m.Content.Text + "\n" + m.Content.Quoted
		for _, word := range strings.Fields(decodeText(part, "")) {
			if isASCII(word) && !strings.Contains(have, word) {
				t.Errorf("%s: %q is not in the text of the message", path, word)
				break
			}
		}
	}
	t.Logf("%d parts compared", compared)
	if compared < 20 {
		t.Errorf("only %d parts compared", compared)
	}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x7e }) < 0
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

// TestPracticeEvidence compares the idents found in the practice mails with the
// truth about them: what a mail is known to say of its customer is found in it.
func TestPracticeEvidence(t *testing.T) {
	truth := corpus(t, "practice/truth", anyFile)
	mails := corpus(t, "practice/input/mail", anyFile)
	customers := map[string]string{} // id → all that is known of it
	for line := range strings.Lines(string(truth["customers.jsonl"])) {
		var c struct{ ID string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		customers[c.ID] = line
	}
	kinds := map[string]string{"orgno": hub.IdentOrgNo, "phone": hub.IdentPhone, "email_own": hub.IdentEmail, "email_addr": hub.IdentEmail, "web_own": hub.IdentWeb}
	seen, missed := map[string]int{}, map[string]int{}
	for line := range strings.Lines(string(truth["truth.jsonl"])) {
		var r struct {
			Source, File, Customer string
			Evidence               []string
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Source != "mail" || r.Customer == "" {
			continue
		}
		m, err := Parse(t.Context(), bytes.NewReader(mails[r.File]), Options{})
		if err != nil {
			t.Fatal(r.File, err)
		}
		for _, e := range r.Evidence {
			if kind := kinds[e]; kind != "" {
				seen[e]++
				if !knows(m.Content.Idents, kind, customers[r.Customer]) {
					missed[e]++
					t.Logf("%s: %s of the customer is not found", r.File, e)
				}
			}
		}
	}
	t.Logf("evidence in mails: %v, not found: %v", seen, missed)
	if len(missed) > 0 {
		t.Errorf("not found: %v", missed)
	}
}

// knows reports whether an ident of the kind stands in what is known of a
// customer; numbers are compared by their last digits, which no spelling changes.
func knows(ids []hub.Ident, kind, customer string) bool {
	digits := onlyDigits(customer)
	return slices.ContainsFunc(ids, func(id hub.Ident) bool {
		switch v := id.Value; {
		case id.Kind == hub.IdentEmail && kind == hub.IdentEmail:
			return strings.Contains(customer, v[strings.LastIndexByte(v, '@')+1:])
		case id.Kind == hub.IdentWeb && kind == hub.IdentWeb:
			return strings.Contains(customer, strings.TrimPrefix(v, "www."))
		case id.Kind == kind, kind == hub.IdentOrgNo && id.Kind == hub.IdentVATNo:
			for _, d := range []string{onlyDigits(v), strings.TrimSuffix(onlyDigits(v), "01")} { // the end of a Swedish VAT number
				if len(d) >= 6 && strings.Contains(digits, d[len(d)-6:]) {
					return true
				}
			}
		}
		return false
	})
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

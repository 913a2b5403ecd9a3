package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samsyn/internal/store"
	"samsyn/internal/testenv"
)

// TestExportsTellOfAttachedTables asks about a column of a table attached to a mail
// on Dovecot, answers by a file of decisions and wants to read of it in the export.
func TestExportsTellOfAttachedTables(t *testing.T) {
	server, p := testenv.Dovecot(t), buildProgram(t)
	server.Deliver("INBOX", []byte("Message-ID: <1@fjord.example>\r\nDate: Tue, 3 Jun 2025 10:00:00 +0200\r\nFrom: Kari <kari@fjord.example>\r\nSubject: Liste\r\n"+
		"Content-Type: text/csv; name=liste.csv\r\n\r\nKundenr;Firma;Dato;Zyx\r\n"+
		"10021;Fjellvik AS;1.2.2025;Kari Lie\r\n10022;Dalheim AS;2.2.2025;Ola Dahl\r\n10023;Nes AS;3.2.2025;Per Moen\r\n10024;Vik AS;4.2.2025;Eva Lund\r\n"))
	data := registerMailbox(p, filepath.Join(t.TempDir(), "data"), server)
	column := func() string {
		t.Helper()
		p.must(data, "sync", "--wait")
		for line := range strings.Lines(string(p.must(data, "export", "columns"))) {
			if strings.Contains(line, `"source":"INBOX/`) && strings.Contains(line, `"sheet":"liste.csv"`) {
				_, zyx, _ := strings.Cut(line, `"header":"Zyx"`)
				return zyx
			}
		}
		return "no table"
	}
	if got := column(); !strings.HasPrefix(got, `,"role":"",`) {
		t.Fatalf("before the answer: %s", got)
	}
	var q store.ColumnQuestion
	if err := json.Unmarshal(p.must(data, "export", "questions"), &q); err != nil || q.Attached() != "liste.csv" {
		t.Fatalf("question %+v, %v", q, err)
	}
	answer, err := json.Marshal(map[string]any{"decision": "column-role", "a": map[string]string{"source": q.Source, "table": q.Table, "column": q.Column.ID},
		"b": map[string]string{"role": "contact_person"}, "by": "kari"})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "answer.jsonl")
	if err := os.WriteFile(file, answer, 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(data, "decisions", "import", file)
	if got := column(); !strings.HasPrefix(got, `,"role":"contact_person","why":"a person said so"`) {
		t.Errorf("after the answer: %s", got)
	}
}

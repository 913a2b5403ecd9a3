package mail

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"samsyn/internal/hub"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden parses the messages in testdata and compares all that was found.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no messages in testdata", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Parse(t.Context(), bytes.NewReader(raw), Options{TempDir: t.TempDir(), Country: "NO", Language: "no"})
			if err != nil {
				t.Fatal(err)
			}
			checkClean(t, path, m)
			got := encode(t, m)
			golden := strings.TrimSuffix(path, ".eml") + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("differs from %s; look at the change and run the test with -update if it is right:\n%s", golden, got)
			}
		})
	}
}

// encode leaves out what tables say and were taken for: package tables tests that.
func encode(t *testing.T, m *Message) []byte {
	t.Helper()
	for i := range m.Rows {
		m.Rows[i].Content = nil
	}
	for i := range m.Sheets {
		m.Sheets[i].Sheet = hub.Sheet{}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parse(t *testing.T, raw string) *Message {
	t.Helper()
	m, err := Parse(t.Context(), strings.NewReader(raw), Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checkClean(t, "message", m)
	return m
}

func TestKey(t *testing.T) {
	const mail = "Received: from a by b; Mon, 6 May 2024 08:00:01 +0200\r\nFrom: Kari <kari@fjord.example>\r\nTo: ola@nord.example\r\n" +
		"Date: Mon, 6 May 2024 07:59:58 +0200\r\nMessage-ID: <1@fjord.example>\r\nSubject: Hei\r\n\r\nFørste linje\r\nandre linje\r\n"
	key := parse(t, mail).Key
	for _, c := range []struct {
		name string
		raw  string
		same bool
	}{
		{"the same", mail, true},
		{"received by another mailbox", strings.Replace(mail, "Received: from a by b", "Delivered-To: tone@nord.example\r\nReceived: from c by d", 1), true},
		{"line ends of Unix", strings.ReplaceAll(mail, "\r\n", "\n"), true},
		{"empty lines at the end", mail + "\r\n\r\n", true},
		{"a folded header", strings.Replace(mail, "From: Kari <", "From: Kari\r\n\t<", 1), true},
		{"in an mbox", "From kari@fjord.example Mon May  6 07:59:58 2024\n" + mail, true},
		{"other letters in field names", strings.Replace(mail, "Message-ID", "Message-Id", 1), true},
		{"another body under the same id", strings.Replace(mail, "andre", "annen", 1), false},
		{"another date", strings.Replace(mail, "07:59:58", "07:59:59", 1), false},
		{"another sender", strings.Replace(mail, "kari@", "berit@", 1), false},
		{"without id", strings.Replace(mail, "Message-ID", "X-ID", 1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parse(t, c.raw).Key; (got == key) != c.same {
				t.Errorf("key %s, that of the mail is %s", got, key)
			}
		})
	}
}

// TestBounds gives the parser what was made to exhaust it.
func TestBounds(t *testing.T) {
	const head = "From: kari@fjord.example\r\nSubject: Hei\r\nMIME-Version: 1.0\r\n"
	var nest strings.Builder
	nest.WriteString(head)
	for i := range 1000 {
		b := strings.Repeat("n", i+1)
		nest.WriteString("Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n")
	}
	mixed := head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	for _, c := range []struct {
		name, raw, fault string
	}{
		{"1,000 nested multiparts", nest.String() + "Content-Type: text/plain\r\n\r\ninnerst", "nested"},
		{"1,000 nested messages", head + strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 1000) + "\r\ninnerst", "nested"},
		{"5,000 parts", mixed + strings.Repeat("--b\r\n\r\nx\r\n", 5000) + "--b--\r\n", "more than 1000 parts"},
		{"300 attachments", mixed + strings.Repeat("--b\r\nContent-Type: image/png\r\n\r\nx\r\n", 300) + "--b--\r\n", "attachments"},
		{"a text of 12 MB", head + "\r\n" + strings.Repeat("alt er normalt her\r\n", 600_000), "longer than 8 MB"},
		{"a text of 3 MB", head + "\r\n" + strings.Repeat("alt er normalt her\r\n", 150_000), "longer than 2 MB"},
		{"a header of a part that never ends", mixed + "--b\r\n" + strings.Repeat("X-Fill: fill\r\n", 200_000) + "\r\nx\r\n--b--\r\n", "malformed"},
		{"cut in the middle of a part", mixed + "--b\r\nContent-Type: application/pdf\r\n\r\nJVBER", "cut short"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parse(t, c.raw)
			if faults := strings.Join(m.Faults, " "); !strings.Contains(faults, c.fault) {
				t.Errorf("faults %q do not speak of %q", faults, c.fault)
			}
			if m.Content.Title != "Hei" {
				t.Errorf("title %q", m.Content.Title)
			}
		})
	}
}

// TestLongHeader keeps a mail with a header of a megabyte, and keeps it short.
func TestLongHeader(t *testing.T) {
	const tail = "Subject: Hei\r\nMessage-ID: <1@x.example>\r\n\r\nhei\r\n"
	to := "To: " + strings.Repeat("\"Ola, N\" <ola@nord.example>,\r\n ", 40_000) + "kari@nord.example\r\n"
	refs := "References: " + strings.Repeat("<abc@x.example>\r\n ", 30_000) + "<last@x.example>\r\n"
	m := parse(t, "From: k@x.example\r\n"+to+refs+tail)
	if m.Content.Title != "Hei" || m.Content.Text != "hei" {
		t.Errorf("title %q, text %q", m.Content.Title, m.Content.Text)
	}
	if short := parse(t, "From: k@x.example\r\n"+tail); short.Key != m.Key {
		t.Error("the key depends on a header that is not part of it")
	}
	size := 0
	for _, f := range m.Content.Fields {
		size += len(f.Value)
	}
	if size > 10_000 || len(m.Content.Idents) > maxIdents {
		t.Errorf("%d bytes of fields, %d idents", size, len(m.Content.Idents))
	}
}

func TestRefused(t *testing.T) {
	for name, raw := range map[string]string{"nothing": "", "blank": " \r\n\r\n", "a picture": "\x89PNG\r\n\x1a\n\x00\x00\xff"} {
		if m, err := Parse(t.Context(), strings.NewReader(raw), Options{}); err == nil {
			t.Errorf("%s: no error, but %+v", name, m.Content)
		}
	}
	if m := parse(t, "\r\nbare en tekst\r\n"); m.Content.Text != "bare en tekst" {
		t.Errorf("a text without header: %q", m.Content.Text)
	}
}

// TestLargeMail spools what does not fit in memory, and leaves no file behind.
func TestLargeMail(t *testing.T) {
	dir := t.TempDir()
	raw := "From: k@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhei\r\n" +
		"--b\r\nContent-Type: application/zip; name=stor.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		strings.Repeat("QUJD\r\n", 1_000_000) + "--b\r\nContent-Type: text/plain\r\n\r\nsist\r\n--b--\r\n"
	m, err := Parse(t.Context(), strings.NewReader(raw), Options{TempDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if a := m.Content.Attachments; len(a) != 1 || a[0].Size != 3_000_000 || m.Content.Text != "hei\n\nsist" {
		t.Errorf("attachments %v, text %q", a, m.Content.Text)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestSheetsOfMuchText: a text that stands in a workbook once may be shown in
// any number of cells.
func TestSheetsOfMuchText(t *testing.T) {
	row := "1;" + strings.Repeat("x", 32_000) + "\n"
	m := parse(t, "From: k@x.example\nContent-Type: multipart/mixed; boundary=b\n\n"+
		strings.Repeat("--b\nContent-Type: text/csv; name=a.csv\n\nKunde;Tekst\n"+strings.Repeat(row, 500)+"\n", 3)+"--b--\n")
	if n := len(m.Rows); n < 1000 || n > 1100 {
		t.Errorf("%d rows", n)
	}
	if len(m.Faults) != 1 || !strings.Contains(m.Faults[0], "32 MB of text") {
		t.Errorf("faults %q", m.Faults)
	}
}

// TestAnswersReachAttachedSheets: a column that is unsure says so with some of its
// cells, and has the role that a person said it has.
func TestAnswersReachAttachedSheets(t *testing.T) {
	x := excelize.NewFile()
	for _, sheet := range []string{"Salg", "Om", "Tom"} {
		if _, err := x.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
	}
	set := func(sheet, cell string, row ...any) {
		if err := x.SetSheetRow(sheet, cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	set("Salg", "A1", "Kundenr", "Firma", "Zyx")
	for i, name := range []string{"Kari Lie", "Eva Lund 811228-9874", "Ola Dahl", "Per Moen", "Liv Nes", "Jon Vik", "Odd Li"} {
		set("Salg", fmt.Sprintf("A%d", i+2), 10021+i, fmt.Sprintf("Fjellvik %d AS", i), name)
	}
	set("Om", "A1", "Dette arket forklarer listen.")
	set("Om", "A2", "Spør Kari om noe er uklart.")
	if err := x.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	book, err := x.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	raw := "From: k@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/octet-stream; name=ordre.xlsx\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString(book.Bytes()) + "\n--b--\n"
	read := func(answers ...hub.ColumnAnswer) (hub.Table, hub.Column, string) {
		t.Helper()
		m, err := Parse(t.Context(), strings.NewReader(raw), Options{Country: "NO", Answers: answers})
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Sheets) != 2 || m.Sheets[0].Path != "ordre.xlsx#Salg" || m.Sheets[1].Path != "ordre.xlsx#Om" || m.Sheets[1].Left != "explanation" || len(m.Sheets[0].Tables) != 1 {
			t.Fatalf("sheets %+v", m.Sheets)
		}
		table := m.Sheets[0].Tables[0]
		if table.HeaderRow != 1 || table.LastRow != 8 || len(table.Columns) != 3 || len(m.Rows) != 7 {
			t.Fatalf("table %+v, rows %v", table, m.Rows)
		}
		for _, f := range m.Rows[0].Content.Fields {
			if f.Name == "Zyx" {
				return table, table.Columns[2], f.Role
			}
		}
		t.Fatalf("row %+v", m.Rows[0].Content)
		return hub.Table{}, hub.Column{}, ""
	}
	table, c, role := read()
	if c.Role != "" || role != "" || !slices.Contains(c.Guesses, hub.RoleContact) || !slices.Contains(c.Samples, "Kari Lie") || strings.Contains(fmt.Sprint(c.Samples), "9874") {
		t.Errorf("unsure column %+v, role of the cells %q", c, role)
	}
	_, c, role = read(hub.ColumnAnswer{Table: table.Signature, Column: c.ID, Role: hub.RoleContact})
	if c.Role != hub.RoleContact || c.Why != "a person said so" || len(c.Guesses) > 0 || role != hub.RoleContact {
		t.Errorf("after the answer: column %+v, role of the cells %q", c, role)
	}
}

func TestSheets(t *testing.T) {
	x := excelize.NewFile()
	for i, row := range [][]any{{"Kunde", "Orgnr", "Beløp"}, {"Fjordvik AS", 923609016, 12.5}, {"Solvik AS", 974760673, 8}, {"Elvemo AS", 831865741, 90}} {
		if err := x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	book, err := x.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	part := func(name, media, data string) string {
		return "--b\r\nContent-Type: " + media + "; name=\"" + name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(data)) + "\r\n"
	}
	m := parse(t, "From: k@x.example\r\nDate: Mon, 6 May 2024 07:59:58 +0200\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
		part("ordre.xlsx", "application/octet-stream", book.String())+part("ordre.xlsx", "application/octet-stream", book.String())+
		part("brutt.xlsx", "application/octet-stream", "PK no zip")+part("gammel.xls", "application/vnd.ms-excel", "\xd0\xcf\x11\xe0")+"--b--\r\n")
	var paths []string
	for _, r := range m.Rows {
		paths = append(paths, r.Path)
		if r.Key != m.Key+"/"+r.Path || r.Content.Kind != hub.KindRow || !r.Content.At.Equal(m.Content.At) {
			t.Errorf("row %+v", r)
		}
	}
	want := "ordre.xlsx#Sheet1/2 ordre.xlsx#Sheet1/3 ordre.xlsx#Sheet1/4 ordre (2).xlsx#Sheet1/2 ordre (2).xlsx#Sheet1/3 ordre (2).xlsx#Sheet1/4"
	if got := strings.Join(paths, " "); got != want {
		t.Errorf("rows %s", got)
	}
	if len(m.Content.Attachments) != 4 || len(m.Faults) != 1 || !strings.Contains(m.Faults[0], "brutt.xlsx") {
		t.Errorf("attachments %v, faults %q", m.Content.Attachments, m.Faults)
	}
}

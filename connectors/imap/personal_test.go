package imap

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
)

// TestPersonalNumbersStayOutside has numbers of persons wherever a mail may hold
// one; none may come through, in whatever spelling.
func TestPersonalNumbersStayOutside(t *testing.T) {
	t.Parallel()
	m := memServer(t, imap.CapIMAP4rev1)
	raw := strings.ReplaceAll(`Message-ID: <1@example.com>
Date: Tue, 3 Jun 2025 10:00:00 +0200
From: "Anna 811228-9874" <anna@example.com>
To: post@example.net
Subject: Kund 811228-9874
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/html; charset=utf-8

<p>Hej, mitt personnummer &auml;r 8112289874, och 670919&#8209;9530 hans.</p><p>Hennes: <b>131052-308T</b></p><blockquote>Fødselsnr 01010750160</blockquote>
--B
Content-Type: text/csv; name="kund 811228-9874.csv"
Content-Disposition: attachment; filename="kund 811228-9874.csv"

Kund;Orgnr;Anmärkning
Enskild firma Ek;8112289874;fru 670919-9530
Ås AB;556016-0680;hetu 131052-308T
--B
Content-Type: application/pdf; name="avtal 19811228-9874.pdf"
Content-Disposition: attachment; filename="avtal 19811228-9874.pdf"

x
--B--
`, "\n", "\r\n")
	m.put("INBOX", []byte(raw))
	c := m.connector(nil)
	items := 0
	for s, err := range c.Scopes(t.Context(), nil) {
		m.must(err)
		for item, err := range c.Read(t.Context(), s, marked{}) {
			m.must(err)
			items++
			b, _ := json.Marshal(item)
			for _, number := range []string{"9874", "9530", "308T", "750160"} {
				if strings.Contains(string(b), number) {
					t.Errorf("%s came through: %s", number, b)
				}
			}
			if item.Sheet == nil && !strings.Contains(string(b), "****") && !strings.Contains(string(b), "556016-0680") {
				t.Errorf("nothing was masked: %s", b)
			}
		}
	}
	if items != 4 {
		t.Errorf("%d items, want the mail, two rows and what their sheet was taken for", items)
	}
}

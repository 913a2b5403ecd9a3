package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"

	"github.com/emersion/go-message"
)

// letters generates business mails of about 16 kB: plain text with a signature
// and a quoted history, the same as HTML, and a small attachment.
func generated(n int) [][]byte {
	mails := make([][]byte, n)
	for i := range mails {
		var fresh, html strings.Builder
		fmt.Fprintf(&fresh, "Hei,\n\nVi trenger nye deler til anlegget på Ødegård, og lurer på leveringstid for ordre %d.\n\n", 100000+i)
		for j := range 18 {
			fmt.Fprintf(&fresh, "Posisjon %d gjelder pumpe og ventil til kjølerommet, %d stk, ønskes levert før uke %d.\n", j+1, j*3+1, 10+j%30)
		}
		fmt.Fprintf(&fresh, "\nMed vennlig hilsen\nKari Lie\nFjordvik Bygg %d AS\nTlf: +47 22 86 44 %02d\nOrg.nr 923 609 016 MVA\nwww.fjordvik%d.no\n\nDen 3. mai 2024 kl. 10:12 skrev Ola Moen <ola@nordlys.no>:\n", i, i%100, i)
		for j := range 18 {
			fmt.Fprintf(&fresh, "> Linje %d av det vi skrev forrige uke om levering av varmepumper og styring.\n", j)
		}
		for _, l := range strings.Split(fresh.String(), "\n") {
			html.WriteString("<p style=\"margin:0\">" + strings.ReplaceAll(l, ">", "&gt;") + "</p>\r\n")
		}
		mails[i] = alternative(i, fresh.String(), html.String())
	}
	return mails
}

func alternative(i int, text, html string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Received: from mx1.nordlys.no by imap.nordlys.no; Tue, 02 Jan 2024 11:11:52 +0100\r\n"+
		"From: =?utf-8?q?K=C3=A5re_Lie?= <kari@fjordvik%d.no>\r\nTo: Ola Moen <ola@nordlys.no>\r\nSubject: =?utf-8?q?Foresp=C3=B8rsel_%d?=\r\n"+
		"Date: Tue, 02 Jan 2024 11:11:50 +0100\r\nMessage-ID: <%d@fjordvik.no>\r\nReferences: <a%d@nordlys.no> <b%d@fjordvik.no>\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n--outer\r\nContent-Type: multipart/alternative; boundary=\"inner\"\r\n\r\n", i, i, i, i, i)
	for _, p := range []struct{ media, text string }{{"plain", text}, {"html", html}} {
		fmt.Fprintf(&b, "--inner\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", p.media)
		w := quotedprintable.NewWriter(&b)
		_, _ = io.WriteString(w, p.text)
		_ = w.Close()
		b.WriteString("\r\n")
	}
	b.WriteString("--inner--\r\n--outer\r\nContent-Type: application/pdf; name=\"tegning.pdf\"\r\nContent-Disposition: attachment; filename=\"tegning.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	enc := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1, 2, 3, byte(i)}, 1200))
	for ; len(enc) > 76; enc = enc[76:] {
		b.WriteString(enc[:76] + "\r\n")
	}
	b.WriteString(enc + "\r\n--outer--\r\n")
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	bench(b, func(raw []byte) error {
		_, err := Parse(b.Context(), bytes.NewReader(raw), Options{})
		return err
	})
}

// BenchmarkBare is what go-message needs to tell the parts apart and decode
// them, without looking at what they say.
func BenchmarkBare(b *testing.B) {
	bench(b, func(raw []byte) error {
		e, err := message.Read(bytes.NewReader(raw))
		if err != nil {
			return err
		}
		return e.Walk(func(_ []int, e *message.Entity, err error) error {
			if err != nil || e.MultipartReader() != nil {
				return err
			}
			_, err = io.Copy(io.Discard, e.Body)
			return err
		})
	})
}

func bench(b *testing.B, parse func([]byte) error) {
	mails := generated(100)
	size := 0
	for _, m := range mails {
		size += len(m)
	}
	b.SetBytes(int64(size / len(mails)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if err := parse(mails[i%len(mails)]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

package demo

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"sort"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Letter is one mail and the mailbox and folder in which it lies.
type Letter struct {
	Mailbox string // address of our mailbox
	Folder  string // INBOX or Sent
	Date    time.Time
	Raw     []byte // RFC 5322
}

// draft is a mail before it is written down.
type draft struct {
	from, to, cc        mail.Address
	subject, id         string
	refs                []string
	date                time.Time
	text                string
	bulk                bool
	attachment, content string // name and bytes
	calendar            string // an invitation, RFC 5545
}

// Letters makes up the mail of the last two years in all mailboxes, oldest
// first: threads between customers and us, forwarded mail, and newsletters.
func (w *World) Letters() ([]Letter, error) {
	w.begin(forLetters)
	var out []Letter
	put := func(mailbox, folder string, d draft) error {
		raw, err := d.write()
		out = append(out, Letter{Mailbox: mailbox, Folder: folder, Date: d.date, Raw: raw})
		return err
	}
	for i := range threadCount {
		if err := w.thread(i, put); err != nil {
			return nil, fmt.Errorf("write demo mail: %w", err)
		}
	}
	for i := range 150 {
		if err := put(w.Own.Mailboxes[0], "Sent", w.invitation(i)); err != nil {
			return nil, fmt.Errorf("write demo invitation: %w", err)
		}
	}
	for i := range 60 {
		if err := put(w.Own.Mailboxes[0], "INBOX", w.newsletter(i)); err != nil {
			return nil, fmt.Errorf("write demo newsletter: %w", err)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Date.Before(out[j].Date) })
	return out, nil
}

// thread writes a conversation of one to six mails with one customer.
func (w *World) thread(n int, put func(mailbox, folder string, d draft) error) error {
	c := w.buyer()
	t := talks[c.Country]
	p := pick(w, c.People)
	us := w.Staff[w.rnd.IntN(len(w.Staff))]
	box := mail.Address{Name: w.Own.Name, Address: pick(w, w.Own.Mailboxes)}
	day := w.day().Add(time.Duration(7+w.rnd.IntN(9))*time.Hour + time.Duration(w.rnd.IntN(3600))*time.Second)
	d := draft{
		from: mail.Address{Name: p.Name(), Address: p.Email}, to: box, date: day,
		subject: pick(w, t.subjects), id: fmt.Sprintf("t%d.0@%s", n, c.Domain),
	}
	if len(c.People) > 1 && w.rnd.IntN(4) == 0 {
		q := c.People[1]
		d.cc = mail.Address{Name: q.Name(), Address: q.Email}
	}
	if w.rnd.IntN(12) == 0 {
		var err error
		if d.attachment, d.content, err = w.orderList(c); err != nil {
			return err
		}
	}
	quoted := ""
	for i := range 2 + w.rnd.IntN(5) {
		fresh := t.hello + "\n\n" + pick(w, t.asks) + "\n\n" + t.bye + "\n" + w.signature(c, p)
		folder := "INBOX"
		if i%2 == 1 {
			fresh = t.hello + "\n\n" + pick(w, t.answers) + "\n\n" + t.bye + "\n" + us.Name() + "\n" + w.Own.Name + "\nTlf " + us.Phone + "\nOrg.nr 800 000 017 MVA\nwww.havbris.example"
			folder = "Sent"
			d.from, d.to, d.cc = box, mail.Address{Name: p.Name(), Address: p.Email}, mail.Address{}
			d.id = fmt.Sprintf("t%d.%d@havbris.example", n, i)
			d.attachment = ""
		} else if i > 0 {
			d.from, d.to = mail.Address{Name: p.Name(), Address: p.Email}, box
			d.id = fmt.Sprintf("t%d.%d@%s", n, i, c.Domain)
		}
		d.text = fresh + quoted
		if err := put(box.Address, folder, d); err != nil {
			return err
		}
		intro := fmt.Sprintf(t.wrote, d.date.Format("02.01.2006 15:04"), d.from.Name)
		quoted = "\n\n" + intro + "\n> " + strings.ReplaceAll(d.text, "\n", "\n> ")
		d.refs = append(d.refs, d.id)
		if i == 0 {
			d.subject = t.reply + d.subject
		}
		if d.date = d.date.Add(time.Duration(1+w.rnd.IntN(40)) * time.Hour); d.date.After(w.Today) {
			break
		}
	}
	return nil
}

func (w *World) signature(c *Customer, p Person) string {
	s := p.Name() + "\n" + p.Title + "\n" + c.Name
	switch w.rnd.IntN(3) {
	case 0:
		s += "\nTlf: " + p.Phone + "\nwww." + c.Domain
	case 1:
		label := map[string]string{"NO": "Org.nr ", "SE": "Org.nr ", "DK": "CVR ", "FI": "Y-tunnus "}[c.Country]
		s += "\nTel: " + c.Phone + "\n" + label + c.written()
	}
	return s
}

// orderList is a workbook that a customer attaches.
func (w *World) orderList(c *Customer) (name, content string, err error) {
	b := newBook()
	s := b.sheet("Bestilling")
	s.head("Firma", "Varenr", "Beskrivelse", "Antall", "Ønsket dato")
	for range 3 + w.rnd.IntN(5) {
		s.row(c.Name, fmt.Sprintf("FLT-%04d", w.rnd.IntN(9000)), pick(w, []string{"Posefilter F7", "Panelfilter G4", "HEPA H13", "Kilreim", "Viftemotor"}), 1+w.rnd.IntN(40), w.Today.AddDate(0, 0, w.rnd.IntN(60)))
	}
	if b.err != nil {
		return "", "", b.err
	}
	defer b.f.Close()
	var buf bytes.Buffer
	err = b.f.Write(&buf, excelize.Options{})
	return "Bestilling " + ascii(c.City) + ".xlsx", buf.String(), err
}

func (w *World) newsletter(n int) draft {
	from := pick(w, []mail.Address{{Name: "Fagbladet Klima", Address: "nyhetsbrev@fagbladet.example"}, {Name: "Messeguiden", Address: "no-reply@messeguiden.example"}})
	return draft{
		from: from, to: mail.Address{Address: w.Own.Mailboxes[0]}, bulk: true,
		subject: pick(w, []string{"Ukens nyheter om inneklima", "Meld deg på høstens fagdag", "Nye krav til ventilasjon"}),
		id:      fmt.Sprintf("n%d@%s", n, strings.SplitN(from.Address, "@", 2)[1]),
		date:    w.day().Add(6 * time.Hour),
		text:    "Nytt fra bransjen denne uken.\n\nLes mer på våre sider. Meld deg av nyhetsbrevet når du vil.",
	}
}

// invitation asks somebody at a customer to a meeting.
func (w *World) invitation(n int) draft {
	c := w.buyer()
	p, us := pick(w, c.People), c.Owner
	title := pick(w, []string{"Gjennomgang av serviceavtalen", "Befaring av anlegget", "Årsmøte om samarbeidet", "Tilbudsgjennomgang"})
	sent := w.day()
	starts := sent.AddDate(0, 0, 5+w.rnd.IntN(20)).Add(time.Duration(8+w.rnd.IntN(6)) * time.Hour)
	id := fmt.Sprintf("m%d@havbris.example", n)
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Havbris//Kalender//NO", "METHOD:REQUEST", "BEGIN:VEVENT", "UID:" + id,
		"DTSTAMP:" + sent.Format("20060102T150405Z"), "DTSTART:" + starts.Format("20060102T150405Z"), "DTEND:" + starts.Add(time.Hour).Format("20060102T150405Z"),
		"SUMMARY:" + title, "LOCATION:" + c.Street + "\\, " + c.City, "ORGANIZER;CN=" + us.Name() + ":mailto:" + us.Email, "ATTENDEE;CN=" + p.Name() + ":mailto:" + p.Email,
		"END:VEVENT", "END:VCALENDAR", ""}
	return draft{
		from: mail.Address{Name: us.Name(), Address: us.Email}, to: mail.Address{Name: p.Name(), Address: p.Email}, subject: title + ", " + c.Name, id: id,
		date: sent.Add(9 * time.Hour), text: "Hei,\n\npasser det at vi møtes hos dere?\n\nMed vennlig hilsen\n" + us.Name() + "\n" + w.Own.Name, calendar: strings.Join(lines, "\r\n"),
	}
}

// write puts the draft in the form of RFC 5322, with plain text and HTML.
func (d *draft) write() ([]byte, error) {
	var b bytes.Buffer
	head := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	head("From", d.from.String())
	head("To", d.to.String())
	if d.cc.Address != "" {
		head("Cc", d.cc.String())
	}
	head("Subject", mime.QEncoding.Encode("utf-8", d.subject))
	head("Date", d.date.Format(time.RFC1123Z))
	head("Message-ID", "<"+d.id+">")
	if n := len(d.refs); n > 0 {
		head("In-Reply-To", "<"+d.refs[n-1]+">")
		head("References", "<"+strings.Join(d.refs, ">\r\n <")+">")
	}
	if d.bulk {
		head("List-Unsubscribe", "<https://"+strings.SplitN(d.from.Address, "@", 2)[1]+"/av>")
		head("Precedence", "bulk")
	}
	head("MIME-Version", "1.0")

	mixed := multipart.NewWriter(&b)
	if err := mixed.SetBoundary("=_m_" + boundary(d.id)); err != nil {
		return nil, err
	}
	head("Content-Type", `multipart/mixed; boundary="`+mixed.Boundary()+`"`)
	b.WriteString("\r\n")
	if err := d.body(mixed); err != nil {
		return nil, err
	}
	if d.attachment != "" {
		if err := d.attach(mixed); err != nil {
			return nil, err
		}
	}
	err := mixed.Close()
	return b.Bytes(), err
}

func (d *draft) body(mixed *multipart.Writer) error {
	edge := "=_a_" + boundary(d.id)
	part, err := mixed.CreatePart(textproto.MIMEHeader{"Content-Type": {`multipart/alternative; boundary="` + edge + `"`}})
	if err != nil {
		return err
	}
	alt := multipart.NewWriter(part)
	if err := alt.SetBoundary(edge); err != nil {
		return err
	}
	page := "<html><body><p>" + strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(d.text), "\n\n", "</p><p>"), "\n", "<br>\n") + "</p></body></html>"
	parts := []struct{ media, text string }{{"text/plain", d.text}, {"text/html", page}}
	if d.calendar != "" {
		parts = append(parts, struct{ media, text string }{"text/calendar; method=REQUEST", d.calendar})
	}
	for _, p := range parts {
		pw, err := alt.CreatePart(textproto.MIMEHeader{"Content-Type": {p.media + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"}})
		if err != nil {
			return err
		}
		qp := quotedprintable.NewWriter(pw)
		if _, err := qp.Write([]byte(strings.ReplaceAll(strings.ReplaceAll(p.text, "\r\n", "\n"), "\n", "\r\n"))); err != nil {
			return err
		}
		if err := qp.Close(); err != nil {
			return err
		}
	}
	return alt.Close()
}

func (d *draft) attach(mixed *multipart.Writer) error {
	part, err := mixed.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		"Content-Disposition":       {mime.FormatMediaType("attachment", map[string]string{"filename": d.attachment})},
		"Content-Transfer-Encoding": {"base64"},
	})
	if err != nil {
		return err
	}
	text := base64.StdEncoding.EncodeToString([]byte(d.content))
	for len(text) > 0 {
		n := min(76, len(text))
		if _, err := part.Write([]byte(text[:n] + "\r\n")); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

func boundary(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, id)
}

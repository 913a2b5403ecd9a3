package imap

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// liar is a small IMAP server with one folder of five mails that gets one thing
// wrong. Its functions are nil where it behaves.
type liar struct {
	folder  string                                         // in LIST; "": INBOX
	search  string                                         // reply to UID SEARCH
	exists  int                                            // what EXAMINE says; 0: the truth
	body    func(w *bufio.Writer, uid int, raw string) int // writes the reply for one mail; see the constants
	header  func(uid int) string                           // the reply for one mark
	refuse  string                                         // NO to a FETCH of bodies in which mail 3 is
	refuses func(set []int) bool
	expunge bool // mail 3 goes away after the first SEARCH

	searches int
}

const (
	goOn = iota
	hang // say nothing more
	quit // close the connection
)

func (l *liar) raw(uid int) string {
	return fmt.Sprintf("Received: from a%d.example by b.example; 3 Jun 2025\r\nMessage-ID: <%d@a.example>\r\nFrom: kari@a.example\r\nSubject: %d\r\n\r\nHello %d\r\n", uid, uid, uid, uid)
}

func fetched(uid int, raw string) string {
	return fmt.Sprintf("* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n", uid, uid, len(raw), raw)
}

func (l *liar) dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	go l.serve(server)
	return client, nil
}

func (l *liar) serve(conn net.Conn) {
	defer conn.Close()
	w := bufio.NewWriter(conn)
	fmt.Fprint(w, "* PREAUTH [CAPABILITY IMAP4rev1 ESEARCH] ready\r\n")
	w.Flush()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		tag, rest, _ := strings.Cut(lines.Text(), " ")
		verb, args, _ := strings.Cut(strings.TrimPrefix(rest, "UID "), " ")
		status := "OK"
		switch verb {
		case "LIST":
			fmt.Fprintf(w, "* LIST () \"/\" %s\r\n", cmp.Or(l.folder, "INBOX"))
		case "STATUS":
			fmt.Fprint(w, "* STATUS INBOX (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 7)\r\n")
		case "EXAMINE":
			fmt.Fprintf(w, "* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 6] ok\r\n", cmp.Or(l.exists, 5))
		case "SEARCH":
			l.answerSearch(w, tag)
		case "FETCH":
			var act int
			if status, act = l.answerFetch(w, args); act == quit {
				w.Flush()
				return
			} else if act == hang {
				w.Flush()
				continue
			}
		}
		fmt.Fprintf(w, "%s %s done\r\n", tag, status)
		if w.Flush() != nil {
			return
		}
	}
}

func (l *liar) answerSearch(w *bufio.Writer, tag string) {
	found := cmp.Or(l.search, "1:5")
	if l.searches++; l.expunge && l.searches > 1 {
		found = "1:2,4:5"
	}
	fmt.Fprintf(w, "* ESEARCH (TAG \"%s\") UID ALL %s\r\n", tag, found)
}

func (l *liar) answerFetch(w *bufio.Writer, args string) (status string, act int) {
	set, what, _ := strings.Cut(args, " ")
	uids := members(set)
	if strings.Contains(what, "HEADER") {
		for _, uid := range uids {
			reply := fmt.Sprintf("* %d FETCH (UID %d RFC822.SIZE 100 BODY[HEADER.FIELDS (\"Received\")] {15}\r\nReceived: %d\r\n\r\n)\r\n", uid, uid, uid)
			if l.header != nil {
				reply = l.header(uid)
			}
			fmt.Fprint(w, reply)
		}
		return "OK", goOn
	}
	if l.refuse != "" && l.refuses(uids) {
		return l.refuse, goOn
	}
	for _, uid := range uids {
		if l.body == nil || l.expunge && uid == 3 {
			if !l.expunge || uid != 3 {
				fmt.Fprint(w, fetched(uid, l.raw(uid)))
			}
		} else if act := l.body(w, uid, l.raw(uid)); act != goOn {
			return "", act
		}
	}
	return "OK", goOn
}

func members(set string) []int {
	var out []int
	for part := range strings.SplitSeq(set, ",") {
		a, b, isRange := strings.Cut(part, ":")
		if !isRange {
			b = a
		}
		from, _ := strconv.Atoi(a)
		to, _ := strconv.Atoi(b)
		for i := from; i <= to; i++ {
			out = append(out, i)
		}
	}
	return out
}

func has3(set []int) bool { return slices.Contains(set, 3) }

// at3 is a body function that does something else for mail 3.
func at3(do func(w *bufio.Writer, raw string) int) func(*bufio.Writer, int, string) int {
	return func(w *bufio.Writer, uid int, raw string) int {
		if uid == 3 {
			return do(w, raw)
		}
		fmt.Fprint(w, fetched(uid, raw))
		return goOn
	}
}

func writes(reply string) func(*bufio.Writer, string) int {
	return func(w *bufio.Writer, _ string) int { fmt.Fprint(w, reply); return goOn }
}

// nothing is known.
type nothing struct{}

func (nothing) Ref(string) bool    { return false }
func (nothing) Mark(string) string { return "" }

// seen is what one reading brought.
type seen struct {
	refs  []string
	bad   map[string]error
	ended error
}

func read(t testing.TB, c *Connector, folder string) seen {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	s := seen{bad: map[string]error{}}
	for item, err := range c.Read(ctx, hub.Scope{Name: folder}, nothing{}) {
		switch {
		case err == nil:
			s.refs = append(s.refs, item.Ref)
		case item.Ref == "":
			s.ended = err
		default:
			s.bad[item.Ref] = err
		}
	}
	slices.Sort(s.refs)
	return s
}

func TestLiars(t *testing.T) {
	t.Parallel()
	all := []string{"7.1", "7.2", "7.3", "7.4", "7.5"}
	but3 := []string{"7.1", "7.2", "7.4", "7.5"}
	for _, tt := range []struct {
		name  string
		liar  liar
		want  []string
		bad   string // in the reason why mail 3 cannot be read
		ended string // in the reason why reading ended
		class string // of that
	}{
		{name: "honest", want: all},
		{name: "item nobody asked for", want: but3, bad: "breaks the rules",
			liar: liar{body: at3(writes("* 3 FETCH (UID 3 X-GM-MSGID 12 BODY[] {2}\r\nhi)\r\n"))}},
		{name: "literal longer than announced", want: but3, bad: "breaks the rules",
			liar: liar{body: at3(writes("* 3 FETCH (UID 3 BODY[] {2}\r\nhi and more)\r\n"))}},
		{name: "literal shorter than announced", want: but3, bad: "hangs",
			liar: liar{body: at3(writes("* 3 FETCH (UID 3 BODY[] {20000}\r\nhi)\r\n"))}},
		{name: "literal too large to take", want: but3, bad: "MB large",
			liar: liar{body: at3(writes("* 3 FETCH (UID 3 BODY[] {99999999999}\r\nhi)\r\n"))}},
		{name: "silence", want: but3, bad: "hangs",
			liar: liar{body: at3(func(*bufio.Writer, string) int { return hang })}},
		{name: "closes", want: but3, bad: "closes the connection",
			liar: liar{body: at3(func(*bufio.Writer, string) int { return quit })}},
		{name: "no body", want: but3, bad: "does not hand it out",
			liar: liar{body: at3(writes("* 3 FETCH (UID 3 BODY[] NIL)\r\n"))}},
		{name: "left out", want: but3, bad: "does not hand it out",
			liar: liar{body: at3(writes(""))}},
		{name: "refused", want: but3, bad: "message is corrupt",
			liar: liar{refuse: "NO [SERVERBUG] the message is corrupt", refuses: has3}},
		{name: "expunged meanwhile", want: but3, liar: liar{expunge: true}},
		{name: "flags in between", want: all,
			liar: liar{body: func(w *bufio.Writer, uid int, raw string) int {
				if uid == 2 {
					fmt.Fprint(w, "* 4 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (12))\r\n")
				}
				fmt.Fprint(w, fetched(uid, raw))
				return goOn
			}}},
		{name: "negative sizes", want: all,
			liar: liar{header: func(uid int) string { return fmt.Sprintf("* %d FETCH (UID %d RFC822.SIZE -1)\r\n", uid, uid) }}},
		{name: "no sizes, no headers", want: all,
			liar: liar{header: func(uid int) string { return "" }}},
		{name: "line without end", want: but3, bad: "hangs",
			liar: liar{body: at3(func(w *bufio.Writer, _ string) int {
				fmt.Fprint(w, "* 3 FETCH (UID 3 ")
				for range 40 {
					if _, err := fmt.Fprint(w, strings.Repeat("a", 1<<20)); err != nil {
						return quit
					}
				}
				return quit
			})}},
		{name: "hands out nothing", ended: "hands out no mail", class: hub.ClassUnreachable,
			liar: liar{refuse: "NO not today", refuses: func([]int) bool { return true }}},
		{name: "throttles", ended: "5m0s", class: hub.ClassRateLimited,
			liar: liar{refuse: "NO Request is throttled. Suggested Backoff Time: 299961 milliseconds", refuses: has3}},
		{name: "lists less than there is", ended: "holds 9 mails but lists only 5", class: hub.ClassUnreachable, liar: liar{exists: 9}},
		{name: "lists more than can be", ended: "more mails", class: hub.ClassUnreachable, liar: liar{search: "1:4294967295"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := open(Config{Host: "liar.example", User: "kari", TLS: noTLS}, connectors.Env{TempDir: t.TempDir()}, tt.liar.dial)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.silence = time.Second
			c.backoff = []time.Duration{0, 0}
			s := read(t, c, "INBOX")
			if !slices.Equal(s.refs, tt.want) {
				t.Errorf("read %v, want %v", s.refs, tt.want)
			}
			problems := 0
			if tt.bad != "" {
				problems = 1
			}
			if got := reason(s.bad["7.3"]); !strings.Contains(got, tt.bad) || len(s.bad) != problems {
				t.Errorf("problems %v, want one of mail 3 with %q", s.bad, tt.bad)
			}
			if got := reason(s.ended); !strings.Contains(got, tt.ended) || (tt.ended == "") != (s.ended == nil) {
				t.Errorf("ended with %q, want %q", got, tt.ended)
			}
			if s.ended != nil && connectors.ClassOf(s.ended) != tt.class {
				t.Errorf("class %q, want %q", connectors.ClassOf(s.ended), tt.class)
			}
		})
	}
}

func TestFolderNameThatIsNoUTF7(t *testing.T) {
	l := liar{folder: `"R&D"`}
	c, err := open(Config{Host: "liar.example", User: "kari", TLS: noTLS}, connectors.Env{}, l.dial)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.silence = time.Second
	if err := c.Check(t.Context()); !strings.Contains(reason(err), "rename that folder") {
		t.Errorf("check says %v", err)
	}
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return connectors.ReasonOf(err)
}

func TestExpand(t *testing.T) {
	for _, tt := range []struct {
		set  imap.UIDSet
		want []imap.UID
		bad  bool
	}{
		{nil, []imap.UID{}, false},
		{imap.UIDSet{{Start: 1, Stop: 3}, {Start: 7, Stop: 7}}, []imap.UID{1, 2, 3, 7}, false},
		{imap.UIDSet{{Start: 4294967294, Stop: 4294967295}}, []imap.UID{4294967294, 4294967295}, false},
		{imap.UIDSet{{Start: 1, Stop: 4294967295}}, nil, true},
		{imap.UIDSet{{Start: 5, Stop: 0}}, nil, true},
	} {
		got, err := expand(tt.set)
		if !slices.Equal(got, tt.want) || (err != nil) != tt.bad {
			t.Errorf("expand(%v) = %v, %v", tt.set, got, err)
		}
	}
}

package imap

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
)

func TestValidate(t *testing.T) {
	for _, tt := range []struct{ settings, want string }{
		{`{"host":"imap.example.com","user":"kari","password":"x"}`, ""},
		{`{"host":"imap.example.com","user":"kari","password_file":"/run/secret","tls":"starttls","since":"2024-02-29"}`, ""},
		{`{"host":"127.0.0.1","user":"kari","password":"x","tls":"none"}`, ""},
		{`{"host":"::1","user":"kari","password":"x","tls":"none"}`, ""},
		{`{"host":"10.0.0.5","user":"kari","password":"x","tls":"none","insecure":true}`, ""},
		{`{"user":"kari","password":"x"}`, "host is missing"},
		{`{"host":"imaps://imap.example.com","user":"kari","password":"x"}`, "no host name"},
		{`{"host":"h","port":70000,"user":"kari","password":"x"}`, "port 70000"},
		{`{"host":"h","password":"x"}`, "user is missing"},
		{`{"host":"h","user":"kari"}`, "password is missing"},
		{`{"host":"h","user":"kari","password":"x","password_file":"y"}`, "both set"},
		{`{"host":"h","user":"kari","password":"x","since":"31.01.2025"}`, "no date"},
		{`{"host":"h","user":"kari","password":"x","tls":"ssl"}`, `"ssl" is unknown`},
		{`{"host":"10.0.0.5","user":"kari","password":"x","tls":"none"}`, "in clear"},
		{`{"host":"h","user":"kari","password":"x","ca_file":"/nowhere.pem"}`, "ca_file cannot be read"},
		{`{"host":"localhost","user":"kari","password":"x","tls":"none","ca_file":"/nowhere.pem"}`, "ca_file is set though"},
	} {
		c := Kind().Config()
		if err := json.Unmarshal([]byte(tt.settings), c); err != nil {
			t.Fatal(err)
		}
		err := c.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.settings, err, tt.want)
		}
	}
}

func TestPort(t *testing.T) {
	for tls, want := range map[string]int{tlsFromStart: 993, startTLS: 143, noTLS: 143} {
		if got := (&Config{TLS: tls}).port(); got != want {
			t.Errorf("with %s port %d, want %d", tls, got, want)
		}
	}
}

func TestWanted(t *testing.T) {
	list := func(delim rune, names ...string) []*imap.ListData {
		var out []*imap.ListData
		for _, n := range names {
			name, mark, _ := strings.Cut(n, " \\")
			f := &imap.ListData{Mailbox: name, Delim: delim}
			if mark != "" {
				f.Attrs = []imap.MailboxAttr{imap.MailboxAttr("\\" + mark)}
			}
			out = append(out, f)
		}
		return out
	}
	plain := list('/', "INBOX", "Sendt", "Kunder", "Kunder/Nord", "Kunder/Drafts", "Papirkurv", "Papirkurv/Gammelt", "Skräppost", "Luonnokset")
	for _, tt := range []struct {
		name             string
		list             []*imap.ListData
		include, exclude []string
		want             string
	}{
		{"default", plain, nil, nil, "INBOX Sendt Kunder Kunder/Nord Kunder/Drafts"},
		{"include with what is below", plain, []string{"kunder"}, nil, "Kunder Kunder/Nord Kunder/Drafts"},
		{"include by glob", plain, []string{"Kunder/*", "in*"}, nil, "INBOX Kunder/Nord Kunder/Drafts"},
		{"exclude with what is below", plain, nil, []string{"Kunder"}, "INBOX Sendt"},
		{"exclude wins", plain, []string{"Kunder"}, []string{"*/nord"}, "Kunder Kunder/Drafts"},
		{"trash when named", plain, []string{"Papirkurv"}, nil, "Papirkurv Papirkurv/Gammelt"},
		{"no trash by glob", plain, []string{"P*"}, nil, ""},
		{"by mark", list('.', "INBOX", "INBOX.Alt", "INBOX.Bort \\Trash", "INBOX.Viktig \\Important", "INBOX.Spam"), nil, nil, "INBOX INBOX.Alt"},
		{"other provider", list('/', "INBOX", "[Gmail] \\Noselect", "[Gmail]/All Mail \\All", "[Gmail]/Papirkurv", "[Gmail]/Spam \\Junk"), nil, nil, "INBOX [Gmail]/All Mail"},
		{"gone", list('/', "INBOX", "Old \\NonExistent"), nil, nil, "INBOX"},
		{"star in a name", list('/', "A*B", "A*B/C \\Trash", "AxB/C/D", "A*B/C/D"), nil, nil, "A*B AxB/C/D"},
		{"no levels", list(0, "a/b", "Trash"), []string{"a"}, nil, ""},
	} {
		var got []string
		for _, f := range newChoice(tt.include, tt.exclude).wanted(tt.list) {
			got = append(got, f.Mailbox)
		}
		if want := strings.Fields(strings.ReplaceAll(tt.want, "All Mail", "All_Mail")); !slices.Equal(got, fields(want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, want)
		}
	}
}

func fields(words []string) []string {
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, "_", " ")
	}
	return words
}

func TestParseRef(t *testing.T) {
	for _, tt := range []struct {
		ref      string
		validity uint32
		uid      imap.UID
	}{
		{"7.12", 7, 12}, {"7.12/orders.xlsx#Ark1/4", 7, 12}, {"4294967295.1", 4294967295, 1},
		{"", 0, 0}, {"7", 0, 0}, {"7.", 0, 0}, {"7.x", 0, 0}, {"0.1", 0, 0}, {"7.12.3", 0, 0}, {"7.4294967296", 0, 0},
	} {
		v, u, err := parseRef(tt.ref)
		if v != tt.validity || u != tt.uid || (err == nil) != (tt.uid != 0) {
			t.Errorf("parseRef(%q) = %d, %d, %v", tt.ref, v, u, err)
		}
	}
}

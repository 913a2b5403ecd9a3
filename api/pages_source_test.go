package api_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"samsyn/connectors"
	"samsyn/connectors/all"
	"samsyn/internal/hub"
	"samsyn/internal/ingest"
	"samsyn/internal/testenv"
)

// typed is a form as a browser sends it, from pairs of name and value.
func typed(pairs ...string) string {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form.Encode()
}

// brought is the value of the hidden field by which a secret comes back.
func brought(t *testing.T, page string) string {
	t.Helper()
	m := regexp.MustCompile(`type="hidden" name="typed\.password" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no secret was kept in %s", page)
	}
	return m[1]
}

// TestEditSource: who runs the sources changes one by the form by which it was
// added; secrets are not shown, and go nowhere they were not meant for.
func TestEditSource(t *testing.T) {
	w := newWorld(t)
	w.company()
	id := w.ids["Service"].String()
	edit, save, dir, other := "/sources/"+id+"/edit", "/sources/"+id+"/save", filepath.Join(w.folder, "Service"), t.TempDir()
	stored := func() hub.Source {
		src, err := w.store.Source(t.Context(), w.ids["Service"])
		w.must(err)
		return src
	}
	before := stored()
	form := func(pairs ...string) string {
		return typed(append([]string{"name", "Service", "department", "Service", "set.path", dir, "set.poll", "0"}, pairs...)...)
	}
	w.run([]scenario{
		{name: "the form", user: "ida", url: edit, status: 200, want: []string{"Endre kilden Service", `name="name" value="Service"`, `name="set.path" value="` + dir + `"`, `type="password" name="set.password" value=""`, "La feltet stå tomt for å beholde"},
			not: []string{"hemmelig", "sealed", "Lagre likevel", "aria-invalid"}},
		{name: "is linked", user: "ida", url: "/sources", status: 200, want: []string{`href="` + edit + `"`}},
		{name: "not for an employee", user: "per", url: "/sources", status: 200, not: []string{"/edit"}},
		{name: "an employee", user: "per", url: edit, status: 403, not: []string{dir}},
		{name: "nor of what is not there", user: "per", url: "/sources/s999/edit", status: 403},
		{name: "an employee saves", user: "per", method: "POST", url: save, body: form("anyway", "1"), status: 403},
		{name: "an employee adds", user: "per", method: "POST", url: "/sources", body: form("kind", "folder"), status: 403},
		{name: "an employee has it tried", user: "per", method: "POST", url: "/api/v1/sources", body: `{"name":"x","kind":"folder","department":"Salg","settings":{"path":"/"},"check":true}`, status: 403},
		{name: "nobody", url: edit, status: 303},
		{name: "what is not there", user: "ida", url: "/sources/s999/edit", status: 404},
		{name: "saving what is not there", user: "ida", method: "POST", url: "/sources/s999/save", body: form(), status: 404},
		{name: "from another site", user: "ida", method: "POST", url: save, body: form("set.poll", "7"), header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 403},
		{name: "no number", user: "ida", method: "POST", url: save, body: form("set.poll", "ofte"), status: 422,
			want: []string{`<p class="wrong" id="wrong-folder-poll">poll må være et helt tall`, `value="ofte" aria-invalid="true" aria-describedby="wrong-folder-poll" autofocus`}, not: []string{"Lagre likevel"}},
		{name: "no folder", user: "ida", method: "POST", url: save, body: form("set.path", ""), status: 422, want: []string{"wrong-folder-path", "Endre kilden Service"}, not: []string{"Lagre likevel"}},
		{name: "name taken", user: "ida", method: "POST", url: save, body: form("name", "Salg"), status: 409, want: []string{"wrong-folder-name", `value="Salg"`}},
		{name: "no department", user: "ida", method: "POST", url: save, body: form("department", " "), status: 422, want: []string{"wrong-folder-department"}},
		{name: "of a department one does not see", user: "ida", method: "POST", url: "/sources/" + w.ids["Salg"].String() + "/save", body: form("name", "Salg"), status: 403, want: []string{"wrong-folder-department"}},
	})
	if after := stored(); string(after.Config) != string(before.Config) || after.Name != before.Name || len(w.asked) > 0 {
		t.Fatalf("it was changed all the same: %s, was %s", after.Config, before.Config)
	}

	const secret = "nytt og hemmelig"
	wrong := w.do(scenario{user: "ida", method: "POST", url: save, body: form("set.path", "/nowhere", "set.password", secret)})
	page := wrong.Body.String()
	if wrong.Code != 422 || !strings.Contains(page, "Ikke lagret: ") || !strings.Contains(page, "wrong-folder-path") || !strings.Contains(page, `name="anyway"`) || !strings.Contains(page, "La feltet stå tomt for å bruke det") {
		t.Errorf("a folder that is not there: status %d, %s", wrong.Code, page)
	}
	if strings.Contains(page, secret) || string(stored().Config) != string(before.Config) {
		t.Errorf("the secret is shown, or the source was changed: %s", stored().Config)
	}
	w.run([]scenario{
		{name: "anyway", user: "ida", method: "POST", url: save, body: form("set.path", "/nowhere", "typed.password", brought(t, page), "anyway", "1"), status: 303, location: "/sources?done=saved"},
		{name: "another's", user: "kari", method: "POST", url: save, body: form("set.path", other, "typed.password", brought(t, page)), status: 303},
	})
	if got := string(stored().Config); !strings.Contains(got, sealed(secret)) || len(w.asked) != 2 {
		t.Errorf("what was typed is not what was saved: %s; asked to look %d times", got, len(w.asked))
	}
	w.run([]scenario{
		{name: "what is sealed in the store is worth nothing", user: "ida", method: "POST", url: save, body: form("typed.password", sealed("hemmelig")), status: 303},
		{name: "only the name", user: "ida", method: "POST", url: save, body: form("name", "Verksted"), status: 303},
	})
	if got := stored(); !strings.Contains(string(got.Config), sealed(secret)) || got.Name != "Verksted" || len(w.asked) != 3 {
		t.Errorf("the source is %s, %s; asked to look %d times", got.Name, got.Config, len(w.asked))
	}
}

// interrupted is a shelf during whose check something else happens.
type interrupted struct {
	shelf
	during func()
}

func (i *interrupted) Open(context.Context, connectors.Env) (connectors.Connector, error) {
	return i, nil
}

func (i *interrupted) Check(context.Context) error {
	i.during()
	return nil
}

// TestTryingTakesTime: what happens to a source while another change of it is
// tried is not undone by that.
func TestTryingTakesTime(t *testing.T) {
	w := newWorld(t)
	w.company()
	source := "/api/v1/sources/" + w.ids["Salg"].String()
	during := func() {
		if rec := w.do(scenario{user: "kari", method: "PATCH", url: source, body: `{"paused":true}`}); rec.Code != 200 {
			t.Errorf("pause: %d", rec.Code)
		}
	}
	w.kinds = []connectors.Kind{{Name: "folder", Config: func() connectors.Config { return &interrupted{during: during} }}}
	w.serve()
	w.run([]scenario{{user: "ida", method: "PATCH", url: source, body: `{"settings":{"path":"/other"},"check":true}`, status: 200, want: []string{`"paused":true`, "/other"}}})
}

// TestTryBeforeSaving: a mailbox that cannot be read is not added before its
// server, a real one, has been asked; what it says is told at the form.
func TestTryBeforeSaving(t *testing.T) {
	server := testenv.Dovecot(t)
	server.Deliver("Kunder", []byte("From: kari@example.com\r\n\r\nHei\r\n"))
	w := newWorld(t)
	w.kinds = all.Kinds()
	w.serve()
	_, plain, err := net.SplitHostPort(server.Addr)
	w.must(err)
	_, encrypted, err := net.SplitHostPort(server.TLSAddr)
	w.must(err)
	file := filepath.Join(t.TempDir(), "liste.csv")
	w.must(os.WriteFile(file, []byte("a;b"), 0o600))
	mailbox := func(pairs ...string) string {
		return typed(append([]string{"kind", "imap", "name", "Post", "department", "Salg", "set.host", "127.0.0.1", "set.port", plain, "set.tls", "none", "set.user", server.User, "set.password", server.Password}, pairs...)...)
	}
	for _, c := range []struct{ name, body, field, says string }{
		{"wrong password", mailbox("set.password", "feil"), "password", "avviser brukeren"},
		{"nothing listens", mailbox("set.port", "1"), "port", "se etter porten"},
		{"no such host", mailbox("set.host", "there-is-none.invalid", "set.tls", "tls"), "host", "there-is-none.invalid"},
		{"certificate", mailbox("set.tls", "tls", "set.port", encrypted), "host", "ca_file"},
		{"folder", mailbox("set.folders", "Ordrer"), "folders", "Kunder"},
		{"no directory", typed("kind", "folder", "name", "Lister", "department", "Salg", "set.path", "/nowhere", "set.poll", "30"), "path", "/nowhere"},
		{"a file", typed("kind", "folder", "name", "Lister", "department", "Salg", "set.path", file, "set.poll", "30"), "path", "er en fil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			rec := w.do(scenario{user: "ida", method: "POST", url: "/sources", body: c.body})
			page := rec.Body.String()
			at := regexp.MustCompile(`<p class="wrong" id="wrong-\w+-` + c.field + `">([^<]*)</p>`).FindStringSubmatch(page)
			if rec.Code != 422 || at == nil || !strings.Contains(at[1], c.says) || !strings.Contains(page, "Ikke lagret: ") || !strings.Contains(page, `name="anyway"`) {
				t.Errorf("status %d after %s, at the field: %q, %s", rec.Code, time.Since(began), at, page)
			}
			if strings.Contains(page, server.Password) || strings.Contains(page, `value="feil"`) {
				t.Error("a password is shown")
			}
		})
	}
	if sources, err := w.store.Sources(t.Context()); err != nil || len(sources) > 0 {
		t.Errorf("%d sources were added: %v", len(sources), err)
	}
	w.look = &ingest.Looker{Store: w.store, Owner: "test", TTL: time.Minute, Log: quiet()}
	w.serve()
	w.run([]scenario{
		{name: "saved anyway", user: "ida", method: "POST", url: "/sources", body: mailbox("name", "Fremmed", "set.tls", "tls", "set.port", encrypted, "anyway", "1"), status: 303},
		{name: "is called what it is", user: "ida", url: "/sources", status: 200, want: []string{`state bad">Sertifikatet godtas ikke`}, not: []string{"Svarer ikke"}},
		{name: "right", user: "ida", method: "POST", url: "/sources", body: mailbox("set.folders", "kund*"), status: 303, location: "/sources?done=added"},
		{name: "by the interface for programs", user: "ida", method: "POST", url: "/api/v1/sources", body: `{"name":"Lister","kind":"folder","department":"Salg","settings":{"path":"/nowhere"},"check":true}`, status: 422, want: []string{"check the spelling"}},
		{name: "which tries only when told to", user: "ida", method: "POST", url: "/api/v1/sources", body: `{"name":"Lister","kind":"folder","department":"Salg","settings":{"path":"/nowhere"}}`, status: 201},
	})
}

// TestPasswordInAFile: the page shows the files of the server that hold secrets
// and certificates, and has none read for another place. A password takes the
// place of its file.
func TestPasswordInAFile(t *testing.T) {
	w := newWorld(t)
	w.kinds = all.Kinds()
	w.serve()
	file := filepath.Join(t.TempDir(), "password")
	w.must(os.WriteFile(file, []byte("i en fil"), 0o600))
	w.run([]scenario{{user: "local", method: "POST", url: "/api/v1/sources", status: 201,
		body: `{"name":"Post","kind":"imap","department":"Salg","settings":{"host":"localhost","port":1,"user":"kari","tls":"none","password_file":"` + file + `"}}`}})
	src, err := w.store.SourceByName(t.Context(), "Post")
	w.must(err)
	at := "/sources/" + src.ID.String()
	form := func(pairs ...string) string {
		return typed(append([]string{"name", "Post", "department", "Salg", "set.host", "localhost", "set.port", "1", "set.user", "kari", "set.tls", "none", "anyway", "1"}, pairs...)...)
	}
	w.run([]scenario{
		{name: "shown", user: "ida", url: at + "/edit", status: 200, want: []string{"<code>" + file + "</code>", "samsyn source set"}, not: []string{"i en fil", `name="set.password_file"`, "La feltet stå tomt"}},
		{name: "for another place", user: "ida", method: "POST", url: at + "/save", body: form("set.host", "127.0.0.1"), status: 403, want: []string{"wrong-imap-password_file"}},
		{name: "another file", user: "ida", method: "POST", url: at + "/save", body: form("set.password_file", "/etc/passwd", "set.since", "2026-01-01"), status: 303},
		{name: "still shown", user: "ida", url: at + "/edit", status: 200, want: []string{"<code>" + file + "</code>", `value="2026-01-01"`}, not: []string{"/etc/passwd"}},
		{name: "a password", user: "ida", method: "POST", url: at + "/save", body: form("set.password", "svaberg", "set.host", "127.0.0.1"), status: 303},
		{name: "is shown no more", user: "ida", url: at + "/edit", status: 200, want: []string{"La feltet stå tomt for å beholde"}, not: []string{file, "svaberg"}},
	})
}

// TestBrowserMendsPassword does what IT does when somebody changed the password
// of a mailbox: open the source that is told to be refused, try a password that
// is wrong, then the right one. The mailbox is read, and the error is gone.
func TestBrowserMendsPassword(t *testing.T) {
	server := testenv.Dovecot(t)
	server.Deliver("INBOX", []byte("From: post@odegard.example\r\nTo: salg@havbris.example\r\nMessage-ID: <1@odegard.example>\r\nSubject: Hei\r\n\r\nHei\r\n"))
	w := newWorld(t)
	w.kinds = all.Kinds()
	w.look = &ingest.Looker{Store: w.store, Owner: "test", TTL: time.Minute, Log: quiet()}
	w.serve()
	_, port, err := net.SplitHostPort(server.Addr)
	w.must(err)
	rec := w.do(scenario{user: "ida", method: "POST", url: "/sources", body: typed("kind", "imap", "name", "Post", "department", "Salg", "set.host", "127.0.0.1", "set.port", port,
		"set.tls", "none", "set.user", server.User, "set.password", "gammelt", "anyway", "1")})
	if rec.Code != http.StatusSeeOther {
		t.Fatalf("saved anyway: status %d, %s", rec.Code, rec.Body)
	}

	ctx, base := browse(t, w)
	w.enter(ctx, base, "ida")
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/sources"), chromedp.WaitVisible(`.state.bad`))
	if state := read(t, ctx, chromedp.Evaluate[string](`document.querySelector(".state.bad").textContent`)); state != "Slipper ikke inn" {
		t.Errorf("the source is told to be %q", state)
	}
	read(t, ctx, chromedp.Evaluate[bool](`document.querySelector('a[href$="/edit"]').click() || true`)) // at once: the list is live
	within(t, ctx, chromedp.WaitVisible(`input[name="set.password"]`),
		chromedp.SendKeys(`input[name="set.password"]`, "feil"), chromedp.Click(`.stack button.primary`), chromedp.WaitVisible(`.wrong`))
	if focus := read(t, ctx, chromedp.Evaluate[string](`document.activeElement.name`)); focus != "set.password" {
		t.Errorf("the focus is on %q, want the field that is wrong", focus)
	}
	if host := read(t, ctx, chromedp.Evaluate[string](`document.querySelector("[name='set.host']").value + document.querySelector("[name='set.password']").value`)); host != "127.0.0.1" {
		t.Errorf("the form came back with %q", host)
	}
	within(t, ctx, chromedp.SendKeys(`input[name="set.password"]`, server.Password), chromedp.Click(`.stack button.primary`), chromedp.WaitVisible(`.state.good`))
	if page := read(t, ctx, chromedp.Evaluate[string](`document.querySelector("main").innerText`)); strings.Contains(page, "Slipper ikke inn") || !strings.Contains(page, "Lagret.") {
		t.Errorf("the page says %s", page)
	}
	statuses, err := w.store.Statuses(t.Context())
	w.must(err)
	if len(statuses) != 1 || statuses[0].Records != 1 || statuses[0].Error != "" {
		t.Errorf("the mailbox fares so: %+v", statuses)
	}
}

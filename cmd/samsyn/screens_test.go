package main

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"samsyn/internal/testenv"
)

var screens = flag.String("screens", "", "directory into which TestScreens writes pictures of every page")

// screen is a page in one state.
type screen struct {
	name, user, path string
	script           string // what is done on the page before the picture is taken
}

// TestScreens takes pictures of every page of the demo in every state, light and
// dark, on a desktop and on a phone: make screenshots.
func TestScreens(t *testing.T) {
	if *screens == "" {
		t.Skip("say where to with -screens")
	}
	p, data, server := serveDemo(t)
	tokens := map[string]string{}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(demoPassword), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(data, "user", "add", "ny", "--department", "Lager", "--password-file", password)
	for _, user := range []string{"demo", "ny"} {
		tokens[user] = logIn(t, server.url, user, demoPassword)
	}
	id := func(query, list string) string {
		var answer map[string]json.RawMessage
		if err := json.Unmarshal(p.must(data, "search", query, "--json"), &answer); err != nil {
			t.Fatal(err)
		}
		var found []struct{ ID string }
		if err := json.Unmarshal(answer[list], &found); err != nil || len(found) == 0 {
			t.Fatalf("%q finds no %s: %v", query, list, err)
		}
		return found[0].ID
	}
	customer, other := id("odegard oppdrett", "customers"), id("odegardvik hotell", "customers")
	list := []screen{
		{"login", "", "/login", ""},
		{"login-wrong", "", "/login", `document.querySelector("[name=name]").value = "kari"; document.querySelector("[name=password]").value = "x"; document.querySelector("form button").click()`},
		{"start", "demo", "/", ""},
		{"start-empty", "ny", "/", ""},
		{"search", "demo", "/?q=odegard", ""},
		{"search-meant", "demo", "/?q=odegrd+oppdrett", ""},
		{"search-people", "demo", "/?q=liv+saether", ""},
		{"search-filtered", "demo", "/?q=odegard&department=Service&from=2024-01-01&sort=newest", ""},
		{"search-many", "demo", "/?q=&from=2000-01-01", ""},
		{"search-failed", "demo", "/?q=odegard", `window.fetch = () => Promise.reject(new Error("away")); const q = document.querySelector("#q"); q.value = "odegard o"; q.dispatchEvent(new Event("input"))`},
		{"search-nothing", "demo", "/?q=xyzzy+qqqq", ""},
		{"customers", "demo", "/customers", ""},
		{"customers-nothing", "demo", "/customers?q=xyzzy", ""},
		{"customer", "demo", "/customers/" + customer, ""},
		{"customer-places", "demo", "/customers/" + customer, `document.querySelector(".steps").scrollIntoView()`},
		{"customer-history", "demo", "/customers/" + customer, `document.querySelector("#timeline a[data-part]").click(); document.querySelector("#history").scrollIntoView()`},
		{"customer-merge", "demo", "/customers/" + customer + "/merge", ""},
		{"customer-merge-preview", "demo", "/customers/" + customer + "/merge?with=" + other, ""},
		{"customer-split", "demo", "/customers/" + customer + "/split", ""},
		{"customer-events", "demo", "/customers/" + customer + "/events", ""},
		{"record-row", "demo", "/records/" + id("odegard oppdrett kanalrens", "hits"), ""},
		{"record-mail", "demo", "/records/" + id("bestilling av filter", "hits"), ""},
		{"review", "demo", "/review", ""},
		{"review-nothing", "ny", "/review", ""},
		{"access", "demo", "/access", ""},
		{"sources", "demo", "/sources", ""},
		{"sources-new", "demo", "/sources", `document.querySelectorAll("details.add")[1].open = true; document.querySelectorAll("details.add")[1].scrollIntoView()`},
		{"source-edit", "demo", "/sources/s1/edit", ""},
		{"source-unread", "demo", "/sources/s1/edit", `document.querySelector("[name='set.path']").value = "/srv/salg"; document.querySelector(".stack .primary").click()`},
		{"source-files", "demo", "/sources/s1/files", ""},
		{"problems", "demo", "/problems", ""},
		{"users", "demo", "/users", `document.querySelector(".users details").open = true`},
		{"account", "demo", "/account", ""},
		{"missing", "demo", "/records/r999999999", ""},
	}
	ctx := testenv.Browse(t)
	for _, window := range []struct {
		name          string
		width, height int64
	}{{"desktop", 1280, 900}, {"phone", 390, 844}} {
		for _, scheme := range []string{"light", "dark"} {
			for _, s := range list {
				file := filepath.Join(*screens, strings.Join([]string{s.name, window.name, scheme}, "-")+".webp")
				if err := os.WriteFile(file, take(t, ctx, server.url, tokens[s.user], s, window.width, window.height, scheme), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// What comes out on paper, of the page that the browser shows last.
	take(t, ctx, server.url, tokens["demo"], screen{"paper", "demo", "/customers/" + customer, ""}, 1280, 900, "light")
	paper, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true), PrintBackground: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screens, "customer-paper.pdf"), paper.Data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// demoPassword lets the user of the demo in that serveDemo serves.
const demoPassword = "riktig hest batteri"

// serveDemo makes the demo in a directory of its own, and serves it.
func serveDemo(t testing.TB) (p program, data string, server *served) {
	t.Helper()
	p, data = buildProgram(t), t.TempDir()
	p.must(data, "demo", "--once")
	data = filepath.Join(data, "demo")
	for _, box := range []string{"salg", "faktura", "kundeservice"} {
		p.must(data, "source", "pause", box+"@havbris.example") // their server ended with the demo
	}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(demoPassword), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(data, "user", "passwd", demoUser, "--password-file", password)
	return p, data, p.serve(data, "serve", "--addr", "127.0.0.1:0")
}

// take takes the picture of a page.
func take(t *testing.T, ctx context.Context, base, session string, s screen, width, height int64, scheme string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("picture of %s: %v", s.name, err)
		}
	}
	_, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
	must(err)
	if name, value, ok := strings.Cut(session, "="); ok {
		_, err = chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: base})
		must(err)
	}
	_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	must(err)
	_, err = chromedp.Call(ctx, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: "nb-NO"})
	must(err)
	must(chromedp.Do(ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(base+s.path), chromedp.WaitVisible("main")))
	if s.script != "" {
		must(chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void]("void (() => {"+s.script+"})()")))
	}
	time.Sleep(300 * time.Millisecond) // what scripts fetch
	quality := int64(50)
	picture, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality})
	must(err)
	return picture.Data
}

// logIn opens a session and returns its cookie.
func logIn(t *testing.T, base, user, password string) string {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 10 * time.Second}
	answer, err := client.PostForm(base+"/login", map[string][]string{"name": {user}, "password": {password}})
	if err != nil || answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("log in %s: %v, %v", user, answer, err)
	}
	answer.Body.Close()
	cookie, _, _ := strings.Cut(answer.Header.Get("Set-Cookie"), ";")
	return cookie
}

package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"samsyn/internal/hub"
)

// enter gives the browser the session of a user.
func (w *world) enter(ctx context.Context, base, user string) {
	w.t.Helper()
	name, value, _ := strings.Cut(w.session(user), "=")
	_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: base, HTTPOnly: ptr(true)})
	w.must(err)
}

func ptr[T any](v T) *T { return &v }

func emulate(t testing.TB, ctx context.Context, features map[string]string) {
	t.Helper()
	var list []*emulation.MediaFeature
	for name, value := range features {
		list = append(list, &emulation.MediaFeature{Name: name, Value: value})
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: list}); err != nil {
		t.Fatal(err)
	}
}

// TestBrowserSearch narrows a search down as people do: a slip, what was meant,
// filters, dates, back, a saved search, a workbook.
func TestBrowserSearch(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	settled := `!document.querySelector("#results.stale")`
	slogan := `getComputedStyle(document.querySelector(".lead")).display !== "none"`
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/"), chromedp.WaitVisible(`#q`), chromedp.SendKeys(`#q`, "odegrd brygeri"))
	until(t, ctx, settled+` && document.querySelector(".meant a")?.textContent === "ødegård bryggeri"`)
	until(t, ctx, "!("+slogan+")")
	within(t, ctx, chromedp.Click(`.meant a`))
	until(t, ctx, settled+` && new URLSearchParams(location.search).get("q") === "ødegård bryggeri" && document.querySelector("#q").value === "ødegård bryggeri"`)
	before := read(t, ctx, chromedp.Evaluate[int](`document.querySelectorAll(".hit").length`))

	within(t, ctx, chromedp.Click(`.facets a[data-at="department Service"]`))
	until(t, ctx, settled+` && location.search.includes("department=Service") && document.querySelector('.facets a[aria-current][data-at="department Service"]')`)
	until(t, ctx, `document.activeElement.dataset.at === "department Service"`)
	if n := read(t, ctx, chromedp.Evaluate[int](`document.querySelectorAll(".hit").length`)); n >= before || n == 0 {
		t.Errorf("a filter leaves %d of %d hits", n, before)
	}
	within(t, ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector("#from").value = "2026-05-03"`), chromedp.Click(`.range button`))
	until(t, ctx, settled+` && location.search.includes("from=2026-05-03") && document.querySelectorAll(".hit").length === 1`)
	within(t, ctx, chromedp.Click(`.sorts a[data-at="sort oldest"]`))
	until(t, ctx, settled+` && location.search.includes("sort=oldest")`)
	within(t, ctx, chromedp.Evaluate[chromedp.Void](`history.back()`))
	until(t, ctx, settled+` && !location.search.includes("sort=") && location.search.includes("from=2026-05-03")`)

	book := w.download(ctx, `a[download]`)
	for _, want := range []string{"Reklamasjon 881", "Ødegård Bryggeri AS", "saker.xlsx"} {
		if !strings.Contains(book, want) {
			t.Errorf("the workbook lacks %q", want)
		}
	}
	if strings.Contains(book, "F46253879") {
		t.Error("the workbook holds what the filters leave out")
	}

	within(t, ctx, chromedp.Click(`form[action="/searches"] button`))
	until(t, ctx, `location.search.includes("done=search") && document.querySelector(".notice.good") && document.querySelector(".hit")`)
	within(t, ctx, chromedp.Navigate(base+"/"), chromedp.WaitVisible(`.saved .hit`))
	if name := read(t, ctx, chromedp.Evaluate[string](`document.querySelector(".saved .title").textContent`)); name != "ødegård bryggeri · Service · Fra 03.05.2026" {
		t.Errorf("the search is saved as %q", name)
	}
	w.source("Service 2", "folder", "Service", map[string][]hub.Item{"nye.xlsx#Saker": {
		row("2", time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC), "Reklamasjon 990", [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Navn", hub.RoleCustomerName, "Ødegård Bryggeri AS"}),
	}})
	w.settle()
	w.later(time.Minute)
	within(t, ctx, chromedp.Navigate(base+"/"), chromedp.WaitVisible(`.saved .tag`))
	until(t, ctx, `!document.querySelector("#news").hidden && document.querySelector("#news").textContent.trim().startsWith("1")`)
	within(t, ctx, chromedp.Click(`.saved .tag`), chromedp.WaitVisible(`.hit`))
	if titles := read(t, ctx, chromedp.Evaluate[string](`[...document.querySelectorAll(".hit .title")].map((e) => e.textContent).join("|")`)); !strings.Contains(titles, "Reklamasjon 990") || strings.Contains(titles, "881") {
		t.Errorf("new is %q", titles)
	}
	within(t, ctx, chromedp.Navigate(base+"/"), chromedp.WaitVisible(`.saved .hit`))
	if read(t, ctx, chromedp.Evaluate[bool](`Boolean(document.querySelector(".saved .tag"))`)) {
		t.Error("what was looked at is still new")
	}
}

// TestBrowserPerson: the card of a person leads to the records that name them.
func TestBrowserPerson(t *testing.T) {
	w := newWorld(t)
	w.company()
	asks := func(ref, title, person string) hub.Item {
		return row(ref, time.Time{}, title, [3]string{"Kundenr", hub.RoleCustomerNo, "10045"}, [3]string{"Kontakt", hub.RoleContact, person})
	}
	w.source("Saker", "folder", "Salg", map[string][]hub.Item{"saker.xlsx#Saker": {
		asks("2", "Porten står", "Liv Sæther"), asks("3", "Porten klemmer", "Liv Sæther"), asks("4", "Porten piper", "Rasmus Møller"),
	}})
	w.settle()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/?q=liv+s%C3%A6ther"), chromedp.WaitVisible(`.person .cover`), chromedp.Click(`.person .cover`))
	until(t, ctx, `document.readyState === "complete" && new URLSearchParams(location.search).get("person") === "Liv Sæther"`)
	if titles := read(t, ctx, chromedp.Evaluate[string](`[...document.querySelectorAll(".hit .title")].map((e) => e.textContent).join("|")`)); !strings.Contains(titles, "står") || !strings.Contains(titles, "klemmer") || strings.Contains(titles, "piper") {
		t.Errorf("the card leads to %q", titles)
	}
}

// TestBrowserLongNames: a long name beside a count is cut, not broken, and can be
// read in whole; the count stays in one line.
func TestBrowserLongNames(t *testing.T) {
	w := newWorld(t)
	w.company()
	var many []hub.Item
	for i := range 64 { // a count of two digits
		many = append(many, row(fmt.Sprint(2+i), time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC), fmt.Sprint("Reklamasjon ", i), [3]string{"Navn", hub.RoleCustomerName, "Ødegård Bryggeri AS"}))
	}
	w.source("kundeservice.og.forvaltning@havbris.example", "folder", "Service", map[string][]hub.Item{"saker.xlsx#Saker": many})
	w.settle()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/?q=bryggeri"), chromedp.WaitVisible(`.facets .n`))
	for _, wrong := range read(t, ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".facets li a")].filter((a) => a.checkVisibility()).flatMap((a) => {
		const [label, n] = a.children, line = parseFloat(getComputedStyle(n).lineHeight);
		const tall = [label, n].filter((e) => e.getBoundingClientRect().height > 1.5 * line).map((e) => e.textContent + " takes two lines");
		return label.scrollWidth > label.clientWidth && label.title !== label.textContent ? [...tall, label.textContent + " is cut"] : tall;
	})`)) {
		t.Error(wrong)
	}
	if !read(t, ctx, chromedp.Evaluate[bool](`[...document.querySelectorAll(".facets li a")].some((a) => a.firstElementChild.scrollWidth > a.firstElementChild.clientWidth)`)) {
		t.Error("no name is too long: the test tests nothing")
	}
}

// TestBrowserSearchFails: a search that is not answered says so above the results
// of the one before, which are dimmed; the next key asks again.
func TestBrowserSearchFails(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/?q=odegard"), chromedp.WaitVisible(`.hit`),
		chromedp.Evaluate[chromedp.Void](`window.whole = fetch; window.fetch = () => Promise.reject(new Error("away"))`), chromedp.SendKeys(`#q`, " "))
	until(t, ctx, `document.querySelector("#count.failed")?.textContent === "Søket svarte ikke. Prøv igjen om litt."`)
	if !read(t, ctx, chromedp.Evaluate[bool](`getComputedStyle(document.querySelector(".cards").parentElement).opacity < 1 && getComputedStyle(document.querySelector("#count")).opacity === "1"`)) {
		t.Error("results of another search look like those of this one")
	}
	within(t, ctx, chromedp.Evaluate[chromedp.Void](`window.fetch = whole`), chromedp.SendKeys(`#q`, "b"))
	until(t, ctx, `!document.querySelector("#results.stale") && !document.querySelector("#count.failed") && document.querySelector(".hit")`)
}

// download clicks a link and reads the workbook that comes, as one text.
func (w *world) download(ctx context.Context, link string) string {
	w.t.Helper()
	dir := w.t.(*testing.T).TempDir()
	_, err := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir})
	w.must(err)
	within(w.t, ctx, chromedp.Click(link))
	for range 200 {
		if files, _ := filepath.Glob(filepath.Join(dir, "*.xlsx")); len(files) == 1 {
			data, err := os.ReadFile(files[0])
			w.must(err)
			book, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
			w.must(err)
			var text strings.Builder
			for _, part := range book.File {
				r, err := part.Open()
				w.must(err)
				_, err = io.Copy(&text, r)
				w.must(err)
			}
			return text.String()
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.t.Fatal("no workbook came")
	return ""
}

// TestBrowserLanguage switches the language and the looks, and finds the page so.
func TestBrowserLanguage(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	for lang, title := range map[string]string{"sv": "Sökning", "da": "Søg", "en": "Search", "nb": "Søk"} {
		within(t, ctx, chromedp.Navigate(base+"/account"), chromedp.WaitVisible(`select[name=language]`),
			chromedp.Evaluate[chromedp.Void](`document.querySelector("select[name=language]").value = "`+lang+`"; document.querySelector("select[name=theme]").value = "dark"; document.querySelector("form[action='/account/looks'] button").click()`),
			chromedp.WaitVisible(`.notice.good`), chromedp.Navigate(base+"/?q=odegard"), chromedp.WaitVisible(`.hit`))
		if got := read(t, ctx, chromedp.Evaluate[string](`document.documentElement.lang + " " + document.documentElement.dataset.theme`)); got != lang+" dark" {
			t.Errorf("the page is %q, want %s dark", got, lang)
		}
		if nav := read(t, ctx, chromedp.Text(`nav a`)); !strings.HasPrefix(strings.TrimSpace(nav), title[:2]) {
			t.Errorf("%s: the navigation begins with %q", lang, nav)
		}
	}
}

// TestBrowserWithoutScripts searches, filters and turns pages where no script runs.
func TestBrowserWithoutScripts(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	w.must(err)
	at := func(want string) {
		t.Helper()
		for range 100 {
			if strings.Contains(read(t, ctx, chromedp.Location()), want) {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("at %s, want %s", read(t, ctx, chromedp.Location()), want)
	}
	within(t, ctx, chromedp.Navigate(base+"/"), chromedp.WaitVisible(`#q`), chromedp.SendKeys(`#q`, "odegard"+kb.Enter))
	at("q=odegard")
	within(t, ctx, chromedp.WaitVisible(`.cards .card`), chromedp.Click(`.facets li a`))
	at("department=")
	within(t, ctx, chromedp.WaitVisible(`.range button`), chromedp.Click(`.range button`))
	at("from=")
	within(t, ctx, chromedp.WaitVisible(`.cards .cover`), chromedp.Click(`.cards .cover`), chromedp.WaitVisible(`.timeline`))
}

// pagesOf are the pages that a browser test looks at.
func (w *world) pagesOf() map[string]string {
	id := w.customerID("odegard")
	return map[string]string{
		"start": "/", "hits": "/?q=odegard", "nothing": "/?q=xyzzy+qqqq", "customers": "/customers", "customer": "/customers/" + id,
		"sources": "/sources", "problems": "/problems", "users": "/users", "account": "/account", "missing": "/records/r999999",
		"review": "/review", "access": "/access", "merge": "/customers/" + id + "/merge", "split": "/customers/" + id + "/split", "record": "/records/" + w.recordIn("Salg"),
		"events": "/customers/" + id + "/events", "files": "/sources/" + w.ids["Salg"].String() + "/files",
	}
}

// recordIn is a record of the department.
func (w *world) recordIn(department string) (id string) {
	w.must(w.store.EachRecord(w.t.Context(), func(r *hub.Record) error {
		if r.Department == department {
			id = r.ID.String()
		}
		return nil
	}))
	return id
}

// TestBrowserAccessible looks through every page, light and dark, on a desktop
// and on a phone, for what WCAG 2.2 AA does not allow, and that nothing moves for
// who wants no motion.
func TestBrowserAccessible(t *testing.T) {
	w := newWorld(t)
	w.company()
	for i, name := range []string{"Kundeservice og forvaltning", "Prosjekt og utvikling", "Markedsføring og salg"} { // many and long, as the chart has columns for each
		w.source(name, "folder", name, map[string][]hub.Item{"saker.xlsx#Saker": {
			row("2", time.Date(2026, 6, 1+i, 0, 0, 0, 0, time.UTC), "Sak", [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Navn", hub.RoleCustomerName, "Ødegård Bryggeri AS"}),
		}})
	}
	w.settle()
	ctx, base := browse(t, w)
	check, err := os.ReadFile("testdata/accessible.js")
	w.must(err)
	look := func(t *testing.T, path string) {
		within(t, ctx, chromedp.Navigate(base+path), chromedp.WaitVisible(`main`))
		for _, wrong := range read(t, ctx, chromedp.Evaluate[[]string](string(check))) {
			t.Errorf("%s: %s", path, wrong)
		}
	}
	for _, window := range []struct {
		name          string
		width, height int64
	}{{"desktop", 1280, 900}, {"phone", 360, 740}} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(window.name+" "+scheme, func(t *testing.T) {
				within(t, ctx, chromedp.EmulateViewport(window.width, window.height))
				emulate(t, ctx, map[string]string{"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"})
				within(t, ctx, chromedp.Navigate(base+"/login"))
				if window.name == "desktop" && scheme == "light" {
					look(t, "/login")
				}
				w.enter(ctx, base, "kari")
				for _, path := range w.pagesOf() {
					look(t, path)
				}
				moving := `[...document.querySelectorAll("*")].filter((e) => getComputedStyle(e).transitionDuration.split(",").some((d) => parseFloat(d) > 0) || e.getAnimations().length).length`
				if n := read(t, ctx, chromedp.Evaluate[int](moving)); n > 0 {
					t.Errorf("%d elements move for who wants no motion", n)
				}
			})
		}
	}
}

// TestBrowserKeyboard goes through the search page with the keyboard alone: the
// first stop leads past the navigation, and every stop can be seen.
func TestBrowserKeyboard(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	emulate(t, ctx, map[string]string{"prefers-reduced-motion": "reduce"})
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/customers"), chromedp.WaitVisible(`main`), chromedp.KeyEvent(kb.Tab))
	if at := read(t, ctx, chromedp.Evaluate[string](`document.activeElement.className`)); at != "skip" {
		t.Errorf("the first stop is %q, want the way past the navigation", at)
	}
	within(t, ctx, chromedp.KeyEvent(kb.Enter))
	if at := read(t, ctx, chromedp.Evaluate[string](`document.activeElement.id`)); at != "main" {
		t.Errorf("it leads to %q", at)
	}
	within(t, ctx, chromedp.KeyEvent("/"))
	until(t, ctx, `document.activeElement.type === "search"`)
	within(t, ctx, chromedp.Navigate(base+"/?q=odegard"), chromedp.WaitVisible(`.hit`))
	last := ""
	for range 60 {
		within(t, ctx, chromedp.KeyEvent(kb.Tab))
		got := read(t, ctx, chromedp.Evaluate[string](`(() => {
			const e = document.activeElement, box = e.getBoundingClientRect();
			const ring = getComputedStyle(e).outlineStyle !== "none" || getComputedStyle(e, "::after").outlineStyle !== "none";
			const inside = box.bottom > 0 && box.top < innerHeight;
			return (ring ? "" : "no ring ") + (inside ? "" : "out of sight ") + "|" + e.tagName + " " + e.className + " " + e.textContent.trim().slice(0, 30);
		})()`))
		if wrong, where, _ := strings.Cut(got, "|"); wrong != "" && !strings.HasPrefix(where, "BODY") {
			t.Errorf("%s at %s", wrong, where)
		}
		last = got
	}
	if last == "" {
		t.Error("there was no stop")
	}
}

// TestBrowserWeight loads the first pages afresh: at most 100 kB, and nothing
// from another host.
func TestBrowserWeight(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	host, err := url.Parse(base)
	w.must(err)
	var mu sync.Mutex
	bytes := 0.0
	w.must(chromedp.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			if u, err := url.Parse(ev.Request.URL); err == nil && u.Scheme != "data" && u.Host != host.Host {
				t.Errorf("a request to %s", ev.Request.URL)
			}
		case *network.EventLoadingFinished:
			bytes += ev.EncodedDataLength
		}
	}))
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	w.must(err)
	for name, path := range w.pagesOf() {
		_, err = chromedp.Call(ctx, network.ClearBrowserCache, cdp.Empty{})
		w.must(err)
		mu.Lock()
		bytes = 0
		mu.Unlock()
		within(t, ctx, chromedp.Navigate(base+path), chromedp.WaitVisible(`main`))
		time.Sleep(300 * time.Millisecond)
		mu.Lock()
		if bytes > 100_000 || bytes < 5_000 {
			t.Errorf("%s: %.0f bytes, want at most 100 kB", name, bytes)
		}
		t.Logf("%s: %.0f bytes", name, bytes)
		mu.Unlock()
	}
}

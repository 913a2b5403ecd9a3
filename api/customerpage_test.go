package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"samsyn/api"
	"samsyn/internal/hub"
	"samsyn/internal/nature"
	"samsyn/internal/store"
)

// attacks are mails that would do something if they could; %s is a server of
// somebody else.
var attacks = []string{
	`<script>alert(1)</script><p>hei</p>`,
	`<img src="%s/pixel.png" onerror="alert(1)">`,
	`<svg onload="alert(1)"><image href="%s/a.png"/><script>alert(1)</script></svg>`,
	`<div style="background:url(%s/b.png)">x</div><style>@import url(%s/c.css); body{background:url(%s/d.png)}</style>`,
	`<a href="javascript:alert(1)">klikk</a><a href="JaVaScRiPt&#58;alert(1)">klikk</a><a href="data:text/html,<script>alert(1)</script>">klikk</a>`,
	`<iframe src="%s/e.html"></iframe><object data="%s/f.swf"></object><embed src="%s/g.swf"><video src="%s/h.mp4" autoplay></video><audio src="%s/i.mp3"></audio>`,
	`<link rel="stylesheet" href="%s/j.css"><link rel="prefetch" href="%s/k"><meta http-equiv="refresh" content="0;url=%s/l"><base href="%s/">`,
	`<form action="%s/m"><input autofocus onfocus="alert(1)"><button>send</button></form>`,
	`<table background="%s/n.png"><tr><td background="%s/o.png">x</td></tr></table><body onload="alert(1)" background="%s/p.png">`,
	`<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`,
	`<img srcset="%s/q.png 1x"><picture><source srcset="%s/r.png"><img></picture><input type=image src="%s/s.png">`,
}

// TestMailIsHarmless opens every attack in place and as it was sent: no dialog, no
// request to another host.
func TestMailIsHarmless(t *testing.T) {
	w := newWorld(t)
	var asked atomic.Int64
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(stranger.Close)
	var items []hub.Item
	w.must(os.MkdirAll(filepath.Join(w.folder, "Salg"), 0o755))
	for i, attack := range attacks {
		attack = strings.ReplaceAll(attack, "%s", stranger.URL)
		ref := fmt.Sprintf("2.%d", i+1)
		items = append(items, letter(ref, fmt.Sprintf("x%d@odegard.example", i), time.Date(2026, 5, 1+i, 8, 0, 0, 0, time.UTC), "post@odegard.example", "salg@havbris.example", "Angrep", attack, attack))
		raw := "From: post@odegard.example\r\nSubject: Angrep\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>merke" + fmt.Sprint(i) + "</p>" + attack
		w.must(os.WriteFile(filepath.Join(w.folder, "Salg", "INBOX "+ref+".eml"), []byte(raw), 0o644))
	}
	w.company()
	w.source("Postkasse angrep", "imap", "Salg", map[string][]hub.Item{"INBOX": items})
	w.settle()

	ctx, base := browse(t, w)
	var dialogs atomic.Int64
	w.must(chromedp.Listen(ctx, func(ev any) {
		if strings.Contains(fmt.Sprintf("%T", ev), "JavascriptDialogOpening") {
			dialogs.Add(1)
		}
	}))
	w.enter(ctx, base, "kari")
	within(t, ctx, chromedp.Navigate(base+"/customers/"+w.customerID("odegard")+"?nature=mail"), chromedp.WaitVisible(`#timeline .event`))
	within(t, ctx, chromedp.Evaluate[chromedp.Void](`for (const a of document.querySelectorAll("#timeline a[data-part]")) a.click()`))
	until(t, ctx, fmt.Sprintf(`document.querySelectorAll(".inside .assent").length >= %d`, len(attacks)))
	within(t, ctx, chromedp.Evaluate[chromedp.Void](`for (const d of document.querySelectorAll(".inside details")) { d.open = true; d.querySelector("iframe")?.scrollIntoView() }`))
	time.Sleep(time.Second)
	ids := read(t, ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".letterframe")].map(f => f.src)`))
	if len(ids) < len(attacks) {
		t.Fatalf("%d frames, want %d", len(ids), len(attacks))
	}
	marks := 0
	for _, src := range ids { // each alone, too, as one who opens the frame in a tab of its own
		within(t, ctx, chromedp.Navigate(src), chromedp.WaitReady(`body`))
		if text := read(t, ctx, chromedp.Evaluate[string](`document.documentElement.textContent`)); strings.Contains(text, "merke") {
			marks++
		}
		if n := read(t, ctx, chromedp.Evaluate[int](`document.querySelectorAll("script, img, svg, iframe, object, embed, form, input, link, base, video, audio, [style], [onload], [onerror], a[href^='javascript'], a[href^='data']").length`)); n > 0 {
			t.Errorf("%s holds %d elements that could do something", src, n)
		}
	}
	if marks != len(attacks) {
		t.Errorf("%d of %d mails show the HTML of their original", marks, len(attacks))
	}
	if asked.Load() > 0 || dialogs.Load() > 0 {
		t.Errorf("%d requests to a stranger, %d dialogs", asked.Load(), dialogs.Load())
	}
}

// TestCustomerPageInTheBrowser does what people do on a phone: opens a line in
// place, filters, says that a mail does not belong; nothing is wider than the window.
func TestCustomerPageInTheBrowser(t *testing.T) {
	w := newWorld(t)
	w.company()
	id := w.customerID("odegard")
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	within(t, ctx, chromedp.EmulateViewport(360, 740), chromedp.Navigate(base+"/customers/"+id), chromedp.WaitVisible(`.answers`))
	if wide := read(t, ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); wide > 360 {
		t.Errorf("the page is %d px wide on a phone of 360", wide)
	}
	for _, h := range []string{"h-delivered", "h-went", "h-contacts", "h-expected"} {
		if !read(t, ctx, chromedp.Evaluate[bool](`!!document.getElementById("`+h+`")`)) {
			t.Errorf("the answer %s is missing", h)
		}
	}
	within(t, ctx, chromedp.Click(`.filters a[href*="nature=mail"]`), chromedp.WaitVisible(`.filters a[aria-current][href]`))
	if n := read(t, ctx, chromedp.Evaluate[int](`document.querySelectorAll("#timeline .event").length`)); n != 2 {
		t.Errorf("the filter on mails leaves %d lines, want 2", n)
	}
	within(t, ctx, chromedp.Click(`#timeline .event:last-child .title`), chromedp.WaitVisible(`.inside .prose`))
	if open := read(t, ctx, chromedp.Evaluate[string](`document.querySelector("#timeline a[aria-expanded=true]").textContent`)); open == "" {
		t.Error("the line does not say that it is open")
	}
	within(t, ctx, chromedp.Click(`.inside .why button`), chromedp.WaitVisible(`.notice.good`))
	decisions, err := w.store.Decisions(t.Context())
	if err != nil || len(decisions) != 1 || decisions[0].Kind != "cannot-link" {
		t.Errorf("decisions %v, %v", decisions, err)
	}
}

// TestCustomerPageWithoutScripts reads what a browser without scripts gets.
func TestCustomerPageWithoutScripts(t *testing.T) {
	w := newWorld(t)
	w.company()
	id := w.customerID("odegard")
	w.run([]scenario{
		{user: "kari", url: "/customers/" + id, status: 200, want: []string{`href="/records/r`, `<svg class="chart"`, `<div class="vh"><table>`, "128\u00a0400", "Ristelyd", "&lt;script&gt;"}, not: []string{"<script>alert"}},
		{name: "one conversation", user: "kari", url: "/customers/" + id + "?talk=" + w.recordID("klage"), status: 200, want: []string{"Aggregatet bråker"}, not: []string{"F46253879 ·"}},
		{name: "a conversation of others", user: "per", url: "/customers/" + id + "?talk=" + w.recordID("klage"), status: 404},
		{name: "a year", user: "kari", url: "/customers/" + id + "/history?year=1999", status: 200, not: []string{"<li class=\"event\">"}},
		{name: "nonsense", user: "kari", url: "/customers/" + id + "?nature=<script>&year=x&person='--", status: 200, not: []string{"<script>&"}},
	})
}

// TestGroup says that one customer belongs to another: each page leads to the
// other, for those who may know of both.
func TestGroup(t *testing.T) {
	w := newWorld(t)
	w.company()
	branch, head := w.customerID("asgard"), w.customerID("odegard")
	w.run([]scenario{
		{name: "said", user: "kari", method: "POST", url: "/api/v1/decisions", body: `{"decision":"subunit-of","a":{"orgno":"923609016"},"b":{"orgno":"974760673"}}`, status: 201},
		{name: "the branch", user: "kari", url: "/customers/" + branch, status: 200, want: []string{"Del av", `href="/customers/` + head + `"`}},
		{name: "the head", user: "kari", url: "/customers/" + head, status: 200, want: []string{"Enheter", `href="/customers/` + branch + `"`}},
		{name: "who does not know the branch", user: "ida", url: "/customers/" + head, status: 200, not: []string{"Enheter", "Åsgard"}},
	})
}

// recordID finds the record whose key holds the text.
func (w *world) recordID(key string) string {
	w.t.Helper()
	id := ""
	w.must(w.store.EachRecord(w.t.Context(), func(r *hub.Record) error {
		if strings.Contains(r.Key, key) {
			id = r.ID.String()
		}
		return nil
	}))
	return id
}

// TestRulingLasts corrects a file on its page: its rows become something else, and
// so do those of the next month's file; the index hears of it.
func TestRulingLasts(t *testing.T) {
	w := newWorld(t)
	w.company()
	sak := w.recordID("Reklamasjon 881")
	natureOf := func() string {
		var r struct{ Nature string }
		w.must(json.Unmarshal(w.do(scenario{user: "kari", url: "/api/v1/records/" + sak}).Body.Bytes(), &r))
		return r.Nature
	}
	before := natureOf()
	w.run([]scenario{
		{name: "nobody else's", user: "per", method: "POST", url: "/records/" + sak + "/nature", body: "nature=note", status: 404},
		{name: "no such nature", user: "kari", method: "POST", url: "/records/" + sak + "/nature", body: "nature=tull", status: 422},
		{name: "rows are no mails", user: "kari", method: "POST", url: "/records/" + sak + "/nature", body: "nature=mail", status: 422},
		{name: "which is not offered", user: "kari", url: "/records/" + sak, status: 200, want: []string{`<option value="register"`}, not: []string{`<option value="mail"`}},
		{name: "for no sheet", user: "kari", url: "/sources/" + w.ids["Service"].String() + "/files", status: 200, want: []string{`<option value="register"`}, not: []string{`<option value="mail"`}},
		{name: "a correction", user: "kari", method: "POST", url: "/records/" + sak + "/nature", body: "nature=note", status: 303},
	})
	w.settle()
	if got := natureOf(); got != nature.Note || before == nature.Note {
		t.Errorf("after the correction it is %q, before %q", got, before)
	}
	w.run([]scenario{{user: "kari", url: "/api/v1/search?q=ristelyd&nature=note", status: 200, want: []string{`"total":1`}}})
	y, err := w.store.BeginSync(t.Context(), w.ids["Service"], "test", time.Minute)
	w.must(err)
	next := hub.Scope{Name: "saker_april 2026.xlsx#Saker", Version: "1", At: time.Now()}
	_, err = y.Scope(t.Context(), next.Name)
	w.must(err)
	w.must(y.Put(t.Context(), next, []hub.Item{row("2", time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC), "Ny sak", [3]string{"Sak", hub.RoleRecordNo, "990"}, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Tekst", hub.RoleText, "apriltekst"})}))
	w.must(y.Done(t.Context(), next, nil))
	w.must(y.Finish(t.Context(), store.Outcome{}))
	w.settle()
	w.run([]scenario{{name: "next month", user: "kari", url: "/api/v1/search?q=apriltekst&nature=note", status: 200, want: []string{`"total":1`}}})
	w.run([]scenario{{name: "taken back", user: "kari", method: "POST", url: "/records/" + sak + "/nature", body: "nature=", status: 303}})
	w.settle()
	if got := natureOf(); got != before {
		t.Errorf("taken back it is %q, want %q", got, before)
	}
}

// TestOverviewShowsWhatOneMaySee compares every number of the overview with the
// records in the store, for three users, on histories made at random.
func TestOverviewShowsWhatOneMaySee(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(7, 7))
	now := time.Now().UTC()
	for _, department := range []string{"Salg", "Service", "Økonomi"} {
		scopes := map[string][]hub.Item{}
		for _, file := range []string{"ordrer.xlsx#2026", "klager.xlsx#2026", "avtaler.xlsx#Ark1"} {
			for i := range 20 {
				at := now.AddDate(0, 0, -r.IntN(700)).Truncate(24 * time.Hour)
				scopes[file] = append(scopes[file], row(fmt.Sprint(i+2), at, department+file, [3]string{"Nr", hub.RoleRecordNo, fmt.Sprint(department, i)},
					[3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Dato", hub.RoleDate, at.Format(time.DateOnly)}, [3]string{"Tekst", hub.RoleText, "hemmelig " + department},
					[3]string{"Beløp", hub.RoleAmount, fmt.Sprint(r.IntN(9000))}, [3]string{"Valuta", hub.RoleCurrency, []string{"NOK", "SEK", ""}[r.IntN(3)]},
					[3]string{"Status", hub.RoleStatus, []string{"Åpen", "Lukket"}[r.IntN(2)]}, [3]string{"Kontakt", hub.RoleContact, "Person i " + department}))
			}
		}
		w.source(department+" bok", "folder", department, scopes)
	}
	w.settle()
	id := w.customerID("")
	for _, name := range []string{"kari", "per", "ida"} {
		user := people[slices.IndexFunc(people, func(u store.User) bool { return u.Name == name })]
		rec := w.do(scenario{user: name, url: "/api/v1/customers/" + id + "/overview"})
		var got api.CustomerOverview
		w.must(json.Unmarshal(rec.Body.Bytes(), &got))
		for _, department := range []string{"Salg", "Service", "Økonomi"} {
			if text := rec.Body.String(); strings.Contains(text, department) != user.Viewer().Sees(department) {
				t.Errorf("%s: %s shows: %v", name, department, strings.Contains(text, department))
			}
		}
		sums, active, open := map[string]int64{}, 0, 0
		w.must(w.store.EachRecord(t.Context(), func(r *hub.Record) error {
			if !user.Viewer().Sees(r.Department) {
				return nil
			}
			months := 12*(now.Year()-r.Content.At.Year()) + int(now.Month()) - int(r.Content.At.Month())
			if months < 24 {
				active++
			}
			cell := map[string]string{}
			for _, f := range r.Content.Fields {
				cell[f.Role] = f.Value
			}
			if r.Nature == nature.Order && months < 12 {
				key := cell[hub.RoleCurrency]
				if key == "" {
					key = r.Department
				}
				var n int64
				fmt.Sscan(cell[hub.RoleAmount], &n)
				sums[key] += n * 100
			}
			if r.Nature == nature.Complaint && cell[hub.RoleStatus] == "Åpen" {
				open++
			}
			return nil
		}))
		for _, s := range got.Delivered.Sums {
			key := s.Currency + s.Department
			if sums[key] != s.Cents {
				t.Errorf("%s: %s is %d, want %d", name, key, s.Cents, sums[key])
			}
			delete(sums, key)
		}
		for key, cents := range sums {
			if cents != 0 {
				t.Errorf("%s: the sum of %s is missing", name, key)
			}
		}
		shown := 0
		for _, m := range got.Activity {
			for _, n := range m.Departments {
				shown += n
			}
		}
		if shown != active || got.Went.Open != open {
			t.Errorf("%s: chart of %d records, want %d; %d open, want %d", name, shown, active, got.Went.Open, open)
		}
		if want := len(user.Viewer().Departments); !user.All && len(got.Contacts) != want {
			t.Errorf("%s: contacts %v, want %d", name, got.Contacts, want)
		}
	}
}

// BenchmarkCustomerPage shows the page of a customer with 10,000 records.
func BenchmarkCustomerPage(b *testing.B) {
	w := newWorld(b)
	r := rand.New(rand.NewPCG(1, 1))
	now := time.Now().UTC()
	var rows, mails []hub.Item
	for i := range 6000 {
		at := now.AddDate(0, 0, -r.IntN(1400)).Truncate(24 * time.Hour)
		rows = append(rows, row(fmt.Sprint(i+2), at, "Rad", [3]string{"Ordrenr", hub.RoleRecordNo, fmt.Sprint("F", i)}, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"},
			[3]string{"Type", "", []string{"Ordre", "Levering", "Faktura", "Tilbud", "Reklamasjon", "Avtale", "Møte"}[r.IntN(7)]}, [3]string{"E-post", hub.RoleEmail, fmt.Sprintf("p%d@odegard.example", r.IntN(40))},
			[3]string{"Dato", hub.RoleDate, at.Format(time.DateOnly)}, [3]string{"Beløp", hub.RoleAmount, fmt.Sprint(r.IntN(90000))}, [3]string{"Status", hub.RoleStatus, []string{"Åpen", "Lukket"}[r.IntN(2)]}))
	}
	for i := range 4000 {
		m := letter(fmt.Sprintf("1.%d", i+1), fmt.Sprintf("m%d@odegard.example", i), now.Add(-time.Duration(r.IntN(30000))*time.Hour), fmt.Sprintf("p%d@odegard.example", r.IntN(40)), "salg@havbris.example", "Om ordren", strings.Repeat("Noen ord om saken. ", 40), "")
		if i%4 != 0 {
			m.Content.Idents = append(m.Content.Idents, hub.Ident{Kind: hub.IdentReply, Value: fmt.Sprintf("m%d@odegard.example", i-i%4), Place: "References"})
		}
		mails = append(mails, m)
	}
	w.source("Bok", "folder", "Salg", map[string][]hub.Item{"bok.xlsx#Ark1": rows})
	w.source("Postkasse", "imap", "Service", map[string][]hub.Item{"INBOX": mails})
	w.settle()
	url := "/customers/" + w.customerID("")
	var took []time.Duration
	w.do(scenario{user: "kari", url: url})
	for b.Loop() {
		start := time.Now()
		if rec := w.do(scenario{user: "kari", url: url}); rec.Code != http.StatusOK {
			b.Fatal(rec.Code)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

// TestOpenActionsAreFound: a history is narrowed to what is open also where that is
// but an action of the customer plan.
func TestOpenActionsAreFound(t *testing.T) {
	w := newWorld(t)
	action := func(status string) hub.Item {
		return row("2", w.now().AddDate(0, -1, 0), "Ring", [3]string{"Tiltak", "", "Ring"}, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Status", hub.RoleStatus, status})
	}
	look := func() bool {
		w.settle()
		page := w.do(scenario{user: "kari", url: "/customers/" + w.customerID(""), header: map[string]string{"Accept-Language": "nb"}}).Body.String()
		return strings.Contains(page, "state=open")
	}
	w.source("Plan", "folder", "Salg", map[string][]hub.Item{"kundeplan tiltak.xlsx#Ark1": {action("Lukket")}})
	if look() {
		t.Error("what is open is offered though nothing is")
	}
	w.source("Plan to", "folder", "Salg", map[string][]hub.Item{"kundeplan tiltak 2.xlsx#Ark1": {action("Åpen")}})
	if !look() {
		t.Error("an open action is not offered")
	}
}

package api_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"samsyn/indexer/bleve"
	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/linker"
	"samsyn/internal/store"
)

// namesakes gives Salg two customers of one name, and Service rows that name
// neither clearly.
func (w *world) namesakes() {
	w.t.Helper()
	customer := func(ref, name, org, city string) hub.Item {
		return row(ref, time.Time{}, name+" "+city, [3]string{"Navn", hub.RoleCustomerName, name}, [3]string{"Orgnr", hub.RoleOrgNo, org}, [3]string{"Sted", hub.RoleCity, city})
	}
	asks := func(ref, name, text string) hub.Item {
		return row(ref, time.Time{}, text, [3]string{"Kunde", hub.RoleCustomerName, name}, [3]string{"Tekst", hub.RoleText, text})
	}
	w.source("Salg", "folder", "Salg", map[string][]hub.Item{"kunder.xlsx#Kunder": {
		customer("2", "Fjordvik Bygg AS", "974760673", "Bergen"), customer("3", "Fjordvik Bygg AS", "923609016", "Hamar"),
		customer("4", "Solvik Drift AS", "985821585", "Bergen"), customer("5", "Solvik Drift AS", "831865741", "Hamar"),
	}})
	w.source("Service", "folder", "Service", map[string][]hub.Item{"saker.xlsx#Saker": {
		asks("2", "Fjordvik Bygg AS", "Lekkasje i taket"), asks("3", "Fjordvik Bygg AS", "Vinduet er knust"), asks("4", "Solvik Drift AS", "Porten står"),
	}})
	w.settle()
}

func (w *world) open(t testing.TB) []store.Question {
	t.Helper()
	all, err := w.store.Questions(context.Background(), hub.Viewer{User: "kari", All: true}, false)
	w.must(err)
	return all
}

// TestReviewInBrowser answers questions as people do: by mouse, by keys alone,
// many at once, and takes an answer back.
func TestReviewInBrowser(t *testing.T) {
	w := newWorld(t)
	w.namesakes()
	if open := w.open(t); len(open) != 2 || open[0].Records+open[1].Records != 3 {
		t.Fatalf("questions %+v", open)
	}
	ctx, base := browse(t, w)
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/review"),
		chromedp.SendKeys(`input[name=name]`, "kari"), chromedp.SendKeys(`input[name=password]`, password),
		chromedp.Click(`button.primary`), chromedp.WaitVisible(`.question .candidate .reasons`))
	if badge := read(t, ctx, chromedp.Text(`nav a[aria-current] .badge`)); !strings.HasPrefix(badge, "2") {
		t.Errorf("the navigation counts %q, two questions wait", badge)
	}
	w.picture(t, ctx, "review")
	// By keys alone: the first question has the focus; "1" accepts its first suggestion.
	until(t, ctx, `document.activeElement.classList.contains("question")`)
	within(t, ctx, chromedp.KeyEvent("1"), chromedp.WaitVisible(`.notice [data-key=u]`))
	w.settle()
	if open := w.open(t); len(open) != 1 {
		t.Errorf("after one answer %d questions wait", len(open))
	}
	// "u" takes it back.
	within(t, ctx, chromedp.KeyEvent("u"), chromedp.WaitNotPresent(`.notice [data-key=u]`))
	w.settle()
	within(t, ctx, chromedp.Navigate(base+"/review"), chromedp.WaitVisible(`.question:nth-child(2)`))
	// "l" puts a question off, and it waits elsewhere.
	within(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("l"), chromedp.WaitNotPresent(`.question:nth-child(2)`))
	within(t, ctx, chromedp.Navigate(base+"/review?later=1"), chromedp.WaitVisible(`.question`))
	// By mouse: tick all and reject them.
	within(t, ctx, chromedp.Click(`.question input[type=checkbox]`), chromedp.Click(`.bulk button[value=no]`), chromedp.WaitVisible(`.notice [data-key=u]`))
	w.settle()
	if open, err := w.store.Questions(t.Context(), hub.Viewer{User: "kari", All: true}, true); err != nil || len(open) != 0 {
		t.Errorf("after a no %d questions are put off, %v", len(open), err)
	}
	if open := w.open(t); len(open) != 1 {
		t.Errorf("%d questions wait, want 1", len(open))
	}
	within(t, ctx, chromedp.EmulateViewport(360, 800), chromedp.Navigate(base+"/review"), chromedp.WaitVisible(`.question`))
	w.picture(t, ctx, "review-phone")
	if wide := read(t, ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`)); wide {
		t.Error("the page is wider than a phone")
	}
}

// orgNo is the n-th of some valid Norwegian organisation numbers.
func orgNo(n int) string {
	for {
		digits := fmt.Sprintf("%08d", 91000000+n*17)
		sum := 0
		for i, weight := range []int{3, 2, 7, 6, 5, 4, 3, 2} {
			sum += int(digits[i]-'0') * weight
		}
		if check := (11 - sum%11) % 11; check < 10 {
			return digits + strconv.Itoa(check)
		}
		n += 1000
	}
}

// TestReviewByKeys answers by keys alone where columns are asked about, too: what
// a key answers is in sight, the place in the list is kept, and whatever was
// answered or put off comes back when it is undone.
func TestReviewByKeys(t *testing.T) {
	w := newWorld(t)
	var customers, cases []hub.Item
	for i, name := range []string{"Fjordvik Bygg AS", "Solvik Drift AS", "Granli Transport AS", "Heimdal Regnskap AS", "Bekkelund Hotell AS"} {
		for j, city := range []string{"Bergen", "Hamar"} {
			customers = append(customers, row(fmt.Sprint(2+2*i+j), time.Time{}, name, [3]string{"Navn", hub.RoleCustomerName, name}, [3]string{"Orgnr", hub.RoleOrgNo, orgNo(2*i + j)}, [3]string{"Sted", hub.RoleCity, city}))
		}
		cases = append(cases, row(fmt.Sprint(2+i), time.Time{}, "Sak", [3]string{"Kunde", hub.RoleCustomerName, name}))
	}
	w.source("Salg", "folder", "Salg", map[string][]hub.Item{"kunder.xlsx#Kunder": customers})
	w.source("Service", "folder", "Service", map[string][]hub.Item{"saker.xlsx#Saker": cases})
	var columns []hub.Column
	for i := range 20 {
		columns = append(columns, hub.Column{Column: "B", Header: fmt.Sprint("Hvem ", i), ID: fmt.Sprint("hvem", i), Guesses: []string{hub.RoleCustomerName, hub.RoleContact}})
	}
	w.sheets("Service", map[string]hub.Sheet{"saker.xlsx#Saker": {Tables: []hub.Table{{HeaderRow: 1, Signature: "hvem|sak", Columns: columns}}}})
	w.wait = 10 * time.Second
	w.follow = func(context.Context) error { // a moment later, as a worker does
		go func() {
			_, err := linker.New(w.store, quiet()).Follow(context.Background())
			if err != nil {
				t.Error(err)
			}
		}()
		return nil
	}
	w.serve()
	w.settle()
	waits := w.open(t)
	if len(waits) != 5 {
		t.Fatalf("%d questions wait, want 5", len(waits))
	}
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	at := func(q store.Question) string {
		return `document.activeElement?.id === "q-` + q.ID + `" && document.activeElement.getBoundingClientRect().top >= 0 && document.activeElement.getBoundingClientRect().bottom <= innerHeight`
	}
	within(t, ctx, chromedp.EmulateViewport(1280, 500), chromedp.Navigate(base+"/review"), chromedp.WaitVisible(`.question`))
	until(t, ctx, at(waits[0]))
	w.picture(t, ctx, "review-keys")
	// What was scrolled out of sight is shown before a key answers it.
	within(t, ctx, chromedp.Evaluate[chromedp.Void](`scrollTo(0, document.body.scrollHeight)`))
	until(t, ctx, `scrollY > 1000`)
	within(t, ctx, chromedp.KeyEvent("n"))
	until(t, ctx, at(waits[0]))
	if all, err := w.store.Decisions(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("a key answered what was out of sight: %v, %v", all, err)
	}
	// Put off, undone; answered, undone.
	for _, key := range []string{"l", "1"} {
		within(t, ctx, chromedp.Navigate(base+"/review"), chromedp.WaitVisible(`.question`))
		until(t, ctx, at(waits[0]))
		within(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent(key), chromedp.WaitVisible(`.notice [data-key=u]`))
		until(t, ctx, at(waits[3]))
		if read(t, ctx, chromedp.Evaluate[bool](`Boolean(document.querySelector("#q-`+waits[2].ID+`"))`)) {
			t.Errorf("after %s the question is still asked", key)
		}
		within(t, ctx, chromedp.KeyEvent("u"), chromedp.WaitNotPresent(`.notice [data-key=u]`), chromedp.WaitVisible(`.notice`))
		until(t, ctx, at(waits[2]))
		if n := read(t, ctx, chromedp.Evaluate[int](`document.querySelectorAll("#review .question").length`)); n != 5 {
			t.Errorf("after %s was undone %d questions are asked, want 5", key, n)
		}
	}
	// Columns are answered alike, and the next takes the place.
	within(t, ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector("#column-3").focus()`), chromedp.KeyEvent("1"), chromedp.WaitVisible(`.notice [data-key=u]`))
	until(t, ctx, `document.activeElement?.id === "column-3" && document.activeElement.textContent.includes("Hvem 4")`)
}

// TestUndoWhereOneStands: what was said of a record is undone on the page where it
// was said, which shows its links as they then are; the latest decisions say what
// they are about as far as one may see it.
func TestUndoWhereOneStands(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.follow = func(context.Context) error { w.settle(); return nil }
	w.serve()
	customer, record := w.customerID("odegard"), ""
	w.must(w.store.EachRecord(t.Context(), func(r *hub.Record) error {
		if r.Content.Title == "Reklamasjon 881" {
			record = r.ID.String()
		}
		return nil
	}))
	apart := func(name, referer, to string) (batch string) {
		rec := w.do(scenario{user: "ida", method: "POST", url: "/records/" + record + "/apart", body: "customer=" + customer, header: map[string]string{"Referer": referer}})
		at, err := url.Parse(rec.Header().Get("Location"))
		if err != nil || rec.Code != 303 || at.Path != to {
			t.Fatalf("%s: %d to %s, %v; want %s", name, rec.Code, at, err, to)
		}
		batch = at.Query().Get("undo")
		w.run([]scenario{
			{name: name, user: "ida", url: at.RequestURI(), status: 200, want: []string{"Angre", `value="` + batch + `" data-key="u"`, `name="back" value="` + to + `"`}},
			{name: name + " the link is gone", user: "ida", url: "/records/" + record, status: 200, not: []string{"/customers/" + customer}},
		})
		return batch
	}
	batch := apart("on its page", "", "/records/"+record)
	w.run([]scenario{
		{name: "undone", user: "ida", method: "POST", url: "/review/undo", body: "batch=" + batch + "&back=/records/" + record, status: 303, location: "/records/" + record + "?done=undone"},
		{name: "linked again", user: "ida", url: "/records/" + record, status: 200, want: []string{"/customers/" + customer}},
		{name: "nowhere else", user: "ida", method: "POST", url: "/review/undo", body: "batch=1&back=//evil.example/", status: 404},
	})
	apart("in a history", "http://example.com/customers/"+customer, "/customers/"+customer)
	w.run([]scenario{
		{name: "latest decisions", user: "ida", url: "/review", status: 200, want: []string{`<a href="/records/` + record + `">Reklamasjon 881</a>`, `<a class="customer" href="/customers/` + customer + `">odegard.example</a>`}, not: []string{"NO974760673"}},
	})
	_, err := w.store.ChangeUser(t.Context(), "ida", "", func(u *store.User) error { u.Departments = []string{"Salg"}; return nil })
	w.must(err)
	w.run([]scenario{
		{name: "what one may not see any more", user: "ida", url: "/review", status: 200, want: []string{"Hører ikke sammen", `<b>post</b>`}, not: []string{"Reklamasjon 881", "/records/" + record}},
	})
}

// TestMergeAndSplitInBrowser merges two customers after a look at what moves,
// and splits them again by undoing.
func TestMergeAndSplitInBrowser(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	whole := w.customerID("odegard")
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/customers/"+whole+"/merge"),
		chromedp.SendKeys(`input[name=name]`, "kari"), chromedp.SendKeys(`input[name=password]`, password),
		chromedp.Click(`button.primary`), chromedp.WaitVisible(`#with`),
		chromedp.SendKeys(`#with`, "åsgard"+kb.Enter), chromedp.WaitVisible(`#with[value="åsgard"]`), chromedp.WaitVisible(`.found a.button`), chromedp.Click(`.found a.button`), chromedp.WaitVisible(`.preview .moves`))
	w.picture(t, ctx, "merge")
	within(t, ctx, chromedp.Click(`.confirm button.primary`), chromedp.WaitVisible(`.notice [data-key=u]`))
	w.settle()
	within(t, ctx, chromedp.Navigate(base+"/customers/"+whole), chromedp.WaitVisible(`.doings`))
	if text := read(t, ctx, chromedp.Text(`main`)); !strings.Contains(text, "F46253901") {
		t.Error("the orders of the other did not come along")
	}
	within(t, ctx, chromedp.Navigate(base+"/customers/"+whole+"/events"), chromedp.WaitVisible(`table.data`))
	w.picture(t, ctx, "events")
	within(t, ctx, chromedp.Navigate(base+"/review"), chromedp.Click(`.mine button`), chromedp.WaitNotPresent(`.mine`))
	w.settle()
	within(t, ctx, chromedp.Navigate(base+"/customers/"+whole+"/split"), chromedp.WaitVisible(`.picks`),
		chromedp.Click(`.picks input[type=checkbox]`), chromedp.Click(`#split button`), chromedp.WaitVisible(`.preview .moves`))
	w.picture(t, ctx, "split")
	within(t, ctx, chromedp.Click(`.confirm button.primary`), chromedp.WaitVisible(`.notice [data-key=u]`))
}

// TestSplitKeepsWhatIsTicked: what is ticked on one page of a long history is still
// ticked on the next, shown in the preview and split off, where no script runs.
func TestSplitKeepsWhatIsTicked(t *testing.T) {
	w := newWorld(t)
	w.company()
	var rows []hub.Item
	for n := range 110 {
		rows = append(rows, row(fmt.Sprint(n+2), time.Date(2025, 1, 1+n, 0, 0, 0, 0, time.UTC), fmt.Sprint("Sak ", n), [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Tekst", hub.RoleText, fmt.Sprint("Dør ", n)}))
	}
	w.source("Saker", "folder", "Salg", map[string][]hub.Item{"saker.xlsx#Saker": rows})
	w.settle()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	w.must(err)
	value := func(which string) string {
		t.Helper()
		return read(t, ctx, chromedp.Evaluate[string](`document.querySelector('`+which+`').value`))
	}
	untouched := `.picks input[name=record]:not(:checked)`
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/customers/"+w.customerID("odegard")+"/split"), chromedp.WaitVisible(`.picks`))
	first := value(untouched)
	within(t, ctx, chromedp.Click(`.picks input[value="`+first+`"]`), chromedp.Click(`button[name=more]`), chromedp.WaitReady(`input[name=cursor]:not([value=""])`))
	second := value(untouched)
	within(t, ctx, chromedp.Click(`.picks input[value="`+second+`"]`), chromedp.Click(`#split button`), chromedp.WaitVisible(`.preview .moves`))
	ticked := read(t, ctx, chromedp.Evaluate[string](`[...document.querySelectorAll(".picks input:checked")].map((e) => e.value).join(" ")`))
	if ticked != first+" "+second || value(untouched) == first {
		t.Errorf("ticked is %q, want %s and %s on the page of the latter", ticked, first, second)
	}
	w.picture(t, ctx, "split-long")
	within(t, ctx, chromedp.Click(`.confirm button.primary`), chromedp.WaitVisible(`.notice`))
	all, err := w.store.Decisions(t.Context())
	if err != nil || len(all) != 2 || all[0].Kind != link.Split || all[1].Kind != link.MustLink {
		t.Errorf("decided %+v, %v; want two records split off", all, err)
	}
}

// TestMergeOffersNamesAlike: nothing need be typed to find a customer of a
// similar name, nor its name where one has its number; others' customers are not offered.
func TestMergeOffersNamesAlike(t *testing.T) {
	w := newWorld(t)
	w.company()
	sister := func(name, org string) hub.Item {
		return row(name, time.Time{}, name, [3]string{"Navn", hub.RoleCustomerName, name}, [3]string{"Orgnr", hub.RoleOrgNo, org})
	}
	w.source("Flere", "folder", "Salg", map[string][]hub.Item{"nord.xlsx#Ark1": {sister("Ødegård Bryggeri Nord AS", "917103801")}})
	w.source("Skjulte", "folder", "Økonomi", map[string][]hub.Item{"sør.xlsx#Ark1": {sister("Ødegård Bryggeri Sør AS", "982463718")}})
	w.settle()
	merge := "/customers/" + w.customerID("odegard") + "/merge"
	w.run([]scenario{
		{name: "alike", user: "per", url: merge, status: 200, want: []string{"Kanskje en av disse?", "Ødegård Bryggeri Nord AS"}, not: []string{"Sør", "Åsgard"}},
		{name: "all of them", user: "kari", url: merge, status: 200, want: []string{"Bryggeri Nord", "Bryggeri Sør"}},
		{name: "number", user: "per", url: merge + "?q=923609016", status: 200, want: []string{"Åsgard Sag"}, not: []string{"Kanskje en av disse?", "Bryggeri Nord"}},
		{name: "nothing", user: "per", url: merge + "?q=finnesikke", status: 200, want: []string{"empty"}, not: []string{"Bryggeri Nord"}},
		{name: "two companies", user: "kari", url: merge + "?with=" + w.customerID("asgard"), status: 200, want: []string{"hvert sitt organisasjonsnummer", "923 609 016"}},
		{name: "one is part of the other", user: "kari", url: merge + "?kind=subunit-of&with=" + w.customerID("asgard"), status: 200, not: []string{"hvert sitt organisasjonsnummer"}},
	})
}

// picture saves a picture of the page into the directory that SAMSYN_TEST_PICTURES names.
func (w *world) picture(t testing.TB, ctx context.Context, name string) {
	dir := os.Getenv("SAMSYN_TEST_PICTURES")
	if dir == "" {
		return
	}
	w.must(os.WriteFile(filepath.Join(dir, name+".png"), read(t, ctx, chromedp.FullScreenshot(100)), 0o644))
}

// TestReviewWithoutScripts: the forms alone do it, and nobody answers what they may not see.
func TestReviewWithoutScripts(t *testing.T) {
	w := newWorld(t)
	w.namesakes()
	var list struct {
		Suggestions []struct {
			ID        string
			Records   int
			Customers []struct {
				Customer struct{ ID string }
				Reasons  []struct{ Text string }
				Doubt    string
			}
		}
	}
	rec := w.do(scenario{user: "kari", url: "/api/v1/suggestions"})
	w.must(json.Unmarshal(rec.Body.Bytes(), &list))
	q := list.Suggestions[0]
	if q.Records != 2 || len(q.Customers) != 2 || len(q.Customers[0].Reasons) == 0 || !strings.Contains(q.Customers[0].Reasons[0].Text, "saker.xlsx") || q.Customers[0].Doubt == "" {
		t.Errorf("the first question is %s", rec.Body)
	}
	yes := "do=yes+" + q.ID + "+" + q.Customers[1].Customer.ID
	w.run([]scenario{
		{name: "Salg has no question", user: "per", url: "/review", status: 200, not: []string{"Lekkasje", "saker.xlsx", `class="panel question"`}},
		{name: "Salg cannot answer it", user: "per", method: "POST", url: "/review", body: yes, status: 303, location: "/review?done=late"},
		{name: "and is told as much of one that nobody is asked", user: "per", method: "POST", url: "/review", body: "do=yes+" + strings.Repeat("0", len(q.ID)) + "+c1", status: 303, location: "/review?done=late"},
		{name: "nonsense", user: "kari", method: "POST", url: "/review", body: "do=perhaps", status: 404},
		{name: "the second suggestion", user: "kari", method: "POST", url: "/review", body: yes, status: 303},
	})
	w.settle()
	if open := w.open(t); len(open) != 1 {
		t.Errorf("%d questions wait, want 1", len(open))
	}
	all, err := w.store.Decisions(t.Context())
	if err != nil || len(all) != 2 || all[0].Batch == 0 || all[0].Batch != all[1].Batch || all[0].By != "kari" {
		t.Errorf("decided %+v, %v", all, err)
	}
}

// TestAccessIsLogged: who looked at what, without the letters in between, each
// their own, and nothing lost at an orderly end.
func TestAccessIsLogged(t *testing.T) {
	w := newWorld(t)
	w.company()
	customer := w.customerID("odegard")
	for _, url := range []string{"/results?q=od&typing=1", "/results?q=odeg&typing=1", "/results?q=odegard&typing=1", "/results?q=odegard", "/customers/" + customer, "/static/nothing", "/sources"} {
		w.do(scenario{user: "per", url: url})
	}
	w.do(scenario{user: "ola", url: "/customers/" + customer}) // sees nothing: not there
	w.do(scenario{user: "local", url: "/api/v1/search?q=hvalross"})
	w.must(w.server.Close())
	lines, err := w.access.Lines(t.Context(), store.AccessFilter{}, 10)
	w.must(err)
	var got []string
	for _, a := range lines {
		got = append(got, a.Who+" "+a.Action+" "+a.Subject)
	}
	if want := "local search hvalross|per customer " + customer + "|per search odegard"; strings.Join(got, "|") != want {
		t.Errorf("the log says %q, want %q", strings.Join(got, "|"), want)
	}
	if n, err := w.access.Verify(t.Context()); err != nil || n != 3 {
		t.Errorf("%d lines, %v", n, err)
	}
	w.serve()
	w.run([]scenario{
		{name: "own", user: "per", url: "/api/v1/access?who=local", status: 200, want: []string{"odegard"}, not: []string{"hvalross"}},
		{name: "all", user: "kari", url: "/access", status: 200, want: []string{"odegard", "hvalross", "Ødegård"}},
	})
}

// TestAccessHasNoHoles: what is shown is noted, by whatever address, and what was
// typed stays noted when it is deleted again.
func TestAccessHasNoHoles(t *testing.T) {
	w := newWorld(t)
	w.company()
	record, customer := w.first(t)
	other := w.customerID("asgard")
	bare := func(id string) string { return id[1:] }
	for name, c := range map[string]struct {
		user string
		does []scenario
		want string
	}{
		"deleted again":    {"kari", []scenario{{url: "/results?q=narhval&typing=1"}, {url: "/results?q=n&typing=1"}, {url: "/results?q=na&typing=1"}}, "search narhval"},
		"typed over":       {"kari", []scenario{{url: "/results?q=narhval&typing=1"}, {url: "/results?q=n&typing=1"}, {url: "/results?q=ny&typing=1"}, {url: "/results?q=nyn&typing=1"}}, "search narhval|search nyn"},
		"what waits":       {"kari", []scenario{{url: "/review"}, {url: "/api/v1/suggestions"}}, "open /review|open /suggestions"},
		"ids without type": {"kari", []scenario{{url: "/records/" + bare(record)}, {url: "/api/v1/records/" + bare(record)}, {url: "/customers/" + bare(customer)}, {url: "/api/v1/records/" + bare(record) + "/original"}}, "record " + record + "|record " + record + "|customer " + customer + "|download " + record},
		"previews": {"kari", []scenario{
			{method: "POST", url: "/api/v1/decisions/preview", body: `{"decision":"merge","a":{"orgno":"974760673"},"b":{"orgno":"923609016"}}`},
			{url: "/customers/" + customer + "/merge?with=" + bare(other)},
		}, "open /decisions/preview|customer " + customer + "|customer " + other},
		"search to merge": {"kari", []scenario{{url: "/customers/" + customer + "/merge?q=narhval"}}, "customer " + customer + "|search narhval"},
	} {
		t.Run(name, func(t *testing.T) {
			w.serve()
			before, err := w.access.Lines(t.Context(), store.AccessFilter{}, 1)
			w.must(err)
			for _, s := range c.does {
				s.user = c.user
				if rec := w.do(s); rec.Code != 200 {
					t.Errorf("%s: status %d: %s", s.url, rec.Code, rec.Body)
				}
			}
			w.must(w.server.Close())
			lines, err := w.access.Lines(t.Context(), store.AccessFilter{}, 20)
			w.must(err)
			var got []string
			for _, a := range slices.Backward(lines) {
				if len(before) == 0 || a.Seq > before[0].Seq {
					got = append(got, a.Action+" "+a.Subject)
				}
			}
			if strings.Join(got, "|") != c.want {
				t.Errorf("the log says %q, want %q", strings.Join(got, "|"), c.want)
			}
		})
	}
}

// TestOneLineDoesNotHoldTheOthers: a line of the access log that the database
// does not take keeps none beside it from being written, and is not lost.
func TestOneLineDoesNotHoldTheOthers(t *testing.T) {
	folder := t.TempDir()
	engine, err := bleve.Open(t.TempDir(), quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	w := newWorldIn(t, folder, engine)
	db, err := sql.Open("sqlite", filepath.Join(folder, "samsyn.db"))
	w.must(err)
	t.Cleanup(func() { db.Close() })
	_, err = db.Exec("CREATE TRIGGER picky BEFORE INSERT ON access_log WHEN NEW.subject = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END")
	w.must(err)
	for _, want := range []string{"two one", "two one two one"} {
		for _, q := range []string{"one", "bad", "two"} {
			w.do(scenario{user: "local", url: "/api/v1/search?q=" + q})
		}
		got := ""
		for end := time.Now().Add(10 * time.Second); got != want && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			lines, err := w.access.Lines(t.Context(), store.AccessFilter{}, 10)
			w.must(err)
			var subjects []string
			for _, a := range lines {
				subjects = append(subjects, a.Subject)
			}
			got = strings.Join(subjects, " ")
		}
		if got != want {
			t.Fatalf("beside a line that is refused %q is written, want %q", got, want)
		}
	}
	_, err = db.Exec("DROP TRIGGER picky")
	w.must(err)
	w.must(w.server.Close())
	if n, err := w.access.Verify(t.Context()); n != 6 || err != nil {
		t.Errorf("once it is taken there are %d lines, %v", n, err)
	}
}

// TestReasonsKeepToTheirDepartment asks, as every user, for the reasons of every
// link that they see. A value is told only where a row that they see says so, or
// that there is more is told without saying what.
func TestReasonsKeepToTheirDepartment(t *testing.T) {
	w := newWorld(t)
	w.company()
	told, kept := 0, 0
	w.must(w.store.EachRecord(t.Context(), func(r *hub.Record) error {
		for _, user := range []string{"kari", "per", "ida"} {
			rec := w.do(scenario{user: user, url: "/api/v1/records/" + r.ID.String()})
			if rec.Code != 200 {
				continue
			}
			var view struct {
				Links []struct {
					Evidence []hub.Evidence
					Reasons  []struct{ Text string }
				}
			}
			w.must(json.Unmarshal(rec.Body.Bytes(), &view))
			for _, l := range view.Links {
				if len(l.Reasons) == 0 || len(l.Reasons) > 3 {
					t.Errorf("%s gets %d reasons for %s", user, len(l.Reasons), r.ID)
				}
				for _, reason := range l.Reasons {
					told++
					if strings.Contains(reason.Text, "post@odegard.example") && user == "ida" {
						t.Errorf("Service is told that the customer bears an address that only Salg knows: %s", reason.Text)
					}
					if user == "ida" && strings.Contains(reason.Text, "firmaet ellers vet") {
						kept++
					}
					if user == "kari" && strings.Contains(reason.Text, "firmaet ellers vet") {
						t.Errorf("who sees all is not told: %s", reason.Text)
					}
				}
			}
		}
		return nil
	}))
	if told < 10 || kept == 0 {
		t.Errorf("%d reasons were told, %d kept: the test looks in the wrong place", told, kept)
	}
}

// Reasons write persons as the record does, and tell a name that is merely alike
// from one that is the same.
func TestReasonsAsWritten(t *testing.T) {
	w := newWorld(t)
	w.source("Salg", "folder", "Salg", map[string][]hub.Item{"kunder.xlsx#Kunder": {
		row("2", time.Time{}, "Lillemose Logistik", [3]string{"Navn", hub.RoleCustomerName, "Lillemose Logistik I/S"}, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Kontakt", hub.RoleContact, "Rasmus Møller"}),
		row("3", time.Time{}, "Ekeberg Data", [3]string{"Navn", hub.RoleCustomerName, "Ekeberg Data A/S"}, [3]string{"Orgnr", hub.RoleOrgNo, "923609016"}, [3]string{"Kontakt", hub.RoleContact, "Rasmus Møller"}),
	}})
	w.source("Service", "folder", "Service", map[string][]hub.Item{"saker.xlsx#Saker": {
		row("2", time.Time{}, "Porten står", [3]string{"Kunde", hub.RoleCustomerName, "Lillemose"}, [3]string{"Melder", hub.RoleContact, "Rasmus Møller"}),
	}})
	w.settle()
	rec := w.do(scenario{user: "kari", url: "/api/v1/suggestions"})
	for _, want := range []string{"lignende navn Lillemose", "samme person Rasmus Møller"} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("the answer lacks %q: %s", want, rec.Body)
		}
	}
}

// TestReasonsOfAMail: a name that a mail merely mentions is told as the mail
// writes it, and what speaks against says what it is.
func TestReasonsOfAMail(t *testing.T) {
	w := newWorld(t)
	w.source("Salg", "folder", "Salg", map[string][]hub.Item{"kunder.xlsx#Kunder": {
		row("2", time.Time{}, "Hamre Maskin AS", [3]string{"Navn", hub.RoleCustomerName, "Hamre Maskin AS"}, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}),
		row("3", time.Time{}, "Hamre Maskin AS", [3]string{"Navn", hub.RoleCustomerName, "Hamre Maskin AS"}, [3]string{"Orgnr", hub.RoleOrgNo, "923609016"}),
	}})
	about := letter("1.1", "1@x", time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC), "kari@gmail.com", "salg@havbris.example", "Tilbud til Hamre Maskin, vår 2026", "Se vedlegg.", "")
	w.source("Post", "imap", "Salg", map[string][]hub.Item{"INBOX": {about}})
	w.settle()
	rec := w.do(scenario{user: "kari", url: "/review"})
	if text := rec.Body.String(); !strings.Contains(text, "samme navn Hamre Maskin (") || strings.Contains(text, "hamremaskin") {
		t.Errorf("the page is %s", text)
	}
}

// TestNothingSpeaksForIt: what nothing speaks for is not offered as the likely answer.
func TestNothingSpeaksForIt(t *testing.T) {
	w := newWorld(t)
	w.source("Salg", "folder", "Salg", map[string][]hub.Item{"kunder.xlsx#Kunder": {
		row("2", time.Time{}, "Lillemose", [3]string{"Navn", hub.RoleCustomerName, "Lillemose Logistik A/S"}, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"E-post", hub.RoleEmail, "post@felles.example"}, [3]string{"Kontakt", hub.RoleContact, "Rasmus Møller"}, [3]string{"Sted", hub.RoleCity, "Bergen"}),
		row("3", time.Time{}, "Ekeberg", [3]string{"Navn", hub.RoleCustomerName, "Ekeberg Data A/S"}, [3]string{"Orgnr", hub.RoleOrgNo, "923609016"}, [3]string{"E-post", hub.RoleEmail, "post@felles.example"}, [3]string{"Kontakt", hub.RoleContact, "Rasmus Møller"}, [3]string{"Sted", hub.RoleCity, "Bergen"}),
	}})
	w.source("Service", "folder", "Service", map[string][]hub.Item{"saker.xlsx#Saker": {
		row("2", time.Time{}, "Porten står", [3]string{"Kontakt", hub.RoleContact, "Rasmus Møller"}, [3]string{"Sted", hub.RoleCity, "Hamar"}),
		row("3", time.Time{}, "Taket lekker", [3]string{"E-post", hub.RoleEmail, "post@felles.example"}),
	}})
	w.settle()
	for _, question := range strings.Split(w.do(scenario{user: "kari", url: "/review"}).Body.String(), `class="panel question"`)[1:] {
		favoured := strings.Contains(question, "samme e-postadresse")
		if likely := strings.Count(question, "small primary"); likely > 1 || (likely == 1) != favoured || !favoured && !strings.Contains(question, "taler imot: et annet sted, Hamar") {
			t.Errorf("%d likely answers at %s", likely, question)
		}
	}
	if open := w.open(t); len(open) != 2 {
		t.Errorf("%d questions wait, want one that something speaks for and one that nothing does", len(open))
	}
}

// TestSaidAlready: what stands already offers nothing to take back, as there is
// nothing of it; and a part is not kept from what it founded.
func TestSaidAlready(t *testing.T) {
	w := newWorld(t)
	w.company()
	record, customer := w.first(t)
	post := func(user, address, body string) string {
		rec := w.do(scenario{user: user, method: "POST", url: address, body: body})
		if rec.Code != 303 {
			t.Fatalf("%s: status %d", address, rec.Code)
		}
		return rec.Header().Get("Location")
	}
	apart := "/records/" + record + "/apart"
	if to := post("kari", apart, "customer="+customer); !strings.Contains(to, "undo=") {
		t.Errorf("leads to %s, where nothing can be taken back", to)
	}
	if to := post("kari", apart, "customer="+customer); strings.Contains(to, "undo=") {
		t.Errorf("said again it leads to %s, which would take back what is not there", to)
	}
	merge := "/customers/" + customer + "/merge"
	post("kari", merge, "kind=merge&with="+w.customerID("asgard"))
	if to := post("kari", merge, "kind=merge&with="+w.customerID("asgard")); strings.Contains(to, "undo=") {
		t.Errorf("merged again it leads to %s", to)
	}
}

// TestAnsweredTwice: who answers a question after somebody else is told that the
// first answer stands.
func TestAnsweredTwice(t *testing.T) {
	w := newWorld(t)
	w.namesakes()
	var list struct{ Suggestions []struct{ ID string } }
	w.must(json.Unmarshal(w.do(scenario{user: "kari", url: "/api/v1/suggestions"}).Body.Bytes(), &list))
	if len(list.Suggestions) == 0 {
		t.Fatal("nothing is asked")
	}
	no := scenario{user: "kari", method: "POST", url: "/review", body: "do=no+" + list.Suggestions[0].ID}
	if to := w.do(no).Header().Get("Location"); !strings.Contains(to, "undo=") || strings.Contains(to, "done=late") {
		t.Errorf("the first answer leads to %s", to)
	}
	w.settle()
	late := w.do(no).Header().Get("Location")
	if !strings.Contains(late, "done=late") || strings.Contains(late, "undo=") {
		t.Errorf("the second answer leads to %s", late)
	}
	w.run([]scenario{{name: "told", user: "kari", url: late, status: 200, want: []string{"Noen hadde svart på dette allerede"}}})
}

// TestBackToTheCustomer: after a merge one stands at the customer, where it can be taken back.
func TestBackToTheCustomer(t *testing.T) {
	w := newWorld(t)
	w.company()
	customer := w.customerID("odegard")
	to := w.do(scenario{user: "kari", method: "POST", url: "/customers/" + customer + "/merge", body: "kind=merge&with=" + w.customerID("asgard")}).Header().Get("Location")
	w.settle()
	if !strings.HasPrefix(to, "/customers/") {
		t.Errorf("it leads to %s", to)
	}
	for range 2 { // the customer may have become part of the other
		if rec := w.do(scenario{user: "kari", url: to}); rec.Code == 308 {
			to = rec.Header().Get("Location")
		}
	}
	w.run([]scenario{{name: "undo", user: "kari", url: to, status: 200, want: []string{`action="/review/undo"`}}})
}

// TestSplitOffersPartsAlone: of the spellings of one name there is one to choose, and
// what is all of a customer is not split off.
func TestSplitOffersPartsAlone(t *testing.T) {
	w := newWorld(t)
	org := [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}
	named := func(ref, name string) hub.Item {
		return row(ref, time.Time{}, "rad "+ref, [3]string{"Navn", hub.RoleCustomerName, name}, org)
	}
	w.source("Salg", "folder", "Salg", map[string][]hub.Item{"a.xlsx#Ark1": {named("1", "Bjørkebakken Bygg ASA"), named("2", "Bjoerkebakken Bygg"), named("3", "Bjørkebakken Bygg"), named("4", "Fjellvik Drift AS")}})
	w.settle()
	split := "/customers/" + w.customerID("b") + "/split"
	page := w.do(scenario{user: "kari", url: split}).Body.String()
	if n := strings.Count(page, `value="name Bj`); n != 1 {
		t.Errorf("%d spellings of one name are offered", n)
	}
	own := regexp.MustCompile(`value="(name Bj[^"]*)"`).FindStringSubmatch(page)
	w.run([]scenario{
		{name: "a part", user: "kari", url: split + "?" + url.Values{"value": {own[1]}}.Encode(), status: 200, want: []string{"Det blir en kunde for seg", `class="stack confirm"`}},
		{name: "the other", user: "kari", url: split + "?" + url.Values{"value": {"name Fjellvik Drift AS"}}.Encode(), status: 200, want: []string{`class="stack confirm"`}},
		{name: "all", user: "kari", url: split + "?" + url.Values{"value": {own[1], "name Fjellvik Drift AS"}}.Encode(), status: 200, want: []string{"Dette er alt kunden har"}, not: []string{`class="stack confirm"`}},
	})
}

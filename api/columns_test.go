package api_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// unsure gives Service a sheet with a column that nobody can name, and one that
// is left out, and such sheets attached to mails.
func (w *world) unsure() {
	w.t.Helper()
	w.sheets("Service", map[string]hub.Sheet{
		"saker.xlsx#Saker": {Tables: []hub.Table{{HeaderRow: 1, Signature: "hvem|sak", Columns: []hub.Column{{Column: "A", Header: "Sak", ID: "sak", Role: hub.RoleRecordNo},
			{Column: "B", Header: "Hvem?", ID: "hvem", Guesses: []string{hub.RoleCustomerName, hub.RoleContact}, Samples: []string{"Fjordvik Bygg AS", "Kari Lie"}}}}}},
		"saker.xlsx#Om": {Left: "explanation"},
	})
	ctx := w.t.Context()
	y, err := w.store.BeginSync(ctx, w.ids["Service"], "test", time.Minute)
	w.must(err)
	_, err = y.Answers(ctx)
	w.must(err)
	inbox := hub.Scope{Name: "Kunder", Version: "1"}
	attached := hub.Sheet{Tables: []hub.Table{{Signature: "dato|zyx", Columns: []hub.Column{{Column: "B", Header: "Zyx", ID: "zyx", Guesses: []string{hub.RoleContact}, Samples: []string{"Ola Dahl"}}}}}}
	w.must(y.Put(ctx, inbox, []hub.Item{{Ref: "7.1/liste.xlsx#Salg", Sheet: &attached}, {Ref: "7.2/liste.xlsx#Salg", Sheet: &attached},
		{Ref: "7.1/liste.xlsx#Sum", Sheet: &hub.Sheet{Left: "pivot"}}, {Ref: "7.2/liste.xlsx#Sum", Sheet: &hub.Sheet{Left: "pivot"}}}))
	w.must(y.Done(ctx, inbox, nil))
	w.must(y.Finish(ctx, store.Outcome{Complete: true}))
}

// sheets tells what the sheets of a source hold, by scope.
func (w *world) sheets(source string, scopes map[string]hub.Sheet) {
	w.t.Helper()
	ctx := w.t.Context()
	y, err := w.store.BeginSync(ctx, w.ids[source], "test", time.Minute)
	w.must(err)
	_, err = y.Answers(ctx)
	w.must(err)
	for scope, sheet := range scopes {
		s := hub.Scope{Name: scope, Version: "1"}
		w.must(y.Put(ctx, s, []hub.Item{{Sheet: &sheet}}))
		w.must(y.Done(ctx, s, nil))
	}
	w.must(y.Finish(ctx, store.Outcome{Complete: true}))
}

// TestColumnQuestions asks those who may see the sheet, and nobody else.
func TestColumnQuestions(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.unsure()
	attached := url.Values{"source": {"Service"}, "table": {"dato|zyx"}, "column": {"zyx"}, "role": {hub.RoleContact}}.Encode()
	form := url.Values{"source": {"Service"}, "table": {"hvem|sak"}, "column": {"hvem"}, "role": {hub.RoleContact}}.Encode()
	body := `{"decision":"column-role","a":{"source":"Service","table":"hvem|sak","column":"hvem"},"b":{"role":"contact_person"}}`
	w.run([]scenario{
		{name: "another department is not asked", user: "per", url: "/api/v1/suggestions", status: 200, want: []string{`"columns":[]`}, not: []string{"Hvem", "Fjordvik Bygg", "Zyx", "Ola Dahl", "liste.xlsx"}},
		{name: "nor on the page", user: "per", url: "/review", status: 200, not: []string{"Hvem?", "Fjordvik Bygg", "saker.xlsx", "Zyx", "liste.xlsx"}},
		{name: "nor may it answer", user: "per", method: "POST", url: "/api/v1/decisions", body: body, status: 422, not: []string{"hvem|sak"}},
		{name: "nor by the form", user: "per", method: "POST", url: "/review/column", body: form, status: 422},
		{name: "the question", user: "kari", url: "/api/v1/suggestions", status: 200, want: []string{`"id":"hvem"`, `"guesses":["customer_name","contact_person"]`, `"Kari Lie"`,
			`"scope":"Kunder","ref":"7.1/liste.xlsx#Salg","sheets":2`}},
		{name: "on the page", user: "kari", url: "/review", status: 200, want: []string{"Hvem?", "Kontaktperson", "Fjordvik Bygg AS · Kari Lie", "Service › Kunder › liste.xlsx#Salg"}},
		{name: "what is left out", user: "kari", url: "/problems", status: 200, want: []string{"saker.xlsx#Om", "forklarer noe", "Service › Kunder › liste.xlsx#Sum", "2 e-poster"}},
		{name: "the answer about attached sheets", user: "kari", method: "POST", url: "/review/column", body: attached, status: 303},
		{name: "no such role", user: "kari", method: "POST", url: "/review/column", body: strings.Replace(form, "contact_person", "boss", 1), status: 422},
		{name: "which is told in Swedish", user: "kari", method: "POST", url: "/review/column", body: strings.Replace(form, "contact_person", "boss", 1),
			header: map[string]string{"Accept": "text/html", "Accept-Language": "sv"}, status: 422, want: []string{"behöver en roll i b"}, not: []string{"decision", "needs a role"}},
		{name: "the answer", user: "kari", method: "POST", url: "/review/column", body: form, status: 303},
		{name: "is not asked again", user: "kari", url: "/api/v1/suggestions", status: 200, want: []string{`"columns":[]`}},
		{name: "and can be withdrawn", user: "kari", url: "/review", status: 200, want: []string{"Kolonnen inneholder", "Kontaktperson"}},
	})
	if !slices.Contains(w.asked, w.ids["Service"]) {
		t.Error("the source is not looked at after the answer")
	}
	var list struct{ Decisions []hub.Decision }
	w.must(json.Unmarshal(w.do(scenario{user: "kari", url: "/api/v1/decisions"}).Body.Bytes(), &list))
	if len(list.Decisions) != 2 || list.Decisions[1].B["role"] != hub.RoleContact {
		t.Fatalf("decisions %+v", list)
	}
	w.run([]scenario{
		{name: "undo", user: "kari", method: "POST", url: "/review/undo", body: url.Values{"batch": {jsonNumber(list.Decisions[1].Batch)}}.Encode(), status: 303},
		{name: "asked anew", user: "kari", url: "/api/v1/suggestions", status: 200, want: []string{`"id":"hvem"`}},
	})
}

// TestWaitingIsCountedOnce: the navigation says of what waits what the page says,
// though it counted a moment before.
func TestWaitingIsCountedOnce(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.do(scenario{user: "kari", url: "/customers"})
	w.unsure()
	page := w.do(scenario{user: "kari", url: "/review"}).Body.String()
	badge, chip := regexp.MustCompile(`class="badge">(\d+)<`).FindStringSubmatch(page), regexp.MustCompile(`class="n">(\d+)<`).FindStringSubmatch(page)
	if badge == nil || chip == nil || badge[1] != chip[1] {
		t.Errorf("the navigation counts %v, the page %v", badge, chip)
	}
}

// TestColumnQuestionInBrowser answers by a click.
func TestColumnQuestionInBrowser(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.unsure()
	ctx, base := browse(t, w)
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/review"),
		chromedp.SendKeys(`input[name=name]`, "kari"), chromedp.SendKeys(`input[name=password]`, password),
		chromedp.Click(`button.primary`), chromedp.WaitVisible(`.columns button`))
	w.picture(t, ctx, "columns")
	const asked = `.columns form:has(input[value=hvem])`
	within(t, ctx, chromedp.Click(asked+` button[value=contact_person]`), chromedp.WaitVisible(`.notice button`), chromedp.WaitNotPresent(asked))
	within(t, ctx, chromedp.Click(`.notice button`), chromedp.WaitVisible(asked))
}

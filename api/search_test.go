package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// TestNatureNamed: a word for a kind of record offers those of the kind, which need not
// bear the word, as many as the viewer may see under the filters.
func TestNatureNamed(t *testing.T) {
	w := newWorld(t)
	w.company()
	complaint := func(ref, org, text string) hub.Item {
		return row(ref, w.now(), text, [3]string{"Orgnr", hub.RoleOrgNo, org}, [3]string{"Navn", hub.RoleCustomerName, text + " AS"})
	}
	w.source("Klager Service", "folder", "Service", map[string][]hub.Item{"reklamasjoner.xlsx#Reklamasjoner": {complaint("2", "974760673", "Viften rister"), complaint("3", "923609016", "Døren henger")}})
	w.source("Klager Økonomi", "folder", "Økonomi", map[string][]hub.Item{"reklamasjoner.xlsx#Reklamasjoner": {complaint("2", "985821585", "Purret for tidlig")}})
	w.settle()
	const link = `href="/?nature=complaint" data-stay>Reklamasjoner `
	none := []string{`data-stay>Reklamasjoner (`}
	w.run([]scenario{
		{user: "kari", url: "/?q=reklamasjon", status: 200, want: []string{link + "(3)"}},
		{user: "kari", url: "/results?q=Complaints", status: 200, want: []string{link + "(3)"}},
		{user: "ida", url: "/?q=klager", status: 200, want: []string{link + "(2)"}},
		{user: "per", url: "/?q=reklamasjon", status: 200, not: none},
		{user: "kari", url: "/?q=reklamasjon&department=Service", status: 200, want: []string{`href="/?department=Service&amp;nature=complaint" data-stay>Reklamasjoner (2)`}},
		{user: "kari", url: "/?q=viften+reklamasjon", status: 200, want: []string{`href="/?nature=complaint&amp;q=viften" data-stay>Reklamasjoner (1)`}},
		{name: "all of the words but the kind", user: "kari", url: "/?q=viften+purret+reklamasjon", status: 200, not: none},
		{name: "of the kind already", user: "kari", url: "/?q=reklamasjon&nature=complaint", status: 200, not: none},
		{name: "a phrase", user: "kari", url: "/?q=%22reklamasjon%22", status: 200, not: none},
		{name: "a text", user: "kari", url: "/?q=reklamasjon" + strings.Repeat("+viften", 12), status: 200, not: none},
		{name: "typing", user: "kari", url: "/results?q=reklamasjon&typing=1", status: 200, want: []string{"data-unsettled"}, not: none},
		{name: "typing a word that names none", user: "kari", url: "/results?q=viften&typing=1", status: 200, not: []string{"data-unsettled"}},
	})
}

// TestScopeNamed: who types the name of a file, sheet or mail folder is offered what is in
// it, as much as they may see, also with further words; no record is found by it.
func TestScopeNamed(t *testing.T) {
	w := newWorld(t)
	w.company()
	price := func(ref, text string) hub.Item {
		return row(ref, w.now(), text, [3]string{"Vare", hub.RoleText, text})
	}
	w.source("Lister", "folder", "Salg", map[string][]hub.Item{
		"Felles/Prisliste_2024.xlsx#Takrenner": {price("2", "Renne"), price("3", "Krok")}, "Prisliste 2023.xlsx#Ark1": {price("2", "Bøyle")},
		"annet.csv#": {price("2", "Se prisliste")},
	})
	w.source("Hemmelig", "folder", "Økonomi", map[string][]hub.Item{"Prisliste 2024 hemmelig.xlsx#Ark1": {price("2", "Rabatt")}})
	w.source("Arkiv", "imap", "Salg", map[string][]hub.Item{"Kunder/Befaringer": {letter("1.1", "b@x.example", w.now(), "gro@odegard.example", "salg@havbris.example", "Tak", "Vi møtes", "")}})
	w.settle()
	lists, secret := w.ids["Lister"].String(), w.ids["Hemmelig"].String()
	const file = "%2FFelles%2FPrisliste_2024.xlsx%23Takrenner"
	link := func(query, count string) string {
		return `href="/?` + query + `" data-stay>Lister › Felles/Prisliste_2024.xlsx › Takrenner (` + count + `)</a>`
	}
	hidden := []string{"hemmelig"}
	none := []string{"data-stay>Lister ›"}
	w.run([]scenario{
		{name: "words of a file", user: "per", url: "/?q=prisliste+2024", status: 200, want: []string{link("scope="+lists+file, "2"), "Se <mark>prisliste</mark>"}, not: append([]string{"2023.xlsx › Ark1 ("}, hidden...)},
		{name: "begun, folded", user: "per", url: "/results?q=PRISLIST+takr", status: 200, want: []string{link("scope="+lists+file, "2")}, not: hidden},
		{name: "all that fit as well", user: "per", url: "/?q=prisliste", status: 200, want: []string{link("scope="+lists+file, "2"), "Prisliste 2023.xlsx › Ark1 (1)"}, not: hidden},
		{name: "who sees more", user: "kari", url: "/?q=prisliste+2024+hemmelig", status: 200, want: []string{"Hemmelig › Prisliste 2024 hemmelig.xlsx › Ark1 (1)"}, not: none},
		{name: "with another word", user: "per", url: "/?q=krok+prisliste+2024", status: 200, want: []string{link("q=krok&amp;scope="+lists+file, "1")}},
		{name: "under a filter", user: "per", url: "/?q=prisliste+2024&department=Salg", status: 200, want: []string{link("department=Salg&amp;scope="+lists+file, "2")}},
		{name: "a mail folder", user: "per", url: "/?q=befaringer", status: 200, want: []string{"data-stay>Arkiv › Kunder/Befaringer (1)"}},
		{name: "nothing in it", user: "per", url: "/?q=kabel+prisliste+2024", status: 200, not: none},
		{name: "a number alone", user: "per", url: "/?q=2024", status: 200, not: none},
		{name: "a phrase", user: "per", url: "/?q=%22prisliste+2024%22", status: 200, not: none},
		{name: "typing", user: "per", url: "/results?q=prisliste+2024&typing=1", status: 200, want: []string{"data-unsettled"}, not: none},
		{name: "the filter can be taken away", user: "per", url: "/?q=krok&scope=" + lists + file, status: 200, want: []string{`<a href="/?q=krok" aria-current="true"`, "Lister › Felles/Prisliste_2024.xlsx › Takrenner", "Ett treff"}, not: []string{"data-stay>Lister"}},
		{name: "which nobody can read is none", user: "per", url: "/?q=krok&scope=%23", status: 200, want: []string{"Krok"}},
		{name: "for programs", user: "per", url: "/api/v1/search?scope=" + lists + file, status: 200, want: []string{`"total":2,`}},
		{name: "not what one may not see", user: "per", url: "/api/v1/search?scope=" + secret + "%2FPrisliste+2024+hemmelig.xlsx%23Ark1", status: 200, want: []string{`"total":0,`}},
		{name: "not readable", user: "per", url: "/api/v1/search?scope=x", status: 422},
	})
}

// TestScopeNamedAfterMoves: what a file is offered with is what stands in it now, also when
// it was given another name with the same rows, or a newer one repeats them.
func TestScopeNamedAfterMoves(t *testing.T) {
	w := newWorld(t)
	items := []hub.Item{row("2", w.now(), "Renne", [3]string{"Vare", hub.RoleText, "Renne"}), row("3", w.now(), "Krok", [3]string{"Vare", hub.RoleText, "Krok"})}
	w.source("Lister", "folder", "Salg", map[string][]hub.Item{"Prisliste 2024.xlsx#Ark1": items})
	w.settle()
	y, err := w.store.BeginSync(t.Context(), w.ids["Lister"], "test", time.Minute)
	w.must(err)
	scope := hub.Scope{Name: "Takrenner 2025.xlsx#Ark1", Version: "1", At: time.Now().Add(time.Minute)}
	_, err = y.Scope(t.Context(), scope.Name)
	w.must(err)
	w.must(y.Put(t.Context(), scope, items))
	w.must(y.Done(t.Context(), scope, nil))
	w.must(y.Finish(t.Context(), store.Outcome{Complete: true}))
	w.settle()
	w.run([]scenario{
		{name: "the name now", user: "per", url: "/?q=takrenner", status: 200, want: []string{"Takrenner 2025.xlsx › Ark1 (2)"}},
		{name: "the name before", user: "per", url: "/?q=prisliste", status: 200, not: []string{"data-stay>Lister"}},
	})
}

// TestWhoseNumber: a number that stands in records of one customer alone shows whose
// it is; so does the address of a customer's site, as it is copied from a browser.
func TestWhoseNumber(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.settle()
	brewery := `"customers":[{"id":"` + w.customerID("odegard") + `","name":"Ødegård Bryggeri AS","idents":` // as a card
	for _, s := range []scenario{
		{user: "per", url: "F46253879", want: []string{brewery}},
		{user: "per", url: "F462538", want: []string{brewery}},
		{name: "hits of two customers", user: "kari", url: "inkassovarsel", want: []string{`"total":2`, `"customers":[],"people"`}},
		{name: "not all hits are there", user: "per", url: "F46253879&per_page=1&page=2", want: []string{`"customers":[],"people"`}},
		{name: "all hits are the one's", user: "kari", url: "hvalross", want: []string{brewery}},
		{name: "of others", user: "per", url: "hvalross", want: []string{`"total":0`, `"customers":[],"people"`}},
		{user: "per", url: "odegard.example", want: []string{brewery}},
		{user: "per", url: "www.odegard.example", want: []string{brewery}},
		{user: "per", url: "https%3A%2F%2Fwww.odegard.example%2Fkontakt%3Fa%3Db", want: []string{brewery}},
	} {
		s.url, s.status = "/api/v1/search?q="+s.url, 200
		w.run([]scenario{s})
	}
}

// TestNoWords: what has neither letters nor digits finds nothing, where a blank finds all.
func TestNoWords(t *testing.T) {
	w := newWorld(t)
	w.company()
	for _, q := range []string{`"`, `""`, "((", "🎉", "%", "*", " . "} {
		w.run([]scenario{
			{name: q, user: "kari", url: "/api/v1/search?q=" + url.QueryEscape(q), status: 200, want: []string{`"total":0`, `"hits":[]`, `"person":{}`}, not: []string{"unsettled"}},
			{name: q, user: "kari", url: "/?q=" + url.QueryEscape(q), status: 200, want: []string{"0 treff", `class="empty"`}, not: []string{`class="hit"`}},
		})
	}
	for _, q := range []string{"", "+", "++"} {
		w.run([]scenario{{name: "blank " + q, user: "per", url: "/api/v1/search?q=" + q, status: 200, want: []string{`"total":5`}}})
	}
}

// TestTitleMarked: what is found in the title of a hit is marked on the page, and the
// title stays text in the interface.
func TestTitleMarked(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.source("Saker", "folder", "Salg", map[string][]hub.Item{"saker.xlsx#Saker": {row("2", w.now(), "Bråk <b>& mer</b> om porten")}})
	w.settle()
	w.run([]scenario{
		{user: "per", url: "/?q=brak+mer", status: 200, want: []string{"<mark>Bråk</mark> &lt;b&gt;&amp; <mark>mer</mark>&lt;/b&gt; om porten"}, not: []string{"<b>&"}},
		{user: "per", url: "/", status: 200, want: []string{"Bråk &lt;b&gt;&amp; mer&lt;/b&gt; om porten"}},
		{user: "per", url: "/api/v1/search?q=brak", status: 200, want: []string{`"title":"Bråk <b>& mer</b> om porten"`}},
	})
}

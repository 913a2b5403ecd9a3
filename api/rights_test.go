package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/api"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// secrets are words that only a department's own records, sources or problems hold.
var secrets = map[string][]string{
	"Salg":    {"F46253879", "kunder.xlsx", "ordrer.xlsx", "Postkasse salg", "Åsgard", "Gammel prisliste"},
	"Service": {"saker.xlsx", "Postkasse service", "Ristelyd", "881", "bråker", "naboene", "Ødelagt sak"},
	"Økonomi": {"inkasso.xlsx", "valross", "arhval", "985821585", "Holding", "Økonomi", "Betalingsfil", "Isbre"},
}

// register drops a file of an official register, which names a customer of all
// departments, says that it has ended and to whom it belongs.
func (w *world) register() {
	entry := func(ref, number, name, parent, ended string) hub.Item {
		return row(ref, time.Time{}, name, [3]string{"organisasjonsnummer", hub.RoleOrgNo, number}, [3]string{"navn", hub.RoleCustomerName, name},
			[3]string{"organisasjonsform", "", "AS"}, [3]string{"overordnetEnhet", "", parent}, [3]string{"slettedato", hub.RoleDate, ended})
	}
	w.source("Enhetsregisteret", "folder", "Økonomi", map[string][]hub.Item{"enheter.csv": {
		entry("2", "974760673", "Isbre Offisielt AS", "985821585", "2026-03-01"), entry("3", "985821585", "Isbre Konsern AS", "", "")}})
	w.settle()
}

// TestRegisterOnThePage shows what a register says to those who see it.
func TestRegisterOnThePage(t *testing.T) {
	w := newWorld(t)
	w.company()
	url := "/customers/" + w.customerID("odegard")
	before := w.do(scenario{user: "kari", url: url}).Body.String()
	if strings.Contains(before, "avsluttet") || strings.Contains(before, "Del av") {
		t.Fatal("the page speaks of an end without a register")
	}
	w.register()
	for user, sees := range map[string]bool{"kari": true, "per": false} {
		page := w.do(scenario{user: user, url: url}).Body.String()
		for _, text := range []string{"avsluttet 01.03.2026", "Del av"} {
			if strings.Contains(page, text) != sees {
				t.Errorf("%s sees %q: %v, want %v", user, text, !sees, sees)
			}
		}
	}
}

// TestRights walks every route that reads, as three users, with the ids of
// everything there is, and compares with the store what they may see. The routes
// come from the router itself: a new one fails the test until it can be walked.
func TestRights(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.register()
	for source, reason := range map[string]string{"Salg": "Gammel prisliste", "Service": "Ødelagt sak", "Økonomi": "Betalingsfil"} {
		w.must(w.store.Problem(t.Context(), hub.Problem{Source: w.ids[source], Scope: "x", Class: hub.ClassBroken, Reason: reason}))
	}
	urls := w.everyAddress("GET", "/access", "/api/v1/access") // they repeat what one searched for oneself
	for _, name := range []string{"kari", "per", "ola"} {
		user := people[slices.IndexFunc(people, func(u store.User) bool { return u.Name == name })]
		t.Run(name, func(t *testing.T) {
			found := map[string]bool{}
			for _, url := range urls {
				rec := w.do(scenario{user: name, url: url, brief: true})
				text := plain(t, rec)
				if rec.Code >= 500 {
					t.Errorf("%s: status %d", url, rec.Code)
				}
				for department, words := range secrets {
					for _, word := range words {
						if !strings.Contains(text, word) || strings.Contains(url, "q=") && strings.Contains(url, word) {
							continue
						}
						found[department] = true
						if !user.Viewer().Sees(department) {
							t.Errorf("%s shows %q of %s", url, word, department)
						}
					}
				}
			}
			for department := range secrets {
				if user.Viewer().Sees(department) && !found[department] {
					t.Errorf("nothing of %s was shown: the test looks in the wrong place", department)
				}
			}
			w.compareRecords(t, user)
			w.compareCounts(t, user)
		})
	}
}

// TestRightsToChange sends every request that changes something to what is of
// other departments and users, as one who may change neither: it is refused, and
// nothing changes. Routes that change only what is the caller's own are named.
func TestRightsToChange(t *testing.T) {
	w := newWorld(t)
	w.company()
	own := []string{"/login", "/logout", "/searches", "/account/:action", "/api/v1/decisions"} // the last is tested by its own rules
	head, err := w.store.Head(t.Context())
	w.must(err)
	for _, method := range []string{"POST", "PATCH", "DELETE", "PUT"} {
		for _, url := range w.everyAddress(method, own...) {
			rec := w.do(scenario{user: "ola", method: method, url: url, body: changeBody(url)})
			if rec.Code < 400 || rec.Code >= 500 {
				t.Errorf("%s %s: status %d, %s", method, url, rec.Code, rec.Header().Get("Location"))
			}
		}
	}
	after, err := w.store.Head(t.Context())
	w.must(err)
	if after != head || len(w.asked) > 0 {
		t.Errorf("something changed: rev %d became %d, looks asked for: %v", head, after, w.asked)
	}
	if decisions, err := w.store.Decisions(t.Context()); err != nil || len(decisions) > 0 {
		t.Errorf("decisions were made: %v, %v", decisions, err)
	}
}

func changeBody(url string) string {
	if strings.HasPrefix(url, "/api/") {
		return "{}"
	}
	return "customer=c1&name=x&query=q%3Da"
}

// TestNobodyComesIn asks every route but those that must be open, without a session.
func TestNobodyComesIn(t *testing.T) {
	w := newWorld(t)
	w.company()
	open := []string{"/login", "/login/link", "/logout", "/static/*file", "/favicon.ico", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"}
	for _, method := range []string{"GET", "POST", "PATCH", "DELETE", "PUT"} {
		for _, url := range w.everyAddress(method, open...) {
			rec := w.do(scenario{method: method, url: url, body: map[bool]string{true: changeBody(url)}[method != "GET"], brief: true})
			toLogin := rec.Code == http.StatusSeeOther && strings.HasPrefix(rec.Header().Get("Location"), "/login")
			if rec.Code != http.StatusUnauthorized && !toLogin {
				t.Errorf("%s %s without a session: status %d", method, url, rec.Code)
			}
		}
	}
}

// took is how long an answer took, and the fractions of seconds at which things
// happened: any digits, among them those of a secret.
var took = regexp.MustCompile(`"took_ms":[0-9.e+-]+|:\d\d\.\d+Z`)

// plain is what an answer says; a workbook is unpacked.
func plain(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	if !strings.Contains(rec.Header().Get("Content-Type"), "spreadsheetml") {
		return took.ReplaceAllString(rec.Body.String(), "")
	}
	book, err := zip.NewReader(bytes.NewReader(rec.Body.Bytes()), int64(rec.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, part := range book.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, r); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// TestExportTellsWhatIsMissing: a workbook that cannot hold all hits says so, and
// so does the page that offers it.
func TestExportTellsWhatIsMissing(t *testing.T) {
	w := newWorld(t)
	w.company()
	look := func(url string) string { return plain(t, w.do(scenario{user: "kari", url: url})) }
	if text := look("/export.xlsx?q=odegard"); strings.Contains(text, "Avgrens") {
		t.Error("a workbook that holds all says that hits are missing")
	}
	w.export = 2
	w.serve()
	if text := look("/export.xlsx?q=odegard"); !strings.Contains(text, "De første 2 av ") || strings.Count(text, "<row ") > 4 {
		t.Errorf("a workbook of the first two hits: %s", text)
	}
	if text := look("/?q=odegard"); !strings.Contains(text, "De første 2 treffene kommer med i filen") {
		t.Error("the page does not say that the file holds two hits only")
	}
}

// TestExportTellsMoneyApart: sums stand with their currency, and with whether VAT
// is in them, as the customer page adds them up.
func TestExportTellsMoneyApart(t *testing.T) {
	w := newWorld(t)
	amount := func(ref, header, role, sum, currency string, more ...[3]string) hub.Item {
		return row(ref, time.Time{}, "Faktura "+ref, append([][3]string{{"Orgnr", hub.RoleOrgNo, "974760673"}, {header, role, sum}, {"Valuta", hub.RoleCurrency, currency}}, more...)...)
	}
	w.source("Salg", "folder", "Salg", map[string][]hub.Item{"fakturaer.xlsx#2026": {
		amount("2", "Beløp", hub.RoleAmount, "100.5", "NOK", [3]string{"Totalt", hub.RoleTotalAmount, "125.63"}),
		amount("3", "Å betale", hub.RoleTotalAmount, "250", "SEK"),
		amount("4", "Beløp", hub.RoleAmount, "70", "", [3]string{"Merknad", hub.RoleText, "Kreditnota"}),
		row("5", time.Time{}, "Faktura 5", [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Tekst", hub.RoleText, "uten beløp"}),
	}})
	w.settle()
	for lang, want := range map[string][]string{
		"nb": {"Tittel|Beløp|Valuta|Inkl. mva.", "Faktura 2|100.5|NOK|nei", "Faktura 3|250|SEK|ja", "Faktura 4|-70||nei", "Faktura 5|||"},
		"en": {"Title|Amount|Currency|VAT included", "Faktura 2|100.5|NOK|no", "Faktura 3|250|SEK|yes", "Faktura 4|-70||no", "Faktura 5|||"},
	} {
		text := plain(t, w.do(scenario{user: "kari", url: "/export.xlsx?q=faktura", header: map[string]string{"Accept-Language": lang}}))
		var got []string
		for _, line := range regexp.MustCompile(`<row .*?</row>`).FindAllString(text, -1) {
			cells := map[string]string{}
			for _, cell := range regexp.MustCompile(`<c r="([A-Z]+)\d+"[^>]*>(.*?)</c>`).FindAllStringSubmatch(line, -1) {
				cells[cell[1]] = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(cell[2], "")
			}
			got = append(got, strings.Join([]string{cells["E"], cells["F"], cells["G"], cells["H"]}, "|"))
		}
		slices.Sort(got[1:])
		if !slices.Equal(got, want) {
			t.Errorf("%s: the workbook holds %q, want %q", lang, got, want)
		}
	}
}

// compareCounts compares what a search for nothing in particular counts with
// what the store holds of the departments that the user sees.
func (w *world) compareCounts(t *testing.T, user store.User) {
	mails, departments, sources := map[string]bool{}, map[string]int{}, map[string]int{}
	total := 0 // of hits on one page: a mail is one, however many mailboxes have it
	w.must(w.store.EachRecord(t.Context(), func(r *hub.Record) error {
		if user.Viewer().Sees(r.Department) {
			if r.Content.Kind != hub.KindMail || !mails[r.Key] {
				total++
			}
			mails[r.Key] = true
			departments[r.Department]++
			sources[r.Source.String()]++
		}
		return nil
	}))
	var got api.SearchAnswer
	w.must(json.Unmarshal(w.do(scenario{user: user.Name, url: "/api/v1/search?q=&per_page=100"}).Body.Bytes(), &got))
	if got.Total != total || !maps.Equal(got.Facets.Department, departments) || !maps.Equal(got.Facets.Source, sources) {
		t.Errorf("the search counts %d, %v, %v; the store holds %d, %v, %v", got.Total, got.Facets.Department, got.Facets.Source, total, departments, sources)
	}
}

// compareRecords asks for every record by its id: it answers exactly when the
// viewer sees its department.
func (w *world) compareRecords(t *testing.T, user store.User) {
	n := 0
	w.must(w.store.EachRecord(t.Context(), func(r *hub.Record) error {
		n++
		want := http.StatusNotFound
		if user.Viewer().Sees(r.Department) {
			want = http.StatusOK
		}
		for _, url := range []string{"/api/v1/records/" + r.ID.String(), "/api/v1/records/" + r.ID.String() + "/original", "/records/" + r.ID.String()} {
			if rec := w.do(scenario{user: user.Name, url: url}); rec.Code != want {
				t.Errorf("%s of %s: status %d, want %d", url, r.Department, rec.Code, want)
			}
		}
		return nil
	}))
	if n < 10 {
		t.Errorf("only %d records were compared", n)
	}
}

// everyAddress gives the addresses of all routes with the method but those left
// out, filled with the ids of everything there is.
func (w *world) everyAddress(method string, without ...string) []string {
	w.t.Helper()
	fill := w.fillings()
	var urls []string
	for _, route := range w.server.Routes() {
		if route.Method != method || slices.Contains(without, route.Path) {
			continue
		}
		filled := []string{""}
		for _, part := range strings.Split(strings.TrimPrefix(route.Path, "/"), "/") {
			values := []string{part}
			if strings.ContainsAny(part, ":*") {
				values = fill[strings.TrimPrefix(filled[0], "/api/v1")+"/"+part]
				if len(values) == 0 {
					w.t.Errorf("the route %s cannot be walked: say in fillings what stands for %s", route.Path, part)
				}
			}
			var next []string
			for _, before := range filled {
				for _, value := range values {
					next = append(next, before+"/"+value)
				}
			}
			filled = next
		}
		urls = append(urls, filled...)
		if query := strings.TrimPrefix(route.Path, "/api/v1"); method == "GET" && slices.Contains([]string{"/", "/search", "/results", "/export.xlsx", "/customers"}, query) {
			for _, q := range []string{"odegard", "hvalross", "ristelyd", "974760673", "narhval", "p%C3%A5ske", "inkasso", "hvalrsos", "&department=Salg"} {
				urls = append(urls, route.Path+"?q="+q)
			}
		}
	}
	if method == "GET" {
		for _, c := range fill["/customers/:id"] {
			urls = append(urls, "/customers/"+c+"?nature=mail&year=2026")
			for _, r := range fill["/records/:id"] {
				urls = append(urls, "/customers/"+c+"/talk?talk="+r)
			}
		}
	}
	return urls
}

// fillings says what stands for the parts of an address that vary, by the route
// up to there with the first of them filled in.
func (w *world) fillings() map[string][]string {
	w.t.Helper()
	text := func(n fmt.Stringer) string { return n.String() }
	customers, _, err := w.store.Customers(w.t.Context(), hub.Viewer{All: true}, "", 0, 1000)
	w.must(err)
	var c, r, s []string
	for _, id := range customers {
		c = append(c, text(id))
	}
	w.must(w.store.EachRecord(w.t.Context(), func(rec *hub.Record) error { r = append(r, text(rec.ID)); return nil }))
	for _, id := range w.ids {
		s = append(s, text(id))
	}
	slices.Sort(s)
	search, err := w.store.SaveSearch(w.t.Context(), "ida", store.SavedSearch{Name: "Hvalross", Query: "q=hvalross"})
	w.must(err)
	searches := []string{fmt.Sprint(search)}
	token, err := w.store.AddToken(w.t.Context(), store.Token{User: "kari", Kind: store.TokenBearer, Hash: fmt.Sprint("h", search, w.ahead.Add(1)), Label: "Narhval"})
	w.must(err)
	f := map[string][]string{
		"/static/*file": {"x"}, "/customers/:id": c, "/records/:id": r, "/sources/:id": s, "/searches/:id": searches, "/users/:name": {"kari", "per"},
		"/departments/:department": {"Salg", "%C3%98konomi"}, "/decisions/:id": {"1"}, "/account/:action": {"looks"},
		"/users/kari/tokens/:id": {fmt.Sprint(token)}, "/users/kari/:action": {"save", "remove", "link"},
	}
	f["/records/"+r[0]+"/:action"] = []string{"apart", "together"}
	f["/sources/"+s[0]+"/:action"] = []string{"sync", "pause", "accept", "remove", "check", "save"}
	return f
}

// TestRoles asks for what needs a role, as those who lack it and those who have it.
func TestRoles(t *testing.T) {
	w := newWorld(t)
	w.company()
	salg := w.ids["Salg"].String()
	w.run([]scenario{
		{user: "per", method: "POST", url: "/api/v1/sources/" + salg + "/sync", status: 403, want: []string{"needs the role it"}},
		{user: "per", url: "/users", status: 403, want: []string{"Dette krever rollen administrator."}},
		{user: "per", method: "DELETE", url: "/api/v1/sources/" + salg, status: 403},
		{user: "per", url: "/api/v1/users", status: 403},
		{user: "ida", url: "/api/v1/users", status: 403},
		{user: "per", url: "/users", status: 403},
		{user: "per", method: "POST", url: "/sources", body: "kind=folder", status: 403},
		{name: "IT runs all sources", user: "ida", url: "/api/v1/sources", status: 200, want: []string{"Økonomi", "Salg", `"path":`}, not: []string{"hemmelig"}},
		{name: "IT reads no more records for it", user: "ida", url: "/api/v1/search?q=hvalross", status: 200, want: []string{`"total":0`}, not: []string{"Økonomi"}},
		{name: "employees see no settings", user: "per", url: "/api/v1/sources", status: 200, not: []string{`"settings"`, "hemmelig"}},
		{name: "tokens of another", user: "per", url: "/api/v1/users/kari/tokens", status: 404},
		{name: "own tokens", user: "per", url: "/api/v1/users/per/tokens", status: 200, want: []string{`"tokens":[]`}},
		{name: "the operator sees all", user: "local", url: "/api/v1/search?q=hvalross", status: 200, want: []string{"Økonomi"}},
		{name: "a decision cannot probe for sources", user: "per", method: "POST", url: "/api/v1/decisions", body: `{"decision":"must-link","a":{"custno":"1","source":"Økonomi"},"b":{"orgno":"974760673"}}`,
			status: 422, want: []string{`there is no source called`}},
		{name: "pages ask to log in", url: "/customers?q=a", status: 303, location: "/login?next=%2Fcustomers%3Fq%3Da"},
		{name: "no way out after login", url: "/login?next=//evil.example", status: 200, want: []string{`action="/login?next=%2f"`}},
		{name: "unknown address", user: "kari", url: "/nowhere", status: 404, want: []string{"<h1>"}},
		{name: "unknown address of the interface", user: "kari", url: "/api/v1/nowhere", status: 404, want: []string{`"status":404`}},
		{name: "wrong method", user: "kari", method: "PUT", url: "/api/v1/search", status: 405, want: []string{`"status":405`}},
		{name: "id that is none", user: "kari", url: "/api/v1/records/hello", status: 404},
		{name: "bad cursor", user: "kari", url: "/api/v1/customers/" + w.customerID("odegard") + "/history?cursor=zz", status: 400, want: []string{"cursor"}},
	})
}

func (w *world) customerID(prefix string) string {
	ids, _, err := w.store.Customers(w.t.Context(), hub.Viewer{All: true}, prefix, 0, 1)
	w.must(err)
	if len(ids) == 0 {
		all, _, _ := w.store.Customers(w.t.Context(), hub.Viewer{All: true}, "", 0, 100)
		w.t.Fatalf("no customer begins with %q among %v", prefix, all)
	}
	return ids[0].String()
}

// TestDecisionsTellNoNumbers: a decision about a customer names it by what founded
// it, which its maker may not see.
func TestDecisionsTellNoNumbers(t *testing.T) {
	w := newWorld(t)
	w.company()
	email := [3]string{"E-post", hub.RoleEmail, "post@sandvikflis.example"}
	name := [3]string{"Navn", hub.RoleCustomerName, "Sandvik Flis AS"}
	w.source("Register", "folder", "Økonomi", map[string][]hub.Item{"register.xlsx#Ark1": {row("1", time.Time{}, "Sandvik Flis AS", name, email, [3]string{"Orgnr", hub.RoleOrgNo, "997612337"})}})
	w.source("Lister", "folder", "Salg", map[string][]hub.Item{"liste.xlsx#Ark1": {row("1", time.Time{}, "Befaring flis", name, email)}})
	w.settle()
	customer, record := w.customerID("sandvik"), ""
	w.must(w.store.EachRecord(t.Context(), func(r *hub.Record) error {
		if r.Content.Title == "Befaring flis" {
			record = r.ID.String()
		}
		return nil
	}))
	if rec := w.do(scenario{user: "per", url: "/api/v1/records/" + record}); !strings.Contains(rec.Body.String(), customer) {
		t.Fatalf("the record is not linked to %s: %s", customer, rec.Body)
	}
	number := []string{"997612337", "997 612 337"}
	w.run([]scenario{
		{name: "hidden already", user: "per", url: "/customers/" + customer, status: 200, want: []string{"Sandvik Flis AS"}, not: number},
		{name: "apart", user: "per", method: "POST", url: "/records/" + record + "/apart", body: "customer=" + customer, status: 303},
		{name: "list", user: "per", url: "/api/v1/decisions", status: 200, want: []string{`"customer":"` + customer + `"`, `"record":"k1Befaring flis"`}, not: number},
		{name: "review", user: "per", url: "/review", status: 200, want: []string{"/customers/" + customer}, not: number},
		{name: "who sees all", user: "kari", url: "/api/v1/decisions", status: 200, want: number[:1]},
	})
	w.settle()
	w.run([]scenario{
		{name: "not their customer any more", user: "per", url: "/customers/" + customer, status: 404},
		{name: "list after", user: "per", url: "/api/v1/decisions", status: 200, want: []string{`"orgno":""`}, not: append(number, customer)},
		{name: "review after", user: "per", url: "/review", status: 200, want: []string{"Befaring flis"}, not: append(number, customer)},
		{name: "merge", user: "kari", method: "POST", url: "/customers/" + w.customerID("odegard") + "/merge", body: "kind=merge&with=" + customer, status: 303},
	})
	w.settle()
	w.run([]scenario{
		{name: "list after a merge", user: "per", url: "/api/v1/decisions", status: 200, want: []string{`"orgno":""`}, not: number},
		{name: "review after a merge", user: "per", url: "/review", status: 200, not: number},
	})
	w.must(w.store.RemoveSource(t.Context(), w.ids["Register"]))
	w.settle()
	w.run([]scenario{
		{name: "list after it has gone", user: "per", url: "/api/v1/decisions", status: 200, not: number},
		{name: "review after it has gone", user: "per", url: "/review", status: 200, not: number},
	})
}

// TestDecisionsTellNoValues: nor is the address told by which a customer was split
// off, nor the place beside a name; and of a mail in two mailboxes the copy counts
// that one may see.
func TestDecisionsTellNoValues(t *testing.T) {
	w := newWorld(t)
	w.company()
	name := [3]string{"Navn", hub.RoleCustomerName, "Sandvik Flis AS"}
	box := func(id string) hub.Item {
		return letter(id, "delt@sandvikflis.example", w.now(), "kari@sandvikflis.example", "post@havbris.example", "Delt mail", "Hei.", "")
	}
	w.source("Register", "folder", "Økonomi", map[string][]hub.Item{"register.xlsx#Ark1": {
		row("1", time.Time{}, "Sandvik Flis AS", name, [3]string{"Sted", hub.RoleCity, "Kirkenes"})}})
	w.source("Postkasse Salg", "imap", "Salg", map[string][]hub.Item{"INBOX": {box("1.1")}})
	w.source("Postkasse Service", "imap", "Service", map[string][]hub.Item{"INBOX": {box("1.2")}})
	w.settle()
	decide := func(user string, d hub.Decision) {
		d.By = user
		_, err := w.store.AddDecision(t.Context(), d)
		w.must(err)
	}
	mail := map[string]string{"message_id": "delt@sandvikflis.example"}
	decide("per", hub.Decision{Kind: "cannot-link", A: mail, B: map[string]string{"name": "sandvikflis", "place": "kirkenes"}})
	decide("ida", hub.Decision{Kind: "split", A: map[string]string{"email": "hemmelig@sandvikflis.example"}, B: mail})
	decide("per", hub.Decision{Kind: "cannot-link", A: mail, B: map[string]string{"email": "hemmelig@sandvikflis.example"}})
	w.settle()
	w.run([]scenario{
		{name: "list", user: "per", url: "/api/v1/decisions", status: 200, want: []string{"delt@sandvikflis.example"}, not: []string{"kirkenes", "hemmelig"}},
		{name: "review", user: "per", url: "/review", status: 200, want: []string{"Delt mail"}, not: []string{"kirkenes", "hemmelig"}},
		{name: "the later copy", user: "ida", url: "/review", status: 200, want: []string{"Delt mail"}},
	})
}

// TestWhoWatches: who watches over personal data finds the log in the navigation,
// and is told what there is for them where no department is.
func TestWhoWatches(t *testing.T) {
	w := newWorld(t)
	w.company()
	hash, err := api.HashPassword(password)
	w.must(err)
	w.must(w.store.AddUser(t.Context(), store.User{Name: "pia", Role: hub.RolePrivacy, Departments: []string{}}, hash))
	entry, blind := `<a href="/access">Innsynslogg</a>`, "Du har ikke tilgang til noen avdeling."
	w.run([]scenario{
		{name: "data protection", user: "pia", url: "/", status: 200, want: []string{entry, blind, "står i loggen"}, not: []string{"Kildene leses", "under Brukere"}},
		{name: "its log", user: "pia", url: "/access", status: 200, want: []string{`<a href="/access" aria-current="page">`}},
		{name: "no department", user: "ola", url: "/", status: 200, want: []string{blind, "under Brukere"}, not: []string{entry, "Kildene leses"}},
		{name: "an employee's own", user: "per", url: "/access", status: 200, not: []string{`<a href="/access"`, blind}},
		{name: "administrator", user: "kari", url: "/", status: 200, want: []string{entry}, not: []string{blind}},
	})
}

package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// secrets are words that only a department's own records, sources or problems hold.
var secrets = map[string][]string{
	"Salg":    {"F46253879", "kunder.xlsx", "ordrer.xlsx", "Postkasse salg", "Åsgard", "Gammel prisliste"},
	"Service": {"saker.xlsx", "Postkasse service", "Ristelyd", "881", "bråker", "naboene", "Ødelagt sak"},
	"Økonomi": {"inkasso.xlsx", "valross", "arhval", "985821585", "Holding", "Økonomi", "Betalingsfil"},
}

// TestRights walks every route that reads, as three users, with the ids of
// everything there is, and compares with the store what they may see.
func TestRights(t *testing.T) {
	w := newWorld(t)
	w.company()
	for source, reason := range map[string]string{"Salg": "Gammel prisliste", "Service": "Ødelagt sak", "Økonomi": "Betalingsfil"} {
		w.must(w.store.Problem(t.Context(), hub.Problem{Source: w.ids[source], Scope: "x", Class: hub.ClassBroken, Reason: reason}))
	}
	urls := w.everyAddress()
	for _, name := range []string{"kari", "per", "ola"} {
		user := people[slices.IndexFunc(people, func(u store.User) bool { return u.Name == name })]
		t.Run(name, func(t *testing.T) {
			found := map[string]bool{}
			for _, url := range urls {
				rec := w.do(scenario{user: name, url: url})
				text := rec.Body.String()
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
		})
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

// everyAddress fills the routes that read with the ids of everything.
func (w *world) everyAddress() []string {
	w.t.Helper()
	all := hub.Viewer{All: true}
	customers, _, err := w.store.Customers(w.t.Context(), all, "", 0, 1000)
	w.must(err)
	var urls []string
	for _, q := range []string{"", "odegard", "hvalross", "ristelyd", "974760673", "narhval", "p%C3%A5ske", "inkasso"} {
		urls = append(urls, "/api/v1/search?q="+q, "/?q="+q, "/results?q="+q, "/api/v1/customers?q="+q, "/customers?q="+q)
	}
	urls = append(urls, "/api/v1/search?department=Salg&q=", "/api/v1/me", "/api/v1/sources", "/api/v1/problems", "/api/v1/suggestions", "/api/v1/decisions",
		"/api/v1/users", "/api/v1/users/kari/tokens", "/sources", "/sources/rows", "/problems", "/users", "/account")
	for _, id := range customers {
		urls = append(urls, "/api/v1/customers/"+id.String(), "/api/v1/customers/"+id.String()+"/history", "/customers/"+id.String(), "/customers/"+id.String()+"/history",
			"/api/v1/search?customer="+id.String())
	}
	w.must(w.store.EachRecord(w.t.Context(), func(r *hub.Record) error {
		urls = append(urls, "/api/v1/records/"+r.ID.String(), "/records/"+r.ID.String(), "/api/v1/records/"+r.ID.String()+"/original")
		return nil
	}))
	return urls
}

// TestRoles asks for what needs a role, as those who lack it and those who have it.
func TestRoles(t *testing.T) {
	w := newWorld(t)
	w.company()
	salg := w.ids["Salg"].String()
	w.run([]scenario{
		{user: "per", method: "POST", url: "/api/v1/sources/" + salg + "/sync", status: 403, want: []string{"needs the role it"}},
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

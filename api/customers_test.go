package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"samsyn/internal/hub"
)

// TestMergedCustomer: who asks for a customer that was merged into another is
// sent on with the whole question, and sent nowhere without the right to see it.
func TestMergedCustomer(t *testing.T) {
	w := newWorld(t)
	w.company()
	ids := []string{w.customerID("odegard"), w.customerID("asgard")}
	rec := w.do(scenario{user: "kari", method: "POST", url: "/api/v1/decisions", body: `{"decision":"must-link","a":{"orgno":"974760673"},"b":{"orgno":"923609016"}}`})
	if rec.Code != http.StatusCreated {
		t.Fatalf("decide: status %d: %s", rec.Code, rec.Body)
	}
	w.settle()
	gone := slices.IndexFunc(ids, func(id string) bool {
		return w.do(scenario{user: "kari", url: "/api/v1/customers/" + id}).Code == http.StatusPermanentRedirect
	})
	if gone < 0 {
		t.Fatal("neither customer was merged into the other")
	}
	old, living := ids[gone], ids[1-gone]
	var record string
	w.must(w.store.EachRecord(t.Context(), func(r *hub.Record) error { record = r.ID.String(); return nil }))
	const query = "?kind=mail&kind=row&per_page=2"
	w.run([]scenario{
		{user: "kari", url: "/api/v1/customers/" + old, status: 308, location: "/api/v1/customers/" + living},
		{user: "kari", url: "/api/v1/customers/" + old + "/history", status: 308, location: "/api/v1/customers/" + living + "/history"},
		{user: "per", url: "/api/v1/customers/" + old + "/history" + query, status: 308, location: "/api/v1/customers/" + living + "/history" + query},
		{user: "per", url: "/customers/" + old + "?kind=mail", status: 308, location: "/customers/" + living + "?kind=mail"},
		{user: "per", url: "/customers/" + old + "/history?kind=mail", status: 308, location: "/customers/" + living + "/history?kind=mail"},
		{user: "per", url: "/api/v1/customers/" + living + "/history" + query, status: 200, want: []string{`"next":`}},
		{name: "found by the old id", user: "per", url: "/api/v1/search?q=&customer=" + old, status: 200, want: []string{"Levering av kjøleaggregat"}},
		{name: "a form on a page from before", user: "kari", method: "POST", url: "/records/" + record + "/together", body: "customer=" + old, status: 409},
		{user: "ola", url: "/api/v1/customers/" + old, status: 404},
		{user: "ola", url: "/api/v1/customers/" + old + "/history", status: 404},
		{user: "ola", url: "/customers/" + old, status: 404},
	})
}

// TestMergedFromElsewhere: who did not see the customer that was merged is not
// told that there was one, though they see the one it was merged into.
func TestMergedFromElsewhere(t *testing.T) {
	w := newWorld(t)
	w.company()
	old, living := w.customerID("narhval"), w.customerID("odegard")
	rec := w.do(scenario{user: "kari", method: "POST", url: "/api/v1/decisions", body: `{"decision":"successor-of","a":{"orgno":"974760673"},"b":{"orgno":"985821585"}}`})
	if rec.Code != http.StatusCreated {
		t.Fatalf("decide: status %d: %s", rec.Code, rec.Body)
	}
	w.settle()
	w.run([]scenario{
		{user: "kari", url: "/customers/" + old, status: 308, location: "/customers/" + living},
		{user: "per", url: "/customers/" + living, status: 200},
		{user: "per", url: "/customers/" + old, status: 404},
		{user: "per", url: "/api/v1/customers/" + old, status: 404},
		{user: "per", url: "/api/v1/search?q=&customer=" + old, status: 200, want: []string{`"total":0`}},
	})
}

// TestAllCustomers: a search does not pass off the few customers that it shows for
// all, and leads to the list that has them by any word of their names.
func TestAllCustomers(t *testing.T) {
	w := newWorld(t)
	w.company()
	var rows []hub.Item
	names := []string{"Ås", "Ærø", "Øst", "Borg", "Alta", "Dal", "Berg", "Elv"}
	for n, name := range names {
		rows = append(rows, row(fmt.Sprint(n+2), w.now(), name+" Hotell AS", [3]string{"Kundenr", hub.RoleCustomerNo, fmt.Sprint(20100 + n)}, [3]string{"Navn", hub.RoleCustomerName, name + " Hotell AS"},
			[3]string{"Sted", hub.RoleCity, "Larvik"}))
	}
	w.source("Hoteller", "folder", "Salg", map[string][]hub.Item{"hoteller.xlsx#Hoteller": rows})
	w.settle()
	w.run([]scenario{
		{user: "per", url: "/?q=hotell", status: 200, want: []string{"de 6 nærmeste kundene vises", `href="/customers?q=hotell"`}, not: []string{"6 kunder"}},
		{name: "by their place", user: "per", url: "/?q=larvik", status: 200, want: []string{"de 6 nærmeste kundene vises"}, not: []string{`href="/customers?q=`}},
		{name: "all are shown", user: "per", url: "/?q=bryggeri", status: 200, want: []string{"én kunde"}, not: []string{`href="/customers?q=`}},
		{user: "per", url: "/customers?q=Hotell", status: 200, want: []string{"8 kunder"}},
		{user: "per", url: "/customers?q=hotell+oes", status: 200, want: []string{"én kunde", "Øst Hotell AS"}},
		{user: "per", url: "/customers?q=%25", status: 200, want: []string{"0 kunder"}},
		{user: "per", url: "/api/v1/customers?q=bryggeri+oede", status: 200, want: []string{`"total":1`}},
		{user: "per", url: "/api/v1/customers?q=shipping", status: 200, want: []string{`"total":0`}},
		{user: "kari", url: "/api/v1/customers?q=shipping", status: 200, want: []string{`"total":1`}},
	})
	page := w.do(scenario{user: "per", url: "/customers?q=hotell"}).Body.String()
	var got []string
	for _, m := range regexp.MustCompile(`<h3>(.*?) Hotell AS</h3>`).FindAllStringSubmatch(page, -1) {
		got = append(got, m[1])
	}
	if want := []string{"Alta", "Berg", "Borg", "Dal", "Elv", "Ærø", "Øst", "Ås"}; !slices.Equal(got, want) {
		t.Errorf("in order %q, want %q", got, want)
	}
}

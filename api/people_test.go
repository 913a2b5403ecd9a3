package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"testing"

	"samsyn/api"
	"samsyn/internal/hub"
)

// TestPeople: the cards of persons are the same whether the page has all hits, and
// with them all that names the persons, or a few of them.
func TestPeople(t *testing.T) {
	w := newWorld(t)
	w.company()
	var rows []hub.Item
	for n, name := range []string{"Rasmus Møller", "Møller, Rasmus", "RASMUS MØLLER", "Rasmus Møller", "Rasmine Moller", "Rasmus Møller-Lie"} {
		rows = append(rows, row(fmt.Sprint(n+2), w.now().AddDate(0, -n*7%5, 0), "Porten står", [3]string{"Kundenr", hub.RoleCustomerNo, fmt.Sprint(10045 + n%2)},
			[3]string{"Kontakt", hub.RoleContact, name}, [3]string{"Tlf", hub.RolePhone, fmt.Sprintf("9000000%d", n)}))
	}
	for n := range 5 { // as typed "moler" finds these alone, one of which names somebody
		rows = append(rows, row(fmt.Sprint(n+20), w.now(), fmt.Sprint("Moler ", n), [3]string{"Kontakt", hub.RoleContact, []string{"Rasmus Møller", "Liv Lie"}[min(n, 1)]}))
	}
	w.source("Saker", "folder", "Salg", map[string][]hub.Item{"saker.xlsx#Saker": rows})
	mail := letter("1.50", "rasmus@odegard.example", w.now(), "rasmus@odegard.example", "salg@havbris.example", "Porten", "Hilsen Rasmus Møller", "")
	mail.Content.Fields = append(mail.Content.Fields, hub.Field{Name: "From", Value: "Rasmus Møller"})
	mail.Content.Idents = append(mail.Content.Idents, hub.Ident{Kind: hub.IdentPerson, Value: "Rasmus Møller", Role: hub.RoleFrom, Place: "From"})
	w.source("Postkasse porter", "imap", "Salg", map[string][]hub.Item{"INBOX": {mail}})
	w.source("Postkasse andre", "imap", "Service", map[string][]hub.Item{"INBOX": {mail}})
	w.settle()
	search := func(user, q, more string) (a api.SearchAnswer) {
		w.must(json.Unmarshal(w.do(scenario{user: user, url: "/api/v1/search?q=" + url.QueryEscape(q) + more}).Body.Bytes(), &a))
		return a
	}
	for _, user := range []string{"kari", "per"} {
		for _, q := range []string{"rasmus møller", "møller ras", "moller", "rasmus mølelr", "rasmus mø", "moler"} {
			whole, part := search(user, q, "&per_page=100"), search(user, q, "&per_page=1")
			if len(whole.People) == 0 || part.Total < 2 || !reflect.DeepEqual(whole.People, part.People) {
				t.Errorf("%s, %q: from %d hits %+v, asked for %+v", user, q, len(whole.Hits), whole.People, part.People)
			}
		}
	}
	// What is narrowed has not all that names the person.
	if all, row := search("kari", "rasmus møller", ""), search("kari", "rasmus møller", "&department=Service"); !reflect.DeepEqual(all.People[0], row.People[0]) {
		t.Errorf("in one department %+v, in all %+v", row.People[0], all.People[0])
	}
}

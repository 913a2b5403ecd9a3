package api_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

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

// TestNamesakes: persons of one name at different customers are different persons.
func TestNamesakes(t *testing.T) {
	w := newWorld(t)
	w.must(w.store.SetSetting(t.Context(), "company", hub.Company{Name: "Havbris AS", Domains: []string{"havbris.example"}}))
	w.company()
	day := func(n int) time.Time { return w.now().AddDate(0, 0, -n) }
	contact := func(n int, customer, name string, more ...[3]string) hub.Item {
		return row(fmt.Sprint(n), day(n), fmt.Sprint("Sak ", n), append([][3]string{{"Kundenr", hub.RoleCustomerNo, customer}, {"Kontakt", hub.RoleContact, name}}, more...)...)
	}
	w.source("Saker", "folder", "Salg", map[string][]hub.Item{"saker.xlsx#Saker": {
		contact(2, "10045", "Geir Ødegaard"),
		contact(3, "10046", "Geir Ødegaard", [3]string{"E-post", hub.RoleEmail, "geir@asgard.example"}),
		contact(4, "10045", "Geir Ødegaard", [3]string{"E-post", hub.RoleEmail, "geir@odegard.example"}),
		contact(5, "10045", "Geir Ødegaard", [3]string{"Tlf", hub.RolePhone, "+47 909 89 439"}),
		row("6", day(6), "Notat", [3]string{"Kontakt", hub.RoleContact, "Geir Ødegaard"}), // whoever of them it is
		contact(7, "10046", "Geir Ødegaard", [3]string{"Tlf", hub.RolePhone, "981 15 101"}),
		// One of ours has matters of both customers.
		contact(8, "10045", "Liv Lie", [3]string{"Selger", hub.RoleOwner, "Anders Bratland"}),
		contact(9, "10046", "Liv Lie", [3]string{"Selger", hub.RoleOwner, "Anders Bratland"}),
	}})
	mail := letter("1.60", "anders@havbris.example", day(1), "anders@havbris.example", "post@odegard.example", "Besøk", "Vi kommer.", "")
	mail.Content.Fields = append(mail.Content.Fields, hub.Field{Name: "From", Value: "Anders Bratland"})
	mail.Content.Idents = append(mail.Content.Idents, hub.Ident{Kind: hub.IdentPerson, Value: "Anders Bratland", Role: hub.RoleFrom, Place: "From"})
	w.source("Postkasse Anders", "imap", "Salg", map[string][]hub.Item{"INBOX": {mail}})
	w.settle()
	ask := func(query string) (a api.SearchAnswer) {
		w.must(json.Unmarshal(w.do(scenario{user: "per", url: "/api/v1/search?" + query}).Body.Bytes(), &a))
		return a
	}
	brewery, sawmill := "Ødegård Bryggeri AS", "Åsgard Sag & Høvleri AS"
	for _, more := range []string{"", "&per_page=1"} {
		var got []string
		for _, p := range ask("q=geir+odegaard" + more).People {
			text := p.Email + " " + p.Phone
			for _, c := range p.Customers {
				text += " " + c.Name
			}
			got = append(got, text)
		}
		want := []string{"geir@odegard.example +47 909 89 439 " + brewery, "geir@asgard.example 981 15 101 " + sawmill}
		if !slices.Equal(got, want) {
			t.Errorf("cards %q, want %q", got, want)
		}
		if ours := ask("q=anders+bratland" + more).People; len(ours) != 1 || len(ours[0].Customers) != 2 || ours[0].Email != "anders@havbris.example" {
			t.Errorf("our colleague is %+v", ours)
		}
	}
	// The link of a card leads to what is theirs.
	page := w.do(scenario{user: "per", url: "/?q=geir+odegaard"}).Body.String()
	links := regexp.MustCompile(`class="person"><a class="cover" href="/\?([^"]*)"`).FindAllStringSubmatch(page, -1)
	var titles []string
	for _, link := range links {
		for _, h := range ask(html.UnescapeString(link[1]) + "&sort=newest").Hits {
			titles = append(titles, h.Title)
		}
	}
	if want := []string{"Sak 2", "Sak 4", "Sak 5", "Sak 3", "Sak 7"}; !slices.Equal(titles, want) {
		t.Errorf("the cards lead to %q, want %q", titles, want)
	}
}

// TestWhoCalls: who has a number or an address is found by it, and nobody else is.
func TestWhoCalls(t *testing.T) {
	w := newWorld(t)
	w.company()
	contact := func(n int, customer, name, email, phone string) hub.Item {
		title := fmt.Sprint("Kontakt ", n)
		if n == 1 {
			title = "Nytt nummer, ikke 981 15 101"
		}
		return row(fmt.Sprint(n), w.now().AddDate(0, 0, -n), title, [3]string{"Kundenr", hub.RoleCustomerNo, customer}, [3]string{"Kontakt", hub.RoleContact, name},
			[3]string{"E-post", hub.RoleEmail, email}, [3]string{"Tlf", hub.RolePhone, phone})
	}
	note := row("9", w.now(), "Ring Kari Myhre på 916 50 067 om kari.strom@odegard.example", [3]string{"Kundenr", hub.RoleCustomerNo, "10045"}, [3]string{"Kontakt", hub.RoleContact, "Kari Myhre"})
	w.source("Kontakter", "folder", "Salg", map[string][]hub.Item{"kontakter.xlsx#Kontakter": {
		contact(2, "10045", "Kari Strøm", "kari.strom@odegard.example", "+47 916 50 067"),
		contact(3, "10046", "Kari Strøm", "kari.strom@asgard.example", "981 15 101"), note,
		contact(1, "10046", "Kari Strøm", "kari.strom@asgard.example", "404 04 040"),
		row("10", w.now(), "Ring", [3]string{"Kontakt", hub.RoleContact, "Tor Lie"}, [3]string{"Tlf", hub.RolePhone, "47 47 47 47"}),
	}})
	w.source("Privat", "folder", "Økonomi", map[string][]hub.Item{"kontakter.xlsx#Kontakter": {contact(4, "10045", "Ulla Hemmelig", "ulla@odegard.example", "+47 916 50 067")}})
	w.settle()
	for q, want := range map[string][]string{
		"+47 916 50 067": {"+47 916 50 067"}, "91650067": {"+47 916 50 067"}, "916500": {"+47 916 50 067"}, "kari.strom@odegard.example": {"+47 916 50 067"},
		"kari strøm kari.strom@asgard.example": {"404 04 040"}, "98115101": {"981 15 101"}, "F46253879": nil, "10045": nil,
	} {
		var a api.SearchAnswer
		w.must(json.Unmarshal(w.do(scenario{user: "per", url: "/api/v1/search?q=" + url.QueryEscape(q)}).Body.Bytes(), &a))
		var got []string
		for _, p := range a.People {
			if got = append(got, p.Phone); p.Name != "Kari Strøm" {
				t.Errorf("%q shows %s", q, p.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q finds who has %q, want %q", q, got, want)
		}
	}
	// The link of a card leads to the records of the one who calls.
	w.run([]scenario{
		{user: "per", url: "/?q=91650067", status: 200, want: []string{`class="person"><a class="cover" href="/?customer=` + w.customerID("odegard") + `&amp;person=Kari&#43;Str%C3%B8m"`}},
		{user: "per", url: "/?q=47474747", status: 200, want: []string{`class="person"><a class="cover" href="/?person=Tor&#43;Lie&amp;q=47&#43;47&#43;47&#43;47"`}},
	})
}

// TestOtherPersonsAddresses: no customer is shown because the words of a query stand
// apart in the addresses of several of its people; a whole address shows whose it is.
func TestOtherPersonsAddresses(t *testing.T) {
	w := newWorld(t)
	w.company()
	contact := func(ref, customer, name, email string) hub.Item {
		return row(ref, w.now(), "Sak "+ref, [3]string{"Kundenr", hub.RoleCustomerNo, customer}, [3]string{"Kontakt", hub.RoleContact, name}, [3]string{"E-post", hub.RoleEmail, email})
	}
	w.source("Kontakter", "folder", "Salg", map[string][]hub.Item{"kontakter.xlsx#Kontakter": {
		contact("2", "10045", "K. Berg", "gunvor.berg@odegard.example"), contact("3", "10045", "T. Lia", "tor.hansen@odegard.example"),
		contact("4", "10046", "Gunvor Hansen", "gh@asgard.example"), contact("5", "10046", "Gunvor Hansen", "gh@asgard.example"),
	}})
	w.settle()
	for _, test := range []struct {
		q          string
		want, none string
	}{
		{"gunvor hansen", "10046", "10045"},
		{"gunvor.berg@odegard.example", "10045", "10046"},
		{"tor.hansen@odeg", "10045", "10046"},
		{"odegard.example", "10045", "10046"},
	} {
		body := w.do(scenario{user: "kari", url: "/api/v1/search?q=" + url.QueryEscape(test.q)}).Body.Bytes()
		var a api.SearchAnswer
		w.must(json.Unmarshal(body, &a))
		bears := func(no string) bool {
			return slices.ContainsFunc(a.Customers, func(c api.CustomerCard) bool {
				return slices.ContainsFunc(c.Idents, func(i hub.Ident) bool { return i.Value == no })
			})
		}
		if bears(test.none) || test.q != "gunvor hansen" && !bears(test.want) {
			t.Errorf("%q shows the customers %+v", test.q, a.Customers)
		}
	}
}

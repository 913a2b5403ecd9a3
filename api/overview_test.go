package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/api"
	"samsyn/internal/hub"
)

// TestContactGoesSilent: a person is silent who has been without contact for three
// times the usual pause and for two months; whoever wrote twice has no usual pause.
func TestContactGoesSilent(t *testing.T) {
	w := newWorld(t)
	w.must(w.store.SetSetting(t.Context(), "company", hub.Company{Name: "Havbris AS", Domains: []string{"havbris.example"}}))
	w.company()
	var mails []hub.Item
	for person, ago := range map[string][]int{ // days
		"monthly.silent": {300, 270, 240, 210, 180},
		"monthly":        {175, 145, 115, 85},
		"daily":          {64, 63, 62, 61, 58},
		"daily.silent":   {64, 63, 62, 61},
		"yearly":         {1200, 840, 470},
		"twice":          {900, 890},
		"answered":       {300, 270, 240, 20},
	} {
		for n, days := range ago {
			from, to := person+"@odegard.example", "salg@havbris.example"
			if person == "answered" && n == len(ago)-1 {
				from, to = to, from // it is we who wrote last
			}
			id := fmt.Sprintf("%s.%d", person, n)
			mails = append(mails, letter(id, id+"@odegard.example", w.now().AddDate(0, 0, -days), from, to, "Aggregatet", "Hei igjen.", ""))
		}
	}
	ahead := letter("ahead", "ahead@odegard.example", w.now().AddDate(0, 1, 0), "monthly.silent@odegard.example", "salg@havbris.example", "Møte", "", "")
	mails = append(mails, ahead) // a meeting that lies ahead is no contact yet
	w.source("Postkasse stille", "imap", "Salg", map[string][]hub.Item{"INBOX": mails})
	w.settle()
	var overview api.CustomerOverview
	rec := w.do(scenario{user: "kari", url: "/api/v1/customers/" + w.customerID("odegard") + "/overview"})
	w.must(json.Unmarshal(rec.Body.Bytes(), &overview))
	got := map[string]bool{}
	for _, c := range overview.Contacts {
		if c.LastIn.After(w.now()) {
			t.Errorf("%s wrote last on %s, which lies ahead", c.Name, c.LastIn)
		}
		got[c.Persons[0]] = c.Silent
	}
	for person, want := range map[string]bool{"monthly.silent": true, "monthly": false, "daily": false, "daily.silent": true, "yearly": false, "twice": false, "answered": false} {
		if silent, listed := got[person+"@odegard.example"]; !listed || silent != want {
			t.Errorf("%s: listed %v, silent %v, want %v", person, listed, silent, want)
		}
	}
}

// TestContactsAreReached: the page says how to reach whom we know, as far as records
// say so that the viewer may see.
func TestContactsAreReached(t *testing.T) {
	w := newWorld(t)
	w.company()
	list := func(ref, name string, more ...[3]string) hub.Item {
		return row(ref, w.now().AddDate(0, -1, 0), name, append([][3]string{{"Orgnr", hub.RoleOrgNo, "974760673"}, {"Kontakt", hub.RoleContact, name}}, more...)...)
	}
	w.source("Kontakter", "folder", "Salg", map[string][]hub.Item{"kontakter.xlsx#Ark1": {
		list("2", "Berit Vik", [3]string{"Mobil", hub.RolePhone, "+47 930 96 512"}, [3]string{"E-post", hub.RoleEmail, "berit@odegard.example"}),
		list("3", "Tor Lie"),
	}})
	w.source("Purringer", "folder", "Økonomi", map[string][]hub.Item{"purringer.xlsx#Ark1": {list("2", "Tor Lie", [3]string{"Telefon", hub.RolePhone, "+47 22 86 44 00"})}})
	w.settle()
	for user, want := range map[string]map[string][2]string{
		"per":  {"Berit Vik": {"+47 930 96 512", "berit@odegard.example"}, "Tor Lie": {}},
		"kari": {"Berit Vik": {"+47 930 96 512", "berit@odegard.example"}, "Tor Lie": {"+47 22 86 44 00"}},
	} {
		var overview api.CustomerOverview
		rec := w.do(scenario{user: user, url: "/api/v1/customers/" + w.customerID("odegard") + "/overview"})
		w.must(json.Unmarshal(rec.Body.Bytes(), &overview))
		got := map[string][2]string{}
		for _, c := range overview.Contacts {
			got[c.Name] = [2]string{c.Phone, strings.Join(c.Emails, " ")}
		}
		for name, reach := range want {
			if have, listed := got[name]; !listed || have != reach {
				t.Errorf("%s sees %s (listed %t) at %q, want %q", user, name, listed, have, reach)
			}
		}
	}
	w.run([]scenario{{name: "page", user: "per", url: "/customers/" + w.customerID("odegard"), status: 200, want: []string{"tel:&#43;4793096512", "mailto:berit@odegard.example"}, not: []string{"2286"}}})
}

// TestContactsOfOneName: who has two addresses, or is but named in some rows, is one
// contact, as in a search for the name; an address that several share makes none of
// them another.
func TestContactsOfOneName(t *testing.T) {
	inBothWorlds(t, func(t *testing.T, w *world) {
		w.must(w.store.SetSetting(t.Context(), "company", hub.Company{Name: "Havbris AS", Domains: []string{"havbris.example"}}))
		w.company()
		n := 0
		from := func(address, name string) hub.Item {
			n++
			m := letter(fmt.Sprint("2.", n), fmt.Sprint(n, "@odegard.example"), w.now().AddDate(0, 0, -n), address, "salg@havbris.example", "Om porten", "Hei.", "")
			who := hub.Ident{Kind: hub.IdentPerson, Value: name, Role: hub.RoleFrom, Place: "From"}
			m.Content.Idents = slices.Insert(m.Content.Idents, 1, who)
			return m
		}
		mails := []hub.Item{
			from("liv@odegard.example", "Liv Sæther"), from("liv@odegard.example", "Sæther, Liv"), from("liv.saether@odegard.example", "LIV SÆTHER"),
			from("post@odegard.example", "Liv Sæther"), from("post@odegard.example", "Tor Lie"), from("tor@odegard.example", "Tor Lie"),
			from("liv.berg@odegard.example", "Liv"), from("liv2@odegard.example", "Liv"), // first names tell nothing
		}
		w.source("Postkasse navn", "imap", "Salg", map[string][]hub.Item{"INBOX": mails})
		w.source("Postkasse kopi", "imap", "Service", map[string][]hub.Item{"INBOX": mails[:2]})
		w.source("Notater", "folder", "Salg", map[string][]hub.Item{"notater.xlsx#Ark1": {
			row("2", w.now().AddDate(0, -1, 0), "Befaring", [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Kontakt", hub.RoleContact, "Liv Sæther"}),
			row("3", time.Time{}, "Uten dato", [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Kontakt", hub.RoleContact, "Liv Sæther"}),
		}})
		w.settle()
		id := w.customerID("odegard")
		for user, records := range map[string]int{"kari": 5, "per": 5, "ida": 2} {
			var overview api.CustomerOverview
			w.must(json.Unmarshal(w.do(scenario{user: user, url: "/api/v1/customers/" + id + "/overview"}).Body.Bytes(), &overview))
			got := map[string][]string{}
			for _, c := range overview.Contacts {
				if _, twice := got[c.Name]; twice && c.Name != "Liv" {
					t.Errorf("%s sees %s twice", user, c.Name)
				}
				slices.Sort(c.Emails)
				got[c.Name] = c.Emails
				var page api.HistoryPage
				w.must(json.Unmarshal(w.do(scenario{user: user, url: "/api/v1/customers/" + id + "/history?" + url.Values{"person": c.Persons}.Encode()}).Body.Bytes(), &page))
				if len(page.Hits) != c.Records {
					t.Errorf("%s is told of %d records with %s, and gets %d", user, c.Records, c.Name, len(page.Hits))
				}
				if c.Name == "Liv Sæther" && c.Records != records {
					t.Errorf("%s is told of %d records with %s, want %d", user, c.Records, c.Name, records)
				}
			}
			want := map[string][]string{"kari": {"liv.saether@odegard.example", "liv@odegard.example"}, "per": {"liv.saether@odegard.example", "liv@odegard.example"}, "ida": {"liv@odegard.example"}}[user]
			if !reflect.DeepEqual(got["Liv Sæther"], want) {
				t.Errorf("%s reaches her at %q, want %q", user, got["Liv Sæther"], want)
			}
		}
	})
}

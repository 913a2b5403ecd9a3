package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"samsyn/api"
	"samsyn/internal/hub"
	"samsyn/internal/testenv"
)

// TestCountsLeadToWhatTheyCount: who follows a count of the customer page finds as
// many, whatever they may see; no answer ends without saying that there is more.
func TestCountsLeadToWhatTheyCount(t *testing.T) {
	inBothWorlds(t, func(t *testing.T, w *world) {
		w.company()
		id := w.customerID("odegard")
		scopes := map[string][]hub.Item{}
		for file, many := range map[string]int{"klager.xlsx#2026": 14, "ordrer_ny.xlsx#2026": 50, "avtaler.xlsx#Ark1": 11, "kundeplan tiltak.xlsx#Ark1": 12, "prognose.xlsx#Ark1": 7, "undersøkelse.xlsx#Svar": 5} {
			for i := range many {
				at := w.now().AddDate(0, -i, -i%3).Truncate(24 * time.Hour)
				scopes[file] = append(scopes[file], row(fmt.Sprint(i+2), at, file, [3]string{"Nr", hub.RoleRecordNo, fmt.Sprint(file, i)}, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"},
					[3]string{"Dato", hub.RoleDate, at.Format(time.DateOnly)}, [3]string{"Status", hub.RoleStatus, []string{"Åpen", "Lukket"}[i%2]},
					[3]string{"Kontakt", hub.RoleContact, strings.Fields("Ane Bo Cecilie Dag Eli Finn Gro Hans Ida Jon Kari Lars")[i%12] + " Berg"}))
			}
		}
		for i := range 30 { // without sums, orders are counted
			at := w.now().AddDate(0, -i, 0).Truncate(24 * time.Hour)
			scopes["leveranser.xlsx#Ordre"] = append(scopes["leveranser.xlsx#Ordre"], row(fmt.Sprint(i+2), at, "Ordre", [3]string{"Ordre", hub.RoleRecordNo, fmt.Sprint("N", i)},
				[3]string{"Orgnr", hub.RoleOrgNo, "985821585"}, [3]string{"Dato", hub.RoleDate, at.Format(time.DateOnly)}))
		}
		w.source("Bok", "folder", "Salg", scopes)
		w.source("Bok service", "folder", "Service", map[string][]hub.Item{"klager.xlsx#2026": scopes["klager.xlsx#2026"]})
		thread := letter("3.1", "svar@odegard.example", w.now().AddDate(0, -1, 0), "post@odegard.example", "salg@havbris.example", "SV: Levering", "Takk.", "")
		thread.Content.Idents = append(thread.Content.Idents, hub.Ident{Kind: hub.IdentReply, Value: "felles@odegard.example", Place: "References"})
		w.source("Postkasse svar", "imap", "Salg", map[string][]hub.Item{"INBOX": {thread}})
		w.source("Postkasse to", "imap", "Salg", map[string][]hub.Item{"INBOX": {thread}})
		w.settle()
		for _, user := range []string{"kari", "per", "ida"} {
			read := func(address string) string {
				return w.do(scenario{user: user, url: address, header: map[string]string{"Accept-Language": "nb"}}).Body.String()
			}
			met := testenv.Counts(t, read, "/customers/"+id)
			for _, want := range []string{"state open", "person", "nature complaint", "nature order", "nature agreement", "nature action", "nature forecast", "nature survey", "contacts all"} {
				if !met[want] && user == "kari" {
					t.Errorf("no count led to %s", want)
				}
			}
			w.chartAgrees(user, id)
			testenv.Counts(t, read, "/customers/"+id+"?contacts=all")
			testenv.Counts(t, read, "/customers/"+id+"?kind=mail")
			if user != "ida" {
				if met := testenv.Counts(t, read, "/customers/"+w.customerID("narhval")); !met["from"] {
					t.Error("no count led to the last twelve months")
				}
			}
		}
	})
}

// chartAgrees compares each month of the chart with the days of it, by department.
func (w *world) chartAgrees(user, id string) {
	w.t.Helper()
	var overview api.CustomerOverview
	w.must(json.Unmarshal(w.do(scenario{user: user, url: "/api/v1/customers/" + id + "/overview"}).Body.Bytes(), &overview))
	told := 0
	for _, m := range overview.Activity {
		for department, n := range m.Departments {
			query := url.Values{"department": {department}, "from": {m.Month.Format(time.DateOnly)}, "to": {m.Month.AddDate(0, 1, -1).Format(time.DateOnly)}, "per_page": {"200"}}
			var page api.HistoryPage
			w.must(json.Unmarshal(w.do(scenario{user: user, url: "/api/v1/customers/" + id + "/history?" + query.Encode()}).Body.Bytes(), &page))
			if told += n; len(page.Hits) != n {
				w.t.Errorf("%s: the chart has %d of %s, the history %d", user, n, query, len(page.Hits))
			}
		}
	}
	if told == 0 {
		w.t.Error("the chart is empty")
	}
}

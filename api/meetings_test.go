package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/api"
	"samsyn/internal/hub"
)

// TestMeetings: what a meeting is, is told alike on the page of a customer, in search
// and on its own page: the invitation that holds is the meeting, on the day on which it
// takes place; what cancels it, answers it or held before says so in words.
func TestMeetings(t *testing.T) {
	w := newWorld(t)
	w.must(w.store.SetSetting(t.Context(), "company", hub.Company{Name: "Havbris AS", Domains: []string{"havbris.example"}}))
	w.company()
	day := func(month, day, hour int) time.Time {
		return time.Date(2025, time.Month(month), day, hour, 0, 0, 0, time.UTC)
	}
	mail := func(id string, sent time.Time, subject string, m hub.Meeting) hub.Item {
		item := letter(id, id+"@odegard.example", sent, "gro@odegard.example", "salg@havbris.example", subject, "", "")
		item.Content.Meeting = &m
		return item
	}
	who := []string{"Gro Ødegård <gro@odegard.example>"}
	w.source("Postkasse møter", "imap", "Salg", map[string][]hub.Item{"INBOX": {
		mail("i1", day(7, 1, 8), "Befaring flyttedag", hub.Meeting{UID: "m1", Starts: day(9, 10, 8), Ends: day(9, 10, 9), Organizer: who[0]}),
		mail("i2", day(7, 2, 8), "Befaring flyttedag", hub.Meeting{UID: "m1", Sequence: 1, Starts: day(8, 20, 8), Ends: day(8, 20, 9), Where: "Kaigata 1", Organizer: who[0], Attendees: []string{"salg@havbris.example"}, Repeats: "weekly", Every: 2}),
		mail("a1", day(7, 3, 8), "Svar flyttedag", hub.Meeting{UID: "m1", Sequence: 1, Starts: day(8, 20, 8), Attendees: who, Reply: "declined"}),
		mail("i3", day(7, 4, 8), "Frokost julebord", hub.Meeting{UID: "m2", Starts: day(12, 5, 0), AllDay: true, Ends: day(12, 6, 0)}),
		mail("c3", day(7, 5, 8), "Avlyst julebord", hub.Meeting{UID: "m2", Sequence: 1, Starts: day(12, 5, 0), AllDay: true, Cancelled: true}),
	}})
	w.settle()
	find := func(user, query string) (hits []api.Hit, total api.SearchAnswer) {
		rec := w.do(scenario{user: user, url: "/api/v1/search?" + query})
		w.must(json.Unmarshal(rec.Body.Bytes(), &total))
		return total.Hits, total
	}
	told := func(hits []api.Hit) (out []string) {
		for _, h := range hits {
			line := h.Title + ": " + h.Nature + " " + h.At.Format("01-02")
			if h.Notice != nil {
				line = strings.TrimSpace(line + " " + h.Notice.Says + " " + h.Notice.By)
			}
			out = append(out, line)
		}
		return out
	}
	hits, _ := find("kari", "q=flyttedag&sort=newest")
	if got, want := told(hits), []string{"Befaring flyttedag: meeting 08-20", "Svar flyttedag: mail 07-03 declined Gro Ødegård", "Befaring flyttedag: mail 07-01 replaced"}; !slices.Equal(got, want) {
		t.Errorf("search tells %q, want %q", got, want)
	}
	hits, _ = find("kari", "q=julebord&sort=newest")
	if got, want := told(hits), []string{"Avlyst julebord: mail 07-05 cancelled", "Frokost julebord: mail 07-04 replaced"}; !slices.Equal(got, want) {
		t.Errorf("search tells %q, want %q", got, want)
	}
	if hits, all := find("kari", "q=kaigata&from=2025-08-20&to=2025-08-20"); len(hits) != 1 || all.Facets.Nature["meeting"] != 1 || all.Facets.Nature["mail"] != 0 {
		t.Errorf("by its place and day search finds %q, with %v", told(hits), all.Facets.Nature)
	}
	if hits, _ := find("ida", "q=flyttedag"); len(hits) != 0 { // of another department
		t.Errorf("ida finds %q", told(hits))
	}
	customer := w.customerID("odegard")
	var history struct{ Hits []api.Hit }
	w.must(json.Unmarshal(w.do(scenario{user: "kari", url: "/api/v1/customers/" + customer + "/history?nature=meeting"}).Body.Bytes(), &history))
	if got, want := told(history.Hits), []string{"Befaring flyttedag: meeting 08-20"}; !slices.Equal(got, want) {
		t.Errorf("the history tells of the meetings %q, want %q", got, want)
	}
	page := func(id string) string {
		for _, query := range []string{"q=flyttedag", "q=julebord"} {
			hits, _ := find("kari", query)
			for _, h := range hits {
				if h.Title+h.At.Format(" 01-02") == id {
					return "/records/" + h.ID.String()
				}
			}
		}
		t.Fatalf("nothing is found of %s", id)
		return ""
	}
	w.run([]scenario{
		{name: "search", user: "kari", url: "/?q=julebord", status: 200, want: []string{`<span class="tag bad">Møtet er avlyst</span>`, `<span class="tag">Det finnes nyere beskjed om møtet</span>`}},
		{name: "search in Swedish", user: "kari", url: "/?q=julebord", header: map[string]string{"Accept-Language": "sv"}, status: 200, want: []string{"Mötet är inställt"}},
		{name: "history", user: "kari", url: "/customers/" + customer, status: 200, want: []string{`<span class="tag bad">Møtet er avlyst</span>`}},
		{name: "the thread of the meeting", user: "kari", url: "/customers/" + customer + "/talk?talk=" + strings.TrimPrefix(page("Befaring flyttedag 08-20"), "/records/"), status: 200,
			want: []string{"Svar flyttedag", `<span class="tag">Gro Ødegård har takket nei</span>`, "Det finnes nyere beskjed om møtet"}},
		{name: "the meeting", user: "kari", url: page("Befaring flyttedag 08-20"), status: 200, want: []string{"20. august 2025 10:00–11:00", "hver 2. uke", "Kaigata 1", "Arrangør", "Gro Ødegård &lt;gro@odegard.example&gt;"}, not: []string{"Innkallingen gjelder"}},
		{name: "days", user: "kari", url: page("Frokost julebord 07-04"), status: 200, want: []string{"5. desember 2025 – 6. desember 2025, hele dagen", "Det finnes nyere beskjed om møtet"}},
	})
}

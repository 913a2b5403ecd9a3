package api_test

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"samsyn/api"
	"samsyn/internal/hub"
)

// TestDaysAreThoseShown: whatever the zone, a search for a day finds what is shown
// with this day, a history stands under the months and in the years that its
// lines show, and a year offered finds as much as it counts.
func TestDaysAreThoseShown(t *testing.T) {
	shown := map[string]map[string]string{ // title → day, by zone
		"Europe/Oslo":      {"sent nyttår": "2026-01-01", "rad 31": "2026-01-31", "tidlig": "2026-02-01", "rad 1": "2026-02-01", "natt": "2026-02-01", "dag": "2026-02-01"},
		"America/New_York": {"sent nyttår": "2025-12-31", "rad 31": "2026-01-31", "tidlig": "2026-01-31", "rad 1": "2026-02-01", "natt": "2026-01-31", "dag": "2026-02-01"},
		"UTC":              {"sent nyttår": "2025-12-31", "rad 31": "2026-01-31", "tidlig": "2026-01-31", "rad 1": "2026-02-01", "natt": "2026-02-01", "dag": "2026-02-01"},
	}
	for name, days := range shown {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.zone = zone(t, name)
			w.serve()
			w.borders()
			got := w.shown("/?q=grense")
			for title, day := range days {
				if got["grense "+title] != day {
					t.Errorf("%s is shown on %s, want %s", title, got["grense "+title], day)
				}
			}
			for _, span := range [][2]string{{"2025-12-31", "2025-12-31"}, {"2026-01-01", "2026-01-01"}, {"2026-01-31", "2026-01-31"}, {"2026-02-01", "2026-02-01"}, {"2026-02-02", ""}, {"2026-02-01", ""}, {"", "2026-01-31"}, {"2026-01-01", "2026-12-31"}} {
				want := titlesWhere(got, func(day string) bool { return day >= span[0] && (span[1] == "" || day <= span[1]) })
				query := "q=grense&from=" + span[0] + "&to=" + span[1]
				if page := titlesWhere(w.shown("/?"+query), func(string) bool { return true }); !slices.Equal(page, want) {
					t.Errorf("the page finds %q from %v, want %q", page, span, want)
				}
				var answer api.SearchAnswer
				w.must(json.Unmarshal(w.do(scenario{user: "kari", url: "/api/v1/search?" + query}).Body.Bytes(), &answer))
				if titles := titlesOf(answer.Hits); !slices.Equal(titles, want) {
					t.Errorf("programs find %q from %v, want %q", titles, span, want)
				}
			}
			w.yearsFind()
			w.historyAgrees(got)
		})
	}
}

// borders fills the world with what happened near midnight.
func (w *world) borders() {
	w.t.Helper()
	at := func(text string) time.Time {
		t, err := time.Parse(time.RFC3339, text)
		w.must(err)
		return t
	}
	dated := func(ref, day, title string) hub.Item {
		return row(ref, at(day+"T00:00:00Z"), "grense "+title, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Dato", hub.RoleDate, day})
	}
	mail := func(ref, time, title string) hub.Item {
		return letter(ref, ref+"@odegard.example", at(time), "post@odegard.example", "salg@havbris.example", "grense "+title, "Hei "+title, "")
	}
	w.source("Salg", "folder", "Salg", map[string][]hub.Item{
		"kunder.xlsx#Kunder": {row("2", time.Time{}, "Ødegård Bryggeri AS", [3]string{"Navn", hub.RoleCustomerName, "Ødegård Bryggeri AS"},
			[3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"E-post", hub.RoleEmail, "post@odegard.example"})},
		"saker.xlsx#Ark1": {dated("2", "2026-01-31", "rad 31"), dated("3", "2026-02-01", "rad 1")},
	})
	w.source("Postkasse", "imap", "Salg", map[string][]hub.Item{"INBOX": {mail("1.1", "2025-12-31T23:30:00Z", "sent nyttår"), mail("1.2", "2026-01-31T23:30:00Z", "tidlig"),
		mail("1.3", "2026-02-01T03:00:00Z", "natt"), mail("1.4", "2026-02-01T12:00:00Z", "dag")}})
	w.settle()
}

var (
	hitShown  = regexp.MustCompile(`<a class="title" href="/records/r\d+">.*</span><span>(.*)</span></a><time datetime="[^"]*">([^<]*)</time>`)
	monthPart = regexp.MustCompile(`(?s)<section class="month"><h3>([^<]*)</h3>(.*?)</section>`)
	lineTitle = regexp.MustCompile(`</svg><span>(grense [^<]*)</span>`)
	yearLink  = regexp.MustCompile(`href="([^"]*)"[^>]* data-at="year (\d+)"[^>]*><span[^>]*>\d+</span><span class="n">(\d+)</span>`)
)

// shown are the hits of a search page by title, with the days that are shown.
func (w *world) shown(address string) map[string]string {
	w.t.Helper()
	days := map[string]string{}
	for _, m := range hitShown.FindAllStringSubmatch(w.do(scenario{user: "kari", url: address, header: map[string]string{"Accept-Language": "sv"}}).Body.String(), -1) {
		days[html.UnescapeString(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(m[1]))] = m[2] // Swedes write days as addresses do
	}
	return days
}

func titlesWhere(days map[string]string, holds func(day string) bool) []string {
	titles := []string{}
	for title, day := range days {
		if holds(day) {
			titles = append(titles, title)
		}
	}
	slices.Sort(titles)
	return titles
}

func titlesOf(hits []api.Hit) []string {
	titles := []string{}
	for _, h := range hits {
		titles = append(titles, h.Title)
	}
	slices.Sort(titles)
	return titles
}

// yearsFind follows the link of each year.
func (w *world) yearsFind() {
	w.t.Helper()
	links := yearLink.FindAllStringSubmatch(w.do(scenario{user: "kari", url: "/?q=grense"}).Body.String(), -1)
	if len(links) != 2 {
		w.t.Fatalf("the page offers the years %q", links)
	}
	for _, m := range links {
		body := w.do(scenario{user: "kari", url: html.UnescapeString(m[1])}).Body.String()
		if hits := hitShown.FindAllString(body, -1); len(hits) == 0 || m[3] != strings.TrimSpace(string(rune('0'+len(hits)))) {
			w.t.Errorf("%s counts %s and finds %d", m[2], m[3], len(hits))
		}
		on := slices.ContainsFunc(yearLink.FindAllString(body, -1), func(link string) bool {
			return strings.Contains(link, `aria-current="true"`) && strings.Contains(link, `"year `+m[2]+`"`)
		})
		if !on {
			w.t.Errorf("%s is not marked as chosen", m[2])
		}
	}
}

// historyAgrees compares months and years of a history with the days shown.
func (w *world) historyAgrees(days map[string]string) {
	w.t.Helper()
	id := w.customerID("")
	months := map[string]string{}
	body := w.do(scenario{user: "kari", url: "/customers/" + id, header: map[string]string{"Accept-Language": "sv"}}).Body.String()
	names := map[string]string{"2025-12": "december 2025", "2026-01": "januari 2026", "2026-02": "februari 2026"}
	headings := map[string]bool{}
	for _, m := range monthPart.FindAllStringSubmatch(body, -1) {
		if headings[m[1]] {
			w.t.Errorf("two parts are headed %q", m[1])
		}
		headings[m[1]] = true
		for _, line := range lineTitle.FindAllStringSubmatch(m[2], -1) {
			months[line[1]] = m[1]
		}
	}
	for title, day := range days {
		if months[title] != names[day[:7]] {
			w.t.Errorf("%s of %s stands under %q", title, day, months[title])
		}
	}
	w.countsAgree(id, days)
	for _, year := range []string{"2025", "2026"} {
		var page api.HistoryPage
		w.must(json.Unmarshal(w.do(scenario{user: "kari", url: "/api/v1/customers/" + id + "/history?" + url.Values{"year": {year}}.Encode()}).Body.Bytes(), &page))
		if got, want := titlesOf(page.Hits), titlesWhere(days, func(day string) bool { return day[:4] == year }); !slices.Equal(got, want) {
			w.t.Errorf("the history of %s holds %q, want %q", year, got, want)
		}
	}
}

// countsAgree compares the years that a history offers and the months of its chart
// with the days shown.
func (w *world) countsAgree(id string, days map[string]string) {
	w.t.Helper()
	var overview api.CustomerOverview
	w.must(json.Unmarshal(w.do(scenario{user: "kari", url: "/api/v1/customers/" + id + "/overview"}).Body.Bytes(), &overview))
	years, months := []int{}, map[string]int{}
	for _, day := range days {
		if year, _ := strconv.Atoi(day[:4]); !slices.Contains(years, year) {
			years = append(years, year)
		}
		months[day[:7]]++
	}
	slices.SortFunc(years, func(a, b int) int { return b - a })
	if !slices.Equal(overview.Years, years) {
		w.t.Errorf("the history offers the years %v, its lines are of %v", overview.Years, years)
	}
	for _, m := range overview.Activity {
		shown := 0
		for _, n := range m.Departments {
			shown += n
		}
		if month := m.Month.Format("2006-01"); shown != months[month] {
			w.t.Errorf("the chart has %d records of %s, the history %d", shown, month, months[month])
		}
	}
}

// TestYearsOfOneMail: what comes in the last hour of a year in UTC is of the next year
// where people read it, and no year is offered that holds nothing.
func TestYearsOfOneMail(t *testing.T) {
	inBothWorlds(t, func(t *testing.T, w *world) {
		mail := func(ref string, at time.Time) hub.Item {
			return letter(ref, ref+"@odegard.example", at, "post@odegard.example", "salg@havbris.example", "grense "+ref, "Hei", "")
		}
		w.source("Salg", "folder", "Salg", map[string][]hub.Item{"kunder.xlsx#Kunder": {row("2", time.Time{}, "Ødegård Bryggeri AS",
			[3]string{"Navn", hub.RoleCustomerName, "Ødegård Bryggeri AS"}, [3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"E-post", hub.RoleEmail, "post@odegard.example"})}})
		w.source("Postkasse", "imap", "Salg", map[string][]hub.Item{"INBOX": {
			mail("1", time.Date(2025, 12, 31, 23, 30, 0, 0, time.UTC)), mail("2", time.Date(1968, 12, 31, 23, 30, 0, 0, time.UTC))}})
		w.settle()
		w.countsAgree(w.customerID(""), map[string]string{"1": "2026-01-01", "2": "1969-01-01"})
	})
}

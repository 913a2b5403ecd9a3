package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
)

// keeper is a world in which kari keeps searches, whose counts go through a function.
func keeper(t *testing.T, count func(q indexer.Query) error, searches ...string) *world {
	t.Helper()
	engine, err := bleve.Open(t.TempDir(), quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	w := newWorldOn(t, through{engine, func(ctx context.Context, ix indexer.Index, q indexer.Query) (*indexer.Result, error) {
		if q.Uncounted && q.Limit == 0 && q.Sort != indexer.SortArrived {
			if err := count(q); err != nil {
				return nil, err
			}
		}
		return ix.Search(ctx, q)
	}})
	w.company()
	w.session("kari")
	for _, q := range searches {
		form := url.Values{"query": {url.Values{"q": {q}}.Encode()}}
		w.run([]scenario{{name: "save " + q, user: "kari", method: "POST", url: "/searches", body: form.Encode(), status: 303}})
	}
	return w
}

// TestSavedAreCountedTogether: a search that cannot be counted, or takes its time,
// does not keep the others from being counted.
func TestSavedAreCountedTogether(t *testing.T) {
	var mu sync.Mutex
	counting, most, two := 0, 0, make(chan struct{})
	begin := func(by int) {
		mu.Lock()
		defer mu.Unlock()
		counting += by
		if most = max(most, counting); counting == 2 && by > 0 && most == 2 {
			select {
			case <-two:
			default:
				close(two)
			}
		}
	}
	var searches []string
	for n := range 12 {
		searches = append(searches, fmt.Sprint("aggregat ", n))
	}
	w := keeper(t, func(q indexer.Query) error {
		begin(1)
		defer begin(-1)
		select { // one alone waits for another
		case <-two:
			time.Sleep(20 * time.Millisecond)
		case <-time.After(2 * time.Second):
		}
		if q.Text == "aggregat 7" {
			return errors.New("the index does not answer")
		}
		return nil
	}, searches...)
	rec := w.do(scenario{user: "kari", url: "/"})
	if body := rec.Body.String(); rec.Code != 200 || strings.Count(body, "ingenting nytt") != 11 || !strings.Contains(body, "aggregat 7") {
		t.Errorf("status %d, %d searches are counted of 12, one of which cannot be: %s", rec.Code, strings.Count(body, "ingenting nytt"), body)
	}
	if most < 2 || most > 4 {
		t.Errorf("%d searches are counted at a time, want a few", most)
	}
	w.run([]scenario{{name: "news", user: "kari", url: "/searches/news", status: 200, want: []string{`"searches":0`}}})
}

// TestRemovedWhileCounting: a search that is removed while it is counted stays removed.
func TestRemovedWhileCounting(t *testing.T) {
	var w *world
	var once sync.Once
	remove := ""
	w = keeper(t, func(indexer.Query) error {
		once.Do(func() { w.do(scenario{user: "kari", method: "POST", url: remove}) })
		return nil
	}, "aggregat", "ristelyd")
	list, err := w.store.SavedSearches(t.Context(), "kari")
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	remove = fmt.Sprintf("/searches/%d/remove", list[0].ID)
	w.do(scenario{user: "kari", url: "/searches/list"})
	names := regexp.MustCompile(`href="/searches/\d+">([^<]*)<`).FindAllStringSubmatch(w.do(scenario{user: "kari", url: "/searches/list"}).Body.String(), -1)
	if len(names) != 1 || names[0][1] != list[1].Name {
		t.Errorf("after %s was removed the list holds %q", list[0].Name, names)
	}
}

// TestSaveSearch: a search is saved where one is, filters alone too, and is called
// by its words and filters in the language of who saves it.
func TestSaveSearch(t *testing.T) {
	w := newWorld(t)
	w.company()
	customer := w.customerID("odegard")
	save := func(query, lang, location, name string) {
		w.run([]scenario{
			{name: query, user: "kari", method: "POST", url: "/searches", body: url.Values{"query": {query}}.Encode(), header: map[string]string{"Accept-Language": lang}, status: 303, location: location},
			{name: query + " is listed", user: "kari", url: "/searches/list", header: map[string]string{"Accept-Language": lang}, status: 200, want: []string{">" + name + "</a>"}},
		})
	}
	save("q=odegard&department=Service", "nb", "/?department=Service&done=search&q=odegard", "odegard · Service")
	save("nature=complaint&year=2026", "sv", "/?done=search&nature=complaint&year=2026", "Reklamation · 2026")
	save("customer="+customer+"&source="+w.ids["Service"].String()+"&to=2026-03-05", "en", "/?customer="+customer+"&done=search&source="+w.ids["Service"].String()+"&to=2026-03-05", "Ødegård Bryggeri AS · Service · To 5 Mar 2026")
	save("nature=complaint&year=2026", "nb", "/?done=search&nature=complaint&year=2026", "Reklamasjon · 2026")
	w.run([]scenario{
		{name: "said on the results", user: "kari", url: "/?department=Service&done=search", status: 200, want: []string{`class="notice good"`, `class="hit"`, `action="/searches"`}},
		{name: "nothing to save", user: "kari", url: "/?sort=newest", status: 200, want: []string{`class="hit"`}, not: []string{`action="/searches"`}},
		{name: "nor by force", user: "kari", method: "POST", url: "/searches", body: "query=sort%3Dnewest", status: 422},
	})
}

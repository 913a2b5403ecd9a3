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

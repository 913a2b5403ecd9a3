package api_test

import (
	"bufio"
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

var arrivalsAsked = regexp.MustCompile(`data-arrivals="([^"]*)"`)

// hearing listens to what comes to a page of the user's, which is read first.
func (w *world) hearing(base, user, page string) <-chan string {
	w.t.Helper()
	m := arrivalsAsked.FindStringSubmatch(w.do(scenario{user: user, url: page}).Body.String())
	if m == nil {
		w.t.Fatalf("%s of %s asks to be told of nothing", page, user)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", base+"/api/v1/events?"+html.UnescapeString(m[1]), nil)
	w.must(err)
	r.Header.Set("Cookie", w.session(user))
	res, err := http.DefaultClient.Do(r)
	w.must(err)
	w.t.Cleanup(func() { cancel(); res.Body.Close() })
	told := make(chan string, 100)
	go func() {
		arrivals := false
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			data, isData := strings.CutPrefix(lines.Text(), "data: ")
			if arrivals && isData {
				told <- data
			}
			arrivals = lines.Text() == "event: arrivals"
		}
	}()
	return told
}

func (w *world) hears(told <-chan string, want string) {
	w.t.Helper()
	select {
	case got := <-told:
		if !strings.Contains(got, want) {
			w.t.Errorf("it is told %s, want %s", got, want)
		}
	case <-time.After(8 * time.Second):
		w.t.Errorf("nothing is told, want %s", want)
	}
}

// hearNothing waits longer than two looks at what came take.
func (w *world) hearNothing(all ...<-chan string) {
	w.t.Helper()
	time.Sleep(4 * time.Second)
	for i, told := range all {
		select {
		case got := <-told:
			w.t.Errorf("listener %d is told %s", i, got)
		default:
		}
	}
}

// TestArrivals: who looks at a customer or the start page is told that something came,
// and nothing of what they may not see.
func TestArrivals(t *testing.T) {
	inBothWorlds(t, func(t *testing.T, w *world) {
		w.company()
		server := httptest.NewServer(w.server.Handler())
		t.Cleanup(server.Close)
		page := "/customers/" + w.customerID("odegard")
		salg, all, start := w.hearing(server.URL, "per", page), w.hearing(server.URL, "kari", page), w.hearing(server.URL, "per", "/")
		other := w.hearing(server.URL, "kari", "/customers/"+w.customerID("narhval"))
		mail := func(ref, subject string) hub.Item {
			return letter(ref, ref+"@odegard.example", w.now().Add(-time.Hour), "post@odegard.example", "service@havbris.example", subject, "Hei.", "")
		}
		w.source("Postkasse ny", "imap", "Service", map[string][]hub.Item{"INBOX": {mail("9.1", "Hemmelig"), mail("9.2", "Hemmelig to")}})
		w.settle()
		w.hears(all, `"records":2`)
		w.hearNothing(salg)
		old := mail("8.1", "Gammel")
		old.Content.At = time.Date(2019, 3, 1, 8, 0, 0, 0, time.UTC)
		w.source("Arkiv", "imap", "Salg", map[string][]hub.Item{"INBOX": {old}})
		w.settle()
		w.hears(salg, `"records":1`)
		w.hears(all, `"records":3`)
		w.source("Postkasse to", "imap", "Salg", map[string][]hub.Item{"INBOX": {mail("7.1", "Nytt")}})
		w.settle()
		w.hears(salg, `"records":2`)
		w.hears(start, `"records":1`)                                                                        // what is older than all it shows does not count
		w.hearNothing(start, other, w.hearing(server.URL, "kari", page), w.hearing(server.URL, "kari", "/")) // a page made now has it all
	})
}

// TestStreamsEnd: whoever logs out, or may see less than before, hears no more of a stream.
func TestStreamsEnd(t *testing.T) {
	w := newWorld(t)
	w.company()
	server := httptest.NewServer(w.server.Handler())
	t.Cleanup(server.Close)
	ended := func(cookie string) <-chan bool {
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/v1/events", nil)
		w.must(err)
		r.Header.Set("Cookie", cookie)
		res, err := http.DefaultClient.Do(r)
		w.must(err)
		t.Cleanup(func() { res.Body.Close() })
		lines, end := bufio.NewScanner(res.Body), make(chan bool)
		if !lines.Scan() {
			t.Fatal("nothing is told")
		}
		go func() {
			for lines.Scan() {
			}
			close(end)
		}()
		return end
	}
	cookie := w.session("kari")
	stays, leaves, loses := ended(w.session("ola")), ended(cookie), ended(w.session("per"))
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/logout", nil)
	w.must(err)
	r.Header.Set("Cookie", cookie)
	res, err := http.DefaultTransport.RoundTrip(r)
	w.must(err)
	res.Body.Close()
	_, err = w.store.ChangeUser(t.Context(), "per", "", func(u *store.User) error { u.Departments = []string{"Service"}; return nil })
	w.must(err)
	for who, end := range map[string]<-chan bool{"who logged out": leaves, "who may no longer see it": loses} {
		select {
		case <-end:
		case <-time.After(8 * time.Second):
			t.Errorf("%s still hears", who)
		}
	}
	select {
	case <-stays:
		t.Error("the stream of another session ended")
	case <-time.After(2 * time.Second):
	}
}

// TestBrowserArrivals: a notice says that something came, moves nothing, and shows it.
func TestBrowserArrivals(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	for i, page := range []string{"/customers/" + w.customerID("odegard"), "/"} {
		subject := []string{"Ny henvendelse", "Enda en"}[i]
		within(t, ctx, chromedp.EmulateViewport(390, 740), chromedp.Navigate(base+page), chromedp.WaitReady(`.arrivals[role=status]`),
			chromedp.Evaluate[chromedp.Void](`scrollTo(0, 200); window.before = [document.documentElement.scrollHeight, scrollY, document.querySelector("h1").getBoundingClientRect().top].join()`))
		if read(t, ctx, chromedp.Evaluate[bool](`Boolean(document.querySelector(".arrivals .notice"))`)) {
			t.Fatal("something new is told of before anything came")
		}
		w.source("Postkasse "+subject, "imap", "Salg", map[string][]hub.Item{"INBOX": {letter(subject, subject+"@odegard.example", w.now().Add(-time.Minute), "post@odegard.example", "salg@havbris.example", subject, "Hei.", "")}})
		w.settle()
		until(t, ctx, `document.querySelector(".arrivals .notice")`)
		if !read(t, ctx, chromedp.Evaluate[bool](`window.before === [document.documentElement.scrollHeight, scrollY, document.querySelector("h1").getBoundingClientRect().top].join() && !document.body.textContent.includes("`+subject+`")`)) {
			t.Errorf("%s moved when the notice came", page)
		}
		within(t, ctx, chromedp.Click(`.arrivals button`))
		until(t, ctx, `window.before === undefined && document.body?.textContent.includes("`+subject+`") && !document.querySelector(".arrivals .notice")`)
	}

	// Who has searched and emptied the box looks at the start page again.
	box := func(text string) {
		within(t, ctx, chromedp.Evaluate[chromedp.Void](`void (document.querySelector("#search").elements.q.value = "`+text+`", document.querySelector("#search").elements.q.dispatchEvent(new Event("input", { bubbles: true })))`))
	}
	until(t, ctx, `document.readyState === "complete"`)
	box("odegard")
	until(t, ctx, `!document.querySelector(".arrivals")`)
	box("")
	until(t, ctx, `document.querySelector(".arrivals")`)
	w.source("Postkasse til", "imap", "Salg", map[string][]hub.Item{"INBOX": {letter("til", "til@odegard.example", w.now().Add(-time.Minute), "post@odegard.example", "salg@havbris.example", "Og en til", "Hei.", "")}})
	w.settle()
	until(t, ctx, `document.querySelector(".arrivals .notice")`)
}

// TestBrowserRefreshWaits: a list that changes while somebody is at a button of it is
// shown as it is once they leave it.
func TestBrowserRefreshWaits(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	w.must(err)
	within(t, ctx, chromedp.Navigate(base+"/sources"), chromedp.WaitVisible(`#sources button`), chromedp.Sleep(2500*time.Millisecond),
		chromedp.Evaluate[chromedp.Void](`document.querySelector("#sources button").focus()`))
	w.source("Kommer nå", "folder", "Salg", nil)
	within(t, ctx, chromedp.Sleep(3500*time.Millisecond))
	if read(t, ctx, chromedp.Evaluate[bool](`document.querySelector("#sources").textContent.includes("Kommer nå")`)) {
		t.Fatal("the list changed under the reader's hand: the test tests nothing")
	}
	within(t, ctx, chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	until(t, ctx, `document.querySelector("#sources").textContent.includes("Kommer nå")`)
}

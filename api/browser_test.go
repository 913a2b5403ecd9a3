package api_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"samsyn/internal/testenv"
)

// browse starts a browser with a fresh profile and a server for it.
func browse(t testing.TB, w *world) (ctx context.Context, base string) {
	t.Helper()
	server := httptest.NewServer(w.server.Handler())
	t.Cleanup(server.Close)
	return testenv.Browse(t), server.URL
}

func within(t testing.TB, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func read[T any](t testing.TB, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	got, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// until waits for a condition in the page.
func until(t testing.TB, ctx context.Context, condition string) {
	t.Helper()
	for range 200 {
		if read(t, ctx, chromedp.Evaluate[bool]("Boolean("+condition+")")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("it never came true that %s", condition)
}

// TestBrowser does the job as people do: log in, type with a slip, open the
// customer, open a record.
func TestBrowser(t *testing.T) {
	w := newWorld(t)
	w.company()
	ctx, base := browse(t, w)
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/customers"),
		chromedp.SendKeys(`input[name=name]`, "kari"), chromedp.SendKeys(`input[name=password]`, password),
		chromedp.Click(`button.primary`), chromedp.WaitVisible(`.cards .card`))
	if at := read(t, ctx, chromedp.Location()); !strings.HasSuffix(at, "/customers") {
		t.Errorf("after login at %s, want where one was going", at)
	}
	within(t, ctx, chromedp.Navigate(base+"/"), chromedp.WaitVisible(`#q`))
	if focus := read(t, ctx, chromedp.Evaluate[string](`document.activeElement.id`)); focus != "q" {
		t.Errorf("focus is on %q, want the box", focus)
	}
	within(t, ctx, chromedp.SendKeys(`#q`, "odegaard brygeri"), chromedp.WaitVisible(`.cards .card h3`))
	until(t, ctx, `location.search === "?q=odegaard+brygeri" && !document.querySelector("#results.stale")`)
	within(t, ctx, chromedp.KeyEvent(kb.ArrowDown))
	if name := read(t, ctx, chromedp.Evaluate[string](`document.activeElement.textContent`)); name != "Ødegård Bryggeri AS" {
		t.Errorf("arrow down goes to %q", name)
	}
	within(t, ctx, chromedp.Click(`.cards .card .cover`), chromedp.WaitVisible(`.timeline .event`))
	if name := read(t, ctx, chromedp.Text(`h1`)); name != "Ødegård Bryggeri AS" {
		t.Errorf("the customer page is of %q", name)
	}
	within(t, ctx, chromedp.Click(`.timeline .month:last-of-type .event:last-child .title`), chromedp.WaitVisible(`.inside .why .customer`))
	within(t, ctx, chromedp.Navigate(base+"/?q=ristelyd"), chromedp.WaitVisible(`.hit mark`))
}

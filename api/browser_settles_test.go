package api_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/internal/hub"
)

// TestBrowserSettles: persons that are not counted while somebody types come once
// the keys rest, and the hits stay as they are meanwhile.
func TestBrowserSettles(t *testing.T) {
	engine, err := bleve.Open(t.TempDir(), quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	w := newWorldOn(t, through{engine, func(ctx context.Context, ix indexer.Index, q indexer.Query) (*indexer.Result, error) {
		res, err := ix.Search(ctx, q)
		if err == nil && q.Typing {
			res.Facets.Person = nil // as an engine that counts no persons for those who type
		}
		return res, err
	}})
	w.source("Saker", "folder", "Salg", map[string][]hub.Item{"saker.xlsx#Saker": {
		row("2", time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC), "Porten står", [3]string{"Navn", hub.RoleCustomerName, "Ødegård Bryggeri AS"}, [3]string{"Kontakt", hub.RoleContact, "Rasmus Møller"}),
	}})
	w.settle()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	within(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/"), chromedp.WaitVisible(`#q`), chromedp.SendKeys(`#q`, "rasmus"))
	until(t, ctx, `document.querySelector("[data-unsettled]") && document.querySelector(".facets .muted")`)
	if read(t, ctx, chromedp.Evaluate[bool](`Boolean(document.querySelector('.facets a[data-at^="person "]'))`)) {
		t.Fatal("persons are counted at once: the test tests nothing")
	}
	within(t, ctx, chromedp.SendKeys(`#q`, kb.ArrowDown), chromedp.Evaluate[chromedp.Void](`window.hit = document.querySelector(".hit")`))
	until(t, ctx, `document.querySelector('.facets a[data-at^="person "]') && document.querySelector("#people .person")`)
	if !read(t, ctx, chromedp.Evaluate[bool](`window.hit.isConnected && results.contains(document.activeElement) && !location.search.includes("typing")`)) {
		t.Error("the hits, the focus or the address changed when the persons came")
	}
}

// TestBrowserNature: the kind of record that is typed is offered once the keys rest.
func TestBrowserNature(t *testing.T) {
	w := newWorld(t)
	w.source("Reklamasjoner", "folder", "Salg", map[string][]hub.Item{"reklamasjoner.xlsx#Reklamasjoner": {
		row("2", time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC), "Porten står", [3]string{"Navn", hub.RoleCustomerName, "Ødegård Bryggeri AS"}),
	}})
	w.settle()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "kari")
	within(t, ctx, chromedp.Navigate(base+"/"), chromedp.WaitVisible(`#q`), chromedp.SendKeys(`#q`, "reklamasjon"))
	until(t, ctx, `document.querySelector("#nature a")?.textContent === "Reklamasjoner (1)"`)
	within(t, ctx, chromedp.Click(`#nature a`))
	until(t, ctx, `document.querySelector(".hit .title")?.textContent.includes("Porten står") && location.search === "?nature=complaint"`)
}

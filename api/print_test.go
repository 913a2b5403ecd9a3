package api_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"samsyn/internal/hub"
)

var sheetOfPaper = regexp.MustCompile(`/Type /Page\b`)

// printed is what stands on paper, and how many sheets of it there are.
func printed(t *testing.T, ctx context.Context, address string) (text string, sheets int) {
	t.Helper()
	within(t, ctx, chromedp.Navigate(address), chromedp.WaitReady(`#timeline .event`))
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	if err != nil {
		t.Fatal(err)
	}
	text = read(t, ctx, chromedp.Evaluate[string](`document.querySelector("main").innerText`))
	pdf, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pdf.Data, []byte("%PDF")) {
		t.Fatal("no PDF came")
	}
	return text, len(sheetOfPaper.FindAll(pdf.Data, -1))
}

// TestPrintTellsWhereItEnds: a print of a part of a history says how much is missing
// and how to get it; one of all holds all, or says what does not fit.
func TestPrintTellsWhereItEnds(t *testing.T) {
	w := newWorld(t)
	w.company()
	sheet := func(orgno string, many int) (items []hub.Item) {
		for i := range many {
			day := w.now().AddDate(0, 0, -i-1).Truncate(24 * time.Hour)
			items = append(items, row(fmt.Sprint(orgno, i), day, "Ordre", [3]string{"Ordre", hub.RoleRecordNo, fmt.Sprint("N", i, ".", orgno)}, [3]string{"Orgnr", hub.RoleOrgNo, orgno}, [3]string{"Dato", hub.RoleDate, day.Format(time.DateOnly)}))
		}
		return items
	}
	w.source("Bok", "folder", "Salg", map[string][]hub.Item{"ordrer2.xlsx#Ark1": append(sheet("985821585", 100), sheet("923609016", 1100)...)})
	w.settle()
	ctx, base := browse(t, w)
	w.enter(ctx, base, "per")
	few, many := base+"/customers/"+w.customerID("narhval"), base+"/customers/"+w.customerID("asgard")
	within(t, ctx, chromedp.EmulateViewport(1280, 300)) // so that the next part is not fetched

	check := func(name, address string, minSheets int, want, not []string) (sheets int) {
		t.Helper()
		text, sheets := printed(t, ctx, address)
		for _, text2 := range want {
			if !strings.Contains(text, text2) {
				t.Errorf("%s: the print lacks %q: …%.400s", name, text2, text[max(0, len(text)-400):])
			}
		}
		for _, text2 := range not {
			if strings.Contains(text, text2) {
				t.Errorf("%s: the print has %q", name, text2)
			}
		}
		if sheets < minSheets {
			t.Errorf("%s: %d sheets of paper, want %d at least", name, sheets, minSheets)
		}
		return sheets
	}
	part := check("a part", few, 1, []string{"60 eldre poster er ikke med her", "«Vis alt for utskrift»", "100 poster"}, []string{"Vis eldre"})
	check("all", few+"?print=all", part+1, []string{"100 poster"}, []string{"ikke med her", "Skriv ut"})
	check("a year of it", few+"?print=all&nature=order", part+1, []string{"100 poster"}, []string{"ikke med her"})
	rec := w.do(scenario{user: "per", url: strings.TrimPrefix(few, base)}).Body.String()
	if !strings.Contains(rec, "?print=all#history") {
		t.Error("the page does not lead to what is to be printed")
	}
	next := regexp.MustCompile(`<a href="([^"]*)" data-more=`).FindStringSubmatch(rec)
	check("a later page", base+strings.ReplaceAll(strings.TrimSuffix(next[1], "#history"), "&amp;", "&"), 1, []string{"40 nyere poster", "20 eldre poster er ikke med her"}, nil)
	check("too many", many+"?print=all", 10, []string{"eldre poster er ikke med her", "ett år om gangen"}, nil)
	within(t, ctx, chromedp.Navigate(few), chromedp.Evaluate[chromedp.Void](`document.querySelector("a[data-more]").click()`))
	until(t, ctx, `document.querySelectorAll("#timeline .event").length >= 80`)
	if text := read(t, ctx, chromedp.Evaluate[string](`document.querySelector("#timeline").innerText`)); strings.Contains(text, "60 eldre") || strings.Contains(text, "nyere") || !strings.Contains(text, "20 eldre poster er ikke med her") {
		t.Errorf("after more was fetched the print ends with %q", text[max(0, len(text)-200):])
	}
}

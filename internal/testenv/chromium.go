package testenv

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// Chromium returns the path of the browser.
func Chromium(t testing.TB) string {
	t.Helper()
	path, err := program("chromium", "chromium-browser", "google-chrome")
	if err != nil {
		missing(t, "Chromium", "chromium")
	}
	return path
}

// ChromiumFlags are the flags, without leading dashes, under which the browser
// runs unseen, as root and in a container, and looks for nothing on the network.
func ChromiumFlags() map[string]any {
	return map[string]any{
		"headless":                      "new",
		"no-sandbox":                    true, // refuses root otherwise; it sees our own pages only
		"disable-dev-shm-usage":         true,
		"disable-gpu":                   true,
		"disable-background-networking": true,
		"disable-component-update":      true,
		"disable-sync":                  true,
		"no-first-run":                  true,
		"hide-scrollbars":               true,
		"force-color-profile":           "srgb",
	}
}

// Browse starts a browser with a fresh profile, in which the pages are in
// Norwegian. It ends with the test.
func Browse(t testing.TB) context.Context {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(Chromium(t)), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("lang", "nb-NO"), chromedp.Flag("accept-lang", "nb-NO,nb")}
	for name, value := range ChromiumFlags() {
		options = append(options, chromedp.Flag(name, value))
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the browser lives as long as the context of the first call
		t.Fatal(err)
	}
	return ctx
}

package testenv

import "testing"

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

package testenv

import (
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	toldCount  = regexp.MustCompile(`<a[^>]* href="([^"]*)"[^>]*><data value="(\d+)">`)
	shownCount = regexp.MustCompile(`<h2 id="h-history">[^<]*<small[^>]*><data value="(\d+)">`)
	lineShown  = regexp.MustCompile(`<li class="event">`)
	mailsShown = regexp.MustCompile(`<span class="tag"><data value="(\d+)">`)
	moreLines  = regexp.MustCompile(`data-more="([^"]*)"`)
	contacts   = regexp.MustCompile(`(?s)<h2 id="h-contacts">.*?</section>`)
)

// Counts follows every count of a customer page, and fails where what it leads to is
// not as many as it says. It returns the filters that were met, by name and with the
// first value ("state", "state open").
func Counts(t testing.TB, read func(address string) string, address string) map[string]bool {
	t.Helper()
	page, met := read(address), map[string]bool{}
	links := toldCount.FindAllStringSubmatch(page, -1)
	if len(links) < 3 {
		t.Fatalf("%s: only %d counts lead anywhere", address, len(links))
	}
	for _, m := range links {
		to, told := html.UnescapeString(m[1]), m[2]
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range u.Query() {
			met[name], met[name+" "+values[0]] = true, true
		}
		shown := read(u.RequestURI())
		if u.Fragment == "h-contacts" {
			if n := strings.Count(contacts.FindString(shown), "<li>"); strconv.Itoa(n) != told {
				t.Errorf("%s: %s contacts are told of, %d are shown", to, told, n)
			}
			continue
		}
		if m := shownCount.FindStringSubmatch(shown); m == nil || m[1] != told {
			t.Errorf("%s: %s are told of, there it says %q", to, told, m)
		}
		if n := listed(t, read, shown[strings.Index(shown, `id="timeline"`):]); strconv.Itoa(n) != told {
			t.Errorf("%s: %s are told of, %d are listed", to, told, n)
		}
	}
	return met
}

// listed counts the records of a history that a page shows, and all its further parts.
func listed(t testing.TB, read func(address string) string, page string) int {
	t.Helper()
	n := len(lineShown.FindAllString(page, -1))
	for _, m := range mailsShown.FindAllStringSubmatch(page, -1) {
		mails, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		n += mails - 1
	}
	if m := moreLines.FindStringSubmatch(page); m != nil {
		n += listed(t, read, read(html.UnescapeString(m[1])))
	}
	return n
}

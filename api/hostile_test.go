package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"samsyn/internal/store"
)

// hostile are queries that nobody types by mistake alone.
var hostile = []string{
	``, ` `, `"`, `""`, `"""`, `" "`, `((((`, `)`, `[a-z]*`, `*`, `?`, `a*b?c`, `~1`, `field:value`, `-minus +plus`, `AND OR NOT`, `\`, `\\"`,
	`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `"><svg onload=alert(1)>`, `{{.}}`, `${7*7}`, `%s%n%x`, `%00`, "\x00", "a\x00b", "\xff\xfe", "\r\n",
	`' OR 1=1 --`, `'; DROP TABLE records; --`, `😀`, `👩‍👩‍👧‍👦 ødegård`, "e\u0301", "\u202eabc", "\ufeff", "٣٤٥", "．／", strings.Repeat("a", 10_000), strings.Repeat("å ", 5_000), strings.Repeat("ab ", 3_000),
	strings.Repeat(`"a b" `, 1_000), strings.Repeat("(", 10_000), strings.Repeat("1 ", 5_000), strings.Repeat("a\u0300", 3_000), strings.Repeat("/.", 5_000), "923 609 016", "+47 22 86 44 00", "F46253879",
}

// TestHostileQueries: every query is answered sensibly and soon, as data, page,
// part and workbook, and comes back as text and never as markup.
func TestHostileQueries(t *testing.T) { inBothWorlds(t, testHostileQueries) }

func testHostileQueries(t *testing.T, w *world) {
	w.company()
	for _, q := range hostile {
		for _, path := range []string{"/api/v1/search?q=", "/?q=", "/results?q=", "/export.xlsx?q=", "/customers?q=", "/?q=a&department=", "/?q=a&person=", "/?q=a&from=", "/?q=a&sort=", "/?q=a&page=", "/?q=a&above=", "/?q=a&customer="} {
			start := time.Now()
			rec := w.do(scenario{user: "kari", url: path + url.QueryEscape(q)})
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s%.40q took %s", path, q, took)
			}
			if rec.Code != 200 {
				t.Errorf("%s%.40q: status %d", path, q, rec.Code)
			}
			for _, bad := range []string{"<script>alert", "<img src=x", "<svg onload"} {
				if !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/export") && strings.Contains(rec.Body.String(), bad) {
					t.Errorf("%s%.40q comes back as markup", path, q)
				}
			}
		}
	}
}

// TestHostileTexts: whatever text reaches a statement, both databases take it,
// and the access log, which notes what was asked, is written on.
func TestHostileTexts(t *testing.T) { inBothWorlds(t, testHostileTexts) }

func testHostileTexts(t *testing.T, w *world) {
	w.company()
	customer := w.customerID("odegard")
	for _, text := range hostile {
		asked := url.QueryEscape(text)
		for _, path := range []string{"/customers/" + customer + "/history?person=", "/customers/" + customer + "/history?nature=", "/customers/" + customer + "?nature=",
			"/access?who=", "/access?action=", "/api/v1/access?who=", "/api/v1/access?action="} {
			if rec := w.do(scenario{user: "kari", url: path + asked}); rec.Code != 200 {
				t.Errorf("%s%.40q: status %d", path, text, rec.Code)
			}
		}
		for _, s := range []scenario{
			{user: "kari", url: "/api/v1/users/" + url.PathEscape(text) + "/tokens"},
			{user: "kari", method: "POST", url: "/searches", body: url.Values{"name": {text}, "query": {"q=odegard"}}.Encode()},
			{user: "kari", method: "POST", url: "/account/token", body: url.Values{"label": {text}}.Encode()},
			{method: "POST", url: "/login", body: url.Values{"name": {text}, "password": {text}}.Encode()},
		} {
			if rec := w.do(s); rec.Code >= 500 {
				t.Errorf("%s with %.40q: status %d", s.url, text, rec.Code)
			}
		}
	}
	w.must(w.server.Close())
	noted, err := w.access.Lines(t.Context(), store.AccessFilter{Who: "kari"}, 1)
	if err != nil || len(noted) != 1 {
		t.Errorf("the access log says %v, %v", noted, err)
	}
	if _, err := w.access.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestFormsRefuseOtherSites: a form of another site changes nothing, whatever it
// is sent to; only what the browser says of where it comes from decides.
func TestFormsRefuseOtherSites(t *testing.T) {
	w := newWorld(t)
	w.company()
	for _, method := range []string{"POST", "PATCH", "DELETE", "PUT"} {
		for _, address := range w.everyAddress(method) {
			for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}} {
				rec := w.do(scenario{user: "kari", method: method, url: address, body: "name=x", header: header})
				if rec.Code != 403 {
					t.Errorf("%s %s with %v: status %d", method, address, header, rec.Code)
				}
			}
		}
	}
}

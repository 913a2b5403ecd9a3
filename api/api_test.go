package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// scenario is one request and what must, and must not, come back.
type scenario struct {
	name        string
	user        string // logged in as; "" nobody, "local" the operator
	method, url string
	brief       bool // of an answer that does not end, its beginning
	header      map[string]string
	body        string
	status      int
	want, not   []string
	location    string
}

// session logs the user in once and returns the cookie.
func (w *world) session(user string) string {
	w.t.Helper()
	if w.cookie[user] == "" {
		form := url.Values{"name": {user}, "password": {password}}
		r := httptest.NewRequest("POST", "/login", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		w.server.Handler().ServeHTTP(rec, r)
		if rec.Code != http.StatusSeeOther {
			w.t.Fatalf("log in %s: status %d: %s", user, rec.Code, rec.Body)
		}
		w.cookie[user] = strings.SplitN(rec.Header().Get("Set-Cookie"), ";", 2)[0]
	}
	return w.cookie[user]
}

func (w *world) do(s scenario) *httptest.ResponseRecorder {
	w.t.Helper()
	method := s.method
	if method == "" {
		method = "GET"
	}
	var body io.Reader
	if s.body != "" {
		body = strings.NewReader(s.body)
	}
	r := httptest.NewRequest(method, s.url, body)
	if strings.HasPrefix(s.body, "{") {
		r.Header.Set("Content-Type", "application/json")
	} else if s.body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if !strings.HasPrefix(s.url, "/api/") {
		r.Header.Set("Accept", "text/html")
	}
	if s.brief {
		ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
		if strings.HasSuffix(s.url, "/events") {
			ctx, cancel = context.WithTimeout(w.t.Context(), 100*time.Millisecond)
		}
		defer cancel()
		r = r.WithContext(ctx)
	}
	handler := w.server.Handler()
	switch s.user {
	case "":
	case "local":
		handler = w.server.Local()
	default:
		r.Header.Set("Cookie", w.session(s.user))
	}
	for k, v := range s.header {
		r.Header.Set(k, v)
	}
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, r)
	w.described(method, r.URL.Path, rec.Code)
	return rec
}

func (w *world) run(scenarios []scenario) {
	for _, s := range scenarios {
		name := s.name
		if name == "" {
			name = s.user + " " + s.method + s.url
		}
		w.t.(*testing.T).Run(name, func(t *testing.T) {
			rec := w.do(s)
			text := rec.Body.String()
			if rec.Code != s.status {
				t.Fatalf("status %d, want %d: %s", rec.Code, s.status, text)
			}
			for _, want := range s.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in %s", want, text)
				}
			}
			for _, not := range s.not {
				if strings.Contains(text, not) {
					t.Errorf("%q must not appear in %s", not, text)
				}
			}
			if s.location != "" && rec.Header().Get("Location") != s.location {
				t.Errorf("location %q, want %q", rec.Header().Get("Location"), s.location)
			}
		})
	}
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.run([]scenario{
		{name: "nobody", url: "/api/v1/search?q=x", status: 401, want: []string{"Log in first", `"status":401`, `"type":"about:blank"`}},
		{name: "typo finds the customer", user: "kari", url: "/api/v1/search?q=odegard", status: 200,
			want: []string{`"query":"odegard"`, `"customers":[{"id":"c`, "Ødegård Bryggeri AS", `"facets":{"department"`, `"took_ms":`}},
		{name: "number as typed", user: "per", url: "/api/v1/search?q=974+760+673", status: 200, want: []string{"Ødegård Bryggeri AS"}},
		{name: "order number", user: "per", url: "/api/v1/search?q=F46253879", status: 200, want: []string{"Ordre F46253879", "ordrer.xlsx › 2026, row 4"}},
		{name: "other department is not there", user: "per", url: "/api/v1/search?q=hvalross", status: 200, want: []string{`"total":0`, `"hits":[]`}, not: []string{"Økonomi", "Hvalross:"}},
		{name: "no department sees nothing", user: "ola", url: "/api/v1/search?q=odegard", status: 200, want: []string{`"total":0`, `"customers":[]`}, not: []string{"Bryggeri"}},
		{name: "snippet is safe", user: "kari", url: "/api/v1/search?q=ristelyd", status: 200, want: []string{"<mark>"}, not: []string{"<script>"}},
		{name: "programs get values as stored", user: "kari", url: "/api/v1/search?q=F46253879", status: 200, want: []string{"Dato: 2026-03-05", "Beløp: 128400.5"}},
		{name: "what was found in them marked", user: "kari", url: "/api/v1/search?q=128400.5", status: 200, want: []string{"Dato: 2026-03-05 · ", "Beløp: <mark>128400.5</mark>"}},
		{name: "people read them in their language", user: "kari", url: "/?q=128400.5", header: map[string]string{"Accept": "text/html", "Accept-Language": "nb"}, status: 200,
			want: []string{"Dato: 05.03.2026", "Beløp: <mark>128\u00a0400,50</mark>"}, not: []string{"Dato: 2026-03-05"}},
		{name: "one mail in two mailboxes is one hit", user: "kari", url: "/api/v1/search?q=p%C3%A5ske", status: 200, want: []string{`"total":1,`, "Postkasse salg", "Postkasse service"}},
		{name: "bad date", user: "kari", url: "/api/v1/search?q=x&from=igår", status: 422, want: []string{"a date must read like"}},
		{name: "bad sort", user: "kari", url: "/api/v1/search?q=x&sort=sideways", status: 422, want: []string{"query.sort", `"type":"about:blank"`}},
		{name: "long query", user: "kari", url: "/api/v1/search?q=" + strings.Repeat("aab%22%28", 2000), status: 200},
	})
}

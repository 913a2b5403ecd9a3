package api_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"samsyn/internal/hub"
)

// TestOpenAPIAgrees compares the routes with their description, both ways.
func TestOpenAPIAgrees(t *testing.T) {
	w := newWorld(t)
	parameter := regexp.MustCompile(`:(\w+)`)
	var routes, described []string
	for _, r := range w.server.Routes() {
		if path, ok := strings.CutPrefix(r.Path, "/api/v1"); ok {
			routes = append(routes, r.Method+" "+parameter.ReplaceAllString(path, "{$1}"))
		}
	}
	rec := w.do(scenario{user: "ola", url: "/api/v1/openapi.json"})
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	w.must(json.Unmarshal(rec.Body.Bytes(), &doc))
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi %q", doc.OpenAPI)
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(routes)
	slices.Sort(described)
	if !slices.Equal(routes, described) {
		t.Errorf("routes    %v\ndescribed %v", routes, described)
	}
	for _, want := range []string{
		"GET /search", "GET /customers", "GET /customers/{id}", "GET /customers/{id}/history", "GET /records/{id}", "GET /records/{id}/original",
		"GET /sources", "POST /sources", "PATCH /sources/{id}", "DELETE /sources/{id}", "POST /sources/{id}/check", "POST /sources/{id}/sync",
		"POST /sources/{id}/accept", "GET /problems", "GET /suggestions", "POST /decisions", "DELETE /decisions/{id}",
		"POST /departments/{department}/files", "GET /events", "GET /openapi.json",
	} {
		if !slices.Contains(routes, want) {
			t.Errorf("the contract's %s is missing", want)
		}
	}
}

// described fails the test when an operation answers with a status that its
// description does not name.
func (w *world) described(method, address string, status int) {
	w.t.Helper()
	address, ok := strings.CutPrefix(address, "/api/v1")
	if !ok {
		return
	}
	for template, item := range w.server.API().OpenAPI().Paths {
		op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PATCH": item.Patch, "DELETE": item.Delete}[method]
		pattern := regexp.MustCompile(`^` + regexp.MustCompile(`\{\w+\}`).ReplaceAllString(template, `[^/]+`) + `$`)
		if op != nil && pattern.MatchString(address) && op.Responses[strconv.Itoa(status)] == nil {
			w.t.Errorf("%s %s answers %d, of which openapi.json does not tell", method, template, status)
		}
	}
}

// TestStatusesAreDescribed has operations refuse what they are asked, in the ways
// that depend on the operation; do compares the answers with the description.
func TestStatusesAreDescribed(t *testing.T) {
	w := newWorld(t)
	w.company()
	_, customer := w.first(t)
	record := w.recordIn("Salg")
	w.must(os.RemoveAll(filepath.Join(w.folder, "Salg")))
	w.source("Nye", "folder", "Service", map[string][]hub.Item{"nye.xlsx#Ark1": {row("2", time.Time{}, "Ikke koblet")}})
	salg := "/api/v1/sources/" + w.ids["Salg"].String()
	form := map[string]string{"Content-Type": "multipart/form-data; boundary=x"}
	file := func(name string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\na;b\r\n--x--\r\n"
	}
	w.run([]scenario{
		{name: "cursor", user: "kari", url: "/api/v1/customers/" + customer + "/history?cursor=x", status: 400},
		{name: "broken", user: "kari", method: "POST", url: "/api/v1/decisions", body: `{"decision"`, status: 400},
		{name: "empty", user: "kari", method: "POST", url: "/api/v1/users", status: 400},
		{name: "large", user: "kari", method: "PATCH", url: salg, body: `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413},
		{name: "not JSON", user: "kari", method: "POST", url: "/api/v1/users/kari/tokens", body: "label=x", status: 415},
		{name: "user exists", user: "kari", method: "POST", url: "/api/v1/users", body: `{"name":"per","role":"employee"}`, status: 409},
		{name: "oneself", user: "kari", method: "DELETE", url: "/api/v1/users/kari", status: 409},
		{name: "own role", user: "kari", method: "PATCH", url: "/api/v1/users/kari", body: `{"role":"it"}`, status: 409},
		{name: "source exists", user: "kari", method: "POST", url: "/api/v1/sources", body: `{"name":"Salg","kind":"folder","department":"Salg","settings":{"path":"/x"}}`, status: 409},
		{name: "name taken", user: "kari", method: "PATCH", url: salg, body: `{"name":"Service"}`, status: 409},
		{name: "pause", user: "kari", method: "PATCH", url: salg, body: `{"paused":true}`, status: 200},
		{name: "paused", user: "kari", method: "POST", url: salg + "/sync", status: 409},
		{name: "no workbook", user: "ida", method: "POST", url: "/api/v1/departments/Service/files", body: file("brev.docx"), header: form, status: 415},
		{name: "original is away", user: "kari", url: "/api/v1/records/" + record + "/original", status: 502},
		{name: "linking", user: "kari", method: "POST", url: "/api/v1/decisions/preview", body: `{"decision":"merge","a":{"orgno":"974760673"},"b":{"orgno":"923609016"}}`, status: 409},
		{name: "unknown token", url: "/api/v1/openapi.json", header: map[string]string{"Authorization": "Bearer x"}, status: 401},
	})
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	rec := httptest.NewRecorder()
	w.server.Local().ServeHTTP(rec, httptest.NewRequestWithContext(late, "GET", "/api/v1/search?q=x", nil))
	if rec.Code != 504 {
		t.Errorf("too late is answered by %d", rec.Code)
	}
	w.described("GET", "/api/v1/search", rec.Code)
}

// TestAnswersFitOpenAPI validates real answers by the schemas they are promised in.
func TestAnswersFitOpenAPI(t *testing.T) {
	w := newWorld(t)
	w.company()
	record, customer := w.first(t)
	for _, at := range []struct{ method, route, url, body string }{
		{"GET", "/me", "/me", ""},
		{"GET", "/search", "/search?q=odegard", ""},
		{"GET", "/customers", "/customers", ""},
		{"GET", "/customers/{id}", "/customers/" + customer, ""},
		{"GET", "/customers/{id}/history", "/customers/" + customer + "/history", ""},
		{"GET", "/records/{id}", "/records/" + record, ""},
		{"GET", "/sources", "/sources", ""},
		{"GET", "/problems", "/problems", ""},
		{"GET", "/suggestions", "/suggestions", ""},
		{"POST", "/decisions", "/decisions", `{"decision":"cannot-link","a":{"orgno":"974760673"},"b":{"orgno":"923609016"},"why":"apart"}`},
		{"GET", "/decisions", "/decisions", ""},
		{"GET", "/users", "/users", ""},
		{"POST", "/users", "/users", `{"name":"Eva","role":"employee","departments":["Salg"],"password":"lang nok streng"}`},
		{"POST", "/users/{name}/tokens", "/users/eva/tokens", `{"label":"skript"}`},
		{"GET", "/users/{name}/tokens", "/users/eva/tokens", ""},
		{"PATCH", "/users/{name}", "/users/eva", `{"role":"it"}`},
		{"POST", "/sources/{id}/check", "/sources/" + w.ids["Salg"].String() + "/check", ""},
		{"PATCH", "/sources/{id}", "/sources/" + w.ids["Salg"].String(), `{"paused":false}`},
		{"GET", "/records/{id}", "/records/r99999", ""},
		{"GET", "/search", "/search?q=x&sort=no", ""},
	} {
		t.Run(at.method+" "+at.url, func(t *testing.T) {
			rec := w.do(scenario{user: "kari", method: at.method, url: "/api/v1" + at.url, body: at.body})
			if rec.Code >= 500 {
				t.Fatalf("status %d: %s", rec.Code, rec.Body)
			}
			validate(t, w, at.method, at.route, rec.Code, rec.Header().Get("Content-Type"), rec.Body.Bytes())
		})
	}
}

func validate(t *testing.T, w *world, method, route string, status int, mediaType string, body []byte) {
	t.Helper()
	doc := w.server.API().OpenAPI()
	item := doc.Paths[route]
	op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PATCH": item.Patch}[method]
	response := op.Responses[strconv.Itoa(status)]
	if response == nil {
		t.Fatalf("status %d is not described: %s", status, body)
	}
	media := response.Content[strings.Split(mediaType, ";")[0]]
	if media == nil {
		t.Fatalf("%s is not described for status %d", mediaType, status)
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatal(err)
	}
	result := &huma.ValidateResult{}
	huma.Validate(doc.Components.Schemas, media.Schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, value, result)
	for _, err := range result.Errors {
		t.Errorf("%v in %s", err, body)
	}
}

// first finds a record and a customer to ask for.
func (w *world) first(t *testing.T) (record, customer string) {
	t.Helper()
	var found struct {
		Customers []struct{ ID string }
		Hits      []struct{ ID string }
	}
	w.must(json.Unmarshal(w.do(scenario{user: "kari", url: "/api/v1/search?q=odegard"}).Body.Bytes(), &found))
	if len(found.Hits) == 0 || len(found.Customers) == 0 {
		t.Fatal("the search finds nothing")
	}
	if _, err := hub.ParseRecordID(found.Hits[0].ID); err != nil {
		t.Fatal(err)
	}
	return found.Hits[0].ID, found.Customers[0].ID
}

package api_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

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

package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samsyn/api"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

func TestSources(t *testing.T) {
	w := newWorld(t)
	w.company()
	dir := t.TempDir()
	add := func(name, path string) string {
		text, err := json.Marshal(map[string]any{"name": name, "kind": "folder", "department": "Salg", "settings": map[string]any{"path": path, "password": "dør"}})
		w.must(err)
		return string(text)
	}
	salg := "/api/v1/sources/" + w.ids["Salg"].String()
	w.run([]scenario{
		{name: "add", user: "ida", method: "POST", url: "/api/v1/sources", body: add("Ny", dir), status: 201, want: []string{`"name":"Ny"`, `"password":""`}, not: []string{"dør"}},
		{name: "name taken", user: "ida", method: "POST", url: "/api/v1/sources", body: add("Ny", dir), status: 409},
		{name: "unknown kind", user: "ida", method: "POST", url: "/api/v1/sources", body: `{"name":"x","kind":"fax","department":"Salg","settings":{}}`, status: 422, want: []string{"there is no connector kind"}},
		{name: "misspelt setting", user: "ida", method: "POST", url: "/api/v1/sources", body: `{"name":"x","kind":"folder","department":"Salg","settings":{"pth":"/x"}}`, status: 422, want: []string{"pth"}},
		{name: "missing setting", user: "ida", method: "POST", url: "/api/v1/sources", body: add("y", ""), status: 422, want: []string{"say which directory"}},
		{name: "check", user: "ida", method: "POST", url: salg + "/check", status: 200, want: []string{`"ok":true`}},
		{name: "pause", user: "ida", method: "PATCH", url: salg, body: `{"paused":true}`, status: 200, want: []string{`"paused":true`}},
		{name: "move what one does not read", user: "ida", method: "PATCH", url: salg, body: `{"department":"Service"}`, status: 403, want: []string{"Only somebody who sees Salg"}},
		{name: "the department it has already is no move", user: "ida", method: "PATCH", url: salg, body: `{"department":"Salg","paused":true}`, status: 200},
		{name: "move what one reads", user: "kari", method: "PATCH", url: "/api/v1/sources/" + w.ids["Service"].String(), body: `{"department":"Kundeservice"}`, status: 200},
		{name: "sync while paused", user: "ida", method: "POST", url: salg + "/sync", status: 409, want: []string{"paused"}},
		{name: "resume", user: "ida", method: "PATCH", url: salg, body: `{"paused":false}`, status: 200},
		{name: "sync", user: "ida", method: "POST", url: salg + "/sync", status: 202},
		{name: "bad folder", user: "ida", method: "PATCH", url: salg, body: `{"settings":{"path":"/nowhere"}}`, status: 200, not: []string{"hemmelig"}},
		{name: "check says what is wrong", user: "ida", method: "POST", url: salg + "/check", status: 200, want: []string{`"ok":false`, "check that it exists", `"class":"broken"`}},
		{name: "accept", user: "ida", method: "POST", url: salg + "/accept", status: 200, want: []string{`"records":0`}},
		{name: "no such source", user: "ida", method: "POST", url: "/api/v1/sources/s999/sync", status: 404},
		{name: "remove", user: "ida", method: "DELETE", url: salg, status: 204},
		{name: "the form of a kind", user: "ida", url: "/sources", status: 200, want: []string{`name="set.path"`, `type="password" name="set.password" value=""`, `name="set.deep" checked`, "<textarea name=\"set.include\""}, not: []string{"hemmelig"}},
		{name: "by the page", user: "ida", method: "POST", url: "/sources", body: "kind=folder&name=Fra+siden&department=Lager&set.path=" + dir + "&set.poll=30&set.include=a%0Ab", status: 303, location: "/sources?done=added"},
		{name: "page with a fault keeps what was typed", user: "ida", method: "POST", url: "/sources", body: "kind=folder&name=Halv&department=Lager&set.poll=ofte", status: 422, want: []string{`role="alert"`, `value="Halv"`, "poll må være et helt tall"}},
	})
	src, err := w.store.SourceByName(t.Context(), "Fra siden")
	w.must(err)
	if got := string(src.Config); !strings.Contains(got, `"poll":30`) || !strings.Contains(got, `["a","b"]`) {
		t.Errorf("settings from the page: %s", got)
	}
	src, err = w.store.SourceByName(t.Context(), "Ny")
	w.must(err)
	if !strings.Contains(string(src.Config), sealed("dør")) {
		t.Errorf("the secret is not sealed: %s", src.Config)
	}
}

// drop uploads a file as the user and returns the answer.
func (w *world) drop(user, department, name, content string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.dropAll(user, department, [2]string{name, content})
}

// dropAll uploads files, each a name and its content, at once.
func (w *world) dropAll(user, department string, files ...[2]string) *httptest.ResponseRecorder {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, file := range files {
		part, err := form.CreateFormFile("file", file[0])
		w.must(err)
		part.Write([]byte(file[1]))
	}
	w.must(form.Close())
	r := httptest.NewRequest("POST", "/api/v1/departments/"+department+"/files", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Cookie", w.session(user))
	rec := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(rec, r)
	return rec
}

func TestUpload(t *testing.T) {
	w := newWorld(t)
	w.company()
	dir := filepath.Join(w.folder, "Salg")
	outside := filepath.Join(w.folder, "secret.csv")
	w.must(os.WriteFile(outside, []byte("untouched"), 0o600))
	w.must(os.Symlink(outside, filepath.Join(dir, "link.csv")))
	for _, c := range []struct {
		user, department, name string
		status                 int
		want                   string
	}{
		{"per", "Salg", "Kunder påske.xlsx", 200, `"replaced":false`},
		{"per", "Salg", "Kunder påske.xlsx", 200, `"replaced":true`},
		{"per", "Salg", "link.csv", 200, `"replaced":true`},
		{"per", "Salg", "../../evil.csv", 200, `"name":"evil.csv"`}, // the standard library cuts the folders off
		{"per", "Salg", `..\evil.csv`, 422, "without folders"},
		{"per", "Salg", ".hidden.csv", 422, "Hidden"},
		{"per", "Salg", "~$lock.xlsx", 422, "lock files"},
		{"per", "Salg", "prog.exe", 415, ".xlsx"},
		{"per", "Service", "a.csv", 404, "no such department"},
		{"per", "Finnes ikke", "a.csv", 404, "no such department"},
		{"kari", "Lager", "a.csv", 404, "no folder"},
	} {
		before := len(w.asked)
		rec := w.drop(c.user, strings.ReplaceAll(c.department, " ", "%20"), c.name, "a;b\n1;2\n")
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.want) {
			t.Errorf("%s into %s: status %d: %s", c.name, c.department, rec.Code, rec.Body)
		}
		if asked := len(w.asked) > before; asked != (c.status == 200) {
			t.Errorf("%s into %s: asked for a look: %t", c.name, c.department, asked)
		}
	}
	if text, _ := os.ReadFile(outside); string(text) != "untouched" {
		t.Errorf("the upload followed a link out of the folder: %q", text)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".upload-*"))
	w.must(err)
	if len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

// TestUploadIsWholeOrNot: when one file of an upload cannot be put where it
// belongs, the folder is as it was before.
func TestUploadIsWholeOrNot(t *testing.T) {
	w := newWorld(t)
	w.company()
	dir := filepath.Join(w.folder, "Salg")
	w.must(os.Mkdir(filepath.Join(dir, "mappe.csv"), 0o755))
	w.must(os.WriteFile(filepath.Join(dir, "gammel.csv"), []byte("as it was"), 0o600))
	rec := w.dropAll("per", "Salg", [2]string{"ny.csv", "a;b\n"}, [2]string{"gammel.csv", "a;b\n"}, [2]string{"mappe.csv", "a;b\n"}, [2]string{"sist.csv", "a;b\n"})
	if rec.Code != http.StatusConflict || !strings.Contains(rec.Body.String(), "folder") {
		t.Errorf("status %d: %s", rec.Code, rec.Body)
	}
	list := func() string {
		entries, err := os.ReadDir(dir)
		w.must(err)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	if got := list(); got != "gammel.csv mappe.csv" {
		t.Errorf("the folder holds %s", got)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "gammel.csv")); string(text) != "as it was" {
		t.Errorf("the file that was there is %q, %v", text, err)
	}
	if len(w.asked) > 0 {
		t.Error("a look was asked for")
	}
	rec = w.dropAll("per", "Salg", [2]string{"ny.csv", "a;b\n"}, [2]string{"gammel.csv", "a;b\n"})
	if rec.Code != 200 || strings.Count(rec.Body.String(), `"replaced":true`) != 1 {
		t.Errorf("without it: status %d: %s", rec.Code, rec.Body)
	}
	if got := list(); got != "gammel.csv mappe.csv ny.csv" {
		t.Errorf("the folder holds %s", got)
	}
}

// TestUploadIsReadByALaterLook: a look that was under way when the files came may
// have passed by; only one that began afterwards has read them.
func TestUploadIsReadByALaterLook(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.wait = 1500 * time.Millisecond
	w.serve()
	for _, c := range []struct {
		name   string
		before bool // the look begins before the file lies there
	}{{"before.csv", true}, {"after.csv", false}} {
		begin := func() *store.Sync {
			y, err := w.store.BeginSync(t.Context(), w.ids["Salg"], "test", time.Minute)
			w.must(err)
			return y
		}
		w.session("per")
		var y *store.Sync
		if c.before {
			y = begin()
		}
		var receipt api.Receipt
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			if err := json.Unmarshal(w.drop("per", "Salg", c.name, "a;b\n").Body.Bytes(), &receipt); err != nil {
				t.Error(err)
			}
		}()
		for {
			if _, err := os.Stat(filepath.Join(w.folder, "Salg", c.name)); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond) // the clock of the store is one of milliseconds
		if !c.before {
			y = begin()
		}
		w.must(y.Finish(t.Context(), store.Outcome{Complete: true}))
		<-answered
		if receipt.Read == c.before {
			t.Errorf("%s: by a look that began before it (%t) it was read: %t", c.name, c.before, receipt.Read)
		}
	}
}

func TestEvents(t *testing.T) {
	w := newWorld(t)
	w.company()
	server := httptest.NewServer(w.server.Handler())
	t.Cleanup(server.Close)
	listen := func(user string) *bufio.Scanner {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		t.Cleanup(cancel)
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/v1/events", nil)
		w.must(err)
		r.Header.Set("Cookie", w.session(user))
		res, err := http.DefaultClient.Do(r)
		w.must(err)
		t.Cleanup(func() { res.Body.Close() })
		return bufio.NewScanner(res.Body)
	}
	mine := listen("per")
	await := func(lines *bufio.Scanner, wanted ...string) string {
		for lines.Scan() {
			text := lines.Text()
			if strings.Contains(text, "Økonomi") || strings.Contains(text, "Service") {
				t.Fatalf("per hears of %s", text)
			}
			all := true
			for _, want := range wanted {
				all = all && strings.Contains(text, want)
			}
			if all {
				return text
			}
		}
		t.Fatalf("no event with %v", wanted)
		return ""
	}
	await(mine, `"source_name":"Salg"`, `"syncing":false`)
	w.source("Nye ordrer", "folder", "Salg", nil)
	await(mine, `"source_name":"Nye ordrer"`)
	y, err := w.store.BeginSync(t.Context(), w.ids["Nye ordrer"], "test", time.Minute)
	w.must(err)
	await(mine, `"source_name":"Nye ordrer"`, `"syncing":true`)
	scope := hub.Scope{Name: "a.csv", Version: "1"}
	_, err = y.Scope(t.Context(), scope.Name)
	w.must(err)
	w.must(y.Put(t.Context(), scope, []hub.Item{row("2", time.Time{}, "Ny rad", [3]string{"Navn", hub.RoleCustomerName, "Hei AS"})}))
	await(mine, `"new":1`, `"department":"Salg"`)

	w.server.EndStreams() // a server that ends does not wait for its listeners
	for mine.Scan() {
	}
	w.must(mine.Err())
}

// TestSourceWithProblems: a source of which something could not be read is not all well.
func TestSourceWithProblems(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.must(w.store.Problem(t.Context(), hub.Problem{Source: w.ids["Salg"], Scope: "a.xlsx#Ark1", Ref: "7", Class: hub.ClassBroken, Reason: "the file is empty"}))
	page := w.do(scenario{user: "kari", url: "/sources"}).Body.String()
	if good, partly := strings.Count(page, `state good">I orden`), strings.Count(page, `state busy">Lest, men ikke alt`); partly != 1 || good != len(w.ids)-1 {
		t.Errorf("%d sources are all well and %d are read in part, of %d: %s", good, partly, len(w.ids), page)
	}
}

// TestProblemsNameUnreadSources: nothing is called read where a whole source cannot be.
func TestProblemsNameUnreadSources(t *testing.T) {
	w := newWorld(t)
	w.company()
	w.run([]scenario{{name: "all read", user: "kari", url: "/problems", status: 200, want: []string{"Ingenting mangler"}}})
	y, err := w.store.BeginSync(t.Context(), w.ids["Service"], "test", time.Minute)
	w.must(err)
	w.must(y.Finish(t.Context(), store.Outcome{Class: hub.ClassAuth, Reason: "The password is wrong."}))
	w.run([]scenario{
		{name: "whose it is", user: "ida", url: "/problems", status: 200, want: []string{"ett problem", "The password is wrong.", "/sources#" + w.ids["Service"].String()}, not: []string{"Ingenting mangler"}},
		{name: "of others", user: "per", url: "/problems", status: 200, want: []string{"Ingenting mangler"}, not: []string{"password"}},
	})
}

package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/api"
)

// TestBounds: only what moves files or goes on for ever has no deadline, and only
// an upload may be large.
func TestBounds(t *testing.T) {
	w := newWorld(t)
	w.company()
	long := []string{"/api/v1/departments/:department/files", "/api/v1/events", "/api/v1/records/:id/original"}
	found := 0
	for _, r := range w.server.Routes() {
		if api.Long(r.Path) != slices.Contains(long, r.Path) {
			t.Errorf("%s %s is without a deadline: %t", r.Method, r.Path, api.Long(r.Path))
		}
		if slices.Contains(long, r.Path) {
			found++
		}
	}
	if found != len(long) {
		t.Errorf("%d routes are long, want %v", found, long)
	}
	for _, path := range []string{"/sources/" + w.ids["Salg"].String() + "/files", "/searches"} {
		body := strings.NewReader("name=" + strings.Repeat("a", 4<<20))
		r := httptest.NewRequest("POST", path, body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", w.session("kari"))
		w.server.Handler().ServeHTTP(httptest.NewRecorder(), r)
		if read := body.Size() - int64(body.Len()); read > 2<<20 {
			t.Errorf("%s: %d bytes of a form were read", path, read)
		}
	}
}

// TestSlowBodies: who sends a body and stops is cut off, whoever uploads may take
// as long as bytes come, and an answer may take longer than the body.
func TestSlowBodies(t *testing.T) {
	w := newWorld(t)
	w.company()
	const bodyTime = 600 * time.Millisecond
	w.server.SetBodyTime(bodyTime)
	server := httptest.NewServer(w.server.Handler())
	t.Cleanup(server.Close)
	// send writes the head of a request and then the parts of its body, with a pause
	// before each, and returns the status, 0 if none comes.
	send := func(path, kind string, pause time.Duration, promised int, parts ...string) int {
		t.Helper()
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		w.must(err)
		defer conn.Close()
		w.must(conn.SetDeadline(time.Now().Add(10 * time.Second)))
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nCookie: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", path, w.session("per"), kind, promised)
		for _, part := range parts {
			time.Sleep(pause)
			io.WriteString(conn, part) // fails once it is cut off
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}
	const form = "application/x-www-form-urlencoded"
	for _, path := range []string{"/login", "/api/v1/decisions/preview", "/api/v1/sync"} {
		start := time.Now()
		if status := send(path, form, 0, 1000, "name=per"); status < 400 || time.Since(start) > 5*time.Second {
			t.Errorf("%s: half a body is answered %d after %v", path, status, time.Since(start))
		}
	}
	start := time.Now()
	if status := send("/login", form, bodyTime/4, 1000, strings.Split(strings.Repeat("a", 20), "")...); status < 400 || time.Since(start) > 6*time.Second {
		t.Errorf("a body that trickles is answered %d after %v", status, time.Since(start))
	}

	const file = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na;b\n1;2\n\r\n--b--\r\n"
	pieces := strings.SplitAfter(file, " ")
	const upload, multipart = "/api/v1/departments/Salg/files", "multipart/form-data; boundary=b"
	if status := send(upload, multipart, bodyTime/3, len(file), pieces...); status != 200 {
		t.Errorf("a slow upload is answered %d", status)
	}
	start = time.Now()
	if status := send(upload, multipart, 0, len(file), pieces[0]); status == 200 || time.Since(start) > 5*time.Second {
		t.Errorf("half an upload is answered %d after %v", status, time.Since(start))
	}

	release := w.server.KeepHashing()
	time.AfterFunc(2*bodyTime, release)
	body := url.Values{"name": {"per"}, "password": {password}}.Encode()
	if status := send("/login", form, 0, len(body), body); status != http.StatusSeeOther {
		t.Errorf("an answer that takes longer than a body may is %d", status)
	}
}

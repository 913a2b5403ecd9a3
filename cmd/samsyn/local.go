package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// local is the API for whoever has the machine: the server that runs on this
// data directory, else one that lives as long as the command. Either way a
// command asks the same questions as a browser does.
type local struct {
	URL   string `json:"url"`
	Token string `json:"token"`

	app  *app  // when this process serves it
	side *base // else its store, as far as it was asked for
}

// reach finds the running server or opens the installation in this process.
func reach(e *env) (*local, error) {
	if l := running(e.ctx, e.cfg.Data); l != nil {
		return l, nil
	}
	a, err := openApp(e)
	if err != nil {
		return nil, err
	}
	l, err := a.serveLocal()
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	l.app = a
	return l, nil
}

// base is the store of the installation: that of the app in this process, so
// that one process does not wait for itself to write, else one of its own.
func (l *local) base(e *env) (b *base, err error) {
	if l.app != nil {
		return l.app.base, nil
	}
	if l.side == nil {
		l.side, err = openBase(e)
	}
	return l.side, err
}

// Close ends what reach and base opened.
func (l *local) Close() error {
	if l.app != nil {
		return l.app.Close()
	}
	if l.side != nil {
		return l.side.Close()
	}
	return nil
}

func endpointFile(data string) string { return filepath.Join(data, "server.json") }

// running returns the server whose address lies in the data directory, nil if
// none answers there.
func running(ctx context.Context, data string) *local {
	text, err := os.ReadFile(endpointFile(data))
	if err != nil {
		return nil
	}
	var l local
	if json.Unmarshal(text, &l) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if l.do(ctx, http.MethodGet, "/healthz", nil, nil) != nil {
		return nil
	}
	return &l
}

// serveLocal serves the API on a free loopback port to whoever can read the
// file that holds its token.
func (a *app) serveLocal() (*local, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open local port: %w", err)
	}
	l := &local{URL: "http://" + ln.Addr().String(), Token: rand.Text()}
	api := a.server.Local()
	want := []byte("Bearer " + l.Token)
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			http.Error(w, "this port is for the command line of this machine", http.StatusUnauthorized)
			return
		}
		r.Header.Del("Authorization")
		api.ServeHTTP(w, r)
	})}
	go srv.Serve(ln)
	text, err := json.Marshal(l)
	if err == nil {
		err = writeFile(endpointFile(a.cfg.Data), text)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("tell the local port: %w", err), srv.Close())
	}
	a.atClose(func() error {
		return errors.Join(removeIfStill(endpointFile(a.cfg.Data), text), srv.Close())
	})
	return l, nil
}

// removeIfStill removes the file unless another process has written it anew.
func removeIfStill(path string, text []byte) error {
	now, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(now, text) {
		return nil
	}
	return os.Remove(path)
}

// writeFile replaces the file at once, readable by its owner alone.
func writeFile(path string, text []byte) error {
	temp := path + ".new"
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// do calls the API. A problem that the server tells becomes an error with its words.
func (l *local) do(ctx context.Context, method, path string, body, into any) error {
	var send io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		send = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, l.URL+path, send)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+l.Token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 400 {
		var problem struct{ Title, Detail string }
		if json.NewDecoder(res.Body).Decode(&problem) != nil || problem.Title == "" {
			return fmt.Errorf("the server answered %s", res.Status)
		}
		if problem.Detail != "" {
			return errors.New(problem.Detail)
		}
		return errors.New(problem.Title)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}

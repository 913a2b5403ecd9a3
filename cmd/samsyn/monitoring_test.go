package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestDashboardAndAlertsNameMetricsThatAre asks a server for its metrics and
// looks for each of them that the dashboard and the alerts name.
func TestDashboardAndAlertsNameMetricsThatAre(t *testing.T) {
	p := buildProgram(t)
	data, files := filepath.Join(t.TempDir(), "data"), t.TempDir()
	if err := os.WriteFile(filepath.Join(files, "kunder.csv"), []byte("Kundenr;Navn\n1;Fjordvik Bygg AS\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(data, "source", "add", "folder", "--name", "salg", "--department", "Salg", "--path", files)
	p.must(data, "sync", "--wait")
	s := p.serve(data, "serve", "--addr", "127.0.0.1:0")
	get(t, s.url+"/login")
	res, err := http.Get(s.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	exported := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if name := regexp.MustCompile(`^[a-z_]+`).FindString(line); name != "" {
			exported[name] = true
		}
	}

	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	read(t, "../../deploy/monitoring/grafana.json", json.Unmarshal, &board)
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	read(t, "../../deploy/monitoring/alerts.yaml", func(b []byte, v any) error { return yaml.Unmarshal(b, v) }, &rules)
	asked := map[string]string{}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			asked["panel "+panel.Title] += target.Expr + "\n"
		}
	}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			asked["alert "+rule.Alert] += rule.Expr
		}
	}
	if len(asked) < 15 {
		t.Fatalf("only %d panels and alerts were read", len(asked))
	}
	for where, expr := range asked {
		names := regexp.MustCompile(`\b(samsyn|process|go)_[a-z_]+`).FindAllString(expr, -1)
		if len(names) == 0 && !strings.HasPrefix(expr, "up{") {
			t.Errorf("%s names no metric: %s", where, expr)
		}
		for _, name := range names {
			if !exported[name] {
				t.Errorf("%s asks for %s, which is not exported", where, name)
			}
		}
	}
}

func read(t *testing.T, file string, unmarshal func([]byte, any) error, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = unmarshal(data, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

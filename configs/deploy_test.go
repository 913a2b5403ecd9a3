package configs

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// service is what is looked at of a service in docker-compose.yml.
type service struct {
	Image       string
	Command     any
	Environment map[string]string
	Secrets     []string
	Volumes     []string
	Ports       []string
	Networks    []string
	Restart     string
	Healthcheck struct{ Test any }
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	ReadOnly    bool                                  `yaml:"read_only"`
	CapDrop     []string                              `yaml:"cap_drop"`
	Deploy      struct {
		Resources struct {
			Limits struct{ CPUs, Memory string }
		}
	}
}

type compose struct {
	Services map[string]service
	Volumes  map[string]any
	Networks map[string]struct{ Internal bool }
	Secrets  map[string]struct{ File string }
}

func readCompose(t *testing.T) (c compose, text string) {
	t.Helper()
	data, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &c); err != nil {
		t.Fatal(yaml.FormatError(err, false, true))
	}
	return c, string(data)
}

func TestComposeServices(t *testing.T) {
	c, _ := readCompose(t)
	for _, name := range []string{"api", "workers", "postgres", "redis", "meilisearch"} {
		s, ok := c.Services[name]
		if !ok {
			t.Errorf("there is no service %s", name)
			continue
		}
		if s.Healthcheck.Test == nil || s.Restart == "" || s.Deploy.Resources.Limits.CPUs == "" || s.Deploy.Resources.Limits.Memory == "" {
			t.Errorf("%s lacks a health check, a restart policy or limits: %+v", name, s)
		}
		tag := s.Image[strings.LastIndex(s.Image, ":")+1:]
		if tag == s.Image || tag == "latest" {
			t.Errorf("%s runs %s, which is no fixed version", name, s.Image)
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s listens to everybody: %s", name, p)
			}
		}
		if name != "api" && len(s.Ports) > 0 {
			t.Errorf("%s can be reached from outside", name)
		}
		inside := slices.ContainsFunc(s.Networks, func(n string) bool { return c.Networks[n].Internal })
		outside := slices.ContainsFunc(s.Networks, func(n string) bool { return !c.Networks[n].Internal })
		if samsyn := name == "api" || name == "workers"; !inside || outside != samsyn {
			t.Errorf("%s is in the networks %q", name, s.Networks)
		}
		for dependence, how := range s.DependsOn {
			if _, ok := c.Services[dependence]; !ok || how.Condition != "service_healthy" {
				t.Errorf("%s waits for %s until %q", name, dependence, how.Condition)
			}
		}
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File == "" {
				t.Errorf("%s reads the secret %s, which no file holds", name, secret)
			}
		}
		for _, v := range s.Volumes {
			from, _, named := strings.Cut(v, ":")
			if _, ok := c.Volumes[from]; named && !ok && !strings.HasPrefix(from, "$") {
				t.Errorf("%s mounts %s, which is no volume", name, v)
			}
		}
	}
	for _, name := range []string{"api", "workers"} {
		if s := c.Services[name]; !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") {
			t.Errorf("%s may write everywhere or keeps rights: %+v", name, s)
		}
	}
	for _, name := range []string{"postgres", "meilisearch"} {
		if len(c.Services[name].Volumes) == 0 {
			t.Errorf("%s forgets everything", name)
		}
	}
}

// TestComposeHasNoPasswords looks for values where a secret belongs: they come
// from files, and what has to be said has no default.
func TestComposeHasNoPasswords(t *testing.T) {
	c, text := readCompose(t)
	secret := regexp.MustCompile(`(?i)(pass|key|secret|token|store|queue)`)
	for name, s := range c.Services {
		for variable, value := range s.Environment {
			if secret.MatchString(variable) && !strings.HasPrefix(value, "/run/secrets/") {
				t.Errorf("%s: %s is %q, want a secret file", name, variable, value)
			}
			if file, ok := strings.CutPrefix(value, "/run/secrets/"); ok && !slices.Contains(s.Secrets, file) {
				t.Errorf("%s: %s names the secret %s, which the service does not get", name, variable, file)
			}
		}
	}
	if found := regexp.MustCompile(`://[^/\s]*:[^/\s]*@`).FindString(text); found != "" {
		t.Errorf("a password stands in an address: %s", found)
	}
	for _, required := range []string{"SAMSYN_URL", "SAMSYN_FILES"} {
		if !strings.Contains(text, "${"+required+":?") {
			t.Errorf("%s is not required", required)
		}
	}
}

// TestComposeSettings: what the services set are settings, and with what stands
// in production.yaml they make a whole configuration.
func TestComposeSettings(t *testing.T) {
	c, _ := readCompose(t)
	known := map[string]bool{}
	for f := range reflect.TypeFor[Config]().Fields() {
		known[prefix+f.Tag.Get("env")] = true
	}
	for _, name := range []string{"api", "workers"} {
		for variable := range c.Services[name].Environment {
			if strings.HasPrefix(variable, prefix) && !known[strings.TrimSuffix(variable, "_FILE")] {
				t.Errorf("%s sets %s, which is no setting", name, variable)
			}
		}
	}
	for name, value := range map[string]string{
		"SAMSYN_STORE": "postgres://samsyn:x@postgres:5432/samsyn", "SAMSYN_QUEUE": "redis://:x@redis:6379/0",
		"SAMSYN_INDEX_KEY": "x", "SAMSYN_KEY": "x", "SAMSYN_URL": "https://samsyn.example.com",
	} {
		t.Setenv(name, value)
	}
	cfg, err := Load("production.yaml")
	if err == nil {
		err = cfg.Complete()
	}
	if err != nil {
		t.Fatal(err)
	}
	if own := cfg.Embedded(); len(own) > 0 {
		t.Errorf("in production a process keeps %q to itself", own)
	}
	if cfg.Drain == 0 {
		t.Error("in production pages end without a warning to the proxy")
	}
}

func TestDockerfile(t *testing.T) {
	data, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	last, user := "", ""
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2:
		case fields[0] == "FROM":
			last, user = fields[1], ""
		case fields[0] == "USER":
			user = fields[1]
		}
	}
	if last != "scratch" && !strings.Contains(last, "distroless/static") {
		t.Errorf("the image is built on %s", last)
	}
	if uid, _, _ := strings.Cut(user, ":"); uid == "" || uid == "0" || uid == "root" {
		t.Errorf("the program runs as %q", user)
	}
	for _, want := range []string{"CGO_ENABLED=0", "ca-certificates.crt", "timetzdata", "HEALTHCHECK", "EXPOSE 8080", "configs/production.yaml"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the Dockerfile lacks %s", want)
		}
	}
	version, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	needs := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(version)[1]
	if !strings.Contains(string(data), "golang:"+string(needs)) {
		t.Errorf("the Dockerfile builds with another Go than %s", needs)
	}
}

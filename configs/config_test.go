package configs

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEmbeddedFileIsTheDefault(t *testing.T) {
	got, err := Load("embedded.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if want := Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("embedded.yaml says %+v, the default is %+v", got, want)
	}
}

func TestLoad(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "dsn")
	if err := os.WriteFile(secret, []byte("postgres://u:p@db/samsyn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, yaml string
		env        map[string]string
		check      func(Config) bool
		wrong      string // must appear in the error
	}{
		{name: "nothing", check: func(c Config) bool { return reflect.DeepEqual(c, Default()) }},
		{name: "file", yaml: "country: SE\nevery: 5s\n", check: func(c Config) bool { return c.Country == "SE" && c.Every == 5*time.Second }},
		{name: "environment wins", yaml: "country: SE\n", env: map[string]string{"SAMSYN_COUNTRY": "DK"}, check: func(c Config) bool { return c.Country == "DK" }},
		{name: "secret from a file", env: map[string]string{"SAMSYN_STORE_FILE": secret}, check: func(c Config) bool { return c.Store == "postgres://u:p@db/samsyn" }},
		{name: "key of the index from a file", env: map[string]string{"SAMSYN_INDEX": "meili:http://search:7700", "SAMSYN_INDEX_KEY_FILE": secret},
			check: func(c Config) bool {
				return c.Complete() == nil && c.IndexKey != "" && !slices.Contains(c.Embedded(), "index")
			}},
		{name: "proxies", env: map[string]string{"SAMSYN_TRUSTED_PROXIES": "10.0.0.5,172.16.0.0/12"}, check: func(c Config) bool {
			return c.Complete() == nil && slices.Equal(c.TrustedProxies, []string{"10.0.0.5", "172.16.0.0/12"})
		}},
		{name: "missing secret file", env: map[string]string{"SAMSYN_STORE_FILE": secret + "x"}, wrong: "SAMSYN_STORE_FILE"},
		{name: "misspelt setting", yaml: "contry: SE\n", wrong: "contry"},
		{name: "bad duration", yaml: "every: soon\n", wrong: "soon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := ""
			if c.yaml != "" {
				file = filepath.Join(t.TempDir(), "c.yaml")
				if err := os.WriteFile(file, []byte(c.yaml), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			got, err := Load(file)
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Fatalf("error %v, want one that names %q", err, c.wrong)
				}
				return
			}
			if err != nil || !c.check(got) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestCompleteNamesEveryFaultAndNoPassword(t *testing.T) {
	c := Default()
	c.Store, c.Country, c.Every, c.Memory, c.TrustedProxies = "mysql://u:hunter2@h/d", "Norway", 0, "1MB", []string{"proxy.example.com"}
	err := c.Complete()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"store", "country", "every", "memory", "trusted_proxies"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the password stands in the message")
	}
}

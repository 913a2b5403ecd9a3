// Package configs reads the settings of an installation: a YAML file, checked
// strictly, and over it environment variables that begin with SAMSYN_. Every
// setting has a default that works without any server.
package configs

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/dustin/go-humanize"
	"github.com/goccy/go-yaml"
)

// Config is one installation. A setting whose variable ends in _FILE in the
// environment (SAMSYN_STORE_FILE) is read from the file named there, so that no
// secret stands in a process list.
type Config struct {
	// Data is the directory of everything that is kept on this machine.
	Data string `yaml:"data" env:"DATA"`
	// Store is "sqlite:PATH" or "postgres://…"; empty: SQLite in Data.
	Store string `yaml:"store" env:"STORE"`
	// Index is "bleve:DIRECTORY" or "meili:http://host:7700"; empty: bleve in Data.
	Index string `yaml:"index" env:"INDEX"`
	// IndexKey is the key for Meilisearch, with the rights that "samsyn index key" gives.
	IndexKey string `yaml:"index_key" env:"INDEX_KEY"`
	// Queue is "redis://…"; empty: a queue in the process.
	Queue string `yaml:"queue" env:"QUEUE"`
	// Addr is where the pages are served, host:port.
	Addr string `yaml:"addr" env:"ADDR"`
	// URL is how people reach the pages, when a proxy stands in front.
	URL string `yaml:"url" env:"URL"`
	// TrustedProxies are the addresses or networks of proxies in front: what they
	// say of the client's address (X-Forwarded-For) is believed. Attempts to log in
	// are counted by that address.
	TrustedProxies []string `yaml:"trusted_proxies" env:"TRUSTED_PROXIES"`
	// Country of the company, ISO 3166-1 alpha-2: phone numbers and dates are read as written there.
	Country string `yaml:"country" env:"COUNTRY"`
	// Every is how often each source is looked at when nothing tells of a change.
	Every time.Duration `yaml:"every" env:"EVERY"`
	// Concurrency is how many jobs run at once in one worker process.
	Concurrency int `yaml:"concurrency" env:"CONCURRENCY"`
	// Drain is how long the pages are still served after /readyz says that this
	// process is about to end, so that the proxy in front turns to another one.
	Drain time.Duration `yaml:"drain" env:"DRAIN"`
	// Memory is how much Go's heap may take before garbage is collected more
	// often, such as 300MiB; it bounds garbage, not what is in use. GOMEMLIMIT
	// goes before it.
	Memory string `yaml:"memory" env:"MEMORY"`
	// AccessDays is how many days the log of who looked at what is kept.
	AccessDays int `yaml:"access_days" env:"ACCESS_DAYS"`
	// Key seals the secrets of sources: 32 bytes in base64; empty: made at the first start and kept in Data.
	Key string `yaml:"key" env:"KEY"`
}

// Default returns the settings that need nothing but a directory.
func Default() Config {
	return Config{
		Data: "samsyn-data", Addr: "127.0.0.1:8080", Country: "NO",
		Every: time.Minute, Concurrency: 4, Memory: "256MiB", AccessDays: 400,
	}
}

// Load reads the file, if one is named, and then the environment.
func Load(file string) (Config, error) {
	c := Default()
	if file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return c, fmt.Errorf("read configuration: %w", err)
		}
		if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
			return c, fmt.Errorf("configuration %s: %s", file, yaml.FormatError(err, false, true))
		}
	}
	vars, err := environment(os.Environ())
	if err != nil {
		return c, err
	}
	if err := env.ParseWithOptions(&c, env.Options{Prefix: prefix, Environment: vars}); err != nil {
		return c, fmt.Errorf("environment: %w", err)
	}
	return c, nil
}

const prefix = "SAMSYN_"

// environment collects our variables; one that ends in _FILE names a file that
// holds the value.
func environment(all []string) (map[string]string, error) {
	vars := map[string]string{}
	for _, kv := range all {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, prefix) || value == "" {
			continue
		}
		if plain, ok := strings.CutSuffix(name, "_FILE"); ok {
			data, err := os.ReadFile(value)
			if err != nil {
				return nil, fmt.Errorf("environment %s: %w", name, err)
			}
			vars[plain] = strings.TrimSpace(string(data))
		} else if _, set := vars[name]; !set {
			vars[name] = value
		}
	}
	return vars, nil
}

// Complete fills in what is derived from Data and checks the rest.
func (c *Config) Complete() error {
	if c.Store == "" {
		c.Store = "sqlite:" + filepath.Join(c.Data, "samsyn.db")
	}
	if c.Index == "" {
		c.Index = "bleve:" + filepath.Join(c.Data, "index")
	}
	var errs []error
	wrong := func(name, value, want string) {
		errs = append(errs, fmt.Errorf("setting %s: %q will not do: want %s", name, value, want))
	}
	if !hasScheme(c.Store, "sqlite:", "postgres://", "postgresql://") {
		wrong("store", scheme(c.Store), "sqlite:PATH or postgres://…")
	}
	if !hasScheme(c.Index, "bleve:", "meili:http://", "meili:https://") {
		wrong("index", scheme(c.Index), "bleve:DIRECTORY or meili:http://host:7700")
	}
	if c.Queue != "" && !hasScheme(c.Queue, "redis://", "rediss://") {
		wrong("queue", scheme(c.Queue), "redis://…, or nothing for a queue in the process")
	}
	if len(c.Country) != 2 {
		wrong("country", c.Country, "two letters such as NO")
	}
	if c.Every < time.Second {
		wrong("every", c.Every.String(), "at least 1s")
	}
	if n, err := humanize.ParseBytes(c.Memory); err != nil || n < 64<<20 || n > math.MaxInt64 {
		wrong("memory", c.Memory, "a size of at least 64MiB, such as 256MiB or 2GiB")
	}
	if c.AccessDays < 1 {
		wrong("access_days", fmt.Sprint(c.AccessDays), "at least 1")
	}
	if c.Concurrency < 1 {
		wrong("concurrency", fmt.Sprint(c.Concurrency), "at least 1")
	}
	if c.Drain < 0 || c.Drain > time.Minute {
		wrong("drain", c.Drain.String(), "0s to 1m")
	}
	for _, p := range c.TrustedProxies {
		_, notAddr := netip.ParseAddr(p)
		if _, notNet := netip.ParsePrefix(p); notAddr != nil && notNet != nil {
			wrong("trusted_proxies", p, "addresses or networks such as 10.0.0.5 or 172.16.0.0/12, separated by commas")
		}
	}
	if c.URL != "" {
		if u, err := url.Parse(c.URL); err != nil || u.Host == "" {
			wrong("url", c.URL, "an address such as https://samsyn.example.com")
		}
	}
	return errors.Join(errs...)
}

// HeapLimit is Memory in bytes, once Complete has checked it.
func (c *Config) HeapLimit() int64 {
	n, _ := humanize.ParseBytes(c.Memory)
	return int64(n)
}

func hasScheme(s string, schemes ...string) bool {
	for _, p := range schemes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// scheme is the part of a setting that may be repeated in a message: a DSN
// holds a password.
func scheme(s string) string {
	before, _, _ := strings.Cut(s, ":")
	return before + ":…"
}

// Embedded names the parts, of store, index and queue, that live in this process
// and directory. If there is one, a single process at a time may use them.
func (c *Config) Embedded() []string {
	var parts []string
	if strings.HasPrefix(c.Store, "sqlite:") {
		parts = append(parts, "store")
	}
	if strings.HasPrefix(c.Index, "bleve:") {
		parts = append(parts, "index")
	}
	if c.Queue == "" {
		parts = append(parts, "queue")
	}
	return parts
}

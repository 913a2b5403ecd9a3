package connectors

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"samsyn/internal/hub"
)

// box is a kind with every tag that settings may carry.
type box struct {
	Host     string `json:"host" target:"true"`
	Folder   string `json:"folder,omitempty"`
	Password string `json:"password,omitempty" secret:"true"`
	KeyFile  string `json:"key_file,omitempty" target:"true" file:"true"`

	opened func(*box)
}

func (b *box) Validate() error {
	if b.Host == "" {
		return errors.New("host is missing")
	}
	return nil
}

func (b *box) Open(context.Context, Env) (Connector, error) {
	b.opened(b)
	return nil, nil
}

func testRegistry(opened func(*box)) *Registry {
	return &Registry{
		Kinds:  []Kind{{Name: "box", Config: func() Config { return &box{opened: opened} }}},
		Env:    Env{Log: slog.New(slog.DiscardHandler)},
		Seal:   func(plain string) (string, error) { return "sealed:" + plain, nil },
		Unseal: func(sealed string) (string, error) { return strings.TrimPrefix(sealed, "sealed:"), nil },
	}
}

func TestSecretsRestSealed(t *testing.T) {
	var got box
	r := testRegistry(func(b *box) { got = *b })
	stored, err := r.Settings("box", []byte(`{"host":"a","password":"hunter2"}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(stored), "sealed:hunter2") {
		t.Errorf("stored as %s", stored)
	}
	if shown, err := r.Shown("box", stored); err != nil || strings.Contains(string(shown), "hunter2") {
		t.Errorf("shown as %s, %v", shown, err)
	}
	if _, err := r.Open(t.Context(), hub.Source{Kind: "box", Config: stored}); err != nil || got.Password != "hunter2" {
		t.Errorf("opened with %q, %v", got.Password, err)
	}
}

func TestSettingsOfAChangedSource(t *testing.T) {
	r := testRegistry(nil)
	old, err := r.Settings("box", []byte(`{"host":"a","password":"hunter2"}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, plain, want, wrong string }{
		{"a secret left out is kept", `{"host":"a","folder":"x"}`, "sealed:hunter2", ""},
		{"a new secret", `{"host":"b","password":"other"}`, "sealed:other", ""},
		{"a kept secret goes nowhere else", `{"host":"b"}`, "", "password must be given again"},
		{"misspelt setting", `{"host":"a","pasword":"x"}`, "", "pasword"},
		{"missing setting", `{}`, "", "host"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := r.Settings("box", []byte(c.plain), old)
			if c.wrong != "" {
				// Without a host the password would also go elsewhere: either reason will do.
				if err == nil || !strings.Contains(err.Error(), c.wrong) && !strings.Contains(err.Error(), "password must be given again") {
					t.Errorf("error %v, want one that says %q", err, c.wrong)
				}
				return
			}
			if err != nil || !strings.Contains(string(got), c.want) {
				t.Errorf("got %s, %v; want %s in it", got, err, c.want)
			}
		})
	}
}

func TestNewFiles(t *testing.T) {
	r := testRegistry(nil)
	old := []byte(`{"host":"a","key_file":"/etc/key"}`)
	for _, c := range []struct {
		name, plain string
		old         []byte
		want        string
	}{
		{"none", `{"host":"a"}`, nil, ""},
		{"a new source", `{"host":"a","key_file":"/etc/key"}`, nil, "key_file"},
		{"nothing changed that matters", `{"host":"a","key_file":"/etc/key","folder":"x"}`, old, ""},
		{"another file", `{"host":"a","key_file":"/etc/shadow"}`, old, "key_file"},
		{"the same file for another host", `{"host":"b","key_file":"/etc/key"}`, old, "key_file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := r.NewFiles("box", []byte(c.plain), c.old)
			if err != nil || strings.Join(got, ",") != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestUnknownKind(t *testing.T) {
	if _, err := testRegistry(nil).Settings("bax", nil, nil); err == nil || !strings.Contains(err.Error(), "box") {
		t.Errorf("error %v, want one that lists the kinds there are", err)
	}
}

package connectors

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"samsyn/internal/hub"
)

// box is a kind with every tag that settings may carry.
type box struct {
	Host     string `json:"host" target:"true"`
	Folder   string `json:"folder,omitempty"`
	Password string `json:"password,omitempty" secret:"true" or:"key_file"`
	KeyFile  string `json:"key_file,omitempty" target:"true" file:"true"`

	opened func(*box)
	check  func(context.Context) error
}

func (b *box) Validate() error {
	if b.Host == "" {
		return errors.New("host is missing")
	}
	return nil
}

func (b *box) Open(context.Context, Env) (Connector, error) {
	if b.check != nil {
		return checked{check: b.check}, nil
	}
	b.opened(b)
	return nil, nil
}

// checked is a source of which no more is asked than whether it can be read.
type checked struct {
	Connector
	check func(context.Context) error
}

func (c checked) Check(ctx context.Context) error { return c.check(ctx) }
func (c checked) Close() error                    { return nil }

// TestCheckEnds: whatever a connector does, a check ends and tells why in words.
func TestCheckEnds(t *testing.T) {
	hangs := make(chan struct{})
	defer close(hangs)
	for name, c := range map[string]struct {
		check       func(context.Context) error
		class, want string
	}{
		"well":             {func(context.Context) error { return nil }, "", ""},
		"ends when told":   {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, hub.ClassUnreachable, "did not answer within"},
		"heeds nothing":    {func(context.Context) error { <-hangs; return nil }, hub.ClassUnreachable, "did not answer within"},
		"says why":         {func(context.Context) error { return Broken(context.DeadlineExceeded, "no folder") }, hub.ClassBroken, "no folder"},
		"is at fault":      {func(context.Context) error { panic("oh") }, hub.ClassInternal, "panic"},
		"an error of ours": {func(context.Context) error { return errors.New("odd") }, hub.ClassInternal, "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			r := testRegistry(nil)
			r.Kinds[0].Config = func() Config { return &box{check: c.check} }
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			err := r.Check(ctx, hub.Source{Name: "x", Kind: "box", Config: []byte(`{"host":"a"}`)})
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
			} else if err == nil || ClassOf(err) != c.class || !strings.Contains(ReasonOf(err), c.want) {
				t.Errorf("class %s: %v, want %s and %q", ClassOf(err), err, c.class, c.want)
			}
		})
	}
}

// TestLostKey: a secret that cannot be opened any more is given again, and all
// else can be changed meanwhile.
func TestLostKey(t *testing.T) {
	r := testRegistry(func(*box) {})
	r.Unseal = func(string) (string, error) { return "", errors.New("another key") }
	src := hub.Source{Kind: "box", Config: []byte(`{"host":"a","password":"sealed:old"}`)}
	if err := r.Check(t.Context(), src); hub.FieldOf(err) != "password" || ClassOf(err) != hub.ClassAuth || !strings.Contains(ReasonOf(err), "give it again") {
		t.Errorf("the check says %v of %q", err, hub.FieldOf(err))
	}
	for plain, want := range map[string]string{
		`{"host":"a","folder":"x"}`:     `{"host":"a","folder":"x","password":"sealed:old"}`,
		`{"host":"b","password":"new"}`: `{"host":"b","password":"sealed:new"}`,
	} {
		if got, err := r.Settings("box", []byte(plain), src.Config); err != nil || string(got) != want {
			t.Errorf("%s becomes %s, %v", plain, got, err)
		}
	}
}

// TestOneInPlaceOfTheOther: a password and the file that may hold it are never both set.
func TestOneInPlaceOfTheOther(t *testing.T) {
	r := testRegistry(nil)
	const word, file = `{"host":"a","password":"sealed:old"}`, `{"host":"a","key_file":"/etc/key"}`
	for _, c := range []struct{ name, old, plain, want string }{
		{"nothing new", word, `{"host":"a"}`, word},
		{"nothing new in a file", file, file, file},
		{"a password for a file", file, `{"host":"a","password":"new","key_file":"/etc/key"}`, `{"host":"a","password":"sealed:new"}`},
		{"a file for a password", word, `{"host":"a","key_file":"/etc/key"}`, file},
	} {
		if got, err := r.Settings("box", []byte(c.plain), []byte(c.old)); err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
		files, err := r.NewFiles("box", []byte(c.plain), []byte(c.old))
		if err != nil || (len(files) > 0) != (c.want == file && c.old == word) {
			t.Errorf("%s: new files %v, %v", c.name, files, err)
		}
	}
	if files, err := r.NewFiles("box", []byte(`{"host":"b","password":"new","key_file":"/etc/key"}`), []byte(file)); err != nil || len(files) > 0 {
		t.Errorf("a password for another host: new files %v, %v", files, err)
	}
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

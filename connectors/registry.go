package connectors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"samsyn/internal/hub"
)

// Registry opens the connectors of configured sources. Settings tagged
// secret:"true" rest sealed in the store and are opened only here.
type Registry struct {
	Kinds []Kind
	Env   Env
	// Seal encrypts a secret for storage, Unseal is its inverse.
	Seal   func(plain string) (sealed string, err error)
	Unseal func(sealed string) (plain string, err error)
}

// Kind finds a kind by name.
func (r *Registry) Kind(name string) (Kind, error) {
	var names []string
	for _, k := range r.Kinds {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Kind{}, fmt.Errorf("there is no connector kind %q; there are %s", name, strings.Join(names, ", "))
}

// Settings checks plain settings, given as JSON, and returns them as they are
// stored: complete, with the secrets sealed. old are the stored settings of the
// source being changed, nil for a new one; a secret left empty keeps its old
// value, but not when a setting tagged target:"true" changes: else whoever may
// change the host of a mailbox could have its password sent to any other. When
// nothing changes, what is returned equals old.
func (r *Registry) Settings(kind string, plain, old []byte) (stored []byte, err error) {
	c, before, same, err := r.change(kind, plain, old)
	if err != nil {
		return nil, err
	}
	kept, err := keepSecrets(c, before, same)
	if err != nil {
		return nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	for _, f := range tagged(c, "secret") {
		if f.String() == "" || kept[f.name] {
			continue
		}
		sealed, err := r.Seal(f.String())
		if err != nil {
			return nil, err
		}
		f.SetString(sealed)
	}
	return json.Marshal(c)
}

// change decodes the settings given, and those before, whose secrets are sealed;
// without any, these are the defaults. same reports that both lead to the same
// place. A secret given anew takes the place of the setting that its tag or names.
func (r *Registry) change(kind string, plain, old []byte) (c, before Config, same bool, err error) {
	k, err := r.Kind(kind)
	if err != nil {
		return nil, nil, false, err
	}
	c, before = k.Config(), k.Config()
	if err := decode(plain, c); err != nil {
		return nil, nil, false, err
	}
	if old != nil {
		if err := decode(old, before); err != nil {
			return nil, nil, false, err
		}
	}
	same = old != nil && equal(tagged(c, "target"), tagged(before, "target"))
	for _, f := range tagged(c, "secret") {
		if other, was := f.other(c), f.other(before); old != nil && f.String() != "" && other.IsValid() && other.Equal(was) {
			other.SetZero()
		}
	}
	return c, before, same, nil
}

// Shown returns the stored settings without their secrets.
func (r *Registry) Shown(kind string, stored []byte) (json.RawMessage, error) {
	k, err := r.Kind(kind)
	if err != nil {
		return nil, err
	}
	c := k.Config()
	if err := decode(stored, c); err != nil {
		return nil, err
	}
	for _, f := range tagged(c, "secret") {
		f.SetString("")
	}
	return json.Marshal(c)
}

// CheckTime bounds Check: a server that says nothing is as wrong as one that
// refuses. Dovecot makes who gave wrong passwords wait up to 17 seconds.
const CheckTime = 20 * time.Second

// Check tries whether a source can be read. Its error is a sentence for people,
// see [ReasonOf]; [hub.FieldOf] tells the setting that is to blame.
func (r *Registry) Check(ctx context.Context, src hub.Source) error {
	ctx, cancel := context.WithTimeout(ctx, CheckTime)
	defer cancel()
	done := make(chan error, 1)
	go func() { // a share that hangs heeds no context
		done <- r.check(ctx, src)
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	var told *Error
	if errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &told) {
		return &Error{Class: hub.ClassUnreachable, Err: err,
			Reason: fmt.Sprintf("It did not answer within %s: check the address, and that no firewall stands between.", CheckTime)}
	}
	return err
}

func (r *Registry) check(ctx context.Context, src hub.Source) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.Env.Log.Error("panic", "source", src.Name, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in the check of %s: %v", src.Name, p)
		}
	}()
	c, err := r.Open(ctx, src)
	if err != nil {
		return err
	}
	return errors.Join(c.Check(ctx), c.Close())
}

// Open opens the connector of a source.
func (r *Registry) Open(ctx context.Context, src hub.Source) (Connector, error) {
	k, err := r.Kind(src.Kind)
	if err != nil {
		return nil, err
	}
	c := k.Config()
	if err := r.load(src.Config, c); err != nil {
		return nil, fmt.Errorf("settings of source %s: %w", src.Name, err)
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("settings of source %s: %w", src.Name, err)
	}
	env := r.Env
	env.Log = env.Log.With("source", src.Name)
	return c.Open(ctx, env)
}

func (r *Registry) load(stored []byte, c Config) error {
	if err := decode(stored, c); err != nil {
		return err
	}
	for _, f := range tagged(c, "secret") {
		if f.String() == "" {
			continue
		}
		plain, err := r.Unseal(f.String())
		if err != nil {
			return hub.At(f.name, &Error{Class: hub.ClassAuth, Err: err,
				Reason: fmt.Sprintf("The stored %s was sealed with another key than this program has: give it again.", f.name)})
		}
		f.SetString(plain)
	}
	return nil
}

// decode is strict: a misspelt setting is an error, not a default.
func decode(data []byte, c Config) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return fmt.Errorf("settings: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// keepSecrets gives c the secrets that were left empty, as they are stored, and
// tells which these are.
func keepSecrets(c, before Config, same bool) (kept map[string]bool, err error) {
	kept = map[string]bool{}
	old := tagged(before, "secret")
	for i, f := range tagged(c, "secret") {
		other := f.other(c)
		if f.String() != "" || old[i].String() == "" || other.IsValid() && !other.IsZero() {
			continue
		}
		if !same {
			return nil, hub.At(f.name, errors.New("the password must be given again, since it would go to another place than before"))
		}
		f.SetString(old[i].String())
		kept[f.name] = true
	}
	return kept, nil
}

// NewFiles names the settings tagged file:"true" that would be read for another
// place than before, or for the first time: files of this machine.
func (r *Registry) NewFiles(kind string, plain, old []byte) (names []string, err error) {
	c, _, same, err := r.change(kind, plain, old)
	if err != nil || same {
		return nil, err
	}
	for _, f := range tagged(c, "file") {
		if f.String() != "" {
			names = append(names, f.name)
		}
	}
	return names, nil
}

// setting is one field of a Config.
type setting struct {
	reflect.Value
	name string // as in JSON
	or   string // the setting that may stand in its place
}

// tagged lists the settings that have the tag with the value "true", always in
// the same order.
func tagged(c Config, tag string) []setting {
	var out []setting
	for f, v := range reflect.ValueOf(c).Elem().Fields() {
		if f.Tag.Get(tag) == "true" {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			out = append(out, setting{v, name, f.Tag.Get("or")})
		}
	}
	return out
}

// other is the setting of c that may stand in the place of this one; it is not
// valid if none may.
func (s setting) other(c Config) reflect.Value {
	if s.or == "" {
		return reflect.Value{}
	}
	for _, f := range tagged(c, "file") {
		if f.name == s.or {
			return f.Value
		}
	}
	return reflect.Value{}
}

func equal(a, b []setting) bool {
	return slices.EqualFunc(a, b, func(a, b setting) bool { return a.Equal(b.Value) })
}

package connectors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

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
// change the host of a mailbox could have its password sent to any other.
func (r *Registry) Settings(kind string, plain, old []byte) (stored []byte, err error) {
	k, err := r.Kind(kind)
	if err != nil {
		return nil, err
	}
	c := k.Config()
	if err := decode(plain, c); err != nil {
		return nil, err
	}
	if old != nil {
		before := k.Config()
		if err := r.load(old, before); err != nil {
			return nil, err
		}
		if err := keepSecrets(c, before); err != nil {
			return nil, err
		}
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	for _, f := range tagged(c, "secret") {
		if f.String() == "" {
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
			return fmt.Errorf("open a sealed secret: %w", err)
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

func keepSecrets(c, before Config) error {
	kept, now := tagged(before, "secret"), tagged(c, "secret")
	for i, f := range now {
		if f.String() != "" || kept[i].String() == "" {
			continue
		}
		if !equal(tagged(c, "target"), tagged(before, "target")) {
			return errors.New("the password must be given again, since it would go to another place than before")
		}
		f.SetString(kept[i].String())
	}
	return nil
}

// NewFiles names the settings tagged file:"true" that would be read for another
// place than before, or for the first time: files of this machine.
func (r *Registry) NewFiles(kind string, plain, old []byte) (names []string, err error) {
	k, err := r.Kind(kind)
	if err != nil {
		return nil, err
	}
	c, before := k.Config(), k.Config()
	if err := decode(plain, c); err != nil {
		return nil, err
	}
	if old != nil {
		if err := decode(old, before); err != nil {
			return nil, err
		}
	}
	same := old != nil && equal(tagged(c, "target"), tagged(before, "target"))
	for i, f := range tagged(c, "file") {
		if f.String() != "" && !same {
			names = append(names, fieldNames(c, "file")[i])
		}
	}
	return names, nil
}

// tagged lists the fields that have the tag with the value "true", always in the
// same order.
func tagged(c Config, tag string) []reflect.Value {
	v := reflect.ValueOf(c).Elem()
	var out []reflect.Value
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get(tag) == "true" {
			out = append(out, v.Field(i))
		}
	}
	return out
}

// fieldNames are the names of the same fields, as in JSON.
func fieldNames(c Config, tag string) []string {
	t := reflect.TypeOf(c).Elem()
	var out []string
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get(tag) == "true" {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			out = append(out, name)
		}
	}
	return out
}

func equal(a, b []reflect.Value) bool {
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"samsyn/connectors"
	"samsyn/connectors/all"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// base is what every command needs: the store, and the connectors with the key
// to their secrets. Several processes may have it open.
type base struct {
	*env
	store        *store.Store
	registry     *connectors.Registry
	installation string // id of the store, with which queue and index are stamped
	access       *store.AccessLog
}

func openBase(e *env) (*base, error) {
	if err := e.cfg.Complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(e.cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	temp := filepath.Join(e.cfg.Data, "tmp")
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return nil, fmt.Errorf("make directory for spooling: %w", err)
	}
	box, err := openSeal(e.cfg.Key, filepath.Join(e.cfg.Data, "secret.key"))
	if err != nil {
		return nil, err
	}
	st, err := store.Open(e.ctx, e.cfg.Store)
	if err != nil {
		return nil, err
	}
	installation, err := st.Installation(e.ctx)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	access, err := st.AccessLog(box.secret)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &base{env: e, store: st, installation: installation, access: access, registry: &connectors.Registry{
		Kinds: all.Kinds(),
		Env:   connectors.Env{Log: e.log, TempDir: temp, Country: e.cfg.Country},
		Seal:  box.seal, Unseal: box.unseal,
	}}, nil
}

func (b *base) Close() error { return b.store.Close() }

// setCompany saves our own identity. The linker sees that it changed and links
// every record again, since what is ours identifies no customer.
func (b *base) setCompany(ctx context.Context, own hub.Company) error {
	if own.Name == "" {
		return errors.New("the company needs a name")
	}
	return b.store.SetSetting(ctx, companySetting, own)
}

// seal encrypts the secrets of sources at rest: AES-256-GCM with a random nonce
// in front, in base64.
type seal struct {
	cipher.AEAD
	secret []byte // the key itself, from which others are derived
}

// openSeal takes the key given, else the one in file, which it makes when there
// is none.
func openSeal(given, file string) (*seal, error) {
	text := []byte(given)
	if given == "" {
		var err error
		if text, err = keyFile(file); err != nil {
			return nil, fmt.Errorf("key of secrets: %w", err)
		}
	}
	key, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(key) != 32 {
		return nil, errors.New("the key of secrets must be 32 bytes in base64; make one with: openssl rand -base64 32")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &seal{aead, key}, err
}

func keyFile(file string) ([]byte, error) {
	if text, err := os.ReadFile(file); !errors.Is(err, os.ErrNotExist) {
		return text, err
	}
	key := make([]byte, 32)
	rand.Read(key)
	text := base64.StdEncoding.AppendEncode(nil, key)
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) { // another process was faster
		return os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	_, err = f.Write(text)
	return text, errors.Join(err, f.Sync(), f.Close())
}

func (s *seal) seal(plain string) (string, error) {
	return base64.StdEncoding.EncodeToString(s.Seal(nil, nil, []byte(plain), nil)), nil
}

func (s *seal) unseal(sealed string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	plain, err := s.Open(nil, nil, raw, nil)
	if err != nil {
		return "", errors.New("the secret was sealed with another key")
	}
	return string(plain), nil
}

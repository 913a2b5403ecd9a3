package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id (RFC 9106): the second of OWASP's recommended sets.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
	argonKey     = 32 // bytes
)

// Bounds of a password: NIST SP 800-63B asks for eight characters at least and
// allows a bound above sixty-four.
const (
	passwordMin = 8
	passwordMax = 256
)

// HashPassword checks a new password and returns its argon2id hash in PHC form,
// "$argon2id$v=19$m=…,t=…,p=…$salt$key". Its error is a sentence for people.
func HashPassword(password string) (string, error) {
	switch n := utf8.RuneCountInString(password); {
	case n < passwordMin:
		return "", fmt.Errorf("the password must have %d characters or more", passwordMin)
	case len(password) > passwordMax:
		return "", fmt.Errorf("the password must not be longer than %d bytes", passwordMax)
	}
	salt := make([]byte, 16)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

var errHash = errors.New("the stored password hash is not of the form $argon2id$v=19$m=,t=,p=$salt$key")

// checkPassword reports whether the password fits the hash. It takes as long
// for a hash that nothing fits ("" for an unknown user) as for any other.
func checkPassword(password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = nobody
	}
	if len(password) > passwordMax {
		password, known = "", false
	}
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errHash
	}
	var version int
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &threads); err != nil || version != argon2.Version {
		return false, errHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || time == 0 || threads == 0 {
		return false, errHash
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

// hash is HashPassword, a few at a time. Its refusal is an answer.
func (s *Server) hash(ctx context.Context, password string) (hash string, err error) {
	err = s.inTurn(ctx, func() (err error) {
		if hash, err = HashPassword(password); err != nil {
			err = invalid(err)
		}
		return err
	})
	return hash, err
}

// fits is checkPassword, a few at a time.
func (s *Server) fits(ctx context.Context, password, hash string) (fits bool, err error) {
	err = s.inTurn(ctx, func() (err error) {
		fits, err = checkPassword(password, hash)
		return err
	})
	return fits, err
}

// inTurn runs f as soon as fewer than cap(s.hashing) run: each takes argonMemory.
func (s *Server) inTurn(ctx context.Context, f func() error) error {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// nobody is a well-formed hash that stands in for users who do not exist.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// newSecret draws 256 random bits, in a form fit for addresses and headers.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashSecret is what the store keeps of a secret. The secret is random, so a
// plain digest is as good as a slow one.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

package store_test

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

func TestUsers(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) { testUsers(t, open(t)) })
	}
}

func testUsers(t *testing.T, s *store.Store) {
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	kari := store.User{Name: "kari", Role: hub.RoleEmployee, Departments: []string{"Salg", "Økonomi"}, Language: "sv"}
	must(s.AddUser(ctx, kari, "hash 1"))
	if err := s.AddUser(ctx, kari, "x"); !errors.Is(err, store.ErrExists) {
		t.Errorf("the same name again: %v", err)
	}
	got, err := s.User(ctx, "kari")
	must(err)
	if got.Created.IsZero() || !reflect.DeepEqual(got.Viewer(), kari.Viewer()) || got.Language != "sv" {
		t.Errorf("read back: %+v", got)
	}
	must(s.SetLooks(ctx, "kari", "da", "dark"))
	changed, err := s.ChangeUser(ctx, "kari", "hash 1b", func(u *store.User) error { u.All, u.Departments = true, []string{}; return nil })
	must(err)
	if got, err = s.User(ctx, "kari"); err != nil || !got.All || len(got.Departments) != 0 || got.Theme != "dark" || !reflect.DeepEqual(got, changed) {
		t.Errorf("changed: %+v, read back %+v, %v", changed, got, err)
	}
	if hash, err := s.Password(ctx, "kari"); hash != "hash 1b" || err != nil {
		t.Errorf("password: %q, %v", hash, err)
	}
	no := errors.New("no")
	if _, err := s.ChangeUser(ctx, "kari", "hash 1c", func(u *store.User) error { u.Role = hub.RoleAdmin; return no }); !errors.Is(err, no) {
		t.Errorf("a change that is refused: %v", err)
	}
	if got, err = s.User(ctx, "kari"); err != nil || !reflect.DeepEqual(got, changed) {
		t.Errorf("after it: %+v, %v", got, err)
	}
	if _, err := s.ChangeUser(ctx, "nobody", "", func(*store.User) error { return nil }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("change nobody: %v", err)
	}
	if err := s.SetLooks(ctx, "nobody", "da", ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("looks of nobody: %v", err)
	}

	later := time.Now().Add(time.Hour)
	id, err := s.AddToken(ctx, store.Token{User: "kari", Kind: store.TokenSession, Hash: "session", Expires: later})
	must(err)
	_, err = s.AddToken(ctx, store.Token{User: "kari", Kind: store.TokenBearer, Hash: "bearer"})
	must(err)
	_, err = s.AddToken(ctx, store.Token{User: "kari", Kind: store.TokenLink, Hash: "link", Expires: later})
	must(err)
	_, err = s.AddToken(ctx, store.Token{User: "kari", Kind: store.TokenSession, Hash: "old", Expires: time.Now().Add(-time.Second)})
	must(err)
	token, user, err := s.Token(ctx, store.TokenSession, "session")
	must(err)
	if token.ID != id || user.Name != "kari" || token.Expires.IsZero() || !token.Seen.IsZero() {
		t.Errorf("token %+v of %+v", token, user)
	}
	for kind, hash := range map[string]string{store.TokenSession: "old", store.TokenBearer: "session", store.TokenLink: "nothing"} {
		if _, _, err := s.Token(ctx, kind, hash); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s %s: %v", kind, hash, err)
		}
	}
	must(s.UseToken(ctx, token))
	if token, user, err = s.Token(ctx, store.TokenSession, "session"); err != nil || token.Seen.IsZero() || user.Seen.IsZero() {
		t.Errorf("used: %+v, %+v, %v", token, user, err)
	}
	if user, err := s.TakeToken(ctx, store.TokenLink, "link"); err != nil || user.Name != "kari" {
		t.Errorf("take: %+v, %v", user, err)
	}
	if _, err := s.TakeToken(ctx, store.TokenLink, "link"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("take again: %v", err)
	}

	must(s.SetPassword(ctx, "kari", "hash 2"))
	if hash, err := s.Password(ctx, "kari"); hash != "hash 2" || err != nil {
		t.Errorf("password: %q, %v", hash, err)
	}
	if _, _, err := s.Token(ctx, store.TokenSession, "session"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the session outlives the password: %v", err)
	}
	if bearers, err := s.Tokens(ctx, "kari", store.TokenBearer); err != nil || len(bearers) != 1 {
		t.Errorf("bearer tokens: %v, %v", bearers, err)
	}
	must(s.RemoveUser(ctx, "kari"))
	if _, _, err := s.Token(ctx, store.TokenBearer, "bearer"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the token outlives the user: %v", err)
	}
}

// TestAttempts counts attempts to log in: of several subjects the longest wait
// counts, an attempt that must wait is not counted, and of those at once one comes first.
func TestAttempts(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) { testAttempts(t, open(t)) })
	}
}

func testAttempts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	// From the fourth on they wait, ever less: so that more failures are not the longer wait.
	delay := func(n int) time.Duration {
		if n < 4 {
			return 0
		}
		return time.Hour / time.Duration(n)
	}
	try := func(subjects ...string) time.Duration {
		t.Helper()
		wait, err := s.Attempt(ctx, delay, subjects...)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	var free, later atomic.Int64
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			wait, err := s.Attempt(ctx, delay, "account per", "address 10.0.0.1")
			switch {
			case err != nil:
				t.Error(err)
			case wait == 0:
				free.Add(1)
			case wait > 15*time.Minute || wait < 14*time.Minute:
				t.Errorf("wait %v", wait)
			default:
				later.Add(1)
			}
		})
	}
	group.Wait()
	if free.Load() != 4 || later.Load() != 8 {
		t.Errorf("%d attempts were free and %d must wait, want 4 and 8", free.Load(), later.Load())
	}
	if wait := try("account ida", "address 10.0.0.2"); wait != 0 {
		t.Errorf("others wait %v", wait)
	}
	if err := s.ClearFailures(ctx, "account per"); err != nil {
		t.Fatal(err)
	}
	if wait := try("account per", "address 10.0.0.1"); wait < 14*time.Minute {
		t.Errorf("the address waits %v", wait)
	}
	if wait := try("account per", "address 10.0.0.3"); wait != 0 {
		t.Errorf("after clearing the account waits %v", wait)
	}
	none := func(int) time.Duration { return 0 }
	for range 5 {
		if _, err := s.Attempt(ctx, none, "account kari"); err != nil {
			t.Fatal(err)
		}
	}
	if wait := try("account kari", "address 10.0.0.1"); wait < 14*time.Minute {
		t.Errorf("of the account with five failures and the address with four the wait is %v, want that of the address", wait)
	}
}

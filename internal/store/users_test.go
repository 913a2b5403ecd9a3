package store_test

import (
	"errors"
	"reflect"
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

func TestFailures(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s, ctx := open(t), t.Context()
			for range 3 {
				if err := s.AddFailure(ctx, "account per", "address 10.0.0.1"); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.AddFailure(ctx, "address 10.0.0.1"); err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct {
				subjects []string
				want     int
			}{
				{[]string{"account per"}, 3},
				{[]string{"account per", "address 10.0.0.1"}, 4},
				{[]string{"account ida", "address 10.0.0.2"}, 0},
			} {
				n, last, err := s.Failures(ctx, c.subjects...)
				if err != nil || n != c.want || (n > 0) == last.IsZero() {
					t.Errorf("%v: %d failures, the last %v, %v; want %d", c.subjects, n, last, err, c.want)
				}
			}
			if err := s.ClearFailures(ctx, "account per", "address 10.0.0.1"); err != nil {
				t.Fatal(err)
			}
			if n, _, err := s.Failures(ctx, "account per", "address 10.0.0.1"); n != 0 || err != nil {
				t.Errorf("after clearing %d, %v", n, err)
			}
		})
	}
}

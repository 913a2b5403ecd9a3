package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// Role is one of hub.UserRoles.
type Role string

// Schema implements huma.SchemaProvider.
func (Role) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	for _, role := range hub.UserRoles() {
		schema.Enum = append(schema.Enum, role)
	}
	return schema
}

// UserInput describes a user.
type UserInput struct {
	Name        string   `json:"name" minLength:"1" maxLength:"100" doc:"As typed at login; case does not matter."`
	Role        Role     `json:"role" default:"employee"`
	All         bool     `json:"all,omitempty" doc:"Sees every department."`
	Departments []string `json:"departments,omitempty" doc:"Else these."`
	Language    string   `json:"language,omitempty" doc:"nb, sv, da or en; empty follows the browser."`
	Password    string   `json:"password,omitempty" doc:"Empty: the user can only come in by a login link or token."`
}

// UserChange holds what is to change of a user; what is absent stays.
type UserChange struct {
	Role        *Role    `json:"role,omitempty"`
	All         *bool    `json:"all,omitempty"`
	Departments []string `json:"departments,omitempty"`
	Language    *string  `json:"language,omitempty"`
	Password    *string  `json:"password,omitempty"`
}

// FreshToken is a new bearer token. Its secret is shown this once.
type FreshToken struct {
	ID    int64  `json:"id"`
	Token string `json:"token"`
}

func (s *Server) addUser(ctx context.Context, in UserInput) (*store.User, error) {
	u := store.User{
		Name: UserName(in.Name), Role: string(in.Role), All: in.All,
		Departments: full(in.Departments), Language: in.Language,
	}
	if err := s.checkUser(u); err != nil {
		return nil, err
	}
	hash := ""
	if in.Password != "" {
		var err error
		if hash, err = s.hash(ctx, in.Password); err != nil {
			return nil, err
		}
	}
	if err := s.store.AddUser(ctx, u, hash); err != nil {
		return nil, err
	}
	u, err := s.store.User(ctx, u.Name)
	return &u, err
}

// UserName is a name as users are known by: case and space around it do not matter.
func UserName(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }

// CheckUserName refuses a name by which nobody could log in or be addressed. The
// error is for people.
func CheckUserName(name string) error {
	unfit := func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == '/' }
	if name == "" || len([]rune(name)) > nameMax || strings.ContainsFunc(name, unfit) {
		return invalid(fmt.Errorf("a user name must be one word of at most %d characters, such as kari or kari@firma.no", nameMax))
	}
	return nil
}

func (s *Server) checkUser(u store.User) error {
	if err := CheckUserName(u.Name); err != nil {
		return err
	}
	switch {
	case !slices.Contains(hub.UserRoles(), u.Role):
		return invalid(fmt.Errorf("there is no role %q: choose one of %s", u.Role, strings.Join(hub.UserRoles(), ", ")))
	case u.Language != "" && !slices.Contains(s.site.Languages(), u.Language):
		return invalid(fmt.Errorf("there is no language %q: choose one of %s", u.Language, strings.Join(s.site.Languages(), ", ")))
	case u.Theme != "" && !slices.Contains(s.site.Themes(), u.Theme):
		return invalid(fmt.Errorf("there is no theme %q: choose one of %s", u.Theme, strings.Join(s.site.Themes(), ", ")))
	}
	return nil
}

func (s *Server) changeUser(ctx context.Context, name string, in UserChange) (*store.User, error) {
	hash := ""
	if in.Password != nil {
		var err error
		if hash, err = s.hash(ctx, *in.Password); err != nil {
			return nil, err
		}
	}
	u, err := s.store.ChangeUser(ctx, strings.ToLower(name), hash, func(u *store.User) error {
		if in.Role != nil {
			u.Role = string(*in.Role)
		}
		if in.All != nil {
			u.All = *in.All
		}
		if in.Departments != nil {
			u.Departments = in.Departments
		}
		if in.Language != nil {
			u.Language = *in.Language
		}
		if who, _ := callerOf(ctx); who.user.Name == u.Name && u.Role != hub.RoleAdmin {
			return refuse(http.StatusConflict, "You cannot take the role of administrator from yourself: ask another administrator.")
		}
		return s.checkUser(*u)
	})
	return &u, err
}

// setPassword replaces a password; all sessions of the user end.
func (s *Server) setPassword(ctx context.Context, name, password string) error {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.store.SetPassword(ctx, name, hash)
}

func (s *Server) removeUser(ctx context.Context, name string) error {
	if who, _ := callerOf(ctx); who.user.Name == strings.ToLower(name) {
		return refuse(http.StatusConflict, "You cannot remove yourself: ask another administrator.")
	}
	return s.store.RemoveUser(ctx, strings.ToLower(name))
}

// addToken makes a bearer token. An administrator may make one for anybody,
// others for themselves.
func (s *Server) addToken(ctx context.Context, name, label string) (*FreshToken, error) {
	if err := ownOrAdmin(ctx, name); err != nil {
		return nil, err
	}
	u, err := s.store.User(ctx, strings.ToLower(name))
	if err != nil {
		return nil, err
	}
	return newToken(ctx, s.store, u.Name, label)
}

// NewToken makes a bearer token for a user and returns its secret, which is
// kept nowhere else.
func NewToken(ctx context.Context, st *store.Store, user, label string) (secret string, err error) {
	token, err := newToken(ctx, st, user, label)
	if err != nil {
		return "", err
	}
	return token.Token, nil
}

func newToken(ctx context.Context, st *store.Store, user, label string) (*FreshToken, error) {
	secret := newSecret()
	id, err := st.AddToken(ctx, store.Token{User: user, Kind: store.TokenBearer, Label: label, Hash: hashSecret(secret)})
	return &FreshToken{ID: id, Token: secret}, err
}

func (s *Server) tokens(ctx context.Context, name string) ([]store.Token, error) {
	if err := ownOrAdmin(ctx, name); err != nil {
		return nil, err
	}
	return s.store.Tokens(ctx, strings.ToLower(name), store.TokenBearer)
}

func (s *Server) removeToken(ctx context.Context, name string, id int64) error {
	if err := ownOrAdmin(ctx, name); err != nil {
		return err
	}
	return s.store.RemoveToken(ctx, strings.ToLower(name), id)
}

// ownOrAdmin lets a user at what is theirs and an administrator at all. Others
// learn not even whether the user exists.
func ownOrAdmin(ctx context.Context, name string) error {
	who, _ := callerOf(ctx)
	if who.user.Name == strings.ToLower(name) || who.user.Role == hub.RoleAdmin {
		return nil
	}
	return store.ErrNotFound
}

package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

const (
	cookieName   = "samsyn"
	sessionIdle  = 3 * 24 * time.Hour  // a session unused for so long has ended
	sessionLife  = 30 * 24 * time.Hour // and none lives longer
	sessionTouch = 5 * time.Minute     // use is noted no more often
	linkLife     = 15 * time.Minute
)

// caller is who makes the request: a user with the token that proves it, or the
// operator at the command line.
type caller struct {
	user  store.User
	token store.Token // zero for the operator
}

type callerKey struct{}

func callerOf(ctx context.Context) (caller, bool) {
	who, ok := ctx.Value(callerKey{}).(caller)
	return who, ok
}

// isOperator reports whether the request comes from the command line of the machine.
func isOperator(ctx context.Context) bool {
	who, known := callerOf(ctx)
	return known && who.token.ID == 0
}

// viewerOf is the viewer of the request; without a caller one who sees nothing.
func viewerOf(ctx context.Context) hub.Viewer {
	who, _ := callerOf(ctx)
	return who.user.Viewer()
}

// managerOf is the viewer for reading sources and problems: who runs the
// sources sees how all of them fare, whatever records they may read.
func managerOf(ctx context.Context) hub.Viewer {
	v := viewerOf(ctx)
	v.All = v.All || permitted(v.Role, hub.RoleIT)
	return v
}

func withCaller(r *http.Request, who caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, who))
}

// identify finds out who calls, by bearer token or session cookie. A request
// without either goes on as nobody; a wrong token is told at once.
func (s *Server) identify(c *gin.Context) {
	if _, known := callerOf(c.Request.Context()); known { // the operator
		return
	}
	kind, secret := store.TokenSession, ""
	if header := c.GetHeader("Authorization"); header != "" {
		bearer, ok := strings.CutPrefix(header, "Bearer ")
		if !ok {
			abort(c, http.StatusUnauthorized, "The Authorization header must read: Bearer TOKEN.")
			return
		}
		kind, secret = store.TokenBearer, strings.TrimSpace(bearer)
	} else if secret, _ = c.Cookie(cookieName); secret == "" {
		return
	}
	token, user, err := s.store.Token(c.Request.Context(), kind, hashSecret(secret))
	switch {
	case errors.Is(err, store.ErrNotFound) && kind == store.TokenBearer:
		c.Header("WWW-Authenticate", `Bearer error="invalid_token"`)
		abort(c, http.StatusUnauthorized, "The token is unknown, expired or withdrawn: make a new one on the account page.")
		return
	case errors.Is(err, store.ErrNotFound):
		s.setCookie(c, "", -1)
		return
	case err != nil:
		status, detail := mapError(err)
		s.log.Error("identify caller", "error", err)
		abort(c, status, detail)
		return
	}
	s.touch(c.Request.Context(), token)
	c.Request = withCaller(c.Request, caller{user, token})
}

// touch notes the use of a token and prolongs a session. Failing to is no
// reason to turn the caller away.
func (s *Server) touch(ctx context.Context, token store.Token) {
	now := s.now()
	if now.Sub(token.Seen) < sessionTouch {
		return
	}
	if token.Kind == store.TokenSession {
		token.Expires = earlier(now.Add(sessionIdle), token.Created.Add(sessionLife))
	}
	if err := s.store.UseToken(ctx, token); err != nil {
		s.log.Warn("note the use of a token", "error", err)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// require lets pass only callers with the role or a higher one.
func (s *Server) require(role string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		who, known := callerOf(ctx.Context())
		switch {
		case !known:
			ctx.SetHeader("WWW-Authenticate", "Bearer")
			huma.WriteErr(s.api, ctx, http.StatusUnauthorized, "Log in first, or send a bearer token.")
		case !permitted(who.user.Role, role):
			huma.WriteErr(s.api, ctx, http.StatusForbidden, (&needsRole{role}).Error())
		default:
			next(ctx)
		}
	}
}

// errLogin tells no more than that name and password do not fit together.
var errLogin = refuse(http.StatusUnauthorized, "login.wrong")

// waitError says that too many logins failed.
type waitError struct{ wait time.Duration }

func (e *waitError) Error() string {
	return fmt.Sprintf("too many failed logins, wait %s", e.wait.Round(time.Second))
}

// login checks name and password and returns the user. After some failures in a
// row, of the account or from the address, it makes the caller wait, longer
// each time, whether the account exists or not. An attempt counts as failed from
// its beginning, so that many at once are no way around that.
func (s *Server) login(ctx context.Context, name, password, address string) (store.User, error) {
	name = shorten(strings.ToLower(strings.TrimSpace(name)), nameMax)
	subjects := []string{"account " + name, "address " + network(address)}
	others := s.comers.come(network(address))
	defer s.comers.leave(network(address))
	wait, err := s.store.Attempt(ctx, loginDelay, subjects...)
	if err == nil && others && wait > 0 && wait <= patience {
		select {
		case <-ctx.Done():
			return store.User{}, ctx.Err()
		case <-time.After(wait):
		}
		wait, err = s.store.Attempt(ctx, loginDelay, subjects...)
	}
	if err != nil {
		return store.User{}, err
	}
	if wait > 0 {
		return store.User{}, &waitError{wait}
	}
	hash, err := s.store.Password(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.User{}, err
	}
	fits, err := s.fits(ctx, password, hash)
	if err != nil {
		return store.User{}, fmt.Errorf("log in %s: %w", name, err)
	}
	if !fits {
		return store.User{}, errLogin
	}
	if err := s.store.ClearFailures(ctx, subjects...); err != nil {
		return store.User{}, err
	}
	return s.store.User(ctx, name)
}

// patience is how short a wait is that those are not bothered with who log in at once
// from one office: each counts as failed until the password is checked.
const patience = 2 * time.Second

// comers counts those who are logging in, by where they come from.
type comers struct {
	mu sync.Mutex
	n  map[string]int
}

// come counts one in, and reports whether others are there.
func (c *comers) come(from string) (others bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[from]++
	return c.n[from] > 1
}

func (c *comers) leave(from string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[from]--; c.n[from] == 0 {
		delete(c.n, from)
	}
}

// network is what of an address tells one caller from another: whoever has one
// address of IPv6 has the 2⁶⁴ of its network.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}

// loginDelay is how long to wait after n failed logins in a row: nothing for
// the first three, then a second, doubling to a quarter of an hour.
func loginDelay(n int) time.Duration {
	const free, most = 3, 15 * time.Minute
	if n <= free {
		return 0
	}
	return min(time.Second<<min(n-free-1, 20), most)
}

// openSession gives the browser a session of the user.
func (s *Server) openSession(c *gin.Context, user string) error {
	secret := newSecret()
	_, err := s.store.AddToken(c.Request.Context(), store.Token{
		User: user, Kind: store.TokenSession, Label: userAgent(c.Request), Hash: hashSecret(secret), Expires: s.now().Add(sessionIdle),
	})
	if err == nil {
		s.setCookie(c, secret, int(sessionLife.Seconds()))
	}
	return err
}

func userAgent(r *http.Request) string {
	agent := r.UserAgent()
	return agent[:min(len(agent), 200)]
}

func (s *Server) setCookie(c *gin.Context, value string, maxAge int) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure || c.Request.TLS != nil,
	})
}

// LoginLink returns the path, with query, of a link that logs the user in once
// within a quarter of an hour. ErrNotFound of package store: no such user.
func (s *Server) LoginLink(ctx context.Context, user string) (path string, err error) {
	if _, err := s.store.User(ctx, user); err != nil {
		return "", err
	}
	secret := newSecret()
	_, err = s.store.AddToken(ctx, store.Token{
		User: user, Kind: store.TokenLink, Label: "login link", Hash: hashSecret(secret), Expires: s.now().Add(linkLife),
	})
	return "/login/link?" + url.Values{"token": {secret}}.Encode(), err
}

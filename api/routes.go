package api

import (
	"context"
	"mime/multipart"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/danielgtaylor/huma/v2/sse"
	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// prefix is where the JSON interface lies.
const prefix = "/api/v1"

// None is an empty input or answer.
type None struct{}

type (
	body[T any] struct{ Body T }
	// idIn is an address with an id, idBody one that also brings a body.
	idIn struct {
		ID string `path:"id"`
	}
	idBody[T any] struct {
		ID   string `path:"id"`
		Body T
	}
	nameIn struct {
		Name string `path:"name"`
	}
	nameBody[T any] struct {
		Name string `path:"name"`
		Body T
	}
	tokenIn struct {
		Name string `path:"name"`
		ID   int64  `path:"id"`
	}
	uploadIn struct {
		Department string `path:"department"`
		RawBody    multipart.Form
	}
	customersIn struct {
		Q    string `query:"q" doc:"Words of the name, in any order; each may be unfinished."`
		Page int    `query:"page" minimum:"1" maximum:"100000" default:"1"`
	}
)

// Answers that are more than a list.
type (
	// SourceList, ProblemList, UserList and TokenList wrap lists, so that they can grow.
	SourceList struct {
		Sources []SourceView `json:"sources"`
	}
	ProblemList struct {
		Problems []hub.Problem `json:"problems"`
	}
	UserList struct {
		Users []store.User `json:"users"`
	}
	TokenList struct {
		Tokens []store.Token `json:"tokens"`
	}
	// Accepted says how many records are let go.
	Accepted struct {
		Records int `json:"records"`
	}
	// LabelInput names a token.
	LabelInput struct {
		Label string `json:"label" maxLength:"100"`
	}
	// Me is the caller.
	Me struct {
		User        string   `json:"user"`
		Role        string   `json:"role"`
		All         bool     `json:"all"`
		Departments []string `json:"departments" doc:"Departments with sources that the caller sees."`
	}
)

// routes registers the JSON interface. The OpenAPI document is made from it.
func (s *Server) routes() {
	config := huma.DefaultConfig("Samsyn", s.Version)
	config.Info.Description = "One search over the mailboxes and workbooks of all departments."
	config.CreateHooks = nil // no $schema fields in answers
	config.DocsPath, config.OpenAPIPath, config.SchemasPath = "", "", ""
	config.Servers = []*huma.Server{{URL: prefix}}
	config.OnAddOperation = append(config.OnAddOperation, describeBody)
	config.Transformers = []huma.Transformer{completeProblem}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName},
		"bearer":  {Type: "http", Scheme: "bearer"},
	}
	group := s.engine.Group(prefix)
	s.api = humagin.NewWithGroup(s.engine, group, config)
	s.readRoutes()
	s.sourceRoutes()
	s.userRoutes()
	s.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "openapi", Method: http.MethodGet, Path: "/openapi.json", Summary: "This description", Tags: []string{"meta"},
		Responses: map[string]*huma.Response{"200": {Description: "OpenAPI 3.1", Content: map[string]*huma.MediaType{"application/json": {}}}, "401": {Description: "The bearer token is not known"}},
	})
	group.GET("/openapi.json", func(c *gin.Context) { c.JSON(http.StatusOK, s.api.OpenAPI()) })
}

// op describes an operation: who may call it, how it is called, and by which
// statuses it refuses besides those that all have.
func (s *Server) op(role, method, path, id, summary string, refusals ...int) huma.Operation {
	op := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{role},
		Security:     []map[string][]string{{"session": {}}, {"bearer": {}}},
		Middlewares:  huma.Middlewares{s.require(role)},
		Errors:       append(refusals, 401, 403, 404, 422, 500, 504),
		MaxBodyBytes: maxBody,

		BodyReadTimeout: -1, // guard.go bounds it
	}
	return op
}

// describeBody adds how a body is refused that cannot be read.
func describeBody(_ *huma.OpenAPI, op *huma.Operation) {
	if op.RequestBody == nil {
		return
	}
	for _, status := range []int{400, 408, 413, 415} {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: op.Responses["422"].Content}
	}
}

// handle registers an operation whose answer is the JSON of O.
func handle[I, O any](s *Server, op huma.Operation, h func(ctx context.Context, v hub.Viewer, in *I) (O, error)) {
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*body[O], error) {
		out, err := h(ctx, viewerOf(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &body[O]{out}, nil
	})
}

// handleEmpty registers an operation that answers without a body.
func handleEmpty[I any](s *Server, op huma.Operation, status int, h func(ctx context.Context, in *I) error) {
	op.DefaultStatus = status
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*struct{}, error) {
		if err := h(ctx, in); err != nil {
			return nil, s.problem(ctx, err)
		}
		return nil, nil
	})
}

func created(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}

// readRoutes are what every employee may ask.
func (s *Server) readRoutes() {
	const role = hub.RoleEmployee
	handle(s, s.op(role, "GET", "/me", "me", "Who calls"), func(ctx context.Context, v hub.Viewer, _ *None) (Me, error) {
		departments, err := s.store.Departments(ctx, v)
		return Me{v.User, v.Role, v.All, departments}, err
	})
	handle(s, s.op(role, "GET", "/search", "search", "Search customers and their history"),
		func(ctx context.Context, v hub.Viewer, in *SearchInput) (*SearchAnswer, error) {
			return s.search(ctx, v, *in, asStored)
		})
	handle(s, s.op(role, "GET", "/customers", "customers", "Customers by name"),
		func(ctx context.Context, v hub.Viewer, in *customersIn) (*CustomerList, error) {
			return s.customers(ctx, v, in.Q, in.Page)
		})
	huma.Register(s.api, movable(s.op(role, "GET", "/customers/{id}", "customer", "One customer")),
		func(ctx context.Context, in *idIn) (*moved[CustomerProfile], error) {
			c, err := s.customer(ctx, viewerOf(ctx), in.ID)
			return follow(s, ctx, c, err, "", "")
		})
	huma.Register(s.api, movable(s.op(role, "GET", "/customers/{id}/history", "history", "All that happened, the newest first", 400)),
		func(ctx context.Context, in *HistoryInput) (*moved[HistoryPage], error) {
			h, err := s.history(ctx, viewerOf(ctx), *in, asStored)
			return follow(s, ctx, h, err, "/history", in.asked)
		})
	huma.Register(s.api, movable(s.op(role, "GET", "/customers/{id}/overview", "overview", "What was delivered, how it went, whom we know, what is expected")),
		func(ctx context.Context, in *idIn) (*moved[CustomerOverview], error) {
			o, err := s.customerOverview(ctx, viewerOf(ctx), in.ID)
			return follow(s, ctx, o, err, "/overview", "")
		})
	handle(s, s.op(role, "GET", "/records/{id}", "record", "A mail or row with its provenance"),
		func(ctx context.Context, v hub.Viewer, in *idIn) (*RecordView, error) {
			return s.record(ctx, v, s.languageOf(ctx), in.ID)
		})
	original := s.op(role, "GET", "/records/{id}/original", "original", "The file or message it was read from", 502)
	original.Responses = map[string]*huma.Response{"200": {Description: "The original", Content: map[string]*huma.MediaType{"application/octet-stream": {}}}}
	huma.Register(s.api, original, func(ctx context.Context, in *idIn) (*huma.StreamResponse, error) {
		r, err := s.original(ctx, viewerOf(ctx), in.ID)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return r, nil
	})
	s.decisionRoutes()
	upload := s.op(role, "POST", "/departments/{department}/files", "upload", "Drop files into the department's folder")
	upload.MaxBodyBytes = s.MaxUpload
	handle(s, upload, func(ctx context.Context, v hub.Viewer, in *uploadIn) (*Receipt, error) {
		defer in.RawBody.RemoveAll()
		return s.upload(ctx, v, in.Department, in.RawBody.File["file"])
	})
	sse.Register(s.api, s.op(role, "GET", "/events", "events", "Sync progress, new records, and what comes to a page, as it comes"),
		map[string]any{"sync": SyncEvent{}, "records": RecordsEvent{}, "arrivals": ArrivalsEvent{}, "alive": KeepAlive{}},
		func(ctx context.Context, in *arrivalsInput, send sse.Sender) {
			s.events(ctx, managerOf(ctx), s.arrivals(viewerOf(ctx), *in), send)
		})
}

// movable adds the answer for a customer that was merged into another.
func movable(op huma.Operation) huma.Operation {
	op.Responses = map[string]*huma.Response{"308": {
		Description: "The customer was merged into another",
		Headers:     map[string]*huma.Param{"Location": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	return op
}

// sourceRoutes are for those who run the sources; employees see those of their departments.
func (s *Server) sourceRoutes() {
	const it = hub.RoleIT
	handle(s, s.op(hub.RoleEmployee, "GET", "/sources", "sources", "Sources and how they fare"),
		func(ctx context.Context, _ hub.Viewer, _ *None) (SourceList, error) {
			all, err := s.sources(ctx, managerOf(ctx))
			return SourceList{all}, err
		})
	handle(s, created(s.op(it, "POST", "/sources", "addSource", "Add a source", 409)),
		func(ctx context.Context, _ hub.Viewer, in *body[SourceInput]) (*SourceView, error) {
			return s.addSource(ctx, in.Body)
		})
	handle(s, s.op(it, "PATCH", "/sources/{id}", "changeSource", "Change, pause or resume a source", 409),
		func(ctx context.Context, v hub.Viewer, in *idBody[SourceChange]) (*SourceView, error) {
			return s.changeSource(ctx, v, in.ID, in.Body)
		})
	handleEmpty(s, s.op(it, "DELETE", "/sources/{id}", "removeSource", "Remove a source with all that was read from it"), http.StatusNoContent,
		func(ctx context.Context, in *idIn) error { return s.removeSource(ctx, in.ID) })
	handle(s, s.op(it, "POST", "/sources/{id}/check", "checkSource", "Try whether it can be read"),
		func(ctx context.Context, _ hub.Viewer, in *idIn) (*CheckResult, error) {
			return s.checkSource(ctx, in.ID)
		})
	handleEmpty(s, s.op(it, "POST", "/sources/{id}/sync", "syncSource", "Look at it now", 409), http.StatusAccepted,
		func(ctx context.Context, in *idIn) error { return s.syncSource(ctx, in.ID) })
	handle(s, s.op(it, "POST", "/sources/{id}/accept", "acceptSource", "Let held removals through"),
		func(ctx context.Context, _ hub.Viewer, in *idIn) (Accepted, error) {
			n, err := s.acceptSource(ctx, in.ID)
			return Accepted{n}, err
		})
	handle(s, s.op(hub.RoleEmployee, "GET", "/problems", "problems", "What could not be read, and why"),
		func(ctx context.Context, _ hub.Viewer, _ *None) (ProblemList, error) {
			all, err := s.store.Problems(ctx, managerOf(ctx))
			return ProblemList{full(all)}, err
		})
	handleEmpty(s, s.op(it, "POST", "/sync", "syncAll", "Look at every source now"), http.StatusAccepted,
		func(ctx context.Context, _ *None) error { return s.SyncAll(ctx) })
	handleEmpty(s, s.op(it, "POST", "/relink", "relink", "Link every record anew"), http.StatusAccepted,
		func(ctx context.Context, _ *None) error { return s.Relink(ctx) })
	handleEmpty(s, s.op(it, "POST", "/reindex", "reindex", "Build the index anew beside the old one"), http.StatusAccepted,
		func(ctx context.Context, _ *None) error { return s.Reindex(ctx) })
}

// userRoutes are for administrators, and for everybody's own tokens.
func (s *Server) userRoutes() {
	const admin = hub.RoleAdmin
	handle(s, s.op(admin, "GET", "/users", "users", "All users"), func(ctx context.Context, _ hub.Viewer, _ *None) (UserList, error) {
		all, err := s.store.Users(ctx)
		return UserList{all}, err
	})
	handle(s, created(s.op(admin, "POST", "/users", "addUser", "Add a user", 409)),
		func(ctx context.Context, _ hub.Viewer, in *body[UserInput]) (*store.User, error) {
			return s.addUser(ctx, in.Body)
		})
	handle(s, s.op(admin, "PATCH", "/users/{name}", "changeUser", "Change role, departments, language or password", 409),
		func(ctx context.Context, _ hub.Viewer, in *nameBody[UserChange]) (*store.User, error) {
			return s.changeUser(ctx, in.Name, in.Body)
		})
	handleEmpty(s, s.op(admin, "DELETE", "/users/{name}", "removeUser", "Remove a user", 409), http.StatusNoContent,
		func(ctx context.Context, in *nameIn) error { return s.removeUser(ctx, in.Name) })
	handle(s, s.op(hub.RoleEmployee, "GET", "/users/{name}/tokens", "tokens", "Bearer tokens of a user"),
		func(ctx context.Context, _ hub.Viewer, in *nameIn) (TokenList, error) {
			all, err := s.tokens(ctx, in.Name)
			return TokenList{all}, err
		})
	handle(s, created(s.op(hub.RoleEmployee, "POST", "/users/{name}/tokens", "addToken", "Make a bearer token; it is shown once")),
		func(ctx context.Context, _ hub.Viewer, in *nameBody[LabelInput]) (*FreshToken, error) {
			return s.addToken(ctx, in.Name, in.Body.Label)
		})
	handleEmpty(s, s.op(hub.RoleEmployee, "DELETE", "/users/{name}/tokens/{id}", "removeToken", "Withdraw a token"), http.StatusNoContent,
		func(ctx context.Context, in *tokenIn) error { return s.removeToken(ctx, in.Name, in.ID) })
}

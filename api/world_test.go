package api_test

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"iter"

	"github.com/prometheus/client_golang/prometheus"

	"samsyn/api"
	"samsyn/connectors"
	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/internal/hub"
	"samsyn/internal/ingest"
	"samsyn/internal/linker"
	"samsyn/internal/store"
	"samsyn/internal/testenv"
)

// world is a company of three departments, read, linked and indexed by the real
// parts: Salg and Service share a customer and a mail, Økonomi knows a secret.
type world struct {
	t      testing.TB
	store  *store.Store
	index  *indexer.Live
	server *api.Server
	folder string // of Salg
	asked  []hub.SourceID
	ids    map[string]hub.SourceID
	cookie map[string]string // session by user
	ahead  atomic.Int64      // how much later than now it is
	access *store.AccessLog
	export int                         // hits that a workbook holds, 0 for as many as usual
	kinds  []connectors.Kind           // of sources, those of shelves if nil
	look   *ingest.Looker              // looks at a source when that is asked for, unless nil
	proxy  []string                    // addresses that are believed about the client's
	follow func(context.Context) error // links and indexes on request; nil: settle does
	wait   time.Duration               // how long pages wait for what follows, 10 ms if zero
	zone   *time.Location
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// later lets time pass.
func (w *world) later(by time.Duration) { w.ahead.Add(int64(by)) }

const password = "riktig hest batteri"

// Users: kari sees all, per sees Salg, ola sees no department, ida runs the
// sources and sees Service.
var people = []store.User{
	{Name: "kari", Role: hub.RoleAdmin, All: true},
	{Name: "per", Role: hub.RoleEmployee, Departments: []string{"Salg"}},
	{Name: "ola", Role: hub.RoleEmployee, Departments: []string{}},
	{Name: "ida", Role: hub.RoleIT, Departments: []string{"Service"}},
}

func newWorld(t testing.TB) *world {
	t.Helper()
	engine, err := bleve.Open(t.TempDir(), quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	return newWorldOn(t, engine)
}

// newWorldOn is a world that is searched with the engine.
func newWorldOn(t testing.TB, engine indexer.Engine) *world {
	t.Helper()
	return newWorldIn(t, t.TempDir(), engine)
}

// newWorldIn is a world whose store lies in the folder, maybe from an earlier run.
func newWorldIn(t testing.TB, folder string, engine indexer.Engine) *world {
	t.Helper()
	return newWorldAt(t, "sqlite:"+filepath.Join(folder, "samsyn.db"), engine)
}

// inBothWorlds runs a test in a world on each of the two databases.
func inBothWorlds(t *testing.T, test func(*testing.T, *world)) {
	for name, dsn := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "samsyn.db") },
		"postgres": testenv.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			engine, err := bleve.Open(t.TempDir(), quiet())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { engine.Close() })
			test(t, newWorldAt(t, dsn(t), engine))
		})
	}
}

func newWorldAt(t testing.TB, dsn string, engine indexer.Engine) *world {
	t.Helper()
	w := &world{t: t, ids: map[string]hub.SourceID{}, cookie: map[string]string{}, folder: t.TempDir(), zone: zone(t, "Europe/Oslo")}
	var err error
	w.store, err = store.Open(t.Context(), dsn)
	w.must(err)
	t.Cleanup(func() { w.store.Close() })
	w.index, err = indexer.OpenLive(t.Context(), engine, w.store, quiet())
	w.must(err)
	t.Cleanup(func() { w.index.Close() })
	t.Cleanup(func() { w.must(w.server.Close()) })
	w.serve()
	known, err := w.store.Users(t.Context())
	w.must(err)
	if len(known) > 0 {
		return w
	}
	hash, err := api.HashPassword(password)
	w.must(err)
	for _, u := range people {
		w.must(w.store.AddUser(t.Context(), u, hash))
	}
	return w
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func (w *world) serve() {
	w.t.Helper()
	var err error
	w.access, err = w.store.AccessLog([]byte("secret"))
	w.must(err)
	if w.server != nil {
		w.must(w.server.Close())
	}
	kinds := w.kinds
	if kinds == nil {
		kinds = []connectors.Kind{shelfKind("folder"), shelfKind("imap")}
	}
	registry := &connectors.Registry{
		Kinds: kinds, Env: connectors.Env{Log: quiet(), TempDir: w.t.TempDir()},
		Seal: func(plain string) (string, error) { return sealed(plain), nil },
		Unseal: func(sealed string) (string, error) {
			plain, err := hex.DecodeString(strings.TrimPrefix(sealed, "sealed "))
			return string(plain), err
		},
	}
	if w.look != nil {
		w.look.Registry = registry
	}
	w.server, err = api.New(api.Deps{
		Store: w.store, Index: w.index, Registry: registry,
		Sync: func(ctx context.Context, id hub.SourceID) error {
			w.asked = append(w.asked, id)
			if w.look != nil {
				_, _ = w.look.Sync(ctx, id) // what comes of it stands in the store
			}
			return nil
		},
		SyncAll: func(context.Context) error { return nil },
		Relink:  func(context.Context) error { return nil },
		Reindex: func(context.Context) error { return nil },
		Preview: linker.New(w.store, quiet()).Preview, AccessLog: w.access,
		Ready:   map[string]func(context.Context) error{"store": w.store.Ping},
		Metrics: prometheus.NewRegistry(), Log: quiet(), Version: "test", Now: w.now, Zone: w.zone, ReceiptWait: cmp.Or(w.wait, 10*time.Millisecond), Follow: w.follow,
		MaxExport: w.export, TrustedProxies: w.proxy,
	})
	w.must(err)
}

func quiet() *slog.Logger {
	if os.Getenv("SAMSYN_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.DiscardHandler)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// source adds a source and gives it what it holds, by scope.
func (w *world) source(name, kind, department string, scopes map[string][]hub.Item) {
	w.t.Helper()
	ctx := context.Background()
	settings, err := json.Marshal(shelf{Path: filepath.Join(w.folder, department), Password: sealed("hemmelig"), Include: []string{}})
	w.must(err)
	w.must(os.MkdirAll(filepath.Join(w.folder, department), 0o755))
	id, err := w.store.AddSource(ctx, hub.Source{Name: name, Kind: kind, Department: department, Config: settings})
	w.must(err)
	w.ids[name] = id
	y, err := w.store.BeginSync(ctx, id, "test", time.Minute)
	w.must(err)
	for scope, items := range scopes {
		s := hub.Scope{Name: scope, Version: "1", At: time.Now()}
		_, err := y.Scope(ctx, scope)
		w.must(err)
		w.must(y.Put(ctx, s, items))
		w.must(y.Done(ctx, s, nil))
	}
	w.must(y.Finish(ctx, store.Outcome{Complete: true}))
}

// sealed is a secret as it is stored.
func sealed(secret string) string { return "sealed " + hex.EncodeToString([]byte(secret)) }

// settle links and indexes all that was read.
func (w *world) settle() {
	w.t.Helper()
	ctx := context.Background()
	_, err := linker.New(w.store, quiet()).Follow(ctx)
	w.must(err)
	_, err = w.index.Follow(ctx)
	w.must(err)
}

// row makes a row of name, role and value triples.
func row(ref string, at time.Time, title string, cells ...[3]string) hub.Item {
	c := &hub.Content{Kind: hub.KindRow, Title: title, At: at}
	for i, cell := range cells {
		column := string(rune('A' + i))
		f := hub.Field{Column: column, Name: cell[0], Role: cell[1], Value: cell[2]}
		switch cell[1] {
		case hub.RoleAmount, hub.RoleTotalAmount, hub.RoleQuantity:
			f.Type = "number"
		case hub.RoleDate:
			f.Type = "date"
		}
		c.Fields = append(c.Fields, f)
		if kind, ok := hub.IdentOf[cell[1]]; ok {
			c.Idents = append(c.Idents, hub.Ident{Kind: kind, Value: cell[2], Place: column + " " + cell[0]})
		}
	}
	return hub.Item{Ref: ref, Key: "k" + ref + title, Content: c}
}

// letter makes a mail.
func letter(ref, id string, at time.Time, from, to, subject, text, quoted string) hub.Item {
	return hub.Item{Ref: ref, Key: "mail " + id, Mark: id, Content: &hub.Content{
		Kind: hub.KindMail, Title: subject, Text: text, Quoted: quoted, At: at,
		Fields: []hub.Field{{Name: "From", Value: from}, {Name: "To", Value: to}},
		Idents: []hub.Ident{
			{Kind: hub.IdentEmail, Value: from, Role: hub.RoleFrom, Place: "From"},
			{Kind: hub.IdentEmail, Value: to, Role: hub.RoleTo, Place: "To"},
			{Kind: hub.IdentMessageID, Value: id, Place: "Message-ID"},
		},
	}}
}

// company fills the world with what the tests ask for.
func (w *world) company() {
	day := func(text string) time.Time {
		t, err := time.Parse(time.DateOnly, text)
		w.must(err)
		return t
	}
	customer := func(ref, no, name, org, mail, city string) hub.Item {
		return row(ref, time.Time{}, name, [3]string{"Kundenr", hub.RoleCustomerNo, no}, [3]string{"Navn", hub.RoleCustomerName, name},
			[3]string{"Orgnr", hub.RoleOrgNo, org}, [3]string{"E-post", hub.RoleEmail, mail}, [3]string{"Sted", hub.RoleCity, city})
	}
	w.source("Salg", "folder", "Salg", map[string][]hub.Item{
		"kunder.xlsx#Kunder": {
			customer("2", "10045", "Ødegård Bryggeri AS", "974760673", "post@odegard.example", "Bergen"),
			customer("3", "10046", "Åsgard Sag & Høvleri AS", "923609016", "ordre@asgard.example", "Hamar"),
		},
		"ordrer.xlsx#2026": {
			row("4", day("2026-03-05"), "Ordre F46253879", [3]string{"Ordre", hub.RoleRecordNo, "F46253879"}, [3]string{"Kundenr", hub.RoleCustomerNo, "10045"},
				[3]string{"Dato", hub.RoleDate, "2026-03-05"}, [3]string{"Vare", hub.RoleText, "Kjøleaggregat K200"}, [3]string{"Beløp", hub.RoleAmount, "128400.5"}),
			row("5", day("2026-04-11"), "Ordre F46253901", [3]string{"Ordre", hub.RoleRecordNo, "F46253901"}, [3]string{"Kundenr", hub.RoleCustomerNo, "10046"},
				[3]string{"Dato", hub.RoleDate, "2026-04-11"}, [3]string{"Vare", hub.RoleText, "Filtermatter"}, [3]string{"Beløp", hub.RoleAmount, "3120"}),
		},
	})
	both := letter("1.7", "felles@odegard.example", day("2026-03-09").Add(9*time.Hour+41*time.Minute), "post@odegard.example", "salg@havbris.example",
		"Levering av kjøleaggregat", "Hei,\n\nkan dere levere aggregatet før påske?\n\nHilsen Gro", "Den 5. mars skrev Havbris:\n> Ordren er mottatt.")
	w.source("Postkasse salg", "imap", "Salg", map[string][]hub.Item{"INBOX": {both}})
	w.source("Postkasse service", "imap", "Service", map[string][]hub.Item{"INBOX": {both,
		letter("1.9", "klage@odegard.example", day("2026-05-02").Add(12*time.Hour), "post@odegard.example", "service@havbris.example",
			"Aggregatet bråker", "Det ristende aggregatet holder naboene våkne.", ""),
	}})
	w.source("Service", "folder", "Service", map[string][]hub.Item{"saker.xlsx#Saker": {
		row("2", day("2026-05-03"), "Reklamasjon 881", [3]string{"Sak", hub.RoleRecordNo, "881"}, [3]string{"Kunde", hub.RoleCustomerName, "Ødegård Bryggeri AS"},
			[3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Status", hub.RoleStatus, "åpen"}, [3]string{"Tekst", hub.RoleText, "Ristelyd fra viften <script>alert(1)</script>"}),
	}})
	w.source("Økonomi", "folder", "Økonomi", map[string][]hub.Item{"inkasso.xlsx#Inkasso": {
		row("2", day("2026-06-01"), "Inkassovarsel hvalross", [3]string{"Kunde", hub.RoleCustomerName, "Ødegård Bryggeri Holding"},
			[3]string{"Orgnr", hub.RoleOrgNo, "974760673"}, [3]string{"Tekst", hub.RoleText, "Hvalross: betaler ikke"}),
		row("3", day("2026-06-02"), "Inkassovarsel Narhval", [3]string{"Kunde", hub.RoleCustomerName, "Narhval Shipping AS"},
			[3]string{"Orgnr", hub.RoleOrgNo, "985821585"}, [3]string{"Tekst", hub.RoleText, "bare økonomi kjenner dem"}),
	}})
	w.settle()
}

// shelf is a kind of source for these tests: a directory whose originals can be
// had. It serves under the names of the real kinds, so that uploads find it.
type shelf struct {
	Path     string   `json:"path" doc:"Directory to watch."`
	Password string   `json:"password" doc:"Opens the share." secret:"true"`
	Include  []string `json:"include" doc:"Only these."`
	Poll     int      `json:"poll" doc:"Seconds between looks."`
	Deep     bool     `json:"deep" doc:"Also the directories in it."`
}

func shelfKind(name string) connectors.Kind {
	return connectors.Kind{Name: name, Doc: "Watches a directory.", Config: func() connectors.Config { return &shelf{Poll: 60, Deep: true, Include: []string{}} }}
}

func (s *shelf) Validate() error {
	if s.Path == "" {
		return hub.At("path", errors.New("path: say which directory to watch"))
	}
	return nil
}

func (s *shelf) Open(context.Context, connectors.Env) (connectors.Connector, error) { return s, nil }

func (s *shelf) Check(context.Context) error {
	if _, err := os.Stat(s.Path); err != nil {
		return hub.At("path", connectors.Broken(err, "The directory %s cannot be read: check that it exists.", s.Path))
	}
	return nil
}

func (s *shelf) Scopes(context.Context, map[string]string) iter.Seq2[hub.Scope, error] {
	return func(func(hub.Scope, error) bool) {}
}

func (s *shelf) Read(context.Context, hub.Scope, connectors.Known) iter.Seq2[hub.Item, error] {
	return func(func(hub.Item, error) bool) {}
}

func (s *shelf) Close() error { return nil }

func (s *shelf) Original(ctx context.Context, scope, ref string) (io.ReadCloser, string, string, error) {
	if err := s.Check(ctx); err != nil {
		return nil, "", "", err
	}
	if mail, err := os.Open(filepath.Join(s.Path, scope+" "+ref+".eml")); err == nil {
		return mail, "mail.eml", "message/rfc822", nil
	}
	return io.NopCloser(strings.NewReader(fmt.Sprintf("original of %s %s", scope, ref))), "arbeidsbok.xlsx", "application/octet-stream", nil
}

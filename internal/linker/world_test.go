package linker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/linker"
	"samsyn/internal/store"
	"samsyn/internal/store/fault"
)

// A world is what a small company's sources say: few values for every key, so
// that chance makes namesakes, shared addresses and contradictions all the time.
type world struct {
	records  map[string]map[string]*hub.Content // source → key → content
	standing map[int64]hub.Decision
	open     func(*rapid.T) *store.Store
}

var (
	worldSources = []string{"salg", "lager", "support", "post", "register"}
	worldOrgNos  = []string{"923609016", "974760673", "831865741", "556016-0680", "2077474-0"}
	worldNames   = []string{"Fjordvik Bygg AS", "Fjordvik Bygg AB", "Solvik Eiendom II", "Nordmo Transport AS", "Håland & Sønner"}
	worldMails   = []string{"kari@fjordvik.no", "ola@fjordvik.no", "post@solvik.no", "per@gmail.com", "faktura@hub.no"}
	worldPhones  = []string{"+47 22 86 44 00", "+47 930 96 512", "+46 8 123 456 78"}
	worldCustNos = []string{"10045", "10046", "10047"}
	worldCities  = []string{"Bergen", "Malmö"}
)

// maybe draws one of the values, or nothing.
func maybe(t *rapid.T, label string, values []string) string {
	return rapid.SampledFrom(append([]string{"", ""}, values...)).Draw(t, label)
}

func drawRow(t *rapid.T) *hub.Content {
	c := &hub.Content{Kind: hub.KindRow, Title: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "title")}
	for _, k := range []struct {
		kind   string
		values []string
	}{{hub.IdentOrgNo, worldOrgNos}, {hub.IdentCustNo, worldCustNos}, {hub.IdentName, worldNames}, {hub.IdentEmail, worldMails}, {hub.IdentPhone, worldPhones}, {hub.IdentPlace, worldCities}} {
		if v := maybe(t, k.kind, k.values); v != "" {
			c.Idents = append(c.Idents, hub.Ident{Kind: k.kind, Value: v, Place: "A " + k.kind})
		}
	}
	return c
}

// drawEntry draws a row of an official register, whose numbers mostly exist and
// are at times merged into one another.
func drawEntry(t *rapid.T) *hub.Content {
	c := &hub.Content{Kind: hub.KindRow, Fields: []hub.Field{{Column: "C", Name: "Organisasjonsform", Value: "AS"}, {Column: "D", Name: "Registreringsdato", Type: "date", Value: "2001-02-03"}}}
	for _, k := range []struct {
		name, role string
		values     []string
	}{{"Orgnr", hub.RoleOrgNo, worldOrgNos}, {"Navn", hub.RoleCustomerName, append(worldNames, "Fjordvik Bygg og Anlegg AS")}, {"Fusjonert inn i", "", worldOrgNos}, {"Overordnet enhet", "", worldOrgNos}} {
		if v := maybe(t, k.name, k.values); v != "" {
			c.Fields = append(c.Fields, hub.Field{Column: "E", Name: k.name, Role: k.role, Value: v})
			if k.role != "" {
				c.Idents = append(c.Idents, hub.Ident{Kind: hub.IdentOf[k.role], Value: v, Place: "E " + k.name})
			}
		}
	}
	return c
}

func drawMail(t *rapid.T, key string) *hub.Content {
	c := &hub.Content{Kind: hub.KindMail, Idents: []hub.Ident{{Kind: hub.IdentMessageID, Value: key + "@x.no"}}}
	add := func(kind, role, value string) {
		if value != "" {
			c.Idents = append(c.Idents, hub.Ident{Kind: kind, Value: value, Role: role, Place: role})
		}
	}
	if rapid.Bool().Draw(t, "outbound") {
		add(hub.IdentEmail, hub.RoleFrom, "vi@nordlys.no")
		add(hub.IdentEmail, hub.RoleTo, maybe(t, "to", worldMails))
		add(hub.IdentEmail, hub.RoleTo, maybe(t, "to too", worldMails))
	} else {
		add(hub.IdentEmail, hub.RoleFrom, maybe(t, "from", append(worldMails, "ukjent@annen.no")))
		add(hub.IdentOrgNo, hub.RoleSignature, maybe(t, "signature", worldOrgNos))
		add(hub.IdentEmail, hub.RoleCc, maybe(t, "cc", worldMails))
	}
	add(hub.IdentReply, "", maybe(t, "reply", []string{"k0@x.no", "k1@x.no", "k2@x.no"}))
	if rapid.Bool().Draw(t, "meeting") {
		c.Meeting = &hub.Meeting{
			UID: rapid.SampledFrom([]string{"m1", "m1", "m2", ""}).Draw(t, "uid"), Sequence: rapid.IntRange(0, 2).Draw(t, "sequence"), Starts: time.Date(2026, 3, rapid.IntRange(1, 9).Draw(t, "day"), 9, 0, 0, 0, time.UTC),
			Cancelled: rapid.IntRange(0, 3).Draw(t, "cancelled") == 0, Reply: maybe(t, "answer", []string{"accepted"}),
		}
	}
	return c
}

func drawDecision(t *rapid.T) hub.Decision {
	ident := func(label string) map[string]string {
		switch rapid.IntRange(0, 4).Draw(t, label) {
		case 0:
			return map[string]string{"orgno": rapid.SampledFrom(worldOrgNos).Draw(t, "orgno")}
		case 1:
			return map[string]string{"email": rapid.SampledFrom(worldMails).Draw(t, "email")}
		case 2:
			return map[string]string{"message_id": rapid.SampledFrom([]string{"k0@x.no", "k1@x.no", "k2@x.no"}).Draw(t, "message")}
		case 3:
			return map[string]string{"custno": rapid.SampledFrom(worldCustNos).Draw(t, "custno"), "source": rapid.SampledFrom(worldSources[:3]).Draw(t, "source")}
		}
		return map[string]string{"record": fmt.Sprintf("k%d", rapid.IntRange(0, 5).Draw(t, "record")), "source": rapid.SampledFrom(worldSources[:3]).Draw(t, "source")}
	}
	d := hub.Decision{Kind: rapid.SampledFrom(append(link.Kinds(), link.MustLink, link.CannotLink)).Draw(t, "kind"), A: ident("a"), By: rapid.SampledFrom([]string{"kari", "ola"}).Draw(t, "by")}
	if link.OfValue(d.Kind) {
		d.A = map[string]string{"email": rapid.SampledFrom(worldMails).Draw(t, "value")}
		return d
	}
	for d.B = ident("b"); maps.Equal(d.A, d.B); {
		d.B = ident("b")
	}
	return d
}

// bench is a store with a linker.
type bench struct {
	st *store.Store
	l  *linker.Linker
}

func newBench(t rapid.TB, st *store.Store) *bench {
	if err := st.SetSetting(context.Background(), "company", hub.Company{Name: "Nordlys", Domains: []string{"nordlys.no"}}); err != nil {
		t.Fatal(err)
	}
	return &bench{st, linker.New(st, slog.New(slog.DiscardHandler))}
}

// sources registers the sources in the order given.
func (b *bench) sources(t rapid.TB, names []string) {
	for _, name := range names {
		kind := "folder"
		if name == "post" {
			kind = "imap"
		}
		if _, err := b.st.AddSource(context.Background(), hub.Source{Name: name, Kind: kind, Department: name, Config: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
}

// write makes a source say what is in contents; nil contents are gone.
func (b *bench) write(t rapid.TB, source string, contents map[string]*hub.Content) {
	ctx := context.Background()
	src, err := b.st.SourceByName(ctx, source)
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.st.BeginSync(ctx, src.ID, "test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	scope := hub.Scope{Name: "ark", Version: time.Now().String()}
	var items []hub.Item
	var gone []string
	for _, key := range slices.Sorted(maps.Keys(contents)) {
		if c := contents[key]; c == nil {
			gone = append(gone, key)
		} else {
			items = append(items, hub.Item{Ref: key, Key: key, Content: c})
		}
	}
	for _, err := range []error{y.Put(ctx, scope, items), y.Done(ctx, scope, gone), y.Finish(ctx, store.Outcome{Complete: true})} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (b *bench) follow(t rapid.TB) {
	if _, err := b.l.Follow(context.Background()); err != nil {
		t.Fatal(err)
	}
}

var errCrash = errors.New("crash")

// crash follows until a statement fails.
func (b *bench) crash(t rapid.TB, after int) {
	ctx := fault.With(context.Background(), &fault.Fault{Statement: func(q string, args []any) (string, []any, error) {
		if after--; after < 0 {
			return "", nil, errCrash
		}
		return q, args, nil
	}})
	if _, err := b.l.Follow(ctx); err != nil && !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
}

// outcome tells the links of all records apart from the customers' ids: a
// customer goes by the records linked to it.
func (b *bench) outcome(t rapid.TB) map[string]string {
	members := map[hub.CustomerID][]string{}
	links, is := map[string][]hub.Link{}, map[string]string{}
	err := b.st.EachRecord(context.Background(), func(r *hub.Record) error {
		name := r.SourceName + "/" + r.Key
		links[name], is[name] = r.Links, r.Nature+" of "+r.At.Format(time.DateOnly)
		for _, k := range r.Links {
			if !k.Suggested {
				members[k.Customer] = append(members[k.Customer], name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name, ls := range links {
		var parts []string
		for _, k := range ls {
			var evidence []string
			for _, e := range k.Evidence {
				evidence = append(evidence, fmt.Sprintf("%s %s %s %.1f", e.Kind, e.Value, e.Place, e.Bits))
			}
			parts = append(parts, fmt.Sprintf("suggested=%v rank=%d %s because %s", k.Suggested, k.Rank, members[k.Customer], strings.Join(evidence, ", ")))
		}
		slices.Sort(parts)
		out[name] = is[name] + "\n" + strings.Join(parts, "\n")
	}
	return out
}

// faces tells what every department knows, by the same names.
func (b *bench) faces(t rapid.TB) []string {
	var out []string
	for after := (hub.Cursor{}); ; {
		changes, err := b.st.Changes(context.Background(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(changes) == 0 {
			slices.Sort(out)
			return out
		}
		for _, c := range changes {
			if after = c.Cursor; c.Customer != nil && !c.Gone {
				for _, f := range c.Customer.Faces {
					if f.Name == c.Customer.ID.String() {
						f.Name = "nameless"
					}
					out = append(out, fmt.Sprintf("%s %q %q %v %d %v", f.Department, f.Name, f.Names, f.Idents, f.Records, f.Last))
				}
			}
		}
	}
}

package linker_test

import (
	"context"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/register"
)

// keepsApart checks that no customer holds records that a person said must not
// be together, nor two organisation numbers unless a person said so. A record
// that itself bears both sides is not counted.
func (b *bench) keepsApart(t rapid.TB, standing map[int64]hub.Decision) {
	sources := map[string]hub.SourceID{}
	for _, name := range worldSources {
		src, err := b.st.SourceByName(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = src.ID
	}
	members := b.keysByCustomer(t)
	merged := map[string]bool{}
	for _, d := range standing {
		if link.OfValue(d.Kind) || d.Kind == link.SubunitOf {
			continue
		}
		a, c := identKeys(t, d.A, sources), identKeys(t, d.B, sources)
		if d.Kind != link.CannotLink && d.Kind != link.Split {
			merged[a], merged[c] = true, true
			continue
		}
		for id, records := range members {
			with := func(has, lacks string) bool {
				return slices.ContainsFunc(records, func(keys map[string]bool) bool { return keys[has] && !keys[lacks] })
			}
			if a != c && with(a, c) && with(c, a) {
				t.Errorf("customer %s has records with %s and with %s", id, a, c)
			}
		}
	}
	tookOver := b.tookOver(t)
	for id, records := range members {
		if !slices.ContainsFunc(records, func(keys map[string]bool) bool { return !keys["entry"] }) {
			t.Errorf("customer %s was founded by a register", id)
		}
		numbers := map[string]bool{}
		for _, keys := range records {
			for k := range keys {
				if link.ParseKey(k).Kind == hub.IdentOrgNo && !merged[k] && keys["row"] {
					numbers[k] = true
				}
			}
		}
		ends := map[string]bool{}
		for n := range numbers {
			ends[tookOver(n)] = true
		}
		if len(merged) == 0 && len(ends) > 1 {
			t.Errorf("customer %s has the organisation numbers %v", id, slices.Collect(maps.Keys(numbers)))
		}
	}
}

// tookOver tells for a number, by its key, one that stands for all companies
// which registers join with it.
func (b *bench) tookOver(t rapid.TB) func(string) string {
	group := map[string]string{}
	var end func(string) string
	end = func(n string) string {
		if group[n] == "" || group[n] == n {
			return n
		}
		return end(group[n])
	}
	err := b.st.EachRecord(context.Background(), func(r *hub.Record) error {
		if e := entry(r); e != nil && e.Number != "" && e.Successor != "" {
			group[end(link.NumberKey(e.Number))] = end(link.NumberKey(e.Successor))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// entry reads a row of a register, nil if it is none.
func entry(r *hub.Record) *register.Entry {
	reader := register.NewReader(link.NewOwn(hub.Company{}))
	if r.Content.Kind != hub.KindRow || !reader.Is("", r.Content.Fields) {
		return nil
	}
	e := reader.Read(&r.Content)
	return &e
}

func identKeys(t rapid.TB, ident map[string]string, sources map[string]hub.SourceID) string {
	keys, err := link.IdentKeys(ident, func(name string) (hub.SourceID, bool) { return sources[name], true })
	if err != nil {
		t.Fatal(err)
	}
	return keys[0].ID()
}

// keysByCustomer returns the keys of every record linked to a customer.
func (b *bench) keysByCustomer(t rapid.TB) map[hub.CustomerID][]map[string]bool {
	own := link.NewOwn(hub.Company{Name: "Nordlys", Domains: []string{"nordlys.no"}})
	out := map[hub.CustomerID][]map[string]bool{}
	err := b.st.EachRecord(context.Background(), func(r *hub.Record) error {
		keys := map[string]bool{
			link.Key{Kind: link.KindRecord, Value: r.Source.String() + " " + r.Key}.ID(): true,
			r.Content.Kind: true,
			"entry":        entry(r) != nil,
		}
		for _, k := range link.Named(r, 0, "", nil) {
			keys[k.ID()] = true
		}
		for _, k := range link.Keys(&r.Content, link.Origin{Source: r.Source, Mail: r.SourceName == "post"}, own) {
			keys[k.ID()] = true
		}
		for _, k := range r.Links {
			if !k.Suggested {
				out[k.Customer] = append(out[k.Customer], keys)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

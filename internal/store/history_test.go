package store_test

import (
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/linker"
	"samsyn/internal/store"
)

// TestTalksJoinInAnyOrder reads conversations whose mails name only the one they
// answer, shuffled and over several looks: each conversation becomes one line,
// with as many mails as it has, copies once. The last is an answer by return: of
// the same second as the one before.
func TestTalksJoinInAnyOrder(t *testing.T) {
	const talks, mails = 6, 7
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			shelves(t, s, 1) // founds the customer by its organisation number
			var items []hub.Item
			for talk := range talks {
				for n := range mails {
					id := func(n int) string { return fmt.Sprintf("m%d.%d@odegard.example", talk, n) }
					c := &hub.Content{Kind: hub.KindMail, Title: "Sak", Text: "Org.nr 974760673", At: time.Date(2026, 1+time.Month(talk), 1+min(n, mails-2), 8, 0, 0, 0, time.UTC), Idents: []hub.Ident{
						{Kind: hub.IdentMessageID, Value: id(n), Place: "Message-ID"}, {Kind: hub.IdentOrgNo, Value: "974760673", Role: hub.RoleSubject, Place: "text 1"}}}
					if n > 0 {
						c.Idents = append(c.Idents, hub.Ident{Kind: hub.IdentReply, Value: id(n - 1), Place: "In-Reply-To"})
					}
					items = append(items, hub.Item{Ref: fmt.Sprintf("1.%d", talk*100+n+1), Key: "mail " + id(n), Content: c})
				}
			}
			r := rand.New(rand.NewPCG(3, uint64(len(name))))
			r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
			l := linker.New(s, slog.New(slog.DiscardHandler))
			for i := 0; i < len(items); i += 11 {
				fill(t, s, "Salg", map[string][]hub.Item{fmt.Sprintf("INBOX %d", i): items[i:min(i+11, len(items))]})
				if _, err := l.Follow(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			fill(t, s, "Service", map[string][]hub.Item{"Kopier": items[:9]})
			if _, err := l.Follow(t.Context()); err != nil {
				t.Fatal(err)
			}
			ids, _, err := s.Customers(t.Context(), hub.Viewer{All: true}, "odegard", 0, 1)
			if err != nil || len(ids) != 1 {
				t.Fatal(ids, err)
			}
			lines, _, err := s.History(t.Context(), hub.Viewer{All: true}, ids[0], store.HistoryFilter{Kinds: []string{hub.KindMail}, Grouped: true}, "", 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(lines) != talks+1 { // and the mail of shelves
				t.Errorf("%d lines, want %d", len(lines), talks+1)
			}
			for _, e := range lines[:min(talks, len(lines))] {
				if e.Mails != mails && e.Mails != 1 || e.Mails == 1 && e.At.Month() != time.June {
					t.Errorf("the conversation of %s has %d mails, want %d", e.At, e.Mails, mails)
				}
			}
			one, _, err := s.History(t.Context(), hub.Viewer{All: true}, ids[0], store.HistoryFilter{Talk: lines[0].Talk}, "", 100)
			if err != nil || len(one) != lines[0].Mails {
				t.Errorf("opened, the conversation has %d mails, want %d: %v", len(one), lines[0].Mails, err)
			}
		})
	}
}

// TestHistoryByDays: dates without a time of day are of their day also where it
// begins after midnight UTC.
func TestHistoryByDays(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			shelves(t, s, 1) // founds the customer by its organisation number
			first := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
			var items []hub.Item
			for i, at := range []time.Time{first.AddDate(0, 0, -1), first, first.Add(3 * time.Hour), first.Add(9 * time.Hour)} {
				items = append(items, hub.Item{Ref: fmt.Sprint(i + 2), Key: fmt.Sprint("row ", i), Content: &hub.Content{Kind: hub.KindRow, Title: fmt.Sprint("Sak ", i), At: at, Idents: []hub.Ident{
					{Kind: hub.IdentOrgNo, Value: "974760673", Role: hub.RoleSubject, Place: "A Orgnr"}}}})
			}
			fill(t, s, "Salg", map[string][]hub.Item{"saker.xlsx#Saker": items})
			if _, err := linker.New(s, slog.New(slog.DiscardHandler)).Follow(t.Context()); err != nil {
				t.Fatal(err)
			}
			ids, _, err := s.Customers(t.Context(), hub.Viewer{All: true}, "odegard", 0, 1)
			if err != nil || len(ids) != 1 {
				t.Fatal(ids, err)
			}
			west := time.FixedZone("west", -5*3600)
			for day, want := range map[time.Time][]time.Duration{first: {9 * time.Hour, 0}, first.AddDate(0, 0, -1): {3 * time.Hour, -24 * time.Hour}} {
				lines, _, err := s.History(t.Context(), hub.Viewer{All: true}, ids[0], store.HistoryFilter{Span: hub.Days(day, day, west)}, "", 100)
				var got []time.Duration
				for _, e := range lines {
					got = append(got, e.At.Sub(first))
				}
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%s holds what is %v after it, want %v: %v", day.Format(time.DateOnly), got, want, err)
				}
			}
		})
	}
}

// TestPrices: who does not see a record is not told what it comes to.
func TestPrices(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			fill(t, s, "Salg", map[string][]hub.Item{"fakturaer.xlsx#2026": {{Ref: "2", Key: "row", Content: &hub.Content{Kind: hub.KindRow, Title: "Faktura 1", Fields: []hub.Field{
				{Column: "A", Name: "Å betale", Role: hub.RoleTotalAmount, Type: "number", Value: "99.5"}, {Column: "B", Name: "Valuta", Role: hub.RoleCurrency, Value: "SEK"}}}}}})
			if _, err := linker.New(s, slog.New(slog.DiscardHandler)).Follow(t.Context()); err != nil {
				t.Fatal(err)
			}
			var ids []hub.RecordID
			if err := s.EachRecord(t.Context(), func(r *hub.Record) error { ids = append(ids, r.ID); return nil }); err != nil {
				t.Fatal(err)
			}
			for department, want := range map[string]map[hub.RecordID]store.Price{"Salg": {ids[0]: {Cents: 9950, Currency: "SEK", Gross: true}}, "Service": {}} {
				if got, err := s.Prices(t.Context(), hub.Viewer{Departments: []string{department}}, ids); err != nil || !maps.Equal(got, want) {
					t.Errorf("%s is told %v, want %v: %v", department, got, want, err)
				}
			}
		})
	}
}

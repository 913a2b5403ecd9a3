package store_test

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/linker"
	"samsyn/internal/store"
)

// shelves reads rows and mails of two departments that share a customer, and links them.
func shelves(t *testing.T, s *store.Store, rows int) {
	t.Helper()
	item := func(ref, name, org string, at time.Time) hub.Item {
		return hub.Item{Ref: ref, Key: "row " + ref, Content: &hub.Content{Kind: hub.KindRow, Title: name + " " + ref, At: at, Idents: []hub.Ident{
			{Kind: hub.IdentName, Value: name, Place: "A Navn"}, {Kind: hub.IdentOrgNo, Value: org, Place: "B Orgnr"},
		}}}
	}
	mail := hub.Item{Ref: "1.1", Key: "mail one", Content: &hub.Content{Kind: hub.KindMail, Title: "Hei", Text: "Org.nr 974760673", At: time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC),
		Idents: []hub.Ident{{Kind: hub.IdentOrgNo, Value: "974760673", Role: hub.RoleSubject, Place: "text 1"}}}}
	for _, department := range []string{"Salg", "Service"} {
		var items []hub.Item
		name := "Ødegård Bryggeri AS"
		if department == "Service" {
			name = "ØDEGÅRD BRYGGERI"
		}
		for i := range rows {
			at := time.Time{}
			if i > 0 {
				at = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i/2) // pairs share a day
			}
			items = append(items, item(fmt.Sprint(i+2), name, "974760673", at))
		}
		items = append(items, item("9000", department+" alene AS", map[string]string{"Salg": "923609016", "Service": "985821585"}[department], time.Time{}))
		fill(t, s, department, map[string][]hub.Item{"bok.xlsx#Ark1": items})
		fill(t, s, department, map[string][]hub.Item{"INBOX": {mail}})
	}
	if _, err := linker.New(s, slog.New(slog.DiscardHandler)).Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func fill(t *testing.T, s *store.Store, department string, scopes map[string][]hub.Item) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, items := range scopes {
		id, err := s.AddSource(ctx, hub.Source{Name: department + " " + name, Kind: "folder", Department: department})
		must(err)
		y, err := s.BeginSync(ctx, id, "test", time.Minute)
		must(err)
		_, err = y.Scope(ctx, name)
		must(err)
		scope := hub.Scope{Name: name, Version: "1", At: time.Now()}
		must(y.Put(ctx, scope, items))
		must(y.Done(ctx, scope, nil))
		must(y.Finish(ctx, store.Outcome{Complete: true}))
	}
}

func TestCustomers(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			shelves(t, s, 3)
			all, salg, none := hub.Viewer{All: true}, hub.Viewer{Departments: []string{"Salg"}}, hub.Viewer{}
			for _, c := range []struct {
				viewer hub.Viewer
				words  string
				want   int
			}{{all, "", 3}, {salg, "", 2}, {none, "", 0}, {all, "odegard", 1}, {salg, "service", 0}, {all, "%", 0}, {all, "_degard", 0},
				{all, "brygg", 1}, {salg, "bryggeri ode", 1}, {all, "odegard sag", 0}, {all, "gard", 0}, {none, "bryggeri", 0}, {all, strings.Repeat("odegard ", 1000), 1}} {
				ids, total, err := s.Customers(t.Context(), c.viewer, c.words, 0, 10)
				if err != nil || len(ids) != c.want || total != c.want {
					t.Errorf("%v, %.20q: %d of %d, %v; want %d", c.viewer, c.words, len(ids), total, err, c.want)
				}
			}
			ids, _, err := s.Customers(t.Context(), all, "odegard", 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.Customer(t.Context(), salg, ids[0])
			if err != nil || len(c.Faces) != 1 || c.Faces[0].Department != "Salg" || c.Name != "Ødegård Bryggeri AS" {
				t.Errorf("Salg sees %+v, %v", c, err)
			}
			if c, err := s.Customer(t.Context(), all, ids[0]); err != nil || len(c.Faces) != 2 {
				t.Errorf("all see %+v, %v", c, err)
			}
			if _, err := s.Customer(t.Context(), none, ids[0]); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("nobody sees %v", err)
			}
			names, err := s.CustomerNames(t.Context(), none, ids)
			if err != nil || len(names) != 0 {
				t.Errorf("names for nobody: %v, %v", names, err)
			}
			for _, v := range []hub.Viewer{all, salg, none} {
				var customers []hub.CustomerID
				var records []hub.RecordID
				if err := s.EachRecord(t.Context(), func(r *hub.Record) error {
					records = append(records, r.ID)
					for _, l := range r.Links {
						customers = append(customers, l.Customer)
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				want, err1 := s.CustomerNames(t.Context(), v, customers)
				listed, got, err2 := s.Listed(t.Context(), v, records)
				if err1 != nil || err2 != nil || !maps.Equal(got, want) || v.All && len(got) < 3 {
					t.Errorf("%v: names of the linked %v, %v; by id %v, %v", v, got, err2, want, err1)
				}
				seen, err := s.Records(t.Context(), v, records)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(listed, seen) {
					t.Errorf("%v: listed are %v, read %v", v, listed, seen)
				}
				for id, r := range seen {
					if !v.Sees(r.Department) {
						t.Errorf("%v sees record %s of %s", v, id, r.Department)
					}
				}
				if v.All && len(seen) != len(records) || !v.All && len(seen) == len(records) {
					t.Errorf("%v sees %d of %d records", v, len(seen), len(records))
				}
			}
			departments, err := s.Departments(t.Context(), salg)
			if err != nil || !slices.Equal(departments, []string{"Salg"}) {
				t.Errorf("departments of Salg: %v, %v", departments, err)
			}
		})
	}
}

// TestReferents: decisions are known again by the record and the customer they name.
func TestReferents(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			shelves(t, s, 1)
			ids, _, err := s.Customers(t.Context(), hub.Viewer{All: true}, "odegard", 0, 1)
			if err != nil || len(ids) != 1 {
				t.Fatal(ids, err)
			}
			customer, err := s.IdentOfCustomer(t.Context(), ids[0])
			if err != nil {
				t.Fatal(err)
			}
			record := map[string]string{"record": "row 2", "source": "Salg bok.xlsx#Ark1"}
			if _, err := s.AddDecision(t.Context(), hub.Decision{Kind: "cannot-link", A: record, B: customer, By: "kari"}); err != nil {
				t.Fatal(err)
			}
			if _, err := linker.New(s, slog.New(slog.DiscardHandler)).Follow(t.Context()); err != nil {
				t.Fatal(err)
			}
			named, err := s.Referents(t.Context(), hub.Viewer{All: true}, []map[string]string{record, customer, nil, {"orgno": "974760673"}, {"record": "row 2", "source": "nowhere"}})
			if err != nil || len(named) != 5 || named[1].Customer != ids[0] || named[3].Customer != ids[0] || named[2] != (store.Referent{}) || named[4] != (store.Referent{}) {
				t.Fatalf("named %+v, %v; want the customer %s", named, err, ids[0])
			}
			if r, err := s.Record(t.Context(), hub.Viewer{All: true}, named[0].Record); err != nil || r.Key != "row 2" || r.SourceName != "Salg bok.xlsx#Ark1" {
				t.Errorf("the record is %+v, %v", r, err)
			}
		})
	}
}

// TestHistoryPages reads a history in pages of every size: each record comes
// once, the newest first, the undated last, the mail that lies in two mailboxes once.
func TestHistoryPages(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			const rows = 21
			shelves(t, s, rows)
			for _, c := range []struct {
				viewer hub.Viewer
				filter store.HistoryFilter
				want   int
			}{
				{hub.Viewer{All: true}, store.HistoryFilter{}, 2*rows + 1},
				{hub.Viewer{Departments: []string{"Salg"}}, store.HistoryFilter{}, rows + 1},
				{hub.Viewer{All: true}, store.HistoryFilter{Departments: []string{"Service"}}, rows + 1},
				{hub.Viewer{All: true}, store.HistoryFilter{Kinds: []string{hub.KindMail}}, 1},
				{hub.Viewer{Departments: []string{"Salg"}}, store.HistoryFilter{Departments: []string{"Service"}}, 0},
				{hub.Viewer{}, store.HistoryFilter{}, 0},
			} {
				ids, _, err := s.Customers(t.Context(), hub.Viewer{All: true}, "odegard", 0, 1)
				if err != nil {
					t.Fatal(err)
				}
				for _, size := range []int{1, 2, 7, 100} {
					got := historyOf(t, s, c.viewer, ids[0], c.filter, size)
					if len(got) != c.want {
						t.Errorf("%v, %v in pages of %d: %d records, want %d", c.viewer, c.filter, size, len(got), c.want)
					}
				}
			}
		})
	}
}

func historyOf(t *testing.T, s *store.Store, v hub.Viewer, id hub.CustomerID, f store.HistoryFilter, size int) []hub.RecordID {
	t.Helper()
	var all []hub.RecordID
	seen := map[hub.RecordID]bool{}
	last := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	for cursor := ""; ; {
		entries, next, err := s.History(t.Context(), v, id, f, cursor, size)
		if err != nil {
			t.Fatal(err)
		}
		var ids []hub.RecordID
		for _, e := range entries {
			ids = append(ids, e.Record)
		}
		records, err := s.Records(t.Context(), v, ids)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			r := records[id]
			if r == nil || seen[id] || r.Content.At.After(last) {
				t.Fatalf("record %s comes twice, too late, or may not be seen", id)
			}
			seen[id], last = true, r.Content.At
		}
		if all = append(all, ids...); next == "" {
			return all
		}
		cursor = next
	}
}

func TestHistoryRefusesOtherCursors(t *testing.T) {
	s := databases["sqlite"](t)
	for _, cursor := range []string{"x", "!!", "MTIz", "YS5i"} {
		if _, _, err := s.History(t.Context(), hub.Viewer{All: true}, 1, store.HistoryFilter{}, cursor, 5); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

func TestCopies(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			shelves(t, s, 1)
			var ids []hub.RecordID
			err := s.EachRecord(t.Context(), func(r *hub.Record) error { ids = append(ids, r.ID); return nil })
			if err != nil {
				t.Fatal(err)
			}
			copies, err := s.Copies(t.Context(), hub.Viewer{All: true}, ids)
			if err != nil || len(copies) != 2 {
				t.Fatalf("copies %v, %v: want the mail in its two mailboxes", copies, err)
			}
			if copies, err := s.Copies(t.Context(), hub.Viewer{Departments: []string{"Salg"}}, ids); err != nil || len(copies) != 0 {
				t.Errorf("Salg learns of the copy in Service: %v, %v", copies, err)
			}
		})
	}
}

// TestEndlessValues: a cell under any header, or a line of a mail, may hold anything,
// such as a whole text without a break. The record is linked all the same.
func TestEndlessValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	endless := func(length int) string { // as random as can be: what repeats itself is packed
		text := make([]byte, length)
		for i := range text {
			text[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[random.IntN(62)]
		}
		return string(text)
	}
	var items []hub.Item
	for n, length := range []int{900, 1_100, 2_600, 3_000, 9_000, 100_000} {
		for _, kind := range []string{hub.KindRow, hub.KindMail} {
			c := &hub.Content{Kind: kind, Title: endless(length), Idents: []hub.Ident{
				{Kind: hub.IdentOrgNo, Value: []string{"974760673", "923609016", "985821585", "982463718", "914778271", "889640782"}[n], Place: "B Orgnr"},
				{Kind: hub.IdentEmail, Value: endless(length) + "@" + endless(20) + ".example", Role: hub.RoleFrom, Place: "From"},
				{Kind: hub.IdentEmail, Value: "ola@" + endless(length) + ".example", Role: hub.RoleFrom, Place: "From"},
			}}
			for _, ident := range []string{hub.IdentName, hub.IdentPerson, hub.IdentPlace, hub.IdentCustNo, hub.IdentPhone, hub.IdentWeb, hub.IdentMessageID, hub.IdentReply} {
				c.Idents = append(c.Idents, hub.Ident{Kind: ident, Value: endless(length), Place: "A"})
			}
			for _, role := range []string{hub.RoleCustomerName, hub.RoleContact, hub.RoleOwner, hub.RoleRecordNo, hub.RoleStatus, hub.RoleText, hub.RoleAddress, hub.RoleCity} {
				c.Fields = append(c.Fields, hub.Field{Column: "A", Name: endless(length), Role: role, Value: endless(length)})
			}
			items = append(items, hub.Item{Ref: fmt.Sprint(kind, n), Key: fmt.Sprint(kind, n), Content: c})
		}
	}
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			fill(t, s, "Salg", map[string][]hub.Item{"bok.xlsx#Ark1": items})
			if _, err := linker.New(s, slog.New(slog.DiscardHandler)).Follow(t.Context()); err != nil {
				t.Fatal(err)
			}
			if ids, total, err := s.Customers(t.Context(), hub.Viewer{All: true}, "", 0, 10); err != nil || total != 6 {
				t.Errorf("%d customers %v, %v", total, ids, err)
			}
		})
	}
}

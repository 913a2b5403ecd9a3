// Package demo makes up a Nordic company, its customers, the workbooks of its
// departments and its mailboxes, so that the program can be tried without
// anybody's data. The same seed and day give the same files, byte for byte in
// the mails and cell for cell in the workbooks.
//
// Every mail domain ends in .example, which RFC 2606 keeps free for this use.
package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"samsyn/internal/hub"
)

// Sizes of the made-up company.
const (
	customerCount = 320
	threadCount   = 430
)

// World is the made-up company and everybody it deals with.
type World struct {
	Own       hub.Company
	Customers []Customer
	Staff     []Person
	Today     time.Time // the day on which the files were made

	seed uint64
	rnd  *rand.Rand
}

// Customer is one of its customers.
type Customer struct {
	No       int // customer number of the sales department
	Name     string
	OrgNo    string // digits alone
	Country  string // ISO 3166-1 alpha-2
	Domain   string
	Street   string
	Postcode string
	City     string
	Phone    string
	People   []Person
	Owner    Person // our seller
	Weight   int    // how much it buys, 1 to 5
}

// Person is somebody who writes mail.
type Person struct {
	First, Last string
	Email       string
	Phone       string
	Title       string
}

// Name returns first and last name.
func (p Person) Name() string { return p.First + " " + p.Last }

// New makes up a company as it stands on the given day.
func New(seed uint64, today time.Time) *World {
	w := &World{
		Own: hub.Company{
			Name:      "Havbris Inneklima AS",
			Names:     []string{"Havbris Inneklima AS", "Havbris Inneklima AB", "Havbris"},
			Domains:   []string{"havbris.example"},
			OrgNos:    []string{"800000017"},
			Phones:    []string{"+4755301200"},
			Mailboxes: []string{"salg@havbris.example", "faktura@havbris.example", "kundeservice@havbris.example"},
		},
		Today: time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC),
		seed:  seed,
	}
	w.begin(forPeople)
	w.staff()
	w.customers()
	return w
}

// Each part of the world is drawn from a sequence of its own, so that it comes
// out the same whether or not the others were made.
const (
	forPeople = iota
	forBooks
	forLetters
)

func (w *World) begin(part uint64) { w.rnd = rand.New(rand.NewPCG(w.seed, part)) }

func (w *World) staff() {
	for _, n := range []string{"Ingrid Solheim", "Anders Bratland", "Kari Myhre", "Jonas Lindqvist", "Mette Kjærgaard", "Aino Lehtonen", "Øystein Tveit", "Sara Ekström"} {
		first, last, _ := strings.Cut(n, " ")
		w.Staff = append(w.Staff, Person{First: first, Last: last, Email: ascii(first) + "." + ascii(last) + "@havbris.example", Phone: "+47 55 30 12 " + fmt.Sprintf("%02d", 10+len(w.Staff))})
	}
}

func (w *World) customers() {
	taken := map[string]bool{}
	for len(w.Customers) < customerCount {
		c := w.customer(10000 + 7*len(w.Customers))
		if key := strings.ToLower(c.Name); !taken[key] && !taken[c.Domain] {
			taken[key], taken[c.Domain] = true, true
			w.Customers = append(w.Customers, c)
		}
	}
}

func (w *World) customer(no int) Customer {
	l := lands[w.weighted([]int{60, 18, 12, 10})]
	trade := pick(w, l.trades)
	stem := pick(w, l.stems) + pick(w, l.endings)
	name := stem + " " + trade
	if strings.HasPrefix(trade, "-") {
		name = stem + strings.TrimPrefix(trade, "-")
	}
	c := Customer{
		No: no, Country: l.code, OrgNo: l.orgNo(w.rnd),
		Name:   name + " " + pick(w, l.forms),
		Domain: strings.ReplaceAll(ascii(name), " ", "") + ".example",
		Street: pick(w, l.streets) + " " + fmt.Sprint(1+w.rnd.IntN(98)),
		Owner:  w.Staff[w.rnd.IntN(len(w.Staff))],
		Weight: 1 + w.weighted([]int{40, 25, 18, 11, 6}),
	}
	c.Postcode, c.City, _ = strings.Cut(pick(w, l.places), " ")
	c.Phone = l.phone(w.rnd)
	for range 1 + w.rnd.IntN(3) {
		p := Person{First: pick(w, l.first), Last: pick(w, l.last), Phone: l.phone(w.rnd), Title: pick(w, l.titles)}
		p.Email = ascii(p.First) + "." + ascii(p.Last) + "@" + c.Domain
		c.People = append(c.People, p)
	}
	return c
}

// buyer picks a customer, those who buy much more often.
func (w *World) buyer() *Customer {
	for {
		c := &w.Customers[w.rnd.IntN(len(w.Customers))]
		if w.rnd.IntN(5) < c.Weight {
			return c
		}
	}
}

// day picks a day of the last two years, recent ones more often.
func (w *World) day() time.Time {
	f := w.rnd.Float64()
	return w.Today.AddDate(0, 0, -1-int(f*f*730))
}

// weighted returns an index with the odds given.
func (w *World) weighted(odds []int) int {
	sum := 0
	for _, o := range odds {
		sum += o
	}
	n := w.rnd.IntN(sum)
	for i, o := range odds {
		if n -= o; n < 0 {
			return i
		}
	}
	return len(odds) - 1
}

// variant is how a colleague in a hurry writes a customer's name.
func (w *World) variant(c *Customer) string {
	switch w.rnd.IntN(8) {
	case 0:
		return strings.ToUpper(c.Name)
	case 1: // without legal form
		if i := strings.LastIndex(c.Name, " "); i > 0 {
			return c.Name[:i]
		}
	case 2:
		return strings.NewReplacer("ø", "oe", "Ø", "Oe", "å", "aa", "Å", "Aa", "æ", "ae").Replace(c.Name)
	}
	return c.Name
}

func pick[T any](w *World, from []T) T { return from[w.rnd.IntN(len(from))] }

// ascii writes a name as it stands in a mail address.
func ascii(s string) string {
	return strings.NewReplacer("æ", "ae", "ø", "o", "å", "a", "ä", "a", "ö", "o", "é", "e", "&", "og", ".", "").Replace(strings.ToLower(s))
}

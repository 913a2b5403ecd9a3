package linker_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/linker"
	"samsyn/internal/store"
)

// company makes up what a company with so many customers says of them: ten
// records each, in a register, an accounting list, a list without organisation
// numbers and a mailbox.
type company struct{ customers int }

func (c company) contents(source string, i int) *hub.Content {
	content := &hub.Content{Kind: hub.KindRow, At: time.UnixMilli(int64(i) * 1e7)}
	add := func(kind, role, value string) {
		content.Idents = append(content.Idents, hub.Ident{Kind: kind, Role: role, Value: value, Place: "B " + kind})
	}
	n := i % c.customers
	name := fmt.Sprintf("%s%s %d AS", [...]string{"Fjord", "Sol", "Nord", "Berg", "Hav"}[n%5], [...]string{"vik", "mo", "dal", "heim"}[n%4], n)
	domain := fmt.Sprintf("firma%d.no", n)
	switch source {
	case "register":
		add(hub.IdentOrgNo, "", norwegian(n))
		add(hub.IdentCustNo, "", fmt.Sprint(10000+n))
		add(hub.IdentEmail, "", "post@"+domain)
	case "lager":
		add(hub.IdentCustNo, "", fmt.Sprint(500000+n))
		add(hub.IdentPhone, "", fmt.Sprintf("+47 9%07d", n))
	case "support":
		add(hub.IdentEmail, "", fmt.Sprintf("kari%d@%s", i%3, domain))
	default:
		content.Kind = hub.KindMail
		add(hub.IdentMessageID, "", fmt.Sprintf("%d@%s", i, domain))
		add(hub.IdentEmail, hub.RoleFrom, fmt.Sprintf("kari%d@%s", i%3, domain))
		add(hub.IdentName, hub.RoleSignature, name)
		return content
	}
	add(hub.IdentName, "", name)
	return content
}

// norwegian is the n-th valid organisation number.
func norwegian(n int) string {
	for base := 81000000 + n*11; ; base++ {
		sum, digits := 0, fmt.Sprint(base)
		for i, w := range []int{3, 2, 7, 6, 5, 4, 3, 2} {
			sum += int(digits[i]-'0') * w
		}
		if check := (11 - sum%11) % 11; check < 10 {
			return fmt.Sprintf("%s%d", digits, check)
		}
	}
}

var linkCustomers = flag.Int("link-customers", 10_000, "customers of BenchmarkFollow, each with ten records")

// BenchmarkFollow links the records of a company with a tenth of the customers
// and of one with all of them for the first time, and sets the time for a record
// of the larger against that of the smaller; then it links single new records of
// the larger, one after the other.
//
//	go test ./internal/linker -run '^$' -bench Follow -benchtime 1x -timeout 2h -link-customers 50000
func BenchmarkFollow(b *testing.B) {
	for b.Loop() {
		_, _, small := followed(b, *linkCustomers/10)
		c, st, large := followed(b, *linkCustomers)
		b.ReportMetric(1/large.Seconds(), "records/s")
		b.ReportMetric(float64(large)/float64(small), "ratio-large/small")
		l := linker.New(st, slog.New(slog.DiscardHandler))
		var took []time.Duration
		for i := range 300 {
			c.load(b, st, []string{"lager", "support", "post"}[i%3], 10*c.customers+i, 10*c.customers+i+1)
			start := time.Now()
			if n, err := l.Follow(context.Background()); err != nil || n != 1 {
				b.Fatal(n, err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "single-p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "single-p99-ms")
	}
}

// followed links everything of a company and returns the time for each record.
func followed(b *testing.B, customers int) (company, *store.Store, time.Duration) {
	b.Helper()
	st, c, records := openSQLite(b), company{customers}, 0
	for _, source := range []struct {
		name string
		each int
	}{{"register", 3}, {"lager", 3}, {"support", 2}, {"post", 2}} { // in this order, or more is linked twice
		c.load(b, st, source.name, 0, source.each*customers)
		records += source.each * customers
	}
	start := time.Now()
	if n, err := linker.New(st, slog.New(slog.DiscardHandler)).Follow(context.Background()); err != nil || n != records {
		b.Fatal(n, err)
	}
	return c, st, time.Since(start) / time.Duration(records)
}

func (c company) load(b *testing.B, st *store.Store, source string, from, to int) {
	kind := "folder"
	if source == "post" {
		kind = "imap"
	}
	p := openPut(b, st, source, kind, source)
	for ; from < to; from += 2000 {
		var items []hub.Item
		for i := from; i < min(to, from+2000); i++ {
			items = append(items, hub.Item{Ref: fmt.Sprint(i), Key: fmt.Sprint(i), Content: c.contents(source, i)})
		}
		if err := p.sync.Put(context.Background(), hub.Scope{Name: "a", Version: "1"}, items); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.sync.Done(context.Background(), hub.Scope{Name: "a", Version: "1"}, nil); err != nil {
		b.Fatal(err)
	}
	p.finish(b)
}

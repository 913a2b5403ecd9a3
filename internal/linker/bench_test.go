package linker_test

import (
	"context"
	"fmt"
	"log/slog"
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

// BenchmarkFollow reads 100,000 records of 10,000 customers for the first time,
// then 1,000 new ones.
func BenchmarkFollow(b *testing.B) {
	ctx := context.Background()
	for range b.N {
		b.StopTimer()
		st := openSQLite(b)
		c := company{10_000}
		for source, n := range map[string]int{"register": 30_000, "lager": 30_000, "support": 20_000, "post": 20_000} {
			c.load(b, st, source, 0, n)
		}
		l := linker.New(st, slog.New(slog.DiscardHandler))
		b.StartTimer()
		start := time.Now()
		n, err := l.Follow(ctx)
		if err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
		b.ReportMetric(100_000/time.Since(start).Seconds(), "records/s")
		b.StopTimer()
		c.load(b, st, "register", 30_000, 31_000)
		start = time.Now()
		if n, err := l.Follow(ctx); err != nil || n != 1000 {
			b.Fatal(n, err)
		}
		b.ReportMetric(1000/time.Since(start).Seconds(), "later-records/s")
		b.StartTimer()
	}
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

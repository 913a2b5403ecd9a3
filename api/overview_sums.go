package api

import (
	"cmp"
	"slices"
	"time"

	"samsyn/internal/hub"
	"samsyn/internal/nature"
	"samsyn/internal/store"
)

// DeliveredAnswer is what was bought and delivered.
type DeliveredAnswer struct {
	Sums   []Sum  `json:"sums"`
	Latest []Line `json:"latest"`
	Last   int    `json:"last" doc:"Deliveries, orders and invoices of the last twelve months."`
	Before int    `json:"before" doc:"Of the twelve months before."`
}

// Sum adds what may be added: one nature, one currency, with or without VAT.
// Where the currency is not told, sums of different sources stay apart.
type Sum struct {
	Nature     string `json:"nature"`
	Currency   string `json:"currency,omitempty"`
	Gross      bool   `json:"gross,omitempty" doc:"With VAT."`
	Department string `json:"department,omitempty" doc:"Whose records they are, where no currency is told."`
	Cents      int64  `json:"cents" doc:"Hundredths, of the last twelve months; credit notes are subtracted."`
	Before     int64  `json:"before" doc:"Hundredths, of the twelve months before."`

	source hub.SourceID
}

// Trend is the change in percent, 0 without a year before.
func (s Sum) Trend() int {
	if s.Before <= 0 {
		return 0
	}
	return int((s.Cents - s.Before) * 100 / s.Before)
}

// ExpectedAnswer is what the customer is expected to buy.
type ExpectedAnswer struct {
	Forecasts []Line `json:"forecasts"`
	Sums      []Sum  `json:"sums" doc:"Of the forecasts; when there are none, of the last twelve months."`
	Projected bool   `json:"projected" doc:"Nobody has forecast anything: the sums are those of the last twelve months."`
}

func monthNumber(t time.Time) int { return 12*t.Year() + int(t.Month()) - 1 }

// deliveredNatures are what a customer bought; their sums are never added to
// each other, since one sale leaves an order, a delivery and an invoice.
var deliveredNatures = []string{nature.Order, nature.Delivery, nature.Invoice}

// months are the days, as addresses name them, of the months that begin so many
// months ago and end so many months ago; 0 is this month.
func months(now time.Time, begin, end int) (from, to string) {
	day := func(ago, day int) string {
		return time.Date(now.Year(), now.Month()-time.Month(ago), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	return day(begin, 1), day(end-1, 0)
}

// deliveredOf sums up the last twelve months and the twelve before.
func deliveredOf(tallies []store.Tally, now time.Time) DeliveredAnswer {
	a := DeliveredAnswer{Sums: sumsOf(tallies, now, deliveredNatures...)}
	head := monthNumber(now)
	for _, t := range tallies {
		if !slices.Contains(deliveredNatures, t.Nature) {
			continue
		}
		switch age := head - t.Month; {
		case age >= 0 && age < 12:
			a.Last += t.Records
		case age >= 12 && age < 24:
			a.Before += t.Records
		}
	}
	return a
}

func sumsOf(tallies []store.Tally, now time.Time, natures ...string) []Sum {
	head := monthNumber(now)
	sums := []Sum{}
	for _, t := range tallies {
		age := head - t.Month
		if t.Priced == 0 || !slices.Contains(natures, t.Nature) || age < 0 || age >= 24 {
			continue
		}
		s := sumFor(&sums, t)
		if age < 12 {
			s.Cents += t.Cents
		} else {
			s.Before += t.Cents
		}
	}
	return sortSums(sums, natures)
}

// sumFor finds the sum to which a tally may be added.
func sumFor(sums *[]Sum, t store.Tally) *Sum {
	want := Sum{Nature: t.Nature, Currency: t.Currency, Gross: t.Gross}
	if t.Currency == "" {
		want.Department, want.source = t.Department, t.Source
	}
	for i, s := range *sums {
		if s.Cents, s.Before = 0, 0; s == want {
			return &(*sums)[i]
		}
	}
	*sums = append(*sums, want)
	return &(*sums)[len(*sums)-1]
}

func sortSums(sums []Sum, natures []string) []Sum {
	slices.SortStableFunc(sums, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(slices.Index(natures, a.Nature), slices.Index(natures, b.Nature)), cmp.Compare(b.Cents, a.Cents))
	})
	return sums
}

// expectedOf takes what a department forecast for the time to come, or that the
// next twelve months become as the last.
func expectedOf(tallies []store.Tally, forecasts []Line, now time.Time) ExpectedAnswer {
	e := ExpectedAnswer{Forecasts: forecasts, Sums: []Sum{}}
	head := 12 * now.Year()
	for _, t := range tallies {
		if t.Nature == nature.Forecast && t.Priced > 0 && (t.Month == 0 || t.Month >= head) {
			sumFor(&e.Sums, t).Cents += t.Cents
		}
	}
	if len(forecasts) > 0 {
		return e
	}
	e.Projected = true
	for _, basis := range []string{nature.Order, nature.Invoice, nature.Delivery} {
		e.Sums = slices.DeleteFunc(sumsOf(tallies, now, basis), func(s Sum) bool { return s.Cents <= 0 })
		if len(e.Sums) > 0 {
			break
		}
	}
	for i := range e.Sums {
		e.Sums[i].Before = 0 // an expectation has no trend
	}
	return e
}

// Weighed reports whether forecasts say how likely they are; their sum does not.
func (e ExpectedAnswer) Weighed() bool {
	return slices.ContainsFunc(e.Forecasts, func(l Line) bool { return l.Chance > 0 })
}

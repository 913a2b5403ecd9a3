package hub

import "time"

// Shown is a stored time as people read it: on the clocks of their zone. Exactly
// midnight UTC is a date without a time of day, for so dates are stored, and a
// date is the same everywhere.
func Shown(t time.Time, zone *time.Location) time.Time {
	if IsDate(t) {
		return t.UTC()
	}
	return t.In(zone)
}

// IsDate reports whether a stored time is a date without a time of day.
func IsDate(t time.Time) bool { return t.Equal(t.Truncate(24 * time.Hour)) }

// Span is the time in [From, To), where a zero time is no bound. West of
// Greenwich a date is stored before its day begins: Also, a date before From, is
// in the span of the days that it begins, and Not, one before To, is not.
type Span struct{ From, To, Also, Not time.Time }

// Days spans what Shown puts on the days from first to last, which are dates as
// they are stored; a zero one is no bound.
func Days(first, last time.Time, zone *time.Location) (s Span) {
	begin := func(date time.Time) (at, before time.Time) {
		at = time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, zone)
		if date.Before(at) {
			before = date
		}
		return at, before
	}
	if !first.IsZero() {
		s.From, s.Also = begin(first)
	}
	if !last.IsZero() {
		s.To, s.Not = begin(last.AddDate(0, 0, 1))
	}
	return s
}

// Year spans the days of a year.
func Year(year int, zone *time.Location) Span {
	return Days(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC), zone)
}

// Drift is how far the clocks of the zone are ahead of UTC and behind it at most:
// only what is stored this near to midnight is shown on another day than in UTC.
func Drift(zone *time.Location) (ahead, behind time.Duration) {
	for half := range 2 * 250 { // summer and winter of the years that records tell of
		_, seconds := time.Date(1850+half/2, time.Month(1+half%2*6), 1, 0, 0, 0, 0, time.UTC).In(zone).Zone()
		offset := time.Duration(seconds) * time.Second
		ahead, behind = max(ahead, offset), max(behind, -offset)
	}
	return ahead, behind
}

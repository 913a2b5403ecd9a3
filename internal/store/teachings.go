package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// Lesson is that N more records (fewer, if negative) of a stratum and a
// department say that the customer bears the key.
type Lesson struct {
	Customer   hub.CustomerID
	Stratum    int64
	Department string
	Key        string
}

// Teach adds the lessons to the teachings, and marks as dirty the traces that
// lean on what changed.
func (l *Linking) Teach(ctx context.Context, lessons map[Lesson]int) error {
	claims, beliefs := keysSorted(lessons), []Lesson(nil)
	beliefs = slices.DeleteFunc(slices.Clone(claims), func(c Lesson) bool { return link.Tier(c.Stratum) == link.TierClaim })
	claims = slices.DeleteFunc(claims, func(c Lesson) bool { return link.Tier(c.Stratum) != link.TierClaim })
	for _, part := range [][]Lesson{claims, beliefs} {
		if len(part) == 0 {
			continue
		}
		if err := l.teachAll(ctx, part, lessons); err != nil {
			return err
		}
	}
	return nil
}

// ripple is what a change of the teachings touches.
type ripple struct {
	from, above, upTo int64          // of teachings in [from, above], traces above that are at home up to there lean on them
	keys              map[string]int // that changed → how many bear it that did not, or did
	customers         map[hub.CustomerID]bool
}

func (l *Linking) teachAll(ctx context.Context, part []Lesson, lessons map[Lesson]int) error {
	emptied := map[hub.CustomerID]bool{}
	joined := ripple{from: link.TierOrgNo << 48, above: link.TierJoin<<48 - 1, keys: map[string]int{}, customers: map[hub.CustomerID]bool{}}
	r := ripple{from: link.TierOrgNo << 48, above: 1<<63 - 1, upTo: 1<<63 - 1, keys: map[string]int{}, customers: map[hub.CustomerID]bool{}}
	if link.Tier(part[0].Stratum) == link.TierClaim {
		r.from, r.upTo = link.TierClaim, link.TierOrgNo<<48
	}
	for some := range slices.Chunk(part, l.tx.d.maxArgs/5) {
		err := l.teach(ctx, some, lessons, func(c Lesson, before, after int) {
			key := link.ParseKey(c.Key)
			r.above = min(r.above, c.Stratum)
			believed := link.Tier(c.Stratum) != link.TierClaim && link.Tier(c.Stratum) < link.TierJoin
			turned := (before == 0) != (after == 0)
			if link.Support(before) != link.Support(after) && key.Posted() {
				r.turn(c.Key, turned)
				if believed {
					joined.turn(c.Key, turned)
				}
			}
			if after == 0 {
				emptied[c.Customer] = true
			}
			if turned && key.Compared() {
				r.customers[c.Customer] = true
				if believed {
					joined.customers[c.Customer] = true
				}
			}
		})
		if err != nil {
			return err
		}
	}
	if err := execOf(ctx, l.tx, numbers(keysOf(emptied)), "DELETE FROM teachings WHERE n = 0 AND customer IN %s"); err != nil {
		return err
	}
	if err := l.doubtSharing(ctx, joined, 0); err != nil {
		return err
	}
	return l.mark(ctx, r)
}

// turn notes that what is said of a key has changed, and whether that is whose it is.
func (r *ripple) turn(key string, owner bool) {
	n := r.keys[key]
	if owner {
		n++
	}
	r.keys[key] = n
}

func keysSorted(lessons map[Lesson]int) []Lesson {
	all := make([]Lesson, 0, len(lessons))
	for c, n := range lessons {
		if n != 0 {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b Lesson) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Stratum, b.Stratum), cmp.Compare(a.Department, b.Department))
	})
	return all
}

func (l *Linking) teach(ctx context.Context, part []Lesson, lessons map[Lesson]int, changed func(c Lesson, before, after int)) error {
	args := make([]any, 0, len(part)*5)
	for _, c := range part {
		args = append(args, c.Customer, c.Key, c.Stratum, c.Department, lessons[c])
		if link.Tier(c.Stratum) != link.TierClaim {
			l.stale[c.Customer] = true
		}
	}
	values := "(" + marks(5) + ")"
	q := "INSERT INTO teachings (customer, key, stratum, department, n) VALUES " + strings.Repeat(values+",", len(part)-1) + values + `
		ON CONFLICT (customer, key, stratum, department) DO UPDATE SET n = teachings.n + excluded.n RETURNING customer, key, stratum, department, n`
	return l.tx.each(ctx, func(r *sql.Rows) error {
		var c Lesson
		var after int
		err := r.Scan(&c.Customer, &c.Key, &c.Stratum, &c.Department, &after)
		changed(c, after-lessons[c], after)
		return err
	}, q, args...)
}

// mark makes dirty the traces that lean on what changed.
func (l *Linking) mark(ctx context.Context, r ripple) error {
	clean, err := l.cleanAbove(ctx, r.above)
	if err != nil || !clean {
		return err
	}
	keys, err := l.leading(ctx, r, "c.root", link.MaxOwners)
	if err != nil {
		return err
	}
	bearers, err := l.bearers(ctx, keys)
	if err != nil {
		return err
	}
	return execOf(ctx, l.tx, bearers, "UPDATE traces SET dirty = 1 WHERE +dirty = 0 AND +stratum > ? AND home <= ? AND record IN %s", r.above, r.upTo)
}

// bearers returns the records that bear one of the keys. Who asks for their
// traces does so in a second statement: in one, Postgres sometimes goes through
// all postings for each trace, for it cannot know how few traces are dirty now.
func (l *Linking) bearers(ctx context.Context, keys []string) ([]int64, error) {
	found := map[int64]bool{}
	err := eachOf(ctx, l.tx, keys, func(r *sql.Rows) error {
		var record int64
		err := r.Scan(&record)
		found[record] = true
		return err
	}, "SELECT record FROM postings WHERE key IN %s")
	return keysOf(found), err
}

// leading returns the keys that changed and those of the customers by which records
// are found, but those that so many owners bear, and bore before, that they lead
// nowhere. Each key is counted once: a switchboard has thousands of customers.
func (l *Linking) leading(ctx context.Context, r ripple, owner string, most int) ([]string, error) {
	customers, err := l.related(ctx, keysOf(r.customers))
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for key := range r.keys {
		keys[key] = true
	}
	err = eachOf(ctx, l.tx, numbers(customers), func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		if link.ParseKey(key).Posted() {
			keys[key] = true
		}
		return err
	}, "SELECT DISTINCT key FROM teachings WHERE customer IN %s")
	if err != nil {
		return nil, err
	}
	turned := 0
	for _, n := range r.keys {
		turned = max(turned, n)
	}
	owners, err := l.countOwners(ctx, keysOf(keys), owner, r.from, r.above, most+turned+1)
	for key, n := range owners {
		if n-r.keys[key] > most {
			delete(keys, key)
		}
	}
	return keysOf(keys), err
}

// countOwners counts, up to a limit, the owners that bear each of the keys in strata
// from one to another: no more is read of a key that thousands bear.
func (l *Linking) countOwners(ctx context.Context, keys []string, owner string, from, upTo int64, limit int) (map[string]int, error) {
	out := make(map[string]int, len(keys))
	for part := range slices.Chunk(keys, l.tx.d.maxArgs-3) {
		q := "WITH asked (key) AS (VALUES (?)" + strings.Repeat(",(?)", len(part)-1) + `)
			SELECT key, (SELECT COUNT(*) FROM (SELECT DISTINCT ` + owner + ` FROM teachings f JOIN customers c ON c.id = f.customer
				WHERE f.key = asked.key AND f.stratum >= ? AND f.stratum <= ? LIMIT ?) few) FROM asked`
		err := l.tx.each(ctx, func(r *sql.Rows) error {
			var key string
			var n int
			err := r.Scan(&key, &n)
			out[key] = n
			return err
		}, q, append(list(part), from, upTo, limit)...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// related adds to customers those that were found to be the same.
func (l *Linking) related(ctx context.Context, ids []hub.CustomerID) ([]hub.CustomerID, error) {
	all := map[hub.CustomerID]bool{}
	for _, id := range ids {
		all[id] = true
	}
	err := eachOf(ctx, l.tx, numbers(ids), func(r *sql.Rows) error {
		var id hub.CustomerID
		err := r.Scan(&id)
		all[id] = true
		return err
	}, "SELECT id FROM customers WHERE root IN (SELECT root FROM customers WHERE id IN %s)")
	return keysOf(all), err
}

// cleanAbove reports whether any trace above the stratum is clean yet: while
// everything is read for the first time none is, and marking has nothing to do.
func (l *Linking) cleanAbove(ctx context.Context, stratum int64) (clean bool, err error) {
	err = l.tx.each(ctx, func(*sql.Rows) error { clean = true; return nil },
		"SELECT 1 FROM traces WHERE dirty = 0 AND stratum > ? LIMIT 1", stratum)
	return clean, err
}

// Owners returns the customers whose records bear the keys, as records of the
// stratum may know it; for keys that too many bear, a crowd.
func (l *Linking) Owners(ctx context.Context, keys []string, stratum int64) (map[string][]link.Owner, error) {
	out := make(map[string][]link.Owner, len(keys))
	most := link.MaxOwners
	if link.Tier(stratum) == link.TierJoin {
		most = link.MaxMembers
	}
	keys, crowded, err := l.crowded(ctx, keys, stratum)
	if err != nil {
		return nil, err
	}
	query := "SELECT key, customer, n FROM teachings WHERE stratum >= ? AND stratum < ? AND key IN %s"
	if link.Tier(stratum) > link.TierJoin {
		query = "SELECT t.key, c.root, t.n FROM teachings t JOIN customers c ON c.id = t.customer WHERE t.stratum >= ? AND t.stratum < ? AND t.key IN %s"
	}
	err = eachOf(ctx, l.tx, keys, func(r *sql.Rows) error {
		var key string
		var o link.Owner
		if err := r.Scan(&key, &o.Customer, &o.N); err != nil {
			return err
		}
		i := slices.IndexFunc(out[key], func(have link.Owner) bool { return have.Customer == o.Customer })
		switch {
		case i >= 0:
			out[key][i].N += o.N
		case len(out[key]) <= most:
			out[key] = append(out[key], o)
		}
		return nil
	}, query, link.Sees(stratum), stratum)
	for key, owners := range out {
		if len(owners) > most {
			out[key] = link.Crowd()
		}
	}
	for _, key := range crowded {
		out[key] = link.Crowd()
	}
	return out, err
}

// crowded parts from keys those of kinds that thousands may bear which so many bear
// that it does not matter who.
func (l *Linking) crowded(ctx context.Context, keys []string, stratum int64) (few, crowded []string, err error) {
	common := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !link.ParseKey(key).Common() })
	n, err := l.countOwners(ctx, common, "f.customer", link.Sees(stratum), stratum-1, link.MaxMembers+1)
	for _, key := range keys {
		if n[key] > link.MaxMembers {
			crowded = append(crowded, key)
		} else {
			few = append(few, key)
		}
	}
	return few, crowded, err
}

// Profiles returns what is said of the customers, as records of the stratum may
// know it.
func (l *Linking) Profiles(ctx context.Context, customers []hub.CustomerID, stratum int64) (map[hub.CustomerID]*link.Profile, error) {
	keys, err := l.Compared(ctx, customers, stratum)
	out := make(map[hub.CustomerID]*link.Profile, len(customers))
	for id, ks := range keys {
		out[id] = link.NewProfile(ks)
	}
	return out, err
}

// Compared returns the keys of profiles.
func (l *Linking) Compared(ctx context.Context, customers []hub.CustomerID, stratum int64) (map[hub.CustomerID][]link.Key, error) {
	keys := make(map[hub.CustomerID][]link.Key, len(customers))
	query := "SELECT DISTINCT customer, key FROM teachings WHERE stratum >= ? AND stratum < ? AND customer IN %s"
	if link.Tier(stratum) > link.TierJoin {
		query = "SELECT DISTINCT c.root, t.key FROM customers c JOIN teachings t ON t.customer = c.id WHERE t.stratum >= ? AND t.stratum < ? AND c.root IN %s"
	}
	err := eachOf(ctx, l.tx, numbers(customers), func(r *sql.Rows) error {
		var id hub.CustomerID
		var key string
		err := r.Scan(&id, &key)
		if k := link.ParseKey(key); k.Compared() {
			keys[id] = append(keys[id], k)
		}
		return err
	}, query, link.Sees(stratum), stratum)
	return keys, err
}

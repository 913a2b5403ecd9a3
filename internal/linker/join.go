package linker

import (
	"context"
	"maps"
	"slices"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

const joinBatch = 200

// joining weighs customers that no organisation number founded, as a whole,
// against those before them. One after the other: a customer sees what those
// before it were found to be.
type joining struct {
	*store.Linking
	weights   link.Weights
	rules     *link.Rules
	said      map[hub.CustomerID][]link.Said
	owners    map[string][]link.Owner
	standings map[hub.CustomerID]store.Standing
	groups    map[hub.CustomerID][]hub.CustomerID // root → those found to be it
	compared  map[hub.CustomerID][]link.Key
	holders   map[string][]holder // of keys that decisions bar from one another
}

// holder is a customer with a record that bears a key.
type holder struct {
	customer hub.CustomerID
	record   hub.RecordID
}

// joinDoubtful weighs some of the doubtful customers and returns how many.
func joinDoubtful(ctx context.Context, t *store.Linking) (int, error) {
	doubtful, err := t.Doubtful(ctx, joinBatch)
	if err != nil || len(doubtful) == 0 {
		return 0, err
	}
	j := &joining{Linking: t}
	if err := j.load(ctx, doubtful); err != nil {
		return 0, err
	}
	now := make([]store.Standing, len(doubtful))
	for i, s := range doubtful {
		now[i] = j.join(s)
		j.standings[s.Customer] = now[i]
	}
	return len(doubtful), t.Join(ctx, doubtful, now)
}

func (j *joining) load(ctx context.Context, doubtful []store.Standing) (err error) {
	if err = j.Setting(ctx, weightsSetting, &j.weights); err != nil {
		return err
	}
	if j.rules, err = j.Rules(ctx); err != nil {
		return err
	}
	ids := make([]hub.CustomerID, len(doubtful))
	for i, s := range doubtful {
		ids[i] = s.Customer
	}
	if j.said, err = j.Said(ctx, ids); err != nil {
		return err
	}
	keys := map[string]bool{}
	for _, said := range j.said {
		for _, s := range said {
			if s.Posted() {
				keys[s.ID()] = true
			}
		}
	}
	if j.owners, err = j.Owners(ctx, slices.Sorted(maps.Keys(keys)), link.TierJoin<<48); err != nil {
		return err
	}
	members := map[hub.CustomerID]bool{}
	for _, id := range ids {
		members[id] = true
	}
	for _, all := range j.owners {
		for _, o := range all {
			members[o.Customer] = true
		}
	}
	with, err := j.Members(ctx, slices.Sorted(maps.Keys(members)))
	if err != nil {
		return err
	}
	if j.standings, err = j.Standings(ctx, with); err != nil {
		return err
	}
	j.groups = map[hub.CustomerID][]hub.CustomerID{}
	for _, id := range with {
		root := j.standings[id].Root
		j.groups[root] = append(j.groups[root], id)
	}
	if j.compared, err = j.Compared(ctx, with, link.TierJoin<<48); err != nil {
		return err
	}
	return j.loadHolders(ctx)
}

func (j *joining) loadHolders(ctx context.Context) error {
	keys := j.rules.BarredKeys()
	peers, err := j.Peers(ctx, keys, link.TierJoin<<48)
	j.holders = make(map[string][]holder, len(peers))
	for key, ps := range peers {
		for _, p := range ps {
			j.holders[key] = append(j.holders[key], holder{p.Customer, p.Record})
		}
	}
	return err
}

// join finds out who the customer is.
func (j *joining) join(s store.Standing) store.Standing {
	out := store.Standing{Customer: s.Customer, Rank: s.Rank, Anchor: s.Anchor, Root: s.Customer}
	known := link.Known{Owners: map[string][]link.Owner{}, Profiles: map[hub.CustomerID]*link.Profile{}, Weights: j.weights}
	var keys []link.Key
	for _, said := range j.said[s.Customer] {
		keys = append(keys, said.Key)
		if before := j.before(s, j.owners[said.ID()]); len(before) > 0 {
			known.Owners[said.ID()] = before
		}
	}
	keys = j.rules.Heed(keys, keys)
	for _, id := range link.Candidates(keys, known.Owners) {
		var said []link.Key
		for _, member := range j.group(id, s) {
			said = append(said, j.compared[member]...)
		}
		known.Profiles[id] = link.NewProfile(said)
	}
	found := link.Join(keys, known, func(id hub.CustomerID) bool { return j.barred(s.Customer, j.group(id, s)) })
	if found != nil {
		out.Root, out.Reasons = found.Customer, found.Evidence
	}
	j.move(s, out.Root)
	return out
}

// before returns the owners that come before the customer, as whom they were
// found to be.
func (j *joining) before(s store.Standing, owners []link.Owner) (out []link.Owner) {
	for _, o := range owners {
		standing, ok := j.standings[o.Customer]
		if !ok || o.Customer == s.Customer || standing.Compare(s) >= 0 {
			continue
		}
		i := slices.IndexFunc(out, func(have link.Owner) bool { return have.Customer == standing.Root })
		if i < 0 {
			out = append(out, link.Owner{Customer: standing.Root, N: o.N})
		} else {
			out[i].N += o.N
		}
	}
	slices.SortFunc(out, func(a, b link.Owner) int { return int(a.Customer - b.Customer) })
	return out
}

// group lists those before s that were found to be the customer.
func (j *joining) group(id hub.CustomerID, s store.Standing) (out []hub.CustomerID) {
	for _, member := range j.groups[id] {
		if member != s.Customer && j.standings[member].Compare(s) < 0 {
			out = append(out, member)
		}
	}
	return out
}

func (j *joining) move(s store.Standing, root hub.CustomerID) {
	if s.Root != root {
		j.groups[s.Root] = slices.DeleteFunc(j.groups[s.Root], func(id hub.CustomerID) bool { return id == s.Customer })
		j.groups[root] = append(j.groups[root], s.Customer)
	}
}

// barred reports whether people said that a record of the customer must not be
// with one of the members. A record that bears both keys is itself the question.
func (j *joining) barred(customer hub.CustomerID, members []hub.CustomerID) bool {
	for a, as := range j.holders {
		for _, mine := range as {
			if mine.customer != customer {
				continue
			}
			for _, b := range j.rules.Barred(a) {
				for _, theirs := range j.holders[b] {
					if slices.Contains(members, theirs.customer) && !j.bears(mine.record, b) && !j.bears(theirs.record, a) {
						return true
					}
				}
			}
		}
	}
	return false
}

func (j *joining) bears(record hub.RecordID, key string) bool {
	return slices.ContainsFunc(j.holders[key], func(h holder) bool { return h.record == record })
}

package linker

import (
	"context"
	"maps"
	"slices"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// enter links rows of official registers to the customers of their numbers, or
// of the companies that took these over. A number that no other row bears is
// nobody's.
func (w *weighing) enter(ctx context.Context) error {
	anchors := map[string]string{}
	for _, t := range w.traces {
		a := link.Registered(t.Keys).ID()
		anchors[a] = a
	}
	if err := w.unite(ctx, anchors); err != nil {
		return err
	}
	customers, err := w.Anchored(ctx, slices.Sorted(maps.Values(anchors)))
	if err != nil {
		return err
	}
	for _, t := range w.traces {
		number := link.Registered(t.Keys)
		v := &verdict{}
		w.verdicts[t.Record] = v
		customer := customers[anchors[number.ID()]]
		if customer == 0 {
			continue
		}
		before, err := w.Preceding(ctx, w.rules, []string{number.ID()})
		if err != nil {
			return err
		}
		owners, err := w.Owners(ctx, before, w.stratum)
		if err != nil {
			return err
		}
		if bears(owners, customer) {
			reason := link.Reason(*number, link.BitsOrgNo)
			v.links = []link.Candidate{{Customer: customer, Bits: reason.Bits, Evidence: []hub.Evidence{reason}}}
		}
	}
	return nil
}

func bears(owners map[string][]link.Owner, customer hub.CustomerID) bool {
	for _, all := range owners {
		if slices.ContainsFunc(all, func(o link.Owner) bool { return o.Customer == customer }) {
			return true
		}
	}
	return false
}

// taken are the numbers of the companies that took over those of which rows of
// registers have found their customer, or lost it: rows on them follow.
func (w *weighing) taken(ctx context.Context) error {
	var successors []string
	for _, t := range w.changed() {
		if link.Tier(t.Stratum) != link.TierRegister {
			continue
		}
		for _, k := range t.Keys {
			if k.Kind == link.KindSuccession {
				successors = append(successors, link.NumberKey(k.Value))
			}
		}
	}
	return w.MarkBearers(ctx, successors, link.TierRegister<<48, false)
}

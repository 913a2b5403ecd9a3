package linker

import (
	"context"
	"maps"
	"slices"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// believe links rows to the customer of their organisation number, but not
// those whose number is another's by all that the other rows say.
func (w *weighing) believe(ctx context.Context) error {
	claimed, err := w.Mint(ctx, claims(w.traces), 0)
	if err != nil {
		return err
	}
	known := link.Known{}
	keys := map[string]bool{}
	for _, t := range w.traces {
		for _, k := range link.Doubts(t.Keys) {
			keys[k.ID()] = true
		}
	}
	if known.Owners, err = w.Owners(ctx, slices.Sorted(maps.Keys(keys)), w.stratum); err != nil {
		return err
	}
	if known.Profiles, err = w.Profiles(ctx, slices.Sorted(maps.Values(claimed)), w.stratum); err != nil {
		return err
	}
	if err := w.official(ctx, claimed, known.Profiles); err != nil {
		return err
	}
	for i, t := range w.traces {
		v := w.founding(i, &verdict{})
		if v.suggest = link.Foreign(t.Keys, claimed[v.anchor], known); len(v.suggest) > 0 {
			v.anchor = ""
			for j := range v.suggest {
				v.suggest[j].Doubt = link.DoubtForeign
			}
		} else if link.Placeholder(known.Profiles[claimed[v.anchor]]) {
			v.anchor = ""
		}
		w.verdicts[t.Record] = v
	}
	return nil
}

// official adds what registers call the companies of numbers to what rows call
// their customers: a row with quite another name may have its number from another card.
func (w *weighing) official(ctx context.Context, claimed map[string]hub.CustomerID, profiles map[hub.CustomerID]*link.Profile) error {
	names, err := w.OfficialNames(ctx, link.Numbers(slices.Collect(maps.Keys(claimed))))
	for anchor, customer := range claimed {
		for _, number := range link.Numbers([]string{anchor}) {
			if len(names[number]) > 0 && profiles[customer] != nil {
				profiles[customer].Know(names[number]...)
			}
		}
	}
	return err
}

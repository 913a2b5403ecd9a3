package linker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"samsyn/internal/link"
	"samsyn/internal/store"
)

// weightsSetting is the name under which estimated weights are kept.
const weightsSetting = "weights"

// trialRecords is how many records of known customers weights are estimated from.
const trialRecords = 5000

// Estimate weighs the kinds of keys by the company's own records: those whose
// organisation number tells their customer show how often a key that one
// customer alone bears leads to it. When a weight changes, everything is linked
// anew at the next Follow.
func (l *Linker) Estimate(ctx context.Context) error {
	before, err := l.weights(ctx)
	if err != nil {
		return fmt.Errorf("estimate weights: %w", err)
	}
	trials := link.Trials{}
	err = l.store.Linking(ctx, func(t *store.Linking) error { return try(ctx, t, trials) })
	if err != nil {
		return fmt.Errorf("estimate weights: %w", err)
	}
	now := trials.Estimate(before)
	if maps.Equal(now, before) {
		return nil
	}
	l.log.Info("weights estimated", "bits", now)
	return l.store.SetSetting(ctx, weightsSetting, now)
}

func try(ctx context.Context, t *store.Linking, trials link.Trials) error {
	traces, err := t.Labelled(ctx, trialRecords)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(traces, weighBatch) {
		ids := map[string]bool{}
		for _, tr := range some {
			for _, k := range tr.Keys {
				ids[k.ID()] = true
			}
		}
		owners, err := t.Owners(ctx, slices.Sorted(maps.Keys(ids)), link.TierSigned<<48)
		if err != nil {
			return err
		}
		for _, tr := range some {
			trials.Try(tr.Keys, tr.Customer, owners)
		}
	}
	return nil
}

// weights are those estimated last; nil if none were.
func (l *Linker) weights(ctx context.Context) (w link.Weights, err error) {
	if err = l.store.Setting(ctx, weightsSetting, &w); errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return w, err
}

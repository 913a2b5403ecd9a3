package linker

import (
	"context"
	"errors"
	"fmt"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/store"
)

// maxPreview is how many records a preview weighs; the store is held meanwhile.
const maxPreview = 5000

// Preview tells what would move if the decisions were made, by making them and
// taking all back. whole is false when more would be weighed than a preview may.
// store.ErrUnderWay: what was read is not linked yet.
func (l *Linker) Preview(ctx context.Context, decisions []hub.Decision) (moves []store.Move, whole bool, err error) {
	origins, err := l.origins(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("preview: %w", err)
	}
	var company hub.Company
	if err := l.store.Setting(ctx, "company", &company); err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, false, fmt.Errorf("preview: %w", err)
	}
	own := link.NewOwn(company)
	moves, err = l.store.Trial(ctx, func(t *store.Linking) error {
		if idle, err := t.Idle(ctx); err != nil || !idle {
			return errors.Join(err, store.ErrUnderWay)
		}
		if _, _, err := t.AddDecisions(ctx, decisions); err != nil {
			return err
		}
		changes, err := t.Stamped(ctx, maxPreview)
		if err != nil {
			return err
		}
		r := reading{t, own, origins}
		if err := r.take(ctx, changes); err != nil {
			return err
		}
		for seen := 0; seen < maxPreview; {
			n, _, err := weighSome(ctx, t)
			if whole = n == 0; err != nil || whole {
				return err
			}
			seen += n
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("preview: %w", err)
	}
	return moves, whole, err
}

package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// Group lists the customers that this one belongs to, and those that belong to
// it, as people said or official registers that v may see. Whether a viewer may
// know of them is for CustomerNames to say.
func (s *Store) Group(ctx context.Context, v hub.Viewer, customer hub.CustomerID) (above, below []hub.CustomerID, err error) {
	err = s.read(ctx, func(t *tx) error {
		rules, err := t.subunits(ctx)
		if err != nil {
			return err
		}
		entered, err := t.units(ctx, v, customer)
		if rules = append(rules, entered...); err != nil || len(rules) == 0 {
			return err
		}
		owners, err := t.anchorsOf(ctx, rules)
		if err != nil {
			return err
		}
		for _, r := range rules {
			a, b := firstOwner(owners, r.A), firstOwner(owners, r.B)
			switch {
			case a == 0 || b == 0 || a == b:
			case a == customer && !slices.Contains(above, b):
				above = append(above, b)
			case b == customer && !slices.Contains(below, a):
				below = append(below, a)
			}
		}
		return nil
	})
	return above, below, wrap(err, "group of %s", customer)
}

// subunits are the decisions that one customer belongs to another.
func (t *tx) subunits(ctx context.Context) (rules []link.Rule, err error) {
	sources, err := (&Linking{tx: t}).sources(ctx)
	if err != nil {
		return nil, err
	}
	err = t.each(ctx, func(r *sql.Rows) error {
		d, err := scanDecision(r)
		if err != nil {
			return err
		}
		if rule, err := link.RuleOf(d, sources); err == nil {
			rules = append(rules, rule)
		}
		return nil
	}, "SELECT "+decisionColumns+" FROM decisions WHERE revoked IS NULL AND kind = ? ORDER BY id", link.SubunitOf)
	return rules, err
}

// anchorForms are the anchors of a customer that a decision may name by the key.
func anchorForms(key string) []string {
	key = strings.TrimPrefix(key, link.KindAnchor+" ")
	return []string{key, link.SaidAnchor(key)}
}

// anchorsOf finds the living customers that the rules name, by anchor.
func (t *tx) anchorsOf(ctx context.Context, rules []link.Rule) (map[string]hub.CustomerID, error) {
	wanted := map[string]bool{}
	for _, r := range rules {
		for _, key := range slices.Concat(r.A, r.B) {
			for _, anchor := range anchorForms(key) {
				wanted[anchor] = true
			}
		}
	}
	owners := map[string]hub.CustomerID{}
	err := eachOf(ctx, t, keysOf(wanted), func(r *sql.Rows) error {
		var anchor string
		var id, into int64
		var gone bool
		err := r.Scan(&anchor, &id, &into, &gone)
		if into != 0 {
			id = into
		}
		if !gone || into != 0 {
			owners[anchor] = hub.CustomerID(id)
		}
		return err
	}, "SELECT anchor, id, COALESCE(merged_into, 0), gone FROM customers WHERE anchor IN %s")
	return owners, err
}

func firstOwner(owners map[string]hub.CustomerID, keys []string) hub.CustomerID {
	for _, key := range keys {
		for _, anchor := range anchorForms(key) {
			if id := owners[anchor]; id != 0 {
				return id
			}
		}
	}
	return 0
}

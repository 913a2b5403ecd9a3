package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// ErrDecision: a decision cannot be read; the text says why.
var ErrDecision = errors.New("decision cannot be used")

// AddDecision saves what a person said and marks the records it concerns for
// the linker, which applies it at its next run. Saying the same again returns
// the decision that stands. ErrDecision: an identifier cannot be read.
func (s *Store) AddDecision(ctx context.Context, d hub.Decision) (id int64, err error) {
	ids, _, err := s.addDecisions(ctx, []hub.Decision{d})
	if err != nil {
		return 0, fmt.Errorf("add decision: %w", err)
	}
	return ids[0], nil
}

// AddDecisions adds all or none of the decisions, and returns how many are new.
func (s *Store) AddDecisions(ctx context.Context, ds []hub.Decision) (added int, err error) {
	_, added, err = s.addDecisions(ctx, ds)
	return added, wrap(err, "add decisions")
}

func (s *Store) addDecisions(ctx context.Context, ds []hub.Decision) (ids []int64, added int, err error) {
	err = s.Linking(ctx, func(l *Linking) error {
		sources, err := l.sources(ctx)
		if err != nil {
			return err
		}
		var concerned []string
		for _, d := range ds {
			rule, err := ruleOf(d, sources)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrDecision, err)
			}
			id, known, err := l.addDecision(ctx, d)
			if err != nil {
				return err
			}
			ids = append(ids, id)
			if !known {
				added++
				concerned = append(append(concerned, rule.A...), rule.B...)
			}
		}
		return l.concern(ctx, concerned)
	})
	return ids, added, err
}

func (l *Linking) addDecision(ctx context.Context, d hub.Decision) (id int64, known bool, err error) {
	a, err1 := json.Marshal(d.A)
	b, err2 := json.Marshal(d.B)
	if err := errors.Join(err1, err2); err != nil {
		return 0, false, err
	}
	err = l.tx.get(ctx, "SELECT id FROM decisions WHERE revoked IS NULL AND kind = ? AND (a = ? AND b = ? OR a = ? AND b = ?)",
		[]any{d.Kind, string(a), string(b), string(b), string(a)}, &id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, true, err
	}
	if id, err = l.tx.ids(ctx, 1); err != nil {
		return 0, false, err
	}
	_, err = l.tx.exec(ctx, "INSERT INTO decisions (id, kind, a, b, by_whom, why, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		id, d.Kind, string(a), string(b), d.By, d.Why, l.tx.now)
	return id, false, err
}

// RevokeDecision takes a decision back; the linker undoes what it did.
// ErrNotFound: there is none, or it was revoked already.
func (s *Store) RevokeDecision(ctx context.Context, id int64) error {
	err := s.Linking(ctx, func(l *Linking) error {
		var d hub.Decision
		err := l.tx.get(ctx, "SELECT kind, a, b FROM decisions WHERE id = ? AND revoked IS NULL", []any{id}, &d.Kind, document{&d.A}, document{&d.B})
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		} else if err != nil {
			return err
		}
		sources, err := l.sources(ctx)
		if err != nil {
			return err
		}
		// A rule that cannot be made has lost its source, and what it concerned.
		if rule, err := ruleOf(d, sources); err == nil {
			// While it still stands, the keys it ties together are known.
			if err := l.concern(ctx, append(rule.A, rule.B...)); err != nil {
				return err
			}
		}
		_, err = l.tx.exec(ctx, "UPDATE decisions SET revoked = ? WHERE id = ?", l.tx.now, id)
		return err
	})
	return wrap(err, "revoke decision %d", id)
}

// Decisions lists the decisions that stand, in the order they were made.
func (s *Store) Decisions(ctx context.Context) ([]hub.Decision, error) {
	var out []hub.Decision
	rows, err := s.query(ctx, selectDecisions)
	err = visit(rows, err, func(r *sql.Rows) error {
		d, err := scanDecision(r)
		out = append(out, d)
		return err
	})
	return out, wrap(err, "decisions")
}

const selectDecisions = "SELECT id, kind, a, b, by_whom, why, at FROM decisions WHERE revoked IS NULL ORDER BY id"

func scanDecision(r *sql.Rows) (d hub.Decision, err error) {
	err = r.Scan(&d.ID, &d.Kind, document{&d.A}, document{&d.B}, &d.By, &d.Why, moment{&d.At})
	return d, err
}

func (l *Linking) sources(ctx context.Context) (link.Sources, error) {
	ids := map[string]hub.SourceID{}
	err := l.tx.each(ctx, func(r *sql.Rows) error {
		var id hub.SourceID
		var name string
		err := r.Scan(&id, &name)
		ids[name] = id
		return err
	}, "SELECT id, name FROM sources WHERE removed IS NULL")
	return func(name string) (hub.SourceID, bool) { id, ok := ids[name]; return id, ok }, err
}

func ruleOf(d hub.Decision, sources link.Sources) (rule link.Rule, err error) {
	if rule.Kind = d.Kind; d.Kind != link.MustLink && d.Kind != link.CannotLink {
		return rule, fmt.Errorf("%q is neither %s nor %s", d.Kind, link.MustLink, link.CannotLink)
	}
	for _, side := range []struct {
		ident map[string]string
		keys  *[]string
	}{{d.A, &rule.A}, {d.B, &rule.B}} {
		keys, err := link.IdentKeys(side.ident, sources)
		if err != nil {
			return rule, err
		}
		for _, k := range keys {
			*side.keys = append(*side.keys, k.ID())
		}
	}
	return rule, nil
}

// Rules returns all decisions that stand, as rules. One whose source is gone
// rests until the source is there again.
func (l *Linking) Rules(ctx context.Context) (*link.Rules, error) {
	sources, err := l.sources(ctx)
	if err != nil {
		return nil, err
	}
	var rules []link.Rule
	err = l.tx.each(ctx, func(r *sql.Rows) error {
		d, err := scanDecision(r)
		if err != nil {
			return err
		}
		if rule, err := ruleOf(d, sources); err == nil {
			rules = append(rules, rule)
		}
		return nil
	}, selectDecisions)
	return link.NewRules(rules), err
}

// concern marks everything for the linker that decisions tie to the keys.
func (l *Linking) concern(ctx context.Context, keys []string) error {
	rules, err := l.Rules(ctx)
	if err != nil {
		return err
	}
	keys = rules.Around(keys)
	// Ties of ties: a class is split or joined as a whole.
	keys = rules.Around(keys)
	if err := errors.Join(l.MarkBearers(ctx, keys, 0, false), l.DoubtBearers(ctx, keys)); err != nil {
		return err
	}
	for _, k := range keys {
		if record, ok := strings.CutPrefix(k, link.KindRecord+" "); ok {
			if err := l.reread(ctx, record); err != nil {
				return err
			}
		}
	}
	return nil
}

// reread makes the linker read a record again, so that it bears the key by
// which a decision names it.
func (l *Linking) reread(ctx context.Context, sourceAndKey string) error {
	source, key, _ := strings.Cut(sourceAndKey, " ")
	id, err := hub.ParseSourceID(source)
	if err != nil {
		return err
	}
	_, err = l.tx.exec(ctx, "UPDATE records SET content_rev = ?, rev = ? WHERE source = ? AND key = ? AND gone = 0", l.rev, l.rev, id, key)
	return err
}

// IdentOfCustomer returns an ident that names the customer in a decision: what
// founded it. ErrNotFound: there is no such customer.
func (s *Store) IdentOfCustomer(ctx context.Context, id hub.CustomerID) (map[string]string, error) {
	var anchor string
	if err := s.get(ctx, "SELECT anchor FROM customers WHERE id = ?", []any{id}, &anchor); err != nil {
		return nil, wrap(err, "customer %s", id)
	}
	key := link.ParseKey(anchor)
	switch key.Kind {
	case hub.IdentOrgNo:
		return map[string]string{key.Kind: key.Value}, nil
	case hub.IdentCustNo:
		source, number, _ := strings.Cut(key.Value, " ")
		sid, err := hub.ParseSourceID(source)
		if err != nil {
			return nil, err
		}
		src, err := s.Source(ctx, sid)
		return map[string]string{key.Kind: number, "source": src.Name}, err
	}
	name, beside, _ := strings.Cut(key.Value, " ")
	switch {
	case strings.Contains(beside, "@"):
		return map[string]string{hub.IdentEmail: beside}, nil
	case strings.HasPrefix(beside, "+"):
		return map[string]string{hub.IdentPhone: beside}, nil
	case strings.Contains(beside, "."):
		return map[string]string{link.KindDomain: beside}, nil
	}
	return map[string]string{hub.IdentName: name}, nil
}

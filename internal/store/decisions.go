package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/link"
)

// ErrDecision: a decision cannot be read; a [DecisionError] says why.
var ErrDecision = errors.New("decision cannot be used")

// DecisionError is an ErrDecision with a sentence for the person who decided.
type DecisionError struct{ Reason string }

func (e *DecisionError) Error() string { return ErrDecision.Error() + ": " + e.Reason }

// Is makes it an ErrDecision.
func (e *DecisionError) Is(target error) bool { return target == ErrDecision }

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
		ids, added, err = l.AddDecisions(ctx, ds)
		return err
	})
	return ids, added, err
}

// AddDecisions saves decisions and marks what they concern. What the same
// person said before of the same pair, and now says otherwise, is revoked as replaced.
func (l *Linking) AddDecisions(ctx context.Context, ds []hub.Decision) (ids []int64, added int, err error) {
	sources, err := l.sources(ctx)
	if err != nil {
		return nil, 0, err
	}
	var concerned []string
	for _, d := range ds {
		if d.Kind == link.ColumnRole {
			id, known, err := l.addAnswer(ctx, d, sources)
			if err != nil {
				return nil, 0, err
			}
			if ids = append(ids, id); !known {
				added++
			}
			continue
		}
		rule, err := link.RuleOf(d, sources)
		if err != nil {
			return nil, 0, &DecisionError{err.Error()}
		}
		id, known, err := l.addDecision(ctx, d)
		if err != nil {
			return nil, 0, err
		}
		ids = append(ids, id)
		if !known {
			added++
			concerned = append(append(concerned, rule.A...), rule.B...)
		}
	}
	return ids, added, l.concern(ctx, concerned)
}

func (l *Linking) addDecision(ctx context.Context, d hub.Decision) (id int64, known bool, err error) {
	a, err1 := json.Marshal(d.A)
	b, err2 := json.Marshal(d.B)
	if err := errors.Join(err1, err2); err != nil {
		return 0, false, err
	}
	const pair = "revoked IS NULL AND (a = ? AND b = ? OR a = ? AND b = ?)"
	args := []any{string(a), string(b), string(b), string(a)}
	err = l.tx.get(ctx, "SELECT id FROM decisions WHERE kind = ? AND "+pair, append([]any{d.Kind}, args...), &id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, true, err
	}
	if id, err = l.tx.ids(ctx, 1); err != nil {
		return 0, false, err
	}
	if against := slices.DeleteFunc(link.Opposite(d.Kind), func(k string) bool { return k == d.Kind }); len(against) > 0 {
		args := append(append([]any{l.tx.now, d.By, id}, args...), append([]any{d.By}, list(against)...)...)
		_, err := l.tx.exec(ctx, "UPDATE decisions SET revoked = ?, revoked_by = ?, replaced_by = ? WHERE "+pair+" AND by_whom = ? AND kind IN ("+marks(len(against))+")", args...)
		if err != nil {
			return 0, false, err
		}
	}
	_, err = l.tx.exec(ctx, "INSERT INTO decisions (id, kind, a, b, by_whom, why, at, batch) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		id, d.Kind, string(a), string(b), d.By, d.Why, l.tx.now, d.Batch)
	return id, false, err
}

// NewBatch returns a number for decisions that are one answer.
func (s *Store) NewBatch(ctx context.Context) (batch int64, err error) {
	err = s.write(ctx, func(t *tx) error {
		batch, err = t.ids(ctx, 1)
		return err
	})
	return batch, wrap(err, "number an answer")
}

// RevokeDecision takes a decision back; the linker undoes what it did. What its maker
// had said otherwise before holds again.
// ErrNotFound: there is none, or it was revoked already.
func (s *Store) RevokeDecision(ctx context.Context, by string, id int64) error {
	return wrap(s.revoke(ctx, by, "id = ?", id), "revoke decision %d", id)
}

// RevokeBatch takes back all that stands of one answer. ErrNotFound: nothing does.
func (s *Store) RevokeBatch(ctx context.Context, by string, batch int64) error {
	return wrap(s.revoke(ctx, by, "batch = ? AND batch <> 0", batch), "revoke answer %d", batch)
}

func (s *Store) revoke(ctx context.Context, by, which string, arg any) error {
	return s.Linking(ctx, func(l *Linking) error {
		sources, err := l.sources(ctx)
		if err != nil {
			return err
		}
		var ids []int64
		var concerned []string
		var columns []hub.Decision
		err = l.tx.each(ctx, func(r *sql.Rows) error {
			d, err := scanDecision(r)
			ids = append(ids, d.ID)
			if d.Kind == link.ColumnRole {
				columns = append(columns, d)
			}
			// A rule that cannot be made has lost its source, and what it concerned.
			if rule, bad := link.RuleOf(d, sources); bad == nil {
				concerned = append(append(concerned, rule.A...), rule.B...)
			}
			return err
		}, "SELECT "+decisionColumns+" FROM decisions WHERE revoked IS NULL AND "+which, arg)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return ErrNotFound
		}
		for _, d := range columns {
			if err := l.rereadSheets(ctx, d); err != nil {
				return err
			}
		}
		// While they still stand, the keys they tie together are known.
		if err := l.concern(ctx, concerned); err != nil {
			return err
		}
		if err := execOf(ctx, l.tx, ids, "UPDATE decisions SET revoked = ?, revoked_by = ? WHERE id IN %s", l.tx.now, by); err != nil {
			return err
		}
		return execOf(ctx, l.tx, ids, "UPDATE decisions SET revoked = NULL, revoked_by = '', replaced_by = 0 WHERE replaced_by IN %s")
	})
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

const decisionColumns = "id, kind, a, b, by_whom, why, at, batch"

const selectDecisions = "SELECT " + decisionColumns + " FROM decisions WHERE revoked IS NULL ORDER BY id"

func scanDecision(r *sql.Rows) (d hub.Decision, err error) {
	err = r.Scan(&d.ID, &d.Kind, document{&d.A}, document{&d.B}, &d.By, &d.Why, moment{&d.At}, &d.Batch)
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
		if rule, err := link.RuleOf(d, sources); err == nil {
			rules = append(rules, rule)
		}
		return nil
	}, selectDecisions)
	return link.NewRules(rules), err
}

// concern marks everything for the linker that decisions tie to the keys.
func (l *Linking) concern(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	rules, err := l.Rules(ctx)
	if err != nil {
		return err
	}
	keys = rules.Around(keys)
	// Ties of ties: a class is split or joined as a whole, and what became of it follows.
	if keys, err = l.Preceding(ctx, rules, rules.Around(keys)); err != nil {
		return err
	}
	if err := errors.Join(l.MarkBearers(ctx, keys, 0, false), l.DoubtBearers(ctx, keys)); err != nil {
		return err
	}
	return l.rereadNamed(ctx, keys)
}

// rereadNamed makes the linker read those records again that bear one of the
// keys only while a decision names it, or whose value it may have to pass over.
func (l *Linking) rereadNamed(ctx context.Context, keys []string) error {
	var posted []string
	for _, id := range keys {
		k := link.ParseKey(id)
		switch k.Kind {
		case link.KindRecord:
			if err := l.rereadRecord(ctx, k.Value); err != nil {
				return err
			}
		case link.KindCells: // named by its key, too, or by nothing that is known yet
		case link.KindMail:
			posted = append(posted, link.Key{Kind: hub.IdentMessageID, Value: k.Value}.ID())
		case link.KindAnchor:
			name, _, _ := strings.Cut(strings.TrimPrefix(k.Value, hub.IdentName+" "), " ")
			posted = append(posted, link.Key{Kind: hub.IdentName, Value: name}.ID())
		default:
			posted = append(posted, id, link.Muted(k).ID())
		}
	}
	return execOf(ctx, l.tx, posted, "UPDATE records SET content_rev = ?, rev = ? WHERE gone = 0 AND id IN (SELECT record FROM postings WHERE key IN %s)", l.rev, l.rev)
}

// rereadRecord makes the linker read a record again; where no record has the
// key any more, every row of its source, of which one may say the same.
func (l *Linking) rereadRecord(ctx context.Context, sourceAndKey string) error {
	source, key, _ := strings.Cut(sourceAndKey, " ")
	id, err := hub.ParseSourceID(source)
	if err != nil {
		return err
	}
	n, err := l.tx.exec(ctx, "UPDATE records SET content_rev = ?, rev = ? WHERE source = ? AND key = ? AND gone = 0", l.rev, l.rev, id, key)
	if err != nil || n > 0 {
		return err
	}
	_, err = l.tx.exec(ctx, "UPDATE records SET content_rev = ?, rev = ? WHERE source = ? AND gone = 0", l.rev, l.rev, id)
	return err
}

// IdentOfCustomer returns an ident that names the customer in a decision: what
// founded it. ErrNotFound: there is no such customer.
func (s *Store) IdentOfCustomer(ctx context.Context, id hub.CustomerID) (map[string]string, error) {
	var anchor string
	if err := s.get(ctx, "SELECT anchor FROM customers WHERE id = ?", []any{id}, &anchor); err != nil {
		return nil, wrap(err, "customer %s", id)
	}
	return link.IdentOfAnchor(anchor, func(id hub.SourceID) (string, error) {
		src, err := s.Source(ctx, id)
		return src.Name, err
	})
}

// Referent is what an ident of a decision names, as far as the viewer sees it now.
type Referent struct {
	Record   hub.RecordID   // 0: it names no record that the viewer may see
	Customer hub.CustomerID // that it founded, whoever may see it; 0: none
	Told     bool           // records or a source that the viewer may see bear all its values
}

// Referents tells what the idents of decisions name to v, in their order.
func (s *Store) Referents(ctx context.Context, v hub.Viewer, idents []map[string]string) (out []Referent, err error) {
	out = make([]Referent, len(idents))
	err = s.read(ctx, func(t *tx) error {
		sources, err := (&Linking{tx: t}).sources(ctx)
		if err != nil {
			return err
		}
		seen, err := t.sourcesSeen(ctx, v)
		if err != nil {
			return err
		}
		named := make([][]link.Key, len(idents))
		asked := map[string]bool{}
		for i, ident := range idents {
			var bad error
			if named[i], bad = link.IdentKeys(ident, sources); bad != nil { // its source is gone
				continue
			}
			for _, k := range append(named[i], link.ValueKeys(ident)...) {
				asked[k.ID()], asked[link.SaidAnchor(k.ID())] = true, true
				if k.Kind == link.KindAnchor {
					asked[k.Value], asked[link.SaidAnchor(k.Value)] = true, true
				}
			}
		}
		keys := keysOf(asked)
		borne, err := t.visiblyBorne(ctx, v, keys)
		if err != nil {
			return err
		}
		founded, err := t.foundedBy(ctx, keys)
		if err != nil {
			return err
		}
		for i, ident := range idents {
			out[i] = referent(ident, named[i], seen, borne, founded)
		}
		return nil
	})
	return out, wrap(err, "what decisions name")
}

func referent(ident map[string]string, named []link.Key, seen map[string]bool, borne map[string]hub.RecordID, founded map[string]hub.CustomerID) (r Referent) {
	for _, k := range named {
		id := k.ID()
		if k.Kind == link.KindAnchor {
			id = k.Value
		}
		r.Customer = cmp.Or(r.Customer, founded[id], founded[link.SaidAnchor(id)])
		if k.Names() {
			r.Record = cmp.Or(r.Record, borne[id]) // by its key before what it says
		}
	}
	values := link.ValueKeys(ident)
	switch source, ok := ident["source"]; {
	case ok:
		r.Told = seen[source]
	case len(named) > 0 && named[0].Names():
		r.Told = r.Record != 0
	default:
		r.Told = len(values) > 0 && !slices.ContainsFunc(values, func(k link.Key) bool { return borne[k.ID()] == 0 })
	}
	return r
}

// sourcesSeen tells by name which sources v may see.
func (t *tx) sourcesSeen(ctx context.Context, v hub.Viewer) (map[string]bool, error) {
	out := map[string]bool{}
	err := t.each(ctx, func(r *sql.Rows) error {
		var name, department string
		err := r.Scan(&name, &department)
		out[name] = out[name] || v.Sees(department)
		return err
	}, "SELECT name, department FROM sources WHERE removed IS NULL")
	return out, err
}

// visiblyBorne gives for each of the keys that a record bears which v may see the
// first such record.
func (t *tx) visiblyBorne(ctx context.Context, v hub.Viewer, keys []string) (map[string]hub.RecordID, error) {
	out := map[string]hub.RecordID{}
	where, args := visible(v, "s.department")
	err := eachOf(ctx, t, keys, func(r *sql.Rows) error {
		var key string
		var id hub.RecordID
		err := r.Scan(&key, &id)
		out[key] = id
		return err
	}, `SELECT p.key, CAST(MIN(p.record) AS BIGINT) FROM postings p JOIN records r ON r.id = p.record AND r.gone = 0 JOIN sources s ON s.id = r.source
		WHERE `+where+` AND p.key IN %s GROUP BY p.key`, args...)
	return out, err
}

// foundedBy gives the living customers that anchors founded.
func (t *tx) foundedBy(ctx context.Context, anchors []string) (map[string]hub.CustomerID, error) {
	out := map[string]hub.CustomerID{}
	err := eachOf(ctx, t, anchors, func(r *sql.Rows) error {
		var anchor string
		var id hub.CustomerID
		err := r.Scan(&anchor, &id)
		out[anchor] = id
		return err
	}, "SELECT anchor, id FROM customers WHERE gone = 0 AND anchor IN %s")
	return out, err
}

// renameInDecisions makes decisions that name a source follow its new name.
func (t *tx) renameInDecisions(ctx context.Context, old, name string) error {
	type row struct {
		id   int64
		a, b map[string]string
	}
	var rows []row
	err := t.each(ctx, func(r *sql.Rows) error {
		var d row
		err := r.Scan(&d.id, document{&d.a}, document{&d.b})
		if d.a["source"] == old || d.b["source"] == old {
			rows = append(rows, d)
		}
		return err
	}, "SELECT id, a, b FROM decisions WHERE revoked IS NULL")
	for _, d := range rows {
		for _, side := range []map[string]string{d.a, d.b} {
			if side["source"] == old {
				side["source"] = name
			}
		}
		a, _ := json.Marshal(d.a)
		b, _ := json.Marshal(d.b)
		if _, err := t.exec(ctx, "UPDATE decisions SET a = ?, b = ? WHERE id = ?", string(a), string(b), d.id); err != nil {
			return err
		}
	}
	return err
}

// Conflicts returns the decisions that contradict each other, in groups. They
// bind nothing until one of them is taken back.
func (s *Store) Conflicts(ctx context.Context) (out [][]hub.Decision, err error) {
	all, err := s.Decisions(ctx)
	if err != nil {
		return nil, err
	}
	by := map[int64]hub.Decision{}
	for _, d := range all {
		by[d.ID] = d
	}
	var rules *link.Rules
	err = s.read(ctx, func(t *tx) error {
		rules, err = (&Linking{tx: t}).Rules(ctx)
		return err
	})
	if err != nil {
		return nil, wrap(err, "conflicts")
	}
	for _, c := range rules.Conflicts() {
		var group []hub.Decision
		for _, id := range c.Decisions {
			group = append(group, by[id])
		}
		out = append(out, group)
	}
	return out, nil
}

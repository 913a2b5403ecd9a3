// Package linker follows the change sequence and links records to customers.
//
// Records are placed in strata by how surely they name a customer (package
// link). A record is weighed only against what the records of lower strata say
// of their customers, so the links are a function of the records and the
// decisions, whatever the order in which they came. Three steps, each in small
// transactions that may be repeated or shared with another linker:
//
//	read   changed records → keys and facts; they become dirty
//	weigh  dirty records, lowest stratum first → links; what they teach makes
//	       those records of higher strata dirty that lean on it
//	draw   customers whose records changed → faces and history
package linker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/nature"
	"samsyn/internal/store"
)

// Sizes of transactions, and how many of the first kind make a round, after
// which what was read is linked and can be indexed. The first round is short, so
// that something is found soon; each further one is twice as long, since it
// draws every customer again of which it has read something.
const (
	firstRound   = 20
	longestRound = 320

	readBatch  = 1000
	weighBatch = 500
	drawBatch  = 200
)

// rulesVersion is raised when keys, strata, weights or facts change, so that a
// store linked by an older program is linked anew.
const rulesVersion = 9

// Linker links records to customers.
type Linker struct {
	store *store.Store
	log   *slog.Logger
}

// New returns a linker on the store.
func New(st *store.Store, log *slog.Logger) *Linker { return &Linker{st, log} }

// Follow takes in all changes up to the head and returns for how many records
// the links changed. When the company's identity or the program's rules have
// changed since, it begins anew. What it cannot link is not kept from whoever
// follows the linker.
func (l *Linker) Follow(ctx context.Context) (changed int, err error) {
	own, err := l.identity(ctx)
	batches := firstRound
	for head := false; err == nil && !head; batches = min(2*batches, longestRound) {
		var n int
		n, head, err = l.round(ctx, own, batches)
		changed += n
	}
	if err != nil && ctx.Err() == nil {
		err = errors.Join(err, l.store.Waive(ctx))
	}
	if err != nil {
		return changed, fmt.Errorf("link: %w", err)
	}
	return changed, nil
}

// round takes in some changes and links them wholly; head tells that none are left.
func (l *Linker) round(ctx context.Context, own *link.Own, batches int) (changed int, head bool, err error) {
	if head, err = l.read(ctx, own, batches); err != nil {
		return 0, head, fmt.Errorf("read changes: %w", err)
	}
	if changed, err = l.weigh(ctx); err != nil {
		return changed, head, fmt.Errorf("weigh: %w", err)
	}
	if err := l.draw(ctx, head); err != nil {
		return changed, head, fmt.Errorf("draw customers: %w", err)
	}
	return changed, head, nil
}

// Cursor is the name under which the linker keeps the place up to which it has
// read.
const Cursor = "link"

// Relink forgets all that was learned and links every record again. Without a
// change of rules it ends in the same links, and customers keep their ids.
func (l *Linker) Relink(ctx context.Context) error {
	if err := l.store.Linking(ctx, func(t *store.Linking) error { return t.Restart(ctx) }); err != nil {
		return fmt.Errorf("relink: %w", err)
	}
	_, err := l.Follow(ctx)
	return err
}

// identity loads who the company is, and starts anew if that changed.
func (l *Linker) identity(ctx context.Context) (*link.Own, error) {
	var company hub.Company
	if err := l.store.Setting(ctx, "company", &company); err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	text, err := json.Marshal(company)
	if err != nil {
		return nil, err
	}
	weights, err := l.weights(ctx)
	if err != nil {
		return nil, err
	}
	basis := fmt.Sprintf("%d %s", rulesVersion, text)
	if len(weights) > 0 {
		basis += fmt.Sprint(" ", weights) // fmt sorts maps by key
	}
	var had string
	if err := l.store.Setting(ctx, store.LinkedOn, &had); err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if had != basis {
		err = l.store.Linking(ctx, func(t *store.Linking) error { return t.Rebase(ctx, basis) })
	}
	return link.NewOwn(company), err
}

// read takes in the changes of a round; head tells that none are left.
func (l *Linker) read(ctx context.Context, own *link.Own, batches int) (head bool, err error) {
	origins, err := l.origins(ctx)
	if err != nil {
		return false, err
	}
	for range batches {
		from, err := l.store.Cursor(ctx, Cursor)
		if err != nil {
			return false, err
		}
		changes, err := l.store.ContentChanges(ctx, from, readBatch)
		if err != nil || len(changes) == 0 {
			return err == nil, err
		}
		err = l.store.Linking(ctx, func(t *store.Linking) error {
			mine, err := t.Advance(ctx, from, changes[len(changes)-1].Cursor)
			if err != nil || !mine {
				return err // another linker has taken these
			}
			r := reading{t, own, origins}
			return r.take(ctx, changes)
		})
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

func (l *Linker) origins(ctx context.Context) (map[hub.SourceID]hub.Source, error) {
	sources, err := l.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[hub.SourceID]hub.Source, len(sources))
	for _, s := range sources {
		out[s.ID] = s
	}
	return out, nil
}

func (l *Linker) weigh(ctx context.Context) (changed int, err error) {
	for {
		// A look is cheaper than a transaction that finds nothing to do.
		if due, err := l.store.ToWeigh(ctx); err != nil || !due {
			return changed, err
		}
		var n, links int
		err := l.store.Linking(ctx, func(t *store.Linking) (err error) {
			n, links, err = weighSome(ctx, t)
			return err
		})
		if err != nil || n == 0 {
			return changed, err
		}
		changed += links
		l.log.Debug("weighed", "records", n, "changed", links)
	}
}

// weighSome weighs some of what is to be weighed, the lowest stratum first, and
// returns how much it was, 0 when nothing is left, and for how many records the
// links changed.
func weighSome(ctx context.Context, t *store.Linking) (n, links int, err error) {
	traces, err := t.Dirty(ctx, weighBatch)
	if err != nil {
		return 0, 0, err
	}
	if len(traces) == 0 || link.Tier(traces[0].Stratum) > link.TierJoin {
		if n, err = joinDoubtful(ctx, t); err != nil || n > 0 {
			return n, 0, err
		}
	}
	if n = len(traces); n == 0 {
		return 0, 0, nil
	}
	links, err = weighTraces(ctx, t, traces)
	return n, links, err
}

// draw draws the customers whose records changed, and notes how far all is
// linked then.
func (l *Linker) draw(ctx context.Context, head bool) error {
	if due, err := l.store.ToDraw(ctx); err != nil || !due {
		return err
	}
	for {
		var n int
		err := l.store.Linking(ctx, func(t *store.Linking) (err error) {
			if n, err = t.Draw(ctx, drawBatch); err == nil && n < drawBatch {
				err = t.Arrive(ctx, head)
			}
			return err
		})
		if err != nil || n < drawBatch {
			return err
		}
	}
}

// reading turns changed records into traces.
type reading struct {
	*store.Linking
	own     *link.Own
	origins map[hub.SourceID]hub.Source
}

func (r *reading) take(ctx context.Context, changes []hub.Change) error {
	ids := make([]hub.RecordID, len(changes))
	for i, c := range changes {
		ids[i] = c.Record.ID
	}
	before, err := r.Traces(ctx, ids)
	if err != nil {
		return err
	}
	rules, err := r.Rules(ctx)
	if err != nil {
		return err
	}
	natures, err := r.natures(ctx)
	if err != nil {
		return err
	}
	var gone []hub.RecordID
	var save []store.Trace
	facts, entries := make(map[hub.RecordID]hub.Facts, len(changes)), map[hub.RecordID]store.Registration{}
	for _, c := range changes {
		if c.Gone {
			gone = append(gone, c.Record.ID)
			continue
		}
		f := factsOf(natures, c.Record)
		facts[c.Record.ID] = f
		var t store.Trace
		if f.Nature == nature.Register {
			entry, keys := natures.Entry(&c.Record.Content)
			entries[c.Record.ID] = store.Registration{Number: entry.Number, Name: entry.Name, Parent: entry.Parent, Successor: entry.Successor}
			t = r.trace(c.Record, rules, keys)
		} else {
			t = r.trace(c.Record, rules, r.keys(c.Record, rules))
		}
		if had, known := before[t.Record]; known && !differs(t, had) {
			t.Stratum, t.Choice, t.Founded, t.Wanted, t.Customer, t.Taught = had.Stratum, had.Choice, had.Founded, had.Wanted, had.Customer, had.Taught
		}
		save = append(save, t)
	}
	if err := r.outdate(ctx, facts, gone, changes); err != nil {
		return err
	}
	lessons, err := r.lessons(ctx, save, before)
	if err != nil {
		return err
	}
	if err := r.leave(ctx, save, before, rules); err != nil {
		return err
	}
	if err := r.Touch(ctx, ids); err != nil {
		return err
	}
	if err := r.Forget(ctx, gone, before); err != nil {
		return err
	}
	if err := r.SaveTraces(ctx, save, before); err != nil {
		return err
	}
	if err := errors.Join(r.DropFacts(ctx, gone), r.PutFacts(ctx, facts)); err != nil {
		return err
	}
	if err := r.PutEntries(ctx, ids, entries); err != nil {
		return err
	}
	return r.Teach(ctx, lessons)
}

// outdate leaves of the invitations to one meeting only the newest a meeting.
func (r *reading) outdate(ctx context.Context, facts map[hub.RecordID]hub.Facts, gone []hub.RecordID, changes []hub.Change) error {
	outdated, err := r.Outdated(ctx, facts, gone)
	for _, c := range changes {
		if id := c.Record.ID; outdated[id] {
			facts[id] = nature.Outdated(facts[id], &c.Record.Content)
		}
	}
	return err
}

// natures recognises what records are, heeding what people said.
func (r *reading) natures(ctx context.Context) (*nature.Reader, error) {
	said, err := r.Rulings(ctx)
	if err != nil {
		return nil, err
	}
	rulings := make(nature.Rulings, len(said))
	for i, s := range said {
		rulings[i] = nature.Ruling{Source: s.Source, Pattern: s.Pattern, Headers: s.Headers, Nature: s.Nature}
	}
	return nature.NewReader(r.own, rulings), nil
}

// factsOf draws what counts of a record.
func factsOf(natures *nature.Reader, rec *hub.Record) hub.Facts {
	var at nature.Place
	if len(rec.Seen) > 0 {
		at = nature.PlaceOf(rec.Seen[0].Scope, rec.Seen[0].Ref)
	}
	return natures.Facts(rec.Source, at, &rec.Content)
}

// lessons takes back what the traces that change or go have taught and claimed,
// and makes the claims of the new ones.
func (r *reading) lessons(ctx context.Context, save []store.Trace, before map[hub.RecordID]store.Trace) (map[store.Lesson]int, error) {
	lessons := map[store.Lesson]int{}
	old := maps.Clone(before)
	var now []store.Trace
	for _, t := range save {
		had, known := before[t.Record]
		if known && !differs(t, had) {
			delete(old, t.Record)
			continue
		}
		now = append(now, t)
	}
	past := slices.Collect(maps.Values(old))
	for _, had := range past {
		teach(had, had.Taught, -1, lessons)
	}
	claimed, err := r.Mint(ctx, claims(append(past, now...)), 0)
	for _, had := range past {
		claim(had, claimed, -1, lessons)
	}
	for _, t := range now {
		claim(t, claimed, 1, lessons)
	}
	return lessons, err
}

// leave marks those that leaned on a record as one of their unit, for a thread
// or a decision, and would not hear of it because the record no longer bears
// the key.
func (r *reading) leave(ctx context.Context, save []store.Trace, before map[hub.RecordID]store.Trace, rules *link.Rules) error {
	left := maps.Clone(before)
	for _, t := range save {
		if had, known := before[t.Record]; known && !differs(t, had) {
			delete(left, t.Record)
		}
	}
	units := map[string]bool{}
	for _, had := range left {
		units[had.Unit] = true
	}
	if err := r.MarkUnits(ctx, slices.Sorted(maps.Keys(units))); err != nil {
		return err
	}
	return tell(ctx, r.Linking, rules, slices.Collect(maps.Values(left)), 0)
}

// claims lists the organisation numbers that rows claim to be theirs, also those
// rows that are not believed and weighed elsewhere.
func claims(traces []store.Trace) []string {
	anchors := map[string]bool{}
	for _, t := range traces {
		if link.Tier(t.Home) == link.TierOrgNo {
			anchor, _ := link.Anchor(t.Home, t.Unit, t.Keys)
			anchors[anchor] = true
		}
	}
	return slices.Sorted(maps.Keys(anchors))
}

func claim(t store.Trace, claimed map[string]hub.CustomerID, n int, lessons map[store.Lesson]int) {
	if link.Tier(t.Home) != link.TierOrgNo {
		return
	}
	anchor, _ := link.Anchor(t.Home, t.Unit, t.Keys)
	for _, key := range link.Claimed(t.Keys) {
		lessons[store.Lesson{Customer: claimed[anchor], Stratum: link.TierClaim, Key: key}] += n
	}
}

// keys are those of a record that is no row of a register.
func (r *reading) keys(rec *hub.Record, rules *link.Rules) []link.Key {
	origin := link.Origin{Source: rec.Source, Mail: r.origins[rec.Source].Kind == "imap"}
	keys := link.Keys(&rec.Content, origin, r.own)
	if own := rules.Own(r.own); own != r.own {
		return rules.Heed(link.Keys(&rec.Content, origin, own), keys)
	}
	return rules.Heed(keys, keys)
}

func (r *reading) trace(rec *hub.Record, rules *link.Rules, keys []link.Key) store.Trace {
	t := store.Trace{Record: rec.ID, Department: rec.Department, Keys: keys}
	t.Home, t.Unit = link.Stratum(rec.Content.Kind, rec.SourceName, t.Keys)
	t.Stratum = t.Home
	for _, named := range link.Named(rec, t.Stratum, t.Unit, t.Keys) {
		if rules.Class(named.ID()) != nil {
			t.Keys = append(t.Keys, named)
		}
	}
	return t
}

// differs reports whether a record is weighed or teaches otherwise than before;
// where its keys stand does not matter.
func differs(a, b store.Trace) bool {
	same := func(a, b link.Key) bool {
		return a.Kind == b.Kind && a.Value == b.Value && a.Role == b.Role && a.Shared == b.Shared
	}
	return a.Home != b.Home || a.Unit != b.Unit || a.Department != b.Department || !slices.EqualFunc(a.Keys, b.Keys, same)
}

func teach(t store.Trace, customer hub.CustomerID, n int, lessons map[store.Lesson]int) {
	if customer == 0 {
		return
	}
	stratum := t.Stratum
	if link.Tier(t.Home) == link.TierSigned {
		stratum = t.Home // whatever it is linked to later
	}
	for _, key := range link.Taught(t.Keys) {
		lessons[store.Lesson{Customer: customer, Stratum: stratum, Department: t.Department, Key: key}] += n
	}
}

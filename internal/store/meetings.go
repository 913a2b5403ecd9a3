package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"samsyn/internal/hub"
)

// invitation is what is sent of a meeting, or cancels it.
type invitation struct {
	record  hub.RecordID
	meeting meetingIn
	version int64
	message string
	tells   bool // it was found to tell of the meeting, as a record of the nature meeting
}

// meetingIn is a meeting as one mailbox knows it. What others know of it may concern
// other people, and be for other eyes.
type meetingIn struct {
	source hub.SourceID
	thread string
}

func (a invitation) compare(b invitation) int {
	return cmp.Or(cmp.Compare(a.version, b.version), cmp.Compare(a.message, b.message), cmp.Compare(a.record, b.record))
}

// Outdated tells which of the facts that are about to be put are those of an
// invitation that something newer in its mailbox goes before: an update, or what
// cancels the meeting. An invitation put earlier that comes to be so by them, or
// no longer is since what went before it is gone, is stamped to be read again.
func (l *Linking) Outdated(ctx context.Context, facts map[hub.RecordID]hub.Facts, gone []hub.RecordID) (map[hub.RecordID]bool, error) {
	fresh, err := l.invitations(ctx, facts)
	if err != nil {
		return nil, err
	}
	threads := map[string]bool{}
	for _, i := range fresh {
		threads[i.meeting.thread] = true
	}
	changed := slices.Concat(keysOf(facts), gone)
	err = eachOf(ctx, l.tx, numbers(changed), func(r *sql.Rows) error {
		var thread string
		err := r.Scan(&thread)
		threads[thread] = true
		return err
	}, "SELECT thread FROM facts WHERE version > 0 AND record IN %s")
	if err != nil {
		return nil, err
	}
	standing, err := l.standing(ctx, keysOf(threads), changed)
	if err != nil {
		return nil, err
	}
	newest := map[meetingIn]invitation{}
	for _, i := range slices.Concat(fresh, standing) {
		if had, known := newest[i.meeting]; !known || i.compare(had) > 0 {
			newest[i.meeting] = i
		}
	}
	outdated := map[hub.RecordID]bool{}
	for _, i := range fresh {
		if newest[i.meeting].record != i.record {
			outdated[i.record] = true
		}
	}
	var again []hub.RecordID
	for _, i := range standing {
		if is := newest[i.meeting].record == i.record; is != i.tells { // so is what cancels the meeting, in vain
			again = append(again, i.record)
		}
	}
	return outdated, execOf(ctx, l.tx, numbers(again), "UPDATE records SET content_rev = ? WHERE gone = 0 AND id IN %s", l.rev)
}

// invitations are those among facts.
func (l *Linking) invitations(ctx context.Context, facts map[hub.RecordID]hub.Facts) (out []invitation, err error) {
	var ids []hub.RecordID
	for _, id := range keysOf(facts) {
		if f := facts[id]; f.Version > 0 && f.Thread != "" {
			ids = append(ids, id)
		}
	}
	err = eachOf(ctx, l.tx, numbers(ids), func(r *sql.Rows) error {
		var i invitation
		err := r.Scan(&i.record, &i.meeting.source)
		f := facts[i.record]
		i.meeting.thread, i.version, i.message = f.Thread, f.Version, f.Message
		out = append(out, i)
		return err
	}, "SELECT id, source FROM records WHERE id IN %s")
	return out, err
}

// standing are the invitations of those threads that were put earlier, but for the
// records that change.
func (l *Linking) standing(ctx context.Context, threads []string, changed []hub.RecordID) (out []invitation, err error) {
	changes := map[hub.RecordID]bool{}
	for _, id := range changed {
		changes[id] = true
	}
	err = eachOf(ctx, l.tx, threads, func(r *sql.Rows) error {
		var i invitation
		err := r.Scan(&i.record, &i.meeting.source, &i.meeting.thread, &i.version, &i.message, &i.tells)
		if !changes[i.record] {
			out = append(out, i)
		}
		return err
	}, `SELECT f.record, r.source, f.thread, f.version, f.message, CASE WHEN f.nature = 'meeting' THEN 1 ELSE 0 END FROM facts f JOIN records r ON r.id = f.record
		WHERE f.version > 0 AND r.gone = 0 AND f.thread <> '' AND f.thread IN %s`)
	return out, err
}

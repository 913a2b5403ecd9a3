package store

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Access is a line of the access log: who looked at what.
type Access struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Who     string    `json:"who"`
	Action  string    `json:"action"`
	Subject string    `json:"subject,omitempty"`
}

// AccessLog is the log of who looked at what. Its lines form one chain, however
// many processes write to it. Whoever can write to the database alone, without
// the key, cannot change it unnoticed.
type AccessLog struct {
	store *Store
	key   []byte
}

// AccessLog returns the log, sealed with a key derived from secret.
func (s *Store) AccessLog(secret []byte) (*AccessLog, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "samsyn access log", 32)
	if err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	return &AccessLog{s, key}, nil
}

// ErrChain: the access log was tampered with; the text says where.
var ErrChain = errors.New("the access log does not hold together")

func (l *AccessLog) seal(parts ...any) string {
	text, err := json.Marshal(parts)
	if err != nil { // strings and numbers only
		panic(err)
	}
	mac := hmac.New(sha256.New, l.key)
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}

func (l *AccessLog) sealLine(before string, a Access) string {
	return l.seal(before, a.Seq, a.At.UnixMilli(), a.Who, a.Action, a.Subject)
}

// Append writes lines at the end of the chain, in their order; Seq is given out here.
func (l *AccessLog) Append(ctx context.Context, lines []Access) error {
	if len(lines) == 0 {
		return nil
	}
	err := l.store.write(ctx, func(t *tx) error {
		// The row is locked from here on: on Postgres others wait for it.
		var seq int64
		var before string
		if err := t.get(ctx, "UPDATE access_chain SET head_seq = head_seq + ? RETURNING head_seq, head_seal", []any{len(lines)}, &seq, &before); err != nil {
			return err
		}
		rows := make([][]any, len(lines))
		for i, a := range lines {
			// What is sealed must be what is stored.
			a.Who, a.Action, a.Subject = plain(a.Who), plain(a.Action), plain(a.Subject)
			a.Seq = seq - int64(len(lines)) + int64(i) + 1
			before = l.sealLine(before, a)
			rows[i] = []any{a.Seq, a.At.UnixMilli(), a.Who, a.Action, a.Subject, before}
		}
		if err := t.insert(ctx, "INSERT INTO access_log (seq, at, who, action, subject, seal)", rows, ""); err != nil {
			return err
		}
		_, err := t.exec(ctx, "UPDATE access_chain SET head_seal = ?, head_mark = ?", before, l.seal("head", seq, before))
		return err
	})
	return wrap(err, "write the access log")
}

// AccessFilter narrows the log; empty fields narrow nothing.
type AccessFilter struct {
	Who     string
	Action  string
	Subject string // of opened things: their id
	Before  int64  // lines with a lower number
}

// Lines returns up to limit lines, the newest first.
func (l *AccessLog) Lines(ctx context.Context, f AccessFilter, limit int) ([]Access, error) {
	where, args := "1 = 1", []any{}
	for _, c := range []struct {
		clause string
		value  any
		unset  bool
	}{{"who = ?", f.Who, f.Who == ""}, {"action = ?", f.Action, f.Action == ""}, {"subject = ?", f.Subject, f.Subject == ""}, {"seq < ?", f.Before, f.Before == 0}} {
		if !c.unset {
			where, args = where+" AND "+c.clause, append(args, c.value)
		}
	}
	rows, err := l.store.query(ctx, "SELECT seq, at, who, action, subject FROM access_log WHERE "+where+" ORDER BY seq DESC LIMIT ?", append(args, limit)...)
	var out []Access
	err = visit(rows, err, func(r *sql.Rows) error {
		var a Access
		err := r.Scan(&a.Seq, moment{&a.At}, &a.Who, &a.Action, &a.Subject)
		out = append(out, a)
		return err
	})
	return out, wrap(err, "read the access log")
}

// Expire removes the lines from before, keeping the end of the chain to which
// the rest is tied. It returns how many went.
func (l *AccessLog) Expire(ctx context.Context, before time.Time) (removed int, err error) {
	err = l.store.write(ctx, func(t *tx) error {
		// Locked first, so that nothing is written meanwhile.
		if _, err := t.exec(ctx, "UPDATE access_chain SET head_seq = head_seq"); err != nil {
			return err
		}
		var seq int64
		var seal string
		// The clocks of several processes differ: the first line that is young enough ends it.
		err := t.get(ctx, `SELECT seq, seal FROM access_log WHERE seq < COALESCE((SELECT MIN(seq) FROM access_log WHERE at >= ?),
			(SELECT head_seq + 1 FROM access_chain)) ORDER BY seq DESC LIMIT 1`, []any{before.UnixMilli()}, &seq, &seal)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		n, err := t.exec(ctx, "DELETE FROM access_log WHERE seq <= ?", seq)
		if err != nil {
			return err
		}
		removed = int(n)
		_, err = t.exec(ctx, "UPDATE access_chain SET base_seq = ?, base_seal = ?, base_mark = ?", seq, seal, l.seal("base", seq, seal))
		return err
	})
	return removed, wrap(err, "shorten the access log")
}

// Verify reads the whole chain and returns how many lines it has. ErrChain: a
// line was changed, removed, put in or put elsewhere, or the key is another.
func (l *AccessLog) Verify(ctx context.Context) (lines int, err error) {
	err = l.store.read(ctx, func(t *tx) error {
		var base, head int64
		var baseSeal, mark, headSeal, headMark string
		err := t.get(ctx, "SELECT base_seq, base_seal, base_mark, head_seq, head_seal, head_mark FROM access_chain", nil, &base, &baseSeal, &mark, &head, &headSeal, &headMark)
		if err != nil {
			return err
		}
		if base != 0 && mark != l.seal("base", base, baseSeal) {
			return fmt.Errorf("%w: its beginning at line %d is not what retention left", ErrChain, base+1)
		}
		seq, before := base, baseSeal
		err = t.each(ctx, func(r *sql.Rows) error {
			var a Access
			var seal string
			if err := r.Scan(&a.Seq, moment{&a.At}, &a.Who, &a.Action, &a.Subject, &seal); err != nil {
				return err
			}
			switch {
			case a.Seq != seq+1:
				return fmt.Errorf("%w: after line %d comes line %d", ErrChain, seq, a.Seq)
			case seal != l.sealLine(before, a):
				return fmt.Errorf("%w: line %d of %s is not as it was written", ErrChain, a.Seq, a.At.Format(time.RFC3339))
			}
			seq, before = a.Seq, seal
			lines++
			return nil
		}, "SELECT seq, at, who, action, subject, seal FROM access_log ORDER BY seq")
		if err == nil && (seq != head || before != headSeal || head != 0 && headMark != l.seal("head", head, headSeal)) {
			err = fmt.Errorf("%w: it ends at line %d, and %d were written", ErrChain, seq, head)
		}
		return err
	})
	return lines, wrap(err, "check the access log")
}

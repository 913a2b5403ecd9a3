package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"samsyn/internal/hub"
)

// Question is what a person may settle: whether records belong to a customer,
// or whether two customers are one. Records that lean on the same thing for the
// same customer are one question.
type Question struct {
	ID       string         // of what is asked; the same question has it again
	Same     hub.CustomerID // the customer the records have, which may be the one suggested; 0: they have none
	Customer hub.CustomerID // suggested first
	Record   hub.RecordID   // one of the records
	Records  int            // how many there are
	Bits     float64        // of the surest

	topic string
}

// maxQuestions bounds how many questions are looked at; nobody answers more in a week.
const maxQuestions = 5000

// sameTopic begins the topic of records that have a customer.
const sameTopic = "same "

// topic is what a suggestion leans on: its strongest reason, or the customer
// that the record has.
func topic(k hub.Link, all []hub.Link) string {
	if !k.Suggested {
		return ""
	}
	for _, other := range all {
		if !other.Suggested {
			return sameTopic + other.Customer.String()
		}
	}
	for _, e := range k.Evidence {
		if e.Bits > 0 {
			return e.Kind + " " + e.Value
		}
	}
	return "nothing"
}

// openLinks selects the suggestions of records that v may see: of each record
// the first whose customer v may see.
func openLinks(v hub.Viewer) (from string, args []any) {
	records, recordArgs := visible(v, "s.department")
	faces, faceArgs := visible(v, "f.department")
	known := func(link string) string {
		return "EXISTS (SELECT 1 FROM faces f WHERE f.customer = " + link + ".customer AND " + faces + ")"
	}
	from = ` FROM links l JOIN records r ON r.id = l.record JOIN sources s ON s.id = r.source
		WHERE l.suggested = 1 AND r.gone = 0 AND ` + records + " AND " + known("l") + `
		AND NOT EXISTS (SELECT 1 FROM links b WHERE b.record = l.record AND b.suggested = 1 AND b.rank < l.rank AND ` + known("b") + ")"
	return from, slices.Concat(recordArgs, faceArgs, faceArgs)
}

// Questions lists what waits for v, the surest first, without what v has put
// off, or with nothing else.
func (s *Store) Questions(ctx context.Context, v hub.Viewer, putOff bool) ([]Question, error) {
	off, err := s.postponed(ctx, v.User)
	if err != nil {
		return nil, fmt.Errorf("questions: %w", err)
	}
	from, args := openLinks(v)
	rows, err := s.query(ctx, "SELECT l.customer, l.topic, COUNT(*), MAX(l.bits), CAST(MIN(l.record) AS BIGINT)"+from+
		" GROUP BY l.customer, l.topic ORDER BY MAX(l.bits) DESC, COUNT(*) DESC, l.customer, l.topic"+s.dialect.bytewise+" LIMIT ?", append(args, maxQuestions)...)
	var out []Question
	err = visit(rows, err, func(r *sql.Rows) error {
		var q Question
		err := r.Scan(&q.Customer, &q.topic, &q.Records, &q.Bits, &q.Record)
		sum := sha256.Sum256([]byte(q.Customer.String() + " " + q.topic))
		q.ID = hex.EncodeToString(sum[:8])
		if same, ok := strings.CutPrefix(q.topic, sameTopic); ok && err == nil {
			q.Same, err = hub.ParseCustomerID(same)
		}
		if off[q.ID] == putOff {
			out = append(out, q)
		}
		return err
	})
	return out, wrap(err, "questions")
}

// QuestionRecords returns the ids of up to limit records of a question that v may see.
func (s *Store) QuestionRecords(ctx context.Context, v hub.Viewer, q Question, limit int) (ids []hub.RecordID, err error) {
	from, args := openLinks(v)
	rows, err := s.query(ctx, "SELECT l.record"+from+" AND l.customer = ? AND l.topic = ? ORDER BY l.bits DESC, l.record LIMIT ?",
		append(args, q.Customer, q.topic, limit)...)
	err = visit(rows, err, func(r *sql.Rows) error {
		var id hub.RecordID
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, wrap(err, "records of a question")
}

func (s *Store) postponed(ctx context.Context, user string) (map[string]bool, error) {
	off := map[string]bool{}
	rows, err := s.query(ctx, "SELECT question FROM postponed WHERE owner = ? AND until > ?", user, s.now().UnixMilli())
	return off, visit(rows, err, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		off[id] = true
		return err
	})
}

// Postpone hides questions from the user until then.
func (s *Store) Postpone(ctx context.Context, user string, questions []string, until time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "DELETE FROM postponed WHERE until <= ?", t.now); err != nil {
			return err
		}
		rows := make([][]any, len(questions))
		for i, q := range questions {
			rows[i] = []any{user, q, until.UnixMilli()}
		}
		return t.insert(ctx, "INSERT INTO postponed (owner, question, until)", rows, "ON CONFLICT (owner, question) DO UPDATE SET until = excluded.until")
	})
	return wrap(err, "postpone questions")
}

// Recall shows questions again that were hidden from the user.
func (s *Store) Recall(ctx context.Context, user string, questions []string) error {
	return wrap(s.write(ctx, func(t *tx) error {
		return execOf(ctx, t, questions, "DELETE FROM postponed WHERE owner = ? AND question IN %s", user)
	}), "recall questions")
}

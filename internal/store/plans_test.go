package store

import (
	"strings"
	"testing"
	"time"

	"samsyn/internal/hub"
)

// What every open page asks, and asks again while records come in, is found by an index
// and not among all records or all mails of a customer.
func TestPagesAskByIndex(t *testing.T) {
	s, ctx, v := openTest(t), t.Context(), hub.Viewer{All: true}
	if _, err := s.AddSource(ctx, hub.Source{Name: "Postkasse", Department: "Salg", Kind: "imap"}); err != nil {
		t.Fatal(err)
	}
	for range 3 { // what comes again is kept
		if _, err := s.Indexed(ctx, v, hub.Cursor{}, hub.Cursor{Rev: 9}, time.UnixMilli(0), s.now(), 100); err != nil {
			t.Fatal(err)
		}
		if _, err := s.MailCopies(ctx, v, 1); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct{ asks, by string }{
		"what was indexed":   {"content_rev", "SEARCH records USING INDEX records_content_rev"},
		"the copies of mail": {"HAVING", "SEARCH h USING INDEX history_mails (customer=? AND at=?"},
	} {
		var plan strings.Builder
		for q := range s.reads.ready {
			if !strings.Contains(q, c.asks) {
				continue
			}
			rows, err := s.reads.db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+q, make([]any, strings.Count(q, "?"))...)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var id, parent, unused int
				var step string
				if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
					t.Fatal(err)
				}
				plan.WriteString(step + "\n")
			}
			rows.Close()
		}
		if !strings.Contains(plan.String(), c.by) {
			t.Errorf("%s is not found by %s:\n%s", name, c.by, &plan)
		}
	}
}

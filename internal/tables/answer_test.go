package tables

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"samsyn/internal/hub"
)

// TestAnswers asks once, and reads next month's file by the answer though a
// column was added and the rows are others.
func TestAnswers(t *testing.T) {
	month := func(extra, name string, opt Options) *Table {
		t.Helper()
		csv := "Hvem;Sted;Zyx" + extra + ";Beløp;Dato\n"
		for i := range 6 {
			csv += name + strings.Repeat("a", i) + " Bygg AS;Oslo;Kari Lie" + strings.Repeat(";1", strings.Count(extra, ";")) + ";12,50;01.02.2025\n"
		}
		b, err := Open(context.Background(), "a.csv", bytes.NewReader([]byte(csv)), int64(len(csv)), opt)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		table, err := b.Table(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	first := month("", "Fjell", Options{})
	asked := map[string][]string{}
	for _, c := range first.Columns {
		for _, g := range c.Guesses {
			asked[c.ID] = append(asked[c.ID], g.Role)
		}
		if len(c.Guesses) > 0 && len(c.Samples) == 0 {
			t.Errorf("nothing to judge column %s by", c.Letter)
		}
	}
	if !slices.Contains(asked["hvem"], hub.RoleCustomerName) || !slices.Contains(asked["zyx"], hub.RoleContact) || len(asked) != 2 {
		t.Fatalf("asked %v", asked)
	}
	answers := []hub.ColumnAnswer{
		{Table: first.Signature, Column: "zyx", Role: hub.RoleContact},
		{Table: first.Signature, Column: "hvem", Role: hub.RoleCustomerName},
		{Table: first.Signature, Column: "zyx", Role: hub.RoleOwner}, // the last word
		{Table: "a|b|zyx", Column: "sted", Role: hub.RoleOwner},      // of another table
	}
	next := month(";Nytt", "Dal", Options{Answers: answers})
	if got := roles(next); !strings.HasPrefix(got, "customer_name city owner") {
		t.Errorf("roles %q", got)
	}
	for _, c := range next.Columns {
		if len(c.Guesses) > 0 {
			t.Errorf("asked again for %s: %v", c.Header, c.Guesses)
		}
	}
}

package linker_test

import (
	"context"
	"maps"
	"testing"
)

// TestSuggestedAsWhomItTurnsOutToBe: a record with a customer of its own asks
// whether that is the same as another, which is then found to be a third. It
// asks for the third, as it does when it is weighed again.
func TestSuggestedAsWhomItTurnsOutToBe(t *testing.T) {
	b := newTestBench(t)
	const mail, phone = "email per@gmail.com", "phone +47 22 86 44 00"
	b.write(t, "salg", rows{
		"k5": row("custno 10046", mail, phone, "place Malmö"),
		"k3": row("name Solvik Eiendom II", "email kari@fjordvik.no"),
		"k1": row("place Malmö"),
	})
	b.write(t, "support", rows{
		"k0": row("custno 10047", "name Håland & Sønner", "email faktura@hub.no", "place Malmö"),
		"k4": row("orgno 974760673", "custno 10047", mail, "place Bergen"),
		"k5": row("orgno 2077474-0", "name Nordmo Transport AS", "email kari@fjordvik.no", phone),
		"k2": row("custno 10045", phone),
	})
	b.follow(t)
	once := b.outcome(t)
	if err := b.l.Relink(context.Background()); err != nil {
		t.Fatal(err)
	}
	if again := b.outcome(t); !maps.Equal(once, again) {
		t.Errorf("support/k2 at once:\n%s\nlinked anew:\n%s", once["support/k2"], again["support/k2"])
	}
}

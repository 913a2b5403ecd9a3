package link

import (
	"testing"

	"samsyn/internal/hub"
)

func TestEstimate(t *testing.T) {
	keys := []Key{{Kind: hub.IdentPhone, Value: "+4722864400"}, {Kind: hub.IdentName, Value: "solbergbygg"}, {Kind: hub.IdentPlace, Value: "oslo"}}
	trials := Trials{}
	for i := range 200 {
		// Four of a hundred telephones are a stranger's, no name is.
		bearer := hub.CustomerID(1)
		if i%25 == 0 {
			bearer = 2
		}
		trials.Try(keys, 1, map[string][]Owner{
			keys[0].ID(): {{Customer: bearer, N: 2}},
			keys[1].ID(): {{Customer: 1, N: 2}},
		})
	}
	got := trials.Estimate(nil)
	if len(got) != 1 || got[hub.IdentPhone] != bitsPhone-maxShift {
		t.Errorf("the weights are %v, want a telephone of %v alone", got, bitsPhone-maxShift)
	}
	if again := trials.Estimate(got); len(again) != 1 || again[hub.IdentPhone] != got[hub.IdentPhone] {
		t.Errorf("estimated again: %v", again)
	}
	// A key that nobody else bears says nothing, nor one that two others bear.
	trials = Trials{}
	trials.Try(keys, 1, map[string][]Owner{keys[0].ID(): {{Customer: 1, N: 1}}, keys[1].ID(): {{Customer: 1, N: 2}, {Customer: 2, N: 1}}})
	if len(trials) != 0 {
		t.Errorf("tried %v", trials)
	}
}

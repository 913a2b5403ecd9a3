package linker_test

import (
	"context"
	"fmt"
	"testing"

	"samsyn/internal/hub"
)

// A company whose telephones are switchboards of many learns not to trust them.
func TestWeightsAreLearned(t *testing.T) {
	b := newTestBench(t)
	all := rows{}
	for i := range 120 {
		// Every telephone stands beside two numbers, once each.
		all[fmt.Sprint(i)] = row("orgno "+norwegian(i), fmt.Sprintf("name Firma%c%c AS", 'A'+i%26, 'A'+i/26), fmt.Sprintf("phone +47 22 86 4%d %d%d", i/2/20, i/2%20/2, i/2%20%2*5))
	}
	for i := range 120 {
		all[fmt.Sprint("again", i)] = row("orgno "+norwegian(i), fmt.Sprintf("name Firma%c%c AS", 'A'+i%26, 'A'+i/26))
	}
	b.write(t, "salg", all)
	b.follow(t)
	if err := b.l.Estimate(context.Background()); err != nil {
		t.Fatal(err)
	}
	var weights map[string]float64
	if err := b.st.Setting(context.Background(), "weights", &weights); err != nil || weights[hub.IdentPhone] != 7 {
		t.Fatalf("the weights are %v, %v; want a telephone of 7", weights, err)
	}
	b.follow(t)
	b.relinksToTheSame(t)
}

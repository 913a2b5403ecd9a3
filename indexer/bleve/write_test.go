package bleve

import (
	"strings"
	"testing"
)

func TestWeight(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "Fjordvik AS, Ødegård": 20, strings.Repeat("a\n", 100): 600, strings.Repeat("1.", 100): 600, strings.Repeat(" ", 100): 100,
	} {
		if got := weight(text); got < want || got > want+4 {
			t.Errorf("%.20q weighs %d, want %d", text, got, want)
		}
	}
}

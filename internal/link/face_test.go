package link

import (
	"testing"

	"samsyn/internal/hub"
)

func TestNewFacePicksTheNameThatSaysMost(t *testing.T) {
	spelt := func(name string, n int) Said { return Said{Key{Kind: KindSpelling, Value: name}, n} }
	web := Said{Key{Kind: KindDomain, Value: "fjordvik.example"}, 9}
	for _, c := range []struct {
		name  string
		said  []Said
		want  string
		named bool
	}{
		{"the most frequent", []Said{spelt("Fjordvik Bygg AS", 1), spelt("FJORDVIK BYGG", 2)}, "FJORDVIK BYGG", true},
		{"among equals not in capitals", []Said{spelt("FJORDVIK BYGG AS", 1), spelt("Fjordvik Bygg", 1)}, "Fjordvik Bygg", true},
		{"among equals the longer", []Said{spelt("Fjordvik Bygg", 1), spelt("Fjordvik Bygg AS", 1)}, "Fjordvik Bygg AS", true},
		{"of several strata together", []Said{spelt("Fjordvik", 2), spelt("Fjordvik Bygg AS", 1), spelt("Fjordvik Bygg AS", 2)}, "Fjordvik Bygg AS", true},
		{"an ident when there is no name", []Said{web}, "fjordvik.example", false},
		{"the id when there is nothing", nil, "c7", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := NewFace(hub.CustomerID(7), "Sales", c.said)
			if f.Name != c.want || f.Named != c.named {
				t.Errorf("got %q, named %v; want %q, %v", f.Name, f.Named, c.want, c.named)
			}
		})
	}
}

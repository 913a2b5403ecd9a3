package link

import (
	"testing"

	"samsyn/internal/hub"
)

func TestStreetsMeetHoweverTheyAreWritten(t *testing.T) {
	for _, same := range [][]string{
		{"Storgata 34A", "STORGATEN 34 A", "Storgt. 34a", "Storgate 34-A"},
		{"Sandviksvägen 7", "SANDVIKSVÄG. 7", "Sandviksveien 7"},
		{"Strandvejen 97", "Strandvej 97"},
		{"Pajakatu 93 B", "PAJAKATU 93B"},
	} {
		for _, s := range same {
			if got, want := StreetKey(s), StreetKey(same[0]); got != want || got == "" {
				t.Errorf("%s is %q, %s is %q", s, got, same[0], want)
			}
		}
	}
	for _, none := range []string{"", "Postboks 12", "PB 34 Sentrum", "Storgata", "17", "Box 5", "-"} {
		if got := StreetKey(none); got != "" {
			t.Errorf("%q is the street %q", none, got)
		}
	}
	if StreetKey("Storgata 34") == StreetKey("Storgata 3") || StreetKey("Storgata 3") == StreetKey("Sjøgata 3") {
		t.Error("two houses are one")
	}
}

func TestAStreetNeedsCodeOrPlace(t *testing.T) {
	keys := func(fields ...hub.Field) (found []string) {
		for _, k := range Keys(&hub.Content{Kind: hub.KindRow, Fields: fields}, Origin{}, NewOwn(hub.Company{})) {
			if k.Kind == KindStreet {
				found = append(found, k.Value)
			}
		}
		return found
	}
	street := hub.Field{Column: "D", Name: "Adresse", Role: hub.RoleAddress, Value: "Storgata 34 A"}
	if got := keys(street); got != nil {
		t.Errorf("a street somewhere is %v", got)
	}
	code := hub.Field{Role: hub.RolePostalCode, Value: "411 03"}
	place := hub.Field{Role: hub.RoleCity, Value: "Mo i Rana"}
	if got := keys(street, place, code); len(got) != 1 || got[0] != "storgaten34a 41103" {
		t.Errorf("with its code it is %v", got)
	}
	if got := keys(street, place); len(got) != 1 || got[0] != "storgaten34a moirana" {
		t.Errorf("with its place it is %v", got)
	}
}

func FuzzStreetKey(f *testing.F) {
	for _, s := range []string{"Storgata 34 A", "Postboks 1", "vej 7", "gt 1", "Å 9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		key := StreetKey(raw)
		if again := StreetKey(raw + " "); again != key {
			t.Errorf("%q is %q, with a space behind it %q", raw, key, again)
		}
	})
}

package folder

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"samsyn/internal/hub"
)

// TestPersonalNumbersStayOutside reads lists in which people stand with their
// numbers: as number of the firm, as customer number, in notes.
func TestPersonalNumbersStayOutside(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("Kundnr;Kund;Orgnr;Personnummer;Ärende;Anmärkning\n")
	for i := range 12 {
		fmt.Fprintf(&b, "%d;Ås %d AB;556016-0680;;2503%02d-1%03d;ringde\n", 1000+i, i, 10+i, 37*i)
	}
	b.WriteString("8112289874;Enskild firma Ek;8112289874;811228-9875;250312-1043;fru 670919-9530, hetu 131052-308T\n")
	put(t, dir, "kunder.csv", []byte(b.String()), time.Now().Add(-time.Hour))
	f := connect(t, dir)
	rows := 0
	for item, err := range f.Read(t.Context(), hub.Scope{Name: "kunder.csv"}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(item)
		for _, number := range []string{"8112289874", "9874", "9875", "9530", "308T"} {
			if strings.Contains(string(b), number) && (item.Ref == "14" || item.Sheet != nil) {
				t.Errorf("%s came through: %s", number, b)
			}
		}
		if item.Sheet != nil {
			continue
		}
		rows++
		if !strings.Contains(string(b), fmt.Sprintf("2503%02d-", 9+rows)) && item.Ref != "14" {
			t.Errorf("our own number was masked: %s", b)
		}
		for _, id := range item.Content.Idents {
			if id.Kind == hub.IdentOrgNo && id.Value != "556016-0680" {
				t.Errorf("a number of a person became an ident: %+v", id)
			}
		}
	}
	if rows != 13 {
		t.Errorf("%d rows", rows)
	}
}

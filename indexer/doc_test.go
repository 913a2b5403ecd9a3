package indexer_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

var update = flag.Bool("update", false, "write the golden files")

// changes are what Docs is shown, by the name of the golden file.
func changes() map[string]hub.Change {
	at := time.Date(2026, 3, 4, 9, 30, 0, 0, time.UTC)
	row := &hub.Record{
		ID: 17, Source: 3, Department: "salg", Rev: 42, At: at,
		Content: hub.Content{
			Kind: hub.KindRow, Title: "Fjordvik Bygg AS", At: at,
			Fields: []hub.Field{
				{Column: "A", Name: "Kunde", Role: hub.RoleCustomerName, Value: "Fjordvik Bygg AS"},
				{Column: "B", Name: "Org.nr", Role: hub.RoleOrgNo, Value: "923 609 016"},
				{Column: "C", Name: "Fakturanr", Role: hub.RoleInvoiceNo, Value: "F46253879"},
				{Column: "D", Name: "Beløp", Role: hub.RoleAmount, Type: "number", Value: "12500.5"},
				{Column: "E", Name: "Forfall", Role: hub.RoleDueDate, Type: "date", Value: "2026-04-04"},
				{Column: "F", Name: "Nyhetsbrev", Role: hub.RoleConsent, Type: "bool", Value: "true"},
				{Column: "G", Name: "Purret", Type: "bool", Value: "false"},
				{Column: "H", Name: "Tlf", Role: hub.RolePhone, Value: "930 96 512 / +47 22 86 44 00"},
				{Column: "I", Name: "Merknad", Role: hub.RoleText, Value: ""},
			},
			Idents: []hub.Ident{{Kind: hub.IdentOrgNo, Value: "923 609 016", Place: "B Org.nr"}},
		},
		Links: []hub.Link{{Customer: 5}, {Customer: 6, Suggested: true}, {Customer: 7}},
	}
	mail := &hub.Record{
		ID: 18, Source: 4, Department: "support", Rev: 43, At: at,
		Content: hub.Content{
			Kind: hub.KindMail, Title: "Re: Levering", Text: "Hei,\nhar dere levert? Ring 22 86 44 00.\n", Quoted: "Fra: oss\nJa, snart.", At: at,
			Fields: []hub.Field{
				{Name: "From", Value: "Kari Ødegård <kari@fjordvik.no>"}, {Name: "To", Value: "post@vi.no"},
			},
			Idents: []hub.Ident{
				{Kind: hub.IdentEmail, Value: "kari@fjordvik.no", Role: hub.RoleFrom, Place: "From"},
				{Kind: hub.IdentMessageID, Value: "123@fjordvik.no"},
			},
			Attachments: []hub.Attachment{{Name: "Følgeseddel.pdf", Type: "application/pdf", Size: 1000}},
		},
		Links: []hub.Link{{Customer: 5}},
	}
	meeting := &hub.Record{
		ID: 19, Source: 4, Department: "support", Rev: 48, Nature: "meeting", At: at.AddDate(0, 1, 0),
		Content: hub.Content{Kind: hub.KindMail, Title: "Befaring", At: at, Meeting: &hub.Meeting{
			Title: "Befaring", Starts: at.AddDate(0, 1, 0), Where: "Kaigata 1", Organizer: "Kari Ødegård <kari@fjordvik.no>", Attendees: []string{"ola@vi.no"},
		}},
	}
	customer := &hub.Customer{ID: 5, Name: "Fjordvik Bygg AS", Rev: 44, Faces: []hub.Face{
		{Department: "salg", Name: "Fjordvik Bygg AS", Names: []string{"FJORDVIK BYGG"}, Records: 2, Last: at, Idents: []hub.Ident{
			{Kind: hub.IdentOrgNo, Value: "NO923609016MVA"}, {Kind: hub.IdentPerson, Value: "Kari Ødegård"}, {Kind: hub.IdentName, Value: "Fjordvik Bygg AS"},
		}},
		{Department: "support", Name: "fjordvik.no", Records: 1, Idents: []hub.Ident{{Kind: hub.IdentEmail, Value: "kari@fjordvik.no"}}},
	}}
	return map[string]hub.Change{
		"row":           {Cursor: hub.Cursor{Rev: 42, ID: 17}, Record: row},
		"mail":          {Cursor: hub.Cursor{Rev: 43, ID: 18}, Record: mail},
		"meeting":       {Cursor: hub.Cursor{Rev: 48, ID: 19}, Record: meeting},
		"customer":      {Cursor: hub.Cursor{Rev: 44, ID: 5}, Customer: customer},
		"row_gone":      {Cursor: hub.Cursor{Rev: 45, ID: 17}, Record: &hub.Record{ID: 17}, Gone: true},
		"customer_gone": {Cursor: hub.Cursor{Rev: 46, ID: 5}, Customer: &hub.Customer{ID: 5}, Gone: true},
		"merged":        {Cursor: hub.Cursor{Rev: 47, ID: 5}, Customer: &hub.Customer{ID: 5, MergedInto: 3, Faces: customer.Faces}},
	}
}

func TestDocs(t *testing.T) {
	names := indexer.FaceNames{
		"salg":    {5: "Fjordvik Bygg AS", 7: "Solvik Eiendom"},
		"support": {5: "fjordvik.no"},
	}
	for name, change := range changes() {
		docs, gone := indexer.Docs(change, names)
		got, err := json.MarshalIndent(map[string]any{"docs": docs, "gone": gone}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, '\n')
		path := filepath.Join("testdata", "docs_"+name+".json")
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: documents differ from %s (go test -update after a look):\n%s", name, path, got)
		}
	}
}

func stored(f hub.Field) string { return f.Value }

func TestShown(t *testing.T) {
	c := changes()
	want := "Org.nr: 923 609 016 · Fakturanr: F46253879 · Beløp: 12500.5 · Forfall: 2026-04-04 · Nyhetsbrev: true · Purret: false · Tlf: 930 96 512 / +47 22 86 44 00"
	if got := indexer.Shown(c["row"].Record.Content, stored).String(); got != want {
		t.Errorf("row: %s", got)
	}
	if got := indexer.Shown(c["mail"].Record.Content, stored).String(); got != "Hei, har dere levert? Ring 22 86 44 00." {
		t.Errorf("mail: %s", got)
	}
	if got := indexer.Shown(c["meeting"].Record.Content, stored).String(); got != "Kaigata 1 · Kari Ødegård <kari@fjordvik.no> · ola@vi.no" {
		t.Errorf("meeting: %s", got)
	}
}

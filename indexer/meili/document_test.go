package meili

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"samsyn/indexer"
)

var update = flag.Bool("update", false, "write the golden file")

// TestForm pins what is written to the server. When it fails on purpose the
// form must be raised, or indexes already there keep the old one.
func TestForm(t *testing.T) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "\t")
	if err := enc.Encode(form); err != nil {
		t.Fatal(err)
	}
	for _, d := range []indexer.Doc{
		{ID: "r17", Rev: 42, Kind: "mail", Nature: "order", Department: "Salg", Source: "s3", Scope: "s3-1f", Customers: []string{"c5", "c7"},
			Names: []string{"Ødegård A/S", "Solvik"}, Title: "Re: Tilbud", Text: "Takrenner, 12,50 kr\nO\u0308l Привет", Quoted: "Hei på",
			Persons: []string{"Per Ås"}, Numbers: []string{"923609016", "f1"}, At: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)},
		{ID: "c5-1", Rev: 43, Customer: true, Kind: "customer", Department: "Salg", Customers: []string{"c5"}, Names: []string{"Ødegård A/S", "Solvik"}},
	} {
		if err := enc.Encode(documentOf(d)); err != nil {
			t.Fatal(err)
		}
	}
	const golden = "testdata/documents.txt"
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("documents are written in another form: raise the constant form, then go test -update\n%s", out.String())
	}
}

// TestExact: tokens are ASCII, differ where words do, and begin as the words begin.
func TestExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := func(label string) string {
			return rapid.StringOfN(rapid.SampledFrom([]rune("abqkjzøåæé1привет搜")), 0, 20, 64).Draw(t, label)
		}
		a, b := word("a"), word("b")
		if (a == b) != (exact(a) == exact(b)) {
			t.Fatalf("%q and %q become %q and %q", a, b, exact(a), exact(b))
		}
		if strings.HasPrefix(a+b, a) != strings.HasPrefix(exact(a+b), exact(a)) {
			t.Fatalf("%q does not begin as %q", exact(a+b), exact(a))
		}
		if token := exact(a); strings.ContainsFunc(token, func(r rune) bool { return r > 127 }) || len(token) > maxTokenLength {
			t.Fatalf("%q becomes %q", a, token)
		}
	})
}

// TestParts: no token of a long attribute is lost, and no part is longer than
// what Meilisearch keeps of it.
func TestParts(t *testing.T) {
	tokens := strings.Fields(strings.Repeat("ord ", 150_000) + "siste")
	for name, p := range map[string]parts{"list": list(tokens), "running": running(tokens)} {
		n := 0
		for part, text := range p {
			words := strings.Count(text, " ") + 1
			if strings.Contains(text, apart) {
				words *= 8
			}
			if words > 65_536 {
				t.Errorf("%s: part %s takes %d positions", name, part, words)
			}
			n += strings.Count(text, "ord")
		}
		if n < 150_000 || !strings.HasSuffix(p[partName(len(p)-1)], "siste") {
			t.Errorf("%s: %d of 150000 words in %d parts", name, n, len(p))
		}
	}
	if got := running(tokens[:3]); len(got) != 1 || got["p00"] != "ord ord ord" {
		t.Errorf("three words become %v", got)
	}
}

func TestVersions(t *testing.T) {
	for version, want := range map[string]error{
		"1.50.0": nil, "1.50": nil, "1.51.3": nil, "1.150.0": nil, "1.49.9": ErrOld, "0.30.1": ErrOld, "2.0.0": ErrNew, "": ErrOld, "strange": ErrOld,
	} {
		if err := known(version); !errors.Is(err, want) {
			t.Errorf("version %q: %v, want %v", version, err, want)
		}
	}
}

// TestRefusals names the documents that a failed task is about, if its message does.
func TestRefusals(t *testing.T) {
	sent := map[string]bool{"r1": true, "r2": true}
	var r *indexer.Refused
	err := refusals(&taskError{"invalid_document_id", "Document identifier `\"r2\"` is invalid. A document identifier can be of type `integer` or `string`"}, sent)
	if !errors.As(err, &r) || len(r.Docs) != 1 || r.Docs["r2"] != "Meilisearch answers invalid_document_id" {
		t.Errorf("%#v, want r2 refused, without the words of the server", err)
	}
	if err := refusals(&taskError{"internal", "the disk is on fire"}, sent); errors.As(err, &r) {
		t.Errorf("%v is not the fault of a document", err)
	}
	if err := refusals(&taskError{"no_space_left_on_device", "no space"}, sent); !errors.Is(err, ErrFull) {
		t.Errorf("%v, want %v", err, ErrFull)
	}
}

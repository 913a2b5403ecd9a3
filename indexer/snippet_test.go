package indexer_test

import (
	"cmp"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

func TestMark(t *testing.T) {
	for _, test := range []struct{ text, query, want string }{
		{"Hilsen Ødegård & sønn", "odegard", "Hilsen <mark>Ødegård</mark> &amp; sønn"},
		{"Hilsen Odegard", "ødegård", "Hilsen <mark>Odegard</mark>"},
		{"Aarhus og Århus", "århus", "<mark>Aarhus</mark> og <mark>Århus</mark>"},
		{"O\u0308degård", "ødeg", "<mark>O\u0308degård</mark>"},
		{"takrenner og tak", "tak", "<mark>takrenner</mark> og <mark>tak</mark>"},
		{"takrenner og tak", "tak og", "takrenner <mark>og</mark> <mark>tak</mark>"},
		{"Fjordvik ringte", "fjorvdik", "<mark>Fjordvik</mark> ringte"},
		{"Fjordvikbygg ringte", "fjordvk", "<mark>Fjordvikbygg</mark> ringte"},
		{"Fjordvik og Fjordvig", "fjordvik ", "<mark>Fjordvik</mark> og Fjordvig"},
		{"org.nr 923 609 016 MVA", "923609016", "org.nr <mark>923 609 016 MVA</mark>"},
		{"org.nr NO923609016MVA", "923 609 016", "org.nr <mark>NO923609016MVA</mark>"},
		{"ring +47 22 86 44 00 nå", "22864400", "ring <mark>+47 22 86 44 00</mark> nå"},
		{"faktura 10045", "10046", "faktura 10045"},
		{"fra kari@fjordvik.no i dag", "kari@fjordvik.no", "fra <mark>kari@fjordvik.no</mark> i dag"},
		{"varm suppe, kald suppe", `"kald suppe"`, "varm suppe, <mark>kald suppe</mark>"},
		{"varm og suppe", `"varm suppe"`, "varm og suppe"},
		{"<script>alert('x')</script>", "alert", "&lt;script&gt;<mark>alert</mark>(&#39;x&#39;)&lt;/script&gt;"},
		{"a <mark> b", "mark", "a &lt;<mark>mark</mark>&gt; b"},
		{"Solvik A/S", "solvik as", "<mark>Solvik</mark> <mark>A/S</mark>"},
		{"ingenting her", "", "ingenting her"},
		{"", "noe", ""},
	} {
		if got := indexer.Mark(test.text, indexer.Parse(test.query)); got != test.want {
			t.Errorf("Mark(%q, %q)\n got %s\nwant %s", test.text, test.query, got, test.want)
		}
	}
}

func TestSnippet(t *testing.T) {
	long := strings.Repeat("fyllord ", 50) + "her står Ødegård og\n\n venter på betong " + strings.Repeat("mer ", 50)
	got := indexer.NewPassage(long).Snippet(indexer.Parse("odegard betong"), 80)
	want := "…her står <mark>Ødegård</mark> og venter på <mark>betong</mark> mer mer mer mer mer mer mer mer mer mer…"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	thousand := indexer.NewPassage("Fjordvik ringte " + strings.Repeat("fyllord ", 20_000) + "Solvik ringte Ekeberg")
	for query, want := range map[string]string{"fjorvdik ": "<mark>Fjordvik</mark> ringte…", "ekeberg ": "…ringte <mark>Ekeberg</mark>", "ekebreg ": "Fjordvik ringte…"} {
		if got := thousand.Snippet(indexer.Parse(query), 20); got != want {
			t.Errorf("%s in a thousand pages: %s, want %s: mistakes are looked for at the beginning", query, got, want)
		}
	}
	if got := indexer.NewPassage(long).Snippet(indexer.Parse("finnes ikke"), 20); got != "fyllord fyllord…" {
		t.Errorf("without a find: %s", got)
	}
	if got := indexer.NewPassage("kort <tekst>").Snippet(indexer.Parse("tekst"), 80); got != "kort &lt;<mark>tekst</mark>&gt;" {
		t.Errorf("a short text: %s", got)
	}
	if got := indexer.NewPassage(long+"slutt").Snippet(indexer.Parse("slutt"), 30); !strings.HasSuffix(got, "<mark>slutt</mark>") || strings.Count(got, "mer") < 5 {
		t.Errorf("at the end: %s", got)
	}
	if got := indexer.NewPassage(strings.Repeat("x", 500)).Snippet(indexer.Parse("y"), 10); got != strings.Repeat("x", 10)+"…" {
		t.Errorf("one long word: %s", got)
	}
}

// TestSnippetOfValuesToldOtherwise: a value is marked when the query finds it as
// it is stored, and as it is told.
func TestSnippetOfValuesToldOtherwise(t *testing.T) {
	c := hub.Content{Fields: []hub.Field{
		{Name: "Dato", Type: "date", Value: "2026-11-22"}, {Name: "Beløp", Type: "number", Value: "98812.5"},
		{Name: "Tlf", Value: "+4722864400"}, {Name: "Navn", Value: "Fjordvik  AS"},
	}}
	told := map[string]string{"2026-11-22": "22.11.2026", "98812.5": "98\u00a0812,50", "+4722864400": "+47\u00a022\u00a086\u00a044\u00a000"}
	tell := func(f hub.Field) string { return cmp.Or(told[f.Value], f.Value) }
	plain := "Dato: 22.11.2026 · Beløp: 98\u00a0812,50 · Tlf: +47\u00a022\u00a086\u00a044\u00a000 · Navn: Fjordvik AS"
	for query, marked := range map[string]string{
		"2026-11-22": "22.11.2026", "22.11.2026": "22.11.2026", "98812.5": "98\u00a0812,50", "98 812": "98\u00a0812,50", "2026 ": "2026",
		"22864400": "+47\u00a022\u00a086\u00a044\u00a000", "fjordvik": "Fjordvik", "betong": "",
	} {
		want := plain
		if marked != "" {
			want = strings.Replace(plain, marked, "<mark>"+marked+"</mark>", 1)
		}
		if got := indexer.Shown(c, tell).Snippet(indexer.Parse(query), 240); got != want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
}

// FuzzSnippet: whatever the text and the query, there is no tag but <mark>, and
// what is shown stands in the text.
func FuzzSnippet(f *testing.F) {
	f.Add("Hilsen <b>Ødegård</b> & sønn, tlf. 22 86 44 00", "odegard 22864400", 20)
	f.Add("a <mark> b </mark>", `"mark b"`, 3)
	f.Add("\xff\xfe  o\u0308", "ö", 1)
	f.Add(strings.Repeat("fjordvik ", 30), "fjorvdik", 12)
	tags := regexp.MustCompile(`</?mark>`)
	f.Fuzz(func(t *testing.T, text, query string, max int) {
		if len(text) > 1000 || len(query) > 200 {
			return
		}
		plain := func(out string) string {
			if strings.Count(out, "<mark>") != strings.Count(out, "</mark>") || strings.Contains(out, "<mark></mark>") {
				t.Fatalf("%q, %q: %s", text, query, out)
			}
			out = tags.ReplaceAllString(out, "")
			if strings.ContainsAny(out, "<>\"'") {
				t.Fatalf("%q, %q: not escaped: %s", text, query, out)
			}
			return html.UnescapeString(out)
		}
		valid := strings.ToValidUTF8(text, "\uFFFD")
		if got := plain(indexer.Mark(text, indexer.Parse(query))); got != html.UnescapeString(html.EscapeString(valid)) {
			t.Fatalf("Mark(%q, %q) shows %q", text, query, got)
		}
		max = 1 + abs(max)%200
		shown := plain(indexer.NewPassage(text).Snippet(indexer.Parse(query), max))
		shown = strings.TrimSuffix(strings.TrimPrefix(shown, "…"), "…")
		whole := strings.Join(strings.Fields(valid), " ")
		if !strings.Contains("…"+whole+"…", shown) || utf8.RuneCountInString(shown) > max+2 {
			t.Fatalf("Snippet(%q, %q, %d) shows %q", text, query, max, shown)
		}
	})
}

func abs(n int) int { return max(n, -(n + 1)) }

// TestHiddenColumnIsNotShown: who searches for what stands in a hidden column
// finds the row, and is not shown the cell.
func TestHiddenColumnIsNotShown(t *testing.T) {
	c := hub.Content{Fields: []hub.Field{{Name: "Vare", Value: "Filter"}, {Name: "Innkjøpspris", Value: "4711", Hidden: true}}}
	got := indexer.Shown(c, func(f hub.Field) string { return f.Value }).Snippet(indexer.Parse("4711"), 80)
	if got != "Vare: Filter" {
		t.Errorf("shown is %q", got)
	}
	if !strings.Contains(indexer.Text(c), "4711") {
		t.Error("the hidden cell is not found any more")
	}
}

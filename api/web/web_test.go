package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"samsyn/internal/hub"
)

func site(t *testing.T) *Site {
	t.Helper()
	s, err := New(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPagesParse: pages are parsed when they are first shown, so a mistake in one
// must be found here.
func TestPagesParse(t *testing.T) {
	for lang, pages := range site(t).pages {
		for view, parsed := range pages {
			if _, err := parsed(); err != nil {
				t.Errorf("%s in %s: %v", view, lang, err)
			}
		}
	}
}

// TestCataloguesAgree: every language has the same texts, with the same blanks.
func TestCataloguesAgree(t *testing.T) {
	s := site(t)
	blank := regexp.MustCompile(`\{\d\}`)
	blanks := func(p phrase) []string {
		found := blank.FindAllString(p.Other, -1)
		slices.Sort(found)
		return found
	}
	first := s.catalogues[languages[0]].texts
	for _, lang := range languages[1:] {
		texts := s.catalogues[lang].texts
		for key, p := range first {
			other, ok := texts[key]
			if !ok {
				t.Errorf("%s lacks %q", lang, key)
			} else if !slices.Equal(blanks(p), blanks(other)) {
				t.Errorf("%s: %q has other blanks: %q, %q", lang, key, p.Other, other.Other)
			}
		}
		for key := range texts {
			if _, ok := first[key]; !ok {
				t.Errorf("%s alone has %q", lang, key)
			}
		}
	}
}

// TestOverdueIsSaid: what is overdue is told by words, not by its looks alone.
func TestOverdueIsSaid(t *testing.T) {
	for lang, c := range site(t).catalogues {
		if c.must("actions.late", "x") == c.must("actions.due", "x") {
			t.Errorf("%s: what is overdue reads like what is due", lang)
		}
	}
}

// TestTemplatesNameTexts: every text that a template names is in the catalogue.
func TestTemplatesNameTexts(t *testing.T) {
	s := site(t)
	texts := s.catalogues["en"].texts
	named := regexp.MustCompile(`\bt "([^"]+)"`)
	eachTemplate(t, func(name, source string) {
		for _, m := range named.FindAllStringSubmatch(source, -1) {
			if _, ok := texts[m[1]]; !ok {
				t.Errorf("%s names %q, which no catalogue has", name, m[1])
			}
		}
	})
}

// TestNoTextOutsideCatalogues finds words that stand in a template itself.
func TestNoTextOutsideCatalogues(t *testing.T) {
	action, tag := regexp.MustCompile(`(?s)\{\{.*?\}\}`), regexp.MustCompile(`(?s)<[^>]*>`)
	attribute := regexp.MustCompile(`(?:aria-label|title|placeholder|alt)="([^"]*)"`)
	eachTemplate(t, func(name, source string) {
		source = action.ReplaceAllString(source, "")
		for _, m := range attribute.FindAllStringSubmatch(source, -1) {
			if strings.ContainsFunc(m[1], unicode.IsLetter) {
				t.Errorf("%s: the attribute text %q belongs into the catalogues", name, m[1])
			}
		}
		source = strings.ReplaceAll(tag.ReplaceAllString(source, " "), "Samsyn", "") // a name is the same everywhere
		if words := strings.FieldsFunc(source, func(r rune) bool { return !unicode.IsLetter(r) }); len(words) > 0 {
			t.Errorf("%s: the words %v belong into the catalogues", name, words)
		}
	})
}

func eachTemplate(t *testing.T, visit func(name, source string)) {
	t.Helper()
	n := 0
	err := fs.WalkDir(files, "templates", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		source, err := files.ReadFile(name)
		visit(name, string(source))
		return err
	})
	if err != nil || n != len(views)+len(common) {
		t.Fatalf("%d templates, %d are listed: %v", n, len(views)+len(common), err)
	}
}

func TestLanguage(t *testing.T) {
	s := site(t)
	for _, c := range []struct{ chosen, accept, want string }{
		{"", "", "nb"},
		{"sv", "en", "sv"},
		{"", "sv-SE,sv;q=0.9,en;q=0.8", "sv"},
		{"", "no", "nb"},
		{"", "nn-NO", "nb"},
		{"", "da-DK", "da"},
		{"", "en-GB", "en"},
		{"xx", "en", "en"},
		{"", ";;;", "nb"},
		{"", "*", "nb"},

		// What is accepted goes by its order, in whichever form of Norwegian.
		{"", "nn-NO,nn;q=0.9,en;q=0.8", "nb"},
		{"", "no-NO,no;q=0.9,en;q=0.8,sv;q=0.7", "nb"},
		{"", "nb-NO,nb;q=0.9,no;q=0.8,nn;q=0.7,en-US;q=0.6,en;q=0.5", "nb"},
		{"", "en;q=0.2,da;q=0.9", "da"},
		{"", "sv-FI,fi;q=0.9,en;q=0.8", "sv"},

		// Of languages without a catalogue the next one that has one is taken.
		{"", "fi-FI,fi;q=0.9,sv;q=0.8,en;q=0.7", "sv"},
		{"", "fi-FI,fi;q=0.9,en;q=0.8,sv;q=0.7", "en"},
		{"", "is-IS,is;q=0.9,da;q=0.8", "da"},
		{"", "de-DE,de;q=0.9,nb;q=0.3,en;q=0.2", "nb"},
		{"", "qq,xx;q=0.9,sv;q=0.8", "sv"},
		{"", "fo-FO", "da"},

		// Where there is none, English.
		{"", "fi", "en"},
		{"", "fi-FI,fi;q=0.9", "en"},
		{"", "is", "en"},
		{"", "de", "en"},
		{"", "de,fr;q=0.9,*;q=0.1", "en"},
		{"", "ja", "en"},
	} {
		if got := s.Language(c.chosen, c.accept); got != c.want {
			t.Errorf("Language(%q, %q) = %s, want %s", c.chosen, c.accept, got, c.want)
		}
	}
}

func TestSortFollowsTheAlphabet(t *testing.T) {
	for lang, want := range map[string]string{
		"nb": "Aas, Berg, Zoo, Ærlig, Ødegård, Ås",
		"sv": "Aas, Berg, Zoo, Ås, Ærlig, Ödegård",
	} {
		names := strings.Split("Ås, Zoo, Ærlig, Berg, Ødegård, Aas", ", ")
		if lang == "sv" {
			names[4] = "Ödegård"
		}
		Sort(lang, names, func(n string) string { return n })
		got := strings.Join(names, ", ")
		if lang == "nb" {
			// Danish rules file aa as å; either place is right in Norwegian.
			got = strings.Replace(got, ", Aas", "", 1)
			got = strings.Replace(got, "Aas, ", "", 1)
			want = strings.Replace(want, "Aas, ", "", 1)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", lang, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	s := site(t)
	at := time.Date(2026, 3, 5, 9, 41, 0, 0, time.UTC)
	west, err := loadCatalogue("nb", time.FixedZone("west", -5*3600))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want string }{
		{s.catalogues["nb"].day(at), "5. mars 2026"},
		{s.catalogues["sv"].date(at), "2026-03-05"},
		{s.catalogues["en"].date(at), "5 Mar 2026"},
		{s.catalogues["da"].clock(at), "09.41"},
		{s.catalogues["nb"].clock(at.Truncate(24 * time.Hour)), ""},
		{s.catalogues["nb"].weekday(at), "tor. 5."},
		{west.date(at.Truncate(24 * time.Hour)), "05.03.2026"}, // a date is no time: it is the same everywhere
		{west.weekday(at.Truncate(24 * time.Hour)), "tor. 5."},
		{west.value(hub.Field{Type: "time", Value: "2026-03-05T00:00:00Z"}), "05.03.2026"},
		{west.value(hub.Field{Type: "time", Value: "2026-03-05T03:00:00Z"}), "04.03.2026 22:00"},
		{s.catalogues["nb"].number(1234567), "1\u00a0234\u00a0567"},
		{s.catalogues["en"].number(1234567), "1,234,567"},
		{s.catalogues["nb"].value(hub.Field{Type: "number", Role: hub.RoleAmount, Value: "1234.5"}), "1\u00a0234,50"},
		{s.catalogues["sv"].value(hub.Field{Type: "number", Role: hub.RoleQuantity, Value: "2.5"}), "2,5"},
		{s.catalogues["da"].value(hub.Field{Type: "number", Value: "0.125"}), "0,125"},
		{s.catalogues["nb"].value(hub.Field{Type: "number", Value: "2024"}), "2024"},
		{s.catalogues["nb"].value(hub.Field{Role: hub.RolePhone, Value: "+4797991699"}), "+47\u00a0979\u00a091\u00a0699"},
		{s.catalogues["nb"].value(hub.Field{Role: hub.RolePhone, Value: "+47 979 91-699"}), "+47\u00a0979\u00a091\u00a0699"},
		{identValue(hub.Ident{Kind: hub.IdentPhone, Value: "+4722123456"}), "+47\u00a022\u00a012\u00a034\u00a056"},
		{s.catalogues["da"].money(33347920, "DKK"), "333.479,20\u00a0DKK"},
		{s.catalogues["da"].money(47842, "DKK"), "478,42\u00a0DKK"},
		{s.catalogues["da"].money(50000, "DKK"), "500\u00a0DKK"},
		{s.catalogues["nb"].value(hub.Field{Role: hub.RolePhone, Value: "ring 979 91 699"}), "ring 979 91 699"},
		{identValue(hub.Ident{Kind: hub.IdentPhone, Value: "+46701234567"}), "+46\u00a070\u00a0123\u00a045\u00a067"},
		{s.catalogues["nb"].value(hub.Field{Type: "number", Role: hub.RoleCustomerNo, Value: "10045"}), "10045"},
		{s.catalogues["nb"].value(hub.Field{Type: "date", Value: "2026-03-05"}), "05.03.2026"},
		{s.catalogues["en"].value(hub.Field{Type: "bool", Value: "true"}), "yes"},
		{s.catalogues["nb"].value(hub.Field{Name: "To", Value: `"Liv Sæther" <liv@odegard.example>, per@as.example, "per@as.example" <per@as.example>`}), "Liv Sæther <liv@odegard.example>, per@as.example, per@as.example"},
		{s.catalogues["nb"].value(hub.Field{Name: "From", Value: "Lager 2, <hylle>"}), "Lager 2, <hylle>"},
		{identValue(hub.Ident{Kind: hub.IdentOrgNo, Value: "NO923609016"}), "NO 923 609 016"},
		{dial("+47 (0)930 96 512"), "+4793096512"}, {dial("22 33 44 55 / 998 87 766"), "22334455"}, {dial("55 30 12 10, linje 4"), "55301210"}, {dial("22 33 44 55 int 12"), "22334455"},
		{s.catalogues["en"].place("a.xlsx › Ark1", "17"), "a.xlsx › Ark1, row 17"},
		{s.catalogues["en"].reason(hub.Evidence{Kind: "orgno", Value: "NO923609016", Place: "C Orgnr", Bits: 20}, "kunder.xlsx › Ark1", "17"), "same organisation number NO 923 609 016 (column C “Orgnr”, kunder.xlsx › Ark1, row 17)"},
		{s.catalogues["en"].reason(hub.Evidence{Kind: "name", Value: "x", Bits: -3}, "INBOX", ""), "speaks against: another name, x"},
		{s.catalogues["nb"].reason(hub.Evidence{Kind: "thread", Bits: -1}, "INBOX", ""), "taler imot: samme e-posttråd"},
		{s.catalogues["nb"].reason(hub.Evidence{Kind: "email", Value: "a@b.no", Place: "text 12"}, "INBOX", ""), "samme e-postadresse a@b.no (linje 12 i teksten, INBOX)"},
		{fmt.Sprint(strength(1), strength(9), strength(99)), "1 3 5"},
		{s.catalogues["nb"].size(1_500_000), "1,5 MB"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// TestPlural: the first number of a text chooses its form.
func TestPlural(t *testing.T) {
	c := site(t).catalogues["en"]
	for n, want := range map[int]string{0: "0 hits", 1: "One hit", 2: "2 hits", 1234: "1,234 hits"} {
		if got, err := c.text("results.count", n); got != want || err != nil {
			t.Errorf("%d: %q, %v", n, got, err)
		}
	}
	if _, err := c.text("no.such.text"); err == nil {
		t.Error("a missing text is no error")
	}
}

func TestRenderWritesNothingOnFailure(t *testing.T) {
	var b bytes.Buffer
	if err := site(t).Render(&b, "nb", "login", 5); err == nil || b.Len() > 0 {
		t.Errorf("%v, %q", err, b.String())
	}
}

// TestWeight: the first page must be light.
func TestWeight(t *testing.T) {
	total := 0
	for _, body := range site(t).assets {
		total += len(body)
	}
	if total > 60_000 {
		t.Errorf("static files weigh %d bytes", total)
	}
}

func TestCatalogueRejectsHalfAPlural(t *testing.T) {
	var p phrase
	if err := json.Unmarshal([]byte(`{"one":"x"}`), &p); err == nil {
		t.Error("a phrase without other is taken")
	}
}

// TestContrast computes the contrast of every pair of text and ground that
// occurs: WCAG 2.2 AA wants 4.5 to 1, and 3 to 1 for what is no text.
func TestContrast(t *testing.T) {
	schemes := schemes(t)
	texts := []string{"ink/ground", "ink/panel", "ink/sunk", "ink/mark", "ink/tint", "muted/ground", "muted/panel", "muted/sunk", "accent/ground", "accent/panel",
		"accent/tint", "on-accent/accent", "good/panel", "good/good-tint", "bad/panel", "bad/bad-tint", "warn/panel", "warn/warn-tint"}
	shapes := []string{"line-strong/panel", "line-strong/ground"}
	for i := range hues {
		shapes = append(shapes, fmt.Sprintf("h%d/panel", i), fmt.Sprintf("h%d/ground", i))
	}
	for i, name := range []string{"light", "dark"} {
		for least, pairs := range map[float64][]string{4.5: texts, 3: shapes} {
			for _, pair := range pairs {
				shape, ground, _ := strings.Cut(pair, "/")
				a, b := luminance(t, schemes[i][shape]), luminance(t, schemes[i][ground])
				if ratio := (max(a, b) + .05) / (min(a, b) + .05); ratio < least {
					t.Errorf("%s: %s has %.2f to 1, want %.1f", name, pair, ratio, least)
				}
			}
		}
	}
}

// TestHues: departments have colours of their own as long as there are some, the
// same whatever comes after them, and no two colours look alike.
func TestHues(t *testing.T) {
	s := site(t)
	all := []string{"Salg", "Kundeservice", "Projekti", "Økonomi", "Logistik", "Marked", "Service", "Ekonomi", "Lager", "Drift", "Innkjøp", "Ledelse"}
	s.Departments(all)
	owner := map[int]string{}
	for _, d := range all {
		if other := owner[s.hue(d)]; other != "" {
			t.Errorf("%s and %s share a colour", d, other)
		}
		owner[s.hue(d)] = d
	}
	s.Departments(append(all, "Butikk"))
	for n, d := range owner {
		if s.hue(d) != n {
			t.Errorf("%s changes its colour because another came", d)
		}
	}
	for i, scheme := range schemes(t) {
		for a := range hues {
			for b := range a {
				one, other := scheme[fmt.Sprint("h", a)], scheme[fmt.Sprint("h", b)]
				if far := distance(t, one, other); far < .12 {
					t.Errorf("scheme %d: h%d %s and h%d %s are %.3f apart", i, a, one, b, other, far)
				}
			}
		}
	}
}

// distance is how different two colours look: their distance in Oklab, where .02
// is just to be seen.
func distance(t *testing.T, a, b string) float64 {
	t.Helper()
	var lab [2][3]float64
	for i, colour := range []string{a, b} {
		c := linear(t, colour)
		l := math.Cbrt(.4122214708*c[0] + .5363325363*c[1] + .0514459929*c[2])
		m := math.Cbrt(.2119034982*c[0] + .6806995451*c[1] + .1073969566*c[2])
		s := math.Cbrt(.0883024619*c[0] + .2817188376*c[1] + .6299787005*c[2])
		lab[i] = [3]float64{.2104542553*l + .7936177850*m - .0040720468*s, 1.9779984951*l - 2.4285922050*m + .4505937099*s, .0259040371*l + .7827717662*m - .8086757660*s}
	}
	return math.Sqrt(math.Pow(lab[0][0]-lab[1][0], 2) + math.Pow(lab[0][1]-lab[1][1], 2) + math.Pow(lab[0][2]-lab[1][2], 2))
}

// schemes are the colours by name, those of light and those of dark.
func schemes(t *testing.T) (schemes [2]map[string]string) {
	token := regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)
	for i := range schemes {
		schemes[i] = map[string]string{}
		for _, m := range token.FindAllStringSubmatch(string(site(t).assets["samsyn.css"]), -1) {
			schemes[i][m[1]] = m[2+i]
		}
	}
	return schemes
}

// TestColoursAreTokens: outside tokens.css nothing names a colour, print excepted.
func TestColoursAreTokens(t *testing.T) {
	colour := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(`)
	for _, name := range styles {
		sheet, err := files.ReadFile("static/css/" + name + ".css")
		if err != nil {
			t.Fatal(err)
		}
		if found := colour.FindAllString(string(sheet), -1); name != "tokens" && name != "print" && len(found) > 0 {
			t.Errorf("%s.css names the colours %v: they belong into tokens.css", name, found)
		}
	}
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	c := linear(t, colour)
	return .2126*c[0] + .7152*c[1] + .0722*c[2]
}

// linear is how much light of red, green and blue a colour is made of (sRGB).
func linear(t *testing.T, colour string) (c [3]float64) {
	t.Helper()
	var rgb [3]uint8
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("colour %q: %v", colour, err)
	}
	for i := range c {
		c[i] = float64(rgb[i]) / 255
		if c[i] <= .04045 {
			c[i] /= 12.92
		} else {
			c[i] = math.Pow((c[i]+.055)/1.055, 2.4)
		}
	}
	return c
}

// TestSearched: a line of the access log is told apart into words and filters.
func TestSearched(t *testing.T) {
	for line, want := range map[string]searched{
		"odegard":        {Words: "odegard"},
		"":               {},
		"a=b c":          {Words: "a=b c"},
		"farge=gul":      {Words: "farge=gul"},
		"odegard 50%=ok": {Words: "odegard 50%=ok"},
		"liv s department=Salg&department=Service&from=2024-01-01": {"liv s", []narrowed{{"department", "Salg"}, {"department", "Service"}, {"from", "2024-01-01"}}},
		"nature=order&person=Liv+S%C3%A6ther":                      {"", []narrowed{{"nature", "order"}, {"person", "Liv Sæther"}}},
	} {
		if got := search(line); got.Words != want.Words || !slices.Equal(got.Filters, want.Filters) {
			t.Errorf("%q is %+v, want %+v", line, got, want)
		}
	}
}

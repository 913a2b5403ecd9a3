package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"samsyn/internal/hub"
)

// languages are those with a catalogue; the first is the default.
var languages = []string{"nb", "sv", "da", "en"}

// Languages lists the languages a user may choose.
func (s *Site) Languages() []string { return slices.Clone(languages) }

// Language chooses a language: what the user chose, else the first with a catalogue
// among those that the browser accepts (RFC 9110, Accept-Language), else one that is near
// to them, as Danish is to Faroese. Who accepts only others gets English, and Norwegian
// who says nothing.
func (s *Site) Language(chosen, accept string) string {
	if slices.Contains(languages, chosen) {
		return chosen
	}
	wanted := accepted(accept)
	if len(wanted) == 0 {
		return languages[0]
	}
	tags := []language.Tag{}
	for _, l := range languages {
		tags = append(tags, language.MustParse(l))
	}
	tags = append(tags, language.MustParse("nn")) // else it is merely near to bokmål, and what is accepted after it goes before
	_, i, confidence := language.NewMatcher(tags).Match(wanted...)
	switch {
	case confidence == language.No:
		return "en"
	case i == len(languages):
		return languages[0]
	}
	return languages[i]
}

// accepted lists the languages that a browser accepts, the best first, without those
// that nobody knows and without "*".
func accepted(header string) []language.Tag {
	ranges := slices.DeleteFunc(strings.Split(header, ","), func(one string) bool {
		tags, _, err := language.ParseAcceptLanguage(one)
		return err != nil || slices.Contains(tags, language.MustParse("mul"))
	})
	tags, _, err := language.ParseAcceptLanguage(strings.Join(ranges, ","))
	if err != nil {
		return nil
	}
	return tags
}

// Sort orders a list by the alphabet of the language. For Norwegian the rules
// are those of Danish, which are the same: under the tag nb the tables put å
// beside a.
func Sort[T any](lang string, list []T, name func(T) string) {
	if lang == "nb" {
		lang = "da"
	}
	var buffer collate.Buffer
	order := collate.New(language.Make(lang), collate.IgnoreCase)
	keys := make([][]byte, len(list))
	at := make([]int, len(list))
	for i, v := range list {
		keys[i], at[i] = order.KeyFromString(&buffer, name(v)), i
	}
	slices.SortStableFunc(at, func(a, b int) int { return bytes.Compare(keys[a], keys[b]) })
	sorted := make([]T, len(list))
	for i, from := range at {
		sorted[i] = list[from]
	}
	copy(list, sorted)
}

// catalogue holds the words and customs of one language. Text stands in
// locales/LANG.json as key → text, or key → {"one", "other"} where a number
// decides; {0}, {1} … are filled in.
type catalogue struct {
	lang    string
	texts   map[string]phrase
	printer *message.Printer
	zone    *time.Location
}

// phrase is a text; One is for the number one, if it differs.
type phrase struct{ One, Other string }

// UnmarshalJSON reads a text, or the forms of one.
func (p *phrase) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		err := json.Unmarshal(data, &p.Other)
		p.One = p.Other
		return err
	}
	var forms map[string]string
	if err := json.Unmarshal(data, &forms); err != nil {
		return err
	}
	p.One, p.Other = forms["one"], forms["other"]
	if p.One == "" || p.Other == "" || len(forms) != 2 {
		return fmt.Errorf("want the forms one and other, have %s", data)
	}
	return nil
}

func loadCatalogue(lang string, zone *time.Location) (*catalogue, error) {
	data, err := files.ReadFile("locales/" + lang + ".json")
	if err != nil {
		return nil, err
	}
	c := &catalogue{lang: lang, zone: zone, printer: message.NewPrinter(language.MustParse(lang))}
	if err := json.Unmarshal(data, &c.texts); err != nil {
		return nil, fmt.Errorf("locales/%s.json: %w", lang, err)
	}
	return c, nil
}

// text fills in a text. When the first argument is a number it chooses the form.
func (c *catalogue) text(key string, args ...any) (string, error) {
	p, ok := c.texts[key]
	if !ok {
		return "", fmt.Errorf("no text %q in %s", key, c.lang)
	}
	form := p.Other
	if len(args) > 0 && fmt.Sprint(args[0]) == "1" {
		form = p.One
	}
	for i, a := range args {
		if n, ok := a.(int); ok {
			a = c.number(n)
		}
		form = strings.ReplaceAll(form, "{"+strconv.Itoa(i)+"}", fmt.Sprint(a))
	}
	return form, nil
}

// must is text for keys that are spelt in this package; a test checks them.
func (c *catalogue) must(key string, args ...any) string {
	text, err := c.text(key, args...)
	if err != nil {
		return key
	}
	return text
}

func (c *catalogue) number(n int) string { return c.printer.Sprintf("%d", n) }

// date writes a day in digits, as lists want it.
func (c *catalogue) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return hub.Shown(t, c.zone).Format(c.must("format.date"))
}

// day writes a day in words.
func (c *catalogue) day(t time.Time) string {
	if t.IsZero() {
		return c.must("date.none")
	}
	return c.dayInWords(hub.Shown(t, c.zone))
}

// dayInWords writes the day of a time that is in the zone in which it is shown.
func (c *catalogue) dayInWords(t time.Time) string {
	return c.must("format.day", strconv.Itoa(t.Day()), c.must("month."+strconv.Itoa(int(t.Month()))), strconv.Itoa(t.Year()))
}

// month writes a month in words, as the heading of a part of a history.
func (c *catalogue) month(t time.Time) string {
	if t.IsZero() {
		return c.must("date.none")
	}
	t = hub.Shown(t, c.zone)
	return c.must("month."+strconv.Itoa(int(t.Month()))) + " " + strconv.Itoa(t.Year())
}

// weekday writes the day of a month whose heading stands above.
func (c *catalogue) weekday(t time.Time) string {
	t = hub.Shown(t, c.zone)
	return c.must("format.weekday", c.must("weekday."+strconv.Itoa(int(t.Weekday()))), strconv.Itoa(t.Day()))
}

// clock writes the time of day; a record that knows only its day has none.
func (c *catalogue) clock(t time.Time) string {
	if hub.IsDate(t) {
		return ""
	}
	return t.In(c.zone).Format(c.must("format.clock"))
}

// moment writes when something was, as near as it matters.
func (c *catalogue) moment(t time.Time) string {
	now := time.Now().In(c.zone)
	t = t.In(c.zone)
	if t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return t.Format(c.must("format.clock"))
	}
	return t.Format(c.must("format.date") + " " + c.must("format.clock"))
}

// size writes a number of bytes.
func (c *catalogue) size(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1_000_000:
		return strconv.FormatInt((n+500)/1000, 10) + " kB"
	}
	return c.printer.Sprintf("%.1f MB", float64(n)/1e6)
}

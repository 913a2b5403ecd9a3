package meili

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"samsyn/indexer"
)

// document is what is written of a Doc; see the package comment.
type document struct {
	ID         string   `json:"id"`
	Rev        int64    `json:"rev"`
	Num        int64    `json:"num"`
	At         *int64   `json:"at,omitempty"`
	Department string   `json:"department"`
	Kind       string   `json:"kind"`
	Nature     string   `json:"nature,omitempty"`
	Source     string   `json:"source,omitempty"`
	Scope      string   `json:"scope,omitempty"`
	Customer   []string `json:"customer,omitempty"`
	Year       string   `json:"year,omitempty"`
	Person     []string `json:"person,omitempty"`
	Named      []string `json:"named,omitempty"` // the same

	Number    parts  `json:"number,omitempty"`
	Whole     string `json:"whole,omitempty"`
	WholeFold string `json:"whole_fold,omitempty"`
	Name      string `json:"name,omitempty"`
	NameFold  string `json:"name_fold,omitempty"`
	Title     parts  `json:"title,omitempty"`
	TitleFold parts  `json:"title_fold,omitempty"`
	Text      parts  `json:"text,omitempty"`
	TextFold  parts  `json:"text_fold,omitempty"`
	Quote     parts  `json:"quote,omitempty"`
	QuoteFold parts  `json:"quote_fold,omitempty"`

	NameLoose  string `json:"name_loose,omitempty"`
	TitleLoose parts  `json:"title_loose,omitempty"`
	Body       parts  `json:"body,omitempty"`
	QuoteLoose parts  `json:"quote_loose,omitempty"`
}

// documentOf takes a document apart into attributes, with the words and folds
// that every engine has.
func documentOf(d indexer.Doc) document {
	out := document{
		ID: d.ID, Rev: d.Rev, Num: number(d.ID), Customer: d.Customers, Scope: d.Scope,
		Department: facet(d.Department), Kind: facet(d.Kind), Nature: facet(d.Nature), Source: facet(d.Source), Person: facetsOf(d.Persons),
	}
	out.Named = out.Person
	if !d.At.IsZero() {
		at := d.At.UnixMilli()
		out.At, out.Year = &at, strconv.Itoa(d.At.UTC().Year())
	}
	names := words(strings.Join(d.Names, "\n"))
	title, text, quoted := words(d.Title), words(d.Text), words(d.Quoted)
	all := slices.Concat(names, title, text)
	s := spell(names)
	out.Name, out.NameFold = apartFrom(s.spelt), apartFrom(s.fold)
	s = spell(title)
	out.Title, out.TitleFold = list(s.spelt), list(s.fold)
	s = spell(text)
	out.Text, out.TextFold = list(s.spelt), list(s.fold)
	s = spell(quoted)
	out.Quote, out.QuoteFold = list(s.spelt), list(s.fold)
	out.NameLoose, out.TitleLoose = strings.Join(once(mistakable(names)), apart), list(once(mistakable(title)))
	out.Body, out.QuoteLoose = running(mistakable(all)), list(once(mistakable(quoted)))
	var numbers []string
	for _, n := range d.Numbers {
		numbers = append(numbers, exact(n))
	}
	out.Number = list(once(numbers))
	if d.Customer {
		var spelt, folded []string
		for _, name := range d.Names {
			s, f := whole(name)
			spelt = append(spelt, headsOf(s)...)
			if f != s {
				folded = append(folded, headsOf(f)...)
			}
		}
		out.Whole, out.WholeFold = strings.Join(once(spelt), apart), strings.Join(once(folded), apart)
	}
	return out
}

// apartFrom writes the few tokens of names, which need no parts.
func apartFrom(tokens []string) string { return list(tokens)[partName(0)] }

func words(text string) []indexer.Word { return slices.Collect(indexer.Words(text)) }

// textTooLong is why a document is not taken.
const textTooLong = "its text is too long"

// tooLong reports whether a document cannot be written as a whole.
func (d *document) tooLong() bool {
	for _, p := range []parts{d.Number, d.Title, d.TitleFold, d.TitleLoose, d.Text, d.TextFold, d.Quote, d.QuoteFold, d.Body, d.QuoteLoose} {
		if len(p) > maxParts {
			return true
		}
	}
	return false
}

// facet is the form in which values are filtered by and counted. Meilisearch
// takes values for the same that differ only in the case of letters or in
// accents; departments named so must not see each other.
func facet(value string) string { return hex.EncodeToString([]byte(value)) }

func facetsOf(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = facet(v)
	}
	return out
}

func facetValue(facet string) string {
	b, err := hex.DecodeString(facet)
	if err != nil {
		return facet
	}
	return string(b)
}

// number is the number in the id of a record or customer; the last word between equals.
func number(id string) int64 {
	digits, _, _ := strings.Cut(strings.TrimLeft(id, "abcdefghijklmnopqrstuvwxyz"), "-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

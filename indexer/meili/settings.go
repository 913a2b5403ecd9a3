package meili

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/meilisearch/meilisearch-go"
)

// form is raised whenever documents are written otherwise; what the settings
// say is part of the schema anyway.
const form = "meili 7"

// exactAttributes are searched as they are spelt, the weightiest first.
func exactAttributes() []string {
	return []string{"number", "whole", "whole_fold", "name", "name_fold", "title", "title_fold", "text", "text_fold", "quote", "quote_fold"}
}

// looseAttributes allow for mistakes.
func looseAttributes() []string { return []string{"name_loose", "title_loose", "body", "quote_loose"} }

// facets are the attributes that results are counted by, persons excepted.
func facets() []string { return []string{"department", "kind", "nature", "source", "year"} }

// Persons are thousands. Meilisearch goes through all of them and the documents
// of each where it is to give the most frequent, and through the documents found
// where these are few and it may give the persons by name. Which it does depends
// on the attribute, so that there are two.
const (
	personByCount = "person"
	personByName  = "named"
	fewHits       = 3_000 // up to which it goes through the documents
)

// settings of both indexes. Where the library leaves out a value that equals
// Go's zero, as it does for facetSearch, the value is set by a call of its own.
func settings() *meilisearch.Settings {
	return &meilisearch.Settings{
		SearchableAttributes: append(exactAttributes(), looseAttributes()...),
		DisplayedAttributes:  []string{"id", "rev"},
		FilterableAttributes: append(facets(), personByCount, personByName, "customer", "scope", "at", "num"),
		SortableAttributes:   []string{"at", "num"},
		// No rule for words, as all must be there, none for proximity, and none for
		// exactness: see question.whole.
		RankingRules: []string{"sort", "typo", "attributeRank", "at:desc", "num:desc"},
		TypoTolerance: &meilisearch.TypoTolerance{
			Enabled:             true,
			MinWordSizeForTypos: meilisearch.MinWordSizeForTypos{OneTypo: oneMistake, TwoTypos: twoMistakes},
			DisableOnWords:      []string{},
			DisableOnAttributes: []string{},
			DisableOnNumbers:    true,
		},
		// The words are cut and folded here; no language is to be guessed for them.
		LocalizedAttributes: []*meilisearch.LocalizedAttributes{{AttributePatterns: []string{"*"}, Locales: []string{"nob"}}},
		ProximityPrecision:  meilisearch.ByWord, // phrases need it
		SearchCutoffMs:      searchCutoff.Milliseconds(),
		Pagination:          &meilisearch.Pagination{MaxTotalHits: maxTotalHits},
		Faceting: &meilisearch.Faceting{MaxValuesPerFacet: maxFacetValues,
			SortFacetValuesBy: map[string]meilisearch.SortFacetType{"*": meilisearch.SortFacetTypeCount, personByName: meilisearch.SortFacetTypeAlpha}},
	}
}

// schema names documents and settings in full: another one needs another index.
func schema() string {
	text, err := json.Marshal(settings())
	if err != nil {
		return fmt.Sprintf("%s %v", form, err)
	}
	return strings.Join([]string{form, string(text)}, "\n")
}

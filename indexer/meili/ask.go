package meili

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meilisearch/meilisearch-go"
	"golang.org/x/sync/errgroup"
)

// ask is one question to one index, and its answer.
type ask struct {
	uid      string
	variants []variant
	filter   []string // all of them
	sort     []string
	facets   []string
	offset   int
	limit    int

	ids    []string
	total  int
	counts map[string]map[string]int
}

// put asks all at once. Those with one variant go as one multi-search. It is
// not a federated one: that has one list and one count for all its questions,
// and the customers would take the place of records. Questions in several
// variants are federated, each by itself, so that the server joins what its
// variants find.
func (e *Engine) put(ctx context.Context, asks ...*ask) error {
	group, ctx := errgroup.WithContext(ctx)
	var single []*ask
	for _, a := range asks {
		if err := e.shorten(ctx, a); err != nil {
			return err
		}
		if len(a.variants) == 1 {
			single = append(single, a)
		} else if len(a.variants) > 1 {
			group.Go(func() error { return e.putFederated(ctx, a) })
		}
	}
	if len(single) > 0 {
		group.Go(func() error { return e.putTogether(ctx, single) })
	}
	return group.Wait()
}

func (a *ask) request(v variant) *meilisearch.SearchRequest {
	req := &meilisearch.SearchRequest{
		IndexUID: a.uid, Query: v.text(), MatchingStrategy: meilisearch.All, AttributesToSearchOn: v.on,
		Sort: a.sort, AttributesToRetrieve: []string{"id"},
	}
	filter := a.filter
	if v.filter != "" {
		filter = slices.Concat(filter, []string{v.filter})
	}
	if len(filter) > 0 {
		req.Filter = strings.Join(filter, " AND ")
	}
	return req
}

func (e *Engine) putTogether(ctx context.Context, asks []*ask) error {
	req := &meilisearch.MultiSearchRequest{}
	for _, a := range asks {
		q := a.request(a.variants[0])
		q.Offset, q.Limit, q.Facets = int64(a.offset), int64(max(a.limit, 1)), a.facets // the library leaves a limit of 0 out
		req.Queries = append(req.Queries, q)
	}
	res, err := e.client.MultiSearchWithContext(ctx, req)
	if err != nil {
		return told("search", err)
	}
	if len(res.Results) != len(asks) {
		return fmt.Errorf("search: %d answers to %d questions", len(res.Results), len(asks))
	}
	for i, a := range asks {
		r := res.Results[i]
		a.total = int(r.EstimatedTotalHits) // exact, as no attribute is distinct
		if err := a.read(r.Hits); err != nil {
			return err
		}
		if len(r.FacetDistribution) > 0 {
			if err := json.Unmarshal(r.FacetDistribution, &a.counts); err != nil {
				return fmt.Errorf("read facets: %w", err)
			}
		}
	}
	return nil
}

func (e *Engine) putFederated(ctx context.Context, a *ask) error {
	req := &meilisearch.MultiSearchRequest{Federation: &meilisearch.MultiSearchFederation{Offset: int64(a.offset), Limit: int64(max(a.limit, 1))}}
	if len(a.facets) > 0 {
		req.Federation.FacetsByIndex = map[string][]string{a.uid: a.facets}
		req.Federation.MergeFacets = &meilisearch.MultiSearchFederationMergeFacets{MaxValuesPerFacet: maxFacetValues}
	}
	for _, v := range a.variants {
		q := a.request(v)
		q.FederationOptions = &meilisearch.SearchFederationOptions{Weight: v.weight}
		req.Queries = append(req.Queries, q)
	}
	res, err := e.client.MultiSearchWithContext(ctx, req)
	if err != nil {
		return told("search", err)
	}
	a.total = int(res.EstimatedTotalHits)
	a.counts = map[string]map[string]int{}
	for field, raw := range res.FacetDistribution {
		var counts map[string]int
		if err := json.Unmarshal(raw, &counts); err != nil {
			return fmt.Errorf("read facets: %w", err)
		}
		a.counts[field] = counts
	}
	return a.read(res.Hits)
}

func (a *ask) read(hits meilisearch.Hits) error {
	a.ids = nil
	for _, hit := range hits[:min(len(hits), a.limit)] {
		var id string
		if err := json.Unmarshal(hit["id"], &id); err != nil {
			return fmt.Errorf("read the id of a hit: %w", err)
		}
		a.ids = append(a.ids, id)
	}
	return nil
}

const (
	// maxWords is how many words Meilisearch looks for; it passes over the rest.
	maxWords = 10
	// maxNarrowed bounds the documents that are carried from the first words of
	// a long question to the next. When more have ten words in common, the
	// newest count.
	maxNarrowed = 50_000
)

// shorten sees to questions of more words than Meilisearch looks for: those
// that have the first ten are found first, and the rest is asked of them.
func (e *Engine) shorten(ctx context.Context, a *ask) error {
	a.variants = slices.Clone(a.variants)
	for i := range a.variants {
		v := &a.variants[i]
		for len(v.words) > maxWords {
			first := *v
			first.words = v.words[:maxWords]
			found := ask{uid: a.uid, variants: []variant{first}, filter: a.filter, sort: []string{"at:desc"}, limit: maxNarrowed}
			if err := e.putTogether(ctx, []*ask{&found}); err != nil {
				return err
			}
			nums := []string{"-1"} // none has this
			for _, id := range found.ids {
				nums = append(nums, strconv.FormatInt(number(id), 10))
			}
			v.words, v.filter = v.words[maxWords:], "num IN ["+strings.Join(nums, ",")+"]"
		}
	}
	return nil
}

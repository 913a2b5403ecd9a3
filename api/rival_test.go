package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bleveitself "github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/search/query"
	"github.com/meilisearch/meilisearch-go"

	"samsyn/indexer"
	"samsyn/internal/testenv"
)

// A rival is what the engine's own library makes of the same documents and
// questions with the settings it has by itself: twenty hits with what is kept of
// them, marked, and the same facets. It knows no cards, no persons, no
// spellings and no rights.
type rival interface {
	Write(ctx context.Context, docs []indexer.Doc, gone []string) error
	ask(ctx context.Context, v url.Values) error
}

// rivalFacets are counted as Samsyn counts them while somebody types.
var rivalFacets = []string{"department", "kind", "nature", "source", "year"}

// only turns a rival into something that follows the store; it is searched by itself.
type only struct{ rival }

func (only) Search(context.Context, indexer.Query) (*indexer.Result, error) {
	return nil, errors.ErrUnsupported
}
func (only) Revs(context.Context, func(string, int64) error) error { return errors.ErrUnsupported }
func (only) Bulk() int                                             { return 8 << 20 }
func (only) Close() error                                          { return nil }

// plainDoc is a document as one would give it to a search library.
func plainDoc(d indexer.Doc) map[string]any {
	doc := map[string]any{
		"id": d.ID, "kind": d.Kind, "nature": d.Nature, "department": d.Department, "source": d.Source, "customers": d.Customers,
		"names": d.Names, "title": d.Title, "text": d.Text, "quoted": d.Quoted, "numbers": d.Numbers, "persons": d.Persons,
	}
	if !d.At.IsZero() {
		doc["at"], doc["year"] = d.At.Unix(), d.At.Format("2006")
	}
	return doc
}

type plainBleve struct{ index bleveitself.Index }

func newPlainBleve(b *testing.B, folder string) *plainBleve {
	dir := filepath.Join(folder, "rival")
	ix, err := bleveitself.Open(dir)
	if errors.Is(err, bleveitself.ErrorIndexPathDoesNotExist) {
		mapping := bleveitself.NewIndexMapping()
		asIs := bleveitself.NewTextFieldMapping()
		asIs.Analyzer = keyword.Name
		for _, field := range append(slices.Clone(rivalFacets), "customers", "numbers", "persons") {
			mapping.DefaultMapping.AddFieldMappingsAt(field, asIs)
		}
		ix, err = bleveitself.New(dir, mapping)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := ix.Close(); err != nil {
			b.Error(err)
		}
	})
	return &plainBleve{ix}
}

func (r *plainBleve) Write(_ context.Context, docs []indexer.Doc, _ []string) error {
	batch := r.index.NewBatch()
	for _, d := range docs {
		if err := batch.Index(d.ID, plainDoc(d)); err != nil {
			return err
		}
	}
	return r.index.Batch(batch)
}

func (r *plainBleve) ask(ctx context.Context, v url.Values) error {
	words := strings.Fields(strings.ToLower(v.Get("q")))
	var all []query.Query
	for i, w := range words {
		var q query.Query = bleveitself.NewMatchQuery(w)
		if i == len(words)-1 {
			q = bleveitself.NewDisjunctionQuery(q, bleveitself.NewPrefixQuery(w))
		}
		all = append(all, q)
	}
	for _, d := range v["department"] {
		q := bleveitself.NewTermQuery(d)
		q.SetField("department")
		all = append(all, q)
	}
	if from, err := time.Parse(time.DateOnly, v.Get("from")); err == nil {
		least := float64(from.Unix())
		q := bleveitself.NewNumericRangeQuery(&least, nil)
		q.SetField("at")
		all = append(all, q)
	}
	req := bleveitself.NewSearchRequestOptions(bleveitself.NewConjunctionQuery(all...), 20, 0, false)
	req.Fields, req.Highlight = []string{"*"}, bleveitself.NewHighlight()
	for _, field := range rivalFacets {
		req.AddFacet(field, bleveitself.NewFacetRequest(field, 100))
	}
	if v.Get("sort") == indexer.SortNewest {
		req.SortBy([]string{"-at"})
	}
	_, err := r.index.SearchInContext(ctx, req)
	return err
}

type plainMeili struct {
	client meilisearch.ServiceManager
	uid    string
}

func newPlainMeili(b *testing.B, uid string) *plainMeili {
	address, key := testenv.Meilisearch(b)
	// On kept connections each answer waits 40 ms for an acknowledgement.
	once := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r := &plainMeili{meilisearch.New(address, meilisearch.WithAPIKey(key), meilisearch.WithCustomClient(once)), uid}
	task, err := r.client.Index(uid).UpdateSettingsWithContext(b.Context(), &meilisearch.Settings{
		FilterableAttributes: append(slices.Clone(rivalFacets), "at"), SortableAttributes: []string{"at"},
	})
	if err == nil {
		err = r.wait(b.Context(), task)
	}
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func (r *plainMeili) wait(ctx context.Context, task *meilisearch.TaskInfo) error {
	done, err := r.client.WaitForTaskWithContext(ctx, task.TaskUID, 100*time.Millisecond)
	if err == nil && done.Status != meilisearch.TaskStatusSucceeded {
		err = errors.New(done.Error.Message)
	}
	return err
}

func (r *plainMeili) Write(ctx context.Context, docs []indexer.Doc, _ []string) error {
	if len(docs) == 0 {
		return nil
	}
	plain := make([]map[string]any, len(docs))
	for i, d := range docs {
		plain[i] = plainDoc(d)
	}
	key := "id"
	task, err := r.client.Index(r.uid).AddDocumentsWithContext(ctx, plain, &meilisearch.DocumentOptions{PrimaryKey: &key})
	if err != nil {
		return err
	}
	return r.wait(ctx, task)
}

func (r *plainMeili) ask(ctx context.Context, v url.Values) error {
	req := &meilisearch.SearchRequest{Limit: 20, Facets: rivalFacets, AttributesToHighlight: []string{"*"}, MatchingStrategy: meilisearch.All}
	var filter []string
	if d := v.Get("department"); d != "" {
		filter = append(filter, `department = "`+d+`"`)
	}
	if from, err := time.Parse(time.DateOnly, v.Get("from")); err == nil {
		filter = append(filter, fmt.Sprintf("at >= %d", from.Unix()))
	}
	if len(filter) > 0 {
		req.Filter = filter
	}
	if v.Get("sort") == indexer.SortNewest {
		req.Sort = []string{"at:desc"}
	}
	_, err := r.client.Index(r.uid).SearchWithContext(ctx, v.Get("q"), req)
	return err
}

// Package meili is the index engine on a Meilisearch server, for installations
// of several processes.
//
// Meilisearch decides by itself what a question finds: it allows for mistakes,
// joins and splits words, and folds letters by its own rules. So that it finds
// what every engine finds, the words are cut and folded here, as everywhere,
// and each document is written in two ways:
//
//	number          Doc.Numbers                          ─┐
//	whole           names of a customer, their beginnings │ as it is, as these
//	name title      words as spelt, and in ~_fold their   │ are too short for
//	text quote      folds where these differ, each once  ─┘ mistakes: see loose
//	name_loose …    folds that may be mistyped: names, titles and quotes
//	body            those of names, title and text as they stand, for phrases
//	department kind nature source customer person year at num   what is filtered, counted and sorted by
//	id rev          and no text besides: hits are ids
//
// The tokens of the loose attributes bear a mark, and so a question is put to
// one or the other kind word by word. The order of attributes is the weight
// of a hit: a name before a title before text, the same spelling before
// another one.
//
// # On the server
//
// The index NAME is NAME-records and NAME-customers there.
package meili

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"samsyn/indexer"
)

const (
	searchCutoff   = 20 * time.Second // beyond it Meilisearch would answer with a part, and not say so
	maxTotalHits   = 1_000_000_000
	maxFacetValues = 60_000    // persons whom a few hits can name; of all else there is less
	namePrefix     = "samsyn-" // of indexes, as the index follower knows them
)

// Options say where the server is and who asks.
type Options struct {
	URL    string // http://host:7700
	Key    string // with the rights that CreateKey gives
	Prefix string // begins the names of indexes on the server; empty: samsyn-
}

// Engine keeps indexes on a server.
type Engine struct {
	client meilisearch.ServiceManager
	prefix string
}

var _ indexer.Engine = (*Engine)(nil)

// New returns an engine. It asks nothing of the server; Check does.
func New(o Options) (*Engine, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, errors.New("the address of Meilisearch must be like http://host:7700, without a user or key")
	}
	return &Engine{client: connect(strings.TrimRight(u.String(), "/"), o.Key), prefix: cmp.Or(o.Prefix, namePrefix)}, nil
}

// connect makes a client that repeats nothing: the library would send an empty
// body the second time, and who calls us tries again anyway. Meilisearch sends
// the head of an answer and waits for word that it came before it sends the rest;
// on a connection that is kept, systems hold that word back for 40 ms, so each
// request has its own. Behind TLS stands a proxy, which does not wait. Answers come
// as they are: on the way to a server nearby, packing them takes longer than sending.
func connect(host, key string) meilisearch.ServiceManager {
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: strings.HasPrefix(host, "http:"), MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute, Proxy: http.ProxyFromEnvironment}
	return meilisearch.New(host, meilisearch.WithAPIKey(key), meilisearch.DisableRetries(),
		meilisearch.WithCustomClient(&http.Client{Transport: transport, Timeout: 5 * time.Minute}))
}

// Schema names the settings and the form of documents.
func (e *Engine) Schema() string { return schema() }

// Close ends the engine.
func (e *Engine) Close() error {
	e.client.Close()
	return nil
}

func (e *Engine) uid(name, part string) string {
	return e.prefix + strings.TrimPrefix(name, namePrefix) + part
}

const (
	records   = "-records"
	customers = "-customers"
)

// Names lists the indexes of this installation.
func (e *Engine) Names(ctx context.Context) ([]string, error) {
	const page = 1000
	var names []string
	for offset := int64(0); ; offset += page {
		found, err := e.client.ListIndexesWithContext(ctx, &meilisearch.IndexesQuery{Limit: page, Offset: offset})
		if err != nil {
			return nil, told("list indexes", err)
		}
		for _, ix := range found.Results {
			if rest, ok := strings.CutPrefix(ix.UID, e.prefix); ok {
				if name, ok := strings.CutSuffix(rest, records); ok {
					names = append(names, namePrefix+name)
				}
			}
		}
		if offset+page >= found.Total {
			return names, nil
		}
	}
}

// Drop removes an index.
func (e *Engine) Drop(ctx context.Context, name string) error {
	doing := "drop index " + name
	for _, part := range []string{records, customers} {
		task, err := e.client.DeleteIndexWithContext(ctx, e.uid(name, part))
		if err := e.finish(ctx, doing, task, err); err != nil && !failed(err, "index_not_found") && !missing(err) {
			return err
		}
	}
	return nil
}

// Open opens an index. One that is not complete on the server, because making
// it was interrupted or somebody removed a part, is made anew.
func (e *Engine) Open(ctx context.Context, name string) (indexer.Index, bool, error) {
	ix := &Index{engine: e, records: e.uid(name, records), customers: e.uid(name, customers)}
	fresh := false
	for _, uid := range []string{ix.records, ix.customers} {
		there, err := e.complete(ctx, uid)
		if err == nil && !there {
			fresh, err = true, e.create(ctx, uid)
		}
		if err != nil {
			return nil, false, err
		}
	}
	return ix, fresh, nil
}

// complete reports whether an index is there with its settings. The one for
// searching in facets is made last.
func (e *Engine) complete(ctx context.Context, uid string) (bool, error) {
	facetSearch, err := e.client.Index(uid).GetFacetSearchWithContext(ctx)
	if missing(err) {
		return false, nil
	}
	return err == nil && !facetSearch, told("open index "+uid, err)
}

func (e *Engine) create(ctx context.Context, uid string) error {
	doing := "make index " + uid
	task, err := e.client.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: uid, PrimaryKey: "id"})
	if err := e.finish(ctx, doing, task, err); err != nil && !failed(err, "index_already_exists") {
		return err
	}
	ix := e.client.Index(uid)
	if task, err = ix.UpdateSettingsWithContext(ctx, settings()); err == nil {
		// The values of facets are never searched, and false is left out of the settings.
		task, err = ix.UpdateFacetSearchWithContext(ctx, false)
	}
	return e.finish(ctx, doing, task, err)
}

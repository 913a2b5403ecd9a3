package api_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"samsyn/api"
	"samsyn/indexer"
	"samsyn/indexer/bleve"
)

// through is an engine whose indexes are searched through a function.
type through struct {
	indexer.Engine
	search func(context.Context, indexer.Index, indexer.Query) (*indexer.Result, error)
}

func (e through) Open(ctx context.Context, name string) (indexer.Index, bool, error) {
	ix, made, err := e.Engine.Open(ctx, name)
	return throughIndex{ix, e}, made, err
}

type throughIndex struct {
	indexer.Index
	engine through
}

func (t throughIndex) Search(ctx context.Context, q indexer.Query) (*indexer.Result, error) {
	return t.engine.search(ctx, t.Index, q)
}

// TestFetchedAhead: what is shown is what the index found, whatever it told before.
func TestFetchedAhead(t *testing.T) {
	engine, err := bleve.Open(t.TempDir(), quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	how := ""
	w := newWorldOn(t, through{engine, func(ctx context.Context, ix indexer.Index, q indexer.Query) (*indexer.Result, error) {
		switch tell := q.TellHits; how {
		case "silent":
			q.ToldHits, q.ToldCustomers = nil, nil
		case "mistaken": // as when the index is replaced while it is asked
			q.ToldHits = func(ids []string) { tell(ids[1:]); tell(ids) }
			q.TellCustomers([]string{"c999999"})
		}
		return ix.Search(ctx, q)
	}})
	w.company()
	w.session("kari")
	var want []string
	for _, how = range []string{"well", "silent", "mistaken"} {
		var got []string
		var answer api.SearchAnswer
		w.must(json.Unmarshal(w.do(scenario{user: "kari", url: "/api/v1/search?q=%C3%B8deg%C3%A5rd"}).Body.Bytes(), &answer))
		for _, h := range answer.Hits {
			got = append(got, h.ID.String())
		}
		for _, c := range answer.Customers {
			got = append(got, c.ID.String())
		}
		if want == nil {
			want = got
		}
		if len(answer.Hits) < 2 || len(answer.Customers) == 0 || !slices.Equal(got, want) {
			t.Errorf("told %s it answers %v, want %v", how, got, want)
		}
	}
}

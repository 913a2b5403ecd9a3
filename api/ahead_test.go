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

// rash is an engine that tells of hits and customers otherwise than it should.
type rash struct {
	indexer.Engine
	how *string
}

func (r rash) Open(ctx context.Context, name string) (indexer.Index, bool, error) {
	ix, made, err := r.Engine.Open(ctx, name)
	return rashIndex{ix, r.how}, made, err
}

type rashIndex struct {
	indexer.Index
	how *string
}

func (r rashIndex) Search(ctx context.Context, q indexer.Query) (*indexer.Result, error) {
	switch tell := q.TellHits; *r.how {
	case "silent":
		q.ToldHits, q.ToldCustomers = nil, nil
	case "mistaken": // as when the index is replaced while it is asked
		q.ToldHits = func(ids []string) { tell(ids[1:]); tell(ids) }
		q.TellCustomers([]string{"c999999"})
	}
	return r.Index.Search(ctx, q)
}

// TestFetchedAhead: what is shown is what the index found, whatever it told before.
func TestFetchedAhead(t *testing.T) {
	engine, err := bleve.Open(t.TempDir(), quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	how := ""
	w := newWorldOn(t, rash{engine, &how})
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

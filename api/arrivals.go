package api

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// ArrivalsEvent tells that what a page shows is no longer all.
type ArrivalsEvent struct {
	Customer string `json:"customer,omitempty" doc:"Whose page it is; absent: the start page."`
	Records  int    `json:"records" doc:"New or changed since the page was made, and seen by the caller; 0: none any more. Of the start page 100 at most."`
}

// arrivalsInput says which page a listener looks at, and from when it is.
type arrivalsInput struct {
	Customer string `query:"customer" doc:"Tell what comes to this customer; without it, what comes to the start page."`
	Since    string `query:"since" doc:"How far the page had come, as it says itself; without it nothing is told of a page."`
}

const (
	arrivalsEvery = 2 * time.Second // at most; a look costs about what counting a history does
	arrivalsMost  = 100             // that are counted for the start page
)

// arrivals counts what came to a page; nil where no page is asked for.
type arrivals func(ctx context.Context) (ArrivalsEvent, error)

func (s *Server) arrivals(v hub.Viewer, in arrivalsInput) arrivals {
	if id, err := hub.ParseCustomerID(in.Customer); err == nil {
		var m store.Mark
		if _, err := fmt.Sscanf(in.Since, "%d.%d.%d", &m.Rev, &m.Copies, &m.Last); err != nil {
			return nil
		}
		return func(ctx context.Context) (ArrivalsEvent, error) {
			n, err := s.store.Arrived(ctx, v, id, m)
			return ArrivalsEvent{id.String(), n}, err
		}
	}
	var place hub.Cursor
	var oldest int64
	if _, err := fmt.Sscanf(in.Since, "%d.%d.%d", &place.Rev, &place.ID, &oldest); err != nil {
		return nil
	}
	return func(ctx context.Context) (ArrivalsEvent, error) {
		indexed, err := indexer.Place(ctx, s.store)
		if err != nil {
			return ArrivalsEvent{}, err
		}
		today := s.now().In(s.Zone)
		tomorrow := time.Date(today.Year(), today.Month(), today.Day()+1, 0, 0, 0, 0, s.Zone)
		n, err := s.store.Indexed(ctx, v, place, indexed, time.UnixMilli(oldest), tomorrow, arrivalsMost)
		return ArrivalsEvent{Records: n}, err
	}
}

// sinceMark is what a customer page asks to be told of.
func sinceMark(customer hub.CustomerID, m store.Mark) string {
	return url.Values{"customer": {customer.String()}, "since": {fmt.Sprintf("%d.%d.%d", m.Rev, m.Copies, m.Last)}}.Encode()
}

// sincePlace is what the start page asks to be told of: what is newer than the oldest
// hit it shows.
func sincePlace(place hub.Cursor, hits []Hit) string {
	var oldest int64 // before that, nothing is news
	if len(hits) > 0 {
		oldest = max(0, hits[len(hits)-1].At.UnixMilli())
	}
	return url.Values{"since": {fmt.Sprintf("%d.%d.%d", place.Rev, place.ID, oldest)}}.Encode()
}

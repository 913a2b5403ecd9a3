package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
)

// eventsBody is the page of what happened to a customer.
type eventsBody struct {
	Customer *CustomerProfile
	Events   []eventLine
}

// eventLine is an event with the names of what it is about.
type eventLine struct {
	hub.Event
	Title string // of the record
	Other *Named
	Here  bool // the event is the customer's own, and not the other's
}

func (s *Server) eventsPage(c *gin.Context) {
	ctx := c.Request.Context()
	v := viewerOf(ctx)
	profile, err := s.customer(ctx, v, c.Param("id"))
	if err != nil {
		s.failOrMove(c, err, "/events")
		return
	}
	all, err := s.store.Events(ctx, v, profile.ID, 200)
	if err != nil {
		s.fail(c, err)
		return
	}
	b := eventsBody{Customer: profile}
	if b.Events, err = s.eventLines(c, v, profile.ID, all); err != nil {
		s.fail(c, err)
		return
	}
	s.show(c, http.StatusOK, "events", page{Title: s.text(c, "events.title", profile.Name), Nav: "customers", Body: b})
}

func (s *Server) eventLines(c *gin.Context, v hub.Viewer, id hub.CustomerID, all []hub.Event) ([]eventLine, error) {
	ctx := c.Request.Context()
	var records []hub.RecordID
	var customers []hub.CustomerID
	for _, e := range all {
		records = append(records, e.Record)
		customers = append(customers, e.Customer, e.Other)
	}
	known, err := s.store.Records(ctx, v, records)
	if err != nil {
		return nil, err
	}
	names, err := s.store.CustomerNames(ctx, v, customers)
	if err != nil {
		return nil, err
	}
	lines := make([]eventLine, len(all))
	for i, e := range all {
		lines[i] = eventLine{Event: e, Here: e.Customer == id}
		if r := known[e.Record]; r != nil {
			lines[i].Title = titleOf(r)
		}
		other := e.Other
		if !lines[i].Here {
			other = e.Customer
		}
		if name := names[other]; name != "" && other != id {
			lines[i].Other = &Named{other, name}
		}
	}
	return lines, nil
}

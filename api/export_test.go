package api

import (
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// Routes and API let the tests compare the router with its description.
func (s *Server) Routes() gin.RoutesInfo { return s.engine.Routes() }

// API is the description.
func (s *Server) API() huma.API { return s.api }

// CardsPerSearch is how many customers a search finds.
const CardsPerSearch = cardsPerSearch

// KeepHashing keeps passwords from being hashed until release is called.
func (s *Server) KeepHashing() (release func()) {
	for range cap(s.hashing) {
		s.hashing <- struct{}{}
	}
	return func() {
		for range cap(s.hashing) {
			<-s.hashing
		}
	}
}

// Long tells the routes that take as long as bytes come.
func Long(route string) bool { return long[route] }

// SetBodyTime says how long the bytes of a body may take.
func (s *Server) SetBodyTime(d time.Duration) { s.bodyTime = d }

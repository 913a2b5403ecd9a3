package bleve

import (
	"context"
	"time"
)

// warmPause is how long segments that were just written or merged wait for their
// columns to be read.
const warmPause = 200 * time.Millisecond

// keepWarm reads the columns of new segments until the shelf closes. Else the
// first search that meets a merged segment of a million records would wait for
// them.
func (s *shelf) keepWarm() {
	tick := time.NewTicker(warmPause)
	defer tick.Stop()
	for {
		select {
		case <-s.closing.Done():
			return
		case <-tick.C:
			s.warm()
		}
	}
}

// warm reads the columns that are not read yet. What is wrong with a segment is
// for the search that meets it to say.
func (s *shelf) warm() {
	defer func() { _ = recover() }() // of a damaged segment
	if _, done, err := s.snapshot(s.closing); err == nil {
		_ = done()
	}
}

// openWarm begins keepWarm, closeWarm ends it.
func (s *shelf) openWarm() {
	s.closing, s.close = context.WithCancel(context.Background())
	s.warming.Go(s.keepWarm)
}

func (s *shelf) closeWarm() {
	s.close()
	s.warming.Wait()
}

package indexer_test

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"samsyn/indexer"
	"samsyn/indexer/meili"
	"samsyn/internal/testenv"
)

// on moves the house to an index on a server.
func (h *house) on(s *testenv.MeilisearchProcess) {
	h.t.Helper()
	h.close()
	e, err := meili.New(meili.Options{URL: s.URL, Key: s.Key})
	if err != nil {
		h.t.Fatal(err)
	}
	h.engine = e
	if h.live, err = indexer.OpenLive(h.t.Context(), e, h.store, slog.New(slog.DiscardHandler)); err != nil {
		h.t.Fatal(err)
	}
}

// same sees that the index holds what the store does, of which so many records
// are found by the text.
func (h *house) same(text string, want int) {
	h.t.Helper()
	d, err := h.live.Audit(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if d.Missing+d.Stale+d.Strange > 0 {
		h.t.Errorf("the audit found %+v, want no difference", d)
	}
	h.wants(text, want)
}

// TestKilledServer kills the search server while it takes documents. The
// follower is told, and once the server is back it goes on; nothing is missing.
func TestKilledServer(t *testing.T) {
	s := testenv.MeilisearchServer(t)
	h := newHouse(t)
	h.on(s)
	for round := range 3 {
		text := []string{"levert", "bestilt", "betalt"}[round]
		h.put("salg", rows(3000, text))
		done := make(chan error, 1)
		go func() {
			_, err := h.live.Follow(t.Context())
			done <- err
		}()
		s.Busy()
		time.Sleep(rand.N(50 * time.Millisecond))
		s.Kill()
		err := <-done
		t.Logf("round %d: the follower was told %v", round, err)
		if err != nil && !errors.Is(err, meili.ErrUnreachable) {
			t.Errorf("the follower ended with %v, want %v", err, meili.ErrUnreachable)
		}
		s.Start()
		h.follow()
		h.same(text, 3000)
	}
}

// TestRestart starts the server again between two looks: the index is there,
// and is not built anew.
func TestRestart(t *testing.T) {
	s := testenv.MeilisearchServer(t)
	h := newHouse(t)
	h.on(s)
	h.put("salg", rows(50, "levert"))
	h.follow()
	s.Kill()
	s.Start()
	h.on(s)
	if n := h.follow(); n != 0 {
		t.Errorf("%d changes were indexed again", n)
	}
	h.same("levert", 50)
}

// TestFullDisk lets the disk of the search server fill up. The follower is told
// so, and goes on once there is room.
func TestFullDisk(t *testing.T) {
	s := testenv.MeilisearchOnSmallDisk(t, 24<<20)
	h := newHouse(t)
	h.on(s)
	h.put("salg", rows(8000, "levert hos kunden i løpet av uken som avtalt på telefon"))
	_, err := h.live.Follow(t.Context())
	if !errors.Is(err, meili.ErrFull) {
		t.Fatalf("on a full disk the follower ends with %v, want %v", err, meili.ErrFull)
	}
	s.Enlarge(1 << 30)
	h.follow()
	h.same("levert", 8000)
}

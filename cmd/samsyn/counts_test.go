package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"samsyn/api"
	"samsyn/internal/testenv"
)

// reader reads the pages of a server as one who is logged in.
type reader struct {
	t       testing.TB
	base    string
	session string
}

func (r reader) page(address string) string {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.base+address, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Cookie", r.session)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s, %v", address, answer.Status, err)
	}
	return string(text)
}

// TestCountsLeadToWhatTheyCount follows every count of the pages of the demo's largest
// customers: what it leads to is as many as it says.
func TestCountsLeadToWhatTheyCount(t *testing.T) {
	_, _, server := serveDemo(t)
	r := reader{t, server.url, logIn(t, server.url, demoUser, demoPassword)}
	var list api.CustomerList
	for page := 1; page == 1 || len(list.Customers) < list.Total; page++ {
		var more api.CustomerList
		if err := json.Unmarshal([]byte(r.page("/api/v1/customers?page="+strconv.Itoa(page))), &more); err != nil || len(more.Customers) == 0 {
			t.Fatalf("customers: %v", err)
		}
		list.Total, list.Customers = more.Total, append(list.Customers, more.Customers...)
	}
	slices.SortStableFunc(list.Customers, func(a, b api.CustomerCard) int { return b.Records - a.Records })
	met := map[string]bool{}
	for _, c := range list.Customers[:12] {
		for to := range testenv.Counts(t, r.page, "/customers/"+c.ID.String()) {
			met[to] = true
		}
	}
	for _, want := range []string{"state open", "person", "nature order", "nature complaint"} {
		if !met[want] {
			t.Errorf("no count of the demo led to %s: the test tests too little", want)
		}
	}
}

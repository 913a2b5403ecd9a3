package meili_test

import (
	"fmt"
	"strings"
	"testing"

	bare "github.com/meilisearch/meilisearch-go"

	"samsyn/indexer"
	"samsyn/indexer/meili"
	"samsyn/internal/testenv"
)

// TestCrowd: while the server has much to do for an index, more is sent only
// once most of that is done.
func TestCrowd(t *testing.T) {
	const allowed, tooMany = 50, 5000
	s := testenv.MeilisearchServer(t)
	ix, _, err := engine(t, meili.Options{URL: s.URL, Key: s.Key}).Open(t.Context(), "samsyn-some")
	if err != nil {
		t.Fatal(err)
	}
	client := bare.New(s.URL, bare.WithAPIKey(s.Key))
	uid := ""
	for _, i := range must(client.ListIndexesWithContext(t.Context(), &bare.IndexesQuery{Limit: 10})).Results {
		if strings.Contains(i.UID, "record") {
			uid = i.UID
		}
	}
	unfinished := func() int64 {
		return must(client.GetTasksWithContext(t.Context(), &bare.TasksQuery{Limit: 1, Statuses: []bare.TaskStatus{bare.TaskStatusEnqueued, bare.TaskStatusProcessing}})).Total
	}
	var last int64
	sending := 0
	for ; sending%50 != 0 || unfinished() <= 2*allowed; sending++ { // however quick the server is
		if sending == tooMany {
			t.Fatalf("of %d tasks no more than %d wait at a time", sending, 2*allowed)
		}
		docs := make([]map[string]any, 200)
		for j := range docs {
			docs[j] = map[string]any{"id": fmt.Sprintf("r%d", 1000+sending*len(docs)+j), "text": fmt.Sprintf("takrenner %d %d i kobber og sink", sending, j)}
		}
		last = must(client.Index(uid).AddDocumentsWithContext(t.Context(), docs, nil)).TaskUID
	}
	if err := ix.Write(t.Context(), []indexer.Doc{{ID: "r1", Kind: "mail", Department: "salg", Text: "ventilasjon"}}, nil); err != nil {
		t.Fatal(err)
	}
	var sent *bare.Task
	behind := 0
	tasks := must(client.GetTasksWithContext(t.Context(), &bare.TasksQuery{Limit: int64(sending) + 100})).Results
	for i, task := range tasks {
		if task.UID > last && (sent == nil || task.UID < sent.UID) {
			sent = &tasks[i]
		}
	}
	if sent == nil {
		t.Fatal("nothing was sent")
	}
	for _, task := range tasks {
		if task.UID <= last && task.FinishedAt.After(sent.EnqueuedAt) {
			behind++
		}
	}
	if behind > allowed {
		t.Errorf("the documents were sent while %d tasks waited, want at most %d", behind, allowed)
	}
	if got := find(t, ix, "ventilasjon").Total; got != 1 {
		t.Errorf("%d found, want 1", got)
	}
}

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
	const crowd, allowed = 150, 50
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
	var last int64
	for i := range crowd {
		docs := make([]map[string]any, 200)
		for j := range docs {
			docs[j] = map[string]any{"id": fmt.Sprintf("r%d", 1000+i*len(docs)+j), "text": fmt.Sprintf("takrenner %d %d i kobber og sink", i, j)}
		}
		last = must(client.Index(uid).AddDocumentsWithContext(t.Context(), docs, nil)).TaskUID
	}
	unfinished := func() int64 {
		return must(client.GetTasksWithContext(t.Context(), &bare.TasksQuery{Limit: 1, Statuses: []bare.TaskStatus{bare.TaskStatusEnqueued, bare.TaskStatusProcessing}})).Total
	}
	if n := unfinished(); n <= allowed {
		t.Fatalf("only %d tasks wait: the server is too quick for this test, let it send more", n)
	}
	if err := ix.Write(t.Context(), []indexer.Doc{{ID: "r1", Kind: "mail", Department: "salg", Text: "ventilasjon"}}, nil); err != nil {
		t.Fatal(err)
	}
	var sent *bare.Task
	behind := 0
	tasks := must(client.GetTasksWithContext(t.Context(), &bare.TasksQuery{Limit: 2 * crowd})).Results
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

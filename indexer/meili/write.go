package meili

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/meilisearch/meilisearch-go"

	"samsyn/indexer"
)

// Index is one index, in two parts: names of customers are few, and found at
// once among themselves.
type Index struct {
	engine             *Engine
	records, customers string // ids on the server
}

var _ indexer.Index = (*Index)(nil)

// Close does nothing: the server keeps the index.
func (ix *Index) Close() error { return nil }

// A payload is sent as one task; the server puts the tasks that wait together
// again. Its own bound is 100 MB.
const (
	payloadBytes = 64 << 20
	bulkBytes    = 8 << 20 // of text, of which five times as much becomes tokens
	idsAtOnce    = 1000    // in a filter
)

// Bulk is large: of the time that a task takes, two seconds and more do not
// depend on how much is in it.
func (ix *Index) Bulk() int { return bulkBytes }

// Write replaces whole documents.
func (ix *Index) Write(ctx context.Context, docs []indexer.Doc, gone []string) error {
	if len(docs)+len(gone) == 0 {
		return nil
	}
	if err := indexer.Check(docs); err != nil {
		return err
	}
	batches := map[string]*batch{ix.customers: newBatch(), ix.records: newBatch()}
	refused := map[string]string{}
	for _, d := range docs {
		uid := ix.records
		if d.Customer {
			uid = ix.customers
		}
		if err := batches[uid].add(documentOf(d), refused); err != nil {
			return err
		}
	}
	if len(refused) > 0 {
		return &indexer.Refused{Docs: refused}
	}
	if err := ix.remove(ctx, batches, gone); err != nil {
		return err
	}
	if err := ix.engine.room(ctx, ix.records, ix.customers); err != nil {
		return err
	}
	var sent []sentTask
	for _, uid := range []string{ix.customers, ix.records} { // customers first: names are found while a history is being written
		tasks, err := ix.send(ctx, uid, batches[uid])
		sent = append(sent, tasks...)
		if err != nil {
			return err
		}
	}
	for _, s := range sent {
		if err := ix.engine.wait(ctx, s.task); err != nil {
			return fmt.Errorf("write to index %s: %w", s.uid, refusals(err, s.ids))
		}
	}
	return nil
}

// batch collects documents as payloads, one document a line, and what is to be
// removed.
type batch struct {
	payloads []*payload
	place    map[string][2]int // payload and line of a document written before in this batch
	gone     []string
}

type payload struct {
	lines [][]byte
	size  int
	ids   map[string]bool
}

func newBatch() *batch { return &batch{place: map[string][2]int{}} }

// add notes a document. Of several with one id the last counts.
func (b *batch) add(d document, refused map[string]string) error {
	if d.tooLong() {
		refused[d.ID] = textTooLong
		return nil
	}
	line, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write document %s: %w", d.ID, err)
	}
	if at, ok := b.place[d.ID]; ok {
		p := b.payloads[at[0]]
		p.size += len(line) - len(p.lines[at[1]])
		p.lines[at[1]] = line
		return nil
	}
	if n := len(b.payloads); n == 0 || b.payloads[n-1].size+len(line) > payloadBytes {
		b.payloads = append(b.payloads, &payload{ids: map[string]bool{}})
	}
	p := b.payloads[len(b.payloads)-1]
	b.place[d.ID] = [2]int{len(b.payloads) - 1, len(p.lines)}
	p.lines, p.size, p.ids[d.ID] = append(p.lines, line), p.size+len(line)+1, true
	return nil
}

// remove notes the documents that go. Faces that are written again are
// replaced instead, so that at no moment one is missing.
func (ix *Index) remove(ctx context.Context, batches map[string]*batch, gone []string) error {
	var owners []string
	for _, id := range gone {
		switch {
		case !strings.HasPrefix(id, "c"):
			batches[ix.records].drop(id)
		case strings.Contains(id, "-"): // one face
			batches[ix.customers].drop(id)
		default:
			owners = append(owners, id)
		}
	}
	for len(owners) > 0 {
		n := min(idsAtOnce, len(owners))
		faces, err := ix.facesOf(ctx, owners[:n])
		if err != nil {
			return err
		}
		for _, id := range faces {
			batches[ix.customers].drop(id)
		}
		owners = owners[n:]
	}
	return nil
}

func (b *batch) drop(id string) {
	if _, written := b.place[id]; !written {
		b.gone = append(b.gone, id)
	}
}

// facesOf gives the ids of all faces of the customers.
func (ix *Index) facesOf(ctx context.Context, owners []string) (ids []string, err error) {
	err = ix.visit(ctx, ix.customers, anyOf("customer", owners), func(id string, _ int64) error {
		ids = append(ids, id)
		return nil
	})
	return ids, err
}

type sentTask struct {
	uid  string
	task int64
	ids  map[string]bool
}

func (ix *Index) send(ctx context.Context, uid string, b *batch) (sent []sentTask, err error) {
	to := ix.engine.client.Index(uid)
	note := func(task *meilisearch.TaskInfo, err error, ids map[string]bool) error {
		if err == nil {
			sent = append(sent, sentTask{uid: uid, task: task.TaskUID, ids: ids})
		}
		return told("write to index "+uid, err)
	}
	if len(b.gone) > 0 {
		task, err := to.DeleteDocumentsWithContext(ctx, b.gone, nil)
		if err := note(task, err, nil); err != nil {
			return sent, err
		}
	}
	for _, p := range b.payloads {
		task, err := to.AddDocumentsNdjsonWithContext(ctx, bytes.Join(p.lines, []byte("\n")), nil)
		if err := note(task, err, p.ids); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// Revs visits every document with its revision.
func (ix *Index) Revs(ctx context.Context, visit func(id string, rev int64) error) error {
	for _, uid := range []string{ix.customers, ix.records} {
		if err := ix.visit(ctx, uid, nil, visit); err != nil {
			return err
		}
	}
	return nil
}

// visit lists documents page by page. What is written meanwhile may be missed
// or come twice.
func (ix *Index) visit(ctx context.Context, uid string, filter any, visit func(id string, rev int64) error) error {
	const page = 10_000
	from := ix.engine.client.Index(uid)
	for offset := int64(0); ; offset += page {
		var found meilisearch.DocumentsResult
		err := from.GetDocumentsWithContext(ctx, &meilisearch.DocumentsQuery{
			Offset: offset, Limit: page, Fields: []string{"id", "rev"}, Filter: filter}, &found)
		if err != nil {
			return told("list index "+uid, err)
		}
		for _, hit := range found.Results {
			var d struct {
				ID  string `json:"id"`
				Rev int64  `json:"rev"`
			}
			if err := hit.DecodeInto(&d); err != nil {
				return fmt.Errorf("list index %s: %w", uid, err)
			}
			if err := visit(d.ID, d.Rev); err != nil {
				return err
			}
		}
		if offset+page >= found.Total {
			return nil
		}
	}
}

// anyOf is a filter for documents with any of the values in an attribute.
func anyOf(attribute string, values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
	}
	return attribute + " IN [" + strings.Join(quoted, ",") + "]"
}

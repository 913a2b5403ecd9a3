package bleve

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"samsyn/indexer"
)

// Bulk is small: a page becomes a segment, and larger ones take more memory than
// they save time.
func (ix *Index) Bulk() int { return 0 }

// A batch of scorch is analysed and kept in memory as a whole, in about forty
// bytes for each byte of text, hence these bounds. Two at a time keep analysis
// and disk busy, unless one long text is as much as both.
const (
	batchDocs  = 2500
	batchBytes = 3 << 19
	atOnce     = 2 * batchBytes
)

// Write replaces whole documents, customers first, so that names are found
// while a long history is still being written.
func (ix *Index) Write(ctx context.Context, docs []indexer.Doc, gone []string) error {
	if err := indexer.Check(docs); err != nil {
		return err
	}
	var faces, records []indexer.Doc
	for _, d := range docs {
		if d.Customer {
			faces = append(faces, d)
		} else {
			records = append(records, d)
		}
	}
	var goneFaces, goneRecords []string
	for _, id := range gone {
		if strings.HasPrefix(id, "c") {
			goneFaces = append(goneFaces, id)
		} else {
			goneRecords = append(goneRecords, id)
		}
	}
	goneFaces, err := ix.customers.facesOf(ctx, goneFaces)
	if err != nil {
		return fmt.Errorf("find faces: %w", err)
	}
	if err := ix.customers.write(ctx, faces, goneFaces); err != nil {
		return fmt.Errorf("write customers: %w", err)
	}
	if err := ix.records.write(ctx, records, goneRecords); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	return nil
}

// write puts removals in the first batch; a document that is also written
// replaces its old self in one step.
func (s *shelf) write(ctx context.Context, docs []indexer.Doc, gone []string) error {
	if len(docs)+len(gone) == 0 {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	written := make(map[string]int, len(docs))
	for i, d := range docs {
		written[d.ID] = i // of several with one id the last counts
	}
	batch := index.NewBatch()
	for _, id := range gone {
		if _, ok := written[id]; !ok {
			batch.Delete(id)
		}
	}
	group, going := errgroup.WithContext(ctx)
	room := semaphore.NewWeighted(atOnce)
	size := 0
	send := func() {
		full, taken := batch, int64(min(max(size, batchBytes), atOnce))
		batch, size = index.NewBatch(), 0
		if room.Acquire(going, taken) != nil {
			return // another batch failed, or the caller gave up: told below
		}
		group.Go(func() error {
			defer room.Release(taken)
			return s.index.Batch(full)
		})
	}
	for i, d := range docs {
		if written[d.ID] != i {
			continue
		}
		batch.Update(fields(d))
		size += weight(d.Text) + weight(d.Quoted)
		if len(batch.IndexOps) >= batchDocs || size >= batchBytes {
			send()
		}
	}
	if len(batch.IndexOps) > 0 {
		send()
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.seal()
}

// weight is about how much memory the analysis of a text takes, in bytes of
// usual text: it grows with the words, of which short ones fill few bytes.
func weight(text string) int {
	words, inside := 0, false
	for i := range len(text) {
		c := text[i]
		letter := c >= utf8.RuneSelf || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if letter && !inside {
			words++
		}
		inside = letter
	}
	return max(len(text), 6*words)
}

const (
	term  = index.IndexField | index.SkipFreqNorm
	words = index.IndexField | index.IncludeTermVectors
)

// fields takes a document apart into the fields of the package comment.
func fields(d indexer.Doc) *document.Document {
	out := document.NewDocument(d.ID)
	add := func(name, value string, options index.FieldIndexingOptions, a analysis.Analyzer) {
		if value != "" {
			out.AddField(document.NewTextFieldCustom(name, nil, []byte(value), options, a))
		}
	}
	names := strings.Join(d.Names, "\n")
	for field, value := range map[string]string{
		"text": names + "\n" + d.Title + "\n" + d.Text, "quote": d.Quoted, "name": names, "title": d.Title,
	} {
		options := term
		if field == "text" {
			options = words
		}
		split := sync.OnceValue(func() []indexer.Word { return slices.Collect(indexer.Words(value)) })
		add(field, value, options, wordAnalyzer(split))
		add(field+begin, value, term, beginAnalyzer(split))
	}
	if d.Customer {
		add("whole", names, term, wholeAnalyzer{})
	}
	add("number", strings.Join(d.Numbers, "\n"), term, lineAnalyzer{})
	add("department", d.Department, term, nil)
	add("kind", d.Kind, term, nil)
	add("nature", d.Nature, term, nil)
	add("source", d.Source, term, nil)
	add("scope", d.Scope, term, nil)
	add("customer", strings.Join(d.Customers, "\n"), term, lineAnalyzer{})
	add("person", strings.Join(d.Persons, "\n"), term, lineAnalyzer{})
	if !d.At.IsZero() {
		add("year", strconv.Itoa(d.At.UTC().Year()), term, nil)
	}
	add("stamp", stampOf(d).String(), term|index.DocValues, nil)
	return out
}

// foldMark stands before folded forms; no word begins with it.
const foldMark = "~"

// wordAnalyzer writes each word as it is spelt and, where that differs, ~fold.
type wordAnalyzer func() []indexer.Word

func (split wordAnalyzer) Analyze([]byte) analysis.TokenStream {
	list := split()
	out := newTokens(len(list) + len(list)/4)
	for i, w := range list {
		out.add(analysis.Token{Start: w.Start, End: w.End, Position: i + 1}, "", w.Plain)
		if w.Fold != w.Plain && w.Fold != "" {
			out.add(analysis.Token{Start: w.Start, End: w.End, Position: i + 1}, foldMark, w.Fold)
		}
	}
	return out.stream
}

// tokens collects tokens in a few large pieces of memory: a mail has thousands.
type tokens struct {
	stream analysis.TokenStream
	room   []analysis.Token
	bytes  []byte
}

func newTokens(about int) *tokens {
	return &tokens{stream: make(analysis.TokenStream, 0, about), room: make([]analysis.Token, 0, about), bytes: make([]byte, 0, 8*about)}
}

func (t *tokens) add(token analysis.Token, mark, word string) {
	if len(t.room) == cap(t.room) {
		t.room = make([]analysis.Token, 0, max(64, cap(t.room)/2))
	}
	if cap(t.bytes)-len(t.bytes) < len(mark)+len(word) {
		t.bytes = make([]byte, 0, max(512, cap(t.bytes)/2, len(mark)+len(word)))
	}
	at := len(t.bytes)
	t.bytes = append(append(t.bytes, mark...), word...)
	token.Term = t.bytes[at:len(t.bytes):len(t.bytes)]
	t.room = append(t.room, token)
	t.stream = append(t.stream, &t.room[len(t.room)-1])
}

// begin is what the names of fields end in that hold the first letters of
// words, up to maxBegin of them.
const (
	begin    = "^"
	maxBegin = 3
)

// beginAnalyzer writes the first letters of each word, each beginning once.
type beginAnalyzer func() []indexer.Word

func (split beginAnalyzer) Analyze([]byte) analysis.TokenStream {
	list := split()
	seen := make(map[beginning]bool, 256)
	out := newTokens(min(2*len(list), 512))
	add := func(mark, word string) {
		n := 0
		for i := range word + " " {
			if n > maxBegin {
				return
			}
			if b := (beginning{mark != "", word[:i]}); n > 0 && !seen[b] {
				seen[b] = true
				out.add(analysis.Token{Position: 1}, mark, word[:i])
			}
			n++
		}
	}
	for _, w := range list {
		add("", w.Plain)
		if w.Fold != w.Plain {
			add(foldMark, w.Fold)
		}
	}
	return out.stream
}

type beginning struct {
	folded bool
	text   string
}

// lineAnalyzer writes each line as one term.
type lineAnalyzer struct{}

func (lineAnalyzer) Analyze(text []byte) analysis.TokenStream {
	var out analysis.TokenStream
	for line := range strings.Lines(string(text)) {
		out = append(out, &analysis.Token{Term: []byte(strings.TrimSuffix(line, "\n")), Position: len(out) + 1})
	}
	return out
}

// wholeAnalyzer writes each line, folded, as one term.
type wholeAnalyzer struct{}

func (wholeAnalyzer) Analyze(text []byte) analysis.TokenStream {
	var out analysis.TokenStream
	for line := range strings.Lines(string(text)) {
		out = append(out, &analysis.Token{Term: []byte(wholeName(line)), Position: len(out) + 1})
	}
	return out
}

func wholeName(name string) string {
	var folded []string
	for w := range indexer.Words(name) {
		folded = append(folded, w.Fold)
	}
	return strings.Join(folded, " ")
}

// stamp is what a segment keeps by document.
type stamp struct {
	at  int64 // milliseconds since 1970; noTime if the document has no time
	rev int64
	num int64 // the number in the document's id; the last word between equals
}

const noTime = math.MinInt64

func stampOf(d indexer.Doc) stamp {
	s := stamp{at: noTime, rev: d.Rev}
	if !d.At.IsZero() {
		s.at = d.At.UnixMilli()
	}
	digits := strings.TrimLeft(d.ID, "abcdefghijklmnopqrstuvwxyz")
	digits, _, _ = strings.Cut(digits, "-")
	s.num, _ = strconv.ParseInt(digits, 10, 64)
	return s
}

func (s stamp) String() string {
	return strconv.FormatInt(s.at, 36) + " " + strconv.FormatInt(s.rev, 36) + " " + strconv.FormatInt(s.num, 36)
}

func parseStamp(text string) (s stamp, err error) {
	parts := strings.Split(text, " ")
	if len(parts) != 3 {
		return s, fmt.Errorf("stamp %q: want three numbers", text)
	}
	for i, to := range []*int64{&s.at, &s.rev, &s.num} {
		if *to, err = strconv.ParseInt(parts[i], 36, 64); err != nil {
			return s, fmt.Errorf("stamp: %w", err)
		}
	}
	return s, nil
}

func millis(t time.Time, otherwise int64) int64 {
	if t.IsZero() {
		return otherwise
	}
	return t.UnixMilli()
}

// facesOf gives the ids of all faces of the customers.
func (s *shelf) facesOf(ctx context.Context, customers []string) (ids []string, err error) {
	if len(customers) == 0 {
		return nil, nil
	}
	segs, done, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = firstError(err, done()) }()
	for _, seg := range segs {
		docs, err := seg.anyOf("customer", customers)
		if err != nil {
			return nil, err
		}
		docs.And(seg.live())
		for it := docs.Iterator(); it.HasNext(); {
			id, err := seg.DocID(uint64(it.Next()))
			if err != nil {
				return nil, err
			}
			ids = append(ids, string(id))
		}
	}
	return append(ids, customers...), nil
}

// Revs visits every document with its revision, segment by segment.
func (ix *Index) Revs(ctx context.Context, visit func(id string, rev int64) error) error {
	for _, s := range []*shelf{ix.customers, ix.records} {
		if err := s.revs(ctx, visit); err != nil {
			return fmt.Errorf("list the index: %w", err)
		}
	}
	return nil
}

func (s *shelf) revs(ctx context.Context, visit func(id string, rev int64) error) (err error) {
	segs, done, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, done()) }()
	for _, seg := range segs {
		live := seg.live()
		err := seg.stamps(ctx, func(doc uint64, st stamp) error {
			if !live.Contains(uint32(doc)) {
				return nil
			}
			id, err := seg.DocID(doc)
			if err != nil {
				return err
			}
			return visit(string(id), st.rev)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

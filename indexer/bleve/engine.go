// Package bleve is the index engine within the process: directories written by
// the scorch index of bleve.
//
// Documents are written as bleve does it. Searches read the dictionaries and
// posting lists of the segments themselves and calculate with their bitmaps:
// one pass gives hits, totals and all facets, each without the filter on its
// own field, and no list of thousands of scored terms is walked when somebody
// has typed two letters.
//
// # Directory
//
//	NAME/records      one document for each record
//	NAME/customers    one for each face of a customer: small, so names are found at once
//	NAME.damaged      an index that could not be opened, kept for whoever wants to look
//
// # Fields
//
//	text        words of names, title and text, as spelt, with their positions;
//	            and where the fold of a word differs, ~fold at the same position
//	quote       words of Doc.Quoted, likewise, without positions
//	name title  words of Doc.Names and Doc.Title, likewise: a hit there weighs more
//	text^ …     the first one, two and three letters of the words in these four
//	whole       the whole names of a customer, folded, for those who type all of one
//	number      Doc.Numbers
//	department kind nature source scope customer year person    what filters and facets ask for
//	stamp       time, revision and number of the document, by document
package bleve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	zap "github.com/blevesearch/zapx/v17"
	bolterrors "go.etcd.io/bbolt/errors"

	"samsyn/indexer"
	"samsyn/internal/hub"
)

// schema is raised whenever the fields or their analysis change.
const schema = "bleve 3"

// ErrInUse: another process has the index open.
var ErrInUse = errors.New("the index is in use by another samsyn process: stop it first, or ask it to do this")

// Engine keeps indexes as directories below one directory.
type Engine struct {
	dir   string
	log   *slog.Logger
	queue *index.AnalysisQueue
	typos *typos
}

var _ indexer.Engine = (*Engine)(nil)

// Open returns an engine that keeps its indexes in dir, which need not exist.
func Open(dir string, log *slog.Logger) (*Engine, error) {
	guessNoSizes()
	t, err := newTypos()
	if err != nil {
		return nil, fmt.Errorf("prepare typo tolerance: %w", err)
	}
	return &Engine{dir: dir, log: log, typos: t, queue: index.NewAnalysisQueue(runtime.GOMAXPROCS(0))}, nil
}

// guessNoSizes tells zap, which writes the segments, to let its buffers grow. It
// would set aside as much as the documents of an earlier batch were long, times
// those of this batch and a hundred more: gigabytes after one long mail.
var guessNoSizes = sync.OnceFunc(func() { zap.NewSegmentBufferNumResultsFactor = 0 })

// Schema names the fields and their analysis.
func (e *Engine) Schema() string { return schema }

// Names lists the indexes below the directory.
func (e *Engine) Names(context.Context) ([]string, error) {
	entries, err := os.ReadDir(e.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list indexes: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasSuffix(entry.Name(), damaged) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// Drop removes the directory of an index. The index must be closed.
func (e *Engine) Drop(_ context.Context, name string) error {
	if err := os.RemoveAll(filepath.Join(e.dir, name)); err != nil {
		return fmt.Errorf("drop index %s: %w", name, err)
	}
	return nil
}

// Close ends the engine; its indexes are closed one by one before.
func (e *Engine) Close() error {
	e.queue.Close()
	return nil
}

const damaged = ".damaged"

// Open opens an index. One that cannot be opened is set aside and said in the
// log, unless another process holds it: that is ErrInUse.
func (e *Engine) Open(_ context.Context, name string) (indexer.Index, bool, error) {
	dir := filepath.Join(e.dir, name)
	_, err := os.Stat(dir)
	fresh := errors.Is(err, os.ErrNotExist)
	ix, err := e.open(dir, fresh)
	if err == nil {
		return ix, fresh, nil
	}
	if fresh || errors.Is(err, ErrInUse) || errors.Is(err, os.ErrPermission) {
		return nil, false, fmt.Errorf("open index %s: %w", name, err)
	}
	e.log.Warn("the index is damaged: it is set aside and built again", "index", name, "error", err)
	if err := setAside(dir); err != nil {
		return nil, false, fmt.Errorf("set aside index %s: %w", name, err)
	}
	if ix, err = e.open(dir, true); err != nil {
		return nil, false, fmt.Errorf("open index %s: %w", name, err)
	}
	return ix, true, nil
}

// setAside keeps the last damaged index only, lest they fill the disk.
func setAside(dir string) error {
	if err := os.RemoveAll(dir + damaged); err != nil {
		return err
	}
	return os.Rename(dir, dir+damaged)
}

// open opens both parts and reads in them, so that damage shows here and not
// in the middle of a search.
func (e *Engine) open(dir string, fresh bool) (ix *Index, err error) {
	records, err := e.openShelf(filepath.Join(dir, "records"), fresh)
	if err != nil {
		return nil, err
	}
	customers, err := e.openShelf(filepath.Join(dir, "customers"), fresh)
	if err != nil {
		return nil, errors.Join(err, records.Close())
	}
	ix = &Index{records: records, customers: customers, typos: e.typos}
	if err := ix.try(); err != nil {
		return nil, errors.Join(err, ix.Close())
	}
	return ix, nil
}

func (e *Engine) openShelf(path string, fresh bool) (s *shelf, err error) {
	defer func() {
		if p := recover(); p != nil { // bbolt panics on pages it does not understand
			err = fmt.Errorf("open %s: %v", filepath.Base(path), p)
		}
	}()
	config := map[string]any{
		"path":         path,
		"bolt_timeout": "2s", // else it waits for ever for another process
		// Segments count as alike by their size on disk: a hundred mails are as much
		// work to merge as five thousand rows.
		"scorchMergePlanOptions": map[string]any{
			"maxSegmentsPerTier": 4, "maxSegmentSize": 5_000_000, "tierGrowth": 10.0,
			"segmentsPerMergeTask": 4, "floorSegmentFileSize": 8 << 20,
		},
	}
	sc, err := scorch.NewScorch(scorch.Name, config, e.queue)
	if err != nil {
		return nil, err
	}
	if err := sc.Open(); errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrInUse
	} else if err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	s = &shelf{index: sc, path: path, columns: map[any]*columns{}, people: people{ids: map[string]uint32{}}}
	if err := s.checkSeal(fresh); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", filepath.Base(path), err), sc.Close())
	}
	s.openWarm()
	return s, nil
}

// sealKey names the mark within a shelf that counts its writes.
var sealKey = []byte("writes")

// checkSeal finds out whether what was opened is what was written last. Scorch
// passes over snapshots that it cannot load and opens an older one, in the end
// one without anything in it: its seal counts fewer writes than the file beside
// the shelf.
func (s *shelf) checkSeal(fresh bool) error {
	if fresh {
		return s.seal()
	}
	reader, err := s.index.Reader()
	if err != nil {
		return err
	}
	found, err := reader.GetInternal(sealKey)
	if err := errors.Join(err, reader.Close()); err != nil {
		return err
	}
	want, err := os.ReadFile(s.sealFile())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s.writes, _ = strconv.ParseUint(string(found), 10, 64)
	if told, _ := strconv.ParseUint(string(want), 10, 64); s.writes == 0 || s.writes < told {
		return errors.New("segments are missing or cannot be read")
	}
	return nil
}

// seal marks the end of a write, first in the shelf and then beside it: a
// process that dies in between leaves a file that asks for less.
func (s *shelf) seal() error {
	s.writes++
	n := []byte(strconv.FormatUint(s.writes, 10))
	if err := s.index.SetInternal(sealKey, n); err != nil {
		return err
	}
	temp := s.sealFile() + ".new"
	return errors.Join(os.WriteFile(temp, n, 0o600), os.Rename(temp, s.sealFile()))
}

func (s *shelf) sealFile() string { return s.path + ".writes" }

// Index is one index, in two parts.
type Index struct {
	records, customers *shelf
	typos              *typos
}

// shelf is one scorch index, with what is kept in memory of its segments.
type shelf struct {
	index   index.Index
	path    string
	writes  uint64 // guarded by writing
	writing sync.Mutex
	mu      sync.Mutex
	columns map[any]*columns // by segment, which never changes
	reading sync.Mutex       // of columns: they are read once, whoever needs them
	warming sync.WaitGroup   // keepWarm
	closing context.Context  // ends when the shelf closes
	close   context.CancelFunc
	people  people
}

// Close closes both parts.
func (ix *Index) Close() error {
	return errors.Join(ix.records.Close(), ix.customers.Close())
}

func (s *shelf) Close() error {
	s.closeWarm()
	return s.index.Close()
}

// try looks up something in every segment.
func (ix *Index) try() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read the index: %v", p)
		}
	}()
	_, err = ix.Search(context.Background(), indexer.Query{Viewer: hub.Viewer{All: true}, Text: "ab", Limit: 1, Customers: 1})
	return err
}

package api

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// The names of files, sheets and mail folders are in no document: a word of such a name
// would find a million rows, and push away those that say it. Who types one is offered
// what is in there, as a filter.

const (
	scopesFor   = time.Minute // that what there is called is remembered
	mostScopes  = 20_000      // of these, the newest
	scopesShown = 3
	wholeBelow  = 4 // letters of a word that must be the whole word of a name
)

// scopes remembers for a moment what sheets and mail folders are called, as every
// keystroke asks.
type scopes struct {
	mu    sync.Mutex
	until time.Time
	list  []store.ScopePlace // the newest first
	words []scopeWord        // of their names, sorted
}

type scopeWord struct {
	fold string
	at   int // in list
}

// called reads what there is, at most once in a while.
func (s *scopes) called(ctx context.Context, st *store.Store, now time.Time) ([]store.ScopePlace, []scopeWord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.until) {
		return s.list, s.words, nil
	}
	list, err := st.Scopes(ctx, hub.Viewer{All: true}, mostScopes) // whose each is, is asked afresh
	if err != nil {
		return nil, nil, err
	}
	words := []scopeWord{}
	for i, place := range list {
		for w := range indexer.Words(place.Name) {
			words = append(words, scopeWord{w.Fold, i})
		}
	}
	slices.SortFunc(words, func(a, b scopeWord) int { return cmp.Or(strings.Compare(a.fold, b.fold), a.at-b.at) })
	s.list, s.words, s.until = list, words, now.Add(scopesFor)
	return list, words, nil
}

// begun are those of the words that begin so; a short one is the whole word.
func begun(words []scopeWord, fold string) []scopeWord {
	first, _ := slices.BinarySearchFunc(words, fold, func(a scopeWord, fold string) int { return strings.Compare(a.fold, fold) })
	words = words[first:]
	whole := utf8.RuneCountInString(fold) < wholeBelow
	end := slices.IndexFunc(words, func(w scopeWord) bool { return !strings.HasPrefix(w.fold, fold) || whole && w.fold != fold })
	if end < 0 {
		return words
	}
	return words[:end]
}

// namesAlone reports whether a word may name a place without others: "2024" may not.
func namesAlone(word string) bool {
	return utf8.RuneCountInString(word) >= 3 && strings.ContainsFunc(word, unicode.IsLetter)
}

// scopesNamed finds the files, sheets and mail folders that words of the query name, such
// as "prisliste 2024", and what the search has in them without these words. Like
// natureNamed it asks the index only when typing has ended.
func (s *Server) scopesNamed(ctx context.Context, v hub.Viewer, in SearchInput) (found []choice, later bool, err error) {
	words := strings.Fields(in.Q)
	if len(words) > wordsLooked || in.Scope != "" || in.Page > 1 || strings.Contains(in.Q, `"`) {
		return nil, false, nil
	}
	list, names, err := s.scopes.called(ctx, s.store, s.now())
	if err != nil {
		return nil, false, err
	}
	sources, err := s.sourceNames(ctx, v)
	if err != nil {
		return nil, false, err
	}
	best := bestNamed(words, names, len(list), func(at int) bool { return sources[list[at].Source.String()] != "" })
	if len(best) == 0 || in.Typing {
		return nil, len(best) > 0, nil
	}
	found = make([]choice, len(best))
	var group errgroup.Group
	for i, one := range best {
		group.Go(func() error {
			place, n := list[one.at], in
			n.Q, n.Scope = strings.Join(one.rest, " "), scopeText(place)
			q, err := s.question(ctx, v, n)
			if err != nil {
				return err
			}
			q.Limit, q.Customers, q.Uncounted = 1, 0, true
			in, err := s.Index.Search(ctx, q)
			if err == nil && !in.Loose {
				found[i] = choice{Label: scopeLabel(n.Scope, sources), Count: in.Total, Href: address(n)}
			}
			return err
		})
	}
	err = group.Wait()
	return slices.DeleteFunc(found, func(c choice) bool { return c.Count == 0 }), false, err
}

// namedScope is a place that words of a query name.
type namedScope struct {
	at   int
	rest []string // the other words
}

// bestNamed gives the few of so many places that most of the words name, the newest
// first, of those that may be seen.
func bestNamed(words []string, names []scopeWord, places int, seen func(at int) bool) (best []namedScope) {
	named := make([][]bool, len(words)) // by word and place
	for i, word := range words {
		for w := range indexer.Words(word) { // "prisliste_2024" are two
			has := make([]bool, places)
			for _, n := range begun(names, w.Fold) {
				has[n.at] = named[i] == nil || named[i][n.at]
			}
			named[i] = has
		}
	}
	most := 1
	for at := range places {
		n, alone := 0, false
		for i, word := range words {
			if named[i] != nil && named[i][at] {
				n, alone = n+1, alone || namesAlone(word)
			}
		}
		if !alone || n < most || n == most && len(best) == scopesShown || !seen(at) {
			continue
		}
		if n > most {
			most, best = n, nil
		}
		one := namedScope{at: at}
		for i, word := range words {
			if named[i] == nil || !named[i][at] {
				one.rest = append(one.rest, word)
			}
		}
		best = append(best, one)
	}
	return best
}

// scopeText is a sheet or mail folder as it stands in an address, "s3/2026.xlsx#Ark1".
func scopeText(p store.ScopePlace) string { return p.Source.String() + "/" + p.Name }

// parseScope reads what scopeText writes.
func parseScope(text string) (store.ScopePlace, error) {
	source, name, _ := strings.Cut(text, "/")
	id, err := hub.ParseSourceID(source)
	if err != nil || name == "" {
		return store.ScopePlace{}, errors.New("a sheet or mail folder must read like s3/2026.xlsx#Sheet1")
	}
	return store.ScopePlace{Source: id, Name: name}, nil
}

// scopeLabel is what people call it: its source, if they see that, file and sheet.
func scopeLabel(text string, sources map[string]string) string {
	place, err := parseScope(text)
	if err != nil {
		return text
	}
	where, _ := locate(hub.KindMail, place.Name, "")
	if source := sources[place.Source.String()]; source != "" {
		where = source + " › " + where
	}
	return where
}

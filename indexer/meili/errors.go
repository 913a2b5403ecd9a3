package meili

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/meilisearch/meilisearch-go"
)

// What keeps the engine from working, each told in a sentence that says what to do.
var (
	//lint:ignore ST1005 it begins with a name
	ErrUnreachable = errors.New("Meilisearch does not answer: start it, or correct the setting index")
	//lint:ignore ST1005 it begins with a name
	ErrKey    = errors.New("Meilisearch refuses the key: correct the setting index_key, or make a key with samsyn index key")
	ErrRights = errors.New("the key for Meilisearch lacks rights: make one with samsyn index key and put it into the setting index_key")
	//lint:ignore ST1005 it begins with a name
	ErrOld = errors.New("Meilisearch is too old: Samsyn needs version " + oldest + " or a newer one of 1.x")
	//lint:ignore ST1005 it begins with a name
	ErrNew = errors.New("Meilisearch is too new: Samsyn knows versions from " + oldest + " up to the last of 1.x")
	//lint:ignore ST1005 it begins with a name
	ErrFull = errors.New("Meilisearch cannot write what it was given, and tries again: is its disk full? Make room there, then indexing goes on by itself")
)

// told turns an error of the library into one of ours: the library's own may
// hold an answer of the server, and with it words of documents.
func told(doing string, err error) error {
	var e *meilisearch.Error
	if err == nil || !errors.As(err, &e) {
		return wrap(doing, err)
	}
	if errors.Is(err, context.Canceled) {
		return wrap(doing, context.Canceled)
	}
	code := e.MeilisearchApiError.Code
	switch {
	case e.StatusCode == 0:
		return wrap(doing, fmt.Errorf("%w (%w)", ErrUnreachable, e.OriginError))
	case e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden:
		return wrap(doing, ErrRights)
	case strings.HasPrefix(code, "invalid_settings_"):
		return wrap(doing, fmt.Errorf("%w (%s)", ErrOld, code))
	case code == "no_space_left_on_device":
		return wrap(doing, ErrFull)
	case code != "":
		return wrap(doing, fmt.Errorf("meilisearch answers %s", code))
	}
	return wrap(doing, fmt.Errorf("meilisearch answers with status %d", e.StatusCode))
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// missing reports whether the index or document asked for is not there.
func missing(err error) bool {
	var e *meilisearch.Error
	return errors.As(err, &e) && e.StatusCode == http.StatusNotFound
}

func refusedKey(err error) bool {
	var e *meilisearch.Error
	return errors.As(err, &e) && (e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden)
}

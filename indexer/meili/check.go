package meili

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/meilisearch/meilisearch-go"
)

// oldest is the version that Samsyn is tested with; older ones lack rules of
// ranking that the settings name.
const oldest = "1.50"

// Check looks whether the server answers, is of a version that Samsyn knows and
// takes the key with the rights it needs. It changes nothing. The error is one
// of ErrUnreachable, ErrKey, ErrRights, ErrOld, ErrNew, each a sentence for people.
func (e *Engine) Check(ctx context.Context) error {
	health, err := e.client.HealthWithContext(ctx)
	if err != nil || health.Status != "available" {
		return ErrUnreachable
	}
	if err := e.checkKey(ctx); err != nil {
		return err
	}
	return e.checkVersion(ctx)
}

// checkVersion asks for the version. A key for some indexes only may not ask;
// then CreateKey has, and an older server refuses the settings.
func (e *Engine) checkVersion(ctx context.Context) error {
	v, err := e.client.VersionWithContext(ctx)
	if refusedKey(err) {
		return nil
	}
	if err != nil {
		return told("ask for the version of Meilisearch", err)
	}
	return known(v.PkgVersion)
}

// checkKey asks what a key with the rights may ask. A key that may nothing of
// it is a wrong one: Meilisearch answers both alike.
func (e *Engine) checkKey(ctx context.Context) error {
	none := e.client.Index(e.uid("none", records))
	tries := []struct {
		right string
		ask   func() error
	}{
		{"indexes.get", func() error {
			_, err := e.client.ListIndexesWithContext(ctx, &meilisearch.IndexesQuery{Limit: 1})
			return err
		}},
		{"tasks.get", func() error {
			_, err := e.client.GetTasksWithContext(ctx, &meilisearch.TasksQuery{Limit: 1})
			return err
		}},
		{"documents.get", func() error {
			return none.GetDocumentsWithContext(ctx, &meilisearch.DocumentsQuery{Limit: 1}, &meilisearch.DocumentsResult{})
		}},
		{"settings.get", func() error { _, err := none.GetSettingsWithContext(ctx); return err }},
		{"search", func() error {
			_, err := none.SearchWithContext(ctx, "", &meilisearch.SearchRequest{Limit: 1})
			return err
		}},
	}
	var lacking []string
	for _, try := range tries {
		err := try.ask()
		switch {
		case refusedKey(err):
			lacking = append(lacking, try.right)
		case err != nil && !missing(err):
			return told("try the key for Meilisearch", err)
		}
	}
	switch len(lacking) {
	case 0:
		return nil
	case len(tries):
		return ErrKey
	}
	return fmt.Errorf("%w (lacking: %s)", ErrRights, strings.Join(lacking, ", "))
}

// Master reports whether the key may do more than Samsyn needs: make keys.
func (e *Engine) Master(ctx context.Context) bool {
	_, err := e.client.GetKeysWithContext(ctx, &meilisearch.KeysQuery{Limit: 1})
	return err == nil
}

// known compares the first two numbers of a version.
func known(version string) error {
	have, want := numbersOf(version), numbersOf(oldest)
	switch {
	case have[0] > want[0]:
		return fmt.Errorf("%w (it is %s)", ErrNew, version)
	case have[0] < want[0] || have[1] < want[1]:
		return fmt.Errorf("%w (it is %s)", ErrOld, version)
	}
	return nil
}

func numbersOf(version string) (n [2]int) {
	for i, part := range strings.SplitN(version, ".", 3) {
		if i < len(n) {
			n[i], _ = strconv.Atoi(part) // what is no number is older than all
		}
	}
	return n
}

// CreateKey makes a key with the rights that Samsyn needs, on its indexes
// alone, and returns it. Options.Key is the master key of the server.
func CreateKey(ctx context.Context, o Options) (string, error) {
	e, err := New(o)
	if err != nil {
		return "", err
	}
	defer e.client.Close()
	if err := e.checkVersion(ctx); err != nil {
		return "", err
	}
	key, err := e.client.CreateKeyWithContext(ctx, &meilisearch.Key{
		Name: "Samsyn", Description: "What a running Samsyn needs, and no more",
		Actions: rights(), Indexes: []string{e.prefix + "*"},
	})
	switch {
	case refusedKey(err):
		//lint:ignore ST1005 it begins with a name
		return "", errors.New("Meilisearch refuses this key: a key can be made with its master key only")
	case err != nil:
		return "", told("make a key", err)
	}
	return key.Key, nil
}

// rights are the actions of Meilisearch that Samsyn needs.
func rights() []string {
	return []string{"search", "documents.add", "documents.get", "documents.delete",
		"indexes.create", "indexes.get", "indexes.delete", "settings.get", "settings.update", "tasks.get"}
}

package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
)

// installation is the name of the setting that holds the id.
const installation = "installation"

// Installation returns the id of the installation whose truth this store is: 26
// letters and digits in lower case, made when it is first asked for. It goes
// with the store wherever a backup is restored. Redis and the search index are
// stamped with it, so that two installations do not mix there.
func (s *Store) Installation(ctx context.Context) (id string, err error) {
	made, err := json.Marshal(strings.ToLower(rand.Text()))
	if err != nil {
		return "", err
	}
	err = s.write(ctx, func(t *tx) error {
		// Of several processes that start together the first one's is kept.
		_, err := t.exec(ctx, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", installation, string(made))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("stamp store: %w", err)
	}
	return id, s.Setting(ctx, installation, &id)
}

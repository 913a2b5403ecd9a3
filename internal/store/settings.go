package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// Setting reads the named value into the variable that into points to. ErrNotFound.
func (s *Store) Setting(ctx context.Context, name string, into any) error {
	var value string
	err := s.get(ctx, "SELECT value FROM settings WHERE name = ?", []any{name}, &value)
	if err == nil {
		err = json.Unmarshal([]byte(value), into)
	}
	if err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	return nil
}

// SetSetting stores value, which must marshal to JSON, under the name.
func (s *Store) SetSetting(ctx context.Context, name string, value any) error {
	b, err := json.Marshal(value)
	if err == nil {
		err = s.write(ctx, func(t *tx) error {
			_, err := t.exec(ctx, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, string(b))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	return nil
}

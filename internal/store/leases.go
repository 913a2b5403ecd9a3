package store

import "context"

// BreakLeases ends every lease, so that after a process died its sources can be
// read at once. A look that lives on under one of them is fenced. It is for a
// process that has the store to itself.
func (s *Store) BreakLeases(ctx context.Context) error {
	err := s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "UPDATE sources SET lease_owner = '', lease_until = 0, lease_epoch = lease_epoch + 1 WHERE lease_until > 0")
		return err
	})
	return wrap(err, "break leases")
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

type healthCmd struct{}

// Run asks the server that runs on this data directory whether it is ready. It
// is for the health checks of containers, which have no other program.
func (healthCmd) Run(e *env) error {
	ctx, cancel := context.WithTimeout(e.ctx, 8*time.Second)
	defer cancel()
	l := running(ctx, e.cfg.Data)
	if l == nil {
		return fmt.Errorf("no server runs on %s", e.cfg.Data)
	}
	if err := l.do(ctx, http.MethodGet, "/readyz", nil, nil); err != nil {
		return fmt.Errorf("the server is not ready: %w", err)
	}
	return e.out.line(map[string]bool{"ready": true}, "ready")
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

type serveCmd struct {
	Addr string `help:"Where to serve the pages, host:port." placeholder:"ADDR"`
	Only string `help:"Serve only the pages (api) or only read the sources (workers)." enum:",api,workers" default:""`
}

func (c *serveCmd) Run(e *env) error {
	if c.Addr != "" {
		e.cfg.Addr = c.Addr
	}
	if err := c.divisible(e); err != nil {
		return err
	}
	a, err := openApp(e)
	if err != nil {
		return err
	}
	return errors.Join(a.serve(e.ctx, c.Only, func(addr string) { e.out.say("Samsyn is served at http://%s", addr) }), a.Close())
}

// divisible refuses to serve a part when no other process could serve the rest.
func (c *serveCmd) divisible(e *env) error {
	if err := e.cfg.Complete(); err != nil {
		return err
	}
	if own := e.cfg.Embedded(); c.Only != "" && len(own) > 0 {
		return fmt.Errorf("%w: --only %s shares the work with another process, which cannot reach what this one keeps to itself (%s): leave out --only, and one process does it all",
			errUsage, c.Only, strings.Join(own, ", "))
	}
	if c.Only != "" && e.cfg.Key == "" {
		return fmt.Errorf("%w: --only %s needs the setting key, the same for all processes, to read the passwords of mailboxes: make one with: openssl rand -base64 32", errUsage, c.Only)
	}
	return nil
}

// serve runs the pages, the workers or both until ctx ends. ready is told the
// address once pages can be asked for.
func (a *app) serve(ctx context.Context, only string, ready func(addr string)) error {
	g, ctx := errgroup.WithContext(ctx)
	if _, err := a.serveLocal(); err != nil {
		return err
	}
	if only != "api" {
		g.Go(func() error { return a.workers.Run(ctx) })
	}
	if only != "workers" {
		g.Go(func() error { return a.servePages(ctx, ready) })
	}
	return g.Wait()
}

// lastAnswers is how long answers under way may take when the server ends.
const lastAnswers = 5 * time.Second

func (a *app) servePages(ctx context.Context, ready func(addr string)) error {
	ln, err := net.Listen("tcp", a.cfg.Addr)
	if err != nil {
		return fmt.Errorf("serve pages: %w; choose another address with --addr", err)
	}
	srv := &http.Server{
		Handler: a.server.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	srv.RegisterOnShutdown(a.server.EndStreams)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	ready(ln.Addr().String())
	select {
	case err := <-ended:
		return fmt.Errorf("serve pages: %w", err)
	case <-ctx.Done():
	}
	if a.cfg.Drain > 0 {
		a.server.Drain()
		time.Sleep(a.cfg.Drain)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastAnswers)
	defer cancel()
	if err := srv.Shutdown(end); err != nil {
		return srv.Close() // who is still at it is cut off
	}
	return nil
}

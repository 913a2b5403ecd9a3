package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"samsyn/internal/demo"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

type demoCmd struct {
	Once bool   `help:"Print a summary and end."`
	Addr string `help:"Where to serve the pages." default:"127.0.0.1:8080"`
}

// demoSeed makes the same company every time.
const demoSeed = 20

// demoUser logs in with the link that the demo prints.
const demoUser = "demo"

// demoMailboxes names the department to which each mailbox of the company belongs.
var demoMailboxes = map[string]string{"salg": "Salg", "faktura": "Ekonomi", "kundeservice": "Kundeservice"}

func (c *demoCmd) Run(e *env) (err error) {
	e.cfg.Data = filepath.Join(e.cfg.Data, "demo")
	e.cfg.Store, e.cfg.Index, e.cfg.Queue, e.cfg.Addr = "", "", "", c.Addr
	a, err := openApp(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	e.out.say("Making up a company …")
	office, err := a.makeDemo(e.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, office.Close()) }()
	if c.Once {
		stop := a.work()
		defer stop()
		return a.readDemo(e.ctx)
	}
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() {
		served <- a.serve(ctx, "", func(addr string) { err = a.welcome(ctx, addr) })
		cancel()
	}()
	if rerr := a.readDemo(ctx); rerr != nil && ctx.Err() == nil {
		return errors.Join(rerr, stopped(cancel, served))
	}
	return <-served
}

func stopped(cancel func(), served <-chan error) error {
	cancel()
	return <-served
}

// makeDemo writes the workbooks and opens the mailboxes, and registers both. A
// demo that was made before is used again, on a new mail server.
func (a *app) makeDemo(ctx context.Context) (*demo.PostOffice, error) {
	files := filepath.Join(a.cfg.Data, "files")
	made, err := a.demoDay(ctx)
	if err != nil {
		return nil, err
	}
	w := demo.New(demoSeed, made)
	if _, err := os.Stat(files); errors.Is(err, os.ErrNotExist) {
		// Written beside and renamed, so that a demo cut off half-way is made anew.
		temp := files + ".new"
		if err := errors.Join(os.RemoveAll(temp), w.WriteBooks(temp), os.Rename(temp, files)); err != nil {
			return nil, err
		}
	}
	letters, err := w.Letters()
	if err != nil {
		return nil, err
	}
	office, err := demo.OpenPostOffice(letters)
	if err != nil {
		return nil, err
	}
	if err := a.registerDemo(ctx, w, files, office.Addr); err != nil {
		return nil, errors.Join(err, office.Close())
	}
	return office, nil
}

// demoDay is the day on which the demo was first made: everything in it is
// dated from there.
func (a *app) demoDay(ctx context.Context) (time.Time, error) {
	var made time.Time
	err := a.store.Setting(ctx, "demo_day", &made)
	if errors.Is(err, store.ErrNotFound) {
		made = time.Now().UTC()
		err = a.store.SetSetting(ctx, "demo_day", made)
	}
	return made, err
}

func (a *app) registerDemo(ctx context.Context, w *demo.World, files string, office net.Addr) error {
	files, err := filepath.Abs(files)
	if err != nil {
		return err
	}
	var own hub.Company
	if err := a.store.Setting(ctx, companySetting, &own); errors.Is(err, store.ErrNotFound) {
		if err := a.setCompany(ctx, w.Own); err != nil {
			return err
		}
	}
	for _, d := range demo.Departments {
		if err := a.register(ctx, hub.Source{Name: d, Kind: "folder", Department: d}, map[string]any{"path": filepath.Join(files, d), "poll": 5}); err != nil {
			return err
		}
	}
	host, port, err := net.SplitHostPort(office.String())
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	for box, d := range demoMailboxes {
		address := box + "@" + w.Own.Domains[0]
		settings := map[string]any{"host": host, "port": number, "user": address, "password": demo.Password, "tls": "none"}
		if err := a.register(ctx, hub.Source{Name: address, Kind: "imap", Department: d}, settings); err != nil {
			return err
		}
	}
	err = a.store.AddUser(ctx, store.User{Name: demoUser, Role: hub.RoleAdmin, All: true}, "")
	if errors.Is(err, store.ErrExists) {
		return nil
	}
	return err
}

// register adds the source, or gives the one of that name the new settings.
func (a *app) register(ctx context.Context, src hub.Source, settings map[string]any) error {
	plain, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	if src.Config, err = a.registry.Settings(src.Kind, plain, nil); err != nil {
		return fmt.Errorf("demo source %s: %w", src.Name, err)
	}
	old, err := a.store.SourceByName(ctx, src.Name)
	if errors.Is(err, store.ErrNotFound) {
		_, err = a.store.AddSource(ctx, src)
		return err
	}
	if err != nil {
		return err
	}
	old.Config = src.Config
	return a.store.UpdateSource(ctx, old)
}

// readDemo has every source looked at and waits until all is searchable.
func (a *app) readDemo(ctx context.Context) error {
	sources, err := a.store.Sources(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := a.syncAll(ctx); err != nil {
		return err
	}
	if err := a.await(ctx, sources, began); err != nil {
		return err
	}
	return a.demoSummary(ctx, time.Since(began))
}

func (a *app) demoSummary(ctx context.Context, took time.Duration) error {
	records, problems := 0, 0
	all, err := a.store.Statuses(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		records += s.Records
		problems += s.Problems
	}
	_, customers, err := a.store.Customers(ctx, everything, "", 0, 1)
	if err != nil {
		return err
	}
	return a.out.line(map[string]any{"sources": len(all), "records": records, "customers": customers, "problems": problems, "seconds": took.Seconds()},
		"Read %d rows and mails of %d customers from %d sources in %.1f s; %d problems.", records, customers, len(all), took.Seconds(), problems)
}

func (a *app) welcome(ctx context.Context, addr string) error {
	link, err := a.server.LoginLink(ctx, demoUser)
	if err != nil {
		return fmt.Errorf("make login link: %w", err)
	}
	return a.out.line(map[string]any{"login": "http://" + addr + link}, "\nLog in here (the link works once):\n\n    http://%s%s\n", addr, link)
}

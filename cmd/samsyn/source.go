package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

type sourceCmd struct {
	Add struct {
		Folder addFolderCmd `cmd:"" help:"Watch a folder of workbooks."`
		Imap   addIMAPCmd   `cmd:"" help:"Register a mailbox."`
	} `cmd:"" help:"Add a source."`
	Set    sourceSetCmd    `cmd:"" help:"Change a source; what is not said stays."`
	List   sourceListCmd   `cmd:"" help:"List the sources and how they fare."`
	Check  sourceCheckCmd  `cmd:"" help:"Test a source and say in words what is wrong."`
	Remove sourceRemoveCmd `cmd:"" help:"Stop reading a source and forget what came from it."`
	Pause  sourcePauseCmd  `cmd:"" help:"Stop looking at a source for a while."`
	Resume sourceResumeCmd `cmd:"" help:"Look at a paused source again."`
	Accept sourceAcceptCmd `cmd:"" help:"Let removals through that were held back because they looked too large."`
}

type addFlags struct {
	Name       string `required:"" help:"Name of the source; unique."`
	Department string `required:"" help:"Department that it belongs to."`
}

type addFolderCmd struct {
	addFlags
	folderFlags
}

func (c *addFolderCmd) Run(e *env) error {
	if c.Path == nil {
		return fmt.Errorf("%w: missing flags: --path", errUsage)
	}
	settings := map[string]any{}
	if err := c.said(settings); err != nil {
		return err
	}
	return c.add(e, "folder", settings)
}

type addIMAPCmd struct {
	addFlags
	imapFlags
}

func (c *addIMAPCmd) Run(e *env) error {
	if c.Host == nil || c.User == nil || c.PasswordFile == nil && !c.PasswordStdin {
		return fmt.Errorf("%w: missing flags: --host, --user and --password-file or --password-stdin are needed", errUsage)
	}
	settings := map[string]any{}
	if err := c.said(settings); err != nil {
		return err
	}
	return c.add(e, "imap", settings)
}

// add checks the settings and registers the source; whether it can be reached
// is for "source check" to say.
func (f addFlags) add(e *env, kind string, settings map[string]any) error {
	src := hub.Source{Name: strings.TrimSpace(f.Name), Kind: kind, Department: strings.TrimSpace(f.Department)}
	if err := src.CheckNames(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	plain, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	if src.Config, err = b.registry.Settings(kind, plain, nil); err != nil {
		return fmt.Errorf("source %s: %w", src.Name, err)
	}
	id, err := b.store.AddSource(e.ctx, src)
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("there is a source named %s already", src.Name)
	}
	if err != nil {
		return err
	}
	return e.out.line(map[string]any{"id": id, "name": src.Name, "kind": kind, "department": src.Department},
		"Added %s. Test it with: samsyn source check %s", src.Name, src.Name)
}

type sourceListCmd struct{}

func (sourceListCmd) Run(e *env) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	all, err := b.store.Statuses(e.ctx)
	if err != nil {
		return err
	}
	return list(e.out, all, "NAME\tKIND\tDEPARTMENT\tRECORDS\tPROBLEMS\tSTATE", func(s store.Status) string {
		return fmt.Sprintf("%s\t%s\t%s\t%d\t%d\t%s", s.Name, s.Kind, s.Department, s.Records, s.Problems, fares(s))
	})
}

// fares says in words how a source is.
func fares(s store.Status) string {
	switch {
	case s.Paused:
		return "paused"
	case s.Syncing:
		return fmt.Sprintf("reading, %d of %d parts", s.Progress.ScopesDone, s.Progress.Scopes)
	case s.Error != "":
		return s.Error
	case s.Held > 0:
		return fmt.Sprintf("%d removals held back; let them through with: samsyn source accept %s", s.Held, s.Name)
	case s.Synced.IsZero():
		return "not read yet"
	}
	return "up to date at " + s.Synced.Local().Format("2006-01-02 15:04:05")
}

type named struct {
	Name string `arg:"" help:"Name of the source."`
}

func unknownSource(name string) error {
	return fmt.Errorf("there is no source named %s; samsyn source list shows them", name)
}

// with opens the store and finds the source.
func (n named) with(e *env, f func(*base, hub.Source) error) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	src, err := b.store.SourceByName(e.ctx, n.Name)
	if errors.Is(err, store.ErrNotFound) {
		return unknownSource(n.Name)
	}
	if err != nil {
		return err
	}
	return f(b, src)
}

type sourceCheckCmd struct{ named }

func (c *sourceCheckCmd) Run(e *env) error {
	return c.with(e, func(b *base, src hub.Source) error {
		if err := b.registry.Check(e.ctx, src); err != nil {
			return fmt.Errorf("source %s: %w", src.Name, err)
		}
		return e.out.line(map[string]any{"name": src.Name, "ok": true}, "%s can be read.", src.Name)
	})
}

type sourceRemoveCmd struct{ named }

func (c *sourceRemoveCmd) Run(e *env) error {
	return c.with(e, func(b *base, src hub.Source) error {
		if err := b.store.RemoveSource(e.ctx, src.ID); err != nil {
			return err
		}
		return e.out.line(map[string]any{"name": src.Name, "removed": true}, "Removed %s.", src.Name)
	})
}

type sourcePauseCmd struct{ named }

func (c *sourcePauseCmd) Run(e *env) error { return c.pause(e, true, "paused") }

type sourceResumeCmd struct{ named }

func (c *sourceResumeCmd) Run(e *env) error { return c.pause(e, false, "looked at again") }

func (n named) pause(e *env, paused bool, word string) error {
	return n.with(e, func(b *base, src hub.Source) error {
		src.Paused = paused
		if err := b.store.UpdateSource(e.ctx, src); err != nil {
			return err
		}
		return e.out.line(map[string]any{"name": src.Name, "paused": paused}, "%s is %s.", src.Name, word)
	})
}

type sourceAcceptCmd struct{ named }

func (c *sourceAcceptCmd) Run(e *env) error {
	return c.with(e, func(b *base, src hub.Source) error {
		n, err := b.store.Accept(e.ctx, src.ID)
		if err != nil {
			return err
		}
		return e.out.line(map[string]any{"name": src.Name, "accepted": n}, "%s: %d removals let through.", src.Name, n)
	})
}

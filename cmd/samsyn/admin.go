package main

import (
	"encoding/json"
	"fmt"
	"os"

	"samsyn/internal/hub"
)

type companyCmd struct {
	Set companySetCmd `cmd:"" help:"Set our own identity from a file."`
}

type companySetCmd struct {
	File string `required:"" help:"JSON: {\"name\",\"names\",\"domains\",\"orgnos\",\"phones\",\"mailboxes\"}." type:"existingfile"`
}

// companySetting is the name under which the store keeps hub.Company.
const companySetting = "company"

func (c *companySetCmd) Run(e *env) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	var own hub.Company
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(&own); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.setCompany(e.ctx, own); err != nil {
		return err
	}
	return e.out.line(own, "We are %s.", own.Name)
}

type problemsCmd struct {
	JSON bool `name:"json" help:"Print JSON lines."`
}

func (c *problemsCmd) Run(e *env) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	all, err := b.store.Problems(e.ctx, everything)
	if err != nil {
		return err
	}
	out := e.out.asked(c.JSON)
	for _, p := range all {
		if err := out.line(p, "%s  %s %s: %s", p.Name, p.Scope, p.Ref, p.Reason); err != nil {
			return err
		}
	}
	out.say("%d problems", len(all))
	return nil
}

// everything is the viewer of whoever has the machine: the command line.
var everything = hub.Viewer{User: "command line", Role: hub.RoleAdmin, All: true}

type migrateCmd struct{}

// Run opens the store, which brings it up to date.
func (migrateCmd) Run(e *env) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	return e.out.line(map[string]any{"migrated": true}, "The store is up to date.")
}

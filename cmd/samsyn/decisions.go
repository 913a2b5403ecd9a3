package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"samsyn/internal/hub"
)

type decisionsCmd struct {
	Import decisionsImportCmd `cmd:"" help:"Read decisions from a file of JSON lines."`
	Export decisionsExportCmd `cmd:"" help:"Write out all decisions as JSON lines."`
}

type decisionsImportCmd struct {
	File string `arg:"" help:"JSON lines: {\"decision\",\"a\",\"b\",\"by\",\"why\"}." type:"existingfile"`
}

// Run takes every line or none, so that a file with a fault can be mended and
// read again.
func (c *decisionsImportCmd) Run(e *env) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	var all []hub.Decision
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var d hub.Decision
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			return fmt.Errorf("%s, line %d: %w", c.File, n, err)
		}
		all = append(all, d)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	added, err := b.store.AddDecisions(e.ctx, all)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return e.out.line(map[string]any{"read": len(all), "added": added}, "%d decisions read, %d of them new.", len(all), added)
}

type decisionsExportCmd struct{}

func (decisionsExportCmd) Run(e *env) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	all, err := b.store.Decisions(e.ctx)
	var errs []error
	for _, d := range all {
		errs = append(errs, e.out.emit(d))
	}
	return errors.Join(append(errs, err)...)
}

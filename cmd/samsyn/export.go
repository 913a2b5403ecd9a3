package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"samsyn/connectors/folder"
	"samsyn/internal/hub"
	"samsyn/internal/linker"
	"samsyn/internal/store"
)

type exportCmd struct {
	Links   exportLinksCmd   `cmd:"" help:"Each record with its customer and the reasons."`
	Columns exportColumnsCmd `cmd:"" help:"Each sheet, of a file or attached to a mail, with its columns and what they were taken for."`
	Asked   exportAskedCmd   `cmd:"" name:"questions" help:"Columns that a person should say the role of: answer by a decision."`
	Records exportRecordsCmd `cmd:"" help:"Every record with its content, sorted by key."`
}

type exportRecordsCmd struct{}

// exportedRecord leaves out everything that depends on when and in which order
// things were read.
type exportedRecord struct {
	Source     string      `json:"source"`
	Department string      `json:"department"`
	Key        string      `json:"key"`
	Content    hub.Content `json:"content"`
}

func (exportRecordsCmd) Run(e *env) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	w := bufio.NewWriterSize(e.out.machine, 1<<16)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err = b.store.EachRecord(e.ctx, func(r *hub.Record) error {
		return enc.Encode(exportedRecord{Source: r.SourceName, Department: r.Department, Key: r.Key, Content: r.Content})
	})
	if err != nil {
		return fmt.Errorf("export records: %w", err)
	}
	return w.Flush()
}

type exportLinksCmd struct{}

func (exportLinksCmd) Run(e *env) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	return linker.New(b.store, e.log).Export(e.ctx, e.out.machine)
}

type exportColumnsCmd struct{}

func (exportColumnsCmd) Run(e *env) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	sources, err := b.store.Sources(e.ctx)
	if err != nil {
		return err
	}
	for _, src := range sources {
		if src.Kind == "folder" {
			err = exportFiles(e, b, src)
		} else {
			err = exportAttached(e, b, src)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// exportFiles reads the files of a folder anew.
func exportFiles(e *env, b *base, src hub.Source) error {
	var cfg folder.Config
	if err := json.Unmarshal(src.Config, &cfg); err != nil {
		return fmt.Errorf("settings of source %s: %w", src.Name, err)
	}
	answers, err := b.store.ColumnAnswers(e.ctx, src.Name)
	if err != nil {
		return err
	}
	for t, err := range folder.Tables(e.ctx, &cfg, b.registry.Env, answers) {
		if err != nil {
			fmt.Fprintf(os.Stderr, "samsyn: %s: %v\n", src.Name, err)
		} else if err := emitTable(e, src, t); err != nil {
			return err
		}
	}
	return nil
}

// exportAttached tells what the tables attached to mails were taken for when they
// were read: the source is the folder and the ref of the mail, the sheet the place in it.
func exportAttached(e *env, b *base, src hub.Source) error {
	return b.store.EachSheet(e.ctx, hub.Viewer{All: true}, src.ID, func(p store.SheetPlace, sheet hub.Sheet) error {
		mail, _, _ := strings.Cut(p.Ref, "/")
		t := folder.FileTable{Source: p.Scope + "/" + mail, Sheet: p.Attached(), Left: sheet.Left}
		if t.Left != "" {
			return emitTable(e, src, t)
		}
		for _, t.Table = range sheet.Tables {
			if err := emitTable(e, src, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// emitTable writes a table, or says why a sheet holds none.
func emitTable(e *env, src hub.Source, t folder.FileTable) error {
	if t.Left != "" {
		fmt.Fprintf(os.Stderr, "samsyn: %s: %s, sheet %q: %s\n", src.Name, t.Source, t.Sheet, leftOut[t.Left])
		return nil
	}
	return e.out.emit(t)
}

// leftOut says why a sheet is not read.
var leftOut = map[string]string{
	"empty":       "not read, it is empty",
	"explanation": "not read, it explains something and holds no table",
	"pivot":       "not read, it is a pivot table, which sums up what other sheets hold",
}

type exportAskedCmd struct{}

func (exportAskedCmd) Run(e *env) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	all, err := b.store.ColumnQuestions(e.ctx, hub.Viewer{All: true})
	for _, q := range all {
		if err := e.out.emit(q); err != nil {
			return err
		}
	}
	return err
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"golang.org/x/term"
)

// output keeps apart what is for machines and what is for people. On a terminal
// people read standard output; otherwise it carries JSON lines and people's
// words go to standard error.
type output struct {
	machine io.Writer
	people  io.Writer
	json    bool // standard output is read by a machine
}

func newOutput(stdout, stderr io.Writer) output {
	if f, ok := stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return output{machine: stdout, people: stdout}
	}
	return output{machine: stdout, people: stderr, json: true}
}

// asked returns the output of a command that was given --json.
func (o output) asked(json bool) output {
	o.json = o.json || json
	return o
}

// line prints v for machines or the sentence for people.
func (o output) line(v any, format string, args ...any) error {
	if o.json {
		return o.emit(v)
	}
	_, err := fmt.Fprintf(o.people, format+"\n", args...)
	return err
}

// emit prints one JSON line.
func (o output) emit(v any) error {
	e := json.NewEncoder(o.machine)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// say tells people something that no machine needs.
func (o output) say(format string, args ...any) { fmt.Fprintf(o.people, format+"\n", args...) }

// list prints all as JSON lines for machines, or as a table for people; row
// returns the cells of one, separated by tabs.
func list[T any](o output, all []T, head string, row func(T) string) error {
	if o.json {
		for _, v := range all {
			if err := o.emit(v); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(o.people, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for _, v := range all {
		fmt.Fprintln(w, row(v))
	}
	return w.Flush()
}

package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// step is how far something has come.
type step struct {
	done  bool
	what  string // is under way
	count int    // rows and mails so far
}

// follow shows on standard error how far look says things are, until it says
// that all is done: a moving line on a terminal, else a line when another part
// of the work begins.
func follow(ctx context.Context, look func() (step, error)) error {
	show := newMeter()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := look()
		if err != nil || s.done {
			show("", 0)
			return err
		}
		show(s.what, s.count)
		select {
		case <-ctx.Done():
			show("", 0)
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// newMeter returns what shows progress; an empty what ends it.
func newMeter() func(what string, count int) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		last := ""
		return func(what string, count int) {
			if what != "" && what != last {
				fmt.Fprintf(os.Stderr, "%s, %d rows and mails so far\n", what, count)
			}
			last = what
		}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowCount(),
		progressbar.OptionSetItsString("records"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	return func(what string, count int) {
		// What cannot be shown is no reason to stop.
		if what == "" {
			_ = bar.Finish()
			return
		}
		bar.Describe(what)
		_ = bar.Set(count)
	}
}

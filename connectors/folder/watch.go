package folder

import (
	"context"
	"maps"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	quiet    = 400 * time.Millisecond // without events, before a change is told
	patience = 5 * time.Second        // at the latest, when events do not end
)

// Watch calls changed soon after files came, went or changed. It listens to the
// file system and compares sizes and times every poll interval, because network
// shares send no events. A file that goes on changing is told again.
func (f *Folder) Watch(ctx context.Context, changed func()) error {
	w := &watch{f: f, changed: changed}
	events, err := fsnotify.NewWatcher()
	if err != nil {
		f.env.Log.Warn("no file events, polling only", "err", err)
		events = &fsnotify.Watcher{} // its channels are nil and never ready
	} else {
		defer events.Close()
		w.events = events
	}
	w.seen = w.snapshot(ctx)
	poll := time.NewTicker(f.poll)
	defer poll.Stop()
	rest := time.NewTimer(quiet)
	rest.Stop()
	var first time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-events.Events:
			if ignored(filepath.Base(e.Name)) {
				continue
			}
			if first.IsZero() {
				first = time.Now()
			}
			rest.Reset(min(quiet, max(0, patience-time.Since(first))))
		case <-events.Errors: // lost events: compare
			rest.Reset(quiet)
		case <-rest.C:
			first = time.Time{}
			w.compare(ctx)
		case <-poll.C:
			w.compare(ctx)
		}
	}
}

// watch is one watching of a folder.
type watch struct {
	f       *Folder
	changed func()
	events  *fsnotify.Watcher // nil if there are none
	seen    map[string]string // file → version
}

// compare tells when the folder is no longer as it was seen last. While it
// cannot be reached nothing is told: that is for the schedule to find.
func (w *watch) compare(ctx context.Context) {
	now := w.snapshot(ctx)
	if now == nil || w.seen != nil && maps.Equal(now, w.seen) {
		return
	}
	w.seen = now
	w.changed()
}

// snapshot lists the files with their versions and listens to every subfolder;
// nil if the folder cannot be reached.
func (w *watch) snapshot(ctx context.Context) map[string]string {
	root, err := w.f.root()
	if err != nil {
		return nil
	}
	defer root.Close()
	l, err := w.f.walk(ctx, root)
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for _, e := range l.files {
		out[e.name] = e.version
	}
	if w.events != nil {
		for _, dir := range l.dirs {
			w.events.Add(filepath.Join(w.f.dir, dir)) // beyond the system's limit of watches, polling remains
		}
	}
	return out
}

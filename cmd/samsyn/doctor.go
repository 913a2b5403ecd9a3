package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"samsyn/workers"
)

type doctorCmd struct{}

// finding is what the doctor says of one part.
type finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Found  string `json:"found"`
	Advice string `json:"advice,omitempty"`
}

// Run examines every part; one that fails does not keep the others from being examined.
func (doctorCmd) Run(e *env) error {
	var all []finding
	add := func(f finding) { all = append(all, f) }
	add(finding{Check: "version", OK: true, Found: fmt.Sprintf("samsyn %s, %s", version, runtime.Version())})
	if err := e.cfg.Complete(); err != nil {
		add(finding{Check: "settings", Found: err.Error(), Advice: "Mend the configuration file or the SAMSYN_ variables."})
		return e.tell(all)
	}
	add(disk(e.cfg.Data))
	b, err := openBase(e)
	if err != nil {
		add(finding{Check: "store", Found: err.Error()})
		return e.tell(all)
	}
	defer b.Close()
	add(finding{Check: "store", OK: true, Found: "answers, and its tables are up to date"})
	add(b.queue())
	add(searchIndex(e))
	add(b.server())
	add(b.followers())
	add(b.accessLog())
	for _, f := range b.sources() {
		add(f)
	}
	return e.tell(all)
}

func (e *env) tell(all []finding) error {
	bad := 0
	for _, f := range all {
		word := "ok  "
		if !f.OK {
			word = "BAD "
			bad++
		}
		if err := e.out.line(f, "%s %-12s %s", word, f.Check, strings.TrimSpace(f.Found+"  "+f.Advice)); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d checks failed", bad, len(all))
	}
	return nil
}

// leastFree is how much of the disk should be free: a rebuilt index stands beside the old one.
const leastFree = 1 << 30

func disk(data string) finding {
	f := finding{Check: "disk"}
	if err := os.MkdirAll(data, 0o700); err != nil {
		f.Found, f.Advice = err.Error(), "Choose a directory that can be written with --data."
		return f
	}
	probe := filepath.Join(data, ".writable")
	if err := errors.Join(os.WriteFile(probe, nil, 0o600), os.Remove(probe)); err != nil {
		f.Found, f.Advice = err.Error(), "Give this user the right to write there."
		return f
	}
	var s unix.Statfs_t
	if err := unix.Statfs(data, &s); err != nil {
		f.Found = err.Error()
		return f
	}
	free := s.Bavail * uint64(s.Bsize)
	f.OK, f.Found = free >= leastFree, fmt.Sprintf("%d MB free for %s", free>>20, data)
	if !f.OK {
		f.Advice = "Make room: the index needs space beside itself when it is rebuilt."
	}
	return f
}

func (b *base) queue() finding {
	f := finding{Check: "queue", OK: true, Found: "in the process"}
	if b.cfg.Queue == "" {
		return f
	}
	w, err := workers.New(b.cfg.Queue, workers.Work{}, workers.Options{Installation: b.installation})
	if err == nil {
		defer w.Close()
		ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
		defer cancel()
		err = w.Check(ctx)
	}
	if err != nil {
		return finding{Check: "queue", Found: err.Error()}
	}
	f.Found = "Redis answers, and its database is ours alone"
	return f
}

func (b *base) server() finding {
	f := finding{Check: "server", OK: true, Found: "not running on this data directory"}
	if running(b.ctx, b.cfg.Data) != nil {
		f.Found = "running"
	}
	return f
}

func (b *base) followers() finding {
	s, err := b.behind(b.ctx)
	switch {
	case err != nil:
		return finding{Check: "followers", Found: err.Error()}
	case !s.done:
		return finding{Check: "followers", OK: true, Found: s.what + " is not through yet", Advice: "It goes on while samsyn serve runs."}
	}
	return finding{Check: "followers", OK: true, Found: "everything read is linked and searchable"}
}

// accessLog checks that nobody has changed who looked at what.
func (b *base) accessLog() finding {
	n, err := b.access.Verify(b.ctx)
	if err != nil {
		return finding{Check: "access log", Found: err.Error(),
			Advice: "Somebody may have changed it in the database, or secret.key (the setting key) is another than the one it was written with. Keep a copy of the database, and compare it with the last backup."}
	}
	return finding{Check: "access log", OK: true, Found: fmt.Sprintf("%d lines, none changed or removed", n)}
}

// sources tests every source that is not paused.
func (b *base) sources() []finding {
	all, err := b.store.Statuses(b.ctx)
	if err != nil {
		return []finding{{Check: "sources", Found: err.Error()}}
	}
	var out []finding
	for _, s := range all {
		f := finding{Check: "source " + s.Name, OK: true, Found: fares(s)}
		if !s.Paused {
			if err := b.registry.Check(b.ctx, s.Source); err != nil {
				f.OK, f.Found = false, err.Error()
			}
		}
		if s.Problems > 0 {
			f.Advice = fmt.Sprintf("%d problems: samsyn problems names them.", s.Problems)
		}
		out = append(out, f)
	}
	return out
}

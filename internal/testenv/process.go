package testenv

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// guard runs a server and holds on to it: the shell waits on its input, and
// when that ends, because the test stopped the server or because the test
// process is gone, it ends the server and what the server left running (Dovecot
// leaves its sessions). A line before the end means that the server will be
// started again and needs its directory.
const guard = `
dir=$1 signal=$2; shift 2
"$@" </dev/null &
pid=$!
read -r line && keep=1
kill -"$signal" $pid
wait $pid
trap : TERM
kill -TERM 0
[ "$keep" ] || rm -rf "$dir"
`

// process is one server that can be stopped and started again.
type process struct {
	name   string
	dir    string // holds all its files, and its log
	owner  *user.User
	signal string // ends it: TERM, INT
	args   []string
	ready  func() error

	cmd  *exec.Cmd
	hold io.WriteCloser // the input of the guard; nil while stopped
}

// newDir makes a directory that belongs to owner; nil is who runs the test.
func newDir(owner *user.User) (string, error) {
	dir, err := os.MkdirTemp("", "samsyn-test-")
	if err != nil {
		return "", err
	}
	if err := give(dir, owner); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o700)
}

// give makes a file belong to owner.
func give(path string, owner *user.User) error {
	if owner == nil {
		return nil
	}
	c := credential(owner)
	return os.Chown(path, int(c.Uid), int(c.Gid))
}

// serverUser is who may run a server that refuses to run as root: the named
// user if the test runs as root, else nil.
func serverUser(name string) (*user.User, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	return user.Lookup(name)
}

func credential(u *user.User) *syscall.Credential {
	if u == nil {
		return nil
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32) // numbers, on every Unix
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// start starts the server and waits until it answers.
func (p *process) start() error {
	log, err := os.OpenFile(p.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd = exec.Command("/bin/sh", append([]string{"-c", guard, "guard", p.dir, p.signal}, p.args...)...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = p.dir, log, log
	// A group of its own: an interrupt at the terminal ends the test, and the test ends the server.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: credential(p.owner)}
	if p.hold, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	if err := until(p.ready); err != nil {
		return fmt.Errorf("%s does not answer: %w\n%s", p.name, err, tail(p.log()))
	}
	return nil
}

// stop ends the server and waits for its end; its files stay.
func (p *process) stop() error {
	if p.hold == nil {
		return nil
	}
	if _, err := io.WriteString(p.hold, "keep\n"); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	return p.end()
}

// end stops the server, if it runs, for good.
func (p *process) end() error {
	if p.hold != nil {
		p.hold.Close()
		p.hold = nil
		// The exit status is that of the last command of the guard and says nothing.
		p.cmd.Wait()
	}
	return nil
}

// remove ends the server and removes its directory.
func (p *process) remove() error {
	if err := p.end(); err != nil {
		return err
	}
	return os.RemoveAll(p.dir)
}

func (p *process) log() string { return filepath.Join(p.dir, "log") }

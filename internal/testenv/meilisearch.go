package testenv

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// meilisearchKey is the master key of the servers started here.
const meilisearchKey = "a-master-key-for-tests"

// MeilisearchProcess is a Meilisearch server of its own.
type MeilisearchProcess struct {
	URL string // http://127.0.0.1:PORT
	Key string // the master key
	t   testing.TB
	p   *process
}

// Meilisearch returns the address and master key of a server: the one that
// MEILI_URL and MEILI_MASTER_KEY name, else one started for this process from
// the program meilisearch. Without either the test is skipped, also with
// CI=true. The server is shared: tests give their indexes names of their own.
func Meilisearch(t testing.TB) (url, key string) {
	t.Helper()
	if url := os.Getenv("MEILI_URL"); url != "" {
		return url, os.Getenv("MEILI_MASTER_KEY")
	}
	needMeilisearch(t)
	m, err := sharedMeilisearch()
	if err != nil {
		t.Fatal(err)
	}
	return m.URL, m.Key
}

// MeilisearchServer starts a server that the test may kill. It does not look at
// MEILI_URL: that server is others', too.
func MeilisearchServer(t testing.TB) *MeilisearchProcess {
	t.Helper()
	needMeilisearch(t)
	return startMeilisearch(t, func(string) {})
}

// MeilisearchOnSmallDisk starts a server whose data lie on a disk of so many
// bytes. Without the right to mount one the test is skipped.
func MeilisearchOnSmallDisk(t testing.TB, size int) *MeilisearchProcess {
	t.Helper()
	needMeilisearch(t)
	return startMeilisearch(t, func(data string) {
		if err := syscall.Mount("samsyn-test", data, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
			skip(t, "right to mount a small disk", fmt.Sprintf("NOT TESTED: a small disk cannot be mounted: %v", err))
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(data, syscall.MNT_DETACH); err != nil {
				t.Errorf("unmount the small disk: %v", err)
			}
		})
	})
}

// SmallDisks reports whether disks of limited size can be mounted here.
func SmallDisks(t testing.TB) bool {
	t.Helper()
	dir := t.TempDir()
	if syscall.Mount("samsyn-test", dir, "tmpfs", 0, "size=1M") != nil {
		return false
	}
	if err := syscall.Unmount(dir, 0); err != nil {
		t.Fatal(err)
	}
	return true
}

// Enlarge gives the small disk of the server another size in bytes.
func (m *MeilisearchProcess) Enlarge(size int) {
	m.t.Helper()
	if err := syscall.Mount("", m.data(), "", syscall.MS_REMOUNT, fmt.Sprintf("size=%d", size)); err != nil {
		m.t.Fatalf("enlarge the small disk: %v", err)
	}
}

// Busy waits until the server is taking documents.
func (m *MeilisearchProcess) Busy() {
	m.t.Helper()
	if err := until(func() error {
		req, err := http.NewRequest(http.MethodGet, m.URL+"/tasks?statuses=processing&types=documentAdditionOrUpdate", nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+m.Key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		var tasks struct{ Total int }
		if err := json.NewDecoder(res.Body).Decode(&tasks); err != nil {
			return err
		}
		if tasks.Total == 0 {
			return errors.New("the server takes no documents")
		}
		return nil
	}); err != nil {
		m.t.Fatal(err)
	}
}

// Fill takes all room that is left on the small disk of the server until the
// returned function is called.
func (m *MeilisearchProcess) Fill() (free func()) {
	m.t.Helper()
	name := filepath.Join(m.data(), "ballast")
	f, err := os.Create(name)
	if err != nil {
		m.t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<16); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
	return func() {
		m.t.Helper()
		if err := os.Remove(name); err != nil {
			m.t.Errorf("free the small disk: %v", err)
		}
	}
}

// Kill ends the server at once, in whatever it does; its files stay.
func (m *MeilisearchProcess) Kill() {
	m.t.Helper()
	if err := m.p.stop(); err != nil {
		m.t.Fatal(err)
	}
}

// Start starts it again on the same port and files.
func (m *MeilisearchProcess) Start() {
	m.t.Helper()
	if err := m.p.start(); err != nil {
		m.t.Fatal(err)
	}
}

func (m *MeilisearchProcess) data() string { return filepath.Join(m.p.dir, "data") }

func needMeilisearch(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("meilisearch"); err != nil {
		skip(t, "Meilisearch", "NOT TESTED: there is no Meilisearch; set MEILI_URL and MEILI_MASTER_KEY, or put the program meilisearch in the path")
	}
}

var sharedMeilisearch = sync.OnceValues(func() (*MeilisearchProcess, error) {
	m, err := newMeilisearch("TERM")
	if err != nil {
		return nil, err
	}
	return m, m.p.start()
})

func startMeilisearch(t testing.TB, prepare func(data string)) *MeilisearchProcess {
	t.Helper()
	m, err := newMeilisearch("KILL")
	if err != nil {
		t.Fatal(err)
	}
	m.t = t
	if err := os.Mkdir(m.data(), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(m.p.dir) })
	prepare(m.data())
	t.Cleanup(func() { m.p.end() })
	m.Start()
	return m
}

// newMeilisearch makes a server, with its directory, that the signal ends.
func newMeilisearch(signal string) (*MeilisearchProcess, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := newDir(nil)
	if err != nil {
		return nil, err
	}
	m := &MeilisearchProcess{URL: "http://" + address(port), Key: meilisearchKey}
	m.p = &process{name: "Meilisearch", dir: dir, signal: signal, ready: m.ping,
		args: []string{"meilisearch", "--http-addr", address(port), "--master-key", meilisearchKey, "--no-analytics",
			// A twentieth of this memory is cleared for every batch, however small, and by default it is most of the machine's.
			"--max-indexing-memory", "256MB", "--log-level", "WARN", "--db-path", filepath.Join(dir, "data", "meili"), "--dump-dir", filepath.Join(dir, "dumps")}}
	return m, nil
}

func (m *MeilisearchProcess) ping() error {
	res, err := http.Get(m.URL + "/health")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("/health answers %s", res.Status)
	}
	return nil
}

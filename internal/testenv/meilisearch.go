package testenv

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

type meilisearch struct{ url, key string }

// Meilisearch returns the address and master key of a server: the one that
// MEILI_URL and MEILI_MASTER_KEY name, else one started for this process from
// the program meilisearch. Without either the test is skipped, also with
// CI=true. The server is shared: tests give their indexes names of their own.
func Meilisearch(t testing.TB) (url, key string) {
	t.Helper()
	if url := os.Getenv("MEILI_URL"); url != "" {
		return url, os.Getenv("MEILI_MASTER_KEY")
	}
	if _, err := exec.LookPath("meilisearch"); err != nil {
		skip(t, "Meilisearch", "NOT TESTED: there is no Meilisearch; set MEILI_URL and MEILI_MASTER_KEY, or put the program meilisearch in the path")
	}
	m, err := sharedMeilisearch()
	if err != nil {
		t.Fatal(err)
	}
	return m.url, m.key
}

var sharedMeilisearch = sync.OnceValues(func() (meilisearch, error) {
	const key = "a-master-key-for-tests"
	port, err := freePort()
	if err != nil {
		return meilisearch{}, err
	}
	dir, err := newDir(nil)
	if err != nil {
		return meilisearch{}, err
	}
	m := meilisearch{url: "http://" + address(port), key: key}
	p := &process{name: "Meilisearch", dir: dir, signal: "TERM", ready: m.ping,
		args: []string{"meilisearch", "--http-addr", address(port), "--master-key", key, "--no-analytics",
			"--db-path", filepath.Join(dir, "data"), "--dump-dir", filepath.Join(dir, "dumps")}}
	return m, p.start()
})

func (m meilisearch) ping() error {
	res, err := http.Get(m.url + "/health")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("/health answers %s", res.Status)
	}
	return nil
}

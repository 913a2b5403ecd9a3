package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every module that go.mod requires directly has its reason in
// docs/dependencies.md, and nothing else stands there.
func TestEveryDependencyHasItsReason(t *testing.T) {
	read := func(path ...string) string {
		b, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	required := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(read("go.mod"), -1) {
		required[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+\.\S+/\S+) \| (.*) \|$`).FindAllStringSubmatch(read("docs", "dependencies.md"), -1) {
		if !required[m[1]] {
			t.Errorf("docs/dependencies.md names %s, which go.mod does not require directly", m[1])
		}
		if strings.TrimSpace(m[2]) == "" {
			t.Errorf("docs/dependencies.md gives no reason for %s", m[1])
		}
		delete(required, m[1])
	}
	for m := range required {
		t.Errorf("docs/dependencies.md has no line for %s", m)
	}
}

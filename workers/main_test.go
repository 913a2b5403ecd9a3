package workers

import (
	"flag"
	"os"
	"testing"
)

// TestMain runs many tests at once, whatever the number of processors: they
// wait more than they compute.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

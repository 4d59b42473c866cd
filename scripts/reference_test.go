package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestReference runs the Python tests of the Keras reference with the Python
// environment that scripts/reference/setup creates.
func TestReference(t *testing.T) {
	t.Parallel()
	python := os.Getenv("TFLAB_REFERENCE")
	if python == "" {
		t.Skip("TFLAB_REFERENCE is not set to the Python that scripts/reference/setup prints")
	}
	// Read the files so that go test's cache depends on them.
	programs, _ := filepath.Glob("reference/*.py")
	for _, name := range programs {
		if _, err := os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(python, "-m", "unittest", "reference_test")
	command.Dir = "reference"
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

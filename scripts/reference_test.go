package scripts

import (
	"os"
	"os/exec"
	"testing"
)

// TestReference runs the Python tests of the Keras reference with the Python
// that scripts/reference/setup has made.
func TestReference(t *testing.T) {
	t.Parallel()
	python := os.Getenv("TFLAB_REFERENCE")
	if python == "" {
		t.Skip("TFLAB_REFERENCE is not set to the Python that scripts/reference/setup prints")
	}
	command := exec.Command(python, "-m", "unittest", "reference_test")
	command.Dir = "reference"
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

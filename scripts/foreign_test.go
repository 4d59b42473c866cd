package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestForeign trains published networks in Keras and in tflab: the small one, and with
// TFLAB_FOREIGN=1 also those that take minutes.
func TestForeign(t *testing.T) {
	python := os.Getenv("TFLAB_REFERENCE")
	if python == "" {
		t.Skip("TFLAB_REFERENCE is not set to the Python that scripts/reference/setup prints")
	}
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	networks := []string{"mnist_convnet"}
	if os.Getenv("TFLAB_FOREIGN") != "" {
		networks = append(networks, "mobilenet", "resnet50")
	}
	tflab := filepath.Join(t.TempDir(), "tflab")
	if out, err := exec.Command("go", "build", "-o", tflab, "../cmd/tflab").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	command := exec.Command("./foreign", networks...)
	command.Env = append(os.Environ(), "TFLAB="+tflab)
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

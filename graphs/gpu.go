package graphs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errNoGPU says why TensorFlow offers no GPU, as far as can be known from
// outside of it.
func errNoGPU() error { return whyNoGPU(gpuNodes()) }

func whyNoGPU(nodes []string) error {
	visible, set := os.LookupEnv("CUDA_VISIBLE_DEVICES")
	switch {
	case len(nodes) == 0:
		return errors.New("no GPU can be used: this machine shows no NVIDIA device (/dev/nvidia0): use --device cpu")
	case set && (visible == "" || visible == "-1"):
		return fmt.Errorf("no GPU can be used: CUDA_VISIBLE_DEVICES is %q, which hides all: unset it, or use --device cpu", visible)
	default:
		return fmt.Errorf("no GPU can be used: %s is there, but this libtensorflow does not see it (a CPU-only build, or CUDA libraries that it cannot load): run 'scripts/setup --gpu', or start with --tf-log to see what TensorFlow says", nodes[0])
	}
}

// gpuNodes are the devices that the NVIDIA driver shows, and Windows to a Linux
// within it.
func gpuNodes() []string {
	nodes, _ := filepath.Glob("/dev/nvidia[0-9]*") // the pattern is well formed
	windows, _ := filepath.Glob("/dev/dxg")
	return append(nodes, windows...)
}

package scripts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The CUDA libraries that the stand-in for a CUDA build loads.
const cudart, cudnn = "libcudart.so.tflab-test", "libcudnn.so.tflab-test"

// withCUDA returns the folder of a CUDA build with some of the CUDA libraries next to
// it.
func withCUDA(t *testing.T, names ...string) string {
	t.Helper()
	folder := library(t, "2.18.1", "2.18.1", "-DDEVICE=GPU")
	for _, name := range names {
		compile(t, filepath.Join(folder, "lib/cuda"), name, "testdata/cuda.c")
	}
	return folder
}

// A library can use a GPU if it has GPU kernels and if the CUDA libraries can be
// loaded, from its own run path or from LD_LIBRARY_PATH.
func TestSetupAsksForCUDA(t *testing.T) {
	t.Parallel()
	whole, half := withCUDA(t, cudart, cudnn), withCUDA(t, cudart)
	elsewhere := t.TempDir()
	compile(t, elsewhere, cudnn, "testdata/cuda.c")
	for _, test := range []struct{ name, folder, path, want string }{
		{"for the CPU", library(t, "2.18.1", "2.18.1"), "", "is not built for CUDA"},
		{"without CUDA", withCUDA(t), "", "cannot load " + cudart + " " + cudnn + ";"},
		{"without cuDNN", half, "", "cannot load " + cudnn + ";"},
		{"with all beside it", whole, "", "using TensorFlow 2.18.1"},
		{"with cuDNN elsewhere", half, elsewhere, "using TensorFlow 2.18.1"},
	} {
		c := newCheckout(t)
		_, stderr, err := c.run(t, "setup --gpu", "TFLAB_LIBTENSORFLOW="+test.folder, "LD_LIBRARY_PATH="+test.path)
		if want := strings.HasPrefix(test.want, "using"); !strings.Contains(stderr, test.want) || (err == nil) != want || c.noted() != want {
			t.Errorf("%s: %v, stderr %q, want %q", test.name, err, stderr, test.want)
		}
	}
}

// If the machine has a GPU, the set-up reports what it found and what it does.
func TestSetupSeesAGPU(t *testing.T) {
	t.Parallel()
	driver := func(flags ...string) string {
		folder := t.TempDir()
		compile(t, folder, "libcuda.so.1", "testdata/libcuda.c", flags...)
		return folder
	}
	gpu, cpu := withCUDA(t, cudart, cudnn), library(t, "2.18.1", "2.18.1")
	for _, test := range []struct {
		name, node, driver, folder, flag string
		want                             []string // lines of stderr contain these, in order
		device                           string   // that the note contains
	}{
		{"none", "", "", cpu, "", []string{"using TensorFlow"}, "cpu"},
		{"a controller alone", "nvidiactl", "", cpu, "", []string{"using TensorFlow"}, "cpu"},
		{"one", "nvidia0", driver(), gpu, "", []string{"found Test Card, compute capability 8.0 (make setup GPU=0: for the CPU)", "using TensorFlow"}, "gpu"},
		{"declined", "nvidia0", driver(), cpu, "--cpu", []string{"using TensorFlow"}, "cpu"},
		{"a library for the CPU", "nvidia3", driver(), cpu, "", []string{"found Test Card", "the set-up is for the CPU, since nothing for the GPU is at hand: " + cpu + ": is not built for CUDA", "using TensorFlow"}, "cpu"},
		{"a driver that does not fit", "nvidia0", driver("-DINIT=803"), gpu, "", []string{"nvidia0, but the driver says: system has unsupported display driver / cuda driver combination (cuInit 803)", "using TensorFlow"}, "gpu"},
		{"one that no wheel has code for", "nvidia0", driver("-DMAJOR=12"), gpu, "", []string{"compute capability 12.0", "using TensorFlow"}, "gpu"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCheckout(t)
			if test.node != "" {
				write(t, filepath.Join(c.dev, test.node), "")
			}
			settings := []string{"TFLAB_LIBTENSORFLOW=" + test.folder, "LD_LIBRARY_PATH=" + test.driver}
			_, stderr, err := c.run(t, "setup "+test.flag, settings...)
			if err != nil {
				t.Fatalf("%v, stderr %q", err, stderr)
			}
			lines := strings.Split(strings.TrimSpace(stderr), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("stderr %q, want %d lines", stderr, len(test.want))
			}
			for i, want := range test.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("line %q, want %q", lines[i], want)
				}
			}
			note, _ := os.ReadFile(filepath.Join(c.folder, ".tflab/libtensorflow"))
			if !strings.Contains(string(note), "noted_device="+test.device+"\n") {
				t.Errorf("the note is\n%swant device %s", note, test.device)
			}
			// The decision is kept: make build calls the set-up without a flag.
			if _, stderr, err := c.run(t, "setup", settings...); err != nil || stderr != "" {
				t.Errorf("again: %v, stderr %q, want silence", err, stderr)
			}
		})
	}
}

// A GPU that is added later is detected, unless the user has declined GPU support.
func TestSetupSeesANewGPU(t *testing.T) {
	t.Parallel()
	settings := []string{"TFLAB_LIBTENSORFLOW=" + library(t, "2.18.1", "2.18.1")}
	for flag, want := range map[string]string{"": "nvidia0", "--cpu": ""} {
		c := newCheckout(t)
		if _, stderr, err := c.run(t, "setup "+flag, settings...); err != nil {
			t.Fatalf("%v, stderr %q", err, stderr)
		}
		write(t, filepath.Join(c.dev, "nvidia0"), "")
		if _, stderr, err := c.run(t, "setup", settings...); err != nil || !strings.Contains(stderr, want) || want == "" && stderr != "" {
			t.Errorf("after %q: %v, stderr %q, want %q", flag, err, stderr, want)
		}
	}
}

// The wheel that a GPU would get, tested with a Python that downloads nothing.
func TestSetupChoosesAWheel(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"/usr/local", "/usr"} {
		if found, _ := filepath.Glob(place + "/lib*/libtensorflow*.so*"); len(found) > 0 {
			t.Skipf("%s comes before the wheels, and this machine has it", found[0])
		}
	}
	environment := t.TempDir() // its Python has no TensorFlow and no network
	write(t, filepath.Join(environment, "bin/python3"), "#!/bin/sh\ncase $1 in *wheel.py) echo no network; exit 1;; esac\n")
	for _, test := range []struct{ major, flag, want string }{
		{"5", "", "fetching TensorFlow 2.15.1 for the GPU"},
		{"6", "", "fetching TensorFlow 2.18.1 for the GPU ("},
		{"9", "", "fetching TensorFlow 2.18.1 for the GPU ("},
		{"12", "", "no TensorFlow from 2.15 to 2.21 on PyPI has code for compute capability 12.0"},
		{"12", "--gpu", "fetching TensorFlow 2.18.1 for the GPU"},
		{"9", "--cpu", "fetching TensorFlow 2.18.1 for the CPU ("},
	} {
		c := newCheckout(t)
		write(t, filepath.Join(c.dev, "nvidia0"), "")
		compile(t, c.home, "libcuda.so.1", "testdata/libcuda.c", "-DMAJOR="+test.major)
		path := environment + "/bin:" + os.Getenv("PATH")
		_, stderr, err := c.run(t, "setup "+test.flag, "PATH="+path, "VIRTUAL_ENV="+environment, "LD_LIBRARY_PATH="+c.home, "https_proxy=http://127.0.0.1:9")
		if err == nil || !strings.Contains(stderr, test.want) {
			t.Errorf("capability %s %s: %v, stderr %q, want %q", test.major, test.flag, err, stderr, test.want)
		}
	}
}

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// countingGPU is a simulated GPU that only counts: stand-ins for the driver and the
// CUDA libraries, with which TensorFlow's CUDA build runs.
type countingGPU struct {
	program string // this test binary under the name tflab
	with    string // runs a command with the stand-ins
	library string // folder of the stand-ins
}

// newCountingGPU skips the test if the stand-ins (TFLAB_FAKEGPU, by default
// ../shared/fakegpu) are not available, or if this test is not linked with a CUDA
// build.
func newCountingGPU(t *testing.T) countingGPU {
	t.Helper()
	folder, err := filepath.Abs(cmp.Or(os.Getenv("TFLAB_FAKEGPU"), "../../../shared/fakegpu"))
	if err != nil {
		t.Fatal(err)
	}
	g := countingGPU{with: filepath.Join(folder, "with-gpu")}
	if _, err := os.Stat(g.with); err != nil {
		t.Skipf("%v: name the folder of the stand-ins for a GPU in TFLAB_FAKEGPU", err)
	}
	if os.Getuid() != 0 {
		t.Skip("the counting GPU makes device files, which only root may")
	}
	out, err := exec.Command(filepath.Join(folder, "build")).Output()
	if err != nil {
		t.Skipf("the stand-ins cannot be built: %v", err)
	}
	g.library = strings.TrimSpace(string(out))
	g.program = filepath.Join(t.TempDir(), "tflab")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, g.program); err != nil {
		t.Fatal(err)
	}
	if stdout, _, _ := g.run(t, g.library, nil, "doctor"); !strings.Contains(stdout, "device       gpu") {
		t.Skip("the TensorFlow that this test is linked with is not built for CUDA")
	}
	return g
}

// run runs tflab on the simulated GPU with the libraries of a folder.
func (g countingGPU) run(t *testing.T, library string, environment []string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	const limit = 10 * time.Second // time limit for finding any of the reasons
	ctx, cancel := context.WithTimeout(t.Context(), 6*limit)
	defer cancel()
	c := exec.CommandContext(ctx, g.with, append([]string{"env", "LD_LIBRARY_PATH=" + library, g.program}, args...)...)
	c.Env = append(os.Environ(), environment...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	began := time.Now()
	err := c.Run()
	if took := time.Since(began); took > limit {
		t.Errorf("%s with %q took %v, want at most %v", strings.Join(args, " "), environment, took, limit)
	}
	if err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// without returns a folder of the stand-ins except those that match a pattern.
func (g countingGPU) without(t *testing.T, pattern string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join(g.library, "*.so.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if gone, _ := filepath.Match(pattern, filepath.Base(f)); gone {
			continue
		}
		if err := os.Symlink(f, filepath.Join(dir, filepath.Base(f))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestUnusableGPU tests the reasons why a GPU cannot be used. With --device gpu, tflab
// prints one line and exits with status 1; with auto, it prints the same reason as a
// warning and runs on the CPU.
func TestUnusableGPU(t *testing.T) {
	g := newCountingGPU(t)
	t.Chdir(t.TempDir())
	t.Setenv("HOME", "/no-home")
	t.Setenv("TFLAB_DATA", "")
	writeDataset("data", "")
	for _, tt := range []struct {
		name    string
		missing string // stand-ins
		env     []string
		network string
		want    []string
	}{
		{name: "no driver", missing: "libcuda.so.1", want: []string{"/dev/nvidia0 is there", "libcuda.so.1", "install the NVIDIA driver"}},
		{name: "mismatch", env: []string{"FAKE_INIT=803"}, want: []string{"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "restart the machine"}},
		{name: "no device", env: []string{"FAKE_INIT=100"}, want: []string{"CUDA_ERROR_NO_DEVICE", "nvidia-smi"}},
		{name: "unknown", env: []string{"FAKE_INIT=999"}, want: []string{"CUDA_ERROR_UNKNOWN", "nvidia-modprobe"}},
		{name: "old driver", env: []string{"FAKE_RT=35", "FAKE_DRIVER=12040"}, want: []string{"too old", "CUDA 12.4", "update the driver"}},
		{name: "driver of CUDA 11", env: []string{"FAKE_DRIVER=11040"}, want: []string{"too old", "CUDA 11.4", "update the driver"}},
		{name: "hidden", env: []string{"CUDA_VISIBLE_DEVICES="}, want: []string{`CUDA_VISIBLE_DEVICES is ""`, "hides all", "unset it"}},
		{name: "beyond", env: []string{"CUDA_VISIBLE_DEVICES=3"}, want: []string{`CUDA_VISIBLE_DEVICES is "3"`, "this machine has one, GPU 0"}},
		{name: "beyond two", env: []string{"GPUS=2", "CUDA_VISIBLE_DEVICES=2"}, want: []string{"this machine has 2, GPU 0 to 1"}},
		{name: "capability 12.0", env: []string{"FAKE_CC=120"}, want: []string{"compute capability 12.0", "cuDNN", "newer TensorFlow"}},
		{name: "capability 5.2", env: []string{"FAKE_CC=52"}, want: []string{"compute capability 5.2", "and newer"}},
		{name: "300 MB", env: []string{"FAKE_MEM_MB=300"}, network: "mnist-cnn", want: []string{"out of memory on gpu:0", "--batch-size", "--precision", "--memory-limit"}},
		{name: "no CUDA libraries", missing: "*.so.1[12]", want: []string{"cannot load", "libcudart.so.12", "libcusolver.so.11", "make setup GPU=1"}},
		{name: "no cuDNN", missing: "libcudnn*", want: []string{"cannot load libcudnn.so", "make setup GPU=1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			library := g.library
			if tt.missing != "" {
				library = g.without(t, tt.missing)
			}
			train := []string{"train", cmp.Or(tt.network, "mnist-mlp-relu"), "--data", "data", "--epochs", "1", "--verbose", "0"}
			_, stderr, status := g.run(t, library, tt.env, append(train, "--device", "gpu", "--out", tt.name+" gpu")...)
			if status != statusFailed {
				t.Errorf("--device gpu: got status %d, want %d", status, statusFailed)
			}
			oneReason(t, stderr, append(tt.want, "tflab: train"))
			if _, err := os.Stat(tt.name + " gpu"); err == nil {
				t.Error("a run that did not begin left a folder")
			}
			_, stderr, status = g.run(t, library, tt.env, append(train, "--device", "auto", "--out", tt.name)...)
			if status != statusDone {
				t.Errorf("--device auto: got status %d, want %d", status, statusDone)
			}
			oneReason(t, stderr, append(tt.want, "tflab: warning: running on the CPU: "))
			if got := deviceOf(t, tt.name); got != "cpu" {
				t.Errorf("--device auto: config.json has the device %q, want cpu", got)
			}
		})
	}
}

// oneReason expects one line that contains words.
func oneReason(t *testing.T, stderr string, words []string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(stderr) {
		if !strings.Contains(line, "XLA compiles nothing") { // the stand-ins do not include CUDA's compiler
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 {
		t.Errorf("got %d lines, want one: %q", len(lines), lines)
	}
	for _, w := range words {
		if !strings.Contains(stderr, w) {
			t.Errorf("%q does not say %q", stderr, w)
		}
	}
}

func deviceOf(t *testing.T, run string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(run, "config.json"))
	if err != nil {
		t.Error(err)
		return ""
	}
	var config struct{ Device string }
	if err := json.Unmarshal(text, &config); err != nil {
		t.Error(err)
	}
	return config.Device
}

// TestTwoGPUs checks that a program uses only the GPU that was named.
func TestTwoGPUs(t *testing.T) {
	g := newCountingGPU(t)
	two := []string{"GPUS=2"}
	stdout, _, _ := g.run(t, g.library, two, "doctor")
	if got := strings.Count(stdout, "device       gpu"); got != 1 || !strings.Contains(stdout, "gpu 1        Fake H100 1") {
		t.Errorf("TensorFlow opens %d GPUs, want one of two: %s", got, stdout)
	}
	_, stderr, status := g.run(t, g.library, two, "doctor", "--device", "gpu:2")
	if status != statusFailed || !strings.Contains(stderr, "there is no such GPU: this process sees gpu:0 (Fake H100 0), gpu:1 (Fake H100 1)") {
		t.Errorf("gpu:2: got status %d and %q", status, stderr)
	}
}

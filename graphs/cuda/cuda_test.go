package cuda

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestVersions(t *testing.T) {
	for got, want := range map[Version]string{
		cudaVersion(12050): "12.5", cudaVersion(11080): "11.8", cudaVersion(0): "unknown",
		libraryVersion(90300): "9.3", libraryVersion(91002): "9.10.2", libraryVersion(8905): "8.9.5", libraryVersion(120503): "12.5.3",
	} {
		if got.String() != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	order := []Version{{}, {11, 8, 0}, {12, 0, 0}, {12, 5, 3}, {13, 0, 0}}
	for i := range order {
		for j := range order {
			if got := order[i].Before(order[j]); got != (i < j) {
				t.Errorf("%v before %v: got %v", order[i], order[j], got)
			}
		}
	}
}

// Users read the remedies, so each code has its own.
func TestCodesSayWhatToDo(t *testing.T) {
	for code, want := range map[Code][]string{
		35:  {"too old", "update the driver"},
		100: {"CUDA_ERROR_NO_DEVICE, 100", "nvidia-smi", "--gpus all"},
		303: {"CUDA_ERROR_SHARED_OBJECT_INIT_FAILED"},
		803: {"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, 803", "different versions", "restart the machine"},
		804: {"CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", "LD_LIBRARY_PATH"},
		999: {"CUDA_ERROR_UNKNOWN, 999", "nvidia-modprobe"},
		777: {"777", "nvidia-smi"},
	} {
		got := failed("cuInit", code).Error()
		for _, w := range append(want, "cuInit failed: ") {
			if !strings.Contains(got, w) {
				t.Errorf("%d: %q does not say %q", int(code), got, w)
			}
		}
		if strings.Contains(got, "\n") {
			t.Errorf("%d: %q is more than a line", int(code), got)
		}
	}
	if got := failed("cuInit", errHangs); !errors.Is(got, errHangs) {
		t.Errorf("got %q, want %q", got, errHangs)
	}
}

func TestHidden(t *testing.T) {
	for _, tt := range []struct {
		list string
		gpus int
		want string
	}{
		{"", 1, `CUDA_VISIBLE_DEVICES is "", which hides all GPUs`},
		{" ", 1, "which hides all GPUs"},
		{"-1", 2, `CUDA_VISIBLE_DEVICES is "-1", which hides all GPUs`},
		{"-1,0", 2, "which hides all GPUs"},
		{"1", 1, "GPU 1 does not exist: this machine has one, GPU 0"},
		{"7,0", 2, "GPU 7 does not exist: this machine has 2, GPU 0 to 1"},
		{"GPU-8932f937", 2, "names none of this machine's GPUs"},
		{"0", 0, "names none of this machine's GPUs"}, // WSL2 has one file for all GPUs
	} {
		t.Setenv(visibleDevices, tt.list)
		if err := whyHidden(tt.gpus); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q of %d GPUs: got %v, want that it %s", tt.list, tt.gpus, err, tt.want)
		}
	}
}

func TestNothingHidden(t *testing.T) {
	t.Setenv(visibleDevices, "0") // restores it after the test
	if err := os.Unsetenv(visibleDevices); err != nil {
		t.Fatal(err)
	}
	if err := whyHidden(1); err != nil {
		t.Errorf("got %v, want nothing: the variable is not set", err)
	}
}

// On a machine without a GPU, the queries must have no effect.
func TestNoGPU(t *testing.T) {
	if nvidia, windows := deviceNodes(); len(nvidia)+len(windows) > 0 {
		t.Skip("this machine has a GPU, or Windows has one")
	}
	if _, err := openDriver(); err == nil {
		t.Skip("this machine has an NVIDIA driver")
	}
	began := time.Now()
	m := ask()
	if !errors.Is(m.Err, ErrNone) || len(m.GPUs) > 0 || m.Libraries != nil {
		t.Errorf("got %+v, want none", m)
	}
	if took := time.Since(began); took > 100*time.Millisecond {
		t.Errorf("to find no GPU took %v", took)
	}
}

// The C library's pause does not return, like cuInit of a hanging driver.
func TestInitTimeLimit(t *testing.T) {
	began := time.Now()
	pause := symbol(nil, "pause")
	first, second := initialize(pause, 100*time.Millisecond), initialize(pause, time.Minute)
	if !errors.Is(first, errHangs) || !errors.Is(second, errHangs) {
		t.Errorf("got %v, then %v, want that the driver hangs", first, second)
	}
	if took := time.Since(began); took < 100*time.Millisecond || took > 5*time.Second {
		t.Errorf("the time limit of 100 ms took %v", took)
	}
}

func TestRelease(t *testing.T) {
	for text, want := range map[string]string{
		"NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version:  gcc version 12.2.0": "550.54.15",
		"NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build  (root@localhost)  Thu Jan 23":           "570.86.10",
		"": "", "NVRM version: something else 1.2": "",
	} {
		if got := releaseIn(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

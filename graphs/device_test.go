package graphs

import (
	"strings"
	"testing"
)

func TestParseDevice(t *testing.T) {
	for spelling, want := range map[string]Device{"auto": Auto, "cpu": CPU, "CPU": CPU, "gpu": GPU, "gpu:0": "gpu:0", "GPU:3": "gpu:3"} {
		if got, err := ParseDevice(spelling); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", spelling, got, err, want)
		}
	}
	for _, spelling := range []string{"tpu", "gpu:", "gpu:-1", "gpu:x", "gpu0", "cpu:0", "0", " cpu"} {
		got, err := ParseDevice(spelling)
		if err == nil {
			t.Errorf("%q: got %q, want an error", spelling, got)
		} else if !strings.Contains(err.Error(), "want auto, cpu, gpu or gpu:N") {
			t.Errorf("%q: %q does not say what there is", spelling, err)
		}
	}
}

func TestDeviceIndex(t *testing.T) {
	for d, want := range map[Device]int{"": -1, Auto: -1, CPU: -1, GPU: -1, "gpu:0": 0, "gpu:12": 12} {
		if got, err := d.index(); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", d, got, err, want)
		}
	}
}

func TestReplicasShareACPU(t *testing.T) {
	_, err := Options{Device: GPU, Replicas: 2}.sessionOptions()
	if err == nil || !strings.Contains(err.Error(), "2 replicas on a GPU") {
		t.Errorf("got %v, want that they share a CPU's cores", err)
	}
	if _, err := (Options{Device: GPU, Replicas: 1}).sessionOptions(); err != nil {
		t.Error(err)
	}
}

func TestWhyThereIsNoGPU(t *testing.T) {
	if len(gpuNodes()) > 0 {
		t.Skip("this machine has an NVIDIA device")
	}
	if got := errNoGPU().Error(); !strings.Contains(got, "no NVIDIA device") || !strings.Contains(got, "--device cpu") {
		t.Errorf("%q does not say why, or not what to do", got)
	}
}

func TestHiddenGPU(t *testing.T) {
	for visible, want := range map[string]string{
		"": `CUDA_VISIBLE_DEVICES is "", which hides all`, "-1": `CUDA_VISIBLE_DEVICES is "-1", which hides all`, "0": "/dev/nvidia0 is there",
	} {
		t.Setenv("CUDA_VISIBLE_DEVICES", visible)
		if got := whyNoGPU([]string{"/dev/nvidia0"}).Error(); !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want that %s", visible, got, want)
		}
	}
}

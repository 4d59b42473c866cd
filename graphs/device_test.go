package graphs

import (
	"errors"
	"strings"
	"testing"

	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs/cuda"
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

// Each replica has a GPU of its own, beginning with the device.
func TestReplicasOnGPUs(t *testing.T) {
	for replicas, want := range map[int]string{0: "1", 1: "1", 2: "1,2", 3: "1,2,3"} {
		config, err := Options{Device: "gpu:1", Replicas: replicas}.config()
		if err != nil || config.GpuOptions.VisibleDeviceList != want {
			t.Errorf("%d replicas: %q, %v, want %s", replicas, config.GetGpuOptions().GetVisibleDeviceList(), err, want)
		}
	}
}

func TestChoose(t *testing.T) {
	two := cuda.Machine{GPUs: []cuda.GPU{{Number: 0, Name: "A"}, {Number: 1, Name: "B"}}}
	mixed := cuda.Machine{GPUs: []cuda.GPU{{Number: 0, Name: "A", Err: errors.New("A is too old")}, {Number: 1, Name: "B", Fit: cuda.Compile, Capability: cuda.Capability{Major: 10}}}}
	const waits = "this TensorFlow has no code for compute capability 10.0 of GPU 1 (B): the driver compiles the code at first use, which can take 30 minutes once, and stores it in ~/.nv/ComputeCache"
	none := cuda.Machine{Err: cuda.ErrNone}
	broken := cuda.Machine{Nodes: []string{"/dev/nvidia0"}, Err: errors.New("the driver is broken: mend it")}
	for _, tt := range []struct {
		device      Device
		machine     cuda.Machine
		want        Device
		notice, err string
	}{
		{"", two, "gpu:0", "", ""},
		{Auto, two, "gpu:0", "", ""},
		{GPU, two, "gpu:0", "", ""},
		{"gpu:1", two, "gpu:1", "", ""},
		{"gpu:2", two, "", "", "graphs: device gpu:2: there is no such GPU: this process sees gpu:0 (A), gpu:1 (B): name one of them, or use --device cpu"},
		{Auto, mixed, "gpu:1", waits, ""},
		{"gpu:0", mixed, "", "", "graphs: device gpu:0: it cannot be used: A is too old, or use another device"},
		{"", none, CPU, "", ""},
		{Auto, none, CPU, "", ""},
		{GPU, none, "", "", "graphs: device gpu: no GPU can be used: this machine has no NVIDIA device (/dev/nvidia0): use --device cpu"},
		{Auto, broken, CPU, "running on the CPU: no GPU can be used: the driver is broken: mend it", ""},
		{"gpu:0", broken, "", "", "graphs: device gpu:0: no GPU can be used: the driver is broken: mend it, or use --device cpu"},
	} {
		got, err := tt.device.chooseFrom(tt.machine)
		if got.device != tt.want || strings.Join(got.notices, "; ") != tt.notice || text(err) != tt.err {
			t.Errorf("%q on %v: got %q, %q, %q, want %q, %q, %q", tt.device, tt.machine, got.device, got.notices, text(err), tt.want, tt.notice, tt.err)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestTheCPUNeedsNoDriver(t *testing.T) {
	if !CPU.OnCPU() || CPU.Check() != nil {
		t.Error("the CPU is not the CPU")
	}
	settings, err := Options{Device: CPU}.sessionOptions()
	if err != nil {
		t.Fatal(err)
	}
	var config for_core_protos_go_proto.ConfigProto
	if err := proto.Unmarshal(settings.Config, &config); err != nil {
		t.Fatal(err)
	}
	if n, ok := config.DeviceCount["GPU"]; !ok || n != 0 {
		t.Errorf("TensorFlow is told of %v GPUs (%v), want 0", n, ok)
	}
}

package experiment

import (
	"runtime"
	"strings"
	"testing"

	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
)

func TestDefaultReplicas(t *testing.T) {
	ofCores := 1
	if runtime.NumCPU() == 2 {
		ofCores = 2
	}
	tests := []struct {
		name    string
		network string
		given   settings.Values
		want    int
	}{
		{"a CNN", "mnist-cnn", settings.Values{Threads: 2}, 2},
		{"the other one", "cifar10-cnn", settings.Values{Threads: 2}, 2},
		{"a perceptron", "mnist-mlp-relu", settings.Values{Threads: 2}, 1},
		{"one thread", "mnist-cnn", settings.Values{Threads: 1}, 1},
		{"more threads than were measured", "mnist-cnn", settings.Values{Threads: 4}, 1},
		{"as many threads as cores", "mnist-cnn", settings.Values{}, ofCores},
		{"nothing to divide", "mnist-cnn", settings.Values{Threads: 2, Recipe: settings.Recipe{BatchSize: 1}}, 1},
		{"XLA, which makes one program of all", "mnist-cnn", settings.Values{Threads: 2, JIT: graphs.JITOn}, 1},
		{"a GPU", "mnist-cnn", settings.Values{Threads: 2, Device: "gpu:1"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := tfmodels.Lookup(tt.network)
			if err != nil {
				t.Fatal(err)
			}
			if tt.given.Device == "" {
				tt.given.Device = graphs.CPU
			}
			if got := (&Spec{Network: n, Values: tt.given}).DefaultReplicas(); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"mnist-cnn": "mnist-cnn", "mobilenet_1.00_32": "mobilenet_1.00_32", "../../x y": "_.._x_y", "": "network", "..": "network", "a\\b:c\n": "a_b_c_",
		strings.Repeat("ä", 99): strings.Repeat("ä", 50),
	} {
		if got := FileName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

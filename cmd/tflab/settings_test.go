package main

import (
	"runtime"
	"testing"

	"github.com/tflab/tflab/cmd/internal/runfolder"
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
		given   settings
		want    int
	}{
		{"a CNN", "mnist-cnn", settings{threads: 2}, 2},
		{"the other one", "cifar10-cnn", settings{threads: 2}, 2},
		{"a perceptron", "mnist-mlp-relu", settings{threads: 2}, 1},
		{"one thread", "mnist-cnn", settings{threads: 1}, 1},
		{"more threads than were measured", "mnist-cnn", settings{threads: 4}, 1},
		{"as many threads as cores", "mnist-cnn", settings{}, ofCores},
		{"nothing to divide", "mnist-cnn", settings{threads: 2, recipe: runfolder.Recipe{BatchSize: 1}}, 1},
		{"XLA, which makes one program of all", "mnist-cnn", settings{threads: 2, jit: graphs.JITOn}, 1},
		{"a GPU", "mnist-cnn", settings{threads: 2, device: "gpu:1"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := tfmodels.Lookup(tt.network)
			if err != nil {
				t.Fatal(err)
			}
			if tt.given.device == "" {
				tt.given.device = graphs.CPU
			}
			if got := tt.given.defaultReplicas(n); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

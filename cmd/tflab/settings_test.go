package main

import (
	"runtime"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
)

func TestShare(t *testing.T) {
	ofCores := 1 + (runtime.NumCPU()+1)%2 // 2 for an even number
	tests := []struct {
		name    string
		network string
		given   settings
		want    int
	}{
		{"a CNN", "mnist-cnn", settings{threads: 2}, 2},
		{"the other one", "cifar10-cnn", settings{threads: 8}, 2},
		{"a perceptron", "mnist-mlp-relu", settings{threads: 2}, 1},
		{"one thread", "mnist-cnn", settings{threads: 1}, 1},
		{"threads that two cannot share", "mnist-cnn", settings{threads: 3}, 1},
		{"as many threads as cores", "mnist-cnn", settings{}, ofCores},
		{"one, as asked for", "mnist-cnn", settings{threads: 2, replicas: 1}, 1},
		{"more, as asked for", "mnist-mlp-relu", settings{threads: 2, replicas: 5}, 5},
		{"XLA, which makes one program of all", "mnist-cnn", settings{threads: 2, jit: true}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := tfmodels.Lookup(tt.network)
			if err != nil {
				t.Fatal(err)
			}
			s := tt.given
			s.device = graphs.CPU
			if s.share(n); s.replicas != tt.want {
				t.Errorf("got %d replicas, want %d", s.replicas, tt.want)
			}
			s = tt.given
			s.device = graphs.GPU
			if s.share(n); s.replicas != max(1, tt.given.replicas) {
				t.Errorf("on a GPU: got %d replicas, want %d", s.replicas, max(1, tt.given.replicas))
			}
		})
	}
}

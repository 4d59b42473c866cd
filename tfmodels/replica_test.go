package tfmodels_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
	"github.com/tflab/tflab/tfmodels/layers"
)

// Ten examples in batches of four: in the last batch some replicas have no examples.
// The second dropout has 5 elements per example, which do not fill the random words
// drawn for it.
func TestReplicasDropTheSame(t *testing.T) {
	m, err := tfmodels.New("small", [3]int{6, 5, 1},
		layers.Conv2D{Filters: 4, Kernel: layers.Square(3), Activation: layers.ReLU}, layers.Dropout{Rate: 0.25},
		layers.Flatten{}, layers.Dense{Units: 5, Activation: layers.ReLU}, layers.Dropout{Rate: 0.4},
		layers.Dense{Units: 3, Activation: layers.Softmax})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	images, labels := make([]byte, 10*6*5), make([]uint8, 10)
	for i := range images {
		images[i] = byte(random.Uint32())
	}
	for i := range labels {
		labels[i] = uint8(i % 3)
	}
	set, err := dataset.New([3]int{6, 5, 1}, images, labels, make([]string, 3))
	if err != nil {
		t.Fatal(err)
	}
	trained := func(replicas int) []npy.Entry {
		p, err := graphs.Compile(m, graphs.Options{Optimizer: optim.SGD(0.1, optim.Momentum{}), Replicas: replicas, Device: graphs.CPU})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := fit.Fit(t.Context(), p, set, fit.Config{Epochs: 3, BatchSize: 4}); err != nil {
			t.Fatal(err)
		}
		return weightsOf(t, p)
	}
	want := trained(1)
	for _, replicas := range []int{2, 3, 11} {
		for i, got := range trained(replicas) {
			near(t, got.Name, got.Array.Float64(), want[i].Array.Float64(), 1e-5, 1e-6)
		}
	}
}

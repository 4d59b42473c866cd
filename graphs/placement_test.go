package graphs_test

import (
	"fmt"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// TensorFlow places a variable, and all its operations, on the device that any of them
// names: if one names the CPU, the weights are copied to the GPU and the gradients back
// at every step.
func TestNothingTiesWeightsToADevice(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	optimizers := map[string]optim.Optimizer{
		"SGD": optim.SGD(0.1, optim.Momentum{}), "momentum": optim.SGD(0.1, optim.Momentum{Rate: 0.9}),
		"RMSprop": optim.RMSprop(0.001), "Keras 2's RMSprop": optim.Keras2RMSprop(0.001),
		"Adadelta": optim.Adadelta(1), "Adam": optim.Adam(0.001),
	}
	for _, n := range tfmodels.Catalogue() {
		for name, optimizer := range optimizers {
			for _, precision := range []graphs.Precision{graphs.Float32, graphs.MixedBFloat16, graphs.MixedFloat16} {
				t.Run(fmt.Sprintf("%s/%s/%s", n.Name(), name, precision), func(t *testing.T) {
					p, err := graphs.Compile(n, graphs.Options{Optimizer: optimizer, Precision: precision, Device: graphs.CPU})
					if err != nil {
						t.Fatal(err)
					}
					defer p.Close()
					consumers, named := graphs.DeviceNames(p)
					if weights := len(n.Weights()); consumers < 4*weights { // created, set, read, updated
						t.Errorf("%d operations touch %d weights: the test has missed some", consumers, weights)
					}
					for _, n := range named {
						t.Error(n)
					}
				})
			}
		}
	}
}

// So do the other optimizers, with all that can be done to gradients and weights.
func TestNoOptimizerTiesWeightsToADevice(t *testing.T) {
	for _, name := range optim.Names() {
		for _, clip := range []string{"clipnorm", "global_clipnorm", "clipvalue"} {
			o, err := optim.New(name, optim.Settings{Hyperparameters: map[string]float64{clip: 1, "weight_decay": 0.1}})
			if err != nil {
				t.Fatal(err)
			}
			p, err := graphs.Compile(tfmodels.MNISTMLPReLU(), graphs.Options{Optimizer: o, Device: graphs.CPU})
			if err != nil {
				t.Fatal(err)
			}
			if _, named := graphs.DeviceNames(p); len(named) > 0 {
				t.Errorf("%s with %s: %v", name, clip, named)
			}
			p.Close()
		}
	}
}

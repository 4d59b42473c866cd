package graphs_test

import (
	"context"
	"slices"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// A program that has planned its steps has the same results, to the bit, as one that
// has not: a step without data changes nothing, even with replicas, loss scaling,
// dropout or moving averages.
func TestPlan(t *testing.T) {
	for _, tt := range []struct {
		network string
		options graphs.Options
	}{
		{"mnist-mlp-relu", graphs.Options{Optimizer: optim.RMSprop(.001), Schedule: optim.InverseTimeDecay(.1)}},
		{"mnist-mlp-relu", graphs.Options{Optimizer: optim.Adam(.001), Precision: graphs.MixedFloat16}},
		{"mnist-cnn-dropout", graphs.Options{Optimizer: optim.Adadelta(.001), Replicas: 2}},
		{"cifar10-resnet8", graphs.Options{Optimizer: optim.SGD(.01, optim.Momentum{})}},
	} {
		n, err := tfmodels.Lookup(tt.network)
		if err != nil {
			t.Fatal(err)
		}
		trained := func(plan bool) ([]npy.Entry, graphs.Sums) {
			t.Helper()
			o := tt.options
			o.Device, o.Seed = graphs.CPU, 1
			p, err := graphs.Compile(n, o)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if plan {
				p.Plan()
				p.Plan()
			}
			if _, err := fit.Fit(context.Background(), p, noise(t, n, 24), fit.Config{Epochs: 1, BatchSize: 10}); err != nil {
				t.Fatal(err)
			}
			weights, err := p.Weights()
			if err != nil {
				t.Fatal(err)
			}
			sums, err := p.Training.Sums()
			if err != nil {
				t.Fatal(err)
			}
			return weights, sums
		}
		weights, sums := trained(false)
		planned, plannedSums := trained(true)
		if sums != plannedSums || !sameBits(weights, planned) {
			t.Errorf("%s %s: %v with a plan, %v without, or other weights", tt.network, tt.options.Precision, plannedSums, sums)
		}
	}
}

func sameBits(a, b []npy.Entry) bool {
	return slices.EqualFunc(a, b, func(a, b npy.Entry) bool {
		return a.Name == b.Name && slices.Equal(a.Array.Float32(), b.Array.Float32())
	})
}

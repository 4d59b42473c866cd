package graphs_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// Steps for one batch size, as on a GPU, give the results of the step that serves all
// sizes. XLA does not compile here: on a CPU it must also be enabled in the
// environment.
func TestStepsForOneSizeAreTheStepForAll(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	data, err := dataset.Open(context.Background(), "sample-mnist", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	examples := data.Train.Slice(0, 300)
	tests := []struct {
		name    string
		options graphs.Options
		batch   int
	}{
		{"a batch that was expected", graphs.Options{BatchSize: 32}, 32},
		{"another one", graphs.Options{}, 50},
		{"one that leaves no rest", graphs.Options{}, 48},
		{"all examples and more", graphs.Options{}, 1000},
		{"streamed by the batch", graphs.Options{MemoryLimit: 1}, 32},
		{"streamed by three batches", graphs.Options{MemoryLimit: 6 * 32 * 28 * 28}, 32},
		{"two replicas", graphs.Options{Replicas: 2}, 32},
		{"mixed_float16", graphs.Options{Precision: graphs.MixedFloat16}, 32},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			train := func(jit graphs.JIT) (*fit.History, []npy.Entry, []float32) {
				o := tt.options
				o.Optimizer, o.Device, o.Threads, o.JIT = optim.RMSprop(0.001), graphs.CPU, 1, jit
				p, err := graphs.Compile(tfmodels.MNISTMLPReLU(), o)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				history, err := fit.Fit(context.Background(), p, examples, fit.Config{Epochs: 2, BatchSize: tt.batch, ValidationSplit: 0.2})
				if err != nil {
					t.Fatal(err)
				}
				// As many as in validation, and more: the rows of the data are kept,
				// and are not.
				prediction, err := fit.Predict(context.Background(), p, examples.Slice(0, 50))
				if err != nil {
					t.Fatal(err)
				}
				all, err := fit.Predict(context.Background(), p, examples)
				if err != nil {
					t.Fatal(err)
				}
				weights, err := p.Weights()
				if err != nil {
					t.Fatal(err)
				}
				return history, weights, append(prediction.Probabilities, all.Probabilities...)
			}
			h, w, p := train(graphs.JITOff)
			history, weights, probabilities := train(graphs.JITOn)
			for i, e := range history.Epochs {
				want := h.Epochs[i]
				near(t, fmt.Sprintf("epoch %d", i),
					[]float32{float32(e.Training.Loss), float32(e.Training.Accuracy), float32(e.Validation.Loss), float32(e.Validation.Accuracy)},
					[]float32{float32(want.Training.Loss), float32(want.Training.Accuracy), float32(want.Validation.Loss), float32(want.Validation.Accuracy)})
			}
			for i, e := range weights {
				near(t, e.Name, e.Array.Float32(), w[i].Array.Float32())
			}
			near(t, "predictions", probabilities, p)
		})
	}
}

// near expects equal numbers up to rounding: if a shape is known, TensorFlow may choose
// another kernel.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Abs(float64(got[i]-want[i])) > 1e-5 {
			t.Errorf("%s: number %d is %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// An error of the model is reported when the program is compiled, for any later batch
// size.
func TestStepsForOneSizeFailWhenCompiled(t *testing.T) {
	_, err := graphs.Compile(broken{logits: func(b *graphs.Builder, _ tf.Output) tf.Output {
		return b.Weight("dense/kernel")
	}}, graphs.Options{Optimizer: optim.Adam(0.001), Device: graphs.CPU, JIT: graphs.JITOn})
	if err == nil || !strings.Contains(err.Error(), `weight "dense/kernel" was not declared`) {
		t.Errorf("got %v, want that the weight was not declared", err)
	}
}

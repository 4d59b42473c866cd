package graphs_test

import (
	"context"
	"slices"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// A data set beyond the memory limit gives the same results as one within it, to the
// last bit: the batches are the same.
func TestStreamingIsResident(t *testing.T) {
	data, err := dataset.Open(context.Background(), "sample-mnist", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	examples := data.Train.Slice(0, 1000)
	const batch, imageBytes = 32, 28 * 28
	run := func(limit int64) (*fit.History, []float32) {
		p, err := graphs.Compile(tfmodels.MNISTMLPReLU(), graphs.Options{Optimizer: optim.RMSprop(0.001), Threads: 1, MemoryLimit: limit})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		h, err := fit.Fit(context.Background(), p, examples, fit.Config{Epochs: 2, BatchSize: batch, ValidationSplit: 0.25})
		if err != nil {
			t.Fatal(err)
		}
		prediction, err := fit.Predict(context.Background(), p, examples)
		if err != nil {
			t.Fatal(err)
		}
		return h, prediction.Probabilities
	}
	resident, want := run(0)
	for name, limit := range map[string]int64{
		"one batch a chunk":   1,
		"three batches":       6 * batch * imageBytes,
		"all but one example": 999 * imageBytes,
	} {
		t.Run(name, func(t *testing.T) {
			streamed, got := run(limit)
			for i, e := range streamed.Epochs {
				r := resident.Epochs[i]
				if e.Training != r.Training || *e.Validation != *r.Validation {
					t.Errorf("epoch %d: %+v, %+v: want %+v, %+v", i, e.Training, *e.Validation, r.Training, *r.Validation)
				}
			}
			if !slices.Equal(got, want) {
				t.Error("the predictions differ")
			}
		})
	}
}

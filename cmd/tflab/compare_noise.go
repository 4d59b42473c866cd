package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/tflab/tflab/cmd/internal/comparison"
	"github.com/tflab/tflab/graphs/npy"
)

// The second run of Keras, and its initial weights.
const (
	againDir   = "keras-again"
	nudgedFile = "initial-nudged.npz"
)

// floor raises the tolerance to twice the effect of rounding in Keras: the difference
// between Keras and itself when the largest weight of the last layer starts with
// another last bit. Training amplifies such differences: where a ReLU or the root of
// RMSprop's mean is near zero, a single example can be decisive.
func (k *keras) floor(ctx context.Context, keras *comparison.Side) error {
	entries, err := npy.ReadArchive(filepath.Join(k.Out, initialFile))
	if err != nil {
		return err
	}
	nudge(entries)
	nudged := filepath.Join(k.Out, nudgedFile)
	if err := npy.WriteArchive(nudged, entries); err != nil {
		return err
	}
	flags, err := k.start(k.Out, k.Seed)
	if err != nil {
		return err
	}
	dir := filepath.Join(k.Out, againDir)
	if err := k.runKeras(ctx, dir, append(flags, "--initial-weights", nudged)); err != nil {
		return err
	}
	again, err := comparison.Open("Keras again", dir)
	if err != nil {
		return err
	}
	r, err := comparison.Compare("Keras and Keras", keras, again, k.tolerance)
	if err != nil {
		return err
	}
	noise := r.Largest()
	k.tolerance.Loss = math.Max(k.tolerance.Loss, 2*noise.Loss) // twice, because a single sample of noise is not a bound
	k.tolerance.Accuracy = math.Max(k.tolerance.Accuracy, 2*noise.Accuracy)
	k.notes = append(k.notes, fmt.Sprintf("The noise floor: two runs of Keras, started from weights of which one differs in its last bit (%s), differ by up to %.1e in losses and %.2g in 1,000 in accuracies. The tolerance is twice that, if it is more than the requested one.",
		againDir, noise.Loss, 1000*noise.Accuracy))
	return nil
}

// nudge changes the largest weight of the last kernel to an adjacent float32.
func nudge(entries []npy.Entry) {
	var kernel *npy.Array
	at := 0
	for i, e := range entries {
		if len(e.Array.Shape) > 1 {
			kernel, at = e.Array, i
		}
	}
	values, largest := kernel.Float32(), 0
	for i, v := range values {
		if math.Abs(float64(v)) > math.Abs(float64(values[largest])) {
			largest = i
		}
	}
	values[largest] = math.Nextafter32(values[largest], float32(math.Inf(1)))
	entries[at].Array = npy.New(kernel.Shape, values)
}

package fit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/tflab/tflab/graphs"
)

// Config configures training. The names are those of Keras's Model.fit. Unlike in
// Keras, zero epochs or an empty batch is an error.
type Config struct {
	Epochs    int
	BatchSize int

	// ValidationSplit is the share of the examples, taken from their end before any
	// shuffling, that is used for validation.
	ValidationSplit float64
	// ValidationRandom takes that share at random, by the seed.
	ValidationRandom bool
	// Validation is a separate validation set. It excludes ValidationSplit.
	Validation graphs.Examples

	// InOrder takes the examples in their order instead of shuffling them in each
	// epoch.
	InOrder bool
	Seed    int64 // for shuffling and ValidationRandom

	// Orders are explicit orders, one row per epoch: permutations of the indices of the
	// examples that the validation split leaves.
	Orders [][]int32

	// Resume is the state of an earlier run, as returned by Restore. All other settings
	// must be those of the earlier run.
	Resume *State
}

// Fit trains a program on examples and returns the history. If the context, a callback
// or an error ends training early, the history has the completed epochs.
func Fit(ctx context.Context, p *graphs.Program, examples graphs.Examples, c Config, callbacks ...Callback) (*History, error) {
	chain(callbacks).reset()
	r, err := newRun(p, examples, c, callbacks)
	if err != nil {
		return nil, err
	}
	err = r.callbacks.Begin(r)
	for err == nil && r.Epoch < c.Epochs && !r.stopped {
		if err = r.epoch(ctx); err != nil {
			err = fmt.Errorf("fit: epoch %d: %w", r.Epoch+1, err)
			break
		}
		r.Epoch, r.Step, r.sums, r.before = r.Epoch+1, 0, graphs.Sums{}, 0
		runtime.GC() // frees the epoch's tensors: Go does not see their memory, which is TensorFlow's
	}
	return &r.History, errors.Join(err, r.callbacks.End(r, err))
}

// epoch takes every training example once, then validates. An interrupted epoch
// continues where it stopped.
func (r *Run) epoch(ctx context.Context) error {
	r.start = time.Now()
	r.examples = min(r.Step*r.config.BatchSize, len(r.train))
	if err := r.stage.Begin(r.order(r.Epoch)[r.examples:], r.config.BatchSize, r.sums); err != nil {
		return err
	}
	for r.Step < r.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.stage.Step()
		if err != nil {
			return fmt.Errorf("step %d: %w", r.Step+1, err)
		}
		r.Step++
		r.examples += n
		if err := r.callbacks.Step(r); err != nil {
			return err
		}
	}
	row, err := r.measure(ctx)
	if err != nil {
		return err
	}
	r.History.Epochs = append(r.History.Epochs, row)
	return r.callbacks.EpochEnd(r)
}

// measure returns an epoch's row of the history.
func (r *Run) measure(ctx context.Context) (row Epoch, err error) {
	row.Epoch = r.Epoch
	if row.Training, err = r.Score(); err != nil {
		return row, err
	}
	row.TrainDuration = r.seconds()
	if r.validation != nil {
		score, err := evaluate(ctx, r.Program, r.validation)
		if err != nil {
			return row, fmt.Errorf("validation: %w", err)
		}
		row.Validation = &score
	}
	row.LearningRate, err = r.Program.LearningRate()
	row.Duration = r.seconds()
	return row, err
}

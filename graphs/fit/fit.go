package fit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/tflab/tflab/graphs"
)

// Config is how a program is trained. The names are those of Keras's
// Model.fit; unlike there, zero epochs or an empty batch is an error.
type Config struct {
	Epochs    int
	BatchSize int

	// ValidationSplit is the share of the examples, cut from their end before any
	// shuffle, that is kept for validation.
	ValidationSplit float64
	// ValidationRandom takes that share at random instead, by the seed.
	ValidationRandom bool
	// Validation is a validation set of its own. It excludes ValidationSplit.
	Validation graphs.Examples

	// InOrder takes the examples as they come instead of shuffling them anew in
	// each epoch.
	InOrder bool
	Seed    int64 // of the shuffle and of ValidationRandom

	// Orders are the orders to take them in instead, a row an epoch: positions
	// among the examples that the validation split leaves, each once.
	Orders [][]int32

	// Resume is where an earlier run stopped, as Restore returns it. Everything
	// else must be as it was there for the run to be the same.
	Resume *State
}

// Fit trains a program on examples and returns what it measured. Where it ends
// early, by the context, a callback or an error, the history has the epochs that
// were finished.
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
		runtime.GC() // frees the epoch's tensors: their memory is TensorFlow's, which Go does not see
	}
	return &r.History, errors.Join(err, r.callbacks.End(r, err))
}

// epoch takes every training example once, then validates. An epoch that was
// stopped goes on where it was.
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

// measure makes an epoch's row of the history.
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

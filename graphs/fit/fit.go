package fit

import (
	"context"
	"fmt"
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
}

// Fit trains a program on examples and returns what it measured. Where it ends
// early, by the context, a callback or an error, the history has the epochs that
// were finished.
func Fit(ctx context.Context, p *graphs.Program, examples graphs.Examples, c Config, callbacks ...Callback) (*History, error) {
	r, err := newRun(p, examples, c)
	if err != nil {
		return nil, err
	}
	watch := chain(callbacks)
	if err := watch.Begin(r); err != nil {
		return &r.History, err
	}
	for r.Epoch = 0; r.Epoch < c.Epochs && !r.stopped; r.Epoch++ {
		if err := r.epoch(ctx, watch); err != nil {
			return &r.History, fmt.Errorf("fit: epoch %d: %w", r.Epoch+1, err)
		}
	}
	return &r.History, watch.End(r)
}

// epoch takes every training example once, then validates.
func (r *Run) epoch(ctx context.Context, watch Callback) error {
	start := time.Now()
	if err := r.stage.Begin(r.order(r.Epoch), r.config.BatchSize); err != nil {
		return err
	}
	for r.Step, r.examples = 0, 0; r.Step < r.Steps; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.stage.Step()
		if err != nil {
			return fmt.Errorf("step %d: %w", r.Step+1, err)
		}
		r.Step++
		r.examples += n
		if err := watch.Step(r); err != nil {
			return err
		}
	}
	row := Epoch{Epoch: r.Epoch}
	var err error
	if row.Training, err = r.Score(); err != nil {
		return err
	}
	row.TrainDuration = time.Since(start).Seconds()
	if r.validation != nil {
		score, err := evaluate(ctx, r.Program, r.validation)
		if err != nil {
			return fmt.Errorf("validation: %w", err)
		}
		row.Validation = &score
	}
	if row.LearningRate, err = r.Program.LearningRate(); err != nil {
		return err
	}
	row.Duration = time.Since(start).Seconds()
	r.History.Epochs = append(r.History.Epochs, row)
	return watch.EpochEnd(r)
}

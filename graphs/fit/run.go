package fit

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tflab/tflab/graphs"
)

// Run is a training run in progress, as callbacks see it.
type Run struct {
	Program *graphs.Program
	History History // the completed epochs
	Epoch   int     // the current epoch, from 0
	Epochs  int
	Step    int // steps done in this epoch
	Steps   int // steps per epoch

	config     Config
	callbacks  chain
	stage      *graphs.Stage
	train      []int32 // the training examples
	validation graphs.Examples
	examples   int // number taken in this epoch
	stopped    bool

	start  time.Time   // of this epoch, or of its last part
	before float64     // seconds of the epoch's earlier parts
	sums   graphs.Sums // sums of the epoch's earlier parts
}

// newRun checks the configuration and loads the data.
func newRun(p *graphs.Program, examples graphs.Examples, c Config, callbacks []Callback) (*Run, error) {
	if p.Training == nil {
		return nil, errors.New("fit: the program was compiled without an optimizer: set graphs.Options.Optimizer")
	}
	if err := c.Check(examples.Len()); err != nil {
		return nil, err
	}
	r := &Run{Program: p, Epochs: c.Epochs, config: c, callbacks: callbacks, stage: p.Training}
	r.split(examples)
	size := min(c.BatchSize, len(r.train))
	r.config.BatchSize, r.Steps = size, (len(r.train)+size-1)/size
	if c.Resume != nil {
		if err := r.resume(c.Resume); err != nil {
			return nil, err
		}
	}
	return r, r.stage.Load(examples)
}

// Check checks a configuration for the given number of examples. Fit calls Check
// itself; callers can call it earlier.
func (c Config) Check(examples int) error {
	cut := SplitAt(examples, c.ValidationSplit)
	switch {
	case c.Epochs < 1:
		return fmt.Errorf("fit: %d epochs: want 1 or more", c.Epochs)
	case c.BatchSize < 1:
		return fmt.Errorf("fit: batch size %d: want 1 or more", c.BatchSize)
	case !(c.ValidationSplit >= 0 && c.ValidationSplit < 1):
		return fmt.Errorf("fit: validation split %g: want 0 to 1, 1 excluded", c.ValidationSplit)
	case c.ValidationSplit > 0 && c.Validation != nil:
		return errors.New("fit: both a validation set and a validation split: want one of them")
	case cut == 0:
		return fmt.Errorf("fit: %d examples with a validation split of %g leave none to train on", examples, c.ValidationSplit)
	case cut == examples && c.ValidationSplit > 0:
		return fmt.Errorf("fit: %d examples with a validation split of %g leave none to validate with", examples, c.ValidationSplit)
	}
	return checkOrders(c.Orders, c.Epochs, cut)
}

// split determines the training and validation examples.
func (r *Run) split(examples graphs.Examples) {
	n, c := examples.Len(), r.config
	all := natural(n)
	if c.ValidationRandom {
		random(c.Seed, 0).Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	cut := SplitAt(n, c.ValidationSplit)
	slices.Sort(all[:cut]) // both parts in ascending order
	slices.Sort(all[cut:])
	r.train, r.validation = all[:cut:cut], c.Validation
	if cut < n {
		r.validation = graphs.Take(examples, all[cut:])
	}
}

// SplitAt returns the position at which Keras splits n examples: the first
// floor(n*(1-split)) are for training, the others for validation
// (keras/src/trainers/data_adapters/data_adapter_utils.py, train_validation_split).
func SplitAt(n int, split float64) int {
	return int(float64(n) * (1 - split))
}

// Score returns the mean loss and accuracy of the epoch so far. It waits for the
// device, so do not call it after every step.
func (r *Run) Score() (Score, error) { return score(r.stage, r.examples) }

// steps returns the number of training steps done in all epochs.
func (r *Run) steps() int64 { return int64(r.Epoch)*int64(r.Steps) + int64(r.Step) }

// last returns the row of the last completed epoch.
func (r *Run) last() Epoch { return r.History.Epochs[len(r.History.Epochs)-1] }

// Stop ends the run after the current epoch.
func (r *Run) Stop() { r.stopped = true }

func score(st *graphs.Stage, examples int) (Score, error) {
	sums, err := st.Sums()
	n := float64(examples)
	return Score{Loss: sums.Loss / n, Accuracy: sums.Correct / n}, err
}

package fit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tflab/tflab/graphs"
)

// Checkpoints configure when a run is saved and how many checkpoints are kept. The zero
// value saves after each epoch and keeps the last two. In any case, the last epoch and
// any epoch with a smaller loss than all before it are saved.
type Checkpoints struct {
	Every    int           // epochs between other checkpoints; 0 means 1
	Interval time.Duration // time between checkpoints within long epochs; 0 means none
	Keep     int           // number of checkpoints to keep, besides the best; 0 means 2
}

// Checkpoint saves a run in a folder regularly, and when it is cancelled. The
// checkpoints are TensorFlow bundles ckpt-N, where N is the number of steps done, and
// best-N, that of the epoch with the smallest validation loss (or training loss,
// without validation). A bundle gets its name only when it has been written completely,
// synced to disk and read back.
//
// Checkpoint must be the last callback: it saves the effects that earlier callbacks
// have at the end of an epoch.
func Checkpoint(dir string, c Checkpoints) Callback {
	k := &checkpointer{shelf: shelf(dir), Checkpoints: c, now: time.Now}
	k.reset()
	return k
}

type checkpointer struct {
	Nothing
	Checkpoints
	shelf     shelf
	best      float64
	bestSteps int64 // steps done then; 0 before the first epoch
	saved     place // position of the last checkpoint
	last      time.Time
	now       func() time.Time
}

// place distinguishes the end of an epoch from the end of its last step.
type place struct {
	steps  int64
	epochs int
}

func (c *checkpointer) reset() { c.best, c.bestSteps, c.saved = math.Inf(1), 0, place{} }

func (c *checkpointer) Begin(r *Run) error {
	c.last = c.now()
	if err := c.shelf.prepare(); err != nil {
		return fmt.Errorf("fit: checkpoints: %w", err)
	}
	if r.config.Resume != nil {
		return c.shelf.ensureBest(c.bestSteps)
	}
	// A new run has done fewer steps than the checkpoints of an earlier one, so Restore
	// would take those for newer.
	names, err := c.shelf.all()
	if err != nil {
		return fmt.Errorf("fit: checkpoints: %w", err)
	}
	if len(names) > 0 {
		return fmt.Errorf("fit: %s holds %d checkpoints of another run: resume that run, or name another folder", c.shelf, len(names))
	}
	return nil
}

func (c *checkpointer) Step(r *Run) error {
	if c.Interval == 0 || c.now().Sub(c.last) < c.Interval {
		return nil
	}
	return c.save(r)
}

func (c *checkpointer) EpochEnd(r *Run) error {
	loss := r.last().loss()
	improved := loss < c.best
	if improved {
		c.best, c.bestSteps = loss, r.steps()
	}
	last := r.stopped || r.Epoch+1 == r.Epochs
	if due := (r.Epoch+1)%max(c.Every, 1) == 0; !due && !improved && !last {
		return nil
	}
	if err := c.save(r); err != nil || !improved {
		return err
	}
	return c.shelf.markBest(c.bestSteps)
}

// End saves a run that was cancelled. The state after any other error is not saved.
func (c *checkpointer) End(r *Run, cause error) error {
	if !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return nil
	}
	return c.save(r)
}

func (c *checkpointer) save(r *Run) error {
	here := place{r.steps(), len(r.History.Epochs)}
	if here == c.saved {
		return nil
	}
	state, err := r.State()
	if err != nil {
		return err
	}
	if err := checkLoss(r, state.Sums.Loss); err != nil { // nothing to resume
		return err
	}
	note, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("fit: checkpoint: %w", err)
	}
	err = c.shelf.put(r.Program, here.steps, note, cmp.Or(c.Keep, 2))
	if errors.Is(err, graphs.ErrNotFinite) {
		return fmt.Errorf("step %d: %w: %w", r.Step, ErrNaN, err)
	}
	if err != nil {
		return fmt.Errorf("fit: checkpoint: %w", err)
	}
	c.saved, c.last = here, c.now()
	return nil
}

func (c *checkpointer) StateName() string { return "checkpoint" }

type checkpointState struct {
	Best  *float64 `json:"best"` // null before the first epoch
	Steps int64    `json:"steps"`
}

func (c *checkpointer) MarshalJSON() ([]byte, error) {
	return json.Marshal(checkpointState{Best: finite(c.best), Steps: c.bestSteps})
}

func (c *checkpointer) UnmarshalJSON(raw []byte) error {
	var s checkpointState
	if err := json.Unmarshal(raw, &s); err != nil || s.Best == nil {
		return err
	}
	c.best, c.bestSteps = *s.Best, s.Steps
	return nil
}

// Bundles saves and restores the variables of a run. A graphs.Program implements it.
type Bundles interface {
	Save(prefix string, note []byte) error
	CheckBundle(prefix string) error
	Restore(prefix string) (note []byte, err error)
}

// loss returns the loss by which epochs are compared.
func (e Epoch) loss() float64 {
	if e.Validation != nil {
		return e.Validation.Loss
	}
	return e.Training.Loss
}

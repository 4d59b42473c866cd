package fit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"
)

// Checkpoints say when a run is saved, and how much of that is kept. The zero
// value saves after each epoch and keeps the last two.
type Checkpoints struct {
	Every    int           // epochs between checkpoints; 0 means 1
	Interval time.Duration // saves within long epochs, too; 0 does not
	Keep     int           // how many are kept, beside the best; 0 means 2
}

// Checkpoint saves a run in a folder as it goes on, and when it is cancelled:
// TensorFlow's bundles ckpt-N, N the steps done, and best-N, that of the epoch
// with the smallest validation loss (or training loss, without validation). A
// bundle takes its place only when it is whole, on the disk and read back.
//
// It has to be the last of the callbacks: what those before it do at the end of
// an epoch is part of what it saves.
func Checkpoint(dir string, c Checkpoints) Callback {
	return &checkpointer{shelf: shelf(dir), Checkpoints: c, best: math.Inf(1), now: time.Now}
}

type checkpointer struct {
	Nothing
	Checkpoints
	shelf shelf
	best  float64
	saved place // of the last checkpoint
	last  time.Time
	now   func() time.Time
}

// place tells the end of an epoch from that of its last step.
type place struct {
	steps  int64
	epochs int
}

func (c *checkpointer) Begin(*Run) error {
	c.last = c.now()
	return c.shelf.prepare()
}

func (c *checkpointer) Step(r *Run) error {
	if c.Interval == 0 || c.now().Sub(c.last) < c.Interval {
		return nil
	}
	return c.save(r)
}

func (c *checkpointer) EpochEnd(r *Run) error {
	loss := r.History.Epochs[r.Epoch].loss()
	improved := loss < c.best
	if improved {
		c.best = loss
	}
	if due := (r.Epoch+1)%max(c.Every, 1) == 0; !due && !improved && r.Epoch+1 < r.Epochs {
		return nil
	}
	if err := c.save(r); err != nil || !improved {
		return err
	}
	return c.shelf.markBest(r.steps())
}

// End saves a run that was cancelled. What another error left behind is not
// worth keeping.
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
	note, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("fit: checkpoint: %w", err)
	}
	if err := c.shelf.put(r.Program, here.steps, note, cmp.Or(c.Keep, 2)); err != nil {
		return fmt.Errorf("fit: checkpoint: %w", err)
	}
	c.saved, c.last = here, c.now()
	return nil
}

func (c *checkpointer) StateName() string { return "checkpoint" }

func (c *checkpointer) MarshalJSON() ([]byte, error) { return json.Marshal(finite(c.best)) }

func (c *checkpointer) UnmarshalJSON(raw []byte) error {
	var best *float64
	if err := json.Unmarshal(raw, &best); err != nil || best == nil {
		return err
	}
	c.best = *best
	return nil
}

// ErrNoCheckpoint says that a folder holds no checkpoint, whole or broken.
var ErrNoCheckpoint = errors.New("there is no checkpoint")

// Restore sets a program to the newest checkpoint in a folder that is whole, and
// returns where the run was. Broken ones before it are named to warn. It is
// ErrNoCheckpoint where the folder has none.
func Restore(p Bundles, dir string, warn func(string)) (*State, error) {
	names, err := shelf(dir).list(lastPrefix)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(names) == 0 {
		return nil, fmt.Errorf("fit: %s: %w", dir, ErrNoCheckpoint)
	}
	if err != nil {
		return nil, fmt.Errorf("fit: checkpoints: %w", err)
	}
	var broken error
	for _, n := range names {
		prefix := filepath.Join(dir, n.String())
		note, err := p.Restore(prefix)
		state := &State{}
		if err == nil {
			err = json.Unmarshal(note, state)
		}
		if err == nil {
			return state, nil
		}
		warn(fmt.Sprintf("checkpoint %s is broken and passed over: %v", prefix, err))
		broken = err
	}
	return nil, fmt.Errorf("fit: %s: none of %d checkpoints is whole: %w: train anew in another folder", dir, len(names), broken)
}

// Bundles is what saves and restores the variables of a run: a graphs.Program.
type Bundles interface {
	Save(prefix string, note []byte) error
	CheckBundle(prefix string) error
	Restore(prefix string) (note []byte, err error)
}

// loss is what an epoch is judged by.
func (e Epoch) loss() float64 {
	if e.Validation != nil {
		return e.Validation.Loss
	}
	return e.Training.Loss
}

// syncPath makes sure that a file, or a folder's list of files, is on the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

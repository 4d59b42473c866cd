package experiment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
)

// The names of the states of a run for --weights. Any other name is a file.
const (
	LastWeights = "last" // weights of the last epoch so far
	BestWeights = "best" // weights of the epoch with the best validation loss
)

// State says where the weights of a run are stored.
type State struct {
	File       string // weights in a format of Keras or NumPy, or the index of a checkpoint
	checkpoint string // prefix of the checkpoint's files, or ""
}

// State finds the weights that a name stands for: "last", "best" or a file, including
// the prefix of a checkpoint. During training the last weights are those of the newest
// checkpoint; afterwards, those of weights.npz.
func (t *Trained) State(name string) (State, error) {
	switch name {
	case BestWeights:
		prefix, err := fit.Newest(t.Path(runfolder.CheckpointDir), true)
		if err != nil {
			return State{}, fmt.Errorf("%s has no best weights: want a run with validation and checkpoints: %w", t.Dir(), err)
		}
		return checkpointed(prefix), nil
	case LastWeights, "":
		return t.lastState()
	}
	if _, err := os.Stat(name + ".index"); err == nil {
		return checkpointed(name), nil
	}
	return State{File: name}, nil
}

// checkpointed returns the state in a checkpoint.
func checkpointed(prefix string) State { return State{File: prefix + ".index", checkpoint: prefix} }

// lastState returns the newer of weights.npz and the newest checkpoint.
func (t *Trained) lastState() (State, error) {
	ended := State{File: t.Path(runfolder.WeightsFile)}
	npz, missing := os.Stat(ended.File)
	prefix, err := fit.Newest(t.Path(runfolder.CheckpointDir), false)
	if errors.Is(err, fit.ErrNoCheckpoint) && missing != nil {
		return State{}, fmt.Errorf("%s has no weights yet: want %s, or a checkpoint in %s", t.Dir(), runfolder.WeightsFile, filepath.Join(t.Dir(), runfolder.CheckpointDir))
	}
	if err != nil {
		return ended, nil // weights.npz can be used even if the checkpoints are damaged
	}
	info, err := os.Stat(prefix + ".index")
	if missing != nil || err == nil && info.ModTime().After(npz.ModTime()) {
		return checkpointed(prefix), nil
	}
	return ended, nil
}

// NamedWeights reads the weights that a name stands for, which State explains.
func (t *Trained) NamedWeights(name string) ([]npy.Entry, error) {
	state, err := t.State(name)
	if err != nil {
		return nil, err
	}
	return t.WeightsOf(state)
}

// WeightsOf reads the weights of a state.
func (t *Trained) WeightsOf(s State) ([]npy.Entry, error) {
	if s.checkpoint != "" {
		return graphs.ReadCheckpoint(t.Network, s.checkpoint)
	}
	return readWeights(s.File, t.Network)
}

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

// The states of a run that --weights names. Any other name is that of a file.
const (
	LastWeights = "last" // as training has left them so far
	BestWeights = "best" // those of the epoch with the best validation loss
)

// State is where the weights of a run are.
type State struct {
	File       string // with weights, in a format of Keras or NumPy; for a checkpoint its index
	checkpoint string // the prefix of its files, or ""
}

// State finds the weights that a name stands for: "last", "best" or a file, which
// may be the prefix of a checkpoint, too. While a run trains, its last weights are
// those of its newest checkpoint; when it has ended, those of weights.npz.
func (t *Trained) State(name string) (State, error) {
	switch name {
	case BestWeights:
		prefix, err := fit.Newest(t.Path(runfolder.CheckpointDir), true)
		if err != nil {
			return State{}, fmt.Errorf("%s has no best weights: want a run that was validated, with its checkpoints: %w", t.Dir(), err)
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

// checkpointed is the state in a checkpoint.
func checkpointed(prefix string) State { return State{File: prefix + ".index", checkpoint: prefix} }

// lastState is the newer one of weights.npz and the newest checkpoint.
func (t *Trained) lastState() (State, error) {
	ended := State{File: t.Path(runfolder.WeightsFile)}
	npz, missing := os.Stat(ended.File)
	prefix, err := fit.Newest(t.Path(runfolder.CheckpointDir), false)
	if errors.Is(err, fit.ErrNoCheckpoint) && missing != nil {
		return State{}, fmt.Errorf("%s has no weights yet: want %s, or a checkpoint in %s", t.Dir(), runfolder.WeightsFile, filepath.Join(t.Dir(), runfolder.CheckpointDir))
	}
	if err != nil {
		return ended, nil // a damaged shelf does not keep from weights that are there
	}
	info, err := os.Stat(prefix + ".index")
	if missing != nil || err == nil && info.ModTime().After(npz.ModTime()) {
		return checkpointed(prefix), nil
	}
	return ended, nil
}

// WeightsOf reads the weights of a state.
func (t *Trained) WeightsOf(s State) ([]npy.Entry, error) {
	if s.checkpoint != "" {
		return graphs.ReadCheckpoint(t.Network, s.checkpoint)
	}
	return readWeights(s.File, t.Network)
}

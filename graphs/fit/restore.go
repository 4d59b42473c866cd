package fit

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
)

// ErrNoCheckpoint means that a folder has no checkpoint, valid or corrupt.
var ErrNoCheckpoint = errors.New("no checkpoint")

// Restore restores a program from the newest valid checkpoint in a folder and returns
// the state of the run. It calls warn for each newer checkpoint that is corrupt. If
// every other checkpoint is corrupt, Restore tries the best one. If the folder has no
// checkpoint, it returns ErrNoCheckpoint.
func Restore(p Bundles, dir string, warn func(string)) (*State, error) {
	if err := shelf(dir).settle(); err != nil {
		return nil, fmt.Errorf("fit: checkpoints: %w", err)
	}
	names, err := shelf(dir).all()
	if err != nil {
		return nil, fmt.Errorf("fit: checkpoints: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("fit: %s: %w", dir, ErrNoCheckpoint)
	}
	var broken error
	for _, n := range names {
		prefix := filepath.Join(dir, n.String())
		state, err := restore(p, prefix)
		if err == nil {
			return state, nil
		}
		warn(fmt.Sprintf("checkpoint %s is corrupt and skipped: %v", prefix, err))
		broken = err
	}
	return nil, fmt.Errorf("fit: %s: none of %d checkpoints is valid: %w: train anew in another folder", dir, len(names), broken)
}

func restore(p Bundles, prefix string) (*State, error) {
	note, err := p.Restore(prefix)
	if err != nil {
		return nil, err
	}
	state := &State{}
	if err := json.Unmarshal(note, state); err != nil {
		return nil, fmt.Errorf("its note: %w", err)
	}
	return state, nil
}

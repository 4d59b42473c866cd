package fit

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
)

// ErrNoCheckpoint says that a folder holds no checkpoint, whole or broken.
var ErrNoCheckpoint = errors.New("there is no checkpoint")

// Restore sets a program to the newest checkpoint in a folder that is whole, and
// returns where the run was. Broken ones before it are named to warn. When all
// others are broken, the best one has its turn. It is ErrNoCheckpoint where the
// folder has none.
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
		warn(fmt.Sprintf("checkpoint %s is broken and passed over: %v", prefix, err))
		broken = err
	}
	return nil, fmt.Errorf("fit: %s: none of %d checkpoints is whole: %w: train anew in another folder", dir, len(names), broken)
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

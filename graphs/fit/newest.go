package fit

import (
	"fmt"
	"path/filepath"
)

// Newest returns the newest checkpoint in a folder, or the best one, as the prefix of
// its files. It ignores checkpoints with missing files. It returns ErrNoCheckpoint if
// the folder has none.
func Newest(dir string, best bool) (prefix string, err error) {
	kind := lastPrefix
	if best {
		kind = bestPrefix
	}
	labels, err := shelf(dir).list(kind)
	if err != nil {
		return "", fmt.Errorf("fit: checkpoints: %w", err)
	}
	for _, l := range labels {
		if shelf(dir).has(l) {
			return filepath.Join(dir, l.String()), nil
		}
	}
	return "", fmt.Errorf("fit: %s: %w", dir, ErrNoCheckpoint)
}

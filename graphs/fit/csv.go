package fit

import (
	"bytes"
	"fmt"

	"github.com/google/renameio/v2"
)

// CSVHistory writes the history to a file at the end of each epoch, like Keras's
// CSVLogger. The file is replaced atomically, and so has each epoch once even if the
// run was interrupted.
func CSVHistory(path string) Callback {
	return OnEpochEnd(func(r *Run) error {
		var table bytes.Buffer
		if err := r.History.WriteCSV(&table); err != nil {
			return err
		}
		if err := renameio.WriteFile(path, table.Bytes(), 0o644); err != nil {
			return fmt.Errorf("fit: history: %w", err)
		}
		return nil
	})
}

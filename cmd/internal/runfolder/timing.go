package runfolder

import (
	"errors"
	"io/fs"
)

// TimingFile holds a Timing.
const TimingFile = "timing.json"

// Timing holds the time and memory that a run's process needed apart from its epochs. A
// value of 0 was not measured.
type Timing struct {
	Startup float64 `json:"startup_seconds"` // from the start of the process to the end of the first training step
	Total   float64 `json:"total_seconds"`   // from the start of the process
	Peak    int64   `json:"peak_rss_bytes"`  // largest resident set
}

// WriteTiming writes timing.json.
func (f *Folder) WriteTiming(t Timing) error { return f.writeJSON(TimingFile, t) }

// Timing reads timing.json. It returns nil if the run has none.
func (f *Folder) Timing() (*Timing, error) {
	t := &Timing{}
	err := f.readJSON(TimingFile, t)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return t, err
}

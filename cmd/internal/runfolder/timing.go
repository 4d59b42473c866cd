package runfolder

import (
	"errors"
	"io/fs"
)

// TimingFile holds a Timing.
const TimingFile = "timing.json"

// Timing is what a run took as a process, besides its epochs. Zero is what was
// not measured.
type Timing struct {
	Startup float64 `json:"startup_seconds"` // from the start of the process to the end of the first training step
	Total   float64 `json:"total_seconds"`   // from the start of the process
	Peak    int64   `json:"peak_rss_bytes"`  // the largest resident set
}

// WriteTiming writes timing.json.
func (f *Folder) WriteTiming(t Timing) error { return f.writeJSON(TimingFile, t) }

// Timing reads timing.json; nil where the run has none.
func (f *Folder) Timing() (*Timing, error) {
	t := &Timing{}
	err := f.readJSON(TimingFile, t)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return t, err
}

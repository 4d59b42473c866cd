package benchmark

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
)

// Run is what one process took that trained one network. A quantity that was
// not measured is 0.
type Run struct {
	Steps   []float64 `json:"step_seconds"`       // of each epoch, the mean of its training steps
	Startup float64   `json:"first_step_seconds"` // from the start of the process to the end of its first step
	Total   float64   `json:"process_seconds"`    // from the start of the process to its exit
	Peak    float64   `json:"peak_bytes"`         // the largest resident set
	// OtherLoad is the share of the machine's cores that other programs used meanwhile.
	OtherLoad float64 `json:"other_load"`
}

// ReadRun reads a run's folder, as tflab and the Keras program leave it, of
// epochs with so many steps. Total is what its starter has measured.
func ReadRun(dir string, steps int, total float64) (*Run, error) {
	var history struct {
		Seconds []float64 `json:"train_seconds"`
	}
	if err := readJSON(filepath.Join(dir, runfolder.HistoryJSON), &history); err != nil {
		return nil, err
	}
	timing, err := runfolder.At(dir).Timing()
	if err != nil {
		return nil, err
	}
	if timing == nil {
		return nil, fmt.Errorf("benchmark: %s: %s is missing", dir, runfolder.TimingFile)
	}
	r := &Run{Startup: timing.Startup, Total: total, Peak: float64(timing.Peak)}
	for _, seconds := range history.Seconds {
		r.Steps = append(r.Steps, seconds/float64(steps))
	}
	if len(r.Steps) < 2 {
		return nil, fmt.Errorf("%s: %d epochs with their train_seconds: want 2 or more, the first is left out", dir, len(r.Steps))
	}
	return r, nil
}

// TrainSeconds reads how long the training part of each epoch of a run took.
func TrainSeconds(dir string) ([]float64, error) {
	var history struct {
		Seconds []float64 `json:"train_seconds"`
	}
	err := readJSON(filepath.Join(dir, runfolder.HistoryJSON), &history)
	return history.Seconds, err
}

func readJSON(path string, v any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("benchmark: %w", err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// quantity is what runs are compared in: the less the better.
type quantity func(*Run) float64

// Step is the seconds of a training step: the median epoch's. The first epoch
// also plans, loads and warms up.
func (r *Run) Step() float64 { return report.Median(r.Steps[1:]) }

func step(r *Run) float64    { return r.Step() }
func startup(r *Run) float64 { return r.Startup }
func total(r *Run) float64   { return r.Total }
func peak(r *Run) float64    { return r.Peak }

func otherLoad(r *Run) float64 { return r.OtherLoad }

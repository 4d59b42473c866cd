package benchmark

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
)

// Run holds the measurements of one process that trained one network. A quantity that
// was not measured is 0.
type Run struct {
	Steps   []float64 `json:"step_seconds"`       // mean of the training steps of each epoch
	Startup float64   `json:"first_step_seconds"` // from the start of the process to the end of its first step
	Total   float64   `json:"process_seconds"`    // from the start of the process to its exit
	Peak    float64   `json:"peak_bytes"`         // the largest resident set
	// OtherLoad is the share of the machine's cores that other programs used during the
	// run.
	OtherLoad float64 `json:"other_load"`
}

// ReadRun reads a run folder of tflab or of the Keras program, whose epochs have the
// given number of steps. total is the duration that the process's starter measured.
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
		return nil, fmt.Errorf("%s: %d epochs with train_seconds: want 2 or more, since the first is not counted", dir, len(r.Steps))
	}
	return r, nil
}

// TrainSeconds returns the duration of the training part of each epoch of a run.
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

// quantity is a quantity by which runs are compared. Less is better.
type quantity func(*Run) float64

// Step returns the seconds of a training step in the median epoch. The first epoch is
// not counted, since it includes planning, loading and warming up.
func (r *Run) Step() float64 { return report.Median(r.Steps[1:]) }

func step(r *Run) float64    { return r.Step() }
func startup(r *Run) float64 { return r.Startup }
func total(r *Run) float64   { return r.Total }
func peak(r *Run) float64    { return r.Peak }

func otherLoad(r *Run) float64 { return r.OtherLoad }

package document

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"os"

	"github.com/tflab/tflab/cmd/internal/analysis"
	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
)

// mistakesShown is the number of misclassified images in a report.
const mistakesShown = 20

// Run is the content of a run's folder.
type Run struct {
	Name        string // in titles and legends
	dir         string
	Config      runfolder.Config
	History     *fit.History
	Predictions *analysis.Predictions // nil if the run has no test predictions
	Collapse    *analysis.Collapse    // nil if it was not computed
	filters     *npy.Array            // nil if the first layer has none
	others      []*Run                // runs of the same network with other seeds
	disagreeing bool                  // history.csv differs from history.json, the file that was read
}

// OpenRun reads the folder of a run.
func OpenRun(dir, name string) (*Run, error) {
	folder, err := runfolder.Open(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{Name: name, dir: dir}
	if r.Config, err = folder.Config(); err != nil {
		return nil, err
	}
	if r.History, err = folder.History(); err != nil {
		return nil, err
	}
	if len(r.History.Epochs) > 0 {
		agree, err := folder.Agree(r.History)
		if err != nil {
			return nil, err
		}
		r.disagreeing = !agree
	}
	if r.Predictions, err = folder.Predictions(); err != nil {
		return nil, err
	}
	if r.Collapse, err = folder.Collapse(); err != nil {
		return nil, err
	}
	r.filters, err = firstFilters(folder)
	return r, err
}

// firstFilters returns the filters of the first layer, if it is a convolution.
func firstFilters(folder *runfolder.Folder) (*npy.Array, error) {
	path := folder.Path(runfolder.WeightsFile)
	if _, err := os.Stat(path); err != nil {
		return nil, nil // the run stopped before it saved weights
	}
	weights, err := npy.ReadArchive(path)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if len(weights) == 0 || len(weights[0].Array.Shape) != 4 {
		return nil, nil
	}
	return weights[0].Array, nil
}

func (r *Run) guesses() ([]report.Guess, error) {
	mistakes := r.Predictions.Mistakes
	var all []report.Guess
	for _, m := range mistakes[:min(len(mistakes), mistakesShown)] {
		img, err := png.Decode(bytes.NewReader(m.PNG))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: image %d: %w", r.Name, runfolder.PredictionsFile, m.Index, err)
		}
		all = append(all, report.Guess{Image: img, Label: r.Predictions.Classes[m.Label], Guess: r.Predictions.Classes[m.Guess], Probability: m.Probability})
	}
	return all, nil
}

func (r *Run) drawn() report.Run {
	drawn := report.Run{Name: r.Name, Network: r.Config.Network, History: r.History}
	for _, o := range r.others {
		drawn.Others = append(drawn.Others, o.History)
	}
	return drawn
}

// validated reports whether every epoch has a validation score.
func (r *Run) validated() bool {
	accuracy, _ := report.Gap(r.History)
	return len(accuracy) > 0
}

// questions returns the numbers of the assignment's questions about the run's network.
func (r *Run) questions() []int {
	if r.Config.File != "" { // perhaps of other layers than the network of this name
		return nil
	}
	n, _ := tfmodels.Lookup(r.Config.Network) // an unknown network has no questions
	return n.Assignment.Questions
}

// best returns the number, from 1, of the first epoch with the highest score, or 0 if
// no score is a number.
func (r *Run) best(score func(fit.Epoch) float64) int {
	best, at := math.Inf(-1), 0
	for i, e := range r.History.Epochs {
		if v := score(e); v > best && !math.IsInf(v, 0) {
			best, at = v, i+1
		}
	}
	return at
}

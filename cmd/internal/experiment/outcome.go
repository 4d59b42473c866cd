package experiment

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tflab/tflab/cmd/internal/analysis"
	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
)

// test evaluates the trained network on the test set.
func (r *run) test(ctx context.Context) error {
	skipped, err := r.program.SkippedSteps()
	if err != nil {
		return err
	}
	if skipped > 0 {
		r.events.Warn(fmt.Sprintf("%d training steps changed no weights, because their gradients overflowed float16; the loss scale was lowered each time", skipped))
	}
	prediction, err := fit.Predict(ctx, r.program, r.Data.Test)
	if err != nil {
		return err
	}
	if loss := prediction.Score.Loss; math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("test set: %w (%v)", fit.ErrNaN, loss)
	}
	r.history.Test = &prediction.Score
	shape := []int{r.Data.Test.Len(), r.Network.Classes()}
	if err := npy.WriteFile(r.folder.Path(runfolder.ProbabilitiesFile), npy.New(shape, prediction.Probabilities)); err != nil {
		return err
	}
	judged, err := analysis.Judge(r.Data.Test, prediction.Probabilities, mistakesKept)
	if err != nil {
		return err
	}
	if err := r.folder.WritePredictions(judged); err != nil {
		return err
	}
	picture := report.ConfusionPlot(r.Network.Name()+", test set", judged.Classes, judged.Confusion)
	return picture.WriteFile(r.folder.Path(runfolder.ConfusionPNG))
}

// mistakesKept is the number of misclassified test images that a run stores.
const mistakesKept = 60

// finish writes the results so far, whatever ended the run, and returns the error.
func (r *run) finish(cause error) error {
	r.config.Status, r.config.Finished = runfolder.Done, time.Now()
	switch {
	case errors.Is(cause, fit.ErrNaN):
		r.config.Status = runfolder.Diverged
	case cause != nil:
		r.config.Status = runfolder.Interrupted
	}
	err := r.save()
	if cause != nil && err != nil {
		return fmt.Errorf("%w; the results could not be saved: %w", cause, err)
	}
	if r.config.Status == runfolder.Diverged { // a resumed run would end the same way
		return fmt.Errorf("%w; %d finished epochs are in %s", cause, len(r.history.Epochs), r.Out)
	}
	if cause != nil {
		return fmt.Errorf("%w; %d finished epochs are in %s; resume with: %s", cause, len(r.history.Epochs), r.Out, r.Continue)
	}
	return err
}

// save writes all files, the most valuable first; a failure does not stop the rest. It
// writes config.json, which marks the run as done, last.
func (r *run) save() error {
	err := errors.Join(r.saveWeights(), r.folder.WriteHistory(r.history), r.folder.WriteTiming(r.clock.timing()))
	picture := report.HistoryPlot(report.Run{Name: r.Network.Name(), Network: r.Network.Name(), History: r.history})
	if err = errors.Join(err, picture.WriteFile(r.folder.Path(runfolder.HistoryPNG))); err != nil {
		return err
	}
	return r.folder.WriteConfig(r.config)
}

func (r *run) saveWeights() error {
	if r.config.Status == runfolder.Diverged { // weights that are NaN are useless
		return nil
	}
	weights, err := r.lastWeights()
	if weights == nil || err != nil {
		return err
	}
	return npy.WriteArchive(r.folder.Path(runfolder.WeightsFile), weights)
}

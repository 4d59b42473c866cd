package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
)

// test measures the trained network on the test set.
func (t *training) test(ctx context.Context) error {
	skipped, err := t.program.SkippedSteps()
	if err != nil {
		return err
	}
	if skipped > 0 {
		t.con.warn(fmt.Sprintf("%d training steps changed no weight: their gradients overflowed float16; the loss scale was lowered each time", skipped))
	}
	prediction, err := fit.Predict(ctx, t.program, t.data.Test)
	if err != nil {
		return err
	}
	if loss := prediction.Score.Loss; math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("test set: %w (%v)", fit.ErrNaN, loss)
	}
	t.history.Test = &prediction.Score
	shape := []int{t.data.Test.Len(), t.network.Classes()}
	if err := npy.WriteFile(t.folder.Path(runfolder.ProbabilitiesFile), npy.New(shape, prediction.Probabilities)); err != nil {
		return err
	}
	judged, err := runfolder.Judge(t.data.Test, prediction.Probabilities, mistakesKept)
	if err != nil {
		return err
	}
	if err := t.folder.WritePredictions(judged); err != nil {
		return err
	}
	picture := report.ConfusionPlot(t.network.Name()+", test set", judged.Classes, judged.Confusion)
	return picture.WriteFile(t.folder.Path(runfolder.ConfusionPNG))
}

// mistakesKept is how many wrongly classified test images a run keeps.
const mistakesKept = 60

// finish writes what there is, whatever ended the run, and returns that.
func (t *training) finish(cause error) error {
	t.config.Status, t.config.Finished = runfolder.Done, time.Now()
	switch {
	case errors.Is(cause, fit.ErrNaN):
		t.config.Status = runfolder.Diverged
	case cause != nil:
		t.config.Status = runfolder.Interrupted
	}
	err := t.save()
	if cause != nil && err != nil {
		return fmt.Errorf("%w; what there is could not be saved: %w", cause, err)
	}
	if t.config.Status == runfolder.Diverged { // to go on would end the same way
		return fmt.Errorf("%w; %d finished epochs are in %s", cause, len(t.history.Epochs), t.out)
	}
	if cause != nil {
		return fmt.Errorf("%w; %d finished epochs are in %s; go on with: %s", cause, len(t.history.Epochs), t.out, t.resumption())
	}
	return err
}

// save writes all files, the dear ones first, whatever becomes of one of them;
// config.json, which says that the run is done, only after the others.
func (t *training) save() error {
	err := errors.Join(t.saveWeights(), t.folder.WriteHistory(t.history), t.folder.WriteTiming(t.clock.timing()))
	picture := report.HistoryPlot(report.Run{Name: t.network.Name(), Network: t.network.Name(), History: t.history})
	if err = errors.Join(err, picture.WriteFile(t.folder.Path(runfolder.HistoryPNG))); err != nil {
		return err
	}
	return t.folder.WriteConfig(t.config)
}

func (t *training) saveWeights() error {
	if t.config.Status == runfolder.Diverged { // weights that are no numbers are of no use
		return nil
	}
	weights, err := t.program.Weights()
	if err != nil {
		return err
	}
	return npy.WriteArchive(t.folder.Path(runfolder.WeightsFile), weights)
}

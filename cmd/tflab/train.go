package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

func trainCommand() *cli.Command {
	flags := append(datasetFlags(), recipeFlags()...)
	flags = append(flags, seedFlag(),
		&cli.StringFlag{Name: "initial-weights", Usage: "begin with the weights in `FILE.npz`, as init or another run wrote them"},
		&cli.StringFlag{Name: "order", Usage: "take the training examples in the orders of `FILE.npy`, a row an epoch, instead of shuffling them"},
		&cli.StringFlag{Name: "out", Usage: "leave the run in the folder `DIR`", DefaultText: "runs/NETWORK-TIME"},
		verboseFlag())
	flags = append(flags, checkpointFlags()...)
	return &cli.Command{
		Name:      "train",
		Usage:     "train a network of the lab",
		ArgsUsage: "NETWORK [flags]",
		Flags:     append(flags, deviceFlags()...),
		Action: func(c *cli.Context) error {
			n, err := networkArgument(c)
			if err != nil {
				return err
			}
			s, err := settingsOf(c, n)
			if err != nil {
				return err
			}
			con := consoleOf(c)
			t := &training{con: con, settings: s, network: n}
			if err := t.run(c.Context); err != nil {
				return fmt.Errorf("train %s: %w", n.Name(), err)
			}
			fmt.Fprintf(con.out, "test loss %.4f accuracy %.4f\nrun %s\n", t.history.Test.Loss, t.history.Test.Accuracy, t.folder.Dir())
			return nil
		},
	}
}

// training is one run of one network, from data to the files it leaves.
type training struct {
	con console
	settings
	network tfmodels.Network
	watch   []fit.Callback // beside its own
	again   string         // the command line that goes on with it, if not train's
	clock   startClock

	data    *dataset.Data // read by run unless it is there
	program *graphs.Program
	folder  *runfolder.Folder
	config  runfolder.Config
	history *fit.History
}

// run trains, evaluates and leaves the run's folder.
func (t *training) run(ctx context.Context) error {
	if err := t.prepare(ctx); err != nil {
		return err
	}
	defer t.program.Close()
	train, c := t.examples()
	var err error
	if c.Orders, err = readOrders(t.recipe.Order); err != nil {
		return err
	}
	if err := t.describe(train, c); err != nil {
		return err
	}
	release, err := t.claim()
	if err != nil {
		return err
	}
	defer release()
	if c.Resume, err = t.restore(); err != nil {
		return err
	}
	if err := t.folder.WriteConfig(t.config); err != nil {
		return err
	}
	t.history, err = fit.Fit(ctx, t.program, train, c, t.callbacks()...)
	if t.history == nil {
		return err
	}
	if err == nil {
		err = t.test(ctx)
	}
	return t.finish(err)
}

// examples are what to train on, and how.
func (t *training) examples() (*dataset.Set, fit.Config) {
	train := t.data.Train
	if t.limit > 0 && t.limit < train.Len() {
		train = train.Slice(0, t.limit)
	}
	c := fit.Config{Epochs: t.recipe.Epochs, BatchSize: t.recipe.BatchSize, ValidationSplit: t.recipe.ValidationSplit,
		ValidationRandom: t.recipe.Validation == runfolder.RandomExamples, InOrder: !t.recipe.Shuffle, Seed: t.seed}
	if t.recipe.Validation == runfolder.TestSet {
		c.Validation = t.data.Test
	}
	return train, c
}

// claim makes the run's folder, or opens the one to go on with, and keeps other
// processes out of it.
func (t *training) claim() (release func(), err error) {
	release, err = runfolder.Lock(t.out)
	if err != nil {
		return nil, err
	}
	if err := t.open(); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func (t *training) open() (err error) {
	if t.folder, err = runfolder.Open(t.out); !t.resume || err != nil {
		t.folder, err = runfolder.Create(t.out)
		return err
	}
	earlier, err := t.folder.Config()
	if err != nil {
		return err
	}
	if changed := earlier.Differences(t.config); len(changed) > 0 {
		return fmt.Errorf("%s cannot be resumed as another run: %s: give the flags it was started with, or another --out", t.out, strings.Join(changed, "; "))
	}
	t.config.Started = earlier.Started
	return nil
}

// restore takes up the newest checkpoint of a run that is resumed. A run that
// was killed before its first one begins anew.
func (t *training) restore() (*fit.State, error) {
	if !t.resume {
		return nil, nil
	}
	state, err := fit.Restore(t.program, t.folder.Path(runfolder.CheckpointDir), t.con.warn)
	if errors.Is(err, fit.ErrNoCheckpoint) {
		return nil, nil
	}
	return state, err
}

// prepare reads the data and, meanwhile, compiles the program.
func (t *training) prepare(ctx context.Context) error {
	data := make(chan error, 1)
	go func() {
		var err error
		if t.data == nil {
			t.data, err = openData(ctx, t.con, t.dataset, t.dataDir, t.network)
		}
		data <- err
	}()
	err := t.compile()
	if failed := <-data; failed != nil {
		err = failed
	}
	if err != nil && t.program != nil {
		t.program.Close()
	}
	return err
}

func (t *training) compile() error {
	var weights []npy.Entry
	model := t.model(t.network)
	if t.initialWeights != "" {
		var err error
		if weights, err = readWeights(t.initialWeights, model); err != nil {
			return err
		}
	}
	var err error
	t.program, err = t.con.compile(model, graphs.Options{Optimizer: t.optimizer,
		Schedule: optim.InverseTimeDecay(t.recipe.Decay), Precision: t.precision, Seed: t.seed, Device: t.device, Threads: t.threads, MemoryLimit: t.memory})
	if err != nil || weights == nil {
		return err
	}
	return t.program.SetWeights(weights)
}

// callbacks are what watches a run: first the history is on disk, then it is
// shown.
func (t *training) callbacks() []fit.Callback {
	all := []fit.Callback{
		fit.OnEpochEnd(func(r *fit.Run) error { return t.folder.WriteHistory(&r.History) }),
	}
	switch t.con.verbose {
	case 1:
		all = append(all, fit.Progress(t.con.err))
	case 2:
		all = append(all, fit.Lines(t.con.err))
	}
	all = append(append(all, t.watch...), &t.clock, fit.StopOnNaN())
	if t.recipe.EarlyStopping > 0 {
		all = append(all, fit.EarlyStopping(fit.Stopping{Patience: t.recipe.EarlyStopping}))
	}
	if t.tensorboard {
		all = append(all, fit.TensorBoard(t.folder.Path(runfolder.TensorBoardDir), t.summaries))
	}
	return append(all, fit.Checkpoint(t.folder.Path(runfolder.CheckpointDir), t.checkpoints))
}

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

func (t *training) save() error {
	if err := t.folder.WriteConfig(t.config); err != nil {
		return err
	}
	if err := t.folder.WriteHistory(t.history); err != nil {
		return err
	}
	if t.config.Status != runfolder.Diverged { // weights that are no numbers are of no use
		weights, err := t.program.Weights()
		if err != nil {
			return err
		}
		if err := npy.WriteArchive(t.folder.Path(runfolder.WeightsFile), weights); err != nil {
			return err
		}
	}
	timing, err := t.clock.timing()
	if err != nil {
		return err
	}
	if err := t.folder.WriteTiming(timing); err != nil {
		return err
	}
	picture := report.HistoryPlot(report.Run{Name: t.network.Name(), Network: t.network.Name(), History: t.history})
	return picture.WriteFile(t.folder.Path(runfolder.HistoryPNG))
}

// resumption is the command line that goes on with the run.
func (t *training) resumption() string {
	switch {
	case t.again != "":
		return t.again
	case t.outGiven:
		return commandLine("--resume", "--resume")
	}
	return commandLine("--resume", "--out", t.out, "--resume")
}

// commandLine is this process's own without a word, and with more at its end.
func commandLine(without string, more ...string) string {
	given := slices.DeleteFunc(slices.Clone(os.Args[1:]), func(w string) bool { return w == without })
	words := []string{"tflab"}
	for _, w := range append(given, more...) {
		words = append(words, quoted(w))
	}
	return strings.Join(words, " ")
}

// quoted is a word as a shell takes it.
func quoted(w string) string {
	if w != "" && !strings.ContainsAny(w, " \t\n'\"\\$`&|;<>()*?[]{}!#~") {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// describe says what the run depends on, for config.json.
func (t *training) describe(train *dataset.Set, c fit.Config) error {
	model := t.model(t.network)
	validation := train.Len() - fit.SplitAt(train.Len(), c.ValidationSplit)
	if validation == train.Len() { // before there is a folder of a run that cannot be
		return fmt.Errorf("%d examples with a validation split of %g leave none to train on", train.Len(), c.ValidationSplit)
	}
	counts := runfolder.Data{Name: t.data.Name, Source: t.data.Source, Sample: t.data.Sample, Fingerprint: t.data.Fingerprint(),
		Classes: train.Classes(), Limit: t.limit, Training: train.Len() - validation, Validation: validation, Test: t.data.Test.Len()}
	if c.Validation != nil {
		counts.Validation = c.Validation.Len()
	}
	device, err := deviceName(t.program)
	t.config = runfolder.Config{
		Network: t.network.Name(), Parameters: model.Parameters(), Layers: model.Summary(),
		Recipe: t.recipe, Seed: t.seed, InitialWeights: t.initialWeights, Precision: string(t.precision), Semantics: string(t.semantics),
		Data: counts, Device: device, Threads: t.threads,
		Versions:    runfolder.Versions{TFLab: version(), Go: runtime.Version(), TensorFlow: tf.Version()},
		CommandLine: os.Args, Started: time.Now(), Status: runfolder.Running,
	}
	return err
}

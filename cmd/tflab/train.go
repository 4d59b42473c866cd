package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/urfave/cli/v2"

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
		&cli.StringFlag{Name: "initial-weights", Usage: "begin with the weights in `FILE`, an .npz as init or another run wrote it or Keras's .keras, .weights.h5 or .h5"},
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
	t.replicas = t.chooseReplicas()
	if err := t.prepare(ctx); err != nil {
		return err
	}
	defer t.program.Close()
	train, c := t.examples()
	var err error
	if c.Orders, err = readOrders(t.recipe.Order); err != nil {
		return err
	}
	if err := c.Check(train.Len()); err != nil { // before there is a folder of a run that cannot be
		return err
	}
	if os.Getenv("GOGC") == "" { // the data are most of the heap: it need not grow to twice their size
		defer debug.SetGCPercent(debug.SetGCPercent(20))
	}
	debug.FreeOSMemory()    // gives back what the reading of the data left
	go t.data.Fingerprint() // describe waits for it: it takes about as long as Load
	if err := t.program.Training.Load(train); err != nil {
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
	if t.limit > 0 {
		train = train.Slice(0, t.limit)
	}
	c := fit.Config{Epochs: t.recipe.Epochs, BatchSize: t.recipe.BatchSize, ValidationSplit: t.recipe.ValidationSplit,
		ValidationRandom: t.recipe.Validation == runfolder.RandomExamples, InOrder: !t.recipe.Shuffle, Seed: t.seed}
	if t.recipe.Validation == runfolder.TestSet {
		c.Validation = t.data.Test
	}
	return train, c
}

// prepare reads the data and, meanwhile, compiles the program. A program that
// does not compile waits for no download.
func (t *training) prepare(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	data := make(chan error, 1)
	go func() { data <- t.read(ctx) }()
	err := t.compile()
	if err != nil {
		cancel()
	}
	if failed := <-data; err == nil {
		err = failed
	}
	if err != nil && t.program != nil {
		t.program.Close()
	}
	return err
}

// read opens the data set. What panics in a reader of somebody's files ends as
// an error, as it does in run.
func (t *training) read(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("data set %s: internal error: %v", t.dataset, r)
		}
	}()
	if t.data == nil {
		t.data, err = openData(ctx, t.con, t.dataset, t.dataDir, t.network)
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
		Schedule: optim.InverseTimeDecay(t.recipe.Decay), Precision: t.precision, Seed: t.seed, Device: t.device, Threads: t.threads, MemoryLimit: t.memory, Replicas: t.replicas, BatchSize: t.recipe.BatchSize, JIT: t.jit})
	if err != nil || weights == nil {
		return err
	}
	return t.program.SetWeights(weights)
}

// callbacks are what watches a run: first the history is on disk, then it is
// shown.
func (t *training) callbacks() []fit.Callback {
	all := []fit.Callback{
		beginning{write: func() error { return t.folder.WriteConfig(t.config) }},
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

// beginning writes config.json when a run has begun: before that nothing is
// claimed, and a run that is refused leaves none.
type beginning struct {
	fit.Nothing
	write func() error
}

func (b beginning) Begin(*fit.Run) error { return b.write() }

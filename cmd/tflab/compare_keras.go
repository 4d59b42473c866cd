package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/comparison"
	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
)

// The parts of a comparison's folder.
const (
	kerasDir      = "keras"
	tflabDir      = "tflab"
	referenceDir  = "reference" // the Keras programs and links to the data
	initialFile   = "initial.npz"
	orderFile     = "order.npy"
	rewrittenFile = "network.json" // a network from a file, as written by tflab
)

// keras is a comparison with Keras: how both sides run.
type keras struct {
	*experiment.Spec
	con       console
	tolerance comparison.Tolerance
	notes     []string // for the reader of the comparison
	python    string
	noise     bool                // raise the tolerance to Keras's own noise
	training  int                 // number of examples after the split
	earlier   *experiment.Trained // tflab's run, if it exists already

	both             []string // flags of both programs
	ofKeras, ofTFLab []string // additional flags of one program
}

// kerasOf reads the flags for a network that both sides train.
func kerasOf(c *cli.Context, n tfmodels.Network) (*keras, error) {
	s, err := experiment.New(n, choices(c))
	if err != nil {
		return nil, usageError{err}
	}
	if err := n.Recipe.Check(s.Chosen["optimizer"] != ""); err != nil {
		return nil, err
	}
	settleDevice(s)
	k := &keras{Spec: s}
	if k.Recipe.Shuffle = c.Bool("shuffle"); !k.Recipe.Shuffle {
		k.notes = append(k.notes, "Both sides take the examples in the order of the data.")
	}
	k.Recipe.Dropout = c.Int("seeds") > 0
	if hasDropout(n) && !k.Recipe.Dropout {
		k.notes = append(k.notes, n.Name()+" is compared without its dropout, because each side draws its own masks; --seeds K compares the means of K runs with dropout.")
	}
	k.ofTFLab = append(s.Arguments(settings.Data, settings.Machine), strings.Fields(c.String("tflab-args"))...)
	return k, k.prepare(c)
}

// kerasOfRun reads from the folder of a run how to repeat it in Keras.
func kerasOfRun(c *cli.Context, dir string) (*keras, error) {
	run, err := experiment.Open(dir)
	if err != nil {
		return nil, err
	}
	history, err := run.History()
	if err != nil {
		return nil, err
	}
	if err := repeatable(run, history); err != nil {
		return nil, err
	}
	s := &experiment.Spec{Network: run.Network, Values: run.Config.Values}
	s.DataDir, s.Dataset, s.Limit, s.Recipe.Epochs = c.String("data"), run.Config.Data.Name, run.Config.Data.Limit, len(history.Epochs)
	s.Device = graphs.CPU
	if strings.HasPrefix(run.Config.Device, string(graphs.GPU)) {
		s.Device = graphs.GPU
	}
	k := &keras{Spec: s, earlier: run, notes: []string{"tflab's side is the run in " + dir + ", which Keras has repeated."}}
	return k, k.prepare(c)
}

// repeatable returns an error if a run cannot be repeated in Keras.
func repeatable(run *experiment.Trained, h *fit.History) error {
	config, n := run.Config, run.Network
	switch {
	case len(h.Epochs) == 0:
		return fmt.Errorf("the run has no finished epoch: want at least one")
	case config.Recipe.Dropout && hasDropout(n):
		return fmt.Errorf("the run was trained with dropout, for which Keras draws other masks: want a run with --no-dropout; or compare the network over several seeds: tflab compare %s --seeds 5", cmp.Or(config.File, n.Name()))
	case config.Precision != graphs.Float32:
		return fmt.Errorf("the run was trained in %s: want float32, as in the reference", config.Precision)
	case config.Recipe.Validation == settings.RandomExamples:
		return fmt.Errorf("the run was validated with a random split: want the last examples, as in Keras")
	}
	return nil
}

// prepare finds Python and the data, and creates the comparison's folder.
func (k *keras) prepare(c *cli.Context) (err error) {
	k.con, k.tolerance, k.noise = consoleOf(c), toleranceOf(c), c.Bool("noise-floor")
	k.Verbose = k.con.verbose
	k.both = append(k.Arguments("limit", "epochs", "batch-size", "semantics", "validation-split", "validation", "threads"), k.optimizerFlags()...)
	k.ofKeras = append([]string{"--test-predictions"}, strings.Fields(c.String("keras-args"))...)
	if k.Out, err = comparisonFolder(c, k.Network.Name()); err != nil {
		return err
	}
	if k.python, err = findPython(c.Context, c.String("python"), k.onGPU()); err != nil {
		return err
	}
	return k.place(c.Context)
}

// optimizerFlags returns the flags that choose the optimizer of both sides. For the
// optimizer of a network's file there are none: each side reads it, with all its
// options, from the file.
func (k *keras) optimizerFlags() []string {
	if k.Network.File != "" {
		own := settings.For(k.Network)
		if err := own.Choose(nil); err == nil && own.Recipe.Optimizer == k.Recipe.Optimizer {
			if own.Recipe.LearningRate == k.Recipe.LearningRate && own.Recipe.Decay == k.Recipe.Decay && (own.Recipe.Schedule == nil) == (k.Recipe.Schedule == nil) {
				return nil
			}
			return k.Arguments("learning-rate", "decay")
		}
	}
	return k.Arguments("optimizer", "learning-rate", "decay")
}

// subject returns the argument that names the network for both programs: its name or
// its file.
func (k *keras) subject() string { return cmp.Or(k.Network.File, k.Network.Name()) }

// pair runs both sides from one file of weights, each in a separate folder.
func (k *keras) pair(ctx context.Context, dir string, seed int64) (a, b *comparison.Side, err error) {
	flags, err := k.start(dir, seed)
	if err != nil {
		return nil, nil, err
	}
	if err := k.runKeras(ctx, filepath.Join(dir, kerasDir), flags); err != nil {
		return nil, nil, err
	}
	mine := filepath.Join(dir, tflabDir)
	if k.earlier != nil {
		mine = k.earlier.Dir()
	} else if err := k.runTFLab(ctx, mine, flags); err != nil {
		return nil, nil, err
	}
	if a, err = comparison.Open("Keras", filepath.Join(dir, kerasDir)); err != nil {
		return nil, nil, err
	}
	k.tellFile(a)
	b, err = comparison.Open("tflab", mine)
	return a, b, err
}

// tellFile notes which file Keras has read if the network is from a file.
func (k *keras) tellFile(side *comparison.Side) {
	note := "Both sides have read " + k.Network.File + "."
	if side.NetworkFile != k.Network.File {
		note = "This Keras cannot read " + k.Network.File + ": its side is the network as tflab has read it and written it again."
	}
	if side.NetworkFile != "" && !slices.Contains(k.notes, note) {
		k.notes = append(k.notes, note)
	}
}

// start writes the common starting point of both sides, and returns the flags that
// refer to it.
func (k *keras) start(dir string, seed int64) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	from := *k.Spec
	from.Seed = seed
	entries, err := from.StartingWeights()
	if err != nil {
		return nil, err
	}
	weights := filepath.Join(dir, initialFile)
	if err := npy.WriteArchive(weights, entries); err != nil {
		return nil, err
	}
	flags := append([]string{"--initial-weights", weights, "--seed", fmt.Sprint(seed)}, k.both...)
	if !k.Recipe.Dropout {
		flags = append(flags, "--no-dropout")
	}
	if !k.Recipe.Shuffle && k.Recipe.Order == "" {
		return append(flags, "--shuffle=false"), nil
	}
	order, err := k.order(dir, seed)
	return append(flags, "--order", order), err
}

// order returns the file with the order of the examples for both sides: the given one,
// or the order in which tflab shuffles.
func (k *keras) order(dir string, seed int64) (string, error) {
	if k.Recipe.Order != "" {
		return k.Recipe.Order, nil
	}
	path := filepath.Join(dir, orderFile)
	return path, experiment.WriteOrders(path, k.Recipe.Epochs, k.training, seed)
}

func hasDropout(n tfmodels.Network) bool {
	return len(n.WithoutDropout().Summary()) < len(n.Summary())
}

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
	rewrittenFile = "network.json" // a network from a file, as tflab has read it
)

// keras is a comparison with Keras: how both sides are run.
type keras struct {
	*experiment.Spec
	con       console
	tolerance comparison.Tolerance
	notes     []string // for who reads the comparison
	python    string
	noise     bool                // raise the tolerance to Keras's own noise
	training  int                 // examples, after the split
	earlier   *experiment.Trained // tflab's run, where there is one already

	both             []string // flags that both programs have
	ofKeras, ofTFLab []string // what one of them gets besides
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
		k.notes = append(k.notes, n.Name()+" is compared without its dropout, for which each side draws masks of its own; --seeds K compares the means of K runs with it.")
	}
	k.ofTFLab = append(s.Arguments(settings.Data, settings.Machine), strings.Fields(c.String("tflab-args"))...)
	return k, k.prepare(c)
}

// kerasOfRun reads from its folder how a run is repeated in Keras.
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

// repeatable says why a run cannot be repeated in Keras.
func repeatable(run *experiment.Trained, h *fit.History) error {
	config, n := run.Config, run.Network
	switch {
	case len(h.Epochs) == 0:
		return fmt.Errorf("the run has no finished epoch: want one or more")
	case config.Recipe.Dropout && hasDropout(n):
		return fmt.Errorf("the run was trained with dropout, for which Keras draws other masks: want one with --no-dropout, or compare the network over several seeds: tflab compare %s --seeds 5", cmp.Or(config.File, n.Name()))
	case config.Precision != graphs.Float32:
		return fmt.Errorf("the run was trained in %s: want float32, in which the reference trains", config.Precision)
	case config.Recipe.Validation == settings.RandomExamples:
		return fmt.Errorf("the run was validated with a random split: want the last examples, which Keras takes")
	}
	return nil
}

// prepare finds Python and the data, and begins the comparison's folder.
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

// optimizerFlags choose the optimizer of both sides. The optimizer of a network's
// file is left for each side to read there, with all that flags do not tell.
func (k *keras) optimizerFlags() []string {
	if k.Network.File != "" {
		own := settings.For(k.Network)
		if err := own.Choose(nil); err == nil && own.Recipe.Optimizer == k.Recipe.Optimizer {
			if own.Recipe.LearningRate == k.Recipe.LearningRate && own.Recipe.Decay == k.Recipe.Decay {
				return nil
			}
			return k.Arguments("learning-rate", "decay")
		}
	}
	return k.Arguments("optimizer", "learning-rate", "decay")
}

// subject is the network as both programs find it: by its name or its file.
func (k *keras) subject() string { return cmp.Or(k.Network.File, k.Network.Name()) }

// pair runs both sides from one file of weights, in a folder each.
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

// tellFile notes what Keras's side has read where the network is from a file.
func (k *keras) tellFile(side *comparison.Side) {
	note := "Both sides have read " + k.Network.File + "."
	if side.NetworkFile != k.Network.File {
		note = "This Keras cannot read " + k.Network.File + ": its side is the network as tflab has read it and written it again."
	}
	if side.NetworkFile != "" && !slices.Contains(k.notes, note) {
		k.notes = append(k.notes, note)
	}
}

// start writes what both sides start from, and returns the flags that say so.
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

// order is the file of one order of the examples for both sides: a given one,
// or that by which tflab shuffles.
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

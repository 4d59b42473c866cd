package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/comparison"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
)

// The parts of a comparison's folder.
const (
	kerasDir     = "keras"
	tflabDir     = "tflab"
	referenceDir = "reference" // the Keras programs and links to the data
	initialFile  = "initial.npz"
	orderFile    = "order.npy"
)

// keras is a comparison with Keras: how both sides are run.
type keras struct {
	con console
	settings
	network   tfmodels.Network
	tolerance comparison.Tolerance
	notes     []string // for who reads the comparison
	python    string
	noise     bool   // raise the tolerance to Keras's own noise
	training  int    // examples, after the split
	earlier   string // the folder of tflab's run, where there is one already

	both             []string // flags that both programs have
	ofKeras, ofTFLab []string // what one of them gets besides
}

// kerasOf reads the flags for a network that both sides train.
func kerasOf(c *cli.Context, n tfmodels.Network) (*keras, error) {
	s, err := settingsOf(c, n)
	if err != nil {
		return nil, err
	}
	k := &keras{settings: s, network: n}
	if k.recipe.Shuffle = c.Bool("shuffle"); !k.recipe.Shuffle {
		k.notes = append(k.notes, "Both sides take the examples in the order of the data.")
	}
	k.recipe.Dropout = c.Int("seeds") > 0
	if hasDropout(n) && !k.recipe.Dropout {
		k.notes = append(k.notes, n.Name()+" is compared without its dropout, for which each side draws masks of its own; --seeds K compares the means of K runs with it.")
	}
	for _, flag := range []string{"limit", "epochs", "batch-size", "optimizer", "learning-rate", "decay", "semantics", "validation-split", "validation", "threads"} {
		if c.IsSet(flag) && !(k.recipe.Validation == runfolder.NoValidation && strings.HasPrefix(flag, "validation")) {
			k.both = append(k.both, "--"+flag, fmt.Sprint(c.Value(flag)))
		}
	}
	if k.recipe.Validation == runfolder.NoValidation {
		k.both = append(k.both, "--validation", "none")
	}
	for _, flag := range []string{"data", "dataset", "device", "memory-limit"} {
		if c.String(flag) != "" {
			k.ofTFLab = append(k.ofTFLab, "--"+flag, c.String(flag))
		}
	}
	if c.IsSet("replicas") {
		k.ofTFLab = append(k.ofTFLab, "--replicas", fmt.Sprint(c.Int("replicas")))
	}
	if c.Bool("jit") {
		k.ofTFLab = append(k.ofTFLab, "--jit")
	}
	k.ofTFLab = append(k.ofTFLab, strings.Fields(c.String("tflab-args"))...)
	return k, k.prepare(c)
}

// kerasOfRun reads from its folder how a run is repeated in Keras.
func kerasOfRun(c *cli.Context, dir string) (*keras, error) {
	folder, err := runfolder.Open(dir)
	if err != nil {
		return nil, err
	}
	config, err := folder.Config()
	if err != nil {
		return nil, err
	}
	n, err := tfmodels.Lookup(config.Network)
	if err != nil {
		return nil, err
	}
	history, err := folder.History()
	if err != nil {
		return nil, err
	}
	if err := repeatable(config, n, history); err != nil {
		return nil, err
	}
	k := &keras{network: n, earlier: dir, notes: []string{"tflab's side is the run in " + dir + ", which Keras has repeated."}}
	k.settings = settings{dataDir: c.String("data"), dataset: config.Data.Name, limit: config.Data.Limit,
		initialWeights: config.InitialWeights, recipe: config.Recipe, seed: config.Seed}
	k.recipe.Epochs = len(history.Epochs)
	k.both = repetition(config, k.recipe)
	if err := k.prepare(c); err != nil {
		return nil, err
	}
	return k, nil
}

// repeatable says why a run cannot be repeated in Keras.
func repeatable(config runfolder.Config, n tfmodels.Network, h *fit.History) error {
	switch {
	case len(h.Epochs) == 0:
		return fmt.Errorf("the run has no finished epoch: want one or more")
	case config.Recipe.Dropout && hasDropout(n):
		return fmt.Errorf("the run was trained with dropout, for which Keras draws other masks: want one with --no-dropout, or compare the network over several seeds: tflab compare %s --seeds 5", n.Name())
	case config.Precision != string(graphs.Float32):
		return fmt.Errorf("the run was trained in %s: want float32, in which the reference trains", config.Precision)
	case config.Recipe.Validation == runfolder.RandomExamples:
		return fmt.Errorf("the run was validated with a random split: want the last examples, which Keras takes")
	}
	return nil
}

// repetition is a run's recipe as flags.
func repetition(config runfolder.Config, r runfolder.Recipe) []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	flags := []string{"--optimizer", r.Optimizer, "--learning-rate", number(r.LearningRate), "--decay", number(r.Decay),
		"--batch-size", strconv.Itoa(r.BatchSize), "--epochs", strconv.Itoa(r.Epochs), "--semantics", config.Semantics}
	switch r.Validation {
	case runfolder.LastExamples:
		flags = append(flags, "--validation-split", number(r.ValidationSplit))
	default:
		flags = append(flags, "--validation", string(r.Validation))
	}
	if config.Data.Limit > 0 {
		flags = append(flags, "--limit", strconv.Itoa(config.Data.Limit))
	}
	if config.Threads > 0 {
		flags = append(flags, "--threads", strconv.Itoa(config.Threads))
	}
	return flags
}

// prepare finds Python and the data, and begins the comparison's folder.
func (k *keras) prepare(c *cli.Context) (err error) {
	k.con, k.tolerance, k.noise = consoleOf(c), toleranceOf(c), c.Bool("noise-floor")
	k.ofKeras = append([]string{"--test-predictions"}, strings.Fields(c.String("keras-args"))...)
	if k.out, err = comparisonFolder(c, k.network.Name()); err != nil {
		return err
	}
	if k.python, err = findPython(c.Context, c.String("python")); err != nil {
		return err
	}
	return k.place(c.Context)
}

// pair runs both sides from one file of weights, in a folder each.
func (k *keras) pair(ctx context.Context, dir string, seed int64) (a, b *comparison.Side, err error) {
	flags, err := k.start(dir, seed)
	if err != nil {
		return nil, nil, err
	}
	if err := k.runKeras(ctx, filepath.Join(dir, kerasDir), flags); err != nil {
		return nil, nil, err
	}
	mine := k.earlier
	if mine == "" {
		mine = filepath.Join(dir, tflabDir)
		if err := k.runTFLab(ctx, mine, flags); err != nil {
			return nil, nil, err
		}
	}
	if a, err = comparison.Open("Keras", filepath.Join(dir, kerasDir)); err != nil {
		return nil, nil, err
	}
	b, err = comparison.Open("tflab", mine)
	return a, b, err
}

// start writes what both sides start from, and returns the flags that say so.
func (k *keras) start(dir string, seed int64) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	entries := graphs.InitialWeights(k.network, seed)
	if k.initialWeights != "" {
		var err error
		if entries, err = readWeights(k.initialWeights, k.network); err != nil {
			return nil, err
		}
	}
	weights := filepath.Join(dir, initialFile)
	if err := npy.WriteArchive(weights, entries); err != nil {
		return nil, err
	}
	flags := append([]string{"--initial-weights", weights, "--seed", fmt.Sprint(seed)}, k.both...)
	if !k.recipe.Dropout {
		flags = append(flags, "--no-dropout")
	}
	if !k.recipe.Shuffle && k.recipe.Order == "" {
		return append(flags, "--shuffle=false"), nil
	}
	order, err := k.order(dir, seed)
	return append(flags, "--order", order), err
}

// order is the file of one order of the examples for both sides: a given one,
// or that by which tflab shuffles.
func (k *keras) order(dir string, seed int64) (string, error) {
	if k.recipe.Order != "" {
		return k.recipe.Order, nil
	}
	path := filepath.Join(dir, orderFile)
	return path, writeOrders(path, k.recipe.Epochs, k.training, seed)
}

func hasDropout(n tfmodels.Network) bool {
	return len(n.WithoutDropout().Summary()) < len(n.Summary())
}

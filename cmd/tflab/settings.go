package main

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// settings are what the flags of a training run say.
type settings struct {
	dataDir, dataset string
	limit            int
	initialWeights   string

	out         string
	outGiven    bool // not the default
	resume      bool
	checkpoints fit.Checkpoints
	tensorboard bool
	summaries   fit.Summaries

	recipe    runfolder.Recipe
	semantics optim.Semantics
	precision graphs.Precision
	optimizer optim.Optimizer
	seed      int64
	device    graphs.Device
	threads   int
	replicas  int // 0: defaultReplicas
	jit       graphs.JIT
	memory    int64 // bytes of images on the device; 0: any number
}

// settingsOf reads the flags of a training run and fills in what they leave
// open from the network's recipe. What cannot work is wrong usage.
func settingsOf(c *cli.Context, n tfmodels.Network) (settings, error) {
	s := settings{
		dataDir: c.String("data"), dataset: cmp.Or(c.String("dataset"), n.Recipe.Dataset),
		limit: c.Int("limit"), out: c.String("out"), outGiven: c.String("out") != "", resume: c.Bool("resume"), initialWeights: c.String("initial-weights"),
		semantics: optim.Semantics(cmp.Or(c.String("semantics"), string(optim.Keras3))), seed: c.Int64("seed"), threads: c.Int("threads"),
		recipe: runfolder.Recipe{
			Optimizer: cmp.Or(c.String("optimizer"), n.Recipe.Optimizer),
			Decay:     n.Recipe.Decay, BatchSize: n.Recipe.BatchSize, Epochs: n.Recipe.Epochs,
			EarlyStopping: c.Int("early-stopping"),
			Shuffle:       c.Bool("shuffle") || !c.IsSet("shuffle"), Dropout: !c.Bool("no-dropout"), Order: c.String("order"),
		},
	}
	positive := func(flag string, into *int) error {
		if !c.IsSet(flag) {
			return nil
		}
		if *into = c.Int(flag); *into < 1 {
			return usagef("--%s %d: want 1 or more", flag, *into)
		}
		return nil
	}
	for _, f := range []struct {
		flag string
		into *int
	}{{"epochs", &s.recipe.Epochs}, {"batch-size", &s.recipe.BatchSize}, {"limit", &s.limit}, {"early-stopping", &s.recipe.EarlyStopping}} {
		if err := positive(f.flag, f.into); err != nil {
			return s, err
		}
	}
	if !s.outGiven {
		s.out = filepath.Join("runs", n.Name()+"-"+time.Now().Format("20060102-150405"))
	}
	if s.resume && !s.outGiven {
		return s, usagef("--resume needs --out DIR, the folder of the run to go on with")
	}
	if v := c.Int("verbose"); v < 0 || v > 2 {
		return s, usagef("--verbose %d: want 0, 1 or 2", v)
	}
	var err error
	if s.precision, err = graphs.ParsePrecision(cmp.Or(c.String("precision"), string(graphs.Float32))); err != nil {
		return s, usageError{err}
	}
	if err := s.rates(c, n); err != nil {
		return s, err
	}
	if err := s.validation(c, n); err != nil {
		return s, err
	}
	if err := s.keeping(c); err != nil {
		return s, err
	}
	return s, s.machine(c)
}

// keeping reads the flags of what a run leaves on the way, for the commands that
// have them.
func (s *settings) keeping(c *cli.Context) error {
	if c.IsSet("checkpoint-every") && c.Int("checkpoint-every") < 1 {
		return usagef("--checkpoint-every %d: want 1 or more", c.Int("checkpoint-every"))
	}
	if c.IsSet("keep") && c.Int("keep") < 1 {
		return usagef("--keep %d: want 1 or more", c.Int("keep"))
	}
	s.summaries.Histograms = c.Bool("tensorboard-histograms")
	s.tensorboard = c.Bool("tensorboard") || s.summaries.Histograms
	minutes := c.Float64("checkpoint-minutes")
	if week := 7 * 24 * 60.0; c.IsSet("checkpoint-minutes") && !(minutes > 0 && minutes <= week) {
		return usagef("--checkpoint-minutes %g: want more than 0, at most %g", minutes, week)
	}
	s.checkpoints = fit.Checkpoints{Every: c.Int("checkpoint-every"), Keep: c.Int("keep"),
		Interval: time.Duration(minutes * float64(time.Minute))}
	return nil
}

// maxThreads is more than any machine has use for. TensorFlow starts as many as
// it is told, and hangs where the system gives it no more.
const maxThreads = 1024

// maxReplicas is more than any batch is worth dividing into.
const maxReplicas = 64

// machine reads the flags of the device.
func (s *settings) machine(c *cli.Context) (err error) {
	if s.device, err = graphs.ParseDevice(c.String("device")); err != nil {
		return usagef("--device %s: want auto, cpu, gpu or gpu:N", c.String("device"))
	}
	if err := s.device.Check(); err != nil { // before any data are read, or downloaded
		return err
	}
	if s.threads = c.Int("threads"); s.threads < 0 || s.threads > maxThreads {
		return usagef("--threads %d: want 0 (one for each core) to %d", s.threads, maxThreads)
	}
	if c.IsSet("jit") {
		s.jit = graphs.JITOff
		if c.Bool("jit") {
			s.jit = graphs.JITOn
		}
	}
	if s.replicas = c.Int("replicas"); c.IsSet("replicas") && (s.replicas < 1 || s.replicas > maxReplicas) {
		return usagef("--replicas %d: want 1 to %d", s.replicas, maxReplicas)
	}
	if size := c.String("memory-limit"); size != "" {
		if s.memory, err = parseSize(size); err != nil {
			return usagef("--memory-limit %s: want a number of bytes, with K, M or G behind it for powers of 1024", size)
		}
	}
	return nil
}

// threadCount is the number of threads where 0 stands for one for each core.
func (s *settings) threadCount() int { return cmp.Or(s.threads, runtime.NumCPU()) }

// usesJIT says whether XLA compiles the graph.
func (s *settings) usesJIT() bool { return graphs.Options{Device: s.device, JIT: s.jit}.UsesJIT() }

// defaultReplicas is how many replicas there are where nothing else is said: two
// where each has a thread of its own, and halves of a batch to convolve. That is
// what was measured to pay (CONTRIBUTING.md). For a perceptron's few large products
// it makes no difference.
func (s *settings) defaultReplicas(n tfmodels.Network) int {
	if n.Convolves() && s.threadCount() == 2 && s.recipe.BatchSize != 1 && s.device.OnCPU() && !s.usesJIT() {
		return 2
	}
	return 1
}

// parseSize reads a number of bytes such as 500M.
func parseSize(s string) (int64, error) {
	number, shift := strings.ToUpper(s), 0
	for suffix, bits := range map[string]int{"K": 10, "M": 20, "G": 30} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, shift = rest, bits
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err == nil && (n < 1 || n > math.MaxInt64>>shift) {
		err = strconv.ErrRange
	}
	return n << shift, err
}

// rates sets the optimizer. The recipe's learning rate is meant for the
// recipe's optimizer: another one begins with Keras's default.
func (s *settings) rates(c *cli.Context, n tfmodels.Network) error {
	rate := c.Float64("learning-rate")
	if c.IsSet("learning-rate") && !(rate > 0) {
		return usagef("--learning-rate %g: want more than 0", rate)
	}
	if !c.IsSet("learning-rate") && strings.EqualFold(s.recipe.Optimizer, n.Recipe.Optimizer) {
		rate = n.Recipe.LearningRate
	}
	if c.IsSet("decay") {
		if s.recipe.Decay = c.Float64("decay"); !(s.recipe.Decay >= 0) || math.IsInf(s.recipe.Decay, 1) {
			return usagef("--decay %g: want 0 or more", s.recipe.Decay)
		}
	}
	var err error
	s.optimizer, err = optim.New(s.recipe.Optimizer, optim.Settings{LearningRate: rate, Semantics: s.semantics})
	if err != nil {
		return usageError{err}
	}
	s.recipe.Optimizer = s.optimizer.Name()
	s.recipe.LearningRate = s.optimizer.LearningRate()
	s.recipe.Hyperparameters = s.optimizer.Hyperparameters()
	return nil
}

// validation decides what a run is validated with.
func (s *settings) validation(c *cli.Context, n tfmodels.Network) error {
	set, split := c.String("validation"), c.Float64("validation-split")
	if set != "" && c.IsSet("validation-split") {
		return usagef("--validation %s and --validation-split exclude each other", set)
	}
	if c.IsSet("validation-split") && !(split >= 0 && split < 1) {
		return usagef("--validation-split %g: want 0 to 1, 1 excluded", split)
	}
	switch {
	case set == "none" || c.IsSet("validation-split") && split == 0:
		s.recipe.Validation = runfolder.NoValidation
	case set == "test" || set == "" && !c.IsSet("validation-split") && n.Recipe.ValidationSplit == 0:
		s.recipe.Validation = runfolder.TestSet
	case set == "":
		s.recipe.Validation = runfolder.LastExamples
		if s.recipe.ValidationSplit = split; !c.IsSet("validation-split") {
			s.recipe.ValidationSplit = n.Recipe.ValidationSplit
		}
	default:
		return usagef("--validation %q: want test or none", set)
	}
	if c.Bool("validation-random") {
		if s.recipe.Validation != runfolder.LastExamples {
			return usagef("--validation-random needs a validation split: give --validation-split F")
		}
		s.recipe.Validation = runfolder.RandomExamples
	}
	return nil
}

// model is the network as the settings want it.
func (s *settings) model(n tfmodels.Network) tfmodels.Model {
	if s.recipe.Dropout {
		return n.Model
	}
	return n.WithoutDropout()
}

func networkArgument(c *cli.Context) (tfmodels.Network, error) {
	args, err := operands(c, "NETWORK")
	if err != nil {
		return tfmodels.Network{}, err
	}
	n, err := tfmodels.Lookup(args[0])
	if err != nil {
		return n, usageError{fmt.Errorf("%s: %w", commandPath(c), err)}
	}
	return n, nil
}

package experiment

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// Spec describes a run: what to train on what, how and where.
type Spec struct {
	Network tfmodels.Network
	settings.Values
	Data        *dataset.Data // opened by Run unless it is there
	CommandLine []string      // recorded in config.json
	Continue    string        // the command line that goes on with the run, for the message of an interrupted one
}

// Events is where a run tells what happens.
type Events struct {
	Progress io.Writer            // of downloads and epochs, as much as Spec.Verbose says
	Warn     func(message string) // of what the user should know
	Watch    []fit.Callback       // called beside the run's own callbacks
}

// New describes the run of a network with what a user has chosen. An error is one
// of usage.
func New(n tfmodels.Network, choices settings.Choices) (*Spec, error) {
	s := &Spec{Network: n, Values: settings.For(n)}
	if err := s.Choose(choices); err != nil {
		return nil, err
	}
	if s.Dataset == "" {
		return nil, fmt.Errorf("no data set is usual for images of %v: name one with --dataset", n.InputShape())
	}
	if s.Out == "" {
		s.Out = DefaultFolder(n.Name())
	}
	return s, nil
}

// DefaultFolder is the folder of something that begins now.
func DefaultFolder(name string) string {
	return filepath.Join("runs", name+"-"+time.Now().Format("20060102-150405"))
}

// Model is the network as the settings want it.
func (s *Spec) Model() tfmodels.Model {
	if s.Recipe.Dropout {
		return s.Network.Model
	}
	return s.Network.WithoutDropout()
}

// ThreadCount is the number of threads.
func (s *Spec) ThreadCount() int { return cmp.Or(s.Threads, runtime.NumCPU()) }

// DefaultReplicas is the number of replicas unless another one is chosen: two where
// each has a thread of its own, and halves of a batch to convolve. That is what was
// measured to pay (docs/performance.md). For a perceptron's few large products it makes
// no difference.
func (s *Spec) DefaultReplicas() int {
	if s.Network.GainsFromReplicas() && s.ThreadCount() == 2 && s.Recipe.BatchSize != 1 && s.Device.OnCPU() && !s.UsesJIT() {
		return 2
	}
	return 1
}

// UsesJIT says whether XLA is to compile the graph.
func (s *Spec) UsesJIT() bool {
	return graphs.Options{Device: s.Device, JIT: s.JIT, Deterministic: s.Deterministic}.UsesJIT()
}

// examples are what to train on, and how.
func (s *Spec) examples() (*dataset.Set, fit.Config) {
	train, r := s.Data.Train, s.Recipe
	if s.Limit > 0 {
		train = train.Slice(0, s.Limit)
	}
	c := fit.Config{Epochs: r.Epochs, BatchSize: r.BatchSize, ValidationSplit: r.ValidationSplit,
		ValidationRandom: r.Validation == settings.RandomExamples, InOrder: !r.Shuffle, Seed: s.Seed}
	if r.Validation == settings.TestSet {
		c.Validation = s.Data.Test
	}
	return train, c
}

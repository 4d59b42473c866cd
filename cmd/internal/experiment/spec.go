package experiment

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unicode"

	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// Spec describes a run: what to train, on what data, how and where.
type Spec struct {
	Network tfmodels.Network
	settings.Values
	Data        *dataset.Data // if nil, Run opens it
	workers     []string      // of Cluster, that take part; nil: all
	CommandLine []string      // recorded in config.json
	Continue    string        // command line that resumes the run, for the message of an interrupted run
}

// Events receives the messages of a run.
type Events struct {
	Progress io.Writer            // receives the progress of downloads and epochs, according to Spec.Verbose
	Warn     func(message string) // receives warnings to the user
	Watch    []fit.Callback       // called in addition to the run's own callbacks
}

// New describes the run of a network with a user's choices. Any error is a usage error.
func New(n tfmodels.Network, choices settings.Choices) (*Spec, error) {
	s := &Spec{Network: n, Values: settings.For(n)}
	if err := s.Choose(choices); err != nil {
		return nil, err
	}
	if s.Dataset == "" {
		return nil, fmt.Errorf("no default data set for images of %v: name one with --dataset", n.InputShape())
	}
	if s.Out == "" {
		s.Out = DefaultFolder(n.Name())
	}
	return s, nil
}

// Check returns an error if the recipe in a network's file cannot be used for training.
func (s *Spec) Check() error { return s.Network.Recipe.Check(s.Chosen["optimizer"] != "") }

// DefaultFolder returns the default folder of a run that starts now.
func DefaultFolder(name string) string {
	return filepath.Join("runs", FileName(name)+"-"+time.Now().Format("20060102-150405"))
}

// FileName is the name of a network as the name of a file: a network that was read
// from a file may have any name, and none leads to another folder.
func FileName(name string) string {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:`, r) || !unicode.IsPrint(r) || unicode.IsSpace(r) {
			return '_'
		}
		return r
	}, name)
	if len(plain) > 100 {
		plain = strings.ToValidUTF8(plain[:100], "")
	}
	return cmp.Or(strings.TrimLeft(plain, "."), "network")
}

// Model returns the network, changed according to the settings.
func (s *Spec) Model() tfmodels.Model {
	if s.Recipe.Dropout {
		return s.Network.Model
	}
	return s.Network.WithoutDropout()
}

// ThreadCount returns the number of threads.
func (s *Spec) ThreadCount() int { return cmp.Or(s.Threads, runtime.NumCPU()) }

// DefaultReplicas returns the default number of replicas: two if each has a thread of
// its own and the network has convolutions. Measurements (docs/performance.md) show a
// gain in this case; for the few large products of a perceptron there is none.
func (s *Spec) DefaultReplicas() int {
	if len(s.Cluster) == 0 && s.Network.GainsFromReplicas() && s.ThreadCount() == 2 && s.Recipe.BatchSize != 1 && s.Device.OnCPU() && !s.UsesJIT() {
		return 2
	}
	return 1
}

// UsesJIT reports whether XLA is to compile the graph.
func (s *Spec) UsesJIT() bool {
	return graphs.Options{Device: s.Device, JIT: s.JIT, Deterministic: s.Deterministic}.UsesJIT()
}

// examples returns the training examples and the configuration of fit.
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

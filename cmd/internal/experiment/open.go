package experiment

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
	"github.com/tflab/tflab/tfmodels/keras"
)

// Trained is an existing run.
type Trained struct {
	*runfolder.Folder
	Network tfmodels.Network
	Config  runfolder.Config
}

// Open opens the run in a folder.
func Open(dir string) (*Trained, error) {
	folder, err := runfolder.Open(dir)
	if err != nil {
		return nil, err
	}
	config, err := folder.Config()
	if err != nil {
		return nil, err
	}
	n, err := keras.LookupKept(config.Network, folder.Path(runfolder.NetworkFile))
	return &Trained{Folder: folder, Network: n, Config: config}, err
}

// Spec describes how to use the trained network with a user's choices: on the run's
// data, in the run's precision, on this machine.
func (t *Trained) Spec(choices settings.Choices) (*Spec, error) {
	s := &Spec{Network: t.Network, Values: settings.For(t.Network)}
	s.Precision = t.Config.Precision
	s.Dataset, s.DataDir = source(t.Config.Data)
	if err := s.Choose(choices); err != nil {
		return nil, err
	}
	if s.Replicas == 0 {
		s.Replicas = s.DefaultReplicas()
	}
	return s, nil
}

// Weights reads the trained weights.
func (t *Trained) Weights() ([]npy.Entry, error) {
	return readWeights(t.Path(runfolder.WeightsFile), t.Network)
}

// OtherData describes how data differ from those of the run, or returns "" if they are
// the same.
func (t *Trained) OtherData(data *dataset.Data) string {
	was, got := t.Config.Data, data.Fingerprint()
	if got == was.Fingerprint {
		return ""
	}
	return fmt.Sprintf("the run used other data: %s (%s) in the run, %s (%s) now", was.Source, was.Fingerprint, data.Source, got)
}

// Program compiles the trained network for inference.
func (t *Trained) Program(s *Spec, weights []npy.Entry, events Events) (*graphs.Program, error) {
	program, err := s.Compile(t.Network, false, events)
	if err != nil {
		return nil, err
	}
	if err := program.SetWeights(weights); err != nil {
		program.Close()
		return nil, err
	}
	return program, nil
}

// Evaluate computes the scores of the trained network on the test set, and returns the
// number of test examples.
func (t *Trained) Evaluate(ctx context.Context, s *Spec, events Events) (score fit.Score, examples int, err error) {
	weights, err := t.Weights()
	if err != nil {
		return score, 0, err
	}
	data, err := s.OpenData(ctx, events)
	if err != nil {
		return score, 0, err
	}
	if other := t.OtherData(data); other != "" {
		events.Warn(other)
	}
	program, err := t.Program(s, weights, events)
	if err != nil {
		return score, 0, err
	}
	defer program.Close()
	score, err = fit.Evaluate(ctx, program, data.Test)
	return score, data.Test.Len(), err
}

// source returns the source of a run's data set, as the settings dataset and data.
func source(d runfolder.Data) (name, dir string) {
	info, err := os.Stat(d.Source)
	switch {
	case strings.HasPrefix(d.Name, "sample-") || err != nil:
		return d.Name, ""
	case !slices.Contains(dataset.Names(), d.Name): // a folder of images
		return d.Source, ""
	case !info.IsDir():
		return d.Name, filepath.Dir(d.Source)
	}
	return d.Name, d.Source
}

package experiment

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/release"
	"github.com/tflab/tflab/tfmodels/keras"
)

// describe records in config.json what the run depends on.
func (r *run) describe() (err error) {
	r.config, err = r.record()
	r.config.JIT, _ = r.program.JIT()
	r.config.Device = string(r.program.Device())
	if r.config.Workers = r.program.Workers(); r.config.Workers != nil {
		r.config.Device = "cluster"
	}
	return err
}

// record returns the run's configuration, without what depends on the program and its
// device.
func (s *Spec) record() (c runfolder.Config, err error) {
	model := s.Model()
	train, how := s.examples()
	validation := train.Len() - fit.SplitAt(train.Len(), how.ValidationSplit)
	c = runfolder.Config{
		Network: s.Network.Name(), Parameters: model.Parameters(), Layers: model.Summary(), Values: s.Values, JIT: s.UsesJIT(),
		Data: runfolder.Data{Name: s.Data.Name, Source: s.Data.Source, Sample: s.Data.Sample, Fingerprint: s.Data.Fingerprint(),
			Classes: train.Classes(), Limit: s.Limit, Training: train.Len() - validation, Validation: validation, Test: s.Data.Test.Len()},
		Versions:    runfolder.Versions{TFLab: Version(), Go: runtime.Version(), TensorFlow: release.Loaded(), BuiltFor: release.BuiltFor()},
		CommandLine: s.CommandLine, Started: time.Now(), Status: runfolder.Running,
	}
	c.Threads = s.ThreadCount()
	c.File, c.Taken = s.Network.File, s.Taken()
	if c.FileSHA256, err = runfolder.Digest(s.Network.File); err != nil {
		return c, err
	}
	if how.Validation != nil {
		c.Data.Validation = how.Validation.Len()
	}
	if c.WeightsSHA256, err = runfolder.Digest(s.InitialWeights); err != nil {
		return c, err
	}
	c.Recipe.OrderSHA256, err = runfolder.Digest(s.Recipe.Order)
	return c, err
}

// Taken lists the parts of a network's file that the run uses, or returns "" if the
// network is from the catalogue.
func (s *Spec) Taken() string {
	other := s.Chosen["optimizer"] != "" && !strings.EqualFold(s.Chosen["optimizer"], s.Network.Recipe.Optimizer)
	return keras.Taken(s.Network, keras.Other{Weights: s.Chosen["initial-weights"] != "", Optimizer: other, LearningRate: s.Chosen["learning-rate"] != ""})
}

// State returns the status of the run in the run's folder: Done, Diverged, or Running
// if the run is to be started or resumed. If the folder holds another run, State
// returns an error. The data must be open.
func (s *Spec) State() (runfolder.Status, error) {
	folder, err := runfolder.Open(s.Out)
	if err != nil {
		return runfolder.Running, nil // not started
	}
	earlier, err := folder.Config()
	if err != nil {
		return "", err
	}
	wanted, err := s.record()
	if err != nil {
		return "", err
	}
	changed := earlier.Differences(wanted)
	if was, is := earlier.Recipe.Epochs, wanted.Recipe.Epochs; is < was {
		changed = append(changed, fmt.Sprintf("epochs is %d, was %d", is, was))
	}
	if len(changed) > 0 {
		return "", fmt.Errorf("%s holds another run: %s: give the flags it was started with, or another --out", s.Out, strings.Join(changed, "; "))
	}
	if earlier.Status == runfolder.Diverged || earlier.Status == runfolder.Done && earlier.Recipe.Epochs == wanted.Recipe.Epochs {
		return earlier.Status, nil
	}
	return runfolder.Running, nil
}

package main

import (
	"os"
	"runtime"
	"time"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/release"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// describe says what the run depends on, for config.json.
func (t *training) describe(train *dataset.Set, c fit.Config) (err error) {
	t.config, err = t.wanted(train, c)
	t.config.JIT, _ = t.program.JIT()
	t.config.Device = string(t.program.Device())
	return err
}

// wanted is what a run is asked to be, before there is a program and its device.
func (t *training) wanted(train *dataset.Set, c fit.Config) (runfolder.Config, error) {
	model := t.model(t.network)
	validation := train.Len() - fit.SplitAt(train.Len(), c.ValidationSplit)
	counts := runfolder.Data{Name: t.data.Name, Source: t.data.Source, Sample: t.data.Sample, Fingerprint: t.data.Fingerprint(),
		Classes: train.Classes(), Limit: t.limit, Training: train.Len() - validation, Validation: validation, Test: t.data.Test.Len()}
	if c.Validation != nil {
		counts.Validation = c.Validation.Len()
	}
	weights, err := runfolder.Digest(t.initialWeights)
	if err != nil {
		return runfolder.Config{}, err
	}
	recipe := t.recipe
	if recipe.OrderSHA256, err = runfolder.Digest(recipe.Order); err != nil {
		return runfolder.Config{}, err
	}
	return runfolder.Config{
		Network: t.network.Name(), Parameters: model.Parameters(), Layers: model.Summary(),
		Recipe: recipe, Seed: t.seed, InitialWeights: t.initialWeights, WeightsSHA256: weights,
		Precision: string(t.precision), JIT: t.usesJIT(), Semantics: string(t.semantics),
		Data: counts, Threads: t.threadCount(), Replicas: t.replicas,
		Versions:    runfolder.Versions{TFLab: version(), Go: runtime.Version(), TensorFlow: release.Loaded(), BuiltFor: release.BuiltFor()},
		CommandLine: os.Args, Started: time.Now(), Status: runfolder.Running,
	}, nil
}

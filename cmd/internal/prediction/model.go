package prediction

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/savedmodel"
	"github.com/tflab/tflab/graphs/serving"
)

// Options configure how a network is opened.
type Options struct {
	Weights    string // for a run: "last", "best" or a file; "" means "last"
	Classifier serving.ClassifierOptions
	Device     graphs.Device
	Threads    int
	TFLog      bool // show TensorFlow's log lines

	// With Cluster a run's network predicts on workers, as the settings in Machine say.
	Cluster bool
	Machine settings.Choices
	Warn    func(message string)
}

// Open opens the network in a folder, which holds a run or a SavedModel.
func Open(ctx context.Context, dir string, o Options) (c serving.Classifier, err error) {
	if err := o.Device.Check(); err != nil {
		return nil, err
	}
	if o.Cluster {
		return openOnCluster(dir, o)
	}
	err = tflog.Unless(o.TFLog, func() error {
		model, err := load(dir, o)
		if err != nil {
			return err
		}
		if c, err = model.Classify(ctx, o.Classifier); err != nil {
			return errors.Join(err, model.Close())
		}
		return nil
	})
	return c, err
}

// IsRun reports whether a folder holds a run.
func IsRun(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, runfolder.ConfigFile))
	return err == nil
}

func load(dir string, o Options) (*serving.Model, error) {
	machine := serving.Options{Device: o.Device, Threads: o.Threads}
	if !IsRun(dir) {
		model, err := serving.Load(dir, machine)
		switch {
		case err == nil && o.Weights != "":
			return nil, errors.Join(fmt.Errorf("%s is a SavedModel, which has only one state: want a run for --weights", dir), model.Close())
		case errors.Is(err, os.ErrNotExist) && !strings.Contains(err.Error(), "classes"):
			return nil, fmt.Errorf("%s: is neither a run folder nor a SavedModel: want %s or saved_model.pb in it", dir, runfolder.ConfigFile)
		}
		return model, err
	}
	run, err := experiment.Open(dir)
	if err != nil {
		return nil, err
	}
	weights, err := run.NamedWeights(o.Weights)
	if err != nil {
		return nil, err
	}
	return savedmodel.Trained{Model: run.Network, Weights: weights, Classes: run.Config.Data.Classes}.Open(machine)
}

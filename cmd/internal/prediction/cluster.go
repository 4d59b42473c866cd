package prediction

import (
	"context"
	"errors"
	"strconv"
	"sync"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// onCluster is the network of a run, computed on the workers of a cluster, which divide
// the images among themselves.
type onCluster struct {
	program *graphs.Program
	network graphs.Model
	classes []string
	mu      sync.Mutex // a program predicts only one batch at a time
}

// openOnCluster compiles a run's network on the workers.
func openOnCluster(dir string, o Options) (serving.Classifier, error) {
	if !IsRun(dir) {
		return nil, errors.New("a SavedModel runs in one process: want a run with --cluster")
	}
	run, err := experiment.Open(dir)
	if err != nil {
		return nil, err
	}
	weights, err := run.NamedWeights(o.Weights)
	if err != nil {
		return nil, err
	}
	spec, err := run.Spec(o.Machine)
	if err != nil {
		return nil, err
	}
	program, err := run.Program(spec, weights, experiment.Events{Warn: o.Warn})
	if err != nil {
		return nil, err
	}
	c := &onCluster{program: program, network: run.Network, classes: run.Config.Data.Classes}
	for i := len(c.classes); i < run.Network.Classes(); i++ {
		c.classes = append(c.classes, strconv.Itoa(i))
	}
	return c, nil
}

func (c *onCluster) Name() string           { return c.network.Name() }
func (c *onCluster) Version() int64         { return 1 } // a run has only one version
func (c *onCluster) InputShape() [3]int     { return c.network.InputShape() }
func (c *onCluster) InputType() tf.DataType { return tf.Uint8 }
func (c *onCluster) Classes() []string      { return c.classes }

// Predict implements serving.Classifier. The workers hold images as bytes.
func (c *onCluster) Predict(ctx context.Context, images serving.Images) ([]float32, error) {
	if images.Bytes == nil {
		return nil, errors.New("images of floating-point numbers: workers only take bytes: omit --cluster")
	}
	shape := c.InputShape()
	n := len(images.Bytes) / (shape[0] * shape[1] * shape[2])
	set, err := dataset.New(shape, images.Bytes, make([]uint8, n), c.classes) // the labels are not used
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all, err := fit.Predict(ctx, c.program, set)
	if err != nil {
		return nil, err
	}
	return all.Probabilities, nil
}

// Close implements serving.Classifier.
func (c *onCluster) Close() error { return c.program.Close() }
